"""Results that are no numbers: positive, not detected, amplified, wild type, 3+, pending, not reportable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from matcher.facts import screens, tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.facts.phrases import split
from matcher.model import Assertion, Quantity
from matcher.terms import lexical

if TYPE_CHECKING:
    from matcher.facts.fit import Anchor
    from matcher.terms import Terminology

_REACH = 60


@cache
def meanings(kind: str) -> dict[str, str]:
    """Phrase to result, for what applies to this kind of measure."""
    return {
        row["phrase"].lower(): row["result"] for row in tables.rows("results") if row["applies_to"] in ("any", kind)
    }


@cache
def _link() -> frozenset[str]:
    return frozenset(tables.toml("values")["link"]) | frozenset(tables.toml("values")["link_test"])


_GAP = re.compile(r"[\s:=|(\[,–—*.\"'-]+")


def _linked(gap: str) -> bool:
    """Whether only words that may stand between a test and its result stand there."""
    link = _link()
    return len(gap) <= _REACH and all(not word or word in link for word in _GAP.split(gap.lower()))


_SIGN = re.compile(r"\s?:?\s?\(?(?P<sign>[-−–+])\)?(?=\s?(?:[;,./)\n]|$))|(?P<glued>\+)(?=\s(?![\d+]))")
"""A sign behind a marker's name that is its result ("HBsAg -; HCV Ab +", "HBsAg+ on entecavir")."""
_SIGNS = {"+": "positive"}
_PLUS = re.compile(r"(?<![\w+])(?P<score>[0-4])\s?\+(?!\d)")
_BEFORE = re.compile(rf"[\s-](?:(?:{tables.words(tables.toml('values')['before_name'])})\s){{0,2}}", re.IGNORECASE)
_COLUMN = re.compile(r"[ \t]{2,}|\t|\|")


@cache
def _another_test() -> re.Pattern[str]:
    """A test that is named between two results: the second is its own."""
    return re.compile(rf"[,/(]\s?(?:{tables.words(tables.toml('values')['another_test'])})", re.IGNORECASE)


_VARIANT = re.compile(
    r"\b(?:p\.)?(?P<v>[ACDEFGHIKLMNPQRSTVWY]\d{2,4}(?:[ACDEFGHIKLMNPQRSTVWYX*]|fs|del|ins)(?![\w])"
    r"|(?:del|inv|t)\(\d+[pq;]\S{0,20}\)|c\.\d+\S{2,20})"
)
_STOP = re.compile(r"[;\n]|\.\s|\b(?:but|however|while|although)\b")


def _variants(text: str, start: int = 0, end: int | None = None) -> list[str]:
    """The changes of a gene that a stretch names, in order."""
    end = len(text) if end is None else end
    found = [(m.start(), " ".join(m["v"].lower().split())) for m in _VARIANT.finditer(text, start, end)]
    found += [(m.start(), lexical.exon(m)) for m in lexical.EXON.finditer(text, start, end)]
    return [name for _, name in sorted(found)]


