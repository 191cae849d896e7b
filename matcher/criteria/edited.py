"""Readings that a person may correct: a TOML file with the protocol's text and one outline a criterion.

The file is written by ``match parse --output NAME.criteria.toml``. It is used in place of the program's own reading
wherever a protocol of the same text (SHA-256) comes back with the file beside it, or where the file itself is named.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from matcher.criteria import outline
from matcher.criteria.source import Edited, Source, digest, of_text
from matcher.errors import InputProblem
from matcher.model import Criterion, CriterionStatus, Fragment, Kind, Protocol

SCHEMA = "match.criteria/1"
_STATUSES: tuple[str, ...] = get_args(CriterionStatus)
_KINDS: tuple[str, ...] = get_args(Kind)
_HEAD = """\
# How a protocol's eligibility criteria were understood. Correct what is wrong, put your name and the day under
# edited_by and edited_at, and keep this file beside the protocol (or screen with it instead of the protocol).
#
# logic     what must hold for the criterion's statement to be true; for an exclusion criterion: what excludes.
#           One node a line, two blanks for each level: all of, any of, not, at least N of,
#           except (first line: the base, others: what is taken out), if (first line: the premise, second: then),
#           or a predicate: OP: term | >= 18 years | within 6 months | at least 3 months ago | status current |
#           qualifiers severe, left | times >= 2 | stable for 8 weeks | at FROM-TO (offsets in the text)
# status    parsed, partial, human (only a person can judge it), unparsed. Leave logic empty where there is none.
# The text and its offsets stay as they are: the correction belongs to exactly this text (sha256).
"""


def dump(protocol: Protocol, edited_by: str = "", edited_at: str = "") -> str:
    """The file's text. ``edited_at``: an ISO day; both are kept from an earlier correction by the caller."""
    head = [
        _HEAD,
        f"schema = {_string(SCHEMA)}",
        f"protocol_id = {_string(protocol.id)}",
        f"source = {_string(Path(protocol.source).name)}",
        f"title = {_string(protocol.title)}",
        f"sha256 = {_string(digest(protocol.text))}",
        f"edited_by = {_string(edited_by)}",
        f"edited_at = {_string(edited_at)}",
        "",
    ]
    for criterion in protocol.criteria:
        head.append("[[criteria]]")
        head.append(f"id = {_string(criterion.id)}")
        head.append(f"kind = {_string(criterion.kind)}")
        head.append(f"text = {_block(criterion.text)}")
        if criterion.reading:
            head.append(f"# {' '.join(criterion.reading.split())}")
        head.extend(f"# warning: {' '.join(warning.split())}" for warning in criterion.warnings)
        head.append(f"status = {_string(criterion.status)}")
        head.append(f"logic = {_block(outline.write(criterion.logic) if criterion.logic else '')}")
        if criterion.question:
            head.append(f"question = {_string(criterion.question)}")
        if criterion.unparsed:
            spans = ", ".join(f"[{f.start}, {f.end}]" for f in criterion.unparsed)
            head.append(f"unparsed = [{spans}]")
        head.append(f"span = [{criterion.start}, {criterion.end}]")
        head.append("")
    head.append("[protocol]")
    head.append(f"text = {_block(protocol.text)}")
    return "\n".join(head) + "\n"


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def _escaped(words: str, newline: str) -> str:
    out = []
    for c in words:
        if c == "\n":
            out.append(newline)
        elif c in _ESCAPES:
            out.append(_ESCAPES[c])
        elif c < " " or c == "\x7f" or "\ud800" <= c <= "\udfff":
            out.append("\\ufffd" if c >= "\ud800" else f"\\u{ord(c):04x}")
        else:
            out.append(c)
    return "".join(out)


def _string(words: str) -> str:
    return '"' + _escaped(words, "\\n") + '"'


def _block(words: str) -> str:
    """A multi-line string; the first line end after the quotes belongs to the notation."""
    return _string(words) if "\n" not in words else '"""\n' + _escaped(words, "\n") + '"""'


