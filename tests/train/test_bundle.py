"""The run that makes the bundled model, on a few lines of data."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from matcher.ner.tagger import Item, Tagger
from matcher.ner.tokens import segments
from matcher.train import bundle, tagger, vectors

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


def built(data, cache, output, **changed):
    bundle.build(data, config(**changed), "no encoder", cache, output, lambda line: None)
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


def test_the_config_names_what_there_is():
    given = tomllib.loads(CONFIG.read_text())
    names = [c["name"] for c in given["corpora"]]
    assert set(names) <= set(bundle._READ)
    heads = {h for m in given["members"] for h in m["heads"]}
    assert heads == {"chia", "chia_inner", "note"}
    for member in given["members"]:
        assert set(member["corpora"]) <= set(names)
        assert isinstance(bundle.options(given, {}, seed=member["seed"], **member["options"]), tagger.Options)
