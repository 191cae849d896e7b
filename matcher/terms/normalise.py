"""From a term as somebody wrote it to its concept, or to none.

Order: exact, abbreviation by context, inflection (spelling, plural, adjective and noun, word order, known qualifiers
taken off), guarded fuzzy match. What may be done at each step is data: ``resources/terms/normalise.toml``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from matcher.model import Concept
from matcher.patterns import alternatives
from matcher.terms import compose, effects, keys, narrower, qualified, targets
from matcher.terms import context as contexts
from matcher.terms.fold import fold
from matcher.terms.wording import bared_kinds, fold_all, qualifiers, rearranged, rules, turned, without_suffix

if TYPE_CHECKING:
    from matcher.terms.terminology import Terminology

How = Literal["exact", "abbreviation", "inflection", "several", "fuzzy", "none"]

_BRACKETS = re.compile(r"\s*[\(\[]([^()\[\]]*)[\)\]]")
_ROUTE = re.compile(r"\A\s*i\.?v\.?\s+(?=[A-Za-z]{4})", re.I)
_POSSESSIVE = re.compile(r"['’]s\Z")
_APART = re.compile(r"(?<=\w) (['’]s)\b")
"""A tokeniser's "Gilbert 's syndrome"."""
_JOINED_DRUG = re.compile(r"(?<=[a-z]{4})-(?=[A-Z]{2,5}\b)")
""" "lisinopril-HCTZ"."""
_FOLDED_WORD = re.compile(r"(?<![^ ,])[a-z]{4,}(?![^ ,])")
_SEVERAL = re.compile(r"\b(?:or|and)\b|/")
_DRUGS = frozenset({"drug"})
_HEADS = frozenset({"condition", "drug", "procedure"})
_CONDITIONS = frozenset({"condition"})


@cache
def _dose() -> re.Pattern[str]:
    units = alternatives(rules()["medicines"]["dose_units"])
    return re.compile(rf"[\s,]+(?:[<>≤≥=]+\s*)?\d[\d.,/-]{{0,20}}\s*(?:{units})\b.*\Z", re.I)


@cache
def _named_after() -> re.Pattern[str]:
    """What may be persons' names: "Lesch-Nyhan", "von Willebrand"."""
    particles = alternatives(rules()["after_persons"]["particles"])
    return re.compile(rf"(?:(?:{particles}) ?)*[A-Z][a-zéèöüçñ]+(?:[-– ][A-Z][a-zéèöüçñ]+)*\Z")


@cache
def _prefixed_abbreviation() -> re.Pattern[str]:
    table = rules()["prefixed_abbreviations"]
    joined, hyphened = alternatives(table["joined"]), alternatives(table["hyphened"])
    short = rf"(?P<short>[A-Z][A-Za-z0-9]{{{table['shortest'] - 1},6}})"
    return re.compile(rf"(?:(?P<joined>{joined})|(?P<hyphened>{hyphened})-){short}\Z")


@dataclass(frozen=True, slots=True)
class Normalised:
    """What a term means here, and how that was found."""

    concept: Concept | None
    how: How
    score: float
    """1.0 as the tables write it; lower the more was changed on the way; 0.0 without a concept."""
    rivals: tuple[Concept, ...] = ()
    """Other meanings that the same way leads to, best first."""
    qualifiers: tuple[str, ...] = ()
    """Words that were taken off: they qualify the concept ("severe", "metastatic")."""
    site: str | None = None
    """The site setting that this rests on."""
    also: tuple[Concept, ...] = ()
    """``how="several"``: what else the term names, joined by "or", "and" or a stroke to the concept."""


_LOOSE = 0.87
"""Below it a term was found with words taken off that may mean more."""
NOTHING = Normalised(None, "none", 0.0)


def _both(kinds: frozenset[str] | None, fitting: frozenset[str] | None) -> frozenset[str] | None:
    """The kinds that two limits leave (None: any)."""
    return kinds if fitting is None else fitting if kinds is None else kinds & fitting


