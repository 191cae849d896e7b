"""What all tests share: the command as a process, and the samples."""

import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data" / "samples"


class Done:
    """What a command did."""

    def __init__(self, process: subprocess.CompletedProcess) -> None:
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def rows(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def match(tmp_path):
    """Run ``match ARGUMENTS`` as users run it: a process with pipes, in an empty folder."""

    def run(*arguments, stdin: bytes = b"", env: dict | None = None, timeout: int = 120) -> Done:
        return Done(
            subprocess.run(
                [sys.executable, "-m", "matcher", *map(str, arguments)],
                input=stdin,
                capture_output=True,
                cwd=tmp_path,
                env={**os.environ, **(env or {})},
                timeout=timeout,
            )
        )

    return run


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture
def cpu():
    """Processor seconds of a call, the least of three without the garbage collector: for how a cost grows, no more."""

    def seconds(call) -> float:
        least = float("inf")
        gc.collect()
        gc.disable()
        try:
            for _ in range(3):
                started = time.process_time()
                call()
                least = min(least, time.process_time() - started)
        finally:
            gc.enable()
        return least

    return seconds


@pytest.fixture
def work():
    """Lines of Python that a call runs: how its cost grows, alike on every machine; what patterns cost is not in it."""

    def lines(call) -> int:
        count = 0

        def each(frame, event, _):
            nonlocal count
            count += event == "line"
            return each

        before = sys.gettrace()
        sys.settrace(each)
        try:
            call()
        finally:
            sys.settrace(before)
        return count

    return lines
