"""Read the curated tables: CSV files that a clinician may correct, taken up at the next start without a build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matcher import resources
from matcher.errors import MatchError
from matcher.terms.fold import fold

CONCEPT_TABLES = (
    "analytes",
    "scales",
    "drug_classes",
    "procedures",
    "biomarkers",
    "devices",
    "observations",
    "conditions_extra",
)
"""Tables of concepts; the earlier ones are preferred where two give one name."""
_OF_BLOOD = re.compile(r"\b(?:serum|plasma|blood|level|levels|arterial|ABG|total)\b")
"""Names of an analyte that say where it was measured: no other specimen goes before them."""
_ADDED = re.compile(r",.*| in blood\Z")
"""What a name of an analyte adds to the word itself."""


@dataclass(frozen=True, slots=True)
class CuratedConcept:
    id: str
    kind: str
    name: str
    synonyms: tuple[str, ...]
    parents: tuple[str, ...]
    """Ids or names of concepts."""
    xrefs: tuple[str, ...]
    members: tuple[str, ...]
    """Drug classes: names of ingredients, or ids of classes."""
    source: str


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of an abbreviation."""

    abbreviation: str
    expansion: str
    kind: str
    context: tuple[str, ...]
    default: bool
    source: str


@dataclass(frozen=True, slots=True)
class Synonym:
    """Another word for what ``means`` names; several meanings are the ingredients of a combination."""

    term: str
    means: tuple[str, ...]
    source: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Stem:
    """An ending that nonproprietary names of a class of drugs share."""

    ending: str
    word: str
    """Which word of a name has it: only (the name is one word), first, last (of several), any."""
    drug_class: str
    excepted: tuple[str, ...]
    """Longer endings that are of another class."""

    def fits(self, name: str) -> bool:
        """Whether a name in small letters has the ending where it counts."""
        words = name.split()
        several = len(words) > 1
        if self.word == "only":
            words = [] if several else words
        elif self.word == "last":
            words = words[-1:] if several else []
        elif self.word == "first":
            words = words[:1]
        return any(word.endswith(self.ending) and not word.endswith(self.excepted) for word in words)


def split(cell: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (cell or "").split("|") if part.strip())


def rows(name: str, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of a table that are not empty.

    Raises:
        MatchError: a column is missing.
    """
    table = resources.rows(f"terms/{name}")
    there = tuple(table[0]) if table else ()
    missing = [column for column in needed if column not in there]
    if missing:
        raise MatchError(f"{name}.csv: no column {', '.join(missing)} (found: {', '.join(there)})")
    return (row for row in table if any(row.values()))


def concepts() -> Iterator[CuratedConcept]:
    for table in CONCEPT_TABLES:
        for row in rows(table, ("id", "kind", "name", "synonyms", "parents", "xrefs", "source")):
            yield CuratedConcept(
                id=row["id"].strip(),
                kind=row["kind"].strip(),
                name=row["name"].strip(),
                synonyms=split(row["synonyms"]),
                parents=split(row["parents"]),
                xrefs=split(row["xrefs"]),
                members=split(row.get("members")),
                source=(row["source"] or "").strip(),
            )
    yield from other_measures()


def other_measures() -> Iterator[CuratedConcept]:
    """What an analyte's name means with another specimen or form before it: "CSF lactate", "free PSA"."""
    measures = {row["id"]: row for row in rows("analytes", ("id", "name", "synonyms", "symbols"))}
    given: set[str] = set()
    for row in rows("other_measures", ("form", "name", "wordings", "measures", "source")):
        for id in split(row["measures"]):
            if id not in measures:
                raise MatchError(f"other_measures.csv, {row['form']}: analytes.csv has no {id!r}")
            of = measures[id]
            plain = _ADDED.sub("", of["name"])
            names = (plain, *split(of["synonyms"]), *split(of["symbols"]))
            bare = dict.fromkeys(name for name in names if not _OF_BLOOD.search(name))
            said = dict.fromkeys(form.format(name) for name in bare for form in split(row["wordings"]))
            own = tuple(name for name in said if fold(name) not in given)  # "CSF neut" may count or be a share
            given.update(map(fold, own))
            yield CuratedConcept(
                id=f"MEAS:{row['form']}:{id}",
                kind="measurement",
                name=row["name"].format(plain),
                synonyms=own,
                parents=(),
                xrefs=(),
                members=(),
                source=(row["source"] or "").strip(),
            )


def senses() -> Iterator[Sense]:
    for row in rows("abbreviations", ("abbreviation", "expansion", "kind", "context", "source")):
        yield Sense(
            abbreviation=row["abbreviation"].strip(),
            expansion=row["expansion"].strip(),
            kind=(row["kind"] or "").strip(),
            context=split(row["context"]),
            default=(row.get("default") or "").strip() in ("1", "true", "yes"),
            source=(row["source"] or "").strip(),
        )


def synonyms() -> Iterator[Synonym]:
    """Lay terms, and brands that the public lists lack."""
    named: set[str] = set()
    for row in rows("lay_terms", ("term", "means", "source")):
        for term in spellings(row["term"].strip()):
            if term not in named:
                named.add(term)
                yield Synonym(term, split(row["means"]), (row["source"] or "").strip())
    for row in rows("synonyms", ("term", "means", "kind", "source")):
        yield Synonym(row["term"].strip(), split(row["means"]), (row["source"] or "").strip(), row["kind"].strip())
    for row in rows("brands", ("brand", "ingredients", "source")):
        for brand in spellings(row["brand"].strip()):
            yield Synonym(brand, split(row["ingredients"]), (row["source"] or "").strip(), "drug")


_CHOICE = re.compile(r"\{([^{}]*)\}")


def spellings(term: str) -> list[str]:
    """Every spelling of a term: "swollen {leg|legs}" is two, "clonaz{|ep}" a name cut short in two ways."""
    choice = _CHOICE.search(term)
    if choice is None:
        return [" ".join(term.split())]
    before, after = term[: choice.start()], term[choice.end() :]
    return [said for word in choice[1].split("|") for said in spellings(before + word + after)]


def equivalents() -> Iterator[tuple[str, str, str]]:
    """(concept, the one that it is the same as, source): public vocabularies tell apart what clinicians do not."""
    for row in rows("equivalents", ("concept", "same_as", "source")):
        yield row["concept"].strip(), row["same_as"].strip(), (row["source"] or "").strip()


def hierarchy_fixes() -> Iterator[tuple[str, str, bool]]:
    """(child, parent, whether it is one): corrections of what the public vocabularies call a kind of what."""
    for row in rows("hierarchy_fixes", ("child", "parent", "change", "source")):
        if row["change"] not in ("add", "remove"):
            raise MatchError(f"hierarchy_fixes.csv: change is {row['change']!r}; it may be add or remove")
        yield row["child"].strip(), row["parent"].strip(), row["change"] == "add"


def stems() -> Iterator[Stem]:
    """What endings of nonproprietary names tell of the class of a drug."""
    for row in rows("stems", ("stem", "word", "class", "not", "source")):
        yield Stem(row["stem"].strip(), row["word"].strip(), row["class"].strip(), split(row["not"]))
