"""The terminology: what a word means, and what is a kind of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from matcher.model import Concept
from matcher.terms import context as contexts
from matcher.terms import keys
from matcher.terms.find import Finder, Hit
from matcher.terms.fold import FINGERPRINT, fold
from matcher.terms.hierarchy import Hierarchy
from matcher.terms.normalise import Normalised, Normaliser
from matcher.terms.overlay import Overlay
from matcher.terms.store import Store

_SYSTEMS = {"HP": "HPO", "MESH": "MeSH", "ICD10CM": "ICD-10-CM"}


class Terminology:
    """Concepts of the built, curated and site tables. Make it with `matcher.terms.load`.

    Raises:
        ValueError: the built tables were folded by other rules than this program's.
    """

    def __init__(self, store: Store, site: Mapping[str, Any] | None = None) -> None:
        if store.meta["fold"] != FINGERPRINT:
            raise ValueError("folding.toml has changed since the tables were built: run scripts/build_terms.py")
        self._store = store
        self._overlay = Overlay(store, site)
        self._finder = Finder(self._overlay)
        self._hierarchy = Hierarchy(self._overlay)
        self._normaliser = Normaliser(self)
        self.find = self._finder.find
        self._concept = lru_cache(maxsize=65536)(self._make)

    # ------------------------------------------------------------ concepts

    def concept(self, id: str) -> Concept:
        """The concept of an id, or of another vocabulary's code for it (``ICD10CM:E11.65``).

        Raises:
            KeyError: no table has it.
        """
        return self._concept(id)

    def _make(self, id: str) -> Concept:
        found = self.known(id)
        if found is None:
            raise KeyError(id)
        prefix = found.partition(":")[0]
        system = _SYSTEMS.get(prefix, prefix) if ":" in found else "LOINC"
        added = self._overlay.concepts.get(found)
        return Concept(system, found, added.name if added else self._store.name(self._store.number(found) or 0))

    def known(self, id: str) -> str | None:
        """The id under which the tables keep a concept; None where they have none.

        A longer ICD-10-CM code that they lack leads to the category that they have.
        """
        overlay = self._overlay
        while True:
            if id in overlay.concepts:
                return id
            if id in overlay.alias:
                return overlay.alias[id]
            number = self._store.number(id)
            if number is not None:
                return overlay.id_of(number)
            if not id.startswith("ICD10CM:") or len(id) <= len("ICD10CM:A00"):
                return None
            id = id[:-1].rstrip(".")

    def kind(self, id: str) -> str:
        """condition drug procedure measurement device observation behaviour biomarker score stage (a drug class: drug).

        Raises:
            KeyError: no table has the id.
        """
        kind = self._overlay.kind(self.known(id) or id)
        if kind is None:
            raise KeyError(id)
        return "drug" if kind == "drug_class" else kind

    def is_class(self, id: str) -> bool:
        """A drug class, no ingredient."""
        return self._overlay.kind(id) == "drug_class"

    def drug_classes(self) -> dict[str, tuple[str, ...]]:
        """The classes of drugs with their names, the preferred one first."""
        return {
            id: tuple(dict.fromkeys((added.name, *(name for name, _ in added.names))))
            for id, added in self._overlay.concepts.items()
            if added.kind == "drug_class"
        }

    def names(self, id: str) -> tuple[tuple[str, str], ...]:
        """Every name of a concept with the source of that name, the preferred one first."""
        id = self.known(id) or id
        letters = self._store.meta["sources"]
        found: dict[str, str] = {}
        added = self._overlay.concepts.get(id)
        numbers = list(added.absorbed) if added else []
        if added:
            found.update(added.names)
        number = self._store.number(id)
        if number is not None:
            numbers.append(number)
        for number in numbers:
            for name, sources in self._store.row(number).names:
                found.setdefault(name, ", ".join(letters[s] for s in sources))
        preferred = self.concept(id).name
        return ((preferred, found.pop(preferred, "")), *sorted(found.items()))

    def codes(self, id: str) -> tuple[str, ...]:
        """Other vocabularies' codes of the concept."""
        id = self.known(id) or id
        added = self._overlay.concepts.get(id)
        found = list(added.xrefs) if added else []
        for number in [*(added.absorbed if added else []), self._store.number(id)]:
            if number is not None:
                row = self._store.row(number)
                found += [row.id, *row.xrefs]
        return tuple(sorted({code for code in found if code != id}))

    def provenance(self, term: str) -> str:
        """Who says that ``term`` (a word, or an id) means what it means; empty where no table has it."""
        site = self._overlay.site_terms.get(fold(term))
        if site:
            return site
        if self.known(term):
            return dict(self.names(term))[self.concept(term).name]
        found = self.normalise(term)
        if found.concept is None:
            return ""
        same = fold(term)
        return next((source for name, source in self.names(found.concept.id) if fold(name) == same), "")

    def releases(self) -> dict[str, str]:
        """Each public source of the built tables → the release that was built from."""
        meta = self._store.meta
        return {meta["sources"][letter]: release for letter, release in meta["releases"].items()}

    def from_site(self, term: str) -> str | None:
        """The site setting that ``term`` rests on, to be named in an explanation; None: no setting."""
        return self._overlay.site_terms.get(fold(term))

    @property
    def has_site_terms(self) -> bool:
        """Whether a site's settings give terms: else `site_settings` never says anything."""
        return bool(self._overlay.site_terms)

    def site_settings(self, text: str) -> tuple[str, ...]:
        """The site settings whose terms stand in a fact's words ("Localopril 10 mg"), each with what it says."""
        if not self._overlay.site_terms:
            return ()
        words = f" {fold(text)} "
        return tuple(said for term, said in sorted(self._overlay.site_terms.items()) if f" {term} " in words)

    # ------------------------------------------------------------ text

    def normalise(
        self, text: str, context: str = "", kinds: Iterable[str] | None = None, several: bool = False
    ) -> Normalised:
        """What ``text`` means: exact, then abbreviation (by ``context``), then inflection, then guarded fuzzy match.

        ``several``: a term that names several things ("gastric or duodenal ulcer") gives them all, ``concept`` and
        ``also``; without it such a term has no concept, unless one of them takes in the others.
        """
        return self._normaliser.normalise(text, context, None if kinds is None else frozenset(kinds), several)

    def resolve(self, hit: Hit, text: str) -> str | None:
        """The meaning of a hit of `find` here, by the words around it; None: none of the tables' senses fits."""
        surface = text[hit.start : hit.end]
        senses = self.senses(surface)
        if senses and (len(senses) > 1 or senses[0][1] is None or (senses[0][0].context and not senses[0][0].default)):
            chosen = contexts.choose(senses, *_around(hit, text))
            return chosen[1] if chosen else None
        if len(hit.ids) > 1:
            kinds = [self.kind(id) for id in hit.ids]
            if len(set(kinds)) > 1:
                place = contexts.choose_kind(kinds, *_around(hit, text))
                if place is not None:
                    return hit.ids[place]
            return self.plural_first(surface, hit.ids)[0]
        return hit.ids[0]

    def plural_first(self, surface: str, ids: tuple[str, ...]) -> tuple[str, ...]:
        """ "Tetracyclines" are the class, "tetracycline" is the medicine: both fold to one word."""
        classes = [id for id in ids if self.is_class(id)] if surface[-1:] == "s" and not self.is_class(ids[0]) else []
        return (*classes, *(id for id in ids if id not in classes)) if classes else ids

    def senses(self, surface: str) -> tuple[contexts.Meant, ...]:
        """The senses of an abbreviation as written, the default first; empty where it is none."""
        known = self._overlay.senses
        if surface in known:
            return known[surface]
        if surface[-1:] == "s" and surface[:-1] in known:
            return known[surface[:-1]]
        upper = surface.upper()
        if upper in known and len(surface) > 2:
            return known[upper]
        return known.get(surface.lower(), ())

    def lookup(self, text: str) -> tuple[str, ...]:
        """Ids of a term that some table has, however it is spelled; capitals as an abbreviation. Best first."""
        capitals: tuple[str, ...] = ()
        stripped = text.strip()
        if not stripped.islower() and " " not in stripped:
            capitals = self._finder.capitals(stripped)
        return tuple(dict.fromkeys((*capitals, *self._overlay.lookup(fold(stripped)))))

    def weak(self, capitals: str) -> tuple[str, ...]:
        """Ids of an abbreviation that is not looked for in running text."""
        return self._overlay.lookup(keys.WEAK + capitals) or self._overlay.lookup(keys.ABBREVIATION + capitals)

    def lookup_folded(self, folded: str) -> tuple[str, ...]:
        """Ids of a folded term, best first."""
        return self._overlay.lookup(folded)

    def is_word(self, word: str) -> bool:
        """Whether some term of the tables has this folded word."""
        return word in self._store.words or word in self._overlay.words()

    def words_like(self, word: str) -> list[str]:
        """Folded words of the tables that begin with the same letter."""
        more = (other for other in self._overlay.words() if other[0] == word[0])
        return sorted({*self._store.words.iterkeys(word[0]), *more})

    # ------------------------------------------------------------ is-a

    def parents(self, id: str) -> tuple[Concept, ...]:
        return tuple(map(self.concept, self._hierarchy.parents(self.known(id) or id)))

    def ancestors(self, id: str) -> tuple[Concept, ...]:
        """Nearest first; drug classes and procedure families among them."""
        return tuple(map(self.concept, self._hierarchy.ancestors(self.known(id) or id)))

    def ancestor_ids(self, id: str) -> frozenset[str]:
        """The ids of `ancestors`: their names need not be looked up."""
        return self._hierarchy.ancestor_set(self.known(id) or id)

    def descendants(self, id: str) -> frozenset[str]:
        """Ids of what is a kind of it, itself included."""
        return self._hierarchy.descendants(self.known(id) or id)

    def is_a(self, child_id: str, parent_id: str) -> bool:
        """Whether one concept is a kind of the other, or the same."""
        child, parent = self.known(child_id) or child_id, self.known(parent_id) or parent_id
        return child == parent or parent in self._hierarchy.ancestor_set(child)


def _around(hit: Hit, text: str) -> tuple[str, str]:
    """What stands before and behind a hit, as far as its meaning may be told there."""
    return text[max(0, hit.start - contexts.FARTHEST) : hit.start], text[hit.end : hit.end + contexts.FARTHEST]
