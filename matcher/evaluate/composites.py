"""One leaf that asks for several things: two limits of a blood pressure, a disease with the state of a marker
("EGFR-mutant lung cancer" is lung cancer, and EGFR mutated), a treatment that is several drugs."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher import resources
from matcher.evaluate import operations
from matcher.evaluate.biomarker import marker_values, spelt
from matcher.evaluate.plan import Setting, rules
from matcher.model import And, Concept, Leaf, Logic, Not, Or
from matcher.patterns import alternatives

_SYSTEMIC = "systemic "
_KINDS = ("condition", "other")
_WORDS = 2
"""Words of a term that may deny a disease: "currently afebrile"."""
_NAMED = 0.9
"""A term is found with a higher score where the tables have it as it stands."""
_VARIANT = 24
"""Characters between a marker and its state, where the variant is named ("EGFR exon 19 deletion-positive")."""


def parted(leaf: Leaf, setting: Setting) -> Logic | None:
    """The things that the leaf asks for; None where it is one."""
    parts = pressures(leaf) or without_disease(leaf) or composite(leaf)
    return parts or marked(leaf, setting) or combined(leaf) or operations.under(leaf, setting)


def without_disease(leaf: Leaf) -> Logic | None:
    """A word that denies diseases: "afebrile" asks for no fever."""
    if leaf.op != "other" or leaf.concept is not None:
        return None
    denied = _denied().get(leaf.term.lower().split()[-1]) if leaf.term.strip() else None
    if denied is None or len(leaf.term.split()) > _WORDS:
        return None
    plain = replace(leaf, op="condition", window=None, qualifiers=())
    parts = tuple(Not(replace(plain, concept=concept, term=concept.name)) for concept in denied)
    return parts[0] if len(parts) == 1 else And(parts)


@cache
def _denied() -> dict[str, tuple[Concept, ...]]:
    found: dict[str, tuple[Concept, ...]] = {}
    for row in resources.rows("facts/normal"):
        if row["word"] in rules()["levels_only"]["words"]:
            continue
        found[row["word"]] = (*found.get(row["word"], ()), Concept(row["system"], row["concept"], row["name"]))
    return found


def had_or_planned(leaf: Leaf) -> Logic | None:
    """ "Prior or scheduled transplant", "ongoing or planned dialysis": either is enough."""
    planned = [q for q in leaf.qualifiers if q.lower() in rules()["planned_words"]]
    if not planned or leaf.status is None or leaf.op not in ("procedure", "medication", *_KINDS):
        return None
    others = tuple(q for q in leaf.qualifiers if q not in planned)
    return Or((replace(leaf, qualifiers=others), replace(leaf, status=None)))


def pressures(leaf: Leaf) -> Logic | None:
    """ "< 140/90 mmHg" and "110/60 to 150/95" as limits on both parts; above either is above."""
    table = rules()["pressures"]
    if leaf.concept is None or leaf.concept.id not in table["both"]:
        return None
    low = _two(leaf.value)
    high = _two(leaf.value2) if leaf.value2 is not None else (None, None)
    if low is None or high is None:
        return None
    limits = tuple(
        replace(
            leaf,
            concept=Concept("LOINC", table[name]["id"], table[name]["name"]),
            term=table[name]["name"],
            value=least,
            value2=most,
            qualifiers=(),
        )
        for name, least, most in zip(("systolic", "diastolic"), low, high, strict=True)
    )
    return Or(limits) if leaf.cmp in (">", ">=") else And(limits)


def _two(value: float | str | None) -> tuple[float, float] | None:
    """The two numbers of "140/90"."""
    parts = value.split("/") if isinstance(value, str) else []
    if len(parts) != 2 or not all(p.strip().replace(".", "", 1).isdigit() for p in parts):
        return None
    return float(parts[0]), float(parts[1])


def composite(leaf: Leaf) -> Logic | None:
    """A concept that is two: "HER2-positive breast cancer" is breast cancer and HER2 positive."""
    if leaf.op not in ("condition", "biomarker", "other"):
        return None
    term = f" {leaf.term.lower()} ".replace("-", " ")
    for row in rules()["composite"]:
        known = leaf.concept is not None and leaf.concept.id == row.get("concept")
        if not known and not any(f" {w} " in term for w in row["words"]):
            continue
        if leaf.op == "biomarker":
            return None
        words = frozenset(row["drops"])
        parts: list[Logic] = [
            replace(
                leaf,
                concept=Concept("", row["disease"], row["name"]),
                term=row["name"],
                qualifiers=tuple(q for q in leaf.qualifiers if q.lower() not in words),
            )
        ]
        tests: list[Logic] = []
        for test in row["tests"]:
            marker = Concept("", test["id"], test["name"])
            tests.append(Leaf("biomarker", leaf.start, leaf.end, test["name"], marker, cmp="=", value=test["value"]))
        return And((*parts, Or(tuple(tests)))) if row.get("any") else And((*parts, *tests))
    return None


def marked(leaf: Leaf, setting: Setting) -> Logic | None:
    """The disease and the state of its marker; None where the term names no marker with its state before a disease."""
    if leaf.op not in _KINDS or leaf.concept is None or " " not in leaf.term:
        return None
    state = _states().search(leaf.term)
    if state is None:
        return None
    while more := _joined_state().match(leaf.term, state.end()):
        state = _states().match(leaf.term, more.end()) or state  # "dMMR/MSI-H"
    terminology = setting.terminology
    marker = next(
        (
            (hit, id)
            for hit in terminology.find(leaf.term)
            for id in hit.ids
            if hit.start <= state.start() <= hit.end + 1 + _VARIANT and terminology.kind(id) == "biomarker"
        ),
        None,
    )
    if marker is None or marker[0].end > state.end():
        return None
    rest = leaf.term[state.end() :].strip(" -,")
    own = terminology.normalise(rest).concept if rest else None
    if own is None or terminology.kind(own.id) != "condition":
        return None
    whole = terminology.normalise(leaf.term)
    if whole.concept is not None and whole.concept.id != own.id and whole.score > _NAMED:
        return None  # "ANCA-associated vasculitis" is a disease by itself
    told = {word for part in leaf.term[: state.end()].lower().split() for word in (part, *part.split("-"))}
    disease = replace(
        leaf,
        term=rest,
        concept=own,
        qualifiers=tuple(q for q in leaf.qualifiers if not told.issuperset(re.split(r"[ -]", q.lower()))),
    )
    name = leaf.term[marker[0].start : max(marker[0].end, state.start())].strip(" -,(")
    value = marker_values()[spelt(state.group())]
    test = Leaf("biomarker", leaf.start, leaf.end, name, terminology.concept(marker[1]), cmp="=", value=value)
    return And((disease, test))


def combined(leaf: Leaf) -> Logic | None:
    """A treatment that is several drugs: dual antiplatelet therapy is aspirin and a P2Y12 inhibitor."""
    if leaf.op not in ("medication", "procedure", "other"):
        return None
    term = f" {leaf.term.lower()} ".replace("-", " ")
    for row in rules()["combination"]:
        if any(f" {words} " in term for words in row["words"]):
            drugs = [Concept("", drug["id"], drug["name"]) for drug in row["drugs"]]
            return And(tuple(replace(leaf, op="medication", concept=drug, term=drug.name) for drug in drugs))
    return None


@cache
def _joined_state() -> re.Pattern[str]:
    """What joins one state of a marker with the next."""
    joins = alternatives(rules()["marker_states"]["joins"])
    return re.compile(rf"\s?(?:{joins})\s?(?={_states().pattern})", re.IGNORECASE)


@cache
def _states() -> re.Pattern[str]:
    words = sorted(marker_values(), key=len, reverse=True)
    parts = "|".join(r"[\s-]+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<![A-Za-z])(?:{parts})(?![A-Za-z0-9])", re.IGNORECASE)


def any_kind(logic: Or, setting: Setting) -> Or:
    """ "Bacterial, viral or fungal infection" asks for an infection: notes name the organ, and seldom the kind."""
    terminology = setting.terminology
    for row in rules()["any_kind"]:
        own = [a for a in logic.args if isinstance(a, Leaf) and a.concept is not None and a.concept.id in row["kinds"]]
        if len(own) < row["least"] or setting.wanted:
            continue
        last = own[-1]
        asked = tuple(dict.fromkeys(q for leaf in own for q in leaf.qualifiers))
        window = next((leaf.window for leaf in own if leaf.window is not None), None)
        whole = replace(
            last, term=row["name"], concept=terminology.concept(row["whole"]), qualifiers=asked, window=window
        )
        rest = tuple(a for a in logic.args if a not in own)
        return Or((*own, whole, *rest))
    return logic


def one_route(logic: Or) -> Or:
    """ "Systemic immunosuppressants or corticosteroids": a steroid behind what is systemic is meant so, too."""
    first, steroids = logic.args[0], rules()["steroid_names"]
    if not isinstance(first, Leaf) or first.op != "medication" or not first.term.lower().startswith(_SYSTEMIC):
        return logic
    args = [
        replace(a, term=_SYSTEMIC + a.term) if isinstance(a, Leaf) and a.term.lower() in steroids else a
        for a in logic.args[1:]
    ]
    return Or((first, *args))


def unlabelled(logic: Or, setting: Setting) -> Or:
    """ "Prior biologics: adalimumab within 8 weeks, …": the class says what the list is of, and asks nothing itself."""
    first, *rest = logic.args
    if setting.protocol is None or not isinstance(first, Leaf) or first.concept is None or first.window is not None:
        return logic
    own = [a for a in rest if isinstance(a, Leaf) and a.concept is not None and a.window is not None]
    if not own or len(own) < len(rest) or setting.protocol.text[first.end : first.end + 1] != ":":
        return logic
    ids = [leaf.concept.id for leaf in own if leaf.concept is not None]
    kinds = all(setting.terminology.is_a(id, first.concept.id) for id in ids)
    return Or(tuple(rest)) if kinds and len(rest) > 1 else logic
