"""Protocols: reading them, cutting them into criteria, and understanding each as a logic tree of predicates."""

from matcher.criteria.edited import apply, dump
from matcher.criteria.parse import parse, parse_item
from matcher.criteria.read import read
from matcher.criteria.segments import segment
from matcher.criteria.source import Source, of_text
from matcher.criteria.wanted import Wanted, wanted

__all__ = ["Source", "Wanted", "apply", "dump", "of_text", "parse", "parse_item", "read", "segment", "wanted"]
