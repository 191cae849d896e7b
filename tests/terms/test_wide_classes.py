"""What a wide class holds and what it does not: a protocol's "psychiatric disorder" must not catch deafness."""

import pytest

from matcher import terms

HOLDS = """
psychiatric disorder: schizophrenia; bipolar disorder; major depressive disorder; PTSD; anxiety; alcohol use disorder
neurological disease: epilepsy; Parkinson disease; multiple sclerosis; migraine; stroke; peripheral neuropathy
autoimmune disease: lupus; rheumatoid arthritis; Crohn disease; Graves disease; myasthenia gravis; psoriasis
connective tissue disease: lupus; rheumatoid arthritis; dermatomyositis
inflammatory bowel disease: Crohn disease; ulcerative colitis
hereditary disease: Huntington disease; Wilson disease; sickle cell anemia; thalassemia
cardiovascular disease: heart failure; myocardial infarction; atrial fibrillation; peripheral arterial disease; stroke
hematologic disease: anemia; thrombocytopenia; multiple myeloma; hemophilia
thrombosis: deep venous thrombosis; pulmonary embolism
seizure: epilepsy
cognitive impairment: dementia; mild cognitive impairment
cerebrovascular disease: stroke; TIA; intracranial hemorrhage
hypertension: preeclampsia; hypertensive emergency
lung disease: COPD; asthma; pulmonary fibrosis
"""
HOLDS_NOT = """
psychiatric disorder: hearing loss; blindness; macular degeneration; dysarthria; aphasia; alcoholic hepatitis; vertigo
neurological disease: retinal detachment; macular degeneration; strabismus; blindness; hearing loss; fibromyalgia
autoimmune disease: uterine fibroids; lipoma; tendinitis; plantar fasciitis; colitis; phlebitis; pituitary adenoma
connective tissue disease: tendinitis; lipoma; uterine fibroids; bursitis
inflammatory bowel disease: Clostridium difficile colitis; radiation proctitis; colitis
hereditary disease: cataract; GERD; psoriasis; osteoporosis; gallstones; preeclampsia; small cell lung cancer; AIDS
immune system disorder: osteomyelitis; tonsillitis; lymphadenopathy; splenomegaly
cardiovascular disease: melena; hemorrhoids; erythema; migraine
hematologic disease: melena; epistaxis; menorrhagia
neoplasm: cyst; ganglion cyst
cancer: leukemoid reaction; uterine fibroids; meningioma; lipoma; colon polyp
hypertension: pulmonary hypertension; portal hypertension; ocular hypertension; intracranial hypertension
urologic disease: cholelithiasis; acalculous cholecystitis
bone disease: sinusitis; polycythemia vera; pituitary adenoma
liver disease: gallbladder dysfunction
anemia: primary myelofibrosis
squamous cell carcinoma of the skin: basal cell carcinoma of the skin
lymphoma: acute lymphoblastic leukemia
acute lymphoblastic leukemia: chronic lymphocytic leukemia
respiratory failure: pulmonary edema
peptic ulcer disease: esophagitis
congenital heart disease: left ventricular hypertrophy; cardiomegaly
myopathy: tendinitis; tenosynovitis
edema: pleural effusion
diarrhea: hematochezia; melena
tuberculosis: latent tuberculosis
kidney disease: hematuria; polyuria
"""


def pairs(table):
    for line in table.strip().splitlines():
        parent, _, children = line.partition(": ")
        yield from ((child, parent) for child in children.split("; "))


def ids(*words):
    terminology = terms.load()
    found = [terminology.normalise(word).concept for word in words]
    assert None not in found, words
    return [concept.id for concept in found]


@pytest.mark.parametrize(("child", "parent"), list(pairs(HOLDS)))
def test_a_class_holds(child, parent):
    assert terms.load().is_a(*ids(child, parent))


@pytest.mark.parametrize(("child", "parent"), list(pairs(HOLDS_NOT)))
def test_a_class_does_not_hold(child, parent):
    assert not terms.load().is_a(*ids(child, parent))
