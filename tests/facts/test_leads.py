"""What the words that lead a list in say of its items."""

import pytest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We discussed the options including:\n1. Radical nephrectomy.\n2. Partial nephrectomy.", "hypothetical"),
        ("We recommend:\n- Colonoscopy\n- Upper endoscopy", "planned"),
        ("He underwent:\n1. Colonoscopy.\n2. Cholecystectomy.", "present"),
    ],
)
def test_the_line_that_leads_a_list_in(facts, text, said):
    assert [f.assertion for f in facts(text) if f.kind == "procedure"][-2:] == [said, said]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("Continue aspirin.", "present"),
        ("Atenolol 25 mg daily.", "present"),
        ("She is on aspirin prophylaxis.", "present"),
        ("The patient is on dialysis.", "present"),
        ("She had a colonoscopy last year.", "present"),
        ("Chest x-ray.", "planned"),
    ],
)
def test_an_item_of_a_plan_that_says_by_itself_how_it_stands(facts, item, said):
    text = f"ASSESSMENT AND PLAN:\n1. Hypertension.\n2. {item}"
    assert [f.assertion for f in facts(text) if f.kind in ("procedure", "medication")] == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The risks and benefits of glaucoma surgery were discussed, including bleeding, ptosis, and corneal edema.",
            {"hypothetical"},
        ),
        ("Complications, including infection and pneumothorax, were explained to the patient.", {"hypothetical"}),
        ("His stay had complications including pneumonia and sepsis.", {"present"}),
        ("She has multiple risk factors including hypertension and asthma.", {"present"}),
    ],
)
def test_a_list_of_risks_inside_a_sentence(facts, text, said):
    assert {f.assertion for f in facts(text) if f.kind == "condition"} == said
