"""The terminology as a whole: coverage, look-alikes, is-a."""

import csv
from pathlib import Path

import pytest

from matcher import terms

HERE = Path(__file__).parent
T = terms.load()


def rows(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def meaning(word):
    return T.normalise(word).concept


@pytest.mark.parametrize("row", rows("coverage_conditions.csv"), ids=lambda row: row["term"])
def test_condition_resolves_to_what_it_means_or_a_kind_of_it(row):
    found, means = meaning(row["term"]), meaning(row["means"])
    assert found and means and T.is_a(found.id, means.id)


@pytest.mark.parametrize("row", rows("coverage_drugs.csv"), ids=lambda row: row["term"])
def test_drug_resolves_to_its_ingredient_and_class(row):
    found, ingredient, above = meaning(row["term"]), meaning(row["means"]), meaning(row["parent"])
    assert found and ingredient and above
    assert found.id == ingredient.id
    assert T.is_a(found.id, above.id)


@pytest.mark.parametrize("row", rows("lookalikes.csv"), ids=lambda row: f"{row['one']}/{row['other']}")
def test_look_alikes_are_two_things(row):
    one, other = meaning(row["one"]), meaning(row["other"])
    assert one is None or other is None or one.id != other.id


def test_almost_every_look_alike_is_known():
    names = [name for row in rows("lookalikes.csv") for name in row.values()]
    unknown = [name for name in names if meaning(name) is None]
    assert len(unknown) <= 0.02 * len(names), unknown


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("NSTEMI", "myocardial infarction"),
        ("NSTEMI", "coronary artery disease"),
        ("type 2 diabetes", "diabetes mellitus"),
        ("melanoma", "cancer"),
        ("acute myeloid leukemia", "cancer"),
        ("rheumatoid arthritis", "autoimmune disease"),
        ("CHF", "cardiovascular disease"),
        ("apixaban", "anticoagulant"),
        ("Eliquis", "anticoagulant"),
        ("Entresto", "ARB"),
        ("Entresto", "sacubitril"),
        ("Bactrim", "trimethoprim"),
        ("Janumet", "metformin"),
        ("simvastatin", "statin"),
        ("CABG", "cardiac surgery"),
        ("acute pancreatitis", "pancreatitis"),
    ],
)
def test_is_a(child, parent):
    assert T.is_a(meaning(child).id, meaning(parent).id)


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ("losartan", "ACE inhibitor"),
        ("diabetes mellitus", "type 2 diabetes"),
        ("type 1 diabetes", "type 2 diabetes"),
        ("diabetes insipidus", "diabetes mellitus"),
        ("breast cancer", "prostate cancer"),
        ("sickle cell trait", "sickle cell anemia"),
        ("acetaminophen", "NSAID"),
        ("pulmonary hypertension", "hypotension"),
    ],
)
def test_is_not_a(child, parent):
    assert not T.is_a(meaning(child).id, meaning(parent).id)


@pytest.mark.parametrize("row", rows("is_a.csv"), ids=lambda row: f"{row['child']}/{row['parent']}")
def test_is_a_of_the_table(row):
    child, parent = meaning(row["child"]), meaning(row["parent"])
    assert child and parent
    assert T.is_a(child.id, parent.id) == (row["is_a"] == "yes")


@pytest.mark.parametrize("word", ["NSTEMI", "Eliquis", "type 2 diabetes", "CABG", "losartan"])
def test_descendants_and_ancestors_are_the_same_relation(word):
    id = meaning(word).id
    for above in T.ancestors(id):
        assert id in T.descendants(above.id)
        assert T.is_a(id, above.id)


def test_ancestors_come_nearest_first_and_once():
    found = [c.id for c in T.ancestors(meaning("type 2 diabetes").id)]
    assert found[0] == meaning("diabetes mellitus").id
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ICD10CM:E11", "type 2 diabetes"),
        ("ICD10CM:E11.9999", "type 2 diabetes"),
        ("MESH:D003924", "type 2 diabetes"),
        ("DOID:9352", "type 2 diabetes"),
        ("ICD10CM:C50", "breast cancer"),
    ],
)
def test_other_vocabularies_lead_to_the_same_concept(code, name):
    found = meaning(name)
    assert T.is_a(T.known(code), found.id)


def test_an_unknown_id_is_an_error():
    with pytest.raises(KeyError):
        T.concept("NOWHERE:1")


@pytest.mark.parametrize(
    ("word", "kind"),
    [("asthma", "condition"), ("statin", "drug"), ("metformin", "drug"), ("CABG", "procedure"), ("ALT", "measurement")],
)
def test_kind(word, kind):
    assert T.kind(meaning(word).id) == kind


def test_provenance_names_the_source():
    assert "MONDO" in T.provenance("type 2 diabetes mellitus")
    assert "UNII" in T.provenance("apixaban")
    assert T.provenance("no such term here") == ""


def test_a_combination_means_the_same_in_any_order():
    assert meaning("carbidopa/levodopa").id == meaning("levodopa/carbidopa").id == meaning("Sinemet").id


@pytest.mark.parametrize("word", ["type 2 diabetes", "metformin", "NSCLC", "heart transplant"])
def test_ids_of_ancestors_are_those_of_the_ancestors(word):
    id = meaning(word).id
    assert T.ancestor_ids(id) == {above.id for above in T.ancestors(id)}


@pytest.mark.parametrize("row", rows("coverage_more.csv"), ids=lambda row: row["term"])
def test_more_terms_mean_what_was_written_down_before(row):
    found = T.normalise(row["term"], context=row["context"]).concept
    if not row["means"]:
        assert found is None
        return
    wanted = meaning(row["means"])
    assert found and wanted and T.is_a(found.id, wanted.id)
