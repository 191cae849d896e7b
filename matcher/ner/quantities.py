"""Numbers with their units, as written in notes and protocols.

`scan` yields every number token with its shape (plain, range, censored, fraction, sum); `find` turns them into
`Quantity` objects. Dates, clock times, telephone numbers and identifiers are no quantities.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from matcher.dates import month_words
from matcher.model import Quantity
from matcher.numerals import NUMERALS

_MONTHS = month_words()
_WORD = "|".join(sorted(NUMERALS, key=len, reverse=True))
_NUM = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d{1,6})?|\d{1,3},\d(?=\s?%)|\d{1,9}(?:\.\d{1,6})?|\.\d{1,6}"
"""A comma parts thousands, and the tenths of a percentage ("8,1 %")."""

_DILUTIONS = (
    r"4|5|8|10|16|20|32|40|50|64|80|100|128|160|200|256|320|400|512|640|800|1,?000|1,?024|1,?280|1,?600|2,?048|2,?560"
    r"|4,?096|5,?120|10,?240|20,?480"
)
"""Titres: "1:640" is the clock's time nowhere, and "1:40" seldom."""

_NO_ARROW = r"(?<![\w%)][-–—])(?<![\w%)]\s[-–—])(?<!--)"
"""Of ``>``: "12 -> 9" says what came of 12, and no limit."""

