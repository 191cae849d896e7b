"""What a search for a disease found: "biopsies taken to exclude celiac disease showed normal villi"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from matcher.facts import tables
from matcher.facts.page import Draft
from matcher.ner.assertion import Context

_FAR = 90
"""Characters behind the disease in which the result may stand."""


def read(text: str, context: Context, start: int, end: int, stop: int) -> Context:
    """The context of a disease at ``start:end`` of a sentence that ends at ``stop``."""
    if context.assertion == "present" and context.cue is None and context.experiencer == "patient":
        before = text[max(0, start - _FAR) : start]
        if "for" not in before.lower():
            return context
        if _sampled().search(before) is not None:
            context = replace(context, assertion="possible", rule="sampled_for")
        elif _screened().search(before) is not None:
            context = replace(context, assertion="hypothetical", rule="screening_for")
        else:
            return context
    if context.assertion not in ("possible", "hypothetical"):
        return context
    cue = text[context.cue.start : context.cue.end].lower() if context.cue is not None else ""
    if context.rule not in _words("rules") and cue not in _words("queries"):
        return context
    if context.cue is not None and context.cue.start >= start and cue not in _words("queries"):
        return context
    behind = text[end : min(stop, end + _FAR)]
    own = _answers(" ".join(text[start:end].lower().split()))
    if own is not None and (test := own.match(behind)) is not None:
        behind = f": {behind[test.end() :].lstrip(' :')}"
    if not any(c.isalnum() for c in behind):
        behind = _next(text, stop + (text[stop : stop + 1] == "?"), own)
    found = _found().search(behind)
    if found is None or _spoils().search(behind) is not None:
        return context
    return replace(context, assertion="absent", rule="ruled_out_by_result")


def _next(text: str, stop: int, own: re.Pattern[str] | None) -> str:
    """The next sentence, where it begins as one that gives the result; else nothing."""
    rest = text[stop : stop + _FAR].lstrip(" .;:\t")
    end = re.search(r"[.;\n]", rest)
    rest = rest[: end.start()] if end else rest
    if _answered().search(rest):
        return ": negative"
    if own is not None and (test := own.match(rest)) is not None:
        return f": {rest[test.end() :].lstrip(' :')}"
    if (test := _decisive().match(rest)) is not None:
        rest = rest[test.end() :].lstrip(" :")
        return f": negative {rest}" if test["tissue"] and _nothing().match(rest) else f": {rest}"
    return f": {rest}" if _opens_next().match(rest) else ""


@cache
def _answers(disease: str) -> re.Pattern[str] | None:
    """The tests that answer the question of this disease: "R/o MI, troponins |", "R/o UTI. Urine culture |"."""
    rows = (row for row in tables.toml("ruled_out")["answered_by"] if disease in row["diseases"])
    tests = [test for row in rows for test in row["tests"]]
    return re.compile(rf"\W*(?:[\w/-]+\s){{0,3}}?(?:{tables.words(tests)})(?!\w)", re.IGNORECASE) if tests else None


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(tables.toml("ruled_out")[name])


@cache
def _screened() -> re.Pattern[str]:
    table = tables.toml("ruled_out")
    looking, before = tables.words(table["looking"]), tables.words(table["before"])
    return re.compile(rf"(?:{looking})(?:\s[\w/-]+){{0,4}}\sfor\s(?:(?:{before})\s)?$", re.IGNORECASE)


@cache
def _sampled() -> re.Pattern[str]:
    """ "antral biopsies were taken for |", "biopsied for |": a specimen and what is looked for in it."""
    table = tables.toml("ruled_out")
    names = ("samples", "taken", "biopsied", "before")
    samples, taken, biopsied, before = (tables.words(table[name]) for name in names)
    sent = rf"\b(?:{samples})(?:\s[\w/,-]+){{0,4}}?\s(?:{taken})"
    return re.compile(rf"(?:{sent}|\b(?:{biopsied}))(?:\s[\w/-]+){{0,2}}?\sfor\s(?:(?:{before})\s)?$", re.IGNORECASE)


@cache
def _found() -> re.Pattern[str]:
    table = tables.toml("ruled_out")
    opens, between, normal = (tables.words(table[name]) for name in ("opens", "between", "normal"))
    return re.compile(rf"(?:(?:{opens})(?:\s(?:{between}))?|[:;,(–—-])\s?(?:{normal})", re.IGNORECASE)


@cache
def _spoils() -> re.Pattern[str]:
    return re.compile(tables.words(tables.toml("ruled_out")["spoils"]), re.IGNORECASE)


@cache
def _decisive() -> re.Pattern[str]:
    """A test, and where it was done, that tells whether a disease is there: "Temporal artery biopsy"."""
    table = tables.toml("ruled_out")
    tissue, tests = tables.words(table["tissue"]), tables.words(table["tests"])
    test = rf"(?:(?P<tissue>{tissue})|{tests})\b(?:\s\([^()]{{1,30}}\))?"
    return re.compile(rf"(?:[\w/-]+\s){{0,3}}?{test}", re.IGNORECASE)


@cache
def _answered() -> re.Pattern[str]:
    return re.compile(rf"(?:^|,\s)(?:{tables.words(tables.toml('ruled_out')['answers'])})\s*$", re.IGNORECASE)


@cache
def _nothing() -> re.Pattern[str]:
    """What a look at tissue did not find: "no giant cells"."""
    table = tables.toml("ruled_out")
    opens, others = tables.words(table["opens"]), tables.words(table["not_a_finding"])
    return re.compile(rf"(?:(?:{opens})\s)?no\s(?!(?:{others})\b)", re.IGNORECASE)


@cache
def _opens_next() -> re.Pattern[str]:
    return re.compile(tables.words(tables.toml("ruled_out")["next"]), re.IGNORECASE)


def own(text: str, context: Context, draft: Draft, others: Sequence[Draft]) -> Context:
    """The context without a denial that is the result of a marker right behind: "IDC ER negative" denies no IDC."""
    cue = context.cue
    if cue is None or context.assertion != "absent" or cue.start < draft.end:
        return context
    for other in others:
        result = other.kind in ("biomarker", "measurement") and other.result is not None
        inside = result and draft.end < other.start < cue.start and cue.end <= other.end
        if inside and not text[draft.end : other.start].strip():
            return replace(context, assertion="present", cue=None, rule="")
    return context
