"""Drafts become facts: assertion and time from what stands around them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from matcher import resources
from matcher.facts import (
    age_then,
    ages,
    allergies,
    carried_out,
    dated_line,
    dating,
    drugs,
    given_then,
    leads,
    multiples,
    operations,
    ruled_out,
    tables,
    ticked,
    time,
    unit_system,
)
from matcher.facts.page import TYPE_OF_KIND, Draft, Page, Sentence
from matcher.facts.phrases import Phrases
from matcher.facts.time import TimeExpr
from matcher.model import Assertion, Fact, Interval, Quantity, Span
from matcher.ner import assertion

MAX_QUOTE = 400
"""Longer sentences are quoted around the mention."""
_CLAUSE = 160
_PLACE = 24
_AT = re.compile(r"\s(?:to|of|in|on|at)\s(?:the\s)?(?:\w+\s)?", re.IGNORECASE)
_BY = re.compile(rf",?\s\(?(?:{tables.words(tables.toml('operations')['treats'])})\s(?:[\w-]+\s){{0,2}}", re.IGNORECASE)
"""Between what was treated and the operation."""
_NEXT = re.compile(r",\s(?:[a-z-]+\s){0,2}")
"""Between a disease and the operation that stands right behind it."""
_REACH = 1500
"""Characters of a sentence that assertion looks at around its mentions: run-on text stays linear."""
_MEASURED = ("measurement", "score", "biomarker")
_WHOLE = ("pregnancy.postpartum",)
"""Rules whose words are no cue for what stands beside them: the "post" of "post partum and hypertensive"."""
_NO_MENTION = ("sex.pronoun", "list.none", "list.unknown")
_DATED = frozenset({"condition", "procedure", "medication", "biomarker", "stage"})
"""Kinds that the time which leads a line dates."""
_TREATMENTS = ("procedure", "medication")
_DONE = frozenset({"procedure", "pregnancy"})
"""What is done once; "pregnancy" holds the operations after which there is none."""
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


class Found(NamedTuple):
    """A fact with the places by which its neighbours are read."""

    fact: Fact
    place: tuple[int, int]
    """What the assertion speaks of."""
    spoken: tuple[int, int]
    """What a date beside it would date."""


class Around(Protocol):
    """What else a note says."""

    def within(self, start: int, end: int) -> Sequence[Found]:
        """What begins in ``start:end``, in order."""
        ...

    def first(self, rule: str) -> Fact | None:
        """The first fact of a rule."""
        ...


class Listed:
    """What a note says, as a list in order."""

    def __init__(self, found: Sequence[Found]) -> None:
        self._found = found
        self._starts = [one.fact.start for one in found]

    def within(self, start: int, end: int) -> Sequence[Found]:
        return self._found[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def first(self, rule: str) -> Fact | None:
        return next((one.fact for one in self._found if one.fact.rule == rule), None)


def finish(
    page: Page,
    sentence: Sentence,
    drafts: Iterable[Draft],
    others: Sequence[Found] = (),
    alone: bool = False,
    asked: Callable[[Draft], bool] | None = None,
) -> list[Found]:
    """The facts of a sentence's ``drafts``. ``others``: what else the sentence says; it is read around, not again.
    ``alone``: the sentence is read by itself. ``asked``: the drafts whose facts are made; without it, all."""
    text = page.text
    phrases = page.near(sentence) if alone else page.phrases
    ordered = sorted(drafts, key=lambda d: (d.start, d.end, d.rule))
    # A pronoun that tells the sex is no mention, nor is an empty list: cues go through them ("set him up for",
    # "previously healthy" which makes nothing previous).
    found = [
        Found(_fact(page, sentence, d, assertion.Context()), (d.start, d.end), (d.start, d.end))
        for d in ordered
        if d.rule in _NO_MENTION
    ]
    drafts = [d for d in ordered if d.rule not in _NO_MENTION] if found else ordered
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
        near = [
            o for o in others if span.start <= o.place[0] and o.place[1] <= span.end and o.fact.rule not in _NO_MENTION
        ]
        places = [_place(draft) for draft in batch]
        kinds = [draft.type or TYPE_OF_KIND.get(draft.kind, "observation") for draft in batch]
        if near:
            around = [o.place for o in near]
            of = [TYPE_OF_KIND.get(o.fact.kind, "observation") for o in near]
            contexts = assertion.assess(text, span, [*places, *around], sentence.area, [*kinds, *of])
        else:
            contexts = assertion.assess(text, span, places, sentence.area, kinds)
        contexts = [
            ruled_out.read(text, ruled_out.own(text, c, d, batch), d.start, d.end, sentence.end)
            if d.kind == "condition"
            else c
            for c, d in zip(contexts, batch, strict=False)
        ] + contexts[len(batch) :]
        if any(c.assertion in ("planned", "hypothetical") for c in contexts):
            begins = [start for start, _ in places]
            contexts = [
                carried_out.read(text, c, d, begins) if d.kind in carried_out.KINDS else c
                for c, d in zip(contexts, batch, strict=False)
            ] + contexts[len(batch) :]
        spoken = [_spoken(draft, place) for draft, place in zip(batch, places, strict=True)]
        for lead in leads.of(page, sentence) if page.listed else ():
            contexts = [
                c if leads.tells(page, sentence, d.start) else _led(c, d, lead)
                for c, d in zip(contexts, batch, strict=False)
            ]
        for inline in leads.inline(page, sentence):
            contexts = [
                _led(c, d, inline[1]) if inline[0] <= d.start else c for c, d in zip(contexts, batch, strict=False)
            ]
        contexts = ticked.read(page, contexts, batch)
        told = [*spoken, *(o.spoken for o in near)]
        expressions = _times(page, span, phrases)
        if expressions:
            said: list[Draft | Fact] = [*batch, *(o.fact for o in near)]
            values = [one.quantity for one in said if one.quantity is not None and one.kind in _MEASURED]
            # "a platelet count of 2000" is no year
            expressions = [e for e in expressions if not any(q.start <= e.end - 1 < q.end for q in values)]
        acts: list[tuple[int, int]] = []
        if expressions:
            acts = [p for d, p in zip(batch, places, strict=True) if d.kind in _TREATMENTS]
            acts = sorted([*acts, *(o.place for o in near if o.fact.kind in _TREATMENTS)])
        led = dated_line.of(page, sentence) if batch else None
        for draft, context, own, place in zip(batch, contexts, places, spoken, strict=False):
            if asked is not None and not asked(draft):
                continue
            if expressions and draft.time is None and draft.kind not in ("age", "sex", "administrative"):
                rest = [p for p in told if p != place and not _where(page, p, place)]
                said_when = time.attach(text, place, expressions, span, rest)
                done = _treated(page, draft, acts) if said_when is None and acts else None
                if done is not None:
                    rest = [p for p in told if p != done and not _where(page, p, done)]
                    said_when = time.attach(text, done, expressions, span, rest)
                    said_when = said_when if said_when is not None and said_when.kind == "date" else None
                if said_when is None and draft.kind in _DONE:
                    said_when = time.behind_reason(text, place, expressions, span, rest)
                if said_when is None and draft.rule == "drug.stopped" and drugs.last(text[span.start : draft.start]):
                    # "last nivolumab 2023-12-04, stopped for progression"
                    said_when = time.attach(text, own, expressions, span, [p for p in told if p not in (place, own)])
                if said_when is None and draft.kind in _TREATMENTS and draft.status != "new":
                    said_when = given_then.dated(text, span, draft, expressions)
                if said_when is not None and given_then.over(text, span, draft, said_when, page.note.date):
                    draft.status, draft.assertion, draft.rule = "past", "historical", "drug.course"
                given = _given_last(text, span, draft, acts, expressions) if draft.kind == "medication" else []
                if given:
                    found += [Found(_fact(page, sentence, one, context), own, place) for one in given]
                    continue
                if said_when is not None and said_when.kind == "duration" and led is not None:
                    said_when = dated_line.lasted(led, said_when)
                if said_when is not None and said_when.kind == "since" and context.rule == "status_post":
                    context = replace(context, assertion="present")  # "treated for UTI since yesterday"
                others_of_it = dating.others(text, draft, said_when, expressions)
                found += [Found(_fact(page, sentence, other, context), own, place) for other in others_of_it]
                dating.put(draft, said_when)
                if draft.rule == "drug.stopped" and said_when is not None and dating.ahead(said_when, page.note.date):
                    # "letrozole until 2029"
                    draft.status, draft.assertion, draft.rule, draft.time = "current", "present", "drug.current", None
                if draft.rule == "drug" and said_when is not None and dating.then(text, said_when, page.note.date):
                    draft.status, draft.assertion = "past", "historical"  # "Percocet after surgery in 2019"
                if draft.kind == "medication" and said_when is not None and dating.over(said_when, page.note.date):
                    draft.status, draft.assertion = "past", "historical"
            if led is not None and draft.time is None and draft.ago is None and draft.kind in _DATED:
                dating.put(draft, led)
            found.append(Found(_fact(page, sentence, draft, context), own, place))
    return found


def _given_last(
    text: str, span: Span, draft: Draft, acts: Sequence[tuple[int, int]], expressions: Sequence[TimeExpr]
) -> list[Draft]:
    """A drug as of when it was given for the last time, and the course before that; nothing where that is not told."""
    stop = next((a for a, _ in acts if a >= draft.end), span.end)
    at = drugs.given_last(text, draft.end, stop)
    last = next((e for e in expressions if at is not None and 0 <= e.start - at <= 1), None)
    if last is None or last.interval is None or draft.rule == "drug.planned":
        return []
    final = replace(draft, rule="drug.last" if draft.rule != "drug.stopped" else draft.rule)
    if draft.rule == "drug.started":
        final.status = None
    dating.put(final, last)
    begun = time.attach(text, draft.said_at or (draft.start, draft.end), expressions, span, ())
    first = begun.interval.start if begun is not None and begun is not last and begun.interval is not None else None
    end = last.interval.start
    if draft.rule != "drug.started" or last.counted or first is None or end is None or first >= end:
        return [final]
    return [replace(draft, time=Interval(first, end), status=None), final]


def _where(page: Page, other: tuple[int, int], mention: tuple[int, int]) -> bool:
    """ "PCI to the RCA in August": what follows a preposition and has no name of its own is a place without date."""
    if not 0 < other[0] - mention[1] < _PLACE or not _AT.fullmatch(page.text, mention[1], other[0]):
        return False
    sentence = page.sentence_at(other[0])
    drafts = sentence.drafts if sentence is not None else ()
    return any(d.start == other[0] and d.concept is None and d.source == "model" for d in drafts)


def _treated(page: Page, draft: Draft, acts: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """ "STEMI with PCI in August 2023": the place of the operation by which something was treated."""
    if draft.kind != "condition":
        return None
    text = page.text
    for place in acts:
        if place[0] > draft.end and _BY.fullmatch(text, draft.end, place[0]):
            return place
        if place[0] > draft.end and _NEXT.fullmatch(text, draft.end, place[0]):
            return place if operations.cures(text[draft.start : draft.end], text[slice(*place)]) else None
    return None


def _led(context: assertion.Context, draft: Draft, lead: tuple[Assertion, frozenset[str]]) -> assertion.Context:
    """What the lead-in of a list says of an item of which nothing else is said."""
    if context.assertion != "present" or context.cue is not None or draft.kind not in lead[1]:
        return context
    if draft.status is not None or (draft.kind == "medication" and draft.quantity is not None):
        return context  # "Continue aspirin", "Atenolol 25 mg": a drug's own words tell of it
    return replace(context, assertion=lead[0], rule="lead")


def _times(page: Page, span: Span, phrases: Phrases) -> list[TimeExpr]:
    """The time expressions of a stretch; ages of the patient become years before the note."""
    text, day, age = page.text, page.note.date, page.age
    if day is None:
        found = time.undated(text, span.start, span.end, phrases.times)
    else:
        found = time.find(text, span.start, span.end, day, phrases.times)
    if any(expr.kind == "age" for expr in found):
        found = [expr for expr in found if expr.kind != "age" or not _now(page, expr)]
    sentence = page.sentence_at(span.start) if age is not None else None
    if age is not None and sentence is not None and (then := age_then.told(text, sentence.drafts, age, found)):
        found = sorted([*found, *then], key=lambda e: e.start)
    if not found:
        return found
    if age is None:
        return [_grown_up(e, day, text[max(span.start, e.start - 24) : e.end]) if e.kind == "age" else e for e in found]
    return [
        time.at_age(e, age, day, text[max(span.start, e.start - 24) : e.end]) if e.kind == "age" else e for e in found
    ]


def _now(page: Page, expr: TimeExpr) -> bool:
    """Whether an age is the patient's of today ("a man aged 64 with a history of stroke") and dates nothing."""
    sentence = page.sentence_at(expr.start)
    drafts = sentence.drafts if sentence is not None else ()
    return any(d.rule == "age.stated" and d.start < expr.end and expr.start < d.end for d in drafts)