# One pass: what looks like a number but is none is consumed first, so that its parts are not read as values.
_TOKEN = re.compile(
    rf"""
    (?P<titre>(?<![\w.:/])1:(?P<dilution>{_DILUTIONS})(?![\d:]|\s?[ap]\.?m\b))
  | (?P<skip>
        (?<![\w.])(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12]\d|3[01]))?(?![\w/])(?:T[\d:.]{{4,12}}Z?)?
      | (?<![\w.])(?:0?[1-9]|[12]\d|3[01])(?P<sep>[-/.])(?:0?[1-9]|[12]\d|3[01])(?P=sep)(?:19|20)?\d\d(?![\w/])
      | (?<![\w.])(?:0?[1-9]|1[0-2])/(?:19|20)\d\d(?![\w/])
      | (?<![\w.])[012]?\d:[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?(?![\d%])
      | (?<![\w.])\(?\d{{3}}\)?[-. ]\d{{3}}[-.]\d{{4}}(?!\d)
      | (?<![\w.])\d{{3}}-\d\d-\d{{4}}(?!\d)
      | (?i:(?<![\w])(?:{_MONTHS})\.?\s{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s{{1,2}}(?:19|20)\d\d)?(?![\w/%]|\.\d))
      | (?i:(?<![\w])(?:{_MONTHS})\.?,?\s{{1,2}}(?:19|20)\d\d(?!\w))
      | (?i:(?<![\w.])\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?(?:{_MONTHS})\b\.?(?:,?\s{{1,2}}(?:19|20)\d\d(?!\w))?)
      | (?<![\w.,])\d{{10,}}
      | (?<=\#)\d+
    )
    | (?P<cmp>(?:<|{_NO_ARROW}>|≤|≥|&lt;|{_NO_ARROW}&gt;)\s?=?\s{{0,2}}
        | (?i:\b(?:less|greater|more|fewer|lower|higher)\sthan\s(?:or\sequal\sto\s)?))?
      (?P<sign>(?<![\w.)])[-−+](?=[\d.]))?
      (?P<num>(?<![A-Za-z0-9.])(?:{_NUM}))(?!\d)
    | (?i:(?<![\w-])(?P<word>{_WORD})(?:[-\s](?P<word2>one|two|three|four|five|six|seven|eight|nine))?(?![\w]))
    """,
    re.VERBOSE,
)
_CANDIDATE = re.compile(r"[A-Za-z]+|\d|[<>≤≥]|&[lg]t;")
"""Where a token may begin: at a digit or a sign, or at a word whose first letters are in `_FIRST`."""
_FIRST = frozenset(
    word[:3]
    for word in (*NUMERALS, "less", "greater", "more", "fewer", "lower", "higher")
) | {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}  # fmt: skip
_LARGE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5}
_SCALE = re.compile(r"\s?(?P<k>[Kk]|thousand|million|lakhs?|lac|[Mm])(?![\w/]|\s{0,2}[:=]?\s{0,2}[\d<>])")
_RANGE = re.compile(rf"(?:\s?[-–—]\s?|\s?%\s?[-–—]\s?|\s(?:to|through)\s)(?P<num>(?:{_NUM}))(?![\d/]|-\d)")
_FRACTION = re.compile(r"\s?/\s?(?P<num>\d{1,4}(?:\.\d{1,2})?)(?![\d/]|\.\d)")
_OVER = re.compile(
    r"\sover\s(?P<num>\d{2,3})(?![\d%/]|\.\d|\s?(?:-|to|hours?|days?|weeks?|months?|years?|min))", re.IGNORECASE
)
_BETWEEN = re.compile(r"/|\sover\s", re.IGNORECASE)
_SUM = re.compile(r"\s?\+\s?(?P<b>\d)(?:\s?=\s?(?P<sum>\d{1,2}))?(?!\d)")
_POWER = re.compile(r"\s?(?:[x×*]\s?10(?:\^|\*\*|e|E|\s)?|e\+?)\s?(?P<exp>[-−]?\d{1,2}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})")
_TENS = re.compile(r"s(?![\w'’])(?:\s?(?:-|–|to)\s?(?:the\s)?(?P<to>\d{2,3})s(?!\w))?")
_TENS_BEFORE = re.compile(
    r"(?:\b(?:the|in|(?P<part>low|lower|mid|middle|high|higher|upper))[\s-]{1,2}(?:to[\s-](?:mid|high|upper)[\s-])?|[/:]\s?"
    r"|\b(?-i:[A-Z]{2,4}s?)\s)$",
    re.I,
)
_TENS_OVER = re.compile(
    r"s\s?(?:/|over)\s?(?:the\s)?(?:low\s|mid\s|high\s|upper\s)?(?P<over>\d{2,3})s(?!\w)", re.IGNORECASE
)
_IN_THE = re.compile(r"\bin\sthe\s$", re.IGNORECASE)
_PARTS = {"low": (0.0, 0.4), "mid": (0.3, 0.7), "hig": (0.6, 1.0), "upp": (0.6, 1.0)}
_SIDE = re.compile(rf"(?<=\d)[xX×](?P<cmp>(?!))?(?P<sign>(?!))?(?P<num>{_NUM})(?!\d)")
_LEVEL = re.compile(r"(?<![A-Za-z0-9])[CTL]\d{1,2}[-–/]$")
_SNELLEN = frozenset({10, 12, 13, 15, 16, 20, 25, 30, 32, 40, 50, 60, 63, 70, 80, 100, 125, 150, 160, 200, 250, 300,
                      320, 400, 500, 600, 640, 800})  # fmt: skip
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class Number:
    """One number token. ``kind``: plain, range, fraction (``low``/``high`` as a over b), sum (3+4=7), titre (1:80)."""

    start: int
    end: int
    kind: str
    low: float
    high: float
    unit: str | None = None
    cmp: str = ""
    """``<``, ``<=``, ``>``, ``>=`` or empty."""
    word: bool = False
    total: float | None = None
    number_end: int = 0
    """End of the number without its unit."""
    joined: bool = False
    """A hyphen ties it to the word before, as in "PHQ-9" or "IL-6": a value only where the name ends there."""

    def quantity(self) -> Quantity:
        """The interval of the true value."""
        low: float | None = self.low
        high: float | None = self.high
        if self.kind == "fraction":
            high = low
        elif self.kind == "sum":
            low = high = self.total
        if self.cmp in ("<", "<="):
            return Quantity(None, high, self.unit, high_open=self.cmp == "<", start=self.start, end=self.end)
        if self.cmp in (">", ">="):
            return Quantity(low, None, self.unit, low_open=self.cmp == ">", start=self.start, end=self.end)
        return Quantity(low, high, self.unit, start=self.start, end=self.end)


@cache
def _unit_pattern() -> re.Pattern[str]:
    from matcher.terms.units import UNIT_PATTERN as pattern

    # The space inside and the multiplication sign of "x 10^9/L" belong to the unit.
    return re.compile(rf"[\s-]{{0,2}}(?:[x×*]\s?)?(?P<quantity_unit>{pattern})(?![A-Za-z0-9µμ])", re.IGNORECASE)


