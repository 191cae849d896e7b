"""Facts come out of a store as they went in."""

import dataclasses

from matcher import facts, ner, terms
from matcher.model import Fact, Note
from matcher.run import store_codec as codec

NOTES = (
    "58-year-old woman with asthma. Knuckle stiffness score 4. No glass splinter injury of the hand.\nCr 2.0 mg/dL",
    "DOB: 03/04/1960. Man with T2DM and COPD; mother had breast cancer. Takes warfarin 5 mg daily since May 2021.",
    "Glass splinter injuries to the left hand, last month. Denies asthma. Shoe size: 43. Dupuytren's contracture.",
    "Diagnosed with lung cancer 25 to 30 years ago. Quit smoking 10 years ago. BP 120/80. K 4.1 (3.5-5.1).",
)


def test_every_field_of_a_fact_is_kept():
    # A new field goes into `matcher.run.store_codec`, and then into this list.
    assert {field.name for field in dataclasses.fields(Fact)} == {
        "kind", "text", "start", "end", "note_id", "concept", "assertion", "experiencer", "cue", "quantity", "result",
        "time", "status", "changed", "qualifiers", "section", "note_date", "quote_start", "quote_end", "formula",
        "inputs", "rule", "source", "ago",
    }  # fmt: skip


def test_facts_are_kept_as_they_were_found():
    extractor = facts.Extractor(ner.recogniser("rules"), terms.load())
    for text in NOTES:
        note = Note("p", "n", text)
        (found,) = extractor.found([note])
        coded = codec.encode(note, found)
        stamps = {number: codec.Stamp.loads(stamp) for number, stamp in enumerate(coded.stamps)}
        assert codec.Page(note, coded.numbers, stamps, coded.body).found() == list(found)
