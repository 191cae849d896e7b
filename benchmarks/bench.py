"""Speed side by side: ``python benchmarks/bench.py WHAT NOTES [options]``.

    screen, extract   notes a second of one core: ours, spaCy's blank tokenizer, medspaCy's default pipeline
    startup           one cold note; --python names an environment (one without torch, say)
    jobs              one worker against two
    growth            1, 10, 100 times the notes; 1 to 50 protocols; notes of 1, 10, 100 times the length
    rescreen          a fact store of --count notes (20,000): kept, screened again, by 1 to 50 protocols
    evaluate          --count patients (1,000) whose facts are in memory against 20 criteria, on one core
    whole             --count notes (100,000) from end to end, and the memory of them against 1,000

Nothing here is a test: a loaded machine gives other figures, so read the ratios of one run. Copies of NOTES are changed
ones (`corpus.py`), so that no figure rests on a note that was seen before.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core is one thread, for everybody here
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # `pip install` compiles the modules once, not at each start

import corpus
import rescreen

SAMPLES = Path(__file__).parent.parent / "data" / "samples" / "protocols"
WARM = 50
"""Notes before the clock starts: what is loaded or compiled once is not the rate's."""

MEDSPACY = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
try:
    from loguru import logger
    logger.remove()
except ImportError:
    pass
import medspacy, spacy
nlp = medspacy.load()
texts = json.load(open(sys.argv[1]))
warm = int(sys.argv[2])
for text in texts[:warm]:
    nlp(text)
start = time.process_time()
for text in texts[warm:]:
    nlp(text)
print((len(texts) - warm) / (time.process_time() - start))
"""


def rate(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Items a CPU second of this process; each is seen once, after ``WARM`` others."""
    for item in items[:WARM]:
        work(item)
    start = time.process_time()
    for item in items[WARM:]:
        work(item)
    return (len(items) - WARM) / (time.process_time() - start)


def pipeline(ner: str, protocols: Iterable[Path]) -> Any:
    from matcher import cli
    from matcher.model import Settings
    from matcher.run import pipeline
    from matcher.run import protocols as reading

    cli.tune()  # `match` does
    run = reading.parse_all([str(path) for path in protocols], ner)
    return pipeline.Pipeline(run.protocols, Settings(ner=ner, site={}))


def patients(texts: Sequence[str], count: int, times: int = 1) -> list[Any]:
    from matcher.model import Note
    from matcher.notes import Patient

    made = corpus.rows(texts, count, times)
    return [Patient(row["patient_id"], (Note(row["patient_id"], row["note_id"], row["text"]),)) for row in made]


def medspacy(python: str, texts: list[str]) -> float | None:
    """Notes a CPU second of medspaCy's default pipeline, in its own environment."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(texts, file)
        file.flush()
        command = [python, "-c", MEDSPACY, file.name, str(WARM)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"medspaCy did not run: exit status {done.returncode}")
        return None
    return float(done.stdout.split()[-1])


def machine() -> None:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("spacy", "numpy"))
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {versions}")
    print(f"load {load:.1f} before the run\n")


def rates(args: argparse.Namespace) -> None:
    import spacy

    some = patients(args.texts, args.count + WARM)
    texts = [patient.notes[0].text for patient in some]
    print(
        f"{len(texts)} notes of {sum(map(len, texts)) / len(texts):.0f} characters, {len(args.protocols)} protocols\n"
    )
    rows = []
    for ner in args.ner:
        built = pipeline(ner, args.protocols)
        work = built.result if args.what == "screen" else lambda p, built=built: built.extractor.facts(p.notes)
        rows.append((f"{args.what}, --ner {ner}", rate(work, some)))
    rows.append(("spaCy's blank tokenizer", rate(spacy.blank("en"), texts)))
    base = medspacy(args.medspacy, texts[: 40 + WARM]) if args.medspacy else None
    if base:
        rows.append(("medspaCy, default pipeline (40 notes)", base))
    for name, speed in rows:
        print(f"{name:42s} {speed:9.1f} notes/s" + (f" {speed / base:8.1f} x" if base else ""))


def run(command: Sequence[str]) -> tuple[float, float, float]:
    """Wall time of a command, the most memory that it or a process of it took (MiB), the processor time of all."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(process.stderr.read().decode() if process.stderr else "failed")
    return time.perf_counter() - start, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def screening(
    notes: Path, protocols: Iterable[Path], ner: str, folder: Path, *more: str, python: str = ""
) -> list[str]:
    command = [python or sys.executable, "-m", "matcher", "screen", str(notes), *map(str, protocols), "--ner", ner]
    return [*command, "--quiet", "--format", "jsonl", "-o", str(folder / "out.jsonl"), "--phi", "ignore", *more]


def jobs(args: argparse.Namespace, folder: Path) -> None:
    notes = corpus.write(folder / "notes.jsonl", args.texts, args.count)
    for ner in args.ner:
        done = [run(screening(notes, args.protocols, ner, folder, "--jobs", n)) for n in ("1", "2", "1", "2")]
        (one, _, used), (two, _, both) = min(done[::2]), min(done[1::2])
        print(f"--ner {ner}: {args.count} notes, one job {one:.1f} s, two {two:.1f} s: {one / two:.2f} x")
        print(f"processor time of all processes: {used:.1f} s and {both:.1f} s")


