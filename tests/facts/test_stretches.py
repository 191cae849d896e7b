from matcher.facts.stretches import Stretches


def test_each_of_two_gets_what_it_asks_for_once_worked_out():
    asked = []

    def small(stretch):
        asked.append(stretch)
        return [stretch] if stretch.islower() else []

    stretches = Stretches(small, lambda stretch: [stretch] if stretch.isupper() else [])
    for _ in range(2):
        assert stretches.of("a note of COPD 12") == ({"a", "note", "of"}, {"COPD"})
    assert sorted(asked) == ["12", "COPD", "a", "note", "of"]


def test_a_long_stretch_is_read_each_time():
    stretches = Stretches(lambda stretch: [stretch[:1]], lambda stretch: [])
    assert stretches.of("x" * 99) == ({"x"}, set())
    assert not stretches._telling
