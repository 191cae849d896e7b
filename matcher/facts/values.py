"""Values, units and reference ranges bound to what was measured, across the usual layouts of notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.facts import (
    gaps,
    later_values,
    layouts,
    lookalikes,
    multiples,
    rates,
    references,
    shares,
    sided,
    skeletons,
    steps,
    tables,
    timed,
)
from matcher.facts.fit import BARE, Anchor, Fit, lasts
from matcher.facts.gaps import LATER, LIST, linked, loosely
from matcher.facts.page import Draft, Page, Sentence, Taken
from matcher.facts.results import Results
from matcher.model import Assertion, Mention, Quantity
from matcher.ner import quantities
from matcher.ner.quantities import Number, halves, is_pressure, pressures

if TYPE_CHECKING:
    from matcher.terms import Terminology

_REACH = 90
"""Characters between a measure and its value."""
_WORDS = tables.toml("values")
_FLAGS = frozenset(_WORDS["flags"])
_ARROW = re.compile(r"\s?(?:-{1,2}>|→|⟶)\s?")
_WISHED = re.compile(rf"(?<!\bat\s)(?:{tables.words(_WORDS['wished'])})\s(?:an?\s|her\s|his\s|the\s)?$", re.IGNORECASE)
"""Before a measure whose number is what is aimed at, and no value ("goal A1c < 7", "transfuse for Hgb < 7")."""
_DIGIT = re.compile(r"\d")
_PRIOR = re.compile(rf"(?:{tables.words(_WORDS['prior'])})[\s,:=(]*(?:of|was|a|value)?[\s(]*$", re.IGNORECASE)
_VOID = re.compile(rf"(?<!\bnot\s)(?<!\bno\s)(?<!\bnon[- ])(?:{tables.words(_WORDS['rejected'])})", re.IGNORECASE)
_REPEAT = re.compile(tables.words(_WORDS["repeat"]), re.IGNORECASE)
_AT_TIMES = re.compile(r"(?:\s?(?:,|/|&|and)\s?\d{1,2}){1,3}\s?(?:min|mins|minutes|h|hours)\b", re.IGNORECASE)
_UNDER = re.compile(rf"^\s(?:{tables.words(_WORDS['under'])})(?=[\s,;.)])", re.IGNORECASE)
"""Under what a value was taken, right behind it: "88% RA on arrival"."""
_JOIN = re.compile(r"^\s*(?:,|/|&|and|or|, and|,\s?and|as well as)\s*(?:the|his|her|serum)?\s*$", re.IGNORECASE)
_LEFT = re.compile(rf"^[\s-]*(?:(?:{tables.words(_WORDS['left'])})[\s-]*){{0,3}}$", re.IGNORECASE)
_CLOSED = re.compile(r"\s?[)\]]\s?[,;]")
_SEMICOLON = re.compile(r"\b[A-Z][A-Za-z/]{0,12}; ?\d[\d./]*\s?\w{0,5},")
_CLONE = re.compile(r"\(\s?[A-Z]{0,3}\d{1,3}[-A-Z]?\w{0,5}(?:\s\w{1,12}){0,2}\s?\)")
_METHOD = re.compile(r"^\s?\(\s?[A-Za-z][A-Za-z., -]{0,24}\)(?=\s?(?:[:=]|of\b|was\b|is\b|at\b|\d|$))")
"""How it was measured, behind the measure: "Prostate volume (TRUS): 60 mL"."""
_CROSS = frozenset("xX×")
_TUBED = re.compile(r"T(?!\w)").match
"""Of a coma scale: the patient has a tube ("GCS 7T")."""
_PLUS = re.compile(r"\s?\+(?![\s\d]*\d)")


class Values:
    """Binds numbers and results to the measures of a sentence."""

    def __init__(self, terminology: Terminology) -> None:
        self.fit = Fit(terminology)
        self.results = Results(terminology)

    def read(self, page: Page, sentence: Sentence) -> None:
        """Add the drafts of all measures of a sentence; mentions that are measures are consumed."""
        if sentence.numbers:
            layouts.of_person(self, page, sentence)
        anchors = self._anchors(page, sentence)
        used: set[int] = set()
        for hit in page.phrases.of("pair", sentence.start, sentence.end):
            if layouts.pair(self, page, sentence, hit, used):
                anchors = [a for a in anchors if a.end <= hit.start or a.start >= hit.end]
        if not anchors:
            if sentence.numbers and page.last_value is not None:
                layouts.again(self, page, sentence)
            return
        inside = [(a.start, a.end) for a in anchors]
        numbers = [n for n in sentence.numbers if not _within(n, inside)]
        at = 0
        while at < len(anchors):
            group = [anchors[at]]
            while at + len(group) < len(anchors) and len(group) < 8:
                follower = anchors[at + len(group)]
                gap = page.text[group[-1].end : follower.start]
                if len(gap) < 16 and _JOIN.match(gap) and not self.results.holds(group[-1]):
                    group.append(follower)
                else:
                    break
            at += len(group)
            stop = anchors[at].start if at < len(anchors) else sentence.end
            self._group(page, sentence, group, numbers, stop, used)

    def _anchors(self, page: Page, sentence: Sentence) -> list[Anchor]:
        found = [self.fit.anchor(m, page.text) for m in sentence.mentions if self.fit.is_measure(m)]
        if sentence.numbers:
            found += [a for m in sentence.mentions if m.type == "condition" and (a := self.fit.finding(m)) is not None]
        numbered = (sentence.numbers or not sentence.mentions) and _DIGIT.search(
            page.text, sentence.start, sentence.end
        )
        if numbered or self.fit.stepped(page.text, sentence.start, sentence.end):
            # what a network alone takes for a name ("Ht", "Na 140") is none beside a number
            taken = Taken((m.start, m.end) for m in sentence.mentions if m.concept is not None or m.source != "model")
            low, high = sentence.start, sentence.end
            for start, end, concept in self.fit.symbols(page.text, low, high) + self.fit.glued(page.text, low, high):
                name = Mention(start, end, page.text[start:end], "measurement", concept)
                if lookalikes.read(page.text, name) is not None and taken.take(start, end):
                    found.append(Anchor(start, end, self.fit.op(name), concept))
        found.sort(key=lambda a: a.start)
        return [a for at, a in enumerate(found) if not (at and self._of_scale(page.text, found[at - 1], a))]

    def _of_scale(self, text: str, scale: Anchor, step: Anchor) -> bool:
        """ "Hoehn-Yahr Stage I": the stage is a step of the scale that is named right before it."""
        own = scale.kind in ("score", "stage") and scale.concept is not None and scale.concept.id not in BARE
        bare = step.concept is not None and step.concept.id in BARE
        return own and bare and step.start - scale.end < 3 and not text[scale.end : step.start].strip(" :-")

    def _group(
        self, page: Page, sentence: Sentence, group: list[Anchor], numbers: list[Number], stop: int, used: set[int]
    ) -> None:
        last = group[-1]
        region = [n for n in numbers if last.end <= n.start < stop and n.start not in used]
        if page.text[last.end : last.end + 1].isdigit() and (near := quantities.at(page.text, last.end, stop)):
            region = [near, *(n for n in region if n.start >= near.end)]
        if len(group) > 1 and region:
            shared = shares.share(self, page, group, region, used)
            if shared:
                return
        for anchor in group[:-1]:
            self.results.read(page, sentence, anchor, last.end, stop, group)
        if timed.read(page, sentence, last):
            used.update(n.start for n in region)
            return
        drafts = self._step(page, sentence, last, stop, numbers, used) or self._after(page, last, region, stop, used)
        if not drafts:
            drafts = self._before(page, sentence, last, numbers, used)
        if not drafts and (twice := multiples.worded(page.text, last.end, stop)) is not None:
            place, kind = (last.start, last.end), last.kind if last.kind != "condition" else "measurement"
            drafts = [Draft(kind, last.start, twice.end, last.concept, twice, rule="value.after", anchor=place)]
        sided.ahead(page, sentence, drafts, last.start)
        if drafts and drafts[-1].rule == "value.after":
            drafts += later_values.worded(page, [*sentence.drafts, *drafts], stop)
        if drafts and _WISHED.search(page.text, sentence.start, group[0].start):
            for draft in drafts:
                draft.assertion = "hypothetical"
        for draft in drafts:
            specimen = self.fit.specimen(
                page, sentence, draft.concept, draft.quantity.start if draft.quantity else draft.start
            )
            if specimen is not None and draft.concept is not None:
                draft.concept, draft.qualifiers = (
                    self.fit.elsewhere(draft.concept, specimen),
                    (*draft.qualifiers, specimen),
                )
            page.add(draft)
        page.last_value = (sentence, drafts[-1]) if drafts else page.last_value
        if not drafts and last.mention is not None and last.mention.type == "condition":
            return
        if not drafts and self.fit.only_with_value(last, page.text):
            self.results.read(page, sentence, last, last.end, stop, group, numbers=True)
            return
        if not drafts or last.kind in ("biomarker",):
            self.results.read(page, sentence, last, last.end, stop, group, numbers=bool(drafts))
        if not drafts and region:
            self._after_word(page, sentence, last, region)

    def _after_word(self, page: Page, sentence: Sentence, anchor: Anchor, region: Sequence[Number]) -> None:
        """ "PSA undetectable until 2023, now 0.34": the value that a result in words turned into."""
        word = sentence.drafts[-1] if sentence.drafts else None
        if word is None or word.rule != "result.after" or word.anchor != (anchor.start, anchor.end):
            return
        for number in region:
            if number.start > word.end and later_values.came_to(page.text, (anchor.start, word.end), number):
                quantity = self.fit.quantity(anchor, number)
                if quantity is not None:
                    word.assertion, word.rule = "historical", "value.past"
                    page.add(self.draft(anchor, number, quantity, "value.after"))
                    return

    def _step(
        self, page: Page, sentence: Sentence, anchor: Anchor, stop: int, numbers: Sequence[Number], used: set[int]
    ) -> list[Draft]:
        """ "NYHA class II-III", "stage IIIB", "Child-Pugh A5": a step of a score or stage."""
        if anchor.kind not in ("score", "stage"):
            return []
        concept = anchor.concept
        step = steps.read(page.text, anchor.end, stop, concept)
        if step is None:
            return []
        used.update(n.start for n in numbers if step.start <= n.start < step.end)
        if concept is not None and concept.id in BARE:
            decided, scale = steps.owner(page.text, anchor.start, step.end, sentence.start, sentence.end)
            if decided and scale is None:
                return []
            concept = self.fit.scale(scale) if scale else concept
        drafts = [
            Draft(
                "stage" if anchor.kind == "stage" else "score", anchor.start, step.end, concept, step.quantity,
                step.text, rule="value.step", type="measurement", anchor=(anchor.start, anchor.end),
            )
        ]  # fmt: skip
        arrow = _ARROW.match(page.text, step.end, stop)
        anew = arrow.end() if arrow is not None else later_values.led(page.text, step.end, stop)
        if anew is not None:
            later = steps.read(page.text, anew, stop, concept, bare=True)
            if later is not None and later.start == anew:
                # "NYHA III -> I after resynchronization", "NYHA IV at admission, now I"
                used.update(n.start for n in numbers if later.start <= n.start < later.end)
                drafts[0].assertion, drafts[0].rule = "historical", "value.past"
                now = replace(drafts[0], end=later.end, quantity=later.quantity, result=later.text, assertion=None)
                return [*drafts, replace(now, rule="value.step")]
        for number in numbers:
            gap = page.text[step.end : number.start] if step.end < number.start < stop else ""
            if not gap or number.unit is not None or not (LATER.match(gap) or gaps.moment(gap) is not None):
                continue  # "ECOG was 1 at diagnosis; at present 2"
            later = steps.read(page.text, number.start, stop, concept, bare=True)
            if later is not None:
                used.add(number.start)
                drafts[0].assertion, drafts[0].rule = "historical", "value.past"
                drafts.append(
                    replace(
                        drafts[0], end=later.end, quantity=later.quantity, result=later.text, assertion=None,
                        rule="value.step",
                    )
                )  # fmt: skip
                break
        return drafts

    def of_term(self, page: Page, draft: Draft) -> list[Draft]:
        """The values of a protocol's own measure ("CAG repeat length: 45")."""
        sentence = page.sentence_at(draft.end - 1)
        if draft.kind not in ("measurement", "score") or sentence is None:
            return []
        anchor = Anchor(draft.start, draft.end, draft.kind, draft.concept)
        often = rates.of(page.text, draft.start, draft.end, sentence.start, sentence.end)
        if often is not None:
            return [replace(draft, quantity=often)]
        numbers = quantities.scan(page.text, sentence.start, sentence.end)
        if not numbers:
            found = self.results.of_term(page, sentence, draft)
            return [found] if found is not None else []
        sentence = replace(sentence, numbers=numbers)
        anchor = replace(anchor, lasts=lasts(page.text[draft.start : draft.end]))
        region = [n for n in sentence.numbers if n.start >= draft.end]
        drafts = self._after(page, anchor, region, sentence.end, set())
        drafts = drafts or self._before(page, sentence, anchor, sentence.numbers, set())
        drafts = drafts or layouts.size_of(page, sentence, anchor)
        for found in drafts:
            found.source, found.qualifiers = draft.source, (*found.qualifiers, *draft.qualifiers)
        return drafts

    def stages(self, page: Page) -> None:
        """Add T, N and M of every TNM formula and the values of every skeleton, and have the sentences made that hold a
        vital sign like "HR52"."""
        skeletons.read(page, self.fit)
        for start, end in page.phrases.glued:
            if self.fit.glued(page.text, start, end + 1):
                page.sentence_at(start)
        for start, end, scale, step in steps.tnm(page.text) if page.phrases.staged else ():
            page.add(
                Draft("stage", start, end, self.fit.scale(scale), result=step, rule="value.tnm", type="measurement")
            )

    def _after(self, page: Page, anchor: Anchor, region: Sequence[Number], stop: int, used: set[int]) -> list[Draft]:
        """Values to the right of a measure, with what stands between them: past, later, reference range."""
        text = page.text
        drafts: list[Draft] = []
        at = gaps.behind_when(text, anchor.end)
        skipped = False
        region = gaps.spanned(text, region)
        moment: int | None = None
        for number in region:
            if number.start in used or number.start < at:
                continue
            if number.start - at > _REACH:
                break
            if number.joined and (drafts or number.start - 1 != anchor.end or text[anchor.end - 1].isdigit()):
                continue
            if anchor.kind == "biomarker" and number.unit is None and _PLUS.match(text, number.end):
                continue
            times = None
            if number.unit is None and (number.word or text[number.end : number.end + 1] in _CROSS):
                times = multiples.of(text, number.quantity())  # "five times the upper limit", "4x normal"
                times = times if times is not None and times.unit is not None else None
            behind = text[number.end : number.end + 1].isalpha() and times is None
            if number.unit is None and behind and not _TUBED(text, number.end):
                continue  # "22C3" is a clone, "3.4x ULN" none
            if drafts and number.unit is None and _AT_TIMES.match(text, number.end):
                continue  # "6 and 9 at 1 and 5 minutes"
            gap = text[at : number.start]
            if not drafts and gap[:1] == "+" and anchor.end - anchor.start < 3:
                gap = gap.lstrip("+")  # "K+ 5.8", "Ca++ 9.1"
            if len(gap) > 3:
                gap = _METHOD.sub(" ", _CLONE.sub(" ", gaps.DATE.sub(" ", gap)))
                gap = gap if drafts or linked(gap) else gaps.without_times(gap)
            side, gap = sided.between(gap)
            gap = _UNDER.sub("", gap) if drafts else gap
            came = later = False
            if drafts and (gaps.counts(gap) or gaps.dated(text, number)):
                continue  # "60 on day 3", "2.6 (2/10)"
            if drafts and references.read(text, drafts, gap, number):
                used.add(number.start)
                at = number.end
                continue
            if (
                number.unit is None
                and anchor.mention
                and anchor.mention.type == "condition"
                and not is_pressure(number)
                and not self.fit.levelled(anchor.mention)
            ):
                break
            if (
                stop < page.sentence_end(anchor.end)
                and number.unit in (None, "%")
                and gaps.of_next(text, gap, number, stop)
            ):
                break
            if not drafts and _CLOSED.match(gap):
                break
            if not drafts and gap.strip() == ";" and len(_SEMICOLON.findall(text, *_line(text, anchor.start))) > 1:
                gap = ":"
            if self.fit.is_difference(anchor, gap, bool(drafts)):
                break  # "decreased by 23 kg", "149 pounds, which is up 2 pounds"
            if not drafts:
                if not linked(gap) and not ((number.unit is not None or is_pressure(number)) and loosely(gap)):
                    break
            elif (moment := gaps.moment(gap)) is not None or later_values.both_dated(text, at, number):
                pass  # "126 on admission, 136 at discharge"; "101.5 F last night, 99.0 F this morning"
            elif (later := later_values.came_to(text, (anchor.start, at), number)) or (
                came := gaps.turned(gap, text, number.end, [m.start for m in self._drugs(page, at, number.start)], at)
            ):
                before = drafts[-1].quantity
                number = replace(number, unit=number.unit or (before.unit if before is not None else None))
            elif len(gap) > 6 and number.unit is None and drafts[-1].quantity and drafts[-1].quantity.unit:
                if not (_later(gap) or _PRIOR.search(gap) or self._repeated(gap)):
                    break
            elif later_values.passed(text, at, number, [m.end for m in self._drugs(page, at, number.start)]):
                continue  # "2.8, s/p KCl 60, recheck 3.6"; "118 on arrival, after 2 L NS 88"
            elif not (LIST.match(gap) or _later(gap) or _PRIOR.search(gap) or self._repeated(gap)):
                break
            if "\n" in gap and gap.count("\n") > 1:
                break
            if number.end > stop:
                # "K 4.2 Cl 101": what looks like a unit is the next measure.
                number = replace(number, unit=None, end=number.number_end)
            number = layouts.column_unit(text, number, stop)
            if is_pressure(number) and self.fit.is_pressure(anchor):
                drafts += self.pressure(anchor, number, text)
                used.add(number.start)
                at = number.end
                continue
            if gaps.splits(text, number, gap):
                past, now = (self.fit.quantity(anchor, half) for half in halves(text, number))
                if past and now:
                    drafts.append(self.draft(anchor, number, past, "value.past", "historical"))
                    drafts.append(self.draft(anchor, number, now, "value.after"))
                    used.add(number.start)
                    at = number.end
                    continue
            named = self.fit.part(anchor, number)
            quantity = times or self.fit.quantity(named, number)
            if quantity is None and number.unit in _FLAGS and references.takes(named.concept, number):
                # "9.0  L  12.0-16.0": low, and no litres
                number = replace(number, unit=None, end=number.number_end)
                quantity = self.fit.quantity(named, number)
            if quantity is None:
                if not skipped and not drafts and number.unit is not None:
                    # "hemoglobin 2 days ago was 8.1"
                    at, skipped = number.end, True
                    continue
                if drafts:
                    continue
                break
            assertion: Assertion | None = None
            if drafts:
                between = text[at : number.start]
                if _VOID.search(between) or _VOID.search(text, drafts[-1].end, number.start):
                    drafts[-1].assertion, drafts[-1].rule = "retracted", "value.rejected"
                elif moment == gaps.DATED:
                    pass
                elif not later and (
                    gaps.before(moment, text, number.end)
                    if moment is not None
                    else _PRIOR.search(gap) or gaps.earlier(text, number.end) or (came and gaps.once(gap))
                ):
                    assertion = "historical"
                elif (came or later or moment is not None or _later(gap)) and drafts[-1].time is None:
                    drafts[-1].assertion, drafts[-1].rule = "historical", "value.past"
            elif _PRIOR.search(gap) and re.search(r"\bfrom\b", gap, re.I):
                assertion = "historical" if len(region) > 1 else None
            draft = self.draft(named, number, quantity, "value.past" if assertion else "value.after", assertion)
            drafts.append(draft)
            used.add(number.start)
            at = number.end
            if side is None and (after := sided.behind(text, number.end, stop)) is not None:
                side, at = after
                draft.end = at
            if side is not None:
                draft.qualifiers = (side,)
            elif draft.result is None:
                draft.result = references.flag(text, number.end, draft)
        if drafts:
            tail = text[drafts[-1].end : min(stop, drafts[-1].end + 60)]
            void = _VOID.search(tail)
            if (
                void
                and ";" not in tail[: void.start()]
                and not gaps.disease(tail, void)
                and drafts[-1].rule != "value.rejected"
            ):
                drafts[-1].assertion, drafts[-1].rule = "retracted", "value.rejected"
        return drafts

    @staticmethod
    def _drugs(page: Page, start: int, end: int) -> list[Mention]:
        """The drugs between two numbers of a sentence."""
        sentence = page.sentence_at(start)
        return [m for m in sentence.mentions if m.type == "drug" and start <= m.start < end] if sentence else []

    def _repeated(self, gap: str) -> bool:
        return len(gap) < 70 and bool(_REPEAT.search(gap) or _VOID.search(gap))

    def _before(
        self, page: Page, sentence: Sentence, anchor: Anchor, numbers: Sequence[Number], used: set[int]
    ) -> list[Draft]:
        """ "An estimated 60% ejection fraction": a number with a unit right before its measure."""
        for number in reversed(numbers):
            if number.end > anchor.start or number.start in used:
                continue
            gap = page.text[number.end : anchor.start]
            share = anchor.kind == "score" and "/" in page.text[number.start : number.end]
            valued = number.unit is not None or share or self.fit.counts(anchor, page.text, gap)
            if len(gap) > 30 or not valued or not _LEFT.match(gap):
                break
            anchor = self.fit.part(anchor, number)
            quantity = self.fit.quantity(anchor, number)
            if quantity is None or self.fit.is_duration(number):
                break
            used.add(number.start)
            return [self.draft(anchor, number, quantity, "value.before")]
        return []

    def pressure(self, anchor: Anchor, number: Number, text: str) -> list[Draft]:
        """The systolic and the diastolic part of "120/80"."""
        parts = zip((self.fit.systolic, self.fit.diastolic), pressures(text, number), strict=True)
        return [
            Draft(
                "measurement",
                anchor.start,
                number.end,
                concept,
                quantity,
                rule="value.pressure",
                anchor=(anchor.start, anchor.end),
                type="measurement",
            )
            for concept, quantity in parts
        ]

    def draft(
        self, anchor: Anchor, number: Number, quantity: Quantity, rule: str, assertion: Assertion | None = None
    ) -> Draft:
        start = min(anchor.start, number.start)
        kind = anchor.kind if anchor.kind in ("score", "stage", "biomarker") else "measurement"
        return Draft(
            kind,
            start,
            max(anchor.end, number.end),
            anchor.concept,
            quantity,
            result=self.fit.result(anchor, number),
            assertion=assertion,
            rule=rule,
            type="measurement",
            anchor=(anchor.start, anchor.end),
        )


def _later(gap: str) -> bool:
    """Whether the value behind a gap is the later one."""
    return LATER.match(gap) is not None or gaps.follows(gap)


def _line(text: str, at: int) -> tuple[int, int]:
    """The line around ``at``."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def _within(number: Number, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= number.start < end for start, end in spans)