def growth(args: argparse.Namespace, folder: Path) -> None:
    """What is measured in this process is CPU time; the runs of the command are wall time."""
    first = 0.0
    for times in (1, 10, 100):
        notes = corpus.write(folder / "notes.jsonl", args.texts, args.count * times)
        wall, memory, _ = run(screening(notes, args.protocols, "rules", folder))
        first = first or wall
        print(f"{args.count * times:7d} notes: {wall:7.1f} s, {wall / first:6.1f} x, {memory:5.0f} MiB")
    some = patients(args.texts, 50 + WARM)
    first = 0.0
    for count in (1, 2, 5, 10, 20, 50):
        many = corpus.protocols(folder / f"protocols{count}", args.protocols, count)
        cost = 1 / rate(pipeline("rules", [many]).result, some)
        first = first or cost
        print(f"{count:7d} protocols: {cost * 1000:7.1f} ms a note, {cost / first:6.1f} x")
    built = pipeline("rules", args.protocols)
    warm = patients(args.texts, WARM)
    first = 0.0
    for times in (1, 10, 100):
        cost = 1 / rate(
            built.result, [*warm, *patients(args.texts, max(4, 400 // times), times)]
        )  # the same texts, cut differently
        first = first or cost
        print(f"{times:7d} x the length: {cost * 1000:7.1f} ms a note, {cost / first:6.1f} x")


def evaluate(args: argparse.Namespace, folder: Path) -> None:
    """CPU time of the evaluation alone, the best of five rounds.

    What several criteria ask of a patient (age, words of the notes) is found once: with that known, and at first sight.
    """
    built = pipeline("rules", [rescreen.TWENTY])
    (evaluator,) = built.evaluators
    some = [built.index(patient) for patient in patients(args.texts, args.count)]
    for shown, forgets in (("a second", False), ("a second, each seen for the first time", True)):
        best = float("inf")
        for _ in range(5):
            for index in some if forgets else ():
                index.found.clear()
            start = time.process_time()
            for index in some:
                evaluator.screen(index.record, index=index)
            best = min(best, time.process_time() - start)
        print(f"{args.count} patients against 20 criteria: {args.count / best:.0f} {shown}")


def whole(args: argparse.Namespace, folder: Path) -> None:
    peaks = []
    for count in (1000, args.count):
        notes = corpus.write(folder / "notes.jsonl", args.texts, count)
        wall, memory, _ = run(screening(notes, args.protocols, args.ner[0], folder))
        peaks.append(memory)
        size = (folder / "out.jsonl").stat().st_size / (1 << 20)
        rated = f"{count / wall:.0f} notes/s, output {size:.0f} MiB"
        print(f"{count:7d} notes, --ner {args.ner[0]}: {wall:7.1f} s, {rated}, largest process {memory:.0f} MiB")
    print(f"memory of {args.count} notes against 1,000: {peaks[1] / peaks[0]:.2f} x")


def startup(args: argparse.Namespace, folder: Path) -> None:
    """Wall time of a fresh process, the best of five (the disk's cache is warm)."""
    (folder / "p1.txt").write_text(args.texts[0], encoding="utf-8")
    python = args.python or sys.executable
    runs = {"--help": [python, "-m", "matcher", "--help"]}
    for ner in args.ner:
        runs[f"one note, --ner {ner}"] = screening(folder / "p1.txt", args.protocols, ner, folder, python=python)
    for name, command in runs.items():
        wall, _, used = min(run(command) for _ in range(5))
        print(f"{name:42s} {wall:6.2f} s, of which {used:.2f} s of processor time")


COUNTS = {
    "screen": 400,
    "extract": 400,
    "jobs": 1000,
    "growth": 50,
    "whole": 100_000,
    "rescreen": 20_000,
    "evaluate": 1000,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "what", choices=("screen", "extract", "startup", "jobs", "growth", "whole", "rescreen", "evaluate")
    )
    parser.add_argument("notes", help="notes in any form that `match screen` reads, or JSON Lines with a text each")
    parser.add_argument("--count", type=int, help=f"notes (default: {COUNTS})")
    parser.add_argument("--ner", action="append", help="a recogniser; may be repeated (default: rules and default)")
    parser.add_argument("--protocol", action="append", type=Path, help="protocol file; default: the first sample")
    parser.add_argument("--medspacy", metavar="PYTHON", help="Python of an environment that has medspacy")
    parser.add_argument("--python", metavar="PYTHON", help="startup: Python of another environment that has matcher")
    args = parser.parse_args()
    args.ner = args.ner or (["rules"] if args.what in ("whole", "rescreen") else ["rules", "default"])
    args.count = args.count or COUNTS.get(args.what, 0)
    args.protocols = args.protocol or sorted(SAMPLES.glob("*.txt"))[:1]
    args.texts = corpus.texts(args.notes)
    machine()
    if args.what in ("screen", "extract"):
        rates(args)
        return
    with tempfile.TemporaryDirectory() as folder:
        measures = {
            "startup": startup, "jobs": jobs, "growth": growth, "rescreen": rescreen.bench, "evaluate": evaluate,
            "whole": whole,
        }  # fmt: skip
        measures[args.what](args, Path(folder))


if __name__ == "__main__":
    main()
