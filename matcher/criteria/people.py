"""Groups of people in one row: each sex with what is asked of it, groups with ages of their own, who is meant before
what they must have."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import time_unit

Parted = tuple[list[Chunk], str, list[list[Chunk]]]
"""What stands before the parts, how they are joined, and the parts."""


def by_people(row: list[Chunk], includes: bool) -> Parted | None:
    """The parts of a row that groups of people make; None where it is of one group."""
    if groups := _aged_groups(row):
        return [], "or", groups
    if (at := _other_people(row)) is not None:
        return [], "or", [row[:at], row[at + 1 :]]
    if includes and (parts := _aged_last(row)) is not None:
        return parts[0], "or", [parts[1], parts[2]]
    if (parts := _each_sex(row)) is not None:
        return parts[0], "or", [parts[1], parts[2]]
    if (at := _described(row)) is not None:
        return [], "and", [row[at:], row[:at]]
    if whom := _people_first(row, includes):
        return [], "and", whom
    return None


def _people_first(row: list[Chunk], includes: bool) -> list[list[Chunk]]:
    """ "Adults aged 18-75 years | , | with asthma, COPD or bronchiectasis": who is meant, and what they have; empty
    where people are one of what is listed ("children, pregnant women or elderly")."""
    at = next((i for i, c in enumerate(row) if c.kind == "comma"), 0)
    if not at or at + 2 >= len(row) or not any(c.kind == "conjunction" and c.value == "or" for c in row[at:]):
        return []
    whom, rest = row[:at], row[at + 1 :]
    said = any(c.kind == "age" for c in whom)
    ages = [c for c in whom if _of_age(c) or (said and c.comparison is not None)]
    if any(c.kind not in _PEOPLE and c not in ages for c in whom if not _inclusive(c)):
        return []
    aged, people = bool(ages), any(c.kind in ("sex", "agegroup", "person") for c in whom)
    if rest[0].kind in _TIED or (rest[0].kind == "scaffold" and rest[0].low.split()[-1] in lexicon().turns["tied"]):
        return [whom, rest] if aged or people else []
    if includes and aged and not people and rest[0].kind == "sex" and rest[1].value == "or":
        return [whom, rest]  # "age 18 to 75 years, male or non-pregnant female"
    years = rest[0].comparison
    if years is not None and (years.age or time_unit(years.unit) == "year"):
        # "female, 18-45 years, with endometriosis or fibroids"
        begun = people and not aged and len(rest) > 1 and rest[1].kind == "comma"
        return [whom, [replace(rest[0], comparison=replace(years, age=True)), *rest[1:]]] if begun else []
    meant = any(c.kind in ("sex", "agegroup", "person", "childbearing", "age") or _of_age(c) for c in rest)
    listed = any(c.kind == "comma" for c in rest)
    both = includes and aged and people
    return [whom, rest] if both and not (meant or listed or rest[0].kind == "conjunction") else []


def _inclusive(chunk: Chunk) -> bool:
    """ "(inclusive)" behind a range."""
    return chunk.kind == "bracket" and all(c.kind == "scaffold" for c in chunk.inner)


def _of_age(chunk: Chunk) -> bool:
    return chunk.comparison is not None and chunk.comparison.age


_PEOPLE = frozenset({"sex", "agegroup", "person", "age", "scaffold"})
_TIED = frozenset({"link", "head", "planned", "negation"})


def _other_people(row: list[Chunk]) -> int | None:
    """The "or" between two groups of people, each with what is asked of it: "men ≥ 45 with X | or | women ≥ 55"."""
    kind = _people_by(row[0])
    if not kind:
        return None
    for at in range(2, len(row) - 2):
        if row[at].kind != "conjunction" or row[at].value != "or" or _people_by(row[at + 1]) != kind:
            continue
        left, right = row[:at], row[at + 1 :]
        tied = next((c for c in left if c.kind == "link"), None)
        if tied is not None and any(c.comparison is not None for c in left) and any(c.comparison for c in right):
            return at
    return None


def _aged_groups(row: list[Chunk]) -> list[list[Chunk]]:
    """ "Premenopausal women aged 25-45, postmenopausal women aged 50-70", "smokers ≥ 40, non-smokers ≥ 50 years":
    groups of people, each with its ages; empty where a part of the row is none."""
    if sum(c.comparison is not None and (c.comparison.age or c.comparison.duration is not None) for c in row) < 2:
        return []
    parts: list[list[Chunk]] = [[]]
    for chunk in row:
        if chunk.kind in ("comma", "semicolon", "conjunction"):
            parts.append([])
        else:
            parts[-1].append(chunk)
    groups = [part for part in parts if part]
    return groups if len(groups) > 1 and all(map(_aged_people, groups)) else []


def _aged_people(part: list[Chunk]) -> bool:
    """Whether a part names people first and their age last."""
    limit = part[-1].comparison
    whom = any(c.kind in ("sex", "person", "agegroup", "behaviour") for c in part[:-1])
    told = limit is not None and (limit.age or (len(part) > 1 and part[-2].kind == "age"))
    return told and whom and all(c.kind in _WHOM and (c.comparison is None or c is part[-1]) for c in part)


_WHOM = frozenset("sex person agegroup qualifier word term link age comparison scaffold behaviour negation".split())


def _each_sex(row: list[Chunk]) -> tuple[list[Chunk], list[Chunk], list[Chunk]] | None:
    """ "Men ≥ 18 years and women ≥ 21 years": what stands before the sexes, and each with what is asked of it."""
    at = [i for i, c in enumerate(row) if c.kind == "sex"]
    if len(at) != 2 or {row[i].value for i in at} != {"male", "female"}:
        return None
    one, two = at
    joint = two
    while joint > one and row[joint - 1].kind in ("comma", "conjunction", "semicolon"):
        joint -= 1
    before = row[one - 1].kind if one else "comma"
    opened = before in ("comma", "semicolon", "conjunction") or all(c.kind == "scaffold" for c in row[:one])
    if joint == two or not opened or any(c.value == "or" for c in row[max(one - 1, 0) : one]):
        return None
    first, second = row[one:joint], row[two:]
    lead = row[:one] if names(row[:one]) else []
    if any(c.kind in ("exception", "unless", "semicolon", "must") for c in row[one:]):
        return None
    asked = ("comparison", "term", "leaf", "childbearing")
    each = all(any(c.kind in asked for c in part[1:]) for part in (first, second))
    return (lead, first, second) if each else None


def _described(row: list[Chunk]) -> int | None:
    """ "Overweight or obese | women aged 40-60": where those begin whom the adjectives are said of, one and all."""
    at = next((i for i, c in enumerate(row) if c.kind == "sex"), 0)
    if at < 3 or any(c.kind in ("sex", "conjunction", "semicolon", "exception") for c in row[at + 1 :]):
        return None
    said = row[:at]
    if any(c.kind not in _ADJECTIVES for c in said) or not any(c.kind == "conjunction" for c in said):
        return None
    ends = [c for c, after in pairwise([*said, row[at]]) if after.kind in ("conjunction", "comma", "sex")]
    ends = [c for c in ends if c.kind not in ("conjunction", "comma")]
    known = lexicon()
    plain = known.turns["of_people"]
    words = [c.low.split()[-1] for c in ends]
    either = all(w in plain or (w not in known.nouns and w.endswith(known.adjective_endings)) for w in words)
    return at if either and len(words) > 1 else None


_ADJECTIVES = frozenset({"term", "word", "qualifier", "conjunction", "comma"})


def _aged_last(row: list[Chunk]) -> tuple[list[Chunk], list[Chunk], list[Chunk]] | None:
    """ "Males or postmenopausal females between 40 and 80 years old": the age is of both."""
    sexes = [c.value for c in row if c.kind == "sex"]
    if len(row) < 5 or row[0].kind != "sex" or row[1].kind != "conjunction" or sorted(sexes) != ["female", "male"]:
        return None
    aged = len(row) - 1 - (row[-2].kind == "age")
    limit = row[-1].comparison
    plain = all(c.kind in ("sex", "term", "word", "qualifier", "scaffold", "childbearing") for c in row[2:aged])
    if limit is None or not plain or not (limit.age or row[-2].kind == "age") or row[aged - 1].kind == "scaffold":
        return None
    return row[aged:], row[:1], row[2:aged]


def _people_by(chunk: Chunk) -> str:
    """By what a chunk groups people: their sex, their age; empty where it does not."""
    if chunk.kind == "sex":
        return "sex"
    return "age" if chunk.kind == "age" or (chunk.comparison is not None and chunk.comparison.age) else ""
