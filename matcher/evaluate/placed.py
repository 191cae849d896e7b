"""Events against the window of a criterion: inside, outside, or without a date that would tell."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import cache

from matcher.dates import duration_days
from matcher.evaluate import onset_age
from matcher.evaluate.amounts import Amounts, over
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.mentions import (
    after,
    as_long,
    at_hand,
    corrects,
    denies_all,
    landmark,
    narrow,
    overruled,
    prior_only,
    stayed_before,
    told_again,
    told_past,
    treated_since,
)
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.evaluate.windows import counted, ongoing
from matcher.model import Fact, Interval
from matcher.patterns import alternatives


def _begun(fact: Fact) -> Fact:
    """The beginning of what has held since then ("since 2012"): when it was diagnosed."""
    if fact.time is None or not ongoing(fact):
        return fact
    return replace(fact, time=Interval(fact.time.start, fact.time.start))


def _ahead(fact: Fact, as_of: dt.date | None) -> Fact:
    """What is planned lies as far ahead as a window reaches back."""
    time = fact.time
    if as_of is None or time is None or time.start is None or time.start <= as_of:
        return fact
    first = as_of - (time.start - as_of)
    return replace(fact, time=Interval(as_of - ((time.end or time.start) - as_of), first))


def _listed_only(fact: Fact) -> bool:
    """Of a list of drugs, or with no word that it is taken."""
    return fact.section in ("medications", "discharge_medications") or fact.cue is None


def _of_long(fact: Fact, index: Index) -> bool:
    """Whether a disease is there since then: "asthma for 5 years", "COPD diagnosed in 2015"."""
    return ongoing(fact) or onset_age.begins(fact, index, "known")


_LASTING = frozenset({"chronic", "active", "acute", "persistent", "untreated", "uncontrolled", "severe"})


def _on_treatment(fact: Fact, index: Index) -> bool:
    """Whether the sentence says that a drug is taken for it now: "osteomyelitis diagnosed in March, on vancomycin"."""
    place = (fact.note_id, fact.quote_start)
    given = (f for f in index.by_kind.get("medication", ()) if (f.note_id, f.quote_start) == place)
    return any(f.assertion == "present" and f.status == "current" for f in given)


def _of_history(fact: Fact, index: Index) -> bool:
    """Whether it is an entry of the past history that nothing calls lasting: a pneumonia or an otitis of once."""
    told = fact.time is not None or fact.status is not None or not _LASTING.isdisjoint(fact.qualifiers)
    listed = fact.section in rules()["stays"]["infection"]["sections"] and not told
    return listed and _goes_on().search(index.quote(fact)) is None and not _on_treatment(fact, index)


def _behind(fact: Fact, as_of: dt.date | None) -> bool:
    end = fact.time.end if fact.time is not None else None
    return end is not None and as_of is not None and end < as_of


@cache
def _goes_on() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['long_over']['goes_on'])})\b", re.IGNORECASE)


@cache
def _treated_then() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(rules()['long_over']['treated'])})\b", re.IGNORECASE)


class Placed(Amounts):
    """A plan that places its events in time."""

    def windowed(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        assert self.window is not None
        op, as_of = self.leaf.op, index.as_of
        placed: dict[str, list[Fact]] = {"in": [], "out": [], "unknown": []}
        told = {(f.note_id, f.quote_start) for f in yes if f.time is not None or f.ago is not None}
        # "last transfused 2 units of red cells on 1/5/24": one event in two words, one of them dated
        yes = [f for f in yes if f.time or f.ago or (f.note_id, f.quote_start) not in told]
        asked = duration_days(self.window.within) if self.window.within is not None else None
        for fact in yes:
            # "listed for a knee replacement in April": a plan whose day lies behind is one of a year that is not said
            late = self.planned and fact.assertion == "planned" and _behind(fact, as_of)
            if self.planned:
                fact = _ahead(fact, as_of)
            marked = self.leaf.op == "procedure" and landmark(fact, index)
            # "diagnosed within 6 months": that it is there now tells no beginning
            marked = marked or (self.begins and fact.time is None and fact.ago is None and fact.status != "new")
            marked = marked or late
            marked = marked or told_past(fact, index, asked[1] if asked is not None else None)
            marked = marked or self._between_events(fact)
            place = "unknown" if marked else self.window.place(_begun(fact) if self.begins else fact, as_of)
            place = "out" if self._just_found(fact, as_of) else place
            if place == "unknown" and as_of is None and not marked:
                place = self.window.place_after(fact, index.earliest)
            placed["in" if place == "unknown" and self._long_since(fact) else place].append(fact)
        if self.window.ago is not None and self.window.within is None and placed["out"]:
            # "at least 6 months since": the latest event decides, not the oldest
            recent = placed["out"][-1]
            lasting = op == "condition" and any(_of_long(fact, index) for fact in placed["in"])
            if not placed["in"] or (self.profile["events"] and not lasting):
                return self._out(index, recent)
        if placed["in"]:
            fact = placed["in"][-1]
            denied = [f for f in no if f.assertion == "absent" and day(f) > day(fact)]
            if (freed := self._freed(fact, no, as_of)) is not None:
                return freed
            if denied and self.leaf.status == "current":
                return self.told(
                    "not_met",
                    f"{self.name}: no longer{dated(denied[-1])}",
                    f"{op}.latest",
                    facts=(denied[-1], fact),
                )
            return self.told(
                "met",
                f"{self.name}: “{fact.text}”{dated(fact)} lies {self.window.text}",
                f"{op}.window_in",
                facts=(fact,),
                details=(self.window.arithmetic(fact, as_of),),
                near=self.window.turns(fact, as_of) if self.window.within else None,
            )
        if placed["unknown"]:
            fact = placed["unknown"][-1]
            if (freed := self._freed(fact, no, as_of)) is not None:
                return freed
            if placed["out"] and self.window.within and all(told_again(f, placed["out"]) for f in placed["unknown"]):
                return self._out(index, placed["out"][-1])
            return self.open(
                f"{self.name}: “{fact.text}” is documented, its date does not settle the window",
                f"{op}.window_undated",
                facts=(fact,),
                needs=f"date of {self.name}",
                details=(self.window.arithmetic(fact, as_of),),
            )
        return self._out(index, placed["out"][-1])

    def _just_found(self, fact: Fact, as_of: dt.date | None) -> bool:
        """Whether a disease of which months are asked is newly diagnosed in a note of these days."""
        assert self.window is not None
        days = duration_days(self.window.ago) if self.window.ago is not None and self.window.within is None else None
        if days is None or days[0] < rules()["new_days"] or self.leaf.op != "condition" or fact.status != "new":
            return False
        noted = fact.note_date.start if fact.note_date is not None and fact.time is None and fact.ago is None else None
        return as_of is not None and noted is not None and (as_of - noted).days <= rules()["new_days"]

    def _freed(self, fact: Fact, no: list[Fact], as_of: dt.date | None) -> Outcome | None:
        """ "Epilepsy, seizure-free for 3 years": the disease goes on, its events do not."""
        spell = self._free(no, as_of) if fact.time is None and fact.ago is None else None
        if spell is None:
            return None
        assert self.window is not None
        return self.told(
            "not_met",
            f"{self.name}: “{spell.text}” is denied {self.window.text}",
            f"{self.leaf.op}.window_free",
            facts=(spell, fact),
            details=(self.window.arithmetic(spell, as_of),),
        )

    def _between_events(self, fact: Fact) -> bool:
        """Whether a disease is told that goes on between the events asked for: epilepsy, and no seizure."""
        disease = rules()["comes_in_events"].get(self.leaf.concept.id) if self.leaf.concept is not None else None
        if disease is None or fact.concept is None or not (fact.ago is None and (fact.time is None or ongoing(fact))):
            return False
        return self.setting.terminology.is_a(fact.concept.id, disease)

    def _long_since(self, fact: Fact) -> bool:
        """Whether a disease that is chronic has by that alone lasted as long as is asked ("back pain for 3 months")."""
        assert self.window is not None
        days = duration_days(self.window.ago) if self.window.ago is not None and self.window.within is None else None
        if days is None or days[1] > rules()["chronic_days"] or self.leaf.op != "condition":
            return False
        return "chronic" in fact.qualifiers and fact.assertion == "present" and fact.status != "past"

    def none_at_all(self, maybe: list[Fact], index: Index) -> Outcome | None:
        """ "Rule out hip fracture: … no fracture": what was looked for is denied by a wider name, later in the note."""
        last = maybe[-1]
        denied = [
            f
            for f in index.of(self.parents)
            if f.assertion == "absent" and f.note_id == last.note_id and f.start > last.end and not narrow(f)
        ]
        if not denied:
            return None
        said = f"{self.name}: “{denied[-1].text}” is denied{dated(denied[-1])}"
        return self.told("not_met", said, f"{self.leaf.op}.parent_denied", facts=(denied[-1],))

    def stay_over(self, yes: list[Fact], index: Index) -> Outcome | None:
        """ "Hospitalized patients" asks for a stay of today: one that began months ago is over, as is an infection."""
        leaf = self.leaf
        if leaf.op == "condition" and leaf.concept is not None and (self.acute or leaf.status == "current"):
            own = {leaf.concept.id, *self.above}
            lasting = not own.isdisjoint(rules()["passing"]["lasting"])
            brief = self.acute or not (lasting or own.isdisjoint(rules()["stays"]["before"]["of"]))
            if brief and all(stayed_before(f, index) for f in yes):
                said = f"{self.name}: “{yes[-1].text}” was the reason of an earlier stay{dated(yes[-1])}"
                return self.told("not_met", said, f"{leaf.op}.past", facts=(yes[-1],))
            infection = not (lasting or own.isdisjoint(rules()["stays"]["infection"]["of"]))
            if infection and leaf.status == "current" and all(_of_history(f, index) for f in yes):
                said = f"“{yes[-1].text}” is of the past history{dated(yes[-1])}; whether it is there now is not said"
                return self.open(said, f"{leaf.op}.past_unstated", facts=(yes[-1],), needs=f"ask: {self.label}")
        table = rules()["stays"]["infection" if leaf.op == "condition" else "now"]
        if leaf.op == "condition":
            own = {leaf.concept.id, *self.above} if leaf.concept is not None and leaf.status == "current" else set()
            lasts = any("chronic" in f.qualifiers or ongoing(f) or _on_treatment(f, index) for f in yes)
            passes = self.passing or not own.isdisjoint(table["bleeding"])
            if not passes or own.isdisjoint(table["of"]) or lasts:
                return None
        else:
            now = leaf.status == "current" or (leaf.status is None and leaf.term.lower() in table["words"])
            if not now or leaf.concept is None or leaf.concept.id not in table["of"]:
                return None
        spans = [counted(f, index.as_of) for f in yes]
        past = [(day - end).days for time, day in spans if day and time and (end := time.end or time.start)]
        if len(past) < len(yes) or any(days <= table["days"] for days in past):
            return None
        said = f"{self.name}: “{yes[-1].text}” is over{dated(yes[-1])}"
        return self.told("not_met", said, f"{leaf.op}.past", facts=(yes[-1],))

    def long_over(self, yes: list[Fact], index: Index) -> Outcome | None:
        """ "Active malignancy": one that was removed years ago is none; one that is only dated leaves it open."""
        if self.status != "current" or self.leaf.op != "condition":
            return None
        table, is_a = rules()["long_over"], self.setting.terminology.is_a
        treated = False
        for fact in yes:
            time, as_of = counted(fact, index.as_of)
            end = time.end if time is not None and not ongoing(fact) else None
            if end is None or as_of is None or (as_of - end).days < table["days"] or fact.concept is None:
                return None
            if fact.status == "current" or not is_a(fact.concept.id, rules()["extent"]["cancer"]):
                return None
            quote = index.quote(fact)
            if _goes_on().search(quote):
                return None
            treated = treated or _treated_then().search(quote) is not None
        if treated:
            said = f"{self.name}: “{yes[-1].text}” was treated then{dated(yes[-1])}"
            return self.told("not_met", said, "condition.past", facts=(yes[-1],))
        return self.open(
            f"“{yes[-1].text}” is documented{dated(yes[-1])}; whether it is active is not said",
            "condition.qualifier_unstated",
            facts=(yes[-1],),
            needs=f"ask: active {self.name}",
        )

    def to_come(self, fact: Fact) -> Outcome | None:
        """Of an operation that the patients are about to have: planned, it is met; a candidate may yet have it."""
        if fact.assertion == "planned":
            said = f"{self.name}: “{fact.text}” is planned{dated(fact)}"
            return self.told("met", said, "procedure.to_come", facts=(fact,))
        if fact.assertion != "hypothetical":
            return None
        return self.open(
            f"{self.name}: “{fact.text}” is considered{dated(fact)}",
            "procedure.considered",
            facts=(fact,),
            needs=f"ask: {self.name} planned",
        )

    def first_now(self, yes: list[Fact], no: list[Fact], index: Index) -> Outcome | None:
        """ "Admitted with acute stroke. No prior stroke": today's is none of those before, which are asked for."""
        if not self.prior:
            return None
        denied = [f for f in no if prior_only(f, index) and denies_all(f, yes, self.setting)]
        if not denied or not all(at_hand(f) for f in yes):
            return None
        return self.told(
            "not_met",
            f"{self.name}: “{denied[-1].text}” is denied for the time before today{dated(denied[-1])}",
            "condition.first",
            facts=(denied[-1], yes[-1]),
        )

    def _free(self, no: list[Fact], as_of: dt.date | None) -> Fact | None:
        """The statement that what is asked has been away for all of the window."""
        assert self.window is not None
        if as_of is None or not self.window.within:
            return None
        first, _ = self.window.bounds(as_of)
        for fact in reversed(no):
            time = fact.time
            if fact.assertion != "absent" or first is None or time is None or not time.start or not time.end:
                continue
            if time.start <= first and time.start < time.end and day(fact) >= first:
                return fact
        return None

    def _out(self, index: Index, fact: Fact) -> Outcome:
        assert self.window is not None
        return self.told(
            "not_met",
            f"{self.name}: “{fact.text}”{dated(fact)} lies outside: {self.window.text}",
            f"{self.leaf.op}.window_out",
            facts=(fact,),
            details=(self.window.arithmetic(fact, index.as_of),),
            near=self.window.turns(fact, index.as_of) if self.window.ago else None,
        )

    def current(self, yes: list[Fact], no: list[Fact], index: Index) -> Outcome:
        op = self.leaf.op
        now = [f for f in yes if not over(f, op)]
        stop = [f for f in no if f.assertion == "absent"]
        if now:
            last = now[-1]
            later = [
                f
                for f in stop
                if day(f) > day(last) or (op == "medication" and _listed_only(last) and self._withdrawn(f, last))
            ]
            past = [
                f
                for f in yes
                if f.status == "past"
                and (day(f) > day(last) or after(f, last) or corrects(f, last, self.setting.terminology))
            ]
            if later or past:
                other = (later or past)[-1]
                return self.told(
                    "not_met",
                    f"{self.name}: no longer{dated(other)}",
                    f"{op}.latest",
                    facts=(other, last),
                )
            same = [f for f in stop if day(f) == day(last) and f.note_id != last.note_id]
            if same:
                return self.conflict(last, same[-1])
            if op == "medication" and self.leaf.status == "current" and all(told_past(f, index, 0) for f in now):
                return self.open(
                    f"“{last.text}” was given{dated(last)}; whether it still is, is not said",
                    f"{op}.told_past",
                    facts=(last,),
                    needs=f"ask: {self.name}",
                )
            treated = "active" in self.leaf.qualifiers and op == "condition"
            wide = self.leaf.concept is not None and self.leaf.concept.id in rules()["stays"]["before"]["of"]
            if (wide and all(self._persists(f) for f in now)) or (
                treated and all(treated_since(f, index) for f in now)
            ):
                return self.open(
                    f"“{last.text}” is documented{dated(last)}; whether it is an active one, is not said",
                    f"{op}.persisting",
                    facts=(last,),
                    needs=f"ask: {self.name}",
                )
            return self.told(
                "met",
                f"{self.name}: “{last.text}” is documented{dated(last)}",
                f"{op}.present",
                facts=tuple(now[-2:]),
            )
        last = yes[-1]
        return self.told(
            "not_met",
            f"{self.name}: “{last.text}” lies in the past{dated(last)}",
            f"{op}.past",
            facts=(last,),
        )

    def _withdrawn(self, fact: Fact, last: Fact) -> bool:
        """Denied in the story behind the list that names it ("tramadol 50 mg. He has not taken tramadol lately")."""
        told = fact.cue is not None or fact.time is not None
        return told and fact.quote_start != last.quote_start and corrects(fact, last, self.setting.terminology)

    def ever(self, yes: list[Fact], no: list[Fact], index: Index) -> Outcome:
        last = yes[-1]
        op = self.leaf.op
        denied = [f for f in no if f.assertion == "absent" and as_long(f)]
        if denied and self.chronic and (by := overruled(yes, denied, index)) is not None:
            said = f"{self.name}: “{by.text}” is denied by who looked for it{dated(by)}"
            return self.told("not_met", said, f"{op}.overruled", facts=(by, last))
        if denied and all(f.status != "past" and f.assertion == "present" for f in yes):
            other = denied[-1]
            if other.note_id != last.note_id:
                same_day = day(other) == day(last)
                if self.leaf.status is None and not self.chronic and not same_day:
                    if day(other) > day(last):
                        return self.told(
                            "not_met",
                            f"{self.name}: denied in the latest note{dated(other)}",
                            f"{op}.latest",
                            facts=(other, last),
                        )
                elif same_day or day(other) > day(last):
                    return self.conflict(last, other)
        goes = not self.chronic or self.passing
        gone = [f for f in yes if f.status == "past"]
        if op == "procedure" and gone:  # "ICD in situ … ICD explanted 2022"
            gone += [f for f in yes if f not in gone and f.note_id == gone[-1].note_id and f.start < gone[-1].start]
        if self.leaf.status is None and goes and len(gone) == len(yes):
            return self.told(
                "not_met",
                f"{self.name}: “{last.text}” has resolved{dated(last)}",
                f"{op}.resolved",
                facts=(last,),
            )
        if self.leaf.status == "new" and not any(f.status == "new" for f in yes):
            return self.open(
                f"{self.name} is documented; whether it is new is not said",
                f"{op}.new_unstated",
                facts=(last,),
                needs=f"date of first diagnosis: {self.name}",
            )
        return self.told(
            "met",
            f"{self.name}: “{last.text}” is documented{dated(last)}",
            f"{op}.{last.assertion}",
            facts=tuple(yes[-2:]),
        )

    def _persists(self, fact: Fact) -> bool:
        """Whether it is an infection that a patient has for years: hepatitis C need be no active one."""
        if fact.concept is None or not frozenset(rules()["passing"]["ill_now"]).isdisjoint(fact.qualifiers):
            return False
        return any(self.setting.terminology.is_a(fact.concept.id, id) for id in rules()["passing"]["persisting"])

    def conflict(self, one: Fact, other: Fact) -> Outcome:
        return self.outcome(
            "unknown",
            "conflict",
            f"the notes disagree on {self.name}: “{one.text}”{dated(one)} is stated, and denied{dated(other)}",
            f"{self.leaf.op}.conflict",
            facts=(one, other),
            needs=f"resolve the contradiction on {self.name}",
        )
