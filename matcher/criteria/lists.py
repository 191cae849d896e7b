"""Lists in running text: where they are cut, what narrows all of them, how far a negation reaches."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.alternatives import by_limits
from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import (
    Group,
    Segment,
    causes,
    clause_of_both,
    grouped,
    lacking,
    names,
    one_by_one,
    opposed,
    other_kind,
    purpose,
    said_again,
    segments,
    tight,
)
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import happens
from matcher.criteria.members import Members
from matcher.criteria.people import by_people
from matcher.criteria.rows import cut, strip
from matcher.criteria.sharing import share
from matcher.criteria.trees import aged, contrary, disjoint, fellows, join, leaves
from matcher.model import Leaf, Logic, Not, Window

DEEP = 24
"""Statements nested deeper are not read, so that hostile text costs linear time."""
_NAMING = frozenset("term word leaf behaviour sex agegroup comparison childbearing".split())
_WHO = frozenset({"who", "whose", "that", "having", "which"})


class Lists(Members):
    """Reads lists of members."""

    def listed(self, row: list[Chunk], default: str = "") -> Logic | None:
        """A list, cut at its connectors; or a single member."""
        row = strip(row)
        if not row or self.depth > DEEP:
            return None
        self.depth += 1
        try:
            default = default or ("and" if self.kind == "inclusion" and not self.alternatives else "or")
            if (parted := by_people(row, self.kind == "inclusion") or by_limits(row)) is not None:
                lead, op, parts = parted
                return join(default, [self.listed(lead), join(op, [self.listed(part) for part in parts])])
            split = self._narrowed(row)
            if split is not None:
                return split
            if (at := causes(row)) is not None:
                self.left_out([row[at]])
                end = next((i for i in range(at, len(row)) if row[i].kind in ("window", "when")), len(row))
                return join("and", [self.listed([*row[:at], *row[end:]]), self.each(row[at + 1 : end])])
            if (timely := self._by_kind(row)) is not None:
                return timely
            found = segments(row, default)
            if not found:
                return None
            _capitals(found, self.text, default)
            bodily = all(
                any(c.kind == "leaf" for c in s.row) and not any(c.kind in ("term", "word") for c in s.row)
                for s in found
            )
            allergic = any(c.kind == "head" and c.value == "allergy" for c in found[0].row)
            # "with CD4 > 350 and undetectable viral load": both
            limited = len(found) == 2 and all(_limited(s.row) for s in found)
            for segment in found[1:]:
                opens = segment.row[0].kind if segment.row else ""
                union = self.kind == "exclusion" and (opens in ("person", "sex") or allergic)
                anew = self.kind == "exclusion" and other_kind(segment.row)
                if segment.joint == "and" and opposed(found[found.index(segment) - 1].row, segment.row):
                    segment.joint = "or"  # "paroxysmal and persistent atrial fibrillation"
                if segment.joint == "and" and (union or anew) and not segment.but:
                    # "pregnant women and women under 21": each of them
                    segment.joint = "or"
                    listed = found[1 : found.index(segment)]
                    one_by_one(listed if anew else [s for s in listed if not s.told])
                if (
                    segment.joint == "and"
                    and not segment.but
                    and not limited
                    and (self.alternatives or (bodily and self.kind == "exclusion"))
                ):
                    segment.joint = "or"
            excludes = self.kind == "exclusion" and not self.demanded
            several = excludes and _catalogue(found)
            share(found, self.text, self.predicates)
            if several or (excludes and _catalogue(found)):
                for segment in found[1:]:
                    segment.joint = "or"
            return self._group(grouped(found))
        finally:
            self.depth -= 1

    def _by_kind(self, row: list[Chunk]) -> Logic | None:
        """ "Vaccines within 2 weeks (for inactivated ones) or 4 weeks (for live vaccines)": each kind, and its time."""
        marks = [
            at
            for at in range(1, len(row))
            if row[at].kind == "bracket" and _of_kind(row[at].inner) and _lasts(row[at - 1])
        ]
        if len(marks) < 2 or len(row[marks[0] + 1 : marks[1] - 1]) > 2:
            return None
        lead = row[: marks[0] - 1]
        whole = self.statement(lead) if names(lead) else None
        if not isinstance(whole, Leaf):
            return None
        self.left_out(lead)
        parts: list[Logic | None] = []
        for at in marks:
            inner = row[at].inner
            tree = self.statement(inner[1:]) if inner[0].low == "for" else self._kind_of(whole, inner)
            self.left_out([row[at - 1]])
            lasting = _lasts(row[at - 1])
            for leaf in leaves(tree):
                op = whole.op if leaf.op == "other" else leaf.op
                parts.append(replace(leaf, op=op, status=whole.status, window=Window(within=lasting)))
        return join("or", parts)

    def _kind_of(self, whole: Leaf, inner: list[Chunk]) -> Leaf:
        """ "Vaccine within 30 days (live)": a live vaccine."""
        self.left_out(inner)
        term = f"{' '.join(c.low for c in inner)} {whole.term}"
        return replace(whole, term=term, concept=self.predicates.concept(term))

    def _narrowed(self, row: list[Chunk]) -> Logic | None:
        """ "Patients with A or B who have C", "A with B or C", "A treated with B or C", "A without B"."""
        first_joint = next((i for i, c in enumerate(row) if c.kind in ("comma", "conjunction", "semicolon")), len(row))
        first_name = next((i for i, c in enumerate(row) if c.kind in _NAMING), len(row))
        turns = self.predicates.lexicon.turns
        for at, chunk in enumerate(row):
            if at == 0 or at == len(row) - 1:
                continue
            who = chunk.kind == "link" and chunk.low.split()[0] in _WHO
            tie = chunk.kind == "link" and chunk.low.split()[0] in turns["tie"]
            head = chunk.kind == "head" and chunk.value in ("medication", "procedure")
            without = chunk.kind == "negation" and chunk.low.split()[0] in turns["lacking"]
            without = without or (chunk.kind == "negation" and at < first_joint and row[at + 1].kind == "planned")
            aim = chunk.kind == "group" and chunk.low == "for" and purpose(row, at, not self.alternatives)
            lacks = (at == first_joint + 1 and lacking(row, at)) or clause_of_both(row, at)
            lacks = lacks and self.kind == "exclusion"
            if not (who or tie or head or without or aim or lacks):
                continue
            beside = tie and chunk.low.split()[0] in turns["tie_of_all"] and _names_only(row[:at])
            if tie and not beside and first_joint < at <= first_joint + _NEAR:
                beside = _one_head(row[:at], row[at + 1 :])
            spread = tie and len(row) - at <= _SPAN and _extent(row[at + 1 :], turns["extent_of"])
            ends = head and first_joint == at - 1 and row[first_joint].kind == "comma" and _on(chunk, row[:at])
            one = ends or (head and _pair(row[:at], chunk))
            kinds = (tie or without or head) and at <= _SPAN and _kinds_of_one(row[:at])
            listed = who or aim or beside or spread or kinds
            listed = listed or lacks or (without and at <= _SPAN and _all_of(row[:at]))
            if at > first_joint and not (listed or one):
                continue
            opening = at
            while opening and row[opening - 1].kind in ("negation", "status", "certainty"):
                opening -= 1
            if opening <= first_name:
                continue
            # "women not using …": what stands before the verb is of the verb
            left, right = row[:opening], row[opening:at] + row[at + 1 :]
            if aim and right[-1].kind == "window" and not any(c.kind == "window" for c in left):
                left, right = [*left, right[-1]], right[:-1]  # "X or Y for A within 5 years": when it was given
            if (tie or (who and chunk.low.split()[0] in turns["relative"])) and _limit_of(left, right):
                continue
            counted = [c.comparison for c in left if c.comparison is not None]
            if head and counted and not any(c.kind in _NAMED for c in left) and not any(f.age for f in counted):
                continue  # "less than 2 courses of prednisolone"
            if not names(right) or (head and _no_object(right)):
                continue
            if tie and at < first_joint and (_next_disease(left, right) or said_again(left, right)):
                continue  # "COPD with FEV1 < 50 %, or severe asthma"
            if tie and at > 1 and row[at - 1].kind == "person" and row[at - 2].kind in ("comma", "conjunction"):
                continue  # "nursing mothers, prisoners, and patients with dementia"
            if at > first_joint and any(c.kind in ("sex", "person") for c in left[first_joint:]):
                continue
            apart = left[-1].kind == "comma" and (who or ends or lacks)
            if left[-1].kind in ("comma", "conjunction", "semicolon") and not apart:
                continue
            if head or without or lacks:
                right = row[opening:]
            if tie and not spread and not (at > first_joint or self._ties(left, right)):
                continue
            if tie and (on := _another_event(right)):
                first = join("and", [self.listed(left), self.statement(right[:on])])
                return join("or", [first, self.statement(right[on + 2 :])])
            if who and chunk.low.split()[0] in turns["relative"] and _goes_on_behind(right):
                continue
            if head and _goes_on_behind(right) and any(c.kind == "comma" for c in right):
                continue  # "wheezing treated with A, or a history of B"
            if who and at > first_joint and chunk.low.split()[0] in turns["relative"] and _of_one(chunk, right):
                continue  # "heart failure or arrhythmia which needs treatment": the last
            base = self.listed(left)
            rest = self.statement(right)
            if base is None or rest is None:
                return base or rest
            apart = left[-1].kind == "window" and isinstance(rest, Leaf) and isinstance(rest.value, float)
            if (
                isinstance(base, Not) and self._open_negation(left) and not apart
            ):  # "no menses for a year | with FSH > 40"
                return Not(join("and", [base.arg, rest]) or base.arg)
            return join("and", [base, rest])
        return None

    def _open_negation(self, left: list[Chunk]) -> bool:
        """A negation before the narrowing reaches over it: "no infection with fever"."""
        return any(c.kind == "negation" for c in left[:3])

    def _ties(self, left: list[Chunk], right: list[Chunk]) -> bool:
        """Whether "with" stands between two predicates, and not inside a name."""
        if all(c.kind in ("result", "scaffold", "when", "window", "conjunction") for c in right):
            return False  # "HBsAg is negative": one predicate
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
        reached: list[tuple[int, list[Logic]]] = []
        beside: list[int] = []
        for member in group.members:
            row = member.row if isinstance(member, Segment) else first_row(member)
            opens = bool(row) and self._negates(row)
            tree = self._group(member) if isinstance(member, Group) else self.member(member.row)
            but = isinstance(member, Segment) and member.but
            if opens and isinstance(tree, Not):
                negated = [tree.arg]
                reached.append((len(out), negated))
                out.append(tree)
                continue
            apart = isinstance(member, Segment) and member.capital
            if negated is not None and not opens and not but and not apart and tree is not None and self._reached(row):
                negated.append(tree)
                continue
            negated = None
            if but and out:
                beside.append(len(out))
            out.append(tree)
        for place, args in reached:
            denied = join("or", args) if len(args) > 1 else None
            out[place] = Not(denied) if denied is not None else out[place]
        out = fellows(out)
        if op == "and" and (disjoint(out) or contrary(out)):
            op, out = "or", _with_but(out, beside)
        return join(op, aged(out) if op == "or" and _only_ages(out) else out)

    def _negates(self, row: list[Chunk]) -> bool:
        for chunk in row:
            if chunk.kind == "negation":
                return chunk.value != "own"
            if chunk.kind in ("term", "word", "leaf", "behaviour", "comparison", "sex"):
                return False
        return False

    def _reached(self, row: list[Chunk]) -> bool:
        """Whether a negation before the list reaches this member: it brings no verb or limit of its own."""
        if row and row[0].low == "to":
            return False  # "able to stand with no support, and to walk"
        if any(c.kind == "head" and "stable" in c.low for c in row):
            return False  # "not on insulin, or on a stable dose of insulin"
        links = [at for at, c in enumerate(row) if c.kind == "link"]
        if len(links) == 1 and links[0] and row[links[0]].low.startswith("with"):
            links = []  # "no seizures, or head injury with loss of consciousness"
        return not links and not any(c.kind in ("must", "comparison", "administrative", "age", "person") for c in row)


def first_row(group: Group | Segment) -> list[Chunk]:
    """The chunks of a group's first member."""
    while isinstance(group, Group):
        group = group.members[0]
    return group.row


