"""What a note's silence says: the policy table, applied to one predicate of one criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from matcher.evaluate import data
from matcher.evaluate.outcome import Outcome
from matcher.model import Kind, Leaf

Answer = Literal["not_met", "unknown"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the policy: predicate kind × importance × kind of criterion -> answer, with why."""

    name: str
    answer: Answer
    why: str


class Policy:
    """``resources/evaluate/silence.toml`` with a site's changes; ``--unmentioned unknown`` answers unknown always."""

    def __init__(self, site: Mapping[str, Any] | None = None, unmentioned: str = "policy") -> None:
        self._table = data.overlay("silence", site)
        self._importance = data.overlay("importance", site)
        self.off = unmentioned == "unknown"

    def importance(self, leaf: Leaf, terminology: Any) -> str:
        """``major``, ``minor`` …: the class of the thing, by its concept, its ancestors, then its words."""
        kinds = self._importance
        ids = [leaf.concept.id] if leaf.concept else []
        if leaf.concept is not None:
            ids += [c.id for c in terminology.ancestors(leaf.concept.id)]
        for level, entries in kinds["concepts"].items():
            if any(i in entries for i in ids):
                return str(level)
        term = f" {leaf.term.lower()} "
        for level, words in kinds["words"].items():
            if any(w in term for w in words):
                return str(level)
        return str(kinds["default"].get(leaf.op, "major"))

    def row(self, leaf: Leaf, kind: Kind, wanted: bool, terminology: Any, listed: bool = False) -> Row:
        """The row that answers for ``leaf``. ``wanted``: the criterion is in favour where the leaf holds."""
        level = self.importance(leaf, terminology)
        side = "favourable" if wanted else "unfavourable"
        rows = self._table["rows"]
        if listed and f"{leaf.op}.listed.{side}" in rows:
            name = f"{leaf.op}.listed.{side}"
            return Row(name, rows[name]["answer"], rows[name]["why"])
        for name in (
            f"{leaf.op}.{level}.{kind}.{side}",
            f"{leaf.op}.{level}.{side}",
            f"{leaf.op}.{kind}.{side}",
            f"{leaf.op}.{side}",
            f"any.{side}",
        ):
            row = rows.get(name)
            if row is not None:
                return Row(name, row["answer"], row["why"])
        return Row("none", "unknown", "no row of the policy speaks of it")

    def named(self, name: str) -> Row | None:
        """A row by its name; none where silence says nothing at all."""
        row = None if self.off else self._table["rows"].get(name)
        return Row(name, row["answer"], row["why"]) if row is not None else None

    def outcome(
        self,
        leaf: Leaf,
        kind: Kind,
        wanted: bool,
        terminology: Any,
        needs: str,
        label: str,
        listed: bool = False,
    ) -> Outcome:
        """The outcome where the notes say nothing of the leaf."""
        row = self.row(leaf, kind, wanted, terminology, listed)
        looked = f"looked for {label} in every note of the patient: not mentioned"
        if self.off:
            return Outcome(
                "unknown",
                "none",
                f"{label} is not mentioned",
                "silence.off",
                needs=needs,
                details=(looked,),
                label=label,
            )
        if row.answer == "unknown":
            return Outcome(
                "unknown",
                "none",
                f"{label} is not mentioned",
                f"silence.{row.name}",
                needs=needs,
                details=(looked, f"policy on silence, {row.name}: {row.why}"),
                label=label,
            )
        return Outcome(
            "not_met",
            "assumed",
            f"{label} is not mentioned; assumed absent",
            f"silence.{row.name}",
            details=(looked, f"policy on silence, {row.name}: {row.why}"),
            label=label,
        )
