import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import MatchError
from matcher.train import documents


def spans(document):
    return [(document.text[e.start : e.end], e.label) for e in document.entities]


def line(text="has asthma", entities=((4, 10, "condition"),), **more):
    return json.dumps({"text": text, "entities": [{"start": s, "end": e, "label": x} for s, e, x in entities], **more})


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_json_lines(tmp_path):
    (found,) = documents.read([write(tmp_path / "a.jsonl", line(id="n1") + "\n\n")])
    assert (found.id, spans(found)) == ("n1", [("asthma", "condition")])


def test_json_lines_as_triples(tmp_path):
    (found,) = documents.read([write(tmp_path / "a.jsonl", '{"text": "has asthma", "label": [[4, 10, "Disease"]]}')])
    assert spans(found) == [("asthma", "Disease")]


@pytest.mark.parametrize(
    "second, said",
    [
        ("{", "not {"),
        ('{"entities": []}', "not {"),
        (line(entities=[(4, 11, "condition")]), "do not fit a text of 10"),
        (line(entities=[(4, 4, "condition")]), "do not fit"),
        (line(entities=[(3, 4, "condition")]), "only blanks"),
        (line(entities=[(0, 10, "drug"), (4, 10, "condition")]), "overlaps"),
        (line(entities=[(4, 10, "zebra")]), "zebra"),
        ('{"text": "has asthma", "entities": [{"start": "4", "end": 10, "label": "drug"}]}', "no integers"),
        (
            '{"text": "has asthma", "entities": [{"start": 4, "end": 10, "label": "drug", "text": "has"}]}',
            "do not hold",
        ),
    ],
)
def test_bad_line_is_named(tmp_path, second, said):
    path = write(tmp_path / "a.jsonl", line() + "\n" + second + "\n")
    with pytest.raises(MatchError, match=r"a\.jsonl:2") as error:
        documents.read([path])
    assert said in str(error.value)


def test_overlaps_can_be_resolved_to_the_longest(tmp_path):
    path = write(tmp_path / "a.jsonl", line(entities=[(0, 10, "drug"), (4, 10, "condition")]))
    (found,) = documents.read([path], overlaps="longest")
    assert spans(found) == [("has asthma", "drug")]


@pytest.mark.parametrize("text", ["", "\n\n", line(entities=[]), line(entities=[(4, 10, "mood")])])
def test_set_without_annotations_is_refused(tmp_path, text):
    with pytest.raises(MatchError, match=r"a\.jsonl"):
        documents.read([write(tmp_path / "a.jsonl", text)])


def test_own_table_of_labels(tmp_path):
    table = write(tmp_path / "labels.csv", "label,type\nzebra,condition\n")
    (found,) = documents.read([write(tmp_path / "a.jsonl", line(entities=[(4, 10, "zebra")]))], table)
    assert spans(found) == [("asthma", "zebra")]


def test_conll(tmp_path):
    text = "He O\nhas O\ntype B-condition\n2 I-condition\ndiabetes I-condition\n\nOn O\nmetformin B-drug\n"
    (found,) = documents.read([write(tmp_path / "a.conll", text)])
    assert found.text == "He has type 2 diabetes\nOn metformin"
    assert spans(found) == [("type 2 diabetes", "condition"), ("metformin", "drug")]


def test_conll_documents(tmp_path):
    text = "-DOCSTART- O\n\nasthma B-condition\n\n-DOCSTART- O\n\ngout B-condition\n"
    assert [spans(d) for d in documents.read([write(tmp_path / "a.bio", text)])] == [
        [("asthma", "condition")],
        [("gout", "condition")],
    ]


@pytest.mark.parametrize("bad", ["asthma", "asthma X-condition", "asthma I-condition", "asthma B-"])
def test_bad_conll_line_is_named(tmp_path, bad):
    with pytest.raises(MatchError, match=r"a\.conll:2"):
        documents.read([write(tmp_path / "a.conll", f"has O\n{bad}\n")])


def test_brat_takes_the_envelope_of_a_split_span(tmp_path):
    write(tmp_path / "a.txt", "renal or hepatic failure")
    write(tmp_path / "a.ann", "T1\tCondition 0 5;17 24\trenal failure\nR1\tx Arg1:T1 Arg2:T1\n")
    (found,) = documents.read([tmp_path])
    assert spans(found) == [("renal or hepatic failure", "Condition")]


@pytest.mark.parametrize("bad", ["T1\tCondition\tx", "T1 Condition 0 5", "T1\tCondition 0 five\tx"])
def test_bad_brat_line_is_named(tmp_path, bad):
    write(tmp_path / "a.txt", "renal failure")
    with pytest.raises(MatchError, match=r"a\.ann:1"):
        documents.read([write(tmp_path / "a.ann", bad + "\n")])


def test_brat_without_its_text(tmp_path):
    with pytest.raises(MatchError, match=r"a\.txt"):
        documents.read([write(tmp_path / "a.ann", "T1\tDrug 0 5\tx\n")])


def test_docbin(tmp_path):
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import DocBin

    nlp = spacy.blank("en")
    doc = nlp("has asthma")
    doc.ents = [doc.char_span(4, 10, label="Disease")]
    DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    (found,) = documents.read([tmp_path / "a.spacy"])
    assert spans(found) == [("asthma", "Disease")]


def test_file_that_is_no_docbin(tmp_path):
    with pytest.raises(MatchError, match="no DocBin"):
        documents.read([write(tmp_path / "a.spacy", "x")])


@pytest.mark.parametrize("name, said", [("a.xml", "format"), ("none.jsonl", "no such file")])
def test_what_cannot_be_read(tmp_path, name, said):
    write(tmp_path / "a.xml", "x")
    with pytest.raises(MatchError, match=said):
        documents.read([tmp_path / name])


@given(st.integers(2, 60), st.floats(0.05, 0.5), st.integers(0, 5))
def test_split_parts_documents_the_same_way_each_time(count, share, seed):
    all_ = [documents.Document(f"d{i}", "x", (), "f") for i in range(count)]
    training, validation = documents.split(all_, share, seed)
    assert sorted(d.id for d in training + validation) == sorted(d.id for d in all_)
    assert training and validation
    assert documents.split(all_[::-1], share, seed)[1][0].id in {d.id for d in validation}
