"""Speed side by side: ``python benchmarks/bench.py screen|extract|startup NOTES [--medspacy PYTHON]``.

Nothing here is a test: a loaded machine gives other figures, so read the ratios of one run. Rates are notes a CPU
second of one process, the best of three rounds after a first one that warms the caches.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

PROTOCOLS = sorted((Path(__file__).parent.parent / "data" / "samples" / "protocols").glob("*.txt"))

MEDSPACY = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
try:
    from loguru import logger
    logger.remove()
except ImportError:
    pass
import medspacy
nlp = medspacy.load()
texts = json.load(open(sys.argv[1]))
best = float("inf")
nlp(texts[0])
for _ in range(2):
    start = time.process_time()
    for text in texts:
        nlp(text)
    best = min(best, time.process_time() - start)
print(len(texts) / best)
"""


def patients(path: str, count: int) -> list[Any]:
    from matcher.notes import read

    found = []
    for patient in read(path, []):
        if patient.notes:
            found.append(patient)
        if len(found) == count:
            break
    return found


def pipeline(ner: str, protocols: int = 1) -> Any:
    from matcher.model import Settings
    from matcher.run import pipeline
    from matcher.run import protocols as reading

    run = reading.parse_all([str(path) for path in PROTOCOLS[:protocols]], ner)
    return pipeline.Pipeline(run.protocols, Settings(ner=ner, site={}))


def rate(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Items a CPU second: the best of three rounds."""
    best = float("inf")
    for item in items:
        work(item)
    for _ in range(3):
        start = time.process_time()
        for item in items:
            work(item)
        best = min(best, time.process_time() - start)
    return len(items) / best


def machine() -> None:
    import spacy

    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, spaCy {spacy.__version__},"
    )
    print(f"load {load:.1f} before the run\n")


def medspacy(python: str, texts: list[str]) -> float | None:
    """Notes a CPU second of medspaCy's default pipeline, in its own environment."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(texts, file)
        file.flush()
        done = subprocess.run([python, "-c", MEDSPACY, file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"medspaCy did not run: exit status {done.returncode}")
        return None
    return float(done.stdout.split()[-1])


def table(rows: list[tuple[str, float]], base: float | None) -> None:
    for name, speed in rows:
        ratio = f"{speed / base:8.1f} x" if base else ""
        print(f"{name:42s} {speed:9.1f} notes/s {ratio}")


def rates(args: argparse.Namespace, stage: str) -> None:
    import spacy

    some = patients(args.notes, args.count)
    texts = [note.text for patient in some for note in patient.notes]
    each = len(texts) / len(some)
    print(f"{len(texts)} notes, {sum(map(len, texts)) / len(texts):.0f} characters on average\n")
    rows = []
    for ner in args.ner:
        built = pipeline(ner)
        work = built.result if stage == "screen" else lambda p, built=built: built.extractor.facts(p.notes)
        rows.append((f"{stage}, --ner {ner}", rate(work, some) * each))
    rows.append(("spaCy's blank tokenizer", rate(spacy.blank("en"), texts)))
    base = medspacy(args.medspacy, texts[:40]) if args.medspacy else None
    if base:
        rows.append(("medspaCy, default pipeline (40 notes)", base))
    table(rows, base)
    if stage == "screen":
        growth(some)
        jobs(args.notes)


def growth(some: list[Any]) -> None:
    """One note repeated within itself: time for 1, 10 and 100 times the length."""
    built = pipeline("rules")
    first = None
    print()
    for times in (1, 10, 100):
        cost = 0.0
        for patient in some[:5]:
            note = replace(patient.notes[0], text="\n\n".join([patient.notes[0].text] * times))
            one = replace(patient, notes=(note,))
            cost += 1 / rate(built.result, [one])
        first = first or cost
        print(f"note of {times:3d} x the length: {cost / first:6.1f} x the time")


def jobs(path: str) -> None:
    """Wall time of the command with one and two workers, and the most memory that a process took."""
    print()
    walls = []
    for count in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "matcher", "screen", path, str(PROTOCOLS[0]), "--ner", "rules", "--quiet"]
            command += ["--jobs", str(count), "--format", "jsonl", "-o", f"{folder}/out.jsonl", "--phi", "ignore"]
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            walls.append(time.perf_counter() - start)
        print(f"--jobs {count}: {walls[-1]:6.1f} s")
    print(f"ratio {walls[0] / walls[1]:.2f}; peak memory of a process {peak():.0f} MiB")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def startup(args: argparse.Namespace) -> None:
    """Wall time of cold commands (a fresh process each; the disk's cache is warm): the best of three."""
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "p1.txt"
        note.write_text(patients(args.notes, 1)[0].notes[0].text, encoding="utf-8")
        command = [sys.executable, "-m", "matcher"]
        screen = [*command, "screen", str(note), str(PROTOCOLS[0]), "--format", "jsonl", "--quiet", "--ner"]
        runs = {"--help": [*command, "--help"]} | {f"one note, --ner {ner}": [*screen, ner] for ner in args.ner}
        for name, run in runs.items():
            best = float("inf")
            for _ in range(3):
                start = time.perf_counter()
                subprocess.run(run, check=True, capture_output=True)
                best = min(best, time.perf_counter() - start)
            print(f"{name:42s} {best:6.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("screen", "extract", "startup"))
    parser.add_argument("notes", help="notes in any form that `match screen` reads")
    parser.add_argument("--count", type=int, default=200, help="patients at most (default: %(default)s)")
    parser.add_argument("--ner", action="append", help="a recogniser; may be repeated (default: rules and default)")
    parser.add_argument("--medspacy", metavar="PYTHON", help="Python of an environment that has medspacy")
    args = parser.parse_args()
    args.ner = args.ner or ["rules", "default"]
    machine()
    if args.what == "startup":
        startup(args)
    else:
        rates(args, args.what)


if __name__ == "__main__":
    main()
