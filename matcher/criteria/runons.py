"""Criteria poured into one paragraph: where one ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcher.criteria.cues import cues

_STOP = re.compile(r"[.!?][\"'”’)\]]*[ \t\r\n\u00a0]+(?=[A-Z(\[<>≥≤0-9])|;[ \t\r\n\u00a0]*(?=\S)|[()\[\]]")
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*)\Z")
_INLINE_MARK = re.compile(
    r"(?:(?<!\w)|(?<=\w[.;,])|(?=\())\(?(?P<value>\d{1,2}|[a-z]|[ivx]{2,4})\)(?=[ \t\r\n\u00a0]*\S)"
    r"|(?<![\w.])(?P<point>\d{1,2})\.(?=[ \t\r\n\u00a0]+[A-Z])|(?<=[:,;] )(?P<low>\d{1,2})\.(?=[ \t\r\n\u00a0]+[a-z])"
    r"|(?<=\S )(?P<next>\d{1,2}|[a-z])\.(?=[ \t\r\n\u00a0]+\S)"
)
"""``next``: a mark only behind others whose first stands behind a colon ("as: 1. stroke 2. cancer")."""
_BREAK = re.compile(r"(?<=\S)[ \t\r\n]+(?=[A-Z])")
_WORD = re.compile(r"\S+")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks at its ends."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, max(start, start + len(piece.strip()))


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The statements of a paragraph, in order and without a gap but blanks.

    A full stop ends one (not after an abbreviation or between brackets); so does a semicolon that no conjunction
    follows. What refers back ("This does not include …") stays with the statement before it.
    """
    known = cues()
    depth, begin = 0, start
    listed = text.count(";", start, end) > 1  # one semicolon joins two halves of a statement
    for match in _STOP.finditer(text, start, end):
        sign = match[0][0]
        if sign in "([":
            depth += 1
            continue
        if sign in ")]":
            depth = max(0, depth - 1)
            continue
        if depth and match.start() - begin < 600:  # an unclosed bracket must not swallow the rest
            continue
        if match.end() >= end:
            continue
        if sign == ";":
            if not listed or known.joins.match(text, match.end(), end) or known.backward.match(text, match.end(), end):
                continue
        else:
            word = _LAST_WORD.search(text, max(begin, match.start() - 20), match.start())
            if (
                sign == "."
                and word
                and (word[1].lower() in known.abbreviations or (len(word[1]) == 1 and word[1] != "I"))
            ):
                continue
            if text[match.end() - 1 : match.end() + 1].isdigit() and text[match.start() - 1 : match.start()].isdigit():
                continue
            if known.backward.match(text, match.end(), end) or text[match.end()] in "([":
                continue
        yield trimmed(text, begin, match.end())
        begin, depth = match.end(), 0
    if text[begin:end].strip():
        yield trimmed(text, begin, end)


def enumerated(text: str, start: int, end: int, after: int = 0) -> list[tuple[int, int, int]]:
    """The entries of an enumeration inside a paragraph ("1) … 2) …", "(a) … (b) …"): (mark, start, end) each.

    Empty where there are not at least two marks in sequence from the first (from the one that follows ``after``);
    of several the outermost.
    """
    marks: dict[str, list[re.Match[str]]] = {"point": [], "number": [], "letter": [], "roman": [], "dotted": []}
    for match in _INLINE_MARK.finditer(text, start, end):
        value = match["value"] or match["point"] or match["low"] or match["next"]
        family_of = "dotted" if value.isalpha() else "point"
        for family, found in marks.items():
            if (family in ("point", "dotted")) != (match["value"] is None):
                continue
            if match["value"] is None and family != family_of:
                continue
            if found and match.start() - found[-1].end() < 3:
                continue
            first = found[0] if found else match
            if match["next"] and text[max(first.start() - 2, 0) : first.start()] != ": ":
                continue
            count = len(found) + after
            if family in ("number", "point"):
                right = value == str(count + 1)
            elif family in ("letter", "dotted"):
                right = count < 26 and value == chr(97 + count)
            else:
                right = count < len(_ROMAN) and value == _ROMAN[count]
            if right:
                found.append(match)
    chosen = min(
        (found for found in marks.values() if len(found) > 1), key=lambda found: found[0].start(), default=None
    )
    if chosen is None:
        return []
    stops = [m.start() for m in chosen[1:]] + [end]
    return [(m.start(), *trimmed(text, m.end(), stop)) for m, stop in zip(chosen, stops, strict=True)]


def poured(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The statements of a paragraph whose full stops were lost: a capital begins one, but in a name.

    "Bilirubin no greater than 1.5 times normal AST no greater than 3 times normal No prior hepatitis" is three.
    """
    known = cues()
    begin, depth, position = start, 0, start
    for match in _BREAK.finditer(text, start, end):
        before = text[max(position, match.start() - 40) : match.start()]
        gone = text[position : match.start()]
        depth = max(0, depth + gone.count("(") + gone.count("[") - gone.count(")") - gone.count("]"))
        position = match.start()
        word = _WORD.match(text, match.end(), end)
        last = before.split()[-1] if before.split() else ""
        if depth or not word or not last:
            continue
        bare = word[0].strip("(),.;:")
        if (
            last[-1] in ",/:(&+-"
            or last.lower().strip("(),.;:") in known.open_words
            or (last[0].isupper() and last[-1] not in ".;" and not last.isupper() and not _nothing(text, begin, match))
            or bare in known.names
            or ("-" in bare and bare.split("-")[0] in known.names)
        ):
            continue
        if bare.isupper() and len(bare) > 1 and not _limited(text, match.end(), end) and last[-1] not in ".;":
            continue
        yield trimmed(text, begin, match.start())
        begin = match.end()
    if text[begin:end].strip():
        yield trimmed(text, begin, end)


def _nothing(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether what stands before only says that nothing is asked: "See Disease Characteristics"."""
    return " ".join(text[begin : match.start()].lower().split()) in cues().nothing


def _limited(text: str, start: int, end: int) -> bool:
    """Whether a limit follows within a few words: an acronym then begins a criterion of its own."""
    match = cues().limits.search(text, start, min(end, start + 60))
    return bool(match and text.count(" ", start, match.start()) <= 4)
