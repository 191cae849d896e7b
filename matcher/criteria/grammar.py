"""From a row of chunks to a logic tree: sentences, premises, exceptions, examples, lists, atoms.

Recursive descent over the lattice of `chunks`; each rule looks for one cue, cuts there and reads the sides.
Depth is bounded, so hostile text costs linear time.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.asides import without_evidence, without_reason
from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.cues import cues
from matcher.criteria.idle import unnamed
from matcher.criteria.judged import Judged
from matcher.criteria.lists import DEEP
from matcher.criteria.members import announces
from matcher.criteria.rows import cut, place, strip
from matcher.criteria.trees import join, leaves, negate, spared
from matcher.model import And, AtLeast, Except, If, Leaf, Logic, Not, Or, Window

_MUST_NOT = ("must not", "should not", "may not")


class Grammar(Judged):
    """Reads one criterion."""

    def block(self, row: list[Chunk]) -> Logic | None:
        """A criterion's text: its sentences together."""
        row = strip(row)
        if not row or self.depth > DEEP:
            return None
        self.depth += 1
        try:
            parts = cut(row, lambda c: c.kind == "stop")
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
                if tree is not None and any(c.value == "conduct" for c in part):
                    self.left_out(part)
                    continue
                if tree is not None and (asked := self._provided(part)) is not None:
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
        if self.kind != "inclusion" or at is None or cue is None or cue > at + 2 or not names(row[:at]):
            return None
        rest = strip(row[cue + 1 :])
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
        at = place(row, "spare")
        if at is None or row[at].low.split()[-1] not in ("allowed", "permitted", "acceptable"):
            return None
        if at + 1 < len(row) and (row[at + 1].kind != "group" or row[at + 1].low != "for"):
            return None  # "prior therapy allowed for lymphoma" restricts nothing either
        if any(c.kind in ("exception", "unless", "must", "comma", "conjunction", "semicolon") for c in row):
            return None
        return self._whole(row)

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
        if not row or self.depth > DEEP:
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
            opening = next((c.kind for c in rest if c.kind not in ("scaffold", "link", "must", "negation")), "")
            if opening in ("comparison", "number", "result") and any(
                c.kind in ("term", "word", "age") for c in subject
            ):
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
        premise = self.statement(subject)
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

    def statement(self, row: list[Chunk]) -> Logic | None:
        """A statement with its exceptions, examples and conditions."""
        row = strip(row)
        if not row or self.depth > DEEP:
            return None
        self.depth += 1
        try:
            return self._statement(row)
        finally:
            self.depth -= 1

    def _statement(self, row: list[Chunk]) -> Logic | None:
        if self.kind == "inclusion" and (washed := self._washed(row)) is not None:
            return washed
        at = self._nof(row)
        if at is not None:
            return at
        barred = place(row, "barred")
        if self.kind == "inclusion" and barred is not None and names(row[:barred]) and not names(row[barred + 1 :]):
            # "the use of aspirin is not permitted"
            return negate(self.statement(row[:barred]))
        at_unless = place(row, "exception", "unless")
        if at_unless is not None:
            left, right = strip(row[:at_unless]), strip(row[at_unless + 1 :])
            if _of_base(left, right):
                left, right = [*left, right[-1]], strip(right[:-1])
            shown_at = next((i for i, c in enumerate(right) if c.kind == "example" and c.low.startswith("includ")), 0)
            if shown_at and names(left) and names(right[:shown_at]) and names(right[shown_at:]):
                # "symptoms of causes other than BPH, including bladder cancer"
                left, right = [*left, *right[shown_at:]], strip(right[:shown_at])
            if left and right and names(left) and _only_contraindicated(right):
                self.left_out(row[at_unless:])  # "MRI, unless contraindicated"
                return self.statement(left)
            if left and right and names(left):
                base = self.statement(left)
                spare = self.each(right) if names(right) else None
                kept = [c.low for c in right if c.kind in ("qualifier", "result", "status")]
                plain = base.base if isinstance(base, Except) else base
                if spare is None and kept and isinstance(plain, Leaf):
                    timed = next((c.timed for c in right if c.timed is not None), None)
                    since = timed.lasting or (timed.window and timed.window.at_least_ago) if timed is not None else None
                    spare = replace(
                        plain, start=right[0].start, end=right[-1].end, qualifiers=tuple(kept),
                        window=Window(at_least_ago=since) if since else None,
                    )  # fmt: skip
                if base is not None and spare is not None:
                    return spared(
                        base,
                        spare,
                        last=row[at_unless].low in ("other than", "excluding", "besides")
                        and row[at_unless - 1].kind != "comma"
                        and not shown_at,
                    )
            elif right and not left:
                tree = self.statement(right)
                return negate(tree)
        if (needed := self._if_needed(row)) is not None:
            return needed
        neutral = place(row, "neutral")
        if neutral == 0 and not any(c.kind in ("comma", "semicolon") for c in row):
            return self._whole(row)  # "with or without symptoms": asks nothing
        if neutral is not None and names(row[:neutral]):
            # "with or without X": X is named, and not asked for
            end = next((i for i in range(neutral, len(row)) if row[i].kind in ("comma", "semicolon")), len(row))
            self.predicates.used.append((row[neutral].start, row[end - 1].end))
            return self.statement(row[:neutral] + row[end:])
        for reads in (without_reason, without_evidence, without_evidence):
            row, beside = reads(row)
            self.left_out(beside)
        at_admin = self.judged(row)
        if at_admin is not None and (self.framed(row) or self.conduct(row, at_admin)):
            return self._whole(row)
        if at_admin is not None and (tree := self._administrative(row, at_admin)) is not None:
            return tree
        example = place(row, "example")
        if example is not None:
            left, right = strip(row[:example]), strip(row[example + 1 :])
            if left and right and names(left) and names(right):
                if _of_base(left, right):
                    left = [*left, right[-1]]
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
                return self.defined(base, meant, row[definition].low)
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
        return self._of_whom(row) or self.listed(row)

    def _of_whom(self, row: list[Chunk]) -> Logic | None:
        """ "Creatinine < 2 mg/dl for patients with diabetes": asked of those only."""
        at = next((i for i, c in enumerate(row) if i and c.kind == "group" and c.low.startswith("for ")), None)
        if at is None or any(c.kind in ("comma", "semicolon") for c in row):
            return None
        left, right = row[:at], row[at + 1 :]
        if not any(c.comparison is not None for c in left) or any(c.comparison is not None for c in right):
            return None
        if not names(left) or not names(right):
            return None
        base, premise = self.statement(left), self.statement(right)
        return If(premise, base) if base is not None and premise is not None else base

    def _if_needed(self, row: list[Chunk]) -> Logic | None:
        """ "Levothyroxine, if necessary, at a stable dose": asked only of those who need it."""
        for at in range(1, len(row) - 1):
            if row[at].kind != "condition" or row[at + 1].low not in ("necessary", "needed", "applicable", "required"):
                continue
            if row[at - 1].kind != "comma" or (at + 2 < len(row) and row[at + 2].kind != "comma"):
                continue
            then = self.statement([*row[: at - 1], *row[at + 3 :]])
            word = row[at + 1]
            return then and If(Leaf("other", word.start, word.end, word.low), then)
        return None

    def _washed(self, row: list[Chunk]) -> Logic | None:
        """ "60 days washout denosumab": none of it in that time."""
        found = row[0].comparison
        if (
            len(row) < 3
            or found is None
            or found.duration is None
            or not row[1].low.startswith(("washout", "wash out"))
        ):
            return None
        self.predicates.used.append((row[0].start, row[0].end))
        tree = self.statement(row[1:])
        if not isinstance(tree, Leaf) or tree.op != "medication":
            return None
        return Not(replace(tree, window=Window(within=found.duration)))

    def _nof(self, row: list[Chunk]) -> Logic | None:
        """ "At least 2 of the following: a; b; c", "any of …", "none of …"."""
        for at, chunk in enumerate(row):
            if chunk.kind not in ("list", "listall", "listnone") and not _counts(row, at):
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
                self.left_out([number])
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
            if tree is not None and announces(lead):
                self.left_out(before)
                lead = None
            if (
                lead is not None
                and tree is not None
                and isinstance(tree, Or)
                and any(c.kind == "example" for c in before)
            ):
                return self.widened(lead, tree)
            return join("and", [lead, negate(tree) if negated else tree])
        return None

    def _items(self, row: list[Chunk], op: str) -> list[Logic]:
        """The entries of a list in running text: at semicolons where there are any, else at commas and conjunctions."""
        if any(c.kind == "semicolon" for c in row):
            found: list[Logic | None] = []
            for part in cut(row, lambda c: c.kind == "semicolon"):
                tree = self.statement(part)
                listed = {c.kind for c in part} & {"comma", "conjunction"} == {"comma"}
                found += tree.args if listed and isinstance(tree, And | Or) else [tree]
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
        if any(c.kind == "age" for c in left) and right and right[0].kind in ("comparison", "number"):
            return self.listed(left + right)
        if not names(left):
            return self.statement(right)
        if not names(right):
            return self.statement(left)
        label = " ".join(self.text[left[0].start : left[-1].end].lower().split())
        if label in cues().topics and right[0].kind not in ("comparison", "number", "result"):
            self.predicates.used.append((left[0].start, left[-1].end))
            return self.statement(right)
        if len(left) == 1 and left[0].kind == "word" and right[0].kind == "sex":
            self.left_out(left)  # "Sex: female"
            return self.statement(right)
        if right[0].kind in ("comparison", "number", "result") or (len(left) == 1 and left[0].kind == "age"):
            return self.listed(left + right)
        base, said = self.statement(left), self.statement(right)
        valued = said is not None and all(leaf.value is not None for leaf in leaves(said))
        if valued and isinstance(base, Leaf) and base.op in ("score", "measurement") and base.value is None:
            self.left_out(left)  # "Performance status: ECOG 0-2"
            return said
        return join("and", [base, said])


