"""``bench rescreen``: notes read once into a fact store, then screened again and again.

CPU seconds are those of the command and its workers together; on a quiet machine of two cores the wall time is a
little more than half of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import corpus

TWENTY = Path(__file__).parent / "twenty-criteria.txt"


def spent(*arguments: str) -> str:
    """Wall and CPU time of a command, and the memory of its largest process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "matcher", *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)}: failed")
    wall = time.perf_counter() - start
    return f"{wall:6.1f} s, {used.ru_utime + used.ru_stime:6.1f} CPU s, {used.ru_maxrss / 1024:4.0f} MiB"


def bench(args: argparse.Namespace, folder: Path) -> None:
    notes = corpus.write(folder / "notes.jsonl", args.texts, args.count)
    text = notes.stat().st_size / args.count
    store, ner = str(folder / "store"), args.ner[0]
    keep = ("extract", str(notes), "--store", store, "--ner", ner, "--quiet")
    print(f"{args.count} notes of {text:.0f} bytes, --ner {ner}")
    print(f"kept for the first time:  {spent(*keep)}")
    size = sum(file.stat().st_size for file in Path(store).iterdir())
    print(f"size of the store:        {size / (1 << 20):.1f} MiB, {size / args.count:.0f} bytes a note")
    print(f"again, nothing changed:   {spent(*keep)}")
    rest = ("--quiet", "--format", "jsonl", "-o", str(folder / "out.jsonl"), "--phi", "ignore")
    protocol = str(args.protocol[0] if args.protocol else TWENTY)
    for jobs in ("2", "1"):
        for _ in range(2):
            print(f"screened, --jobs {jobs}:       {spent('screen', store, protocol, *rest, '--jobs', jobs)}")
    print(f"from the notes, --jobs 2: {spent('screen', str(notes), protocol, *rest, '--ner', ner, '--jobs', '2')}")
    for count in (1, 2, 5, 10, 20, 50):
        many = corpus.protocols(folder / f"protocols{count}", [TWENTY, *args.protocols], count)
        print(f"{count:3d} protocols:            {spent('screen', store, str(many), *rest, '--jobs', '2')}")
