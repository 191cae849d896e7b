"""Lines of a protocol and their bullets, and which lines are one wrapped paragraph. Spans only; no clinical meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")

_MARKER = re.compile(
    r"""(?P<bullet>[-–—−*•·●○▪▫■□◦‣⁃∙⋅✓✔►▶➢➤❖◆◇\uf0b7\uf0a7\uf0d8\uff65](?:[ \t\u00a0\u3000]+(?=\S)|(?=[A-Za-z(]))
      | o[ \t\u00a0]+(?=\S)
      | \+[ \t]+(?=[A-Za-z(])
      )
    | (?P<dotted>\d{1,2}(?:\.\d{1,2}){1,4}[.)]?[ \t\u00a0]+(?=[A-Z]))
    | (?:[#(\[]?(?P<number>\d{1,3})(?:[.)\]]+|:(?=[ \t]))(?:[ \t\u00a0]*-[ \t]+|[ \t\u00a0]+(?=\S)|(?=[A-Za-z(<>≥≤]))
      | (?P<dashed>\d{1,2})[ ]?[-–—][ \t\u00a0]+(?=[A-Za-z(<>≥≤]))
    | [(\[]?(?P<roman>[ivx]{1,5}|[IVX]{1,5})[.)\]]+(?:[ \t\u00a0]+(?=\S)|(?=[A-Z][a-z]))
    | [(\[]?(?P<letter>[a-zA-Z])[.)\]](?:[ \t\u00a0]+(?=\S)|(?=[A-Z][a-z]))
    """,
    re.X,
)
_CODE = re.compile(r"(?P<code>[IiEe][NnXx]?[ -]?\d{1,2})[.):]?[ \t]+(?=[A-Z])")
_ALONE = re.compile(r"[-–—−*•·●○▪■□◦\uf0b7\uf0a7]|[(\[]?(?:(?P<number>\d{1,3})|(?P<letter>[a-zA-Z]))[.)\]]+")
_RUNNING = re.compile(
    r"(?:[,(/&+<>=≤≥–-]|(?<![A-Za-z])(?:and|or|of|the|to|with|a|an|in|for|by|than|at|on|from|as|and/or))\Z"
)
_VALUES = {"i": 1, "v": 5, "x": 10}
_LOWER_START = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Marker:
    kind: str
    """bullet, number, letter, LETTER, roman, ROMAN, dotted, code; a bullet's kind ends with its sign."""
    value: int
    """The place in the sequence; 0 for bullets. For a dotted number: its depth."""


@dataclass(frozen=True, slots=True)
class Line:
    start: int
    """First character that is no blank (the marker's, where there is one)."""
    end: int
    body: int
    """First character after the marker."""
    indent: int
    column: int
    """The column of ``body``: what nests a bullet."""
    markers: tuple[Marker, ...]
    """The readings of the line's bullet or number ("i." is a letter and a roman numeral)."""
    blank_before: bool


@dataclass(slots=True)
class Block:
    """A paragraph or bullet entry: one line or several wrapped ones."""

    start: int
    end: int
    indent: int
    column: int
    markers: tuple[Marker, ...]
    blank_before: bool
    paragraphs: int = 1
    children: list[Block] = field(default_factory=list)
    last_line: Line | None = None


def _roman(word: str) -> int:
    numbers = [_VALUES[c] for c in word.lower()]
    return sum(-n if n < after else n for n, after in zip(numbers, [*numbers[1:], 0], strict=True))


def _markers(match: re.Match[str]) -> tuple[Marker, ...]:
    if match["bullet"]:
        return (Marker("bullet" + match["bullet"][0], 0),)
    if match["dotted"]:
        return (Marker("dotted", match["dotted"].rstrip(".) \t\u00a0").count(".")),)
    if match["number"] or match["dashed"]:
        return (Marker("number", int(match["number"] or match["dashed"])),)
    word = match["roman"] or match["letter"]
    case = str.lower if word.islower() else str.upper
    found = []
    if len(word) == 1:
        found.append(Marker(case("letter"), ord(word.lower()) - 96))
    if match["roman"]:
        found.append(Marker(case("roman"), _roman(word)))
    return tuple(found)


def _lone(match: re.Match[str]) -> tuple[Marker, ...]:
    if match["number"]:
        return (Marker("number", int(match["number"])),)
    if match["letter"]:
        case = "letter" if match["letter"].islower() else "LETTER"
        return (Marker(case, ord(match["letter"].lower()) - 96),)
    return (Marker("bullet" + match[0][0], 0),)


def scan(text: str) -> list[Line]:
    """The lines that are not blank, in order."""
    lines: list[Line] = []
    position, blank, alone = 0, True, None
    ends = [(m.start(), m.end()) for m in _LINE_END.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        raw = text[position:end]
        stripped = raw.strip()
        if stripped and len(stripped) < 6 and _ALONE.fullmatch(stripped):
            alone, blank = _ALONE.fullmatch(stripped), True  # a bullet whose text comes in the next line
        elif stripped:
            first = position + len(raw) - len(raw.lstrip())
            last = first + len(stripped)
            lead = text[position:first]
            indent = len(lead.expandtabs(4)) if "\t" in lead else len(lead)
            match = _MARKER.match(text, first, last) or _CODE.match(text, first, last)
            body: int = first
            markers: tuple[Marker, ...] = ()
            if match and match.end() < last:
                body = match.end()
                markers = (Marker("code", 0),) if match.re is _CODE else _markers(match)
            elif alone is not None:
                markers = _lone(alone)
            alone = None
            lines.append(Line(first, last, body, indent, indent + body - first, markers, blank))
            blank = False
        elif end > position or following > end:
            blank = True
        position = following
    return lines


def _width(text: str, lines: list[Line]) -> int:
    """The column at which the text is wrapped; 0 where each line stands for itself."""
    wrapped = [a for a, b in pairwise(lines) if not b.blank_before and not b.markers]
    longest = max((line.indent + line.end - line.start for line in wrapped), default=0)
    if not 40 <= longest <= 140:
        return 0
    full = pairs = lower = 0
    for line, after in pairwise(lines):
        if after.blank_before or after.markers:
            continue
        pairs += 1
        word = text[after.start : after.start + 40].split(None, 1)[0]
        if line.indent + line.end - line.start + 1 + len(word) > longest - 4:
            full += 1
            lower += bool(_LOWER_START.match(word))
    return longest if full >= 0.55 * pairs and lower >= 0.25 * full else 0


def blocks(text: str, lines: list[Line], breaks: Callable[[int, int], bool]) -> list[Block]:
    """Wrapped lines joined; a line for whose span ``breaks`` holds begins a block in any case.

    A number that continues no sequence ("… at least / 18. years") is no bullet.
    """
    width = _width(text, lines)
    found: list[Block] = []
    open_values: dict[str, int] = {}
    for line in lines:
        markers = tuple(m for m in line.markers if _plausible(m, line, open_values, found, text, width))
        if line.markers and not markers:
            line = Line(line.start, line.end, line.start, line.indent, line.indent, (), line.blank_before)
        for marker in markers:
            open_values[marker.kind] = marker.value
        before = found[-1] if found else None
        if (
            before is not None
            and not markers
            and _continues(text, before, line, width)
            and not breaks(line.start, line.end)
        ):
            before.end = line.end
            before.last_line = line
            continue
        found.append(Block(line.body, line.end, line.indent, line.column, markers, line.blank_before, last_line=line))
    return found


def _plausible(marker: Marker, line: Line, values: dict[str, int], found: list[Block], text: str, width: int) -> bool:
    if marker.kind.startswith("bullet") or marker.kind in ("dotted", "code"):
        number = text[line.body : line.body + 1].isdigit()
        return marker.kind != "bullet-" or not number or text[line.start + 1 : line.start + 2] in (" ", "\t", "\xa0")
    expected = values.get(marker.kind, 0) + 1
    if marker.value in (1, expected):
        return True
    # Out of sequence: a real entry (one was left out) where a new paragraph begins, else a wrapped number.
    if marker.kind == "number":
        return line.blank_before or not found or not (width and _is_full(text, found[-1], line, width))
    return marker.value <= expected + 2 and marker.value > 1 and marker.kind in values


def _is_full(text: str, block: Block, line: Line, width: int) -> bool:
    last = block.last_line
    if last is None:
        return False
    word = text[line.start : line.start + 40].split(None, 1)[0]
    return last.indent + last.end - last.start + 1 + len(word) > width - 4


def _continues(text: str, block: Block, line: Line, width: int) -> bool:
    """Whether an unmarked line goes on with the block before it."""
    if line.blank_before:
        return False
    tail = text[max(block.start, block.end - 12) : block.end]
    if block.markers and line.indent >= block.indent + 2 and line.indent >= block.column - 2:
        return True  # a hanging indent
    if width and _is_full(text, block, line, width):
        return True
    if _RUNNING.search(tail) and not tail.endswith((":", "AND", "OR")):
        return True
    unit = text[max(block.start, block.end - 200) : block.end]
    if unit.count("(") > unit.count(")"):
        return True
    if text[line.start] == "(" and not line.markers and tail[-1] not in ".;:":
        return True
    return bool(block.markers and _LOWER_START.match(text[line.start]) and tail[-1] not in ".;:")
