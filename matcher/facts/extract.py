"""Notes to facts: sections, mentions, sentences, values, assertion and time, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from matcher.facts import behaviour, demographics, drugs, lists, qualifiers, sizes, tables, time
from matcher.facts.page import KIND_OF_TYPE, TYPE_OF_KIND, Draft, Page, Sentence
from matcher.facts.parts import moved, parts
from matcher.facts.search import Search
from matcher.facts.time import TimeExpr
from matcher.facts.values import Values
from matcher.model import Assertion, Fact, Interval, Mention, Note, Op, Span
from matcher.ner import assertion

if TYPE_CHECKING:
    from matcher.ner import Recogniser
    from matcher.terms import Terminology

MAX_QUOTE = 400
"""Longer sentences are quoted around the mention."""
_CLAUSE = 160
_REACH = 1500
"""Characters of a sentence that assertion looks at around its mentions: run-on text stays linear."""
_NEGATED = {
    "high": "normal",
    "low": "normal",
    "abnormal": "normal",
    "positive": "negative",
    "detected": "not_detected",
    "amplified": "not_amplified",
    "mutated": "wild_type",
    "rearranged": "not_rearranged",
}


class Wanted(Protocol):
    """A protocol's own term (`matcher.criteria.wanted`)."""

    @property
    def term(self) -> str: ...


class Extractor:
    """Facts of notes. Built once for a recogniser, a terminology and the protocols' own terms."""

    def __init__(self, recogniser: Recogniser, terminology: Terminology, wanted: Iterable[Wanted | str] = ()) -> None:
        self.recogniser = recogniser
        self.terminology = terminology
        self.values = Values(terminology)
        self.search = Search(wanted, terminology)
        self.not_findings: frozenset[str] = frozenset(tables.toml("concepts")["not_findings"])

    def facts(self, notes: Sequence[Note]) -> tuple[Fact, ...]:
        """All facts of the notes, in note order, then offset order; structured facts follow their note's text."""
        found: list[Fact] = []
        cut = [(note, offset, part) for note in notes for offset, part in parts(note)]
        read = self.recogniser.mentions(part.text for _, _, part in cut)
        for at, ((note, offset, part), mentions) in enumerate(zip(cut, read, strict=True)):
            found += [moved(fact, offset) for fact in self.note(part, mentions)]
            if at + 1 == len(cut) or cut[at + 1][1] == 0:
                found += note.structured
        return tuple(found)

    def note(self, note: Note, mentions: list[Mention]) -> list[Fact]:
        """The facts of one note, given its mentions."""
        page = Page(note, mentions)
        demographics.read(page)
        behaviour.read(page)
        lists.read(page)
        drugs.touch(page)
        self.values.stages(page)
        for sentence in page.sentences():
            self._sentence(page, sentence)
        for draft in self.search.find(page):
            for found in self.values.of_term(page, draft) or (draft,):
                page.add(found)
        facts: list[Fact] = []
        for sentence in page.sentences():
            if sentence.drafts:
                facts += _finish(page, sentence)
        facts.sort(key=lambda f: (f.start, f.end, f.kind, f.rule, f.concept.id if f.concept else ""))
        return _unique(facts)

    def _sentence(self, page: Page, sentence: Sentence) -> None:
        """Drafts of the mentions of one sentence."""
        medications = [m for m in sentence.mentions if m.type == "drug"]
        if medications:
            drugs.read(page, sentence, medications)
        else:
            drugs.allergies_only(page, sentence)
        self.values.read(page, sentence)
        findings: list[Draft] = []
        for at, mention in enumerate(sentence.mentions):
            if mention.type == "drug" or (mention.concept is None and mention.text.lower() in self.not_findings):
                continue
            if self.values.fit.is_measure(mention):
                implied = self.values.fit.implied(mention.concept, mention.text)
                if implied is not None:
                    page.add(Draft("condition", mention.start, mention.end, implied, rule="mention.implied"))
                continue
            if sentence.section == "allergies" and mention.type == "condition" and "allerg" not in mention.text.lower():
                # What the allergen did, not what the patient has.
                continue
            kind: Op = KIND_OF_TYPE.get(mention.type, "other")
            if self.values.fit.kind(mention.concept) == "behaviour":
                kind = "behaviour"
                if any(d.kind == "behaviour" for d in sentence.drafts) or behaviour.other(page, mention):
                    continue
            low = sentence.mentions[at - 1].end if at else sentence.start
            high = sentence.mentions[at + 1].start if at + 1 < len(sentence.mentions) else sentence.end
            finding = Draft(
                kind,
                mention.start,
                mention.end,
                mention.concept,
                rule="mention",
                source=mention.source,
                type=mention.type,
                qualifiers=qualifiers.of(page.text, page.phrases, low, mention.start, mention.end, high),
            )
            findings.append(finding)
            page.add(finding)
        if sentence.numbers and findings:
            sizes.read(page, sentence, findings)


