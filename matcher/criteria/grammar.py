"""From a row of chunks to a logic tree: sentences, premises, exceptions, examples, lists, atoms.

Recursive descent over the lattice of `chunks`; each rule looks for one cue, cuts there and reads the sides.
Depth is bounded, so hostile text costs linear time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import And, AtLeast, Except, If, Kind, Leaf, Logic, Not, Or
from .atoms import Atom, atoms
from .chunks import Chunk
from .cues import cues
from .coordination import Group, Segment, grouped, names, segments
from .lexicon import Lexicon
from .predicates import Predicates, join, leaves, negate
from .sharing import limit_bracket, share

if TYPE_CHECKING:
    from ..terms import Terminology

_DEEP = 24
_MUST_NOT = ("must not", "should not", "may not")
_EDGE = frozenset({"comma", "semicolon", "colon", "stop", "mark", "slash", "dash", "conjunction"})
_WHO = frozenset({"who", "whose", "that", "having", "which"})


_WORDED = frozenset({"normal", "abnormal", "elevated", "low"})


class Grammar:
    """Reads one criterion."""

    def __init__(self, text: str, kind: Kind, terminology: Terminology | None, lexicon: Lexicon) -> None:
        self.text = text
        self.kind = kind
        self.predicates = Predicates(text, terminology, lexicon)
        self.depth = 0
        self.alternatives = 0
        """Above 0 inside exceptions and examples: there "and" lists what is spared or meant, one by one."""

    # ------------------------------------------------------------ sentences

    def block(self, row: list[Chunk]) -> Logic | None:
        """A criterion's text: its sentences together."""
        row = strip(row)
        if not row or self.depth > _DEEP:
            return None
        self.depth += 1
        try:
            parts = cut(row, lambda c: c.kind == "stop")
            if len(parts) == 1:
                return self.sentence(parts[0])
            tree: Logic | None = None
            for part in parts:
                part = strip(part)
                if not part:
                    continue
                if tree is not None and (spare := self._allowed(part)) is not None:
                    if self.kind == "exclusion" or isinstance(tree, Not):
                        tree = spared(tree, spare)
                    continue
                first = next((c for c in part if c.kind not in ("person", "scaffold", "link")), part[0])
                if first.kind == "example" and tree is not None:
                    shown = self.statement(part[part.index(first) + 1 :])
                    tree = self.widened(tree, shown) if shown is not None else tree
                    continue
                tree = join("and" if self.kind == "inclusion" else "or", [tree, self.sentence(part)])
            return tree
        finally:
            self.depth -= 1

    def _allowed(self, part: list[Chunk]) -> Logic | None:
        """What a later sentence takes out of the one before: "X is allowed.", "(except X)"."""
        if place(part, "spare") is not None:
            return self.each([c for c in part if c.kind != "spare"])
        first = strip(part[0].inner)[:1] if part[0].kind == "bracket" and len(part) == 1 else part[:1]
        if first and first[0].kind in ("exception", "unless"):
            inner = strip(part[0].inner) if part[0].kind == "bracket" else part
            return self.each(inner[1:])
        return None

    def sentence(self, row: list[Chunk]) -> Logic | None:
        """One sentence: a premise before it, or a statement with a list."""
        row = strip(row)
        if not row or self.depth > _DEEP:
            return None
        self.depth += 1
        try:
            return self.premised(row)
        finally:
            self.depth -= 1

    def premised(self, row: list[Chunk]) -> Logic | None:
        """ "For patients with X: Y", "Women of childbearing potential must Y", "if X, Y"."""
        must = next(
            (
                i
                for i, c in enumerate(row)
                if c.kind == "must" or (c.kind == "negation" and c.low.startswith(_MUST_NOT))
            ),
            None,
        )
        if row[0].kind in ("condition", "group") and len(row) > 2:
            end = next((i for i, c in enumerate(row) if c.kind in ("comma", "colon")), must)
            if end is not None and 0 < end < len(row) - 1 and self._subject(row[1:end]):
                demands = must is not None and must >= end
                start = end if row[end].kind == "negation" else end + 1
                found = self._if(row[1:end], row[start:], demands)
                if found is not None:
                    return found
        if must is not None and 0 < must < len(row) - 1:
            subject, rest = row[:must], row[must:] if row[must].kind == "negation" else row[must + 1 :]
            opening = next((c.kind for c in rest if c.kind not in ("scaffold", "link", "must", "negation")), "")
            if opening in ("comparison", "number", "result") and any(
                c.kind in ("term", "word", "age") for c in subject
            ):
                # "creatinine must be ≤ 1.5 x ULN": the subject is what is limited
                tree = self.statement([c for c in row if c.kind != "must"])
                return negate(tree) if self.kind == "exclusion" else tree
            if self._subject(subject) and not any(c.kind in ("comma", "stop", "condition") for c in subject):
                found = self._if(subject, rest, True)
                if found is not None:
                    return found
        at = next((i for i, c in enumerate(row[:3]) if c.kind == "childbearing"), None)
        colon = next((i for i, c in enumerate(row) if at is not None and i > at and c.kind == "colon"), None)
        if colon is not None and colon < len(row) - 1:
            found = self._if(row[:colon], row[colon + 1 :], True)
            if found is not None:
                return found
        return self.statement(row)

    def _if(self, subject: list[Chunk], rest: list[Chunk], demands: bool) -> Logic | None:
        """A premise with its consequence; None where either says nothing."""
        premise = self.statement(subject)
        then = self.requirement(rest) if demands else self.statement(rest)
        if premise is None or then is None or all(leaf.op == "administrative" for leaf in leaves(premise)):
            return None
        return If(premise, then)

    def requirement(self, row: list[Chunk]) -> Logic | None:
        """What must hold; among exclusion criteria its failure is what excludes."""
        tree = self.statement([c for c in row if c.kind != "must"])
        return negate(tree) if self.kind == "exclusion" and tree is not None else tree

    def _subject(self, row: list[Chunk]) -> bool:
        """Whether a subject narrows down: more than "patients"."""
        return any(
            c.kind
            in ("term", "word", "sex", "agegroup", "childbearing", "leaf", "behaviour", "comparison", "administrative")
            for c in row
        )

    # ------------------------------------------------------------ statements

    def statement(self, row: list[Chunk]) -> Logic | None:
        """A statement with its exceptions, examples and conditions."""
        row = strip(row)
        if not row or self.depth > _DEEP:
            return None
        self.depth += 1
        try:
            return self._statement(row)
        finally:
            self.depth -= 1

    def _statement(self, row: list[Chunk]) -> Logic | None:
        at = self._nof(row)
        if at is not None:
            return at
        at_unless = place(row, "exception", "unless")
        if at_unless is not None:
            left, right = strip(row[:at_unless]), strip(row[at_unless + 1 :])
            if left and right and names(left):
                base = self.statement(left)
                spare = self.each(right) if names(right) else None
                kept = [c.low for c in right if c.kind in ("qualifier", "result", "status")]
                if spare is None and kept and isinstance(base, Leaf):
                    spare = replace(base, start=right[0].start, end=right[-1].end, qualifiers=tuple(kept), window=None)
                if base is not None and spare is not None:
                    return spared(
                        base,
                        spare,
                        last=row[at_unless].low in ("other than", "excluding", "besides")
                        and row[at_unless - 1].kind != "comma",
                    )
            elif right and not left:
                tree = self.statement(right)
                return negate(tree)
        neutral = place(row, "neutral")
        if neutral is not None and names(row[:neutral]):
            # "with or without X": X is named, and not asked for
            end = next((i for i in range(neutral, len(row)) if row[i].kind in ("comma", "semicolon")), len(row))
            self.predicates.used.append((row[neutral].start, row[end - 1].end))
            return self.statement(row[:neutral] + row[end:])
        at_admin = place(row, "administrative")
        if at_admin is not None and (tree := self._administrative(row, at_admin)) is not None:
            return tree
        example = place(row, "example")
        if example is not None:
            left, right = strip(row[:example]), strip(row[example + 1 :])
            if left and right and names(left) and names(right):
                base = self.statement(left)
                shown = self.each(right)
                if base is not None and shown is not None:
                    return self.widened(base, shown)
            row = [c for i, c in enumerate(row) if i != example]
        definition = place(row, "definition")
        if definition is not None:
            left, right = strip(row[:definition]), strip(row[definition + 1 :])
            if left and right and names(left):
                base = self.statement(left)
                meant = self.statement(right) if names(right) else None
                return self.defined(base, meant)
        condition = place(row, "condition")
        if condition is not None and condition > 0:
            left, right = strip(row[:condition]), strip(row[condition + 1 :])
            if (
                left
                and right
                and names(left)
                and names(right)
                and not any(c.kind in ("conjunction",) and c.value == "or" for c in left)
            ):
                base, premise = self.statement(left), self.statement(right)
                if base is not None and premise is not None:
                    return If(premise, base)
        colon = place(row, "colon")
        if colon is not None and 0 < colon < len(row) - 1:
            return self._colon(row, colon)
        return self.listed(row)

    def each(self, row: list[Chunk]) -> Logic | None:
        """A statement whose list names things one by one, whatever its conjunction."""
        self.alternatives += 1
        try:
            return self.statement(row)
        finally:
            self.alternatives -= 1

    def widened(self, base: Logic, shown: Logic) -> Logic:
        """The class or its examples; a class that is only "conditions" says no more than they do."""
        if isinstance(base, Leaf) and not base.qualifiers and base.concept is None and base.value is None:
            if base.term.lower() in self.predicates.lexicon.generic:
                self.predicates.used.append((base.start, base.end))
                flat = shown.args if isinstance(shown, And | Or) else (shown,)
                return join("or", [like(arg, base) for arg in flat]) or base
        return widened(base, shown)

    def _nof(self, row: list[Chunk]) -> Logic | None:
        """ "At least 2 of the following: a; b; c", "any of …", "none of …"."""
        for at, chunk in enumerate(row):
            if chunk.kind not in ("list", "listall", "listnone"):
                continue
            rest = strip(row[at + 1 :])
            before = row[:at]
            count = 1
            number = next(
                (c for c in reversed(before) if c.kind in ("comparison", "number") and c.comparison is not None), None
            )
            if (
                number is not None
                and chunk.start - number.end < 6
                and number.comparison is not None
                and isinstance(number.comparison.value, float)
            ):
                count = int(number.comparison.value)
                if number.comparison.cmp == ">":
                    count += 1
                before = before[: before.index(number)]
            if not rest or not names(rest):
                return None
            lead = self.statement(before) if names(before) else None
            opening = (
                [c for c in before if c.kind in ("head", "status", "negation", "certainty")] if lead is None else []
            )
            negated = any(c.kind == "negation" for c in opening)
            opening = [c for c in opening if c.kind != "negation"]
            items = self._items(opening + rest, "and" if chunk.kind == "listall" else "or")
            if not items:
                return None
            tree: Logic | None
            if chunk.kind == "listall":
                tree = join("and", items)
            elif chunk.kind == "listnone":
                tree = negate(join("or", items))
            elif count > 1 and len(items) > 1:
                tree = AtLeast(min(count, len(items)), tuple(items)) if count < len(items) else join("and", items)
            else:
                tree = join("or", items)
            return join("and", [lead, negate(tree) if negated else tree])
        return None

    def _items(self, row: list[Chunk], op: str) -> list[Logic]:
        """The entries of a list in running text: at semicolons where there are any, else at commas and conjunctions."""
        if any(c.kind == "semicolon" for c in row):
            found = [self.statement(part) for part in cut(row, lambda c: c.kind == "semicolon")]
        else:
            tree = self.listed(row, op)
            if isinstance(tree, Or) or (isinstance(tree, And) and not isinstance(tree, Or)):
                found = list(tree.args)
            else:
                found = [tree]
        return [f for f in found if f is not None]

    def _colon(self, row: list[Chunk], at: int) -> Logic | None:
        """ "Moderate psoriasis: PASI ≥ 12", "Age: 18 and over"."""
        left, right = strip(row[:at]), strip(row[at + 1 :])
        if not names(left):
            return self.statement(right)
        if not names(right):
            return self.statement(left)
        label = " ".join(self.text[left[0].start : left[-1].end].lower().split())
        if label in cues().topics and right[0].kind not in ("comparison", "number", "result"):
            self.predicates.used.append((left[0].start, left[-1].end))
            return self.statement(right)
        if right[0].kind in ("comparison", "number", "result") or (len(left) == 1 and left[0].kind == "age"):
            return self.listed(left + right)
        return join("and", [self.statement(left), self.statement(right)])

    def _administrative(self, row: list[Chunk], at: int) -> Logic | None:
        """What a person must judge takes the rest of its clause; what is named before it stays."""
        cue = row[at]
        left = strip(row[:at])
        clause_at = 0
        if cue.value == "opinion":
            # "any condition that would interfere …": the condition is what is judged
            named = [c for c in left if c.kind == "term"]
            if named and self._splits(left):
                base = self.statement(left)
                if base is not None:
                    return self._judged(base, row[at:])
            example = place(row[at:], "example")
            if (
                example is not None
                and (shown := self.each(row[at + example + 1 :])) is not None
                and names(row[at + example + 1 :])
            ):
                return join("or", [self._whole(row[: at + example]), shown])
            return self._whole(row)
        for index in range(len(left) - 1, -1, -1):
            chunk = left[index]
            if chunk.kind in ("comma", "semicolon", "conjunction", "link"):
                clause_at = index
                break
        before = strip(left[:clause_at])
        clause = left[clause_at:]
        if any(c.kind in ("term", "comparison", "leaf", "behaviour") for c in clause) and not before:
            clause = left
        after = row[at:]
        stop = next(
            (
                i
                for i, c in enumerate(after)
                if (i and c.kind in ("semicolon",))
                or (i and c.kind in ("comma", "conjunction") and self._fresh(after[i + 1 :]))
            ),
            len(after),
        )
        tail = strip(after[stop:])
        leaf = self._whole(clause + after[:stop])
        joint = next(
            (c.value for c in (after[stop:] or []) if c.kind == "conjunction"),
            "and" if self.kind == "inclusion" else "or",
        )
        lead_joint = next(
            (c.value for c in reversed(left[clause_at : clause_at + 1]) if c.kind == "conjunction"),
            "and" if self.kind == "inclusion" else "or",
        )
        if left and clause_at < len(left) and left[clause_at].kind == "link":
            lead_joint = "and"
        tree = join(lead_joint, [self.statement(before) if names(before) else None, leaf])
        tree = join(joint, [tree, self.statement(tail) if names(tail) else None])
        if isinstance(tree, And | Or) and all(isinstance(a, Leaf) and a.op == "administrative" for a in tree.args):
            return self._whole(row)
        return tree

    def _splits(self, left: list[Chunk]) -> bool:
        concepts = [c for c in left if c.kind in ("term", "leaf", "behaviour")]
        return len(concepts) > 0

    def _fresh(self, row: list[Chunk]) -> bool:
        """Whether a new statement of another kind begins here."""
        for chunk in row[:6]:
            if chunk.kind in ("comparison", "sex", "agegroup", "age", "childbearing"):
                return True
            if chunk.kind in ("administrative", "word", "conjunction", "comma"):
                return False
            if chunk.kind in ("term", "leaf"):
                return chunk.kind == "leaf" or (chunk.mention is not None and chunk.mention.type == "condition")
        return False

    def _judged(self, base: Logic, row: list[Chunk]) -> Logic:
        leaf = self._whole(row)
        if isinstance(base, Not):
            return Not(join("and", [base.arg, leaf]) or base.arg)
        return join("and", [base, leaf]) or base

    def _whole(self, row: list[Chunk]) -> Leaf:
        row = strip(row)
        start, end = row[0].start, row[-1].end
        return Leaf("administrative", start, end, " ".join(self.text[start:end].split()))

    # ------------------------------------------------------------ lists

    def listed(self, row: list[Chunk], default: str = "") -> Logic | None:
        """A list, cut at its connectors; or a single member."""
        row = strip(row)
        if not row or self.depth > _DEEP:
            return None
        self.depth += 1
        try:
            default = default or ("and" if self.kind == "inclusion" and not self.alternatives else "or")
            split = self._narrowed(row)
            if split is not None:
                return split
            found = segments(row, default)
            if not found:
                return None
            bodily = all(
                any(c.kind == "leaf" for c in s.row) and not any(c.kind in ("term", "word") for c in s.row)
                for s in found
            )
            for segment in found[1:]:
                if (
                    segment.joint == "and"
                    and not segment.but
                    and (self.alternatives or (bodily and self.kind == "exclusion"))
                ):
                    segment.joint = "or"
            share(found, self.text, self.predicates)
            return self._group(grouped(found))
        finally:
            self.depth -= 1

    def _narrowed(self, row: list[Chunk]) -> Logic | None:
        """ "Patients with A or B who have C", "A with B or C", "A treated with B or C", "A without B"."""
        first_joint = next((i for i, c in enumerate(row) if c.kind in ("comma", "conjunction", "semicolon")), len(row))
        for at, chunk in enumerate(row):
            if at == 0 or at == len(row) - 1:
                continue
            who = chunk.kind == "link" and chunk.low.split()[0] in _WHO
            tie = chunk.kind == "link" and chunk.low.split()[0] in (
                "with",
                "has",
                "have",
                "is",
                "are",
                "in",
                "accompanied",
                "characterized",
            )
            head = chunk.kind == "head" and chunk.value in ("medication", "procedure")
            without = chunk.kind == "negation" and chunk.low.split()[0] in (
                "without",
                "with",
                "who",
                "in",
                "absence",
                "but",
            )
            if not (who or tie or head or without):
                continue
            opening = at
            while opening and row[opening - 1].kind in ("negation", "status", "certainty"):
                opening -= 1
            # "women not using …": what stands before the verb is of the verb
            left, right = row[:opening], row[opening:at] + row[at + 1 :]
            if not left:
                continue
            if next((c.kind for c in right if c.kind != "scaffold"), "") in ("comparison", "number") and tie:
                continue
            if not any(
                c.kind in ("term", "word", "leaf", "behaviour", "sex", "agegroup", "comparison", "childbearing")
                for c in left
            ):
                continue
            if not names(right) or (head and (right[0].kind in ("comma", "conjunction", "comparison", "number"))):
                continue
            if at > first_joint and not who:
                continue
            if at > first_joint and any(c.kind in ("sex", "person") for c in left[first_joint:]):
                continue
            if left[-1].kind in ("comma", "conjunction", "semicolon") and not who:
                continue
            if head or without:
                right = row[opening:]
            if tie and not self._ties(left, right):
                continue
            base = self.listed(left)
            rest = self.statement(right)
            if base is None or rest is None:
                return base or rest
            if isinstance(base, Not) and self._open_negation(left):
                return Not(join("and", [base.arg, rest]) or base.arg)
            return join("and", [base, rest])
        return None

    def _open_negation(self, left: list[Chunk]) -> bool:
        """A negation before the narrowing reaches over it: "no infection with fever"."""
        return any(c.kind == "negation" for c in left[:3])

    def _ties(self, left: list[Chunk], right: list[Chunk]) -> bool:
        """Whether "with" stands between two predicates, and not inside a name."""
        if any(c.kind in ("comparison", "sex", "agegroup", "childbearing") for c in left):
            return True
        if any(
            c.kind in ("comparison", "negation", "leaf", "behaviour", "head", "administrative", "age", "result")
            for c in right
        ):
            return True
        return any(c.mention is not None for c in left) and any(c.mention is not None for c in right)

    def _group(self, group: Group | Segment) -> Logic | None:
        if isinstance(group, Segment):
            return self.member(group.row)
        op = group.op
        out: list[Logic | None] = []
        negated: list[Logic] | None = None
        for member in group.members:
            row = member.row if isinstance(member, Segment) else first_row(member)
            opens = bool(row) and self._negates(row)
            tree = self._group(member) if isinstance(member, Group) else self.member(member.row)
            but = isinstance(member, Segment) and member.but
            if opens and isinstance(tree, Not):
                negated = [tree.arg]
                out.append(tree)
                continue
            if negated is not None and not opens and not but and tree is not None and self._reached(row):
                negated.append(tree)
                out[-1] = Not(join("or", negated) or tree)
                continue
            negated = None
            out.append(tree)
        return join(op, out)

    def _negates(self, row: list[Chunk]) -> bool:
        for chunk in row:
            if chunk.kind == "negation":
                return True
            if chunk.kind in ("term", "word", "leaf", "behaviour", "comparison", "sex"):
                return False
        return False

    def _reached(self, row: list[Chunk]) -> bool:
        """Whether a negation before the list reaches this member: it brings no verb or limit of its own."""
        return not any(c.kind in ("link", "must", "comparison", "administrative", "age") for c in row)

    # ------------------------------------------------------------ members

    def member(self, row: list[Chunk]) -> Logic | None:
        """One member of a list: its atoms, joined by "and", with what stands in brackets."""
        parts: list[Logic | None] = []
        negated_rest = False
        for atom in atoms(row):
            self._limited(atom)
            tree = self.predicates.build(atom)
            for bracket in atom.brackets:
                tree = self.bracketed(tree, bracket, atom)
            if atom.negated and tree is not None:
                tree = negate(tree)
            if atom.negated and tree is None:
                negated_rest = not negated_rest
                continue
            if negated_rest and tree is not None:
                tree, negated_rest = negate(tree), False
            parts.append(tree)
        return join("and", _ages(parts))

    def _limited(self, atom: Atom) -> None:
        """A bracket that holds only a limit belongs to the measure before it: "(2.0-3.0)", "(≤ 40%)"."""
        if atom.comparisons or not atom.terms:
            return
        for bracket in atom.brackets:
            limits = [c for c in bracket.inner if c.kind in ("comparison", "number") and c.comparison is not None]
            if len(limits) == 1 and all(
                c.kind in ("comparison", "number", "scaffold", "mark", "definition", "example") for c in bracket.inner
            ):
                if limits[0].comparison is not None and (limits[0].comparison.cmp or limits[0].comparison.unit):
                    atom.comparisons.append(limits[0].comparison)
                    atom.brackets = [b for b in atom.brackets if b is not bracket]
                    return

    def bracketed(self, base: Logic | None, bracket: Chunk, atom: Atom) -> Logic | None:
        """What a bracket says of what it follows."""
        inner = strip(bracket.inner)
        if not inner or not (
            names(inner)
            or inner[0].kind
            in ("exception", "unless", "spare", "condition", "group", "example", "definition", "window")
        ):
            return base
        words = self.text[bracket.start + 1 : bracket.end - 1].strip()
        if (
            base is not None
            and len(words) <= 12
            and words.replace("-", "").replace("/", "").isalnum()
            and sum(c.isupper() for c in words) >= 2
            and not any(c.kind == "comparison" for c in inner)
        ):
            self.predicates.used.append((bracket.start, bracket.end))
            return base
        if inner[0].kind in ("exception", "unless"):
            spare = self.each(inner[1:])
            return spared(base, spare) if base is not None else negate(spare)
        if any(c.kind == "spare" for c in inner):
            spare = self.statement([c for c in inner if c.kind != "spare"])
            return spared(base, spare) if base is not None and spare is not None else base
        if inner[0].kind == "window" and inner[0].timed is not None and isinstance(base, Leaf) and base.window is None:
            return replace(base, window=inner[0].timed.window)
        if limit_bracket(bracket) and base is not None and atom.terms:
            other = self.statement([*atom.terms, *inner])
            return join("or", [base, other]) if atom.comparisons else other
        role = inner[0].kind
        if role in ("example", "definition"):
            inner = strip(inner[1:])
            if not names(inner):
                return base
        one_by_one = atom.negated or not any(c.kind == "comparison" for c in inner)
        found = self.each(inner) if one_by_one else self.statement(inner)
        if found is None or base is None:
            return base or found
        if role == "example":
            return self.widened(base, found)
        return self.defined(base, found)

    def defined(self, base: Logic | None, meant: Logic | None) -> Logic | None:
        """A definition: numbers replace what they define, another name widens it."""
        if base is None or meant is None:
            return base or meant
        limits = [leaf for leaf in leaves(meant) if leaf.value is not None]
        if limits and isinstance(base, Leaf) and (base.value is None or base.value in _WORDED):
            vague = (
                base.concept is None
                or base.op in ("measurement", "other", "biomarker")
                or self.predicates.derived(base)
            )
            if vague:
                self.predicates.used.append((base.start, base.end))
            return meant if vague else join("and", [base, meant])
        if limits:
            return join("and", [base, meant])
        if all(
            leaf.op in ("procedure", "measurement", "other")
            and leaf.concept is None
            or leaf.op in ("procedure", "measurement")
            for leaf in leaves(meant)
        ) and not (isinstance(base, Leaf) and base.op in ("procedure", "medication")):
            # how it is established ("as shown by angiography") is no condition of its own
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(meant)]
            return base
        if isinstance(base, Leaf) and all(
            leaf.op == base.op or leaf.op in ("other", "condition") for leaf in leaves(meant)
        ):
            if not any(leaf.concept is not None for leaf in leaves(meant)):
                return base
            return self.widened(base, meant)
        return join("and", [base, meant])


