"""A note's text as its writer meant it, without what a program did to its characters and lines.

Line ends of other systems, typographic spaces and hyphens, ligatures of PDF files, blanks at the end of a line, and
the line ends inside a sentence that was broken to a width: all later stages see one form. `Places` tells where a place
of the plain text lies in the note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from matcher.facts import tables
from matcher.model import Span
from matcher.ner import sentences
from matcher.notes import sections
from matcher.notes.sections import Section
from matcher.offsets import SAME, UNSEEN, Places, edited

_CHARACTERS: dict[str, str] = {
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " "),
    **dict.fromkeys("\u202f\u205f\u3000", " "),
    **dict.fromkeys(UNSEEN, ""),
    **dict.fromkeys("\u2010\u2011\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2028\u2029\u0085\x0b\x0c", "\n"),
    "\r\n": "\n", "\r": "\n", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl",
}  # fmt: skip
_SIGNS = "".join(mark for mark in _CHARACTERS if len(mark) == 1)
_ODD = re.compile(f"\r\n|[{_SIGNS}]" r"|(?<=\d)–(?=\d\d?–\d)|(?:(?<=\d–\d)|(?<=\d–\d\d))–(?=\d)|[ \t]+(?=[\r\n])")
"""What is written in another way; a date's dashes are hyphens."""
_ANY = re.compile(f"[–{_SIGNS}]")
_ODD_ASCII = (" \n", "\t\n", *(mark for mark in _SIGNS if mark.isascii()))
_STRESSED = re.compile(
    r"\*\*(?=\S)[^*\n]{1,80}?(?:(?<=\S)\*\*(?=[^\S\n]*\S)|(?<=:)\*\*)|(?<=\S )\*\*(?=\S)[^*\n]{1,80}?(?<=\S)\*\*"
)
"""Words between the marks of stress, but for those alone on their line, which the marks make a heading."""
_BROKEN = re.compile(r"[^\s.:!?]\n[^\S\n]*[^\s\-*•]|[.:]\n[^\S\n]*[a-z0-9]|:\n\n?[A-Za-z]")
"""A line that may go on in the next one."""
_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_BELOW = re.compile(r"[ \t]*\n{1,2}[ \t]*(?=[A-Za-z][^\s.)]|[A-Z] )")
_ONE_BELOW = re.compile(r"[ \t]*\n[ \t]*(?=[A-Za-z][^\s.)][^\n]*(?:\n[ \t]*\n|\s*\Z))")
_SUSPENDED = re.compile(r"(?:and|or|to)\b")
"""Behind the hyphen of a part that is left out: "pre- and postoperative"."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text in its sections and sentences."""

    sections: list[Section]
    sentences: list[Span]


def plain(text: str) -> tuple[str, Places, Cut | None]:
    """The plain text with its places, most notes are plain; and cut, where that had to be looked at.

    >>> plain("Stroke 3\\u00a0weeks ago.\\r\\nNo bleed.")[0]
    'Stroke 3 weeks ago.\\nNo bleed.'
    """
    places = SAME
    if any(sign in text for sign in _ODD_ASCII) or (not text.isascii() and _ANY.search(text) is not None):
        edits = [(m.start(), m.end(), _meant(m.group())) for m in _ODD.finditer(text)]
        if edits:
            text, places = edited(text, edits)
    written = sorted(_written(text))
    if written:
        text, changed = edited(text, written)
        places = changed.over(places)
    if _BROKEN.search(text) is None:
        return text, places, None
    cut = Cut(sections.split(text), sentences.split(text))
    joints = sorted(_joints(text, cut))
    if not joints:
        return text, places, cut
    text, joined = edited(text, joints)
    return text, joined.over(places), None


def _meant(odd: str) -> str:
    return _CHARACTERS.get(odd, "-" if odd == "–" else "")


def _written(text: str) -> Iterator[tuple[int, int, str]]:
    """The abbreviations and marks of `plain.toml`, with what stands for them."""
    if "**" in text:
        for match in _STRESSED.finditer(text):
            yield match.start(), match.start() + 2, ""
            yield match.end() - 2, match.end(), ""
    low = text.lower()
    if low == text and any(c.isalpha() for c in text):
        for match in _small().finditer(text):
            word = match["word"]
            meant_by = _values().get(word, word.upper()) if match["value"] is not None else word.upper()
            yield match.start("word"), match.end("word"), meant_by
    found, meant = _signs()
    if any(sign in low for sign in meant):
        for match in found.finditer(text):
            group = match.lastgroup or "words"
            yield match.start(), match.end(), meant[match[group].lower()] + (" " if group == "joined" else "")


@cache
def _signs() -> tuple[re.Pattern[str], dict[str, str]]:
    table = tables.toml("plain")
    words, joined, units = ("|".join(map(re.escape, table[name])) for name in ("words", "joined", "units"))
    return re.compile(
        rf"(?<![\w/.])(?:(?P<words>{words})(?![\w/])|(?P<joined>{joined})(?:\s(?=\w)|(?=\w\w)))"
        rf"|(?<=\d)\s?(?P<units>{units})\b",
        re.IGNORECASE,
    ), {**table["words"], **table["joined"], **table["units"]}


@cache
def _values() -> dict[str, str]:
    values: dict[str, str] = tables.toml("plain")["small"]["values"]
    return values


@cache
def _small() -> re.Pattern[str]:
    """The abbreviations of a note that is written all in small letters."""
    table = tables.toml("plain")["small"]
    words, told, values = ("|".join(map(re.escape, table[name])) for name in ("words", "told", "values"))
    behind = "|".join(rf"(?<=\b{re.escape(word)}\s)" for word in table["behind"])
    never = "|".join(map(re.escape, table["not_before"]))
    parted = [words.rpartition(" ") for words in table["not_behind"]]
    after = "".join(rf"(?!(?<={re.escape(before)}\s){last}\b)" for before, _, last in parted)
    return re.compile(
        rf"(?<![\w/.-])(?!{never})(?:(?P<value>(?=(?:{values})\b(?:\s(?:of|is|was))?\s?\d))"
        rf"|(?=(?:{words})\b){after}|(?:{behind})(?=(?:{told})\b))(?P<word>[a-z]+)(?![\w/-])"
    )


def _joints(text: str, cut: Cut) -> Iterator[tuple[int, int, str]]:
    """The line ends inside sentences, with what stands for them."""
    areas = cut.sections
    # a word with a colon that a sentence goes on with is no heading: "to take the following / medications: aspirin"
    found = (s.heading for s in areas if not text[s.heading.start : s.heading.start + 1].islower())
    heads = {edge for heading in found for edge in (heading.start, heading.end)}
    for area in areas:
        # the heading on one line and all that it says on the next one: "LUNGS: / Clear"
        below = _BELOW if area.system is not None else _ONE_BELOW
        gap = below.match(text, area.heading.end, area.end)
        if gap is not None and gap.end() < area.end:
            ends = area.heading.end
            if text[ends - 1] == ":":
                yield ends, gap.end(), " "
            elif area.system is not None:
                yield ends, gap.end(), ": "
    for span in cut.sentences:
        if text.find("\n", span.start, span.end) < 0:
            continue
        for gap in _BREAK.finditer(text, span.start, span.end):
            if heads.intersection(range(gap.start(), gap.end() + 1)):
                continue
            hyphen = text[gap.start() - 1] == "-" and text[gap.start() - 2 : gap.start() - 1].isalpha()
            yield gap.start(), gap.end(), "" if hyphen and _SUSPENDED.match(text, gap.end()) is None else " "
