"""The look before the reading: which sentences of a note can say something that is asked for.

A screening knows what its protocols may ask for before it reads a note. One pass over the note's words, and one over
its mentions, tells the sentences that have to be read; the others are left out: no fact that could be made of them
would change a verdict (`tests/facts/test_look.py` compares both ways). In doubt a sentence is read.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from matcher.facts import (
    adjectives,
    courses,
    demographics,
    examined,
    grid,
    layouts,
    lists,
    lookalikes,
    operations,
    phrase_tables,
    phrases,
    skeletons,
    staged,
    steps,
    tables,
)
from matcher.facts.asked import BECOMES, Asked
from matcher.facts.fit import Fit
from matcher.facts.near import whole
from matcher.facts.page import KIND_OF_TYPE
from matcher.facts.told import Told
from matcher.model import Concept, EntityType, Mention, Span
from matcher.notes.sections import Section

if TYPE_CHECKING:
    from matcher.ner.recogniser import Rules
    from matcher.terms import Hit

_WORD = re.compile(r"[^\W_]+")
_STEPPED = ("score", "stage", "biomarker")
"""What a symbol beside a number may make beside a measure."""
_MOST_PLAIN = 30_000
"""Words of notes that are remembered."""
NEUTRAL = frozenset({
    "route", "frequency", "status", "result", "qualifier", "specimen", "rejected", "repeat", "pending",
    "not_reportable", "normal", "pair", "adjective",
})  # fmt: skip
"""Phrases of the tables that make no fact by themselves, or whose concepts are asked one by one."""
_BESIDE = frozenset({"other", "last_menses", "not_known"})
"""Phrases on pregnancy, menopause and what belongs to them that only say how another one is meant."""
_NEAR = 3
"""Characters between a value's sentence and the next one that may speak of it (`matcher.facts.layouts`)."""


