"""The run that makes the bundled model, on a few lines of data."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from matcher.ner.tagger import Item, Tagger
from matcher.ner.tokens import segments
from matcher.train import bundle, corpora, tagger, vectors

CONFIG = Path(__file__).parents[2] / "scripts" / "train_ner.toml"
TEXT = "Asthma treated with budesonide for 3 months"
SPANS = [(0, 6, "Condition"), (20, 30, "Drug"), (31, 43, "Temporal")]


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    entities = [{"start": s, "end": e, "label": label, "text": TEXT[s:e]} for s, e, label in SPANS]
    lines = [json.dumps({"id": f"T{i}_inc", "text": TEXT, "entities": entities}) for i in range(4)]
    (folder / "criteria.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture
def cache(tmp_path):
    """With word vectors, so that no encoder is asked for."""
    folder = tmp_path / "cache"
    folder.mkdir()
    vectors.save(folder / "vectors.npz", ["", "asthma"], np.ones((2, 3), np.float16))
    return folder


def config(members=2):
    member = {"corpora": ["chia"], "heads": ["chia", "chia_inner"], "options": {"hidden": 4}}
    return {
        "version": "x",
        "threads": 1,
        "sizes": {"rows": 64, "width": 8},
        "schedule": {"epochs": 1, "batch": 2},
        "weights": {},
        "corpora": [{"name": "chia", "file": "criteria.jsonl", "held_out": 0, "measured": "criteria.jsonl"}],
        "members": [member | {"seed": i} for i in range(members)],
    }


def built(data, cache, output, kept=None, **changed):
    bundle.build(data, config(**changed), "no encoder", cache, output, lambda line: None, kept)
    return (output / "weights.safetensors").read_bytes()


def test_a_run_that_goes_on_from_its_cache_gives_the_same_bytes(data, cache, tmp_path):
    first = built(data, cache, tmp_path / "a")
    assert built(data, cache, tmp_path / "b") == first
    for file in cache.glob("member*"):
        file.unlink()
    assert built(data, cache, tmp_path / "c") == first


def test_networks_do_not_depend_on_one_another(data, cache, tmp_path):
    both = built(data, cache, tmp_path / "a")
    for file in cache.glob("member2*"):
        file.unlink()
    assert built(data, cache, tmp_path / "b") == both
    assert built(data, cache, tmp_path / "c", members=1) != both


def test_what_is_built_is_read_and_measured(data, cache, tmp_path):
    built(data, cache, tmp_path / "a")
    made = Tagger.load(tmp_path / "a" / "weights.safetensors")
    (tokens,) = segments(TEXT)
    assert made.spans([Item(TEXT, tokens, [0] * len(tokens))], ["chia"])
    figures = json.loads((tmp_path / "a" / "figures.json").read_text())
    assert figures["chia"]["documents"] == 4


def test_networks_that_are_kept_stay_as_they_are(data, cache, tmp_path):
    first = built(data, cache, tmp_path / "a")
    kept = tmp_path / "a" / "weights.safetensors"
    for file in cache.iterdir():
        file.unlink()
    assert built(data, cache, tmp_path / "b", kept=kept) == first
    more, shared = tagger.shipped(kept)
    built(data, cache, tmp_path / "c", kept=kept, members=3)
    (*same, new), vectors_ = tagger.shipped(tmp_path / "c" / "weights.safetensors")
    assert [p.config for p in same] == [p.config for p in more] and new.arrays.keys() == same[0].arrays.keys()
    assert all(np.array_equal(a.arrays[n], b.arrays[n]) for a, b in zip(same, more, strict=True) for n in a.arrays)
    assert all(np.array_equal(shared[n], vectors_[n]) for n in shared)


def test_a_network_learns_from_what_another_marks(data, cache, tmp_path):
    (data / "letters.jsonl").write_text(
        json.dumps({"id": "L1", "body": TEXT}) + "\n" + json.dumps({"id": "L2", "body": None})
    )
    given = config(members=1)
    given["members"][0]["ships"] = {"chia": "teacher"}
    given["unmarked"] = [{"name": "letters", "file": "letters.jsonl", "field": "body", "held_out": 100}]
    small = {"corpora": ["chia", "letters"], "seed": 2, "heads": ["chia"], "taught": {"chia": "teacher"}}
    given["members"].append(small | {"options": {"hidden": 2}})
    (row,) = corpora.unmarked(data / "letters.jsonl", "body")
    bundle.build(data, given, "no encoder", cache, tmp_path / "a", lambda line: None)
    made = Tagger.load(tmp_path / "a" / "weights.safetensors")
    bundle.mark([row], made, {"chia": "teacher"})
    assert row.tags == {"chia": made.spans([Item(TEXT, row.tokens, [0] * 7)], ["teacher"])[0][0]}
    assert "chia" in made._heads and "letters" in json.loads((tmp_path / "a" / "figures.json").read_text())


def test_the_config_names_what_there_is():
    given = tomllib.loads(CONFIG.read_text())
    names = [c["name"] for c in given["corpora"]]
    assert set(names) <= set(bundle._READ)
    heads = {h for m in given["members"] for h in m["heads"]}
    assert heads == {"chia", "chia_inner", "note"}
    names += [c["name"] for c in given["unmarked"]]
    shipped = {h for m in given["members"] for h in m.get("ships", {}).values()}
    for member in given["members"]:
        assert set(member["corpora"]) <= set(names)
        assert set(member.get("taught", {}).values()) <= shipped
        assert isinstance(bundle.options(given, {}, seed=member["seed"], **member["options"]), tagger.Options)
