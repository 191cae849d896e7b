"""From an atom to its predicate: which kind of question it is, and its keys. See ``docs/logic.md``."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, cast

from matcher.criteria.atoms import Atom
from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.lexicon import Lexicon, load
from matcher.criteria.limits import habit_of, time_unit
from matcher.criteria.naming import OPS, Naming, side_of_part
from matcher.criteria.trees import disjoint, join, mapped
from matcher.criteria.turns.counts import TIMES
from matcher.criteria.turns.turn import plain
from matcher.model import And, Concept, Leaf, Logic, Mention, Not, Op, Or, Status, Window
from matcher.patterns import alternatives

if TYPE_CHECKING:
    from matcher.terms import Terminology

_LEVEL = re.compile(r"/\s?(?:d|m|µ|u)?l\b", re.IGNORECASE)
_OLDEST = 120.0
_FAR = 5
"""Characters between a result and its own name; further off it is shared."""
_WORDED = frozenset({"elevated", "low", "abnormal"})
_OFTEN = 30
"""More often than this nothing is counted in words."""
_PAIR = re.compile(r"(\w[\w ]{1,20}?)\s*(?:/|\b(?:and/or|and or|or|and)\b)\s*(\w[\w ]{1,20}) (\w+)$", re.I)


class Predicates(Naming):
    """Builds leaves over one text."""

    def __init__(self, text: str, terminology: Terminology | None, lexicon: Lexicon) -> None:
        self.text = text
        self.terms = terminology
        self.lexicon = lexicon
        self.used: list[tuple[int, int]] = []
        self.notes: list[str] = []

    # ------------------------------------------------------------ one atom

    def build(self, atom: Atom) -> Logic | None:
        """What the atom asks, without its negation; None where it asks nothing."""
        if atom.administrative is not None:
            return Leaf("administrative", atom.start, atom.end, " ".join(self.text[atom.start : atom.end].split()))
        if atom.leaf is not None:
            return self._named(atom)
        if atom.terms:
            return self._termed(atom)
        if atom.comparisons:
            found = atom.comparisons[0]
            if found.scale:
                steps = [self.compared(self._step(found, None), found) for found in atom.comparisons if found.scale]
                return join("and", steps)
            if found.unit is not None and (habit := habit_of(found)):
                # "more than 3 alcoholic drinks per day"
                unit = Leaf("behaviour", found.start, found.end, found.unit, self._concept(habit))
                return self._limits(unit, atom)
            if (rate := found.rate) is not None:
                # "at least 2 seizures per month"
                leaf = Leaf("measurement", found.start, found.end, rate[0], self._concept(rate[0]))
                return self.compared(leaf, replace(found, unit=rate[1]))
            if atom.age is not None or found.age or time_unit(found.unit) == "year":
                return self._age(atom)
            if atom.people and found.duration is not None:
                return self._age(atom)  # "infants younger than 12 months"
            if (
                (atom.people or self.holds("than_age", self.text[found.start : found.end]))
                and found.unit is None
                and found.cmp
                and not (found.uln or found.lln or found.scale)
            ):
                numbers = [v for v in (found.value, found.value2) if v is not None]
                if all(isinstance(v, float) and v <= _OLDEST for v in numbers):
                    return self._age(atom)  # "male or female older than 18"
        return None

    def _age(self, atom: Atom) -> Logic | None:
        parts = []
        for found in atom.comparisons:
            if found.uln or found.lln or (found.unit is not None and time_unit(found.unit) is None):
                continue  # "> 80 % predicted for age"
            start, end = (atom.age.start, atom.age.end) if atom.age is not None else (found.start, found.end)
            self.used.append((found.start, found.end))
            unit = found.unit
            parts.append(self.compared(Leaf("age", start, end, "age", unit=unit or "years"), found))
        return join("or" if disjoint(parts) else "and", parts)

    def _named(self, atom: Atom) -> Logic | None:
        cue = atom.leaf
        assert cue is not None
        words = self.text[cue.start : cue.end]
        if cue.kind == "behaviour" and cue.value:
            words = cue.value  # completed from the list that it stands in
        window, _ = self._window(atom)
        status = cast("Status | None", _status(atom.status))
        plain = " ".join(words.split())
        match cue.kind:
            case "sex":
                if cue.value == "both":
                    return Or(
                        tuple(Leaf("sex", cue.start, cue.end, plain, cmp="=", value=v) for v in ("male", "female"))
                    )
                return Leaf("sex", cue.start, cue.end, plain, cmp="=", value=cue.value)
            case "agegroup":
                cmp, value, unit, *upper = self.lexicon.ages[cue.value]
                return Leaf(
                    "age",
                    cue.start,
                    cue.end,
                    plain,
                    cmp=cmp,
                    value=float(value),
                    value2=float(upper[0]) if upper else None,
                    unit=unit,
                )
            case "childbearing":
                return Leaf("pregnancy", cue.start, cue.end, plain, qualifiers=tuple(atom.qualifiers))
            case "trial":
                return Leaf(
                    "other", cue.start, cue.end, "participation in another clinical trial", window=window, status=status
                )
            case "behaviour":
                return self._behaviour(atom, cue, plain, window, status)
        if cue.value == "contraception":
            window = None  # the time after the study
        leaf = Leaf(
            cast(Op, cue.value),
            cue.start,
            cue.end,
            plain,
            window=window,
            status=status,
            qualifiers=tuple(atom.qualifiers),
        )
        if atom.comparisons:
            return self._limits(leaf, atom)
        return leaf

    def _behaviour(
        self, atom: Atom, cue: Chunk, plain: str, window: Window | None, status: Status | None
    ) -> Logic | None:
        low = cue.low
        negated = False
        for word, value in (
            ("current", "current"),
            ("active", "current"),
            ("former", "past"),
            ("ex", "past"),
            ("past", "past"),
        ):
            if low.startswith(word + " "):
                status = cast(Status, value)
        start = cue.start
        if low.startswith(("non", "never ")):
            # "nonsmoker": no smoker
            negated = True
            plain = plain[5 if low.startswith("never") else 3 :].lstrip(" -‐‑")
            start = cue.end - len(plain)
        concept = self._concept(plain)
        leaf = Leaf(
            "behaviour",
            start,
            cue.end,
            plain,
            concept,
            window=window,
            status=status,
            qualifiers=tuple(atom.qualifiers),
        )
        tree: Logic = self._limits(leaf, atom) if atom.comparisons else leaf
        lasting = self._window(atom)[1]
        if negated and window is None and lasting is not None:
            tree = mapped(tree, lambda leaf: replace(leaf, window=Window(within=lasting[0])))  # "non-smoker for a year"
        pair = _PAIR.match(plain)
        if pair is not None:
            # "alcohol or drug abuse": two habits
            words = (pair[1], pair[2])
            tree = Or(tuple(self._habit(tree, f"{word} {pair[3]}") for word in words))
        return Not(tree) if negated else tree

    def _habit(self, tree: Logic, term: str) -> Logic:
        return mapped(tree, lambda leaf: replace(leaf, term=term, concept=self._concept(term)))

    # ------------------------------------------------------------ terms

    def _termed(self, atom: Atom) -> Logic | None:
        terms = atom.terms
        whole = [c for c in terms if c.value == "whole"]
        own = [c for c in terms if c.value != "whole"]
        if (
            atom.stable
            and len(own) > 1
            and own[-1].low in self.lexicon.turns["dose"]
            and own[0].mention
            and own[0].mention.type == "drug"
        ):
            self.used.append((own[-1].start, own[-1].end))
            own = own[:-1]  # "metformin at a stable dose"
        start, end = (own[0].start, own[-1].end) if own else (terms[0].start, terms[-1].end)
        op = self._kind(atom)
        results = list(atom.results)
        numeric = [c for c in atom.comparisons if not c.scale]
        scaled = [c for c in atom.comparisons if c.scale]
        window, lasting = self._window(atom)
        status = _status(atom.status)
        qualifiers = list(atom.qualifiers)
        count: Comparison | None = None
        if (
            numeric
            and numeric[0].end <= start + 1
            and not numeric[0].uln
            and numeric[0].unit is None
            and op not in ("measurement", "score", "biomarker")
        ):
            count = numeric.pop(0)
        elif numeric and op in ("condition", "procedure") and _times(numeric[0], own, window):
            count = numeric.pop(0)  # "infection more than 3 times", "exacerbations ≥ 2 within a year"
        value: str | None = None
        measured: Concept | None = None
        negated = False
        if results:
            result = results[0]
            plain = self.text[start:end]
            if result.value in ("positive", "negative"):
                if op in ("biomarker", "measurement", "score") or self.holds("test", plain):
                    op = "biomarker" if op == "biomarker" else "measurement"
                    value = result.value
                elif self.holds("infection", plain):
                    op, negated = "condition", result.value == "negative"
                elif op == "condition" and start < result.start and result.end < end:
                    pass  # "HER2-negative breast cancer": a kind of cancer
                elif op == "condition":
                    negated = result.value == "negative"
                else:
                    op, value = "biomarker" if op == "other" else op, result.value
            elif op in ("measurement", "biomarker") and not numeric:
                value = result.value
            elif op == "procedure" and result.value in ("normal", "abnormal") and self.holds("test", plain):
                op, value = "measurement", result.value  # "normal resting ECG"
            elif (
                op in ("medication", "other")
                and atom.head == ""
                and result.value in (*_WORDED, "normal")
                and (level := self._level(plain)) is not None
            ):
                op, value, measured = "measurement", result.value, level  # "elevated GH", "low vitamin D"
            elif op == "other" and result.end + _FAR < start and result.value in _WORDED:
                op, value = "measurement", result.value  # "elevated CgA or serotonin": of each
            elif result.end <= start and start - result.end <= _FAR and not numeric and result.value not in ("normal",):
                start = result.start
            else:
                qualifiers.append(result.low)
        term, concept = self.named(start, end, terms)
        concept = measured or concept
        rated = terms[0].mention.concept if terms[0].mention is not None else None
        if concept is None and rated and rated.system == "SCALE" and self._only_scored(terms[1:]):
            op, concept = "score", rated  # "HDRS-17 | total score"
        if atom.head == "allergy" and concept is None:
            concept = self._concept(f"{term} agent")  # "contrast allergy"
        if atom.head == "contraindication" and not term.lower().startswith("contra"):
            term, concept = f"contraindication to {term}", None
        if whole and own:
            term = f"{term} {' '.join(self.text[whole[0].start : whole[-1].end].split())}"
            concept = self._concept(term) or self._inner(whole)
        for chunk in atom.tail:
            self.used.append((chunk.start, chunk.end))
        if atom.lent:
            term = f"{' '.join(c.low for c in atom.lent)} {term}"
            concept = self._concept(term)
            of = atom.lent[0].mention
            if atom.lent[0].value == "aim":
                op, concept = _done(of, op)  # "surgery for cataract or glaucoma"
            elif of is not None and (op == "other" or (of.type == "condition" and not numeric and value is None)):
                op = OPS.get(of.type, of.type)  # "fracture of the hip or humerus", "impairment of … or renal function"
        if atom.borrowed:
            joint = "" if atom.borrowed[0].value == "glued" else " "
            term = f"{term}{joint}{' '.join(self.text[atom.borrowed[0].start : atom.borrowed[-1].end].split())}"
            concept = self._concept(term)
        if op == "other" and concept is not None:
            op = self._op_of(concept) or op
        elif op == "procedure" and concept is not None and self._op_of(concept) == "medication":
            op = "medication"  # "prostaglandin analogue treatment": the class says what it is
        if op == "measurement" and count is not None:
            numeric, count = [count], None  # "6 tender and 6 swollen | joints"
        if op == "condition" and not numeric and concept is None and self._tested(term):
            op = "measurement"  # "abnormal kidney function tests": the result of a test
        if op in ("measurement", "biomarker") and value is None and not numeric:
            first, _, rest = term.partition(" ")
            plain_result = concept is None or self.lexicon.results.get(first.lower()) == "abnormal"
            if rest and plain_result and first.lower() in self.lexicon.results and not results:
                # "abnormal kidney function tests" where the recogniser took the result into the name
                self.used.append((start, start + len(first) + 1))
                value, term, start = self.lexicon.results[first.lower()], rest, start + len(first) + 1
                concept = self._concept(term)
        if op in ("measurement", "biomarker") and value is None and not numeric:
            rest, _, last = term.rpartition(" ")
            told = self.lexicon.results.get(last.lower())
            if rest and told in ("positive", "negative") and end - start == len(term):
                # "HBsAg positive" where the recogniser took the result into the name
                self.used.append((start + len(rest), end))
                value, term, end = told, rest, start + len(rest)
                concept = self._concept(term)
        if numeric and concept is None and op in ("other", "measurement", "medication") and habit_of(numeric[0]):
            op, concept = "behaviour", self._concept(habit_of(numeric[0]))  # "consuming 5 units of alcohol"
        if numeric and op in ("other", "measurement") and numeric[0].unit is None and self.holds("pack_years", term):
            op, concept, numeric = "behaviour", self._concept("smoking"), [replace(numeric[0], unit=term)]
        timely = bool(numeric) and numeric[0].duration is not None and not numeric[0].age
        if timely and window is None and (op in ("condition", "medication") or (op == "procedure" and _long(numeric))):
            window = _since(numeric)  # "abdominal pain > 2 h and < 7 days"
            self.used += [(found.start, found.end) for found in numeric]
            numeric = []
        if numeric and op in ("condition", "other", "procedure", "medication"):
            lines = self.holds("therapy_line", term)
            if op == "medication" and not lines and numeric[0].unit is not None and not numeric[0].duration:
                if _LEVEL.search(numeric[0].unit):
                    op = "measurement"  # "vitamin D < 20 ng/mL"
                    concept = self._level(term) or concept
            elif op in ("procedure", "medication") and _counted_in_time().match(numeric[0].unit or ""):
                pass  # "oxygen > 15 hours/day"
            elif not lines:
                op = "measurement"
        lined = op in ("medication", "procedure", "other") or (op == "measurement" and concept is None)
        if lined and (count is not None or numeric) and self.holds("therapy_line", term):
            limit = count or numeric[0]
            leaf = Leaf("therapy_lines", start, end, term, concept, window=window, qualifiers=tuple(qualifiers))
            return self.compared(leaf, limit)
        leaf = Leaf(
            cast(Op, op), start, end, term, concept, window=window, status=cast("Status | None", status),
            qualifiers=tuple(dict.fromkeys(q for q in (*qualifiers, *side_of_part(term, concept)) if q)),
        )  # fmt: skip
        if lasting is not None:
            if op == "medication" and atom.stable:
                leaf = replace(leaf, stable=lasting[0], qualifiers=tuple(q for q in leaf.qualifiers if q != "stable"))
            elif window is None:
                old = lasting[1] not in ("<", "<=") and not atom.negated
                leaf = replace(leaf, window=Window(at_least_ago=lasting[0]) if old else Window(within=lasting[0]))
        if op == "medication" and atom.stable and window is not None and window.within and leaf.stable is None:
            leaf = replace(leaf, stable=window.within, window=None)
        if leaf.stable:
            leaf = replace(leaf, qualifiers=tuple(q for q in leaf.qualifiers if q not in ("stable", "unchanged")))
        if count is not None:
            self.used.append((count.start, count.end))
            if count.cmp == "between" and isinstance(count.value, float) and isinstance(count.value2, float):
                most = replace(leaf, count_cmp="<=", count=int(count.value2))
                least = replace(leaf, count_cmp=">=", count=int(count.value)) if count.value > 1 else leaf
                return Not(And((least, most))) if negated else And((least, most))
            if isinstance(count.value, float) and (count.cmp, count.value) != (">=", 1.0):
                leaf = replace(leaf, count_cmp=count.cmp or "=", count=int(count.value))
        if value is not None:
            leaf = replace(leaf, cmp="=", value=value)
        if numeric:
            atom.comparisons = numeric
            tree: Logic = self._limits(leaf, atom)
        else:
            tree = leaf
        if count is not None and count.cmp == "between" and isinstance(count.value2, float):
            # "2 to 10 crises in a year"
            most = replace(leaf, count_cmp="<=", count=int(count.value2))
            tree = And((replace(leaf, count_cmp=">="), most))
        for scale in scaled:
            tree = self._scaled(tree, leaf, scale)
        if atom.head == "self_or_family":
            own_history = mapped(tree, lambda leaf: replace(leaf, op="condition", status="ever"))
            tree = Or((own_history, tree))
        return Not(tree) if negated else tree

    def _only_scored(self, rest: list[Chunk]) -> bool:
        """Whether the words behind a scale only say that it is scored."""
        known = self.lexicon.turns["scored"] | self.lexicon.turns["scored_when"]
        return bool(rest) and all(word in known for c in rest for word in c.low.split())

    def _tested(self, term: str) -> bool:
        """Whether a name is a result and a test."""
        words = term.lower().split()
        return len(words) > 2 and words[0] in self.lexicon.results and words[-1] in self.lexicon.tests

    def _scaled(self, tree: Logic, leaf: Leaf, scale: Comparison) -> Logic:
        """A step of a scale beside what it grades."""
        words = self.text[scale.start : scale.end]
        if leaf.op in ("score", "stage", "measurement") or self.holds("scale", leaf.term):
            op: Op = "score" if leaf.op not in ("score", "stage") else leaf.op
            return self.compared(replace(leaf, op=op), scale)
        if scale.scale in ("class", "category", "classification") and self.own_scale(leaf, scale) is None:
            return (
                replace(leaf, qualifiers=(*leaf.qualifiers, " ".join(words.lower().split())))
                if isinstance(tree, Leaf)
                else tree
            )
        if leaf.concept is None and not leaf.qualifiers and leaf.term.lower() in self.lexicon.generic:
            self.used.append((leaf.start, leaf.end))
            return self.compared(self._step(scale, leaf), scale)  # "stage IV disease": of whatever disease it is
        return join("and", [tree, self.compared(self._step(scale, leaf), scale)]) or tree

    def _step(self, scale: Comparison, leaf: Leaf | None) -> Leaf:
        """What a step is of: of its own scale ("T stage"), or of the scale of the disease that it grades."""
        own = self.own_scale(leaf, scale) if leaf is not None else None
        if own is not None and scale.scale == "class":
            return Leaf("score", scale.start, scale.end, own.name, own)
        if " " in scale.scale:
            own = self._concept(scale.scale)
        return Leaf("stage", scale.start, scale.end, scale.scale, own)

    def holds(self, group: str, words: str) -> bool:
        """Whether a name holds a word of a group of ``heads.toml`` [inside]."""
        return self.lexicon.inside[group].search(words) is not None

    def _limits(self, leaf: Leaf, atom: Atom) -> Logic:
        parts = [self.compared(leaf, found) for found in atom.comparisons]
        for found in atom.comparisons:
            self.used.append((found.start, found.end))
        return join("or" if disjoint(parts) else "and", parts) or leaf

    def compared(self, leaf: Leaf, found: Comparison) -> Logic:
        """The leaf with a limit; a range with an open end is two limits."""
        self.used.append((found.start, found.end))
        if isinstance(found.value, str) and found.value2 is None and self.holds("pressure", leaf.term):
            return self._pressures(leaf, found)
        unit = found.unit or leaf.unit
        base = replace(leaf, unit=unit, uln=found.uln, lln=found.lln)
        if found.cmp == "between" and (found.low_open or found.high_open):
            low = replace(base, cmp=">" if found.low_open else ">=", value=found.value)
            high = replace(base, cmp="<" if found.high_open else "<=", value=found.value2)
            return And((low, high))
        return replace(base, cmp=found.cmp or "=", value=found.value, value2=found.value2)

    def _pressures(self, leaf: Leaf, found: Comparison) -> Logic:
        """ "Blood pressure > 160/100": the systolic and the diastolic limit; above either, or below both."""
        upper, _, lower = str(found.value).partition("/")
        if not (upper.isdigit() and lower.isdigit()):
            return replace(leaf, cmp=found.cmp or "=", value=found.value, unit=found.unit)
        parts = [
            replace(
                leaf, op="measurement", term=name, concept=self._concept(name), cmp=found.cmp or "=",
                value=float(value), unit=found.unit,
            )
            for name, value in zip(self.lexicon.pressures, (upper, lower), strict=True)
        ]  # fmt: skip
        return Or(tuple(parts)) if found.cmp in (">", ">=") else And(tuple(parts))

    def _window(self, atom: Atom) -> tuple[Window | None, tuple[str, str] | None]:
        window: Window | None = None
        lasting: tuple[str, str] | None = None
        for timed in atom.windows:
            if timed.note:
                self.notes.append(f"{self.text[timed.start : timed.end]}: only the calendar window is used")
            if timed.window is not None:
                window = window or timed.window
            elif timed.lasting is not None:
                lasting = (timed.lasting, timed.cmp)
        return window, lasting


def _done(what: Mention | None, op: str) -> tuple[str, Concept | None]:
    """The op and the concept of what was done for something: its own, and not those of what it was done for."""
    return (OPS.get(what.type, what.type), what.concept) if what is not None else (op, None)


def _times(found: Comparison, own: list[Chunk], window: Window | None) -> bool:
    """Whether a number behind what happens says how often it did."""
    if found.unit == TIMES:
        return True
    last = own[-1].low if own else ""
    whole = isinstance(found.value, float) and found.value.is_integer() and found.value <= _OFTEN
    several = last.endswith("s") and not last.endswith(("ss", "is", "us"))
    return plain(found) and whole and several and window is not None and window.within is not None


@cache
def _counted_in_time() -> re.Pattern[str]:
    """A unit like "hours/day", "times a week"."""
    return re.compile(rf"(?:{alternatives(load('time')['units']['counted'])})\s?(?:/|per|a)\s?\w+", re.IGNORECASE)


def _long(found: list[Comparison]) -> bool:
    """Too long for an operation to last: "transplantation > 6 months", but "surgery > 2 hours"."""
    return time_unit(found[0].unit) in ("week", "month", "year")


def _since(found: list[Comparison]) -> Window:
    """How long ago it began: at least so long, or at most."""
    within = ago = None
    for limit in found:
        if limit.cmp == "between" and limit.value2 is not None:
            ago, within = limit.duration, f"{limit.value2:g} {limit.unit}"
        elif limit.cmp in ("<", "<="):
            within = limit.duration
        else:
            ago = limit.duration
    return Window(within=within, at_least_ago=ago)


def _status(status: str) -> str | None:
    return {"active": "current", "": None}.get(status, status)
