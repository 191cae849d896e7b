"""Predicates on the person: age, sex, pregnancy, lactation, contraception."""

from __future__ import annotations

import re

from matcher.evaluate import compare
from matcher.evaluate.compare import Range
from matcher.evaluate.demography import age_unit, completed, is_age_unit, sex
from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated, day, once
from matcher.evaluate.levels import by_level
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.windows import counted
from matcher.model import Fact, Leaf, Truth


class AgePlan(Plan):
    """Completed years (months, weeks, days) at the screening date against the limit."""

    looks_at = frozenset({"age"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self.unit = age_unit(leaf.unit)
        # old registry texts lost their "≥": an age alone is the youngest one
        self.cmp = ">=" if leaf.cmp == "=" else leaf.cmp
        self.low = Range(leaf.value, leaf.value) if isinstance(leaf.value, int | float) else None
        self.high = Range(leaf.value2, leaf.value2) if isinstance(leaf.value2, int | float) else None
        self.wanted = compare.words(self.cmp, leaf.value, leaf.value2, leaf.unit or "years")

    def asks(self) -> str:
        return "age or date of birth"

    def evaluate(self, index: Index) -> Outcome:
        if self.cmp is None or self.low is None:
            return self.worded(index)
        if not is_age_unit(self.leaf.unit):
            return self.open(f"“{self.label}” is no limit of age", "age.no_limit", needs="human judgement")
        found = completed(index, self.unit)
        if found is None:
            return self.silent
        value, fact = found
        truth = compare.compare(value, self.cmp, self.low, self.high)
        wanted, unit = self.wanted, self.unit
        shown = compare.number(value.low) if value.low == value.high else f"{value.low:.0f}–{value.high:.0f}"
        detail: tuple[str, ...] = (f"age {shown} completed {unit}s" + (f" on {index.as_of}" if index.as_of else ""),)
        if fact.formula:
            detail = (*detail, fact.formula)
        if truth == "unknown":
            return self.open(
                f"age {shown} {unit}s does not settle {wanted}",
                "age.straddles",
                facts=(fact,),
                needs="date of birth",
                details=detail,
            )
        return self.outcome(
            truth,
            "documented",
            f"age {shown} {unit}s {'meets' if truth == 'met' else 'does not meet'} {wanted}",
            "age.value",
            facts=(fact,),
            details=detail,
            near=f"age {shown} against {wanted}",
        )

    def worded(self, index: Index) -> Outcome:
        """ "adults", "children", "elderly": the limits of ``rules.toml``."""
        found = completed(index, "year")
        if found is None:
            return self.silent
        value, fact = found
        words: dict[str, list[float]] = rules()["age_words"]
        asked = f"{self.leaf.term} {self.leaf.value or ''} {' '.join(self.leaf.qualifiers)}".lower()
        for word, (low, high) in words.items():
            if word in asked:
                truth = compare.compare(value, "between", Range(low, low), Range(high, high))
                return self.outcome(
                    truth,
                    "none" if truth == "unknown" else "documented",
                    f"age {value.low:.0f} years: {'' if truth == 'met' else 'not '}{word}",
                    "age.word",
                    facts=(fact,),
                )
        return self.silent


class SexPlan(Plan):
    """Male or female as the notes state it."""

    looks_at = frozenset({"sex", "pregnancy"})

    def asks(self) -> str:
        return "sex"

    def evaluate(self, index: Index) -> Outcome:
        asked = str(self.leaf.value or self.leaf.term or "").lower()
        table: dict[str, str] = rules()["sex_words"]
        wanted = table.get(asked) or next((v for k, v in table.items() if k in asked.split()), None)
        found = sex(index)
        if wanted in ("any", None):
            facts: tuple[Fact, ...] = (found[1],) if found is not None else ()
            return self.outcome("met", "documented" if facts else "assumed", "any sex", "sex.any", facts=facts)
        if found is None:
            # who is or was pregnant is a woman
            borne = [f for f in index.by_kind.get("pregnancy", ()) if f.assertion in ("present", "historical")]
            if not borne:
                return self.silent
            found = "female", borne[-1]
        own, fact = found
        truth: Truth = "met" if own == wanted else "not_met"
        return self.outcome(truth, "documented", f"the patient is {own}", "sex.value", facts=(fact,))


def male(index: Index) -> tuple[str, Fact] | None:
    """Where the patient is a man, the words for it."""
    known = sex(index)
    return ("the patient is male", known[1]) if known is not None and known[0] == "male" else None


def childhood(index: Index) -> tuple[str, Fact] | None:
    """Too young for pregnancy and contraception, of whatever sex."""
    years = completed(index, "year")
    if years is not None and years[0].high < rules()["childbearing"]["youngest"]:
        return f"the patient is {years[0].high:.0f} years old", years[1]
    return None


def ceased(fact: Fact, index: Index) -> bool:
    """Whether a last period lies so long back that there are none any more, at an age at which they cease."""
    table = rules()["childbearing"]
    time, as_of = counted(fact, index.as_of)
    last = time.end if time is not None else None
    if fact.result != "premenopausal" or last is None or as_of is None:
        return False
    years = completed(index, "year")
    if years is None or years[0].low < table["menopause_earliest"]:
        return False
    return fact.text.lower() in table["last_period"] and (as_of - last).days >= table["ceased_days"]


@once
def barren(index: Index) -> tuple[str, Fact] | None:
    """Why pregnancy cannot be, with the fact: a man, a child, past menopause, no womb."""
    table = rules()["childbearing"]
    man = male(index)
    if man is not None:
        return man
    young = childhood(index)
    if young is not None:
        return young
    years = completed(index, "year")
    if years is not None and years[0].low > table["oldest"]:
        return f"the patient is {years[0].low:.0f} years old", years[1]
    for fact in index.by_kind.get("pregnancy", []):
        if (
            fact.rule.startswith("menopause.")
            and (fact.result in table["results"] or ceased(fact, index))
            and fact.assertion in ("present", "historical")
        ):
            return f"“{fact.text}”", fact
    return None


def abstinent(index: Index) -> Fact | None:
    """Where a note says last that there is no intercourse."""
    said = [f for f in index.by_kind.get("contraception", ()) if f.assertion in ("present", "absent")]
    return said[-1] if said and said[-1].result == "abstinent" else None


class PregnancyPlan(Plan):
    """Pregnant now? Not applicable where it cannot be; a negative test denies; a pending one leaves it open."""

    looks_at = frozenset({"pregnancy", "contraception", "sex", "age"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        table = rules()["childbearing"]
        asked = f"{leaf.term} {' '.join(leaf.qualifiers)}".lower()
        self.potential_asked = any(word in asked for word in table["potential_words"])
        self.others = frozenset(table["not_pregnancy_results"])

    def reach(self) -> frozenset[str]:
        return super().reach() | frozenset(rules()["childbearing"]["levels"])

    def asks(self) -> str:
        return "ask: pregnancy test, last menstrual period"

    def evaluate(self, index: Index) -> Outcome:
        cannot = barren(index)
        if self.potential_asked:
            return self.potential(index, cannot)
        facts = [f for f in index.by_kind.get("pregnancy", ()) if f.result not in self.others]
        facts = [f for f in facts if f.assertion not in ("planned", "hypothetical")]
        if cannot is not None and (not facts or male(index) is not None):
            return self.not_applicable(cannot, "pregnancy.cannot")
        if not facts:
            levels = [f for f in index.of(frozenset(rules()["childbearing"]["levels"])) if f.quantity is not None]
            if levels:
                return self._by_level(levels[-1])
            unlikely = abstinent(index)
            if unlikely is None:
                return self._aged(index) or self._prevented(index) or self.silent
            return self.told("not_met", f"“{unlikely.text}”{dated(unlikely)}", "pregnancy.abstinent", facts=(unlikely,))
        fact = facts[-1]
        sure = [f for f in facts if f.result != "pending"]
        if fact.result == "pending" and not sure:
            return self.open(
                f"“{fact.text}”: the result is pending",
                "pregnancy.pending",
                facts=(fact,),
                needs="result of the pregnancy test",
            )
        fact = sure[-1]
        if fact.assertion == "possible" or fact.result == "uncertain":
            return self.open(
                f"“{fact.text}”: not certain",
                "pregnancy.possible",
                facts=(fact,),
                needs="pregnancy test",
            )
        yes = fact.result not in ("negative", "not_detected", "postpartum") and fact.assertion in ("present",)
        return self.outcome(
            "met" if yes else "not_met",
            "documented",
            f"“{fact.text}”: {'pregnant' if yes else 'not pregnant'}{dated(fact)}",
            "pregnancy.documented",
            facts=(fact,),
        )

    def _by_level(self, fact: Fact) -> Outcome:
        """By a test that is told in numbers: "beta-hCG 14,200 mIU/mL"."""
        shown, sign = f"“{fact.text}”{dated(fact)}", by_level(fact)
        if sign == "positive":
            return self.told("met", f"{shown}: pregnant", "pregnancy.level", facts=(fact,))
        if sign == "negative":
            return self.told("not_met", f"{shown}: not pregnant", "pregnancy.level", facts=(fact,))
        return self.open(f"{shown}: not certain", "pregnancy.level", facts=(fact,), needs="pregnancy test")

    def _aged(self, index: Index) -> Outcome | None:
        """Assumed not pregnant at an age at which a note would remark on it."""
        years = completed(index, "year")
        if years is None or self.setting.policy.off or years[0].low < rules()["childbearing"]["unlikely_from"]:
            return None
        return self.assumed(
            "not_met",
            f"{self.name} is not mentioned; assumed absent at {years[0].low:.0f} years",
            "pregnancy.age",
            facts=(years[1],),
        )

    def _prevented(self, index: Index) -> Outcome | None:
        """Assumed not pregnant while contraception is used."""
        said = [f for f in index.by_kind.get("contraception", ()) if f.assertion in ("present", "absent", "declined")]
        if self.setting.policy.off or not said or said[-1].assertion != "present" or said[-1].status == "past":
            return None
        return self.assumed(
            "not_met",
            f"{self.name} is not mentioned; assumed absent: “{said[-1].text}”{dated(said[-1])}",
            "pregnancy.contraception",
            facts=(said[-1],),
        )

    def potential(self, index: Index, cannot: tuple[str, Fact] | None) -> Outcome:
        """Of childbearing potential: a woman of childbearing age who is not sterile."""
        if cannot is not None:
            return self.outcome(
                "not_met",
                "not_applicable",
                f"not of childbearing potential: {cannot[0]}",
                "pregnancy.cannot",
                facts=(cannot[1],),
            )
        own_sex, years = sex(index), completed(index, "year")
        if own_sex is None or years is None:
            return self.open("childbearing potential is not stated", "pregnancy.potential_open", needs=self.asks())
        top = rules()["childbearing"]["likely_until"]
        if years[0].high <= top:
            return self.told(
                "met",
                f"a woman aged {years[0].low:.0f}",
                "pregnancy.potential",
                facts=(own_sex[1], years[1]),
            )
        return self.open(
            f"a woman aged {years[0].low:.0f}: menopause is not stated",
            "pregnancy.potential_open",
            facts=(years[1],),
            needs="ask: menopausal status",
        )


class MenopausePlan(Plan):
    """Before or after menopause, surgically sterile: as the note states it, else by age where that settles it."""

    looks_at = frozenset({"pregnancy", "sex", "age"})

    def asks(self) -> str:
        return "ask: menopausal status"

    def evaluate(self, index: Index) -> Outcome:
        wanted = rules()["childbearing"]["state_words"][self.leaf.term.lower()]
        said = [f for f in index.by_kind.get("pregnancy", ()) if f.rule.startswith("menopause.")]
        said = [f for f in said if f.assertion in ("present", "historical")]
        man, years = male(index), completed(index, "year")
        if man is not None:
            return self.not_applicable(man, "menopause.male")
        for fact in reversed(said):
            over = ceased(fact, index)
            if (fact.result == wanted and not over) or (wanted == "postmenopausal" and over):
                return self.told("met", f"“{fact.text}”{dated(fact)}", "menopause.stated", facts=(fact,))
        if wanted != "sterile":
            said = [f for f in said if f.result != "sterile"]  # who cannot conceive may still menstruate
        if wanted == "premenopausal" and any(ceased(f, index) for f in said):
            return self.told("not_met", f"“{said[-1].text}”{dated(said[-1])}", "menopause.ceased", facts=(said[-1],))
        if said and wanted != "sterile":
            return self.told("not_met", f"“{said[-1].text}”{dated(said[-1])}", "menopause.stated", facts=(said[-1],))
        table = rules()["childbearing"]
        if years is not None and wanted != "sterile":
            if years[0].low > table["oldest"]:
                truth: Truth = "met" if wanted == "postmenopausal" else "not_met"
                return self.outcome(truth, "documented", f"age {years[0].low:.0f}", "menopause.age", facts=(years[1],))
            if years[0].high < table["menopause_earliest"]:
                truth = "not_met" if wanted == "postmenopausal" else "met"
                return self.outcome(truth, "documented", f"age {years[0].low:.0f}", "menopause.age", facts=(years[1],))
        return self.silent


class LactationPlan(EventPlan):
    """Breastfeeding now; not applicable to men and where pregnancy cannot have been lately."""

    looks_at = frozenset({"lactation", "pregnancy", "sex", "age"})

    def asks(self) -> str:
        return "ask: breastfeeding"

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        facts = index.by_kind.get("lactation")
        if facts:
            fact = facts[-1]
            yes = fact.assertion == "present" and fact.status != "past" and fact.result != "negative"
            return self.outcome(
                "met" if yes else "not_met",
                "documented",
                f"“{fact.text}”{dated(fact)}",
                "lactation.documented",
                facts=(fact,),
            )
        cannot = barren(index)
        if cannot is not None:
            return self.not_applicable(cannot, "lactation.cannot")
        return self.silent


class ContraceptionPlan(EventPlan):
    """Contraception in use; sterility and abstinence of the note count."""

    looks_at = frozenset({"contraception", "pregnancy", "sex", "age"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        methods: dict[str, list[str]] = rules()["childbearing"]["methods"]
        words = leaf.term.lower().split()
        named = [w for name, said in methods.items() if name in words for w in said]
        self.method = tuple(named) if not setting.wanted else ()
        self.pills = self._drugs(words) if not setting.wanted else frozenset()
        before = setting.protocol.text[max(0, leaf.start - 60) : leaf.start] if setting.protocol is not None else ""
        said = frozenset(re.split(r"[.;\n]\s", before.lower())[-1].split())
        table = rules()["childbearing"]
        self.willing = not said.isdisjoint(table["willing"])
        self.unwilling = not said.isdisjoint(table["unwilling"]) and not setting.wanted

    def _drugs(self, words: list[str]) -> frozenset[str]:
        """The drugs that are the method which is asked for: "hormonal contraceptives" asks for a Seasonale, too."""
        table: dict[str, list[str]] = rules()["childbearing"]["drugs"]
        of = self.setting.terminology.descendants
        drugs = frozenset().union(*(of(id) for name in ("hormonal", "oral") if name in words for id in table[name]))
        return drugs.difference(*(of(id) for id in table["not_swallowed"])) if "oral" in words else drugs

    def reach(self) -> frozenset[str]:
        return super().reach() | self.pills

    def asks(self) -> str:
        return "ask: contraception"

    def _wide(self, fact: Fact, index: Index) -> bool:
        """A denial of contraception altogether, in whose sentence no method is named."""
        named: dict[str, list[str]] = rules()["childbearing"]["methods"]
        said = index.quote(fact).lower()
        return not any(w in said for words in named.values() for w in words)

    def evaluate(self, index: Index, spared: frozenset[str] = frozenset()) -> Outcome:
        facts = [
            f
            for f in index.by_kind.get("contraception", ())
            if f.assertion in ("present", "historical", "absent", "declined")
        ]
        facts += [f for f in index.of(self.ids) if f.kind != "contraception"]
        unneeded = abstinent(index)
        if unneeded is not None:
            return self.outcome(
                "not_met" if self.method else "met",
                "documented" if self.method else "not_applicable",
                f"not needed: “{unneeded.text}”{dated(unneeded)}",
                "contraception.abstinent",
                facts=(unneeded,),
            )
        if self.method:
            # "oral contraceptives" asks for these, not for any way of preventing pregnancy
            denied = [f for f in facts if f.assertion == "absent" and self._wide(f, index)]
            told = [f for f in facts if any(w in index.quote(f).lower() for w in self.method)]
            taken = [f for f in index.of(self.pills) if f.kind == "medication" and f.assertion == "present"]
            facts = told or taken or denied
        if facts:
            fact = max(facts, key=lambda f: (day(f), f.start))
            yes = fact.assertion in ("present", "historical") and fact.status != "past"
            if not yes and (self.willing or self.unwilling):
                # who uses none may well agree to
                return self.open(
                    f"“{fact.text}”{dated(fact)} is of today, and no word on what she is willing to use",
                    "contraception.willing",
                    facts=(fact,),
                    needs=self.asks(),
                )
            return self.outcome(
                "met" if yes and not self.unwilling else "not_met",
                "documented",
                f"“{fact.text}”{dated(fact)}",
                "contraception.documented",
                facts=(fact,),
            )
        cannot = barren(index) if male(index) is None else childhood(index)
        if cannot is None:
            return self.silent
        favourable: Truth = "met" if self.setting.wanted else "not_met"
        return self.not_applicable(cannot, "contraception.cannot", favourable, neutral=True)