def load(path: str | Path) -> Edited:
    """A corrected reading. Raises `InputProblem` naming the file, the criterion and the line that is wrong."""
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputProblem(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputProblem(f"{path}: is not UTF-8") from None
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputProblem(f"{path}: not valid TOML: {error}") from None
    if data.get("schema") != SCHEMA:
        raise InputProblem(f"{path}: schema is {data.get('schema')!r}; wanted is {SCHEMA!r}")
    section = data.get("protocol")
    whole = section.get("text") if isinstance(section, dict) else None
    if not isinstance(whole, str):
        raise InputProblem(f"{path}: protocol.text is missing; it is written by match parse and must stay")
    sha = data.get("sha256")
    if sha != digest(whole):
        raise InputProblem(
            f"{path}: protocol.text was changed (its SHA-256 is not the one given); only the reading may be"
        )
    entries = data.get("criteria", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputProblem(f"{path}: criteria is no list of [[criteria]] tables")
    criteria = tuple(_criterion(entry, whole, str(path), number) for number, entry in enumerate(entries, 1))
    ids = [criterion.id for criterion in criteria]
    for id in ids:
        if ids.count(id) > 1:
            raise InputProblem(f"{path}: the id {id!r} occurs twice; give each criterion its own")
    return Edited(
        str(path),
        str(sha),
        str(data.get("protocol_id") or file.name.removesuffix(".criteria.toml")),
        whole,
        criteria,
        _words(data.get("edited_by")),
        _words(data.get("edited_at")),
        _words(data.get("title")),
    )


def _words(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value if isinstance(value, str) else ""


def _criterion(entry: Mapping[str, Any], text: str, path: str, number: int) -> Criterion:
    id = entry.get("id")
    if not isinstance(id, str) or not id:
        raise InputProblem(f"{path}: criterion {number} has no id")
    where = f"{path}: {id}"
    kind, status = entry.get("kind"), entry.get("status")
    if kind not in _KINDS:
        raise InputProblem(f"{where}: kind is {kind!r}; allowed are {', '.join(_KINDS)}")
    if status not in _STATUSES:
        raise InputProblem(f"{where}: status is {status!r}; allowed are {', '.join(_STATUSES)}")
    start, end = _span(entry.get("span"), text, f"{where}: span")
    written = entry.get("logic", "")
    if not isinstance(written, str):
        raise InputProblem(f"{where}: logic is no text")
    logic = outline.read(written, f"{where}: logic") if written.strip() else None
    if status == "parsed" and logic is None:
        raise InputProblem(f"{where}: status is 'parsed', but there is no logic; write 'unparsed' or 'human'")
    spans = entry.get("unparsed", [])
    if not isinstance(spans, list):
        raise InputProblem(f"{where}: unparsed is no list of [from, to]")
    fragments = tuple(
        Fragment(a, b, text[a:b], "as corrected") for a, b in (_span(s, text, f"{where}: unparsed") for s in spans)
    )
    question = _words(entry.get("question")) or None
    return Criterion(id, kind, text[start:end], start, end, status, (), logic, "", fragments, question)


def _span(value: Any, text: str, where: str) -> tuple[int, int]:
    whole = (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
    )
    if not whole or not 0 <= value[0] <= value[1] <= len(text):
        raise InputProblem(f"{where} is {value!r}; two offsets within the text are wanted: [from, to]")
    return value[0], value[1]


def source(edited: Edited) -> Source:
    """The protocol that a correction holds, with the correction attached."""
    found = of_text(edited.text, edited.protocol_id, edited.path)
    return replace(found, title=edited.title or found.title, edited=edited)


def apply(protocol: Protocol, edited: Edited) -> Protocol:
    """The protocol as corrected: criteria, kinds, statuses and trees are the person's; entities stay as recognised."""
    from matcher.criteria.reading import reading

    mentions = sorted(
        {m for criterion in protocol.criteria for m in criterion.entities}, key=lambda m: (m.start, m.end, m.type)
    )
    own = {c.id: c for c in protocol.criteria}
    corrected = []
    for criterion in edited.criteria:
        before = own.get(criterion.id)
        entities = tuple(m for m in mentions if criterion.start <= m.start and m.end <= criterion.end)
        same = before is not None and (before.logic, before.kind, before.status) == (
            criterion.logic,
            criterion.kind,
            criterion.status,
        )
        corrected.append(
            replace(
                criterion,
                entities=entities,
                reading=reading(criterion.logic, criterion.kind, protocol.text) if criterion.logic else "",
                warnings=before.warnings if same and before else (edited.note,),
            )
        )
    return replace(protocol, criteria=tuple(corrected), warnings=(*protocol.warnings, f"{edited.path}: {edited.note}"))
