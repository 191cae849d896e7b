"""The keys under which a name is looked up: its folded spellings, or its capitals.

A key that starts with ``^`` is an abbreviation, read with its case ("MS" is never "ms"). A key that starts with ``~``
is an abbreviation too short or too common to be looked for in running text: only `Terminology.normalise` uses it.
"""

from __future__ import annotations

import re
from functools import cache

from matcher import resources
from matcher.patterns import alternatives
from matcher.terms.fold import PREFIXES, fold

ABBREVIATION = "^"
WEAK = "~"

_ACRONYM = re.compile(r"[A-Z](?:[A-Z0-9]{1,5})?\Z")
_MIXED = re.compile(r"(?=.*[A-Z])[A-Za-z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*\Z")
_HYPHENED = re.compile(rf"\b({alternatives(PREFIXES['hyphened'])})-(?=[a-z])", re.I)
_JOINED = re.compile(rf"\b({alternatives(PREFIXES['joined'])})(?=[a-z]{{4}})", re.I)
LONGEST = 110
"""Characters that no key reaches."""


def is_acronym(name: str) -> bool:
    """One word of up to six capitals and digits: read with its case, and with its context where it has many senses."""
    return bool(_ACRONYM.match(name))


def cased(word: str) -> bool:
    """A word whose capitals may matter: an acronym ("MS"), mixed case ("mCRPC"), a common word as a name ("Wells")."""
    return bool(is_acronym(word) or _MIXED.match(word)) or word.lower() in plain_words()


@cache
def stopped() -> tuple[frozenset[str], frozenset[str]]:
    """Folded terms that the built tables do not offer, and capitals that are no abbreviation by themselves."""
    terms = [row["term"] for row in resources.rows("terms/stop_terms")]
    return frozenset(fold(t) for t in terms if not is_acronym(t)), frozenset(t for t in terms if is_acronym(t))


@cache
def plain_words() -> frozenset[str]:
    """Common English words: in lower case they are never an abbreviation or a brand."""
    text = resources.text("terms/plain_words.txt")
    words = {word for line in text.splitlines() if not line.startswith("#") for word in line.split()}
    return frozenset(words | {fold(word) for word in words})


@cache
def short_terms() -> frozenset[str]:
    """Names of up to three letters that are looked for in lower case."""
    text = resources.text("terms/short_terms.txt")
    return frozenset(fold(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())


def spellings(name: str) -> set[str]:
    """The folded forms of a name: with and without the hyphen of a prefix, with the possessive written together."""
    out = {fold(name)}
    if _HYPHENED.search(name):
        out.add(fold(_HYPHENED.sub(r"\1", name)))
    if _JOINED.search(name):
        out.add(fold(_JOINED.sub(r"\1-", name)))
    if "'s" in name or "’s" in name:
        out.add(fold(re.sub(r"['’]s\b", "s", name)))
    return {key for key in out if key and len(key) < LONGEST}


def built(name: str, sources: int = 1) -> set[str]:
    """The keys of a name that comes from a public vocabulary, without what is dangerous in running text.

    ``sources`` is how many of them give the name: three capitals that one alone knows are not worth the risk.
    """
    stop, capitals = stopped()
    if is_acronym(name) or (len(name) < 6 and _MIXED.match(name)):
        if len(name) < 4 and sources < 2:
            return set()
        return {(WEAK if len(name) < 4 or name in capitals else ABBREVIATION) + name}
    return {
        key
        for key in spellings(name)
        if len(key) > 2 and key not in stop and any(c.isalpha() for c in key) and key not in plain_words()
    }


def curated(name: str) -> set[str]:
    """The keys of a name that the curated tables or a site give: as many as are safe.

    Capitals are read with their case; in lower case too where no common word is spelled like them.
    """
    if is_acronym(name):
        lower = name.lower()
        safe = len(name) > 2 and lower not in plain_words()
        return {ABBREVIATION + name} | ({fold(name)} if safe else set())
    out = spellings(name)
    if len(out & plain_words()) == len(out) or (len(name) < 6 and _MIXED.match(name)):
        out.add(ABBREVIATION + name)  # "MUSTs", "CaN", "Wells": as it is written only
    short = {key for key in out if len(key) < 3 and key.isalpha() and name != key and any(c.isupper() for c in name)}
    if short:
        out.add(ABBREVIATION + name.strip(" +-"))  # "ER+", "Hb": two letters are read with their case
    return {key for key in out - short if key not in plain_words()}
