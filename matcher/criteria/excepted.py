"""How far an exception reaches: "malignancy other than basal cell carcinoma | , HIV infection, hepatitis B"."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.trees import join
from matcher.model import And, Except, Leaf, Logic, Not, Or

if TYPE_CHECKING:
    from matcher.terms import Terminology


def own_clause(left: list[Chunk], right: list[Chunk]) -> int:
    """Where what is said of any disease begins behind the one that is spared: "any disease other than asthma | that
    requires oxygen"; 0 where nothing is, or where it may be said of that one ("other than cancer that was cured")."""
    known = lexicon().turns
    named = [c for c in left if c.kind in ("term", "word")]
    if not named or named[-1].mention is not None or named[-1].low.split()[-1] not in known["any_illness_at_all"]:
        return 0
    for at, chunk in enumerate(right[:-1]):
        if at and chunk.kind == "planned" and named[-1] is left[-1]:
            return at
        if at and chunk.low in known["relative"] and chunk.kind in ("scaffold", "link"):
            after = right[at + 1].low.split()[0]
            return 0 if right[at + 1].kind in ("link", "status") or after in known["is_or_has"] else at
    return 0


def treated(tree: Logic) -> Logic:
    """ "Latent tuberculosis unless treatment has been completed", "hepatitis C unless cured": the disease that was
    treated is spared."""
    match tree:
        case Except(Leaf(op="condition") as base, spares):
            return Except(base, tuple(_cured(base, spare) if _of_treatment(spare) else spare for spare in spares))
        case And(args) | Or(args):
            return type(tree)(tuple(map(treated, args)))
    return tree


def _of_treatment(spare: Logic) -> bool:
    """Whether nothing is said but that some treatment was completed."""
    known = lexicon().turns
    parts = spare.args if isinstance(spare, And) else (spare,)
    plain = [leaf for leaf in parts if isinstance(leaf, Leaf) and leaf.cmp is None and leaf.window is None]
    if len(plain) < len(parts):
        return False
    words = {word for leaf in plain for part in (leaf.term, *leaf.qualifiers) for word in part.lower().split()}
    return not words.isdisjoint(known["cure_done"]) and words <= known["cure_done"] | known["cure"]


def _cured(base: Leaf, spare: Logic) -> Leaf:
    first = spare.args[0] if isinstance(spare, And) else spare
    assert isinstance(first, Leaf)
    marked = tuple(dict.fromkeys((*base.qualifiers, "adequately treated")))
    return replace(base, start=first.start, end=first.end, qualifiers=marked)


def reached(base: Logic, spare: Logic, terms: Terminology | None) -> tuple[Logic, Logic | None]:
    """What is spared of ``base``, and what stands behind it in the list and is no kind of it."""
    last = base.arg if isinstance(base, Not) else base
    last = last.args[-1] if isinstance(last, Or) else last
    if terms is None or not isinstance(spare, Or) or not isinstance(last, Leaf) or last.concept is None:
        return spare, None
    kinds = [_kind_of(arg, last, terms) for arg in spare.args]
    end = next((at for at, kind in enumerate(kinds) if kind == "other"), len(kinds))
    if not end or end == len(kinds) or kinds[0] != "kind" or "kind" in kinds[end:]:
        return spare, None
    kept, beyond = join("or", spare.args[:end]), join("or", spare.args[end:])
    return (spare, None) if kept is None else (kept, beyond)


def _kind_of(arg: Logic, base: Leaf, terms: Terminology) -> str:
    """Whether a member is a "kind" of what it is spared of, plainly some "other" thing, or neither is known."""
    if not isinstance(arg, Leaf) or arg.concept is None or base.concept is None:
        return ""
    whole, part = base.concept.id, arg.concept.id
    if terms.is_a(part, whole):
        return "kind"
    if terms.is_a(whole, part):
        return ""
    if arg.status in ("past", "ever") and not base.status and arg.op in ("condition", "medication", "procedure"):
        return "other"  # "arrhythmia other than atrial fibrillation, prior stroke, or heart failure"
    if arg.op != "condition" or base.op != "condition" or not _only_kinds(whole, terms):
        return ""
    near = not lexicon().turns["near_cancer"].isdisjoint(arg.term.lower().replace("-", " ").split())
    shared = {c.id for c in terms.ancestors(part)} & {c.id for c in terms.ancestors(whole)}
    return "" if near or shared or not terms.ancestors(part) else "other"


@cache
def _classes() -> frozenset[str]:
    return frozenset(lexicon().turns["spares_kinds"])


def _only_kinds(concept: str, terms: Terminology) -> bool:
    return concept in _classes() or any(c.id in _classes() for c in terms.ancestors(concept))
