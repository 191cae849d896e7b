"""How far a cancer has spread, asked without its name: "metastatic or unresectable disease".

A note says it of the cancer ("metastatic breast cancer", "stage IV melanoma"), so the cancer in that state answers.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.evaluate.plan import Setting, rules
from matcher.model import Leaf


def stages(leaf: Leaf, setting: Setting) -> tuple[Leaf, ...]:
    """The last stage, and M1, where the leaf asks for metastases of whatever cancer."""
    table = rules()["extent"]
    if leaf.concept is None or leaf.concept.id not in table["concepts"]:
        return ()
    return tuple(
        Leaf("stage", leaf.start, leaf.end, "stage", setting.terminology.concept(scale), cmp=">=", value=least)
        for scale, least in table["stages"].items()
    )


def asked(leaf: Leaf, setting: Setting) -> tuple[Leaf, ...]:
    """Any cancer in the state, or in one of the states, that the leaf asks for; empty where it asks something else."""
    table = rules()["extent"]
    if leaf.op not in ("condition", "other"):
        return ()
    if leaf.concept is not None:
        state = table["concepts"].get(leaf.concept.id)
        if state is None or leaf.term.lower().split()[0] not in table["words"]:
            return ()
        states = [tuple(dict.fromkeys((state, *leaf.qualifiers)))]
    else:
        said = {word for qualifier in leaf.qualifiers for word in (qualifier, *qualifier.split())}
        nouns = [word for word in leaf.term.lower().split() if word not in said]
        if not set(nouns) <= set(table["nouns"]) or not nouns or said.isdisjoint(table["words"]):
            return ()
        states = _each(leaf.qualifiers)
    concept = setting.terminology.concept(table["cancer"])
    return tuple(
        replace(leaf, op="condition", concept=concept, term=concept.name, qualifiers=state) for state in states
    )


def _each(qualifiers: tuple[str, ...]) -> list[tuple[str, ...]]:
    """ "Relapsed or refractory" asks for either."""
    joined = next((q for q in qualifiers if " or " in q), None)
    if joined is None:
        return [qualifiers]
    rest = tuple(q for q in qualifiers if q != joined)
    return [(*rest, part.strip()) for part in joined.split(" or ")]


__all__ = ["asked", "stages"]
