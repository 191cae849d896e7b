"""From a term as somebody wrote it to its concept, or to none.

Order: exact, abbreviation by context, inflection (spelling, plural, adjective and noun, word order, known qualifiers
taken off), guarded fuzzy match. What may be done at each step is data: ``resources/terms/normalise.toml``.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from matcher.model import Concept
from matcher.terms import context as contexts
from matcher.terms import keys
from matcher.terms.fold import fold

if TYPE_CHECKING:
    from matcher.terms.terminology import Terminology

How = Literal["exact", "abbreviation", "inflection", "fuzzy", "none"]

_BRACKETS = re.compile(r"\s*[\(\[]([^()\[\]]*)[\)\]]")
_DOSE = re.compile(
    r"[\s,]+(?:[<>≤≥=]+\s*)?\d[\d.,/-]*\s*(?:mg|mcg|µg|ug|g|ml|units?|iu|meq|%|puffs?|tab(?:let)?s?|cap(?:sule)?s?)\b.*\Z",
    re.I,
)
_BIOSIMILAR = re.compile(r"(?=.{10})(.*(?:mab|ept|grastim|poetin(?: alfa)?|cog|ase|tekin|insulin [a-z]+))-[a-z]{4}\Z")
_ROUTE = re.compile(r"\A\s*i\.?v\.?\s+(?=[A-Za-z]{4})", re.I)
_POSSESSIVE = re.compile(r"['’]s\Z")
_DRUGS = frozenset({"drug"})
_SMALL = frozenset({"of", "in", "the", "and", "with", "to", "or", "for", "by", "on", "at"})
_BETWEEN = frozenset({"to", "or", "and"})
_MOST = 400
_LONGEST_MARKED = 160
_HEADS = frozenset({"condition", "drug", "procedure"})
_SCALES = frozenset({"score", "stage"})
_TWO_PARTS = re.compile(r"(?P<marker>[A-Z][A-Za-z0-9/-]+) (?P<rest>\S.*)\Z")
_SCALED = re.compile(
    r"(?P<scale>[A-Za-z][\w -]{1,50}?)(?: (?:class|stage|grade|score|group))?[ -]"
    r"(?:[IVX]{1,4}|\d{1,2}|[A-D]\d{0,2})(?:(?:[-–/]| to | or )(?:[IVX]{1,4}|\d{1,2}|[A-D]))?,? +"
    r"(?P<rest>[A-Za-z]\S.*)\Z"
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """What a term means here, and how that was found."""

    concept: Concept | None
    how: How
    score: float
    """1.0 as the tables write it; lower the more was changed on the way; 0.0 without a concept."""
    rivals: tuple[Concept, ...] = ()
    """Other meanings that the same way leads to, best first."""
    qualifiers: tuple[str, ...] = ()
    """Words that were taken off: they qualify the concept ("severe", "metastatic")."""
    site: str | None = None
    """The site setting that this rests on."""


NOTHING = Normalised(None, "none", 0.0)


@cache
def rules() -> dict[str, Any]:
    text = resources.files("matcher.resources").joinpath("terms/normalise.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def qualifiers() -> dict[str, str]:
    """Folded qualifier → its class (severity, time, extent, person, route)."""
    return {fold(phrase): group for group, phrases in rules()["qualifiers"].items() for phrase in phrases}


@cache
def _trailing() -> frozenset[str]:
    return frozenset(fold(phrase) for phrases in rules()["trailing"].values() for phrase in phrases)


@cache
def _numbered() -> frozenset[str]:
    return frozenset(fold(word) for word in rules()["numbered"]["words"])


@cache
def _variants() -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for group in rules()["variants"]["groups"]:
        folded = list(dict.fromkeys(fold(phrase) for phrase in group))
        for phrase in folded:
            out.setdefault(phrase, []).extend(other for other in folded if other != phrase)
    return {phrase: tuple(others) for phrase, others in out.items()}


@cache
def _marked() -> re.Pattern[str]:
    """A marker, its state, and the disease that they belong to."""
    states = "|".join(re.escape(word) for word in sorted(rules()["markers"]["states"], key=len, reverse=True))
    state = rf"(?:[- ](?:{states})|[+-](?=[ ,/]))"
    return re.compile(rf"(?P<marker>[\w][\w /,+-]{{0,50}}?){state},? +(?P<rest>\S.*)\Z", re.I)


@cache
def _after() -> re.Pattern[str]:
    table = rules()["after"]
    phrases = "|".join(re.escape(phrase) for phrase in sorted(table["phrases"], key=len, reverse=True))
    return re.compile(rf",? (?:{phrases})(?= (?!{'|'.join(table['not_before'])}))", re.I)


@cache
def _marked_end() -> re.Pattern[str]:
    states = "|".join(re.escape(word) for word in sorted(rules()["markers"]["states"], key=len, reverse=True))
    return re.compile(rf"(?:[- ](?:{states})|[+-])\Z", re.I)


class Normaliser:
    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology

    def normalise(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised:
        text = " ".join(text.split()).strip(" .,;:")
        if not text:
            return NOTHING
        for step in (self._abbreviated, self._exact, self._weak, self._without_brackets, self._without_dose):
            found = step(text, context, kinds)
            if found is not None:
                return found
        forms = [fold(text), *self._written_out(text)]
        if _POSSESSIVE.search(text):  # "Wilson's" leaves its noun to the reader
            forms += [f"{forms[0]} disease", f"{forms[0]} syndrome"]
            for folded in forms[-2:]:
                ids = self._fitting(self._terminology.lookup_folded(folded), kinds)
                if ids:
                    return self._result(text, ids, "inflection", 0.95, context)
        for folded in forms[1:]:
            ids = self._fitting(self._terminology.lookup_folded(folded), kinds)
            if ids:
                return self._result(text, ids, "inflection", 0.95, context)
        for folded in forms:
            for ids, taken, score in self._inflected(folded, kinds):
                return self._result(text, ids, "inflection", score, context, taken)
        for part in (self._without_marker, self._without_scale, self._head):
            found = part(text, context, kinds)
            if found is not None:
                return found
        return self._fuzzy(text, forms[0], context, kinds) or NOTHING

    # ------------------------------------------------------------ exact and abbreviations

    def _fitting(self, ids: Iterable[str], kinds: frozenset[str] | None) -> tuple[str, ...]:
        if kinds is None:
            return tuple(ids)
        return tuple(id for id in ids if self._terminology.kind(id) in kinds)

    def _result(
        self, text: str, ids: tuple[str, ...], how: How, score: float, context: str = "", taken: tuple[str, ...] = ()
    ) -> Normalised:
        terminology = self._terminology
        if len(ids) > 1 and context:
            before, _, after = context.partition(text)
            place = contexts.choose_kind([terminology.kind(id) for id in ids], before, after)
            if place:
                ids = (ids[place], *ids[:place], *ids[place + 1 :])
        concepts = tuple(map(terminology.concept, ids))
        return Normalised(concepts[0], how, score, concepts[1:4], taken, terminology.from_site(text))

    def _abbreviated(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        terminology = self._terminology
        senses = terminology.senses(text)
        if senses:
            senses = [s for s in senses if kinds is None or (s[1] and terminology.kind(s[1]) in kinds)]
        if not senses:
            return None
        if text.islower() and text in keys.plain_words():
            return None
        before, _, after = context.partition(text) if text in context else (context, "", "")
        chosen = contexts.choose(senses, before, after)
        others = tuple(dict.fromkeys(id for sense, id in senses if id and (not chosen or id != chosen[1])))
        rivals = tuple(map(terminology.concept, others))[:5]
        site = terminology.from_site(text)
        if chosen is None or chosen[1] is None:
            return Normalised(None, "none", 0.0, rivals, (), site)
        score = 1.0 if len(senses) == 1 else 0.9
        return Normalised(terminology.concept(chosen[1]), "abbreviation", score, rivals, (), site)

    def _exact(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        terminology = self._terminology
        ids = self._fitting(terminology.lookup(text), kinds)
        if not ids:
            return None
        if text.islower() and text in keys.plain_words() and len(text) < 4:
            return None
        ids = terminology.plural_first(text, ids)
        if keys.is_acronym(text):
            same = {name for name, _ in terminology.names(ids[0])}
            return self._result(text, ids, "abbreviation" if text in same else "exact", 1.0, context)
        plain = text.casefold()
        same = {name.casefold() for name, _ in terminology.names(ids[0])}
        if plain in same:
            return self._result(text, ids, "exact", 1.0, context)
        return self._result(text, ids, "inflection", 0.98, context)

    def _weak(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """An abbreviation in another case, or one too short to be looked for in running text."""
        if not 2 <= len(text) <= 7 or not text.isalnum() or (text.islower() and text in keys.plain_words()):
            return None
        terminology = self._terminology
        capitals = text[:-1] if text[-1] == "s" and text[:-1].isupper() else text.upper()
        if capitals != text and terminology.senses(capitals) and len(text) > 2:
            return self._abbreviated(capitals, context, kinds)
        ids = self._fitting(terminology.weak(capitals), kinds)
        if ids and (len(capitals) < 3 or (len(ids) > 1 and len(capitals) < 4)):
            # two letters, or three of several meanings, that no curated table knows: a guess, and so no concept
            return Normalised(None, "none", 0.0, tuple(map(terminology.concept, ids))[:5])
        return self._result(text, ids, "abbreviation", 1.0 if capitals == text else 0.95, context) if ids else None

    def _without_brackets(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "chronic obstructive pulmonary disease (COPD)": the words before the brackets, else those inside."""
        match = _BRACKETS.search(text)
        if not match:
            return None
        outside = _BRACKETS.sub("", text).strip()
        for part, score in ((outside, 0.97), (match[1].strip(), 0.9)):
            if part and part != text:
                found = self.normalise(part, context, kinds)
                if found.concept is not None and found.how != "fuzzy":
                    how: How = "inflection" if found.how == "exact" else found.how
                    return Normalised(
                        found.concept, how, min(score, found.score), found.rivals, found.qualifiers, found.site
                    )
        return None

    def _without_dose(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "Plavix 75 mg daily", "IV vancomycin": the drug without dose and short forms of the route."""
        plain = _ROUTE.sub("intravenous ", _DOSE.sub("", text))
        if match := _BIOSIMILAR.match(plain):  # FDA's four letters ("natalizumab-sztn")
            plain = match[1]
        if plain == text or len(plain) < 3:
            return None
        found = self.normalise(plain, context, kinds or _DRUGS)
        return found if found.concept is not None and found.how != "fuzzy" else None

    def _without_marker(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "HER2-negative breast cancer", "EGFR-mutated NSCLC": the disease, and the marker as what qualifies it."""
        match = _marked().match(text) or _TWO_PARTS.match(text)
        if not match or len(text) > _LONGEST_MARKED:
            return None
        terminology = self._terminology
        states = _marked_end()
        parts = [states.sub("", part).strip() for part in re.split(r"/|,? and |, ", match["marker"])]
        markers = [terminology.lookup(part) for part in parts if not part.isdigit()]
        if not markers or not all(any(terminology.kind(id) == "biomarker" for id in ids) for ids in markers):
            return None
        return self._rest(text, match.start("rest"), context, kinds)

    def _without_scale(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "NYHA class III heart failure": the disease, and the step of the scale as what qualifies it."""
        match = _SCALED.match(text)
        if not match or len(text) > _LONGEST_MARKED:
            return None
        terminology = self._terminology
        if not any(terminology.kind(id) in _SCALES for id in terminology.lookup(match["scale"])):
            return None
        return self._rest(text, match.start("rest"), context, kinds)

    def _rest(self, text: str, start: int, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """A disease after what qualifies it."""
        found = self.normalise(text[start:], context, kinds)
        if found.concept is None or found.how == "fuzzy" or self._terminology.kind(found.concept.id) != "condition":
            return None
        taken = (text[:start].strip(" ,"), *found.qualifiers)
        return Normalised(found.concept, "inflection", min(0.85, found.score), found.rivals, taken, found.site)

    def _head(self, text: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        """ "cystitis in women", "anemia due to kidney disease": the disease before the preposition."""
        if len(text) > _LONGEST_MARKED:
            return None
        for match in itertools.islice(_after().finditer(text), 3):
            front = text[: match.start()].strip(" ,")
            if len(front) < 3:
                continue
            found = self.normalise(front, context, kinds)
            if found.concept is None or found.how == "fuzzy":
                continue
            if self._terminology.kind(found.concept.id) not in _HEADS:
                return None
            taken = (*found.qualifiers, text[match.start() :].strip())
            return Normalised(found.concept, "inflection", min(0.7, found.score), found.rivals, taken, found.site)
        return None

    def _written_out(self, text: str) -> list[str]:
        """Folded forms with the abbreviations among the words written out ("HPV infection", "acute MI")."""
        words = text.replace("/", " / ").split()
        if not 2 <= len(words) <= 8:
            return []
        out = []
        changed = False
        for word in words:
            senses = self._terminology.senses(word.strip(",")) if word.upper() == word or len(word) > 2 else ()
            if (
                senses
                and (senses[0][0].default or len(senses) == 1)
                and not (word.islower() and word in keys.plain_words())
            ):
                out.append(senses[0][0].expansion)
                changed = True
            else:
                out.append(word)
        return [fold(" ".join(out).replace(" / ", "/"))] if changed else []

    # ------------------------------------------------------------ inflection

    def _inflected(
        self, folded: str, kinds: frozenset[str] | None
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], float]]:
        """(ids, qualifiers taken off, score), the least changed first."""
        look = self._terminology.lookup_folded
        for candidate in rearranged(folded):
            ids = self._fitting(look(candidate), kinds)
            if ids:
                yield ids, (), 0.95
        for rest, taken in bared(folded):
            ids = self._fitting(look(rest), kinds)
            if not ids and len(rest.split()) == 1 and len(rest) < 8:
                ids = self._fitting(self._short(rest), kinds)
            if ids:
                yield ids, taken, 0.9
        for rest, taken in bared(folded):
            for candidate in rearranged(rest):
                ids = self._fitting(look(candidate), kinds)
                if ids:
                    yield ids, taken, 0.85

    def _short(self, word: str) -> tuple[str, ...]:
        if word in keys.plain_words():
            return ()
        senses = self._terminology.senses(word.upper())
        if senses:
            return tuple(id for sense, id in senses[:1] if id and (sense.default or len(senses) == 1))
        return self._terminology.weak(word.upper())

    # ------------------------------------------------------------ fuzzy

    def _fuzzy(self, text: str, folded: str, context: str, kinds: frozenset[str] | None) -> Normalised | None:
        from matcher.terms import fuzzy

        terminology = self._terminology
        found: list[tuple[int, float, tuple[str, ...], tuple[str, ...]]] = []
        for corrected, edits in fuzzy.corrections(folded, terminology):
            ids = self._fitting(terminology.lookup_folded(corrected), kinds)
            taken: tuple[str, ...] = ()
            if not ids:
                ids, taken, _ = next(self._inflected(corrected, kinds), ((), (), 0.0))
            if ids and fuzzy.allowed(folded, corrected, edits, terminology.kind(ids[0])):
                found.append((edits, fuzzy.similarity(folded, corrected), ids, taken))
        if not found:
            return None
        found.sort(key=lambda f: (f[0], -f[1], f[2]))
        edits, score, ids, taken = found[0]
        others = [f for f in found[1:] if f[2][0] != ids[0]]
        rules_ = rules()["fuzzy"]
        rivals = tuple(terminology.concept(f[2][0]) for f in others[:3])
        if score < rules_["floor"] or any(f[0] - edits < rules_["margin"] for f in others):
            return Normalised(None, "none", 0.0, (terminology.concept(ids[0]), *rivals))
        result = self._result(text, ids, "fuzzy", round(score, 3), context, taken)
        return Normalised(result.concept, "fuzzy", result.score, result.rivals + rivals, taken, result.site)


def rearranged(folded: str) -> Iterator[str]:
    """Other ways to say a folded term: joined words, adjective for noun, another word order. At most a few hundred."""
    seen = {folded}
    count = 0
    for form in _substituted(folded):
        for order in _orders(form):
            if order not in seen:
                seen.add(order)
                yield order
                count += 1
                if count >= _MOST:
                    return


def _substituted(folded: str) -> list[str]:
    forms = [folded]
    words = folded.split(" ")
    forms += [" ".join([*words[:i], words[i] + words[i + 1], *words[i + 2 :]]) for i in range(len(words) - 1)]
    once = list(_swaps(folded))
    forms += once
    for form in once[:12]:
        forms += _swaps(form)
    return list(dict.fromkeys(forms))


def _swaps(folded: str) -> Iterator[str]:
    words = folded.split(" ")
    variants = _variants()
    for size in (1, 2):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            for other in variants.get(phrase, ()):
                yield " ".join([*words[:start], other, *words[start + size :]])


def _orders(folded: str) -> Iterator[str]:
    yield folded
    words = re.split(r"[ ,]", folded)
    content = [w for w in words if w and w not in _SMALL]
    if not 2 <= len(content) <= 4 or len(words) > 6 or "non" in content or "without" in content:
        return
    if sum(any(c.isdigit() for c in w) for w in content) > 1 or "and" in words or "or" in words:
        return
    if "," in folded or "of" in words:
        for order in itertools.permutations(content):
            yield " ".join(order)
            if len(order) <= 3:
                yield f"{order[0]} of {' '.join(order[1:])}"
        return
    # "lung cancer" for "cancer of lung": the head moves to the front, the rest keeps its order
    yield f"{content[-1]} of {' '.join(content[:-1])}"
    yield f"{' '.join(content[:-1])} of {content[-1]}"
    yield f"{content[-1]} {' '.join(content[:-1])}"
    yield " ".join([*content[1:], content[0]])
    if len(content) == 3:
        yield f"{content[1]} {content[0]} {content[2]}"


def bared(folded: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is left when known qualifiers are taken off, with the qualifiers; the least taken off first."""
    known, after, numbered = qualifiers(), _trailing(), _numbered()
    todo: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(tuple(re.split(r"[ ,]", folded)), ())]
    seen = {todo[0][0]}
    while todo:
        words, taken = todo.pop(0)
        if len(taken) > 5:
            continue
        nexts: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        for size in (4, 3, 2, 1):
            if size < len(words):
                first, last = " ".join(words[:size]), " ".join(words[-size:])
                if first in known:
                    nexts.append((words[size:], (*taken, first)))
                if last in known:
                    nexts.append((words[:-size], (*taken, last)))
                if last in after:
                    nexts.append((words[:-size], taken))
        if taken and len(words) > 1 and words[0] in _BETWEEN and any(_starts(words[1:], known, n) for n in (1, 2, 3)):
            nexts.append((words[1:], taken))
        if len(words) > 2:
            if words[0] in numbered and _is_number(words[1]):
                end = 2
                while end + 1 < len(words) - 0 and words[end] in {"or", "to", "and"} and _is_number(words[end + 1]):
                    end += 2
                while end < len(words) and _is_number(words[end]):
                    end += 1
                if end < len(words):
                    nexts.append((words[end:], (*taken, " ".join(words[:end]))))
            if words[-2] in numbered and _is_number(words[-1]):
                nexts.append((words[:-2], (*taken, " ".join(words[-2:]))))
        for rest, quals in nexts:
            if rest and rest not in seen:
                seen.add(rest)
                yield " ".join(rest), quals
                todo.append((rest, quals))


def _starts(words: tuple[str, ...], known: dict[str, str], size: int) -> bool:
    return " ".join(words[:size]) in known


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:[abc]\d?)?|[ivx]+[abc]\d?", word))
