"""Counted lists in running text: "at least 2 of the following: a; b; c", "any of …", "none of …"."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.judged import Judged
from matcher.criteria.labels import label, lent
from matcher.criteria.members import announces
from matcher.criteria.rows import cut, place, strip
from matcher.criteria.trees import join, negate
from matcher.model import And, AtLeast, Logic, Or

_NEAR = 8
"""Characters between a number and what it counts."""


class Counted(Judged):
    """Reads lists that a number or a word for one opens."""

    def counted(self, row: list[Chunk]) -> Logic | None:
        """ "At least 2 of the following: a; b; c", "any of …", "none of …"."""
        for at, chunk in enumerate(row):
            if chunk.kind not in ("list", "listall", "listnone") and not _counts(row, at):
                continue
            rest = strip(row[at + 1 :])
            before = row[:at]
            number, count = count_before(before, chunk)
            if number is not None:
                self.left_out(before[before.index(number) :])
                before = before[: before.index(number)]
            if not rest or not names(rest):
                return None
            lead = self.statement(before) if names(before) else None
            said: list[Chunk] = []
            end = label(rest)
            if end is not None and end < len(rest) and names(rest[end:]):
                said, rest = rest[:end], strip(rest[end:])
                self.left_out(said)
            elif end is None and (colon := place(rest, "colon")) and names(rest[:colon]) and names(rest[colon:]):
                # "any of the following in patients with diabetes: …"
                lead = join("and", [lead, self.statement(rest[:colon])])
                rest = strip(rest[colon:])
            opening = (
                [c for c in before if c.kind in ("head", "status", "negation", "certainty")] if lead is None else []
            )
            negated = any(c.kind == "negation" for c in opening)
            opening = [c for c in opening if c.kind != "negation"]
            items = self._items(opening + rest, "and" if chunk.kind == "listall" else "or")
            if not items:
                return None
            tree: Logic | None
            if chunk.kind == "listall":
                tree = join("and", items)
            elif chunk.kind == "listnone":
                tree = negate(join("or", items))
            else:
                tree = at_least(count, items) if count > 1 else join("or", items)
            tree = lent(tree, [*before, *said] if lead is None else said) if tree is not None else None
            if tree is not None and announces(lead):
                self.left_out(before)
                lead = None
            if (
                lead is not None
                and tree is not None
                and isinstance(tree, Or)
                and any(c.kind == "example" for c in before)
            ):
                return self.widened(lead, tree)
            return join("and", [lead, negate(tree) if negated else tree])
        return None

    def _items(self, row: list[Chunk], op: str) -> list[Logic]:
        """The entries of a list in running text: at semicolons where there are any, else at commas and conjunctions."""
        if any(c.kind == "semicolon" for c in row):
            found: list[Logic | None] = []
            for part in cut(row, lambda c: c.kind == "semicolon"):
                tree = self.statement(part)
                listed = {c.kind for c in part} & {"comma", "conjunction"} == {"comma"}
                found += tree.args if listed and isinstance(tree, And | Or) else [tree]
        else:
            tree = self.listed(row, op)
            if isinstance(tree, Or) or (isinstance(tree, And) and not isinstance(tree, Or)):
                found = list(tree.args)
            else:
                found = [tree]
        return [f for f in found if f is not None]


def count_before(row: list[Chunk], cue: Chunk) -> tuple[Chunk | None, int]:
    """The number that stands right before "of the following", and how many it asks for; one where there is none."""
    at = next((i for i in range(len(row) - 1, -1, -1) if row[i].kind in ("comparison", "number")), None)
    number = row[at] if at is not None else None
    found = number.comparison if number is not None and cue.start - number.end < _NEAR else None
    value = found.value if found is not None else None
    if isinstance(value, str):  # "3/5 of the following"
        value = float(value.partition("/")[0]) if value.partition("/")[0].isdigit() else None
    if found is None or value is None:
        return None, 1
    asked = row[at - 2] if at is not None and at > 1 and row[at - 1].low in ("of", "out of") else None
    if asked is not None and asked.comparison is not None and isinstance(asked.comparison.value, float):
        return asked, int(asked.comparison.value) + (asked.comparison.cmp == ">")  # "3 of 5 of the following"
    return number, int(value) + (found.cmp == ">")


def at_least(count: int, trees: Sequence[Logic]) -> Logic | None:
    """So many of the trees; all of them where there are no more."""
    return AtLeast(count, tuple(trees)) if count < len(trees) else join("and", trees)


def _counts(row: list[Chunk], at: int) -> bool:
    """ "2 or more of nausea, photophobia or aura"."""
    if row[at].kind != "scaffold" or row[at].low != "of" or at == 0 or at > 3:
        return False
    number = row[at - 1].comparison
    if at + 1 < len(row) and row[at + 1].comparison is not None:
        return False  # "4 of 10 tender points"
    if number is None or number.unit or number.uln or number.lln or number.scale or number.value2 is not None:
        return False
    listed = any(c.kind in ("comma", "semicolon", "conjunction") for c in row[at + 1 :])
    return listed and number.cmp in ("", ">=", ">") and isinstance(number.value, float) and number.value > 1
