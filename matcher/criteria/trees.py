"""Small operations on logic trees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from matcher.model import And, AtLeast, Except, If, Leaf, Logic, Not, Or


def join(op: str, args: Iterable[Logic | None]) -> Logic | None:
    """And/or of what there is; one argument stands for itself, equal operators are flattened."""
    cls = And if op == "and" else Or
    found: dict[Logic, None] = {}
    for arg in args:
        if arg is not None:
            found.update(dict.fromkeys(arg.args if isinstance(arg, cls) else (arg,)))
    flat = list(found)
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else cls(tuple(flat))


def negate(tree: Logic | None) -> Logic | None:
    """Not, without double negation."""
    if tree is None:
        return None
    return tree.arg if isinstance(tree, Not) else Not(tree)


def leaves(tree: Logic | None) -> list[Leaf]:
    """Every leaf, left to right."""
    found: list[Leaf] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        match node:
            case Leaf():
                found.append(node)
            case And(args) | Or(args) | AtLeast(_, args):
                stack += reversed(args)
            case Not(arg):
                stack.append(arg)
            case Except(base, spares):
                stack += [*reversed(spares), base]
            case If(premise, then):
                stack += [then, premise]
            case None:
                pass
    return found


def rebuilt(tree: Logic, change: Callable[[Logic], Logic]) -> Logic:
    """The tree with each of the parts right below its root changed."""
    match tree:
        case Leaf():
            return tree
        case And(args) | Or(args) | AtLeast(_, args):
            return replace(tree, args=tuple(map(change, args)))
        case Not(arg):
            return Not(change(arg))
        case Except(base, spares):
            return Except(change(base), tuple(map(change, spares)))
        case If(premise, then):
            return If(change(premise), change(then))


def mapped(tree: Logic, change: Callable[[Leaf], Logic]) -> Logic:
    """The tree with every leaf changed."""
    return change(tree) if isinstance(tree, Leaf) else rebuilt(tree, lambda part: mapped(part, change))


def without(tree: Logic, gone: Callable[[Leaf], bool]) -> Logic:
    """The tree without the members of its lists that are such leaves; as it is where nothing else would be left."""
    if not isinstance(tree, And | Or):
        return tree
    kept = tuple(without(arg, gone) for arg in tree.args if not (isinstance(arg, Leaf) and gone(arg)))
    if not kept:
        return tree
    return kept[0] if len(kept) == 1 else replace(tree, args=kept)


def spared(base: Logic, spare: Logic | None, last: bool = False) -> Logic:
    """``base`` without ``spare``; under a negation or at the last of a list, where the exception belongs."""
    if spare is None:
        return base
    spares = spare.args if isinstance(spare, Or) else (spare,)
    if isinstance(base, Leaf) and base.op in ("allergy", "family_history"):
        spares = tuple(like(arg, base) for arg in spares)
    if isinstance(base, Not):
        return Not(spared(base.arg, spare, last))
    if last and isinstance(base, Or) and not _kinds_of_one(base):
        return Or((*base.args[:-1], spared(base.args[-1], spare)))
    if isinstance(base, Except):
        return Except(base.base, (*base.spares, *spares))
    return Except(base, tuple(spares))


def _kinds_of_one(base: Or) -> bool:
    """ "Prescription or OTC medication", "oral or inhaled steroids": kinds of what the last word names."""
    nouns = {leaf.term.lower().split()[-1:] and leaf.term.lower().split()[-1] for leaf in leaves(base)}
    return len(nouns) == 1 and all(isinstance(arg, Leaf) for arg in base.args)


def widened(base: Logic, shown: Logic) -> Logic:
    """Examples widen the class that they stand for: the last of a list, inside its negation."""
    if isinstance(base, Not):
        return Not(widened(base.arg, shown))
    flat = shown.args if isinstance(shown, And | Or) else (shown,)
    if isinstance(base, Leaf) and base.count is not None and base.count > 1:
        # "at least two DMARDs (e.g. methotrexate, leflunomide)": so many of them, and not one
        count = base.count + (base.count_cmp == ">")
        plain = replace(base, count=None, count_cmp=None)
        some = tuple(like(arg, plain) for arg in flat)
        if base.count_cmp not in (">", ">=") or count > len(some):
            return base
        return Or((base, AtLeast(count, some) if count < len(some) else And(some)))
    if isinstance(base, And):
        return And((*base.args[:-1], widened(base.args[-1], shown)))
    if isinstance(base, Or) and isinstance(base.args[-1], And):
        return Or((*base.args[:-1], widened(base.args[-1], shown)))
    last = base.args[-1] if isinstance(base, Or) else base
    if isinstance(last, Leaf) and (base is last or last.op == "allergy"):
        flat = tuple(like(arg, last) for arg in flat)
    return join("or", [base, *flat]) or base


def like(arg: Logic, base: Leaf) -> Logic:
    """An example has the window and the status of its class, and is to come where that is."""
    if isinstance(arg, Leaf) and arg.value is None:
        op = (
            base.op
            if base.op in ("allergy", "family_history") or (arg.op == "other" and base.op != "measurement")
            else arg.op
        )
        arg = replace(arg, op=op, window=arg.window or base.window, status=arg.status or base.status)
        if "planned" in base.qualifiers and "planned" not in arg.qualifiers and op in ("procedure", "medication"):
            arg = replace(arg, qualifiers=("planned", *arg.qualifiers))
    return arg


def fellows(parts: list[Logic | None]) -> list[Logic | None]:
    """In a list of drugs a name that nobody knows is a drug too ("reserpine, selegeline or MAOIs")."""
    drugs = sum(isinstance(p, Leaf) and p.op == "medication" for p in parts)
    if drugs < 2 or 2 * drugs <= len(parts):
        return parts
    return [
        replace(p, op="medication") if isinstance(p, Leaf) and p.op == "other" and not p.concept and not p.cmp else p
        for p in parts
    ]


def denies(tree: Logic) -> bool:
    """Whether a tree only says what does not hold."""
    return isinstance(tree, Not) or (isinstance(tree, And) and all(isinstance(arg, Not) for arg in tree.args))


def disjoint(parts: Sequence[Logic | None]) -> bool:
    """ "Below 18 and above 45": no number is both, so either is meant."""
    low, high = (p if isinstance(p, Leaf) else None for p in parts) if len(parts) == 2 else (None, None)
    if low is None or high is None or (low.op, low.term.lower(), low.uln) != (high.op, high.term.lower(), high.uln):
        return False
    if {low.cmp, high.cmp} & {"=", "between", None} or (low.cmp or "")[0] == (high.cmp or "")[0]:
        return False
    under, over = (low, high) if (low.cmp or "").startswith("<") else (high, low)
    same = under.unit == over.unit or not (under.unit and over.unit)
    return same and isinstance(under.value, float) and isinstance(over.value, float) and under.value < over.value


_OPPOSITE = {"positive": "negative", "negative": "positive"}
_FEW = 12
"""More leaves than this are not looked through: nobody asks for so many things and for the contrary of one of them."""


def contrary(parts: Sequence[Logic | None]) -> bool:
    """ "Chest pain with a negative stress test; no chest pain but a positive stress test": nobody is both, so either is
    meant."""
    asked = [part for part in parts if part is not None]
    named = [leaf for part in asked for leaf in leaves(part)]
    if len(asked) < 2 or len(named) > _FEW or len({_fact(leaf) for leaf in named}) == len(named):
        return False
    return any(_ways(part) for part in asked) and not _ways(And(tuple(asked)))


def _fact(leaf: Leaf) -> Leaf:
    """What a leaf asks for, whatever result it wants and wherever it stands."""
    value = None if leaf.value in _OPPOSITE else leaf.value
    named = leaf.concept.id if leaf.concept is not None else leaf.term.lower()
    return replace(leaf, term=named, concept=None, start=0, end=0, value=value)


def _ways(tree: Logic, wanted: bool = True) -> list[dict[Leaf, str]]:
    """The ways in which a tree can hold, each a result for what it names; none where it contradicts itself."""
    match tree:
        case Not(arg):
            return _ways(arg, not wanted)
        case And(args) | Or(args):
            if isinstance(tree, And) is not wanted:
                return [way for arg in args for way in _ways(arg, wanted)]
            ways: list[dict[Leaf, str]] = [{}]
            for arg in args:
                more = _ways(arg, wanted)
                ways = [a | b for a in ways for b in more if all(a.get(key, b[key]) == b[key] for key in b)]
            return ways
        case Leaf():
            result = str(tree.value) if tree.value in _OPPOSITE else "positive"
            return [{_fact(tree): result if wanted else _OPPOSITE[result]}]
    return [{}]  # an exception, a premise, a count: nothing is known of it


def aged(parts: list[Logic | None]) -> list[Logic | None]:
    """ "Adults aged 18 to 75": the words for an age group say no more than the age."""
    ages = [p for p in parts if p is not None and any(leaf.op == "age" and leaf.term == "age" for leaf in leaves(p))]
    if not ages:
        return parts
    return [p for p in parts if not (isinstance(p, Leaf) and p.op == "age" and p.term != "age")]
