"""Numbers in words."""

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
