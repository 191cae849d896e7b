"""The bundled model's training: the CRF against every path counted out, and NumPy against torch."""

import itertools
from collections import Counter

import numpy as np
import pytest
from safetensors.numpy import save_file

pytest.importorskip("torch")

import torch

from matcher.ner.decode import FLOOR, likely
from matcher.ner.tagger import TERM_CLASSES, Item, Tagger
from matcher.ner.tokens import segments
from matcher.train import corpora, tagger
from matcher.train.corpora import Row

TEXT = "Severe asthma treated with inhaled budesonide for 3 months.\nNo prior PCI; HbA1c ≥ 8.5 %"


def rows():
    out = [
        Row("d", TEXT, tokens, {"chia": [(0, 2, "condition")], "note": [(1, 2, "drug")]}) for tokens in segments(TEXT)
    ]
    for i, row in enumerate(out):
        row.terms = [(i + j) % TERM_CLASSES for j in range(len(row.tokens))]
    return out


def options(**changed):
    heads = {"chia": ("condition", "drug"), "note": ("drug",)}
    return tagger.Options(heads, rows=64, width=8, hidden=6, term_classes=TERM_CLASSES, epochs=1, batch=2, **changed)


def paths(crf, length):
    begin, pair, end = tagger.allowed(crf.tags)
    for path in itertools.product(range(len(crf.tags)), repeat=length):
        if begin[path[0]] and end[path[-1]] and all(pair[a, b] for a, b in itertools.pairwise(path)):
            yield path


@pytest.fixture(scope="module")
def crf():
    torch.manual_seed(0)
    made = tagger.Crf(["x", "y"], 4)
    torch.nn.init.normal_(made.steps)
    return made


def score(crf, e, path):
    return float(sum(e[t, k] for t, k in enumerate(path)) + sum(crf.steps[a, b] for a, b in itertools.pairwise(path)))


def test_total_is_the_sum_over_all_paths_and_knows_its_slope(crf):
    e = torch.randn(2, 4, len(crf.tags), requires_grad=True)
    crf.zero_grad()
    total = crf.total(e, torch.tensor([4, 3]))
    total.backward()
    own = torch.zeros(len(crf.tags), len(crf.tags), requires_grad=True)
    f, steps = e.detach().clone().requires_grad_(), crf.steps.detach()
    counted = torch.zeros(())
    for b, n in ((0, 4), (1, 3)):
        each = [
            sum(f[b, t, k] for t, k in enumerate(p)) + sum((steps + own)[a, c] for a, c in itertools.pairwise(p))
            for p in paths(crf, n)
        ]
        counted = counted + torch.logsumexp(torch.stack(each), 0)
    counted.backward()
    assert total.item() == pytest.approx(counted.item(), abs=1e-4)
    assert torch.allclose(e.grad, f.grad, atol=1e-5)
    assert torch.allclose(crf.steps.grad, own.grad, atol=1e-5)


def test_probabilities_of_spans_are_those_of_the_paths_that_hold_them(crf):
    e, lengths = torch.randn(2, 4, len(crf.tags)), (4, 3)
    found = likely(e.numpy(), np.array(lengths), crf.chain())
    for b, n in enumerate(lengths):
        with torch.no_grad():
            each = [(p, score(crf, e[b], p)) for p in paths(crf, n)]
        total = np.logaddexp.reduce([s for _, s in each])
        counted = Counter()
        for path, s in each:
            begin = 0
            for t, k in enumerate(path):
                tag = crf.tags[k]
                begin = t if tag[0] in "BU" else begin
                if tag[0] in "LU":
                    counted[begin, t + 1, tag[2:]] += np.exp(s - total)
        assert {s[:3]: s[3] for s in found[b]} == pytest.approx({s: p for s, p in counted.items() if p > FLOOR})


def test_what_is_not_annotated_costs_nothing(crf):
    gold = torch.tensor([[0, 1 + 3, 0]])  # O, U-x, O; only x is annotated
    free = tagger.limits(gold, crf.tags, ("x",))
    open_tags = [i for i, t in enumerate(crf.tags) if t == "O" or t.endswith("-y")]
    assert (free[0, 0] == 0).nonzero().flatten().tolist() == open_tags
    assert (free[0, 1] == 0).nonzero().flatten().tolist() == [4]


@pytest.mark.parametrize("vectors", [None, np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)])
def test_numpy_gives_what_torch_gives(tmp_path, vectors):
    torch.manual_seed(3)
    model = tagger.Model(options(), vectors).eval()
    for p in model.parameters():
        p.data += torch.randn_like(p)
    words = ["", "asthma", "no"]
    kept = tagger.part(model, {"chia": "chia", "note": "note"})
    shared = {} if vectors is None else tagger.table(words, vectors)
    save_file(tagger.export([kept], shared, "x"), tmp_path / "w.safetensors")
    loaded = Tagger.load(tmp_path / "w.safetensors")
    items = [Item(r.text, r.tokens, r.terms) for r in rows()]
    vocabulary = {w: i for i, w in enumerate(words)}
    for head, found in zip(("chia", "note"), loaded.spans(items, ["chia", "note"]), strict=True):
        assert found == tagger.predict(model, rows(), head, vocabulary)


def test_members_are_averaged(tmp_path):
    torch.manual_seed(4)
    model = tagger.Model(options()).eval()
    kept = tagger.part(model, {"chia": "chia"})
    save_file(tagger.export([kept], {}, "x"), tmp_path / "1.safetensors")
    save_file(tagger.export([kept, kept], {}, "x"), tmp_path / "2.safetensors")
    items = [Item(r.text, r.tokens, r.terms) for r in rows()]
    one, two = (Tagger.load(tmp_path / f"{n}.safetensors").spans(items, ["chia"]) for n in (1, 2))
    assert one == two


def test_training_is_the_same_for_the_same_seed():
    states = []
    for _ in range(2):
        model = tagger.fit({"a": rows()}, options(seed=5), say=lambda line: None)
        states.append({n: p.clone() for n, p in model.state_dict().items()})
    assert all(torch.equal(states[0][n], states[1][n]) for n in states[0])


def test_training_learns():
    quick = options(dropout=0.0, rate=0.05, average=0.5)
    quick.epochs = 40
    out = tagger.fit({"a": rows() * 8}, quick, say=lambda line: None)
    assert tagger.predict(out, rows(), "chia", {}) == [r.tags["chia"] for r in rows()]


@pytest.mark.parametrize(
    "spans, outer, inner",
    [
        ([(0, 4, "a"), (1, 2, "b")], [(0, 4, "a")], [(1, 2, "b")]),
        ([(0, 2, "a"), (2, 4, "b")], [(0, 2, "a"), (2, 4, "b")], []),
        ([(0, 2, "a"), (1, 4, "b")], [(1, 4, "b")], [(0, 2, "a")]),
        ([(0, 2, "a"), (0, 2, "a")], [(0, 2, "a")], []),
    ],
)
def test_overlapping_spans_become_two_layers(spans, outer, inner):
    assert corpora.layers(spans) == (outer, inner)


def test_spans_move_to_the_tokens_that_they_touch():
    (tokens,) = segments("asthmatics only")
    assert corpora.to_tokens([(0, 6, "c"), (11, 15, "d"), (40, 50, "e")], tokens) == [(0, 1, "c"), (1, 2, "d")]
