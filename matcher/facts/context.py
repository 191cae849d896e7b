"""Time of mentions, asked of the module that knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.model import Interval, Mention, Span, Status


@dataclass(frozen=True, slots=True)
class When:
    """When a mention holds; None: as of the note."""

    interval: Interval | None = None
    status: Status | None = None


def assign(text: str, span: Span, mentions: Sequence[Mention], date: Interval | None) -> Sequence[When]:
    return [When() for _ in mentions]
