"""A stretch of chunks without connectors, cut into atoms: what is asked about one thing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import NAMED, Comparison
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import happens, time_unit
from matcher.criteria.windows import Timed

RATED = "rated"
"""Marks the tie between a disease and the measure that limits it."""


@dataclass(slots=True)
class Atom:
    """The parts of one predicate, before it is decided which predicate it is."""

    negated: bool = False
    status: str = ""
    qualifiers: list[str] = field(default_factory=list)
    head: str = ""
    """medication, procedure, allergy, contraindication, family_history, self_or_family, condition."""
    terms: list[Chunk] = field(default_factory=list)
    """Words and terms in order; the first and the last bound the term."""
    leaf: Chunk | None = None
    """A cue that is a predicate by itself: pregnancy, behaviour, sex, an age group, another trial."""
    comparisons: list[Comparison] = field(default_factory=list)
    windows: list[Timed] = field(default_factory=list)
    results: list[Chunk] = field(default_factory=list)
    administrative: Chunk | None = None
    lent: list[Chunk] = field(default_factory=list)
    """Words that the member before shares with this one ("hepatitis B or C")."""
    borrowed: list[Chunk] = field(default_factory=list)
    """The head that a modifier shares with the next member of a list."""
    age: Chunk | None = None
    brackets: list[Chunk] = field(default_factory=list)
    start: int = -1
    end: int = -1
    stable: bool = False
    people: bool = False
    """The row speaks of people by sex or age group, so that a bare number may be an age."""
    rated: bool = False
    """It limits the disease before it ("heart failure | NYHA III")."""
    article: bool = False
    """Opens with its own article or head, so it shares less with what stands before it."""

    def content(self) -> bool:
        """Whether there is anything to ask about."""
        return bool(self.terms or self.leaf or self.administrative or self.comparisons or self.results or self.age)

    def named(self) -> bool:
        """Whether it names what it asks about."""
        return bool(self.terms or self.leaf or self.administrative)

    def cover(self, chunk: Chunk) -> None:
        self.start = chunk.start if self.start < 0 else min(self.start, chunk.start)
        self.end = max(self.end, chunk.end)

    tail: list[Chunk] = field(default_factory=list)
    """Words after the limit ("in both eyes", "on the Bruce protocol")."""


def _several(chunk: Chunk | None) -> bool:
    """Whether a name is a drug's or a treatment's, in the plural."""
    named = chunk.mention if chunk is not None else None
    return chunk is not None and named is not None and named.type in ("drug", "procedure") and chunk.low.endswith("s")


def _noun(planned: Chunk) -> bool:
    """Whether a word for what is to come is a noun ("indication for"), which an adjective may describe."""
    return planned.low.endswith((" for", " of", " to")) and not planned.low.startswith(("requir", "schedul", "plan"))


_OWN = frozenset({"sex", "agegroup", "childbearing", "trial"})
_SHARP = frozenset({"in", "for", "among", "regarding"})
_NAMES_IT = frozenset("term word leaf behaviour comparison number borrowed administrative result head".split())
_AHEAD = 12
"""Chunks that a qualifier may stand before its name."""
_PEOPLE = frozenset({"sex", "agegroup", "childbearing", "person"})


def atoms(row: list[Chunk]) -> list[Atom]:
    """The atoms of a row; they are joined by "and"."""
    return _Reader(row).read()


class _Reader:
    """One pass over a row; ``boundary``: the next name begins a new atom."""

    def __init__(self, row: list[Chunk]) -> None:
        self.row = row
        self.people = any(c.kind in ("sex", "agegroup") for c in row)
        self.found: list[Atom] = []
        self.now = Atom()
        self.boundary = False

    def read(self) -> list[Atom]:
        place = 0
        while place < len(self.row):
            place = self._take(place)
        self._close()
        for atom in self.found:
            atom.people = self.people
        return self.found

    def _close(self) -> None:
        now = self.now
        if now.content() or now.windows or now.brackets or now.negated or now.status or now.head or now.qualifiers:
            self.found.append(now)
        self.now = Atom()
        self.boundary = False

    def _new(self) -> None:
        now = self.now
        if now.content() or now.windows or now.brackets:
            self.found.append(now)
            self.now = Atom()
        self.boundary = False

    def _next(self, place: int) -> Chunk | None:
        return self.row[place + 1] if place + 1 < len(self.row) else None

    def _take(self, place: int) -> int:
        chunk, now, after = self.row[place], self.now, self._next(place)
        kind = chunk.kind
        if kind == "person":
            self.boundary = self.boundary or now.named()
        elif kind in ("link", "condition") or (
            kind == "group" and (chunk.low not in _SHARP or self._of_people(place))
        ):
            self.boundary = self.boundary or now.content()
            if chunk.value == RATED:
                self._new()
                self.now.rated = True
        elif kind in _OWN:
            self._own(chunk, after)
        elif kind in ("leaf", "behaviour"):
            self._leaf(chunk, after)
        elif kind == "negation":
            if now.content():
                self._new()
            self.now.negated = not self.now.negated
        elif kind == "head":
            self._head(place, chunk, after)
        elif kind == "status":
            if now.named() and self.boundary and self._goes_on(place):
                self._new()
            now = self.now
            now.status = chunk.value if not now.status or chunk.value == "ever" else now.status
            if chunk.value == "active":
                now.qualifiers.append("active")
        elif kind == "certainty":
            if chunk.value == "suspected":
                now.qualifiers.append("suspected")
            elif any(word in chunk.low for word in ("confirm", "proven", "proved", "verified")):
                now.qualifiers.append("confirmed")
        elif kind == "planned":
            return self._planned(place, chunk)
        elif kind == "qualifier" and after is not None and after.value == "whole" and not now.terms:
            now.qualifiers.append(chunk.low)
            now.terms.append(chunk)
            now.cover(chunk)
        elif kind == "qualifier":
            if now.named() and self.boundary and self._goes_on(place):
                self._new()  # "asthma that is uncontrolled" ends with it
            self.now.stable = self.now.stable or chunk.low in ("stable", "unchanged")
            self.now.qualifiers.append(chunk.low)
            if self.now.tail:
                self.now.tail.append(chunk)
        elif kind == "result":
            if now.terms and self.boundary and (now.results or self._goes_on(place)):
                self._new()  # "HBsAg is negative" says it of what was named
            self.now.results.append(chunk)
            self.now.cover(chunk)
        elif kind == "administrative":
            now.administrative = now.administrative or chunk
            now.cover(chunk)
        elif kind == "age":
            self._age(chunk, after)
        elif kind == "comparison" and chunk.comparison is not None:
            self._comparison(place, chunk, after)
        elif kind == "number" and chunk.comparison is not None:
            self._number(chunk, after)
        elif kind == "window" and chunk.timed is not None:
            now.windows.append(chunk.timed)
            now.cover(chunk)
        elif kind == "bracket":
            now.brackets.append(chunk)
            now.cover(chunk)
        elif kind == "borrowed":
            if chunk.value in ("before", "aim"):
                now.lent.append(chunk)
            elif chunk.value == "whole":
                now.terms.append(chunk)
                now.cover(chunk)
            else:
                now.borrowed.append(chunk)
        elif kind in ("word", "term"):
            self._word(place, chunk)
        return place + 1

    def _of_people(self, place: int) -> bool:
        """Whether people follow: "in | children", "in | a | child"."""
        rest = self.row[place + 1 : place + 3]
        if len(rest) == 2 and rest[0].low in ("a", "an", "any"):
            rest = rest[1:]
        return bool(rest) and rest[0].kind in _PEOPLE

    def _goes_on(self, place: int) -> bool:
        """Whether something is named behind ``place``."""
        return any(c.kind in _NAMES_IT for c in self.row[place + 1 : place + _AHEAD])

    def _own(self, chunk: Chunk, after: Chunk | None) -> None:
        """A sex, an age group, another trial: an atom of its own."""
        now = self.now
        if chunk.kind == "agegroup" and now.terms and not self.boundary:
            now.terms.append(chunk)
            return
        if now.named() or now.comparisons:
            self._new()
        self.now.leaf = chunk
        self.now.cover(chunk)
        if chunk.kind in ("sex", "agegroup"):
            self.found.append(self.now)
            self.now = Atom()
        elif after is None or after.kind not in ("window", "when", "bracket"):
            self._new()

    def _leaf(self, chunk: Chunk, after: Chunk | None) -> None:
        now = self.now
        if now.terms and not self.boundary and now.terms[-1].kind == "word" and chunk.kind == "leaf":
            now.terms.append(chunk)
            now.cover(chunk)
            return
        if now.named():
            self._new()
        if after is not None and after.kind in ("word", "term") and after.start - chunk.end <= 1:
            self.now.terms.append(chunk)
        else:
            self.now.leaf = chunk
        self.now.cover(chunk)

    def _head(self, place: int, chunk: Chunk, after: Chunk | None) -> None:
        now = self.now
        rest = self.row[place + 1 :]
        if not any(c.kind in ("term", "word", "leaf", "borrowed") for c in rest):
            if now.terms or chunk.value in ("medication", "procedure"):
                now.head = now.head or chunk.value
            else:
                now.head = chunk.value
                now.terms.append(chunk)
                now.cover(chunk)
            return
        if now.terms and after is not None and after.kind in ("comparison", "number"):
            return  # "aripiprazole dose of 10 mg"
        if chunk.value == "contraindication" and now.terms and all(c.mention is None for c in now.terms):
            now.qualifiers += [c.low for c in now.terms]  # "a conventional contraindication to"
            now.terms = []
        if now.named():
            self._new()
        if not self.now.head or chunk.value != "medication":
            self.now.head = chunk.value
        if "stable" in chunk.low:
            self.now.stable = True
        verb = next((word for word in chunk.low.split() if word not in lexicon().turns["clause"]), "")
        if chunk.value == "medication" and verb in lexicon().turns["failing"]:
            self.now.status = self.now.status or "ever"  # who failed a drug may have stopped it

    def _planned(self, place: int, chunk: Chunk) -> int:
        """ "Requiring steroids" after a name narrows it; before a name it says that the thing is to come."""
        now = self.now
        rest = self.row[place + 1 :]
        if now.terms and all(c.kind == "word" and c.mention is None for c in now.terms) and _noun(chunk):
            # "clear indication for": the word before it only describes it
            now.qualifiers += [c.low for c in now.terms]
            now.terms = []
        if not now.named():
            now.qualifiers.append("planned" if chunk.value == "" else chunk.value)
            return place + 1
        stop = next(
            (i for i, c in enumerate(rest) if c.kind in ("window", "when", "comparison", "bracket", "head", "link")),
            len(rest),
        )
        tail = rest[:stop]
        if any(c.kind in ("word", "term") for c in tail):
            now.qualifiers.append(" ".join([chunk.low, *(c.low for c in tail)]))
            now.tail += tail
            for c in (chunk, *tail):
                now.cover(c)
            return place + 1 + stop
        now.qualifiers.append(chunk.low)
        return place + 1

    def _age(self, chunk: Chunk, after: Chunk | None) -> None:
        now = self.now
        beside = bool(now.terms) and now.terms[-1].kind in ("word", "term") and now.terms[-1].end + 1 >= chunk.start
        limited = after is not None and after.kind in ("comparison", "number")
        if beside and not self.boundary and not (limited and chunk.low != "age"):
            now.terms.append(chunk)
        else:
            if now.named():
                self._new()
            self.now.age = chunk
        self.now.cover(chunk)

    def _comparison(self, place: int, chunk: Chunk, after: Chunk | None) -> None:
        assert chunk.comparison is not None
        now, found = self.now, chunk.comparison
        plain = found.unit is None and not found.uln and not found.lln and not found.scale
        counted = after is not None and after.kind in ("word", "term", "qualifier")
        before = self.row[place - 1] if place else None
        if before is not None and found.duration and before.low.split()[-1:] in (["every"], ["each"]):
            now.tail.append(chunk)  # "given every 28 days"
            now.cover(chunk)
            return
        if now.terms and plain and counted and before is not None and before.low in ("in", "at", "on"):
            now.tail.append(chunk)  # "in at least one eye"
            now.cover(chunk)
            return
        when = found.duration and not found.cmp and not found.age
        if now.terms and when and before is not None and before.low == "at":
            now.tail.append(chunk)  # "retention rate at 15 min"
            now.cover(chunk)
            return
        if before is not None and before.low in ("the", "an") and place > 1:
            before = self.row[place - 2]
        timed = before is not None and before.low.split()[-1:] in (["after"], ["before"], ["since"], ["until"])
        if now.terms and found.age and (timed or chunk.low.startswith(("before ", "after "))):
            now.tail.append(chunk)  # "wheezing after the age of 6 years"
            now.qualifiers.append(f"{before.low.split()[-1]} {chunk.low}" if timed and before else chunk.low)
            now.cover(chunk)
            return
        limited = any(not c.age and not c.scale for c in now.comparisons)
        if (now.leaf is not None or (limited and now.terms)) and found.age:
            self._new()  # "non-pregnant females aged 18 to 60", "T-score < -2 in subjects older than 20 years"
        ill = bool(now.terms) and now.terms[-1].mention is not None and now.terms[-1].mention.type == "condition"
        if (self.boundary or (ill and found.cmp)) and now.named() and not now.comparisons and found.age:
            self._new()  # "patients with COPD aged 40 years or older"
        grouped = bool(now.terms) and now.terms[-1].kind == "agegroup"  # "physically healthy adults age 18-55"
        old = found.age or (grouped and time_unit(found.unit) == "year")  # "healthy elderly ≥ 67 years"
        if old and (chunk.low.startswith("aged") or grouped) and now.named() and not now.comparisons:
            self._new()  # "women of the health plan aged 25 years or older"
        if self.boundary and found.scale and now.comparisons:
            self._new()  # "older than 50 with stage 3 disease"
        old = bool(self.now.comparisons) and not self.now.terms and (self.now.comparisons[-1].age or self.people)
        if old and plain and counted and before is not None and before.kind == "link":
            self._new()  # "adults aged 18-65 | with at least 2 exacerbations"
        if self.boundary and now.named() and not found.scale and happens(found):
            self._new()  # "overactive bladder with 8 micturitions per 24 h"
        self.now.comparisons.append(found)
        self.now.cover(chunk)

    def _number(self, chunk: Chunk, after: Chunk | None) -> None:
        if self.boundary and self.now.named() and after is not None and after.kind in ("word", "term"):
            self._new()  # "COPD with 2 exacerbations"
        now = self.now
        beside = after is not None and after.kind in ("word", "term") and after.start - chunk.end <= 1
        found = chunk.comparison
        if beside and not now.terms and not now.comparisons and found is not None and found.word and _several(after):
            now.comparisons.append(replace(found, cmp=">="))  # "on three antihypertensive drugs"
            now.cover(chunk)
            return
        if (now.terms and now.terms[-1].low in NAMED and not now.comparisons) or (
            beside and (not now.terms or now.terms[-1].kind in ("word", "term")) and not now.comparisons
        ):
            now.terms.append(chunk)
        elif now.comparisons or now.tail:
            now.tail.append(chunk)
        elif chunk.comparison is not None:
            now.comparisons.append(chunk.comparison)
        now.cover(chunk)

    def _old(self, place: int) -> bool:
        """Whether the limit right before is an age by its words: "women 18 or older"."""
        before = self.row[place - 1] if place else None
        if before is None or before.comparison is None or not self.people:
            return False
        return before.comparison.unit is None and before.low.endswith(("older", "younger"))

    @staticmethod
    def _spoken(bracket: Chunk) -> bool:
        """Whether a bracket holds limits, so that the name before it ends there."""
        return any(c.kind == "comparison" for c in bracket.inner)

    def _measured(self, place: int, chunk: Chunk) -> bool:
        """Whether a measure begins here that has a limit of its own."""
        after = self._next(place)
        named = chunk.mention is not None and chunk.mention.type == "measurement"
        limited = after is not None and after.kind == "comparison"
        return named and limited and place > 0 and self.row[place - 1].low in lexicon().turns["article"]

    def _word(self, place: int, chunk: Chunk) -> None:
        now = self.now
        aged = bool(now.comparisons) and not now.terms and (now.comparisons[-1].age or self._old(place))
        if (self.boundary and now.content()) or aged:
            self._new()  # "women 18 or older | able to walk"
            now = self.now
        after_limit = bool(now.comparisons) and bool(now.terms) and now.comparisons[-1].start > now.terms[0].start
        after_limit = after_limit or (bool(now.comparisons) and now.age is not None)
        after_window = bool(now.windows) and bool(now.terms) and now.windows[-1].start > now.terms[0].start
        after_bracket = bool(now.brackets) and bool(now.terms) and self._spoken(now.brackets[-1])
        if after_limit and self._measured(place, chunk):
            self._new()  # "FEV1/FVC < 70 % an FEV1 < 50 %"
            now = self.now
        elif after_limit or after_window or after_bracket or now.tail:
            back = place - 1
            while back >= 0 and self.row[back].kind in ("qualifier", "mark", "status"):
                back -= 1
            tied = (
                after_window
                or now.tail
                or (back >= 0 and self.row[back].kind in ("scaffold", "group", "when", "head", "certainty"))
            )
            if tied:
                now.tail.append(chunk)
                now.cover(chunk)
                return
            if not after_bracket or after_limit:
                self._new()
                now = self.now
        if now.leaf is not None and now.leaf.kind == "behaviour":
            before = self.row[place - 1] if place else None
            if before is not None and before.kind in ("scaffold", "group"):
                now.tail.append(chunk)
                now.cover(chunk)
                return
            self._new()
            now = self.now
        now.terms.append(chunk)
        now.cover(chunk)
