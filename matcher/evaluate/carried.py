"""Infections that a patient carries unseen: "no signs of infection" of a wound or a urine denies no HIV."""

from __future__ import annotations

from collections.abc import Iterable

from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf


def denials_of(leaf: Leaf, denied: Iterable[Fact], setting: Setting) -> list[Fact]:
    """Those of the wider denials that speak of the leaf, too."""
    table = rules()["carried"]
    denied = list(denied)
    bare = [f for f in denied if f.concept is not None and f.concept.id in table["infection"]]
    if not bare or leaf.concept is None:
        return denied
    unseen = any(setting.terminology.is_a(leaf.concept.id, id) for id in table["of"])
    return [f for f in denied if f not in bare] if unseen else denied
