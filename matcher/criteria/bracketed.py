"""What stands in brackets, what is defined and what is shown as an example."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from matcher.criteria.atoms import Atom
from matcher.criteria.bracket_kinds import caused, described, explains, opens_cause, people, ranges
from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.lexicon import Lexicon, lexicon
from matcher.criteria.limited import signed
from matcher.criteria.predicates import Predicates
from matcher.criteria.rows import strip
from matcher.criteria.sexes import by_sex
from matcher.criteria.sharing import limit_bracket
from matcher.criteria.steady import is_dose
from matcher.criteria.trees import denies, join, leaves, like, mapped, negate, spared, widened
from matcher.model import And, AtLeast, If, Kind, Leaf, Logic, Not, Or, Window

if TYPE_CHECKING:
    from matcher.terms import Terminology

_GIVEN = frozenset({"medication", "procedure"})
_ASKS = frozenset("comparison negation window result exception age sex leaf behaviour unless".split())
_FOUND = frozenset({"positive", "negative"})
_WORDED = frozenset({"normal", "abnormal", "elevated", "low"})


class Bracketed:
    """Reads what follows a name in brackets; whole statements inside them go back to `Grammar`."""

    def __init__(self, text: str, kind: Kind, terminology: Terminology | None, lexicon: Lexicon) -> None:
        self.text = text
        self.kind = kind
        self.predicates = Predicates(text, terminology, lexicon)
        self.depth = 0
        self.demanded = 0
        """Above 0 inside what must hold: there "and" joins also under an exclusion heading."""
        self.alternatives = 0
        """Above 0 inside exceptions and examples: there "and" lists what is spared or meant, one by one."""

    def statement(self, row: list[Chunk]) -> Logic | None:
        """A statement of any form: see `Grammar`."""
        raise NotImplementedError

    def sentence(self, row: list[Chunk]) -> Logic | None:
        """A sentence with its premise: see `Grammar`."""
        raise NotImplementedError

    def each(self, row: list[Chunk]) -> Logic | None:
        """A statement whose list names things one by one, whatever its conjunction."""
        self.alternatives += 1
        try:
            return self.statement(row)
        finally:
            self.alternatives -= 1

    def left_out(self, row: list[Chunk]) -> None:
        """Words that are understood and ask nothing of the patient."""
        if row:
            self.predicates.used.append((row[0].start, row[-1].end))

    def bracketed(self, base: Logic | None, bracket: Chunk, atom: Atom) -> Logic | None:
        """What a bracket says of what it follows."""
        inner = strip(bracket.inner)
        if not inner or not (
            names(inner)
            or inner[0].kind
            in ("exception", "unless", "spare", "condition", "group", "example", "definition", "window")
        ):
            return base
        if limited := by_sex(base, inner, atom.terms, self.statement):
            return limited
        words = self.text[bracket.start + 1 : bracket.end - 1].strip()
        if (
            base is not None
            and len(words) <= 12
            and words.replace("-", "").replace("/", "").isalnum()
            and sum(c.isupper() for c in words) >= 2
            and not any(c.kind == "comparison" for c in inner)
            and not (isinstance(base, Leaf) and base.op == "biomarker" and words[1:-1].isdigit())
        ):
            self.predicates.used.append((bracket.start, bracket.end))
            return base
        if any(c.kind == "must" for c in inner):
            # "volunteers (men must be sterile)", "pregnancy (a negative test is required)"
            tested = self.kind == "exclusion" and any(c.value in ("negative", "normal") for c in inner)
            return join("or" if tested else "and", [base, self.sentence(inner)])
        if inner[0].kind in ("exception", "unless"):
            spare = self.each(inner[1:])
            return spared(base, spare) if base is not None else negate(spare)
        if any(c.kind == "spare" for c in inner):
            spare = self.statement([c for c in inner if c.kind != "spare"])
            if isinstance(base, Leaf) and isinstance(base.value, float) and spare is not None:
                return self._allowed_beside(base, spare, any(c.kind == "person" for c in inner))
            return spared(base, spare) if base is not None and spare is not None else base
        if inner[0].kind in ("definition", "example") and len(inner) > 1:
            if (rest := strip(inner[1:])) and rest[0].kind == "window":
                inner = rest  # "a recent history (i.e. within 6 months) of"
            elif len(inner) == 2 and self.text[inner[1].start : inner[1].end].isupper() and base is not None:
                self.left_out(inner)  # "(i.e., CCA)": the abbreviation
                return base
        if base is not None and (since := self._since_other(base, inner)):
            return since
        timed, plain = inner[0].timed, isinstance(base, Leaf | Or) and all(leaf.window is None for leaf in leaves(base))
        if inner[0].kind == "window" and timed is not None and plain and base is not None:
            return mapped(base, lambda leaf: replace(leaf, window=timed.window))
        if inner[0].kind == "example" and isinstance(base, Leaf) and base.op == "condition" and caused(inner):
            self.left_out(inner)  # "drug-induced psoriasis (e.g. from lithium)": such causes
            return base
        if isinstance(base, Leaf) and base.op == "condition" and opens_cause(inner):
            return join("and", [base, self.each(inner)])
        reason = inner[0].kind == "reason" or inner[0].low in self.predicates.lexicon.turns["reason_first"]
        valued = isinstance(base, Leaf) and base.value is not None
        if valued and reason and not any(c.comparison is not None for c in inner):
            self.left_out(inner)  # "(due to brain pathology)"
            return base
        if base is not None and (inner[-1].low.startswith("equivalent") or explains(inner) or self._proven(inner)):
            self.left_out(inner)
            return base
        if base is not None and (own := self._other_time(base, inner)) is not None:
            return own
        limits = [c.comparison for c in inner if c.comparison is not None]
        if isinstance(base, Leaf) and base.op == "age" and limits and (limits[0].age or limits[0].duration):
            self.left_out(inner)  # "18 years (19 years in Nebraska)"
            return base
        if self._again(inner, atom) or (base is not None and (ranges(inner) or self._method(inner))):
            self.left_out(inner)  # "above 113 kg (250 lb)", "> 2 x ULN (ULN = 40 U/L)"
            return base
        alike = bool(limits and atom.comparisons and limits[0].unit and limits[0].unit == atom.comparisons[-1].unit)
        asked = next((i for i, c in enumerate(inner) if c.kind in ("condition", "group")), len(inner))
        dosed = not alike and any(c.mention is not None and c.mention.type == "drug" for c in inner[:asked])
        if limit_bracket(bracket) and base is not None and atom.terms and not dosed:
            other = self.statement([*atom.terms, *signed(inner, atom.comparisons)])
            if isinstance(other, If) and atom.comparisons:
                other = And((other.then, other.premise))  # as an alternative it is a condition like any other
            if isinstance(base, Leaf) and base.window is not None and isinstance(other, Leaf) and other.window is None:
                other = replace(other, window=base.window)  # "weight loss within 6 months (≥ 5 %)"
            return join("or", [base, other]) if atom.comparisons else other
        of_some = isinstance(base, Leaf) and isinstance(base.value, float) and described(inner)
        if base is not None and (people(inner) or of_some or inner[0].kind == "condition"):
            premise = self.statement([c for c in inner if c.kind not in ("group", "condition")])
            if premise is None:
                self.left_out(inner)  # "(if any)"
            return If(premise, base) if premise is not None else base
        if base is not None and inner[0].kind == "group" and inner[0].low == "for" and len(inner) > 1:
            return self._serving(base, inner[1:])
        if isinstance(base, Leaf) and base.op in _GIVEN and inner[0].kind == "scaffold" and inner[0].low == "to":
            self.left_out(inner)  # "insulin (to control diabetes)"
            return base
        role = inner[0].kind
        if role in ("example", "definition"):
            inner = strip(inner[1:])
            if not names(inner):
                return base
        one_by_one = atom.negated or not any(c.kind == "comparison" for c in inner)
        found = self.each(inner) if one_by_one else self.statement(inner)
        if found is None or base is None:
            return base or found
        if isinstance(base, Leaf) and base.op == "pregnancy" and _barren(found):
            # "childbearing potential (not sterilised or postmenopausal)": what the potential is
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(found)]
            return base
        if isinstance(base, Leaf) and isinstance(base.value, float) and _names_only(found) and role == "term":
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(found)]
            return base  # "triglycerides > 150 mg/dl (dyslipidemia)"
        if denies(found) and not inner[0].low.startswith("lack"):
            found = _said(found)
            return join("and", [base, found])  # "(i.e., not the recurrent form)"
        drugs = all(leaf.op in ("medication", "behaviour") and not leaf.cmp for leaf in leaves(found))
        if isinstance(base, Leaf) and base.op in ("measurement", "biomarker") and base.value in _FOUND and drugs:
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(found)]
            return base  # "positive urine drug screen (cocaine, opiates)"
        if isinstance(base, Leaf) and (exact := self._exact(base, found, role)) is not None:
            return exact
        if role == "example":
            return self.widened(base, found)
        if isinstance(found, AtLeast):
            if isinstance(base, Leaf) and base.concept is None and base.op == "other":
                self.predicates.used.append((base.start, base.end))
                return found  # "risk factors (2 of: …)"
            return join("and", [base, found])  # "metabolic syndrome (3 of 5: …)": so many of its signs
        return self.defined(base, found)

    def _allowed_beside(self, base: Leaf, spare: Logic, people: bool) -> Logic:
        """What "(MELD up to 20 is allowed if …)", "(patients with X can be included)" add to a limit; "(transfusion
        allowed)" adds nothing."""
        if not people and all(leaf.value is None for leaf in leaves(spare)):
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(spare)]
            return base
        admitted = And((spare.then, spare.premise)) if isinstance(spare, If) else spare
        # what is allowed beside a limit that excludes is taken out of it
        return spared(base, admitted) if self.kind == "exclusion" and not self.demanded else Or((base, admitted))

    def _serving(self, base: Logic, named: list[Chunk]) -> Logic:
        """What "(for X)" says: of drugs, which of them or against what; else of whom it is asked."""
        found = self.each(named)
        if found is None:
            return base
        if not {leaf.op for leaf in leaves(base)} <= _GIVEN:
            return If(found, base)
        if isinstance(base, Leaf) and {leaf.op for leaf in leaves(found)} <= _GIVEN:
            self.predicates.used.append((base.start, base.end))
            return mapped(found, lambda leaf: like(leaf, base))  # "licensed vaccines (for inactivated vaccines)"
        return And((base, found))

    def _proven(self, inner: list[Chunk]) -> bool:
        """ "(with diagnosis confirmed by bone scintigraphy)": how it was established."""
        said = [word for c in inner[:5] for word in c.low.split()]
        known = self.predicates.lexicon
        opens = next((word for word in said if word not in known.turns["proven_first"]), "")
        plain = not any(c.kind in ("comparison", "negation", "window", "result", "leaf", "exception") for c in inner)
        return plain and opens in known.evidence and "diagnosis" in said

    def _method(self, inner: list[Chunk]) -> bool:
        """ "(based on hormonal or genetic testing)", "(by CT or MRI)": how it was established, and nothing else."""
        inner = strip(inner[inner[0].kind == "example" :]) or inner  # "(e.g. by CT)"
        opens = inner[0].low.split()
        told = inner[0].kind in ("scaffold", "definition", "word")
        based = told and not self.predicates.lexicon.turns["based"].isdisjoint(opens[-1:])
        said = [c for c in inner[1:] if c.kind in ("term", "word", "leaf")]
        if not based or not said or any(c.kind in _ASKS for c in inner):
            return False
        last = said[-1].low.split()[-1]
        tested = self.predicates.holds("test", said[-1].low) or last in self.predicates.lexicon.methods
        return tested or all(c.mention is not None and c.mention.type == "procedure" for c in said)

    def _other_time(self, base: Logic, inner: list[Chunk]) -> Logic | None:
        """ "Chemotherapy within 4 weeks (6 weeks for nitrosoureas)": a window of its own for one kind."""
        found = inner[0].comparison
        timed = inner[0].timed
        lasting = found.duration if found is not None else timed.window.within if timed and timed.window else None
        if lasting is None or len(inner) < 3 or inner[1].kind not in ("group", "scaffold") or inner[1].low != "for":
            return None
        windows = [leaf.window for leaf in leaves(base) if leaf.window is not None]
        tree = self.statement(inner[2:])
        if not windows or tree is None:
            return None
        self.left_out(inner[:1])
        old = windows[0].at_least_ago is not None
        window = Window(at_least_ago=lasting) if old else Window(within=lasting)
        ops = {leaf.op for leaf in leaves(base)}
        kind = ops.pop() if len(ops) == 1 else None

        def timely(leaf: Leaf) -> Leaf:
            return replace(leaf, window=window, op=kind if kind is not None and leaf.op == "other" else leaf.op)

        return join("and" if old else "or", [base, mapped(tree, timely)])

    def _since_other(self, base: Logic, inner: list[Chunk]) -> Logic | None:
        """ "At least 4 weeks since chemotherapy (6 weeks since nitrosoureas)": a washout of its own for one kind."""
        old = [leaf for leaf in leaves(base) if leaf.window is not None and leaf.window.at_least_ago is not None]
        opening = inner[0].timed if inner[0].kind == "window" else None
        if not old or opening is None or opening.window is None or not names(inner[1:]):
            return None
        return join("and", [base, self.statement(inner)])

    def _again(self, inner: list[Chunk], atom: Atom) -> bool:
        """Whether a bracket says the limit before it once more, in another unit."""
        limits = [c.comparison for c in inner if c.comparison is not None]
        if not atom.comparisons or len(limits) != 1:
            return False
        limit, said = limits[0], atom.comparisons[-1]
        if inner[0].low in ("uln", "lln") or [c.low for c in inner[:2]] in (["upper", "limit"], ["lower", "limit"]):
            return True
        bare = len(inner) == 1 or (len(inner) == 2 and inner[0].low in ("or", "approximately", "i e", "equivalent to"))
        same = limit.cmp in ("", said.cmp)
        return bare and same and limit.unit is not None and said.unit is not None and limit.unit != said.unit

    def _exact(self, base: Leaf, found: Logic, role: str) -> Logic | None:
        """A bracket that says exactly what is meant: the members of a measure, "i.e. A or B"."""
        said = leaves(found)
        if base.op == "contraception":
            self.predicates.used += [(leaf.start, leaf.end) for leaf in said]
            return base
        measures = len(said) > 1 and all(leaf.op in ("measurement", "biomarker") and not leaf.cmp for leaf in said)
        if measures and base.op == "measurement" and base.cmp and isinstance(base.value, float):
            # "liver enzymes (ALT or AST) > 2.5 x ULN": the limit is of each
            self.predicates.used.append((base.start, base.end))
            each = mapped(found, lambda leaf: _limited_as(base, leaf))
            if isinstance(each, Or) and self.kind == "inclusion" and not self._told(said, "or"):
                return And(each.args)  # "coagulation (PT, PTT) < 1.5 x ULN": either test
            return each
        kinds = {leaf.op for leaf in said}
        if (
            role == "definition"
            and isinstance(found, Or)
            and base.value is None
            and kinds <= {base.op, "condition", "other"}
        ):
            self.predicates.used.append((base.start, base.end))
            return join("or", [like(arg, base) for arg in found.args])
        return None

    def _told(self, said: list[Leaf], word: str) -> bool:
        """Whether ``word`` stands between what is named."""
        pairs = pairwise(said)
        return any(word in self.text[one.end : two.start].lower().replace("/", " ").split() for one, two in pairs)

    def defined(self, base: Logic | None, meant: Logic | None, cue: str = "") -> Logic | None:
        """A definition: numbers replace what they define, another name widens it."""
        if base is None or meant is None:
            return base or meant
        if is_dose(base):
            return join("and", [base, meant])  # "a stable dose (prednisone ≤ 20 mg/day) for 2 weeks"
        limits = [leaf for leaf in leaves(meant) if leaf.value is not None]
        shown = all(leaf.op in ("measurement", "biomarker") and _positive(leaf) for leaf in leaves(meant))
        if shown and not cue and isinstance(base, Leaf) and base.op == "condition" and base.concept is not None:
            active = _now(base) and all(leaf.op == "measurement" for leaf in leaves(meant))
            each = self._told(leaves(meant), "or") and all(leaf.concept is not None for leaf in leaves(meant))
            if active or each:  # "active hepatitis B (HBV DNA detectable)"; "hepatitis B (HBsAg or anti-HBc positive)"
                return join("and" if active else "or", [base, meant])
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(meant)]
            return base  # "hepatitis B (HBsAg positive)": how it is known
        if isinstance(base, Leaf) and _variants(base, meant):
            self.predicates.used.append((base.start, base.end))
            return mapped(meant, lambda leaf: replace(leaf, op="biomarker", concept=base.concept))
        if isinstance(base, Leaf) and base.op in ("condition", "other", "allergy") and _signs(meant):
            return self.widened(base, meant)
        if isinstance(base, Leaf) and not cue and base.op in ("allergy", "medication") and _kinds(meant, "medication"):
            return self.widened(base, meant)
        several = isinstance(base, Leaf) and base.concept is None and base.term.endswith("s") and not cue
        if several and isinstance(base, Leaf) and base.op in ("procedure", "medication") and _named_each(meant):
            return self.widened(base, meant)  # "facial procedures (peel, laser treatment)"
        if limits and isinstance(base, Leaf) and base.term.lower().startswith(tuple(lexicon().turns["what_shows"])):
            return self.widened(base, meant)  # "complications of cirrhosis (ascites, INR > 2)"
        if limits and isinstance(base, Leaf) and (base.value is None or base.value in _WORDED):
            scored = any(leaf.op == "score" for leaf in limits) and base.op == "condition" and base.concept is not None
            vague = not scored and (
                base.concept is None
                or base.op in ("measurement", "other", "biomarker")
                or self.predicates.derived(base)
                or _same_measure(base, limits)
            )
            if vague and base.concept is not None and isinstance(meant, And) and any(map(denies, meant.args)):
                vague = False  # "postmenopausal (no menses for a year with FSH > 40 IU/L)"
            if vague and base.op == "condition" and all(leaf.op == "stage" for leaf in limits):
                vague = False  # "AIDS-defining illness (CDC stage 3)"
            if vague:
                self.predicates.used.append((base.start, base.end))
                window = base.window  # "virologic failure (HIV RNA ≥ 200 copies/mL) within 5 years"
                return mapped(meant, lambda leaf: leaf if leaf.window else replace(leaf, window=window))
            return join("and", [base, meant])
        valued = all(leaf.op in ("measurement", "biomarker") for leaf in leaves(meant))
        if limits and valued and self.kind == "exclusion" and cue.split()[-2:-1] == ["defined"]:
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(base)]
            return meant  # "acute or chronic liver disease, defined by ALT > 3 x ULN": the values are what is meant
        if limits:
            return join("and", [base, meant])
        if "defined" in cue:
            # "postmenopausal women, defined as no menses for 12 months"
            args = base.args if isinstance(base, And) else (base,)
            bare = [arg for arg in args if isinstance(arg, Leaf) and arg.op == "other" and arg.concept is None]
            if len(bare) == 1:
                self.predicates.used.append((bare[0].start, bare[0].end))
                return join("and", [meant if arg is bare[0] else arg for arg in args])
        if all(
            (leaf.op in ("procedure", "measurement", "other") and leaf.concept is None)
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

    def widened(self, base: Logic, shown: Logic) -> Logic:
        """The class or its examples; a class that is only "conditions" says no more than they do."""
        bare = isinstance(base, Leaf) and not base.qualifiers and base.concept is None and base.value is None
        if isinstance(base, Leaf) and bare and base.term.lower() in self.predicates.lexicon.generic:
            self.predicates.used.append((base.start, base.end))
            flat = shown.args if isinstance(shown, And | Or) else (shown,)
            return join("or", [like(arg, base) for arg in flat]) or base
        if (tree := widened(base, shown)) is base:
            self.predicates.used += [(leaf.start, leaf.end) for leaf in leaves(shown)]
        return tree


def _same_measure(base: Leaf, limits: list[Leaf]) -> bool:
    """ "Abnormal TSH level (TSH > 4 or < 0.4)": the limits are of what is named."""
    named = base.term.lower().split()
    measured = {leaf.term.lower() for leaf in limits}
    rest = " ".join(named[1:])
    return len(measured) == 1 and named[0] in lexicon().results and all(rest.startswith(name) for name in measured)


def _now(base: Leaf) -> bool:
    return base.status == "current" or "active" in base.qualifiers


def _variants(base: Leaf, meant: Logic) -> bool:
    """ "EGFR mutation (exon 19 deletion or L858R)": which changes of the gene are meant."""
    said = leaves(meant)
    named = all(leaf.op in ("other", "biomarker") and leaf.concept is None for leaf in said)
    return (
        base.op == "biomarker"
        and base.concept is not None
        and named
        and all(any(c.isdigit() for c in leaf.term) and leaf.value is None for leaf in said)
    )


def _barren(found: Logic) -> bool:
    return all(leaf.op in ("condition", "procedure", "other") for leaf in leaves(found))


def _names_only(found: Logic) -> bool:
    return isinstance(found, Leaf) and found.op == "condition" and not (found.window or found.qualifiers or found.cmp)


def _positive(leaf: Leaf) -> bool:
    return leaf.value == "positive" or (leaf.value is None and leaf.term.lower().endswith(("positive", "positivity")))


def _said(denied: Logic) -> Logic:
    """A denial without its catch-all: "not recurrent infections or other indications"."""
    args: list[Logic] = list(denied.args) if isinstance(denied, And) else [denied]
    if isinstance(denied, Not) and isinstance(denied.arg, Or):
        args = [Not(arg) for arg in denied.arg.args]
    named = [arg for arg in args if any(leaf.op != "other" or " " in leaf.term for leaf in leaves(arg))]
    return join("and", named) or denied


def _signs(meant: Logic) -> bool:
    """ "(jaundice, cholangitis, abnormal liver tests)": a list of what shows it, most of it diseases."""
    said = leaves(meant)
    if not isinstance(meant, Or) or any(isinstance(leaf.value, float) or leaf.uln or leaf.lln for leaf in said):
        return False
    return 2 * sum(leaf.op == "condition" for leaf in said) >= len(said)


def _kinds(meant: Logic, op: str) -> bool:
    """Whether a bracket lists things of one kind, one by one."""
    return isinstance(meant, Or) and all(leaf.op in (op, "other") and not leaf.cmp for leaf in leaves(meant))


def _named_each(meant: Logic) -> bool:
    """Whether a bracket only names things, one by one."""
    return isinstance(meant, Or) and all(isinstance(a, Leaf) and not a.cmp and not a.window for a in meant.args)


def _limited_as(base: Leaf, leaf: Leaf) -> Leaf:
    """The measure ``leaf`` with the limit of ``base``."""
    return replace(base, op=leaf.op, start=leaf.start, end=leaf.end, term=leaf.term, concept=leaf.concept)
