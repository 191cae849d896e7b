"""What a name means and which kind of question it opens: its concept, its head noun, its ending."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from matcher.criteria.atoms import Atom
from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.lexicon import Lexicon, lexicon, load
from matcher.model import Concept, Leaf
from matcher.patterns import alternatives
from matcher.terms import effects

if TYPE_CHECKING:
    from matcher.terms import Terminology

OPS = {"drug": "medication", "device": "procedure", "observation": "other", "allergy": "condition", "person": "other"}
_LONGEST, _WORDS = 80, 6
"""A name longer than this (characters, words) has no concept of its own."""
_ALIKE = 0.93
"""A name spelled less like a known one than this has another meaning ("antineoplaston")."""
_ARTICLE = re.compile(r"\b(?:an?|the)\s", re.IGNORECASE)
_LIMITED = re.compile(r"\([^()]*\d[^()]*\)")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@lru_cache(maxsize=20_000)
def _meaning(terms: Terminology, term: str) -> Concept | None:
    found = terms.normalise(term)
    return None if found.how == "fuzzy" and found.score < _ALIKE else found.concept


@cache
def _preposition() -> re.Pattern[str]:
    words = "|".join(sorted(lexicon().turns["preposition"]))
    return re.compile(rf"\s(?:{words})\s", re.IGNORECASE)


@cache
def _own_scales() -> dict[tuple[str, str], str]:
    """The name of its scale, by what its steps are called and the disease's id."""
    return {
        (step, id): scale
        for step, table in (("stage", "scale_of"), ("class", "class_of"))
        for scale, ids in load("comparisons")[table].items()
        for id in ids
    }


