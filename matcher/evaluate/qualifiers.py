"""Whether a fact has the severity, side, acuity … that a leaf asks for."""

from __future__ import annotations

import re
from functools import cache

from matcher.evaluate import data
from matcher.evaluate.index import Index
from matcher.model import Fact, Leaf, Truth
from matcher.patterns import alternatives
from matcher.terms import lexical


class Asked:
    """A leaf's qualifiers, grouped: words of one group are alternatives, groups must all hold.

    "Severe or uncontrolled" are alternatives of two groups.
    """

    __slots__ = ("either", "free", "groups", "scales", "side")

    def __init__(self, words: tuple[str, ...]) -> None:
        known: dict[str, str] = data.table("qualifiers")["group_of"]
        groups: dict[str, list[str]] = {}
        free = []
        spelling: dict[str, str] = data.table("qualifiers")["spelling"]
        either = []
        plain: list[str] = []
        for said in words:
            if other := _other_ways(said.lower()):
                plain += other
                continue
            parts = said.lower().split(" or ") if said.lower() not in spelling else [said]
            meant = [w for part in parts for w in spelling.get(part.lower(), part).split("|")]
            own = {known.get(w.lower()) for w in meant}
            if len(parts) > 1 and None in own:
                plain.append(said)
            elif len(own) > 1 and len(parts) > 1:
                either.append(tuple(Asked((part,)) for part in parts))
            else:
                plain += meant
        self.either: tuple[tuple[Asked, ...], ...] = tuple(either)
        for word in plain:
            group = known.get(word.lower())
            if group is None:
                free.append(word.lower())
            else:
                groups.setdefault(group, []).append(word.lower())
        self.groups = {g: frozenset(w) for g, w in groups.items() if g not in _status()}
        self.free = tuple(free)
        self.side = self.groups.pop("laterality", None)
        self.scales: frozenset[str] = frozenset()
        """The disease's own scales that tell whether it has symptoms."""

    def __bool__(self) -> bool:
        return bool(self.groups or self.free or self.side or self.either)

    def _studied(self, index: Index) -> frozenset[str] | None:
        """The side of the eye, knee … under study, where the notes tell it; None where they do not."""
        for note in reversed(index.notes.values()):
            for match in _told_studied().finditer(note.text):
                said = (match["behind"] or match["before"]).lower()
                table = data.table("qualifiers")["studied"]
                return frozenset({next(side for side in ("left", "right") if said in table[side])})
        return None

    def acute(self) -> bool:
        """Whether something acute is asked, and nothing chronic beside it."""
        return self.groups.get("acuity") == frozenset({"acute"})

    def of(self, fact: Fact, index: Index) -> tuple[Truth, str]:
        """Does the fact have them? With the words that decide or are missing."""
        if not self:
            return "met", ""
        own = frozenset(fact.qualifiers)
        if "route" in self.groups and fact.concept is not None:
            table = data.table("qualifiers")
            usual = table["usual_route"].get(fact.concept.name.lower())
            ways = frozenset(table["groups"]["route"]["words"])
            brand = _brand(fact.text)
            if brand is not None:
                own = own - ways | {brand}
            elif usual and not own & ways:
                own |= {usual}
        truth: Truth = "met"
        missing = []
        table = data.table("qualifiers")
        asked_side = self._studied(index) if self.side == _STUDIED else self.side
        if asked_side is not None:
            side = _side(asked_side, own)
            if side == "not_met":
                return "not_met", "the side differs"
            if side == "unknown":
                truth = "unknown"
                missing.append("/".join(sorted(asked_side)))
        for group, words in self.groups.items():
            rule = table["groups"][group]
            covers: dict[str, list[str]] = rule.get("covers", {})
            wide = words | {w for asked in words for w in covers.get(asked, ())}
            if own & wide:
                continue
            others = own & frozenset(rule["words"])
            if group == "severity" and fact.concept is not None:
                others -= set(fact.concept.name.lower().split())  # a "major depressive disorder" is of any degree
            if not others and _near(words, fact, index.quote(fact)):
                continue
            if not others and group == "symptoms" and (shown := _symptoms(fact, index, self.scales)) is not None:
                if shown in words:
                    continue
                return "not_met", f"it is {shown}, not {'/'.join(sorted(words))}"
            if not others and group == "extent" and (staged := _by_stage(words, fact, index)) is not None:
                if staged[0] == "met":
                    continue
                return "not_met", f"it is {staged[1]}, not {'/'.join(sorted(words))}"
            if others - wide and rule.get("exclusive", True):
                return "not_met", f"it is {', '.join(sorted(others))}, not {'/'.join(sorted(words))}"
            denied: dict[str, list[str]] = rule.get("denied_by", {})
            named = fact.concept.name.lower().split() if group == "cause" and fact.concept is not None else ()
            said = own.union(named)  # "IPF" is idiopathic
            against = said.intersection(*[denied.get(asked, ()) for asked in words])
            if against and own.isdisjoint(rule.get("denied_unless", ())):
                return "not_met", f"it is {', '.join(sorted(against))}, not {'/'.join(sorted(words))}"
            if rule.get("unstated", "unknown") == "met" or words & frozenset(rule.get("default", ())):
                continue
            truth = "unknown"
            missing.append("/".join(sorted(words)))
        for parts in self.either:
            found = [part.of(fact, index) for part in parts]
            if all(said == "not_met" for said, _ in found):
                return "not_met", found[0][1]
            if not any(said == "met" for said, _ in found):
                truth = "unknown"
                missing.append(" or ".join(words for said, words in found if said == "unknown"))
        if self.free:
            quote = index.quote(fact).lower()
            operative = fact.section in data.table("rules")["operative_sections"]
            for word in self.free:
                if operative and word in data.table("rules")["operative_words"]:
                    continue
                if fact.assertion == "planned" and word in data.table("rules")["planned_means"]:
                    continue
                if word not in own and _turned(word, quote):
                    return "not_met", f"it is not {word}"
                if word not in own and word not in quote and not lexical.told((word,), quote):
                    truth = "unknown"
                    missing.append(word)
        return truth, ", ".join(missing)


