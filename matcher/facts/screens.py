"""One test of several substances, each with its own result: "UDS neg for opiates, pos THC"."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence

if TYPE_CHECKING:
    from matcher.facts.fit import Anchor

_REACH = 200


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = tables.toml("concepts")["screens"]
    return found


@cache
def _names() -> dict[str, str]:
    return {name: substance for substance, names in _table()["substances"].items() for name in names}


@cache
def _token() -> re.Pattern[str]:
    kinds = {"p": _table()["positive"], "n": _table()["negative"], "r": _table()["rest"], "s": _names()}
    words = "|".join(rf"(?P<{kind}>{tables.words(w for w in some if w[-1].isalnum())})" for kind, some in kinds.items())
    sign = r"(?P<sign>(?<![\w-])[-+](?!\w-)|(?<=\w)[-+](?=[\s,;.)]|$))"
    return re.compile(rf"(?P<stop>\.\s|\n)|{sign}|{words}", re.IGNORECASE)


def read(page: Page, sentence: Sentence, anchor: Anchor) -> list[Draft]:
    """The results of the substances that are named behind a test of several, and that of the whole test."""
    if anchor.concept is None or anchor.concept.id not in _table()["tests"]:
        return []
    told: list[tuple[str, str, int]] = []
    rest = None
    waiting: list[tuple[str, int]] = []
    last: str | None = None
    first: str | None = None
    stop = min(sentence.end, anchor.end + _REACH)
    signs = page.text.find("+", anchor.end, stop) >= 0
    for match in _token().finditer(page.text, anchor.end, stop):
        kind = match.lastgroup
        if kind == "stop":
            break
        if kind == "sign":
            if match[0] == "-" and not signs:
                continue
            kind = "p" if match[0] == "+" else "n"
        first = first or kind
        if kind == "s":
            substance = _names()[match[0].lower()]
            if last is not None and first != "s":
                told.append((substance, last, match.end()))
            else:
                waiting.append((substance, match.end()))
        elif kind == "r":
            rest = "rest" if match[0].lower() != "only" else rest
        else:
            last = "positive" if kind == "p" else "negative"
            if rest == "rest":
                rest, last = last, None
            elif first == "s":
                told += [(substance, last, match.end()) for substance, _ in waiting]
                waiting = []
    if not told:
        return []
    whole = "positive" if any(result == "positive" for _, result, _ in told) or rest == "positive" else "negative"
    end = max(at for _, _, at in told)
    place = (anchor.start, anchor.end)
    made = [Draft("biomarker", anchor.start, end, anchor.concept, result=whole, rule="result.whole")]
    made += [
        Draft("biomarker", anchor.start, at, anchor.concept, result=result, qualifiers=(substance,), rule="result.of")
        for substance, result, at in told
    ]
    for draft in made:
        draft.assertion, draft.type, draft.anchor = "present", "measurement", place
    return made
