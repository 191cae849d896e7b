"""A screening's derivation as a tree for a terminal and as plain data for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matcher.evaluate.score import credit, formula, side
from matcher.model import Evidence, Screening, Step, Verdict

if TYPE_CHECKING:
    from rich.tree import Tree

SIGNS = {"met": "✓", "not_met": "✗", "unknown": "?"}
COLOURS = {"for": "green", "against": "red", "open": "yellow"}


def as_data(screening: Screening, criterion: str | None = None) -> dict[str, Any]:
    """The derivation as JSON-ready data: every step with its rule, arithmetic and quotes."""
    return {
        "schema": "match.explain/1",
        "protocol_id": screening.protocol_id,
        "patient_id": screening.patient_id,
        "as_of": screening.as_of.isoformat() if screening.as_of else None,
        "verdict": screening.verdict,
        "verdict_basis": screening.verdict_basis,
        "score": screening.score,
        "score_parts": dict(screening.score_parts),
        "what_if": what_if(screening),
        "criteria": [_verdict(v) for v in chosen(screening, criterion)],
    }


def chosen(screening: Screening, criterion: str | None) -> list[Verdict]:
    """The verdicts to explain. Raises KeyError where no criterion has that id."""
    if criterion is None:
        return list(screening.verdicts)
    found = [v for v in screening.verdicts if v.criterion.id == criterion]
    if not found:
        raise KeyError(criterion)
    return found


def what_if(screening: Screening) -> str | None:
    """The smallest change that turns the patient's verdict, where there is one."""
    against = [v for v in screening.verdicts if side(v) == "against"]
    if len(against) == 1:
        blocking = against[0]
        why = blocking.near or blocking.reason
        return f"excluded only by {blocking.criterion.id}: {why}"
    if against:
        return None
    waiting = [v for v in screening.verdicts if side(v) == "open"]
    if len(waiting) == 1:
        return f"open only for {waiting[0].criterion.id}: {waiting[0].needs or 'human judgement'}"
    return None


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.criterion.id,
        "kind": verdict.criterion.kind,
        "text": verdict.criterion.text,
        "reading": verdict.criterion.reading,
        "verdict": verdict.truth,
        "basis": verdict.basis,
        "confidence": verdict.confidence,
        "credit": credit(verdict),
        "reason": verdict.reason,
        "needs": verdict.needs,
        "near": verdict.near,
        "not_understood": [f.text for f in verdict.criterion.unparsed],
        "steps": [_step(s) for s in verdict.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "text": step.text,
        "verdict": step.truth,
        "rule": step.rule,
        "details": list(step.details),
        "evidence": [_evidence(e) for e in step.evidence],
        "children": [_step(s) for s in step.children],
    }


def _evidence(quote: Evidence) -> dict[str, Any]:
    return {
        "note_id": quote.note_id, "start": quote.start, "end": quote.end, "line": quote.line, "quote": quote.quote,
        "date": quote.date, "assertion": quote.assertion,
    }  # fmt: skip


def plain(text: str) -> str:
    """One line, safe for a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def tree(screening: Screening, criterion: str | None = None) -> Tree:
    """A rich tree: the patient's verdict, then each criterion with its derivation."""
    from rich.text import Text
    from rich.tree import Tree

    head = Text(f"{screening.patient_id} against {screening.protocol_id}: ")
    head.append(screening.verdict, style="bold")
    head.append(f" ({screening.verdict_basis}), score {screening.score:.3f}")
    if screening.as_of:
        head.append(f", as of {screening.as_of}")
    root = Tree(head, guide_style="dim")
    if screening.score_parts:
        made = root.add(Text(f"score {screening.score:.3f} = {formula(screening.score_parts)}", style="dim"))
        of = [f"{name[6:]} {value:.2f}" for name, value in screening.score_parts if name.startswith("match.")]
        if of:
            made.add(Text("match with what the trial is about: " + ", ".join(of), style="dim"))
    change = what_if(screening)
    if change:
        root.add(Text(plain(change), style="italic"))
    for verdict in chosen(screening, criterion):
        own = verdict.criterion
        line = Text(f"{SIGNS[verdict.truth]} ", style=COLOURS[side(verdict)])
        line.append(f"{own.id} {own.kind}: {plain(own.text)}", style="bold")
        branch = root.add(line)
        branch.add(
            Text(f"{verdict.truth}, {verdict.basis}, confidence {verdict.confidence:.2f}: {plain(verdict.reason)}")
        )
        if own.reading:
            branch.add(Text(f"read as: {plain(own.reading)}", style="dim"))
        for fragment in own.unparsed:
            branch.add(Text(f"not understood: “{plain(fragment.text)}” {fragment.why}".rstrip(), style="yellow"))
        if verdict.needs:
            branch.add(Text(f"needs: {plain(verdict.needs)}"))
        if verdict.near:
            branch.add(Text(f"near: {plain(verdict.near)}"))
        _grow(branch, verdict.steps)
    return root


def _grow(branch: Tree, steps: Sequence[Step]) -> None:
    from rich.text import Text

    for step in steps:
        line = Text(f"{SIGNS[step.truth]} {plain(step.text)}")
        if step.rule:
            line.append(f"  [{step.rule}]", style="dim")
        node = branch.add(line)
        for detail in step.details:
            node.add(Text(plain(detail), style="dim"))
        for quote in step.evidence:
            dated = f" {quote.date}" if quote.date else ""
            node.add(Text(f"“{plain(quote.quote)}” {quote.note_id}:{quote.line}{dated} ({quote.assertion})"))
        _grow(node, step.children)


def text(screening: Screening, criterion: str | None = None, width: int = 100, colour: bool = False) -> str:
    """The tree as text; plain where ``colour`` is off."""
    import io

    from rich.console import Console

    stream = io.StringIO()
    console = Console(
        file=stream, width=max(width, 60), force_terminal=colour, no_color=not colour, highlight=False, markup=False,
        legacy_windows=False,
    )  # fmt: skip
    console.print(tree(screening, criterion))
    return stream.getvalue()
