"""The phrases of all fact tables: what each is looked for as, list by list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from matcher.facts import tables

_BEFORE, _BEHIND, _LABEL = "{0} * {1}", "{1} * {0}", ("{0} : {1}", "{0} : * {1}")
"""How two phrases stand to each other; "*" is up to three words."""
_BESIDE = "{0} {1}", "{0} : {1}", "{1} {0}"


class Listed(NamedTuple):
    """A list of phrases under one tag, or two lists: each phrase of one with each of the other.

    They are some 150,000 phrases, of which a note and a protocol want few: those are put together when they are wanted.
    """

    tag: str
    first: Sequence[str]
    second: Sequence[str] = ("",)
    ways: Sequence[str] = ("{0}",)

    def phrases(self) -> Iterator[str]:
        """All of them."""
        for way in self.ways:
            for one, other in product(self.first, self.second):
                yield way.format(one, other)

    def leads(self) -> Iterator[tuple[str, str]]:
        """With what they begin: (a phrase of one list, how one of the other stands to it)."""
        for way in self.ways:
            for lead in self.first if way.startswith("{0}") else self.second:
                yield lead, way

    def led_by(self, lead: str, way: str) -> Iterator[str]:
        """Those that begin so."""
        if way.startswith("{0}"):
            return (way.format(lead, other) for other in self.second)
        return (way.format(one, lead) for one in self.first)


def listed() -> Iterator[Listed]:
    """The phrases of every table."""
    people = tables.toml("demographics")
    for section in ("pregnancy", "lactation", "menopause", "contraception", "consent"):
        for key, phrases in people[section].items():
            yield Listed(f"{section}.{key}", phrases)
    for tag, table in tables.ADJECTIVES.items():
        yield Listed(tag, [row["word"] for row in tables.rows(table)])
    for key in ("male_signs", "female_signs"):
        yield Listed(f"sex.{key}", people["sex"][key])
    for substance, lists in tables.toml("behaviour").items():
        if isinstance(lists, dict) and "words" in lists:  # a habit, and not what is read beside one
            for key, phrases in lists.items():
                yield Listed(f"{substance}.{key}", phrases)
    for row in tables.toml("behaviour")["crossed"]:
        yield Listed(f"{row['habit']}.{row['list']}", row["first"], row["second"], ("{0} {1}",))
    for kind, phrases in tables.toml("lists")["anywhere"].items():
        yield Listed(f"list.{kind}", phrases)
    for kind, phrases in tables.toml("lists")["in_full"].items():
        yield Listed(f"list.only.{kind}", phrases)
    drugs = tables.toml("drugs")
    for group in ("route", "frequency"):
        for phrases in drugs[group].values():
            yield Listed(group, phrases)
    for key, phrases in drugs["status"].items():
        yield Listed("status." + key.rpartition("_")[2], phrases)
    for key, phrases in drugs["allergy"].items():
        yield Listed(f"allergy.{key}", phrases)
    for table, tag in (("results", "result"), ("qualifiers", "qualifier")):
        yield Listed(tag, [row["phrase"] for row in tables.rows(table)])
    for name, phrases in tables.toml("concepts")["specimens"]["words"].items():
        yield Listed(f"specimen.{name}", phrases)
    for pair in tables.toml("concepts")["pairs"]:
        yield Listed("pair", pair["names"])
    courses = tables.toml("courses")
    yield Listed("lines.untreated", courses["untreated"])
    yield Listed(
        "lines.untreated",
        [
            pattern.format(what=what, begun=begun)
            for what, begun, pattern in product(courses["what"], courses["begun"], courses["untreated_patterns"])
        ],
    )
    yield Listed("lines.naive", courses["given"], courses["naive"], ("{0} {1}", "{0}-{1}"))
    yield Listed("lines.naive", [given + naive for given, naive in product(courses["given"], courses["naive"])])
    yield from _examined()
    yield from _operations()
    yield from _told()
    values = tables.toml("values")
    for key in ("rejected", "repeat", "pending", "not_reportable"):
        yield Listed(key, values[key])


def _operations() -> Iterator[Listed]:
    """For `matcher.facts.operations`: every part with every word of its act; every label with every word of a row."""
    table = tables.toml("operations")
    behind_only = frozenset(table["behind_only"])
    for number, row in enumerate(table["operation"]):
        act, tag = table["acts"][row["act"]], f"operation.{number}"
        yield Listed(tag, row["parts"], act["done"], (_BEFORE,))
        yield Listed(tag, row["parts"], sorted({*act["done"], *act["of"]} - behind_only), (_BEHIND,))
    for number, row in enumerate(table["labelled"]):
        yield Listed(f"labelled.{number}", row["labels"], row["words"], _LABEL)


def _told() -> Iterator[Listed]:
    """For `matcher.facts.told`: the phrases of a row, with every part where it has some, and those that open."""
    for number, row in enumerate(tables.toml("told")["event"]):
        if "parts" in row:
            yield Listed(f"told.{number}", row["phrases"], row["parts"], (_BEFORE,))
        else:
            yield Listed(f"told.{number}", row["phrases"])
        yield Listed(f"told_first.{number}", row.get("opens", ()))


def _examined() -> Iterator[Listed]:
    """For `matcher.facts.examined`: every subject with every state of a row."""
    for number, row in enumerate(tables.findings()):
        ways = _BESIDE if row.get("beside") else (_BEFORE, *_LABEL, *([_BEHIND] if row.get("turned") else ()))
        yield Listed(f"examined.{number}", row["subject"], row["state"], ways)
