"""`matcher.quick`: as `dataclasses` makes them, but sooner."""

from __future__ import annotations

import copy
import inspect
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from matcher.quick import quick


@quick
@dataclass(frozen=True, slots=True, order=True)
class Made:
    first: int
    second: str = "b"


@dataclass(frozen=True, slots=True, order=True)
class Usual:
    first: int
    second: str = "b"


def test_it_is_made_as_usual() -> None:
    assert repr(Made(1)) == repr(Usual(1)).replace("Usual", "Made")
    assert Made(1, "c") == Made(first=1, second="c") != Made(1)
    assert hash(Made(1)) == hash(Usual(1))
    assert sorted([Made(2), Made(1)]) == [Made(1), Made(2)]
    assert list(inspect.signature(Made).parameters) == ["first", "second"]


def test_it_stays_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Made(1).first = 2  # type: ignore[misc]


def test_it_can_be_changed_and_copied() -> None:
    assert replace(Made(1), second="c") == Made(1, "c")
    assert copy.copy(Made(1, "c")) == Made(1, "c")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(TypeError):
        Made()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Made(1, "b", 3)  # type: ignore[call-arg]


def test_what_needs_more_than_its_fields_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Lists:
        some: list[int] = field(default_factory=list)

    with pytest.raises(TypeError, match="Lists"):
        quick(Lists)
