"""Progress tells rate and time left."""

import pytest

from matcher.cli.progress import duration, line
from matcher.run.tally import Tally


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((100, 0, 0, 150, 1000), "100 of 1000 patients, 150 notes, 10 patients/s, 2 min left"),
        ((90, 10, 0, 90, 110), "100 of 110 patients, 90 notes, 10 patients/s, 1 s left"),
        ((600, 0, 500, 600, 700), "600 of 700 patients, 600 notes, 10 patients/s, 10 s left"),
        ((5, 0, 5, 5, 9), "5 of 9 patients, 5 notes, 0 patients/s"),
        ((50, 0, 0, 50, 0), "50 patients, 50 notes, 5 patients/s"),
    ],
)
def test_line(counts, said):
    patients, failed, resumed, notes, expected = counts
    run = Tally(expected, patients, failed, resumed, notes)
    assert line(run, 10) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min"), (3599, "1 h 0 min"), (12_000, "3 h 20 min")]
)
def test_duration(seconds, said):
    assert duration(seconds) == said
