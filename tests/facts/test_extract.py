"""Facts of notes, one clinical case a line."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import facts, ner, terms
from matcher.model import Interval, Note

DAY = dt.date(2023, 4, 20)


@pytest.fixture(scope="module")
def extractor():
    terminology = terms.load()
    return facts.Extractor(ner.recogniser("rules", terminology), terminology, ["aortic valve stenosis"])


def note(text, day=DAY):
    return Note("p", "n", text, Interval(day, day))


@pytest.fixture
def read(extractor):
    def found(text, kind=None, day=DAY):
        return [f for f in extractor.facts([note(text, day)]) if kind is None or f.kind == kind]

    return found


@pytest.fixture
def record(extractor):
    def made(text, day=DAY):
        one = note(text, day)
        return facts.record("p", [one], extractor.facts([one]), day)

    return made


# ---------------------------------------------------------------- values

VALUES = [
    ("Hgb 8.1 g/dL", "718-7", [(8.1, 8.1, "g/dL")]),
    ("HGB: 8.1", "718-7", [(8.1, 8.1, None)]),
    ("hemoglobin of 7.1", "718-7", [(7.1, 7.1, None)]),
    ("The hemoglobin came back at 7.1 today.", "718-7", [(7.1, 7.1, None)]),
    ("Vitals: Wt; 118 lbs, B/P; 108/72, T; 96.5, P; 80", "29463-7", [(118, 118, "lbs")]),
    ("Plan: recheck K; 2 weeks. Recheck INR; 3. Return.", "6301-6", []),
    ("BP 146/94", "8480-6", [(146, 146, "mmHg")]),
    ("BP 146/94", "8462-4", [(94, 94, "mmHg")]),
    ("Hemoglobin | 8.1 | g/dL | 12-16 | L", "718-7", [(8.1, 8.1, "g/dL")]),
    ("Na 138 K 4.2 Cl 101", "2951-2", [(138, 138, None)]),
    ("Na 138 K 4.2 Cl 101", "2823-3", [(4.2, 4.2, None)]),
    ("Na 138 K 4.2 Cl 101", "2075-0", [(101, 101, None)]),
    ("EF 55-60%", "10230-1", [(55, 60, "%")]),
    ("an estimated 60% ejection fraction", "10230-1", [(60, 60, "%")]),
    ("QTc 462", "8636-3", [(462, 462, None)]),
    ("HR52, RR16", "8867-4", [(52, 52, None)]),
    ("PHQ-9: 17", "SCALE:phq-9", [(17, 17, None)]),
    ("ECOG one", "SCALE:ecog", [(1, 1, None)]),
    ("KPS 60%", "SCALE:kps", [(60, 60, "%")]),
    ("Gleason 3+4=7", "SCALE:gleason", [(7, 7, None)]),
    ("MMSE 24/30", "SCALE:mmse", [(24, 24, "/30")]),
    ("NYHA class II-III", "SCALE:nyha", [(2, 3, None)]),
    ("CD4-350", "24467-3", [(350, 350, None)]),
    ("weight 60 kg", "29463-7", [(60, 60, "kg")]),
    ("she weighs 216 pounds", "29463-7", [(216, 216, "pounds")]),
    ("height is 5 feet 3 inches", "8302-2", [(63, 63, "inches")]),
    ("She is 5 feet 11 inches tall.", "8302-2", [(71, 71, "inches")]),
    ("He is 172 cm tall and weighs 128 kg.", "8302-2", [(172, 172, "cm")]),
    ("BUN and creatinine 10 and 0.9", "2160-0", [(0.9, 0.9, None)]),
    ("AST/ALT 45/50", "1742-6", [(50, 50, None)]),
    ("creatinine 2 days ago was 1.4", "2160-0", [(1.4, 1.4, None)]),
    ("FEV1 1.62 L (62% predicted)", "20150-9", [(1.62, 1.62, "L")]),
    ("FEV1 1.62 L (62% predicted)", "20152-5", [(62, 62, "% predicted")]),
    ("eGFR >60", "69405-9", [(60, None, None)]),
    ("Plts 95K", "777-3", [(95000, 95000, None)]),
    ("6.1>9.4/28<220", "718-7", [(9.4, 9.4, None)]),
    ("6.1 > 9.4 / 28.3 < 220", "777-3", [(220, 220, None)]),
    ("CBC 7.2/9.1/28/240", "718-7", [(9.1, 9.1, None)]),
    ("BMP 138/4.5/101/24/35/2.6/110", "2160-0", [(2.6, 2.6, None)]),
    ("140|102|18 / 4.1|25|2.4 < 110", "2823-3", [(4.1, 4.1, None)]),
    ("BUN/Cr 40/2.3", "2160-0", [(2.3, 2.3, None)]),
    ("PT/INR 12.1/1.0", "6301-6", [(1.0, 1.0, None)]),
    ("Hgb 12 -> 10.5 -> 9.1", "718-7", [(12, 12, None), (10.5, 10.5, None), (9.1, 9.1, None)]),
    ("AST/ALT 300/280 -> 40/35", "1742-6", [(280, 280, None), (35, 35, None)]),
    ("Hemoglobin  9.0  L  12.0-16.0 g/dL", "718-7", [(9.0, 9.0, None)]),
    ("HbA1c 8,1 %", "4548-4", [(8.1, 8.1, "%")]),
    ("K+ 5.8", "2823-3", [(5.8, 5.8, None)]),
    ("SBP 170s", "8480-6", [(170, 179, None)]),
    ("Hgb remains in the 8s", "718-7", [(8, 8.99, None)]),
    ("blood pressure 165 over 90", "8480-6", [(165, 165, "mmHg")]),
]


@pytest.mark.parametrize(("text", "concept", "expected"), VALUES)
def test_value_is_bound_to_its_measure(read, text, concept, expected):
    found = [f for f in read(text) if f.concept and f.concept.id == concept and f.quantity]
    assert [(f.quantity.low, f.quantity.high, f.quantity.unit) for f in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        "hemoglobin was checked 3 days ago",
        "passed down to the C4-5 facet joint",
        "T2 hyperintense lesion",
        "grade 2/6 systolic murmur",
        "Hemoglobin electrophoresis in 2019",
        "MMSE not performed",
        "CSF: WBC (21 lymphocytes, 1 monocyte), 380 RBC",
        "PR: 72",
        "weight decreased by 23 kg",
    ],
)
def test_no_value(read, text):
    assert [f.text for f in read(text) if f.quantity is not None and f.kind != "age"] == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("creatinine was 1.4, up from 1.1", {1.4: "present", 1.1: "historical"}),
        ("creatinine increased from 1.1 to 1.4", {1.1: "historical", 1.4: "present"}),
        ("Potassium 5.4 mEq/L, hemolyzed sample; repeat 4.6 mEq/L", {5.4: "retracted", 4.6: "present"}),
        ("If potassium > 5.5 hold lisinopril", {5.5: "hypothetical"}),
    ],
)
def test_which_value_counts(read, text, values):
    found = [f for f in read(text, "measurement") if f.quantity]
    assert {f.quantity.low if f.quantity.low is not None else f.quantity.high: f.assertion for f in found} == values


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("ALT 120 U/L (ref 7-45)", 7, 45),
        ("ALT 120 U/L (ULN 45)", None, 45),
        ("ALT 120 U/L [7-45]", 7, 45),
        ("ALT | 120 | U/L | 7-45 | H", 7, 45),
        ("CSF IgG index 1.1 (normal 0-0.7)", 0, 0.7),
    ],
)
def test_reference_range(read, text, low, high):
    (found,) = [f for f in read(text, "measurement") if f.quantity]
    assert (found.quantity.ref_low, found.quantity.ref_high) == (low, high)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("HbA1c of 8.1% (2/12/23)", dt.date(2023, 2, 12)),
        ("Plt 145 K/uL on 2023-03-01", dt.date(2023, 3, 1)),
        ("2023-01-05: ECOG 2, fatigued.", dt.date(2023, 1, 5)),
    ],
)
def test_value_has_its_date(read, text, day):
    (found,) = [f for f in read(text) if f.quantity]
    assert found.time == Interval(day, day)


def test_both_eyes(read):
    found = [f for f in read("BCVA 20/400 OD, 20/25 OS.") if f.quantity]
    assert [(f.result, f.quantity.low, f.qualifiers) for f in found] == [
        ("20/400", 0.05, ("right",)),
        ("20/25", 0.8, ("left",)),
    ]


# ---------------------------------------------------------------- results in words

RESULTS = [
    ("HER2 IHC 3+", "BIO:HER2", ["3+"]),
    ("HER2 2+, FISH not amplified", "BIO:HER2", ["2+", "not_amplified"]),
    ("ER and PR positive, HER2 negative", "BIO:ER", ["positive"]),
    ("ER and PR positive, HER2 negative", "BIO:PR", ["positive"]),
    ("ER and PR positive, HER2 negative", "BIO:HER2", ["negative"]),
    ("EGFR wild type", "BIO:EGFR", ["wild_type"]),
    ("EGFR exon 19 deletion", "BIO:EGFR", ["mutated"]),
    ("BRAF V600E mutation detected", "BIO:BRAF", ["mutated"]),
    ("No KRAS mutation was found", "BIO:KRAS", ["wild_type"]),
    ("stage IIIB NSCLC", "SCALE:ajcc", ["IIIB"]),
    ("Stage IA2 lung adenocarcinoma", "SCALE:ajcc", ["IA2"]),
    ("stage 3b CKD", "SCALE:ckd-stage", ["3B"]),
    ("pT2N0M0", "SCALE:t-stage", ["T2"]),
    ("prostate cancer cT3a", "SCALE:t-stage", ["T3a"]),
    ("cT3 N+ rectal cancer", "SCALE:n-stage", ["N1-3"]),
    ("IDC, ypN0 after chemotherapy", "SCALE:n-stage", ["N0"]),
    ("T2 signal in the white matter", "SCALE:t-stage", []),
    ("Blood cultures grew MSSA", "BIO:BLOODCX", ["positive"]),
    ("Blood cultures no growth to date", "BIO:BLOODCX", ["negative"]),
    ("Child-Pugh A5", "SCALE:child-pugh", ["A5"]),
]


@pytest.mark.parametrize(("text", "concept", "expected"), RESULTS)
def test_result(read, text, concept, expected):
    assert [f.result for f in read(text) if f.concept and f.concept.id == concept] == expected


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("troponin pending", "pending"),
        ("MMSE not performed", "not_reportable"),
        ("potassium was within normal limits", "normal"),
        ("elevated ALT", "high"),
    ],
)
def test_result_in_words(read, text, result):
    assert [f.result for f in read(text) if f.kind in ("measurement", "score")] == [result]


def test_variant_is_kept(read):
    assert read("BRAF V600E mutation")[0].qualifiers == ("v600e",)


# ---------------------------------------------------------------- drugs and allergies


@pytest.mark.parametrize(
    ("text", "status", "assertion"),
    [
        ("warfarin was stopped 3 months ago", "past", "historical"),
        ("Stopped warfarin.", "past", "historical"),
        ("continue warfarin", "current", "present"),
        ("started on warfarin", "new", "present"),
        ("warfarin is on hold", "past", "historical"),
        ("She is not on warfarin.", "current", "absent"),
        ("MEDICATIONS: warfarin 5 mg daily", "current", "present"),
    ],
)
def test_drug_status(read, text, status, assertion):
    (found,) = read(text, "medication")
    assert (found.status, found.assertion) == (status, assertion)


def test_dose_route_and_frequency(read):
    (found,) = read("Metformin 1000 mg p.o. b.i.d.", "medication")
    assert (found.quantity.low, found.quantity.unit, found.qualifiers) == (1000, "mg", ("oral", "2/day"))


def test_when_a_dose_was_changed(read):
    found = read("Metformin 1000 mg BID, increased from 500 mg BID three weeks ago.", "medication")[0]
    assert found.changed == Interval(dt.date(2023, 3, 30), dt.date(2023, 3, 30))


def test_each_drug_has_its_own_status(read):
    found = read("stopped aspirin and warfarin, continue metformin", "medication")
    assert [(f.text, f.status) for f in found] == [("aspirin", "past"), ("warfarin", "past"), ("metformin", "current")]


@pytest.mark.parametrize(
    ("text", "allergen"),
    [
        ("Allergic to penicillin.", "penicillin"),
        ("She has a sulfa allergy.", "sulfa"),
        ("ALLERGIES: codeine (hives)", "codeine"),
        ("intolerant of atorvastatin", "atorvastatin"),
    ],
)
def test_allergy(read, text, allergen):
    found = read(text)
    assert [f.text for f in found if f.kind == "allergy"] == [allergen]
    assert not [f for f in found if f.kind == "medication" or f.text == "hives"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CURRENT MEDICATIONS: None.", "medication"),
        ("ALLERGIES: NKDA", "allergy"),
        ("No known drug allergies.", "allergy"),
        ("PAST MEDICAL HISTORY: None", "condition"),
        ("PAST SURGICAL HISTORY: None.", "procedure"),
        ("The patient takes no medications.", "medication"),
    ],
)
def test_empty_list(read, text, kind):
    (found,) = [f for f in read(text) if f.rule == "list.none"]
    assert (found.kind, found.result, found.concept) == (kind, "none", None)


# ---------------------------------------------------------------- the person

AGES = [
    ("a 58-year-old man", 58, "years", "male"),
    ("58F with hypertension", 58, "years", "female"),
    ("70 y/o male", 70, "years", "male"),
    ("65 yo F with hip pain", 65, "years", "female"),
    ("14-month-old girl", 14, "months", "female"),
    ("This is a 10-week-old female infant", 10, "weeks", "female"),
    ("a 3-1/2-year-old boy", 3.5, "years", "male"),
    ("A fifty-eight-year-old woman", 58, "years", "female"),
    ("a 5-year, 6-month-old boy", 5.5, "years", "male"),
    ("A girl of 2 years and 3 months of age, female", 2.25, "years", "female"),
]


@pytest.mark.parametrize(("text", "value", "unit", "sex"), AGES)
def test_age_and_sex(read, text, value, unit, sex):
    (age,) = read(text, "age")
    assert (age.quantity.low, age.quantity.unit) == (value, unit)
    assert [f.result for f in read(text, "sex")] == [sex]


@pytest.mark.parametrize(
    "text",
    [
        "Father died at age 59.",
        "FAMILY HISTORY: a 45-year-old brother",
        "T 98 F",
        "her 4-year-old son",
        "diagnosed at 40",
        "She had it repaired when she was 6 years old.",
        "Until the patient was 12 years old he was well.",
    ],
)
def test_not_the_patients_age(read, text):
    assert read(text, "age") == []


def test_age_from_the_date_of_birth(record):
    (found,) = [f for f in record("DOB 2006-03-15.", dt.date(2024, 3, 14)).facts if f.rule == "derived.age"]
    assert found.quantity.low == 17
    assert found.formula is not None


@pytest.mark.parametrize(
    ("text", "kind", "assertion", "result"),
    [
        ("UPT negative", "pregnancy", "absent", "negative"),
        ("G2P1 at 24 weeks", "pregnancy", "present", "pregnant"),
        ("hCG pending", "pregnancy", "possible", "pending"),
        ("She is postmenopausal.", "pregnancy", "present", "postmenopausal"),
        ("still breastfeeding", "lactation", "present", "yes"),
        ("uses condoms", "contraception", "present", "yes"),
        ("no contraception", "contraception", "absent", "no"),
        ("The patient will provide informed consent.", "administrative", "present", "yes"),
    ],
)
def test_childbearing_and_consent(read, text, kind, assertion, result):
    (found,) = read(text, kind)
    assert (found.assertion, found.result) == (assertion, result)


@pytest.mark.parametrize(
    ("text", "substance", "state"),
    [
        ("never smoker", "tobacco", "never"),
        ("He is a former cigarette smoker.", "tobacco", "former"),
        ("quit smoking 10 years ago", "tobacco", "former"),
        ("smokes 1 ppd", "tobacco", "current"),
        ("denies tobacco use", "tobacco", "none"),
        ("She does not smoke.", "tobacco", "none"),
        ("used to drink alcohol but stopped", "alcohol", "former"),
        ("drinks socially", "alcohol", "current"),
        ("denies illicit drug use", "drugs", "none"),
        ("No h/o tobacco/ETOH use", "tobacco", "none"),
        ("smokes 1 PPD", "tobacco", "current"),
    ],
)
def test_habit(read, text, substance, state):
    found = [f for f in read(text, "behaviour") if substance in f.qualifiers and f.result]
    assert [f.result for f in found] == [state]


@pytest.mark.parametrize(
    "text", ["rubbing alcohol", "secondhand smoke exposure", "drinks milk", "drug rash", "PPD negative"]
)
def test_no_habit(read, text):
    assert read(text, "behaviour") == []


# ---------------------------------------------------------------- derived

DERIVED = [
    ("Ht 170 cm, Wt 110 kg.", "derived.bmi", 38.06),
    ("Ht 170 cm, Wt 110 kg.", "derived.bsa", 2.279),
    ("70 y/o male, weight 60 kg, serum creatinine 1.4 mg/dL.", "derived.cockcroft_gault", 41.67),
    ("70 y/o male, creatinine 1.4 mg/dL.", "derived.ckd_epi_2021", 54.07),
    ("Smoked 1.5 packs per day for 20 years, quit 2015.", "derived.pack_years", 30),
    ("PaO2 80 mmHg on FiO2 40%", "derived.pf_ratio", 200),
    ("QT 400 ms, heart rate 60", "derived.qtcf", 400),
    ("methylprednisolone 16 mg p.o. daily", "derived.prednisone_equivalent", 20),
]


@pytest.mark.parametrize(("text", "rule", "value"), DERIVED)
def test_derived(record, text, rule, value):
    (found,) = [f for f in record(text).facts if f.rule == rule]
    assert found.quantity.low == pytest.approx(value, rel=1e-3)
    assert found.formula
    assert found.inputs


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Ht 170 cm, Wt 110 kg, BMI 38", "derived.bmi"),
        ("Wt 110 kg", "derived.bmi"),
        ("70 y/o, weight 60 kg, creatinine 1.4 mg/dL.", "derived.cockcroft_gault"),
        ("hydrocortisone cream 20 mg daily", "derived.prednisone_equivalent"),
        ("male, weight 60 kg, creatinine 1.4 mg/dL.", "derived.ckd_epi_2021"),
    ],
)
def test_nothing_is_derived_from_missing_inputs(record, text, rule):
    assert [f for f in record(text).facts if f.rule == rule] == []


# ---------------------------------------------------------------- the record


def test_what_a_later_note_copies_is_kept_once(extractor):
    day = Interval(DAY, DAY)
    notes = [Note("p", "a", "PMH: asthma", day), Note("p", "b", "PMH: asthma", day)]
    record = facts.record("p", notes, extractor.facts(notes), DAY)
    assert [f.note_id for f in record.facts if f.kind == "condition"] == ["a"]


def test_facts_are_in_time_order(extractor):
    notes = [
        Note("p", "b", "Hgb 9 g/dL", Interval(dt.date(2023, 2, 1), dt.date(2023, 2, 1))),
        Note("p", "a", "Hgb 8 g/dL", Interval(dt.date(2023, 1, 1), dt.date(2023, 1, 1))),
    ]
    record = facts.record("p", notes, extractor.facts(notes), DAY)
    assert [f.quantity.low for f in record.facts if f.quantity] == [8, 9]


def test_rows_hold_every_column(record):
    (row, *_) = facts.rows(record("Hgb 8.1 g/dL"))
    assert set(row) == set(facts.COLUMNS)
    assert row["quote"] == "Hgb 8.1 g/dL"


# ---------------------------------------------------------------- any text

PIECES = st.lists(
    st.sampled_from(
        "Hgb|8.1|g/dL|.|,|\n|\n\n|ALLERGIES:|PMH|:|58F|no|denies|aspirin 81 mg|daily|stopped|3 weeks ago|2/12/24|(|)|"
        "stage IIIB|"
        "HER2|2+|FISH|not amplified|BP|120/80|mother|diabetes|smokes|1 ppd|for|"
        "20 years|İ|\u0000|🙂|5'10\"|up from|20/40 OD|"
        "aortic|valve|stenosis|H and H|it was decreased to|CSF|WBC|GAF|mass|"
        "6 cm|tachycardia|(104/min)|weight loss|if|planned|PLAN:|"
        "G2P1|at 24 weeks|T2N0M0|K|4.2|<|20|%|1,500|x 10^9/L|ref 7-45|\t||".split("|")
    ),
    max_size=40,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), PIECES.map(" ".join), PIECES.map("".join)))
def test_offsets_slice_the_note(extractor, text):
    for fact in extractor.facts([note(text)]):
        assert text[fact.start : fact.end] == fact.text
        assert fact.text
        assert 0 <= fact.quote_start <= fact.start
        assert fact.end <= fact.quote_end <= len(text)


@pytest.mark.parametrize(
    "unit",
    [
        "Hgb 8.1, ",
        "a",
        "1",
        "no ",
        "aspirin ",
        "smokes ",
        "pregnant ",
        "(",
        "\n",
        "allergic to ",
        "stage ",
        "BP 120/80 ",
        "x ",
    ],
)
def test_linear_time(extractor, unit, cpu):
    def spent(size):
        text = unit * (size // len(unit))
        return cpu(lambda: extractor.facts([note(text)]))

    spent(1000)
    small, large = spent(15_000), spent(60_000)
    assert large < 10 * small + 0.2


def test_a_very_long_note_is_read_in_parts(extractor, monkeypatch):
    from matcher.facts import parts

    monkeypatch.setattr(parts, "LARGEST", 200)
    text = "\n".join(f"Visit {n}: Hgb {n}.1 g/dL, no pneumonia." for n in range(4, 20))
    found = extractor.facts([note(text)])
    assert [f.quantity.low for f in found if f.quantity and f.kind == "measurement"] == [n + 0.1 for n in range(4, 20)]
    assert all(text[f.start : f.end] == f.text and text[f.quote_start : f.quote_end] for f in found)
    assert all(text[f.cue.start : f.cue.end].strip() == "no" for f in found if f.cue)
