"""Facts of a patient: concepts, values, time and assertion, merged over notes, derived values added."""

from matcher.facts.extract import Extractor
from matcher.facts.record import record
from matcher.facts.rows import COLUMNS, rows

__all__ = ["COLUMNS", "Extractor", "record", "rows"]