_GROWN = 21
"""The least age of whom a note speaks of as once having been a child."""


def _grown_up(expr: TimeExpr, day: Interval | None, words: str) -> TimeExpr:
    """ "In childhood", "as a teenager" of a patient whose age no note states: years before the note, at the latest."""
    if expr.age is None or expr.age[0] == expr.age[1] or expr.age[1] >= _GROWN:
        return expr
    told = time.at_age(expr, _GROWN, day, words)
    if told.interval is None or told.kind == "since":
        return told
    return replace(told, interval=Interval(None, told.interval.end))


def _place(draft: Draft) -> tuple[int, int]:
    """What the assertion speaks of. A phrase that brings its own cue must not hide it from the others beside it."""
    if draft.anchor is not None:
        return draft.anchor
    if draft.rule in _WHOLE:
        return draft.start, draft.end
    return (draft.end - 1, draft.end) if draft.assertion is not None else (draft.start, draft.end)


def _spoken(draft: Draft, place: tuple[int, int]) -> tuple[int, int]:
    return draft.said_at if draft.said_at is not None else spoken_at(draft, place)


def spoken_at(of: Draft | Fact, place: tuple[int, int]) -> tuple[int, int]:
    """The place that a date beside it would date: the value where there is one."""
    quantity = of.quantity
    if (
        quantity is not None
        and of.kind not in ("medication", "condition", "procedure")
        and quantity.end > quantity.start
    ):
        return quantity.start, quantity.end
    return place


