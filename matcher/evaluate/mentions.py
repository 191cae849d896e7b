"""What single mentions amount to: fragments, abbreviations, what a later one says of an earlier one."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from matcher.evaluate.index import Index, day
from matcher.evaluate.plan import AGAINST, Setting, rules
from matcher.model import Concept, Fact, Leaf
from matcher.patterns import alternatives
from matcher.terms import lexical, units

_WHOLE = 0.85
"""Share of a term's words, by weight, that is as good as all of them."""


def corrects(fact: Fact, other: Fact, terminology: Any) -> bool:
    """The same thing, or its class, said to have stopped later in the note that lists it ("on warfarin … warfarin was
    stopped", "insulin glargine … off insulin")."""
    if fact.note_id != other.note_id or fact.start <= other.start or fact.concept is None or other.concept is None:
        return False
    return fact.concept == other.concept or terminology.is_a(other.concept.id, fact.concept.id)


def asks_intolerance(leaf: Leaf, setting: Setting) -> bool:
    """Whether a criterion asks for a drug that was not borne, and not for an allergy alone."""
    if setting.protocol is None:
        return False
    said = setting.protocol.text[max(0, leaf.start - 80) : leaf.end + 30].lower()
    return any(word in said for word in rules()["intolerance_words"])


def told_again(fact: Fact, dated_ones: list[Fact]) -> bool:
    """Named again as past in the note that dates it: "his stroke five years ago … status post stroke" is one stroke."""
    return fact.assertion == "historical" and any(
        fact.note_id == other.note_id and fact.concept == other.concept for other in dated_ones
    )


def fragment(fact: Fact) -> bool:
    """One word of a protocol's own term of several: "ulnar" is no "ulnar insertion"."""
    concept = fact.concept
    if concept is None or concept.system != "PROTOCOL" or fact.rule != "search.words":
        return False
    words = concept.name.lower().split()
    if " " in fact.text.strip() or len(words) < 2:
        return False
    plain = rules()["plain_words"]
    adjective = fact.text.lower().endswith(tuple(rules()["adjective_endings"]))
    own = sum(w not in plain for w in words)
    # "Therapy" is no "therapy for this recurrence"
    return adjective or own > 1 or (own == 1 and fact.text.lower() in plain)


def of_another(fact: Fact, own: frozenset[str], index: Index) -> bool:
    """Whether a term's words are part of another name: "small cell lung cancer" of a non-small cell one."""
    return any(
        other.note_id == fact.note_id
        and other.start <= fact.start
        and other.end >= fact.end
        and len(other.text) > len(fact.text)
        and other.concept is not None
        and other.concept.system != "PROTOCOL"
        and other.concept.id not in own
        for other in index.by_kind.get(fact.kind, ())
    )


def reacted(fact: Fact, index: Index) -> bool:
    """Whether a sentence that names an allergen in the protocol's words tells an allergy: "eats eggs" tells none.

    Nor does a list that an allergy still stands in after its label was taken away.
    """
    if fact.assertion == "present" and fact.concept is not None:
        withdrawn = [f for f in index.by_id.get(fact.concept.id, ()) if f.rule == "allergy.withdrawn"]
        here = any(f.note_id == fact.note_id and f.start > fact.start for f in withdrawn)
        if (here and fact.time is None) or any(day(f) >= day(fact) for f in withdrawn):
            return False
    if fact.concept is None or fact.concept.system != "PROTOCOL" or fact.section in rules()["allergy"]["sections"]:
        return True
    told = (f for f in index.by_kind.get("allergy", ()) if f.rule == "allergy.withdrawn")
    if any((f.note_id, f.quote_start) == (fact.note_id, fact.quote_start) for f in told):
        return False  # "egg allergy in childhood, outgrown; eats eggs now"
    return _reaction().search(index.quote(fact)) is not None


@cache
def _reaction() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['allergy']['tells'])})", re.IGNORECASE)


def whole(fact: Fact) -> bool:
    """A protocol's own term of which no word of weight is missing."""
    said = [float(q.removeprefix("coverage:")) for q in fact.qualifiers if q.startswith("coverage:")]
    return {AGAINST, "partial", "unnamed"}.isdisjoint(fact.qualifiers) and min(said, default=1.0) >= _WHOLE


def short(fact: Fact) -> bool:
    """An abbreviation of two or three letters, which may stand for several things."""
    return len(fact.text) <= 3 and fact.text.isupper()


