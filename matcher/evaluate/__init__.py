"""From a criterion's logic and a patient's record to a verdict, its reason, evidence, derivation and score."""

from __future__ import annotations

from matcher.evaluate.evaluator import Evaluator
from matcher.evaluate.index import Index
from matcher.evaluate.needs import Needs
from matcher.evaluate.score import rank

__all__ = ["Evaluator", "Index", "Needs", "rank"]
