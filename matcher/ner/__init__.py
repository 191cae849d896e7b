"""One recogniser for both sides: terminology matcher, quantities, models, sentences, assertion."""

from matcher.ner import quantities
from matcher.ner.recogniser import Recogniser, Rules, recogniser, register

__all__ = ["Recogniser", "Rules", "quantities", "recogniser", "register"]
