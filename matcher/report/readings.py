"""A protocol as it was understood: contract objects for scripts, a coloured tree in plain words for people."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matcher import resources
from matcher.criteria.notation import concept_json, to_contract
from matcher.criteria.reading import phrase
from matcher.model import And, AtLeast, Criterion, Except, If, Leaf, Logic, Not, Or, Protocol

if TYPE_CHECKING:
    from rich.tree import Tree

SCHEMA = "match.parse/1"
STATUSES = ("parsed", "partial", "human", "unparsed")
_COLOURS = {"parsed": "green", "partial": "yellow", "human": "cyan", "unparsed": "red"}
_SIGNS = {"parsed": "✓", "partial": "~", "human": "☺", "unparsed": "✗"}


def summary(protocol: Protocol) -> dict[str, int]:
    """The accounting: criteria in all and by status."""
    counts = {"criteria": len(protocol.criteria)}
    counts.update({status: sum(c.status == status for c in protocol.criteria) for status in STATUSES})
    return counts


def contract(protocol: Protocol) -> dict[str, Any]:
    """The object of ``match parse --format jsonl`` (`docs/formats.md`)."""
    return {
        "schema": SCHEMA,
        "protocol_id": protocol.id,
        "source": Path(protocol.source).name if protocol.source else "",
        "title": protocol.title,
        "conditions": list(protocol.conditions),
        "criteria": [_criterion(criterion) for criterion in protocol.criteria],
        "headings": [{"start": span.start, "end": span.end} for span in protocol.headings],
        "unread": [_fragment(fragment) for fragment in protocol.unread],
        "warnings": list(protocol.warnings),
        "summary": summary(protocol),
    }


def _fragment(fragment: Any) -> dict[str, Any]:
    return {"start": fragment.start, "end": fragment.end, "text": fragment.text, "why": fragment.why}


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "text": criterion.text,
        "start": criterion.start,
        "end": criterion.end,
        "status": criterion.status,
        "entities": [
            {"start": m.start, "end": m.end, "text": m.text, "type": m.type, "concept": concept_json(m.concept)}
            for m in criterion.entities
        ],
        "logic": to_contract(criterion.logic) if criterion.logic is not None else None,
        "reading": criterion.reading,
        "unparsed": [_fragment(fragment) for fragment in criterion.unparsed],
        "question": criterion.question,
        "warnings": list(criterion.warnings),
    }


def accounting(protocols: Iterable[Protocol]) -> str:
    """One line: criteria = parsed + partly + human + not understood."""
    totals = dict.fromkeys(("criteria", *STATUSES), 0)
    count = 0
    for protocol in protocols:
        count += 1
        for key, value in summary(protocol).items():
            totals[key] += value
    plural = "protocol" if count == 1 else "protocols"
    return (
        f"{count} {plural}: {totals['criteria']} criteria = {totals['parsed']} parsed + {totals['partial']} in part + "
        f"{totals['human']} for a person to judge + {totals['unparsed']} not understood"
    )


def plain(text: str) -> str:
    """Text for a terminal: control characters made harmless, blanks single."""
    return " ".join("".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text).split())


def trees(protocols: Iterable[Protocol], stream: BinaryIO, width: int, colour: bool) -> None:
    """Each protocol as a tree in plain words, with its warnings and what was not understood."""
    from rich.console import Console

    text = io.StringIO()
    options: dict[str, Any] = {"force_terminal": colour, "no_color": not colour, "legacy_windows": False}
    console = Console(file=text, width=max(60, width), highlight=False, **options)
    for protocol in protocols:
        _protocol(console, protocol)
        stream.write(text.getvalue().encode("utf-8", "replace"))
        text.seek(0)
        text.truncate()


def _protocol(console: Any, protocol: Protocol) -> None:
    from rich.text import Text
    from rich.tree import Tree

    title = f"{protocol.id}: {protocol.title}" if protocol.title else protocol.id
    root = Tree(Text(plain(title), style="bold"))
    for kind, heading in (("inclusion", "Inclusion: all must hold"), ("exclusion", "Exclusion: none may hold")):
        chosen = [c for c in protocol.criteria if c.kind == kind]
        if not chosen:
            continue
        branch = root.add(Text(heading, style="bold"))
        for criterion in chosen:
            _branch(branch, criterion, protocol.text)
    if protocol.unread:
        branch = root.add(Text("Text that is no criterion", style="bold"))
        for fragment in protocol.unread:
            branch.add(Text(f"{plain(fragment.why)}: {_short(fragment.text)}", style="dim"))
    for warning in protocol.warnings:
        root.add(Text(f"! {plain(warning)}", style="yellow"))
    if not protocol.criteria:
        root.add(Text("no eligibility criteria were found", style="red"))
    console.print(root)
    console.print()


def _short(text: str, most: int = 300) -> str:
    words = plain(text)
    return words if len(words) <= most else words[: most - 1] + "…"


def _branch(parent: Tree, criterion: Criterion, text: str) -> None:
    from rich.text import Text

    colour = _COLOURS[criterion.status]
    head = Text.assemble(
        (f"{_SIGNS[criterion.status]} {criterion.id} ", f"bold {colour}"), (_short(criterion.text, 1000), "dim")
    )
    branch = parent.add(head)
    if criterion.reading:
        branch.add(Text(plain(criterion.reading), style=colour))
    if criterion.logic is not None and not isinstance(criterion.logic, Leaf):
        _logic(branch, criterion.logic, text)
    if criterion.question:
        branch.add(Text(f"ask: {plain(criterion.question)}", style="cyan"))
    for fragment in criterion.unparsed:
        branch.add(Text(f"not understood: {_short(fragment.text)}", style="red"))
    for warning in criterion.warnings:
        branch.add(Text(f"! {plain(warning)}", style="yellow"))


def _logic(parent: Tree, node: Logic, text: str) -> None:
    from rich.text import Text

    words = resources.toml("criteria/reading")["nodes"]
    if isinstance(node, Leaf):
        parent.add(Text(plain(phrase(node, text))))
        return
    if isinstance(node, Not) and isinstance(node.arg, Leaf):
        parent.add(Text.assemble((words["not"] + " ", "bold"), plain(phrase(node.arg, text))))
        return
    if isinstance(node, And | Or):
        branch = parent.add(Text(words["and" if isinstance(node, And) else "or"], style="bold"))
        parts: tuple[Logic, ...] = node.args
    elif isinstance(node, AtLeast):
        branch, parts = parent.add(Text(words["at_least"].format(n=node.n), style="bold")), node.args
    elif isinstance(node, Not):
        branch, parts = parent.add(Text(words["not"], style="bold")), (node.arg,)
    elif isinstance(node, Except):
        _logic(parent, node.base, text)
        branch, parts = parent.add(Text(words["except"], style="bold")), node.spares
    elif isinstance(node, If):
        branch = parent.add(Text(words["if"], style="bold"))
        _logic(branch, node.premise, text)
        branch, parts = parent.add(Text(words["then"], style="bold")), (node.then,)
    for part in parts:
        _logic(branch, part, text)
