"""When the symptoms began: "onset of symptoms within 5 days" against "cough and fever started 4 days ago"."""

from __future__ import annotations

from dataclasses import replace

from matcher.dates import duration_days
from matcher.evaluate.index import Index, dated
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting, rules
from matcher.evaluate.windows import counted, placed, till_now
from matcher.model import Fact, Interval, Leaf, Window


def asked(leaf: Leaf) -> Leaf | None:
    """The leaf with its window where it asks since when there are symptoms, of whatever kind."""
    words = " ".join(leaf.term.lower().split())
    if leaf.concept is not None or words not in rules()["symptom_words"]:
        return None
    if leaf.window is not None:
        return leaf
    length = f"{leaf.value:g} {leaf.unit}" if isinstance(leaf.value, int | float) and leaf.unit else ""
    if duration_days(length) is None or leaf.cmp not in ("<", "<=", ">", ">="):
        return None
    window = Window(within=length) if leaf.cmp in ("<", "<=") else Window(at_least_ago=length)
    return replace(leaf, op="other", cmp=None, value=None, unit=None, window=window)


class SymptomsPlan(Plan):
    """The first day of the complaints of the latest note, against the window."""

    looks_at = frozenset({"condition"})

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        super().__init__(leaf, setting)
        self.complaints = frozenset(
            id for name in rules()["complaints"] for id in setting.terminology.descendants(name)
        )

    def reach(self) -> frozenset[str]:
        return super().reach() | self.complaints

    def _told(self, fact: Fact) -> bool:
        concept = fact.concept
        time, _ = placed(fact)
        if (
            time is None
            or time.start is None
            or concept is None
            or (fact.assertion != "present" and not till_now(fact))
        ):
            return False
        return concept.system == "HPO" or concept.id in self.complaints

    def _recent(self, told: list[Fact], index: Index) -> list[Fact]:
        """Those that may belong to the illness that is asked about: "back pain for 3 years" is none of a stroke's."""
        days = duration_days(self.window.within) if self.window is not None and self.window.within else None
        if days is None:
            return told
        reach = max(rules()["symptom_reach"] * days[1], rules()["symptom_reach"])
        spans = [(f, *counted(f, index.as_of)) for f in told]
        return [
            f for f, time, day in spans if day is None or (time and time.start and (day - time.start).days <= reach)
        ]

    def evaluate(self, index: Index) -> Outcome:
        assert self.window is not None
        told = [f for f in index.by_kind.get("condition", ()) if self._told(f)]
        if not told:
            return self.silent
        latest = [f for f in told if f.note_id == told[-1].note_id]
        if recent := self._recent(latest, index):
            latest = recent
        elif self.window.within is not None:
            return self.open(
                f"“{latest[-1].text}”{dated(latest[-1])} began long before; when today's symptoms did is not said",
                "symptoms.older", facts=(latest[-1],), needs="date of the first symptom",
            )  # fmt: skip
        starts = {f: time.start for f in latest if (time := placed(f)[0]) is not None and time.start is not None}
        first = min(starts, key=lambda f: (starts[f], f.start))
        begun = replace(first, time=Interval(starts[first], starts[first]), status=None)
        place = self.window.place(begun, counted(first, index.as_of)[1])
        if place == "unknown":
            return self.open(
                f"“{first.text}”{dated(first)} does not settle the window", "symptoms.window", facts=(first,),
                needs="date of the first symptom",
            )  # fmt: skip
        return self.told(
            "met" if place == "in" else "not_met",
            f"the symptoms began with “{first.text}”{dated(first)}",
            "symptoms.onset",
            facts=(first,),
        )