def _limited(row: list[Chunk]) -> bool:
    return any(c.kind in ("comparison", "result") for c in row)


def _on(chunk: Chunk, left: list[Chunk]) -> bool:
    """ "Type 2 diabetes, | treated with | A or B": the treatment is of the disease before the comma."""
    last = next((c for c in reversed(left) if c.kind in _NAMING), None)
    ill = last is not None and last.mention is not None and last.mention.type == "condition"
    return ill and chunk.low.split()[0] in lexicon().turns["treated"]


def _goes_on_behind(right: list[Chunk]) -> bool:
    """Whether the list goes on behind a clause: "illness that affects the bladder | or a history of stones"."""
    for at, chunk in enumerate(right[1:-1], 1):
        if chunk.kind == "conjunction" and chunk.value == "or":
            after = next((c for c in right[at + 1 :] if c.kind != "scaffold"), None)
            if after is not None and after.kind == "status" and after.value == "ever":
                return True
            reacts = after is not None and after.kind == "head" and after.value in ("allergy", "contraindication")
            if reacts and right[at - 1].kind == "comma":
                return True  # "progression after A, | or intolerance to A"
    return False


def _another_event(right: list[Chunk]) -> int:
    """Where the list goes on behind what narrows its first member: "ideation with intent within 6 months | , or an
    attempt within a year"; 0 where it does not."""
    at = next((i for i, c in enumerate(right) if i and c.kind == "window"), len(right)) + 1
    if at + 2 >= len(right) or right[at].kind != "comma" or right[at + 1].kind != "conjunction":
        return 0
    after = next((c for c in right[at + 2 : at + 6] if c.kind not in ("scaffold", "status")), None)
    ill = after is not None and after.mention is not None and after.mention.type in ("condition", "procedure")
    timed = any(c.kind == "window" for c in right[at + 2 :])
    return at if right[at + 1].value == "or" and ill and timed else 0