def symptom_scales() -> dict[str, float]:
    """The step of a disease's own scale from which on it is symptomatic."""
    table: dict[str, float] = data.table("qualifiers")["symptom_scales"]
    return table


def _symptoms(fact: Fact, index: Index, scales: frozenset[str]) -> str | None:
    """ "Knee osteoarthritis with pain on stairs" is symptomatic, "… no pain" is not; None where neither is said."""
    plain = data.table("qualifiers")["complaints"]
    said = [
        other.assertion
        for other in index.by_kind.get("condition", ())
        if (other.note_id, other.quote_start) == (fact.note_id, fact.quote_start)
        and other.concept is not None
        and other.concept.system == "HPO"
        and (fact.concept is None or other.concept.id != fact.concept.id)
        and (other.assertion == "present" or not set(other.text.lower().split()).isdisjoint(plain))
    ]
    if "present" in said:
        return "symptomatic"
    for scale in reversed(index.of(scales) if scales else []):
        found, least = scale.quantity, symptom_scales().get(scale.concept.id if scale.concept is not None else "")
        if found is None or least is None or found.low is None or found.high is None or scale.assertion != "present":
            continue
        return "symptomatic" if found.low >= least else "asymptomatic" if found.high < least else None
    return "asymptomatic" if said and all(one == "absent" for one in said) else None


_STEP = re.compile(r"(?:0|I{1,3}V?|IV)(?![IV])")


def _by_stage(words: frozenset[str], fact: Fact, index: Index) -> tuple[Truth, str] | None:
    """What the tumor's stage in the same sentence says of how far it has spread; None where it leaves it open."""
    table = data.table("qualifiers")["by_stage"]
    known = words & (table["is"].keys() | table["is_not"].keys())
    if not known or any(other.assertion == "present" for other in index.of(frozenset(table["spread"]))):
        return None
    for stage in reversed(index.of(frozenset(table["scales"]))):
        step = _STEP.match(stage.result or "")
        if step is None or (stage.note_id, stage.quote_start) != (fact.note_id, fact.quote_start):
            continue
        told = {stage.result, step[0]}
        sure = {word for word in known if stage.result not in table["open"].get(word, ())}
        if any(told & set(table["is"].get(word, ())) for word in sure):
            return "met", stage.text
        if sure == words and all(told & set(table["is_not"].get(word, ())) for word in words):
            return "not_met", stage.text
    return None


