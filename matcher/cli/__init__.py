"""The command line: one file a command, arguments in, calls out. Heavy packages are imported where they are used."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def main() -> None:
    """The ``match`` console script: exit statuses of the contract, no traceback for a user's mistake."""
    tune()
    _open_streams()
    sys.exit(run(sys.argv[1:]))


def tune() -> None:
    """Set what a process of the command sets before anything is imported."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # The model's matrices are small: a second thread of NumPy's costs more than it brings, and takes a worker's core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The start makes some hundred thousand objects that all stay: looking through them is a fifth of it.
    gc.set_threshold(100_000, 20, 20)


def _open_streams() -> None:
    """A stream that the caller closed: nothing can be written to standard output, and errors go nowhere."""
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _leave_output() -> None:
    """Python must not try to flush at exit what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit status (0, 1, 2, 130)."""
    import typer

    from matcher.cli.app import app
    from matcher.errors import MatchError

    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        status = app(arguments, standalone_mode=False, prog_name="match")
        sys.stdout.flush()
        return int(status or 0)
    except MatchError as error:
        print(f"match: {error}", file=sys.stderr)
        return 2
    except typer.Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("match: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _leave_output()  # whoever read it has gone; nothing is left to say
        return 141
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        _leave_output()
        print(f"match: standard output cannot be written ({error.strerror})", file=sys.stderr)
        return 2
    except Exception as error:
        if not hasattr(error, "show"):
            raise
        error.show()  # a usage error of typer's own: wrong options, a missing argument
        return 2
