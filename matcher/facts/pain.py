"""How strong a pain is: "5/10", "6 out of 10", "7 on a scale of 0 to 10", beside the pain or in front of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matcher.facts import tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Concept, Quantity

if TYPE_CHECKING:
    from matcher.terms import Terminology

_SCORE = re.compile(
    r"(?<![\d/.])(?P<low>10|\d(?:\.5)?)(?:\s?(?:-|–|to)\s?(?P<high>10|\d))?"
    r"(?:\s?/\s?|\s(?:out\s)?of\s(?:a\spossible\s)?|\son\s(?:a|the)\s(?:pain\s)?scale\s(?:of|from)\s(?:[01]\s?(?:-|–|to)\s?)?)10(?![\d/%])",
    re.IGNORECASE,
)
_REACH = 70
_BREAK = re.compile(r"[;\n]")


class Pain:
    """Reads scores of pain against a terminology."""

    def __init__(self, terminology: Terminology) -> None:
        known = tables.toml("concepts")["pain"]
        self._pain = terminology.descendants(known["finding"])
        self._scale: Concept = terminology.concept(known["scale"])

    def read(self, page: Page, sentence: Sentence, findings: Sequence[Draft]) -> None:
        """Add a score for each pain of a sentence that has one beside it."""
        pains = [d for d in findings if d.concept is not None and d.concept.id in self._pain]
        if not pains:
            return
        text = page.text
        for match in _SCORE.finditer(text, sentence.start, sentence.end):
            near = [d for d in pains if 0 <= match.start() - d.end <= _REACH or 0 <= d.start - match.end() <= 12]
            near = [d for d in near if not _BREAK.search(text, min(d.end, match.end()), max(d.start, match.start()))]
            if not near:
                continue
            pain = near[-1] if near[-1].end <= match.start() else near[0]
            low, high = float(match["low"]), float(match["high"] or match["low"])
            page.add(
                Draft(
                    "score",
                    min(pain.start, match.start()),
                    max(pain.end, match.end()),
                    self._scale,
                    Quantity(
                        low, high, None, start=match.start("low"), end=match.end((match["high"] and "high") or "low")
                    ),
                    rule="pain.score",
                    type="measurement",
                    anchor=(pain.start, pain.end),
                )
            )
