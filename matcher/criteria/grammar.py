"""From a row of chunks to a logic tree: sentences, premises, statements, lists, atoms.

Recursive descent over the lattice of `chunks`, each class reads one level: `Grammar` sentences and their premises,
`Statements` exceptions, examples and conditions, `Counted` "at least 2 of", `Judged` what only a person can judge,
`Lists` what connectors join, `Members` one member with its brackets. Depth is bounded, so hostile text costs linear
time.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.idle import idle_word, unnamed
from matcher.criteria.lexicon import lexicon
from matcher.criteria.lists import DEEP
from matcher.criteria.rows import cut, place, strip
from matcher.criteria.statements import Statements
from matcher.criteria.trees import join, leaves, negate, spared
from matcher.model import And, If, Leaf, Logic, Not, Or, Window

_WHOSE = frozenset({"person", "sex", "agegroup", "childbearing", "scaffold", "negation"})
_MUST_NOT = ("must not", "should not", "may not")


class Grammar(Statements):
    """Reads one criterion."""

    def block(self, row: list[Chunk]) -> Logic | None:
        """A criterion's text: its sentences together."""
        row = strip(row)
        if not row or self.depth > DEEP:
            return None
        self.depth += 1
        try:
            parts = cut(_allowing(row), lambda c: c.kind == "stop")
            if len(parts) == 1:
                return self._provided(parts[0]) or self._tolerated(parts[0]) or self.sentence(parts[0])
            tree: Logic | None = None
            for part in parts:
                part = strip(part)
                if len(part) == 1 and part[0].kind == "bracket" and tree is not None:
                    part = strip(part[0].inner)
                    if (premise := self._only_for(part)) is not None:
                        tree = If(premise, tree)
                        continue
                if not part:
                    continue
                if tree is not None and (any(c.value == "conduct" for c in part) or self._deems(part)):
                    self.left_out(part)
                    continue
                asked = self._provided(part) if tree is not None and self.kind == "inclusion" else None
                if asked is not None:
                    tree = join("and", [tree, asked])
                    continue
                if tree is not None and (spare := self._allowed(part)) is not None:
                    if self.kind == "exclusion" or isinstance(tree, Not):
                        tree = spared(tree, spare)
                    continue
                first = next((c for c in part if c.kind not in ("person", "scaffold", "link")), part[0])
                if first.kind == "example" and tree is not None:
                    shown = self.statement(part[part.index(first) + 1 :])
                    if shown is not None and isinstance(tree, Not) and self.kind == "exclusion":
                        tree = join("or", [tree, shown])
                    elif shown is not None:
                        tree = self.widened(tree, shown)
                    continue
                said = self.sentence(part)
                if unnamed(said):
                    said = self._whole(part)  # prose: nothing in it that a note would state
                tree = join("and" if self.kind == "inclusion" else "or", [tree, said])
            return tree
        finally:
            self.depth -= 1

    def _deems(self, part: list[Chunk]) -> bool:
        """ "A patient is considered cured if 5 years have passed": what a word of the sentence before means."""
        cue = next((i for i, c in enumerate(part) if lexicon().turns["deemed"] & set(c.low.split()[-1:])), None)
        if cue is None or any(c.kind not in ("person", "scaffold", "link", "status") for c in part[:cue]):
            return False
        at = place(part, "condition")
        return at is not None and cue < at <= cue + 3 and part[cue + 1].kind in ("word", "qualifier", "result")

    def _only_for(self, part: list[Chunk]) -> Logic | None:
        """ "(Only for patients of the registry.)": of whom the sentence before is asked."""
        if len(part) < 3 or part[0].low != "only" or part[1].kind != "group":
            return None
        self.left_out(part[:2])
        return self.statement(part[2:])

    def _provided(self, row: list[Chunk]) -> Logic | None:
        """ "Patients with brain metastases are eligible if these were treated", "prior chemotherapy is allowed provided
        it was completed 6 months ago": asked of those only."""
        at = place(row, "spare")
        cue = next((i for i, c in enumerate(row) if at is not None and i > at and c.kind == "condition"), None)
        if at is None or cue is None or cue > at + 2 or not names(row[:at]):
            return None
        rest = strip(row[cue + 1 :])
        if self.kind == "exclusion":
            # "HIV infection is allowed if CD4 > 200": with fewer it excludes
            base, spare = self.statement(row[:at]), self.each(rest) if names(rest) else None
            return spared(base, spare) if base is not None and spare is not None else None
        premise = self.statement(row[:at])
        if premise is None or not rest:
            return None
        then = self.statement(rest) if names(rest) else None
        kept = [c.low for c in rest if c.kind in ("qualifier", "result")]
        timed = next((c.timed for c in rest if c.timed is not None), None)
        known = self.predicates.lexicon.happening
        plain = all(c.low in known or c.kind not in ("word", "term", "leaf", "comparison") for c in rest)
        if isinstance(premise, Leaf) and plain and (kept or timed is not None):
            window = timed.window if timed is not None else None
            if timed is not None and timed.lasting:
                window = Window(at_least_ago=timed.lasting)
            self.left_out(rest)
            then = replace(premise, window=window, qualifiers=(*premise.qualifiers, *kept))
        return If(premise, then) if then is not None else None

    def _tolerated(self, row: list[Chunk]) -> Logic | None:
        """ "Prior resection is allowed" and no more: it restricts nothing, and a person may want to know."""
        row = strip(row)
        if len(row) > 2 and row[1].kind == "comma" and idle_word(row[0].low):
            row = row[2:]  # "furthermore, treatment of asthma will be allowed"
        at = place(row, "spare")
        people = bool(row) and all(c.kind in _WHOSE for c in row)
        if self.kind == "inclusion" and people and row[-1].low.startswith("may be "):
            return self._whole(row)  # "women of non-childbearing potential may be enrolled in the study"
        if at is None or any(c.kind in ("exception", "unless", "must", "comma", "semicolon", "condition") for c in row):
            return None
        words = row[at].low.split()
        if row[at].low.startswith("may have") and not names(row[:at]):
            # "patients may have received any number of prior therapies", but "up to two"
            limited = any(c.comparison is not None or c.kind in ("number", "negation") for c in row[at:])
            return None if limited or not names(row[at + 1 :]) else self._whole(row)
        if "not" in words[:2] and (words[0] in ("does", "do") or not names(row[at + 1 :])):
            return self._whole(row)
        enrolled = words[:2] in (["may", "be"], ["can", "be"]) and words[-1] in ("enrolled", "included")
        joins = words[-2:] in (["to", "participate"], ["for", "participation"]) and "allowed" in words
        if not (enrolled or joins or words[-1] in self.predicates.lexicon.turns["tolerated"]):
            return None
        lines = self.statement(row[:at]) if any(c.comparison is not None for c in row[:at]) else None
        if isinstance(lines, Leaf) and lines.op == "therapy_lines":
            return lines  # "up to 2 prior regimens are allowed"
        after = row[at + 1] if at + 1 < len(row) else None
        whose = after is not None and after.kind == "group" and self.kind == "inclusion" and after.low.startswith("in ")
        if after is None or whose or (after.kind == "group" and after.low == "for"):
            return self._whole(row)  # "prior therapy allowed for lymphoma" restricts nothing either
        asks = any(c.kind in ("term", "comparison") for c in row[at + 1 :])
        return self._whole(row) if after.kind in ("scaffold", "when") and not asks else None

    def _allowed(self, part: list[Chunk]) -> Logic | None:
        """What a later sentence takes out of the one before: "X is allowed.", "(except X)"."""
        if place(part, "spare") is not None:
            spare = self.each([c for c in part if c.kind != "spare"])
            if isinstance(spare, Or) and any(isinstance(arg, Not) for arg in spare.args):
                return And(spare.args)  # "a stimulator, not used during treatment, is acceptable": only if so
            return spare
        first = strip(part[0].inner)[:1] if part[0].kind == "bracket" and len(part) == 1 else part[:1]
        if first and first[0].kind in ("exception", "unless"):
            inner = strip(part[0].inner) if part[0].kind == "bracket" else part
            return self.each(inner[1:])
        return None

    def sentence(self, row: list[Chunk]) -> Logic | None:
        """One sentence: a premise before it, or a statement with a list."""
        row = strip(row)
        if not row or self.depth > DEEP:
            return None
        self.depth += 1
        try:
            return self.premised(row)
        finally:
            self.depth -= 1

    def premised(self, row: list[Chunk]) -> Logic | None:
        """ "For patients with X: Y", "Women of childbearing potential must Y", "if X, Y"."""
        row = _without_subject(row)
        must = next(
            (
                i
                for i, c in enumerate(row)
                if c.kind == "must" or (c.kind == "negation" and c.low.startswith(_MUST_NOT))
            ),
            None,
        )
        inside = (
            row[0].low == "in" and len(row) > 1 and row[1].kind not in ("sex", "agegroup", "childbearing", "person")
        )
        if row[0].kind in ("condition", "group") and len(row) > 2 and not inside:
            end = next((i for i, c in enumerate(row) if c.kind in ("comma", "colon", "dash")), must)
            if end is not None and 0 < end < len(row) - 1 and self._subject(row[1:end]):
                demands = must is not None and must >= end
                start = end if row[end].kind == "negation" else end + 1
                found = self._if(row[1:end], row[start:], demands)
                if found is not None:
                    return found
        if must is not None and 0 < must < len(row) - 1:
            subject, rest = row[:must], row[must:] if row[must].kind == "negation" else row[must + 1 :]
            first = next((i for i, c in enumerate(rest) if c.kind not in ("scaffold", "link", "must", "negation")), 0)
            opening, behind = rest[first].kind, rest[first + 1 : first + 2]
            if opening == "result" and any(c.kind == "term" or c.low in lexicon().tests for c in behind):
                opening = "test"  # "must have a negative pregnancy test"
            if opening == "test" and self.kind == "exclusion" and not names(subject) and row[must].kind == "must":
                return self.requirement(rest)
            limited = opening in ("comparison", "number", "result") and subject[0].kind not in ("sex", "childbearing")
            if limited and any(c.kind in ("term", "word", "age") for c in subject):
                # "creatinine must be ≤ 1.5 x ULN": the subject is what is limited
                tree = self.statement([c for c in row if c.kind != "must"])
                return negate(tree) if self.kind == "exclusion" else tree
            if self._subject(subject) and self._happened(rest):
                # "the index trauma must have occurred within 5 years": when it was
                tree = self.statement([*subject, *(c for c in rest if c.kind in ("window", "when"))])
                self.left_out([c for c in rest if c.kind == "word"])
                return negate(tree) if self.kind == "exclusion" else tree
            if self._subject(subject) and not any(c.kind in ("comma", "stop", "condition") for c in subject):
                found = self._if(subject, rest, True)
                if found is not None:
                    return found
        if self.kind == "exclusion" and must is not None and row[must].kind == "negation" and not names(row[:must]):
            # "patients may not be receiving X": X is what excludes
            return negate(self.statement(row))
        at = next((i for i, c in enumerate(row[:3]) if c.kind == "childbearing"), None)
        colon = next((i for i, c in enumerate(row) if at is not None and i > at and c.kind == "colon"), None)
        if colon is not None and colon < len(row) - 1:
            found = self._if(row[:colon], row[colon + 1 :], True)
            if found is not None:
                return found
        return self.statement(row)

    def _if(self, subject: list[Chunk], rest: list[Chunk], demands: bool) -> Logic | None:
        """A premise with its consequence; None where either says nothing."""
        premise = self.statement(_either_sex(subject))
        then = self.requirement(rest) if demands else self.statement(rest)
        if premise is None or then is None or all(leaf.op == "administrative" for leaf in leaves(premise)):
            return None
        return If(premise, then)

    def requirement(self, row: list[Chunk]) -> Logic | None:
        """What must hold; among exclusion criteria its failure is what excludes."""
        self.demanded += 1
        try:
            tree = self.statement([c for c in row if c.kind != "must"])
        finally:
            self.demanded -= 1
        return negate(tree) if self.kind == "exclusion" and tree is not None else tree

    def _happened(self, rest: list[Chunk]) -> bool:
        """Whether a requirement says only when a thing was."""
        known = self.predicates.lexicon.happening
        said = [c for c in rest if c.kind not in ("scaffold", "link", "must", "comma", "conjunction")]
        timed = [c for c in said if c.kind in ("window", "when")]
        words = [c for c in said if c.kind not in ("window", "when")]
        return bool(timed) and bool(words) and all(c.low in known for c in words)

    def _subject(self, row: list[Chunk]) -> bool:
        """Whether a subject narrows down: more than "patients"."""
        return any(
            c.kind
            in ("term", "word", "sex", "agegroup", "childbearing", "leaf", "behaviour", "comparison", "administrative")
            for c in row
        )


