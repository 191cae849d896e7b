"""What to say of an error in the program: where, never what it was about."""

from __future__ import annotations


def fault_of(error: BaseException) -> str:
    """What broke and where in the program; the message of the error could hold note text and is left out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "?"
    if trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rsplit('matcher/', 1)[-1]}:{trace.tb_lineno}"
    return f"an error in the program ({type(error).__name__} at {place}); please report it"
