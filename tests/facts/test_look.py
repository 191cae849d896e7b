"""The look before the reading leaves out nothing that would change a verdict."""

import ast
import re
from pathlib import Path

import pytest

from matcher import criteria, ner, terms
from matcher.criteria.source import Source
from matcher.evaluate import Index
from matcher.facts import phrase_tables, tables
from matcher.facts.look import NEUTRAL
from matcher.model import Note, Settings
from matcher.notes import Patient, dates
from matcher.run.pipeline import Pipeline

FILLER = "The patient was seen in the clinic today. The abdomen is soft. Sutures were removed without difficulty.\n\n"


def pipeline(criterion: str, head: str) -> Pipeline:
    recogniser = ner.recogniser("rules", terms.load())
    source = Source("t1", "t1.txt", f"{head} Criteria:\n- {criterion}\n", "")
    return Pipeline([criteria.parse(source, recogniser, terms.load())], Settings(ner="rules", site={}))


@pytest.mark.parametrize(
    ("criterion", "note"),
    [
        ("Age 18 to 65 years", "A 35-year-old man."),
        ("Age 18 to 65 years", "Patient: 35yo male, well."),
        ("Age 18 to 65 years", "35 y/o AAM."),
        ("Age 18 to 65 years", "This is a 58F with cough."),
        ("Age 18 to 65 years", "AGE: 45. Seen today."),
        ("Age 18 to 65 years", "Forty-five-yearold gentleman."),
        ("Age 18 to 65 years", "D.O.B. 01/02/1960."),
        ("Female patients only", "He was well. He walked. He ate. He slept. He left. He smiled."),
        ("No prior systemic therapy", "Treatment-naïve. Not previously treated. Chemotherapy naive. He walks."),
        (
            "COPD exacerbation",
            "A 66-year-old woman. She has smoked for 40 years. She has chronic cough and dyspnea. Barrel-shaped chest. "
            "She has purulent sputum. She is cyanotic and tachypneic.",
        ),
        ("Female patients only", "Mr. Sample returns to the clinic. He walks. He is well."),
        ("Acute coronary syndrome", "He has ischemic heart disease. He was treated. It is a stable angina."),
        ("Creatinine above 1", "Creatinine of 1.4. During the stay it was decreased to 0.8. No complaints."),
        ("Prior radiotherapy", "He received 45Gy to the pelvis. No complaints."),
        ("Use of statins", "He needs to be on a statin. No complaints."),
        ("Prior cholecystectomy", "Her gallbladder was then removed. No complaints."),
        ("Prior knee replacement", "Replacement of both knees. No complaints."),
        ("Surgery under general anesthesia", "ANESTHESIA: General. He was well."),
        ("Female patients only", "Hysterectomy was done. No complaints."),
        ("Pregnant women", "At 30 weeks gestation. No bleeding."),
        ("Pregnant women", "G2 P1 at 20 weeks. No bleeding."),
        ("Pregnant women", "Postmenopausal. LMP years ago."),
        ("Women less than 6 weeks postpartum", "Delivered vaginally. Now 3 weeks pp. Nursing mother."),
        ("Breastfeeding", "She is currently nursing."),
        ("Current smoker", "He smokes 1 ppd for 20 years."),
        ("At least 10 pack-years of smoking", "He smokes 1 ppd for 20 years."),
        ("Known drug allergy to penicillin", "ALLERGIES: PCN causes rash."),
        ("Known drug allergy to penicillin", "Allergies\nNKDA\nSocial history\nNone."),
        ("History of allergy to any medication", "Allergic to sulfa and shellfish."),
        ("Heart rate above 50", "VITALS: HR52 BP 120/80."),
        ("Potassium above 4", "Labs: Na 138, K 4.2, Cl 101."),
        ("Creatinine above 2 mg/dL", "Labs today: 140|102|18 / 4.1|25|2.4 < 110. Well."),
        ("Hemoglobin below 10 g/dL", "6.1>9.4/28<220. Well."),
        ("Urine drug screen positive for opioids", "UDS: cocaine neg, opiates pos. Well."),
        ("Body mass index above 25", "She is 5 feet 11 inches tall. Weight is 200 pounds."),
        ("Body mass index above 25", "He is 172 cm tall. He weighs 128 kg."),
        ("Creatinine below 1.5 mg/dL", "Creatinine of 2.4. During the stay it decreased to 0.8. He left."),
        ("Creatinine clearance above 60 mL/min", "A 50-year-old man. Weight 80 kg. Creatinine 1.0 mg/dL."),
        ("eGFR above 60", "A 50-year-old man. Creatinine 1.0 mg/dL."),
        ("CHA2DS2-VASc score of 2 or more", "A 76-year-old woman. Atrial fibrillation. Hypertension. Diabetes."),
        ("QTcF above 450 ms", "QT 400 ms. Heart rate 90."),
        ("Corrected calcium above 10.5 mg/dL", "Seen today. Ca 11.2 mg/dL. Albumin 2.4 g/dL."),
        ("FIB-4 below 1.3", "A 50-year-old man. AST 30 U/L, ALT 40 U/L. Platelets 250."),
        ("Grade group 2 or higher", "Seen today. Gleason 3+4=7. Well."),
        ("Stage III disease", "Lung cancer, pT2N1M0. Resected."),
        ("Prostate cancer cT1-T2", "Seen today. Staging was cT3a. Biopsy done."),
        ("Node-positive breast cancer", "Breast cancer. Nodes: pN0. Well."),
        ("Gestational age below 32 weeks", "Seen today. 28w3d. Well."),
        ("Age above 75 years", "Octogenarian. Fell at home. Well."),
        ("T3 or T4 tumor", "Staging was T3 N0 M0. Resected."),
        ("Weight loss above 5 kg", "She has lost 30 pounds over 3 months."),
        ("Tumor larger than 3 cm", "There is a 4 cm lung mass. No nodes."),
        ("At most two prior lines of therapy", "He received two prior lines of chemotherapy."),
        ("No prior systemic therapy", "Chemo-naïve. Doing well."),
        ("Family history of medullary thyroid carcinoma", "FAMILY HISTORY: No cancer. Mother had a stroke."),
        ("Family history of breast cancer", "Her mother had breast cancer at 50."),
        ("No cirrhosis", "Labs are back. He is non-cirrhotic."),
        ("Pulmonary edema", "Lungs are clear to auscultation."),
        ("Hemoglobin above 9 g/dL", "H and H stable at 14.1 and 48.7."),
        ("Tachycardia, or heart rate above 100", "She is tachycardic (104/min)."),
        ("Able to give informed consent", "Informed consent was obtained. No questions."),
        ("On metformin", "MEDICATIONS: None."),
        ("No chronic medical problems", "PAST MEDICAL HISTORY: None."),
        ("Hemoglobin above 9 g/dL", "Date | Hgb | Plt\n01/02/2024 | 10.1 | 200\n01/09/2024 | 8.0 | 180\n"),
        ("Prednisone above 10 mg daily", "Prednisone 20 mg p.o. daily."),
        ("Global assessment of functioning below 50", "GAF 45 at admission."),
        ("Use of a standing frame at school", "He uses a standing frame at school."),
        ("Healthy volunteers", "Hypertension is noted. No complaints."),
        ("Nasogastric tube in situ", "NG tube courses with its tip in the stomach."),
        # what explains a complaint decides whether an empty history denies the disease behind it
        (
            "Severe aortic stenosis",
            "PAST MEDICAL HISTORY: Unremarkable.\n\nHISTORY: Syncope. Acute pulmonary embolism.",
        ),
    ],
)
@pytest.mark.parametrize("head", ["Inclusion", "Exclusion"])
def test_the_look_finds_what_the_whole_reading_finds(criterion, note, head):
    stages = pipeline(criterion, head)
    day = dates.parse("2024-03-01")
    patient = Patient("p1", (Note("p1", "n1", FILLER + note + "\n\n" + FILLER, day),))
    index = Index(stages.record(patient))
    assert stages.screen(patient) == [e.screen(index.record, index=index) for e in stages.evaluators]


