"""How much of a habit, in front of it, in brackets behind it, for each sex; when it ended; how much pain at what,
how far in which test."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import time_unit
from matcher.criteria.turns.turn import Context, name, plain, walked
from matcher.criteria.windows import Timed
from matcher.model import Window

_OF_SEX = frozenset({"comparison", "group", "sex", "conjunction", "comma", "scaffold", "bracket"})
_AMOUNT = 8
"""Chunks between an amount and the time that it is of."""


def amount_first(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "More than 3 | sessions | of | yoga | per | week": the habit, and so much of it."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        bare = row[at].kind == "number"  # "4 cups of coffee per day": who drinks more does so, too
        if found is None or not (found.cmp or bare) or at + 3 >= len(row) or isinstance(found.value, str):
            return 0
        counted = row[at + 1].low if plain(found) and row[at + 1].low in known["amount_of"] else ""
        unit = counted or (found.unit or "").lower()
        of = at + 1 + bool(counted)
        if unit not in known["amount_of"] or row[of].low != "of":
            return 0
        end = next((i for i in range(of + 1, min(len(row), of + _AMOUNT)) if row[i].low in known["each"]), 0)
        if not end or end + 1 >= len(row) or time_unit(row[end + 1].low) is None:
            return 0
        habit = _habit(row[of + 1 : end], context)
        if not habit:
            return 0
        unit = f"{unit} per {row[end + 1].low}"
        context.left_out(row[at + 1 : of + 1])
        context.left_out(row[end : end + 2])
        limit = replace(row[at], kind="comparison", comparison=replace(found, cmp=found.cmp or ">=", unit=unit))
        taking = out[-2:] and out[-1].low == "in" and out[-2].low in known["doing_it"]
        if taking:
            context.left_out(out[-2:])
            del out[-2:]  # "participation in more than two sessions of …"
        out += [*habit, limit]
        return end + 2

    return walked(row, step)


def _habit(said: list[Chunk], context: Context) -> list[Chunk]:
    """The chunks of a habit; none where something else is counted."""
    if said and said[-1].kind == "behaviour" and all(c.kind in ("qualifier", "word") for c in said[:-1]):
        return [replace(c, kind="qualifier", value="amount") if c.kind == "word" else c for c in said]
    named = bool(said) and all(c.kind in ("word", "term") for c in said)
    if named and said[-1].low.split()[-1] in lexicon().turns["exercise"]:
        whole = name(context.text, said[0].start, said[-1].end, "condition")
        return [replace(whole, kind="behaviour", mention=None)]
    return []


def amount_behind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Alcohol consumption | (> 21 units/week in men or > 14 units/week in women)": so much of it."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "bracket" or not out or out[-1].kind != "behaviour":
            return 0
        inner = row[at].inner
        first = inner[0].comparison if inner else None
        if first is None or not first.cmp or not first.unit or any(c.kind not in _OF_SEX for c in inner):
            return 0
        if not known["misuse"].isdisjoint(out[-1].low.split()):
            return 0
        out += inner
        return at + 1

    return walked(row, step)


def amount_again(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Alcohol use > 21 units/week in men or | > 14 units/week | in women": a limit of the habit, too."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if found is None or not found.unit or not out or out[-1].kind not in ("conjunction", "comma"):
            return 0
        before = next((i for i in range(len(out) - 1, -1, -1) if out[i].comparison is not None), 0)
        first = out[before].comparison if before else None
        if first is None or first.unit != found.unit or not first.cmp or out[before - 1].kind != "behaviour":
            return 0
        if any(c.kind not in _OF_SEX for c in out[before + 1 :]) or not any(_sexed(c) for c in out[before + 1 :]):
            return 0
        limit = replace(row[at], kind="comparison", comparison=replace(found, cmp=found.cmp or first.cmp))
        if out[-1].value == "and" and any(_sexed(c) for c in row[at + 1 : at + 3]):
            out[-1] = replace(out[-1], value="or", low="or")  # "< 30 g in men and < 20 g in women"
        out += [out[before - 1], limit]
        return at + 1

    return walked(row, step)


def _sexed(chunk: Chunk) -> bool:
    return chunk.kind == "sex" or any(c.kind == "sex" for c in chunk.inner)


def while_doing(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pain | with | normal | activity | ≥ 2/10": one measure."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        named = out[-1].mention if out else None
        if row[at].low not in known["while_at"] or named is None or named.type != "condition":
            return 0
        end = at + 1
        while end < len(row) and end < at + _AMOUNT and row[end].kind in _DOING:
            end += 1
        if end == at + 1 or end >= len(row) or row[end].kind not in ("comparison", "scaffold"):
            return 0
        limit = end + (row[end].kind == "scaffold" and end + 1 < len(row))
        found = row[limit].comparison
        if found is None or row[end - 1].low.split()[-1] not in known["exertion"]:
            return 0
        first = out.pop()
        out.append(name(context.text, first.start, row[end - 1].end, "measurement"))
        return limit

    return walked(row, step)


_DOING = frozenset({"word", "result", "qualifier", "behaviour"})


def abstaining(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Abstinent | from | alcohol", "alcohol | -free": none of it."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        behind = row[at + 1] if at + 1 < len(row) else None
        if row[at].low in known["abstaining"] and at + 2 < len(row):
            of = at + 1 + (behind is not None and behind.low in known["abstaining_from"])
            if row[of].kind != "behaviour":
                return 0
            out.append(Chunk("negation", row[at].start, row[of - 1].end, low=row[at].low))
            return of
        if behind is None or row[at].kind != "behaviour" or behind.kind != "negation" or behind.low != "free":
            return 0
        out += [replace(behind, start=row[at].start, end=row[at].start), row[at]]
        return at + 2

    return walked(row, step)


def given_up(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Stopped | smoking", "former smoker | who quit | within 3 months", "ex-smoker | of | less than 3 months",
    "no | alcohol | for 6 months": how long ago the habit ended."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low == "never" and _or_former(row[at + 1 :]):
            out.append(replace(row[at + 1], start=row[at].start, low=f"never {row[at + 1].low}"))
            return at + 2  # the denial does not reach "or former smoker"
        stopped = row[at].low in known["gave_up"]
        habit = at + stopped
        while stopped and habit + 1 < len(row) and row[habit].kind == "scaffold":
            habit += 1
        if habit == len(row) or row[habit].kind != "behaviour":
            return 0
        first = row[habit].low.split()[0]
        if stopped and out and out[-1].low and out[-1].low.split()[-1] in known["not_yet"]:
            return 0  # "trying to | quit | smoking"
        over = stopped or first in known["former_habit"] or _who_stopped(row[habit + 1 : habit + 3])
        never = bool(out) and out[-1].kind == "negation" and not stopped
        if not over and not never:
            return 0
        behind = habit + 1
        while never and not over and behind + 1 < len(row) and row[behind].kind in _LISTED:
            behind += 1  # "no | alcohol | or | illicit drugs | for a year"
        while over and behind < len(row) and (row[behind].kind in _TIES or row[behind].low in known["gave_up"]):
            behind += 1
        window = _ended(row[behind], never) if behind < len(row) else None
        if window is None and not stopped:
            return 0
        start = row[at].start
        now = first in known["former_habit"] or never
        out.append(row[habit] if now else replace(row[habit], start=start, low=f"former {row[habit].low}"))
        if window is None:
            return habit + 1
        if over:
            context.left_out(row[habit + 1 : behind + (row[behind].kind != "window")])
        else:
            out += row[habit + 1 : behind]
        out.append(window)
        behind += 1
        if over and behind < len(row) and row[behind].low in known["gave_up"]:
            context.left_out(row[behind : behind + 1])  # "less than 6 months since | quitting"
            behind += 1
        return behind

    return walked(row, step)


def _or_former(row: list[Chunk]) -> bool:
    """ "smoker | or | former smoker", "smoked | , | or | stopped | smoking"."""
    known = lexicon().turns
    behind = next((at for at, c in enumerate(row[1:], 1) if c.kind not in ("comma", "conjunction", "slash")), 0)
    if behind < 2 or row[0].kind != "behaviour":
        return False
    other = row[behind]
    former = other.kind == "behaviour" and other.low.split()[0] in known["former_habit"]
    return former or other.low in known["gave_up"]


def _who_stopped(behind: list[Chunk]) -> bool:
    return len(behind) == 2 and behind[0].kind == "link" and behind[1].low in lexicon().turns["gave_up"]


_TIES = frozenset({"scaffold", "link"})
_LISTED = frozenset({"comma", "conjunction", "slash", "behaviour"})


def _ended(told: Chunk, never: bool) -> Chunk | None:
    """How long ago a habit ended, where a chunk says so; ``never``: none of it for so long."""
    if told.kind == "bracket" and len(told.inner) == 1 and not never:
        inner = _ended(told.inner[0], never)
        return replace(inner, start=told.start, end=told.end) if inner is not None else None
    if told.timed is not None:
        timed = told.timed
        if timed.window is not None or timed.lasting is None:
            return told if timed.window is not None and not never else None
        recent = never or timed.cmp in ("<", "<=")
        window = Window(within=timed.lasting) if recent else Window(at_least_ago=timed.lasting)
        return replace(told, kind="window", timed=replace(timed, window=window, lasting=None))
    found = told.comparison
    if found is None or found.duration is None or never or found.cmp not in ("<", "<=", ">", ">="):
        return None
    recent = found.cmp in ("<", "<=")
    window = Window(within=found.duration) if recent else Window(at_least_ago=found.duration)
    timed = Timed(found.start, found.end, found.first, found.last, window)
    return Chunk("window", told.start, told.end, low=told.low, timed=timed)


def in_test(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Able to walk | at least 150 m | in the 6-minute | walk | test": so much in that test."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at + 1].comparison if at + 1 < len(row) else None
        if row[at].low not in known["does_in_test"] or found is None or not found.cmp or at + 2 >= len(row):
            return 0
        begun = row[at + 2].start
        behind = context.text[begun : row[min(len(row), at + 2 + _AMOUNT) - 1].end].lower()
        tests = [(behind.find(test), -len(test)) for test in known["test_of_doing"] if test in behind]
        if not tests or not known["in_a_test"].issuperset(behind[: min(tests)[0]].split()):
            return 0
        start, end = begun + min(tests)[0], begun + min(tests)[0] - min(tests)[1]
        stop = next((i for i in range(at + 2, len(row)) if row[i].start >= end), len(row))
        if row[stop - 1].end != end:
            return 0
        context.left_out(row[at:stop])
        doing = {word for phrase in known["does_in_test"] for word in phrase.split()}
        while out and out[-1].kind in ("word", "scaffold") and out[-1].low in doing:
            context.left_out([out.pop()])
        out += [name(context.text, start, end, "measurement"), replace(row[at + 1], start=end, end=end)]
        return stop

    return walked(row, step)
