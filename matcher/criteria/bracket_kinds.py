"""What a bracket is for, told from its chunks: a reason, a range, a cause, for whom it is asked."""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.rows import strip


def explains(inner: list[Chunk]) -> bool:
    """ "(azithromycin may increase INR)": why it is asked."""
    if any(c.kind in ("spare", "comparison", "exception", "unless", "must") for c in inner):
        return False
    said = [word for c in inner[:2] for word in c.low.split()]
    noted = not lexicon().turns["noted_why"].isdisjoint(said)  # "(interaction with rifampicin)"
    return noted or any(c.low.split()[:1] in (["may"], ["can"], ["might"], ["could"]) for c in inner[1:])


def ranges(inner: list[Chunk]) -> bool:
    """ "(0 to 35 points scale)": how far a scale goes."""
    limits = [c for c in inner if c.comparison is not None]
    ranged = len(limits) == 1 and limits[0].comparison is not None and limits[0].comparison.value2 is not None
    words = {word for c in inner if c.comparison is None for word in c.low.split()}
    if ranged and _from_zero(limits[0]):
        return True  # "(0-10 NRS)"
    return ranged and bool(words) and words <= lexicon().turns["ranging"]


def _from_zero(chunk: Chunk) -> bool:
    return chunk.comparison is not None and chunk.comparison.value == 0.0 and chunk.comparison.unit is None


def caused(inner: list[Chunk]) -> bool:
    return any(c.low in lexicon().turns["cause"] - {"to"} for c in strip(inner[1:])[:1])


def opens_cause(inner: list[Chunk]) -> bool:
    """ "(due to asthma or COPD)", "(secondary to heart failure)": what it came from."""
    said = " ".join(c.low for c in inner[:2])
    return any(" " in cause and f"{said} ".startswith(f"{cause} ") for cause in lexicon().turns["cause"])


def people(inner: list[Chunk]) -> bool:
    """ "(women only)", "(for healthy controls)": for whom it is asked."""
    rest = [c for c in inner if c.kind not in ("scaffold", "person")]
    if len(rest) == 1 and rest[0].kind in ("sex", "childbearing") and rest[0].value != "both":
        return True
    if inner[0].kind != "group" or len(rest) < 2:
        return False
    if inner[0].low.startswith("for "):
        return True  # "(for patients with glioma)"
    if any(c.kind in ("comparison", "window", "number", "negation") for c in rest):
        return False
    return any(c.kind in ("word", "sex", "childbearing", "agegroup", "leaf") for c in rest[1:])


def described(inner: list[Chunk]) -> bool:
    """ "(patients with liver metastases)" behind a limit: whose limit it is."""
    people = len(inner) > 2 and inner[0].kind == "person" and inner[1].kind == "link"
    return people and not any(c.kind in ("comparison", "window", "number", "negation", "spare") for c in inner)