def _of_one(chunk: Chunk, right: list[Chunk]) -> bool:
    """Whether the verb of a clause is a singular: what it says is of the last member of the list before it."""
    words = [*chunk.low.split()[1:], *right[0].low.split()]
    return bool(words) and words[0].endswith("s") and not words[0].endswith(("ss", "ous"))


def _no_object(right: list[Chunk]) -> bool:
    """Whether what stands behind a verb is none of its own: a limit or a conjunction; "at least one resection" is."""
    first = right[0]
    if first.kind in ("comparison", "number"):
        found = first.comparison
        counts = found is not None and not (found.unit or found.uln or found.lln or found.scale or found.age)
        return not (counts and len(right) > 1 and names(right[1:3]))
    return first.kind in ("comma", "conjunction")


def _names_only(left: list[Chunk]) -> bool:
    """ "Pneumonia or oedema | accompanied by hypoxia": what comes with it comes with either."""
    return all(c.kind in ("term", "word", "qualifier", "conjunction", "comma", "scaffold", "status") for c in left)


def _one_head(left: list[Chunk], right: list[Chunk]) -> bool:
    """ "Atrial fibrillation or atrial flutter | with a heart rate > 110": kinds of one thing, and a limit of both."""
    left = [c for c in left if c.kind != "number"]  # "type 1 or type 2 diabetes"
    if not _names_only(left) or any(c.kind == "conjunction" for c in right):
        return False
    parts = cut(left, lambda c: c.kind in ("conjunction", "slash"))
    if len(parts) == 2 and all(c.mention is None for c in parts[0]) and parts[1] and parts[1][-1].mention is not None:
        return True  # "paroxysmal or persistent AF with an episode in the last year"
    if not any(c.kind == "comparison" for c in right):
        return False
    said = [[word for c in part for word in c.low.split() if c.kind in ("term", "word")] for part in parts]
    if len(parts) != 2 or not all(said):
        return False
    return said[0][0] == said[1][0] or said[0][-1] == said[1][-1]


