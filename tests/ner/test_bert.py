"""`bert:` without training: windows, joining of pieces, and what is refused."""

import json
import os
import subprocess
import sys
from itertools import pairwise

import pytest

from matcher.errors import MatchError
from matcher.ner import bert


@pytest.mark.parametrize(
    "tags, expected",
    [
        ("O B-d I-d O", [(1, 3, "d")]),
        ("B-d B-d", [(0, 1, "d"), (1, 2, "d")]),
        ("I-d I-d", [(0, 2, "d")]),
        ("B-d I-c", [(0, 1, "d"), (1, 2, "c")]),
        ("B-d I-d L-d U-d", [(0, 3, "d"), (3, 4, "d")]),
        ("S-d E-d", [(0, 1, "d"), (1, 2, "d")]),
        ("d d O c", [(0, 2, "d"), (3, 4, "c")]),
        ("O O", []),
    ],
)
def test_tags_become_spans(tags, expected):
    parts = [bert.split_tag(t) for t in tags.split()]
    assert bert.spans(parts, [(i, i + 1) for i in range(len(parts))]) == expected


@pytest.mark.parametrize(
    "files, said",
    [
        ({}, "no config.json"),
        ({"config.json": "{}"}, "no model.safetensors"),
        ({"config.json": "{}", "pytorch_model.bin": "x"}, "pickled weights"),
        (
            {"config.json": '{"model_type": "bert", "architectures": ["BertModel"]}', "model.safetensors": "x"},
            "no token classifier",
        ),
        ({"config.json": '{"model_type": "nonesuch"}', "model.safetensors": "x"}, "cannot be loaded"),
    ],
)
def test_folder_that_is_no_model_is_one_clear_line(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(MatchError, match=said) as error:
        bert.load(str(tmp_path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["", "/none/such", "./none"])
def test_name_that_is_no_folder(name):
    with pytest.raises(MatchError):
        bert.load(name)


def test_missing_package_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(bert.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MatchError, match=r"trial-matcher\[bert\]"):
        bert.load(str(tmp_path))


def test_a_local_model_shuts_the_network(tmp_path, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_text("")
    assert bert.prepare(str(tmp_path)) is False
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_only_a_hub_id_opens_it(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert bert.prepare("someone/clinicalbert-ner") is True
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    import torch

    folder = tmp_path_factory.mktemp("bert")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,"
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *("##" + c for c in letters)])
    )
    tokenizer = transformers.BertTokenizerFast.from_pretrained(str(folder), model_max_length=32)
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32, num_labels=3, id2label={0: "O", 1: "B-drug", 2: "I-drug"},
    )  # fmt: skip
    transformers.BertForTokenClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder, bert.Classifier(*bert.load(str(folder)), device="cpu")


TEXTS = ["aspirin 81 mg daily. ", "Zażółć gęślą\n\nß 12,5 mg\x0b\u2028x", "a" * 300, "word " * 200, "", " \n ", "😀 ok"]


@pytest.mark.parametrize("text", TEXTS)
def test_spans_begin_and_end_with_words(classifier, text):
    _, model = classifier
    (found,) = model.tag([text])
    starts, ends = zip(*bert.words_of(text), strict=True) if text.strip() else ((), ())
    assert all(s in starts and e in ends for s, e, _ in found)
    assert all(a[1] <= b[0] for a, b in pairwise(found))


def test_each_text_is_read_as_if_alone(classifier):
    _, model = classifier
    assert model.tag(TEXTS) == [model.tag([t])[0] for t in TEXTS]


def test_every_word_of_a_long_text_is_seen(classifier):
    _, model = classifier
    text = "word " * 200
    seen = []
    choose = model._choose

    def spy(offsets, best, words, chosen):
        choose(offsets, best, words, chosen)
        seen.append(chosen)

    model._choose = spy
    model.tag([text])
    model._choose = choose
    assert None not in seen[-1]


def test_unknown_labels_ask_for_a_table(classifier, tmp_path):
    folder, _ = classifier
    config = json.loads((folder / "config.json").read_text())
    from matcher.ner.labels import label_map

    assert label_map(["drug"], "bert:x") == {"drug": "drug"}
    with pytest.raises(MatchError, match="zebra"):
        label_map([*config["id2label"].values(), "zebra"], "bert:x")


def test_help_and_rules_import_no_torch():
    code = "import sys, matcher.ner.models, matcher.cli.train; sys.exit(bool({'torch', 'spacy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
