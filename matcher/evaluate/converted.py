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
    """Not met where all that the notes tell of it became another operation; met, where just that is asked."""

    def positive(self, index: Index, yes: list[Fact], no: list[Fact]) -> Outcome:
        turned = [f for f in yes if _turned(f, index)]
        if _words("turned").search(self.leaf.term) is not None:
            return self._conversion(turned, yes, index)
        rest = [f for f in yes if f not in turned]
        if rest or not turned:
            return super().positive(index, rest, no)
        return self.told(
            "not_met",
            f"{self.name}: “{turned[-1].text}” was converted{dated(turned[-1])}",
            f"{self.leaf.op}.converted",
            facts=(turned[-1],),
        )

    def _conversion(self, turned: list[Fact], yes: list[Fact], index: Index) -> Outcome:
        """ "Laparoscopic cholecystectomy converted to open": the conversion itself is asked."""
        turned = turned or [f for f in yes if _words("turned").search(f.text) is not None]
        last = (turned or yes)[-1]
        if turned:
            said, rule = f"{self.name}: “{last.text}” was converted{dated(last)}", f"{self.leaf.op}.converted"
            return self.told("met", said, rule, facts=(last,))
        said = f"{self.name}: “{last.text}” is documented{dated(last)}; a conversion is not"
        if _denied().search(_behind(last, index)) is not None:
            return self.told("not_met", said, f"{self.leaf.op}.converted", facts=(last,))
        if _words("turned").search(index.quote(last)) is None and not self.setting.policy.off:
            return self.assumed("not_met", said, f"{self.leaf.op}.converted", facts=(last,))
        return self.open(said, f"{self.leaf.op}.converted", facts=(last,), needs=f"confirm or rule out: {self.name}")


def _turned(fact: Fact, index: Index) -> bool:
    behind = f"{fact.text}{_behind(fact, index)}"  # "laparoscopic converted to open cholecystectomy" is one name
    return "conver" in behind.lower() and _converted().search(behind) is not None


def _behind(fact: Fact, index: Index) -> str:
    note = index.notes.get(fact.note_id)
    return _END.split(note.text[fact.end : fact.end + _REACH])[0] if note is not None else ""


@cache
def _denied() -> re.Pattern[str]:
    denied, turned = (alternatives(rules()["converted"][name]) for name in ("denied", "turned"))
    return re.compile(rf"(?<!\w)(?:{denied})\s(?:\w+\s){{0,2}}?(?:{turned})(?!\w)", re.IGNORECASE)


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
