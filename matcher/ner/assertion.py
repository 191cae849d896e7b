"""How a note asserts what it mentions: ConText-style rules over raw text, with the cue kept.

The rules are data (``resources/assertion/rules``); scopes end at conjunctions, verbs and semicolons, lists are followed
across commas (`scope`). Method: Chapman 2001 (NegEx), Harkema 2009 (ConText). Work is done only for sentences that hold
mentions.

Measured on MACCROBAT2020's 152 training reports, signs and diseases, polarity NEG against ``absent``: precision 0.95,
recall 0.82; with resolved ones counted as negated, as the corpus does, 0.94 and 0.89. These reports were
read while the rules were made.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from matcher.model import Assertion, Span, Status
from matcher.ner import cues
from matcher.ner.cues import Hit, Words
from matcher.ner.experiencer import Person, people, turns_to_patient, who
from matcher.ner.meanings import NONE, Meaning, meanings
from matcher.ner.scope import Sentence

_SCOPELESS = frozenset({"none", "stop", "soft"})
_TESTS = frozenset({"procedure", "measurement"})
_STRENGTH = ("retracted", "declined", "absent")


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds one mention.

    ``assertion`` is ``present`` where nothing says otherwise. ``historical`` with ``status`` None: true of the patient,
    from the past, perhaps still; with ``status`` ``past``: it has stopped or resolved. ``present`` with the flag
    ``historical``: it stands in a list of past history that may still be true.
    """

    assertion: Assertion = "present"
    experiencer: str = "patient"
    """``patient``, ``mother``, ``family`` …"""
    cue: Span | None = None
    rule: str = ""
    """The rule's name, or ``section:`` and the section's kind."""
    historical: bool = False
    status: Status | None = None
    status_cue: Span | None = None
    result: str | None = None
    """``negative`` where the cue speaks of a test's result ("HIV negative"): the test itself was done."""
    allergy: bool = False
    stale: bool = False
    """It stands in a list that was copied from an earlier note."""
    hedged: bool = False
    """A cue of doubt stands beside another one ("no definite pneumonia")."""


class _Reach(NamedTuple):
    """A cue with the stretch of words that it covers."""

    hit: Hit
    start: int
    end: int
    gaps: tuple[tuple[int, int], ...] = ()
    forward: bool = True


def assess(
    text: str,
    sentence: Span,
    mentions: Sequence[tuple[int, int]],
    section: Any = None,
    kinds: Sequence[str | None] | None = None,
) -> list[Context]:
    """The context of each mention of ``sentence``, in the order given.

    ``section`` is a `notes.sections.Section`, the name of its kind, or None; ``kinds`` says what each mention is
    (``condition``, ``drug``, ``procedure`` …), which some rules need: "declined" speaks of no condition.
    """
    if not mentions:
        return []
    kind = section if isinstance(section, str) else getattr(section, "kind", None)
    meaning = meanings().get(kind, NONE) if kind else NONE
    stale = bool(getattr(section, "stale", False)) or "stale" in meaning.flags
    heading = getattr(section, "heading", None)
    start = sentence.start
    if heading is not None and start < heading.end <= min(a for a, _ in mentions):
        start = heading.end  # "PMH:" is a place and no cue
    words = cues.words_of(text, start, sentence.end)
    places = [_place(words, start, end) for start, end in mentions]
    inside = [False] * len(words.words)
    for i, j in places:
        if i < j <= i + 2 and " ".join(words.words[i:j]) in cues.in_cues():
            continue
        for k in range(i, min(j, len(inside))):
            inside[k] = True
    hits = [hit for hit in cues.find(cues.rules(), words.words, inside) if not _regraded(hit, words.words)]
    persons = people(words, inside)
    in_family = meaning.experiencer == "family" and not (
        heading is not None and start > heading.end + 2 and turns_to_patient(words, persons)
    )
    tests = frozenset(places[n][1] for n, of in enumerate(kinds or ()) if of in _TESTS)
    reaches = _reaches(words, hits, places, "symptoms" in meaning.flags, tests)
    covering = _covering(reaches, places) if reaches else {}
    contexts = []
    for n, (i, j) in enumerate(places):
        mention_kind = kinds[n] if kinds else None
        some = [r for r in covering.get(n, ()) if _speaks_of(r.hit, mention_kind)]
        if some or persons or in_family:
            contexts.append(_decide(words, i, j, some, persons, mention_kind, meaning, kind, stale, hits, in_family))
        else:
            contexts.append(_without_cue(mention_kind, kind, stale))
    return contexts