def test_sentences_that_hold_nothing_asked_for_are_not_read():
    stages = pipeline("Age 18 to 65 years", "Inclusion")
    patient = Patient("p1", (Note("p1", "n1", FILLER + "Asthma and gout. Takes aspirin. A 40-year-old man."),))
    assert [fact.kind for fact in stages.record(patient, whole=False).facts] == ["age", "sex"]
    assert len(stages.record(patient).facts) > 4


def test_no_phrase_of_words_that_stand_everywhere_tells_a_sentence():
    common = set(tables.toml("search")["stop"])
    telling = ((row.tag, phrase) for row in phrase_tables.listed() for phrase in row.phrases())
    telling = (row for row in telling if row[0].partition(".")[0] not in NEUTRAL)
    plain = {tag for tag, phrase in telling if common.issuperset(re.findall(r"[^\W_]+", phrase.lower()))}
    assert plain == {"list.only.medication"}  # "on only"


def test_a_value_in_a_sentence_before_one_that_is_asked_for_is_read_with_it():
    stages = pipeline("Hypertension", "Inclusion")
    patient = Patient("p1", (Note("p1", "n1", "Creatinine of 2.4. It decreased to 0.8, with hypertension."),))
    index = Index(stages.record(patient))
    assert stages.screen(patient) == [e.screen(index.record, index=index) for e in stages.evaluators]


EVERYTHING = """Inclusion Criteria:
- Age 18 to 65 years
- Female patients
- Body mass index above 25 kg/m2
- Creatinine clearance above 60 mL/min
- Hemoglobin above 9 g/dL
- Potassium above 4 mmol/L
- Heart rate above 50
- Blood pressure below 140/90 mmHg
- QTcF below 450 ms
- Ejection fraction below 40%
- NYHA class II or III
- ECOG performance status 0 to 1
- Stage III disease
- HER2 positive
- Histologically confirmed breast cancer
- At most two prior lines of therapy
- Able to give informed consent
- Healthy volunteers without any chronic disease
Exclusion Criteria:
- Pregnant or breastfeeding women
- Women of childbearing potential not using contraception
- Current smoker, or at least 10 pack-years
- Alcohol abuse
- Known allergy to penicillin
- Treatment with prednisone above 10 mg daily
- On any anticoagulant
- Family history of breast cancer
- Heart failure, diabetes, hypertension or stroke
- Weight loss above 5 kg
- Tumor larger than 3 cm
- CHA2DS2-VASc score of 2 or more
- Hysterectomy
"""


def texts() -> list[str]:
    """The texts of the tests of this folder: whatever facts are read, there is one of its kind."""
    found: dict[str, None] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                found.setdefault(node.value)
    return list(found)


def test_the_look_finds_what_the_whole_reading_finds_in_the_texts_of_all_tests_of_facts():
    recogniser = ner.recogniser("rules", terms.load())
    source = Source("t1", "t1.txt", EVERYTHING, "Breast cancer")
    stages = Pipeline([criteria.parse(source, recogniser, terms.load())], Settings(ner="rules", site={}))
    day = dates.parse("2024-03-01")
    wrong = []
    for text in texts():
        patient = Patient("p1", (Note("p1", "n1", FILLER + text, day),))
        index = Index(stages.record(patient))
        if stages.screen(patient) != [e.screen(index.record, index=index) for e in stages.evaluators]:
            wrong.append(text)
    assert not wrong
