"""How narrow a vessel is: "left main stenosis ≥ 50 %", told as "a 60% lesion of the left main" or "LAD 80%".

A note gives the degree beside the narrowing or right behind the vessel; the vessel is the one that the words between or
beside them name. A sentence that compares before with after, or that denies, gives no degree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from matcher.evaluate import compare
from matcher.evaluate.beside import Beside
from matcher.evaluate.compare import INF, Range
from matcher.evaluate.index import Index, dated, once
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

_SENTENCE = re.compile(r"[^.;\n]+(?:\.(?=\d)[^.;\n]+)*")
_DEGREE = re.compile(
    r"(?<![\d.])(?P<low>\d{1,3})\s?%?(?:\s?(?:-|–|to)\s?(?P<high>\d{1,3}))?\s?(?:%|percent\b)", re.IGNORECASE
)
_GAP = 60
_OF = re.compile(r"\s(?:of|in|at|within|involving)\s[^,]*\Z", re.IGNORECASE)
_SIDE = re.compile(r"\b(left|right)\s(?:\w+\s){0,2}\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Narrowing:
    vessel: str
    side: str
    degree: Range
    note_id: str
    span: tuple[int, int]
    sentence: tuple[int, int]


def asked(leaf: Leaf) -> tuple[str, str] | None:
    """The vessel and the side of it ("" for either) whose narrowing a leaf asks for in per cent."""
    if leaf.op != "measurement" or leaf.unit != "%" or leaf.window is not None:
        return None
    if not isinstance(leaf.value, int | float) or isinstance(leaf.value2, str):
        return None
    narrow, vessels = _patterns()
    if narrow.search(leaf.term) is None:
        return None
    named = list(vessels.finditer(leaf.term))
    if len(named) != 1:
        return None
    vessel = _called()[_plain(named[0][0])]
    said = [
        word for word in ("left", "right") if word in (*leaf.qualifiers, *leaf.term[: named[0].start()].lower().split())
    ]
    return vessel, said[0] if len(said) == 1 and vessel in rules()["narrowed"]["paired"] else ""


class NarrowedPlan(Beside):
    """The measure's own plan, and where that finds no value, the degrees that the notes tell of the vessel."""

    def __init__(self, own: Plan, vessel: tuple[str, str], leaf: Leaf, setting: Setting) -> None:
        super().__init__(own, leaf, setting)
        self.label = own.label
        self.looks_at = self.looks_at | {"condition"}
        self.unnamed = self.unnamed - {"condition"}
        name, self._side = vessel
        self._vessels = frozenset((name, *rules()["narrowed"]["parts"].get(name, ())))

    def told_beside(self, index: Index) -> Outcome | None:
        found = [n for n in _narrowings(index) if n.vessel in self._vessels and self._side in ("", n.side)]
        if not found:
            return None
        assert isinstance(self.leaf.value, int | float)
        limit = Range(float(self.leaf.value), float(self.leaf.value))
        most = self.leaf.value2
        upper = Range(float(most), float(most)) if isinstance(most, int | float) else None
        truths = [(compare.compare(n.degree, self.leaf.cmp or "", limit, upper), n) for n in found]
        # the worst of several speaks for the vessel
        wanted = "not_met" if (self.leaf.cmp or "").startswith("<") else "met"
        truth, last = next((pair for pair in truths if pair[0] == wanted), truths[-1])
        if truth != wanted and any(other == "unknown" for other, _ in truths):
            return None
        fact = self._fact(last, index)
        says = "meets" if truth == "met" else "does not meet"
        return self.told(
            truth, f"{self.name}: “{fact.text}”{dated(fact)} {says} {self.label}", "measurement.narrowed", facts=(fact,)
        )

    def _fact(self, told: Narrowing, index: Index) -> Fact:
        text = index.notes[told.note_id].text
        (start, end), (low, high) = told.span, told.sentence
        return Fact("condition", text[start:end], start, end, told.note_id, quote_start=low, quote_end=high)