def _ages(parts: list[Logic | None]) -> list[Logic | None]:
    """ "Adults aged 18 to 75": the words for an age group say no more than the age."""
    ages = [p for p in parts if p is not None and any(leaf.op == "age" and leaf.term == "age" for leaf in leaves(p))]
    if not ages:
        return parts
    return [p for p in parts if not (isinstance(p, Leaf) and p.op == "age" and p.term != "age")]


def strip(row: list[Chunk]) -> list[Chunk]:
    """Without marks and connectors at the ends."""
    start, end = 0, len(row)
    while start < end and (row[start].kind in _EDGE):
        start += 1
    while end > start and (row[end - 1].kind in _EDGE):
        end -= 1
    return row[start:end]


def place(row: list[Chunk], *kinds: str) -> int | None:
    """The index of the first chunk of one of these kinds."""
    return next((i for i, c in enumerate(row) if c.kind in kinds), None)


def cut(row: list[Chunk], at) -> list[list[Chunk]]:  # type: ignore[no-untyped-def]
    """The row in parts, at chunks that ``at`` holds for; those are left out."""
    parts: list[list[Chunk]] = [[]]
    for chunk in row:
        if at(chunk):
            parts.append([])
        else:
            parts[-1].append(chunk)
    return [part for part in parts if part]