def _finish(page: Page, sentence: Sentence) -> list[Fact]:
    """Assertion and time of a sentence's drafts; drafts become facts."""
    text, note = page.text, page.note
    drafts = sorted(sentence.drafts, key=lambda d: (d.start, d.end, d.rule))
    facts: list[Fact] = []
    at = 0
    while at < len(drafts):
        # A sentence of many thousand characters is no sentence: it is read in windows.
        first = drafts[at]
        batch = [first]
        while at + len(batch) < len(drafts) and drafts[at + len(batch)].start - first.start < _REACH:
            batch.append(drafts[at + len(batch)])
        at += len(batch)
        start = max(sentence.start, first.start - _REACH)
        span = Span(start, max(min(sentence.end, max(d.end for d in batch) + _REACH), start))
        places = [_place(draft) for draft in batch]
        kinds = [draft.type or TYPE_OF_KIND.get(draft.kind, "observation") for draft in batch]
        contexts = assertion.assess(text, span, places, sentence.area, kinds)
        spoken = [_spoken(draft, place) for draft, place in zip(batch, places, strict=True)]
        expressions = (
            time.find(text, span.start, span.end, note.date, page.phrases.tells)
            if page.timely(span.start, span.end)
            else []
        )
        for draft, context, place in zip(batch, contexts, spoken, strict=True):
            if expressions and draft.time is None and draft.kind not in ("age", "sex", "administrative"):
                others = [p for p in spoken if p != place]
                _date(draft, time.attach(text, place, expressions, span, others))
            facts.append(_fact(page, sentence, draft, context))
    return facts


def _place(draft: Draft) -> tuple[int, int]:
    """What the assertion speaks of. A phrase that brings its own cue must not hide it from the others beside it."""
    if draft.anchor is not None:
        return draft.anchor
    return (draft.end - 1, draft.end) if draft.assertion is not None else (draft.start, draft.end)


def _spoken(draft: Draft, place: tuple[int, int]) -> tuple[int, int]:
    """The place that a date beside it would date: the value where there is one."""
    if draft.said_at is not None:
        return draft.said_at
    if (
        draft.quantity is not None
        and draft.kind not in ("medication", "condition", "procedure")
        and draft.quantity.end > draft.quantity.start
    ):
        return draft.quantity.start, draft.quantity.end
    return place


def _date(draft: Draft, found: TimeExpr | None) -> None:
    """What a time beside a draft says of it: when it was, since when, until when, or when it was changed."""
    if found is None or found.interval is None:
        return
    interval = found.interval
    measured = draft.quantity is not None and draft.kind in ("measurement", "score", "biomarker", "stage")
    if found.kind == "duration" and (measured or draft.kind == "behaviour"):
        return
    if draft.rule == "drug.changed":
        draft.changed = interval
    elif draft.rule in ("drug.stopped", "drug.held", "behaviour.tobacco", "behaviour.alcohol", "behaviour.drugs"):
        # The day it ended is when it last was.
        draft.time = Interval(interval.end, interval.end) if found.kind in ("until", "range") else interval
        if draft.rule.startswith("behaviour") and draft.result != "former":
            draft.time = None
    elif draft.rule == "drug.started" and found.kind in ("date", "relative"):
        draft.time = Interval(interval.start, None)
    else:
        draft.time = interval


