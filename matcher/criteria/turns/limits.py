"""Limits that are more than a sign and a number behind a name: on both sides of it, said in words, steps of a scale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from matcher import resources
from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import time_unit
from matcher.criteria.steps import SCALES
from matcher.criteria.turns.turn import Context, plain, walked

_NEAR = 4
"""Chunks between a measure and its limit."""
_STEP_ENDS = frozenset({"comma", "semicolon", "stop", "conjunction", "bracket", "window", "link", "negation"})
_MIRRORED = {"<": ">", "<=": ">=", "≤": ">="}


def bounded(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Minimum | hemoglobin | of | 10 g/dL": how far it may go is said in front."""
    bounds: dict[str, str] = {
        **dict.fromkeys(lexicon().turns["lowest"], ">="),
        **dict.fromkeys(lexicon().turns["highest"], "<="),
    }

    def step(at: int, out: list[Chunk]) -> int:
        cmp = bounds.get(row[at].low)
        named = row[at + 1].mention if cmp is not None and at + 2 < len(row) else None
        if cmp is None or named is None or named.type in ("condition", "drug", "procedure"):
            return 0
        limit = at + 2
        while limit < len(row) - 1 and row[limit].kind == "scaffold" and limit < at + _NEAR:
            limit += 1
        found = row[limit].comparison
        if found is None or found.cmp not in ("", "=") or found.value2 is not None:
            return 0
        context.left_out([row[at]])
        out += [*row[at + 1 : limit], replace(row[limit], comparison=replace(found, cmp=cmp))]
        return limit + 1

    return walked(row, step)


