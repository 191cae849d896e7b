"""Fold words so that spellings of one term compare equal, without losing the place of each word.

A text is read as words and the gaps between them. A word is folded by itself (case, accents, British spelling,
plural, possessive, Roman numeral), a gap becomes one character that says whether a term may run across it. The
folded form of a term is its words joined by those gap characters, so a term and a text are folded by the same rules.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from matcher import resources

SOFT = " "
"""A gap that a term may run across: white space, one line end, a hyphen, a slash."""
HARD = "\n"
"""A gap that no term runs across."""

WORD = re.compile(r"[^\W_]+(?:['’ʼ][sS](?![^\W_]))?")
"""One word of a text. ``Crohn's`` is one word; ``type-2`` is two."""

_SPLIT = re.compile(f"({WORD.pattern})")
_SPLIT_ASCII = re.compile(r"([A-Za-z0-9]+(?:'[sS](?![A-Za-z0-9]))?)")
"""The same in plain letters, in two thirds of the time."""
_SOFT_GAP = re.compile(r"[ \t\xa0\u2000-\u200a]*(?:::|[-‐‑‒–—−/'’ʼ]|\r?\n)?[ \t\xa0\u2000-\u200a]*\Z")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda",
    "ω": "omega", "ß": "beta",
}  # fmt: skip
_RULES = resources.toml("terms/folding")
_ROMAN: dict[str, str] = _RULES["roman"]
_SPELLING: list[tuple[str, str]] = [(rule["from"], rule["to"]) for rule in _RULES["spelling"]]
_SPELLED = re.compile("|".join(re.escape(old) for old, _ in _SPELLING))
_KEEP = frozenset(_RULES["plural"]["keep"])
_SHORTEST: int = _RULES["plural"]["shortest"]
_CLIPPED: dict[str, str] = _RULES["clipped"]
_DROPPED = frozenset(_RULES["words"]["dropped"])
BEFORE_DROPPED = frozenset(_RULES["words"]["before_dropped"])
"""Words behind which a term runs on over a word that is dropped."""

SMALL = frozenset(_RULES["words"]["small"])
"""Words that carry no meaning of their own."""
JOINING = frozenset(_RULES["words"]["joining"])
"""Words that join qualifiers, and steps of a scale."""
ORDERED = frozenset(_RULES["words"]["ordered"])
"""With one of them the order of words is part of the meaning."""
PREFIXES: dict[str, list[str]] = _RULES["prefixes"]

FINGERPRINT = hashlib.sha256(repr(sorted(_RULES.items())).encode()).hexdigest()[:16]
"""Changes with the folding rules; the built tables carry the one that they were folded with."""


def strip_accents(word: str) -> str:
    """``Sjögren`` → ``Sjogren``; a Greek letter is spelled out."""
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFKD", word)
    return "".join(_GREEK.get(char.lower(), char) for char in letters if not unicodedata.combining(char))


def singular(word: str) -> str:
    """A form that the singular and the plural of a word share; not always a word itself.

    >>> singular("metastases") == singular("metastasis")
    True
    """
    if len(word) < _SHORTEST or word in _KEEP or not word.isalpha():
        return word
    if word.endswith("s"):
        if word.endswith("ies"):
            return word[:-3] + "y"
        if word.endswith(("sses", "shes", "ches", "xes", "uses")):
            return word[:-2]
        if word.endswith("sis"):
            return word[:-2] + "e"
        if not word.endswith(("ss", "us", "is")):
            return word[:-1]
    return word


def pieces(text: str) -> list[str]:
    """A text cut at its words: gap, word, gap, word … gap."""
    return (_SPLIT_ASCII if text.isascii() else _SPLIT).split(text)


@lru_cache(maxsize=32768)
def fold_word(word: str) -> str:
    """The folded form of one word; empty for a word that is dropped ("the").

    Its length may differ from the word's: places are kept by word, never by character.
    """
    whole = len(word) <= 4 and word.isupper()  # "CRPS", "SMAS" are no plurals
    if len(word) > 3 and word[-1] == "s" and word[:-1].isupper():  # "TKIs", "SSRIs"
        word = word[:-1]
    word = strip_accents(word).lower()
    if len(word) > 2 and word[-2] in "'’ʼ":
        word = word[:-2]
    if word in _ROMAN:
        return _ROMAN[word]
    if word in _DROPPED:
        return ""
    if len(word) > 4 and _SPELLED.search(word):
        for old, new in _SPELLING:
            word = word.replace(old, new)
    word = word if whole else singular(word)
    return _CLIPPED.get(word, word)


@lru_cache(maxsize=4096)
def fold_gap(gap: str) -> str:
    """The one character (or two) that stands for what lies between two words."""
    if _SOFT_GAP.match(gap):
        return SOFT
    gap = gap.strip()
    return gap if 0 < len(gap) <= 2 and "\n" not in gap else HARD  # a blank line joins nothing


@lru_cache(maxsize=32768)
def fold(term: str) -> str:
    """The folded form of a whole term; equal for all its spellings.

    >>> fold("Crohn’s  Disease"), fold("Tumours"), fold("non-small-cell")
    ('crohn disease', 'tumor', 'non small cell')
    """
    out: list[str] = []
    last, gap = 0, ""
    for match in WORD.finditer(term):
        word = fold_word(match[0])
        if out and gap in ("", SOFT):
            gap = fold_gap(term[last : match.start()])
        last = match.end()
        if not word:
            continue
        if out:
            out.append(gap)
        out.append(word)
        gap = ""
    return "".join(out)
