"""Sections of a note: which heading a piece of text stands under.

Headings and what they mean are data (``resources/sections/sections.csv``): a heading is found at the start of a line
or of a sentence, before a colon (or alone on its line), in any case. Organ headings ("Neuro:", "SKIN:") stay within the
review of systems, the examination or the assessment in which they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from matcher import resources
from matcher.model import Span

_LOOK_BACK = 64
_COLON = re.compile(r":(?=[\s,*\-–A-Za-z0-9<>(+]|\Z)")
_BARE = re.compile(
    r"^[^\S\n]*([A-Z#*_=\[][^\n:.;!?,]{1,58})$|^[^\S\n]*([A-Z][A-Za-z/& ]{1,40}?) ?[-–] (?=\S)", re.MULTILINE
)
_BRACKETS = re.compile(r"\([^()]*\)?|\[[^\[\]]*\]?")
_SIGNS = re.compile(r"[^a-z0-9/\-]+")
_ENUMERATION = re.compile(r"(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)] ?(?=[a-z])")
_STARTS = re.compile(r"[.;,!?)\]|*•>][\s,]*|[^\S\n]{2,}|\t|[-–] |\A")
_WORD_STARTS = re.compile(r"(?<=\s)(?=[A-Z])")
_DASH = re.compile(r" ?[-–] (?=\S)")
_UNKNOWN = re.compile(r"[A-Z][A-Z0-9 /&'\-()]{3,60}\Z")
_ITEM = re.compile(r"(?P<indent>[^\S\n]*)[-*•][^\S\n]*")
_NO_PART = re.compile(r"\n(?P<indent>[^\S\n]*)(?:[-*•][^\S\n]|\d{1,2}[.)][^\S\n]|(?=\n))")
"""What begins behind a list item: the next one, or an empty line."""
_LETTER = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Section:
    """``text[start:end]`` begins with its heading; ``kind`` is a row of ``sections.csv``, ``preamble`` or ``other``."""

    kind: str
    start: int
    end: int
    heading: Span
    system: str | None = None
    """The organ system of an organ heading: ``neurologic`` for "Neuro:" inside a review of systems."""
    stale: bool = False
    """Its heading says that the list was copied from an earlier note."""

    @property
    def body(self) -> Span:
        return Span(self.heading.end, self.end)


@cache
def _table() -> tuple[dict[str, str], dict[str, str], frozenset[str], frozenset[str]]:
    """Heading -> kind, kind -> parent, kinds whose one-word headings need a colon, kinds that hold organ headings."""
    kinds: dict[str, str] = {}
    parents: dict[str, str] = {}
    colon: list[str] = []
    holders: list[str] = []
    for row in resources.rows("sections/sections"):
        parents[row["kind"]] = row["parent"]
        if "colon" in row["flags"].split() or row["parent"] == "system":
            colon.append(row["kind"])
        if "systems" in row["flags"].split():
            holders.append(row["kind"])
        for heading in row["headings"].split("|"):
            kinds[_normal(heading)] = row["kind"]
    return kinds, parents, frozenset(colon), frozenset(holders)


def parent(kind: str) -> str:
    """The wider kind of ``kind`` (``discharge_medications`` -> ``medications``), or ``kind`` itself."""
    return _table()[1].get(kind) or kind


@lru_cache(maxsize=8192)
def _normal(heading: str) -> str:
    lower = _BRACKETS.sub(" ", heading.lower()).replace("&", " and ").replace("'s", "s").replace("’s", "s")
    plain = " ".join(_SIGNS.sub(" ", lower).split()).strip("- ")
    plain = plain.replace(" / ", "/").replace("/ ", "/").replace(" /", "/")
    match = _ENUMERATION.match(lower.strip(" *#-•"))
    if match:
        plain = plain[len(match.group().strip(" .)")) :].strip()
    return plain.removeprefix("the ").removeprefix("patients ")


@lru_cache(maxsize=8192)
def _kind_of(heading: str) -> str | None:
    return _table()[0].get(_normal(heading))


@cache
def _words() -> dict[str, list[str]]:
    return resources.toml("sections/sentences")


@cache
def _copied() -> re.Pattern[str]:
    """What says in a heading that its list comes from an earlier note."""
    data = _words()
    plain, sources = ("|".join(map(re.escape, data[name])) for name in ("copied", "copied_from"))
    return re.compile(rf"\b(?:{plain}|(?:from|per) (?:the )?(?:{sources}))\b", re.IGNORECASE)


@cache
def _fillers() -> tuple[frozenset[str], frozenset[str]]:
    """Words that a known heading may begin or go on with: "CURRENT ... AT HOME"."""
    data = _words()
    return frozenset(data["heading_first"]), frozenset(data["heading_next"])


@lru_cache(maxsize=8192)
def _kind_of_longer(heading: str) -> str | None:
    """The kind of an unknown heading that is a known one with more words: "MEDICATIONS PRESCRIBED TODAY"."""
    kinds = _table()[0]
    first, following = _fillers()
    words = _normal(heading).split()
    while words and words[0] in first:
        words = words[1:]
    for n in range(len(words), 0, -1):
        kind = kinds.get(" ".join(words[:n]))
        if kind and (n == len(words) or words[n] in following):
            return kind
    return None


@cache
def _relations() -> re.Pattern[str]:
    """Words for relatives: a label or a text with one of them stays in the family history."""
    words = sorted({w for names in resources.toml("assertion/relations")["family"].values() for w in names})
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)


def split(text: str) -> list[Section]:
    """The sections of a note in order; together they cover it. Text before the first heading is ``preamble``.

    >>> [(s.kind, text[s.start:s.end]) for text in ["PMH: HTN. FHx: mother breast cancer"] for s in split(text)]
    [('past_medical_history', 'PMH: HTN. '), ('family_history', 'FHx: mother breast cancer')]
    """
    found = _headings(text)
    sections: list[Section] = []
    if not found or found[0][0].start > 0:
        sections.append(Section("preamble", 0, found[0][0].start if found else len(text), Span(0, 0)))
    parents, holders = _table()[1], _table()[3]
    current = "preamble"
    for i, (heading, kind) in enumerate(found):
        end = found[i + 1][0].start if i + 1 < len(found) else len(text)
        system, around = None, current
        if parents.get(kind) == "system":
            system = kind
            near = current == "family_history" and heading.start - sections[-1].heading.end < 3
            if parent(current) == "physical_exam" or not (current in holders or near):
                current = "physical_exam"
        elif kind == "other":
            current = _after_unknown(text, heading, end, current)
        else:
            current = kind
        ends = _ENDS.get(current)
        after = ends(text, heading, end) if ends is not None else end
        item = _item_ends(text, heading, after)
        stale = kind == "copied_forward" or _copied().search(text, heading.start, heading.end) is not None
        sections.append(Section(current, heading.start, min(after, item), heading, system, stale))
        if item < after:
            current = around
            sections.append(Section(current, item, end, Span(item, item)))
        elif after < end:
            current = "other"
            sections.append(Section(current, after, end, Span(after, after)))
    return sections


def _item_ends(text: str, heading: Span, end: int) -> int:
    """Where a heading that is the label of a list item ("- Counseling: …") stops to speak: with its item."""
    item = _ITEM.match(text, text.rfind("\n", 0, heading.start) + 1, heading.end)
    if item is None or heading.start > item.end():
        return end
    line = text.find("\n", heading.end, end)
    if line < 0 or not text[heading.end : line].strip():
        return end
    following = _NO_PART.search(text, line, end)
    while following is not None and len(following["indent"]) > len(item["indent"]):
        following = _NO_PART.search(text, following.end(), end)
    return following.start() + 1 if following is not None else end


def _family_ends(text: str, heading: Span, end: int) -> int:
    """Where a family history that stands on the line of its heading ends: before a line that names no relative."""
    line = text.find("\n", heading.end, end)
    alone = not text[text.rfind("\n", 0, heading.start) + 1 : heading.start].strip()
    if line < 0 or not alone or not text[heading.end : line].strip():
        return end
    at = line + 1
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        said = text[at:stop]
        if not said.strip() or said[0] in " \t-*•" or _relations().search(said) is not None:
            at = stop + 1
            continue
        return at
    return end


def _allergies_end(text: str, heading: Span, end: int) -> int:
    """Where allergies that stand on the line of their heading end: behind "NKDA.", or with a line that is whole."""
    line = text.find("\n", heading.end, end)
    line = end if line < 0 else line
    said = text[heading.end : line]
    if not said.strip():
        return end
    none = _no_allergies().match(said)
    if none is not None and text[heading.end + none.end() : end].strip():
        return heading.end + none.end()
    if line == end or not said.rstrip().endswith("."):
        return end
    return end if text[line + 1 : line + 2] in ("", " ", "\t", "-", "*", "•", "\n") else line + 1


@cache
def _no_allergies() -> re.Pattern[str]:
    plain = "|".join(map(re.escape, sorted(_words()["no_allergies"], key=len, reverse=True)))
    return re.compile(rf"\s*(?:{plain})(?!\w)[^.;\n]*(?:[.;]\s*|$)", re.IGNORECASE)


_ENDS = {"family_history": _family_ends, "allergies": _allergies_end}
"""Sections that may end before the next heading."""


def _after_unknown(text: str, heading: Span, end: int, current: str) -> str:
    """An unknown heading ends the section, but for parts of an examination and labels inside a family history."""
    if parent(current) == "physical_exam" or current in ("review_of_systems", "laboratory", "imaging"):
        return current
    if current == "family_history" and _relations().search(text, heading.start, min(end, heading.end + 60)):
        return current
    return "other"


def _headings(text: str) -> list[tuple[Span, str]]:
    found: list[tuple[Span, str]] = []
    last = 0
    for match in _COLON.finditer(text):
        hit = _before_colon(text, match.start(), last)
        if hit:
            found.append((Span(hit[0], match.end()), hit[1]))
            last = match.end()
    bare = [line for match in _BARE.finditer(text) if (line := _without_colon(text, match))]
    if bare:
        taken = {span.start for span, _ in found}
        found = sorted(found + [line for line in bare if line[0].start not in taken])
    return found


def _before_colon(text: str, colon: int, floor: int) -> tuple[int, str] | None:
    """Where the heading that ends at ``colon`` begins, and its kind."""
    begin = max(floor, colon - _LOOK_BACK)
    line = text.rfind("\n", begin, colon) + 1
    at_line_start = line > begin or begin == 0 or text[begin - 1] == "\n"
    begin = max(begin, line)
    piece = text[begin:colon]
    for match in _STARTS.finditer(piece):
        start = match.end()
        first = _LETTER.search(piece, start)
        if first is None:
            break
        if match.start() == 0 and match.end() == 0 and not at_line_start and begin != floor:
            continue
        start = first.start()
        candidate = piece[start:]
        kind = _kind_of(candidate)
        whole = at_line_start and not piece[:start].strip(" \t#*•-–>_=1234567890.()[")
        if whole:  # a bullet or a number belongs to its heading
            start = len(piece) - len(piece.lstrip())
        if kind and (whole or (candidate[0].isupper() and len(candidate) > 1)):
            return begin + start, kind
        if whole and _UNKNOWN.match(candidate):
            return begin + start, _kind_of_longer(candidate) or "other"
    # a heading without any sign before it: "68M with cough PMH: HTN"
    for match in _WORD_STARTS.finditer(piece):
        candidate = piece[match.start() :]
        kind = _kind_of(candidate)
        if kind and len(candidate) > 2 and (sum(map(str.isupper, candidate)) > 1 or " " in candidate.strip()):
            return begin + match.start(), kind
    return None


def _without_colon(text: str, match: re.Match[str]) -> tuple[Span, str] | None:
    """A heading alone on its line, or one before a dash."""
    group = 1 if match.group(1) else 2
    raw = match.group(group)
    kind = _kind_of(raw)
    if group == 1 and kind is None:
        cut = _DASH.search(raw)
        if cut is None:
            return None
        raw = raw[: cut.start()]
        kind = _kind_of(raw)
        end = match.start(1) + cut.end()
    elif group == 1:
        if not raw.isupper() and raw[0] not in "#*" and " " not in raw.strip() and kind in _table()[2]:
            return None
        end = match.end(1)
    else:
        end = match.end()
    return (Span(match.start(group), end), kind) if kind else None
