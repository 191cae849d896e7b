"""The tables that belong to the engine: schema, sources, and that what they name exists."""

import csv
import json
import tomllib
from collections import Counter, defaultdict
from importlib import resources

import pytest

from matcher import terms
from matcher.terms import analytes, compiled, curated, keys, store
from matcher.terms.curated import spellings
from matcher.terms.fold import FINGERPRINT, fold
from matcher.terms.normalise import rules
from matcher.terms.overlay import Overlay

T = terms.load()
FOLDER = resources.files("matcher.resources").joinpath("terms")


def table(name):
    return list(csv.DictReader(FOLDER.joinpath(name).read_text("utf-8").splitlines()))


@pytest.mark.parametrize(
    "name",
    [
        "brands.csv",
        "equivalents.csv",
        "hierarchy_fixes.csv",
        "not_names.csv",
        "salts.csv",
        "scale_of.csv",
        "stop_terms.csv",
        "synonyms.csv",
    ],
)
def test_every_row_is_whole_and_names_its_source(name):
    for number, row in enumerate(table(name), 2):
        assert None not in row, f"{name}:{number}: too many cells"
        assert all((value or "").strip() for value in row.values()), f"{name}:{number}: an empty cell"


SENSES = {row.abbreviation for row in curated.senses()}
CONCEPTS = [f"{name}.csv" for name in curated.CONCEPT_TABLES]


@pytest.mark.parametrize("name", CONCEPTS)
def test_every_concept_has_its_cells_and_a_source(name):
    for number, row in enumerate(table(name), 2):
        assert None not in row and None not in row.values(), f"{name}:{number}: the wrong number of cells"
        assert all(row[column].strip() for column in ("id", "kind", "name", "source")), (
            f"{name}:{number}: an empty cell"
        )


@pytest.mark.parametrize("name", ["brands.csv", "lay_terms.csv", "synonyms.csv"])
def test_no_row_says_what_another_says(name):
    rows = [(keys.curated(cells[0]), cells[0], set(cells[1].split("|"))) for cells in map(_cells, table(name))]
    by_key = defaultdict(list)
    for found, term, means in rows:
        for key in found:
            by_key[key].append((found, term, means))
    again = [
        (term, other)
        for found, term, means in rows
        for others, other, its_means in by_key[min(found)]
        if other != term and found <= others and means == its_means
    ]
    assert again == []
    assert len(rows) == len({term for _, term, _ in rows})


def _cells(row):
    return list(row.values())


def test_no_name_has_two_meanings_of_one_kind():
    """Abbreviations apart, whose senses the context tells, and measurements that a unit tells apart."""
    means = defaultdict(set)
    for concept in curated.concepts():
        for name in (concept.name, *concept.synonyms):
            means[name if keys.is_acronym(name) else fold(name)].add(T.known(concept.id))
    for row in curated.synonyms():
        ids = tuple(sorted(str(T._overlay.meaning(name, row.kind)) for name in row.means))
        means[row.term if keys.is_acronym(row.term) else fold(row.term)].add(ids[0] if len(ids) == 1 else ids)
    kinds = {
        name: [T.kind(i) if isinstance(i, str) else "drug" for i in ids - _variants(ids)] for name, ids in means.items()
    }
    twice = sorted(n for n, found in kinds.items() if len(found) != len(set(found)) and n not in SENSES)
    assert not twice, twice


def _variants(ids):
    return {variant for id in ids if (analyte := analytes.get(id)) for variant in analyte.variants}


def test_no_sense_equivalent_or_correction_stands_twice():
    senses = [(row.abbreviation, fold(row.expansion)) for row in curated.senses()]
    equivalents = [fold(name) for name, _, _ in curated.equivalents()]
    corrections = [(fold(child), fold(parent)) for child, parent, _ in curated.hierarchy_fixes()]
    for rows in (senses, equivalents, corrections):
        assert [row for row, times in Counter(rows).items() if times > 1] == []


def test_every_synonym_means_something():
    lost = [row.term for row in curated.synonyms() if T.normalise(row.term).concept is None]
    assert lost == []


def test_every_equivalent_and_fix_names_concepts():
    named = [name for row in curated.equivalents() for name in row[:2]]
    named += [name for row in curated.hierarchy_fixes() for name in row[:2]]
    assert [name for name in named if T.normalise(name).concept is None and T.known(name) is None] == []


def test_equivalents_are_one_concept():
    for one, other, _ in curated.equivalents():
        assert T.normalise(one).concept == T.normalise(other).concept, one


