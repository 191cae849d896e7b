"""Time windows: "within 6 months prior to screening", "at least 4 weeks before", "> 5 years ago", "for ≥ 8 weeks".

Read at token level from a duration outwards; bounded look-ahead, so linear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache

from matcher.criteria.comparisons import Comparer, Comparison, number, opens
from matcher.criteria.lexer import Token
from matcher.criteria.lexicon import Phrases, load, phrases
from matcher.model import Window

_REFERENCE_WORDS = 9
"""A reference point is looked for this many words after "before"."""
_WORDS = load("time")["reading"]
_STOPPERS = frozenset(_WORDS["stops"])
_TRAILING = frozenset(_WORDS["trailing"])
_LENGTHS = frozenset(_WORDS["length"])
_LATER = frozenset(_WORDS["later"])
_BEFORE_NUMBER = frozenset(_WORDS["before_number"])
_OPENS = frozenset(_WORDS["opens"])
_SINGLE = ("year", "month", "week", "day", "hour", "decade")


@dataclass(frozen=True, slots=True)
class Timed:
    """A window with its place. ``lasting``: a length of time ("for 8 weeks") that says how long, not when."""

    start: int
    end: int
    first: int
    last: int
    window: Window | None
    lasting: str | None = None
    cmp: str = ""
    note: str = ""
    """What the window does not say ("5 half-lives")."""
    own: bool = False
    """Of the name before it alone ("headache of 3 months' duration"), also in a list."""


@cache
def _tables() -> tuple[Phrases[str], Phrases[str]]:
    table = load("time")["window"]
    reference = phrases({"reference": table["reference"]})
    return phrases({key: table[key] for key in ("ago", "before", "since", "past", "inside")}), reference


@lru_cache(maxsize=8192)
def _opens(word: str) -> bool:
    """Whether a window may begin with the word."""
    return word in _past() or word in ("at", "least") or _inside().begins(word) or opens(word)


class Clock:
    """Reads windows of one criterion's tokens."""

    def __init__(self, comparer: Comparer) -> None:
        self.tokens: list[Token] = comparer.tokens
        self.comparer = comparer
        self.words, self.reference = _tables()

    def at(self, index: int) -> Timed | None:
        """The window that begins at this token."""
        tokens = self.tokens
        low = tokens[index].low
        if tokens[index].kind == "word" and not _opens(low):
            return None
        opening = ""
        at = index
        table = _inside().match(tokens, at)
        if table is not None:
            at, opening = table
        if low == "over" and opening and tokens[min(at, len(tokens) - 1)].low not in ("the", "a", *_past()):
            opening, at = "", index  # "over 18 years"
        if opening:
            while at < len(tokens) and tokens[at].low in _BEFORE_NUMBER:
                at += 1
        past = False
        if at < len(tokens) and tokens[at].low in _past():
            hit = _past_phrases().match(tokens, at)
            if hit is not None:
                past = True
                at = hit[0]
        if at >= len(tokens):
            return None
        half = self._half_lives(at)
        if half is not None:
            return self._half_closed(index, at, half, opening, past)
        found = self.comparer.at(at)
        if (
            found is None
            and at < len(tokens)
            and tokens[at].low.rstrip("s") in _SINGLE
            and (past or (opening and tokens[at - 1].low in ("a", "an", "the")))
        ):
            unit = tokens[at].low
            found = Comparison(tokens[at].start, tokens[at].end, at, at + 1, "", 1.0, unit=unit)
        if found is None:
            return None
        duration = found.duration
        if duration is None or found.age:
            return None
        if found.value2 is not None and found.cmp == "between":
            duration = f"{found.value2:g} {found.unit}" if not isinstance(found.value2, str) else duration
        closed = self._closed(index, found, opening, past, duration)
        if closed is not None and closed.lasting and found.value2 is not None and found.cmp == "between":
            span = Window(within=duration, at_least_ago=found.duration)
            return replace(closed, window=span, lasting=None)  # "for 4 weeks to 12 months"
        ahead = past and tokens[found.first - 1].low == "next"
        return replace(closed, window=None) if ahead and closed is not None else closed  # a time to come

    def _half_closed(self, index: int, at: int, half: Comparison, opening: str, past: bool) -> Timed | None:
        """ "At least 5 half-lives or 30 days since the last dose": a washout has passed, no window is open."""
        least = [t.low for t in self.tokens[max(0, at - 2) : at + 2]]
        stop = self._whichever(half.last)
        stop += stop < len(self.tokens) and self.tokens[stop].low == ","
        after = self.words.match(self.tokens, stop) if stop < len(self.tokens) else None
        passed = not opening and not past and "least" in least and after is not None and after[1] in ("since", "ago")
        if passed:
            half = replace(half, cmp=">=", last=stop)
        return self._closed(index, half, "" if passed else opening or "window", past, note="half-lives")

    def _half_lives(self, at: int) -> Comparison | None:
        """ "5 half-lives or 30 days": the calendar window of the two."""
        tokens = self.tokens
        if number(tokens[at]) is None and tokens[at].low not in ("at", "least"):
            return None
        for skip in range(3):
            if at + skip + 2 >= len(tokens):
                return None
            if tokens[at + skip + 1].low == "half" and tokens[at + skip + 2].low in ("lives", "life"):
                at = at + skip + 3
                break
        else:
            return None
        for step in range(at, min(at + 10, len(tokens))):
            found = self.comparer.at(step)
            if found is not None and found.duration is not None:
                return found
        return None

    def _closed(
        self, index: int, found: Comparison, opening: str, past: bool, duration: str | None = None, note: str = ""
    ) -> Timed | None:
        """The window around a duration, with what follows it."""
        tokens = self.tokens
        duration = duration or found.duration
        at = found.last
        more = found.cmp in (">=", ">")
        less = found.cmp in ("<=", "<")
        if note:
            at = self._whichever(at)
        elif not opening and (jump := self._past_half_lives(at)) is not None:
            at = jump
        possessive = at + 1 < len(tokens) and tokens[at].low in ("'", "’") and tokens[at + 1].low in _LENGTHS
        if possessive or (at < len(tokens) and tokens[at].low in _LENGTHS):
            at += 1 + possessive
            if not opening and not past and tokens[at - 1].low == "duration" and not note:
                # "headache of at least 3 months' duration"
                stop, how = tokens[at - 1].end, found.cmp or ">="
                return Timed(tokens[index].start, stop, index, at, None, lasting=duration, cmp=how, own=True)
            study = [t.low for t in tokens[at : at + 3]]
            if opening == "lasting" and study[:1] == ["of"] and study[-1] in ("study", "trial"):
                # "for the 12-month duration of the study": how long the study is
                last = at + len(study)
                return Timed(tokens[index].start, tokens[last - 1].end, index, last, None)
        after = self.words.match(tokens, at)
        kind = after[1] if after is not None else ""
        end = at
        ended = False
        if kind == "past" and after is not None and tokens[at].low in ("prior", "preceding", "previous"):
            kind = "before"
        if kind == "before" and after is not None:
            end = self._refer(after[0])
            ended = True
        elif kind == "ago" and after is not None:
            # "3 months prior" and no more, "3 months prior admission"
            end = self._refer(after[0], must=True) if tokens[after[0] - 1].low == "prior" else after[0]
            ended = True
        elif (kind == "since" and after is not None and opening in ("within", "window")) or (
            kind == "since" and after and tokens[at].low != "of" and opening != "lasting"
        ):
            assert after is not None
            # "4 weeks since X": X is what is asked about; "within 4 weeks of X": X is the reference
            end = after[0]
            # "at least 4 weeks from the last chemotherapy", with nothing before it, asks about the chemotherapy
            own = opening == "" and all(t.low in _OPENS for t in tokens[:index])
            own = own and any(t.low == "last" for t in tokens[end : end + 2])
            if tokens[end - 1].low != "since" and not own:
                end = self._refer(end, must=True)
            opens = {tokens[at].low, tokens[after[0] - 1].low}
            ended = end > after[0] or bool(opens & {"since", "from", "after", "following"})
            if not ended:
                end = at
        end = self._or_half_lives(self._whichever(end))
        first, last = index, max(end, found.last)
        start, stop = tokens[first].start, tokens[last - 1].end
        if kind == "since" and ended and opening not in ("window", "lasting"):
            passed_not = any(t.low == "not" for t in tokens[at:last])
            if found.cmp in ("<", "<=") or passed_not:
                return Timed(start, stop, first, last, Window(within=duration), note=note)
            if found.value2 is not None and isinstance(found.value, float) and not opening:
                both = Window(within=duration, at_least_ago=f"{found.value:g} {found.unit}")
                return Timed(start, stop, first, last, both, note=note)  # "6 to 12 months after stroke"
            if more or not opening:
                return Timed(start, stop, first, last, Window(at_least_ago=duration), note=note)
        if opening == "lasting" and not past:
            if kind in ("before",) and ended and less:
                return Timed(start, stop, first, last, Window(within=duration), note=note)
            return Timed(start, stop, first, last, None, lasting=duration, cmp=found.cmp or ">=", note=note)
        if opening == "window" or past:
            if more and kind in ("before", "ago"):
                return Timed(start, stop, first, last, Window(at_least_ago=duration), note=note)
            return Timed(start, stop, first, last, Window(within=duration), note=note)
        if ended and kind in ("before", "ago") and found.value2 is not None and isinstance(found.value, float):
            both = Window(within=duration, at_least_ago=f"{found.value:g} {found.unit}")
            return Timed(start, stop, first, last, both, note=note)
        if ended and kind in ("before", "ago"):
            if less or (kind == "before" and not more):
                return Timed(start, stop, first, last, Window(within=duration), note=note)
            return Timed(start, stop, first, last, Window(at_least_ago=duration), note=note)
        return None

    def _whichever(self, at: int) -> int:
        """ ", whichever is longer" after a window."""
        tokens = self.tokens
        step = at
        if [t.low for t in tokens[step : step + 4 : 3]] == ["(", ")"] and tokens[step + 2].low == "known":
            step += 4  # "5 half-lives (if known), whichever is longer"
        while step < len(tokens) and tokens[step].low in (",", "(", "prior", "to"):
            step += 1
        if step + 2 < len(tokens) and tokens[step].low in ("whichever", "whatever"):
            step += 1
            while step < len(tokens) and tokens[step].low in _LATER:
                step += 1
            if step < len(tokens) and tokens[step].low == ")":
                step += 1
            before = self.words.match(tokens, step)
            if before is not None and before[1] in ("before", "since"):
                return self._refer(before[0])
            return step
        return at

    def _past_half_lives(self, at: int) -> int | None:
        """The index of the "since" in "4 weeks or 5 half-lives, whichever is longer, since the last dose"."""
        tokens = self.tokens
        step = at + (at < len(tokens) and tokens[at].low in ("or", ","))
        step += step < len(tokens) and tokens[step].low == "or"
        low = [t.low for t in tokens[step : step + 3]]
        if step == at or low[1:] not in (["half", "lives"], ["half", "life"]):
            return None
        step = self._whichever(step + 3)
        step += step < len(tokens) and tokens[step].low == ","
        after = self.words.match(tokens, step)
        return step if after is not None and after[1] == "since" else None

    def _or_half_lives(self, at: int) -> int:
        """ "30 days or 5 half-lives, whichever is longer": the calendar window of the two is kept."""
        tokens = self.tokens
        step = at + (at < len(tokens) and tokens[at].low in ("or", "and", "(", ","))
        step += step < len(tokens) and tokens[step].low in ("or", "at", "within")
        step += step < len(tokens) and tokens[step].low in ("least", "the")
        if step == at or step + 2 >= len(tokens) or number(tokens[step]) is None:
            return at
        if tokens[step + 1].low != "half" or tokens[step + 2].low not in ("lives", "life"):
            return at
        after = step + 3
        if after < len(tokens) and tokens[after].low == "of":
            after += 1
            while after < len(tokens) and after < step + 9 and tokens[after].kind != "mark":
                after += 1
        before = self.words.match(tokens, after)
        if before is not None and before[1] in ("before", "since"):
            after = self._refer(before[0])
        return self._whichever(after)

    def _refer(self, at: int, must: bool = False) -> int:
        """The index after the reference point that begins at ``at``; ``must``: only if one is known."""
        tokens = self.tokens
        stop = min(at + _REFERENCE_WORDS, len(tokens))
        best = 0
        for step in range(at, stop):
            if tokens[step].kind == "mark" and tokens[step].low not in ("/", "#"):
                break
            if tokens[step].low in _STOPPERS and step > at and tokens[step].low not in ("for", "in"):
                break
            hit = self.reference.match(tokens, step)
            if hit is not None:
                best = hit[0]
                while best < len(tokens) and tokens[best].low in _TRAILING:
                    best += 1
                if tokens[best - 1].low in ("of", "the") and best < len(tokens):
                    # "the administration of CV8102": the reference goes on to the next connector
                    while best < stop and tokens[best].kind != "mark" and tokens[best].low not in _STOPPERS:
                        best += 1
                while tokens[best - 1].low in ("of", "the", "in", "this", "into"):
                    best -= 1
                if best < len(tokens) and tokens[best].low in ("/",):
                    continue
                break
        if best:
            return best
        if must:
            return at
        step = at
        while step < stop and (tokens[step].kind != "mark") and tokens[step].low not in _STOPPERS - {"in"}:
            step += 1
        return step


@cache
def _inside() -> Phrases[str]:
    table = load("time")["window"]["inside"]
    lasting = [w for w in table if w in ("for",)]
    return phrases({"lasting": lasting, "window": [w for w in table if w not in lasting]})


@cache
def _past_phrases() -> Phrases[str]:
    return phrases({"past": load("time")["window"]["past"]})


@cache
def _past() -> frozenset[str]:
    return frozenset(word.split()[0] for word in load("time")["window"]["past"])