def _kinds_of_one(left: list[Chunk]) -> bool:
    """ "Locally advanced or metastatic lung cancer | without X": kinds of one thing, and each of them without."""
    at = next((i for i, c in enumerate(left) if c.kind in ("term", "word")), len(left))
    rest = [c for c in left[at:] if c.kind not in ("scaffold", "bracket")]
    opens = [c.kind for c in left[:at] if c.kind not in _OPENING]
    ill = len(rest) == 1 and rest[0].mention is not None and rest[0].mention.type == "condition"
    return ill and not opens and left[at - 1].kind in ("qualifier", "status", "comma", "conjunction", "scaffold")


_OPENING = frozenset("qualifier status certainty conjunction comma slash scaffold person link".split())


def _pair(left: list[Chunk], chunk: Chunk) -> bool:
    """ "Asthma or bronchiectasis currently treated with X": two names, and the treatment is of either."""
    treated = "treated" in chunk.low or chunk.low == "on"
    if not treated or any(c.kind not in ("term", "word", "qualifier", "conjunction") for c in left):
        return False
    return sum(c.kind == "conjunction" for c in left) == 1 and left[-1].kind in ("term", "word")


def _extent(right: list[Chunk], nouns: frozenset[str]) -> bool:
    """ "A or B | with | metastatic or unresectable disease": how far either has spread, and nothing else."""
    named = [c for c in right if c.kind in ("term", "word")]
    if not any(c.kind == "conjunction" for c in right) or any(c.kind not in _SPREAD for c in right):
        return False
    whole = [c for c in named if c.low.split()[-1] in nouns]
    return bool(whole) and named[-1] is whole[-1] and all(c in whole or c.low.endswith("ly") for c in named)