def _value(text: str) -> float:
    whole, comma, tenths = text.rpartition(",")
    return float(f"{whole}.{tenths}") if comma and len(tenths) == 1 else float(text.replace(",", ""))


_NO_UNIT = frozenset(".,;:)]")
"""Signs with which no unit begins."""


def _unit(text: str, at: int, end: int) -> tuple[str | None, int]:
    if at >= end or text[at] in _NO_UNIT:
        return None, at
    match = _unit_pattern().match(text, at, end)
    if match is None:
        return None, at
    return match.group("quantity_unit"), match.end()


def unit_at(text: str, at: int, end: int | None = None) -> tuple[str | None, int]:
    """The unit that stands at ``at`` and where it ends; (None, at) where none does."""
    return _unit(text, at, len(text) if end is None else end)


def _compare(cmp: str | None) -> str:
    if not cmp:
        return ""
    word = cmp.strip().lower()
    if word.startswith(("<", "≤", "&lt;", "less", "fewer", "lower")):
        return "<=" if "=" in word or "≤" in word or "equal" in word else "<"
    return ">=" if "=" in word or "≥" in word or "equal" in word else ">"


@cache
def _compound() -> re.Pattern[str]:
    from matcher.terms.units import COMPOUND_PATTERN

    return re.compile(rf"(?<![\w.])(?:{COMPOUND_PATTERN})(?![\w])", re.IGNORECASE)


_COMPOUND_HINT = re.compile(r"\d{1,2}\s?(?:['’′]|f(?:t|eet|oot)|st(?:\b|one)|lbs?\b|pounds?\b)", re.IGNORECASE)


def _pair(text: str, at: int, stop: int) -> Number | None:
    """Feet with inches, stones with pounds, pounds with ounces: one number in the smaller unit."""
    if _COMPOUND_HINT.match(text, at, stop) is None:
        return None
    from matcher.terms.units import read_compound

    match = _compound().match(text, at, stop)
    read = read_compound(match.group()) if match else None
    if match is None or read is None:
        return None
    unit = {"[in_i]": "inches", "[lb_av]": "pounds", "[oz_av]": "ounces"}[read[1]]
    return Number(match.start(), match.end(), "compound", read[0], read[0], unit, number_end=match.end())


def at(text: str, start: int, end: int | None = None) -> Number | None:
    """The number that begins at ``start``, whatever stands before it ("HR52")."""
    part = text[start : min(len(text) if end is None else end, start + 60)]
    for number in scan(part)[:1]:
        if number.start == 0 and not number.word:
            return replace(
                number, start=start, end=start + number.end, number_end=start + number.number_end, joined=False
            )
    return None


def may_begin(word: str) -> bool:
    """Whether a number (or a date, which is none) may begin with this word, in small letters."""
    return word[0] in "0123456789<>≤≥&" or word[:3] in _FIRST


def scan(text: str, start: int = 0, end: int | None = None, places: Iterable[int] | None = None) -> list[Number]:
    """All number tokens of ``text[start:end]`` in order; linear in the length of the text.

    ``places``: where a number may begin (`may_begin`), if the caller has read the words already.
    """
    stop = len(text) if end is None else end
    found: list[Number] = []
    at = start
    if places is None:
        places = (m.start() for m in _CANDIDATE.finditer(text, start, stop) if may_begin(m.group().lower()))
    for place in places:
        begin = place
        if begin < at:
            continue
        first = text[begin]
        if first.isalpha():
            pass
        elif begin > at and text[begin - 1] in ".-−+":
            begin -= 1
            if begin > at and text[begin] == "." and text[begin - 1] in "-−+":
                begin -= 1
        elif first.isdigit() and (pair := _pair(text, begin, stop)) is not None:
            found.append(pair)
            at = pair.end
            continue
        if text[place - 1 : place] in ("-", "–", "/") and _LEVEL.search(text, max(0, place - 5), place):
            continue  # "L4-5", "C5/6": the next vertebra
        match = _TOKEN.match(text, begin, stop) or _TOKEN.match(text, place, stop)
        if match is None:
            continue
        at = match.end()
        if match["skip"] is not None:
            continue
        if match["titre"] is not None:
            dilution = _value(match["dilution"])
            found.append(Number(match.start(), at, "titre", dilution, dilution, number_end=at))
            continue
        if match["word"] is not None:
            number = NUMERALS[match["word"].lower()]
            tens = match["word2"]
            if tens and number >= 20:
                number += NUMERALS[tens.lower()]
                number_end = match.end()
            else:
                number_end = match.end("word")
                at = number_end
            unit, unit_end = _unit(text, number_end, stop)
            found.append(Number(match.start(), unit_end, "plain", number, number, unit, "", True, None, number_end))
            at = max(at, unit_end)
            continue
        token = _read(text, match, stop)
        found.append(token)
        at = max(token.end, match.end())
        while side := _SIDE.match(text, at, stop):  # "15x17x20mm" is one word
            token = replace(_read(text, side, stop), start=side.start("num"), joined=False)
            found.append(token)
            at = max(token.end, side.end())
    return found


