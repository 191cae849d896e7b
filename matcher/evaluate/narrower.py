"""What makes a criterion's term narrower, or other, than the concept that was found in it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache, lru_cache
from typing import Any

from matcher.evaluate.index import Index, once
from matcher.evaluate.mentions import todays
from matcher.evaluate.plan import Setting, rules
from matcher.model import Fact, Leaf
from matcher.patterns import alternatives
from matcher.terms import lexical

# a word in front ("incarcerated hernia") lowers the score of a normalised term to this
_LOOSE = 0.9
_WORD = re.compile(r"[a-z][a-z0-9-]+")
_APART = re.compile(r"\bnon-(?=[a-z])")
_NO_CHANGE = re.compile(
    rf"\b(?:no|without)\s(?:[a-z]+\s){{0,3}}(?:{alternatives(rules()['changes']['denied'])})s?\b", re.IGNORECASE
)
_NON = re.compile(r"\bnon-\w+", re.IGNORECASE)
_FRONT = re.compile(r"\b(?:[a-z]+|non[- ])$")
_BEHIND = 24
"""How far behind a term it may be said that a device is still there."""


def stem(word: str) -> str:
    """The beginning of a word that its forms share."""
    return word[: max(4, len(word) - 3)] if len(word) > 5 else word


def _one(words: str) -> str:
    """ "non-variceal" is one word, "nonvariceal": its second half asks for what it denies."""
    return _APART.sub("non", words)


def _behind_non(term: str, start: int) -> int:
    """ "Non-traumatic hemorrhage": the first word behind "non-" is denied, and no part of what is found."""
    if not term[:start].lower().endswith(("non-", "non ")):
        return start
    space = term.find(" ", start)
    return start if space < 0 else space


def begins(part: str, text: str) -> bool:
    """Whether a text in small letters holds a word's beginning, not turned round: "acalculous" is not calculous."""
    at = text.find(part)
    while at >= 0:
        before = _FRONT.search(text, max(0, at - 12), at)
        if before is None or before.group().rstrip("- ") not in rules()["negative_prefixes"]:
            return True
        at = text.find(part, at + 1)
    return False


def specific_words(leaf: Leaf, terminology: Any) -> tuple[str, ...] | None:
    """The words of the term that its concept does not cover, without those that say nothing of their own.

    None where the concept is not what the term is about ("abnormalities on the chest X-ray").
    """
    if leaf.concept is None or not leaf.term:
        return ()
    term, own = leaf.term, leaf.concept.id
    found = terminology.normalise(term)
    if found.concept is not None and found.concept.id == own and found.score > _LOOSE:
        return approaches(term, leaf.concept.name) if leaf.op == "procedure" else ()
    breaks = frozenset(rules()["phrase_breaks"])
    cut = next((m.start() for m in _WORD.finditer(term.lower()) if m.start() and m.group() in breaks), len(term))
    spans = [(_behind_non(term, h.start), h.end) for h in terminology.find(term) if own in h.ids]
    name = {stem(w) for w in _WORD.findall(leaf.concept.name.lower().replace("-", " "))}
    if not spans:
        rest = _WORD.findall(term[:cut].lower())
    else:
        if leaf.op == "medication" and any(start < cut for start, _ in spans):
            outside = list(term.lower())
            for start, end in spans:
                outside[start:end] = " " * (end - start)
            around = "".join(outside)
            narrow = [w for w in rules()["drug_narrowing"] if w in around and w not in leaf.concept.name.lower()]
            return tuple(narrow)
        if not any(start < cut for start, _ in spans):
            return None
        kept = list(term.lower())
        for start, end in spans:
            kept[start:end] = " " * (end - start)
        rest = _WORD.findall("".join(kept[:cut]))
    ignored = frozenset(rules()["plain_words"])
    asked = {w for q in leaf.qualifiers for w in q.lower().split()}
    cause = next((c for c in rules()["cause_words"] if f" {c} " in term.lower()), None)
    behind = _WORD.findall(term.lower().partition(f" {cause} ")[2]) if cause and leaf.op == "condition" else []
    if not ignored.issuperset(behind):
        rest += behind
    elif behind:
        return tuple(dict.fromkeys(behind))  # "obesity related to medication": plain as the cause is, it is asked
    words = [part for w in rest for part in ([w] if w in asked else _one(w).split("-"))]
    words = [w for w in words if w not in ignored and w not in asked and stem(w) not in name]
    # "BK nephropathy": two letters narrow where they are capitals
    return tuple(dict.fromkeys(w for w in words if len(w) > 2 or (leaf.op == "condition" and _capital(w, term))))