def _fact(page: Page, sentence: Sentence, draft: Draft, context: assertion.Context) -> Fact:
    text, note = page.text, page.note
    said, result = _settle(draft, context)
    experiencer = "patient" if draft.kind in ("age", "sex") else draft.experiencer or context.experiencer
    kind = draft.kind
    if experiencer != "patient" and kind == "condition":
        kind = "family_history"
    elif kind == "medication" and context.allergy:
        kind = "allergy"
    marks = draft.qualifiers
    if (
        draft.source == "protocol"
        and said in ("present", "historical")
        and "partial" in marks
        and draft.quantity is None
    ):
        # Less than the protocol's term is said: it may hold.
        said = "possible"
    if context.stale:
        marks = (*marks, "copied forward")
    quote = draft.quote or _quote(text, sentence, draft)
    return Fact(
        kind,
        text[draft.start : draft.end],
        draft.start,
        draft.end,
        note.note_id,
        draft.concept,
        said,
        experiencer,
        draft.cue or context.cue,
        draft.quantity,
        result,
        draft.time,
        draft.status or context.status,
        draft.changed,
        marks,
        sentence.section,
        note.date,
        quote[0],
        quote[1],
        rule=draft.rule,
        source=draft.source,
    )


def _settle(draft: Draft, context: assertion.Context) -> tuple[Assertion, str | None]:
    """The draft's own assertion against that of its surroundings, and the result that both give."""
    result, own, said = draft.result, draft.assertion, context.assertion
    measured = draft.kind in ("measurement", "biomarker", "score", "stage")
    if draft.kind in ("age", "sex", "administrative") or draft.rule.startswith("list."):
        return own or said, result
    if context.experiencer != "patient" and said == "family":
        return said, result
    if own is not None:
        overruled = said == "hypothetical" or (
            said in ("retracted", "planned", "declined")
            and not draft.rule.startswith("result.")
            and own in ("present", "historical")
            and draft.quantity is None
        )
        return (said if overruled else own), result
    if draft.quantity is not None and measured:
        return ("present" if said in ("absent", "possible") else said), result
    if measured and context.result is not None and result is None:
        return "present", context.result
    if measured and result is not None and said == "absent":
        return "present", _NEGATED.get(result, result)
    if draft.kind == "pregnancy" and said == "absent" and result == "pregnant":
        return said, "negative"
    return said, result


def _quote(text: str, sentence: Sentence, draft: Draft) -> tuple[int, int]:
    """The sentence; of a very long one, the part around the mention."""
    start, end = sentence.start, max(sentence.end, draft.end)
    if end - start <= MAX_QUOTE:
        return start, end
    low, high = max(start, draft.start - _CLAUSE), min(end, draft.end + _CLAUSE)
    for mark in ("; ", ", ", " "):
        at = text.find(mark, low, draft.start)
        if low > start and at >= 0:
            low = at + len(mark)
            break
    if high < end:
        at = max(text.rfind(mark, draft.end, high) for mark in (";", ",", " "))
        high = at if at > 0 else high
    return low, high


def _unique(facts: list[Fact]) -> list[Fact]:
    """Without facts of one kind, concept and place said twice."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Fact] = []
    for fact in facts:
        key = (
            fact.kind,
            fact.start,
            fact.end,
            fact.concept.id if fact.concept else None,
            fact.result,
            fact.quantity,
            fact.qualifiers,
        )
        if key not in seen:
            seen.add(key)
            kept.append(fact)
    return kept
