"""Assertion and time of mentions, asked of the modules that know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.model import Assertion, Interval, Mention, Span, Status


@dataclass(frozen=True, slots=True)
class Said:
    """How a mention is asserted where nothing else is known."""

    assertion: Assertion = "present"
    experiencer: str = "patient"
    cue: Span | None = None


@dataclass(frozen=True, slots=True)
class When:
    """When a mention holds; None: as of the note."""

    interval: Interval | None = None
    status: Status | None = None


def assess(text: str, span: Span, mentions: Sequence[Mention], section: str | None) -> Sequence[Said]:
    try:
        from matcher.ner import assertion
    except ImportError:
        return [Said() for _ in mentions]
    return assertion.assess(text, span, mentions, section)


def assign(text: str, span: Span, mentions: Sequence[Mention], date: Interval | None) -> Sequence[When]:
    return [When() for _ in mentions]