@once
def _narrowings(index: Index) -> tuple[Narrowing, ...]:
    """The degrees of narrowing that the notes tell, each with its vessel."""
    found: list[Narrowing] = []
    for id in sorted(index.notes):
        text = index.notes[id].text
        if "%" in text or "percent" in text:
            found += [n for match in _SENTENCE.finditer(text) for n in _told(id, text, match.start(), match.end())]
    return tuple(found)


def _told(note_id: str, text: str, low: int, high: int) -> list[Narrowing]:
    table = rules()["narrowed"]
    narrow, vessels = _patterns()
    sentence = text[low:high]
    degrees = list(_DEGREE.finditer(sentence))
    if not degrees or narrow.search(sentence) is None:
        return []
    if not frozenset(table["not_told"]).isdisjoint(re.findall(r"[a-z]+", sentence.lower())):
        return []
    named = list(vessels.finditer(sentence))
    found: list[Narrowing] = []
    loose = False
    for degree in degrees:
        vessel = _vessel(sentence, degree, named)
        if vessel is None:
            loose = True
            continue
        side = _SIDE.search(sentence[: vessel.start()])
        start, end = min(vessel.start(), degree.start()), max(vessel.end(), degree.end())
        quote = low + len(sentence) - len(sentence.lstrip())
        found.append(
            Narrowing(
                _called()[_plain(vessel[0])],
                side[1].lower() if side else "",
                _range(sentence, degree),
                note_id,
                (low + start, low + end),
                (quote, high),
            )
        )
    # "renal artery: 20% on the left and 70% on the right": one that has no vessel may be of this one, and worse
    return [replace(n, degree=Range(n.degree.low, INF)) for n in found] if loose else found


def _vessel(sentence: str, degree: re.Match[str], named: list[re.Match[str]]) -> re.Match[str] | None:
    """The vessel that a degree is of: between it and its narrowing, behind them, or the last one before."""
    narrow, _ = _patterns()
    behind = narrow.search(sentence, degree.end(), degree.end() + _GAP)
    if behind is not None and re.search(r"[,:]|\d", sentence[degree.end() : behind.start()]) is None:
        inside = [v for v in named if degree.end() <= v.start() < behind.start()]
        if inside:
            return inside[0]
        after = [v for v in named if v.start() >= behind.end()]
        if after and _OF.match(gap := sentence[behind.end() : after[0].start()]) and _links(gap):
            return after[0]
    before = [v for v in named if v.end() <= degree.start()]
    if not before:
        return None
    last, gap = before[-1], sentence[before[-1].end() : degree.start()]
    if behind is not None and re.search(r"[,:]|\d", sentence[degree.end() : behind.start()]) is None:
        return last if _DEGREE.search(gap) is None else None
    if narrow.search(gap) is not None or _links(gap):
        return last if _DEGREE.search(gap) is None else None
    return None


def _links(gap: str) -> bool:
    """Whether only words stand there that tell where in a vessel a narrowing lies, or how it was measured."""
    return frozenset(re.findall(r"[a-z]+", gap.lower())) <= frozenset(rules()["narrowed"]["links"])


def _range(sentence: str, degree: re.Match[str]) -> Range:
    low = float(degree["low"])
    high = float(degree["high"] or low)
    before = sentence[: degree.start()].rstrip().lower()
    table = rules()["narrowed"]
    if before.endswith(tuple(table["below"])):
        return Range(-INF, high, False, True)
    return Range(low, INF, True) if before.endswith(tuple(table["above"])) else Range(low, high)


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


@cache
def _called() -> dict[str, str]:
    return {name: vessel for vessel, names in rules()["narrowed"]["vessels"].items() for name in names}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What narrows, and the vessels by their names."""
    words = alternatives(rules()["narrowed"]["words"])
    names = alternatives(_called())
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE), re.compile(rf"\b(?:{names})\b", re.IGNORECASE)


__all__ = ["NarrowedPlan", "asked"]
