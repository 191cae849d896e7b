"""The time that leads a line of a history: "- 06/2016: Mastectomy. Adjuvant AC-T x 4, then anastrozole x 5 y"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from matcher.facts import time
from matcher.facts.page import Page, Sentence
from matcher.facts.time_expr import TimeExpr
from matcher.model import Interval

_HEAD = re.compile(r"[ \t]*(?:[-*•]|\(?\d{1,2}[.)](?!\d))?[ \t]*(?P<when>[^:;\n]{4,40}?)[ \t]*(?::(?!\d)|[-–—][ \t])")
_DIGIT = re.compile(r"\d")
_DATING = frozenset({"date", "range"})


def of(page: Page, sentence: Sentence) -> TimeExpr | None:
    """The past time that leads the line in which a later sentence stands; None where there is none."""
    text, day = page.text, page.note.date
    line = text.rfind("\n", 0, sentence.start) + 1
    stop = min(sentence.end, line + 60)
    head = _HEAD.match(text, line, stop) if _DIGIT.search(text, line, stop) is not None else None
    if head is None or _DIGIT.search(head["when"]) is None:
        return None
    start, end = head.span("when")
    found = time.find(text, start, end, day)
    if len(found) != 1 or found[0].start != start or found[0].end != end or found[0].kind not in _DATING:
        return None
    interval = found[0].interval
    if interval is None or interval.end is None or (day is not None and day.start and interval.end >= day.start):
        return None
    return found[0]


def lasted(lead: TimeExpr, expr: TimeExpr) -> TimeExpr:
    """ "- 06/2016: … anastrozole x 5 y": so long from then on, and not up to the note."""
    if lead.interval is None or lead.interval.start is None or lead.interval.end is None or expr.days is None:
        return expr
    end = lead.interval.end + dt.timedelta(days=int(expr.days[1]))
    return replace(expr, interval=Interval(lead.interval.start, end), kind="range", counted=False)
