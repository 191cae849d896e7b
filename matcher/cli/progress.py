"""A progress bar on standard error for more than a second of work; none without a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.run.screen import Run


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[Run], None]]:
    """A function to call after each patient."""
    if quiet or not sys.stderr.isatty():
        yield lambda run: None
        return
    start = last = time.monotonic()
    shown = False

    def show(run: Run) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if now - start > 1 and now - last > 0.2:
            rate = run.notes / (now - start)
            sys.stderr.write(f"\r{run.patients} patients, {run.notes} notes, {rate:.0f} notes/s\033[K")
            sys.stderr.flush()
            last, shown = now, True

    try:
        yield show
    finally:
        if shown:
            sys.stderr.write("\r\033[K")
