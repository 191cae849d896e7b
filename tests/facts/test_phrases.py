from hypothesis import given
from hypothesis import strategies as st

from matcher.facts import phrases


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_cut_as_any_other(text):
    words, starts, ends = phrases.tokens(text, [(0, len(text))])
    other = phrases.tokens(text + " é", [(0, len(text) + 2)])
    assert (words[:-1], starts[:-1], ends[:-1]) == (other[0][:-2], other[1][:-2], other[2][:-2])
    assert phrases.whole_words(text.lower()) == phrases.whole_words(text.lower() + " é")[:-1]