def _regraded(hit: Hit, words: Sequence[str]) -> bool:
    """ "CKD 3, since reclassified as stage 4": the diagnosis stands."""
    if hit.rule.category != "retracted" or not hit.rule.backward or words[hit.j - 1] not in _INTO:
        return False
    return hit.j < len(words) and words[hit.j] in cues.degrees()


_INTO = ("to", "as")


@cache
def _without_cue(kind: str | None, section: str | None, stale: bool) -> Context:
    """The context of a mention of which only its section says something: that of most mentions."""
    meaning = meanings().get(section, NONE) if section else NONE
    return _decide(Words([], [], []), 0, 0, (), (), kind, meaning, section, stale, (), False)


def _place(words: Words, start: int, end: int) -> tuple[int, int]:
    """The words that a mention covers, wholly or in part."""
    i = bisect_left(words.ends, start + 1)
    return i, max(i + 1, bisect_left(words.starts, end))


def _speaks_of(hit: Hit, kind: str | None) -> bool:
    return hit.rule.kinds is None or kind is None or kind in hit.rule.kinds


def _covering(reaches: Sequence[_Reach], places: Sequence[tuple[int, int]]) -> dict[int, list[_Reach]]:
    """The cues that cover each mention, by the mention's number."""
    order = sorted(range(len(places)), key=lambda n: places[n])
    starts = [places[n][0] for n in order]
    covering: dict[int, list[_Reach]] = {}
    for reach in reaches:
        for at in range(bisect_left(starts, reach.start), bisect_left(starts, reach.end)):
            i, j = places[order[at]]
            if j <= reach.end and not any(a <= i < b for a, b in reach.gaps):
                covering.setdefault(order[at], []).append(reach)
    return covering


def _reaches(
    words: Words, hits: Sequence[Hit], places: Sequence[tuple[int, int]], symptoms: bool, tests: frozenset[int]
) -> list[_Reach]:
    """The scope of every cue that has one and could touch a mention."""
    reaches: list[_Reach] = []
    reaching = [hit for hit in hits if hit.rule.category not in _SCOPELESS]
    if not reaching:
        return reaches
    sentence = Sentence(words, hits, tests)
    ordered = sorted(places)
    starts = [i for i, _ in ordered]
    for hit in reaching:
        rule = hit.rule
        if rule.forward:
            n = bisect_left(starts, hit.j)
            if n < len(starts) and starts[n] < hit.j + rule.reach:
                commas, only_or = None, False
                if rule.name == "no" and not symptoms and _mid_list(sentence, hit, starts, reaches):
                    commas, only_or = "list", True
                end, gaps = sentence.forward(hit, commas, only_or)
                reaches.append(_Reach(hit, hit.j, end, tuple(gaps)))
        if rule.backward:
            n = bisect_left(starts, hit.i) - 1
            if n >= 0 and starts[n] >= hit.i - rule.reach - 6:
                start = sentence.backward(hit)
                # the reach counts from the mention's last word: "HEART FAILURE CLINIC"
                across = [i for i, j in ordered[: n + 1] if i < start < j == ordered[n][1]]
                start = min(across, default=start)
                reaches.append(_Reach(hit, start, hit.i, (), False))
    return reaches


def _mid_list(sentence: Sentence, hit: Hit, starts: Sequence[int], reaches: Sequence[_Reach]) -> bool:
    """ "HTN, no diabetes, CAD": is the cue an item of a list that began with something not negated?"""
    if hit.i == 0 or sentence.words.words[hit.i - 1] != ",":
        return False
    n = bisect_left(starts, hit.i) - 1
    if n < 0 or hit.i - starts[n] > 12 or any(k in sentence.stop_at for k in range(starts[n], hit.i)):
        return False
    return not any(r.hit.rule.category == "absent" and r.start <= starts[n] < r.end for r in reaches)


def _distance(reach: _Reach, i: int, j: int) -> int:
    return i - reach.hit.j if reach.forward else reach.hit.i - j