class Results:
    """Binds words to what was measured, right of it or just before it."""

    def __init__(self, terminology: Terminology) -> None:
        self.terminology = terminology

    def holds(self, anchor: Anchor) -> bool:
        """Whether the mention itself names a result ("PR positive")."""
        if anchor.kind != "biomarker" or anchor.mention is None or " " not in anchor.mention.text:
            return False
        if _variants(anchor.mention.text):
            return True
        words = f" {' '.join(split(anchor.mention.text))} "
        return any(f" {' '.join(split(phrase))} " in words for phrase in meanings("biomarker"))

    def read(
        self,
        page: Page,
        sentence: Sentence,
        anchor: Anchor,
        after: int,
        stop: int,
        group: Sequence[Anchor],
        numbers: bool = False,
    ) -> None:
        """Add a draft for ``anchor`` with its result, or without one where none is given and no number either."""
        text = page.text
        kind = "biomarker" if anchor.kind == "biomarker" else "measurement"
        if drafts := screens.read(page, sentence, anchor):
            for draft in drafts:
                page.add(draft)
            return
        behind = after
        if kind == "biomarker":
            # A marker's name may hold its result ("PR positive", "BRAF V600E mutation").
            after = max(anchor.start, after - len(group[-1].mention.text) if group[-1].mention else after)
        cut = _STOP.search(text, max(behind, after), stop)
        stop = min(stop, after + _REACH, cut.start() if cut else stop)
        found: list[Draft] = []
        variants: list[str] = []
        if kind == "biomarker":
            variants = _variants(text, after, stop)
            found += [
                self._draft(anchor, anchor.start, match.end(), match["score"] + "+", "result.score", variants)
                for match in _PLUS.finditer(text, after, stop)
            ]
        phrases = page.phrases
        for name in ("pending", "not_reportable"):
            found += [
                self._draft(anchor, anchor.start, hit.end, name, f"result.{name}", variants)
                for hit in phrases.of(name, after, stop)[:1]
                if _linked(text[min(behind, hit.start) : hit.start])
            ]
        meaning = meanings(kind)
        said = 0
        if kind == "biomarker" and (sign := _SIGN.match(text, behind, sentence.end)):
            result = "positive" if sign["glued"] else _SIGNS.get(sign["sign"], "negative")
            found.append(self._draft(anchor, anchor.start, sign.end(), result, "result.sign", variants))
            said = sign.end()
        for hit in phrases.of("result", after, stop):
            if hit.phrase not in meaning:
                continue
            if said and _COLUMN.search(text, said, hit.start) is not None:
                break  # "HBsAg    Reactive    A    Non-reactive": what is normal stands in a column of its own
            if said and kind == "biomarker" and _another_test().search(text, said, hit.start) is not None:
                break  # "HCV Ab positive, RNA undetectable"
            said = hit.end
            if kind != "biomarker" and not _linked(text[after : hit.start]):
                break
            result = meaning[hit.phrase]
            found.append(self._draft(anchor, anchor.start, hit.end, result, "result.after", variants))
            if kind != "biomarker":
                break
        if not found:
            found += self._left(page, sentence, anchor, kind, variants)
        if not found and not numbers and (kind != "biomarker" or anchor.end - anchor.start > 2 or variants):
            found.append(
                self._draft(anchor, anchor.start, anchor.end, "mutated" if variants else None, "mention", variants)
            )
        for draft in found:
            draft.end = max(draft.end, anchor.end)
            page.add(draft)

    def of_term(self, page: Page, sentence: Sentence, draft: Draft) -> Draft | None:
        """A protocol's own measure with the word beside it ("Normal ventricular systolic function")."""
        meaning, phrases = meanings("measurement"), page.near(sentence)
        for hit in phrases.of("result", draft.end, min(sentence.end, draft.end + _REACH)):
            if hit.phrase in meaning and _linked(page.text[draft.end : hit.start]):
                return replace(draft, end=hit.end, result=meaning[hit.phrase], rule="result.after")
        for hit in reversed(phrases.of("result", max(sentence.start, draft.start - 30), draft.start)):
            if hit.phrase in meaning and _BEFORE.fullmatch(page.text, hit.end, draft.start):
                return replace(draft, start=hit.start, result=meaning[hit.phrase], rule="result.before")
        return None

    def _left(self, page: Page, sentence: Sentence, anchor: Anchor, kind: str, variants: list[str]) -> list[Draft]:
        meaning = meanings(kind)
        for hit in reversed(page.phrases.of("result", max(sentence.start, anchor.start - 30), anchor.start)):
            if hit.phrase in meaning and _BEFORE.fullmatch(page.text, hit.end, anchor.start):
                result = meaning[hit.phrase]
                return [self._draft(anchor, hit.start, anchor.end, result, "result.before", variants)]
        return []

    def _draft(self, anchor: Anchor, start: int, end: int, result: str | None, rule: str, variants: list[str]) -> Draft:
        assertion: Assertion | None = None
        if result is not None and result in (
            "pending",
            "not_reportable",
            "negative",
            "not_detected",
            "not_amplified",
            "wild_type",
            "not_rearranged",
        ):
            # The measure was made: what it found is the result, not an absence of the measure.
            assertion = "present"
        kind = anchor.kind if anchor.kind in ("score", "stage", "biomarker") else "measurement"
        quantity = None
        if result == "minimal":
            least = tables.toml("values")["minimal"].get(anchor.concept.id if anchor.concept is not None else "")
            result, quantity = None, Quantity(None, least["most"], least["unit"]) if least is not None else None
        return Draft(
            kind,
            start,
            end,
            anchor.concept,
            quantity,
            result=result,
            assertion=assertion,
            qualifiers=tuple(variants),
            rule=rule,
            type="measurement",
            anchor=(anchor.start, anchor.end),
        )
