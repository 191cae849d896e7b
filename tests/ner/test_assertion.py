"""Assertion of mentions: one marked-up line a clinical case (``tests/data/assertion.txt``)."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import resources
from matcher.model import Span
from matcher.ner import cues
from matcher.ner.assertion import Context, assess
from matcher.ner.sentences import split
from matcher.notes import sections

CASES = Path(__file__).parents[1] / "data" / "assertion.txt"
_MARK = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
_EXPECTED = re.compile(
    r"(?P<assertion>\w+)(?::(?P<person>\w+))?(?:/(?P<status>\w+))?(?:@(?P<kind>\w+))?"
    r"(?P<allergy>\+allergy)?(?P<negative>\+negative)?"
)


def read_cases() -> list[pytest.param]:
    cases, group = [], ""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            group = line[3:]
        elif line.strip() and not line.startswith("#"):
            cases.append(pytest.param(line.replace("\\n", "\n"), id=f"{group} | {line[:90]}"))
    return cases


def unmark(line: str) -> tuple[str, list[tuple[int, int, re.Match[str]]]]:
    """The plain text, and each mention's place with what is expected of it."""
    text, marks, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        expected = _EXPECTED.fullmatch(match[2])
        assert expected, match[2]
        marks.append((len(text), len(text) + len(match[1]), expected))
        text += match[1]
        at = match.end()
    return text + line[at:], marks


def contexts_of(text: str, places: list[tuple[int, int]], kinds: list[str | None]) -> dict[tuple[int, int], Context]:
    """As an extractor does it: sentence by sentence, with the section of each mention."""
    areas, found = sections.split(text), {}
    for sentence in split(text):
        for area in areas:
            inside = [
                n
                for n, (a, b) in enumerate(places)
                if sentence.start <= a and b <= sentence.end and area.start <= a < area.end
            ]
            some = [places[n] for n in inside]
            contexts = assess(text, sentence, some, area, [kinds[n] for n in inside])
            found.update(zip(some, contexts, strict=True))
    return found


@pytest.mark.parametrize("line", read_cases())
def test_marked_line(line):
    text, marks = unmark(line)
    found = contexts_of(text, [(a, b) for a, b, _ in marks], [e["kind"] for _, _, e in marks])
    for start, end, expected in marks:
        context = found[start, end]
        said = (context.assertion, context.experiencer)
        assert said == (expected["assertion"], expected["person"] or "patient"), (text[start:end], context)
        if expected["status"]:
            assert context.status == expected["status"], (text[start:end], context)
        assert context.allergy == bool(expected["allergy"]), (text[start:end], context)
        if expected["negative"]:
            assert context.result == "negative", (text[start:end], context)


def test_there_are_400_cases():
    assert len(read_cases()) >= 400


@pytest.mark.parametrize(
    ("text", "mention", "cue"),
    [
        ("There is no evidence of pneumonia.", "pneumonia", "no evidence of"),
        ("PE was ruled out.", "PE", "was ruled out"),
        ("Her mother had breast cancer.", "breast cancer", "mother"),
        ("Warfarin was stopped in May.", "Warfarin", "was stopped"),
        ("Blood transfusion: No", "Blood transfusion", ": No"),
    ],
)
def test_the_cue_is_kept_with_its_span(text, mention, cue):
    start = text.index(mention)
    (context,) = assess(text, Span(0, len(text)), [(start, start + len(mention))])
    assert text[context.cue.start : context.cue.end] == cue


def test_a_copied_list_is_marked_stale():
    text = "Med list (copied forward from 2022): warfarin 5 mg daily."
    at = text.index("warfarin")
    assert contexts_of(text, [(at, at + 8)], ["drug"])[at, at + 8].stale


def test_a_rule_with_an_unknown_key_is_refused_with_its_name():
    with pytest.raises(cues.RuleError, match=r"x\.toml, rule no: unknown key 'colour'; allowed are"):
        cues.parse_rules(
            {"rule": [{"name": "no", "category": "absent", "cues": ["no"], "colour": "red"}]}, "x.toml", {}
        )


def test_a_rule_of_an_unknown_category_is_refused():
    with pytest.raises(cues.RuleError, match="category is 'negated'; allowed are"):
        cues.parse_rules({"rule": [{"name": "no", "category": "negated", "cues": ["no"]}]}, "x.toml", {})


def test_a_cue_with_an_unknown_macro_is_refused():
    with pytest.raises(cues.RuleError, match=r"no macro \{foo\}; there are"):
        cues.parse_rules({"rule": [{"name": "no", "category": "absent", "cues": ["no {foo}"]}]}, "x.toml", {})


@pytest.mark.parametrize("file", cues.FILES)
def test_no_cue_says_again_what_others_of_its_rule_say(file):
    macros = resources.toml("assertion/rules/macros")["macros"]
    for rule in resources.toml(f"assertion/rules/{file}")["rule"]:
        every = [(cue, cues.expand(cue.lower(), macros)) for cue in rule["cues"]]
        count = Counter(words for _, spellings in every for words in spellings)
        assert not [cue for cue, spellings in every if all(count[words] > 1 for words in spellings)], rule["name"]


def test_every_rule_file_holds_to_the_schema():
    assert cues.rules() and cues.relations() and cues.links()


_CLINICAL = st.lists(
    st.sampled_from(
        "no denies fever , ; but or and mother had : ? ruled out was ( ) if history of - \n 12 İ naïve ’s . not on s/p "
        "possible / {be} # in her family patient has stopped to resolved".split(" ")
    ),
    max_size=60,
)


@given(_CLINICAL, st.integers(0, 59), st.integers(1, 4))
def test_any_words_are_assessed_without_error(words, at, length):
    text = " ".join(words)
    starts = [m.start() for m in re.finditer(r"\S+", text)]
    if not starts:
        return
    start = starts[at % len(starts)]
    end = min(len(text), start + length)
    (context,) = assess(text, Span(0, len(text)), [(start, end)])
    assert context.cue is None or 0 <= context.cue.start < context.cue.end <= len(text)


@pytest.mark.parametrize(
    "unit", ["no ", "fever, ", "no fever, ", "mother had ", "if ", "was ruled out ", "? ", ": no "]
)
def test_time_is_linear_in_a_hostile_sentence(unit, cpu):
    def seconds(n: int) -> float:
        text = unit * n
        places = [(i, i + 1) for i in range(0, len(text), len(unit) * 2)]
        return cpu(lambda: assess(text, Span(0, len(text)), places))

    seconds(50)
    assert seconds(4000) < max(40 * seconds(400), 1.0)


@pytest.mark.parametrize(
    "text", ["no evidence of any fever", "her mother and the patient deny a cough", "s/p 3 cabg", ""]
)
def test_cues_begin_only_where_one_goes_on(text):
    words = text.split()
    inside = [False] * len(words)
    found = [k for k in range(len(words)) if cues.longest(cues.rules(), words, k, inside)]
    assert set(found) <= set(cues.beginnings(cues.rules(), words, inside))
