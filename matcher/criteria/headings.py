"""What a line of a protocol is: a heading of a section, a sub-heading, a list's introduction, a registry field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from matcher.criteria.cues import cues

Role = Literal["", "list", "topic", "subject", "premise"]

_QUALIFIER = re.compile(
    r"\s{0,3}(?:\((?P<in>[^()]{1,120})\)|(?i:for|of|in|to|at)\s[^:]{1,100}(?=:)|[-–—,:]\s?[^:.]{1,80}(?=:\s*\Z))"
)
_CLOSE = re.compile(r"\s*(?:[:.]|[-–—]+(?=\s|\Z))*\s*")
_FOR = re.compile(r"\s*[-–—,:(]*\s*(?:for\s+)?", re.I)
_BRACKET = re.compile(r"\([^()]*\)\s*:?\s*\Z")
_DIGITS = re.compile(r"\d|[<>≥≤=]")
CONNECTOR = re.compile(r"[-*•\s(]*\b(?P<word>and\s?/\s?or|or|and|plus)\b[\s):;,.…-]*\Z", re.I)
TRAILING = re.compile(
    r"(?:(?P<stop>[,;.])\s{0,4}|(?<=\S)\s{1,4}|(?<=[)\]])\s{0,4})[*_-]*\b(?P<word>and\s?/\s?or|or|and|OR|AND)\b[\s*_:;,.-]{0,6}\Z",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Heading:
    kind: str
    """inclusion, exclusion, neutral, other"""
    end: int
    """Where the heading ends and text of the same line begins (the block's end where there is none)."""
    qualifier: str = ""
    """To whom the section applies: "young groups", "All Participants"."""
    frame: bool = False


def section(text: str, start: int, end: int) -> Heading | None:
    """The section heading with which a block begins, if it does."""
    known = cues()
    stop = min(end, start + 300)
    part = cues().part.match(text, start, stop)
    match = known.section.match(text, part.end() if part else start, stop)
    if match is None:
        stop_word = text[start:stop]
        if end - start < 60 and known.other.match(stop_word) and not stop_word[0].islower():
            return Heading("other", end)
        return None
    kind = match.lastgroup if match.lastgroup in ("inclusion", "exclusion", "neutral") else _kind(match)
    position, qualifier = match.end(), part["label"].strip() if part else ""
    compared = known.controls.match(text, start, position)
    if compared and compared.end() < position and text[compared.end()] in " :" and not qualifier:
        qualifier = compared[0]  # "Control subjects inclusion criteria:"
    extra = _QUALIFIER.match(text, position, stop)
    if extra:
        after = text[extra.end() : stop].lstrip()
        # A bracket or "for …" belongs to the heading where a colon or nothing follows.
        if not after or after[0] in ":-–—." or (extra["in"] and "\n" in text[extra.end() : extra.end() + 2]):
            qualifier = _FOR.sub("", extra[0], count=1).strip(" ():\r\n\t")
            position = extra.end()
    close = _CLOSE.match(text, position, end)
    assert close is not None
    rest_begins = close.end()
    marked = ":" in close[0] or "-" in close[0] or "–" in close[0] or "—" in close[0]
    # "General inclusion criteria Subject meets …": a capital after "criteria" begins the first criterion.
    runs_on = (
        text[position - 8 : position] == "criteria"
        and text[start].isupper()
        and text[rest_begins : rest_begins + 1].isupper()
    )
    if rest_begins < end and not marked and not runs_on:
        return None
    if rest_begins < end and text[start].islower():
        return None
    qualifier = " ".join(qualifier.split())
    return Heading(kind, rest_begins, "" if known.no_group.match(qualifier) else qualifier)


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in ("exclusion", "inclusion", "neutral") if match[kind])


def frame(text: str, start: int, end: int) -> Heading | None:
    """A line that speaks of the list below it: "Subjects will be excluded if any of the following apply:"."""
    if end - start > 260:
        return None
    line = " ".join(text[start:end].lower().split())
    if not line.endswith((":", "following", "apply", "if", "criteria", "met", "…", "-")):
        return None
    line = line.rstrip(" :.…-")
    for kind, pattern in cues().frames:
        if pattern.match(line):
            return Heading(kind, end, frame=True)
    return None