def _next_disease(left: list[Chunk], right: list[Chunk]) -> bool:
    """Whether a limit of one disease is followed by ", or" and another disease, of which it is none."""
    cut = next((i for i, c in enumerate(right[:_SPAN]) if c.kind == "comma"), 0)
    if not cut or right[cut + 1 : cut + 2] == [] or right[cut + 1].value != "or":
        return False
    limited = any(c.comparison is not None for c in right[:cut]) and not any(
        c.mention is not None and c.mention.type == "condition" for c in right[:cut]
    )
    rest = [c for c in right[cut + 2 :] if c.kind in ("term", "word")]
    ill = any(c.mention is not None and c.mention.type == "condition" for c in rest[:3])
    ill = ill or (bool(rest) and right[cut + 2].kind == "qualifier" and right[cut + 2].value == "severity")
    return limited and ill and any(c.mention is not None and c.mention.type == "condition" for c in left)


_SPAN = 16
"""Chunks that say how far a disease has spread."""
_SPREAD = frozenset({"term", "word", "qualifier", "conjunction", "comma", "slash", "scaffold"})


def _all_of(left: list[Chunk]) -> bool:
    """Whether what stands before a denial is joined by "and" alone, so that it may be denied of all."""
    return all(c.value == "and" for c in left if c.kind == "conjunction") and not any(
        c.kind in ("comma", "semicolon", "slash") for c in left
    )


