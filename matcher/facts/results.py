"""Results that are no numbers: positive, not detected, amplified, wild type, 3+, pending, not reportable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Assertion

if TYPE_CHECKING:
    from matcher.facts.values import Anchor
    from matcher.terms import Terminology

_REACH = 60


@cache
def _table(kind: str) -> tuple[re.Pattern[str], dict[str, str]]:
    found = {row["phrase"]: row["result"] for row in tables.rows("results") if row["applies_to"] in ("any", kind)}
    return re.compile(tables.words(found), re.IGNORECASE), {phrase.lower(): result for phrase, result in found.items()}


@cache
def _status() -> re.Pattern[str]:
    data = tables.toml("values")
    return re.compile(
        rf"(?P<pending>{tables.words(data['pending'])})|(?P<not_reportable>{tables.words(data['not_reportable'])})",
        re.I,
    )


@cache
def _link() -> re.Pattern[str]:
    data = tables.toml("values")
    return re.compile(r"(?:[\s:=|(\[,–—*.\"'-]|" + tables.words([*data["link"], *_TEST_WORDS]) + r")*", re.IGNORECASE)


_TEST_WORDS = ("status", "test", "testing", "screen", "antibody", "antigen", "titer", "expression", "ihc", "fish", "ish",
               "gene", "by", "both", "all", "tested", "staining", "stain", "culture", "cultures", "x2", "x3")  # fmt: skip
_PLUS = re.compile(r"(?<![\w+])(?P<score>[0-4])\s?\+(?!\d)")
_LEFT = re.compile(r"\s(?:[\w'/-]{1,14}\s){0,2}$")
_VARIANT = re.compile(
    r"\b(?:p\.)?(?P<v>[ACDEFGHIKLMNPQRSTVWY]\d{2,4}(?:[ACDEFGHIKLMNPQRSTVWYX*]|fs|del|ins)(?![\w])"
    r"|exon\s?\d{1,2}(?:\s(?:deletion|insertion|skipping|mutation|del|ins))?s?|(?:del|inv|t)\(\d+[pq;]\S{0,20}\)|c\.\d+\S{2,20})"
)
_STOP = re.compile(r"[;\n]|\.\s|\b(?:but|however|while|although)\b")


class Results:
    """Binds words to what was measured, right of it or just before it."""

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology

    def read(
        self, page: Page, sentence: Sentence, anchor: Anchor, after: int, stop: int, group: Sequence[Anchor], numbers: bool = False
    ) -> None:  # fmt: skip
        """Add a draft for ``anchor`` with its result, or without one where none is given and no number either."""
        text = page.text
        kind = "biomarker" if anchor.kind == "biomarker" else "measurement"
        cut = _STOP.search(text, after, stop)
        stop = min(stop, after + _REACH, cut.start() if cut else stop)
        found: list[Draft] = []
        variants: list[str] = []
        if kind == "biomarker":
            variants = [" ".join(m["v"].lower().split()) for m in _VARIANT.finditer(text, anchor.end, stop)]
            for match in _PLUS.finditer(text, after, stop):
                found.append(
                    self._draft(anchor, anchor.start, match.end(), match["score"] + "+", "result.score", variants)
                )
        status = _status().search(text, after, stop)
        if status is not None and _link().fullmatch(text[after : status.start()]) is not None:
            name = "pending" if status["pending"] else "not_reportable"
            found.append(self._draft(anchor, anchor.start, status.end(), name, f"result.{name}", variants))
        pattern, meaning = _table(kind)
        for match in pattern.finditer(text, after, stop):
            gap = text[after : match.start()]
            if kind != "biomarker" and _link().fullmatch(gap) is None:
                break
            if kind == "biomarker" and len(gap) > _REACH:
                break
            result = meaning[" ".join(match.group().lower().split())]
            found.append(self._draft(anchor, anchor.start, match.end(), result, "result.after", variants))
            if kind != "biomarker":
                break
        if not found:
            found += self._left(page, sentence, anchor, kind, variants)
        if not found and not numbers:
            found.append(
                self._draft(anchor, anchor.start, anchor.end, "mutated" if variants else None, "mention", variants)
            )
        for draft in found:
            page.add(draft)

    def _left(self, page: Page, sentence: Sentence, anchor: Anchor, kind: str, variants: list[str]) -> list[Draft]:
        text = page.text
        start = max(sentence.start, anchor.start - 30)
        pattern, meaning = _table(kind)
        best = None
        for match in pattern.finditer(text, start, anchor.start):
            gap = text[match.end() : anchor.start]
            if re.fullmatch(r"[\s-](?:(?:serum|urine|blood|plasma|total|test|for|her|his|the|an|a)\s){0,2}", gap):
                best = match
        if best is None:
            return []
        result = meaning[" ".join(best.group().lower().split())]
        draft = self._draft(anchor, best.start(), anchor.end, result, "result.before", variants)
        # "No detectable X": the negation is the note's, the result is the reader's.
        return [draft]

    def _draft(self, anchor: Anchor, start: int, end: int, result: str | None, rule: str, variants: list[str]) -> Draft:
        assertion: Assertion | None = None
        if result is not None and result in (
            "negative",
            "not_detected",
            "not_amplified",
            "wild_type",
            "not_rearranged",
        ):
            # The measure was made: what it found is the result, not an absence of the measure.
            assertion = "present"
        kind = anchor.kind if anchor.kind in ("score", "stage", "biomarker") else "measurement"
        return Draft(
            kind,
            start,
            end,
            anchor.concept,
            result=result,
            assertion=assertion,
            qualifiers=tuple(variants),
            rule=rule,
            type="measurement",
            anchor=anchor.start,
        )