def _capital(word: str, term: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.upper())}(?!\w)", term) is not None


def causes(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """What the cause that a term names may be in the notes: infiltrative cardiomyopathy of "heart failure due to …"."""
    term = leaf.term.lower()
    cause = next((c for c in rules()["cause_words"] if f" {c} " in term), None)
    if cause is None or leaf.op != "condition":
        return frozenset()
    hits = terminology.find(term.partition(f" {cause} ")[2])
    return frozenset(id for hit in hits for own in hit.ids for id in terminology.descendants(own))


def approaches(term: str, name: str) -> tuple[str, ...]:
    """The words of an operation's term that tell how it was gone about, where its name does not ("endoscopic")."""
    known = {lexical.stem(w) for w in _WORD.findall(name.lower())}
    words = (w for part in _WORD.findall(term.lower()) for w in part.split("-"))
    return tuple(dict.fromkeys(w for w in words if w in rules()["approach_words"] and lexical.stem(w) not in known))


def beyond(term: str, fact: Fact) -> tuple[str, ...]:
    """The words of a term that a wider fact does not say itself ("gastric" of a gastric polyp beside "polyps")."""
    return _beyond(term, f"{fact.text} {fact.concept.name if fact.concept is not None else ''}")


@lru_cache(maxsize=8192)
def _beyond(term: str, known: str) -> tuple[str, ...]:
    ignored = frozenset(rules()["plain_words"])
    term = _one(term.lower()).replace("-", " ")
    words = (word for word in _WORD.findall(term) if len(word) > 2 and word not in ignored)
    return tuple(dict.fromkeys(word for word in words if not lexical.told((word,), known)))


def said(words: tuple[str, ...], fact: Fact, index: Index) -> bool:
    """Whether the clause of a fact says all of some words, or a part or kind of what they name; not what it denies."""
    turned = any(word.startswith("non") for word in words)
    return lexical.says(words, *_clause(index, fact.text, index.quote(fact), turned))


@once
def _clause(index: Index, told: str, quote: str, turned: bool) -> tuple[list[str], frozenset[str]]:
    """The words beside a fact that are not denied; none where its sentence is not known. ``turned``: with "non-…"."""
    at = quote.find(told)
    if at < 0:
        return [], frozenset()
    before, after = quote[:at].rpartition(";")[2], quote[at + len(told) :].partition(";")[0]
    after = _doubt().split(after, maxsplit=1)[0]  # "neuropathy, unlikely from diabetes"
    clause = _affirmed(before, told, after)
    return lexical.spoken(clause if turned else _NON.sub(" ", clause))  # "non-cystic fibrosis bronchiectasis"


def _affirmed(before: str, told: str, after: str) -> str:
    """What is said before and behind a fact, without what is denied there."""
    denial = _denial()
    before = _NO_CHANGE.sub("", before)  # "no interval change in the metastases" denies none
    denied = [match.end() for match in denial.finditer(before)]
    if denied:
        # "no effusion, polyps …": the list that is denied ends at the last comma
        before = before[denied[-1] :].rpartition(",")[2] if "," in before[denied[-1] :] else ""
    if "," in before and _new_item().search(before.rpartition(",")[2]) is not None:
        before = before.rpartition(",")[2]  # "esophageal varices, recent admission for | UGIB"
    stop = denial.search(after)
    return before + told + (after[: stop.start()] if stop else after)


@cache
def _new_item() -> re.Pattern[str]:
    """With what a further item of a list begins, of which the words before it say nothing."""
    return re.compile(rf"\A\s*(?:and\s)?(?:{alternatives(rules()['item_opens'])})\b", re.IGNORECASE)


def covered(term: str, extra: Collection[str], fact: Fact, index: Index) -> bool:
    """Whether the sentence of a fact holds what a term says beyond its concept, most of the ``extra`` words."""
    quote = index.quote(fact)
    if not resulted(term, quote):
        return False
    words = beyond(term, fact)
    if words and (said(words, fact, index) or (todays(fact) and approached(words, index.notes[fact.note_id].text))):
        return True  # "hysteroscopic myomectomy" of a report of a hysteroscopy and a myomectomy
    at = quote.find(fact.text)
    if at >= 0:
        quote = _affirmed(quote[:at], fact.text, quote[at + len(fact.text) :])  # "appendicitis without perforation"
    quote = quote.lower()
    hit = sum(begins(stem(w), quote) or said((w,), fact, index) for w in extra)
    return hit * 2 > len(extra)


def approached(words: tuple[str, ...], text: str) -> bool:
    """Whether words that only tell the approach of an operation ("hysteroscopic") stand in its report in some form."""
    endings = tuple(rules()["approach_endings"])
    return all(w.endswith(endings) for w in words) and all(_stands(w, text) for w in words)


def _stands(word: str, text: str) -> bool:
    """Whether a word of the same stem stands in a text, in a sentence that does not give it up: "hysteroscopy" for
    "hysteroscopic", not "we aborted the laparoscopy"."""
    wanted, begin, text = lexical.stem(word), word[:5], text.lower()
    for match in re.finditer(rf"\b{re.escape(begin)}\w*", text):
        if lexical.stem(match.group()) == wanted:
            low = max(text.rfind(mark, 0, match.start()) for mark in (". ", "\n", "; ")) + 1
            high = min(
                (at for mark in (". ", "\n", "; ") if (at := text.find(mark, match.end())) > 0), default=len(text)
            )
            if _given_up().search(text, low, high) is None:
                return True
    return False


@cache
def _given_up() -> re.Pattern[str]:
    words = [*rules()["denial_words"], *rules()["given_up_words"]]
    return re.compile(rf"\b(?:{alternatives(words)})\b", re.IGNORECASE)


def resulted(term: str, quote: str) -> bool:
    """Whether a result that a term names ("HER2-positive") stands behind its marker in a quote, nothing between."""
    text = re.sub(r"[^a-z0-9]+", "", quote.lower())
    for match in _result().finditer(term.lower()):
        marker = re.sub(r"[^a-z0-9]+", "", match["marker"])
        if not re.search(rf"{re.escape(marker)}(?:neu|is|was|status)?{match['result']}", text):
            return False
    return True


@cache
def _result() -> re.Pattern[str]:
    return re.compile(rf"(?P<marker>[a-z][\w/]*)-(?P<result>{alternatives(rules()['result_words'])})\b")


@cache
def _doubt() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['doubted_words'])})\b", re.IGNORECASE)


