"""Forms with boxes or signs: what a tick says of the words at it ("Asthma [ ] yes [x] no", "+cough -fever -chills")."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import Literal

from matcher.facts import tables
from matcher.facts.page import Draft, Page
from matcher.model import Span
from matcher.ner import assertion

_LONGEST = 400
"""Characters of a line that is read as a form."""
_SIGN = re.compile(r"(?:^|(?<=[\s,;:]))(?P<sign>[+\-])(?=[A-Za-z])", re.MULTILINE)
_SIGNED = re.compile(r"[\s,;:][+\-][A-Za-z]")
_KINDS = ("condition", "procedure", "medication", "other", "behaviour", "allergy")

Answer = Literal["present", "absent", "possible"]


def read(page: Page, contexts: list[assertion.Context], drafts: list[Draft]) -> list[assertion.Context]:
    """What the boxes of the drafts' line say of them; without boxes the contexts as they are."""
    boxes, signs = _forms(page.text)
    if not drafts or not (boxes or signs):
        return contexts
    first = page.text.rfind("\n", 0, drafts[0].start) + 1
    last = page.text.find("\n", drafts[-1].end)
    last = last if last >= 0 else len(page.text)
    if last - first > _LONGEST:
        return contexts
    told = (_line(page.text, first, last) if boxes else []) or _signed(page, first, last)
    return [_told(context, draft, told) for context, draft in zip(contexts, drafts, strict=False)] if told else contexts


@lru_cache(maxsize=1)
def _forms(text: str) -> tuple[bool, bool]:
    """Whether a note holds a box, and a sign before a word; asked for each sentence of it."""
    return any(mark in text for mark in _marks()), _SIGNED.search(text) is not None


def _told(context: assertion.Context, draft: Draft, told: list[tuple[int, int, Answer, Span]]) -> assertion.Context:
    if draft.kind not in _KINDS:
        return context
    for start, end, answer, box in told:
        if start <= draft.start and draft.end <= end:
            return replace(context, assertion=answer, cue=box, rule="ticked")
    return context


def _line(text: str, first: int, last: int) -> list[tuple[int, int, Answer, Span]]:
    """Stretches of a line with what the boxes say of them."""
    boxes = list(_box().finditer(text, first, last))
    if not boxes or all(box["ticked"] is None for box in boxes) or boxes[0].start() > last:
        return []
    told: list[tuple[int, int, Answer, Span]] = []
    begin = first
    options = [(box, _answer(text[box.end() : stop])) for box, stop in _stops(boxes, last)]
    if any(answer for _, (answer, _) in options):
        # The question stands before its boxes, and the words at the boxes are its answers.
        asked: list[tuple[Answer | None, Span]] = []
        at = begin
        for n, (box, (answer, length)) in enumerate(options):
            if n == 0 or not asked:
                at = box.start()
            if answer and box["ticked"]:
                asked.append((answer, Span(box.start(), box.end() + length)))
            elif answer:
                asked.append((None, Span(box.start(), box.end() + length)))
            following = options[n + 1][0].start() if n + 1 < len(options) else last
            if n + 1 == len(options) or text[box.end() + length : following].strip(" ,;.|/-"):
                ticked = [(said, span) for said, span in asked if said is not None]
                if len(ticked) == 1:
                    said, span = ticked[0]
                    assert said is not None
                    told.append((begin, at, said, span))
                begin, asked = box.end() + length, []
        return told
    ahead = not text[first : boxes[0].start()].strip(" -*•\t") or text[first : boxes[0].start()].rstrip().endswith(":")
    for box, stop in _stops(boxes, last):
        low, high = (box.end(), stop) if ahead else (begin, box.start())
        told.append((low, high, "present" if box["ticked"] else "absent", Span(box.start(), box.end())))
        begin = box.end()
    return told


def _signed(page: Page, first: int, last: int) -> list[tuple[int, int, Answer, Span]]:
    """ "+cough -fever -chills": a sign before each word. A dash alone may open an entry, but not beside a plus."""
    signs = list(_SIGN.finditer(page.text, first, last))
    said = {sign["sign"] for sign in signs}
    if len(signs) < 2 or ("+" not in said and page.section_at(first) != "review_of_systems"):
        return []
    ends = [sign.start() for sign in signs[1:]] + [last]
    return [
        (sign.end(), end, "present" if sign["sign"] == "+" else "absent", Span(sign.start("sign"), sign.end("sign")))
        for sign, end in zip(signs, ends, strict=True)
    ]


def _stops(boxes: list[re.Match[str]], last: int) -> list[tuple[re.Match[str], int]]:
    """Each box with where the next begins."""
    ends = [box.start() for box in boxes[1:]] + [last]
    return list(zip(boxes, ends, strict=True))


def _answer(behind: str) -> tuple[Answer | None, int]:
    """What the words right behind a box answer, and their length."""
    for name, answer in (("open", "possible"), ("yes", "present"), ("no", "absent")):
        found = _words(name).match(behind)
        if found is not None:
            return answer, found.end()  # type: ignore[return-value]
    return None, 0


@cache
def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s?(?:{tables.words(tables.toml('ticked')[name])})(?!\w)", re.IGNORECASE)


@cache
def _box() -> re.Pattern[str]:
    table = tables.toml("ticked")
    return re.compile(rf"(?P<ticked>{'|'.join(table['ticked'])})|(?P<empty>{'|'.join(table['empty'])})")


@cache
def _marks() -> tuple[str, ...]:
    """A character of a box each: a note without them is no form."""
    return tuple(tables.toml("ticked")["marks"])
