import json

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from matcher.errors import MatchError
from matcher.train.engine import train
from matcher.train.transformer import Schedule

QUICK = Schedule(epochs=12, batch=4, rate=5e-3, patience=12, length=32, device="cpu")


@pytest.fixture(scope="module")
def data(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "notes.jsonl"
    path.write_text("\n".join(map(json.dumps, rows(6))), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(data, tiny_bert, tmp_path_factory):
    output = tmp_path_factory.mktemp("out") / "model"
    return train([data], str(tiny_bert), output, QUICK), output


def test_learns_what_is_annotated(trained):
    done, _ = trained
    assert done.report.total.f1 > 0.8
    assert set(done.report.labels) == {"condition", "drug"}


def test_saves_safe_weights_and_a_report(trained):
    done, output = trained
    assert done.ner == f"bert:{output}"
    names = {p.name for p in output.iterdir()}
    assert {"model.safetensors", "config.json", "report.json", "report.txt"} <= names
    assert not any(n.endswith((".bin", ".pt", ".pkl")) for n in names) and "checkpoint" not in names


def test_saved_model_gives_mentions_that_slice_the_text(trained, rows):
    from matcher.ner.bert import Classifier, load

    _, output = trained
    text = "\n".join(r["text"] for r in rows(20))  # longer than one window
    found = Classifier(*load(str(output)), device="cpu").tag([text, "", "  "])
    assert found[1] == found[2] == []
    named = {text[s:e] for s, e, _ in found[0]}
    assert {"metformin", "asthma"} <= named
    assert all(a[1] <= b[0] for a, b in zip(found[0], found[0][1:], strict=False))


def test_resumes_to_the_same_weights(data, tiny_bert, tmp_path, monkeypatch):
    from matcher.train import transformer

    short = Schedule(epochs=3, batch=8, rate=1e-3, patience=9, length=32, device="cpu")
    train([data], str(tiny_bert), tmp_path / "whole", short)

    real = transformer._Run.epoch

    def stop(self, epoch, total, progress):
        if epoch == 2:
            raise KeyboardInterrupt
        return real(self, epoch, total, progress)

    monkeypatch.setattr(transformer._Run, "epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        train([data], str(tiny_bert), tmp_path / "parts", short)
    monkeypatch.setattr(transformer._Run, "epoch", real)
    train([data], str(tiny_bert), tmp_path / "parts", short, resume=True)
    first, second = ((tmp_path / n / "model.safetensors").read_bytes() for n in ("whole", "parts"))
    assert first == second


def test_checkpoint_of_other_settings_is_refused(data, tiny_bert, tmp_path, monkeypatch):
    with pytest.raises(MatchError, match="no checkpoint"):
        train([data], str(tiny_bert), tmp_path / "new", QUICK, resume=True)


def test_output_that_holds_something_is_kept(data, tiny_bert, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(MatchError, match="not empty"):
        train([data], str(tiny_bert), tmp_path, QUICK)


def test_base_that_is_no_encoder(data, tmp_path):
    with pytest.raises(MatchError, match="no such folder"):
        train([data], str(tmp_path / "none" / "there"), tmp_path / "out", QUICK)


def test_spacy_from_blank(data, tmp_path):
    done = train([data], "spacy:blank", tmp_path / "out", Schedule(epochs=8, patience=8))
    assert done.ner == f"scispacy:{tmp_path / 'out'}"
    assert done.report.total.f1 > 0.5


def test_trained_model_screens_with_the_network_shut(trained, tmp_path, monkeypatch, capsys):
    import socket

    from matcher.cli import main

    def refuse(*_args, **_more):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    done, _ = trained
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "p1.txt").write_text("Patient has diabetes and takes metformin daily.")
    (tmp_path / "protocol.txt").write_text("Inclusion Criteria:\n- Diabetes mellitus\n")
    arguments = ["screen", str(notes), str(tmp_path / "protocol.txt"), "--ner", done.ner, "--jobs", "1"]
    monkeypatch.setattr("sys.argv", ["match", *arguments, "--format", "jsonl"])
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    assert code in (0, None)
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert "met" in str(row)
