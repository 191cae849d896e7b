"""Predicates on things that are there or happened: conditions, drugs, procedures, allergies, open-vocabulary terms.

One engine; what counts as a yes, a no or a maybe for each kind stands in ``resources/evaluate/rules.toml``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from matcher import dates
from matcher.evaluate import compare
from matcher.evaluate.index import Index, day, when
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, accepted, rules, wider
from matcher.evaluate.qualifiers import Asked
from matcher.model import Fact, Leaf, Truth


class EventPlan(Plan):
    """Was it, is it, when, how often. See docs/verdicts.md for the order of the rules."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        table = rules()
        kinds = table["kinds"]
        self.profile: dict[str, Any] = kinds.get(leaf.op, kinds["condition"])
        self.yes = frozenset(self.profile["yes"])
        self.no = frozenset(self.profile["no"])
        self.maybe = frozenset(self.profile["maybe"])
        if leaf.status == "ever" or leaf.status == "past":
            self.status = "ever"
        elif leaf.status in ("current", "new"):
            self.status = "current"
        else:
            self.status = self.profile["unstated_status"]
        planned = frozenset(table["planned_words"])
        if planned & {q.lower() for q in leaf.qualifiers}:
            self.yes, self.no = frozenset({"planned", "present"}), frozenset({"absent", "declined"})
        suspected = frozenset(table["suspected_words"])
        if suspected & {q.lower() for q in leaf.qualifiers}:
            self.yes, self.maybe = self.yes | self.maybe, frozenset()
        dropped = planned | suspected
        self.confirmed = any(w in q.lower() for q in leaf.qualifiers for w in table["confirmed_words"])
        self.asked = Asked(tuple(q for q in leaf.qualifiers if q.lower() not in dropped))
        super().__init__(leaf, setting)
        everything = wider(leaf, setting.terminology)
        self.above = frozenset(everything)
        generic = frozenset(table["generic"])
        self.parents = frozenset(i for i in everything[: table["parent_depth"]] if i not in generic)
        self.usual = table["usual"].get(leaf.concept.id, "") if leaf.concept is not None else ""
        self.excluding = _exclusive(leaf, setting, self.ids)
        extra = specific_words(leaf, setting.terminology)
        self.extra = extra or ()
        if extra is None:
            self.ids = accepted(replace(leaf, concept=None), setting.terminology)
            self.above = self.parents = self.excluding = frozenset()
        self.chronic = setting.policy.importance(leaf, setting.terminology) == "major"

    # ------------------------------------------------------------ the order of the rules

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        """The leaf against the facts; ``spared`` are concept ids that an exception takes out."""
        facts = index.of(self.ids)
        if spared and facts:
            facts = [f for f in facts if f.concept is None or f.concept.id not in spared]
        if not facts:
            return self.elsewhere(index)
        yes, no, maybe = [], [], []
        for fact in facts:
            assertion = fact.assertion
            if assertion in self.yes:
                yes.append(fact)
            elif assertion in self.no:
                no.append(fact)
            elif assertion in self.maybe:
                maybe.append(fact)
        if yes:
            return self.positive(index, yes, no)
        if maybe and not (no and day(no[-1]) >= day(maybe[-1])):
            last = maybe[-1]
            if self.confirmed:
                return self.outcome(
                    "not_met",
                    "documented",
                    f"{self.name}: only possible, not confirmed{_dated(last)}",
                    f"{self.leaf.op}.unconfirmed",
                    facts=tuple(maybe[-2:]),
                )
            return self.outcome(
                "unknown",
                "none",
                f"{self.name}: only possible{_dated(last)}",
                f"{self.leaf.op}.possible",
                facts=tuple(maybe[-2:]),
                needs=f"confirm or rule out: {self.name}",
            )
        if no:
            settled = self.negative(index, no)
            if settled is not None:
                return settled
        return self.elsewhere(index)

    def negative(self, index: Index, no: list[Fact]) -> Outcome | None:
        """Denied, unless what is denied is narrower than what is asked ("no severe asthma", "no left effusion")."""
        plain = [f for f in no if self._as_wide(f)]
        if not plain:
            return None
        last = plain[-1]
        how = {"planned": "planned only", "declined": "declined", "hypothetical": "only considered"}.get(
            last.assertion, "denied"
        )
        return self.outcome(
            "not_met",
            "documented",
            f"{self.name}: {how}{_dated(last)}",
            f"{self.leaf.op}.{last.assertion}",
            facts=tuple(plain[-2:]),
        )

    def _as_wide(self, fact: Fact) -> bool:
        mine = {q.lower() for q in self.leaf.qualifiers}
        narrow = {q for q in fact.qualifiers if q in _narrowing() and q not in mine}
        if {"left", "right"} <= set(fact.qualifiers) or "bilateral" in fact.qualifiers:
            narrow -= {"left", "right", "bilateral"}
        if not narrow:
            return True
        return bool(self.asked.side and (self.asked.side & set(fact.qualifiers)))

    def elsewhere(self, index: Index) -> Outcome:
        """No fact of the thing itself: closed lists, wider denials, siblings that exclude, a mention of the parent."""
        ids = index.ids
        if self.above and not self.above.isdisjoint(ids):
            denied = [f for f in index.of(self.above) if f.assertion == "absent" and not _narrow(f)]
            if denied:
                return self.outcome(
                    "not_met",
                    "documented",
                    f"{self.name}: “{denied[-1].text}” is denied{_dated(denied[-1])}",
                    f"{self.leaf.op}.parent_denied",
                    facts=(denied[-1],),
                )
        if self.excluding and not self.excluding.isdisjoint(ids):
            others = [f for f in index.of(self.excluding) if f.assertion in ("present", "historical")]
            if others:
                return self.outcome(
                    "not_met",
                    "documented",
                    f"it is {others[-1].text}, which excludes {self.name}{_dated(others[-1])}",
                    f"{self.leaf.op}.sibling",
                    facts=(others[-1],),
                )
        if self.parents and not self.parents.isdisjoint(ids):
            mentioned = [f for f in index.of(self.parents) if f.assertion in self.yes]
            if mentioned and self.usual and mentioned[-1].text.lower() == self.usual and not self.asked:
                return self.outcome(
                    "met",
                    "documented",
                    f"“{mentioned[-1].text}” is usually {self.name}{_dated(mentioned[-1])}",
                    f"{self.leaf.op}.usual",
                    facts=(mentioned[-1],),
                )
            if mentioned:
                return self.outcome(
                    "unknown",
                    "none",
                    f"“{mentioned[-1].text}” is documented; whether it is {self.name} is not said",
                    f"{self.leaf.op}.parent",
                    facts=(mentioned[-1],),
                    needs=f"ask: {self.name}",
                )
        if index.closed:
            closed = index.closed.get(self.leaf.op)
            if closed is not None and self._list_covers(closed):
                return self.outcome(
                    "not_met",
                    "documented",
                    f"{self.name}: not in the full list “{closed.text}”",
                    closed.rule,
                    facts=(closed,),
                )
        return self.silent

    def _list_covers(self, closed: Fact) -> bool:
        """A list without entries: of current drugs, or of past diseases, which says nothing of the present one."""
        if self.leaf.op == "medication":
            return self.status == "current" and self.leaf.concept is not None
        if self.leaf.op == "condition":
            return not self.setting.wanted or self.leaf.status in ("ever", "past")
        return True

    # ------------------------------------------------------------ at least one statement in favour

    def positive(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        fitting: list[Fact] = []
        unsure: list[Fact] = []
        differs, missing = "", ""
        if self.extra:
            close = [f for f in yes if self.covers(f, index)]
            if not close:
                return self.outcome(
                    "unknown",
                    "none",
                    f"“{yes[-1].text}” is documented; whether it is {self.name} is not said",
                    f"{self.leaf.op}.wider",
                    facts=(yes[-1],),
                    needs=f"ask: {self.name}",
                )
            yes = close
        if self.asked:
            for fact in yes:
                truth, why = self.asked.of(fact, index)
                if truth == "met":
                    fitting.append(fact)
                elif truth == "unknown":
                    unsure.append(fact)
                    missing = why
                else:
                    differs = why
            if not fitting and self.asked.side == frozenset({"bilateral"}):
                fitting = _two_sides(unsure)
            if not fitting:
                if unsure:
                    return self.outcome(
                        "unknown",
                        "none",
                        f"“{unsure[-1].text}” is documented; {missing} is not",
                        f"{self.leaf.op}.qualifier_unstated",
                        facts=(unsure[-1],),
                        needs=f"{self.name}: {missing}",
                    )
                return self.outcome(
                    "not_met",
                    "documented",
                    f"“{yes[-1].text}” is documented, but {differs}",
                    f"{self.leaf.op}.qualifier",
                    facts=(yes[-1],),
                )
        else:
            fitting = yes
        if self.leaf.count is not None:
            return self.counted(index, fitting)
        if self.leaf.stable:
            return self.stability(index, fitting, self.leaf.stable)
        ago = self.window.ago if self.window is not None and self.window.within is None else None
        if ago and self.leaf.op == "medication" and self.setting.wanted and any(f.changed for f in fitting):
            return self.stability(index, fitting, ago)
        if self.leaf.cmp is not None and self.leaf.value is not None:
            dosed = self.dose(fitting)
            if dosed is not None:
                return dosed
        if self.window is not None:
            return self.windowed(index, fitting, no)
        if self.status == "current":
            return self.current(fitting, no)
        return self.ever(fitting, no)

    def covers(self, fact: Fact, index: Index) -> bool:
        """Does the fact's sentence hold what the term says beyond its concept ("thoracic" radiculopathy)?"""
        if fact.concept is not None and fact.concept.system == "PROTOCOL":
            return True
        quote = index.quote(fact).lower()
        hit = sum(stem(w) in quote for w in self.extra)
        return hit * 2 > len(self.extra)

    def current(self, yes: list[Fact], no: list[Fact]) -> Outcome:
        op = self.leaf.op
        now = [f for f in yes if not _over(f, op)]
        stop = [f for f in no if f.assertion == "absent"]
        if now:
            last = now[-1]
            later = [f for f in stop if day(f) > day(last)]
            past = [f for f in yes if _over(f, op) and f.status == "past" and day(f) > day(last)]
            if later or past:
                other = (later or past)[-1]
                return self.outcome(
                    "not_met",
                    "documented",
                    f"{self.name}: no longer{_dated(other)}",
                    f"{op}.latest",
                    facts=(other, last),
                )
            same = [f for f in stop if day(f) == day(last) and f.note_id != last.note_id]
            if same:
                return self.conflict(last, same[-1])
            return self.outcome(
                "met",
                "documented",
                f"{self.name}: “{last.text}” is documented{_dated(last)}",
                f"{op}.present",
                facts=tuple(now[-2:]),
            )
        last = yes[-1]
        return self.outcome(
            "not_met",
            "documented",
            f"{self.name}: “{last.text}” lies in the past{_dated(last)}",
            f"{op}.past",
            facts=(last,),
        )

    def ever(self, yes: list[Fact], no: list[Fact]) -> Outcome:
        last = yes[-1]
        op = self.leaf.op
        denied = [f for f in no if f.assertion == "absent" and _as_long(f)]
        if denied and all(f.status != "past" and f.assertion == "present" for f in yes):
            other = denied[-1]
            if other.note_id != last.note_id:
                same_day = day(other) == day(last)
                if self.leaf.status is None and not self.chronic and not same_day:
                    if day(other) > day(last):
                        return self.outcome(
                            "not_met",
                            "documented",
                            f"{self.name}: denied in the latest note{_dated(other)}",
                            f"{op}.latest",
                            facts=(other, last),
                        )
                elif same_day or day(other) > day(last):
                    return self.conflict(last, other)
        if self.leaf.status is None and not self.chronic and all(f.status == "past" for f in yes):
            return self.outcome(
                "not_met",
                "documented",
                f"{self.name}: “{last.text}” has resolved{_dated(last)}",
                f"{op}.resolved",
                facts=(last,),
            )
        if self.leaf.status == "new" and not any(f.status == "new" for f in yes):
            return self.outcome(
                "unknown",
                "none",
                f"{self.name} is documented; whether it is new is not said",
                f"{op}.new_unstated",
                facts=(last,),
                needs=f"date of first diagnosis: {self.name}",
            )
        return self.outcome(
            "met",
            "documented",
            f"{self.name}: “{last.text}” is documented{_dated(last)}",
            f"{op}.{last.assertion}",
            facts=tuple(yes[-2:]),
        )

    def conflict(self, one: Fact, other: Fact) -> Outcome:
        return self.outcome(
            "unknown",
            "conflict",
            f"the notes disagree on {self.name}: “{one.text}”{_dated(one)} is stated, and denied{_dated(other)}",
            f"{self.leaf.op}.conflict",
            facts=(one, other),
            needs=f"resolve the contradiction on {self.name}",
        )

    def windowed(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        assert self.window is not None
        op, as_of = self.leaf.op, index.as_of
        placed: dict[str, list[Fact]] = {"in": [], "out": [], "unknown": []}
        for fact in yes:
            placed[self.window.place(fact, as_of)].append(fact)
        if self.window.ago is not None and self.window.within is None and self.setting.wanted and placed["out"]:
            # "at least 6 months since": the latest event decides, not the oldest
            recent = placed["out"][-1]
            if not placed["in"] or self.profile["events"]:
                return self._out(index, recent)
        if placed["in"]:
            fact = placed["in"][-1]
            denied = [f for f in no if f.assertion == "absent" and day(f) > day(fact)]
            if denied and self.leaf.status == "current":
                return self.outcome(
                    "not_met",
                    "documented",
                    f"{self.name}: no longer{_dated(denied[-1])}",
                    f"{op}.latest",
                    facts=(denied[-1], fact),
                )
            return self.outcome(
                "met",
                "documented",
                f"{self.name}: “{fact.text}”{_dated(fact)} lies {self.window.text}",
                f"{op}.window_in",
                facts=(fact,),
                details=(self.window.arithmetic(fact, as_of),),
                near=self.window.turns(fact, as_of) if self.window.within else None,
            )
        if placed["unknown"]:
            fact = placed["unknown"][-1]
            return self.outcome(
                "unknown",
                "none",
                f"{self.name}: “{fact.text}” is documented, its date does not settle the window",
                f"{op}.window_undated",
                facts=(fact,),
                needs=f"date of {self.name}",
                details=(self.window.arithmetic(fact, as_of),),
            )
        return self._out(index, placed["out"][-1])

    def _out(self, index: Index, fact: Fact) -> Outcome:
        assert self.window is not None
        return self.outcome(
            "not_met",
            "documented",
            f"{self.name}: “{fact.text}”{_dated(fact)} lies outside: {self.window.text}",
            f"{self.leaf.op}.window_out",
            facts=(fact,),
            details=(self.window.arithmetic(fact, index.as_of),),
            near=self.window.turns(fact, index.as_of) if self.window.ago else None,
        )

    def counted(self, index: Index, yes: list[Fact]) -> Outcome:
        """Distinct events, by their dates; undated ones may or may not be others."""
        if self.leaf.op == "medication" and self.window is None:
            return self.several(yes)
        dated: dict[tuple[dt.date | None, dt.date | None], Fact] = {}
        loose: list[Fact] = []
        straddling = 0
        stated: tuple[float, float] | None = None
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
        assert self.leaf.count is not None
        limit = compare.Range(self.leaf.count, self.leaf.count)
        truth = compare.compare(compare.Range(low_count, high_count), self.leaf.count_cmp or ">=", limit)
        seen = tuple(dated.values()) or tuple(loose)
        shown = f"{low_count}" if low_count == high_count else f"{low_count} to {compare.number(high_count)}"
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

    def several(self, yes: list[Fact]) -> Outcome:
        """Different drugs of the class: those the notes name, and no others."""
        now = [f for f in yes if self.status != "current" or not _over(f, self.leaf.op)]
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
        now = [f for f in yes if not _over(f, op)]
        if not now:
            return self.outcome(
                "not_met", "documented", f"{self.name}: not current{_dated(yes[-1])}", f"{op}.past", facts=(yes[-1],)
            )
        fact = now[-1]
        for candidate in reversed(now):
            if candidate.changed is not None or (candidate.time is not None and candidate.time.start is not None):
                fact = candidate
                break
        marks = [i for i in (fact.changed, fact.time) if i is not None and i.start is not None]
        needs = f"since when the dose of {self.name} is unchanged"
        if not marks or as_of is None or dates.duration_days(stable) is None:
            if "stable" in index.quote(fact).lower().split():
                return self.outcome(
                    "met",
                    "documented",
                    f"{self.name}: said to be stable{_dated(fact)}",
                    f"{op}.stable_said",
                    facts=(fact,),
                )
            return self.outcome(
                "unknown",
                "none",
                f"{self.name} is documented; since when unchanged is not",
                f"{op}.stable_undated",
                facts=(fact,),
                needs=needs,
            )
        latest = max(marks, key=lambda i: i.end or i.start or dt.date.min)
        limit = dates.subtract(as_of, stable)
        last_day = latest.end or latest.start
        assert latest.start is not None and last_day is not None
        detail = f"{as_of} − {stable} = {limit}; last started or changed {latest.start}"
        if last_day <= limit:
            truth: Truth = "met"
        elif latest.start > limit:
            truth = "not_met"
        else:
            return self.outcome(
                "unknown",
                "none",
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
        from matcher.evaluate.measure import comparable

        for fact in reversed([f for f in yes if not _over(f, self.leaf.op)] or yes):
            if fact.quantity is None:
                continue
            times = _daily(fact) if "d" in (self.leaf.unit or "").lower().rpartition("/")[2][:1] else 1.0
            found = comparable(fact, self.leaf if times == 1.0 else replace(self.leaf, unit=_per_dose(self.leaf)), None)
            if found is None:
                found = comparable(fact, replace(self.leaf, unit=_per_dose(self.leaf)), None)
            if found is None:
                continue
            value, detail = found
            if times != 1.0:
                detail = f"{detail} {times:g} times a day".strip()
                value = compare.Range(value.low * times, value.high * times)
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
        return self.outcome(
            "unknown",
            "none",
            f"“{last.text}” is documented, its {'dose' if self.leaf.op == 'medication' else 'size'} is not",
            f"{self.leaf.op}.dose_unstated",
            facts=(last,),
            needs=f"{'dose' if self.leaf.op == 'medication' else 'value'} of {self.name}",
        )


def stem(word: str) -> str:
    """The beginning of a word that its forms share."""
    return word[: max(4, len(word) - 3)] if len(word) > 5 else word


_WORD = re.compile(r"[a-z][a-z-]+")


def specific_words(leaf: Leaf, terminology: Any) -> tuple[str, ...] | None:
    """The words of the term that its concept does not cover, without those that say nothing of their own.

    None where the concept is not what the term is about ("abnormalities on the chest X-ray").
    """
    if leaf.concept is None or not leaf.term:
        return ()
    term, own = leaf.term, leaf.concept.id
    found = terminology.normalise(term).concept
    if found is not None and found.id == own:
        return ()
    breaks = frozenset(rules()["phrase_breaks"])
    cut = next((m.start() for m in _WORD.finditer(term.lower()) if m.start() and m.group() in breaks), len(term))
    spans = [(h.start, h.end) for h in terminology.find(term) if own in h.ids]
    if not spans:
        name = {stem(w) for w in _WORD.findall(leaf.concept.name.lower())}
        rest = [w for w in _WORD.findall(term[:cut].lower()) if stem(w) not in name]
    else:
        if leaf.op == "medication" and any(start < cut for start, _ in spans):
            return ()
        if not any(start < cut for start, _ in spans):
            return None
        kept = list(term.lower())
        for start, end in spans:
            kept[start:end] = " " * (end - start)
        rest = _WORD.findall("".join(kept[:cut]))
    ignored = frozenset(rules()["plain_words"])
    asked = {w for q in leaf.qualifiers for w in q.lower().split()}
    return tuple(dict.fromkeys(w for w in rest if w not in ignored and w not in asked and len(w) > 2))


def _per_dose(leaf: Leaf) -> str | None:
    """The unit of one dose: ``mg`` of ``mg/day``."""
    return (leaf.unit or "").rpartition("/")[0] or leaf.unit


def _daily(fact: Fact) -> float:
    """Doses a day, from the frequency written beside the drug; one where none is."""
    table: dict[str, float] = rules()["doses_a_day"]
    return next((table[q] for q in fact.qualifiers if q in table), 1.0)


def _over(fact: Fact, op: str) -> bool:
    """Does the fact lie in the past?"""
    if fact.status == "past":
        return True
    return fact.assertion == "historical" and fact.status not in ("current", "new")


def _as_long(fact: Fact) -> bool:
    return not _narrow(fact)


def _narrow(fact: Fact) -> bool:
    return any(q in _narrowing() for q in fact.qualifiers)


def _narrowing() -> frozenset[str]:
    return frozenset(rules()["narrowing"])


def _two_sides(facts: list[Fact]) -> list[Fact]:
    left = [f for f in facts if "left" in f.qualifiers]
    right = [f for f in facts if "right" in f.qualifiers]
    return [left[-1], right[-1]] if left and right else []


def _dated(fact: Fact) -> str:
    shown = when(fact)
    return f" ({shown})" if shown else ""


def _exclusive(leaf: Leaf, setting: Setting, ids: frozenset[str]) -> frozenset[str]:
    """The concepts of the other members of every exclusive set that the leaf's concept belongs to."""
    if leaf.concept is None:
        return frozenset()
    own = leaf.concept.id
    terminology = setting.terminology
    found: set[str] = set()
    for entry in rules()["exclusive"]:
        members: list[str] = entry["members"]
        mine = [m for m in members if own == m or terminology.is_a(own, m)]
        if mine:
            for member in members:
                if member not in mine:
                    found |= terminology.descendants(member)
                    found.add(member)
    return frozenset(found - ids)
