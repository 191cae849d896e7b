from matcher.train.documents import Document, Entity
from matcher.train.report import compare


def document(*spans):
    return Document("d", "x" * 100, tuple(Entity(s, e, label, "f:1") for s, e, label in spans), "f:1")


def test_figures_per_label():
    report = compare(
        [document((0, 5, "drug"), (10, 15, "drug"), (20, 25, "condition"))], [[(0, 5, "drug"), (11, 15, "drug")]]
    )
    assert (report.labels["drug"].precision, report.labels["drug"].recall) == (0.5, 0.5)
    assert report.labels["condition"].f1 == 0
    assert report.total.f1 == 2 / 5


def test_confusion_pairs_what_overlaps():
    report = compare([document((0, 5, "drug"), (10, 15, "drug"))], [[(0, 5, "condition"), (30, 35, "drug")]])
    assert report.confusion == {("-", "drug"): 1, ("drug", "-"): 1, ("drug", "condition"): 1}


def test_examples_name_offsets_and_never_text():
    report = compare([document((0, 5, "drug"))], [[]])
    assert report.examples == [{"document": "d", "annotated": {"start": 0, "end": 5, "label": "drug"}, "found": None}]
    assert "xxx" not in str(report.as_dict())


def test_nothing_found_and_nothing_annotated_is_no_division_by_zero():
    assert compare([document()], [[]]).total.f1 == 0