def _only_contraindicated(right: list[Chunk]) -> bool:
    """ "Unless medically contraindicated": to what, it need not say."""
    said = [c for c in right if c.kind not in ("scaffold", "link", "qualifier", "stop")]
    heads = [c for c in said if c.kind == "head" and c.value == "contraindication"]
    others = [c for c in said if c not in heads]
    return bool(heads) and all(c.kind == "word" and c.low.endswith("ly") for c in others)


def _of_base(left: list[Chunk], right: list[Chunk]) -> bool:
    """Whether the window at the end is of what stands before: "cancer other than A or B within 5 years"."""
    if len(right) < 2 or right[-1].kind != "window" or any(c.kind == "window" for c in [*left, *right[:-1]]):
        return False
    timed = right[-1].timed
    if timed is None or timed.window is None or timed.window.within is None:
        return False
    return not any(c.kind in ("link", "head", "planned", "status", "bracket") for c in right)


def _counts(row: list[Chunk], at: int) -> bool:
    """ "2 or more of nausea, photophobia or aura"."""
    if row[at].kind != "scaffold" or row[at].low != "of" or at == 0 or at > 3:
        return False
    number = row[at - 1].comparison
    if number is None or number.unit or number.uln or number.lln or number.scale or number.value2 is not None:
        return False
    listed = any(c.kind in ("comma", "semicolon", "conjunction") for c in row[at + 1 :])
    return listed and number.cmp in ("", ">=", ">") and isinstance(number.value, float) and number.value > 1
