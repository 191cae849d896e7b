"""A statement: its exceptions, examples, definitions and conditions, and what of it is for a person to judge.

Each rule looks for one cue, cuts there and reads the sides.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.asides import without_evidence, without_reason
from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.counted import Counted
from matcher.criteria.cues import cues
from matcher.criteria.excepted import own_clause, reached
from matcher.criteria.kinds import instances
from matcher.criteria.labels import lent
from matcher.criteria.lexicon import lexicon
from matcher.criteria.lists import DEEP
from matcher.criteria.members import announces
from matcher.criteria.rows import cut, place, strip
from matcher.criteria.trees import join, leaves, mapped, negate, spared
from matcher.model import Except, If, Leaf, Logic, Not, Or, Window

_COURSE = frozenset({"qualifier", "result", "status", "window", "comma", "conjunction", "scaffold", "link"})
_ENDED = frozenset({"word", "head", "term", "window", "scaffold", "link", "status"})
_PEOPLE = frozenset({"sex", "agegroup", "childbearing", "person"})


class Statements(Counted):
    """Reads statements."""

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
        if (said := cues().sound.match(self.text, row[0].start, row[-1].end)) is not None and said["colon"] == ":":
            rest = [c for c in row if c.start >= said.end()]
            if names(rest):
                self.left_out(row[: len(row) - len(rest)])  # "adequate renal function, as follows: …"
                return self.statement(rest)
        if self.kind == "inclusion" and (washed := self._washed(row)) is not None:
            return washed
        at = self.counted(row)
        if at is not None:
            return at
        barred = place(row, "barred")
        if self.kind == "inclusion" and barred is not None and names(row[:barred]) and not names(row[barred + 1 :]):
            # "the use of aspirin is not permitted"
            return negate(self.statement(row[:barred]))
        at_unless = place(row, "exception", "unless")
        if at_unless is not None:
            left, right = strip(row[:at_unless]), strip(row[at_unless + 1 :])
            shown_behind = len(right) > 1 and right[-1].kind == "bracket" and bool(left)
            shown_behind = shown_behind and self._of_others(left, right[:-1], right[-1].inner)
            if shown_behind:
                # "any immunosuppressant other than prednisone (methotrexate, azathioprine)": of what is meant
                left, right = [*left, right[-1]], strip(right[:-1])
            if _of_base(left, right):
                left, right = [*left, right[-1]], strip(right[:-1])
            if (tail := _relative(right)) and names(left):
                # "any disease, other than asthma, that can cause dyspnea": of the disease, and listed as not understood
                right = strip(right[: tail - 1])
            shown_at = next((i for i, c in enumerate(right) if c.kind == "example" and c.low.startswith("includ")), 0)
            if shown_at and names(left) and names(right[:shown_at]) and names(right[shown_at:]):
                # "symptoms of causes other than BPH, including bladder cancer"
                left, right = [*left, *right[shown_at:]], strip(right[:shown_at])
            listed = (i for i, c in enumerate(right) if i and c.kind == "example" and right[i - 1].kind == "comma")
            other = next(listed, 0)
            if other and not shown_at and names(left) and self._of_others(left, right[:other], right[other + 1 :]):
                # "any glaucoma other than open-angle glaucoma, e.g. angle-closure glaucoma": of what is meant
                left, right = [*left, *right[other:]], strip(right[:other])
            clause = _judged_clause(right) or own_clause(left, right)
            if clause and names(left) and names(right[:clause]) and row[at_unless].kind == "exception":
                # "diseases other than COPD which may put the patient at risk": those that are meant
                cue = right[clause]
                tie = replace(cue, kind="link") if cue.kind == "scaffold" else cue
                left, right = [*left, tie, *right[clause + 1 :]], strip(right[:clause])
            if left and right and names(left) and _only_contraindicated(right):
                self.left_out(row[at_unless:])  # "MRI, unless contraindicated"
                return self.statement(left)
            if left and right and names(left):
                base = self.statement(left)
                plain = base.base if isinstance(base, Except) else base
                alike = plain.args if isinstance(plain, Or) else (plain,)
                ended = self._ended(right, plain) if isinstance(plain, Leaf) else None
                spare = ended or (self._spares(right, base) if names(right) else None)
                kept = [c.low for c in right if c.kind in ("qualifier", "result", "status")]
                if spare is None and kept and all(isinstance(part, Leaf) for part in alike):
                    timed = next((c.timed for c in right if c.timed is not None), None)
                    since = timed.lasting or (timed.window and timed.window.at_least_ago) if timed is not None else None
                    window = Window(at_least_ago=since) if since else None
                    span = (right[0].start, right[-1].end)
                    spare = join("or", (_kept(part, span, kept, window) for part in leaves(plain)))
                if base is not None and spare is not None:
                    denied = isinstance(base, Not)
                    beyond: Logic | None = None
                    if self.kind == "exclusion" or denied:
                        spare, beyond = reached(base, spare, self.predicates.terms)
                    of_last = row[at_unless].low in ("other than", "excluding", "besides")
                    shown_too = bool(shown_at or shown_behind or other)
                    left_of = spared(base, spare, of_last and row[at_unless - 1].kind != "comma" and not shown_too)
                    return join("and" if denied else "or", [left_of, negate(beyond) if denied else beyond])
            elif right and not left:
                comma = next((i for i, c in enumerate(right) if c.kind == "comma"), 0)
                if comma and names(right[:comma]) and right[comma + 1].kind == "head" and names(right[comma + 1 :]):
                    base, spare = self.statement(right[comma + 1 :]), self.each(right[:comma])
                    return spared(base, spare) if base is not None else negate(spare)  # "except for aspirin, use of X"
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
                if self.kind == "inclusion" and (closed := _closed(right)):
                    # "several seizure types, including A or B, and an EEG with C": the list is closed by its "or"
                    shown = self.statement([*left, row[example], *right[:closed]])
                    return join("and", [shown, self.statement(right[closed:])])
                if (spans := _timed_whole(right)) and not any(c.kind == "window" for c in left):
                    # "surgery, including cataract surgery, within 3 months, or laser within a month"
                    shown = self.statement([*left, right[spans], row[example], *right[: spans - 1], right[spans]])
                    rest = right[spans + 1 :]
                    joint = next((c.value for c in rest[:2] if c.kind == "conjunction"), "")
                    more = self.statement(rest) if names(rest) else None
                    return join(joint or ("and" if self.kind == "inclusion" else "or"), [shown, more])
                if _of_base(left, right):
                    left = [*left, right[-1]]
                base = self.statement(left)
                if self.kind == "inclusion" and row[example].low == "including" and _counts_given(base):
                    given = self.statement(right)
                    return join("and", [base, given and mapped(given, _ever)])  # "3 lines, including A and B"
                shown = self.each(right)
                if self.kind == "inclusion" and base is not None and shown is not None and _tests(base, shown):
                    self.left_out([row[example]])
                    return join("and", [base, shown])  # "lupus, including ANA ≥ 1:80"
                if base is not None and shown is not None:
                    # "pain not due to cancer, e.g. IBS": the examples are of what is not
                    return join("or", [base, shown]) if _of_other_cause(left) else self.widened(base, shown)
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
            if (behind := _limit_behind(left, right)) is not None:
                begun = _last_member(left)
                if begun:  # "HBsAg positive, HBV DNA ≥ 20,000 IU/mL if …, or ≥ 2,000 IU/mL if …"
                    last = self.statement([*left[begun:], row[condition], *right])
                    return join("and" if self.kind == "inclusion" else "or", [self.statement(left[: begun - 1]), last])
                more = self.statement([*[c for c in left if c.comparison is None], *right[behind:]])
                self.left_out(right[behind - 1 : behind])
                return join("or", [self.statement([*left, row[condition], *strip(right[: behind - 1])]), more])
            if (
                left
                and right
                and names(left)
                and names(right)
                and (_aged_only(right) or not any(c.kind in ("conjunction",) and c.value == "or" for c in left))
            ):
                base, premise = self.statement(left), self.statement(right)
                if base is not None and premise is not None:
                    return If(premise, base)
        colon = place(row, "colon")
        if colon and row[colon - 1].kind == "conjunction":
            row, colon = [*row[:colon], *row[colon + 1 :]], None  # "asthma, OR have: COPD"
        if colon is not None and 0 < colon < len(row) - 1:
            return self._colon(row, colon)
        return self._of_whom(row) or self.listed(row)

    def _of_others(self, left: list[Chunk], spared: list[Chunk], shown: list[Chunk]) -> bool:
        """Whether examples behind an exception are kinds of what is meant, and none of what is spared."""
        terms = self.predicates.terms
        if terms is None or not names(spared) or not names(shown):
            return False
        kept = len(self.predicates.used)
        base, spare, found = (leaves(self.each(row)) for row in (left, spared, shown))
        del self.predicates.used[kept:]
        classes = {leaf.concept.id for leaf in base if leaf.concept is not None}
        out = {leaf.concept.id for leaf in spare if leaf.concept is not None}
        ids = [leaf.concept.id for leaf in found if leaf.concept is not None]
        general = not classes and all(leaf.term.lower() in lexicon().generic for leaf in base)
        if general and ids and out:  # "conditions other than asthma, such as COPD"
            return not any(terms.is_a(i, c) for i in ids for c in out)
        if 2 * len(ids) < len(found) or not ids or not out or not classes:
            return False
        kinds = sum(any(terms.is_a(i, c) for c in classes) for i in ids)
        return kinds > 0 and not any(terms.is_a(i, c) for i in ids for c in out)

    def _spares(self, row: list[Chunk], base: Logic | None) -> Logic | None:
        """ "Other than A, other than B": both are spared; "treated, stable and off steroids": that state of it."""
        if isinstance(base, Leaf) and (state := self._state(row, base)) is not None:
            return state
        parts = cut(row, lambda c: c.kind in ("exception", "unless"))
        chained = all(part[-1].kind in ("comma", "conjunction", "semicolon") for part in parts[:-1])
        if len(parts) < 2 or not chained:
            return self.each(row)
        return join("or", [self.each(part) for part in parts if names(part)])

    def _ended(self, row: list[Chunk], base: Leaf) -> Leaf | None:
        """ "Unless stopped more than 12 weeks ago", "unless the last dose was …": what is spared is that long ago."""
        timed = next((c.timed for c in row if c.timed is not None and c.timed.window is not None), None)
        said = {word for c in row if c.kind in ("word", "head", "term") for word in c.low.split()}
        known = self.predicates.lexicon.turns["ended"]
        if timed is None or not said <= known or any(c.kind not in _ENDED for c in row):
            return None
        self.left_out(row)
        return replace(base, start=row[0].start, end=row[-1].end, window=timed.window)

    def _state(self, row: list[Chunk], base: Leaf) -> Logic | None:
        """What of ``base`` is spared where its course opens the list: "treated, stable | and off steroids"."""
        end = next((at for at, c in enumerate(row) if c.kind not in _COURSE), len(row))
        while end and row[end - 1].kind not in ("comma", "conjunction"):
            end -= 1
        kept = [c for c in row[:end] if c.kind in ("qualifier", "result", "status")]
        rest = row[end:]
        if not kept or row[end - 1].value == "or" or not names(rest):
            return None
        timed = next((c.timed for c in row[:end] if c.timed is not None), None)
        since = timed.lasting or (timed.window and timed.window.at_least_ago) if timed is not None else None
        self.left_out(row[:end])
        state = replace(
            base, start=row[0].start, end=row[end - 1].end, qualifiers=tuple(c.low for c in kept),
            window=Window(at_least_ago=since) if since else None,
        )  # fmt: skip
        return join("and", [state, self.statement(rest)])

    def _of_whom(self, row: list[Chunk]) -> Logic | None:
        """ "Creatinine < 2 mg/dl for patients with diabetes", "ALT ≤ 5 x ULN in alcoholics": asked of those only."""
        at = next((i for i, c in enumerate(row) if i and c.kind == "group" and _whom(row, i)), None)
        if at is None or any(c.kind == "semicolon" for c in row):
            return None
        left, right = row[:at], row[at + 1 :]
        limits = [i for i, c in enumerate(left) if c.comparison is not None]
        if not limits and right and right[0].kind in _PEOPLE:
            # "a negative pregnancy test in women of childbearing potential"
            limits = [i for i, c in enumerate(left) if c.kind == "result" or c.value == "contraception"]
        if len(limits) != 1 or any(c.comparison is not None for c in right):
            return None
        parted = [i for i, c in enumerate(left) if c.kind == "comma"]
        if any(i > limits[0] for i in parted) or any(c.kind == "comma" for c in right):
            return None
        if (
            not names(left)
            or not names(right)
            or any(c.kind in ("term", "word") for c in left[limits[0] + 1 :] if left[limits[0]].comparison is not None)
        ):
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
            if word.low == "applicable":
                self.left_out(row[at : at + 2])
                return then
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

    def _colon(self, row: list[Chunk], at: int) -> Logic | None:
        """ "Moderate psoriasis: PASI ≥ 12", "Age: 18 and over"."""
        left, right = strip(row[:at]), strip(row[at + 1 :])
        if any(c.kind == "age" for c in left) and right and right[0].kind in ("comparison", "number"):
            return self.listed(left + right)
        if not names(left):
            tree = self.statement(right)
            return lent(tree, left) if tree is not None else None  # "within 6 months: stroke or infarction"
        if not names(right):
            timed = any(c.kind == "window" for c in right)
            return self.statement([*left, *right] if timed else left)  # "stroke: within the past 6 months"
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
        if self.kind == "exclusion" and base is not None and said is not None and instances(base, said):
            return self.widened(base, said)  # "significant heart disease: LVEF < 50 %, infarction, or angina"
        if said is not None and announces(base):
            self.left_out(left)  # "the three cardinal features of the disease: …"
            return lent(said, left)
        valued = said is not None and all(leaf.value is not None for leaf in leaves(said))
        named = isinstance(base, Leaf) and (
            base.op in ("score", "measurement")
            or label.split()[-1] in lexicon().turns["of_scales"]
            or (base.concept is None and any(c.value == "normal" for c in left))
        )
        if valued and named and isinstance(base, Leaf) and base.value in (None, "normal"):
            self.left_out(left)  # "Performance status: ECOG 0-2", "Adequate marrow: ANC ≥ 1.0"
            return said
        either = self.kind == "exclusion" and not self.demanded and isinstance(said, Or)
        return join("or" if either else "and", [base, said])  # "suicide risk: an attempt, or PHQ-9 item 9 > 0"


def _aged_only(row: list[Chunk]) -> bool:
    """ "If 39 years or older", "if female": it says of whom the whole is asked."""
    said = [c for c in row if c.kind not in ("scaffold", "person", "link", "age", "conjunction", "word")]
    told = [c for c in said if c.kind in ("sex", "agegroup") or (c.comparison is not None and c.comparison.duration)]
    return bool(said) and told == said and not any(c.kind == "word" for c in row[1:])


def _of_other_cause(row: list[Chunk]) -> bool:
    """Whether a row ends with what a thing is not caused by."""
    at = next((i for i, c in enumerate(row) if i and c.kind == "negation"), None)
    if at is None or not names(row[:at]):
        return False
    words = {word for c in row[at : at + 3] for word in c.low.split()}
    return not words.isdisjoint(lexicon().turns["not_by"])


def _counts_given(base: Logic | None) -> bool:
    """ "At least 2 prior lines", "at least two drugs": treatments are counted."""
    said = leaves(base)
    counted = said and (said[-1].op == "therapy_lines" or (said[-1].op == "medication" and said[-1].count is not None))
    return bool(counted)


def _kept(leaf: Leaf, span: tuple[int, int], words: list[str], window: Window | None) -> Leaf:
    """ "Tuberculosis unless adequately treated": the thing itself, in the state that is spared."""
    return replace(leaf, start=span[0], end=span[1], qualifiers=tuple(words), window=window)


def _ever(leaf: Leaf) -> Logic:
    """What was given in a line of therapy was given at any time."""
    return replace(leaf, status="ever") if leaf.op == "medication" and leaf.status is None else leaf


def _timed_whole(right: list[Chunk]) -> int:
    """Where a window between commas behind the examples stands: it is of the whole; 0 where none does."""
    for at in range(2, len(right)):
        if right[at].kind == "window" and right[at - 1].kind == "comma":
            ends = at + 1 == len(right) or right[at + 1].kind in ("comma", "semicolon", "conjunction")
            return at if ends and names(right[: at - 1]) else 0
    return 0


def _closed(right: list[Chunk]) -> int:
    """Where a statement begins behind the examples that "or" closes: "A or B | , and C"; 0 where none does."""
    either = False
    for at, chunk in enumerate(right[:-2]):
        if chunk.kind == "conjunction" and chunk.value == "or":
            either = True
        elif either and chunk.kind == "comma" and right[at + 1].kind == "conjunction" and right[at + 1].value == "and":
            return at + 2 if names(right[at + 2 :]) else 0
    return 0


def _tests(base: Logic, shown: Logic) -> bool:
    """Whether what a disease "includes" are results of tests, which no kind of it can be."""
    ill = isinstance(base, Leaf) and base.op == "condition" and base.concept is not None
    return ill and all(leaf.op in ("measurement", "biomarker") and leaf.cmp is not None for leaf in leaves(shown))


def _whom(row: list[Chunk], at: int) -> bool:
    """Whether the group at ``at`` says of whom a limit is asked, and not where or in what it is measured."""
    if " " in row[at].low and row[at].low != "in the presence of":
        return True
    after = next((c for c in row[at + 1 :] if c.kind not in ("qualifier", "certainty", "status")), None)
    if after is None or row[at].low == "regarding":
        return False
    return after.kind in _PEOPLE or (after.mention is not None and after.mention.type == "condition")


def _limit_behind(left: list[Chunk], right: list[Chunk]) -> int | None:
    """ "Systolic BP ≥ 160 mmHg if untreated, or | ≥ 180 mmHg in any case": where another limit of the same begins."""
    limits = [c.comparison for c in left if c.comparison is not None]
    if len(limits) != 1 or limits[0].unit is None or limits[0].age:
        return None
    for at in range(2, len(right)):
        found = right[at].comparison
        joint = right[at - 1]
        if right[at].kind == "condition":
            return None
        if joint.kind != "conjunction" or joint.value != "or" or found is None or not found.cmp:
            continue
        return at if (found.unit or "").split()[-1:] == limits[0].unit.split()[-1:] else None  # "10^4 IU/mL"
    return None


def _last_member(left: list[Chunk]) -> int:
    """Where the last member of a list begins, where a limit stands in it and none before it."""
    at = max((i for i, c in enumerate(left) if c.kind in ("comma", "semicolon", "colon")), default=-1) + 1
    named = names([c for c in left[at:] if c.comparison is None])
    return at if at and named and not any(c.comparison is not None for c in left[:at]) else 0


def _judged_clause(right: list[Chunk]) -> int:
    """Where a clause that a person must judge begins behind a name: "COPD | which may put …"; 0 where none does."""
    at = next((i for i, c in enumerate(right) if c.low.split()[:1] in (["which"], ["that"])), 0)
    told = at and at + 3 > next((i for i, c in enumerate(right) if c.kind == "administrative"), len(right))
    return at if told and not any(c.kind in ("exception", "unless", "semicolon") for c in right) else 0


def _only_contraindicated(right: list[Chunk]) -> bool:
    """ "Unless medically contraindicated": to what, it need not say."""
    said = [c for c in right if c.kind not in ("scaffold", "link", "qualifier", "stop")]
    heads = [c for c in said if c.kind == "head" and c.value == "contraindication"]
    others = [c for c in said if c not in heads]
    return bool(heads) and all(c.kind == "word" and c.low.endswith("ly") for c in others)


def _relative(right: list[Chunk]) -> int:
    """Where, behind the comma that closes an exception, a clause begins that is of what stands before it; 0 if none."""
    commas = [i for i, c in enumerate(right) if c.kind == "comma" and 0 < i < len(right) - 2]
    if len(commas) != 1 or right[commas[0] + 1].low not in lexicon().turns["relative"]:
        return 0
    return commas[0] + 1 if names(right[: commas[0]]) else 0


def _of_base(left: list[Chunk], right: list[Chunk]) -> bool:
    """Whether the window at the end is of what stands before: "cancer other than A or B within 5 years"."""
    if len(right) < 2 or right[-1].kind != "window" or any(c.kind == "window" for c in [*left, *right[:-1]]):
        return False
    timed = right[-1].timed
    if timed is None or timed.window is None or timed.window.within is None:
        return False
    return not any(c.kind in ("link", "head", "planned", "status", "bracket") for c in right)
