"""Open vocabulary: a protocol's own terms looked for in the notes, by stem, word of one meaning, and word order."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts import misspelt, qualifiers, sought, tables
from matcher.facts.asked import Wanted
from matcher.facts.page import Draft, Page, Taken
from matcher.facts.sought import Term, weak, weight_of
from matcher.facts.words import WORD, Place, Places, around, doubt, file, one_apart, short, turned
from matcher.facts.words import words as words_of
from matcher.model import Span
from matcher.terms import lexical
from matcher.terms.lexical import stem

if TYPE_CHECKING:
    from matcher.terms import Terminology

_MIN_COVERAGE = 0.7
_NEARLY = 0.85
"""Coverage that is as good as all, where what is missing is no side or degree."""
_MAX_HITS = 6
"""Mentions of one term kept per note."""
_MAX_PLACES = 200
"""Places of a head that are tried per note."""
_SLACK = 30
_PER_WORD = 18
_FUZZY_LENGTH = 7
_NUMBERED = re.compile(r"\n?\d{1,2}[.)]\s")
"""The number of an entry of a list: "2. Diabetes" is no diabetes of type 2."""
AGAINST = "against"
"""The qualifier of a mention that is of the other side, or of another degree, than the term."""
_MOST_SEEN = 100_000
"""Words of notes whose meaning to the terms is remembered."""


@cache
def _parting(whole: bool) -> re.Pattern[str]:
    """What parts the words of a term; ``whole``: where no part or kind of its names stands for a word."""
    lists = tables.toml("search")
    words = "|".join([*lists["apart"], *(lists["apart_but_for_parts"] if whole else ())])
    return re.compile(rf"[;:]|,.*,|\b(?:{words})\b", re.IGNORECASE | re.DOTALL)


class Search:
    """Looks for wanted terms in a note; the note's stems are indexed once."""

    def __init__(self, wanted: Iterable[Wanted | str], terminology: Terminology | None = None) -> None:
        terms: dict[str, Term] = {}
        for item in wanted:
            term = sought.read(item, terminology)
            if term is not None:
                terms.setdefault(term.concept.id, term)
        self.terms = tuple(terms[key] for key in sorted(terms))
        # Filed under the longest of their weighty words: the others are looked at only where it is found.
        self._by_word: dict[str, list[Term]] = {}
        self._fuzzy: dict[str, list[Term]] = {}
        self._by_capitals: dict[str, list[Term]] = {}
        self._seen: set[str] = set()
        """Words of notes that were looked at, of which these two may matter:"""
        self._bearing: set[str] = set()
        """May be a word of a term, well or misspelt."""
        self._filed: dict[str, tuple[Places, Places]] = {}
        """Under what words that may matter are filed, as if they stood at the beginning."""
        self._slips: dict[str, tuple[Term, ...]] = {}
        """Words that misspell a name, with what they misspell."""
        self._hot: set[str] = set()
        """May be the head of one."""
        self._known: Collection[str] = ()
        """The words that were asked for last: those of a note are asked for several times."""
        self._misspelling = misspelt.Misspelt(self.terms, terminology)
        every = sorted({word for term in self.terms if not term.known for word in term.words})
        unknown = {word for term in self.terms if not term.known for word in term.words}
        narrower = {part for term in self.terms for parts in term.narrower.values() for part in parts}
        self._words = frozenset(unknown) | narrower
        self._endings = tuple(sorted(part[1:] for part in narrower if part[0] == "*"))
        self._begin = frozenset(word[: lexical.kept()] for word in (*self._words, *lexical.alike(self._words)))
        """How a word of the notes begins that is one of a term."""
        self._long: dict[str, list[str]] = {}
        for word in every:
            if len(word) >= _FUZZY_LENGTH and word[0] != "=":
                self._long.setdefault(word[0], []).append(word)
        for term in self.terms:
            if term.known:
                continue
            for capitals in term.short:
                self._by_capitals.setdefault(capitals, []).append(term)
            for word in (term.head, *term.narrower.get(term.head, ())):
                self._by_word.setdefault(word, []).append(term)
            if len(term.head) >= _FUZZY_LENGTH and not term.head.startswith("="):
                self._fuzzy.setdefault(term.head[0], []).append(term)

    def find(self, page: Page, words: Collection[str] | None = None) -> list[Draft]:
        """Drafts of the wanted terms in a note, in order. ``words``: all of its `words`, where they are known."""
        if not self.terms:
            return []
        index: Places = {}
        upper: Places = {}
        found: list[Draft] = []
        for start, word in self._met(page.text, words):
            self._file(word, start, index, upper)
            if word in self._slips:
                found += misspelt.drafts(page, start, word, self._slips[word])
        for term, head, places in self._worth(index, upper):
            found += _look(page, term, places, head)
        found.sort(key=lambda d: (d.start, d.end, d.concept.id if d.concept else ""))
        return found

    def bearing_in(self, stretch: str) -> set[str]:
        """Of the words of a stretch of a note those that may be one of a term: as good as all of them."""
        if not self.terms:
            return set()
        self._know(own := words_of(stretch))
        return own & self._bearing

    def possible(self, some: Collection[str]) -> bool:
        """Whether a note of these `words` may hold a wanted term: False where `find` finds nothing."""
        self._know(some)
        if self._hot.isdisjoint(some):
            return False
        if not self._slips.keys().isdisjoint(some):
            return True
        index: Places = {}
        upper: Places = {}
        for word in sorted(self._bearing.intersection(some)):
            self._file(word, 0, index, upper)
        return next(self._worth(index, upper), None) is not None

    def heads(self, text: str, some: Collection[str]) -> Iterator[int]:
        """Where a word of a note (of its `words`) stands that may be the head of a wanted term."""
        self._know(some)
        for word in sorted(self._hot.intersection(some)):
            at = text.find(word)
            while at >= 0:
                yield at
                at = text.find(word, at + 1)

    def _met(self, text: str, some: Collection[str] | None) -> Iterator[tuple[int, str]]:
        """Where words stand that may be one of a term, in order."""
        if some is None:
            found = [(match.start(), match.group()) for match in WORD.finditer(text)]
            self._know({word for _, word in found})
        else:
            self._know(some)
            found = list(around(text, sorted(self._bearing.intersection(some))))
        numbered = _NUMBERED.match
        return (
            (start, word)
            for start, word in found
            if word in self._bearing and not (word.isdigit() and numbered(text, max(0, start - 1)))
        )

    def _know(self, some: Collection[str]) -> None:
        """Look at each word once."""
        if some is self._known:
            return
        self._forget()
        if not self._seen.issuperset(some):
            for word in set(some) - self._seen:
                self._see(word)
        self._known = some

    def _strange(self, word: str) -> bool:
        """Whether a word can be none of the terms', nor misspelt, in part or short for some; told at a glance."""
        begin = lexical.beginnings(word)
        if "-" in word or word.isupper() or word in short() or not self._begin.isdisjoint(begin):
            return False
        if self._endings and lexical.ends(word, self._endings):
            return False
        return len(word) < _FUZZY_LENGTH - 1 or begin[1][0] not in self._long or not self._near(stem(word))

    def _forget(self) -> None:
        if len(self._seen) >= _MOST_SEEN:
            for some in (self._seen, self._bearing, self._hot, self._filed, self._slips):
                some.clear()

    def _see(self, word: str) -> None:
        """File a word that notes hold under what it may be to the terms."""
        self._seen.add(word)
        if self._misspelling and (slip := self._misspelling.of(word)):
            self._slips[word] = slip
            self._bearing.add(word)
            self._hot.add(word)
        if self._strange(word):
            return
        index: Places = {}
        upper: Places = {}
        self._file(word, 0, index, upper)
        capitals = not self._by_capitals.keys().isdisjoint(upper)
        if capitals or not self._words.isdisjoint(index) or any(self._near(part) for part in index):
            self._bearing.add(word)
        if capitals or not self._by_word.keys().isdisjoint(index) or next(self._misspelt(index), None) is not None:
            self._hot.add(word)

    def _file(self, word: str, at: int, index: Places, upper: Places) -> None:
        """File a word at a place; under what it is filed is worked out once."""
        known = self._filed.get(word)
        if known is None:
            known = {}, {}
            file(word, 0, *known, self._endings)
            if word in self._bearing:
                self._filed[word] = known
        for into, places in zip((index, upper), known, strict=True):
            for key, spans in places.items():
                into.setdefault(key, []).extend([(at + start, at + end) for start, end in spans])

    def _near(self, part: str) -> bool:
        """Whether a stem may be the misspelling of a term's word."""
        return len(part) >= _FUZZY_LENGTH - 1 and any(one_apart(part, word) for word in self._long.get(part[0], ()))

    def _worth(self, index: Places, upper: Places) -> Iterator[tuple[Term, str, Places]]:
        """The terms of which enough is there, with the stem of their head and the places to look at."""
        for capitals in sorted(self._by_capitals.keys() & upper.keys()):
            for term in self._by_capitals[capitals]:
                own = {word: sorted(index.get(word, []) + upper[capitals]) for word in term.short[capitals]}
                if term.head in index or term.head in own:
                    places = _covered(term, {**index, **own}, term.head)
                    if places is not None:
                        yield term, term.head, places
        done: set[str] = set()
        for word in sorted(index.keys() & self._by_word.keys()):
            for term in self._by_word[word]:
                if term.narrower:
                    if term.concept.id in done:
                        continue
                    done.add(term.concept.id)
                places = _covered(term, _with_parts(term, index), term.head)
                if places is not None:
                    yield term, term.head, places
        if self._fuzzy:
            for term, word in self._misspelt(index):
                places = _covered(term, index, word)
                if places is not None:
                    yield term, word, places

    def _misspelt(self, index: Places) -> Iterator[tuple[Term, str]]:
        """Heads one letter away from a word of the note."""
        for word in sorted(index):
            if len(word) < _FUZZY_LENGTH - 1 or word[0] not in self._fuzzy or word in self._by_word:
                continue
            for term in self._fuzzy[word[0]]:
                if term.head not in index and one_apart(word, term.head):
                    yield term, word


