"""How often, how much, since when: the parts of an event predicate that count and compare."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import replace
from functools import cache

from matcher import dates
from matcher.evaluate import compare
from matcher.evaluate.event_leaf import EventLeaf
from matcher.evaluate.index import Index, dated
from matcher.evaluate.limits import comparable
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.evaluate.windows import ongoing
from matcher.model import Fact, Interval, Leaf, Truth
from matcher.numerals import NUMERALS, number
from matcher.patterns import alternatives

_RATE = re.compile(
    r"(?:[^,.;:\n]{0,24}?\btimes)?\s?(?:per\s|/\s?|an?\s|each\s|every\s)(day|night|week|month|year)\b", re.IGNORECASE
)
_NIGHT = {"night": "day"}


class Amounts(EventLeaf):
    """Counts of events, different drugs of a class, stability and doses."""

    def counted(self, index: Index, yes: list[Fact]) -> Outcome:
        """Distinct events, by their dates; undated ones may or may not be others."""
        if self.leaf.op == "medication" and self.window is None:
            return self.several(yes)
        often = self._often(yes)
        if often is not None:
            return often
        dated: dict[tuple[dt.date | None, dt.date | None], Fact] = {}
        loose: list[Fact] = []
        straddling = 0
        stated: tuple[float, float] | None = None
        dates_of = Counter((fact.note_id, fact.start) for fact in yes)
        """ "Flares: March 2022 and July 2023": the plural is of the days that are listed."""
        for fact in yes:
            place = self.window.place(fact, index.as_of) if self.window is not None else "in"
            if fact.quantity is not None and fact.quantity.unit is None and place != "out":
                low, high = fact.quantity.low, fact.quantity.high
                stated = (low if low is not None else 0, high if high is not None else compare.INF)
            if fact.time is None or (fact.time.start is None and fact.time.end is None):
                loose.append(fact)
            elif place == "in":
                dated[(fact.time.start, fact.time.end)] = fact
            elif place == "unknown":
                straddling += 1
        low_count = max(len(dated), 1 if loose and self.window is None else 0)
        high_count: float = len(dated) + straddling + len(loose)
        if stated is not None:
            low_count, high_count = max(low_count, int(stated[0])), max(high_count, stated[1])
            if not dated:
                high_count = stated[1]
        elif (said := self._said(index, yes)) is not None:
            many, within = said
            low_count, high_count = max(low_count, many if within else 0), max(low_count, many)
        elif any(
            _many("many").search(index.quote(fact)) if dates_of[fact.note_id, fact.start] > 1 else _more(fact, index)
            for fact in yes
        ):
            high_count = compare.INF
        elif _spots().search(self.leaf.term) and not any(_lone().search(index.quote(f)) for f in yes):
            high_count = compare.INF  # "of the nose and of the left ear": a note names one for several
        assert self.leaf.count is not None
        if self.leaf.op == "other" and stated is None and _things().search(self.leaf.term):
            # "lymph nodes were palpable" is no count of one, and "13 lymph nodes were negative" one of 13
            low_count, high_count = max((_of_things(f, index) for f in yes), default=(0, compare.INF))
        limit = compare.Range(self.leaf.count, self.leaf.count)
        truth = compare.compare(compare.Range(low_count, high_count), self.leaf.count_cmp or ">=", limit)
        seen = tuple(dated.values()) or tuple(loose)
        most = "or more" if high_count == compare.INF else f"to {compare.number(high_count)}"
        shown = f"{low_count}" if low_count == high_count else f"{low_count} {most}"
        reason = f"{self.name}: {shown} events" + (f" {self.window.text}" if self.window is not None else "")
        if truth == "unknown":
            return self.outcome(
                truth,
                "none",
                reason,
                f"{self.leaf.op}.count_open",
                facts=seen[-4:],
                needs=f"number and dates of {self.name}",
            )
        return self.outcome(truth, "documented", reason, f"{self.leaf.op}.count", facts=seen[-6:])

    def _said(self, index: Index, yes: list[Fact]) -> tuple[int, bool] | None:
        """How many events the words behind a mention tell of, and whether all lie in the window."""
        for fact in yes:
            place = self.window.place(fact, index.as_of) if self.window is not None else "in"
            many = _behind(fact, index) if place != "out" else None
            if many is not None:
                return many, place == "in"
        return None

    def _often(self, yes: list[Fact]) -> Outcome | None:
        """ "Two or more attacks per week": how often they come, which single events do not tell."""
        text = self.setting.protocol.text[self.leaf.end : self.leaf.end + 48] if self.setting.protocol else ""
        asked = _RATE.match(text)
        if asked is None or self.window is not None or self.leaf.count is None:
            return None
        leaf = replace(self.leaf, unit=f"/{_NIGHT.get(asked[1].lower(), asked[1].lower())}")
        for fact in reversed(yes):
            found = comparable(fact, leaf, None) if _is_rate(fact) else None
            if found is None:
                continue
            limit = compare.Range(self.leaf.count, self.leaf.count)
            truth = compare.compare(found[0], self.leaf.count_cmp or ">=", limit)
            return self.outcome(
                truth, "none" if truth == "unknown" else "documented", f"{self.name}: “{fact.text}” {found[1]}".strip(),
                f"{self.leaf.op}.rate", facts=(fact,), needs=f"how often: {self.name}" if truth == "unknown" else None,
            )  # fmt: skip
        return self.open(
            f"“{yes[-1].text}” is documented; how often it comes is not", f"{self.leaf.op}.rate_unstated",
            facts=(yes[-1],), needs=f"how often: {self.name}",
        )  # fmt: skip

    def several(self, yes: list[Fact]) -> Outcome:
        """Different drugs of the class: those the notes name, and no others."""
        now = [f for f in yes if self.status != "current" or not over(f, self.leaf.op)]
        drugs = {f.concept.id if f.concept is not None else f.text.lower(): f for f in now}
        assert self.leaf.count is not None
        limit = compare.Range(self.leaf.count, self.leaf.count)
        truth = compare.compare(compare.Range(len(drugs), len(drugs)), self.leaf.count_cmp or ">=", limit)
        return self.outcome(
            truth,
            "documented",
            f"{self.name}: {len(drugs)} named",
            "medication.several",
            facts=tuple(drugs.values())[-6:],
        )

    def stability(self, index: Index, yes: list[Fact], stable: str) -> Outcome:
        """Unchanged for at least ``stable``: the last start or change of dose lies that long ago."""
        op, as_of = self.leaf.op, index.as_of
        now = [f for f in yes if not over(f, op)]
        if not now:
            return self.told("not_met", f"{self.name}: not current{dated(yes[-1])}", f"{op}.past", facts=(yes[-1],))
        of_drug: dict[str, Fact] = {}
        for candidate in reversed(now):
            if _marks(candidate):
                of_drug.setdefault(candidate.concept.id if candidate.concept is not None else "", candidate)
        # of several drugs the one that was changed last: "lamotrigine unchanged for a year; levetiracetam added in May"
        fact = max(of_drug.values(), key=lambda f: max(map(_last_day, _marks(f)))) if of_drug else now[-1]
        marks = _marks(fact)
        needs = f"since when the dose of {self.name} is unchanged"
        if not marks or as_of is None or dates.duration_days(stable) is None:
            said = next(
                (f for f in reversed(now) if any(c in index.quote(f).lower() for c in rules()["stable_said"])), None
            )
            if said is not None:
                fact = said
                return self.told(
                    "met",
                    f"{self.name}: said to be stable{dated(fact)}",
                    f"{op}.stable_said",
                    facts=(fact,),
                )
            return self.open(
                f"{self.name} is documented; since when unchanged is not",
                f"{op}.stable_undated",
                facts=(fact,),
                needs=needs,
            )
        latest = max(marks, key=_last_day)
        limit = dates.subtract(as_of, stable)
        last_day = latest.end or latest.start
        assert latest.start is not None and last_day is not None
        detail = f"{as_of} − {stable} = {limit}; last started or changed {latest.start}"
        if last_day <= limit:
            truth: Truth = "met"
        elif latest.start > limit:
            truth = "not_met"
        else:
            return self.open(
                f"{self.name}: the date of the last change is not exact enough",
                f"{op}.stable_undated",
                facts=(fact,),
                needs=needs,
                details=(detail,),
            )
        near = None
        if truth == "not_met":
            near = f"stable for {stable} on {dates.add(last_day, stable).isoformat()}"
        return self.outcome(
            truth,
            "documented",
            f"{self.name}: last started or changed {last_day.isoformat()}",
            f"{op}.stable",
            facts=(fact,),
            details=(detail,),
            near=near,
        )

    def dose(self, yes: list[Fact]) -> Outcome | None:
        """Compare the latest dose; None where no fact carries one that can be compared."""
        now = [f for f in yes if not over(f, self.leaf.op)]
        today = self.leaf.op == "medication" and self.window is None and self.leaf.status not in ("past", "ever")
        if today and not now:
            last = yes[-1]
            return self.told("not_met", f"{self.name}: not current{dated(last)}", "medication.past", facts=(last,))
        some = now or yes
        for fact in reversed(some):
            amount = self._amount(fact)
            if amount is None:
                continue
            value, detail = amount
            if self.leaf.concept is not None and self.leaf.concept.id in rules()["doses_summed"]["of"]:
                value, detail = self._sum(some, fact, value, detail)
            low = float(self.leaf.value)  # type: ignore[arg-type]
            high = float(self.leaf.value2) if isinstance(self.leaf.value2, int | float) else low
            assert self.leaf.cmp is not None
            truth = compare.compare(value, self.leaf.cmp, compare.Range(low, low), compare.Range(high, high))
            wanted = compare.words(self.leaf.cmp, self.leaf.value, self.leaf.value2, self.leaf.unit or "")
            return self.outcome(
                truth,
                "none" if truth == "unknown" else "documented",
                f"{self.name}: “{fact.text}” {detail}; asked is {wanted}",
                f"{self.leaf.op}.dose",
                facts=(fact,),
                details=(detail,),
                needs=f"dose of {self.name}" if truth == "unknown" else None,
            )
        last = yes[-1]
        return self.open(
            f"“{last.text}” is documented, its {'dose' if self.leaf.op == 'medication' else 'size'} is not",
            f"{self.leaf.op}.dose_unstated",
            facts=(last,),
            needs=f"{'dose' if self.leaf.op == 'medication' else 'value'} of {self.name}",
        )

    def _amount(self, fact: Fact) -> tuple[compare.Range, str] | None:
        """The dose that a fact carries, in the asked unit and, where that is asked, a day."""
        if fact.quantity is None or (self.equivalent is not None and fact.source != "derived"):
            return None
        leaf = replace(self.leaf, unit=self.leaf.unit.replace(" per ", "/")) if self.leaf.unit else self.leaf
        times = _daily(fact) if "d" in (leaf.unit or "").lower().rpartition("/")[2][:1] else 1.0
        found = comparable(fact, leaf if times == 1.0 else replace(leaf, unit=_per_dose(leaf)), None)
        if found is None:
            found = comparable(fact, replace(leaf, unit=_per_dose(leaf)), None)
        if found is None or times == 1.0:
            return found
        value, detail = found
        return compare.Range(value.low * times, value.high * times), f"{detail} {times:g} times a day".strip()

    def _sum(self, some: list[Fact], last: Fact, value: compare.Range, detail: str) -> tuple[compare.Range, str]:
        """The doses of all drugs of a class that one note names together; a dose that is not told may be any."""
        low, high, details = value.low, value.high, [f"“{last.text}” {detail}".strip()]
        drugs = {_drug(last)}
        for fact in reversed(some):
            if _drug(fact) in drugs or fact.note_id != last.note_id:
                continue
            drugs.add(_drug(fact))
            amount = self._amount(fact)
            details.append(f"“{fact.text}” {amount[1] if amount else 'no dose'}".strip())
            low, high = (low + amount[0].low, high + amount[0].high) if amount else (low, compare.INF)
        return (compare.Range(low, high), " + ".join(details)) if len(details) > 1 else (value, detail)


def _drug(fact: Fact) -> str:
    return fact.concept.id if fact.concept is not None else fact.text.lower()


def _marks(fact: Fact) -> list[Interval]:
    """When a drug was started and last changed, as far as the notes tell."""
    since = Interval(fact.time.start, fact.time.start) if fact.time is not None and ongoing(fact) else fact.time
    return [i for i in (fact.changed, since) if i is not None and i.start is not None]


def _last_day(interval: Interval) -> dt.date:
    return interval.end or interval.start or dt.date.min


def _is_rate(fact: Fact) -> bool:
    return fact.quantity is not None and (fact.quantity.unit or "").startswith("/")


def _per_dose(leaf: Leaf) -> str | None:
    """The unit of one dose: ``mg`` of ``mg/day``."""
    return (leaf.unit or "").rpartition("/")[0] or leaf.unit


def _daily(fact: Fact) -> float:
    """Doses a day, from the frequency written beside the drug; one where none is."""
    table: dict[str, float] = rules()["doses_a_day"]
    return next((table[q] for q in fact.qualifiers if q in table), 1.0)


_PLURAL = re.compile(r"(?i:[a-z]{2,}(?<![aious])s)\Z|[A-Z]{2}s\Z")


def _plural(fact: Fact) -> bool:
    """Whether one mention may tell of many ("seizures 2-3 per week", "recurrent UTI")."""
    if fact.kind not in ("condition", "procedure"):
        return False
    return _PLURAL.search(fact.text) is not None or any(q in rules()["many_said"] for q in fact.qualifiers)


@cache
def _things() -> re.Pattern[str]:
    words = rules()["counted"]
    shown = alternatives(words["shown"])
    return re.compile(rf"\b(?:{alternatives(words['things'])})\b(?!.*\b(?:{shown})\b)(?<!\b(?:no) )", re.IGNORECASE)


@cache
def _spots() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['counted']['spots'])})\b", re.IGNORECASE)


@cache
def _lone() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['counted']['lone'])})\b", re.IGNORECASE)


@cache
def _ahead_of() -> re.Pattern[str]:
    figure = rf"\d{{1,3}}|{'|'.join(NUMERALS)}"
    return re.compile(rf"(?<![\w.])(?P<n>{figure})\s(?:[a-z][\w-]*\s){{0,2}}$", re.IGNORECASE)


def _of_things(fact: Fact, index: Index) -> tuple[int, float]:
    """The number in front of things that are counted ("13 lymph nodes", "0 of 8 nodes"); open where there is none."""
    quote = index.quote(fact)
    found = _ahead_of().search(quote[: max(0, fact.start - fact.quote_start)]) if fact.quote_end else None
    many = number(found["n"]) if found is not None else None
    return (int(many), many) if many is not None else (0, compare.INF)


def _more(fact: Fact, index: Index) -> bool:
    """Whether a sentence speaks of more events than the one whose day it tells."""
    quote = index.quote(fact)
    return (
        _plural(fact)
        or _many("many", "further").search(quote) is not None
        or _LISTED.match(quote, max(0, fact.end - fact.quote_start)) is not None
    )


_DAY = r"(?<![\d/])(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}/\d{4})(?![\d/])"
_LISTED = re.compile(rf".{{0,30}}?(?:{_DAY}(?:\s?,\s?|\s?;\s?|,?\s(?:and|&)\s){_DAY}|(?<![\w])[xX]\s?[2-9]\b(?!/))")
"""Days one after the other, or a number of times: "AOM | 1/5, 2/20, 4/11", "AECOPD | x3 since 9/1"."""


@cache
def _many(*of: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{alternatives([word for name in of for word in rules()['counted'][name]])})\b", re.IGNORECASE
    )


@cache
def _events() -> re.Pattern[str]:
    words = rules()["counted"]
    number = rf"\d{{1,2}}|{'|'.join(NUMERALS)}"
    listed = rf"\s?[:(–-]\s?(?P<n>{number})\s(?:{alternatives(words['events'])})\b"
    once = "|".join(sorted(words["once"]))
    ends = rf"(?!\s(?:{alternatives(words['regular'])})\b|[-/])"
    times = rf"(?:(?P<times>{number})\s(?:{alternatives(words['times'])})|(?P<once>{once}))\b{ends}"
    apart = rf"(?!(?:{alternatives(words['apart'])})\b)"
    return re.compile(rf"{listed}|\s(?:{apart}[^\W\d_][\w-]*\s){{0,{words['between']}}}?{times}", re.IGNORECASE)


def _behind(fact: Fact, index: Index) -> int | None:
    """The number behind a name and a colon ("VOC: 12 crises"), or of times ("has fallen six times", "fell twice")."""
    found = _events().match(index.quote(fact), fact.end - fact.quote_start) if fact.quote_end else None
    if found is None:
        return None
    if found["once"]:
        return int(rules()["counted"]["once"][found["once"].lower()])
    many = found["n"] or found["times"]
    return int(many) if many.isdigit() else int(NUMERALS[many.lower()])


def over(fact: Fact, op: str) -> bool:
    """Does the fact lie in the past?"""
    if fact.status == "past":
        return True
    return fact.assertion == "historical" and fact.status not in ("current", "new")
