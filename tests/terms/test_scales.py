"""Scores, grades and stages stand in their order."""

import pytest

from matcher.terms import scales


@pytest.mark.parametrize(
    ("scale", "text", "low", "high"),
    [
        ("ajcc", "IIIB", 3.25, 3.49),
        ("ajcc", "stage III", 3, 3.99),
        ("ajcc", "stage IV", 4, 4.99),
        ("ajcc", "Stage IA2", 1.1, 1.1),
        ("ajcc", "II-IV", 2, 4.99),
        ("nyha", "class II", 2, 2),
        ("nyha", "II-III", 2, 3),
        ("nyha", "3", 3, 3),
        ("child-pugh", "B", 7, 9),
        ("child-pugh", "6", 6, 6),
        ("child-pugh", "A5", 5, 5),
        ("child-pugh", "B (8)", 8, 8),
        ("gleason", "3+4=7", 7, 7),
        ("gleason", "4+4", 8, 8),
        ("ecog", "one", 1, 1),
        ("ecog", "ECOG PS 2", 2, 2),
        ("kps", "60%", 60, 60),
        ("moca", "22/30", 22, 22),
        ("ckd-stage", "3b", 3.5, 3.99),
        ("ckd-stage", "stage 3", 3, 3.99),
        ("metavir", "F3", 3, 3),
        ("her2-ihc", "2+", 2, 2),
        (None, "IIB", 2.25, 2.49),
    ],
)
def test_a_written_step_has_its_place(scale, text, low, high):
    assert scales.rank(f"SCALE:{scale}" if scale else None, text) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize("text", ["", "unknown", "T2N0M0", "left"])
def test_what_is_no_step_is_an_error(text):
    with pytest.raises(ValueError, match="no step"):
        scales.rank("SCALE:ajcc", text)


def test_sub_stages_lie_inside_their_stage_in_order():
    places = [scales.rank("SCALE:ajcc", text) for text in ("I", "II", "III", "IV")]
    assert places == sorted(places)
    low, high = scales.rank("SCALE:ajcc", "III")
    for letter in "ABC":
        inner = scales.rank("SCALE:ajcc", f"III{letter}")
        assert low <= inner[0] <= inner[1] <= high


def test_the_table_is_sound():
    assert len(scales.table()) >= 90
    for scale in scales.table().values():
        assert scale.low < scale.high, scale.id
        assert scale.direction in ("higher_worse", "higher_better", "neutral"), scale.id
        assert all(scale.low <= low <= high for low, high in scale.forms.values()), scale.id


@pytest.mark.parametrize(("kps", "ecog"), [(100, 0), (90, 1), (70, 2), (60, 2), (50, 3), (20, 4), (0, 5)])
def test_karnofsky_corresponds_to_ecog(kps, ecog):
    assert scales.to_ecog(kps) == (ecog, ecog)