def _with_parts(term: Term, index: Places) -> Places:
    """The index with what is a part or a kind of the term's words among their places."""
    if not term.narrower:
        return index
    own: Places = {}
    for word, parts in term.narrower.items():
        found = [(start, end, 1) for part in parts for start, end, *_ in index.get(part, ())]
        if found:
            known = index.get(word, [])
            own[word] = sorted([*known, *(place for place in found if place[:2] not in known)])
    return {**index, **own} if own else index


def _covered(term: Term, index: Places, head: str) -> Places | None:
    """The places of the term's words, where enough of them are there; a misspelt one is among them."""
    total = sum(term.weights)
    others = [(w, weight) for w, weight in zip(term.words, term.weights, strict=True) if w != term.head]
    absent = [w for w, _ in others if w not in index]
    if head == term.head and sum(len(w) >= _FUZZY_LENGTH and w[0] != "=" and weight_of(w) == 1.0 for w in absent) == 1:
        # One weighty word is not there: it may be misspelt beside the head.
        for word in absent:
            if len(word) >= _FUZZY_LENGTH and word[0] != "=" and weight_of(word) == 1.0:
                near = next((w for w in sorted(index) if w[0] == word[0] and one_apart(w, word)), None)
                if near is not None:
                    index = {**index, word: index[near]}
                    absent.remove(word)
                break
    enough = 1 - sum(weight for w, weight in others if w in absent) / total >= _MIN_COVERAGE
    return index if enough else None


