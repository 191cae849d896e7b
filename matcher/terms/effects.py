"""Classes of drugs named by what they do: "medications that may prolong the QT interval"."""

from __future__ import annotations

import re
from functools import cache

from matcher import resources
from matcher.patterns import alternatives


def drug_class(text: str) -> str | None:
    """The id of the class of drugs that has the effect; None where the words name none of the table."""
    for pattern, id in _patterns():
        if pattern.fullmatch(text):
            return id
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    table = resources.toml("terms/drug_effects")
    opens = rf"(?:any\s)?(?:{alternatives(table['drugs'])})\s(?:(?:{alternatives(table['links'])})\s)?"
    fillers = rf"(?:(?:{alternatives(table['fillers'])})\s)*"
    return tuple(
        (
            re.compile(
                rf"{opens}(?:{_forms(row['verbs'])})\s{fillers}(?:{alternatives(row['objects'])})", re.IGNORECASE
            ),
            row["class"],
        )
        for row in table["effect"]
    )


def _forms(verbs: list[str]) -> str:
    """The verbs in any of their forms: "lower", "lowers", "lowering"; "interfering with"."""
    forms: set[str] = set()
    for verb in verbs:
        first, blank, rest = verb.partition(" ")
        stem = first.removesuffix("e")
        forms.update(one + blank + rest for one in (first, first + "s", stem + "ing", first + "ing"))
    return alternatives(forms)
