"""“Other malignancy”, “another infection”: the trial's own disease does not count.

What a criterion calls other is other than the index disease: that one, what is wider or narrower, and its spread
(`rules.toml`, ``another``) are taken out before the facts are looked at. Where the protocol does not name its disease,
facts of the only line of disease, or of the only one of now, are taken for it, and that assumption is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from matcher.evaluate.beside import THERE
from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import And, AtLeast, Concept, Except, Fact, If, Leaf, Logic, Or, Protocol
from matcher.patterns import alternatives


def is_another(leaf: Leaf, setting: Setting) -> bool:
    """Whether the trial's own disease is not meant: the words before the leaf's term say “other”, or nobody could be
    included if it were."""
    return _called_other(leaf, setting) or _holds_own(leaf, setting)


def left_out(leaf: Leaf, setting: Setting) -> frozenset[str]:
    """Concept ids of what is not meant. A bare mention of the wider disease that is asked for counts."""
    family, terminology = index_family(setting), setting.terminology
    if _called_other(leaf, setting) or leaf.concept is None or setting.protocol is None:
        return family
    if not any(terminology.is_a(leaf.concept.id, id) for id in rules()["another"]["lasting"]):
        own_ids = _index_ids(setting.protocol, terminology)
        own = {d for id in own_ids for d in (*terminology.descendants(id), *_by_place(id, terminology))}
        return frozenset(own) - {leaf.concept.id}
    return family - {leaf.concept.id, *(c.id for c in terminology.ancestors(leaf.concept.id))}


def _holds_own(leaf: Leaf, setting: Setting) -> bool:
    """Whether an exclusion is of a wider disease than the trial's own: "history of malignancy" in breast cancer.

    What can happen again is not taken out of the past: "prior stroke" in ischemic stroke asks for another one.
    """
    if leaf.op != "condition" or leaf.concept is None or setting.protocol is None or setting.wanted or setting.premise:
        return False
    table, terminology, wide = rules()["another"], setting.terminology, leaf.concept.id
    if leaf.cmp is not None or leaf.count is not None or not frozenset(table["plain"]).issuperset(leaf.qualifiers):
        return False
    lasting = any(terminology.is_a(wide, id) for id in table["lasting"])
    if not lasting and (leaf.status not in (None, "current") or leaf.window is not None):
        return False
    kinds = {d for own in _included(setting.protocol) for d in (own, *_by_place(own, terminology))}
    return any(own != wide and terminology.is_a(own, wide) for own in kinds)


def _called_other(leaf: Leaf, setting: Setting) -> bool:
    if leaf.op != "condition" or leaf.concept is None or setting.protocol is None:
        return False
    table = rules()["another"]
    before = setting.protocol.text[max(0, leaf.start - table["reach"]) : leaf.start].lower().split()
    near = before[-table["words_before"] :]
    if "than" in near:
        near = near[near.index("than") + 1 :]  # "other than treated basal cell carcinoma" names an exception
    said = {*near, *(q.lower() for q in leaf.qualifiers)}
    if not any(setting.terminology.is_a(leaf.concept.id, id) for id in table["lasting"]):
        said -= set(table["caused"])
    return not said.isdisjoint(table["cues"])


def asks_earlier(leaf: Leaf, setting: Setting) -> bool:
    """Whether a prior cancer is asked in a protocol that does not name its own."""
    table, terminology = rules()["another"], setting.terminology
    if leaf.op != "condition" or leaf.concept is None or setting.protocol is None:
        return False
    if not any(terminology.is_a(leaf.concept.id, id) for id in table["lasting"]):
        return False
    before = setting.protocol.text[max(0, leaf.start - table["reach"]) : leaf.start].lower().split()
    said = {*before[-table["words_before"] :], *leaf.term.lower().split(), *(q.lower() for q in leaf.qualifiers)}
    return not said.isdisjoint(table["no_earlier"]["asks"]) and not _index_ids(setting.protocol, terminology)


def only_one(facts: list[Fact], index: Index, terminology: Any) -> Fact | None:
    """The cancer of now beside which the notes deny any other: "stage IV NSCLC found in March, no other cancers"."""
    there = [f for f in facts if f.assertion in THERE]
    if not there or any(not _of_now(f, index) for f in there) or all(f.time is None for f in there):
        return None
    if any(not _akin(f, there[-1], terminology) for f in there):
        return None
    note = index.notes.get(there[-1].note_id)
    return there[-1] if note is not None and _none_earlier().search(note.text) is not None else None


@cache
def _none_earlier() -> re.Pattern[str]:
    table = rules()["another"]["no_earlier"]
    return re.compile(rf"\b(?:{alternatives(table['denials'])})\s(?:{alternatives(table['nouns'])})\b", re.IGNORECASE)


def index_family(setting: Setting) -> frozenset[str]:
    """Concept ids of the protocol's own disease: itself, wider, narrower, and its spread. Empty where none is named."""
    own = _index_ids(setting.protocol, setting.terminology) if setting.protocol is not None else set()
    return _family(own, setting.terminology)


