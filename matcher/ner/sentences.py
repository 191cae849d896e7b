"""Sentences of a note, over the raw text: prose, hard-wrapped lines, list lines and "Label: value" lines.

A sentence never crosses an empty line, a list item or a heading. Semicolons do not end one (`clauses` gives the parts).
Every character that is no white space belongs to exactly one span. One pass, linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

from matcher import resources
from matcher.model import Span

_CANDIDATE = re.compile(
    # the first sign by itself, so that the search leaps to it
    r"[\n.!?•▪◦‣●■\d](?:(?<=[\n•▪◦‣●■])|(?<=[.!?])(?=[\s,)\]\"'”’A-Z]|\Z)|(?<=\d)(?<!\S.)\d?[.)](?=[^\S\n]+[A-Za-z]))"
)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_WORD_BREAK = re.compile(r"[\s,;:(\[\"]")
_LIST_ITEM = re.compile(
    r"[^\S\n]*(?:[-*+•▪◦‣●■#>]+[^\S\n]*\S|\(?\d{1,3}[.)](?!\d)|\(?[a-zA-Z][.)]\s|[ivx]{1,4}[.)]\s|\[[ xX]?\])"
)
_LABEL = re.compile(r"[^\S\n]*[A-Z(*][^\n:.;!?]{0,58}:(?=\s|\Z|,|[A-Z])")
_DOSE_LINE = re.compile(r"[^\S\n]*[A-Za-z][\w-]*(?:[ /][\w-]+){0,3} \d+(?:\.\d+)?[ -]?(?:mg|mcg|g|units?|ml|mEq|%)\b")
_DOSE = re.compile(r"\d ?(?:mg|mcg|g|units?|ml|mEq|%)\b")
_NEXT_WORD = re.compile(r"[^\S\n]*(\S*)")
_NUMBER = re.compile(r"\d{1,2}[.)]\Z")
_ANSWER = re.compile(r"[^\S\n]*(?:[a-z]|(?:Yes|No|None|Never|Denie[sd]|Y|N)\b)")
_FIRST_NUMBER = re.compile(r"\s{0,8}(\d{1,2})[.)]\s")
_VALUE = re.compile(r"\s*(\d{1,3})[.)]")
_MOST_ITEMS = 20
"""A higher number in front of a line is a value rather than the number of an item."""
_CLOSERS = "\"')]”’,"

# a line this long, where the next word would not have fitted, was broken by a program and not by its writer
_WRAPPED = 50
_WRAP_MAX = 132


@cache
def _words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in resources.toml("sections/sentences").items()}


@cache
def _abbreviated() -> frozenset[str]:
    """Words behind whose full stop a sentence may go on."""
    words = _words()
    return words["joined"] | words["before_number"] | words["either"]


def split(text: str) -> list[Span]:
    """Sentences and list lines in order, trimmed of white space.

    >>> [text[s.start:s.end] for text in ["Seen by Dr. Lee. No fever; cough x3.\\n- HTN"] for s in split(text)]
    ['Seen by Dr. Lee.', 'No fever; cough x3.', '- HTN']
    """
    return _split(text, 0, len(text), _wrap_width(text))


class Paragraphs:
    """The sentences of a text (`split`), made where they are asked for: none reaches over an empty line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._width = _wrap_width(text)
        self._starts = [0, *(match.end() for match in _EMPTY_LINE.finditer(text))]
        self._known: dict[int, list[Span]] = {}

    def upto(self, offset: int) -> Iterator[list[Span]]:
        """The sentences of the paragraph that holds ``offset``, then those of the one before, and so on."""
        for at in range(bisect_right(self._starts, offset) - 1, -1, -1):
            known = self._known.get(at)
            if known is None:
                start, end = (*self._starts, len(self._text))[at : at + 2]
                known = self._known[at] = _split(self._text, start, end, self._width)
            yield known


def _split(text: str, start: int, stop: int, width: int) -> list[Span]:
    words = _words()
    spans: list[Span] = []
    counter = 0  # the last number of a list that runs inside a line: "1. CHF 2. COPD"
    for match in _CANDIDATE.finditer(text, start, stop):
        at = match.start()
        if at < start:
            continue
        char = text[at]
        if char == "\n":
            if _line_ends(text, start, at, width, words):
                _add(spans, text, start, at)
                start, counter = at + 1, 0
            continue
        if char.isdigit():
            number = int(match.group()[:-1])
            before = text[max(start, at - 8) : at].rstrip()[-1:]
            if before == "" or (number == 1 and not counter and before in ":.,"):
                counter = number
                continue
            if counter and number == counter + 1:
                _add(spans, text, start, at)
                start, counter = at, number
                continue
            at = match.end() - 1
            char = text[at]
        if char in ".!?":
            end = at + 1
            if _stop_ends(text, start, at, words):
                while end < len(text) and text[end] in _CLOSERS:
                    end += 1
                _add(spans, text, start, end)
                if text[spans[-1].start].isdigit():
                    first = _FIRST_NUMBER.match(text, start, end)
                    counter = int(first.group(1)) if first else counter
                start = end
            elif not counter and end - start < 8 and _NUMBER.fullmatch(text[start:end].strip()):
                counter = int(text[start:at].strip())
        elif char != ")":
            _add(spans, text, start, at)
            start = at
    _add(spans, text, start, stop)
    return spans


