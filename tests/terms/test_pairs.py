"""The pairs of words that begin terms are those of the tables."""

from types import SimpleNamespace

from matcher import terms
from matcher.terms import pairs


def test_the_file_holds_the_pairs_of_the_built_terms():
    store = terms.load()._store
    assert (store.folder / "pairs.bin").read_bytes().startswith(store.meta["build"].encode())
    assert pairs.built(store) == pairs.of(store.terms.iterkeys())


def test_a_file_of_other_tables_does_not_count(tmp_path):
    store = SimpleNamespace(
        folder=tmp_path, meta={"build": "b1"}, terms=SimpleNamespace(iterkeys=lambda: ["lung cancer"])
    )
    pairs.write(store)
    assert pairs.built(store) == pairs.of(["lung cancer"])
    store.meta, store.terms = {"build": "b2"}, SimpleNamespace(iterkeys=lambda: ["heart failure"])
    assert pairs.built(store) == pairs.of(["heart failure"])


def test_a_pair_has_its_order_and_ends_with_its_words():
    first, second = pairs.numbers("lung")[0] ^ pairs.numbers("cancer")[1], pairs.numbers("cancer")[0]
    assert pairs.of(["lung cancer stage", "asthma"]) == {first}
    assert second ^ pairs.numbers("lung")[1] != first