class Naming:
    """The part of `Predicates` that reads names."""

    text: str
    terms: Terminology | None
    lexicon: Lexicon

    def named(self, start: int, end: int, terms: list[Chunk]) -> tuple[str, Concept | None]:
        """The term as written and its concept."""
        term = " ".join(self.text[start:end].split())
        if "(" in term and len(terms) > 1:
            term = " ".join(_LIMITED.sub(" ", term).split()) or term  # "(≥ 1 % of cells)" is read by itself
        if (
            len(terms) == 1
            and terms[0].mention is not None
            and terms[0].mention.concept is not None
            and terms[0].start == start
        ):
            return term, terms[0].mention.concept
        return term, self._concept(term) or self._inner(terms)

    def _concept(self, term: str) -> Concept | None:
        if self.terms is None or len(term) > _LONGEST:
            return None
        if "(" in term:
            term = " ".join(_BRACKET.sub(" ", term).split())
        if term.count(" ") >= _WORDS and effects.drug_class(term) is None:
            found = _meaning(self.terms, term) if len(_ARTICLE.sub("", term).split()) <= _WORDS else None
            return found if found is not None and self._op_of(found) == "condition" else None
        return _meaning(self.terms, term)

    def _level(self, term: str) -> Concept | None:
        """What of a hormone, a vitamin or a drug is measured in blood; None where no table has it."""
        level = self._concept(f"{term} level")
        return level if level is not None and self._op_of(level) == "measurement" else None

    def known(self, term: str) -> bool:
        """Whether a table has the whole of ``term`` as one name."""
        hits = self.terms.find(term) if self.terms is not None and len(term) <= _LONGEST else []
        return any(hit.start == 0 and hit.end == len(term) for hit in hits)

    def concept(self, term: str) -> Concept | None:
        """What a terminology has by that name."""
        return self._concept(term)

    def _inner(self, terms: list[Chunk]) -> Concept | None:
        """The concept of the head: the last mention before the first preposition, if it is the last word there."""
        head = self._front(terms)
        last = head[-1] if head else None
        if last is None or last.mention is None:
            if len(head) > 1 and last is not None and last.low in self.lexicon.generic and head[-2].mention is not None:
                return head[-2].mention.concept
            return None
        if last.low in self.lexicon.generic:
            before = head[-2] if len(head) > 1 else None
            return before.mention.concept if before is not None and before.mention is not None else None
        return self._narrower(head) or last.mention.concept

    def _narrower(self, head: list[Chunk]) -> Concept | None:
        """ "Carbapenem antibiotic": the head is wider than the name before it, which is what is meant."""
        pair = [c.mention.concept for c in head[-2:] if c.mention is not None and c.mention.concept is not None]
        if self.terms is None or len(pair) < 2 or pair[0].id == pair[1].id:
            return None
        return pair[0] if self.terms.is_a(pair[0].id, pair[1].id) else None

    def _front(self, terms: list[Chunk]) -> list[Chunk]:
        """A term's chunks before its first preposition."""
        for at, chunk in enumerate(terms):
            between = self.text[max(terms[at - 1].end, chunk.start - _LONGEST) : chunk.start] if at else ""
            if _preposition().search(f" {between} "):
                return terms[:at]
            if at and chunk.kind == "word" and chunk.low in self.lexicon.turns["place"]:
                return terms[:at]
        return terms

    def _op_of(self, concept: Concept) -> str:
        """The op that a concept's kind stands for."""
        if self.terms is None:
            return ""
        try:
            kind = self.terms.kind(concept.id)
        except (KeyError, ValueError):
            return ""
        return OPS.get(kind, kind)

    def own_scale(self, leaf: Leaf, scale: Comparison) -> Concept | None:
        """The scale of a disease that has stages or classes of its own."""
        step = scale.scale
        if step == "class" and str(scale.value)[:1].upper() in "ABCDE":
            return None  # "heart failure class C" is no step of the NYHA
        name = _own_scales().get((step, leaf.concept.id)) if leaf.concept is not None else None
        return self._concept(name) if name else None

    def derived(self, leaf: Leaf) -> bool:
        """Whether the term is only a name for a value ("hypoalbuminemia", "adequate renal function")."""
        word = leaf.term.lower().split()[-1] if leaf.term else ""
        return word in self.lexicon.derived or word.endswith(self.lexicon.derived_endings)

    def _kind(self, atom: Atom) -> str:
        """Which op a term has: by the words before it, its concept, its head noun, its ending."""
        if atom.head == "allergy" and all(c.kind == "head" for c in atom.terms):
            return "condition"  # "history of allergy", to nothing that is named
        if atom.head in ("allergy", "contraindication"):
            return "allergy" if atom.head == "allergy" else "condition"
        if atom.head in ("family_history", "self_or_family"):
            return "family_history"
        front = self._front(atom.terms)
        if len(front) == len(atom.terms):
            front = front + atom.borrowed
        last = front[-1] if front else None
        kind = ""
        if last is not None and last.mention is not None and last.low not in self.lexicon.generic:
            kind = last.mention.type
            if last.mention.concept is not None:
                kind = self._op_of(last.mention.concept) or kind
            kind = OPS.get(kind, kind)
        if last is not None and (last.low in self.lexicon.turns["dose"] or last.low == "level") and len(front) > 1:
            mention = front[-2].mention
            if mention is not None and mention.type == "drug" and last.low != "level":
                kind = "medication"
        if not kind or kind == "other":
            kind = self.noun(front) or kind
        if not kind:
            mention = next((c.mention for c in reversed(front) if c.mention is not None), None)
            if mention is not None:
                kind = (self._op_of(mention.concept) if mention.concept is not None else "") or OPS.get(
                    mention.type, mention.type
                )
        given = kind == "measurement" and not (atom.comparisons or atom.results)  # "treatment with PTH"
        if atom.head == "medication" and (given or kind not in ("procedure", "behaviour", "measurement")):
            return "medication"
        if atom.head == "procedure" and kind in ("", "other"):
            return "procedure"
        return kind or "other"

    def noun(self, front: list[Chunk]) -> str:
        """By the last word of the name."""
        words = _preposition().split(" ".join(chunk.low for chunk in front), maxsplit=1)[0].split()
        if not words:
            return ""
        word = words[-1]
        if word in self.lexicon.nouns:
            return self.lexicon.nouns[word]
        for ending, op in self.lexicon.endings:
            if word.endswith(ending) and len(word) > len(ending) + 2:
                return op
        return ""


def side_of_part(term: str, concept: Concept | None) -> list[str]:
    """The side that a name tells of its part, and that its concept leaves out ("stone in the right ureter")."""
    if concept is None or ("left" not in (low := term.lower()) and "right" not in low):
        return []
    sides = _part().findall(term)
    return [sides[0].lower()] if len(sides) == 1 and _SIDED.search(concept.name) is None else []


_SIDED = re.compile(r"\b(?:left|right|bilateral)\b", re.IGNORECASE)


@cache
def _part() -> re.Pattern[str]:
    known = lexicon().turns
    ties, apart = alternatives(known["part_ties"]), alternatives(known["no_sided_part"])
    return re.compile(
        rf"\b(?:{ties})\s(?:the\s)?(left|right)\s(?!(?:{apart}|hemi\w*|ventric\w*|atri\w*)\b)", re.IGNORECASE
    )
