"""Time in notes: one marked-up line a case (``tests/data/time.txt``)."""

import datetime as dt
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.facts import time
from matcher.facts.phrases import Phrases
from matcher.model import Interval, Span

CASES = Path(__file__).parents[1] / "data" / "time.txt"
LINES = [line for line in CASES.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
NOTE = Interval(dt.date(2023, 6, 15), dt.date(2023, 6, 15))


def _written(day: dt.date | None) -> str:
    return day.isoformat() if day else "-"


@pytest.mark.parametrize("line", LINES)
def test_marked_line(line):
    marked, expected = line.split(" => ")
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    (expr,) = time.find(text, 0, None, NOTE)
    assert text[expr.start : expr.end] == text[start:end]
    interval = expr.interval or Interval()
    said = [f"{expr.age[0]:g}-{expr.age[1]:g}"] if expr.age else [_written(interval.start), _written(interval.end)]
    assert [expr.kind, *said] == expected.split()


@pytest.mark.parametrize(
    "text",
    [
        "BP 120/80", "pain 6/10", "65-year-old", "2000 mg daily", "grade 2/6 murmur", "20/20 vision", "02/30/2020",
        "no fever", "may have", "1.5 packs per day", "march gait", "cycle 2 day 1", "MRN 2019456", "T2 lesion", "5 mg",
        "and weeks", "O2 2 L", "2010 mL of fluid", "",
    ],
)  # fmt: skip
def test_what_is_no_time(text):
    assert time.find(text, 0, None, NOTE) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Admitted 22/05/2023, biopsy 03/06/2023.", ["2023-05-22", "2023-06-03"]),
        ("Admitted 05/22/2023, biopsy 03/06/2023.", ["2023-05-22", "2023-03-06"]),
        ("Admitted 05/22/2023, discharged 23/05/2023, seen 03/06/2023.", ["2023-05-22", "2023-05-23", "2023-03-06"]),
        ("Stay 03.01.2023, seen 04/02/2023.", ["2023-01-03", "2023-02-04"]),
        ("Prednisone since 11/06/2023.", ["2023-06-11"]),
        ("Next visit 11/06/2023.", ["2023-11-06"]),
        ("Seen 04/02/2023.", ["2023-04-02"]),
        ("Well since 23/4, pain since 2/5.", ["2023-04-23", "2023-05-02"]),
    ],
)
def test_a_note_keeps_one_order_of_day_and_month(text, days):
    found = [expr.interval.start or expr.interval.end for expr in time.find(text, 0, None, NOTE) if expr.interval]
    assert [day.isoformat() for day in found] == days


def test_a_month_only_note_date_gives_an_interval():
    note = Interval(dt.date(2023, 6, 1), dt.date(2023, 6, 30))
    (expr,) = time.find("3 weeks ago", 0, None, note)
    assert expr.interval == Interval(dt.date(2023, 5, 11), dt.date(2023, 6, 9))


def test_without_a_note_date_a_relative_time_has_no_interval():
    (expr,) = time.find("3 weeks ago")
    assert (expr.kind, expr.interval, expr.days) == ("relative", None, (21, 21))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("since age 9", "1979-03-15", "1980-03-14"), ("in her twenties", "1990-03-15", "2000-03-14")],
)
def test_an_age_becomes_days_with_a_birth_date(text, start, end):
    birth = Interval(dt.date(1970, 3, 15), dt.date(1970, 3, 15))
    (expr,) = time.find(text, 0, None, NOTE)
    interval = time.age_interval(expr, birth)
    assert interval and [interval.start.isoformat(), interval.end.isoformat()] == [start, end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<NSTEMI> March 2019 with <DES> to LAD.", ["March 2019", "March 2019"]),
        ("<HTN>, <CABG> 2018, <DM>", [None, "2018", None]),
        ("<CABG> 2018, <DM> 2020", ["2018", "2020"]),
        ("<CABG> and <valve repair> in 2018", ["2018", "2018"]),
        ("In 2018, she had a <stroke>.", ["2018"]),
        ("2023-01-05: <ECOG> 2, <fatigue>.", ["2023-01-05", "2023-01-05"]),
        ("<warfarin> was stopped 3 months ago after <ablation>", ["3 months ago", "3 months ago"]),
        ("<Plt> 145 on 2023-03-01; <Plt> 88 today", ["2023-03-01", None]),
        ("<C. difficile colitis> (resolved 03/2020). ", ["03/2020"]),
        ("<ESRD> s/p <DDKT> 2018, on <tacrolimus>", [None, "2018", None]),
        ("POD #6 s/p <CABG> x3", ["POD #6"]),
        ("3 weeks ago had a <stroke>, no <seizure>", ["3 weeks ago", "3 weeks ago"]),
        ("<asthma> since age 9", [None]),
        ("no <fever>", [None]),
    ],
)
def test_attach(text, expected):
    plain, places = "", []
    for i, part in enumerate(text.replace(">", "<").split("<")):
        if i % 2:
            places.append((len(plain), len(plain) + len(part)))
        plain += part
    found = time.find(plain, 0, None, NOTE)
    said = [time.attach(plain, place, found, Span(0, len(plain)), places) for place in places]
    assert [plain[e.start : e.end].removeprefix("on ") if e else None for e in said] == expected


def test_the_words_hold_to_their_schema():
    words = tomllib.loads(resources.files("matcher.resources").joinpath("time", "words.toml").read_text("utf-8"))
    assert sorted(map(int, words["months"])) == list(range(1, 13))
    assert sorted(map(int, words["weekdays"])) == list(range(7))
    for table in ("ages", "days_ahead"):
        assert all(low <= high for low, high in words[table].values())
    assert all(far >= near >= 0 for far, near in words["days_ago"].values())


_TEXT = st.one_of(
    st.text(max_size=100),
    st.lists(
        st.sampled_from(
            "3 10 2019 9999 0 32 / - . , weeks years ago last past March in her twenties since until for x POD # on at "
            "age of ' ( ) a few 1/2 31/12/99 Feb day yesterday to and 's th".split(" ")
        )
    ).map(" ".join),
)


@given(_TEXT, st.dates())
def test_any_text_is_read_without_error(text, day):
    for expr in time.find(text, 0, None, Interval(day, day)):
        assert 0 <= expr.start < expr.end <= len(text)
        if expr.interval and expr.interval.start and expr.interval.end:
            assert expr.interval.start <= expr.interval.end


@given(_TEXT, st.dates())
def test_words_that_were_read_before_lead_to_the_same_times(text, day):
    note = Interval(day, day)
    assert time.find(text, 0, None, note, Phrases(text).times) == time.find(text, 0, None, note)


@pytest.mark.parametrize("unit", ["1 ", "for ", "a few ", "12/12/", "last ", "0", "2 to 3 ", "age of ", "in her "])
def test_time_is_linear(unit, cpu):
    def seconds(n: int) -> float:
        return cpu(lambda: time.find(unit * n, 0, None, NOTE))

    seconds(100)
    assert seconds(10000) < max(40 * seconds(1000), 0.5)
