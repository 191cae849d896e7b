"""What the curated tables and a site add to the built ones: read at the start, so that a correction takes effect.

Concepts of both are named by their string id. A built concept that a curated one stands for (by cross-reference, or by
the same name and kind) is absorbed: its id leads to the curated one, and its names and parents count for it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import marisa_trie

from matcher.errors import MatchError
from matcher.terms import compiled, curated, keys
from matcher.terms.curated import CuratedConcept, Sense, Synonym
from matcher.terms.fold import fold
from matcher.terms.store import KINDS, Store
from matcher.terms.wording import bared, rearranged


@dataclass(slots=True)
class Added:
    """A concept as the overlay knows it."""

    id: str
    kind: str
    name: str
    names: list[tuple[str, str]] = field(default_factory=list)
    """Names with their source."""
    xrefs: tuple[str, ...] = ()
    parents: list[str] = field(default_factory=list)
    """Ids or names; names are looked up when the hierarchy is first asked."""
    absorbed: list[int] = field(default_factory=list)
    """Built concepts that it stands for."""


class Kinships(NamedTuple):
    """What curated and site tables say of what is a kind of what."""

    added: dict[str, tuple[str, ...]]
    """Concept → parents."""
    removed: frozenset[tuple[str, str]]
    """(concept, what it is no kind of though a public vocabulary says so)"""


class Overlay:
    """Curated and site terms over a `Store`."""

    def __init__(self, store: Store, site: Mapping[str, Any] | None = None, use_compiled: bool = True) -> None:
        self.store = store
        self.concepts: dict[str, Added] = {}
        self.alias: dict[str, str] = {}
        """Id of an absorbed built concept, or another id → the concept's id."""
        self.keys: dict[str, tuple[str, ...]] = {}
        self.senses: dict[str, tuple[tuple[Sense, str | None], ...]] = {}
        """Abbreviation → its senses, the default first, each with its concept (None: no concept)."""
        self._claimed: list[tuple[str, str]] = []
        """(key, id) of curated synonyms, until `_settle`."""
        self.members: list[tuple[str, str]] = []
        """(member's name or id, class id)"""
        self.narrower: list[tuple[str, str]] = []
        """(id of a built concept, id of the curated one that claims its name)"""
        self.site_terms: dict[str, str] = {}
        """Folded term → which site setting gave it."""
        self._words: frozenset[str] | None = None
        self._kinships: Kinships | None = None
        stored = compiled.load(store) if use_compiled else None
        if stored:
            self._restore(stored[0])
        else:
            self._fill()
        if site:
            self._site(site)
            self._kinships = None
        self.trie = stored[1] if stored and not site else marisa_trie.Trie(sorted(self.keys))

    def _fill(self) -> None:
        for concept in curated.concepts():
            self._concept(concept)
        for pair in curated.equivalents():
            self._equivalent(*pair)
        self._settle()
        synonyms = list(curated.synonyms())
        later = [synonym for synonym in synonyms if not self._synonym(synonym)]
        self._found({s.term for s in later}, later)
        for synonym in later:
            self._synonym(synonym)
        self._settle()
        self._senses(curated.senses())
        self._by_stem()

    def state(self) -> dict[str, Any]:
        """All of it as plain data, for `matcher.terms.compiled`."""
        return {
            "concepts": [
                [c.id, c.kind, c.name, c.names, list(c.xrefs), c.parents, c.absorbed] for c in self.concepts.values()
            ],
            "alias": self.alias,
            "keys": dict(sorted(self.keys.items())),
            "senses": {
                short: [
                    [s.abbreviation, s.expansion, s.kind, list(s.context), s.default, s.source, id] for s, id in rows
                ]
                for short, rows in self.senses.items()
            },
            "members": self.members,
            "narrower": self.narrower,
            "added": self.kinships.added,
            "removed": sorted(self.kinships.removed),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        for id, kind, name, names, xrefs, parents, absorbed in state["concepts"]:
            self.concepts[id] = Added(id, kind, name, [(n, s) for n, s in names], tuple(xrefs), parents, absorbed)
        self.alias = state["alias"]
        self.keys = {key: tuple(ids) for key, ids in state["keys"].items()}
        self.senses = {
            short: tuple((Sense(a, e, k, tuple(c), d, s), id) for a, e, k, c, d, s, id in rows)
            for short, rows in state["senses"].items()
        }
        self.members = [(member, id) for member, id in state["members"]]
        self.narrower = [(child, parent) for child, parent in state["narrower"]]
        self._kinships = Kinships(
            {id: tuple(parents) for id, parents in state["added"].items()},
            frozenset((child, parent) for child, parent in state["removed"]),
        )

    @property
    def kinships(self) -> Kinships:
        """Parents that the tables give and take away, names resolved; worked out when they are first asked for."""
        if self._kinships is None:
            self._kinships = self._related()
        return self._kinships

    def _related(self) -> Kinships:
        added: dict[str, list[str]] = {}
        removed = set()
        for concept in list(self.concepts.values()):
            for name in concept.parents:
                parent = self.meaning(name, concept.kind)
                if parent and parent != concept.id:
                    added.setdefault(concept.id, []).append(parent)
        for member, class_id in self.members:
            kind = self.kind(class_id) or ""
            child = self.meaning(member, kind)
            if child and child != class_id:
                added.setdefault(child, []).append(class_id)
        for child, parent in self.narrower:
            child, parent = self.alias.get(child, child), self.alias.get(parent, parent)
            if child != parent:
                added.setdefault(child, []).append(parent)
        for child, parent, is_one in curated.hierarchy_fixes():
            pair = self.meaning(child), self.meaning(parent)
            if pair[0] and pair[1] and is_one:
                added.setdefault(pair[0], []).append(pair[1])
            elif pair[0] and pair[1]:
                removed.add((pair[0], pair[1]))
        return Kinships({id: tuple(dict.fromkeys(parents)) for id, parents in added.items()}, frozenset(removed))

    def id_of(self, number: int) -> str:
        id = self.store.id(number)
        return self.alias.get(id, id)

    def lookup(self, key: str) -> tuple[str, ...]:
        """Ids of a key, curated ones first."""
        found = self.keys.get(key, ())
        built = self.store.lookup(key)
        if not built:
            return found
        return tuple(dict.fromkeys((*found, *map(self.id_of, built))))

    def words(self) -> frozenset[str]:
        """Folded words of four letters or more in the overlay's terms."""
        if self._words is None:
            found = {word for key in self.keys for word in re.split(r"\W+", key) if len(word) > 3 and word.isalpha()}
            self._words = frozenset(found)
        return self._words

    def kind(self, id: str) -> str | None:
        added = self.concepts.get(id)
        if added:
            return added.kind
        number = self.store.number(id)
        return None if number is None else self.store.kind(number)

    # ------------------------------------------------------------ filling

    def _concept(self, row: CuratedConcept) -> None:
        same = self._same(row) if self.store.number(row.id) is None and row.id not in self.concepts else []
        id = self.alias.get(row.id, row.id)
        if row.kind == "condition" and same:
            # a disease keeps the id of the public vocabulary: the curated row adds to it
            self.alias[row.id] = id = self.id_of(same[0])
        number = self.store.number(id)
        if id not in self.concepts:
            if number is None:
                self.concepts[id] = Added(id, row.kind, row.name)
            else:
                id = self.id_of(number)
                self._named(id)
        added = self.concepts[id]
        for number in same:
            other = self.store.id(number)
            if other != id and other not in self.alias and other not in self.concepts:
                self.alias[other] = id
                added.absorbed.append(number)
        added.xrefs = tuple(dict.fromkeys((*added.xrefs, *row.xrefs)))
        added.parents += [p for p in row.parents if p not in added.parents]
        for name in (row.name, *row.synonyms):
            added.names.append((name, row.source))
            self._name(name, id)
            if name != row.name:
                self._claimed.append((fold(name), id))
        self.members += [(member, id) for member in row.members]

    def _same(self, row: CuratedConcept) -> list[int]:
        """Built concepts that the row stands for, best first."""
        name = fold(row.name)
        numbers = [n for x in row.xrefs if (n := self.store.number(x)) is not None]
        numbers += [number] if (number := self.store.named(name)) is not None else []
        return [n for n in dict.fromkeys(numbers) if self.store.kind(n) == row.kind]

    def _name(self, name: str, *ids: str) -> None:
        for key in keys.curated(name):
            known = self.keys.get(key, ())
            self.keys[key] = tuple(dict.fromkeys((*known, *ids)))

    def meaning(self, name: str, kind: str = "") -> str | None:
        """The concept that a table's cell names: an id, or a name."""
        if name in self.concepts or name in self.alias:
            return self.alias.get(name, name)
        number = self.store.number(name)
        if number is not None:
            return self.id_of(number)
        candidates: list[str] = []
        if keys.is_acronym(name):
            candidates += self.lookup(keys.ABBREVIATION + name) or self.lookup(keys.WEAK + name)
        candidates += self.lookup(fold(name))
        if kind:
            wanted = {"drug", "drug_class"} if kind in ("drug", "drug_class", "medication") else {kind}
            fitting = [c for c in candidates if self.kind(c) in wanted]
            candidates = fitting or candidates
        return candidates[0] if candidates else None

    def _found(self, defined: set[str], synonyms: Iterable[Synonym]) -> None:
        """Make concepts of members that no vocabulary has ("MMR vaccine"), and of a brand's unknown ingredients.

        ``defined`` are terms that a synonym row is yet to explain.
        """
        for member, class_id in self.members:
            kind = (self.kind(class_id) or "observation").removesuffix("_class")
            if member not in defined and not self.meaning(member, kind):
                self._new(member, kind, f"member of {self._display(class_id)}")
        for synonym in synonyms:
            for means in synonym.means:
                if synonym.kind == "drug" and not self.meaning(means, "drug"):
                    self._new(means, "drug", synonym.source)

    def _by_stem(self) -> None:
        """Members of classes that their nonproprietary names tell ("-gliptin")."""
        stems = list(curated.stems())
        endings = tuple({stem.ending for stem in stems})
        store = self.store
        drugs = {store.id(n): store.name(n).lower() for n in range(len(store)) if store.kind(n) == "drug"}
        drugs |= {id: added.name.lower() for id, added in self.concepts.items() if added.kind == "drug"}
        for id, name in drugs.items():
            if not any(word.endswith(endings) for word in name.split()):
                continue
            self.members += [(id, stem.drug_class) for stem in stems if stem.fits(name)]

    def _new(self, name: str, kind: str, source: str) -> str:
        id = "TERM:" + fold(name).replace(" ", "-")
        if id not in self.concepts:
            self.concepts[id] = Added(id, kind, name, names=[(name, source)])
            self._name(name, id)
        return id

    def _loose(self, name: str, kind: str) -> str | None:
        """The concept that a name means in other words: known qualifiers off, another word order."""
        for form in (fold(name), *(rest for rest, _ in bared(fold(name)))):
            for candidate in (form, *rearranged(form)):
                fitting = [id for id in self.lookup(candidate) if self.kind(id) == kind]
                if fitting:
                    return fitting[0]
        return None

    def _synonym(self, row: Synonym) -> bool:
        """Take up a synonym; False where no table has what it means."""
        ids = [id for means in row.means if (id := self.meaning(means, row.kind))]
        if len(ids) != len(row.means):
            return False
        id = ids[0] if len(ids) == 1 else self.combination(ids)
        for key in keys.curated(row.term):
            self.keys[key] = tuple(dict.fromkeys((id, *self.keys.get(key, ()))))
        self._named(id).names.append((row.term, row.source))
        self._claimed.append((fold(row.term), id))
        return True

    def _equivalent(self, name: str, same_as: str, source: str) -> None:
        """Two built concepts that clinicians do not tell apart become one."""
        number = self.store.number(name)
        number = self.store.named(fold(name)) if number is None else number
        into = self.meaning(same_as)
        if number is not None and into:
            self._take_up(number, into)
            self._named(into).names.append((self.store.name(number), source))

    def _take_up(self, number: int, into: str) -> None:
        other = self.store.id(number)
        if other == into or other in self.alias:
            return
        self.alias[other] = into
        self._named(into).absorbed.append(number)
        if gone := self.concepts.pop(other, None):
            self.concepts[into].names += gone.names
            self.concepts[into].parents += gone.parents
            self.concepts[into].absorbed += gone.absorbed
            for alias in [a for a, id in self.alias.items() if id == other]:
                self.alias[alias] = into
            self.keys = {k: tuple(dict.fromkeys(into if i == other else i for i in v)) for k, v in self.keys.items()}
            self.members = [(m, into if c == other else c) for m, c in self.members]

    def _settle(self) -> None:
        """A curated synonym that is the very name of a built concept: the same concept where the names differ only
        in wording ("liver disorder", "liver disease"), else a kind of the curated one ("acute pancreatitis")."""
        for key, claimed in self._claimed:
            number = self.store.named(key)
            id = self.alias.get(claimed, claimed)
            if number is None or (self.kind(id) or "").removesuffix("_class") != self.store.kind(number):
                continue
            other = self.id_of(number)
            if other == id:
                continue
            if self.kind(id) == self.store.kind(number) and key in set(rearranged(fold(self._display(id)))):
                if other in self.alias or other in self.concepts:
                    continue
                self._take_up(number, id)
            else:
                self.narrower.append((other, id))
                self.keys[key] = tuple(dict.fromkeys((other, *self.keys.get(key, ()))))
        self._claimed.clear()

    def combination(self, ids: Sequence[str]) -> str:
        """The concept of a product with several ingredients: it is each of them."""
        names = [self._display(id) for id in ids]
        id = "COMBO:" + "-".join(n.lower().replace(" ", "_") for n in sorted(names))
        if id not in self.concepts:
            self.concepts[id] = Added(id, "drug", "/".join(sorted(names)), parents=list(ids))
            self.concepts[id].names.append((self.concepts[id].name, "ingredients"))
            if len(ids) == 2:
                for one, other in (names, names[::-1]):
                    for joint in (f"{one}/{other}", f"{one} and {other}", f"{one} plus {other}", f"{one}+{other}"):
                        classes = [c for c in self.keys.get(fold(joint), ()) if c != id]
                        self.narrower += [(id, c) for c in classes]
                        self.keys[fold(joint)] = (id, *classes)
            else:  # "elexacaftor/tezacaftor/ivacaftor": in any order while these are few
                orders = itertools.permutations(names) if len(ids) == 3 else (names, sorted(names))
                for order in orders:
                    self.keys.setdefault(fold("/".join(order)), (id,))
        return id

    def _display(self, id: str) -> str:
        if id in self.concepts:
            return self.concepts[id].name
        number = self.store.number(id)
        return self.store.name(number) if number is not None else id

    def _named(self, id: str) -> Added:
        """The overlay's record of a concept, made where only the built tables know it."""
        if id not in self.concepts:
            number = self.store.number(id)
            kind = self.store.kind(number) if number is not None else "observation"
            self.concepts[id] = Added(id, kind, self._display(id))
        return self.concepts[id]

    def _senses(self, rows: Iterable[Sense]) -> None:
        grouped: dict[str, list[Sense]] = {}
        for row in rows:
            grouped.setdefault(row.abbreviation, []).append(row)
        for abbreviation, senses in grouped.items():
            ordered = sorted(senses, key=lambda s: not s.default)
            found = tuple((s, self._sense(s)) for s in ordered)
            self.senses[abbreviation] = found
            ids = tuple(dict.fromkeys(id for _, id in found if id))
            for id in ids:
                self._named(id).names.append((abbreviation, found[0][0].source))
            for key in keys.curated(abbreviation):
                if key.startswith(keys.ABBREVIATION):
                    self.keys[key] = ids  # the senses are the whole truth of these capitals
                elif ids:
                    known = self.keys.get(key, ())
                    self.keys[key] = tuple(dict.fromkeys((*ids, *known)))

    def _sense(self, sense: Sense) -> str | None:
        """The concept of a sense, made where no table has it; None for what is no concept ("room air")."""
        if sense.kind in ("", "drug_class"):
            return self.meaning(sense.expansion, sense.kind)
        if sense.kind not in KINDS:
            return None
        id = self.meaning(sense.expansion, sense.kind) or self._loose(sense.expansion, sense.kind)
        return id or self._new(sense.expansion, sense.kind, sense.source)

    def _site(self, site: Mapping[str, Any]) -> None:
        """Take up ``[[synonyms]]``, ``[[formulary]]`` and ``[[abbreviations]]`` of a site's settings.

        Raises:
            MatchError: a row lacks a field, or names a concept that no table has.
        """
        for row in site.get("synonyms", ()):
            term, means = _field(row, "term", "synonyms"), _field(row, "means", "synonyms")
            self._site_term(term, [means], row, str(row.get("kind", "")), "synonyms")
        for row in site.get("formulary", ()):
            term, means = _field(row, "name", "formulary"), row.get("ingredients", row.get("ingredient"))
            if not means:
                raise MatchError(f"settings, [[formulary]] {term!r}: name its ingredients (ingredients = [...])")
            self._site_term(term, [means] if isinstance(means, str) else list(means), row, "drug", "formulary")
        senses = []
        for row in site.get("abbreviations", ()):
            short, long = _field(row, "abbreviation", "abbreviations"), _field(row, "expansion", "abbreviations")
            cues = row.get("context", ())
            provenance = _provenance(row, "abbreviations")
            self.site_terms[fold(short)] = provenance
            default = bool(row.get("default", not cues))
            cues = (cues,) if isinstance(cues, str) else tuple(cues)
            senses.append(Sense(short, long, str(row.get("kind", "")), cues, default, provenance))
        others = [s for short in {s.abbreviation: None for s in senses} for s, _ in self.senses.get(short, ())]
        self._senses([*senses, *others])

    def _site_term(self, term: str, means: list[str], row: Mapping[str, Any], kind: str, section: str) -> None:
        ids = []
        for name in means:
            id = self.meaning(name, kind)
            if id is None:
                raise MatchError(
                    f"settings, [[{section}]] {term!r}: no table knows {name!r}; `match terms` shows what is known"
                )
            ids.append(id)
        id = ids[0] if len(ids) == 1 else self.combination(ids)
        provenance = _provenance(row, section)
        for key in keys.curated(term):
            self.keys[key] = (id,)
        self.senses.pop(term, None)  # the site says what it means
        self.site_terms[fold(term)] = provenance
        self._named(id).names.append((term, provenance))


def _field(row: Mapping[str, Any], name: str, section: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise MatchError(f"settings, [[{section}]]: every row needs {name!r}, a text")
    return value.strip()


def _provenance(row: Mapping[str, Any], section: str) -> str:
    who, when = row.get("who", "unnamed"), row.get("when", "undated")
    return f"site settings, {section}: {who}, {when}"