def _read(text: str, match: re.Match[str], stop: int) -> Number:
    low = high = _value(match["num"])
    # A minus sign: "-2.1" (T-score), not the dash of a list or of "CD4-350".
    if match["sign"] in ("-", "−"):
        low = high = -low
    kind, total = "plain", None
    start, end = match.start(), match.end()
    if match["cmp"] is None and match["sign"]:
        start = match.start("sign")
    cmp = _compare(match["cmp"])
    if more := _RANGE.match(text, end, stop):
        upper = _value(more["num"])
        # "4-6" and "1,500-2,000" are ranges; "12-3" is not.
        if upper > low and not cmp:
            kind, high, end = "range", upper, more.end()
    elif more := _FRACTION.match(text, end, stop) or _pressure_over(text, low, end, stop):
        kind, high, end = "fraction", float(more["num"]), more.end()
    elif more := _SUM.match(text, end, stop):
        total = float(more["sum"]) if more["sum"] else low + float(more["b"])
        if low <= 5 and low == int(low) and total == low + float(more["b"]):
            kind, high, end = "sum", float(more["b"]), more.end()
        else:
            total = None
    if kind == "plain" and text[end : end + 1] == "s" and (tens := _tens(text, match.start(), low, end, stop)):
        return tens
    number_end = end
    unit, unit_end = _unit(text, end, stop)
    if unit is None and kind in ("plain", "range"):
        if power := _POWER.match(text, end, stop):
            exponent = int(power["exp"].replace("−", "-").translate(_SUPERSCRIPT))
            factor = 10.0**exponent
            low, high, end = low * factor, high * factor, power.end()
            number_end = end
            unit, unit_end = _unit(text, end, stop)
        elif scale := _SCALE.match(text, end, stop):
            factor = 1e3 if scale["k"] in "Kk" else _LARGE.get(scale["k"].lower(), 1e6)
            # "5 M" is molar or male more often than million.
            if factor < 1e6 or scale["k"] == "million" or (scale["k"] == "M" and scale.start("k") == end):
                low, high, end = low * factor, high * factor, scale.end()
                number_end = end
                unit, unit_end = _unit(text, end, stop)
    elif unit is not None and unit.partition(" ")[0].lower() in _LARGE and " " in unit:
        word, _, unit = unit.partition(" ")  # "2.1 million copies/mL"
        low, high = low * _LARGE[word.lower()], high * _LARGE[word.lower()]
    end = unit_end if unit is not None else end
    joined = start >= 2 and text[start - 1] in "-–" and text[start - 2].isalpha() and match["cmp"] is None
    return Number(start, end, kind, low, high, unit, cmp, False, total, number_end, joined)


def _pressure_over(text: str, low: float, end: int, stop: int) -> re.Match[str] | None:
    """The diastolic part of "165 over 90"."""
    match = _OVER.match(text, end, stop) if 50 <= low <= 300 else None
    return match if match is not None and low > float(match["num"]) >= 20 else None


