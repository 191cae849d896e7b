"""A disease that no note names because it describes it: fever, stiff neck and headache are a meningitis.

The pictures are data (``resources/evaluate/pictures.toml``), each with its source. One is read only in favour of the
patient, where no note names, denies or explains the disease, and what it tells is marked as assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from matcher.evaluate import data
from matcher.evaluate.demography import completed
from matcher.evaluate.index import Index
from matcher.evaluate.limits import sex_of
from matcher.evaluate.measure import MeasurePlan
from matcher.evaluate.outcome import Outcome
from matcher.evaluate.plan import Plan, Setting
from matcher.model import Concept, Fact, Leaf

TOBACCO = "tobacco"
_WIDEST = 400
"""Concepts under one that may be told by the picture of a narrower one: a deep vein thrombosis is one of the veins."""


@cache
def implied() -> frozenset[str]:
    """Words of a criterion that ask no more than a picture tells."""
    return frozenset(data.table("pictures")["implied"])


@dataclass(frozen=True, slots=True)
class Row:
    """One picture of the table."""

    disease: str
    needs: tuple[tuple[str, ...], ...]
    signs: tuple[tuple[str, ...], ...]
    least: int
    ages: tuple[float, float]
    sex: str | None
    possible: bool
    denies: tuple[str, ...]
    source: str


@cache
def rows() -> tuple[Row, ...]:
    """The table."""
    return tuple(
        Row(
            row["disease"].partition(" ")[0],
            needs=tuple(map(tuple, row.get("needs", ()))),
            signs=tuple(map(tuple, row.get("signs", ()))),
            least=row.get("least", 0),
            ages=(row.get("from", 0), row.get("to", 200)),
            sex=row.get("sex"),
            possible=row.get("certainty") == "possible",
            denies=tuple(entry.partition(" ")[0] for entry in row.get("denies", ())),
            source=row["source"],
        )
        for row in data.table("pictures")["picture"]
    )


class Group:
    """Signs of which one is enough."""

    def __init__(self, entries: Sequence[str], leaf: Leaf, setting: Setting, whole: bool) -> None:
        """``whole``: a disease among them may be there by its own picture."""
        self.tobacco = TOBACCO in entries
        ids: set[str] = set()
        self.values: list[Plan] = []
        self.pictures: list[Picture] = []
        for entry in entries:
            id, _, name = entry.partition(" ")
            side = name.rpartition(" ")[2]
            if side in ("high", "low"):
                self.values.append(_beyond(id, name.removesuffix(side).strip(), side, leaf, setting))
            elif entry != TOBACCO:
                ids |= setting.terminology.descendants(id)
                if whole:
                    self.pictures += [Picture(row, leaf, setting, False) for row in rows() if row.disease == id]
        self.ids = frozenset(ids)
        self.asks_tobacco: bool = self.tobacco or any(picture.asks_tobacco for picture in self.pictures)

    def reach(self) -> frozenset[str]:
        values = (plan.reach() for plan in self.values)
        return self.ids.union(*values, *(picture.reach() for picture in self.pictures))

    def found(self, index: Index) -> tuple[Fact, ...]:
        """The facts that speak for the group; none where it is not there."""
        present = [f for f in index.of(self.ids) if f.assertion in ("present", "historical") and f.status != "past"]
        now = [f for f in present if f.assertion == "present"] or present
        if now:
            return (now[-1],)
        if self.tobacco:
            smoked = [f for f in index.by_kind.get("behaviour", ()) if TOBACCO in f.qualifiers and f.result != "none"]
            smoked = [f for f in smoked if f.assertion in ("present", "historical")]
            if smoked:
                return (smoked[-1],)
        for plan in self.values:
            if not plan.bearing.on(index):
                continue
            valued = plan.evaluate(index)
            if valued.truth == "met" and valued.facts:
                return (valued.facts[-1],)
        return next((seen for seen in (p.seen(index) for p in self.pictures) if seen), ())


def _beyond(id: str, name: str, side: str, leaf: Leaf, setting: Setting) -> Plan:
    """A value beyond its reference range."""
    high = side == "high"
    asked = replace(
        leaf,
        op="measurement",
        concept=Concept("LOINC", id, name),
        term=name,
        cmp=">" if high else "<",
        value=1.0,
        value2=None,
        unit=None,
        uln=high,
        lln=not high,
        window=None,
        status=None,
        qualifiers=(),
    )
    return MeasurePlan(asked, setting)


class Picture:
    """One picture, compiled."""

    def __init__(self, row: Row, leaf: Leaf, setting: Setting, whole: bool = True) -> None:
        self.row = row
        self.needs = [Group(entries, leaf, setting, whole) for entries in row.needs]
        self.signs = [Group(entries, leaf, setting, False) for entries in row.signs]
        self.asks_tobacco: bool = any(group.asks_tobacco for group in (*self.needs, *self.signs))
        """Also in the picture of a disease that is a part of this one."""
        self.terminology = setting.terminology

    def reach(self) -> frozenset[str]:
        groups = (group.reach() for group in (*self.needs, *self.signs))
        return _rivals(self.row.disease, self.terminology).union(self.row.denies, *groups)

    def seen(self, index: Index) -> tuple[Fact, ...]:
        """The facts that make up the picture; none where it is not whole, or another disease explains them."""
        needed = []
        for group in self.needs:
            if not (found := group.found(index)):
                return ()
            needed.append(found)
        more = [found for group in self.signs if (found := group.found(index))]
        if len(more) < self.row.least or not self._of_whom(index) or self._explained(index):
            return ()
        if self.row.denies and not any(f.assertion == "absent" for f in index.of(frozenset(self.row.denies))):
            return ()
        return tuple(dict.fromkeys(f for found in (*needed, *more) for f in found))

    def _of_whom(self, index: Index) -> bool:
        if self.row.sex is not None and sex_of(index) not in (None, self.row.sex):
            return False
        years = completed(index, "year")
        low, high = self.row.ages
        return years is None or (years[0].high >= low and years[0].low <= high)

    def _explained(self, index: Index) -> bool:
        """Whether the notes name another disease of which a sign is the sign, too."""
        rivals = _rivals(self.row.disease, self.terminology)
        return any(f.assertion in ("present", "historical") and f.status != "past" for f in index.of(rivals))


@cache
def _rivals(disease: str, terminology: Any) -> frozenset[str]:
    """The other diseases of the table whose picture shares a needed sign, but for those that are signs themselves."""
    own = [row for row in rows() if row.disease == disease]
    needed = {entry for row in own for group in row.needs for entry in group}
    kept = terminology.descendants(disease) | {c.id for c in terminology.ancestors(disease)}
    for row in own:
        for group in (*row.needs, *row.signs):
            for entry in group:
                if entry != TOBACCO:
                    kept = kept | terminology.descendants(entry.partition(" ")[0])
    others: set[str] = set()
    for row in rows():
        if row.disease != disease and any(entry in needed for group in (*row.needs, *row.signs) for entry in group):
            others |= terminology.descendants(row.disease)
    return frozenset(others - kept)


class Pictures:
    """What a leaf may be told by."""

    __slots__ = ("_sure_first", "pictures", "tobacco")

    def __init__(self, leaf: Leaf, setting: Setting) -> None:
        self.pictures: list[Picture] = []
        self._sure_first = self.pictures
        self.tobacco = False
        if leaf.op != "condition" or leaf.concept is None or leaf.window is not None or leaf.status == "past":
            return
        if setting.policy.off or not setting.wanted or leaf.count is not None or leaf.stable or leaf.cmp is not None:
            return
        own = leaf.concept.id
        narrow = len(setting.terminology.descendants(own)) <= _WIDEST
        for row in rows():
            if row.disease == own or (narrow and setting.terminology.is_a(row.disease, own)):
                self.pictures.append(Picture(row, leaf, setting))
        self._sure_first = sorted(self.pictures, key=lambda picture: picture.row.possible)
        self.tobacco = any(picture.asks_tobacco for picture in self.pictures)

    def reach(self) -> frozenset[str]:
        """The concept ids that may bear on the leaf."""
        reached: frozenset[str] = frozenset()
        return reached.union(*(picture.reach() for picture in self.pictures))

    def read(self, plan: Plan, index: Index, suspected: bool) -> Outcome | None:
        """The disease by its picture; open, where that is enough for a suspicion alone and more is asked for."""
        # what is certain goes before what is only possible
        for picture in self.pictures if suspected else self._sure_first:
            facts = picture.seen(index)
            if not facts:
                continue
            said = ", ".join(f"“{text}”" for text in dict.fromkeys(f.text for f in facts))
            if picture.row.possible and not suspected:
                return plan.open(
                    f"{plan.name} is not named; {said} may be its signs ({picture.row.source})",
                    f"{plan.leaf.op}.picture",
                    facts=facts,
                    needs=f"confirm or rule out: {plan.name}",
                )
            return plan.assumed(
                "met",
                f"{plan.name} is not named, but its picture is documented: {said} ({picture.row.source})",
                f"{plan.leaf.op}.picture",
                facts=facts,
            )
        return None