def below(fact: Fact, leaf: Leaf, setting: Setting) -> bool:
    """Of a narrower concept: who has no asthma may have another lung disease."""
    asked, found = leaf.concept, fact.concept
    if asked is None or found is None or found.system == "PROTOCOL" or found.id == asked.id:
        return False
    is_a = setting.terminology.is_a
    return is_a(found.id, asked.id) and not is_a(asked.id, found.id)


def denies_all(denied: Fact, said: list[Fact], setting: Setting) -> bool:
    """Whether what is denied is what the others name, or wider ("no pneumonia" leaves a UTI)."""
    wide, own = denied.concept, [f.concept for f in said if f.concept is not None]
    if wide is None or "PROTOCOL" in (wide.system, *(c.system for c in own)):
        return True
    return all(setting.terminology.is_a(concept.id, wide.id) for concept in own)


def overruled(yes: list[Fact], denied: list[Fact], index: Index) -> Fact | None:
    """The denial of who knows it best, behind a list that names the disease: "PMH: asthma. Pulmonology: no asthma"."""
    for fact in reversed(denied):
        behind = all(f.note_id == fact.note_id and f.start < fact.start for f in yes)
        note = index.notes.get(fact.note_id)
        if not behind or note is None or _ENDS.match(note.text, fact.end) is None:
            continue  # "no MS relapse" denies no MS
        if _specialist().search(note.text[fact.quote_start : fact.start]) is not None:
            return fact
        if _settled().match(note.text, fact.end) is not None:
            return fact
    return None


_ENDS = re.compile(
    r"\s*(?:[^\s\w-]|$|(?:on|by|per|after|at|and|or|present|found|ruled|excluded|was|is|has|had|not)\b)", re.IGNORECASE
)


@cache
def _settled() -> re.Pattern[str]:
    words = alternatives(rules()["specialists"]["settled"])
    return re.compile(rf"\s(?:(?:was|is|has|have|been|now|since|therefore)\s)*(?:{words})\b", re.IGNORECASE)


@cache
def _specialist() -> re.Pattern[str]:
    table = rules()["specialists"]
    names, visits = alternatives(table["names"]), alternatives(table["visits"])
    return re.compile(rf"\b(?:{names})(?:\s(?:{visits}|\(?\d[\d/-]*\)?))*\s?[:,]\s[^:;.]*$", re.IGNORECASE)


def after(fact: Fact, other: Fact) -> bool:
    """Said later in the same note, of no other day."""
    return fact.note_id == other.note_id and fact.start > other.start and fact.time is None


def as_long(fact: Fact) -> bool:
    return not narrow(fact)


def narrow(fact: Fact) -> bool:
    return any(q in narrowing() for q in fact.qualifiers)


@cache
def narrowing() -> frozenset[str]:
    return frozenset(rules()["narrowing"])


def todays(fact: Fact) -> bool:
    """The operation that the note itself reports, without a date of its own: none of the patient's previous ones."""
    return (
        fact.kind in ("procedure", "other")
        and fact.assertion == "present"
        and fact.time is None
        and fact.ago is None
        and fact.section in rules()["operative_sections"]
    )


def landmark(fact: Fact, index: Index) -> bool:
    """ "Prior to CABG he only had diaphoresis": when the operation was is not said."""
    note = index.notes.get(fact.note_id)
    if note is None or fact.time is not None or fact.ago is not None:
        return False
    before = " " + " ".join(note.text[max(0, fact.start - 14) : fact.start].lower().split())
    return before.endswith(tuple(f" {words}" for words in rules()["landmark_words"]))


def told_past(fact: Fact, index: Index, days: float | None) -> bool:
    """ "Therapy included radiation followed by temozolomide": given once, and nobody says when. ``days``: how far back
    it is asked."""
    note = index.notes.get(fact.note_id)
    table = rules()["told_past"]
    if note is None or days is None or days > table["days"] or fact.kind not in ("medication", "procedure"):
        return False
    if fact.time is not None or fact.ago is not None or fact.assertion != "present" or fact.status == "new":
        return False
    said = list(_told_past().finditer(note.text, fact.quote_start, fact.start))
    between = note.text[said[-1].end() : fact.start].lower() if said else ""
    behind = re.split(r"[.;\n]", note.text[fact.end : fact.end + 24], maxsplit=1)[0].lower()
    behind = re.sub(table["cycle"], "", behind)
    beside = [word.strip(",:()") for word in f"{between} {behind}".split()]
    return bool(said) and ";" not in between and set(table["now"]).isdisjoint(beside)


