"""Logic put into the words of the evaluator before it is compiled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from matcher.evaluate import also_told, bouts, data, earlier, onesided, operations
from matcher.evaluate.composites import composite
from matcher.evaluate.gestation import aged
from matcher.evaluate.limits import shares
from matcher.evaluate.plan import Setting, rules
from matcher.evaluate.qualifiers import is_severity
from matcher.model import And, AtLeast, Concept, Except, If, Leaf, Logic, Not, Or
from matcher.patterns import alternatives
from matcher.terms import analytes

_OF_TEN = re.compile(r"(?P<value>\d{1,2}(?:\.\d)?)\s*/\s*10")


_CHANGE = re.compile(r"(?:p\.)?[A-Z]\d{1,4}[A-Z]")
"""A change of an amino acid ("L858R")."""


def leaf(leaf: Leaf, setting: Setting) -> Leaf:
    """The leaf in the evaluator's words."""
    leaf = of_age(without_role(without_setting(without_end(diluted(treated_first(leaf)), setting)), setting))
    leaf = earlier.named(onesided.named(onesided.without_verb(leaf, setting)), setting)
    leaf = classed(bouts.recurring(leaf, setting), setting)
    leaf = operations.named(any_therapy(daily(shares(symbolic(aged(tested(leaf, setting), setting))))), setting)
    leaf = lasting(also_told.taking_part(also_told.known_as(leaf, setting), setting), setting)
    return now_active(painful(valued(begun(given(leaf, setting), setting), setting), setting), setting)