def _tens(text: str, start: int, low: float, end: int, stop: int) -> Number | None:
    """ "in the 140s", "SBP 170s", "in the 8s", "150s over 90s": the interval, or the middle of a pressure's two."""
    if low < 20 and _IN_THE.search(text, max(0, start - 8), start) and _TENS.match(text, end, stop):
        return Number(start, end + 1, "range", low, low + 0.99, number_end=end + 1)
    if low % 10 or not 20 <= low < 1000:
        return None
    if over := _TENS_OVER.match(text, end, stop):
        return Number(start, over.end(), "fraction", low + 5, float(over["over"]) + 5, number_end=over.end())
    before = _TENS_BEFORE.search(text, max(0, start - 16), start)
    more = _TENS.match(text, end, stop)
    if more is None or (before is None and more["to"] is None):
        return None
    if more["to"] and float(more["to"]) > low:
        return Number(start, more.end(), "range", low, float(more["to"]) + 9, number_end=more.end())
    width = 99.0 if low % 100 == 0 and low > 100 else 9.0
    first, last = _PARTS.get((before["part"] or "").lower()[:3], (0.0, 1.0)) if before else (0.0, 1.0)
    return Number(start, end + 1, "range", low + int(width * first), low + int(width * last), number_end=end + 1)


def between(text: str, number: Number) -> tuple[int, int]:
    """Where what stands between the two numbers of a fraction begins and ends ("/", " over ")."""
    match = _BETWEEN.search(text, number.start, number.end)
    return match.span() if match is not None else (number.start + 1, number.start + 1)


def halves(text: str, number: Number) -> tuple[Number, Number]:
    """The two numbers of a fraction ("AST/ALT 45/50"), each with its own place; a unit is that of both."""
    start, end = between(text, number)
    return (
        replace(number, kind="plain", high=number.low, end=start, number_end=start),
        replace(number, kind="plain", low=number.high, start=end),
    )


def pressures(text: str, number: Number) -> tuple[Quantity, Quantity]:
    """The systolic and the diastolic pressure of "120/80", in mmHg where nothing else is said."""
    first, second = halves(text, number)
    unit = number.unit or "mmHg"
    return (
        Quantity(number.low, number.low, unit, start=first.start, end=first.end),
        Quantity(number.high, number.high, unit, start=second.start, end=second.end),
    )


def is_acuity(number: Number) -> bool:
    """A Snellen fraction: 20/40, 6/12."""
    return (
        number.kind == "fraction"
        and number.unit is None
        and (
            (number.low == 20 and number.high in _SNELLEN)
            or (number.low == 6 and number.high in {5, 6, 7.5, 9, 12, 15, 18, 24, 36, 60})
        )
    )


def acuity(number: Number) -> float:
    """Decimal acuity of a Snellen fraction."""
    return round(number.low / number.high, 4)


def is_pressure(number: Number) -> bool:
    """A blood pressure: systolic over diastolic within what a person can have."""
    return (
        number.kind == "fraction" and 50 <= number.low <= 300 and 20 <= number.high <= 200 and number.low > number.high
    )


def find(text: str, start: int = 0, end: int | None = None) -> list[Quantity]:
    """Quantities of ``text[start:end]``, in order, with their offsets.

    A blood pressure gives two (systolic, diastolic); a visual acuity is its decimal value with the unit ``Snellen``;
    ``22/30`` is 22 with the unit ``/30``; a number word counts where a unit follows or a score's name precedes.
    """
    found: list[Quantity] = []
    for number in scan(text, start, end):
        if number.word and number.unit is None and not _NAMED.search(text, max(start, number.start - 24), number.start):
            continue
        if number.joined:
            continue
        if number.kind == "fraction":
            found += _fraction(text, number)
        else:
            found.append(number.quantity())
    return found


_NAMED = re.compile(
    r"(?:\b[A-Z][A-Z0-9-]{2,}|score|scale|grade|class|stage|status|level)(?:\s(?:of|is|was))?[\s:=]{1,3}$"
)


def _fraction(text: str, number: Number) -> list[Quantity]:
    if is_acuity(number):
        value = acuity(number)
        return [Quantity(value, value, "Snellen", start=number.start, end=number.end)]
    if is_pressure(number):
        return list(pressures(text, number))
    if number.unit is None and number.high > 0:
        return [Quantity(number.low, number.low, f"/{number.high:g}", start=number.start, end=number.end)]
    return [number.quantity()]
