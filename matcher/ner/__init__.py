"""One recogniser for both sides: terminology matcher, quantities, models, sentences, assertion."""

from . import quantities
from .recogniser import Recogniser, Rules, recogniser, register

__all__ = ["Recogniser", "Rules", "quantities", "recogniser", "register"]
