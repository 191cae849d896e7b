"""Words that nobody knows: a question about them is no question, whatever its grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from matcher import resources
from matcher.criteria.lexicon import lexicon
from matcher.model import Leaf
from matcher.terms.fold import fold_word
from matcher.terms.keys import plain_words

if TYPE_CHECKING:
    from matcher.terms import Terminology

_WORD = re.compile(r"[^\W\d_]{4,}")
_ENDINGS = (
    "ly ing ed d s es ies al ally able ably ment ments ness less ful ation ations ity ive er ers or ors ical ist ists y"
).split()
_BEFORE = re.compile(r"^(?:un|non|re|pre|post|in|over|under|self|anti|de|sub|inter|multi)(?=\w{4})")
_ASKED = frozenset({"other", "condition", "procedure"})


def strange(found: Iterable[Leaf], terminology: Terminology | None) -> list[Leaf]:
    """The leaves that name nothing: no concept, and most of their words are in no table and no list."""
    if terminology is None:
        return []
    return [leaf for leaf in found if leaf.op in _ASKED and leaf.concept is None and _strange(leaf.term, terminology)]


def _strange(term: str, terminology: Terminology) -> bool:
    words = [word.lower() for word in _WORD.findall(term) if not word.isupper()]
    return bool(words) and not any(_known(word, terminology) for word in words)


@cache
def _english() -> frozenset[str]:
    text = resources.text("criteria/words.txt")
    listed = {word for line in text.splitlines() if not line.startswith("#") for word in line.split()}
    return frozenset(listed | plain_words() | lexicon().words | lexicon().nouns.keys())


@lru_cache(maxsize=20_000)
def _known(word: str, terminology: Terminology) -> bool:
    english = _english()
    forms = {word, _BEFORE.sub("", word)}
    forms |= {form.removesuffix(ending) for form in forms for ending in _ENDINGS}
    forms |= {form + end for form in forms for end in ("e", "y")}
    forms |= {form[:-1] for form in forms if form[-1:] == form[-2:-1]}
    return any(len(form) > 2 and (form in english or terminology.is_word(fold_word(form))) for form in forms)