@cache
def _told_past() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(rules()['told_past']['words'])})\b", re.IGNORECASE)


def says_nothing(term: str) -> bool:
    """Whether a term without a concept is a place of the body, or a word that a parted list left behind."""
    return lexical.only_a_place(term) or says_little(term)


def says_little(term: str) -> bool:
    """Whether a term is one word that means nothing alone, or ends in one that its other words do not tell."""
    low = term.lower()
    return low in rules()["bare_words"] or low.rpartition(" ")[2] in rules()["bare_heads"]


def first_of_kind(fact: Fact, facts: list[Fact], index: Index) -> bool:
    """ "She came for her flu shot. It is her first vaccination this year": the one that is planned, none before it.

    ``facts``: of what is asked; what else is planned says nothing of it.
    """
    if fact.kind not in ("medication", "procedure") or fact.time is not None or fact.ago is not None:
        return False
    note = index.notes.get(fact.note_id)
    before = note.text[max(0, fact.start - 12) : fact.start].lower().split() if note is not None else ()
    if not before or before[-1] not in rules()["first_of_kind"]:
        return False
    return any(f.assertion == "planned" and f.note_id == fact.note_id for f in facts)


def prior_only(fact: Fact, index: Index) -> bool:
    """Whether a denial is of earlier times only: "no prior stroke"."""
    note = index.notes.get(fact.note_id) if fact.assertion == "absent" else None
    if note is None:
        return False
    before = note.text[max(0, fact.start - 12) : fact.start].lower().split()
    return bool(before) and before[-1] in rules()["prior_words"]


def earlier(leaf: Leaf, setting: Setting) -> bool:
    """Whether what is asked lies before today: "prior stroke", "history of stroke"."""
    before = setting.protocol.text[max(0, leaf.start - 20) : leaf.start] if setting.protocol is not None else ""
    words = {w.strip(",;:()") for w in f"{before} {leaf.term}".rpartition("\n")[2].lower().split()}
    return leaf.window is None and not words.isdisjoint((*rules()["prior_words"], "history"))


def at_hand(fact: Fact) -> bool:
    """Whether it is told as of the note, and not of the past."""
    time, noted = fact.time, fact.note_date
    today = time is None or (noted is not None and time.start is not None and time == noted)
    return fact.assertion == "present" and fact.status != "past" and fact.ago is None and today


BECAME = "result.later"
"""The rule of a fact that says in words what a value came to."""


def numbers_first(facts: list[Fact]) -> list[Fact]:
    """Without words ("elevated ALT") where a number of the same day and note stands beside them, but with those that a
    number turned into ("CRP 88, since normalized")."""
    numbered = {(f.note_id, day(f)) for f in facts if f.quantity is not None}
    return [f for f in facts if f.quantity or f.rule == BECAME or (f.note_id, day(f)) not in numbered]


def latest_last(facts: list[Fact], index: Index, cmp: str | None) -> list[Fact]:
    """Values of one day in the order of the note, but last those that it calls the latest, and after them today's.

    Of several findings whose size is asked for the largest comes last ("an aneurysm of at least 15 mm").
    """
    if len(facts) < 2 or len({f.start for f in facts}) < 2:
        return facts
    if cmp in (">", ">=") and all(f.kind == "condition" for f in facts):
        return sorted(facts, key=lambda f: (day(f), _length(f)))
    return sorted(facts, key=lambda f: (day(f), _recency(f, index) if f.time is None and f.ago is None else 0))


def _length(fact: Fact) -> float:
    """The size of a finding in mm; 0 for a count."""
    quantity = fact.quantity
    if quantity is None or quantity.unit is None:
        return 0.0
    try:
        return units.convert(quantity.low or 0.0, quantity.unit, "mm")
    except units.UnitError:
        return 0.0


def _recency(fact: Fact, index: Index) -> int:
    note = index.notes.get(fact.note_id)
    if note is None or fact.assertion == "historical":
        return 0
    table = rules()["recency"]
    around = [*note.text[max(0, fact.start - 30) : fact.start].lower().split()[-3:]]
    around += note.text[fact.end : fact.end + 16].lower().split()[:1]
    words = {w.strip(",;:.()") for w in around}
    if fact.section in table["sections"] or not words.isdisjoint(table["today"]):
        return 2
    return int(not words.isdisjoint(table["latest"]))


