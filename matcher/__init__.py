"""Which patients may be eligible for a trial, and why: criterion by criterion, with the quote."""

__version__ = "0.1.0"