_STUDIED = frozenset({"studied"})


@cache
def _told_studied() -> re.Pattern[str]:
    """ "Study eye: OD", "left eye (study eye)": which side is under study."""
    table = data.table("qualifiers")
    sides = alternatives([*table["studied"]["left"], *table["studied"]["right"]])
    said = [name.split()[-2:] for name, meant in table["spelling"].items() if meant == "studied"]
    names, parts = alternatives(" ".join(words) for words in said), alternatives(words[-1] for words in said)
    between = alternatives(table["studied"]["between"])
    return re.compile(
        rf"\b(?:{names})\b\s?[:=,(-]?\s?(?:(?:{between})\s)*(?P<behind>{sides})(?!\w)"
        rf"|\b(?P<before>{sides})(?:\s(?:{parts}))?\s?[:=,(-]?\s?(?:(?:{between})\s)*(?:{names})\b",
        re.IGNORECASE,
    )


def _brand(text: str) -> str | None:
    """The way in which a brand is given, where it is given in one way alone."""
    table: dict[str, str] = data.table("qualifiers")["brand_route"]
    words = text.lower().split()
    return table.get(" ".join(words[:2])) or table.get(words[0]) if words else None


@cache
def _other_ways(said: str) -> list[str]:
    """ "Non-inhaled": given in any other way."""
    ways = data.table("qualifiers")["groups"]["route"]
    way = said.removeprefix("non").lstrip("- ")
    if way == said or way not in ways["words"]:
        return []
    own = {way, *ways["covers"].get(way, ())}
    return [w for w in ways["words"] if w not in own and way not in ways["covers"].get(w, ())]


def _turned(word: str, quote: str) -> bool:
    """ "Non-visually significant cataracts": whether a quote has the word only turned round."""
    found = re.findall(rf"(?<!\w)(?P<turned>non[\s-]?|not\s)?{re.escape(word)}(?!\w)", quote)
    return bool(found) and all(found)


_REACH = 60
"""Characters beside a mention in which a qualifier may stand that was not read as its own."""
_BREAK = re.compile(r"[,;:()\n]")


def _near(words: frozenset[str], fact: Fact, quote: str) -> bool:
    """Whether one of the words, whole, stands beside the mention, without a break between them."""
    at = quote.find(fact.text)
    if at < 0:
        return False
    end = at + len(fact.text)
    before = _BREAK.split(quote[max(0, at - _REACH) : at])[-1]
    after = _BREAK.split(quote[end : end + _REACH], maxsplit=1)[0]
    text = f"{before}{fact.text}{after}".lower()
    return any(re.search(rf"(?<!\w){re.escape(word)}(?:ly)?(?!\w)", text) for word in words)


def is_severity(word: str) -> bool:
    """Whether a qualifier is a degree of severity ("moderate to severe")."""
    table = data.table("qualifiers")
    words = table["spelling"].get(word.lower(), word.lower()).split("|")
    return all(table["group_of"].get(w) == "severity" for w in words)


def other_degree(leaf: Leaf, fact: Fact) -> str | None:
    """The severity of a wider finding, where the leaf asks for another ("severe cognitive deficits" are not mild)."""
    rule = data.table("qualifiers")["groups"]["severity"]
    said = f"{leaf.term} {' '.join(leaf.qualifiers)} {leaf.concept.name if leaf.concept else ''}".lower().split()
    asked = {w for w in rule["words"] if w in said}
    wide = asked | {w for a in asked for w in rule["covers"].get(a, ())}
    own = sorted(q for q in fact.qualifiers if q in rule["words"])
    return ", ".join(own) if asked and own and wide.isdisjoint(own) else None


def _side(asked: frozenset[str], own: frozenset[str]) -> Truth:
    has_left, has_right = "left" in own or "bilateral" in own, "right" in own or "bilateral" in own
    if not has_left and not has_right:
        return "unknown"
    if "bilateral" in asked:
        return "met" if has_left and has_right else "unknown"
    if "unilateral" in asked:
        return "met" if has_left != has_right else "not_met"
    if {"left", "right"} <= asked:
        return "met"
    return "met" if ("left" in asked and has_left) or ("right" in asked and has_right) else "not_met"


def _status() -> frozenset[str]:
    return frozenset(data.table("qualifiers")["status_groups"])