@cache
def _denial() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['denial_words'])})\b", re.IGNORECASE)


def exclusive(leaf: Leaf, setting: Setting, ids: frozenset[str]) -> frozenset[str]:
    """The concepts of the other members of every exclusive set that the leaf's concept belongs to."""
    if leaf.concept is None:
        return frozenset()
    own = leaf.concept.id
    terminology = setting.terminology
    found: set[str] = set()
    for entry in rules()["exclusive"]:
        members: list[str] = entry["members"]
        # `asked`: of these alone the others speak ("Graves disease, radioiodine" leaves an underactive thyroid open)
        mine = [m for m in entry.get("asked", members) if own == m or terminology.is_a(own, m)]
        if mine and not set(entry.get("unless", ())).isdisjoint(leaf.term.lower().split()):
            continue
        if mine:
            for member in members:
                if member not in mine:
                    found |= terminology.descendants(member)
                    found.add(member)
    return frozenset(found - ids) | _gone_about(leaf, terminology)


def _gone_about(leaf: Leaf, terminology: Any) -> frozenset[str]:
    """The same operation gone about in the other way: a laparoscopic appendectomy of an open one."""
    if leaf.op != "procedure" or leaf.concept is None:
        return frozenset()
    own = frozenset(map(lexical.stem, lexical.words(leaf.concept.name)))
    ways = own.intersection(map(lexical.stem, rules()["ways_of_operating"]))
    against = frozenset().union(*(lexical.against().get(way, frozenset()) for way in ways))
    found: set[str] = set()
    for parent in terminology.ancestors(leaf.concept.id)[:1] if against else ():
        for id in terminology.descendants(parent.id):
            other = frozenset(map(lexical.stem, lexical.words(terminology.concept(id).name)))
            if own - ways <= other and other & against:
                found.add(id)
    return frozenset(found)


