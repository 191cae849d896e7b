"""Agreement figures."""

from matcher.evaluate import metrics
from matcher.evaluate.metrics import Judged


def pairs(*rows):
    return [Judged(str(n), f"p{n % 3}", "inclusion", "c", gold, said, 0.9) for n, (gold, said) in enumerate(rows)]


SOME = pairs(("met", "met"), ("met", "unknown"), ("not_met", "not_met"), ("unknown", "unknown"))


def test_accuracy_and_macro_f1():
    assert metrics.accuracy(SOME) == 0.75
    assert abs(metrics.macro_f1(SOME) - (2 / 3 + 1 + 2 / 3) / 3) < 1e-9


def test_kappa_is_one_for_full_agreement_and_zero_for_chance():
    assert metrics.kappa(pairs(("met", "met"), ("not_met", "not_met"))) == 1
    assert metrics.kappa(pairs(("met", "met"), ("not_met", "met"))) == 0


def test_interval_is_the_same_every_time():
    assert metrics.interval(SOME, metrics.accuracy) == metrics.interval(SOME, metrics.accuracy)


def test_six_labels():
    assert metrics.label("not_met", "documented", "exclusion", True) == "not excluded"
    assert metrics.label("not_met", "not_applicable", "exclusion", True) == "not applicable"
    assert metrics.label("unknown", "none", "inclusion", True) == "not enough information"


def test_drift_lists_every_changed_pair():
    old, new = metrics.summary(SOME), metrics.summary(pairs(("met", "met"), ("met", "met"), ("not_met", "met")))
    drift = metrics.drift(old, new)
    assert [(r["id"], r["change"]) for r in drift["changed"]] == [("1", "mended"), ("2", "broken")]
    assert (drift["shared"], drift["only_old"]) == (3, 1)


def test_reliability_sorts_by_confidence():
    rows = metrics.reliability(SOME)
    assert rows[0][2] == 4 and abs(rows[0][4] - 0.75) < 1e-9
