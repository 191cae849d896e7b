"""Times that are no windows: how long a thing lasts, gestation, "age at", intervals between two events."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import time_unit
from matcher.criteria.turns.turn import Context, clause, name, plain, walked
from matcher.criteria.windows import Timed
from matcher.model import Window
from matcher.patterns import alternatives

_JOINTS = frozenset({"comma", "semicolon", "stop", "conjunction", "colon"})
_INTERVAL = frozenset("word term scaffold conjunction slash group when head qualifier leaf".split())
_STATED = frozenset({"comma", "semicolon", "stop", "colon", "exception", "unless", "condition", "window"})
_AFTER = frozenset("comma semicolon stop colon bracket window exception unless condition link conjunction".split())
"""Kinds of chunks that may stand behind "6 months post-transplant"."""
_WHEN = frozenset({"when", "scaffold", "trial"})
_SINCE = re.compile(
    r"(?:post|after|following|since|from)[\s-](?:the\s|their\s|an?\s)?(?P<what>[A-Za-z][\w -]*)", re.IGNORECASE
)
_ONSET = re.compile(
    r"(?:the\s+)?(?:first\s+|initial\s+)?(?:onset|diagnosis|appearance) of (?:the )?(?=[a-z])", re.IGNORECASE
)
"""What opens an event of which the disease is what is asked ("since diagnosis of asthma")."""
_WITH = frozenset({"with", "with a", "with an", "with any", "with the"})
_BEGUN = frozenset({"age", "head", "term", "word", "scaffold", "qualifier", "leaf", "certainty", "status"})
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""
_KIN = 30
"""Chunks in which the relative stands whose disease is meant."""


def lasting(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "< 3 days of fever", "at least 6 months of symptoms": since when, and no measure."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison if at + 2 < len(row) and row[at + 1].low == "of" else None
        named = row[at + 2].mention if found is not None else None
        if found is None or not found.duration or found.age or found.value2 or not named or named.type != "condition":
            return 0
        young = found.cmp in ("<", "<=")
        window = Window(within=found.duration) if young else Window(at_least_ago=found.duration)
        context.left_out([row[at]])
        timed = Timed(row[at].start, row[at].end, found.first, found.last, window)
        out += [row[at + 2], Chunk("window", row[at].start, row[at].end, low=row[at].low, timed=timed)]
        return at + 3

    return walked(row, step)


def lasted(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Symptoms | lasting | more than 6 months": since when; "seizures lasting > 5 minutes" are of a kind."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at + 1].comparison if at + 1 < len(row) else None
        if row[at].low not in known["lasting"] or found is None or not found.duration or found.age or not out:
            return 0
        if out[-1].kind not in ("term", "word") or isinstance(found.value2, str):
            return 0
        start, end = row[at].start, row[at + 1].end
        context.left_out(row[at : at + 2])
        if time_unit(found.unit) in known["moment"]:
            out.append(Chunk("qualifier", start, end, "course", " ".join(context.text[start:end].lower().split())))
            return at + 2
        within = ago = None
        if found.cmp == "between" and found.value2 is not None:
            ago, within = found.duration, f"{found.value2:g} {found.unit}"
        elif found.cmp in ("<", "<="):
            within = found.duration
        else:
            ago = found.duration
        timed = Timed(start, end, found.first, found.last, Window(within=within, at_least_ago=ago))
        out.append(Chunk("window", start, end, low=row[at + 1].low, timed=timed))
        return at + 2

    return walked(row, step)


def per_time(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 4 seizures | per | 28 days": counted in that time."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at + 1].comparison if at + 1 < len(row) and row[at].low == "per" else None
        counted = any(c.comparison is not None and plain(c.comparison) for c in out[-_COUNTED:])
        if found is None or found.cmp or not found.duration or found.age or found.value2 or not counted:
            return 0
        context.left_out(row[at : at + 2])
        window = Window(within=found.duration)
        timed = Timed(row[at + 1].start, row[at + 1].end, found.first, found.last, window)
        out.append(Chunk("window", row[at + 1].start, row[at + 1].end, low=row[at + 1].low, timed=timed))
        return at + 2

    return walked(row, step)


_COUNTED = 5
"""Chunks between a count and its time."""


def since_event(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Less than 6 months post-partum", "< 3 months after delivery": an event of that time."""
    known = lexicon().turns["events_since"]

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison if at + 1 < len(row) else None
        if found is None or not found.duration or found.age or found.cmp not in ("<", "<=") or found.value2 is not None:
            return 0
        end = at + 1
        while end < len(row) and end < at + 4 and row[end].kind in ("word", "scaffold", "term"):
            end += 1
        said = " ".join(c.low for c in row[at + 1 : end])
        joined = said.replace(" ", "")
        if not any(joined.startswith(event) for event in known) or row[at + 1].kind == "scaffold":
            return 0
        context.left_out([row[at]])
        timed = Timed(row[at].start, row[at].end, found.first, found.last, Window(within=found.duration))
        out += [*row[at + 1 : end], Chunk("window", row[at].start, row[at].end, low=row[at].low, timed=timed)]
        return end

    return walked(row, step)


