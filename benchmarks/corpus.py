"""Notes by the hundred thousand from some hundred: texts repeated with changes, so that no cache knows the next one.

A copy keeps its wording; its numbers differ by up to a fifth, a tenth of its paragraphs is left out, and it has an id
and a date of its own. The same arguments give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_NUMBER = re.compile(r"(?<![\w./-])\d{1,4}(?:\.\d{1,2})?(?![\w./-])")
_DAY = dt.date(2024, 1, 15)


def texts(path: str) -> list[str]:
    """The notes of a table of ours, or of any JSON Lines file whose rows have a ``text``; else what `match` reads."""
    if path.endswith(".jsonl"):
        with Path(path).open(encoding="utf-8") as lines:
            return [json.loads(line)["text"] for line in lines]
    from matcher.notes import read

    return [note.text for patient in read(path, []) for note in patient.notes]


def changed(text: str, chance: random.Random) -> str:
    """A copy of ``text`` that no other copy equals."""

    def other(number: re.Match[str]) -> str:
        written = number[0]
        value = float(written) * chance.uniform(0.8, 1.2)
        return f"{value:.{len(written.partition('.')[2])}f}"

    parts = [part for part in text.split("\n\n") if chance.random() > 0.1] or [text]
    return _NUMBER.sub(other, "\n\n".join(parts))


def rows(originals: Sequence[str], count: int, times: int = 1) -> Iterator[dict[str, str]]:
    """``count`` notes, one a patient; each is ``times`` originals long."""
    for number in range(count):
        chance = random.Random(number)
        chosen = (originals[(number * times + more) % len(originals)] for more in range(times))
        day = _DAY - dt.timedelta(days=chance.randrange(1000))
        text = "\n\n".join(changed(one, chance) for one in chosen)
        yield {"patient_id": f"p{number:06d}", "note_id": f"n{number:06d}", "date": day.isoformat(), "text": text}


def write(file: Path, originals: Sequence[str], count: int, times: int = 1) -> Path:
    """The rows as a JSON Lines table."""
    with file.open("w", encoding="utf-8") as stream:
        for row in rows(originals, count, times):
            stream.write(json.dumps(row) + "\n")
    return file


def protocols(folder: Path, sources: Sequence[Path], count: int) -> Path:
    """``count`` protocol files: those there are, again under other names where they do not suffice."""
    folder.mkdir()
    for number in range(count):
        source = sources[number % len(sources)]
        (folder / f"{number:02d}-{source.name}").write_bytes(source.read_bytes())
    return folder
