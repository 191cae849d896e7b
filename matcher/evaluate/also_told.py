"""What notes tell by another name: a part in a trial by its study drug, a positive serology by the infection."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from matcher.evaluate.plan import Setting, rules
from matcher.model import Leaf, Logic, Not, Op


def ways(leaf: Leaf, setting: Setting) -> tuple[Logic | None, bool]:
    """What tells of the leaf as well or, with ``Not``, what rules it out; and whether a documented verdict of its own
    goes before it."""
    if leaf.concept is None:
        return None, False
    for row in rules()["also_told"]:
        if leaf.concept.id in row["of"] and leaf.op in row["ops"] and row.get("value", leaf.value) == leaf.value:
            break
    else:
        return None, False
    concept = setting.terminology.concept(row["by"]) if "by" in row else None
    name = concept.name if concept is not None else row["by_op"]
    told = replace(
        leaf,
        op=cast(Op, row["by_op"]),
        term=name,
        concept=concept,
        cmp=None,
        value=None,
        qualifiers=(),
        status=row.get("status", leaf.status),
    )
    washout = leaf.window is not None and leaf.window.within is None  # kept by what is known of it
    return Not(told) if row.get("denied") else told, row["own_first"] or washout


def known_as(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Medications known to be strong CYP3A4 inhibitors" asks for the class."""
    if leaf.op != "medication" or leaf.concept is not None:
        return leaf
    table = rules()["fillers"]
    first, _, rest = leaf.term.partition(" ")
    tie = next((words for words in table["known_as"] if rest.lower().startswith(f"{words} ")), None)
    if first.lower() not in table["drugs"] or tie is None:
        return leaf
    name = rest[len(tie) + 1 :]
    return replace(leaf, term=name, concept=setting.terminology.normalise(name).concept)


def taking_part(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Participation in another trial", by the concept that notes tell it with."""
    table = rules()
    if leaf.concept is not None or leaf.op != "other" or leaf.term not in table["taking_part"]:
        return leaf
    return replace(leaf, concept=setting.terminology.concept(table["taking_part_concept"]))
