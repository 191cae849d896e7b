"""What `match train` says of a model: figures per label, confusion, examples by offsets and never by text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from matcher.train.documents import Document

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of spans; strict: same offsets and label."""

    gold: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Right of found; 0 where nothing was found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Right of gold; 0 where there is no gold."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (self.gold + self.found) if self.gold + self.found else 0.0


@dataclass(slots=True)
class Report:
    """The figures of one model on one set."""

    documents: int
    total: Figures
    labels: dict[str, Figures]
    confusion: dict[tuple[str, str], int]
    """(annotated, found) by overlap; ``-`` for nothing there."""
    examples: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""

        def row(f: Figures) -> dict[str, Any]:
            return {
                "precision": round(f.precision, 4),
                "recall": round(f.recall, 4),
                "f1": round(f.f1, 4),
                "gold": f.gold,
                "found": f.found,
            }

        return {
            "documents": self.documents,
            "all": row(self.total),
            "labels": {label: row(f) for label, f in self.labels.items()},
            "confusion": [{"annotated": a, "found": b, "spans": n} for (a, b), n in self.confusion.items()],
            "errors": self.examples,
        }

    def table(self) -> str:
        """As plain text."""
        lines = [f"{'label':24}{'precision':>10}{'recall':>8}{'F1':>8}{'gold':>8}{'found':>8}"]
        for name, f in [*self.labels.items(), ("all", self.total)]:
            lines.append(f"{name:24}{f.precision:10.3f}{f.recall:8.3f}{f.f1:8.3f}{f.gold:8d}{f.found:8d}")
        mixed = [(k, n) for k, n in self.confusion.items() if k[0] != k[1]]
        if mixed:
            lines.append("taken for: " + ", ".join(f"{a} → {b} {n}" for (a, b), n in mixed[:8]))
        return "\n".join(lines)


def compare(documents: Sequence[Document], found: Sequence[Sequence[Span]], examples: int = 40) -> Report:
    """Found spans against the annotated ones of each document."""
    gold_n, found_n, right_n = Counter[str](), Counter[str](), Counter[str]()
    confusion = Counter[tuple[str, str]]()
    errors: list[dict[str, Any]] = []
    for document, spans in zip(documents, found, strict=True):
        gold = [(e.start, e.end, e.label) for e in document.entities]
        right = set(gold) & set(spans)
        gold_n.update(g[2] for g in gold)
        found_n.update(s[2] for s in spans)
        right_n.update(r[2] for r in right)
        used = set()
        for g in gold:
            best = max(
                (s for s in spans if s[0] < g[1] and g[0] < s[1]),
                key=lambda s: (s == g, s[2] == g[2], min(s[1], g[1]) - max(s[0], g[0]), -s[0]),
                default=None,
            )
            confusion[g[2], best[2] if best else "-"] += 1
            used.add(best)
            if best != g:
                errors.append(_example(document, g, best))
        for s in sorted(set(spans) - used - set(gold)):
            confusion["-", s[2]] += 1
            errors.append(_example(document, None, s))
    names = sorted(gold_n | found_n)
    return Report(
        len(documents),
        Figures(gold_n.total(), found_n.total(), right_n.total()),
        {n: Figures(gold_n[n], found_n[n], right_n[n]) for n in names},
        dict(sorted(confusion.items(), key=lambda kv: (-kv[1], kv[0]))),
        errors[:: max(1, len(errors) // max(1, examples))][:examples],
    )


def _example(document: Document, gold: Span | None, found: Span | None) -> dict[str, Any]:
    def row(span: Span | None) -> dict[str, Any] | None:
        return None if span is None else {"start": span[0], "end": span[1], "label": span[2]}

    return {"document": document.id, "annotated": row(gold), "found": row(found)}
