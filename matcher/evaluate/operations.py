"""Operations that a criterion tells by what was done or how ("removal of the gallbladder", "under anesthesia")."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from matcher import resources
from matcher.evaluate.index import Index
from matcher.evaluate.plan import Setting, rules
from matcher.model import And, Fact, Leaf, Logic
from matcher.patterns import alternatives
from matcher.terms.wording import rules as normaliser_rules

_OPS = frozenset({"procedure", "other", "condition"})
_DONE = frozenset({"present", "historical"})
_SURE = 0.95
_LIVED = frozenset({"administrative", "other", "behaviour"})


@cache
def _table() -> dict[str, Any]:
    return resources.toml("facts/operations")


@cache
def _acts() -> re.Pattern[str]:
    """ACT of the PART, with what stands in front."""
    table = _table()
    acts = alternatives(of for act in table["acts"].values() for of in act["of"])
    before = alternatives(table["before"])
    return re.compile(rf"(?P<front>(?:[\w-]+ ){{0,3}})\b(?P<act>{acts}) (?:(?:{before}) )*(?P<part>.+)", re.I)


@cache
def _done() -> re.Pattern[str]:
    """The PART … done, with adverbs between."""
    table = _table()
    done = alternatives(word for act in table["acts"].values() for word in act["done"])
    between, before = alternatives(table["between"]), alternatives(table["before"])
    return re.compile(rf"(?P<front>)(?:(?:{before}) )*(?P<part>\w[\w -]*?)(?: (?:{between}))* (?P<act>{done})", re.I)


@cache
def _rows() -> dict[tuple[str, str], str]:
    """The concept of an act's words and a part."""
    table = _table()
    return {
        (word, part.lower()): row["concept"]
        for row in table["operation"]
        for words in ("of", "done")
        for word in table["acts"][row["act"]][words]
        for part in row["parts"]
    }


@cache
def _given() -> re.Pattern[str]:
    """What stands behind a drug where a criterion says where it was given."""
    return re.compile(rf"\s(?:{alternatives(rules()['means']['given'])})\s", re.I)


@cache
def _ways() -> frozenset[str]:
    """How a drug may be given."""
    return frozenset(normaliser_rules()["qualifiers"]["route"])


@cache
def _means() -> re.Pattern[str]:
    """A noun that says no more than that something was done, and what it was done by."""
    table = rules()["means"]
    names = ("nouns", "verbs", "by", "only")
    nouns, verbs, by, only = (alternatives(table[name]) for name in names)
    did = f"(?: (?:was |being )?(?:{verbs}))?"
    return re.compile(rf"(?:the )?(?:{nouns}){did} (?:{by}) (?P<rest>.+?)(?: (?:{only}))?", re.I)


def _under(leaf: Leaf, setting: Setting) -> Leaf | None:
    """ "Treatment under spinal anesthesia": the procedure that it names."""
    means = _means().fullmatch(" ".join(leaf.term.split()))
    found = setting.terminology.normalise(means["rest"]).concept if means is not None else None
    if means is None or found is None or setting.terminology.kind(found.id) != "procedure":
        return None
    return replace(leaf, op="procedure", concept=found, term=means["rest"])


def _plain_drug(leaf: Leaf, setting: Setting) -> Leaf | None:
    """ "G-CSF support", "progestin suppression": the drug without the word for its use behind it."""
    head, _, last = leaf.term.strip().rpartition(" ")
    if not head or last.lower() not in rules()["means"]["drug_tails"]:
        return None
    found = setting.terminology.normalise(head)
    if found.concept is None or setting.terminology.kind(found.concept.id) not in ("drug", "drug_class"):
        return None
    return replace(leaf, concept=found.concept, term=head)