def _fact(page: Page, sentence: Sentence, draft: Draft, context: assertion.Context) -> Fact:
    text, note = page.text, page.note
    said, result = _settle(page.text, draft, context)
    experiencer = "patient" if draft.kind in ("age", "sex") else draft.experiencer or context.experiencer
    kind = draft.kind
    if experiencer != "patient" and kind == "condition":
        kind = "family_history"
    elif kind == "medication" and context.allergy:
        kind = "allergy"
    rule = draft.rule
    if kind == "allergy" and said == "retracted":
        said, rule = "absent", allergies.WITHDRAWN
    quantity = _with_unit(text, draft) if kind in _MEASURED else draft.quantity
    if experiencer != "patient" and kind in ("family_history", "procedure") and quantity is None:
        quantity = ages.of_relative(text, draft.start, draft.end, sentence.end)
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
        quantity,
        result,
        draft.time,
        draft.status or (context.status if draft.rule != "drug.planned" and not _came_to(draft, context) else None),
        draft.changed,
        marks,
        sentence.section,
        note.date,
        quote[0],
        quote[1],
        rule=rule,
        source=draft.source,
        ago=draft.ago,
    )


def _with_unit(text: str, draft: Draft) -> Quantity | None:
    return unit_system.of(text, draft.concept, multiples.of(text, draft.quantity))