def _look(page: Page, term: Term, index: Places, head: str) -> list[Draft]:
    """The places of a term whose head (or its misspelling) is ``head``: the tightest first, without overlap."""
    total = sum(term.weights)
    others = [(w, weight) for w, weight in zip(term.words, term.weights, strict=True) if w != term.head]
    own = total - sum(weight for _, weight in others)
    drafts: list[Draft] = []
    reach = _SLACK + _PER_WORD * len(term.words)
    for place in index[head][:_MAX_PLACES]:
        low, high = max(0, place[0] - reach), place[1] + reach
        near = sum(weight for word, weight in others if _nearest(index.get(word), place[0], low, high))
        if (own + near) / total < _MIN_COVERAGE:
            continue  # too little even if all of it is one sentence
        span = page.span_at(place[0])  # its section is asked for only where the term is found
        draft = _at(page, span, term, index, place, others, own, total, head) if span else None
        if draft is not None:
            drafts.append(draft)
    if any(AGAINST in draft.qualifiers for draft in drafts):
        # What does not say the side is taken to be of the one that is said.
        drafts = [draft for draft in drafts if AGAINST in draft.qualifiers or "partial" not in draft.qualifiers]
    found: list[Draft] = []
    taken = Taken()
    for draft in sorted(drafts, key=lambda d: (d.end - d.start, d.start)):
        if len(found) < _MAX_HITS and taken.take(draft.start, draft.end):
            found.append(draft)
    return found


