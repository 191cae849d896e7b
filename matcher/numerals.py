"""Numbers in words."""

import re

NUMERALS: dict[str, float] = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {
    word: float(value)
    for word, value in zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True
    )
}
"""The value of a word, up to ninety; "twenty-five" is two of them."""
ORDINALS = ("zeroth", *"first second third fourth fifth sixth seventh eighth".split())
"""Places in an order, in order."""


def number(text: str) -> float | None:
    """The value of a number in figures or in words ("12", "twenty-five"), or None."""
    try:
        return float(text)
    except ValueError:
        values = [NUMERALS.get(part) for part in re.split(r"[\s-]", text.lower())]
        return None if None in values else float(sum(v for v in values if v is not None))