def _settle(text: str, draft: Draft, context: assertion.Context) -> tuple[Assertion, str | None]:
    """The draft's own assertion against that of its surroundings, and the result that both give."""
    result, own, said = draft.result, draft.assertion, context.assertion
    measured = draft.kind in ("measurement", "biomarker", "score", "stage")
    if (
        draft.kind in ("age", "sex", "administrative")
        or draft.rule.startswith("list.")
        or draft.rule.endswith(".advised")
    ):
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
        # "needs help with bathing (mRS 3)"; "sodium 126 on Monday"
        behind = context.cue is not None and (context.cue.start >= draft.end or _weekday(text, context.cue))
        needs = said == "planned" and (draft.kind == "score" or behind)
        return ("present" if needs or said in ("absent", "possible") or _came_to(draft, context) else said), result
    if measured and context.result is not None and result is None:
        return "present", context.result
    if measured and result is not None and said == "absent" and context.cue and context.cue.start >= draft.end:
        # "PR positive and HER2 negative": the word behind is the next one's.
        return "present", result
    if measured and result is not None and said == "absent":
        return "present", _NEGATED.get(result, result)
    if draft.kind == "pregnancy" and said == "absent" and result == "pregnant":
        return said, "negative"
    return said, result


def _came_to(draft: Draft, context: assertion.Context) -> bool:
    """ "EF 25% in 2019, now recovered to 55%": what is over is the value before the words, not the one behind them."""
    cue, value = context.cue, draft.quantity
    return context.rule == "resolved" and cue is not None and value is not None and cue.end <= value.start


def _weekday(text: str, cue: Span) -> bool:
    """Whether a cue is a day of the week: of a measure the day that it was taken."""
    last = text[cue.start : cue.end].lower().split()[-1]
    return any(last in names for names in resources.toml("time/words")["weekdays"].values())


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


def in_order(found: Iterable[Found]) -> list[Found]:
    """By offset, without facts of one kind, concept and place said twice."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: offset(f.fact)):
        fact = one.fact
        key = (
            fact.kind,
            fact.start,
            fact.end,
            fact.concept.id if fact.concept else None,
            fact.result,
            fact.quantity,
            fact.qualifiers,
            fact.time,
        )
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept


def offset(fact: Fact) -> tuple[int, int, str, str, str]:
    """The order of facts within a note."""
    return fact.start, fact.end, fact.kind, fact.rule, fact.concept.id if fact.concept else ""
