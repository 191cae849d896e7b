"""Facts worked out from other facts, each with its formula and inputs. Nothing is worked out from missing inputs."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from functools import cache

from matcher.facts import correspondence, formulas, scores, stage_groups, tables
from matcher.facts.behaviour import AGE_BEGUN, YEAR_BEGUN
from matcher.facts.known import Known, when
from matcher.model import Concept, Fact, Interval, Op, Quantity
from matcher.terms import analytes, units


def derive(facts: Sequence[Fact], as_of: dt.date | None = None) -> list[Fact]:
    """Age from the date of birth, BMI, body surface, creatinine clearance, eGFR, pack-years, P/F ratio, corrected QT,
    prednisone equivalent, and what `formulas` and `correspondence` hold. ``as_of``: the day for which the age is worked
    out; without it, the note's own date.
    """
    known = Known(facts)
    found: list[Fact] = []
    born = _age(known, as_of)
    if born is not None:
        found.append(born)
        known.facts.append(born)
    makers: tuple[Callable[[Known], Fact | None], ...] = (
        _bmi,
        _bsa,
        _clearance,
        _egfr,
        _ratio,
        _qtcf,
        _qtcb,
        _bun,
        _urea,
        _packs,
        _steroid,
        _opioids,
        _cha2ds2vasc,
        _child_pugh,
        _meld,
        _apri,
        _grade_group,
        stage_groups.worked_out,
    )
    for maker in makers:
        fact = maker(known)
        if fact is not None:
            found.append(fact)
    for measure, value, formula, of in formulas.worked_out(known):
        found.append(_fact(measure.kind, "formula", measure.concept, value, formula, of))
    found += (
        _fact("score", "correspondence", step.concept, step.quantity, step.formula, [step.of])
        for step in correspondence.worked_out(known)
    )
    return found


_FROM: dict[str, tuple[Op, tuple[str, ...]]] = {
    "bmi": ("measurement", ("weight", "height", "bmi")),
    "bsa": ("measurement", ("weight", "height", "bsa")),
    "clearance": ("measurement", ("weight", "creatinine", "clearance")),
    "egfr": ("measurement", ("creatinine", "egfr")),
    "pf_ratio": ("measurement", ("pao2", "fio2", "pf_ratio")),
    "qtcf": ("measurement", ("qt", "heart_rate", "rr_interval", "qtcf", "qtc")),
    "qtcb": ("measurement", ("qt", "heart_rate", "rr_interval", "qtcb", "qtc")),
    "bun": ("measurement", ("urea", "bun")),
    "urea": ("measurement", ("bun", "urea")),
    "cha2ds2vasc": ("score", ()),
    "grade_group": ("score", ("gleason",)),
    "meld": ("score", ("bilirubin", "inr", "creatinine", "sodium", "albumin")),
    "apri": ("measurement", ("ast", "platelets")),
    "child_pugh": ("score", ("bilirubin", "albumin", "inr")),
}
"""What is worked out → the measures that it is worked out from, or that stand in its place; age and sex apart."""


def inputs(bears: Callable[..., bool]) -> tuple[frozenset[str], frozenset[str]]:
    """Concept ids, and names of drugs, whose facts `derive` needs for what ``bears`` on a protocol."""
    measures: dict[str, list[str]] = tables.toml("concepts")["inputs"]
    ids: set[str] = set()
    for name, (kind, of) in _FROM.items():
        if bears(_loinc(name), kind):
            ids.update(id for measure in of for id in measures[measure])
            ids |= scores.inputs() if kind == "score" else set()
    ids |= formulas.inputs(bears) | correspondence.inputs(bears) | stage_groups.inputs(bears)
    drugs = [row["drug"] for row in tables.rows("steroids")] if bears(_PREDNISONE, "medication") else []
    drugs += [row["drug"] for row in tables.rows("opioids")] if bears(_MORPHINE, "medication") else []
    return frozenset(ids), frozenset(drugs)


def _fact(
    kind: Op, name: str, concept: Concept | None, quantity: Quantity, formula: str, inputs: Sequence[Fact],
    time: Interval | None = None, qualifiers: tuple[str, ...] = (),
) -> Fact:  # fmt: skip
    """A derived fact; it stands where the input that is latest stands."""
    anchor = max(inputs, key=when)
    return Fact(
        kind,
        anchor.text,
        anchor.start,
        anchor.end,
        anchor.note_id,
        concept,
        quantity=quantity,
        time=time or anchor.time,
        qualifiers=qualifiers,
        section=anchor.section,
        note_date=anchor.note_date,
        quote_start=anchor.quote_start,
        quote_end=anchor.quote_end,
        formula=formula,
        inputs=tuple(inputs),
        rule=f"derived.{name}",
        source="derived",
    )


@cache
def _loinc(name: str) -> Concept:
    row = tables.toml("concepts")["derived"][name]
    system = row["id"].split(":")[0] if ":" in row["id"] else "LOINC"
    return Concept(system, row["id"], row["name"])


def _number(value: float) -> str:
    return f"{value:.4g}" if value < 1000 else f"{value:.0f}"


def _exact(value: float, unit: str) -> Quantity:
    return Quantity(value, value, unit)


def _age(known: Known, as_of: dt.date | None) -> Fact | None:
    for fact in reversed(known.facts):
        if fact.rule != "age.birth" or fact.time is None or fact.time.start is None:
            continue
        day = as_of or _when_note(fact)
        born = fact.time.start
        if day is None or day < born:
            continue
        if fact.time.end is not None and fact.time.end != born:  # "born in 2019": of two ages, as the birthday lies
            least, most = (_years(b, day) for b in (fact.time.end, born))
            formula = f"age on {day.isoformat()} of one born {born.isoformat()} to {fact.time.end.isoformat()}"
            quantity = Quantity(float(least), float(most), "years")
            return _fact("age", "age", None, quantity, f"{formula} = {least}–{most} years", [fact], Interval(day, day))
        months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
        value, unit = (
            (months // 12, "years")
            if months >= 24
            else (months, "months")
            if months >= 2
            else ((day - born).days, "days")
        )
        formula = f"age on {day.isoformat()} of one born {born.isoformat()} = {value} {unit}"
        return _fact("age", "age", None, _exact(float(value), unit), formula, [fact], Interval(day, day))
    return None


def _years(born: dt.date, day: dt.date) -> int:
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def _when_note(fact: Fact) -> dt.date | None:
    return (fact.note_date.end or fact.note_date.start) if fact.note_date else None


def _bmi(known: Known) -> Fact | None:
    if known.by_name.get("bmi"):
        return None
    weight, height = known.value("weight", "kg"), known.value("height", "m")
    if weight is None or height is None or not 0.3 < height[0] < 2.6:
        return None
    value = weight[0] / height[0] ** 2
    if not 5 < value < 150:
        return None
    formula = f"BMI = weight / height² = {_number(weight[0])} kg / ({_number(height[0])} m)² = {value:.1f} kg/m²"
    return _fact("measurement", "bmi", _loinc("bmi"), _exact(round(value, 2), "kg/m2"), formula, [weight[1], height[1]])


def _bsa(known: Known) -> Fact | None:
    if known.by_name.get("bsa"):
        return None
    weight, height = known.value("weight", "kg"), known.value("height", "cm")
    if weight is None or height is None:
        return None
    value = math.sqrt(height[0] * weight[0] / 3600)
    formula = f"BSA (Mosteller) = √({_number(height[0])} cm × {_number(weight[0])} kg / 3600) = {value:.2f} m²"
    return _fact("measurement", "bsa", _loinc("bsa"), _exact(round(value, 3), "m2"), formula, [weight[1], height[1]])


def _clearance(known: Known) -> Fact | None:
    """Cockcroft and Gault, Nephron 1976;16:31."""
    age, sex = known.age(), known.sex()
    weight, creatinine = known.value("weight", "kg"), known.value("creatinine", "mg/dL")
    if (
        age is None
        or sex is None
        or weight is None
        or creatinine is None
        or age[0] < 18
        or known.by_name.get("clearance")
    ):
        return None
    factor = 0.85 if sex[0] == "female" else 1.0
    value = (140 - age[0]) * weight[0] / (72 * creatinine[0]) * factor
    formula = (
        f"Cockcroft-Gault = (140 − {age[0]:g}) × {_number(weight[0])} kg / (72 × {_number(creatinine[0])} mg/dL)"
        f"{' × 0.85' if factor != 1 else ''} = {value:.1f} mL/min"
    )
    return _fact(
        "measurement", "cockcroft_gault", _loinc("clearance"), _exact(round(value, 2), "mL/min"), formula,
        [creatinine[1], weight[1], age[2], sex[1]],
    )  # fmt: skip


def _egfr(known: Known) -> Fact | None:
    """CKD-EPI 2021 without race, N Engl J Med 2021;385:1737."""
    age, sex, creatinine = known.age(), known.sex(), known.value("creatinine", "mg/dL")
    if age is None or sex is None or creatinine is None or age[0] < 18 or known.by_name.get("egfr"):
        return None
    female = sex[0] == "female"
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = creatinine[0] / kappa
    value = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938 ** age[0] * (1.012 if female else 1.0)
    formula = (
        f"eGFR (CKD-EPI 2021) = 142 × min({_number(creatinine[0])}/{kappa}, 1)^{alpha}"
        f" × max({_number(creatinine[0])}/{kappa}, 1)^−1.2"
        f" × 0.9938^{age[0]:g}{' × 1.012' if female else ''} = {value:.1f} mL/min/1.73 m²"
    )
    return _fact(
        "measurement", "ckd_epi_2021", _loinc("egfr"), _exact(round(value, 2), "mL/min/1.73 m2"), formula,
        [creatinine[1], age[2], sex[1]],
    )  # fmt: skip


def _ratio(known: Known) -> Fact | None:
    if known.by_name.get("pf_ratio"):
        return None
    fraction = known.value("fio2", "%")
    oxygen = known.value("pao2", "mm[Hg]") or _breathed(known, fraction)
    if oxygen is None or fraction is None or not 20.5 <= fraction[0] <= 100 or when(oxygen[1]) != when(fraction[1]):
        return None
    value = oxygen[0] / (fraction[0] / 100)
    formula = f"P/F = PaO2 / FiO2 = {_number(oxygen[0])} mmHg / {fraction[0] / 100:.2f} = {value:.0f} mmHg"
    return _fact(
        "measurement",
        "pf_ratio",
        _loinc("pf_ratio"),
        _exact(round(value, 1), "mmHg"),
        formula,
        [oxygen[1], fraction[1]],
    )


def _corrected(known: Known, name: str, root: float, label: str) -> Fact | None:
    qt, beat = known.value("qt", "ms"), known.value("rr_interval", "s")
    rate = known.value("heart_rate", "/min") if beat is None else (60 / beat[0], beat[1])
    if qt is None or rate is None or known.by_name.get(name) or known.by_name.get("qtc") or not 200 < qt[0] < 800:
        return None
    if when(qt[1]) != when(rate[1]):
        return None
    interval = 60 / rate[0]
    value = qt[0] / interval**root
    power = f"(1/{round(1 / root)})"
    formula = f"{label} = QT / RR^{power} = {_number(qt[0])} ms / ({interval:.3f} s)^{power} = {value:.0f} ms"
    return _fact("measurement", name, _loinc(name), _exact(round(value, 1), "ms"), formula, [qt[1], rate[1]])


def _qtcf(known: Known) -> Fact | None:
    """Fridericia 1920."""
    return _corrected(known, "qtcf", 1 / 3, "QTcF")


def _qtcb(known: Known) -> Fact | None:
    """Bazett 1920."""
    return _corrected(known, "qtcb", 1 / 2, "QTcB")


def _bun(known: Known) -> Fact | None:
    return _nitrogen(known, "urea", "bun")


def _breathed(known: Known, fraction: tuple[float, Fact] | None) -> tuple[float, Fact] | None:
    """A pressure of oxygen without a unit, in mmHg, where with what was breathed no other unit is plausible."""
    bare = known.plain("pao2")
    if fraction is None or bare is None or bare[1].concept is None or fraction[0] <= 0:
        return None
    ratio, pressure = analytes.get(_loinc("pf_ratio").id), analytes.get(bare[1].concept.id)
    if ratio is None or pressure is None or (bare[1].quantity is not None and bare[1].quantity.unit is not None):
        return None
    low, high = ratio.plausible_low or 0, ratio.plausible_high or math.inf
    fits = [
        value
        for unit in (pressure.unit, *pressure.other_units)
        if unit and low <= (value := units.convert(bare[0], unit, "mm[Hg]", pressure)) / (fraction[0] / 100) <= high
    ]
    return (fits[0], bare[1]) if len(fits) == 1 else None


def _urea(known: Known) -> Fact | None:
    return _nitrogen(known, "bun", "urea")


def _nitrogen(known: Known, of: str, to: str) -> Fact | None:
    """Urea as its nitrogen and back: a millimole is one of either."""
    given = known.value(of, "mmol/L")
    if given is None or known.by_name.get(to):
        return None
    name = _loinc(to)
    formula = f"{name.name} = {given[1].concept.name if given[1].concept else of} = {_number(given[0])} mmol/L"
    return _fact("measurement", to, name, _exact(round(given[0], 2), "mmol/L"), formula, [given[1]])


def _packs(known: Known) -> Fact | None:
    amounts = [f for f in known.facts if f.kind == "behaviour" and f.quantity is not None and "tobacco" in f.qualifiers]
    if any(f.quantity and f.quantity.unit == "pack-years" for f in amounts):
        return None
    for rate in reversed(amounts):
        if rate.quantity is None or rate.quantity.unit != "packs/day":
            continue
        lasted = _smoked(known, rate, amounts)
        if lasted is None:
            continue
        least, most, inputs = lasted
        low = (rate.quantity.low or 0) * least
        high = (rate.quantity.high or 0) * most if most is not None else None
        shown = (
            f"≥ {_number(low)}" if high is None else _number(low) if low == high else f"{_number(low)}–{_number(high)}"
        )
        packs = _number(rate.quantity.low or 0)
        if rate.quantity.high != rate.quantity.low:
            packs += f"–{_number(rate.quantity.high or 0)}"
        years = _number(least) if most is None or most == least else f"{_number(least)}–{_number(most)}"
        formula = f"pack-years = packs a day × years = {packs} × {years} = {shown}"
        return _fact(
            "behaviour", "pack_years", None, Quantity(low, high, "pack-years"), formula, [rate, *inputs],
            qualifiers=("tobacco", "pack-years"),
        )  # fmt: skip
    return None


def _smoked(known: Known, rate: Fact, amounts: list[Fact]) -> tuple[float, float | None, list[Fact]] | None:
    """For how many years (low, high) that many packs a day were smoked, and what says so."""
    for said in amounts:
        quantity = said.quantity
        if quantity is None or said.note_id != rate.note_id or abs(said.start - rate.start) >= 200:
            continue
        if quantity.unit == "years smoked":
            return quantity.low or 0, quantity.high, [said]
        if quantity.unit == AGE_BEGUN and (age := known.age()) is not None and (begun := quantity.low or 0) <= age[0]:
            # the birthday of the year it began, and the last one
            return max(age[0] - begun - 1, 0), age[1] - begun + 1, [said, age[2]]
        day = when(said)
        if quantity.unit == YEAR_BEGUN and day != dt.date.min and (begun := quantity.low or 0) <= day.year:
            return max(day.year - begun - 1, 0), day.year - begun + 1, [said]
    return None


_TIMES = {"1/day": 1.0, "2/day": 2.0, "3/day": 3.0, "4/day": 4.0, "6/day": 6.0, "0.5/day": 0.5, "1/week": 1 / 7}
_MORPHINE = Concept("CLASS", "CLASS:morphine-equivalent", "morphine equivalent")
_PREDNISONE = Concept("CLASS", "CLASS:prednisone-equivalent", "prednisone equivalent")


@cache
def _local() -> frozenset[str]:
    return frozenset(tables.toml("drugs")["local_routes"])


@cache
def _steroids() -> dict[str, float]:
    """Systemic steroids with the milligrams that are as much as 5 mg of prednisone."""
    return {row["drug"]: float(row["mg_equivalent_to_prednisone_5mg"]) for row in tables.rows("steroids")}


@cache
def _morphine() -> dict[str, float]:
    """Opioids with the milligrams of oral morphine that one milligram is as much as."""
    return {row["drug"]: float(row["mg_of_morphine"]) for row in tables.rows("opioids")}


def _times_a_day(fact: Fact) -> float | None:
    """How often a day a dose in milligrams goes into the whole body; None where unit, way or frequency do not say."""
    unit = fact.quantity.unit if fact.quantity is not None else None
    if (unit or "").lower() not in ("mg", "mgs", "milligrams", "milligram") or not _local().isdisjoint(fact.qualifiers):
        return None
    return next((_TIMES[q] for q in fact.qualifiers if q in _TIMES), None)


def _steroid(known: Known) -> Fact | None:
    """The daily dose of a systemic steroid as prednisone; only where dose and frequency are written."""
    rows = _steroids()
    for fact in sorted(known.facts, key=when, reverse=True):
        if fact.kind != "medication" or fact.concept is None or fact.quantity is None or fact.assertion != "present":
            continue
        equivalent = rows.get(fact.concept.name.lower())
        if equivalent is None or fact.status == "past":
            continue
        times = _times_a_day(fact)
        if times is None or fact.quantity.low is None or fact.quantity.high is None:
            continue
        low, high = (v * times * 5 / equivalent for v in (fact.quantity.low, fact.quantity.high))
        formula = (
            f"prednisone equivalent = {_number(fact.quantity.low)} mg × {times:g}/day × 5 / {equivalent:g}"
            f" ({fact.concept.name}) = {_number(low)} mg/day"
        )
        quantity = Quantity(low, high, "mg/day")
        return _fact("medication", "prednisone_equivalent", _PREDNISONE, quantity, formula, [fact])
    return None


def _opioids(known: Known) -> Fact | None:
    """What all opioids of the latest day come to as oral morphine; what has no frequency or amount may be more."""
    rows = _morphine()
    taken = [
        fact
        for fact in known.facts
        if fact.kind == "medication" and fact.concept is not None and fact.concept.name.lower() in rows
        if fact.assertion == "present" and fact.status != "past" and "prn" not in fact.qualifiers
    ]
    latest = max(map(when, taken), default=None)
    taken = [fact for fact in taken if when(fact) == latest]
    low, parts, more = 0.0, [], False
    for fact in taken:
        assert fact.concept is not None
        quantity, times = fact.quantity, _times_a_day(fact)
        if quantity is None or times is None or quantity.low is None:
            more = True
            continue
        factor = rows[fact.concept.name.lower()]
        low += quantity.low * times * factor
        parts.append(f"{_number(quantity.low)} mg × {times:g}/day × {factor:g} ({fact.concept.name})")
    if not parts:
        return None
    formula = f"morphine equivalent = {' + '.join(parts)} = {_number(low)} mg/day{' at least' if more else ''}"
    quantity = Quantity(low, None if more else low, "mg/day")
    return _fact("medication", "morphine_equivalent", _MORPHINE, quantity, formula, taken)


def _cha2ds2vasc(known: Known) -> Fact | None:
    concept = _loinc("cha2ds2vasc")
    if any(f.concept and f.concept.id == concept.id and f.quantity for f in known.facts):
        return None
    found = scores.cha2ds2vasc(known.facts, known.age(), known.sex())
    return _fact("score", "cha2ds2_vasc", concept, *found) if found else None


def _child_pugh(known: Known) -> Fact | None:
    concept = _loinc("child_pugh")
    if any(f.concept and f.concept.id == concept.id and (f.quantity or f.result) for f in known.facts):
        return None
    everything = [*known.facts, *known.denied]
    bilirubin, albumin = known.value("bilirubin", "mg/dL"), known.value("albumin", "g/dL")
    inr = known.plain("inr")
    found = scores.child_pugh(everything, bilirubin, albumin, inr)
    return _fact("score", "child_pugh", concept, *found) if found else None


def _meld(known: Known) -> Fact | None:
    concept = _loinc("meld")
    if any(f.concept and f.concept.id == concept.id and f.quantity for f in known.facts):
        return None
    bilirubin, creatinine = known.value("bilirubin", "mg/dL"), known.value("creatinine", "mg/dL")
    found = scores.meld(known.facts, bilirubin, known.plain("inr"), creatinine, known.value("sodium", "mmol/L"))
    return _fact("score", "meld", concept, *found) if found else None


def _apri(known: Known) -> Fact | None:
    concept = _loinc("apri")
    if concept.id in known.by_id:
        return None
    found = scores.apri(known.value("ast", "U/L"), known.value("platelets", "10*9/L"))
    return _fact("measurement", "apri", concept, *found) if found else None


def _grade_group(known: Known) -> Fact | None:
    """The highest of the Gleason scores of the latest day, as a grade group."""
    concept = _loinc("grade_group")
    scores = known.by_name.get("gleason", [])
    if concept.id in known.by_id or not scores:
        return None
    table: dict[str, list[int]] = tables.toml("concepts")["grade_groups"]
    found = []
    for fact in scores:
        total = fact.quantity.low if fact.quantity is not None else None
        parts = next((parts for parts in table if "+" in parts and parts in "".join(fact.text.split())), "")
        steps = table.get(parts) or table.get(f"{total or 0:g}")
        if steps is not None and when(fact) == when(scores[-1]):
            found.append((steps, fact))
    if not found:
        return None
    (low, high), best = max(found, key=lambda one: (one[0], one[1].end))
    formula = f"grade group of “{best.text}” (ISUP 2014) = {low}" + (f" or {high}" if high != low else "")
    return _fact("score", "grade_group", concept, Quantity(low, high), formula, [best])