def clauses(text: str, sentence: Span) -> list[Span]:
    """The parts of a sentence between semicolons."""
    parts: list[Span] = []
    start = sentence.start
    while (at := text.find(";", start, sentence.end)) >= 0:
        _add(parts, text, start, at)
        start = at + 1
    _add(parts, text, start, sentence.end)
    return parts


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        spans.append(Span(start, start + len(stripped)))


def _wrap_width(text: str) -> int:
    """The width at which the text was wrapped, or 0 where its lines are as long as their writer made them."""
    longest = 0
    start = 0
    while (at := text.find("\n", start)) >= 0:
        longest = max(longest, at - start)
        start = at + 1
    longest = max(longest, len(text) - start)
    return longest if _WRAPPED <= longest <= _WRAP_MAX else 0


def _line_ends(text: str, start: int, at: int, width: int, words: dict[str, frozenset[str]]) -> bool:
    """Does the line end at ``at`` end the sentence that began at ``start``?"""
    begin = max(text.rfind("\n", start, at) + 1, start)
    line = text[begin:at].strip()
    next_end = text.find("\n", at + 1)
    following = text[at + 1 : min(next_end if next_end >= 0 else len(text), at + 160)]
    head = following.lstrip()
    if not line or not head or line[-1] in "!?" or _LABEL.match(following):
        return True
    last, word = line.rsplit(None, 1)[-1].lower(), head.split(None, 1)[0]
    full = at - text.rfind("\n", max(0, at - _WRAP_MAX - 1), at) - 1
    wrapped = width > 0 and full >= _WRAPPED and full + 1 + len(word) > width
    unfinished = line[-1] in ",(/&" or last in words["unfinished"]
    if _LIST_ITEM.match(following):
        # the value of a sentence that was broken before it: "her A1c was / 10."
        number = _VALUE.match(following)
        value = int(number.group(1)) if number is not None else 0
        return not (value > 1 and line[-1] not in ",.:" and (unfinished or (wrapped and value > _MOST_ITEMS)))
    if line[-1] == ".":
        return not (wrapped and _dotted(last, words) and (head[0].islower() or head[0].isdigit()))
    if line[-1] == ":":
        return not (wrapped and (head[0].islower() or head[0].isdigit()))
    if unfinished or (line[-1] == "-" and line[-2:-1].isalpha() and head[0].islower()):
        return False
    if head[0].islower() or head[0] in "(,;":
        if _dose_line(following, words):
            return not wrapped or _DOSE.search(line) is not None
        return not (wrapped or max(full, at - start) >= 35 or line.count(" ") >= 5)
    return not wrapped


def _dotted(word: str, words: dict[str, frozenset[str]]) -> bool:
    """Whether a word with its full stop is an abbreviation that a sentence may end with: "p.o.", "q.12h."."""
    return word in words["either"] or ("." in word[:-1] and len(word) <= 8 and word[0].isalpha())


def _dose_line(following: str, words: dict[str, frozenset[str]]) -> bool:
    """Whether a line is a drug with its dose; "from 5 mg daily to" is none."""
    return _DOSE_LINE.match(following) is not None and following.split(None, 1)[0].lower() not in words["unfinished"]


def _stop_ends(text: str, start: int, at: int, words: dict[str, frozenset[str]]) -> bool:
    """Does the full stop (or ! or ?) at ``at`` end the sentence that began at ``start``?"""
    char = text[at]
    rest = at + 1
    if char == "." and text[rest : rest + 1].isspace():
        last = text[max(start, at - 24) : at].rpartition(" ")[2]
        if last.isalpha() and last.lower() + "." not in _abbreviated():
            return True  # most sentences end so: the rest is for the others
    while rest < len(text) and text[rest] in _CLOSERS:
        rest += 1
    if rest >= len(text):
        return True
    spaced = text[rest].isspace() or rest > at + 1
    if char != ".":
        # "? pneumonia" and "PE ?" are doubts and no questions
        # and the answer stays with its question: "Chest pain? No"
        return text[at - 1 : at].isalnum() and spaced and _ANSWER.match(text, rest) is None
    word = _WORD_BREAK.split(text[max(start, at - 24) : at])[-1].lower()
    if not spaced:
        # "fever.Has cough": a full stop without its space
        after = text[rest : rest + 2]
        return len(word) > 2 and word.isalpha() and len(after) == 2 and after[0].isupper() and after[1].islower()
    if not word:
        return True
    if word.isdigit() and len(word) <= 2 and not text[max(start, at - 8) : at - len(word)].strip():
        return False  # the number of a list item
    word += "."
    following = _NEXT_WORD.match(text, rest)
    head = following.group(1) if following else ""
    if word in words["joined"] and word != "no.":
        # "hepatitis C. The patient": no initial of a name
        return len(word) == 2 and text[at - 1].isupper() and head in words["starters"]
    if word in words["before_number"]:
        return not head[:1].isdigit()
    if _dotted(word, words):
        if text[rest] == "\n":
            return False  # the line's end tells
        goes_on = head[:1].islower() or (head[:2].isupper() and text[max(start, at - 40) : at].isupper())
        return not head or not (goes_on or head[0].isdigit() or head[0] in "([&+-")
    return True