_NAMED = frozenset({"term", "word", "leaf", "behaviour", "sex", "agegroup", "childbearing", "age"})


def _of_kind(inner: list[Chunk]) -> bool:
    """ "(for live vaccines)", "(live)": of which kind."""
    return bool(inner) and (inner[0].low == "for" or all(c.kind in ("word", "qualifier") for c in inner))


def _lasts(chunk: Chunk) -> str | None:
    """The duration of "within 2 weeks", of "4 weeks"."""
    if chunk.timed is not None and chunk.timed.window is not None:
        return chunk.timed.window.within
    return chunk.comparison.duration if chunk.comparison is not None else None


def _limit_of(left: list[Chunk], right: list[Chunk]) -> bool:
    """Whether what follows "with" is a limit of what stands before it: "is > 5", but not "with at least 6 joints"."""
    at = next((i for i, c in enumerate(right) if c.kind != "scaffold"), len(right))
    if at == len(right) or right[at].kind not in ("comparison", "number"):
        return False
    found, after = right[at].comparison, right[at + 1] if at + 1 < len(right) else None
    if found is not None and happens(found):
        return False  # "overactive bladder with 8 micturitions per day"
    counts = found is not None and not (found.unit or found.uln or found.lln or found.scale or found.age)
    named = after is not None and after.kind in ("term", "word", "qualifier")
    return not (counts and named and any(c.mention is not None for c in left))


def _only_ages(trees: list[Logic | None]) -> bool:
    """ "Adults or children older than 2 years": groups, and the age where it begins."""
    return len(trees) > 1 and all(isinstance(t, Leaf) and t.op == "age" and t.cmp in (">", ">=", "<") for t in trees)


def _capitals(found: list[Segment], text: str, default: str) -> None:
    """ "Age 18-45 years, Never treated with A or B, Legally competent": statements that lost their lines."""
    parted = [s for s in found[1:] if not s.told and not s.slash and s.row]
    if len(parted) < 2 or not all(_titled(s.row[0], text) for s in parted):
        return
    plain = [s for s in found if all(c.kind in ("term", "word", "scaffold") for c in s.row)]
    if 2 * len(plain) > len(found):
        return  # names that are written with a capital
    for segment in parted:
        segment.joint, segment.loose, segment.apart, segment.capital = default, True, True, True


def _titled(chunk: Chunk, text: str) -> bool:
    return text[chunk.start].isupper() and text[chunk.start + 1 : chunk.start + 2].islower()


def _catalogue(found: list[Segment]) -> bool:
    """ "Cancer, stroke, creatinine > 2 mg/dl, and ALT > 3 x ULN": four and more reasons to exclude, one by one."""
    if len(found) < _MANY or any(s.but or s.verb for s in found):
        return False
    told = [at for at, s in enumerate(found) if s.told and s.joint == "and"]
    while len(found) > _MANY and tight(found, len(found) - 1):
        found = found[:-1]  # "… and cardiac | or respiratory failure"
    bare = sum(not s.told and not s.slash for s in found[1:])
    if told != [len(found) - 1] and not (told and bare >= _MANY - 1):
        return False
    if any(s.slash for s in found):
        return False
    opens = [next((c.kind for c in s.row if c.kind not in ("scaffold", "certainty")), "") for s in found[1:]]
    return not any(kind in ("link", "negation", "must", "person") for kind in opens)


_NEAR = 8
"""Chunks between two kinds of one thing and what limits both."""
_MANY = 3
"""Members of a list that names so many things one by one."""


def _with_but(parts: list[Logic | None], beside: list[int]) -> list[Logic | None]:
    """ "With asthma; without asthma but with rhinitis": what stands behind "but" goes with what stands before it."""
    out: list[Logic | None] = []
    for place, part in enumerate(parts):
        if place in beside and out:
            out[-1] = join("and", [out[-1], part])
        else:
            out.append(part)
    return out
