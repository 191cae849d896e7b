"""Predicates on things that are there or happened: conditions, drugs, procedures, allergies, open-vocabulary terms.

One engine; what counts as a yes, a no or a maybe for each kind stands in ``resources/evaluate/rules.toml``.
"""

from __future__ import annotations

import re

from matcher.dates import duration_days
from matcher.evaluate import another, carried, degree, lists, of_sex, onesided, operations, opposite, proof
from matcher.evaluate.by_test import Tests
from matcher.evaluate.by_treatment import Treatments
from matcher.evaluate.earlier import Earlier
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.mentions import (
    asks_intolerance,
    below,
    concepts,
    denies_all,
    done_by_now,
    first_of_kind,
    fragment,
    held_out,
    narrow,
    narrowing,
    of_another,
    prior_only,
    reacted,
    short,
    todays,
    whole,
)
from matcher.evaluate.narrower import beyond, covered, persisting, said, two_sides
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.pictures import Pictures, implied
from matcher.evaluate.placed import Placed
from matcher.evaluate.plan import AGAINST, Setting, rules
from matcher.evaluate.qualifiers import other_degree, symptom_scales
from matcher.evaluate.signs import Signs, scales_of
from matcher.evaluate.sites import Sites
from matcher.evaluate.windows import counted, ongoing
from matcher.model import Fact, Leaf