class Normaliser:
    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._targets: targets.Targets | None = None

    def normalise(self, text: str, context: str, kinds: frozenset[str] | None, several: bool = False) -> Normalised:
        found = self._one(text, context, kinds)
        if found.concept is not None or found.how != "none" or len(text) > qualified.LONGEST:
            return narrower.found(found, text, self._terminology)
        return self._composed(" ".join(text.split()), kinds, several) or found

    def _composed(self, text: str, kinds: frozenset[str] | None, several: bool) -> Normalised | None:
        def read(piece: str) -> Normalised:
            return self._one(piece, "", kinds)

        event = compose.of_a_drug(text, lambda piece: self._one(piece, "", None), self._terminology)
        if event is not None:
            return event
        found = compose.named(text, read, self._terminology)
        one = compose.joined(found, self._terminology) if found else None
        if one is not None or not (found and several):
            return one
        concepts = tuple(dict.fromkeys(part.concept for part in found if part.concept is not None))
        score = min(part.score for part in found)
        return Normalised(concepts[0], "several", min(score, 0.8), (), (), None, concepts[1:])

    def _one(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised:
        text = _APART.sub(r"\1", " ".join(text.split()).strip(" .,;:"))
        if not text:
            return NOTHING
        for step in (self._abbreviated, self._exact, self._weak, self._without_brackets, self._without_dose):
            found = step(text, context, kinds)
            if found is not None:
                return found
        if len(text) > qualified.LONGEST:
            return NOTHING
        found = self._named(text, context or text, kinds) or self._after_persons(text, kinds)
        found = found or self._by_target(text, kinds) or self._by_effect(text, kinds)
        found = found or self._prefixed(text, context, kinds)
        if found is not None:
            return found
        fronts = [(text, ""), *qualified.Words(text, self._terminology).fronts()]
        found = self._among_qualifiers(text, fronts, context, kinds)
        found = found or self._fuzzy(text, fold(text), context, kinds)
        return found or self._among_qualifiers(text, fronts, context, kinds, bare=True) or NOTHING

    # ------------------------------------------------------------ exact and abbreviations

    def _fitting(self, ids: Iterable[str], kinds: frozenset[str] | None) -> tuple[str, ...]:
        if kinds is None:
            return tuple(ids)
        return tuple(id for id in ids if self._terminology.kind(id) in kinds)

    def _result(
        self, text: str, ids: tuple[str, ...], how: How, score: float, context: str = "", taken: tuple[str, ...] = ()
    ) -> Normalised:
        terminology = self._terminology
        if len(ids) > 1 and context:
            before, _, after = context.partition(text)
            place = contexts.choose_kind([terminology.kind(id) for id in ids], before, after)
            if place:
                ids = (ids[place], *ids[:place], *ids[place + 1 :])
        concepts = tuple(map(terminology.concept, ids))
        return Normalised(concepts[0], how, score, concepts[1:4], taken, terminology.from_site(text))

    def _abbreviated(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        terminology = self._terminology
        senses = terminology.senses(text)
        if senses:
            senses = tuple(s for s in senses if kinds is None or (s[1] and terminology.kind(s[1]) in kinds))
        if not senses:
            return None
        if text.islower() and text in keys.plain_words():
            return None
        before, _, after = context.partition(text) if text in context else (context, "", "")
        chosen = contexts.choose(senses, before, after)
        others = tuple(dict.fromkeys(id for sense, id in senses if id and (not chosen or id != chosen[1])))
        rivals = tuple(map(terminology.concept, others))[:5]
        site = terminology.from_site(text)
        if chosen is None or chosen[1] is None:
            return Normalised(None, "none", 0.0, rivals, (), site)
        score = 1.0 if len(senses) == 1 else 0.9
        return Normalised(terminology.concept(chosen[1]), "abbreviation", score, rivals, (), site)

    def _exact(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        terminology = self._terminology
        ids = self._fitting(terminology.lookup(text), kinds)
        if not ids:
            return None
        if text.islower() and text in keys.plain_words() and len(text) < 4:
            return None
        ids = terminology.plural_first(text, ids)
        if keys.is_acronym(text):
            same = {name for name, _ in terminology.names(ids[0])}
            return self._result(text, ids, "abbreviation" if text in same else "exact", 1.0, context)
        plain = text.casefold()
        same = {name.casefold() for name, _ in terminology.names(ids[0])}
        if plain in same:
            return self._result(text, ids, "exact", 1.0, context)
        return self._result(text, ids, "inflection", 0.98, context)

    def _weak(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """An abbreviation in another case, or one too short to be looked for in running text."""
        if not 2 <= len(text) <= 7 or not text.isalnum() or (text.islower() and text in keys.plain_words()):
            return None
        terminology = self._terminology
        capitals = text[:-1] if text[-1] == "s" and text[:-1].isupper() else text.upper()
        if capitals != text and terminology.senses(capitals) and len(text) > 2:
            return self._abbreviated(capitals, context, kinds)
        ids = self._fitting(terminology.weak(capitals), kinds)
        if ids and (len(capitals) < 3 or (len(ids) > 1 and len(capitals) < 4)):
            # two letters, or three of several meanings, that no curated table knows: a guess, and so no concept
            return Normalised(None, "none", 0.0, tuple(map(terminology.concept, ids))[:5])
        return self._result(text, ids, "abbreviation", 1.0 if capitals == text else 0.95, context) if ids else None

    def _without_brackets(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "chronic obstructive pulmonary disease (COPD)": the words before the brackets, else those inside."""
        match = _BRACKETS.search(text)
        if not match:
            return None
        outside = _BRACKETS.sub("", text).strip()
        found = [
            (found, score)
            for part, score in ((outside, 0.97), (match[1].strip(), 0.9))
            if part and part != text
            if (found := self._one(part, context, kinds)).concept is not None and found.how != "fuzzy"
        ]
        if not found:
            return None
        best, score = found[0]
        if best.score < _LOOSE < found[-1][0].score and self._kind_of(found[-1][0], best):
            best, score = found[-1]  # "t-lymphoblastic leukemia (T-ALL)"
        how: How = "inflection" if best.how == "exact" else best.how
        return Normalised(best.concept, how, min(score, best.score), best.rivals, best.qualifiers, best.site)

    def _kind_of(self, one: Normalised, other: Normalised) -> bool:
        return bool(one.concept and other.concept and self._terminology.is_a(one.concept.id, other.concept.id))

    def _without_dose(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "Plavix 75 mg daily", "IV vancomycin": the drug without dose and short forms of the route."""
        plain = _ROUTE.sub("intravenous ", _dose().sub("", text))
        plain = without_suffix(plain) or plain
        if plain == text or len(plain) < 3:
            return None
        found = self._one(plain, context, kinds or _DRUGS)
        return found if found.concept is not None and found.how != "fuzzy" else None

    def _among_qualifiers(
        self,
        text: str,
        fronts: list[tuple[str, str]],
        context: str,
        kinds: frozenset[str] | None,
        bare: bool = False,
    ) -> Normalised | None:
        """The longest name in it that only qualifiers stand before, and only an addition behind.

        ``fronts``: where it may end, with the addition. ``bare``: also words before it that no table knows as
        qualifiers.
        """
        for front, addition in fronts:
            if len(front) < 3 and not (front.isupper() and self._terminology.senses(front)):
                continue
            inner = qualified.Words(front, self._terminology)
            forms = (
                inner.bare()
                if bare
                else itertools.chain([(front, ())], inner.without_step(), inner.peeled(), inner.adjectives())
            )
            for rest, taken in forms:
                if rest == text:
                    continue
                found = self._named(rest, context or text, kinds)
                if found is None or found.concept is None or not self._bears(found.concept, rest, taken, addition):
                    continue
                kind = self._terminology.kind(found.concept.id)
                if kind not in (_HEADS if addition and not taken else _CONDITIONS):
                    return None
                more = (addition,) if addition else ()
                score = min(0.7 if addition else 0.85, found.score)
                qualifiers = (*taken, *found.qualifiers, *more)
                return Normalised(found.concept, "inflection", score, found.rivals, qualifiers, found.site)
        return None

    def _bears(self, concept: Concept, name: str, taken: tuple[str, ...], addition: str) -> bool:
        """Whether the concept may be qualified so: by a part of the body, by "of …", by no opposite of its own word."""
        if turned(taken, concept.name) or self._another_head(concept, name, taken):
            return False
        if addition.startswith("of "):
            several = _SEVERAL.search(addition) and not (qualified.only_sites(addition) and qualified.says_enough(name))
            if several or fold(name) in fold_all("after", "not_of"):
                return False
        if not any(fold(word) in qualified.sites() for word in taken):
            return True
        heads = (self._terminology.lookup(head) for head in rules()["sites"]["heads"])
        return any(self._terminology.is_a(concept.id, ids[0]) for ids in heads if ids)

    def _another_head(self, concept: Concept, name: str, taken: tuple[str, ...]) -> bool:
        """Whether what was taken off makes another disease with the head of "arthritis of the knee": "septic"."""
        head, _, behind = name.partition(" of ")
        told = [word for word in taken if fold(word) not in qualifiers()]
        if not behind or not told:
            return False
        ids = self._terminology.lookup(f"{' '.join(told)} {head}")
        return bool(ids) and not self._terminology.is_a(concept.id, ids[0])

    def _named(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """As the tables have it, as an abbreviation, or inflected."""
        for step in (self._abbreviated, self._exact, self._weak):
            found = step(text, context, kinds)
            if found is not None:
                return found
        forms = [fold(text), *self._written_out(text, context)]
        if _POSSESSIVE.search(text):  # "Wilson's" leaves its noun to the reader
            forms[1:1] = [f"{forms[0]} disease", f"{forms[0]} syndrome"]
        for folded in forms[1:]:
            ids = self._fitting(self._terminology.lookup_folded(folded), kinds)
            if ids:
                return self._result(text, ids, "inflection", 0.95, context)
        for folded in forms:
            for ids, taken, score in self._inflected(folded, kinds, context):
                if not taken or not turned(taken, self._terminology.concept(ids[0]).name):
                    return self._result(text, ids, "inflection", score, context, taken)
        return None

    def _after_persons(self, text: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "von Willebrand", "Lesch-Nyhan": the one disease or syndrome that is called after persons."""
        if len(text) < 4 or not _named_after().match(text) or text.lower() in keys.plain_words():
            return None
        if not all(map(qualified.may_be_person, text.split())):
            return None
        found = {
            ids[0]: ids
            for word in rules()["after_persons"]["words"]
            if (ids := self._fitting(self._terminology.lookup_folded(f"{fold(text)} {word}"), kinds))
            and self._terminology.kind(ids[0]) == "condition"
        }
        return self._result(text, next(iter(found.values())), "inflection", 0.9) if len(found) == 1 else None

    def _prefixed(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "uHCC", "LA-NSCLC": an abbreviation behind letters that qualify it."""
        match = _prefixed_abbreviation().match(text)
        if not match:
            return None
        table = rules()["prefixed_abbreviations"]
        found = self._abbreviated(match["short"], context, kinds)
        if found is None or found.concept is None:
            return None
        heads = (ids[0] for head in table["heads"] if (ids := self._terminology.lookup(head)))
        if not any(self._terminology.is_a(found.concept.id, head) for head in heads):
            return None
        said = table["joined"].get(match["joined"]) or table["hyphened"][match["hyphened"]]
        return Normalised(found.concept, "abbreviation", 0.85, found.rivals, (said,), found.site)

    def _by_target(self, text: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "anti-IL-5 biologics": the class of drugs that acts so on that target."""
        if targets.read(text) is None or not (kinds is None or "drug" in kinds):
            return None
        if self._targets is None:
            self._targets = targets.Targets(self._terminology.drug_classes())
        found = self._targets.find(text)
        if found is None or (found[1] and not self._has_antibodies(found[0])):
            return None  # "anti-platelet antibodies" are a finding
        return self._result(text, (found[0],), "inflection", 0.85)

    def _by_effect(self, text: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "drugs known to lower the seizure threshold": the class of drugs that does so."""
        id = effects.drug_class(text) if kinds is None or "drug" in kinds else None
        return None if id is None else self._result(text, (id,), "inflection", 0.85)

    def _has_antibodies(self, drug_class: str) -> bool:
        terminology = self._terminology
        antibody = terminology.lookup(rules()["targets"]["antibodies"])[0]
        drugs = [id for id in terminology.descendants(drug_class) if not terminology.descendants(id) - {id}]
        return 3 * sum(terminology.is_a(id, antibody) for id in drugs) >= len(drugs) > 0

    def _written_out(self, text: str, context: str) -> list[str]:
        """Folded forms with the abbreviations among the words written out ("HPV infection", "acute MI")."""
        words = _JOINED_DRUG.sub(" / ", text).replace("/", " / ").split()
        if not 2 <= len(words) <= 8:
            return []
        out = []
        changed = False
        for word in words:
            senses = self._terminology.senses(word.strip(",")) if word.upper() == word or len(word) > 2 else ()
            if (
                senses
                and not (word.islower() and word in keys.plain_words())
                and (sense := contexts.choose_or_only(senses, *context.partition(word)[::2]))
            ):
                out.append(sense[0].expansion)
                changed = True
            else:
                out.append(word)
        return [fold(" ".join(out).replace(" / ", "/"))] if changed else []

    # ------------------------------------------------------------ inflection

    def _inflected(
        self, folded: str, kinds: frozenset[str] | None, context: str = ""
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], float]]:
        """(ids, qualifiers taken off, score), the least changed first."""
        tried: set[tuple[str, frozenset[str] | None]] = set()
        unknown = frozenset(word for word in _FOLDED_WORD.findall(folded) if not self._terminology.is_word(word))
        for wider in (False, True):
            yield from self._inflected_by(folded, kinds, wider, tried, unknown, context)

    def _inflected_by(
        self,
        folded: str,
        kinds: frozenset[str] | None,
        wider: bool,
        tried: set[tuple[str, frozenset[str] | None]],
        unknown: frozenset[str],
        context: str,
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], float]]:
        look = self._terminology.lookup_folded
        for candidate in rearranged(folded, wider, unknown):
            if (candidate, kinds) in tried:
                continue  # looked up before, and not found
            tried.add((candidate, kinds))
            ids = self._fitting(look(candidate), kinds)
            if ids:
                yield ids, (), 0.95
        for rest, taken, fitting in () if wider else bared_kinds(folded):
            allowed = _both(kinds, fitting)
            ids = self._fitting(look(rest), allowed)
            if not ids and len(rest.split()) == 1 and len(rest) < 8:
                ids = self._fitting(self._short(rest, context), allowed)
            if ids:
                yield ids, taken, 0.9
        for rest, taken, fitting in bared_kinds(folded):
            allowed = _both(kinds, fitting)
            for candidate in rearranged(rest, wider, unknown):
                if (candidate, allowed) in tried:
                    continue
                tried.add((candidate, allowed))
                ids = self._fitting(look(candidate), allowed)
                if ids:
                    yield ids, taken, 0.85

    def _short(self, word: str, context: str) -> tuple[str, ...]:
        if word in keys.plain_words():
            return ()
        capitals = word.upper()
        senses = self._terminology.senses(capitals)
        if not senses:
            return self._terminology.weak(capitals)
        before, _, after = context.partition(capitals) if capitals in context else ("", "", "")
        chosen = contexts.choose_or_only(senses, before, after)
        return (chosen[1],) if chosen and chosen[1] else ()

    # ------------------------------------------------------------ fuzzy

    def _fuzzy(self, text: str, folded: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        from matcher.terms import fuzzy

        terminology = self._terminology
        found: list[tuple[int, float, tuple[str, ...], tuple[str, ...]]] = []
        for corrected, edits in fuzzy.corrections(folded, terminology):
            ids = self._fitting(terminology.lookup_folded(corrected), kinds)
            taken: tuple[str, ...] = ()
            if not ids:
                ids, taken, _ = next(self._inflected(corrected, kinds), ((), (), 0.0))
            if not ids:
                continue
            kind, name = terminology.kind(ids[0]), fold(terminology.concept(ids[0]).name)
            if fuzzy.likely_name(text, corrected, edits, name, kind):
                continue
            if fuzzy.allowed(folded, corrected, edits, kind):
                found.append((edits, fuzzy.similarity(folded, corrected), ids, taken))
        if not found:
            return None
        found.sort(key=lambda f: (f[0], -f[1], f[2]))
        edits, score, ids, taken = found[0]
        others = [f for f in found[1:] if f[2][0] != ids[0]]
        rules_ = rules()["fuzzy"]
        rivals = tuple(terminology.concept(f[2][0]) for f in others[:3])
        if score < rules_["floor"] or any(f[0] - edits < rules_["margin"] for f in others):
            return Normalised(None, "none", 0.0, (terminology.concept(ids[0]), *rivals))
        result = self._result(text, ids, "fuzzy", round(score, 3), context, taken)
        return Normalised(result.concept, "fuzzy", result.score, result.rivals + rivals, taken, result.site)
