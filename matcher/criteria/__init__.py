"""Protocols: reading them, cutting them into criteria, and understanding each as a logic tree of predicates."""

from .edited import apply, dump
from .parse import parse, parse_item
from .read import read
from .segments import segment
from .source import Source, of_text
from .wanted import Wanted, wanted

__all__ = ["Source", "Wanted", "apply", "dump", "of_text", "parse", "parse_item", "read", "segment", "wanted"]
