"""Reading notes: text, tables, documents; sections; dates; the de-identification check."""

from matcher.notes.patient import Patient, Problem
from matcher.notes.read import read

__all__ = ["Patient", "Problem", "read"]