class EventPlan(Placed):
    """Was it, is it, when, how often. See docs/verdicts.md for the order of the rules."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self.another = another.is_another(leaf, setting)
        self.asks_prior_cancer = not self.another and another.asks_earlier(leaf, setting)
        self.index_family = another.left_out(leaf, setting) if self.another else frozenset()
        self.long_standing = leaf.op == "condition" and leaf.term.lower().split()[:1] == ["chronic"]
        self.intolerance = leaf.op == "allergy" and asks_intolerance(leaf, setting)
        asks = "symptoms" in self.asked.groups
        self.complaints = setting.terminology.descendants(rules()["complaint"]) if asks else frozenset()
        if asks:
            self.asked.scales = scales_of(leaf, setting.terminology).intersection(symptom_scales())
            self.complaints |= self.asked.scales
            self.looks_at |= {"score"}
        self.lasts = leaf.op == "condition" and leaf.status is None and persisting(leaf)
        plain = not self.asked and not self.extra and not self.another
        self.signs = Signs(leaf, setting, self.asked, plain=plain, assumes=self.assumes)
        described = not self.extra and not self.another and implied().issuperset(q.lower() for q in leaf.qualifiers)
        self.pictures = Pictures(leaf, setting) if plain or described else None
        if self.pictures is not None and self.pictures.pictures:
            self.looks_at |= {"age", "sex"} | ({"behaviour"} if self.pictures.tobacco else frozenset())
            self.unnamed |= {"behaviour"} & self.looks_at
            self.supporting = frozenset({"age", "sex"})
        self.sites, self.tests, self.treatments = Sites(leaf, setting), Tests(leaf, setting), Treatments(leaf, setting)
        self.earlier = Earlier(leaf, setting)
        if self.earlier.pregnancy:
            self.looks_at |= {"pregnancy", "measurement"}
        self.only_sex = of_sex.bound(leaf, setting)
        if self.only_sex is not None:
            self.looks_at, self.supporting = self.looks_at | of_sex.LOOKS_AT, self.supporting - of_sex.LOOKS_AT

    def reach(self) -> frozenset[str]:
        wide = self.above | self.parents | self.excluding | self.proof | self.causes
        return self.ids | self.told_ids | wide | self.bouts.reach() | self._told_by() | self.complaints

    def wider(self) -> frozenset[str]:
        """The wider diseases: a kind of one that is named explains the wider word (`_unexplained`)."""
        return self.parents if self.leaf.op == "condition" else frozenset()

    def _told_by(self) -> frozenset[str]:
        """What may tell of the leaf without naming it."""
        pictured: frozenset[str] = self.pictures.reach() if self.pictures is not None else frozenset()
        return self.signs.reach() | self.tests.ids | self.treatments.ids | pictured

    def _pictured(self, index: Index) -> Outcome | None:
        return self.pictures.read(self, index, self.suspected) if self.pictures is not None else None

    # ------------------------------------------------------------ the order of the rules

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        """The leaf against the facts; ``spared`` are concept ids that an exception takes out."""
        facts = self._of_leaf(index)
        unproven = proof.outcome(self, index, facts) if self.proof else None
        if unproven is not None:
            return unproven
        own = None
        if self.another and facts:
            facts = [f for f in facts if f.concept is None or f.concept.id not in self.index_family]
            alone = facts and not self.index_family and not another.beside(self.leaf, self.setting)
            own, facts = another.parted(facts, index, self.setting.terminology) if alone else (None, facts)
        elif self.asks_prior_cancer and facts:
            own = another.only_one(facts, index, self.setting.terminology)
            facts = [] if own is not None else facts
        if own is not None and not facts:
            return self.assumed(
                "not_met", f"“{own.text}” is taken for the disease that the trial is about",
                "condition.index_disease", facts=(own,),
            )  # fmt: skip
        if spared and facts:
            facts = [f for f in facts if f.concept is None or f.concept.id not in spared]
        if facts and self.sites.names:
            facts, settled = self.sites.read(self, facts, index)
            if settled is not None:
                return settled
        if not facts and not self.tests.ids.isdisjoint(index.ids):
            facts = self.tests.facts(index)
        gone = self._gone(index, facts) if self.lasts else None
        if gone is not None:
            return gone
        if not facts or self.bare:
            return self.elsewhere(index)
        against = [f for f in facts if f.qualifiers and AGAINST in f.qualifiers]
        if against:
            facts = [f for f in facts if f not in against]
            against = [f for f in against if f.assertion in self.yes]
            if not facts and against:
                return self.told(
                    "not_met",
                    f"“{against[-1].text}” is documented, of another side or degree{dated(against[-1])}",
                    f"{self.leaf.op}.against",
                    facts=(against[-1],),
                )
        yes, no, maybe = [], [], []
        for fact in facts:
            assertion = fact.assertion
            if assertion in self.yes or (self.planned and assertion == "hypothetical" and held_out(fact, index)):
                yes.append(fact)
            elif assertion in self.no:
                no.append(fact)
            elif assertion in self.maybe:
                maybe.append(fact)
        if yes and all(short(f) and f.assertion == "present" and f.status != "past" for f in yes):
            # letters alone against a denial in words: the letters stood for something else
            words = [f for f in (*no, *index.of(self.above)) if f.assertion == "absent" and not short(f)]
            same = [
                f for f in words if f.note_id == yes[-1].note_id and not narrow(f) and denies_all(f, yes, self.setting)
            ]
            if same:
                return self.told(
                    "not_met",
                    f"{self.name}: “{same[-1].text}” is denied in words{dated(same[-1])}",
                    f"{self.leaf.op}.abbreviation",
                    facts=(same[-1],),
                )
        if self.earlier and (settled := self.earlier.read(self, facts, index)) is not None:
            return settled
        if yes:
            first = self.first_now(yes, no, index) if no else None
            return first or (degree.denied(self, yes, no) if no else None) or self.positive(index, yes, no)
        if maybe and not (no and day(no[-1]) >= day(maybe[-1])):
            last = maybe[-1]
            if self.confirmed and not proof.awaited(maybe, index):
                return self.told(
                    "not_met",
                    f"{self.name}: only possible, not confirmed{dated(last)}",
                    f"{self.leaf.op}.unconfirmed",
                    facts=tuple(maybe[-2:]),
                )
            return self.none_at_all(maybe, index) or self.open(
                f"{self.name}: only possible{dated(last)}",
                f"{self.leaf.op}.possible",
                facts=tuple(maybe[-2:]),
                needs=f"confirm or rule out: {self.name}",
            )
        if no and (settled := self.negative(index, no)) is not None:
            return settled
        return self.elsewhere(index)

    def _of_leaf(self, index: Index) -> list[Fact]:
        """The facts that speak of the leaf, each of a kind with it."""
        # an allergy to a drug is no use of it, and its use is no allergy
        found = index.of(self.ids)
        if not found:
            return []
        allergy = self.leaf.op == "allergy"
        facts = [f for f in found if (f.kind == "allergy") is allergy]
        if allergy:  # stopped for diarrhea: no allergy
            facts = [f for f in facts if reacted(f, index) and (self.intolerance or f.rule != "allergy.stopped")]
        facts = [f for f in facts if not (self.ahead and done_by_now(f, index))]
        whole_ones = [f for f in facts if not fragment(f) and not (self.before and todays(f))]
        return [f for f in whole_ones if not first_of_kind(f, facts, index)]

    def _gone(self, index: Index, facts: list[Fact]) -> Outcome | None:
        """What is asked to persist, and has resolved ("persistent cough" of a cough that cleared)."""
        said = [f for f in facts or index.of(self.parents) if f.concept is None or f.concept.system != "PROTOCOL"]
        said = sorted(said, key=lambda f: (str(f.note_date and f.note_date.start), f.note_id, f.start))
        ended = [f for f in said if f.status == "past"]
        if not ended or not (said[-1].status == "past" or said[-1].assertion == "absent"):
            return None
        return self.told(
            "not_met",
            f"{self.name}: “{ended[-1].text}” has resolved{dated(ended[-1])}",
            f"{self.leaf.op}.resolved",
            facts=(ended[-1],),
        )

    def _not_prior(self, denied: list[Fact], index: Index) -> list[Fact]:
        """ "No prior stroke" says nothing of today's, where one, or a kind of one, is told."""
        plain = [f for f in denied if not prior_only(f, index)]
        if len(plain) == len(denied) or any(f.assertion == "present" for f in index.of(self.reached)):
            return plain
        return denied

    def negative(self, index: Index, no: list[Fact]) -> Outcome | None:
        """Denied, unless what is denied is narrower than what is asked ("no severe asthma", "no left effusion")."""
        plain = [
            f for f in no if self._as_wide(f) and not (f.assertion == "absent" and below(f, self.leaf, self.setting))
        ]
        if self.setting.wanted and self.leaf.op == "condition" and self.leaf.status not in ("ever", "past"):
            plain = self._not_prior(plain, index)
        if not plain:
            return None
        last = plain[-1]
        if self.undergoing and (to_come := self.to_come(last)) is not None:
            return to_come
        how = {"planned": "planned only", "declined": "declined", "hypothetical": "only considered"}.get(
            last.assertion, "denied"
        )
        return self.told(
            "not_met",
            f"{self.name}: {how}{dated(last)}",
            f"{self.leaf.op}.{last.assertion}",
            facts=tuple(plain[-2:]),
        )

    def _old(self, fact: Fact, index: Index) -> bool:
        """Whether something that goes on has lasted for so long that it is chronic."""
        days = duration_days(self.window.ago) if self.window is not None and self.window.ago is not None else None
        least = min(days[1], rules()["chronic_days"]) if days is not None else rules()["chronic_days"]
        time, as_of = counted(fact, index.as_of)
        begun = time.start if time is not None and ongoing(fact) else None
        return begun is not None and as_of is not None and (as_of - begun).days >= least

    def _as_wide(self, fact: Fact) -> bool:
        mine = {q.lower() for q in self.leaf.qualifiers}
        narrow = {q for q in fact.qualifiers if q in narrowing() and q not in mine}
        if {"left", "right"} <= set(fact.qualifiers) or "bilateral" in fact.qualifiers:
            narrow -= {"left", "right", "bilateral"}
        return not narrow or bool(self.asked.side and (self.asked.side & set(fact.qualifiers)))

    def elsewhere(self, index: Index) -> Outcome:
        """No fact of the thing itself: closed lists, wider denials, siblings that exclude, a mention of the parent."""
        ids = index.ids
        told = of_sex.elsewhere(self, self.only_sex, index) or self._in_words(index)
        if told is not None:
            return told
        if self.above and not self.above.isdisjoint(ids):
            denied = [f for f in index.of(self.above) if f.assertion == "absent" and not narrow(f)]
            denied = carried.denials_of(self.leaf, opposite.of_all(denied, index), self.setting)
            if self.setting.wanted and self.leaf.status is None:
                denied = self._not_prior(denied, index)
            if self.leaf.status in ("ever", "past"):
                # that today's complaint is denied says nothing of a disease that it once was a part of
                denied = [f for f in denied if f.concept is None or f.concept.system != "HPO"]
            if denied:
                return self.told(
                    "not_met",
                    f"{self.name}: “{denied[-1].text}” is denied{dated(denied[-1])}",
                    f"{self.leaf.op}.parent_denied",
                    facts=(denied[-1],),
                )
        if self.excluding and not self.excluding.isdisjoint(ids):
            others = operations.done_instead(index, self.excluding)
            if others and self.leaf.op == "condition":
                # "paroxysmal AF in 2018, progressed to persistent AF"
                told = self._told(index, [f for f in index.of(self.parents) if f.assertion in self.yes])
                if told is not None and told.truth == "met":
                    return told
            if others:
                return self.told(
                    "not_met",
                    f"it is {others[-1].text}, which excludes {self.name}{dated(others[-1])}",
                    f"{self.leaf.op}.sibling",
                    facts=(others[-1],),
                )
        if self.parents and not self.parents.isdisjoint(ids):
            wider_ones = index.of(self.parents)
            mentioned = [f for f in wider_ones if f.assertion in self.yes]
            if not mentioned and wider_ones and all(f.assertion == "possible" for f in wider_ones):
                # "rule out bipolar disorder" leaves bipolar I disorder open
                mentioned = wider_ones
            bouts = self.bouts.bare(index) if self.bouts else []
            if bouts:
                return self.positive(index, bouts, [])
            usual = mentioned and mentioned[-1].assertion in self.yes and mentioned[-1].text.lower() in self.usual
            if usual and not self.asked and self.window is not None:
                return self.positive(index, mentioned, [])
            if usual and not self.asked:
                return self.told(
                    "met",
                    f"“{mentioned[-1].text}” is usually {self.name}{dated(mentioned[-1])}",
                    f"{self.leaf.op}.usual",
                    facts=(mentioned[-1],),
                )
            if self.long_standing and (old := [f for f in mentioned if self._old(f, index)]):
                return self.positive(index, old, [])  # "low back pain for 2 years" is chronic
            known = self.signs.narrowed(self, index, mentioned)
            if known is not None:
                return known
            told = self._told(index, [f for f in mentioned if f.assertion in self.yes])
            if told is not None:
                return told
            if mentioned and (other := other_degree(self.leaf, mentioned[-1])) is not None:
                return self.told(
                    "not_met",
                    f"“{mentioned[-1].text}” is documented as {other}, not {self.name}{dated(mentioned[-1])}",
                    f"{self.leaf.op}.qualifier",
                    facts=(mentioned[-1],),
                )
            if mentioned and self.window is not None and self.window.ago is not None:
                recent = self.positive(index, mentioned, [])
                if recent.truth == "not_met":
                    return recent  # what began five weeks ago is no chronic kind of it for three months
            mentioned = degree.unexplained(self, index, mentioned)
            if mentioned:
                pictured = self._pictured(index)
                if pictured is not None:
                    return pictured
                lacks = beyond(self.leaf.term, mentioned[-1])
                unlike = opposite.outcome(self, lacks, mentioned, index)
                if unlike is not None:
                    return unlike
                assumed = degree.unstated(self, lacks, mentioned[-1]) or degree.narrower(self, mentioned[-1], index)
                return assumed or self.open(
                    f"“{mentioned[-1].text}” is documented; whether it is {self.name} is not said",
                    f"{self.leaf.op}.parent",
                    facts=(mentioned[-1],),
                    needs=f"ask: {self.name}",
                )
        known = self.signs.known(self, index)
        if known is not None:
            return known
        if index.closed:
            closed = index.closed.get(self.leaf.op)
            doubt = self.signs.open(self, index) if closed is not None else None
            if doubt is not None:
                return doubt  # an empty history says nothing of what the complaint of today may be
            if closed is not None and lists.cover(self, closed):
                return lists.in_full(self, closed)
        said = lists.not_known(self, index) or self.signs.open(self, index) or self._pictured(index)
        return said or onesided.outcome(self, index) or self.silent

    def _in_words(self, index: Index) -> Outcome | None:
        """The term in the note's own words, where its concept was not found."""
        if not self.told_ids or self.told_ids.isdisjoint(index.ids):
            return None
        facts = [f for f in index.of(self.told_ids) if whole(f) and not (self.before and todays(f))]
        above = self.ids | self.above
        facts = [f for f in facts if not (of_another(f, above, index) or (self.ahead and done_by_now(f, index)))]
        yes = [f for f in facts if f.assertion in self.yes]
        if not yes and facts and all(f.assertion == "possible" and f.cue is not None for f in facts):
            # "suspected Cushing's"
            return self.open(
                f"{self.name}: only possible{dated(facts[-1])}",
                f"{self.leaf.op}.possible",
                facts=tuple(facts[-2:]),
                needs=f"confirm or rule out: {self.name}",
            )
        if not yes and facts and all(f.assertion in self.no for f in facts):
            return self.negative(index, facts)  # "there is no cord edema"
        return self.positive(index, yes, []) if yes else None

    def _told(self, index: Index, facts: list[Fact]) -> Outcome | None:
        """A wider thing whose clause says the rest ("polyps in the antral area" are gastric polyps)."""
        if self.leaf.count is not None:
            return None
        for fact in reversed(facts):
            words = beyond(self.leaf.term, fact)
            if words and said(words, fact, index):
                return self.positive(index, [fact], [])
        return None

    # ------------------------------------------------------------ at least one statement in favour

    def positive(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        """What the mentions say; one that is open for a word is not met where none lies in the window."""
        treated = self.bouts.treated(yes, index, self.window) if self.bouts.asked else yes
        outcome = self._fitting(index, treated or yes, no)
        if not treated and outcome.truth != "not_met":
            if (gone := self.bouts.over(yes, index, self.window)) is not None:
                return self.told(
                    "not_met", f"{self.name}: “{gone.text}” is over{dated(gone)}", "condition.treatment", facts=(gone,)
                )
            return degree.unneeded(self, tuple(self.bouts.asked), yes[-1]) or self.open(
                f"“{yes[-1].text}” is documented; {', '.join(self.bouts.asked)} is not",
                f"{self.leaf.op}.qualifier_unstated",
                facts=(yes[-1],),
                needs=f"{self.name}: {', '.join(self.bouts.asked)}",
            )
        treatment = outcome.truth == "met" and outcome.rule == "condition.treatment"
        plain = self.window is not None and self.leaf.count is None and not self.leaf.stable
        if plain and (treatment or outcome.truth == "unknown"):
            placed = self.windowed(index, yes, no)
            return placed if placed.truth == "not_met" or (treatment and placed.truth == "unknown") else outcome
        return outcome

    def _fitting(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        fitting: list[Fact] = []
        unsure: list[Fact] = []
        differs, missing, unlike = "", "", yes[-1]
        if self.extra:
            close = [f for f in yes if self.covers(f, index)]
            if not close and all(f.id not in self.told_ids for f in concepts(yes)):
                told = self._in_words(index)
                if told is not None:
                    return told
            if not close:
                other = opposite.outcome(self, self.extra, yes, index)
                if other is not None:
                    return other
                assumed = degree.unstated(self, self.extra, yes[-1]) or degree.narrower(self, yes[-1], index)
                return assumed or self.open(
                    f"“{yes[-1].text}” is documented; whether it is {self.name} is not said",
                    f"{self.leaf.op}.wider",
                    facts=(yes[-1],),
                    needs=f"ask: {self.name}",
                )
            yes = close
        if self.acute and all(f.assertion == "historical" for f in yes):
            return self.told(
                "not_met",
                f"{self.name}: “{yes[-1].text}” lies in the past{dated(yes[-1])}",
                f"{self.leaf.op}.past",
                facts=(yes[-1],),
            )
        if self.asked:
            for fact in yes:
                sided = onesided.told(self.leaf, fact, index) if self.asked.side else fact
                truth, why = self.asked.of(sided, index)
                if truth == "met":
                    fitting.append(fact)
                elif truth == "unknown":
                    unsure.append(fact)
                    missing = why
                else:
                    differs, unlike = why, fact
            if not fitting and self.asked.side == frozenset({"bilateral"}):
                fitting = two_sides(unsure)
            if not fitting:
                if unsure and not differs:
                    treated = self.treatments.read(self, missing, unsure[-1], index)
                    words = tuple(re.split(r", |/", missing))
                    return (
                        treated
                        or self.signs.severity.told(self, words, unsure[-1], index)
                        or opposite.outcome(self, words, unsure, index)
                        or degree.unstated(self, words, unsure[-1])
                        or self.open(
                            f"“{unsure[-1].text}” is documented; {missing} is not",
                            f"{self.leaf.op}.qualifier_unstated",
                            facts=(unsure[-1],),
                            needs=f"{self.name}: {missing}",
                        )
                    )
                return self.told(
                    "not_met",
                    f"“{unlike.text}” is documented, but {differs}",
                    f"{self.leaf.op}.qualifier",
                    facts=(unlike,),
                )
        else:
            fitting = yes
        if self.leaf.count is not None:
            return self.counted(index, fitting)
        if self.leaf.stable:
            return self.stability(index, fitting, self.leaf.stable)
        ago = self.window.ago if self.window is not None and self.window.within is None else None
        if ago and self.leaf.op == "medication" and any(f.changed for f in fitting):
            return self.stability(index, fitting, ago)
        if self.leaf.cmp is not None and isinstance(self.leaf.value, int | float):
            dosed = self.dose(fitting)
            if dosed is not None:
                return dosed
        if self.window is not None:
            return self.windowed(index, fitting, no)
        if (ended := self.stay_over(fitting, index) or self.long_over(fitting, index)) is not None:
            return ended
        return self.current(fitting, no, index) if self.status == "current" else self.ever(fitting, no, index)

    def covers(self, fact: Fact, index: Index) -> bool:
        """Does the fact's sentence hold what the term says beyond its concept ("thoracic" radiculopathy)?"""
        if fact.concept is not None and fact.concept.system == "PROTOCOL":
            return True
        return covered(self.leaf.term, self.extra, fact, index)
