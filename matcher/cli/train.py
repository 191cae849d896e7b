"""``match train``: a recogniser of one's own, from annotated documents."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.cli import common

if TYPE_CHECKING:
    from matcher.train.transformer import Progress

EXAMPLE = "Example: match train notes.jsonl --base /models/clinicalbert --output my-ner; then --ner bert:my-ner"


def train(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="Annotated documents: .jsonl, .spacy, .conll, .bio, .ann, or folders."),
    ],
    base: Annotated[
        str,
        typer.Option(
            "--base", metavar="PATH_OR_ID", help="An encoder (folder or hub id), a spaCy pipeline, or spacy:blank."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the model goes.")],
    dev: Annotated[
        list[Path] | None,
        typer.Option("--dev", metavar="DATA", help="Validation documents; default: a share of DATA, by document."),
    ] = None,
    share: Annotated[
        float, typer.Option("--share", min=0.01, max=0.9, help="Of the documents, kept back to validate on.")
    ] = 0.15,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="CSV", help="What the labels mean: columns label, type.")
    ] = None,
    overlaps: Annotated[
        str, typer.Option("--overlaps", metavar="error|longest", help="Overlapping spans: refuse, or keep the longest.")
    ] = "error",
    epochs: Annotated[
        int, typer.Option("--epochs", min=1, help="At most; it stops early when F1 no longer rises.")
    ] = 6,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Rows a step.")] = 16,
    rate: Annotated[float, typer.Option("--rate", min=0.0, help="Highest learning rate.")] = 1e-4,
    patience: Annotated[int, typer.Option("--patience", min=1, help="Epochs without a better F1 before it stops.")] = 2,
    length: Annotated[int, typer.Option("--length", min=16, help="Word pieces in a row.")] = 128,
    seed: Annotated[int, typer.Option("--seed", help="The same seed, data and machine give the same model.")] = 0,
    device: Annotated[
        str | None, typer.Option("--device", metavar="cpu|cuda", help="Default: CUDA where there is one.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --output.")] = False,
    quiet: common.Quiet = False,
) -> None:
    """Train a recogniser on annotated documents and report on documents that it did not see."""
    common.choice("--overlaps", overlaps, ("error", "longest"))
    from matcher.train.engine import train as run
    from matcher.train.transformer import Schedule

    schedule = Schedule(
        epochs=epochs, batch=batch, rate=rate, patience=patience, length=length, seed=seed, device=device
    )
    with _bar(quiet) as show:
        done = run(
            data, base, output, schedule, dev=dev or (), share=share, labels=labels, overlaps=overlaps, resume=resume,
            progress=show,
        )  # fmt: skip
    print(f"{done.training} documents trained on, {done.validation} kept back; F1 on those: {done.report.total.f1:.3f}")
    print(done.report.table())
    print(f"use it: --ner {done.ner}")


@contextmanager
def _bar(quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on standard error; a line an epoch where that is no terminal."""
    if quiet:
        yield None
    elif not sys.stderr.isatty():
        yield lambda done, total, text: common.say(text, quiet="F1" not in text)
    else:
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True)) as bar:
            task = bar.add_task("training")
            yield lambda done, total, text: bar.update(task, completed=done, total=total, description=text)
