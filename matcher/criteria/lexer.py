"""Words, numbers and signs of a criterion with their offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcher.numerals import NUMERALS

# "d/l", "HbA1c", "IL-6", "V600E": letters first make a word, whatever follows; a hyphen ends it,
# but for vertebrae ("L4-5").
_TOKEN = re.compile(
    r"(?P<decimal>(?:(?<=[<>≤≥=])|(?<=[<>≤≥=] )|(?<=than )|(?<=least )|(?<=most )|(?<=above )|(?<=below ))"
    r"\d{1,4},\d{1,2}(?![\d,]))"
    r"|(?P<spaced>(?:(?<=[<>≤≥=])|(?<=[<>≤≥=] ))[1-9]\d{0,2}(?: \d{3})+(?![\d.,])"
    r"|[1-9]\d{0,2} \d{3}(?=\s?(?:/|cells|copies|ml|µg|mcg|mg|iu|ui|u/)))"
    r"|(?P<ordinal>\d{1,2}(?:st|nd|rd|th)(?=(?: (?:and|to|or) (?:the )?\d{1,2}(?:st|nd|rd|th))? (?:per)?centiles?\b))"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<times>[xX](?=ULN|UNL|LLN|[Uu]pper|\d))"
    r"|(?P<glued>(?:than|least|most)(?=\d))"
    r"|(?P<word>(?:[CL]\d|T(?:[5-9]|1[0-2]))[-–/][CTLS]?\d{1,2}(?![\w.%])|[^\W\d_][\w]*(?:\*\d{2,4}(?::\d{2,3})*|['’][a-z]{1,2}\b)?)"
    r"|(?P<mark>\S)"
)

_PLAIN = re.compile(r"[a-z ]*")
_STEPS = re.compile(r"\b(?:[IVX]{1,3}[ABC]?[-‐‑][IVX]{1,3}[ABC]?|[A-D][-‐‑][A-D])\b")


@dataclass(frozen=True, slots=True)
class Token:
    """``low``: lower case, curly apostrophes straightened. ``kind``: number, word or mark."""

    start: int
    end: int
    low: str
    kind: str


def tokens(text: str, start: int, end: int) -> list[Token]:
    """The tokens of ``text[start:end]``; hyphens between letters are left out, as cues do not heed them."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastgroup or "mark"
        if kind == "times":
            kind = "mark"
        if kind == "glued":
            kind = "word"
        low = match[0].lower()
        if kind == "mark" and low in "-‐‑" and _glued(text, match.start(), match.end(), start, end):
            continue
        if kind == "ordinal":
            kind, low = "number", low[:-2]
        if kind == "decimal":
            kind, low = "number", low.replace(",", ".")
        if kind == "spaced":
            kind, low = "number", low.replace(" ", "")
        if low == "&" and text[max(match.start() - 1, 0) : match.end() + 1] == " & ":
            kind, low = "word", "and"
        if "’" in low:
            low = low.replace("’", "'")
        if not low.isascii():
            low = low.translate(_ROMAN)
        begin = match.start()
        slashed = low in ("or", "and") and len(found) > 1 and found[-1].low == "/"
        if slashed and {found[-2].low, low} in _EITHER:
            begin, low = found[-2].start, "or"  # "and/or" is "or"
            del found[-2:]
        found.append(Token(begin, match.end(), low, kind))
        if low in ")]" and len(found) > 3:
            _once(found)
    return found


_EITHER = ({"and", "or"}, {"&", "or"})
_ROMAN = dict(zip(range(0x2170, 0x217C), "i ii iii iv v vi vii viii ix x xi xii".split(), strict=True))
"""Numerals of one sign: "Ⅲ" is "III"."""
_FOLDED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict(
    zip(map(ord, "\u3000≧≦⩾⩽﹥﹤﹢﹣﹦、。〜‐‑"), "\u0020≥≤≥≤><+-=,.~--", strict=True)
)
"""Wide forms of signs and letters, one character for one: "＞ 2" is "> 2"; the hyphens that are signs of their own."""
_WIDE = re.compile(r"[\uff01-\uff5e\u3000≧≦⩾⩽﹥﹤﹢﹣﹦、。〜‐‑]")


_LOST = re.compile(r"\b([A-Z][a-z]{2,}) s (?=[a-z])")
"""An apostrophe that was lost: "Crohn s disease"."""


def folded(text: str) -> str:
    """The text with wide signs, digits and letters as plain ones; every offset stays."""
    plain = text.translate(_FOLDED) if _WIDE.search(text) else text
    return _LOST.sub(r"\1's ", plain) if " s " in plain else plain


_CAPITAL = re.compile(r"(?<![\w.])[A-Z][a-z]+(?![\w.]\w)")
_LONG = re.compile(r"(?<![\w.])[A-Za-z][a-z]{3,}(?!\w)")
_TITLED = (4, 0.8)
"""Long words of a text in title case, and the share of them that begins with a capital."""


def untitled(text: str) -> str:
    """A text in which nearly every word has a capital ("History Of Stroke Or Seizures"), in sentence case: such
    capitals neither begin a statement nor make a name. Every offset stays."""
    words = _LONG.findall(text)[1:]
    if len(words) < _TITLED[0] or sum(map(str.istitle, words)) < _TITLED[1] * len(words):
        return text
    return _CAPITAL.sub(lambda match: match[0] if match.start() == 0 else match[0].lower(), text)


def _once(found: list[Token]) -> None:
    """ "Four (4) weeks", "12 (twelve) months": a number that is said twice is one, in digits."""
    before, opening, inner, close = found[-4:]
    if opening.low not in "([" or {before.kind, inner.kind} != {"word", "number"}:
        return
    worded = before.low if before.kind == "word" else inner.low
    if worded.split("-")[-1] not in NUMERALS:
        return
    digits = inner if inner.kind == "number" else before
    found[-4:] = [Token(before.start, close.end, digits.low, "number")]


def _glued(text: str, at: int, after: int, start: int, end: int) -> bool:
    """A hyphen inside a word ("breast-feeding", "long-term"), no dash and no minus."""
    if at <= start or after >= end or not text[at - 1].isalpha() or not text[after].isalpha():
        return False
    return not (
        _STEPS.match(text, max(start, at - 5), min(end, after + 5))
        or _STEPS.search(text, max(start, at - 6), min(end, after + 6))
    )


def words(phrase: str) -> tuple[str, ...]:
    """The tokens of a cue phrase."""
    if _PLAIN.fullmatch(phrase):
        return tuple(phrase.split())
    return tuple(token.low for token in tokens(phrase, 0, len(phrase)))
