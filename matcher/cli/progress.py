"""Progress on standard error: a line that changes on a terminal, a line a minute elsewhere if asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.run.tally import Tally


@contextmanager
def progress(quiet: bool, verbose: bool = False) -> Iterator[Callable[[Tally], None]]:
    """A function to call after each patient; it speaks after the first second of work.

    Without a terminal it is silent, or, ``verbose``, writes a line a minute.
    """
    terminal = sys.stderr.isatty()
    if quiet or not (terminal or verbose):
        yield lambda run: None
        return
    start = last = time.monotonic()
    pause = 0.2 if terminal else 60.0
    shown = False

    def show(run: Tally) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if now - start > 1 and now - last > pause:
            said = line(run, now - start)
            sys.stderr.write(f"\r{said}\033[K" if terminal else f"match: {said}\n")
            sys.stderr.flush()
            last, shown = now, terminal

    try:
        yield show
    finally:
        if shown:
            sys.stderr.write("\r\033[K")


def line(run: Tally, seconds: float) -> str:
    """Patients, notes, rate, time left. A resumed run's rate and time are those of what it had still to do."""
    done = run.patients + run.failed
    fresh = done - run.resumed
    of = f" of {run.expected}" if run.expected else ""
    said = f"{done}{of} patients, {run.notes} notes, {fresh / seconds:.0f} patients/s"
    if fresh and run.expected > done:
        said += f", {duration((run.expected - done) * seconds / fresh)} left"
    return said


def duration(seconds: float) -> str:
    """As a reader says it: "40 s", "12 min", "3 h 20 min"."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
