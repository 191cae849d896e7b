"""The pairs of words that begin terms are those of the tables."""

from types import SimpleNamespace

from matcher import terms
from matcher.terms import pairs


def tables(folder, build, *some):
    return SimpleNamespace(folder=folder, meta={"build": build}, terms=SimpleNamespace(iterkeys=lambda: list(some)))


def test_the_file_holds_the_pairs_of_the_built_terms():
    store = terms.load()._store
    assert (store.folder / "pairs.bin").read_bytes().startswith(store.meta["build"].encode())
    assert pairs.built(store).dumps() == pairs.of(store.terms.iterkeys()).dumps()


def test_a_file_of_other_tables_does_not_count(tmp_path):
    store = tables(tmp_path, "b1", "lung cancer")
    pairs.write(store)
    assert pairs.built(store).after(pairs.number("lung")) == {pairs.number("cancer"): 2}
    other = pairs.built(tables(tmp_path, "b2", "heart failure"))
    assert other.after(pairs.number("heart")) and not other.after(pairs.number("lung"))


def test_a_pair_has_its_order_and_ends_with_its_words():
    found = pairs.of(["lung cancer stage", "lung abscess", "asthma"])
    assert found.after(pairs.number("lung")) == {pairs.number("cancer"): 3, pairs.number("abscess"): 2}
    assert not found.after(pairs.number("cancer")) and not found.after(pairs.number("asthma"))