def route(leaf: Leaf) -> list[str]:
    """The route that a drug's name or class implies: a cream is no systemic corticosteroid."""
    if leaf.op != "medication":
        return []
    table = rules()
    own = table["implied_route"].get(leaf.concept.id) if leaf.concept is not None else None
    words = leaf.term.lower().split()
    said = [w for w in table["route_words"] if w in words and w not in leaf.qualifiers]
    forms = {way for form, way in table["form_route"].items() if leaf.term.lower().endswith(f" {form}")}
    said += sorted(forms.difference(said, leaf.qualifiers))
    return said or ([own] if own and own not in leaf.qualifiers else [])


def contraindicated(leaf: Leaf, setting: Setting) -> bool:
    """Whether a test or treatment is named for what forbids it: having had it says nothing of that."""
    if setting.protocol is None:
        return False
    before = setting.protocol.text[max(0, leaf.start - 40) : leaf.start].rpartition("\n")[2].rpartition(".")[2].lower()
    return any(word in before for word in rules()["forbidding_words"])


def present_device(leaf: Leaf, setting: Setting) -> bool:
    """ "Indwelling catheter", "stent in situ", "drain still in place": asked is what is there now."""
    if leaf.op != "procedure":
        return False
    behind = setting.protocol.text[leaf.end : leaf.end + _BEHIND] if setting.protocol is not None else ""
    said = f" {leaf.term} {' '.join(leaf.qualifiers)} ".lower()
    if any(f" {w} " in said for w in rules()["present_words"]):
        return True
    return any(re.match(rf"\s(?:\w+\s)?{w}\b", behind, re.IGNORECASE) for w in rules()["in_place_words"])


def to_come(leaf: Leaf, setting: Setting) -> bool:
    """ "Patients undergoing elective gastric bypass": asked are those who are about to have it."""
    if leaf.op != "procedure" or leaf.status == "past" or leaf.window is not None or setting.protocol is None:
        return False
    before = _CLAUSES.split(setting.protocol.text[max(0, leaf.start - 60) : leaf.start].lower())[-1].split()
    return not frozenset(before).isdisjoint(rules()["undergoing_words"])


def evidenced(leaf: Leaf, setting: Setting) -> bool:
    """ "Evidence of intracranial hemorrhage on CT": asked is what the examination of today shows."""
    if leaf.op != "condition" or setting.protocol is None:
        return False
    text = setting.protocol.text
    before = text[max(0, leaf.start - 30) : leaf.start].lower().split()
    after = text[leaf.end : leaf.end + 24].lower().split()
    told = before[-2:] == ["evidence", "of"] or before[-3:-1] == ["evidence", "of"]
    return told and after[:1] in (["on"], ["by"]) and before[-1] not in rules()["prior_words"]


def persisting(leaf: Leaf) -> bool:
    """Asked is what has not gone away ("persistent cough")."""
    said = f"{leaf.term} {' '.join(leaf.qualifiers)}".lower().split()
    return not frozenset(rules()["lasting_words"]).isdisjoint(said)


def two_sides(facts: list[Fact]) -> list[Fact]:
    left = [f for f in facts if "left" in f.qualifiers]
    right = [f for f in facts if "right" in f.qualifiers]
    return [left[-1], right[-1]] if left and right else []


def lasting(leaf: Leaf, setting: Setting) -> bool:
    """ "Injections for at least 3 months" asks how long they were given, not how long ago."""
    after = setting.protocol.text[leaf.end : leaf.end + 12].split() if setting.protocol is not None else []
    return after[:1] == ["for"] or "stable" in leaf.qualifiers


def never(leaf: Leaf, setting: Setting) -> bool:
    """Whether the words before a leaf ask what was at any time ("no prior chemotherapy", "has never received")."""
    if setting.protocol is None or leaf.status is not None:
        return False
    before = _CLAUSES.split(setting.protocol.text[max(0, leaf.start - 40) : leaf.start])[-1]
    return not frozenset(before.lower().split()).isdisjoint(rules()["past_words"])


_CLAUSES = re.compile(r"[\n.;:,()]")


def onset(leaf: Leaf, setting: Setting) -> bool:
    """Whether the words beside a condition ask when it began ("diagnosed within 6 months")."""
    if setting.protocol is None:
        return False
    text = setting.protocol.text
    before = text[max(0, leaf.start - 30) : leaf.start].rpartition("\n")[2]
    after = text[leaf.end : leaf.end + 25].partition("\n")[0]
    words = {w.strip(",;:()") for w in f"{before} {leaf.term} {after}".lower().split()}
    return not words.isdisjoint(rules()["onset_words"])
