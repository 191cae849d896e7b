"""How strong a pain is: "5/10", "6 out of 10", "7 on a scale of 0 to 10", beside the pain or in front of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcher.facts import tables
from matcher.facts.fit import Fit
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Quantity

_SCORE = re.compile(
    r"(?<![\d/.])(?P<low>10|\d(?:\.5)?)(?:\s?(?:-|–|to)\s?(?P<high>10|\d))?"
    r"(?:\s?/\s?|\s(?:out\s)?of\s(?:a\spossible\s)?|\son\s(?:a|the)\s(?:pain\s)?scale\s(?:of|from)\s(?:[01]\s?(?:-|–|to)\s?)?)10(?![\d/%])",
    re.IGNORECASE,
)
_RATED = re.compile(
    r"\b(?:as|at|is|was|of)\s(?:an?\s)?(?P<low>10|\d)(?P<high>)(?![\d/%.]|\s?(?:-|–|to|out|of)\s?\d)\b", re.IGNORECASE
)
"""A number alone, where its sentence gives the scale."""
_SCALE = re.compile(
    r"\b(?:10|ten)\s(?:being|is|meaning|representing)\b|\b(?:being|is|as)\s(?:the\s)?worst\b", re.IGNORECASE
)
_REACH, _REACH_BACK = 70, 12
"""Characters between a pain and a score behind it, and one in front of it."""
_BREAK = re.compile(r"[;\n]")


def read(fit: Fit, page: Page, sentence: Sentence, findings: Sequence[Draft]) -> None:
    """Add a score for each pain of a sentence that has one beside it."""
    pains = [draft for draft in findings if fit.is_pain(draft.concept)]
    text = page.text
    scored = pains and _SCORE.search(text, sentence.start, sentence.end)
    pattern = _RATED if pains and not scored and _SCALE.search(text, sentence.start, sentence.end) else _SCORE
    for match in pattern.finditer(text, sentence.start, sentence.end) if pains else ():
        near = [d for d in pains if 0 <= match.start() - d.end <= _REACH or 0 <= d.start - match.end() <= _REACH_BACK]
        near = [d for d in near if not _BREAK.search(text, min(d.end, match.end()), max(d.start, match.start()))]
        if not near:
            continue
        pain = near[-1] if near[-1].end <= match.start() else near[0]
        low, high = float(match["low"]), float(match["high"] or match["low"])
        number_end = match.end("high" if match["high"] else "low")
        page.add(
            Draft(
                "score",
                min(pain.start, match.start()),
                max(pain.end, match.end()),
                fit.pain_scale,
                Quantity(low, high, start=match.start("low"), end=number_end),
                rule="pain.score",
                qualifiers=tuple(q for q in pain.qualifiers if q in tables.SIDES),
                type="measurement",
                anchor=(pain.start, pain.end),
            )
        )
