"""What only a person can judge: consent, willingness, opinion; how much of a sentence it takes."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.lexicon import lexicon
from matcher.criteria.lists import Lists
from matcher.criteria.rows import place, strip
from matcher.criteria.trees import join
from matcher.model import And, Leaf, Logic, Not, Or


class Judged(Lists):
    """Reads sentences that hold an administrative cue."""

    def _administrative(self, row: list[Chunk], at: int) -> Logic | None:
        """What a person must judge takes the rest of its clause; what is named before it stays."""
        cue = row[at]
        apart = self._semicolons(row, at) or self._beside(row, at)
        if apart is not None:
            return apart
        left = strip(row[:at])
        if at and row[at - 1].kind in ("conjunction", "comma") and cue.value != "opinion" and asks(left):
            left = row[:at]
        clause_at = 0
        parted = at > 1 and row[at - 1].value == "or" and row[at - 2].kind == "comma"
        if cue.value == "opinion" and parted and asks(left):
            return join("or", [self.statement(left), self._whole(row[at:])])  # "score ≥ 4 %, or judged to be at risk"
        if cue.value == "opinion":
            # "any condition that would interfere …": the condition is what is judged
            example = place(row[at:], "example")
            if example is not None and names(left) and not _of_study(row[at : at + example]):
                shown = self.each(row[at + example + 1 :]) if names(row[at + example + 1 :]) else None
                base = self.statement(left)
                if shown is not None and base is not None:
                    self.left_out(row[at : at + example])
                    return self.widened(base, shown)
            named = [c for c in left if c.kind in ("term", "behaviour") or c.value == "allergy"]
            if self._unnamed(left) or self._general(left):
                return self._whole(row)
            last = max((i for i, c in enumerate(left) if c.kind in ("comma", "conjunction", "slash")), default=-1)
            medical = any(self._medical(c) for c in left[: max(last, 0)] if c.kind in ("word", "term"))
            if medical and last < len(left) - 1 and self._vague(left[last + 1 :]):
                # "severe tortuosity or anatomy that would preclude …": the last is judged, the others are named
                joint = left[last].value if left[last].kind == "conjunction" else "or"
                listed = joint == "or" and not any(c.kind == "conjunction" and c.value == "and" for c in left[:last])
                base = self.each(left[:last]) if listed else self.statement(left[:last])
                judged = self._whole(row[last + 1 :])
                if isinstance(base, Not) and joint == "or":
                    return Not(join("or", [base.arg, judged]) or base.arg)  # "no infection or situation that would …"
                return join(joint, [base, judged])
            if named:
                base = self.statement(left)
                if base is not None and example is not None and names(row[at + example + 1 :]):
                    # "skin conditions that would interfere with the study, such as A or B": those, too, are judged
                    shown = self.each(row[at + example + 1 :])
                    whole = self.widened(base, shown) if shown is not None and not isinstance(base, Not) else base
                    return self._judged(whole, row[at : at + example])
                if base is not None:
                    return self._judged(base, row[at:])
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
        if cue.value in ("able", "willing") and self._apart(left, row[at]):
            clause_at = len(left)
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
                or (
                    i
                    and c.kind in ("comma", "conjunction")
                    and not any(before.kind == "reason" for before in after[:i])
                    and self._fresh(after[i + 1 :])
                )
            ),
            len(after),
        )
        tail = strip(after[stop:])
        leaf = self._whole(clause + after[:stop])
        joint = next(
            (c.value for c in (after[stop:] or []) if c.kind == "conjunction"),
            "and" if self.kind == "inclusion" else "or",
        )
        opens = next((c.kind for c in after[stop:] if c.kind not in ("comma", "conjunction", "scaffold")), "")
        if self.kind == "exclusion" and opens in ("person", "sex"):
            joint = "or"  # "prisoners, and patients with dementia"
        lead_joint = next(
            (c.value for c in reversed(left[clause_at : clause_at + 1]) if c.kind == "conjunction"),
            "and" if self.kind == "inclusion" else "or",
        )
        if left and clause_at < len(left) and left[clause_at].kind == "link":
            lead_joint = "and"
        if left and clause_at == len(left):
            lead_joint = "and"  # "atherosclerosis | capable of giving consent"
        tree = join(lead_joint, [self.statement(before) if names(before) else None, leaf])
        tree = join(joint, [tree, self.statement(tail) if names(tail) else None])
        if isinstance(tree, And | Or) and all(isinstance(a, Leaf) and a.op == "administrative" for a in tree.args):
            return self._whole(row)
        return tree

    @staticmethod
    def _apart(left: list[Chunk], cue: Chunk) -> bool:
        """ "Patients with known atherosclerosis capable of giving consent": the disease ends before the cue."""
        last = next((c for c in reversed(left) if c.kind not in ("scaffold", "link", "bracket", "mark")), None)
        if last is None or cue.low.split()[0] not in lexicon().turns["ready"]:
            return False
        limit = last.comparison is not None and bool(last.comparison.age or last.comparison.cmp)
        return limit or (last.mention is not None and last.mention.type in ("condition", "procedure"))

    def _unnamed(self, left: list[Chunk]) -> bool:
        """ "Medical problems unrelated to the malignancy": only a general word stands before what they belong to."""
        if any(
            c.kind in ("comma", "conjunction", "semicolon", "slash", "example") or c.value == "allergy" for c in left
        ):
            return False
        front: list[Chunk] = []
        for chunk in left:
            if front and (chunk.kind in ("group", "head", "link", "exception") or chunk.low.endswith(_BEHIND)):
                break
            front.append(chunk)
        while len(front) > 1 and front[-1].kind == "word" and front[-1].low not in self.predicates.lexicon.generic:
            front.pop()  # "problems | unrelated to"
        return len(front) < len(left) and self._vague(front)

    def _general(self, left: list[Chunk]) -> bool:
        """ "Any medical, social or psychiatric condition": general words, none of which a note would state."""
        said = [c for c in left if c.kind in ("word", "term")]
        denied = bool(left) and left[0].kind == "negation"  # "no medical or psychiatric illness that …"
        if any(c.kind not in _GENERAL for c in left[denied:]) or len(said) < 2:
            return False
        generic = self.predicates.lexicon.generic
        broad = self.predicates.lexicon.turns["broad_class"]
        if all(c.low in broad for c in said):
            return False  # "psychiatric illness or mental disorder": nothing general beside them
        plain = generic | broad
        return said[-1].low.split()[-1] in generic and not any(self._medical(c) for c in said if c.low not in plain)

    def _vague(self, row: list[Chunk]) -> bool:
        """Whether a row names no disease, drug or test: only general words."""
        if any(c.kind not in ("word", "term", "qualifier", "status", "scaffold", "certainty", "link") for c in row):
            return False
        said = [c for c in row if c.kind in ("word", "term")]
        generic = self.predicates.lexicon.generic
        last = said[-1].low.split()[-1] if said else ""
        plain = all(c.mention is None or c.mention.concept is None or c.low in generic for c in said)
        return plain and bool(last) and (last in generic or (len(said) == 1 and not self._medical(said[0])))

    def _semicolons(self, row: list[Chunk], at: int) -> Logic | None:
        """Statements between semicolons are apart: only one of them is for a person to judge."""
        marks = [i for i, c in enumerate(row) if c.kind == "semicolon"]
        if not marks:
            return None
        start = max((i for i in marks if i < at), default=-1)
        end = min((i for i in marks if i > at), default=len(row))
        parts = [strip(row[: max(start, 0)]), strip(row[start + 1 : end]), strip(row[end + 1 :])]
        if not (names(parts[0]) or names(parts[2])):
            return None
        joint = next((row[i + 1].value for i in marks if i + 1 < len(row) and row[i + 1].kind == "conjunction"), "")
        trees = [self.statement(part) for part in parts if names(part)]
        return join(joint or ("and" if self.kind == "inclusion" else "or"), trees)

    def _beside(self, row: list[Chunk], at: int) -> Logic | None:
        """ "Prior participation in this study, or treatment with X": what stands behind is asked by itself."""
        begins = next((i for i in range(at + 1, len(row)) if row[i].kind not in ("comma", "conjunction")), at + 1)
        joints = [c for c in row[at + 1 : begins] if c.kind == "conjunction"]
        if not joints or names([c for c in row[:at] if c.kind != "status"]):
            return None
        rest = row[begins:]
        if rest[0].kind != "head" or rest[0].value not in ("medication", "procedure") or not names(rest):
            return None
        return join(joints[0].value, [self._whole(row[: at + 1]), self.statement(rest)])

    def judged(self, row: list[Chunk]) -> int | None:
        """Where the clause begins that a person must judge; readiness to use contraception is contraception."""
        at = place(row, "administrative")
        if at is None or row[at].value not in ("willing", "able"):
            return at
        for chunk in row[at + 1 :]:
            if chunk.kind == "leaf":
                if chunk.value == "contraception":
                    row[at] = replace(row[at], kind="scaffold")
                    return self.judged(row)
                return at
            if chunk.kind not in ("scaffold", "administrative", "must"):
                return at
        return at

    def framed(self, row: list[Chunk]) -> bool:
        """Whether the whole sentence is about what a person must judge: it names nothing that a note would state."""
        if any(c.kind == "semicolon" for c in row):
            return False
        for chunk in row:
            if chunk.kind in _ASKED:
                return False
            if chunk.kind == "bracket" and not self.framed(chunk.inner):
                return False
            limit = chunk.comparison if chunk.kind == "comparison" else None
            if limit is not None and (limit.cmp or limit.age or not limit.duration):
                return False
            if chunk.kind in ("term", "word") and self._medical(chunk):
                return False
        return True

    def conduct(self, row: list[Chunk], at: int) -> bool:
        """Whether the sentence only says how the study is run: "Controls will be matched for age and sex"."""
        if row[at].value != "conduct":
            return False
        rest = [c for c in row[:at] if not (c.kind == "leaf" and c.value == "other")]
        return self.framed(rest)

    def _medical(self, chunk: Chunk) -> bool:
        """Whether a word is a disease, a treatment or a test."""
        if chunk.mention is not None:
            return chunk.mention.concept is not None and chunk.mention.type not in ("observation", "person")
        return self.predicates.noun([chunk]) in ("condition", "medication", "procedure", "biomarker")

    def _fresh(self, row: list[Chunk]) -> bool:
        """Whether a new statement of another kind begins here."""
        for chunk in row[:6]:
            if chunk.comparison is not None and chunk.comparison.duration and not chunk.comparison.age:
                return False
            if chunk.kind in ("comparison", "sex", "agegroup", "age", "childbearing"):
                return True
            if chunk.kind in ("administrative", "word", "conjunction", "comma"):
                return False
            if chunk.kind == "head" and chunk.value in ("medication", "procedure"):
                return names(row)  # "unable to attend, taking vitamin D"
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


def asks(row: list[Chunk]) -> bool:
    """Whether there is something here that a machine can judge."""
    return any(c.kind in ("term", "comparison", "leaf", "behaviour", "age", "sex", "agegroup") for c in row)


_GENERAL = frozenset("word term comma conjunction slash scaffold qualifier status certainty link".split())
_BEHIND = ("to", "of", "with", "from", "than")
_ASKED = frozenset(
    "head leaf behaviour age agegroup sex childbearing trial exception unless example condition colon".split()
)


def _of_study(row: list[Chunk]) -> bool:
    """Whether what may be affected is the study, and not the body: only a person can judge that."""
    known = lexicon().turns["of_study"]
    return any(word in known for c in row for word in c.low.split())
