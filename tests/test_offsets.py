"""Every place of an edited text is known in its source, and back."""

import re

from hypothesis import given
from hypothesis import strategies as st

from matcher.offsets import edited

texts = st.text(alphabet="ab \n\u00ad", max_size=40)


def spaced(text):
    edits = [(m.start(), m.end(), " " if m[0].strip("\u00ad") else "") for m in re.finditer(r"[\s\u00ad]+", text)]
    return edited(text, edits)


@given(texts)
def test_a_letter_stands_where_its_place_says(text):
    said, places = spaced(text)
    assert [text[places.start(at)] for at, sign in enumerate(said) if sign.isalpha()] == re.findall("[ab]", text)


@given(texts)
def test_a_span_of_the_edited_text_comes_back(text):
    said, places = spaced(text)
    words = [match.span() for match in re.finditer("[ab]+( [ab]+)*", said)]
    assert [places.back(*places.span(*span)) for span in words] == words


def test_a_span_that_ends_in_what_was_left_out_ends_before_what_follows():
    said, places = spaced("gout\n\u00ad  and")
    assert said[slice(*places.back(0, 6))] == "gout "
