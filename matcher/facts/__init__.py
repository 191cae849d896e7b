"""Facts of a patient: concepts, values, time and assertion, merged over notes, derived values added."""

from .extract import Extractor
from .record import record

__all__ = ["Extractor", "record"]
