"""Readers of the public vocabularies that `scripts/build_terms.py` joins into the built tables."""