def _decide(
    words: Words,
    i: int,
    j: int,
    covering: Sequence[_Reach],
    persons: Sequence[Person],
    kind: str | None,
    meaning: Meaning,
    section: str | None,
    stale: bool,
    hits: Sequence[Hit],
    in_family: bool,
) -> Context:
    best: dict[str, _Reach] = {}
    for reach in covering:
        category = reach.hit.rule.category
        if category not in best or _distance(reach, i, j) < _distance(best[category], i, j):
            best[category] = reach
    person, person_cue = who(words, i, j, persons, best.get("family"), hits, in_family)
    status_reach = best.get("status")
    status = status_reach.hit.rule.status if status_reach else None
    if status == "past" and kind == "drug" and person_cue is not None and _tells(words, person_cue):
        person, person_cue = "patient", None
    if _turns(words, best, i, j):
        del best["absent"]
    chosen = _choose(best, i, j)
    if chosen and status_reach and status == "past" and not chosen.hit.rule.status:
        category = chosen.hit.rule.category
        nearer = _distance(status_reach, i, j) < _distance(chosen, i, j)
        # "stopped 3 months ago": the stop says more than the date; "recommend that she stay off": more than the plan
        if category == "historical" or (category == "planned" and nearer):
            chosen = status_reach
    historical = "historical" in best or "historical" in meaning.flags or status == "past"
    if chosen and chosen.hit.rule.status and status is None:
        status = chosen.hit.rule.status
    assertion: str = chosen.hit.rule.category if chosen else "present"
    if assertion == "status":
        assertion = "historical"
    rule = chosen.hit.rule.name if chosen else ""
    cue = _span(words, chosen.hit) if chosen else None
    result = chosen.hit.rule.result if chosen else None
    if assertion in ("absent", "declined", "retracted"):
        status = None  # what was never taken was not stopped
    elif assertion == "historical" and status in ("new", "current") and kind == "drug":
        status = "past"  # "was prescribed in the past"
    if assertion == "present" and status == "past" and status_reach:
        assertion, rule, cue = "historical", status_reach.hit.rule.name, _span(words, status_reach.hit)
    elif assertion == "present" and not chosen:
        by_section = meaning.of(kind)
        if by_section and not (by_section in ("hypothetical", "possible", "planned") and "present" in best):
            assertion, rule = by_section, f"section:{section}"
        if meaning.status and status is None and kind in (None, "drug", "device"):
            status = meaning.status
    if person != "patient" and assertion not in ("absent", "retracted", "hypothetical"):
        assertion, rule, cue = "family", "experiencer", person_cue or cue
    allergy = ("allergy" in best or "allergy" in meaning.flags) and assertion != "absent"
    if allergy and "allergy" in best and cue is None:
        cue, rule = _span(words, best["allergy"].hit), best["allergy"].hit.rule.name
    return Context(
        assertion=assertion,  # type: ignore[arg-type]
        experiencer=person,
        cue=cue,
        rule=rule,
        historical=historical,
        status=status,  # type: ignore[arg-type]
        status_cue=_span(words, status_reach.hit) if status_reach else None,
        result=result,
        allergy=allergy,
        stale=stale,
        hedged="possible" in best and assertion != "possible",
    )


def _tells(words: Words, person: Span) -> bool:
    """ "Mum: montelukast was stopped in January": a relative who tells what became of the patient's drug."""
    k = bisect_left(words.starts, person.end)
    return words.words[k : k + 1] == [":"]


def _turns(words: Words, best: dict[str, _Reach], i: int, j: int) -> bool:
    """ "No jaundice or asterixis, ascites present": an item behind a comma that is said to be there ends a denial."""
    denial, found = best.get("absent"), best.get("present")
    if denial is None or found is None or not denial.forward or found.forward:
        return False
    return found.hit.i == j and denial.hit.j < i and words.words[i - 1] == ","


def _choose(best: dict[str, _Reach], i: int, j: int) -> _Reach | None:
    """The cue that decides. Doubt, plans and conditions count by nearness; negation and retraction always."""
    strong = best.get("hypothetical")
    if strong and strong.hit.rule.strong:
        return strong
    awaited, denial = best.get("possible"), best.get("absent")
    if awaited and awaited.hit.rule.strong and denial and denial.forward and denial.hit.rule.category == "absent":
        return awaited  # "negative trichomonas, and chlamydia is pending"
    for category in _STRENGTH:
        if category in best:
            return best[category]
    near = [best[c] for c in ("possible", "planned", "hypothetical", "present") if c in best]
    if near:
        nearest = min(near, key=lambda r: _distance(r, i, j))
        if nearest.hit.rule.category != "present":
            return nearest
    return best.get("historical")


def _span(words: Words, hit: Hit) -> Span:
    return Span(words.starts[hit.i], words.ends[hit.j - 1])