class Look:
    """What the protocols of a run may ask for, as words and concepts. Built once."""

    def __init__(
        self, asked: Asked, fit: Fit, rows: examined.Examined, done: operations.Operations, events: Told
    ) -> None:
        self._asked = asked
        self._fit = fit
        self._pain = asked.of(fit.pain_scale, "score", "measurement")
        self._mentions: dict[tuple[str, str | None], bool] = {}
        self._hits: dict[str, tuple[tuple[str, ...], bool]] = {}
        """Words of notes with their ids, and whether they are asked for."""
        self._phrases: dict[str, dict[str, list[tuple[str, ...]]]] = {}
        """By its rarest word and the next one: the words of a phrase beside the first. "removed" alone has hundreds."""
        told: set[str] = set()
        for words in sorted(set(self._telling(rows, done, events)), key=len):
            told.update(words)
            rarest = _rarest(words)
            others = tuple(word for word in words if word != rarest)
            second = _rarest(others) if others else rarest
            filed = self._phrases.setdefault(rarest, {}).setdefault(second, [])
            if not any(set(others).issuperset(fewer) for fewer in filed):  # which tell the sentence as well
                filed.append(others)
        self._words = frozenset(self._phrases)
        self._told = self._words.union(told, demographics.told_beside())
        """All words that are asked after."""
        self._plainly_told = frozenset(word for word in self._told if not demographics.glued(word))
        """Those of them that may be no age by themselves, as all others may that a stretch tells."""
        self._allergies = asked.of(None, "allergy")
        self._dosed = asked.of(done.radiotherapy, "procedure")
        self._tall = self._measured(fit.height, "measurement")
        self._symbols = fit.looked_for(lambda concept: self._measured(concept, "measurement", *_STEPPED))
        self._skeletons = any(
            self._measured(fit.scale(id), "measurement") for row in skeletons.known() for id in row.measures
        ) or any(self._measured(fit.scale(one.id), "score") for one in skeletons.sums())
        self._stages = any(asked.of(fit.scale(f"SCALE:{letter}-stage"), "stage") for letter in "tnm")

    # ------------------------------------------------------------ what is asked for

    def _telling(self, rows: examined.Examined, done: operations.Operations, events: Told) -> Iterator[tuple[str, ...]]:
        """The words that stand together in a sentence that says something asked for, beside the terminology's."""
        asked = self._asked
        for word in demographics.telling():
            yield (word,)
        tagged = cache(partial(self._tagged, rows=rows, done=done, events=events))
        for row in phrase_tables.listed():
            if tagged(row.tag):
                yield from map(_words, row.phrases())
        for word in adjectives.words():
            if any(asked.of(c, "procedure", "condition", BECOMES["condition"]) for c in adjectives.meant(word)):
                yield _words(word)
        for row in tables.toml("concepts")["pairs"]:
            for name in row["names"]:
                if any(self._measured(concept, "measurement") for concept in self._fit.pair(name) or ()):
                    yield _words(name)
        if asked.of(None, "therapy_lines"):
            for name in sorted(courses.COUNTED):
                yield _words(name)
        for name, concept in self._fit.finding_concepts():
            if self._measured(concept, "measurement"):
                yield _words(name)
        if asked.of(self._fit.weight_loss, "condition", BECOMES["condition"]):
            for phrase in tables.toml("values")["lost"]:
                yield _words(phrase)

    def _tagged(self, tag: str, rows: examined.Examined, done: operations.Operations, events: Told) -> bool:
        """Whether a phrase of a table may make a fact that is asked for."""
        asked = self._asked
        group, _, key = tag.partition(".")
        if group in ("pregnancy", "menopause", "lactation", "contraception", "consent"):
            kind = {"consent": "administrative", "menopause": "pregnancy"}.get(group, group)
            return key not in _BESIDE and asked.of(None, kind)
        if group in ("tobacco", "alcohol", "drugs"):
            return key == "words" and asked.of(None, "behaviour")
        if group == "lines":
            return asked.of(None, "therapy_lines")
        if group == "allergy":
            return key in ("before", "after") and asked.of(None, "allergy")
        if group in ("operation", "labelled"):
            return asked.of(done.concept(group, int(key)), "procedure", "other")
        if group in ("told", "told_first"):
            return asked.of(events.concept(int(key)), "procedure", "condition", BECOMES["condition"])
        if group == "examined":
            return any(
                asked.of(concept, rows.kind(concept), BECOMES["condition"]) for concept in rows.concepts(int(key))
            )
        return group not in NEUTRAL

    def _measured(self, concept: Concept | None, *kinds: str) -> bool:
        """Whether a measure, or what it may turn out to be, is asked for."""
        if concept is None:
            return self._asked.of(None, *kinds)
        return any(self._asked.of(other, *kinds, *more) for other, more in self._fit.readings(concept))

    def hit(self, hit: Hit, text: str, rules: Rules) -> bool:
        """Whether a hit of the terminology may, in any of its meanings."""
        words = text[hit.start : hit.end]
        known = self._hits.get(words)
        if known is not None and known[0] == hit.ids and not hit.sure:
            return known[1]
        meanings = rules.meanings(hit, text)
        asked = meanings is None or any(self._wanted(*meaning) for meaning in meanings) or self._beside_value(words)
        if not hit.sure:  # what the text itself says of the words is of that text
            if len(self._hits) > _MOST_PLAIN:
                self._hits.clear()
            self._hits[words] = hit.ids, asked
        return asked

    def _beside_value(self, words: str) -> bool:
        """Whether words name a finding whose value may be asked for ("elevated creatinine")."""
        if " " not in words:
            return False  # those of one word are among the telling ones
        concept = self._fit.of_finding(words)
        return concept is not None and self._measured(concept, "measurement")

    def _wanted(self, type: EntityType, concept: Concept | None) -> bool:
        key = (type, concept.id if concept else None)
        known = self._mentions.get(key)
        if known is None:
            if len(self._mentions) > _MOST_PLAIN:
                self._mentions.clear()
            known = self._mentions[key] = self._may(type, concept)
        return known

    def _may(self, type: EntityType, concept: Concept | None) -> bool:
        mention = Mention(0, 0, "", type, concept)
        if self._fit.is_measure(mention):
            return self._measured(concept, "measurement", "biomarker", self._fit.op(mention))
        kind = KIND_OF_TYPE.get(type, "other")
        kinds = {kind, BECOMES.get(kind, kind)}
        if self._fit.kind(concept) == "behaviour":
            kinds.add("behaviour")
        if self._pain and self._fit.is_pain(concept):
            return True  # its strength may be told beside it
        scale = staged.scale_of(concept)
        if scale is not None and self._asked.of(scale, "stage"):
            return True  # its stage may stand behind it, or be what it means
        measured = lookalikes.level_of(concept) if type == "drug" else None
        return self._asked.of(concept, *sorted(kinds)) or (
            measured is not None and self._asked.of(measured, "measurement")
        )

    # ------------------------------------------------------------ where it is asked for

    def sentences(
        self, text: str, spans: Sequence[Span], sections: Iterable[Section], asked: Iterable[int], words: set[str]
    ) -> list[int]:
        """The sentences (their places in ``spans``) that have to be read, in order. ``asked``: where what is mentioned
        is asked for (`mention`, `hit`); ``words``: those of the text that tell something (`telling_in`)."""
        if not spans:
            return []
        starts = [span.start for span in spans]
        seen: set[int] = set()
        for at in asked:
            seen.add(bisect_right(starts, at) - 1)
        low = phrases.lowered(text)
        for word in words & self._words:
            seconds = self._phrases[word]
            others = [some for second in seconds.keys() & words for some in seconds[second] if words.issuperset(some)]
            for at in whole(low, word) if others else ():
                place = bisect_right(starts, at) - 1
                if place not in seen and _beside_all(low[spans[place].start : spans[place].end], others):
                    seen.add(place)
        for at in self._elsewhere(text, low, words):
            seen.add(bisect_right(starts, at) - 1)
        for start, end in grid.places(text):
            seen.update(range(max(bisect_right(starts, start) - 1, 0), bisect_left(starts, end)))
        for section in sections:
            if lists.none_of(text, section) is not None or (section.kind == "allergies" and self._allergies):
                first = max(bisect_right(starts, section.heading.end) - 1, 0)
                seen.update(range(first, bisect_left(starts, section.end)))
        seen.discard(-1)
        seen |= set(self._beside(text, spans, seen))
        return sorted(seen)

    def _elsewhere(self, text: str, low: str, words: set[str]) -> Iterator[int]:
        """Places of what no list of words tells."""
        for word in words - self._plainly_told:
            yield from whole(low, word)
        yield from demographics.places(text, low, words)
        for pattern in self._symbols:
            yield from pattern(text)
        if self._dosed:
            for match in operations.doses(low):
                yield match.start()
        if self._tall:
            for match in _FEET.finditer(low):
                yield match.start()
        if self._skeletons:
            yield from skeletons.places(text)
        if self._stages:
            for match in steps.formulas(text):
                yield match.start()

    def telling_in(self, stretch: str) -> list[str]:
        """Of a stretch's words, in small letters, those that are asked after or glued."""
        words = _WORD.findall(phrases.lowered(stretch))
        return [word for word in words if word in self._told or demographics.glued(word)]

    @staticmethod
    def _beside(text: str, spans: Sequence[Span], seen: Iterable[int]) -> Iterator[int]:
        """Sentences that a value and "it came down to …" join."""
        for place in seen:
            after = place + 1
            if after < len(spans) and layouts.goes_on(text, spans[after].start, spans[after].end):
                yield after
            if layouts.goes_on(text, spans[place].start, spans[place].end):
                before = place - 1
                while before >= 0 and spans[place].start - spans[before].end <= _NEAR:
                    yield before
                    before -= 1


def _beside_all(sentence: str, others: Iterable[Sequence[str]]) -> bool:
    """Whether a sentence holds all words of one of some phrases."""
    for some in others:
        for word in some:
            if word not in sentence:
                break
        else:
            return True
    return False


_FEET = re.compile(r"[0-9]\s?(?:['’′]|f(?:t|eet|oot)|c?m\.?\s{1,2}tall)")


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_WORD.findall(phrase.lower())))


def _rarest(words: Sequence[str]) -> str:
    """The word that fewest sentences hold."""
    return max(words, key=lambda word: (word not in _common(), len(word)))


@cache
def _common() -> frozenset[str]:
    return frozenset(tables.toml("search")["stop"])