def held_out(fact: Fact, index: Index) -> bool:
    """ "A candidate for catheterization and TURP": as good as planned where plans are asked for."""
    note = index.notes.get(fact.note_id)
    before = note.text[max(0, fact.start - 60) : fact.start].lower().rpartition(". ")[2] if note is not None else ""
    return any(words in before for words in rules()["planned_words"])


def is_test(term: str) -> bool:
    """A drug that is given for a test ("FDG-PET", "dexamethasone suppression test"): no list of drugs holds it."""
    words = term.lower().replace("-", " ").replace("/", " ").split()
    return not set(rules()["test_words"]).isdisjoint(words)


def done_by_now(fact: Fact, index: Index) -> bool:
    """Whether an operation lies behind: a stent of January, an angiography that showed something, are none planned."""
    if fact.assertion != "present":
        return False
    quote, at = index.quote(fact), fact.start - fact.quote_start
    behind = quote[fact.end - fact.quote_start :]
    if _found_out().match(behind) or (at >= 0 and _received().search(quote[max(0, at - 60) : at])):
        return True
    if at >= 0 and _led_up().search(quote[max(0, at - 30) : at]) and _was().match(behind):
        return True
    if fact.time is None or fact.time.end is None:
        return False
    return index.as_of is not None and fact.time.end < index.as_of


@cache
def _found_out() -> re.Pattern[str]:
    words = alternatives(rules()["operations_told"]["found"])
    return re.compile(rf"\s*(?:\([^)]{{0,30}}\)\s*)?(?:further\s|also\s)?(?:{words})(?!\w)", re.IGNORECASE)


@cache
def _received() -> re.Pattern[str]:
    words = alternatives(rules()["operations_told"]["received"])
    return re.compile(rf"(?<!\w)(?:{words})(?:\s[\w-]+){{0,2}}\s$", re.IGNORECASE)


@cache
def _led_up() -> re.Pattern[str]:
    words = alternatives(rules()["operations_told"]["led_up"])
    return re.compile(rf"(?<!\w)(?:{words})(?:\s[\w-]+)?\s$", re.IGNORECASE)


@cache
def _was() -> re.Pattern[str]:
    words = alternatives(rules()["operations_told"]["was"])
    return re.compile(rf",?(?:\s[\w-]+){{1,2}}\s(?:{words})(?!\w)", re.IGNORECASE)


def concepts(facts: list[Fact]) -> list[Concept]:
    """What the facts are of."""
    return [f.concept for f in facts if f.concept is not None]


def stayed_before(fact: Fact, index: Index) -> bool:
    """Whether it is told as the reason of an earlier stay: "recent admission for UGIB"."""
    quote, at = index.quote(fact).lower(), fact.start - fact.quote_start
    return _stayed().search(quote[max(0, at - 90) : max(0, at)]) is not None


def treated_since(fact: Fact, index: Index) -> bool:
    """Whether a treatment right behind it is told as done: "osteomyelitis s/p debridement"."""
    quote = index.quote(fact)
    found = _treated().match(quote, fact.end - fact.quote_start) if fact.quote_start <= fact.start else None
    return found is not None and not frozenset(re.findall(r"[a-z]+", quote.lower())) & _goes_on()


@cache
def _treated() -> re.Pattern[str]:
    return re.compile(rf",?\s+(?:{alternatives(rules()['after_treatment']['cues'])})\s", re.IGNORECASE)


@cache
def _goes_on() -> frozenset[str]:
    return frozenset(rules()["after_treatment"]["goes_on"])


@cache
def _stayed() -> re.Pattern[str]:
    table = rules()["stays"]["before"]
    past, now, stay, ties, earlier = (alternatives(table[name]) for name in ("past", "now", "stay", "ties", "earlier"))
    dated = rf"(?<!\w)(?:{past}|(?:in|since)\s(?:19|20)\d\d|\d+/\d+)(?!\w)"
    words = r"(?:[\s,]+[\w'-]+){0,4}?[\s,]+"
    return re.compile(
        rf"(?!.*(?:{now}))(?:(?:{dated}{words}(?:{stay})|(?:{stay}){words}{dated})(?:[\s,]+[\w/]+){{0,3}}?\s(?:{ties})"
        rf"|(?<!\w)(?:{earlier})\s(?:{stay})(?:\s[^\s:]+){{0,2}}:)(?:\s(?!and\b|who\b)[\w-]+){{0,4}}\s$"
    )
