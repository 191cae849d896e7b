"""Predicates on habits, lines of therapy, and on what only a person can judge."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.evaluate import another, compare, habits, regimens
from matcher.evaluate.compare import Range
from matcher.evaluate.demography import completed
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated, day
from matcher.evaluate.limits import span
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.person import barren, childhood, male
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.qualifiers import other_degree
from matcher.model import Fact, Leaf, Truth


class BehaviourPlan(Plan):
    """Tobacco, alcohol, drugs: current, former or never; pack-years and drinks where a limit is asked."""

    looks_at = frozenset({"behaviour", "age"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        table = rules()["behaviour"]
        words = f"{leaf.term} {leaf.concept.name if leaf.concept else ''} {' '.join(leaf.qualifiers)}".lower()
        self.substance = next((s for s, cues in table["substances"].items() if any(c in words for c in cues)), None)
        self.youngest = table["youngest"]
        self.past_only = leaf.status == "past" or any(w in words for w in table["former_words"])
        limit = leaf.cmp is not None  # "more than 3 alcoholic drinks a day" counts, and asks no abuse
        self.abuse = self.substance == "alcohol" and not limit and any(w in words for w in table["abuse_words"])
        self.heavy = self.abuse and any(w in words for w in table["heavy_words"])
        self.never = any(w in words for w in table["never_words"])
        self.now = leaf.status in ("current", "new") or (
            leaf.status is None and leaf.cmp is None and not any(w in words for w in table["history_words"])
        )
        if self.past_only and setting.protocol is not None:
            before = setting.protocol.text[max(0, leaf.start - 30) : leaf.start].lower().split()
            if before[-1:] and before[-1] in table["joins"] and not set(table["now_words"]).isdisjoint(before[-4:-1]):
                self.past_only = False
        if setting.protocol is not None:
            told = setting.protocol.text[max(0, leaf.start - 12) : leaf.start].lower().rstrip(" -")
            ever = told.endswith(tuple(table["never_words"]))
            self.now = self.now and not ever
            if ever:
                leaf = replace(leaf, window=None)  # "never smoker or former smoker who stopped a year ago"
        self.supporting = frozenset({"age"}) if setting.wanted else frozenset()
        super().__init__(leaf, setting)

    def evaluate(self, index: Index) -> Outcome:
        facts = (
            [f for f in index.by_kind.get("behaviour", ()) if self.substance in f.qualifiers] if self.substance else []
        )
        extra = [f for f in index.of(self.ids) if f.kind != "allergy"]
        extra = habits.told_of(self.substance, self.name.lower(), extra, index.by_kind.get("behaviour", ()))
        if extra:
            facts = facts + [f for f in extra if f not in facts]
        if self.abuse:
            # drinking is no abuse: only what says more, or denies, speaks of it
            facts = [f for f in facts if self.state(f) != "current" or self.says_abuse(f, index)]
        if not facts:
            years = completed(index, "year") if not self.setting.wanted else None
            if years is not None and years[0].high < self.youngest:
                return self.not_applicable(
                    (f"the patient is {years[0].high:.0f} years old", years[1]), "behaviour.child"
                )
            return self.silent
        facts = sorted(facts, key=lambda f: (day(f), f.note_id, f.start))
        if self.leaf.cmp is not None and isinstance(self.leaf.value, int | float):
            return self.amount(facts)
        named = [f for f in facts if f.kind == "condition" and f.assertion == "present"]
        if named and (other := other_degree(self.leaf, named[-1])) and all(other_degree(self.leaf, f) for f in named):
            fact = named[-1]
            reason = f"{self.name}: “{fact.text}” is {other}{dated(fact)}"
            return self.outcome("not_met", "documented", reason, "behaviour.state", facts=(fact,))
        said = [f for f in facts if f.result or f.assertion in ("absent", "historical", "present")]
        stated = [f for f in said if f.result] or said
        if not stated:
            return self.silent
        fact = habits.given_up(stated, index)
        state = self.state(fact)
        if state == "former" and self.still(fact, index):
            state = "current"
        if self.window is not None and state == "former":
            place = self.window.place(habits.ended(fact, index), index.as_of)
            if place == "unknown":
                return self.open(
                    f"“{fact.text}”: when it ended is not exact enough",
                    "behaviour.window_undated",
                    facts=(fact,),
                    needs=f"date of quitting: {self.name}",
                )
            truth: Truth = "met" if place == "in" else "not_met"
        elif self.never:
            truth = "met" if state == "never" else "not_met"
            if state == "none":
                return self.open(
                    f"“{fact.text}” speaks of now, not of the past",
                    "behaviour.never_open",
                    facts=(fact,),
                    needs=f"ask: {self.name}",
                )
        elif self.past_only:
            if state == "none" and self.setting.wanted:
                # who does not smoke may have smoked
                return self.open(
                    f"“{fact.text}” speaks of now, not of the past",
                    "behaviour.former_open",
                    facts=(fact,),
                    needs=f"ask: {self.name}",
                )
            truth = "met" if state == "former" else "not_met"
        elif self.now:
            truth = "met" if state == "current" else "not_met"
        else:
            truth = "met" if state in ("current", "former") else "not_met"
            if state == "none":
                truth = "not_met"
        return self.outcome(
            truth, "documented", f"{self.name}: “{fact.text}” ({state}){dated(fact)}", "behaviour.state", facts=(fact,)
        )

    def still(self, fact: Fact, index: Index) -> bool:
        """ "Has smoked for the past 47 years" goes on, unless an end is told."""
        table = rules()["behaviour"]
        said = index.quote(fact).lower()
        return any(w in said for w in table["still_words"]) and not any(w in said for w in table["ended_words"])

    def says_abuse(self, fact: Fact, index: Index) -> bool:
        """Does the fact, or its sentence, speak of abuse or dependence?"""
        if self.heavy and fact.quantity is not None and span(fact.quantity).low > rules()["behaviour"]["heavy_drinks"]:
            return True
        said = index.quote(fact).lower()
        for plain in rules()["behaviour"]["no_abuse"]:
            said = said.replace(plain, "")
        return any(w in said for w in rules()["behaviour"]["abuse_words"])

    def state(self, fact: Fact) -> str:
        if fact.result in ("never", "none", "former", "current"):
            return fact.result
        if fact.assertion == "absent":
            return "none"
        if fact.assertion == "historical" or fact.status == "past":
            return "former"
        return "current"

    def amount(self, facts: list[Fact]) -> Outcome:
        units: dict[str, list[str]] = rules()["behaviour"]["units"]
        asked = (self.leaf.unit or self.leaf.term or "").lower()
        unit = next((u for u, spelt in units.items() if any(s in asked for s in spelt)), None)
        assert isinstance(self.leaf.value, int | float) and self.leaf.cmp is not None
        # drinks are kept by the week: a limit by the day is seven times as high
        daily = rules()["behaviour"]["daily_units"]
        week = 7.0 if unit == "drinks/week" and any(w in asked for w in daily) else 1.0
        low = Range(week * float(self.leaf.value), week * float(self.leaf.value))
        most = self.leaf.value2
        high = Range(week * float(most), week * float(most)) if isinstance(most, int | float) else None
        wanted = compare.words(self.leaf.cmp, self.leaf.value, self.leaf.value2, self.leaf.unit or "")
        for fact in reversed(facts):
            if fact.quantity is None:
                continue
            own = next(
                (u for u, spelt in units.items() if any(s in (fact.quantity.unit or "").lower() for s in spelt)), None
            )
            value = span(fact.quantity)
            if "cigarette" in asked and own == "packs/day":
                pack = rules()["behaviour"]["cigarettes_per_pack"]
                value = Range(value.low * pack, value.high * pack)
            elif unit is not None and own != unit:
                continue
            truth = compare.compare(value, self.leaf.cmp, low, high)
            detail = (fact.formula,) if fact.formula else ()
            return self.outcome(
                truth,
                "none" if truth == "unknown" else "documented",
                f"{self.name}: “{fact.text}” {'meets' if truth == 'met' else 'against'} {wanted}",
                "behaviour.amount",
                facts=(fact,),
                details=detail,
                needs=f"amount: {self.name}" if truth == "unknown" else None,
            )
        now = unit != "pack-years" and self.leaf.status not in ("past", "ever")
        stopped = now and self.state(facts[-1]) == "former"
        # who has given it up takes nothing a day; how much it was is another question
        never = facts[-1:] if stopped else [f for f in facts if self.state(f) in ("never", "none")]
        if never and (self.state(never[-1]) == "never" or self.leaf.cmp in ("<", "<=") or unit != "pack-years"):
            truth = compare.compare(Range(0, 0), self.leaf.cmp, low, high)
            return self.outcome(
                truth, "documented", f"{self.name}: “{never[-1].text}”", "behaviour.never", facts=(never[-1],)
            )
        return self.open(
            f"{self.name}: “{facts[-1].text}”, the amount is not stated",
            "behaviour.amount_unstated",
            facts=(facts[-1],),
            needs=f"amount: {self.name}",
        )


class HealthyPlan(Plan):
    """In good health: not with a disease of now but the trial's own; that none is mentioned proves nothing."""

    looks_at = frozenset({"condition"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        # a trial for patients wants them "generally healthy" apart from what it is about; not so its healthy volunteers
        people = frozenset(rules()["healthy_people"])
        self._own = another.index_family(setting) if people.isdisjoint(leaf.term.lower().split()) else frozenset()

    def lists(self) -> frozenset[str]:
        return frozenset({"condition"})

    def evaluate(self, index: Index) -> Outcome:
        systems = tuple(rules()["disease_systems"])
        now = [
            f
            for f in index.by_kind.get("condition", ())
            if f.assertion == "present" and f.status != "past" and f.concept and f.concept.id.startswith(systems)
            if f.concept.id not in self._own
        ]
        if not now:
            said = index.closed.get("condition")
            if said is not None and any(w in said.text.lower() for w in rules()["well_words"]):
                return self.told("met", f"“{said.text}”{dated(said)}", "healthy.stated", facts=(said,))
            return self.silent
        return self.told(
            "not_met",
            f"“{now[-1].text}” is documented{dated(now[-1])}",
            "healthy.disease",
            facts=tuple(now[-2:]),
        )


class TherapyPlan(EventPlan):
    """Number of prior lines; "treatment-naive". Counted where the note states it, else by distinct drugs."""

    looks_at = frozenset({"therapy_lines"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        table = rules()["regimens"]
        words = leaf.term.lower()
        named = next((id for word, id in table["of"].items() if word in words), table["of"]["other"])
        descendants = setting.terminology.descendants
        self.drugs = self.ids if leaf.concept is not None else frozenset(descendants(named))
        self.cancers = frozenset(descendants(table["cancer"]))

    def reach(self) -> frozenset[str]:
        return super().reach() | self.drugs | self.cancers

    def _furthest(self, fact: Fact, index: Index) -> Range:
        """The lines that a count tells; those up to an ordinal ("first-line") with what the regimens add to them."""
        assert fact.quantity is not None
        told = span(fact.quantity)
        if fact.rule != "lines.ordinal" or fact.quantity.low is None:
            return told
        by_drugs = self._regimens(index)
        lines = by_drugs[0] if by_drugs is not None else told
        return Range(max(told.low, lines.low), max(told.low, lines.high))

    def _regimens(self, index: Index) -> tuple[Range, Fact] | None:
        """The lines that the drugs given to a patient with cancer make, and the last of these."""
        given = [f for f in index.of(self.drugs) if f.kind == "medication"]
        whole = any(f.concept is not None and f.concept.system == "COMBO" for f in given)
        if not given or not (whole or index.of(self.cancers)):
            return None
        found = regimens.counted(given, index)
        return (found, given[-1]) if found is not None else None

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        said = [f for f in index.by_kind.get("therapy_lines", ()) if f.assertion in ("present", "historical", "absent")]
        counted = [f for f in said if f.quantity is not None]
        leaf = self.leaf
        limit = leaf.value if isinstance(leaf.value, int | float) else leaf.count
        cmp = leaf.cmp or leaf.count_cmp
        if counted and limit is not None and cmp is not None:
            # the furthest line decides; a count in words before one that only an ordinal gives
            fact = max(counted, key=lambda f: (f.quantity.low or 0, f.quantity.high is not None))  # type: ignore[union-attr]
            if fact.quantity is not None:
                second = leaf.value2 if isinstance(leaf.value2, int | float) else None
                truth = compare.compare(
                    self._furthest(fact, index),
                    cmp,
                    Range(float(limit), float(limit)),
                    Range(second, second) if second is not None else None,
                )
                return self.outcome(
                    truth,
                    "none" if truth == "unknown" else "documented",
                    f"{self.name}: “{fact.text}”{dated(fact)}",
                    "therapy_lines.stated",
                    facts=(fact,),
                    needs="number of prior lines" if truth == "unknown" else None,
                )
        if limit and cmp is not None and (told := self._regimens(index)) is not None:
            lines, last = told
            top = Range(leaf.value2, leaf.value2) if isinstance(leaf.value2, int | float) else None
            truth = compare.compare(lines, cmp, Range(float(limit), float(limit)), top)
            shown = f"{lines.low:.0f}" if lines.low == lines.high else f"{lines.low:.0f} or more"
            if truth != "unknown":
                return self.told(
                    truth,
                    f"{self.name}: {shown} by the regimens given, the last “{last.text}”",
                    "therapy_lines.regimens",
                    facts=tuple(f for f in index.of(self.drugs) if f.note_id == last.note_id)[-4:],
                )
        given = [f for f in index.of(self.ids) if f.kind in ("medication", "procedure")]
        naive = [f for f in said if f.result == "naive" or f.assertion == "absent"]
        naive = naive or (given if all(f.assertion == "absent" for f in given) else [])  # "has never taken any"
        given = [f for f in given if f.assertion not in ("absent", "planned", "hypothetical", "declined")]
        none_asked = limit == 0 or any(w in leaf.term.lower() for w in rules()["naive_words"])
        if naive:
            zero = (
                compare.compare(Range(0, 0), cmp, Range(float(limit), float(limit)))
                if limit is not None and cmp
                else ("met" if none_asked else "not_met")
            )
            return self.outcome(zero, "documented", f"“{naive[-1].text}”", "therapy_lines.naive", facts=(naive[-1],))
        if given and none_asked:
            return self.told(
                "not_met",
                f"“{given[-1].text}” was given{dated(given[-1])}",
                "therapy_lines.given",
                facts=(given[-1],),
            )
        if given and limit is not None and cmp is not None:
            truth = compare.compare(Range(1, float("inf")), cmp, Range(float(limit), float(limit)))
            if truth != "unknown":
                return self.outcome(
                    truth,
                    "documented",
                    f"“{given[-1].text}” was given{dated(given[-1])}",
                    "therapy_lines.at_least_one",
                    facts=(given[-1],),
                )
            return self.open(
                f"“{given[-1].text}” was given; the number of lines is not stated",
                "therapy_lines.open",
                facts=(given[-1],),
                needs="number of prior lines of therapy",
            )
        if given:
            return self.told(
                "met",
                f"“{given[-1].text}” was given{dated(given[-1])}",
                "therapy_lines.given",
                facts=(given[-1],),
            )
        return self.silent


@cache
def _phrases(name: str) -> re.Pattern[str]:
    """The phrases of ``rules.toml`` as one pattern: whole words, "*" for the rest of a word."""
    words: list[str] = rules()["administrative"][name]
    parts = [re.escape(w).replace(r"\*", r"\w*") for w in sorted(words, key=lambda w: (-len(w), w))]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


class AdministrativePlan(Plan):
    """Consent, willingness, compliance: as the note states it; everything else is for a person to judge."""

    looks_at = frozenset({"administrative", "sex", "age"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        text = f"{leaf.term} {leaf.concept.name if leaf.concept else ''} {' '.join(leaf.qualifiers)}".lower()
        covered = _phrases("stated_by_consent").search(text)
        self.covered = covered is not None
        self.compliance = _phrases("compliance_words").search(text) is not None
        before = ""
        if setting.protocol is not None:
            before = setting.protocol.text[max(0, leaf.start - 60) : leaf.start].rpartition("\n")[2].lower()
        negative = _phrases("negative_words").search(text)
        # "giving consent, supported by not meeting …" is no refusal: a bare "not" turns only what follows it
        self.negative = negative is not None and not (
            covered is not None
            and negative.group() in rules()["administrative"]["bare"]
            and negative.start() > covered.start()
        )
        hindered = covered is not None and _phrases("hindrance").search(before.rpartition(".")[2]) is not None
        self.negative = self.negative or hindered or _phrases("negative_before").search(before) is not None
        # "a mental deficiency making compliance impossible": the hindrance is asked, not the compliance
        self.negative = self.negative or (covered is not None and _phrases("hindrance").search(text) is not None)
        if _phrases("not_covered").search(_phrases("no_history").sub(" ", text)) is not None:
            self.covered = False
        self.contraception = _phrases("contraception_words").search(text) is not None
        if setting.clause and not self.covered and self.silent.truth == "not_met":
            self.silent = self.open(
                f"{self.name}: for a person to judge", "administrative.clause", needs="human judgement"
            )
        # "no condition that would endanger the patient" asks what the exclusion of such a condition asks
        obstacle = setting.kind == "inclusion" and setting.wanted and not self.covered
        if obstacle and _phrases("obstacle_absent").match(text) and _phrases("obstacle").search(text):
            row = setting.policy.named("administrative.major.exclusion.unfavourable")
            if row is not None and row.answer == "not_met":
                self.silent = self.assumed(
                    "met",
                    f"{self.name}: nothing of the kind is mentioned",
                    f"silence.{row.name}",
                    details=self.silent.details,
                )

    def asks(self) -> str:
        return "human judgement"

    def evaluate(self, index: Index) -> Outcome:
        if self.contraception:
            cannot = barren(index) if male(index) is None else childhood(index)
            if cannot is not None:
                favourable: Truth = "met" if self.setting.wanted else "not_met"
                return self.not_applicable(cannot, "contraception.cannot", favourable, neutral=True)
        facts = index.by_kind.get("administrative")
        if facts and self.compliance and self.negative:
            poor = [f for f in facts if f.result == "poor" and f.assertion in ("present", "historical")]
            if poor:
                return self.told("met", f"“{poor[-1].text}”", "administrative.noncompliance", facts=(poor[-1],))
        facts = [f for f in facts or () if f.result != "poor"]
        if not facts or not self.covered:
            return self.silent
        no = [f for f in facts if f.assertion == "absent" or f.result == "no"]
        yes = [f for f in facts if f not in no]
        fact = (no or yes)[-1]
        willing = not no
        # whoever is willing is excluded by nothing that is asked of the will ("makes the subject inappropriate")
        negative = self.negative or (willing and not self.setting.wanted)
        truth: Truth = "met" if willing != negative else "not_met"
        return self.outcome(truth, "documented", f"“{fact.text}”", "administrative.stated", facts=(fact,))
