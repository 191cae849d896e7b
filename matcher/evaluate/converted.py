"""An operation that is asked by how it is gone about, and was converted on the way: it did not end as it began."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate.event import EventPlan
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives

_REACH = 90
_END = re.compile(r"[;\n]|\.\s")


def asked(leaf: Leaf) -> bool:
    """ "Laparoscopic cholecystectomy", "vaginal delivery"."""
    plain = leaf.op == "procedure" and leaf.concept is not None
    return plain and any(_words("from").search(said) is not None for said in (leaf.term, *leaf.qualifiers))


class ConvertedPlan(EventPlan):
    """Not met where all that the notes tell of it became another operation."""

    def positive(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        turned = [f for f in yes if _turned(f, index)]
        rest = [f for f in yes if f not in turned]
        if rest or not turned:
            return super().positive(index, rest, no)
        return self.told(
            "not_met",
            f"{self.name}: “{turned[-1].text}” was converted{dated(turned[-1])}",
            f"{self.leaf.op}.converted",
            facts=(turned[-1],),
        )


def _turned(fact: Fact, index: Index) -> bool:
    note = index.notes.get(fact.note_id)
    behind = _END.split(note.text[fact.end : fact.end + _REACH])[0] if note is not None else ""
    return "conver" in behind.lower() and _converted().search(behind) is not None


@cache
def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(rules()['converted'][name])})(?!\w)", re.IGNORECASE)


@cache
def _converted() -> re.Pattern[str]:
    """ "| was converted to an open procedure"; not "| without conversion to open", "converted with surgical …"."""
    table = rules()["converted"]
    turned, denied, into, apart = (alternatives(table[name]) for name in ("turned", "denied", "into", "between"))
    return re.compile(
        rf"^(?!.*?(?<!\w)(?:{denied})\s(?:\w+\s){{0,2}}?(?:{turned})(?!\w)).*?(?<!\w)(?:{turned})\s"
        rf"(?:(?!(?:{apart})\b)\w+\s){{0,3}}?(?:{into})(?!\w)",
        re.IGNORECASE | re.DOTALL,
    )