def test_the_built_tables_were_folded_by_these_rules():
    assert T._store.meta["fold"] == FINGERPRINT


def test_the_built_tables_name_their_sources_and_releases():
    assert set(T.releases()) == {"MONDO", "HPO", "DOID", "MeSH", "ICD-10-CM", "FDA UNII"}
    sources = resources.files("matcher.resources").joinpath("SOURCES.md").read_text("utf-8")
    for package, version in T._store.meta["packages"].items():
        assert package in sources
        assert version == "?" or f"{package}` {version}" in sources


def test_stop_terms_are_not_found():
    stop, _ = keys.stopped()
    assert [term for term in sorted(stop) if T._store.lookup(term)] == []


def test_opposites_and_fixed_words_are_words():
    fuzzy = rules()["fuzzy"]
    assert all(len(group) > 1 for group in fuzzy["opposites"])
    assert 0 < fuzzy["floor"] <= 1


def test_kind_cues_are_for_known_kinds():
    cues = tomllib.loads(FOLDER.joinpath("kind_cues.toml").read_text("utf-8"))
    assert set(cues) <= set(store.KINDS)


def test_a_round_trip_through_the_built_format(tmp_path):
    rows = [
        store.Row("X:1", "condition", "ague", (("ague", "M"), ("old ague", "MS")), ("Y:9",), ()),
        store.Row("X:2", "drug", "bark", (("bark", "U"),), (), (0,)),
    ]
    store.write(tmp_path, rows, {fold("ague"): [0], fold("bark"): [1, 0]}, {fold("ague")}, {"Y:9": 0}, {"fold": "x"})
    read = store.Store(tmp_path)
    assert [read.row(n) for n in range(len(read))] == rows
    assert read.lookup("bark") == (1, 0)
    assert read.lookup("nothing") == ()
    assert (read.named("ague"), read.named("bark")) == (0, None)
    assert read.number("Y:9") == 0
    assert read.parents(1) == (0,)


def test_a_foreign_file_is_refused(tmp_path):
    row = store.Row("X:1", "condition", "ague", (("ague", "M"),), (), ())
    store.write(tmp_path, [row], {"ague": [0]}, set(), {}, {})
    (tmp_path / "tables.bin").write_bytes(b"something else entirely")
    with pytest.raises(ValueError, match="build it again"):
        store.Store(tmp_path)


def test_the_compiled_overlay_is_that_of_the_sources():
    # else every start reads the tables anew: run scripts/build_terms.py --curated-only
    assert compiled.load(T._store) is not None


def test_the_compiled_overlay_is_the_same_as_one_read_afresh():
    fresh = Overlay(T._store, use_compiled=False)
    restored = Overlay(T._store, use_compiled=False)
    restored.concepts = {}
    restored._restore(json.loads(json.dumps(fresh.state())))
    for part in ("concepts", "alias", "keys", "senses", "members", "narrower"):
        assert getattr(restored, part) == getattr(fresh, part), part


def test_a_compiled_overlay_counts_only_while_nothing_has_changed(tmp_path):
    built = tmp_path / "built"
    row = store.Row("X:1", "condition", "ague", (("ague", "M"),), (), ())
    store.write(built, [row], {"ague": [0]}, {"ague"}, {}, {"fold": FINGERPRINT})
    table_file = tmp_path / "synonyms.csv"
    table_file.write_text("term,means,kind,source\n")
    tables = store.Store(built)
    overlay = Overlay(tables, use_compiled=False)
    compiled.write(tables, overlay.state(), overlay.trie)
    assert compiled.load(tables) is not None
    table_file.write_text("term,means,kind,source\nfever,ague,condition,test\n")
    assert compiled.load(tables) is None


def test_what_is_mapped_outlives_a_rebuild(tmp_path):
    for path in T._store.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = (tmp_path / "curated.trie").stat().st_ino
    with (tmp_path / "curated.trie").open("rb") as held:  # a held file keeps its number: no new file can take it
        tables = store.Store(tmp_path)
        overlay = Overlay(tables, use_compiled=False)
        compiled.write(tables, overlay.state(), overlay.trie)
        assert (tmp_path / "curated.trie").stat().st_ino != before
        assert held.read()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_choice_in_a_lay_term_is_several_spellings():
    assert spellings("swollen {leg|legs}") == ["swollen leg", "swollen legs"]
    assert spellings("weak {|right |left }side") == ["weak side", "weak right side", "weak left side"]
