"""A stage right behind the disease that has a scale of its own: "CKD G4A2", "CKD IIIb"."""

from __future__ import annotations

import re
from functools import cache

from matcher.facts import steps, tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Concept, Mention

_INNER = re.compile(r"\b(?:stage\s|[GF])?(?P<step>IV|III[ab]?|II|I|V|[0-5][ab]?)(?=$|\s[a-z])", re.IGNORECASE)
"""A step inside the name: "CKD IV", "Stage 4 chronic kidney disease"."""
_ENDS = re.compile(r"[,;.(]|A[1-3]\b")
"""What ends the words in which a stage may stand; A1 to A3 is albuminuria."""
_LETTER = re.compile(r"[\s,(-]{0,2}(?:[GF]|category\sG)(?=[1-5])")


def read(page: Page, sentence: Sentence, mention: Mention) -> None:
    """Add the stage that stands behind a disease's name, where the table gives the disease a scale."""
    scale = scale_of(mention.concept)
    if scale is None:
        return
    text = page.text
    inner = _INNER.search(mention.text)
    if inner is not None:
        _put(page, mention, mention.end, scale, inner["step"].upper())
        return
    letter = _LETTER.match(text, mention.end, sentence.end)
    at = letter.end() if letter else mention.end
    if not letter and text[at : at + 1] != " " and (mention.concept is None or mention.concept.id not in _meant()):
        return
    stop = _ENDS.search(text, at + 1, sentence.end)
    step = steps.read(text, at - (letter is not None), stop.start() if stop else sentence.end, scale)
    if letter is not None and step is None:
        step = steps.read(" " + text[at : at + 2], 0, 3, scale)
        step = step and steps.Step(at, at + len(step.text), step.text, step.quantity)
    if step is None or step.start - at > 1:
        if (own := _meant().get(mention.concept.id if mention.concept else "")) is not None:
            _put(page, mention, mention.end, scale, own)
        return
    _put(page, mention, step.end, scale, step.text)


def scale_of(concept: Concept | None) -> Concept | None:
    """The scale of a disease that has one of its own."""
    return _scales().get(concept.id) if concept is not None else None


def _put(page: Page, mention: Mention, end: int, scale: Concept, step: str) -> None:
    place = (mention.start, mention.end)
    page.add(
        Draft("stage", mention.start, end, scale, result=step, rule="value.staged", type="measurement", anchor=place)
    )


@cache
def _meant() -> dict[str, str]:
    """The stage that a disease's name says ("ESRD" is stage 5)."""
    return {id: step for row in tables.toml("concepts")["staged"] for id, step in row.get("means", {}).items()}


@cache
def _scales() -> dict[str, Concept]:
    return {
        id: Concept("SCALE", row["scale"], row["name"]) for row in tables.toml("concepts")["staged"] for id in row["of"]
    }
