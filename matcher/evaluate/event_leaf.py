"""What a leaf on an event asks, worked out once: what counts as yes, which concepts speak of it, what narrows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from matcher.evaluate import onesided, proof
from matcher.evaluate.bouts import Bouts
from matcher.evaluate.earlier import FIRST
from matcher.evaluate.mentions import earlier, says_little, says_nothing
from matcher.evaluate.narrower import (
    causes,
    contraindicated,
    evidenced,
    exclusive,
    lasting,
    never,
    onset,
    present_device,
    route,
    specific_words,
    to_come,
)
from matcher.evaluate.plan import PROTOCOL_TERM, Plan, Setting, accepted, rules, wider
from matcher.evaluate.qualifiers import Asked
from matcher.model import Leaf

_BEFORE = 25
"""Characters before a name in which its indication is asked for."""


class EventLeaf(Plan):
    """A leaf on something that is there or happened, before any fact is looked at."""

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        table = rules()
        kinds = table["kinds"]
        self.profile: dict[str, Any] = kinds.get(leaf.op, kinds["condition"])
        self.yes = frozenset(self.profile["yes"])
        self.no = frozenset(self.profile["no"])
        self.maybe = frozenset(self.profile["maybe"])
        if leaf.status in ("ever", "past") or (leaf.op == "medication" and never(leaf, setting)):
            self.status = "ever"
        elif leaf.status in ("current", "new") or (
            leaf.op == "procedure" and any(w in leaf.term.lower() for w in table["in_place_words"])
        ):
            self.status = "current"
        else:
            self.status = self.profile["unstated_status"]
        if leaf.status is None and (present_device(leaf, setting) or evidenced(leaf, setting)):
            self.status = "current"
        planned = frozenset(table["planned_words"])
        self.planned = bool(planned & {q.lower() for q in leaf.qualifiers})
        around = setting.protocol.text[max(0, leaf.start - _BEFORE) : leaf.end].lower() if setting.protocol else ""
        indicated = any(word in around for word in table["indicated_words"])  # what was done was indicated
        self.ahead = self.planned and leaf.op == "procedure" and not indicated
        """Whether an operation is asked that is yet to come: one that was done is none."""
        if self.planned:
            self.yes, self.no = frozenset({"planned", "present"}), frozenset({"absent", "declined"})
            self.maybe |= {"hypothetical"}
        self.undergoing = setting.wanted and to_come(leaf, setting)
        suspected = frozenset(table["suspected_words"])
        self.suspected = bool(suspected & {q.lower() for q in leaf.qualifiers})
        if self.suspected:
            self.yes, self.maybe = self.yes | self.maybe, frozenset()
        doses = frozenset(table["dose_words"]) if leaf.cmp is not None else frozenset()
        dropped = planned | suspected | {FIRST} | doses
        self.confirmed = any(w in q.lower() for q in (leaf.term, *leaf.qualifiers) for w in table["confirmed_words"])
        self.bouts = Bouts(leaf, setting)
        self.proof = proof.ids(leaf, setting, self.confirmed)
        kept_words = (q for q in leaf.qualifiers if q.lower() not in dropped and q not in self.bouts.asked)
        self.asked = Asked((*kept_words, *route(leaf)))
        super().__init__(leaf, setting)
        self.equivalent = table["dose_equivalents"].get(leaf.concept.id) if leaf.concept is not None else None
        if self.equivalent is not None:
            self.ids |= setting.terminology.descendants(self.equivalent)
        self.told_ids: frozenset[str] = frozenset()
        """The term as such, where the concept that was found for it is looked for first."""
        if leaf.concept is not None:
            self.told_ids = frozenset(id for id in self.ids if id.startswith(PROTOCOL_TERM))
            self.ids -= self.told_ids
        everything = wider(leaf, setting.terminology)
        self.above = frozenset(everything)
        generic = frozenset(table["generic"])
        self.parents = frozenset(i for i in everything[: table["parent_depth"]] if i not in generic)
        self.usual = frozenset(table["usual"].get(leaf.concept.id, ())) if leaf.concept is not None else frozenset()
        self.excluding = exclusive(leaf, setting, self.ids)
        self.causes = causes(leaf, setting.terminology)
        ways = (*leaf.qualifiers, *route(leaf))
        extra = specific_words(replace(leaf, qualifiers=ways), setting.terminology) if not self.equivalent else ()
        self.extra = extra or ()
        self.before = leaf.op == "procedure" and leaf.status == "past" and leaf.window is None
        # "elbow" alone says nothing of what is asked of it
        self.bare = leaf.concept is None and (says_nothing if not leaf.qualifiers else says_little)(leaf.term)
        if contraindicated(leaf, setting):
            extra = None
        if extra is None:
            self.told_ids = frozenset()
            self.ids = accepted(replace(leaf, concept=None), setting.terminology)
            self.above = self.parents = self.excluding = frozenset()
        kept = self.window is not None and self.window.within is None and not lasting(leaf, setting)
        if self.leaf.op == "procedure" and setting.wanted and kept and not setting.policy.off:
            # "two weeks since any operation" is kept by who never had one
            self.silent = self.assumed(
                "met", f"no {self.name} is mentioned", "silence.washout", details=self.silent.details
            )
        condition = leaf.op == "condition"
        self.prior = condition and earlier(leaf, setting)
        """Asked is what lies before today."""
        self.begins = condition and self.window is not None and self.window.within is not None and onset(leaf, setting)
        """The window asks when it began."""
        self.one_side = onesided.asked(leaf) if leaf.op in ("condition", "procedure", "other") else onesided.NONE
        self.chronic = setting.policy.importance(leaf, setting.terminology) == "major"
        kin = {leaf.concept.id, *self.above} if leaf.concept is not None else set()
        self.passing = not kin.isdisjoint(table["passing"]["of"]) and kin.isdisjoint(table["passing"]["lasting"])
        """Of a disease that is none any more once it has resolved."""
        self.assumes = self.silent.basis == "assumed" and not setting.wanted
        self.acute = self.asked.acute() and self.leaf.status is None and self.window is None
        """Asked is what happens now."""
