"""Whether a number can be the value of a measure: its unit converts, its size is plausible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from matcher.facts import tables
from matcher.model import Concept, Mention, Op, Quantity
from matcher.ner.quantities import Number, acuity, is_acuity
from matcher.numerals import NUMERALS
from matcher.patterns import by_first_letter
from matcher.terms import analytes, scales, units

if TYPE_CHECKING:
    from matcher.facts.page import Page, Sentence
    from matcher.terms import Terminology

_MEASURES = frozenset({"measurement", "biomarker"})
_DURATION = re.compile(
    r"(?:years?|yrs?|y|months?|mos?|weeks?|wks?|days?|d|hours?|hrs?|h|minutes?|mins?)(?:[- ]?old)?\.?", re.IGNORECASE
)


_DIFFERENCE = tables.pattern_at_end("values", "difference")
_CHANGED_BY = tables.pattern_at_end("values", "changed_by")
_LASTS = tables.pattern("values", "durations")
_STEP_WORDS = "|".join(["I{1,3}", "IV", *(word for word, value in NUMERALS.items() if value <= 5)])
"""Steps behind a scale's symbol that are no digits: "GOLD III", "PS one"."""
BARE = ("SCALE:ajcc", "SCALE:ctcae")
"""A stage or grade of which the words around it tell the scale."""
_MOST_POINTS = 8
"""The highest score of a receptor (Allred)."""
_MICRO = 1e5
"""What is so many times too high was written without its "micro"."""
_MICROLITRE = re.compile(r"[uµμ]l|mm3|mm\^3|cmm", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was measured, as mentioned."""

    start: int
    end: int
    kind: Op
    concept: Concept | None
    mention: Mention | None = None
    lasts: bool = False
    """Its value is a duration ("tourniquet time")."""


def lasts(name: str) -> bool:
    """Whether the name of a measure says that its value is a duration ("tourniquet time", "length of stay")."""
    return _LASTS.search(name) is not None


def _first_then(names: re.Pattern[str], pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Where one of the names stands as ``pattern`` wants it."""
    for match in names.finditer(text):
        if pattern.match(text, match.start()):
            yield match.start()


class Fit:
    """What the tables know of measures, asked by the binder."""

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology
        known = tables.toml("concepts")
        self.systolic = self._concept(known["systolic"])
        self.height = self._concept(known["inputs"]["height"][0])
        self.weight = self._concept(known["inputs"]["weight"][0])
        self.weight_loss = self._concept(known["weight_loss"])
        self.pain_scale = self._concept(known["pain"]["scale"])
        self._pains = terminology.descendants(known["pain"]["finding"])
        self.diastolic = self._concept(known["diastolic"])
        self._pressures = frozenset(known["pressures"])
        self._acuities = frozenset(known["acuities"])
        self._stepped: re.Pattern[str] | None = None
        self._symbols, self._symbol_concepts = self._symbol_table()
        self._valued = frozenset(tables.toml("concepts")["valued"])
        self._same: dict[str, str] = known["same_as"]
        self._implies: dict[str, dict[str, Any]] = known["implies"]
        self._glued: dict[str, str] = known["glued"]
        self._glue = re.compile(rf"(?<!\w)({'|'.join(sorted(self._glued, key=lambda n: (-len(n), n)))})(?=\d\d)")
        self._findings: dict[str, str] = {name: id for id, names in known["finding_of"].items() for name in names}
        self._weights = frozenset(known["inputs"]["weight"])
        self._grams: frozenset[str] = frozenset(known["weighed"]["units"])
        self._newborn: tuple[str, ...] = tuple(known["weighed"]["newborn"])
        self._blood = frozenset(known["specimens"]["blood"])
        self._specimens = tuple(known["specimens"]["words"])
        self._named: dict[str, str] = known["specimens"]["named"]
        self._refined: dict[str, tuple[re.Pattern[str], str]] = {
            row["id"]: (re.compile(tables.words(row["words"]), re.IGNORECASE), row["becomes"])
            for row in known["refined"]
        }
        self._levels = frozenset(known["level_words"])
        self._of_level = lru_cache(maxsize=4096)(self._level)
        self._kind = lru_cache(maxsize=4096)(self._kind_of)
        scales = [row["scale"] for row in known["stage_of"] if "scale" in row]
        self._bare = dict.fromkeys(BARE, scales)

    def readings(self, concept: Concept) -> Iterator[tuple[Concept, tuple[Op, ...]]]:
        """What a measure of this name may turn out to be, with the kinds of fact that it may make beside its own."""
        ids = dict.fromkeys([concept.id])
        for more in (self._same, {id: row[1] for id, row in self._refined.items()}):
            ids.update(dict.fromkeys(more[id] for id in list(ids) if id in more))
        for analyte in filter(None, map(analytes.get, list(ids))):
            ids.update(dict.fromkeys(analyte.variants))
        yield concept, ()
        for id in ids:
            own = concept if id == concept.id else self._concept(id)
            yield own, ("biomarker",) if id in self._same.values() else ()
            if id in self._implies:
                yield self._concept(self._implies[id]["id"]), ("condition", "family_history")
            if id in self._blood:
                yield from ((self.elsewhere(own, specimen), ()) for specimen in self._specimens)
            if id in self._pressures:
                yield from ((part, ()) for part in (self.systolic, self.diastolic))
            yield from ((self._concept(scale), ()) for scale in self._bare.get(id, ()))

    def finding_concepts(self) -> Iterator[tuple[str, Concept]]:
        """Names of findings beside which a value may stand, with what was measured."""
        for name, id in self._findings.items():
            yield name, self._concept(id)

    def looked_for(self, asked: Callable[[Concept], bool]) -> list[Callable[[str], Iterator[int]]]:
        """What gives the places of the symbols beside numbers whose measure is ``asked``."""
        found: list[Callable[[str], Iterator[int]]] = []
        glued = [name for name, id in self._glued.items() if asked(self._concept(id))]
        symbols = [name for name, concept in self._symbol_concepts.items() if asked(concept)]
        for names, pattern in ((glued, self._glue), (symbols, self._symbols)):
            if names and pattern is not None:
                found.append(partial(_first_then, re.compile("|".join(map(re.escape, sorted(names)))), pattern))
        return found

    def is_difference(self, anchor: Anchor, gap: str, later: bool) -> bool:
        """Whether the number behind ``gap`` is a difference and no value; ``later``: a value was told before it."""
        if _DIFFERENCE.search(gap) is not None:
            return True
        concept = anchor.concept
        weight = concept is not None and concept.id in tables.toml("concepts")["inputs"]["weight"]
        return (later or weight) and _CHANGED_BY.search(gap) is not None

    def is_pain(self, concept: Concept | None) -> bool:
        """Whether it is a pain, beside which its strength may be told."""
        return concept is not None and concept.id in self._pains

    def _concept(self, id: str) -> Concept:
        try:
            return self.terminology.concept(id)
        except (KeyError, LookupError):
            return Concept("LOINC", id, id)

    def _symbol_table(self) -> tuple[re.Pattern[str] | None, dict[str, Concept]]:
        """Symbols that count only beside a number ("K 4.2")."""
        found: dict[str, Concept] = {}
        for analyte in getattr(analytes, "table", dict)().values():
            for symbol in getattr(analyte, "symbols", ()):
                found.setdefault(symbol, self._concept(analyte.id))
        if not found:
            return None, found
        for id, words in tables.toml("concepts")["names"].items():
            for word in words:
                found.setdefault(word, self._concept(id))
                found.setdefault(word.capitalize(), self._concept(id))
        names = by_first_letter(re.escape(name) for name in sorted(found, key=lambda n: (-len(n), n)))
        steps = "|".join(re.escape(n) for n in sorted(found) if n.isupper() and found[n].id.startswith("SCALE:"))
        joins = tables.words(tables.toml("values")["symbol"])
        letters = {name: id for id, some in tables.toml("concepts")["lettered"].items() for name in some}
        lettered = rf"(?:{'|'.join(sorted(letters, key=len, reverse=True))})(?=[\s:-]?\s?[A-C](?:[5-9]|1[0-5])\b)"
        found.update({name: self._concept(id) for name, id in letters.items()})
        step = rf"(?:{steps})(?=\s?[:=]?\s?(?:{_STEP_WORDS})\b)"
        self._stepped = re.compile(rf"\b{step}")
        return re.compile(
            rf"(?<![\w'’/.-])(?P<symbol>{step}|{lettered}|(?:{names})(?=\+?\s?(?:[:=;]|{joins}|-|\||\t)?\s{{0,4}}(?:\bO[DSU]\s?:?\s?)?[<>]?\s?\d))"
        ), found

    def finding(self, mention: Mention) -> Anchor | None:
        """The measure whose value may stand beside a finding ("tachycardia (104/min)")."""
        concept = self.of_finding(mention.text)
        return Anchor(mention.start, mention.end, "measurement", concept, mention) if concept else None

    def of_finding(self, text: str) -> Concept | None:
        """The measure whose value may stand beside a finding of these words."""
        words = text.lower()
        id = self._findings.get(words)
        return self._concept(id) if id else self._of_level(words)

    def levelled(self, mention: Mention) -> bool:
        """Whether a finding is a measure with a word of level: "elevated creatinine of 1.3" needs no unit."""
        return mention.text.lower() not in self._findings and self._of_level(mention.text.lower()) is not None

    def _level(self, words: str) -> Concept | None:
        """The measure in "high TSH", "elevated creatinine": what follows a word of level."""
        first, _, rest = words.partition(" ")
        if first not in self._levels or not rest:
            return None
        found = self.terminology.normalise(rest).concept
        return found if found is not None and self.kind(found) == "measurement" else None

    def glued(self, text: str, start: int, end: int) -> list[tuple[int, int, Concept]]:
        """Vital signs written to their value ("HR52")."""
        return [
            (match.start(1), match.end(1), self._concept(self._glued[match[1]]))
            for match in self._glue.finditer(text, start, end)
        ]

    def symbols(self, text: str, start: int, end: int) -> list[tuple[int, int, Concept]]:
        """The symbols beside numbers in ``text[start:end]``."""
        if self._symbols is None:
            return []
        return [
            (match.start("symbol"), match.end("symbol"), self._symbol_concepts[match["symbol"]])
            for match in self._symbols.finditer(text, start, end)
        ]

    def stepped(self, text: str, start: int, end: int) -> bool:
        """Whether a scale's symbol stands in ``text[start:end]`` beside a step that is no digit ("GOLD III")."""
        return self._stepped is not None and self._stepped.search(text, start, end) is not None

    def _kind_of(self, id: str) -> str:
        try:
            return self.terminology.kind(id)
        except (KeyError, LookupError):
            return ""

    def kind(self, concept: Concept | None) -> str:
        """The terminology's kind of a concept, or empty."""
        return self._kind(concept.id) if concept is not None else ""

    def is_measure(self, mention: Mention) -> bool:
        """Whether a mention may carry a value."""
        return mention.type in _MEASURES or self.kind(mention.concept) in ("score", "stage", "measurement", "biomarker")

    def pair(self, phrase: str) -> tuple[Concept, Concept] | None:
        """The two measures that one name stands for ("H and H")."""
        for row in tables.toml("concepts")["pairs"]:
            if phrase in row["names"]:
                first, second = row["measures"]
                return self._concept(first), self._concept(second)
        return None

    def specimen(self, page: Page, sentence: Sentence, concept: Concept | None, at: int) -> str | None:
        """What was sampled where a measure of blood is named: csf, urine, fluid; None for blood.

        A specimen is weighed in grams, a person past the first months is not.
        """
        if concept is None:
            return None
        if concept.id in self._weights:
            grams = any(n.start == at and (n.unit or "").strip().lower() in self._grams for n in sentence.numbers)
            return "specimen" if grams and not any(word in page.text.lower() for word in self._newborn) else None
        if concept.id not in self._blood:
            return None
        last: tuple[int, str] | None = None
        for name in self._specimens:
            for hit in page.phrases.of(f"specimen.{name}", sentence.start, at):
                if page.text[hit.start - 1 : hit.start] != "-" and (last is None or hit.start > last[0]):
                    last = (hit.start, name)  # no "G-CSF"
        return last[1] if last and last[1] != "serum" else None

    def elsewhere(self, concept: Concept, specimen: str) -> Concept:
        """The same measure in another fluid than blood."""
        id = f"MEAS:{specimen}:{concept.id}"
        named = self._named.get(id)
        return Concept("MEAS", id, f"{concept.name} ({specimen})") if named is None else self._concept(named)

    def scale(self, id: str) -> Concept:
        """The concept of a scale."""
        return self._concept(id)

    def implied(self, concept: Concept | None, text: str) -> Concept | None:
        """The condition that a scale's name tells ("CKD stage 3")."""
        row = self._implies.get(concept.id) if concept else None
        if row is None or not any(word in text.lower() for word in row["words"]):
            return None
        return self._concept(row["id"])

    def part(self, anchor: Anchor, number: Number) -> Anchor:
        """The measure that a word means beside this number: FEV1 in per cent is another one than FEV1 in litres."""
        if anchor.concept is None or number.kind == "fraction":
            return anchor
        id = analytes.for_value(anchor.concept.id, number.low, number.unit)
        return anchor if id == anchor.concept.id else replace(anchor, concept=self._concept(id))

    def anchor(self, mention: Mention, text: str) -> Anchor:
        """The anchor of a mention that is a measure."""
        concept, kind = mention.concept, self.op(mention)
        same = self._same.get(concept.id) if concept else None
        if same is not None and self._marker(same) in mention.text.lower():
            concept, kind = self._concept(same), "biomarker"
        refined = self._refined.get(concept.id) if concept else None
        if refined is not None and refined[0].search(text, mention.end, mention.end + 40):
            concept = self._concept(refined[1])
        return Anchor(mention.start, mention.end, kind, concept, mention)

    def _marker(self, id: str) -> str:
        return self._concept(id).name.lower()

    def op(self, mention: Mention) -> Op:
        """The kind of fact that a measure makes."""
        kind = self.kind(mention.concept)
        if kind == "score" or kind == "stage" or kind == "biomarker":
            return kind  # type: ignore[return-value]
        return "biomarker" if mention.type == "biomarker" else "measurement"

    def only_with_value(self, anchor: Anchor, text: str) -> bool:
        """A symbol ("T", "K", "C4") or a scale's name says nothing where no value stands beside it."""
        name = text[anchor.start : anchor.end]
        return anchor.kind in ("score", "stage") or name in self._symbol_concepts or name.lower() in self._valued

    def is_pressure(self, anchor: Anchor) -> bool:
        """Whether "120/80" is a value of it."""
        return anchor.concept is not None and anchor.concept.id in self._pressures

    def counts(self, anchor: Anchor, text: str, gap: str) -> bool:
        """ "8 swollen joints": whether a number before ``gap`` counts what the anchor names in the plural."""
        analyte = analytes.get(anchor.concept.id) if anchor.concept is not None else None
        return gap == " " and analyte is not None and analyte.unit == "1" and text[anchor.end - 1] == "s"

    def is_duration(self, number: Number) -> bool:
        """A number of days, months, years."""
        return number.unit is not None and _DURATION.fullmatch(number.unit.strip()) is not None

    def result(self, anchor: Anchor, number: Number) -> str | None:
        """What the number is besides its value ("20/400", "3+")."""
        if number.kind == "fraction" and is_acuity(number):
            return f"{number.low:g}/{number.high:g}"
        return None

    def quantity(self, anchor: Anchor, number: Number) -> Quantity | None:
        """The quantity, or None where the number cannot be a value of this measure."""
        quantity = number.quantity()
        concept = anchor.concept
        if number.word and number.unit is None and self.kind(concept) not in ("score", "stage"):
            return None
        if number.kind == "fraction":
            if concept is not None and concept.id in self._acuities:
                if not is_acuity(number):
                    return None
                value = acuity(number)
                return Quantity(value, value, "Snellen", start=number.start, end=number.end)
            if number.unit is None and number.high > 0 and number.low <= number.high:
                known = scales.get(concept.id) if concept else None
                if known is not None and number.high != known.high:
                    return None
                if self.kind(concept) not in ("score", "stage") and number.high not in (5, 10, 15, 30, 100):
                    return None
                return Quantity(number.low, number.low, f"/{number.high:g}", start=number.start, end=number.end)
            if self.is_pressure(anchor):
                return None
        if concept is None:
            return quantity
        most = tables.toml("concepts")["points"].get(concept.id, _MOST_POINTS)
        bare = quantity.unit is None and number.kind != "titre"
        if anchor.kind == "biomarker" and bare and (quantity.low or 0) > most:
            # "PR: 72" is a pulse, not a receptor.
            return None
        if concept.id in self._acuities and quantity.unit is None:
            return None
        known = scales.get(concept.id)
        if known is not None and quantity.unit is None and (quantity.low or 0) > known.high > 0:
            # "ACT greater than 400" is a clotting time, not a questionnaire.
            return None
        analyte = analytes.get(concept.id)
        if analyte is None or not analyte.unit:
            # Nothing known of its unit: a duration is more often its date than its value.
            return None if self.is_duration(number) and not anchor.lasts else quantity
        if quantity.unit is None:
            low, high = analyte.plausible_low, analyte.plausible_high
            shown = quantity.low if quantity.low is not None else quantity.high
            if shown is None or low is None or high is None or low <= shown <= high:
                return quantity
            return quantity if units.plausible_unit(analyte, shown) else None
        try:
            for bound in (quantity.low, quantity.high):
                if bound is None:
                    continue
                converted = units.convert(bound, quantity.unit, analyte.unit, analyte)
                if analyte.plausible_high is not None and converted > analyte.plausible_high * 3:
                    plain = (analyte.plausible_low or 0) <= bound <= analyte.plausible_high
                    if plain and converted >= bound * _MICRO:
                        return replace(quantity, unit=None)  # "TSH 2.8 IU/mL" lost its micro
                    return None
        except units.UnitError:
            if _MICROLITRE.fullmatch(quantity.unit or "") and analyte.unit.endswith("/uL"):
                # "21,860 µL" lost its slash.
                return self.quantity(anchor, replace(number, unit="/uL"))
            if analyte.unit.endswith("/d") and number.unit is not None and "/" not in number.unit:
                # "24-hour urine protein 3400 mg": the name says the time
                return self.quantity(anchor, replace(number, unit=f"{number.unit}/d"))
            if quantity.unit == "/mm" and analyte.unit.endswith("/uL"):
                # "17,580/mm" lost its cube.
                return self.quantity(anchor, replace(number, unit="/mm3"))
            if quantity.unit == "mm" and analyte.unit == "mm[Hg]":
                # "17 mm" of a pressure is of mercury.
                return self.quantity(anchor, replace(number, unit="mmHg"))
            return None
        return quantity
