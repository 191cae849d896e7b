"""Recall and precision of the facts of notes against annotated texts.

python scripts/score_notes.py maccrobat.jsonl [--misses N]

Each line of the file holds ``text`` and ``entities`` (``start``, ``end``, ``label``, ``text``). Labels that are scored:
diseases and signs against conditions, drugs against medications and allergies, laboratory values against facts with a
value or a result. Recall counts an annotation that a fact overlaps; precision counts a fact with a concept that
overlaps an annotation of its kind. Negation (MACCROBAT: POLARITY NEG) is scored over the mentions that were found.
"""

from __future__ import annotations

import argparse
import ast
import json
import pathlib
import re
from collections import Counter
from typing import Any

from matcher import facts, ner, terms
from matcher.model import Fact, Note

CONDITION, DRUG, VALUE = "condition", "drug", "laboratory value"
KINDS = {
    "Disease_disorder": CONDITION, "Sign_symptom": CONDITION, "Disease": CONDITION, "SpecificDisease": CONDITION,
    "DiseaseClass": CONDITION, "Modifier": CONDITION, "CompositeMention": CONDITION,
    "Medication": DRUG, "Chemical": DRUG, "Lab_value": VALUE,
}  # fmt: skip
FACTS = {CONDITION: ("condition", "family_history", "pregnancy"), DRUG: ("medication", "allergy")}


def _of(fact: Fact, kind: str) -> bool:
    if kind == VALUE:
        return fact.kind in ("measurement", "score", "biomarker", "stage") and bool(fact.quantity or fact.result)
    return fact.kind in FACTS[kind]


def _span(fact: Fact, kind: str) -> tuple[int, int]:
    if kind == VALUE and fact.quantity is not None:
        return fact.quantity.start, fact.quantity.end
    return fact.start, fact.end


def _listed(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else ast.literal_eval(value or "[]")


def _negated(row: dict[str, Any]) -> set[str]:
    events = {}
    for event in _listed(row.get("events", [])):
        if match := re.match(r"\S+?:(T\d+)", event["value"]):
            events[event["id"]] = match[1]
    said = (a["value"] for a in _listed(row.get("attributes", [])))
    return {events.get(v.split()[1], "") for v in said if v.startswith("POLARITY") and v.endswith("NEG")}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data")
    options.add_argument("--misses", type=int, default=0)
    options.add_argument("--ner", default="default")
    given = options.parse_args()
    extractor = facts.Extractor(ner.recogniser(given.ner), terms.load())
    count: Counter[tuple[str, str]] = Counter()
    missed: list[str] = []
    with pathlib.Path(given.data).open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            text, negated = row["text"], _negated(row)
            found = extractor.facts((Note("p", "n", text),))
            wanted = [(e, KINDS[e["label"]]) for e in _listed(row["entities"]) if e["label"] in KINDS]
            for entity, kind in wanted:
                digits = any(c.isdigit() for c in entity["text"])
                name = f"{kind}, {'a number' if digits else 'words'}" if kind == VALUE else kind
                over = [
                    f for f in found
                    if _of(f, kind) and _span(f, kind)[0] < entity["end"] and entity["start"] < _span(f, kind)[1]
                ]  # fmt: skip
                count[name, "wanted"] += 1
                count[name, "found"] += bool(over)
                if not over:
                    missed.append(
                        f"{name}\t{entity['text']}\t{text[max(0, entity['start'] - 40) : entity['end'] + 20]!r}"
                    )
                elif kind == CONDITION and negated:
                    said = any(f.assertion == "absent" or f.status == "past" for f in over)
                    is_negated = entity["id"] in negated
                    count["negation", "wanted"] += is_negated
                    count["negation", "found"] += is_negated and said
                    count["negation", "said"] += said
                    count["negation", "right"] += is_negated and said
            for kind in {k for _, k in wanted}:
                for fact in found:
                    if _of(fact, kind) and (fact.concept is not None or kind == VALUE):
                        start, end = _span(fact, kind)
                        right = any(k == kind and start < e["end"] and e["start"] < end for e, k in wanted)
                        count[kind, "said"] += 1
                        count[kind, "right"] += right
    for name in sorted({n for n, _ in count}):
        recall = f"{count[name, 'found'] / count[name, 'wanted']:.3f}" if count[name, "wanted"] else "–"
        precision = f"{count[name, 'right'] / count[name, 'said']:.3f}" if count[name, "said"] else "–"
        print(f"{name:30} {count[name, 'wanted']:6} annotated, recall {recall}, precision {precision}")
    for line in sorted(missed)[:: max(1, len(missed) // given.misses)] if given.misses else ():
        print(line)


if __name__ == "__main__":
    main()
