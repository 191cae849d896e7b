"""Facts of a patient: concepts, values, time and assertion, merged over notes, derived values added."""

from matcher.facts.extract import Extractor
from matcher.facts.record import in_time, joined, record
from matcher.facts.rows import COLUMNS, rows

__all__ = ["COLUMNS", "Extractor", "in_time", "joined", "record", "rows"]