def lasting(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Vaccinated against hepatitis B" asks whether one ever was: who was given a vaccine takes it no more."""
    if leaf.op != "medication" or leaf.status is not None or leaf.window is not None or leaf.concept is None:
        return leaf
    id, table = leaf.concept.id, rules()["given_once"]
    once = id not in table["but"] and any(setting.terminology.is_a(id, wide) for wide in table["classes"])
    return replace(leaf, status="ever") if once else leaf


def begun(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Macrolide antibiotic started" asks for the drug."""
    name, _, last = leaf.term.rpartition(" ")
    if leaf.op != "medication" or leaf.concept is not None or last.lower() not in rules()["begun_words"]:
        return leaf
    found = setting.terminology.normalise(name)
    if found.concept is None or setting.terminology.kind(found.concept.id) not in ("drug", "drug_class"):
        return leaf
    return replace(leaf, term=name, concept=found.concept)


def diluted(leaf: Leaf) -> Leaf:
    """ "≥ 1:80": the dilution of a titre as its number."""
    found = re.fullmatch(r"1:([\d,]+)", leaf.value) if isinstance(leaf.value, str) else None
    return leaf if found is None else replace(leaf, value=float(found[1].replace(",", "")))


def without_setting(leaf: Leaf) -> Leaf:
    """ "CDK4/6 inhibitor in the advanced setting" asks for the drug: notes do not repeat the state of the disease."""
    if leaf.op not in ("medication", "procedure") or leaf.concept is None:
        return leaf
    term = leaf.term.lower()
    behind = next((words for words in rules()["generic_therapy"]["behind"] if term.endswith(f" {words}")), "")
    if not behind:
        return leaf
    kept = tuple(q for q in leaf.qualifiers if q.lower() not in behind)
    return replace(leaf, term=leaf.term[: -len(behind)].rstrip(), qualifiers=kept)


def without_end(leaf: Leaf, setting: Setting) -> Leaf:
    """ "MAO inhibitors stopped at least 14 days before baseline" asks how long ago the drug was last taken."""
    name, _, last = leaf.term.rpartition(" ")
    ends = leaf.op == "medication" and leaf.concept is None and last.lower() in rules()["changes"]["ended"]
    if not ends or leaf.window is None or leaf.window.at_least_ago is None:
        return leaf
    return replace(leaf, term=name, concept=setting.terminology.normalise(name).concept)


def classed(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Class III obesity": a class that is part of the name of a disease."""
    of_class = next((q for q in leaf.qualifiers if q.lower().startswith(tuple(rules()["classes"]))), None)
    if of_class is None or leaf.op != "condition" or leaf.concept is None:
        return leaf
    found = setting.terminology.normalise(f"{of_class} {leaf.term}")
    if found.concept is None or found.how != "exact" or not setting.terminology.is_a(found.concept.id, leaf.concept.id):
        return leaf
    kept = tuple(q for q in leaf.qualifiers if q != of_class)
    return replace(leaf, term=f"{of_class} {leaf.term}", concept=found.concept, qualifiers=kept)


def treated_first(leaf: Leaf) -> Leaf:
    """ "Excised basal cell carcinoma": that it was treated is asked of the disease, and is no part of its name."""
    if leaf.op != "condition" or leaf.concept is None:
        return leaf
    first = " ".join(leaf.term.lower().split()[:2])
    said = next((w for w in rules()["treated_asked"] if first == w or first.startswith(f"{w} ")), None)
    return leaf if said is None or said in leaf.qualifiers else replace(leaf, qualifiers=(*leaf.qualifiers, said))


def of_age(leaf: Leaf) -> Leaf:
    """ "Maternal age below 35 years" asks for the age of the patient."""
    asked = leaf.op == "measurement" and leaf.concept is None and leaf.term.lower() in rules()["age_names"]
    return replace(leaf, op="age") if asked else leaf


def without_role(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Biliary atresia as the underlying liver disease" asks for the biliary atresia."""
    part = _role().search(leaf.term)
    name = leaf.term[: part.start()].strip() if part is not None else leaf.term
    behind = setting.protocol.text[leaf.end : leaf.end + 60].partition("\n")[0] if setting.protocol is not None else ""
    tail = leaf.term[part.start() :] if part is not None else behind if _role().match(behind) else ""
    kept = tuple(q for q in leaf.qualifiers if q.lower() not in tail.lower())
    if part is None or not name:
        return replace(leaf, qualifiers=kept) if kept != leaf.qualifiers else leaf
    found = setting.terminology.normalise(name).concept
    return replace(leaf, term=name, concept=found, qualifiers=kept)


@cache
def _role() -> re.Pattern[str]:
    """The part that a thing plays, behind its name."""
    return re.compile(
        rf"\s+as (?:the|an?)\b(?: [\w-]+){{0,3}}? (?:{alternatives(rules()['roles'])})\b.*$", re.IGNORECASE
    )


def graded(part: Logic, parts: Sequence[Logic]) -> Logic:
    """A condition beside the scores that define its severity: "severe psoriasis with PASI >= 12" asks the score, and
    "uncontrolled diabetes (HbA1c > 9 %)" the value."""
    if isinstance(part, Or):
        return replace(part, args=tuple(graded(a, parts) for a in part.args))
    if not isinstance(part, Leaf) or part.op not in ("condition", "other") or not part.qualifiers:
        return part
    beside = {p.op for p in parts if isinstance(p, Leaf) and p.cmp is not None} & {"score", "measurement"}
    if not beside:
        return part
    said = rules()["shown"]["words"] if "score" not in beside else rules()["shown"]["words_of_scores"]
    kept = tuple(q for q in part.qualifiers if not is_severity(q) and q.lower() not in said)
    return replace(part, qualifiers=kept)


def waives(logic: Except) -> bool:
    """Whether the exception to a limit says who need not keep it: its base is nothing but values to be met, or a result
    for which another test may stand ("positive antibodies; a positive EMG is acceptable")."""
    if all(leaf.op == "measurement" and leaf.cmp is not None for leaf in leaves(logic.base)):
        return True
    tested = isinstance(logic.base, Leaf) and logic.base.op == "biomarker" and logic.base.value is not None
    return tested and all(leaf.op in ("measurement", "procedure") for part in logic.spares for leaf in _all(part))


def _all(logic: Logic) -> list[Leaf]:
    """The leaves of any tree, premises among them."""
    if isinstance(logic, If):
        return [*_all(logic.premise), *_all(logic.then)]
    return leaves(logic) if not isinstance(logic, Except) else [leaf for p in logic.spares for leaf in _all(p)]


def spared(logic: Or, setting: Setting) -> Or:
    """ "Cardiac, pulmonary or renal disease other than COPD": what the last excepts is spared of all."""
    last = logic.args[-1]
    if not isinstance(last, Except):
        return logic
    return Or((*(_sparing(part, last.spares, setting) for part in logic.args[:-1]), last))


def excepted(logic: Except, setting: Setting) -> Logic:
    """The exception put to that part of its base which it is a kind of: "no psychiatric or neurologic disorder other
    than myasthenia gravis" denies the others, and of "liver or thyroid disease except goitre" cirrhosis stays."""
    base = logic.base
    if isinstance(base, Not):
        return Not(Except(base.arg, logic.spares))
    claims = [spare for spare in logic.spares if any(_kind_of(spare, part, setting) for part in leaves(base))]
    if not isinstance(base, And | Or) or not claims:
        return logic
    parts = [_sparing(part, claims, setting) for part in base.args]
    rest = tuple(spare for spare in logic.spares if spare not in claims)
    whole = replace(base, args=tuple(parts))
    return Except(whole, rest) if rest else whole


def _sparing(part: Logic, spares: Sequence[Logic], setting: Setting) -> Logic:
    """A part with those of the exceptions that are a kind of it."""
    inner = part.arg if isinstance(part, Not) else part
    own = tuple(spare for spare in spares if any(_kind_of(spare, leaf, setting) for leaf in leaves(inner)))
    return Except(part, own) if own and not isinstance(inner, Except) else part


def _kind_of(spare: Logic, part: Leaf, setting: Setting) -> bool:
    is_a, wide = setting.terminology.is_a, part.concept
    if wide is None or part.op != "condition":
        return False
    named = [leaf.concept for leaf in leaves(spare) if leaf.op == "condition" and leaf.concept is not None]
    return any(is_a(concept.id, wide.id) for concept in named)


def of_other_studies(logic: Or) -> Logic:
    """ "Involved in other studies of CHF or COPD": what the other studies are of is no disease that is asked for."""
    first = logic.args[0]
    if not isinstance(first, And) or not isinstance(first.args[0], Leaf) or first.args[0].op != "other":
        return logic
    taking_part = first.args[0]
    rest = (*first.args[1:], *logic.args[1:])
    if taking_part.term not in rules()["taking_part"] or not all(isinstance(a, Leaf) for a in rest):
        return logic
    return And((taking_part, Or(rest)))


def or_other(logic: Or, setting: Setting) -> Logic:
    """ "Cutaneous or other melanoma" asks for any melanoma: an adjective before "or other" narrows nothing."""
    if setting.protocol is None:
        return logic
    text = setting.protocol.text

    def dropped(part: Logic) -> bool:
        if not isinstance(part, Leaf) or part.concept is not None or " " in part.term.strip():
            return False
        return text[part.end : part.end + 12].lower().lstrip().startswith("or other ")

    kept = tuple(arg for arg in logic.args[:-1] if not dropped(arg)) + logic.args[-1:]
    return kept[0] if len(kept) == 1 else Or(kept)


def without_fillers(logic: And) -> And:
    """Without parts that ask nothing of the patient: words of the trial ("study"), billing codes, who else may sign."""
    table = rules()["fillers"]
    plain = frozenset(rules()["plain_words"])
    signs = any(isinstance(a, Leaf) and a.op == "administrative" for a in logic.args)

    named = any(isinstance(a, Leaf) and a.op == "medication" and a.concept is not None for a in logic.args)

    def filler(part: Logic) -> bool:
        found = leaves(part)
        if named and isinstance(part, Leaf) and part.concept is None and part.term.lower() in table["drugs"]:
            return True  # "drugs that are strong inhibitors of CYP3A4"
        return bool(found) and all(
            leaf.concept is None
            and leaf.op in ("other", "measurement")
            and (
                all(w in plain for w in leaf.term.lower().split())
                or any(w in table["codes"] for w in leaf.term.lower().split())
                or (signs and any(w in leaf.term.lower() for w in table["beside_consent"]))
            )
            for leaf in found
        )

    kept = tuple(a for a in logic.args if not filler(a))
    return And(kept) if kept else logic


def any_sex(logic: And) -> Logic:
    """ "Male and non-pregnant females", "5 drinks for males and 4 for females": two sexes at once mean either."""
    table: dict[str, str] = rules()["sex_words"]

    def named(part: Logic) -> set[str]:
        if isinstance(part, Not):
            part = part.arg
        if not isinstance(part, Leaf) or part.op not in ("sex", "pregnancy", "lactation", "contraception"):
            return set()
        return {table[w] for w in f"{part.value or ''} {part.term}".lower().split() if w in table}

    sexes = [arg for arg in logic.args if isinstance(arg, Leaf) and arg.op == "sex"]
    spoken = {sex for arg in logic.args for sex in named(arg)}
    if not sexes or not {"male", "female"} <= spoken:
        return logic
    kept = tuple(arg for arg in logic.args if arg not in sexes)
    if not kept:
        return replace(sexes[0], value="any")
    return And(kept) if len(kept) > 1 else kept[0]


def same_gene(logic: And | Or) -> And | Or:
    """ "EGFR exon 19 deletion or L858R": a variant without a gene is one of the gene named before it."""
    gene: Concept | None = None
    args: list[Logic] = []
    for arg in logic.args:
        variant = isinstance(arg, Leaf) and arg.op == "other" and arg.concept is None and _CHANGE.fullmatch(arg.term)
        if variant and gene is not None and isinstance(arg, Leaf):
            arg = replace(arg, op="biomarker")
        if isinstance(arg, Leaf) and arg.op == "biomarker":
            if arg.concept is None and gene is not None and any(c.isdigit() for c in arg.term):
                arg = replace(arg, concept=gene)
            gene = arg.concept or gene
        args.append(arg)
    return And(tuple(args)) if isinstance(logic, And) else Or(tuple(args))


def any_therapy(leaf: Leaf) -> Leaf:
    """ "Prior systemic therapy" without a name is treatment of the cancer."""
    table = rules()["generic_therapy"]
    if leaf.concept is not None or leaf.op not in ("medication", "other"):
        return leaf
    term = leaf.term.lower()
    behind = next((words for words in table["behind"] if term.endswith(f" {words}")), "")
    if term.removesuffix(behind).strip() not in table["words"]:
        return leaf
    concept = Concept("CLASS", table["concept"], table["name"])
    return replace(leaf, op="medication", concept=concept, status=leaf.status or "ever")


def given(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Injection of a depot corticosteroid" asks for the drug, whatever way it was given."""
    if leaf.op not in ("procedure", "other") or leaf.concept is not None:
        return leaf
    way, _, drug = leaf.term.lower().partition(" of ")
    by = way.split()[-1:]
    given, put = by and by[0] in rules()["given_by"], by and by[0] in rules()["placed_by"]
    if not given and not put:
        return leaf
    found = setting.terminology.normalise(drug.removeprefix("a ").removeprefix("an ").removeprefix("the "))
    kind = setting.terminology.kind(found.concept.id) if found.concept is not None else ""
    if put and kind in ("procedure", "device") and not leaf.qualifiers:
        return replace(leaf, op="procedure", concept=found.concept, term=drug)
    if not given or kind not in ("drug", "drug_class"):
        return leaf
    return replace(leaf, op="medication", concept=found.concept, term=drug)


def valued(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Fever of 38.5 °C or higher" asks for the temperature, "laceration length ≥ 5 cm" for a size."""
    if leaf.op != "measurement" or leaf.cmp is None or not isinstance(leaf.value, int | float):
        return leaf
    if leaf.concept is not None:
        measure = _measures().get(leaf.concept.id)
        if measure is None and leaf.unit is not None and leaf.unit.lower() in rules()["sizes"]["units"]:
            wide = rules()["sizes"]["of"].items()
            # "tumor larger than 3 cm"
            measure = next((size for size, things in wide if leaf.concept.id in things), None)
        return leaf if measure is None else replace(leaf, concept=setting.terminology.concept(measure))
    name, _, last = leaf.term.strip().rpartition(" ")
    if not name or last.lower() not in rules()["sized_by"]["words"]:
        return leaf
    found = setting.terminology.normalise(name)
    if found.concept is None or setting.terminology.kind(found.concept.id) != "condition":
        return leaf
    return replace(leaf, concept=found.concept, term=name)


def tested(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Positive urine test for chlamydia" asks for the infection, where no test of that name is known."""
    if leaf.op not in ("measurement", "biomarker") or leaf.concept is not None or leaf.value != "positive":
        return leaf
    named = _test_for().search(leaf.term)
    found = setting.terminology.normalise(leaf.term[named.end() :]).concept if named is not None else None
    if found is None or setting.terminology.kind(found.id) != "condition":
        return leaf
    return replace(leaf, op="condition", concept=found, term=leaf.term, cmp=None, value=None)


@cache
def _test_for() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['tests'])})\s(?:for|of|to|against)\s(?:the\s)?", re.IGNORECASE)


@cache
def _measures() -> dict[str, str]:
    """The measure by which a finding is known."""
    told: dict[str, str] = rules()["sizes"]["measured_by"]
    return {row["condition"]: row["measurement"] for row in data.rows("by_value")} | told


def painful(leaf: Leaf, setting: Setting) -> Leaf:
    """ "Knee pain of at least 4/10" asks how strong the pain is."""
    if (
        leaf.op != "measurement"
        or leaf.concept is None
        or leaf.cmp is None
        or leaf.unit not in (None, "point", "points")
    ):
        return leaf
    table = rules()["pain"]
    if not setting.terminology.is_a(leaf.concept.id, table["finding"]):
        return leaf
    value = leaf.value
    if isinstance(value, str):
        part = _OF_TEN.fullmatch(value.strip())
        if part is None:
            return leaf
        value = float(part["value"])
    scale = Concept("SCALE", table["scale"], "pain score")
    return replace(leaf, op="score", concept=scale, value=value, unit=None)


def allergen(leaf: Leaf, setting: Setting) -> Leaf | None:
    """ "Latex allergy" as a disease is also an entry of the allergy list: the allergen."""
    found = _allergy().fullmatch(leaf.term.strip()) if leaf.op in ("condition", "other") else None
    if found is None:
        return None
    term = (found["first"] or found["last"]).strip()
    return replace(leaf, op="allergy", term=term, concept=setting.terminology.normalise(term).concept)


def by_drug(leaf: Leaf) -> Logic | None:
    """ "Immunosuppression" is also what a drug does: one of that class, now, but for those that do it by their dose."""
    table = rules()["done_by_drugs"]
    asked = leaf.op == "condition" and leaf.concept is not None and leaf.concept.id == table["condition"]
    if not asked or not any(word in leaf.term.lower() for word in table["words"]):
        return None
    drug, other = Concept("CLASS", table["drug"], table["name"]), Concept("CLASS", table["but"], table["but_name"])
    taken = replace(leaf, op="medication", term=drug.name, concept=drug, status=leaf.status or "current", qualifiers=())
    return Except(taken, (replace(taken, term=other.name, concept=other),))


@cache
def _allergy() -> re.Pattern[str]:
    """The allergen before or behind the words that say what it does."""
    known, behind, before = (alternatives(rules()["allergy"][name]) for name in ("known", "behind", "before"))
    return re.compile(rf"(?:(?:{known}) )?(?:(?P<first>.+?)[ -](?:{behind})|(?:{before}) (?P<last>.+))", re.IGNORECASE)


def of_laboratory(leaf: Leaf) -> bool:
    """Whether a leaf asks for what only a laboratory or an instrument knows: a value, or words on limits of normal."""
    if leaf.op in ("measurement", "score"):
        return True
    return leaf.op == "other" and leaf.concept is None and any(w in leaf.term.lower() for w in rules()["limit_words"])


def leaves(logic: Logic) -> list[Leaf]:
    if isinstance(logic, Leaf):
        return [logic]
    if isinstance(logic, And | Or | AtLeast):
        return [leaf for arg in logic.args for leaf in leaves(arg)]
    return leaves(logic.arg) if isinstance(logic, Not) else []


def defined(logic: And) -> And:
    """Without a bracket that only defines a marker beside it: "HER2-positive (IHC 3+ or ISH amplified)"."""
    if not any(isinstance(a, Leaf) and composite(a) is not None for a in logic.args):
        return logic
    table = rules()["marker_definitions"]
    kept = []
    for arg in logic.args:
        found = leaves(arg)
        defines = found and all(
            (leaf.concept is not None and leaf.concept.id in table["ids"]) or leaf.term.lower() in table["words"]
            for leaf in found
        )
        if not defines:
            kept.append(arg)
    return And(tuple(kept))


def now_active(leaf: Leaf, setting: Setting) -> Leaf:
    """A concept that is another one while it is active ("active peptic ulcer disease"): the other, now."""
    if leaf.op != "condition" or leaf.concept is None or leaf.status is not None:
        return leaf
    first, _, rest = leaf.concept.name.partition(" ")
    if leaf.term.lower().startswith(f"{_ACTIVE} ") and leaf.concept.id in rules()["stays"]["before"]["of"]:
        return replace(leaf, status="current")  # "active infection" is a name of the infections
    if first.lower() != _ACTIVE or not rest:
        return leaf
    found = setting.terminology.normalise(rest).concept
    if found is None or setting.terminology.kind(found.id) != "condition":
        return leaf
    latent = setting.terminology.normalise(f"latent {rest}")
    if latent.concept is not None and latent.concept.id != found.id:
        return leaf  # the active kind of a disease that may be latent is a kind of its own
    term = leaf.term[len(_ACTIVE) :].strip() if leaf.term.lower().startswith(f"{_ACTIVE} ") else leaf.term
    return replace(leaf, concept=found, term=term, status="current")


_ACTIVE = "active"


def daily(leaf: Leaf) -> Leaf:
    """ "At least 40 mg daily": a limit on the dose of a day."""
    if leaf.op != "medication" or leaf.cmp is None or leaf.unit is None or "/" in leaf.unit:
        return leaf
    words = frozenset(rules()["per_day"])
    kept = tuple(q for q in leaf.qualifiers if q.lower() not in words)
    return leaf if len(kept) == len(leaf.qualifiers) else replace(leaf, unit=f"{leaf.unit}/day", qualifiers=kept)


def symbolic(leaf: Leaf) -> Leaf:
    """ "Hb >= 9 g/dL", "Cr <= 1.5": the analyte that a symbol before a limit stands for, or a name beside this unit."""
    if leaf.op != "measurement" or leaf.cmp is None:
        return leaf
    if leaf.concept is not None:
        id = analytes.for_unit(leaf.concept.id, leaf.unit)
        meant = analytes.get(id) if id is not None and id != leaf.concept.id else None
        own = analytes.get(leaf.concept.id)
        if (
            own is not None
            and own.unit.endswith("/d")
            and leaf.unit
            and "/" not in leaf.unit
            and " per " not in leaf.unit
        ):
            return replace(leaf, unit=f"{leaf.unit}/d")  # "24-hour urine protein >= 1 g": the name says the time
        return leaf if meant is None else replace(leaf, concept=Concept("LOINC", meant.id, meant.name))
    analyte = analytes.by_symbol(leaf.term.strip())
    return leaf if analyte is None else replace(leaf, concept=Concept("LOINC", analyte.id, analyte.name))
