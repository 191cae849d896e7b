"""Members of a list: their atoms, with what stands in brackets behind them."""

from __future__ import annotations

from matcher.criteria.atoms import Atom, atoms
from matcher.criteria.bracketed import Bracketed
from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.soundness import undenied
from matcher.criteria.trees import aged, join, negate
from matcher.criteria.windows import Timed
from matcher.model import If, Leaf, Logic, Not, Window

_BRACKETS = 8
"""Brackets behind one name that are read with it; hostile text has more."""
_PLAIN = frozenset({"comparison", "number", "scaffold", "mark", "definition", "example"})


class Members(Bracketed):
    """Reads one member at a time."""

    def member(self, row: list[Chunk]) -> Logic | None:
        """One member of a list: its atoms, joined by "and", with what stands in brackets."""
        parts: list[Logic | None] = []
        negated_rest = False
        found = atoms(row)
        step = found[0] if len(found) > 1 and found[0].negated and any(c.scale for c in found[0].comparisons) else None
        if step is None and found[:1] and found[0].negated and any(atom.rated for atom in found[1:]):
            step = found[0]
        negated_whole = step is not None and not any(atom.negated for atom in found[1:])
        if step is not None and negated_whole:
            step.negated = False  # "no NYHA class III or IV heart disease": neither alone is denied
        for atom in found:
            self._limited(atom)
            tree = self.predicates.build(atom)
            if tree is None and atom.negated and atom.brackets:
                atom.negated = False  # "abnormal tests, not worked up (ALT > 4 x ULN)": the bracket is not denied
            sound = tree
            for bracket in atom.brackets[:_BRACKETS]:
                tree = self.bracketed(tree, bracket, atom)
            if atom.negated and tree is not sound and undenied(sound, tree, atom):
                atom.negated = False  # "without adequate renal function (creatinine > 2 mg/dl)"
            if len(atom.brackets) > _BRACKETS:
                rest = [self.bracketed(None, bracket, atom) for bracket in atom.brackets[_BRACKETS:]]
                tree = join("and", [tree, *rest])
            if atom.negated and tree is not None:
                # "No chemotherapy (if there is glioma)": what is denied is what is asked of them
                tree = If(tree.premise, Not(tree.then)) if isinstance(tree, If) else negate(tree)
            if atom.negated and tree is None:
                negated_rest = not negated_rest
                continue
            if negated_rest and tree is not None:
                tree, negated_rest = negate(tree), False
            parts.append(tree)
        tree = join("and", aged(parts))
        return negate(tree) if negated_whole else tree

    def _limited(self, atom: Atom) -> None:
        """A bracket that holds only a limit belongs to the measure before it: "(2.0-3.0)", "(≤ 40%)"."""
        if atom.comparisons or not (atom.terms or atom.age):
            return
        for bracket in atom.brackets:
            limits = [c.comparison for c in bracket.inner if c.kind in ("comparison", "number") and c.comparison]
            plain = all(c.kind in _PLAIN for c in bracket.inner)
            if (
                len(limits) == 1
                and plain
                and limits[0].duration
                and atom.status == "new"
                and limits[0].cmp in ("<", "<=")
            ):
                # "recent (less than 6 months) surgery"
                limit, window = limits[0], Window(within=limits[0].duration)
                atom.windows.append(Timed(limit.start, limit.end, limit.first, limit.last, window))
                self.left_out(bracket.inner)
                atom.brackets = [b for b in atom.brackets if b is not bracket]
                return
            chronic = atom.head == "medication" and bool(atom.qualifiers)
            if len(limits) == 1 and plain and limits[0].duration and (chronic or (atom.windows and not limits[0].cmp)):
                self.left_out(bracket.inner)  # "chronic use (more than 14 days) of steroids", "28 days (4 weeks)"
                atom.brackets = [b for b in atom.brackets if b is not bracket]
                return
            if len(limits) == 1 and plain and (limits[0].cmp or limits[0].unit):
                atom.comparisons.append(limits[0])
                atom.brackets = [b for b in atom.brackets if b is not bracket]
                return


def _front(term: str) -> str:
    """ "Cardinal features | of the disease"."""
    low = term.lower()
    return low.partition(" of ")[0].partition(" for ")[0] or low


def announces(base: Logic | None) -> bool:
    """Whether a lead only announces its list: "Laboratory values that indicate any of the following:"."""
    return (
        isinstance(base, Leaf)
        and base.op in ("other", "measurement", "condition")
        and base.concept is None
        and base.value in (None, "abnormal")
        and (_front(base.term).split()[-1] in lexicon().announcing)
    )
