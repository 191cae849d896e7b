"""One name or list of names with a value for each: "Sodium and potassium were 138 and 4.2", "AST/ALT 45/50"."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.facts import gaps
from matcher.facts.fit import Anchor
from matcher.facts.gaps import LATER, LIST, linked
from matcher.facts.page import Draft, Page
from matcher.ner.quantities import Number, halves, is_acuity

if TYPE_CHECKING:
    from matcher.facts.values import Values


def share(values: Values, page: Page, group: list[Anchor], region: list[Number], used: set[int]) -> bool:
    """Add one value for each measure, in order, and say whether there are such ("AST/ALT 45/50")."""
    text = page.text
    first = region[0]
    if not linked(text[group[-1].end : first.start]):
        return False
    if len(group) == 2 and first.kind == "fraction" and not is_acuity(first):
        parts = list(halves(text, first))
        used_numbers = [first]
    else:
        parts = region[: len(group)]
        for left, right in itertools.pairwise(parts):
            if not LIST.match(text[left.end : right.start]):
                return False
        used_numbers = parts
    if len(parts) != len(group):
        # "AST and ALT < 40": one limit for all.
        if len(region) == 1 and (first.cmp or re.search(r"\b(?:both|each|all)\b", text[group[-1].end : first.start])):
            parts = [first] * len(group)
        else:
            return False
    drafts = []
    if all(part.unit is None for part in parts[:-1]) and parts[-1].unit is not None:
        parts = [part if part.unit else replace(part, unit=parts[-1].unit) for part in parts]
    for anchor, number in zip(group, parts, strict=True):
        quantity = values.fit.quantity(anchor, number)
        if quantity is None:
            return False
        drafts.append(values.draft(anchor, number, quantity, "value.respectively"))
    if parts[0] not in used_numbers:
        drafts = _again(values, text, group, region, drafts, used_numbers)
    for draft in drafts:
        page.add(draft)
    used.update(n.start for n in used_numbers)
    return True


def _again(
    values: Values, text: str, group: list[Anchor], region: list[Number], drafts: list[Draft], read: list[Number]
) -> list[Draft]:
    """The values of two measures with those that came of them: "AST/ALT 300/280 -> 40/35"."""
    latest = drafts
    for number in region[1:]:
        gap = text[read[-1].end : number.start]
        if number.kind != "fraction" or not (LATER.match(gap) or gaps.moment(gap) is not None):
            break
        parts = halves(text, number)
        found = [values.fit.quantity(anchor, part) for anchor, part in zip(group, parts, strict=True)]
        told = [
            values.draft(anchor, part, value, "value.respectively")
            for anchor, part, value in zip(group, parts, found, strict=True)
            if value is not None
        ]
        if len(told) < len(group):
            break
        for draft in latest:
            draft.assertion, draft.rule = "historical", "value.past"
        latest = told
        drafts = [*drafts, *told]
        read.append(number)
    return drafts