def after_event(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 6 months post-transplant": the operation, and how long ago it was, where nothing else is timed."""
    at = next((i for i, c in enumerate(row) if c.kind not in ("scaffold", "link", "person")), None)
    if at is None or row[at].kind != "window" or row[at].timed is None:
        return row if at is None else _days_after(row, at, context)
    behind = row[at + 1] if at + 1 < len(row) else None
    if behind is not None and behind.kind not in _AFTER:
        return row
    chunk = row[at]
    said = _SINCE.search(context.text, chunk.start, chunk.end)
    if said is None:
        return row
    if (begun := _ONSET.match(context.text, *said.span("what"))) is not None:
        return [*row[:at], name(context.text, begun.end(), said.end("what"), "condition"), *row[at:]]
    if said["what"].split()[-1].lower() not in lexicon().turns["event"]:
        return row
    return [*row[:at], name(context.text, *said.span("what"), "procedure"), *row[at:]]


def of_earlier(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Guillain-Barre syndrome | within 6 weeks of prior vaccination": counted from what was long ago."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "window" or not chunk.low.startswith(_WITHIN) or not out or out[-1].mention is None:
            return 0
        told = _earlier().search(context.text, chunk.start, row[-1].end)
        if told is None or told.start() > chunk.end + 1 or out[-1].mention.type != "condition":
            return 0
        end = at + 1
        while end < len(row) and row[end].start < told.end():
            end += 1
        context.left_out(row[at:end])
        if end < len(row) and row[end].kind in ("term", "head", "word"):
            out.append(Chunk("link", told.start(), told.end(), low="with"))
        return end

    return walked(row, step)


@cache
def _earlier() -> re.Pattern[str]:
    known = lexicon().turns
    ties, articles, earlier, study = (
        alternatives(known[g]) for g in ("earlier_ties", "articles", "earlier_said", "earlier_study")
    )
    return re.compile(rf"\b(?:{ties})\s+(?:(?:{articles})\s+)?(?:{earlier})\b(?!\s+(?:{study}))", re.IGNORECASE)


def of_reference(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Biopsy | within 12 weeks | of | starting methotrexate", "… of | thrombolysis or surgery": what the time is
    counted from is no part of what is asked, where something is named before it."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "window" or not chunk.low.startswith(_WITHIN) or at + 2 >= len(row):
            return 0
        named = any(c.kind in _EVENT for c in out[clause(out, _STATED) :])
        if row[at + 1].low.split()[:1] != ["of"] or not named or not chunk.low.split()[-1].startswith(_LENGTHS):
            return 0
        end = at + 2
        while end < len(row) and end < at + _FAR and row[end].kind in _REFERENCE:
            end += 1
        last = row[end - 1]
        while end + 1 < len(row) and row[end].value == "or" and _done(last) and _done(row[end + 1]):
            end += 2
        if last.kind not in _EVENT or (end < len(row) and row[end].kind not in _JOINTS):
            return 0
        context.left_out(row[at + 1 : end])
        out.append(chunk)
        return end

    return walked(row, step)


def _done(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type in ("procedure", "drug")


_EVENT = frozenset({"term", "word"})
_REFERENCE = _EVENT | {"qualifier", "status", "head", "scaffold"}
_WITHIN = ("within ", "less than ", "< ", "<= ", "≤ ")
_LENGTHS = ("hour", "day", "week", "month", "year")


def _days_after(row: list[Chunk], at: int, context: Context) -> list[Chunk]:
    """ "At least 100 days | post | HSCT"."""
    found = row[at].comparison
    done = row[at + 2].mention if at + 2 < len(row) and row[at + 1].low in lexicon().turns["behind"] else None
    if found is None or not found.duration or found.age or found.cmp not in (">", ">=") or done is None:
        return row
    if done.type != "procedure":
        return row
    context.left_out([row[at], row[at + 1]])
    timed = Timed(row[at].start, row[at].end, found.first, found.last, Window(at_least_ago=found.duration))
    window = Chunk("window", row[at].start, row[at].end, low=row[at].low, timed=timed)
    return [*row[:at], row[at + 2], window, *row[at + 3 :]]


def _is_age(chunk: Chunk) -> bool:
    """Whether a measure or an age is named, of which weeks behind it are the limit ("gestational age at birth")."""
    measured = chunk.mention is not None and chunk.mention.type in ("measurement", "observation")
    return measured or chunk.kind == "age" or "gestation" in chunk.low


def gestation(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Born at less than 32 weeks' gestation": a gestational age."""
    out = list(row)
    for at in range(len(row)):
        found = row[at].comparison
        after = at + 1
        while after < len(row) and after < at + 3 and row[after].low in ("of", "'", "’", "the"):
            after += 1
        if at and found is not None and "+" in row[at].low and row[at - 1].comparison is not None:
            context.left_out([row[at]])  # "cervical length ≤ 25 mm between 18+0 and 23+6 weeks": when it is measured
            return [*row[:at], *row[after:]]
        weeks = found is not None and bool(found.cmp) and (found.unit or "").lower().startswith("week")
        born = at and row[at - 1].kind in ("term", "word") and row[at - 1].low.split()[-1] in lexicon().turns["born"]
        if weeks and born and not any(_is_age(c) for c in row[:at]):
            # "preterm birth before 34 weeks": how early, and not how long ago
            out[at] = replace(row[at], kind="qualifier", value="course", comparison=None)
            return out
        if found is None or after >= len(row) or not row[after].low.startswith("gestation"):
            continue
        if (found.unit or "").lower().startswith("week") and row[after].kind in ("word", "term"):
            out[at : after + 1] = [row[after], row[at]]
            if at and row[at - 1].low == "born":
                out[at - 1] = replace(row[at - 1], kind="scaffold")
            elif at > 1 and row[at - 2].low == "born":
                context.left_out([row[at - 2]])
                out[at - 2] = replace(row[at - 2], kind="link")  # "infants | born at 23 to 28 weeks' gestation"
                early = row[at - 3] if at > 2 else None
                if early is not None and not lexicon().turns["early"].isdisjoint(early.low.split()):
                    context.left_out([early])
                    out[at - 3] = replace(early, kind="person", mention=None)  # the weeks say how early
            elif at > 1 and row[at - 1].kind == "scaffold" and row[at - 2].mention is not None:
                out[at - 1] = replace(row[at - 1], kind="link")  # "nulliparous women | at 11-14 weeks' gestation"
            return out
    return out


def time_first(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Treatment | within 30 days | with warfarin": the time goes to the front, "treatment with" stands together."""
    known = lexicon().turns["given"]

    def step(at: int, out: list[Chunk]) -> int:
        if at + 3 >= len(row) or row[at + 1].kind != "window" or row[at + 2].low not in _WITH:
            return 0
        chunk = row[at]
        if chunk.kind not in ("word", "term") or chunk.low.split()[-1] not in known:
            return 0
        context.left_out([chunk, row[at + 2]])
        begun = clause(out, _JOINTS)
        out[begun:begun] = [row[at + 1], Chunk("comma", chunk.start, chunk.start, low=",")]
        out.append(Chunk("head", chunk.start, chunk.end, "medication", f"{chunk.low} with"))
        return at + 3

    return walked(row, step)


def age_at(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Age at the time of bypass surgery > 15 years": at which time is no part of the question."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "age":
            return 0
        after = at + 1
        while after < len(row) and after < at + 10 and row[after].kind not in (*_JOINTS, "comparison", "number"):
            after += 1
        said = row[at + 1 : after]
        if after >= len(row) or row[after].kind != "comparison" or not said or said[0].kind == "term":
            return 0
        if any(c.low.split()[:1] and c.low.split()[0] in lexicon().turns["onset"] for c in said):
            return 0  # "age at onset of migraine < 50": when it began
        opens = {"at", "on"} & set(f"{row[at].low} {said[0].low}".split())
        if not opens or not any(c.kind in ("term", "word") for c in said):
            return 0
        context.left_out(said)
        out.append(row[at])
        return after

    return walked(row, step)


def age_at_onset(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Age at migraine onset < 50", "diagnosed with diabetes before the age of 40": how old they were then."""
    onset, before = lexicon().turns["onset"], lexicon().turns["before_age"]

    def step(at: int, out: list[Chunk]) -> int:
        end = at
        while end < len(row) and end < at + _FAR and row[end].kind in _BEGUN:
            end += 1
        limit = row[end].comparison if end < len(row) else None
        if limit is None or limit.uln or limit.scale or row[at].kind not in ("age", "head", "term", "word"):
            return 0
        last = end
        while last > at + 1 and row[last - 1].kind in ("scaffold", "status"):
            last -= 1
        said, words = row[at:last], [word for c in row[last : end + 1] for word in c.low.split()]
        begun = any(not onset.isdisjoint(c.low.split()) for c in said)
        ill = any(c.mention is not None and c.mention.type == "condition" for c in said)
        timed = bool(words) and words[0] in before and (limit.age or "age" in words)
        if not begun or not ill or not (timed or (row[at].kind == "age" and row[end].kind == "comparison")):
            return 0
        if any(not lexicon().turns["kin"].isdisjoint(c.low.split()) for c in row[max(0, end - _KIN) : end]):
            return 0  # "a relative with onset of dementia before age 65"
        cmp = limit.cmp if limit.cmp not in ("", "=") else ">=" if words[0] in ("after", "over", "at") else "<"
        out.append(name(context.text, said[0].start, said[-1].end, "measurement"))
        limit = replace(limit, cmp=cmp, age=False, unit=limit.unit or "years")
        out.append(replace(row[end], kind="comparison", comparison=limit))
        return end + 1

    return walked(row, step)


def intervals(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Time from symptom onset to treatment > 72 hours": an interval is measured, whatever lies at its ends."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if not chunk.low or chunk.low.split()[-1] not in known["interval"] or at + 2 >= len(row):
            return 0
        if row[at + 1].low.split()[:1] not in (["from"], ["between"], ["since"], ["until"], ["to"]):
            return 0
        end = at + 2
        while end < len(row) and end < at + _FAR + 4 and row[end].kind in _INTERVAL:
            end += 1
        limit = row[end].comparison if end < len(row) else None
        if limit is None or not limit.duration or limit.age:
            return 0
        out.append(name(context.text, chunk.start, row[end - 1].end, "measurement"))
        return end

    return walked(row, step)


def planned_too(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Surgery within 4 weeks or planned during the study": the same thing, done or planned."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "planned" or len(out) < 3 or out[-1].low not in ("or", "and or") or out[-2].kind != "window":
            return 0
        behind = at + 1
        while behind < len(row) and row[behind].kind in _WHEN:
            behind += 1
        if behind < len(row) and row[behind].kind not in _JOINTS:
            return 0  # "or planned radiotherapy": it has a name of its own
        begun = clause(out[:-2], _STATED)
        while out[begun].kind == "conjunction":
            begun += 1
        named = out[begun:-2]
        if not any(c.kind == "term" for c in named) or len(named) > _FAR:
            return 0
        out += [row[at], *named, *row[at + 1 : behind]]
        return behind

    return walked(row, step)


def in_year(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Infection | in | 2009": a year is no limit of what stands before it; it is listed as not understood."""
    known = lexicon().turns["in_year"]

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at + 1].comparison if at + 1 < len(row) else None
        if row[at].low not in known or not out or found is None or not plain(found) or found.cmp:
            return 0
        year = isinstance(found.value, float) and found.value2 is None and found.value in _YEARS
        if not year or context.text[row[at + 1].start : row[at + 1].end].strip() != f"{found.value:.0f}":
            return 0
        return at + 2

    return walked(row, step)


_YEARS = range(1950, 2050)


def ended_before(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Unless discontinued 2 weeks before": it ended that long before, at least."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind not in ("unless", "exception") or at + 2 >= len(row):
            return 0
        ended, window = row[at + 1 : at + 3]
        timed = window.timed
        if known["ended_at_least"].isdisjoint(ended.low.split()) or timed is None:
            return 0
        if timed.window is None or timed.window.within is None:
            return 0
        if known["ended_behind"].isdisjoint(window.low.split()) or not window.low[:1].isdigit():
            return 0
        past = Window(at_least_ago=timed.window.within)
        out += [row[at], ended, replace(window, timed=replace(timed, window=past))]
        return at + 3

    return walked(row, step)