def _either_sex(row: list[Chunk]) -> list[Chunk]:
    """ "Women of childbearing potential and sexually active males": nobody is both, so each of them."""
    women = [i for i, c in enumerate(row) if c.kind == "childbearing" or (c.kind == "sex" and c.value == "female")]
    men = [i for i, c in enumerate(row) if c.kind == "sex" and c.value == "male"]
    joints = [i for i, c in enumerate(row) if c.kind == "conjunction" and c.value == "and"]
    if len(joints) != 1 or not women or not men or not min(women[0], men[0]) < joints[0] < max(women[0], men[0]):
        return row
    return [replace(c, value="or") if i == joints[0] else c for i, c in enumerate(row)]


def _without_subject(row: list[Chunk]) -> list[Chunk]:
    """ "If the child has taken X": the child is the patient, whose age is not asked."""
    at = next((i for i, c in enumerate(row) if i and c.kind != "scaffold"), 0)
    who = row[at] if row[0].kind == "condition" and at and at + 1 < len(row) else None
    if who is None or who.kind != "agegroup" or row[at + 1].kind != "head" or " " in who.low:
        return row
    return [*row[:at], *row[at + 1 :]]


def _allowing(row: list[Chunk]) -> list[Chunk]:
    """The row with a full stop for the mark before what is allowed: "asthma; childhood asthma is allowed", "asthma |, |
    but | childhood asthma is allowed"."""
    last = max((at for at, c in enumerate(row) if c.kind == "comma"), default=-1)
    spare = place(row, "spare")
    if spare is not None and 0 < last < spare == len(row) - 1:
        though = row[last + 1].low in lexicon().turns["though"]
        alone = not any(c.kind in ("comma", "conjunction", "semicolon") for i, c in enumerate(row) if i != last)
        if (though or alone) and names(row[:last]) and names(row[last + 1 + though : spare]):
            row = [*row[:last], replace(row[last], kind="stop"), *row[last + 1 + though :]]
    marks = [at for at, c in enumerate(row) if c.kind == "semicolon"]
    ends = [*marks[1:], len(row)][: len(marks)]
    opened = {at for at, end in zip(marks, ends, strict=True) if place(row[at:end], "spare") is not None}
    return [replace(c, kind="stop") if at in opened else c for at, c in enumerate(row)]
