"""Errors that a user can mend: what was found, where, what is allowed, what to do. Never note text."""


class MatchError(Exception):
    """A user's mistake or unusable input: printed as one line, exit status 2, no traceback."""


class InputProblem(MatchError):
    """One input that could not be read; the others go on (exit status 1)."""