def _at(
    page: Page,
    sentence: Span,
    term: Term,
    index: Places,
    place: Place,
    others: Sequence[tuple[str, float]],
    own: float,
    total: float,
    head: str,
) -> Draft | None:
    """The term around one place of its head, within the sentence."""
    covered = own
    low, high = start, end = place[:2]
    narrower = len(place) > 2
    reach = _SLACK + _PER_WORD * len(term.words)
    missing: list[str] = []
    for word, weight in others:
        best = _nearest(index.get(word), start, max(sentence.start, start - reach), min(sentence.end, end + reach))
        if best is None:
            missing.append(word)
            continue
        covered += weight
        narrower = narrower or len(best) > 2
        low, high = min(low, best[0]), max(high, best[1])
    coverage = covered / total
    if missing and lexical.places().issuperset(w for w in term.words if w not in missing):
        return None
    if coverage < _MIN_COVERAGE or (not others and own < 1.0 and head in weak()):
        return None
    text = page.text[low:high]
    if text.lower() == term.text.lower():
        how = "exact"
    elif narrower:
        how = "part"
    elif head != term.head or any(w not in missing and not _spoken(w, text) for w, _ in others):
        how = "fuzzy"
    elif high - low <= len(term.text) + 6 and not missing:
        how = "stem"
    else:
        how = "words"
    apart = how in ("words", "part") and _parting(how == "words").search(text) is not None
    if apart and not _enumerated(text, term) and (how == "part" or not _parting(True).search(term.text)):
        return None
    marks = qualifiers.of(page.text, page.near(sentence), sentence.start, low, high, sentence.end)
    if _against(missing, marks, page.text[sentence.start : sentence.end], start - sentence.start, end - sentence.start):
        marks = (*marks, AGAINST)  # the other side, degree or way is spoken of
    if narrower:
        marks = (*marks, "narrower")
    if AGAINST not in marks and _lacks(missing, coverage):
        marks = (*marks, "partial")
    if not sought.needed().isdisjoint(missing):
        marks = (*marks, "unnamed")
    return Draft(
        term.kind,
        low,
        high,
        term.concept,
        qualifiers=(*marks, f"coverage:{coverage:.2f}"),
        rule=f"search.{how}",
        source="protocol",
        anchor=(start, end) if how != "exact" and doubt().search(text, 0, start - low) else None,
        assertion="absent" if how != "exact" and turned(text, end - low, term.text) else None,
    )


def _enumerated(text: str, term: Term) -> bool:
    """ "Metastasized to her lung, liver and brain": nothing but other parts of the body stands between the words."""
    if ";" in text or ":" in text:
        return False
    return all(
        word.lower() in sought.listing() or stem(word) in term.words or stem(word) in lexical.places()
        for word in WORD.findall(text)
    )


def _lacks(missing: Sequence[str], coverage: float) -> bool:
    """Whether what a mention leaves out may make it another thing."""
    return any(weight_of(word) > 0.2 and (coverage < _NEARLY or word in lexical.against()) for word in missing)


def _against(missing: Sequence[str], marks: Sequence[str], sentence: str, start: int, end: int) -> bool:
    """Whether the qualifiers of a mention, or the words beside its head, speak against a word that it lacks."""
    others = [lexical.against()[word] for word in missing if word in lexical.against()]
    if not others:
        return False
    said = {stem(word) for word in (*marks, *lexical.beside(sentence, start, end))}
    return any(not said.isdisjoint(other) for other in others)


def _spoken(word: str, text: str) -> bool:
    """Whether a stem stands in the text as such, or for one of its short forms or parts."""
    if word[0] == "=" or len(word) < _FUZZY_LENGTH:
        return True
    stems = {stem(match.group()) for match in WORD.finditer(text.replace("-", " "))}
    return word in stems or not any(one_apart(word, other) for other in stems)


def _nearest(places: list[Place] | None, at: int, low: int, high: int) -> Place | None:
    if not places:
        return None
    index = bisect_left(places, (at, at))
    best: Place | None = None
    for place in places[max(0, index - 1) : index + 1]:
        if place[0] >= low and place[1] <= high and (best is None or abs(place[0] - at) < abs(best[0] - at)):
            best = place
    return best