def role(text: str, start: int, end: int) -> Role:
    """What a line with a list below it is to that list.

    ``topic`` sorts ("Hepatic:"), ``subject`` is needed to read what follows ("Age:"), ``premise`` says to whom it
    applies ("For subjects with diabetes:"), ``list`` introduces alternatives ("at least one of the following:").
    """
    known = cues()
    if end - start > 600:
        return "list" if text[end - 1] == ":" and known.introduces.search(text[end - 60 : end]) else ""
    line = text[start:end].strip()
    if not line:
        return ""
    bare = " ".join(line.rstrip(" :-–—.").lower().split())
    if bare in known.topics:
        return "topic"
    if bare in known.subjects:
        return "subject"
    colon = line.endswith(":")
    words = bare.count(" ") + 1
    if colon and any(pattern.match(bare) for pattern in known.premise_patterns):
        return "premise"
    if colon and known.premise_starts.match(line) and words <= 25:
        return "premise"
    if _introduces(line):
        return "list"
    if colon and words <= 10 and not _DIGITS.search(bare) and known.premise_words.search(bare):
        return "premise"
    if cues().unit.fullmatch(line + ("" if colon else ":")):
        return "premise"
    return "list" if colon else ""


def _introduces(line: str) -> bool:
    """Whether the words themselves announce entries: "one of the following tumors:", "such as:"."""
    known = cues()
    if known.closes.search(line):
        return True
    return line.endswith(":") and bool(
        known.introduces.search(_BRACKET.sub("", line)) or known.quantifiers.search(line)
    )


def subheading(text: str, start: int, end: int, above: bool = False) -> Role:
    """The role of a line that stands above criteria of the same level; "" where it is a criterion itself.

    ``above``: it has no bullet of its own and stands, after a blank line, above some: "for acromegaly" needs no colon.
    """
    line = text[start:end].strip()
    if len(line) > 160:
        return ""
    found = role(text, start, end)
    if found in ("topic", "subject", "premise"):
        return found
    words = line.count(" ") + 1
    if above and cues().controls.fullmatch(line):
        return "premise"
    if above and words <= 8 and cues().premise_starts.match(line) and not line.endswith((".", ";", ",")):
        return "premise"
    if line.endswith(":") and words <= 8 and not _introduces(line):
        bare = line[:-1]
        return "premise" if words <= 5 and not _DIGITS.search(bare.replace("1", "").replace("2", "")) else "topic"
    return ""


def controlled(text: str) -> bool:
    """Whether a line of the text names those with whom the patients are compared, and no more."""
    return any(cues().controls.fullmatch(line.strip(" :")) for line in text.splitlines() if len(line) < _NAME)


def group(text: str, start: int, end: int) -> bool:
    """Whether a line without a colon may name a group, in a text where another one heads a list: "COPD patients"."""
    line = text[start:end].strip()
    known = cues()
    named = len(line.split()) <= _GROUP and not _DIGITS.search(line) and line[-1:].isalnum()
    return named and line.lower() not in known.topics and known.nothing.isdisjoint({line.lower()})


_GROUP = 4
"""Words of a line that names a group."""
_NAME = 80
"""Characters of a line that names a group, with what stands around it."""


def unit(text: str, start: int, end: int) -> re.Match[str] | None:
    """The label of a part of the study at the start of a line: "Group 1: …", "Cohort B - …"."""
    return cues().unit.match(text, start, min(end, start + 120))


def unit_alone(text: str, start: int, end: int) -> re.Match[str] | None:
    """A line that is such a label and no more: "PART A"."""
    return cues().unit.fullmatch(text[start:end].strip() + ":") if end - start < 120 else None


def everyone(words: str) -> bool:
    """Whether a premise names all: "For all patients"."""
    return bool(cues().everyone.match(words))


def nothing(text: str, start: int, end: int) -> str | None:
    """Why a line asks nothing of a patient; None where it may."""
    known = cues()
    if end - start <= 400:
        line = " ".join(text[start:end].lower().split())
        label, _, value = line.rpartition(": ")
        for candidate in (line, value if label in known.topics or label in known.subjects else line):
            if candidate.strip(" .:;-–*()") in known.nothing:
                return "nothing specified"
        if any(pattern.match(line) for pattern in known.unspecified):
            return "nothing specified"
        if any(pattern.match(line) for pattern in known.elsewhere):
            return "refers to criteria that are not in this text"
    if known.note.match(text, start, end):
        return "a note"
    if not any(c.isalnum() for c in text[start : min(end, start + 200)]) and not any(
        c.isalnum() for c in text[start:end]
    ):
        return "no words"
    return None


_ASIDES = frozenset({"a note", "refers to criteria that are not in this text"})


def aside(why: str | None) -> bool:
    """Whether what asks nothing of a patient still is for a person to read: a note, "further criteria apply"."""
    return why in _ASIDES


def disguised(words: str, kind: str) -> bool:
    """Whether a criterion under a heading of this kind says the opposite of it."""
    return bool(cues().disguised[kind].search(" ".join(words.split())))
