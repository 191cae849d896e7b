"""Comparisons of numbers, in signs and in words: "≥ 18 years", "between 7.0% and 10.0%", "no more than 2.5 x ULN".

Read at token level, so that spacing and hyphens do not matter. Linear: each reading looks a bounded way ahead.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache

from matcher.criteria.compound import NUMBERS, Compound, number
from matcher.criteria.lexer import Token
from matcher.criteria.lexicon import Phrases, load, phrases
from matcher.criteria.limits import SIDE, Comparison, of_person, scaled, sharpness, sided, time_unit
from matcher.criteria.steps import DASH, ROMAN, SCALES, Steps
from matcher.ner.quantities import unit_at

_ONE = {"once": 1.0, "twice": 2.0, "thrice": 3.0, "double": 2.0}
_BRACKETED = re.compile(r"\s?\^?\(([23])\)")
_WORDS = load("comparisons")["reading"]
_AGE_NAMES = frozenset(_WORDS["age"])
_AGED = re.compile(r"(.*?)(?:[\s-](?:of age|olds?|in age|of life))$", re.I)
_SKIP = frozenset(_WORDS["before_number"])
NAMED, WITHIN = frozenset(_WORDS["numbered"]), frozenset(_WORDS["within"])
_RANGES = frozenset(_WORDS["ranges"])
_SHARE_ENDS = frozenset(_WORDS["share"])
_SHARE = _SHARE_ENDS | set(_WORDS["share_goes_on"])
_BENEATH = frozenset(_WORDS["beneath"])
_OUT_OF = {written: float(written) for written in _WORDS["out_of"]}
_WEEKS = 6.0
"""From here on "28+0" is a gestational age; below it is a score ("3+4")."""
_AGE_WORDS = tuple(tuple(words.split()) for words in _WORDS["behind_years"])


_ACUITY = (20.0, 6.0)
"""Feet and metres at which acuity is tested."""
_SYSTOLIC = range(80, 261)
"""mmHg of a systolic pressure; behind it "/100" is the diastolic one."""


@cache
def _tables() -> tuple[Phrases[str], Phrases[str], Phrases[str], Phrases[str], frozenset[str]]:
    table = load("comparisons")
    sides = {f"{SIDE}{cmp}": words for cmp, words in table["side"].items()}
    return (
        phrases(table["prefix"] | sides),
        phrases(table["postfix"]),
        phrases(
            {
                "worse": [w for w in table["worse"]["words"] if "worse" in w],
                "better": [w for w in table["worse"]["words"] if "better" in w],
            }
        ),
        phrases({"uln": table["limits"]["uln"], "lln": table["limits"]["lln"]}),
        frozenset(table["limits"]["times"]),
    )


_BEFORE_UNIT = re.compile(r"(?:-(?![\s-])|\s{0,12})(?P<days>(?:calendar|consecutive|completed|full) )?", re.IGNORECASE)


@lru_cache(maxsize=8192)
def opens(word: str) -> bool:
    """Whether a comparison may begin with the word; most words of a text are none of these."""
    return (
        word in _RANGES
        or word in SCALES
        or word in _SKIP
        or word in _AGE_NAMES
        or word in _ONE
        or word in NUMBERS
        or _tables()[0].begins(word)
    )


class Comparer(Steps, Compound):
    """Reads comparisons of one criterion's tokens."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.end = tokens[-1].end if tokens else 0
        self.seen: dict[int, Comparison | None] = {}
        self.prefix, self.postfix, self.worse, self.limits, self.times = _tables()

    def at(self, index: int) -> Comparison | None:
        """The comparison that begins at this token, with a range's second limit."""
        if index not in self.seen:
            self.seen[index] = self._at(index)
        return self.seen[index]

    def _at(self, index: int) -> Comparison | None:
        found = self._single(index)
        if found is None:
            return None
        found = self._ages(self._joined(found))
        said = any(self._low(at) in _AGE_NAMES for at in range(index, min(index + 5, found.last)))
        return replace(found, age=True) if said or of_person(found, self._low(index)) else found

    def _index(self, offset: int, at: int) -> int:
        """The index of the first token that ends after ``offset``."""
        while at < len(self.tokens) and self.tokens[at].start < offset:
            at += 1
        return at

    def _single(self, index: int) -> Comparison | None:
        if self.tokens[index].kind == "word" and not opens(self.tokens[index].low):
            return None
        found = self._plain(index)
        return sided(found) if found is not None and found.cmp.startswith(SIDE) else found

    def _plain(self, index: int) -> Comparison | None:
        tokens = self.tokens
        cmp = scale = ""
        at = index
        between = tokens[at].low in _RANGES
        prefix = self.prefix.match(tokens, at)
        if between and (prefix is None or tokens[at].low == "from"):
            at += 1
            if [t.low for t in tokens[at : at + 4]] == [",", "and", "including", ","]:
                at += 4  # "between, and including, 18 and 60 years"
            elif self._low(at) == "the":
                at += 1  # "between the 60th and 90th percentiles"
        elif prefix is not None:
            at, cmp = prefix
        words = 0
        while at < len(tokens) and words < 4:
            low = tokens[at].low
            if low in SCALES:
                scale = low
            elif scale and not cmp and self.prefix.match(tokens, at) is not None:
                break  # "stage | equal to or greater than 4"
            elif scale and low == "a" and self.text[tokens[at].start] == "A":
                break  # "Child-Pugh class A"
            elif not (low in _SKIP and (at > index or low in _AGE_NAMES)) or tokens[at].kind == "number":
                break
            at += 1
            words += 1
        if words and at == index + words and not scale and tokens[index].low not in _AGE_NAMES:
            return None
        if at >= len(tokens):
            return None
        if scale and not cmp:
            prefix = self.prefix.match(tokens, at)
            if prefix is not None:
                at, cmp = prefix
        if scale and (step := self._steps(index, at, cmp, scale)) is not None:
            return step
        limit = self.limits.match(tokens, at)
        if limit is not None and cmp and not between:
            end, name = limit
            said = {token.low for token in tokens[index:end]}
            lower = name == "lln" or (not said.isdisjoint(_BENEATH) and "normal" in said and "upper" not in said)
            return Comparison(tokens[index].start, tokens[end - 1].end, index, end, cmp, 1.0, uln=not lower, lln=lower)
        if at >= len(tokens):
            return None
        value = number(tokens[at])
        if (cmp or between) and value is None and self._low(at) in DASH and at + 1 < len(tokens):
            below = number(tokens[at + 1]) if tokens[at].end == tokens[at + 1].start else None
            if below is not None:
                at, value = at + 1, -below  # "T-score below -2.5"
        ranged = self._negative(at + 3) is not None and self._low(at + 2) in ("to", "through")
        if value is None and at == index and ranged and (below := self._negative(at)) is not None:
            at, value = at + 1, below  # "myopia of -0.75 to -5 D"
        if value is None:
            one = _ONE.get(tokens[at].low)
            after = at + 1 + (self._low(at + 1) == "the")
            if one is not None and (limit := self.limits.match(tokens, after)):
                end, name = limit
                return Comparison(
                    tokens[index].start, tokens[end - 1].end, index, end, cmp, one, uln=name == "uln", lln=name == "lln"
                )
            token = tokens[at]
            written = self.text[token.start : token.end]
            if cmp and ROMAN.match(token.low) and written.isupper() and len(written) <= 4:
                # "physical status > III"
                return Comparison(tokens[index].start, token.end, index, at + 1, cmp, written, scale="class")
            return None
        found = self._quantity(index, at, cmp, value)
        if between:
            return self._between(found, at)
        if not found.cmp and at > index and found.first == index and not scale and tokens[index].low not in _AGE_NAMES:
            return None
        return found

    def _quantity(self, index: int, at: int, cmp: str, value: float, ranged: bool = True) -> Comparison:
        """A number at ``at`` with its range, unit, multiple and trailing comparator."""
        tokens = self.tokens
        word = tokens[at].kind == "word"
        end = tokens[at].end
        low: float | str = value
        value2: float | str | None = None
        at += 1
        if self._low(at) == "+" and value >= _WEEKS and (days := self._days(at, end)) is not None:
            low = value = round(value + days / 7, 2)  # "28+0 weeks": weeks and days
            end, at = tokens[at + 1].end, at + 2
        elif value >= _WEEKS and self._sevenths(at):
            low = value = round(value + (number(tokens[at]) or 0.0) / 7, 2)  # "34 6/7 weeks"
            end, at = tokens[at + 2].end, at + 3
        if not word and (summed := self._summed(at, value)) is not None:
            low, at = summed
            end = tokens[at - 1].end
        elif value == 1.0 and not word and (titre := self._titre(at, end)) is not None:
            low, end, at = titre, tokens[at + 1].end, at + 2  # "1:80"
        fraction = self._low(at) == "/" and at + 1 < len(tokens) and tokens[at + 1].kind == "number"
        acuity = value in _ACUITY and fraction
        pressure = value in _SYSTOLIC and fraction  # "160/100 mm Hg" is not 160 "per 100 mm"
        unit, end, at = (None, end, at) if acuity or pressure else self._unit_at(end, at)
        # 20/200, 140/90; behind an acuity "in" is no inch
        fraction = self._low(at) == "/" and at + 1 < len(tokens) and tokens[at + 1].kind == "number"
        if unit is None and fraction and not word:
            low = f"{tokens[at - 1].low}/{tokens[at + 1].low}"
            end = tokens[at + 1].end
            at += 2
            if acuity and (other := self._acuity(at)) is not None:
                value2, at = other  # "20/32 to 20/320": from the worse to the better
                end = tokens[at - 1].end
                low, value2 = (value2, low) if sharpness(value2) < sharpness(low) else (low, value2)
            unit, end, at = self._unit_at(end, at)
            if not acuity and value2 is None and unit is None and value <= _OUT_OF.get(tokens[at - 1].low, 0.0):
                low = value  # "3/10" on a scale
        elif ranged and cmp in ("", "="):
            second = self._second(at)
            if second is not None:
                nxt, value2 = second
                end = tokens[nxt - 1].end
                at = nxt
                unit2, end, at = self._unit_at(end, at)
                if unit and unit2 and isinstance(low, float):
                    low = scaled(low, unit, self._aged(unit2)[0] or unit2)  # "2 months to 12 years"
                unit = unit2 or unit
            elif self._low(index - 1) not in NAMED and (listed := self._listed(at, value)) is not None and unit is None:
                at, value2 = listed
                end = tokens[at - 1].end
                unit, end, at = self._unit_at(end, at)
        uln = lln = False
        if (limit := self._limit(at, unit)) is not None:
            at, uln = limit
            lln, end, unit = not uln, tokens[at - 1].end, None
            cmp = "<=" if uln and not cmp and value2 is None and self._low(index - 1) in WITHIN else cmp
        unit, age = self._aged(unit)
        for words in _AGE_WORDS:
            if time_unit(unit) and tuple(self._low(at + i) for i in range(len(words))) == words:
                at += len(words)
                end = tokens[at - 1].end
                age = True
                break
        post = self.postfix.match(tokens, at)
        if post is not None and not cmp and value2 is None:
            at, cmp = post
            end = tokens[at - 1].end
            if tokens[at - 1].low in ("older", "younger", "over") and unit and unit.lower().startswith(("y", "m")):
                age = True
            if unit is None and not (uln or lln) and (limit := self._limit(at, None)) is not None:
                at, uln = limit  # "2 or more times the upper limit of normal"
                lln = not uln
                end = tokens[at - 1].end
            elif unit is None:
                unit, end, at = self._unit_at(end, at)
        elif self._low(at) == "+" and not cmp and value2 is None and tokens[at].start == tokens[at - 1].end:
            at, end, cmp = at + 1, tokens[at].end, ">="
            unit, end, at = self._unit_at(end, at)
            if unit is None and isinstance(low, float) and low <= 4:
                # a grade of staining: "3+"
                low, cmp = f"{low:g}+", "="
        elif not cmp and (worse := self.worse.match(tokens, at)) is not None:
            down = isinstance(low, str)
            at = worse[0]
            end = tokens[at - 1].end
            cmp = "<=" if down == (worse[1] == "worse") else ">="
        if unit is not None and not age:
            unit, age = self._aged(unit)
        if not age and time_unit(unit):
            for words in _AGE_WORDS:
                if tuple(self._low(at + i) for i in range(len(words))) == words:
                    at += len(words)
                    end = tokens[at - 1].end
                    age = True
                    break
        if low in ("3+4", "4+3") and cmp in ((">=", ">") if low == "3+4" else ("<=", "<")):
            low, cmp = 7.0, cmp[0] + "="
        if value2 is not None:
            cmp = "between"
            if isinstance(low, float) and isinstance(value2, float) and low > value2:
                low, value2 = value2, low  # "78 to 24 letters"
        unit, end, at = self._beyond(unit, end, at)
        return Comparison(tokens[index].start, end, index, at, cmp, low, value2, unit, uln, lln, age=age, word=word)

    def _acuity(self, at: int) -> tuple[str, int] | None:
        """The other end of a range of acuities, and where it ends."""
        tokens = self.tokens
        at += self._low(at) in DASH or self._low(at) in ("to", "and", "through")
        told = [t.low for t in tokens[at : at + 3]]
        if len(told) < 3 or told[1] != "/" or not (told[0].isdigit() and told[2].isdigit()):
            return None
        return (f"{told[0]}/{told[2]}", at + 3) if float(told[0]) in _ACUITY else None

    def _limit(self, at: int, unit: str | None) -> tuple[int, bool] | None:
        """The token behind "x ULN", "times the upper limit of normal", and whether the limit is the upper one."""
        tokens = self.tokens
        at += self._low(at) == "-" and self._low(at + 1) in self.times  # "3-fold"
        times = at + (self._low(at) in self.times)
        if self._low(times) in self.times and times > at:
            times += 1
        times += self._low(times) in ("the", "of", "than")
        times += self._low(times) == "the"
        limit = self.limits.match(tokens, times)
        # "2 normal" needs its "x"; "2 ULN" does not
        sure = limit is not None and (limit[0] - times > 1 or times > at or tokens[times].low not in ("normal", "nl"))
        if limit is None or not sure or unit not in (None, "x", "times", "fold", "-fold"):
            return None
        return limit[0], limit[1] == "uln"

    def _unit_at(self, end: int, at: int) -> tuple[str | None, int, int]:
        before = _BEFORE_UNIT.match(self.text, end, self.end)
        if before is None or self.text.startswith("-", before.end()):
            return None, end, at
        blank = before.end() > end and self.text[before.end() - 1].isspace()
        unit, unit_end = unit_at(self.text, before.end() - blank, self.end)  # the blank may be the unit's: " per day"
        if unit is None:
            return None, end, at
        unit, end = ((before["days"] or "") + unit).strip(), unit_end
        if unit.endswith(")") and "(" not in unit:
            unit, end = unit[:-1], end - 1
        if (power := _BRACKETED.match(self.text, end, self.end)) is not None:
            unit, end = f"{unit}{power[1]}", power.end()
        at = self._index(end, at)
        if "%" in unit or "percent" in unit.lower().replace(" ", ""):
            # "of the predicted normal values": the words belong to the unit
            after = at
            while after < len(self.tokens) and after < at + 5 and self.tokens[after].low in _SHARE:
                after += 1
            while after > at and self.tokens[after - 1].low not in _SHARE_ENDS:
                after -= 1
            if after > at:
                if any(token.low == "predicted" for token in self.tokens[at:after]):
                    unit = "% of predicted"
                at, end = after, self.tokens[after - 1].end
        return unit, end, at

    def _aged(self, unit: str | None) -> tuple[str | None, bool]:
        """ "years of age" is years, and says that the number is an age."""
        if unit is not None and (match := _AGED.match(unit)) is not None:
            return match[1], True
        return unit, False

    def _second(self, at: int) -> tuple[int, float] | None:
        """The other end of "18-75", "18 to 75"."""
        low = self._low(at)
        if low not in DASH and low not in ("to", "through", "until"):
            return None
        nxt = at + 1
        if self._low(nxt) in ("<", "≤", "up"):
            return None
        minus = self._negative(nxt) if low not in DASH else None
        if minus is not None:
            return nxt + 2, minus
        if nxt < len(self.tokens) and (value := number(self.tokens[nxt])) is not None:
            if low in DASH and self.tokens[nxt].start > self.tokens[at].end + 1:
                return None
            if self._low(nxt + 1) == "+" and value >= _WEEKS:
                days = self._days(nxt + 1, self.tokens[nxt].end)
                if days is not None:
                    return nxt + 3, round(value + days / 7, 2)
            if value >= _WEEKS and self._sevenths(nxt + 1):
                return nxt + 4, round(value + (number(self.tokens[nxt + 1]) or 0.0) / 7, 2)
            return nxt + 1, value
        return None

    def _listed(self, at: int, value: float) -> tuple[int, float] | None:
        """The last of "0, 1 or 2", "0 or 1": whole numbers that follow each other."""
        last, end = value, None
        while True:
            step = at + (self._low(at) == ",")
            step += self._low(step) in ("or", "and", "/")
            if step == at or step >= len(self.tokens) or self.tokens[step].kind != "number":
                break
            nxt = float(self.tokens[step].low.replace(",", ""))
            if nxt != last + 1 and (last, nxt) != (0.5, 1.0):
                break
            after = self._low(step + 1)
            last, end, at = nxt, step + 1, step + 1
            if after not in (",", "or", "and", "/"):
                break
        return (end, last) if end is not None else None

    def _between(self, first: Comparison, at: int) -> Comparison | None:
        """ "between A and B", "from A to B"; None where the second number is missing."""
        if first.value2 is not None:
            return first
        at = first.last
        low = self._low(at)
        if self._low(first.first) == "from" and first.age and low not in ("and", "to", "through", "-", "–"):
            return replace(first, cmp=">=")
        if low not in ("and", "to", "through", "-", "–", "&", ","):
            return None
        at += 1
        while self._low(at) in ("the", "age", "of", "and", "including", ","):
            at += 1
        inner = self.prefix.match(self.tokens, at)
        high_open = False
        if inner is not None:
            at, high_open = inner[0], inner[1] == "<"
        below = self._low(at) in DASH and isinstance(first.value, float) and first.value < 0
        at += below
        if at >= len(self.tokens) or (value := number(self.tokens[at])) is None:
            return None
        second = self._quantity(at, at, "", -value if below else value, ranged=False)
        if below and isinstance(first.value, float) and isinstance(second.value, float):
            ends = sorted((first.value, second.value))
            first, second = replace(first, value=ends[0]), replace(second, value=ends[1])
        if first.unit and second.unit and isinstance(first.value, float):
            first = replace(first, value=scaled(first.value, first.unit, second.unit))
        return replace(
            first, end=second.end, last=second.last, cmp="between", value2=second.value, unit=second.unit or first.unit,
            uln=second.uln, lln=second.lln, age=first.age or second.age, high_open=high_open,
        )  # fmt: skip

    def _ages(self, first: Comparison) -> Comparison:
        """ "Age 18 and 49 years": two bare ages are the ends of a range."""
        if first.cmp or first.value2 is not None or self._low(first.last) not in ("and", "&"):
            return first
        if not any(self._low(at) in _AGE_NAMES for at in range(first.first - 2, first.last)):
            return first
        both = self._between(first, first.last)
        lasting = both is not None and (both.unit is None or time_unit(both.unit) is not None)
        if both is None or not lasting or isinstance(both.value, str) or isinstance(both.value2, str):
            return first
        return both if both.value2 is not None and both.value < both.value2 else first

    def _joined(self, first: Comparison) -> Comparison:
        """ "≥ 18 and ≤ 75", "> 18, < 75", "18 or older and under 65": one range."""
        if first.value2 is not None or isinstance(first.value, str):
            return first
        if first.cmp == "" and (wide := self._opened(first)) is not None:
            return wide
        lost = first.cmp == "="  # "= 40 mL and < 100 mL": a sign that was lost, as no number is both
        if first.cmp not in (">=", ">", "="):
            return first
        at = first.last
        at += self._low(at) == ","
        at += self._low(at) in ("and", "but", "to", "&")
        if self._low(at) in ("is", "are"):
            at += 1
        prefix = self.prefix.match(self.tokens, at)
        if prefix is None or prefix[1] not in ("<=", "<", "=" if lost else "<"):
            if self._low(first.last) in ("and", "to") and first.cmp in (">=", ">") and at < len(self.tokens):
                # "at least 18 and 75 years or younger" is rare; "18 years or older to 75" is not a range in words
                return first
            return first
        second = self._single(at)
        if second is None or isinstance(second.value, str) or second.value2 is not None:
            return first
        lasting = time_unit(first.unit) is not None and time_unit(second.unit) is not None
        if second.value <= first.value and (second.unit == first.unit or not lasting):
            return first
        if first.unit and second.unit and (time_unit(first.unit) is None) != (time_unit(second.unit) is None):
            return first
        if lasting and first.unit and second.unit and isinstance(first.value, float):
            first = replace(first, value=scaled(first.value, first.unit, second.unit))  # "> 2 h and < 7 days"
        return replace(
            first, end=second.end, last=second.last, cmp="between", value2=second.value, unit=second.unit or first.unit,
            low_open=first.cmp == ">", high_open=second.cmp == "<", uln=second.uln or first.uln,
            lln=second.lln or first.lln, age=first.age or second.age,
        )  # fmt: skip

    def _opened(self, first: Comparison) -> Comparison | None:
        """ "5 years to less than 12 years", "age 18 and 49 years": a range whose first end has no sign."""
        low, at = self._low(first.last), first.last + 1
        aged = first.age or any(
            t.low in _AGE_NAMES for t in self.tokens[first.first : min(first.first + 3, first.last)]
        )
        if low in ("to", "through", "-", "–", "up"):
            at -= low == "up"  # "25 up to less than 30": one sign
            prefix = self.prefix.match(self.tokens, at) if at < len(self.tokens) else None
            if prefix is None or prefix[1] not in ("<", "<="):
                return None
            second = self._single(at)
            open_end = prefix[1] == "<"
        elif low in ("and", "&") and aged and first.unit is None and at < len(self.tokens):
            value, open_end = number(self.tokens[at]), False
            second = self._quantity(at, at, "", value, ranged=False) if value is not None else None
            if second is None or second.cmp or time_unit(second.unit) is None:
                return None
        else:
            return None
        if second is None or second.value2 is not None or not isinstance(second.value, float):
            return None
        if not isinstance(first.value, float):
            return None
        least = scaled(first.value, first.unit, second.unit) if first.unit and second.unit else first.value
        if second.value <= least:
            return None
        first = replace(first, value=least)
        return replace(
            first, end=second.end, last=second.last, cmp="between", value2=second.value, unit=second.unit or first.unit,
            high_open=open_end, uln=second.uln, lln=second.lln, age=first.age or second.age,
        )  # fmt: skip
