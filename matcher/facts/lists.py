"""Lists that a note gives as empty ("Medications: None", "NKDA"): what is not on them is denied."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Taken
from matcher.model import Op
from matcher.notes.sections import Section, parent

_GOES_ON = re.compile(r"\s+(?:for|of|to|besides|except|other|aside|apart|until|significant)\b", re.IGNORECASE)
_LONGEST = 120
"""Characters of a section that may say that there is nothing to list."""
_NEXT = 30
"""Characters between "takes only" and the drug."""
_KINDS: tuple[Op, ...] = ("allergy", "medication", "condition", "procedure")


@cache
def _empty() -> re.Pattern[str]:
    data = tables.toml("lists")
    said = rf"(?P<said>{tables.words(data['empty'])}|(?P<unknown>{tables.words(data['unknown'])}))"
    return re.compile(rf"[\s:\-–*•.]*{said}[\s.,;)]*$", re.IGNORECASE)


def none_of(text: str, section: Section) -> tuple[Op, re.Match[str]] | None:
    """What a section gives none of, and the words that say so; None where it is no list, or not empty."""
    of_section: dict[str, Op] = tables.toml("lists")["sections"]
    kind = of_section.get(section.kind) or of_section.get(parent(section.kind))
    if kind is None or section.end - section.heading.end > _LONGEST:
        return None
    match = _empty().match(text, section.heading.end, section.end)
    return (kind, match) if match is not None else None


def read(page: Page) -> None:
    """Add a fact ``list.none`` for every list that the note gives as empty."""
    seen = Taken()
    for section in page.sections:
        none = none_of(page.text, section)
        if none is not None:
            kind, match = none
            seen.take(*match.span("said"))
            quote = (section.heading.start, match.end("said"))
            page.add(_none(kind, *match.span("said"), quote=quote, unknown=match["unknown"] is not None))
    for hit in page.phrases.of("list.only.medication"):
        sentence = page.sentence_at(hit.start)
        named = sentence.mentions if sentence is not None else ()
        if any(m.type == "drug" and 0 <= m.start - hit.end < _NEXT for m in named) and seen.take(hit.start, hit.end):
            page.add(_none("medication", hit.start, hit.end))
    for kind in _KINDS:
        for hit in page.phrases.of(f"list.{kind}"):
            if page.section_at(hit.start) == "family_history":
                continue
            if _GOES_ON.match(page.text, hit.end):
                continue  # "Past medical history: negative for asthma" denies one thing, not all
            if seen.take(hit.start, hit.end):
                page.add(_none(kind, hit.start, hit.end))


def _none(kind: Op, start: int, end: int, quote: tuple[int, int] | None = None, unknown: bool = False) -> Draft:
    result, rule = ("unknown", "list.unknown") if unknown else ("none", "list.none")
    return Draft(kind, start, end, result=result, assertion="present", rule=rule, status="current", quote=quote)