def ranging(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Severity | will | range | from | NYHA class | II to III": the scale says what is asked."""
    at = next((i for i, c in enumerate(row) if c.kind == "word" and c.low in lexicon().turns["ranges"]), 0)
    scale = at + 2 if at and at + 1 < len(row) and row[at + 1].low == "from" else at + 1
    if scale + 1 >= len(row) or row[scale].kind != "term" or row[scale + 1].comparison is None:
        return row
    begun = at
    while begun and row[begun - 1].kind in ("word", "scaffold"):
        begun -= 1
    context.left_out(row[begun:scale])
    return [*row[:begun], *row[scale:]]


def said_again(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 60 years | or | older": the sign once more; "37 weeks | gestation | or | greater": the sign."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].value == "or" and (place := _unsigned(out, row[at + 1 :])) is not None:
            chunk, more = out[place], row[at + 1].low in lexicon().turns["or_more"]
            assert chunk.comparison is not None
            out[place] = replace(
                chunk, kind="comparison", comparison=replace(chunk.comparison, cmp=">=" if more else "<=")
            )
            context.left_out(row[at : at + 2])
            return at + 2
        before = out[-1].comparison if out else None
        after = row[at + 1] if at + 1 < len(row) else None
        if row[at].value != "or" or before is None or after is None or before.cmp not in _MORE:
            return 0
        if after.low not in lexicon().turns[_MORE[before.cmp]]:
            return 0
        if at + 2 < len(row) and row[at + 2].comparison is not None:
            return 0  # "at least 60, or above 50 with diabetes"
        context.left_out(row[at : at + 2])
        return at + 2

    return walked(row, step)


def _unsigned(out: list[Chunk], rest: list[Chunk]) -> int | None:
    """The place of a number without a sign, a name or a time behind it, where "more" or "less" ends the member."""
    known = lexicon().turns
    if not rest or rest[0].low not in known["or_more"] | known["or_less"]:
        return None
    if len(rest) > 1 and rest[1].kind not in ("comma", "semicolon", "stop", "window", "when"):
        return None
    at = len(out) - 1
    while at > len(out) - _NEAR and at > 0 and out[at].kind in ("word", "term", "leaf", "window", "scaffold"):
        at -= 1
    found = out[at].comparison if at >= 0 else None
    plain = found is not None and found.cmp in ("", "=") and found.value2 is None and at < len(out) - 1
    return at if plain else None


_NEAR = 4
"""Chunks between a number and what says that it may be more."""
_MORE = {">=": "or_more", ">": "or_more", "<=": "or_less", "<": "or_less"}


def above_normal(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "IGF-1 < 20 % | above the upper limit of normal": that part of the limit more than it."""

    def step(at: int, out: list[Chunk]) -> int:
        part = row[at].comparison
        limit = row[at + 1].comparison if at + 1 < len(row) else None
        if part is None or limit is None or part.unit != "%" or not isinstance(part.value, float):
            return 0
        if not limit.uln or limit.value != 1.0 or limit.cmp != ">" or part.value2 is not None:
            return 0
        value = round(1 + part.value / 100, 6)
        whole = replace(part, end=limit.end, last=limit.last, value=value, unit=None, uln=True)
        out.append(replace(row[at], end=row[at + 1].end, comparison=whole))
        return at + 2

    return walked(row, step)


def between(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "10 | < | = | hemoglobin | <= 18 g/dL", "18.5 kg/m2 | less | than | BMI | less than 25 kg/m2": the lower limit
    stands in front of the name."""
    beneath = lexicon().turns["less_than"]

    def step(at: int, out: list[Chunk]) -> int:
        first = row[at].comparison
        if first is None or first.cmp or not isinstance(first.value, float) or at + 3 >= len(row) or first.duration:
            return 0
        signs = [c.low for c in row[at + 1 : at + 3] if c.kind == "mark"]
        cmp = _MIRRORED.get("".join(signs))
        name = at + 1 + len(signs)
        if not signs and f"{row[at + 1].low} {row[at + 2].low}" in beneath:
            cmp, name = ">", at + 3
        named = name + 1 < len(row) and (row[name].mention is not None or row[name].kind == "age")
        found = row[name + 1].comparison if named else None
        if cmp is None or found is None or found.cmp not in ("<", "<=") or found.value2 is not None:
            return 0
        low = replace(found, cmp=cmp, value=first.value, start=row[at].start, end=row[at].end)
        low = low if first.unit is None else replace(low, unit=first.unit)
        context.left_out(row[at + 1 : name])
        out += [
            row[name],
            replace(row[at], kind="comparison", comparison=low),
            Chunk("conjunction", row[name].end, row[name].end, "and", "and"),
            row[name + 1],
        ]
        return name + 2

    return walked(row, step)


def outside_ages(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "< 18 | or | > 75 years old", with nothing before it: two limits of one age, whose unit stands once."""
    first, second = (row[0].comparison, row[2].comparison) if len(row) > 2 else (None, None)
    if first is None or second is None or row[1].kind != "conjunction" or time_unit(second.unit) != "year":
        return row
    ends = (first.cmp[:1], second.cmp[:1]) == ("<", ">") and plain(first) and first.value2 is None
    alone = second.age or all(c.kind == "stop" for c in row[3:])  # "< 2 or > 6 years of schooling"
    if not ends or not alone or isinstance(first.value, str) or isinstance(second.value, str):
        return row
    if first.value >= second.value:
        return row
    return [replace(row[0], kind="comparison", comparison=replace(first, unit=second.unit, age=True)), *row[1:]]


def aged_people(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Patients | over 18 years | weighing | 65 to 85 kg": their age, and no limit of the measure behind it."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        named = row[at + 1].mention if at + 2 < len(row) else None
        if found is None or found.age or not found.duration or named is None or named.type != "measurement":
            return 0
        whose = bool(out) and all(c.kind in _PEOPLE for c in out) and any(c.kind != "scaffold" for c in out)
        behind = next((c for c in row[at + 2 :] if c.kind != "scaffold"), None)
        limit = behind.comparison if behind is not None else None
        if not whose or limit is None or limit.duration or time_unit(found.unit) not in ("year", "month"):
            return 0
        start = row[at].end
        out += [
            replace(row[at], kind="comparison", comparison=replace(found, age=True)),
            Chunk("conjunction", start, start, "and", "and"),
        ]
        return at + 1

    return walked(row, step)


def from_to(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Patients | 18 | and | 65 years": the ends of a range of ages, where no word says that it is one."""

    def step(at: int, out: list[Chunk]) -> int:
        first = row[at].comparison
        last = row[at + 2].comparison if at + 2 < len(row) and row[at + 1].value == "and" else None
        if first is None or last is None or row[at].kind != "number" or any(c.kind not in _PEOPLE for c in out):
            return 0
        years = (last.unit or "").lower().startswith(("year", "yr"))
        if first.cmp or last.cmp or not years or last.value2 is not None:
            return 0
        if not (isinstance(first.value, float) and isinstance(last.value, float) and first.value < last.value):
            return 0
        both = replace(last, cmp="between", value=first.value, value2=last.value, start=first.start, age=True)
        out.append(replace(row[at + 2], kind="comparison", start=row[at].start, comparison=both))
        return at + 3

    return walked(row, step)


_PEOPLE = frozenset({"person", "sex", "agegroup", "scaffold", "conjunction", "age"})


def of_each_sex(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Hemoglobin | : | men | ≥ 13 g/dL | , | women | : | ≥ 12 g/dL": each sex has its limit behind it."""

    def step(at: int, out: list[Chunk]) -> int:
        named = row[at].mention
        if named is None or named.type not in ("measurement", "biomarker"):
            return 0
        first = _limit_of_sex(row, at + 1)
        second = _limit_of_sex(row, first[2]) if first is not None else None
        if first is None or (second is not None and second[0].value == first[0].value):
            return 0
        out.append(row[at])
        for sex, limit, _ in (first, second) if second is not None else (first,):
            if sex is not first[0]:
                out.append(Chunk("conjunction", sex.start, sex.start, "or", "or"))
            out += [limit, Chunk("bracket", sex.start, sex.end, inner=[sex])]
        return (second or first)[2]

    return walked(row, step)


def other_sex(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "More than 14 units | for | women | or | 21 units | for | men": the sign is of both."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if found is None or found.cmp or len(out) < 4 or at + 2 >= len(row) or row[at + 2].kind != "sex":
            return 0
        first, sex = out[-4].comparison, out[-2]
        if first is None or not first.cmp or first.unit != found.unit or (sex.kind, out[-1].kind) != _SEX_OR:
            return 0
        if row[at + 1].low not in ("for", "in") or sex.value == row[at + 2].value:
            return 0
        named = next((c for c in reversed(out[:-4]) if c.kind != "scaffold"), None)
        out += [named] if named is not None and named.kind == "behaviour" else []
        out.append(replace(row[at], kind="comparison", comparison=replace(found, cmp=first.cmp)))
        return at + 1

    return walked(row, step)


_SEX_OR = ("sex", "conjunction")


def _limit_of_sex(row: list[Chunk], at: int) -> tuple[Chunk, Chunk, int] | None:
    """A sex and the limit behind it, and where they end: "(, | and |) men | : | > 40"."""
    while at < len(row) and row[at].kind in _BEFORE_SEX:
        at += 1
    limit = at + 1
    while limit < len(row) and row[limit].kind in ("colon", "scaffold", "dash"):
        limit += 1
    if limit >= len(row) or row[at].kind != "sex" or row[at].value not in ("male", "female"):
        return None
    found = row[limit].comparison
    return (row[at], row[limit], limit + 1) if found is not None and found.cmp and not found.age else None


def sex_first(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Women | : | hemoglobin | ≥ 12 g/dL", "for | men | , | hemoglobin | ≥ 13 g/dL": the limit is of that sex."""

    def step(at: int, out: list[Chunk]) -> int:
        sex = at + (row[at].kind == "group" and row[at].low == "for")
        if sex + 3 >= len(row) or row[sex].kind != "sex" or row[sex].value not in ("male", "female"):
            return 0
        tied = row[sex + 1].kind == "colon" or (sex > at and row[sex + 1].kind == "comma")
        name, limit = row[sex + 2], row[sex + 3]
        if not tied or name.kind not in ("term", "word") or limit.comparison is None or not limit.comparison.cmp:
            return 0
        if sex + 4 < len(row) and row[sex + 4].kind not in ("semicolon", "comma", "stop"):
            return 0
        context.left_out(row[at:sex])
        out += [name, limit, Chunk("bracket", row[sex].start, row[sex].end, inner=[row[sex]])]
        return sex + 4

    return walked(row, step)


def eased(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "AST ≤ 3 x ULN | ; | ≤ 5 x ULN | in the presence of | liver metastases": some have a wider limit."""

    def step(at: int, out: list[Chunk]) -> int:
        wide = row[at + 1].comparison if at + 3 < len(row) and row[at].kind in ("comma", "semicolon") else None
        first = out[-1].comparison if out else None
        if wide is None or first is None or row[at + 2].kind not in ("group", "condition") or first.cmp != wide.cmp:
            return 0
        if not (isinstance(first.value, float) and isinstance(wide.value, float)) or wide.value2 is not None:
            return 0
        if (first.unit, first.uln, first.age) != (wide.unit, wide.uln, False):
            return 0
        if wide.value > first.value if wide.cmp in ("<", "<=") else wide.value < first.value and wide.cmp != "":
            out += [replace(row[at], kind="comma"), Chunk("conjunction", row[at].end, row[at].end, "or", "or")]
            return at + 1
        return 0

    return walked(row, step)


_BEFORE_SEX = frozenset({"comma", "semicolon", "conjunction", "colon", "scaffold", "group", "slash"})


def outside(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "BMI | outside the | range 18-35", "heart rate | not | between 50 and 100": below the one or above the other."""
    beyond = lexicon().turns["outside"]

    def step(at: int, out: list[Chunk]) -> int:
        if not out or out[-1].mention is None or (row[at].low not in beyond and row[at].low != "not"):
            return 0
        limit = at + 1
        while limit < len(row) - 1 and row[limit].kind == "scaffold" and limit < at + _NEAR:
            limit += 1
        found = row[limit].comparison if limit < len(row) else None
        if found is None or not isinstance(found.value, float) or not isinstance(found.value2, float) or found.duration:
            return 0
        context.left_out(row[at:limit])
        chunk = row[limit]
        low = replace(found, cmp="<", value2=None)
        high = replace(found, cmp=">", value=found.value2, value2=None)
        out += [
            replace(chunk, comparison=low),
            Chunk("conjunction", chunk.start, chunk.start, "or", "or"),
            replace(chunk, comparison=high),
        ]
        return limit + 1

    return walked(row, step)


def staged(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure, NYHA III-IV", "CKD, stage 4", "psoriasis of PASI > 12": a step of the disease's own scale."""
    own = _diseases()

    def step(at: int, out: list[Chunk]) -> int:
        named = row[at].mention
        if named is None or named.type != "condition" or at + 2 >= len(row):
            return 0
        tie = row[at + 1]
        if tie.kind != "comma" and tie.low != "of":
            return 0
        limit = at + 2
        if row[limit].mention is not None and limit + 1 < len(row):
            diseases = own.get(_id(row[limit]), ())
            called = f"{row[at].low} {named.concept.name.lower() if named.concept is not None else ''}"
            if not any(disease in called for disease in diseases):
                return 0
            limit += 1
        elif tie.kind != "comma" or SCALES.isdisjoint(row[limit].low.split()[:1]):
            return 0
        if row[limit].comparison is None or (limit + 1 < len(row) and row[limit + 1].kind not in _STEP_ENDS):
            return 0
        out += [row[at], replace(tie, kind="link", low="with"), *row[at + 2 : limit + 1]]
        return limit + 1

    return walked(row, step)


@cache
def _diseases() -> dict[str, frozenset[str]]:
    """Scale → names of the diseases whose own it is."""
    rows = resources.rows("terms/scale_of")
    return {row["scale"]: frozenset(r["condition_name"] for r in rows if r["scale"] == row["scale"]) for row in rows}


def _id(chunk: Chunk) -> str:
    concept = chunk.mention.concept if chunk.mention is not None else None
    return concept.id if concept is not None else ""


def distant(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Tumor | within | 2 cm | of | the carina": where it is, and not how large; "weight | within | 5 kg | of | ideal
    weight": how far from what, and no limit of its own."""

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at + 1].comparison if at + 3 < len(row) else None
        if row[at].low != "within" or found is None or not out or out[-1].kind not in ("term", "word"):
            return 0
        if found.cmp or found.unit is None or found.duration or row[at + 2].low not in ("of", "from"):
            return 0
        end = at + 3
        while end < len(row) and row[end].kind in ("scaffold", "word", "term", "result"):
            end += 1
        last, named = out[-1], out[-1].mention
        if named is not None and named.type in ("measurement", "observation"):
            said = " ".join(context.text[last.start : row[end - 1].end].lower().split())
            out[-1] = Chunk("word", last.start, row[end - 1].end, low=said)
        else:
            said = " ".join(context.text[row[at].start : row[end - 1].end].lower().split())
            out.append(Chunk("qualifier", row[at].start, row[end - 1].end, "extent", said))
        return end

    return walked(row, step)
