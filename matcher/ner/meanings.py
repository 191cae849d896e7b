"""What a section says of the mentions in it: the meaning columns of ``resources/sections/sections.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from matcher import resources


@dataclass(frozen=True, slots=True)
class Meaning:
    """Assertion of a mention that has no cue of its own, by the kind of mention; empty: none."""

    experiencer: str = ""
    condition: str = ""
    procedure: str = ""
    drug: str = ""
    status: str | None = None
    flags: frozenset[str] = frozenset()

    def of(self, kind: str | None) -> str:
        """The assertion of a mention of that kind; a mention of no known kind is read as a condition."""
        if "aims" in self.flags and kind in ("measurement", "score"):
            return self.condition
        if kind in ("procedure", "device"):
            return self.procedure
        if kind in ("drug",):
            return self.drug
        return self.condition if kind in (None, "condition", "observation", "behaviour", "biomarker") else ""


NONE = Meaning()


@cache
def meanings() -> dict[str, Meaning]:
    """Section kind -> meaning."""
    return {
        row["kind"]: Meaning(
            row["experiencer"],
            row["condition"],
            row["procedure"],
            row["drug"],
            row["status"] or None,
            frozenset(row["flags"].split()),
        )
        for row in resources.rows("sections/sections")
    }
