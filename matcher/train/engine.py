"""`match train` behind the command: read, split, train, say where the model is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import MatchError
from matcher.train import documents

if TYPE_CHECKING:
    from matcher.train.report import Report
    from matcher.train.transformer import Progress, Schedule


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out: the report on the validation documents, and the name for ``--ner``."""

    report: Report
    ner: str
    training: int
    validation: int


def train(
    data: Sequence[Path],
    base: str,
    output: Path,
    schedule: Schedule,
    *,
    dev: Sequence[Path] = (),
    share: float = 0.15,
    labels: Path | None = None,
    overlaps: str = "error",
    resume: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Train on ``data``; without ``dev`` a ``share`` of its documents is kept back to validate on.

    ``base``: a folder or hub id of an encoder, a spaCy pipeline (folder, or ``spacy:NAME``), or ``spacy:blank``.
    Raises `MatchError` for data, base or output that cannot be used.
    """
    if output.exists() and not resume and (not output.is_dir() or any(output.iterdir())):
        raise MatchError(f"--output {output} exists and is not empty; name a new folder, or go on with --resume")
    found = documents.read(data, labels, overlaps)
    if dev:
        training, validation = found, documents.read(dev, labels, overlaps)
    else:
        training, validation = documents.split(found, share, schedule.seed)
    if not any(d.entities for d in training):
        raise MatchError("the documents to train on have no annotation")
    spacy_base = base.startswith("spacy:") or (Path(base) / "config.cfg").is_file()
    if spacy_base:
        if resume:
            raise MatchError("--resume: a spaCy pipeline has no checkpoint; name the saved folder as --base instead")
        from matcher.train import spacy_loop

        report = spacy_loop.train(base, training, validation, output, schedule, progress=progress)
        name = f"scispacy:{output}"
        if labels is not None:
            name += f"@{output / 'labels.csv'}"
    else:
        from matcher.train import transformer

        report = transformer.train(base, training, validation, output, schedule, resume=resume, progress=progress)
        name = f"bert:{output}"
    if labels is not None:
        (output / "labels.csv").write_bytes(labels.read_bytes())
    (output / "report.txt").write_text(report.table() + "\n", encoding="utf-8")
    return Trained(report, name, len(training), len(validation))
