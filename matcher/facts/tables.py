"""The tables of `matcher/resources/facts`, loaded once, and the patterns made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from matcher import resources
from matcher.patterns import by_first_letter

ADJECTIVES = {"normal.word": "normal", "adjective.word": "adjectives"}
"""Tag -> table of the adjectives that deny a disease by its opposite, and of those that say one."""


def toml(name: str) -> dict[str, Any]:
    """The parsed ``resources/facts/<name>.toml``."""
    return resources.toml(f"facts/{name}")


def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``resources/facts/<name>.csv``."""
    return resources.rows(f"facts/{name}")


def words(phrases: Iterable[str]) -> str:
    """An alternation of whole phrases, longest first; a space matches one or two, ``*`` up to three words.

    The boundary before them is asked for once, and then their first letter.
    """
    begun: list[str] = []
    signs: list[str] = []
    for phrase in sorted(set(phrases), key=lambda p: (-len(p), p)):
        body = (
            re.escape(phrase)
            .replace(r"\ \*", r"(?:\s[\w'/-]{1,20},?){0,3}?")
            .replace(r"\*\ ", r"(?:[\w'/-]{1,20},?\s){0,3}?")
        )
        body = body.replace(r"\ ", r"\s{1,2}") + (r"(?!\w)" if phrase[-1].isalnum() else "")
        (begun if phrase[0].isalnum() else signs).append(body)
    return "|".join([rf"(?<!\w)(?:{by_first_letter(begun)})"] * bool(begun) + signs)


def stems(words: Iterable[str]) -> str:
    """An alternation of words, in order; ``*`` stands for any letters."""
    return "|".join(word.replace("*", r"\w*") for word in words)


@cache
def pattern(table: str, *keys: str) -> re.Pattern[str]:
    """Any phrase of these lists of a TOML table, case-insensitive, whole words."""
    data = toml(table)
    return re.compile(words(p for key in keys for p in data[key]), re.IGNORECASE)


@cache
def pattern_at_end(table: str, key: str) -> re.Pattern[str]:
    """Any phrase of a list of a TOML table with nothing but spaces behind it."""
    return re.compile(rf"(?:{words(toml(table)[key])})\s*\Z", re.IGNORECASE)


@cache
def pattern_in(table: str, section: str, key: str) -> re.Pattern[str]:
    """Any phrase of the list ``key`` of a section of a TOML table."""
    return re.compile(words(toml(table)[section][key]), re.IGNORECASE)


SIDES = frozenset({"left", "right", "bilateral"})
"""The qualifiers of laterality."""


@cache
def general() -> frozenset[str]:
    """Words of recognisers that name nothing, lower case."""
    return frozenset(toml("concepts")["general"])


@cache
def sides() -> dict[str, str]:
    """Words of laterality, lower case, to left, right or bilateral."""
    return {
        row["phrase"].lower(): row["qualifier"]
        for row in rows("qualifiers")
        if row["qualifier"] in SIDES and row["where"] == "near"
    }


@cache
def findings() -> tuple[dict[str, Any], ...]:
    """The rows of ``examined.toml``, those of a named sign as the two findings that it is: there, and not there."""
    table = toml("examined")
    told = table["signs"]
    found: list[dict[str, Any]] = list(table["finding"])
    for row in table["sign"]:
        there = [*told["positive"], *(word for more in ("graded", "shown") if row.get(more) for word in told[more])]
        missing = [*told["negative"]]
        if row.get("felt"):
            there, missing = there + told["there"], missing + told["missing"]
        names = [name for name in row["names"] if name not in row.get("denies_only", ())]
        others = [*told["persons"], *row.get("not_behind", ())]
        shared = {"concepts": row["concepts"], "turned": True, "sign": True, "not_behind": others}
        found.append({**shared, "subject": names, "state": there, "says": "present", "not_of": ["negative", "neg"]})
        found.append({**shared, "subject": row["names"], "state": missing, "not_of": ["positive", "pos"]})
    return tuple(found)
