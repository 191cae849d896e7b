"""Time windows relative to the screening date, and where a fact lies in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Literal

from matcher import dates
from matcher.model import Except, Fact, Interval, Leaf, Window

Place = Literal["in", "out", "unknown"]


def _known(text: str | None) -> bool:
    return text is not None and dates.duration_days(text) is not None


def placed(fact: Fact) -> tuple[Interval | None, Interval | None]:
    """When the fact was and when it was noted. Where the note has no date, both are counted from `dates.NO_DAY`."""
    if fact.time is None and fact.note_date is None and fact.ago is not None:
        begin, end = (None if days is None else dates.NO_DAY - dt.timedelta(days=days) for days in fact.ago)
        return Interval(begin, end), Interval(dates.NO_DAY, dates.NO_DAY)
    return fact.time, fact.note_date


def counted(fact: Fact, as_of: dt.date | None) -> tuple[Interval | None, dt.date | None]:
    """When the fact was, and the day from which to count back: that of its note where the note has no date."""
    time, _ = placed(fact)
    return time, as_of if time is fact.time else dates.NO_DAY


def till_now(fact: Fact) -> bool:
    """Of what a history tells, what lasts until its note: "a three-month history of back pain"."""
    time, noted = placed(fact)
    if fact.assertion != "historical" or time is None or time.start is None or noted is None:
        return False
    return time.start < (time.end or noted.start or time.start) == noted.end


def ongoing(fact: Fact) -> bool:
    """Whether the fact has held from its start up to its note ("for 9 years", "since 2010"): its start is its date."""
    time, noted = placed(fact)
    return (
        fact.assertion == "present"
        and fact.status != "past"
        and fact.kind in ("condition", "medication", "behaviour", "procedure")
        and time is not None
        and noted is not None
        and time.start is not None
        # "surgery this year" goes on no longer, "on dialysis since 2021" does
        and (time.end is None or (fact.kind != "procedure" and time.start < time.end == noted.end))
    )


_HOURS_MATTER = 2
"""Days from which a part of one is of no matter."""


class WindowPlan:
    """A leaf's window with the day arithmetic done once for a screening date.

    ``within`` "6 months": the event lies between that long ago and the screening date. ``at_least_ago`` "3 months":
    it lies at least that long ago. A duration that cannot be counted ("5 half-lives") leaves past events undecided.
    """

    __slots__ = ("_as_of", "_first", "_last", "_whole_days", "ago", "countable", "text", "within")

    def __init__(self, window: Window) -> None:
        self.within = window.within
        self.ago = window.at_least_ago
        self.countable = all(_known(t) for t in (self.within, self.ago) if t is not None)
        parts = []
        if self.within:
            parts.append(f"within {self.within}")
        if self.ago:
            parts.append(f"at least {self.ago} ago")
        self.text = " and ".join(parts)
        days = dates.duration_days(self.ago) if self.ago is not None else None
        self._whole_days = days is None or days[0] >= _HOURS_MATTER
        self._as_of: dt.date | None = None
        self._first: dt.date | None = None
        self._last: dt.date | None = None

    def bounds(self, as_of: dt.date) -> tuple[dt.date | None, dt.date | None]:
        """First and last day that the window admits; None = open."""
        if as_of != self._as_of:
            self._first = dates.subtract(as_of, self.within) if self.within and _known(self.within) else None
            self._last = dates.subtract(as_of, self.ago) if self.ago and _known(self.ago) else None
            self._as_of = as_of
        return self._first, self._last

    def place_after(self, fact: Fact, earliest: dt.date | None) -> Place:
        """Where the fact lies for certain, where of the screening date no more is known than that it is not before."""
        end = fact.time.end if fact.time is not None else None
        if earliest is None or end is None or end > earliest or fact.assertion == "planned":
            return "unknown"
        place = self.place(fact, earliest)
        sure = "out" if self.ago is None else "in" if self.within is None else None
        return place if place == sure else "unknown"

    def place(self, fact: Fact, as_of: dt.date | None) -> Place:
        """Where the fact lies: ``unknown`` where its date is missing, imprecise or cannot be compared."""
        time, noted = placed(fact)
        if time is not fact.time:
            as_of = dates.NO_DAY  # what is relative to a note without a date is taken as of the note
        dated = time is not None and (time.start is not None or time.end is not None)
        if not dated:
            if fact.assertion == "historical" or fact.status == "past":
                return "unknown"
            if self.ago is not None:
                return "unknown"  # it holds now; since when is not said
            if noted is None or as_of is None:
                return "in"  # it holds as of the note, and nothing says that the note is old
            start, end = noted.start, noted.end
        else:
            assert time is not None
            start, end = time.start, time.end
            if self.ago is None and (fact.status == "current" or (fact.kind == "procedure" and ongoing(fact))):
                return "in"
            if self.ago is not None and ongoing(fact):
                end = start
        if as_of is None or not self.countable:
            return "unknown"
        first, last = self.bounds(as_of)
        place: Place = "in"
        if self.within is not None and first is not None:
            if end is not None and end < first:
                return "out"
            if start is None or start < first:
                place = "unknown"
        if start is not None and start > as_of:
            return "out"
        if self.ago is not None and last is not None:
            if start is not None and start > last:
                return "out"
            if end is None or end > (last if self._whole_days else last - dt.timedelta(days=1)):
                place = "unknown"  # "two hours ago", kept as a day, may be less than 12 hours
        return place

    def arithmetic(self, fact: Fact, as_of: dt.date | None) -> str:
        """The comparison in words, for the derivation."""
        if fact.time is None and fact.ago is not None and fact.note_date is None:
            days = " to ".join("…" if d is None else str(d) for d in dict.fromkeys(fact.ago))
            return f"window {self.text}; event: {days} days before the note, which has no date"
        if as_of is None:
            return f"window {self.text}: no screening date is known"
        if not self.countable:
            return f"window {self.text}: not a duration that can be counted in days"
        first, last = self.bounds(as_of)
        parts = []
        if first is not None:
            parts.append(f"{as_of} − {self.within} = {first}")
        if last is not None:
            parts.append(f"{as_of} − {self.ago} = {last}")
        time = fact.time
        if time is not None and (time.start or time.end):
            event = f"{time.start or '…'}" if time.start == time.end else f"{time.start or '…'} to {time.end or '…'}"
            if time.end is not None and time.end <= as_of:
                event += f", {(as_of - time.end).days} days before"
        else:
            event = "not dated"
        return f"window {self.text}: {'; '.join(parts)}; event: {event}"

    def turns(self, fact: Fact, as_of: dt.date | None) -> str | None:
        """The day on which time alone turns the verdict, in words; None where it does not."""
        if as_of is None or not self.countable or fact.time is None or fact.time.end is None:
            return None
        duration = self.within or self.ago
        if duration is None:
            return None
        turn = dates.add(fact.time.end, duration)
        if turn < as_of:
            return None
        return f"{'washout ends' if self.within else 'reached on'} {turn.isoformat()}"


def ended_long_ago(logic: Except) -> Leaf | None:
    """ "A drug unless stopped at least 2 weeks before": the drug within these 2 weeks; None for another exception."""
    base, spare = logic.base, logic.spares[0] if len(logic.spares) == 1 else None
    if not isinstance(base, Leaf) or not isinstance(spare, Leaf) or base.window is not None or spare.window is None:
        return None
    since = spare.window.at_least_ago
    same = base.op == spare.op == "medication" and base.concept is not None and base.concept == spare.concept
    return replace(base, window=Window(within=since)) if same and since and spare.window.within is None else None
