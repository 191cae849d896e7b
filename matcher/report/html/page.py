"""Writes the HTML report: a fixed page, and the data beside it as JSON that the page's script shows as text.

No byte of a note becomes markup: data stands in script blocks of a type that no browser runs, with ``<``, ``>`` and
``&`` escaped, and the script sets text, never HTML. The content security policy admits the page's own script and style
by their hashes and nothing else. Details lie one patient a line and are parsed when a patient is opened, so a thousand
patients open at once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from typing import Any, BinaryIO

from matcher import __version__
from matcher.model import Protocol
from matcher.report import todo
from matcher.report.contract import favourable
from matcher.report.table import why

_SIDES = {True: "f", False: "a", None: "o"}
_DROPPED = ("text", "kind", "start", "end")
"""Fields of a criterion that the protocol's entry in the head holds once for all patients."""


def write(rows: Callable[[], Iterator[dict[str, Any]]], protocols: Sequence[Protocol], stream: BinaryIO) -> None:
    """Write the report of ``rows``, ranked within each protocol."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )
    before, after = _asset("page.html").split("<!--DATA-->")
    stream.write(before.replace("<!--POLICY-->", policy).replace("/*STYLE*/", style).encode())
    numbers = {protocol.id: number for number, protocol in enumerate(protocols)}
    index: list[list[Any]] = []
    stream.write(b'<script type="application/x-ndjson" id="details">')
    for row in rows():
        details = {
            "as_of": row["as_of"],
            "problems": row.get("problems", []),
            "criteria": [{k: v for k, v in c.items() if k not in _DROPPED} for c in row["criteria"]],
        }
        stream.write((b"\n" if index else b"") + embedded(details))
        index.append(
            [
                numbers.get(row["protocol_id"], 0),
                row["patient_id"],
                row["verdict"],
                row["verdict_basis"],
                row["score"],
                row["rank"],
                "".join(c["verdict"][0] for c in row["criteria"]),
                "".join(_SIDES[favourable(c)] for c in row["criteria"]),
                why(row),
            ]
        )
    stream.write(b'</script>\n<script type="application/json" id="index">' + embedded(index))
    stream.write(b'</script>\n<script type="application/json" id="head">' + embedded(_head(rows, protocols)))
    stream.write(b"</script>\n" + after.replace("/*SCRIPT*/", script).encode())


def _head(rows: Callable[[], Iterator[dict[str, Any]]], protocols: Sequence[Protocol]) -> dict[str, Any]:
    chart = list(todo.objects(rows))
    return {
        "version": __version__,
        "protocols": [
            {
                "id": protocol.id,
                "title": protocol.title,
                "criteria": [
                    {
                        "id": c.id,
                        "kind": c.kind,
                        "text": c.text,
                        "reading": c.reading,
                        "status": c.status,
                        "question": c.question,
                        "not_understood": [fragment.text for fragment in c.unparsed],
                    }
                    for c in protocol.criteria
                ],
                "tasks": [r for r in chart if r["protocol_id"] == protocol.id and r["schema"] == todo.WORKLIST_SCHEMA],
                "funnel": [r for r in chart if r["protocol_id"] == protocol.id and r["schema"] == todo.FUNNEL_SCHEMA],
            }
            for protocol in protocols
        ],
    }


def embedded(data: Any) -> bytes:
    """JSON that ends no script block: ``<``, ``>``, ``&`` and the line separators stand as escapes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate: broken text, kept as its escape
        return "".join(c if not 0xD800 <= ord(c) <= 0xDFFF else f"\\u{ord(c):04x}" for c in text).encode()


def _asset(name: str) -> str:
    return resources.files("matcher.report.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