def _family(own: Iterable[str], terminology: Any) -> frozenset[str]:
    family: set[str] = set()
    for id in own:
        family |= terminology.descendants(id)
        family.update(concept.id for concept in terminology.ancestors(id))
        family |= _by_place(id, terminology)
    if family:
        family |= spread(terminology)
    return frozenset(family)


def _by_place(id: str, terminology: Any) -> frozenset[str]:
    """ "Cardiac lymphoma" of a patient with Burkitt's: the same, named by where it sits and not by its kind."""
    table = rules()["another"]["by_place"]
    of = terminology.normalise(table["of"]).concept
    if of is None or not terminology.is_a(id, of.id):
        return frozenset()
    kinds = [c.id for name in table["kinds"] if (c := terminology.normalise(name).concept) is not None]
    return frozenset(d for d in terminology.descendants(of.id) if not any(terminology.is_a(d, kind) for kind in kinds))


def spread(terminology: Any) -> frozenset[str]:
    """Metastases and bare histologies: of whatever the patient has, no disease of their own."""
    table = rules()["another"]
    ids: set[str] = set()
    for id in table["spread"]:
        ids |= terminology.descendants(id)
    for name in table["histology"]:
        concept = terminology.normalise(name).concept
        if concept is not None:
            ids.add(concept.id)
    return frozenset(ids)


def parted(facts: list[Fact], index: Index, terminology: Any) -> tuple[Fact | None, list[Fact]]:
    """The fact whose line of disease is taken for the trial's own, where the protocol names none, and facts of others.

    A line is what is wider or narrower than each other. It is the only one, or the only one that is of now: of a
    lymphoma and a melanoma of nine years ago the lymphoma. (None, all facts) where several are.
    """
    mets = spread(terminology)
    lines: list[list[Fact]] = []
    for fact in (f for f in facts if f.assertion in THERE):
        if fact.concept is None or fact.concept.id in mets or _finding(fact.concept, terminology):
            continue
        of = [line for line in lines if any(_akin(fact, other, terminology) for other in line)]
        lines = [line for line in lines if line not in of] + [[*(f for line in of for f in line), fact]]
    if len(lines) < 2:
        return (facts[-1], []) if any(f.assertion in THERE for f in facts) else (None, facts)
    current = [line for line in lines if any(_of_now(fact, index) for fact in line)]
    if len(current) != 1:
        return None, facts
    family = _family({f.concept.id for f in current[0] if f.concept is not None}, terminology)
    return current[0][-1], [f for f in facts if f.concept is None or f.concept.id not in family]


def _finding(concept: Concept, terminology: Any) -> bool:
    """A finding ("tremor") is no disease of its own; a cancer that the ontology of findings lists is one."""
    return concept.system == "HPO" and not any(terminology.is_a(concept.id, id) for id in rules()["another"]["lasting"])


def _akin(one: Fact, other: Fact, terminology: Any) -> bool:
    if one.concept is None or other.concept is None:
        return False
    a, b = one.concept.id, other.concept.id
    return a == b or terminology.is_a(a, b) or terminology.is_a(b, a)


def _of_now(fact: Fact, index: Index) -> bool:
    if fact.assertion != "present" or fact.status == "past":
        return False
    last = fact.time.end or fact.time.start if fact.time is not None else None
    return last is None or index.as_of is None or (index.as_of - last).days <= rules()["another"]["now_days"]


def _index_ids(protocol: Protocol, terminology: Any) -> set[str]:
    named = [terminology.normalise(name).concept for name in protocol.conditions]
    found = {concept.id for concept in named if concept is not None} | _included(protocol)
    if not found and protocol.title:
        hits = (id for hit in terminology.find(protocol.title) for id in hit.ids)
        found = {id for id in hits if terminology.kind(id) == "condition"}
    return found


def _included(protocol: Protocol) -> set[str]:
    """What the patients must have; a trial that prevents or looks for its disease asks for none."""
    found: set[str] = set()
    for criterion in protocol.criteria:
        if criterion.kind == "inclusion" and criterion.logic is not None:
            found |= _wanted(criterion.logic)
    return found


def beside(leaf: Leaf, setting: Setting) -> bool:
    """Whether a sibling stands before the "other": of "hepatocellular carcinoma or other malignancy" that one."""
    if setting.protocol is None:
        return False
    line = setting.protocol.text[: leaf.start].rpartition("\n")[2].lower().split()
    cue = next((n for n in range(len(line) - 1, 0, -1) if line[n] in rules()["another"]["cues"]), 0)
    return cue > 1 and line[cue - 1] in ("or", "and", "and/or")


def _wanted(node: Logic) -> set[str]:
    """Conditions that an inclusion criterion asks for, not those that it negates or spares."""
    if isinstance(node, Leaf):
        return {node.concept.id} if node.op == "condition" and node.concept is not None else set()
    if isinstance(node, And | Or | AtLeast):
        return {id for arg in node.args for id in _wanted(arg)}
    if isinstance(node, Except):
        return _wanted(node.base)
    if isinstance(node, If):
        return _wanted(node.then)
    return set()