def named(leaf: Leaf, setting: Setting) -> Leaf:
    """The leaf with the concept of the operation that its words tell, or as it is."""
    if leaf.op in _LIVED and leaf.concept is None:
        found = setting.terminology.normalise(leaf.term).concept
        if found is not None and found.id in rules()["means"]["lived"]:
            return replace(leaf, op="other", concept=found, term=found.name, qualifiers=())
    if leaf.op == "medication" and leaf.concept is None:
        whole = setting.terminology.normalise(leaf.term).concept
        if whole is not None and setting.terminology.kind(whole.id) == "observation":
            return replace(leaf, op="other", concept=whole)
        under = _under(leaf, setting)
        if under is not None:
            return under
        bare = _plain_drug(leaf, setting)
        if bare is not None:
            return bare
        given = _given().search(leaf.term)
        read = setting.terminology.normalise(leaf.term[: given.start()]) if given else None
        if given is None or read is None or read.concept is None:
            return leaf
        if setting.terminology.kind(read.concept.id) not in ("drug", "drug_class"):
            return leaf
        behind = leaf.term[given.start() :].lower()
        kept = tuple(q for q in leaf.qualifiers if q.lower() not in behind)
        kept = tuple(dict.fromkeys((*kept, *(q for q in read.qualifiers if q in _ways()))))
        return replace(leaf, concept=read.concept, term=leaf.term[: given.start()].strip(), qualifiers=kept)
    if leaf.op not in _OPS or (leaf.concept is not None and leaf.concept.id not in rules()["means"]["generic"]):
        return leaf
    term = " ".join(leaf.term.split())
    for told in (_acts().fullmatch(term), _done().fullmatch(term)):
        id = _rows().get((told["act"].lower(), told["part"].lower())) if told is not None else None
        if told is not None and id is not None:
            concept = setting.terminology.concept(id)
            return replace(leaf, op="procedure", concept=concept, term=f"{told['front']}{concept.name}".strip())
    means = _means().fullmatch(term)
    if means is not None:
        found = setting.terminology.normalise(means["rest"]).concept
        if found is not None and setting.terminology.kind(found.id) in ("procedure", "device"):
            return replace(leaf, op="procedure", concept=found, term=means["rest"])
    return leaf


def under(leaf: Leaf, setting: Setting) -> Logic | None:
    """ "Hernia repair under spinal anesthesia": the operation, and the anesthesia, which reports name apart."""
    told = _anesthesia().fullmatch(" ".join(leaf.term.split())) if leaf.op in ("procedure", "other") else None
    if told is None or leaf.count is not None:
        return None
    named = [setting.terminology.normalise(told[part]).concept for part in ("head", "way")]
    if any(found is None or setting.terminology.kind(found.id) != "procedure" for found in named):
        return None
    said = told["way"].lower()
    kept = tuple(q for q in leaf.qualifiers if q.lower() not in said)
    own = replace(leaf, op="procedure", term=told["head"], concept=named[0], qualifiers=kept)
    return And((own, replace(own, term=told["way"], concept=named[1], qualifiers=())))


@cache
def _anesthesia() -> re.Pattern[str]:
    table = rules()["means"]
    verbs, ways = alternatives(table["verbs"]), alternatives(table["anesthesia"])
    return re.compile(
        rf"(?P<head>.+?)(?: (?:{verbs}))? (?:under|with|using|in) (?P<way>(?:[\w-]+ ){{1,2}}(?:{ways}))", re.I
    )


def of_part(term: str, setting: Setting) -> frozenset[str]:
    """ "Surgical procedure on the thyroid": the operations of that organ, where there is a name for them."""
    told = _on().fullmatch(" ".join(term.split()))
    if told is None:
        return frozenset()
    found = setting.terminology.normalise(f"{told['part']} surgery")
    generic: list[str] = rules()["means"]["generic"]
    if found.concept is None or found.score < _SURE or found.concept.id in generic:
        return frozenset()
    operation = setting.terminology.is_a(found.concept.id, generic[0])
    return frozenset(setting.terminology.descendants(found.concept.id)) if operation else frozenset()


@cache
def _on() -> re.Pattern[str]:
    words, before = alternatives(rules()["means"]["surgery"]), alternatives(_table()["before"])
    return re.compile(
        rf"(?:[\w-]+ ){{0,3}}?(?:{words}) (?:on|of|to|in|involving|affecting) (?:(?:{before}) )*(?P<part>.+)", re.I
    )


def done_instead(index: Index, ids: frozenset[str]) -> list[Fact]:
    """What was done of these; nothing where an operation was converted on the way: it is no longer as it began."""
    if any(fact.assertion in _DONE for fact in index.of(frozenset(rules()["converted"]["concepts"]))):
        return []
    done = [fact for fact in index.of(ids) if fact.assertion in _DONE]
    # a disease that has ended refutes nothing of today
    return [fact for fact in done if not (fact.kind == "condition" and fact.status == "past")]
