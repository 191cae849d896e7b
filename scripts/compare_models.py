#!/usr/bin/env python3
"""Compare back-ends of --ner on the same data, each in a process of its own: the table of docs/models.md.

  python scripts/compare_models.py DATA rules default bert:my-minilm-ner --pairs-script score_pairs.py

DATA holds chia_dev.jsonl, maccrobat_train.jsonl (its documents that training kept back), bc5cdr_dev.jsonl,
ncbi_disease_dev.jsonl and mtsamples_dev.jsonl. Criteria: spans and types as annotated, of six types. Notes: condition,
drug, procedure and measurement where the set annotates them. Strict F1: same span and type; relaxed: overlap.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.train import bundle, corpora

if TYPE_CHECKING:
    from matcher.ner.recogniser import Recogniser

Span = tuple[int, int, str]
HELD_OUT = 15
SETS = {
    "maccrobat": ("condition", "drug", "procedure", "measurement"),
    "bc5cdr": ("condition", "drug"),
    "ncbi": ("condition",),
}


def criteria(data: Path) -> dict[str, tuple[str, set[Span]]]:
    """Every annotated span, overlapping ones too: what a recogniser of flat spans cannot reach counts against it."""
    out = {}
    for doc in corpora.read(data / "chia_dev.jsonl"):
        gold = {(e["start"], e["end"], e["label"].lower()) for e in doc["entities"]}
        out[doc["id"]] = (doc["text"], {g for g in gold if g[2] in corpora.CHIA})
    return out


def notes(data: Path, name: str) -> dict[str, tuple[str, set[Span]]]:
    """Texts with their spans of the types that the set annotates."""
    if name == "maccrobat":
        rows = [r for r in corpora.maccrobat(data / "maccrobat_train.jsonl") if bundle.held(r.doc, HELD_OUT)]
    elif name == "bc5cdr":
        rows = corpora.abstracts(data / "bc5cdr_dev.jsonl", "bc5")
    else:
        rows = corpora.abstracts(data / "ncbi_disease_dev.jsonl", "ncbi")
    out: dict[str, tuple[str, set[Span]]] = {}
    for row in rows:
        gold = out.setdefault(row.doc, (row.text, set()))[1]
        spans = ((row.tokens[b][0], row.tokens[e - 1][1], label) for b, e, label in row.tags["note"])
        gold.update(s for s in spans if s[2] in SETS[name])
    return out


def relaxed(gold: Iterable[Span], found: Iterable[Span]) -> int:
    """Annotated spans that overlap a found one of the type, each used once."""
    left, hits = sorted(found), 0
    for g in sorted(gold):
        for s in left:
            if s[2] == g[2] and s[0] < g[1] and g[0] < s[1]:
                left.remove(s)
                hits += 1
                break
    return hits


def parsed(recogniser: Recogniser, documents: dict[str, tuple[str, set[Span]]]) -> dict[str, float]:
    """The entities that `match parse` lists, each text under the heading that its id names."""
    from matcher import criteria, terms
    from matcher.criteria.source import of_text

    found: list[set[Span]] = []
    for name, (text, _) in documents.items():
        head = "Exclusion Criteria:\n" if name.endswith("_exc") else "Inclusion Criteria:\n"
        protocol = criteria.parse(of_text(head + text, name), recogniser, terms.load())
        listed = [e for c in protocol.criteria for e in c.entities if e.type in corpora.CHIA]
        found.append({(e.start - len(head), e.end - len(head), e.type) for e in listed})
    return tally((gold for _, gold in documents.values()), found)


def score(
    recogniser: Recogniser, documents: dict[str, tuple[str, set[Span]]], types: Iterable[str]
) -> dict[str, float]:
    """Strict precision, recall and F1, and relaxed F1."""
    texts = [text for text, _ in documents.values()]
    found: Iterator[set[Span]] = (
        {(m.start, m.end, m.type) for m in ms if m.type in types} for ms in recogniser.mentions(texts, "note")
    )
    return tally((gold for _, gold in documents.values()), found)


def tally(golds: Iterable[set[Span]], founds: Iterable[set[Span]]) -> dict[str, float]:
    """Figures over all documents."""
    n: Counter[str] = Counter()
    for gold, found in zip(golds, founds, strict=True):
        n["gold"] += len(gold)
        n["found"] += len(found)
        n["strict"] += len(gold & found)
        n["relaxed"] += relaxed(gold, found)
    both = n["gold"] + n["found"] or 1
    return {
        "precision": n["strict"] / max(1, n["found"]),
        "recall": n["strict"] / max(1, n["gold"]),
        "f1": 2 * n["strict"] / both,
        "relaxed": 2 * n["relaxed"] / both,
    }


def one(data: Path, name: str, notes_timed: int) -> dict[str, object]:
    """All figures of one back-end, in this process."""
    from matcher import ner

    began = time.perf_counter()
    recogniser = ner.recogniser(name)
    next(iter(recogniser.mentions(["asthma"], "note")))
    out: dict[str, object] = {"name": recogniser.name, "start_s": time.perf_counter() - began}
    samples = [row["text"] for row in corpora.read(data / "mtsamples_dev.jsonl")][:notes_timed]
    began = time.process_time()
    for _ in recogniser.mentions(samples, "note"):
        pass
    out["notes_per_cpu_s"] = len(samples) / (time.process_time() - began)
    out["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out["chia"] = parsed(recogniser, criteria(data))
    for set_name, types in SETS.items():
        out[set_name] = score(recogniser, notes(data, set_name), types)
    return out


def agreement(script: Path, pairs: Path, name: str) -> float | None:
    """Macro-F1 that the scoring script prints for ``match screen --ner NAME``."""
    done = subprocess.run(
        [sys.executable, str(script), str(pairs), "--extra", f"--ner {name}"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"macro-?F1\D*([01]\.\d+)", done.stdout)
    return float(found[-1]) if found else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("names", nargs="+", help="back-ends, as --ner takes them")
    parser.add_argument("--pairs-script", type=Path, help="score_pairs.py, for the agreement of screening")
    parser.add_argument("--notes", type=int, default=200, help="of mtsamples_dev.jsonl, to time")
    parser.add_argument("--json", action="store_true", help="the figures of one back-end as JSON")
    given = parser.parse_args()
    if given.json:
        print(json.dumps(one(given.data, given.names[0], given.notes)))
        return
    print(
        "| back-end | Chia dev, strict / relaxed F1 | MACCROBAT | BC5CDR dev | NCBI dev | note pairs | notes/s | MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in given.names:
        command = [sys.executable, __file__, str(given.data), name, "--notes", str(given.notes), "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )
        if done.returncode:
            print(f"| `{name}` | {done.stderr.strip().splitlines()[-1]} |")
            continue
        f = json.loads(done.stdout)
        pairs = None
        if given.pairs_script:
            pairs = agreement(given.pairs_script, given.data / "note_pairs_dev.jsonl", name)
        chia = f"{f['chia']['f1']:.3f} / {f['chia']['relaxed']:.3f}"
        sets = " | ".join(f"{f[s]['f1']:.3f}" for s in SETS)
        said = "–" if pairs is None else f"{pairs:.3f}"
        print(
            f"| `{name}` | {chia} | {sets} | {said} | {f['notes_per_cpu_s']:.0f} | {f['memory_mb']:.0f} |", flush=True
        )


if __name__ == "__main__":
    main()