def first_row(group: Group | Segment) -> list[Chunk]:
    """The chunks of a group's first member."""
    while isinstance(group, Group):
        group = group.members[0]
    return group.row


def spared(base: Logic, spare: Logic | None, last: bool = False) -> Logic:
    """``base`` without ``spare``; under a negation or at the last of a list, where the exception belongs."""
    if spare is None:
        return base
    spares = spare.args if isinstance(spare, Or) else (spare,)
    if isinstance(base, Not):
        return Not(spared(base.arg, spare, last))
    if last and isinstance(base, Or):
        return Or((*base.args[:-1], spared(base.args[-1], spare)))
    if isinstance(base, Except):
        return Except(base.base, (*base.spares, *spares))
    return Except(base, tuple(spares))


def widened(base: Logic, shown: Logic) -> Logic:
    """Examples widen the class that they stand for: the last of a list, inside its negation."""
    if isinstance(base, Not):
        return Not(widened(base.arg, shown))
    flat = shown.args if isinstance(shown, And | Or) else (shown,)
    if isinstance(base, And):
        return And((*base.args[:-1], widened(base.args[-1], shown)))
    if isinstance(base, Leaf):
        flat = tuple(like(arg, base) for arg in flat)
    return join("or", [base, *flat]) or base


def like(arg: Logic, base: Leaf) -> Logic:
    """An example has the window and the status of its class."""
    if isinstance(arg, Leaf) and arg.value is None:
        op = (
            base.op
            if base.op in ("allergy", "family_history") or (arg.op == "other" and base.op != "measurement")
            else arg.op
        )
        return replace(arg, op=op, window=arg.window or base.window, status=arg.status or base.status)
    return arg
