"""Numbers of several parts: weeks and days, a minus, a dilution, the sum of two grades."""

from __future__ import annotations

from matcher.criteria.lexer import Token
from matcher.criteria.lexicon import Phrases
from matcher.criteria.steps import DASH
from matcher.numerals import NUMERALS

NUMBERS = NUMERALS | {"hundred": 100.0}

def number(token: Token) -> float | None:
    """The value of a number token, in digits or as a word."""
    if token.kind == "number":
        return float(token.low.replace(",", ""))
    return NUMBERS.get(token.low) if token.kind == "word" else None


class Compound:
    """The part of `Comparer` that reads numbers of several parts."""

    tokens: list[Token]
    limits: Phrases[str]

    def _low(self, at: int) -> str:
        return self.tokens[at].low if 0 <= at < len(self.tokens) else ""

    def _days(self, at: int, end: int) -> float | None:
        """The days of "28+0": one digit behind a plus, without a blank."""
        if at + 1 >= len(self.tokens) or self.tokens[at].start != end or self.tokens[at + 1].start != end + 1:
            return None
        days = number(self.tokens[at + 1]) if self.tokens[at + 1].kind == "number" else None
        return days if days is not None and days < 7 else None

    def _beyond(self, unit: str | None, end: int, at: int) -> tuple[str | None, int, int]:
        """ "3 seconds above the upper limit of normal", "above control": no value of the measure itself, so of no known
        unit."""
        if unit not in ("s", "sec", "secs", "second", "seconds") or self._low(at) not in ("above", "over", "beyond"):
            return unit, end, at
        limit = self.limits.match(self.tokens, at + 1 + (self._low(at + 1) == "the"))
        if limit is None:
            return unit, end, at
        said = {self._low(place) for place in range(at + 1, limit[0])}
        name = "control" if said & {"control", "controls"} else "the limit of normal"
        return f"{unit} above {name}", self.tokens[limit[0] - 1].end, limit[0]

    def _negative(self, at: int) -> float | None:
        """The number behind a minus that belongs to it: "-0.75"."""
        tokens = self.tokens
        if self._low(at) not in DASH or at + 1 >= len(tokens) or tokens[at].end != tokens[at + 1].start:
            return None
        apart = at == 0 or tokens[at - 1].end < tokens[at].start
        value = number(tokens[at + 1]) if apart else None
        return -value if value is not None else None

    def _titre(self, at: int, end: int) -> str | None:
        """ "1 | :80", written without a blank: a dilution."""
        near = at + 1 < len(self.tokens) and self.tokens[at].start == end and self.tokens[at + 1].start == end + 1
        whole = near and self._low(at) == ":" and self.tokens[at + 1].low.isdigit()
        return f"1:{self.tokens[at + 1].low}" if whole else None

    def _sevenths(self, at: int) -> bool:
        """Whether days of a week follow: "34 | 6/7 weeks"."""
        return [self._low(at + 1), self._low(at + 2)] == ["/", "7"] and self._low(at) in tuple("0123456")

    def _summed(self, at: int, value: float) -> tuple[float | str, int] | None:
        """ "3 | +4", "3 | +4 = 7": the two grades of Gleason's score, and where they end."""
        tokens = self.tokens
        if at + 1 >= len(tokens) or self._low(at) != "+" or tokens[at].end != tokens[at + 1].start:
            return None
        other = number(tokens[at + 1]) if tokens[at].start == tokens[at - 1].end else None
        if other is None or not (3 <= value <= 5 and 3 <= other <= 5):
            return None
        if self._low(at + 2) == "=" and at + 3 < len(tokens) and number(tokens[at + 3]) == value + other:
            return value + other, at + 4
        equal = {value, other} != {3.0, 4.0}
        return (value + other, at + 2) if equal else (f"{value:g}+{other:g}", at + 2)
