"""Drugs: dose, route, frequency, what happened to them, and allergies as facts of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from matcher.facts import allergies, carried_out, doses, drug_table, tables
from matcher.facts.page import Draft, Page, Sentence
from matcher.model import Mention, Status

_REGION = 90
_WAY = 24
"""Characters before a drug in which its way stands."""
_NEXT_ONLY = 16
_NEXT = 48
"""Characters of the next sentence within which it tells what became of the last drug of this one."""
"""A changed dose is that of the drug right behind the verb, not of the whole list."""
STOPPED_FOR_HARM = "allergy.stopped"
"""The rule of what was not borne, and is no allergy."""
_BREAK = re.compile(
    r"[;\n]|\b(?:but|however|although|(?<!\ba )while|then|with plans|because|whereas|and (?:I|we|he|she|they) )\b",
    re.IGNORECASE,
)
_FOR = re.compile(r"\s?(?:\d[\w./-]*\s?\w{0,5}\s)?(?P<since>since|for)\b", re.IGNORECASE)
"""Behind a drug that is out: since when."""
_NOT = re.compile(r"\b(?:not|never|n't|without)\s(?:be\s|been\s|currently\s|yet\s)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Cue:
    start: int
    end: int
    state: str
    after: bool


@cache
def _meaning() -> tuple[dict[str, str], dict[str, str]]:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for name, phrases in tables.toml("drugs")["status"].items():
        state, _, direction = name.rpartition("_")
        for phrase in phrases:
            (before if direction == "before" else after).setdefault(phrase.lower(), state)
    return before, after


@cache
def _names(section: str) -> dict[str, str]:
    meaning: dict[str, str] = {}
    for name, phrases in tables.toml("drugs")[section].items():
        for phrase in phrases:
            meaning.setdefault(phrase.lower(), name)
    return meaning


def read(page: Page, sentence: Sentence, mentions: Sequence[Mention]) -> None:
    """Add a draft for every drug of a sentence; ``mentions`` are its drugs in order."""
    text = page.text
    section = sentence.section
    if section == "allergies":
        for mention in mentions:
            page.add(allergies.of(page, mention.start, mention.end, mention, "allergy.section"))
        allergies.allergens(page, sentence, mentions)
        return
    cues = _find_cues(page, sentence)
    former = [d for d in sentence.drafts if d.rule == "behaviour.drugs" and d.status == "past"]
    refused = allergies.zones_of(page, sentence)
    stable = any(hit.phrase in _stable() for hit in page.phrases.of("status.after", sentence.start, sentence.end))
    for index, mention in enumerate(mentions):
        following = mentions[index + 1].start if index + 1 < len(mentions) else sentence.end
        previous = mentions[index - 1].end if index else sentence.start
        if any(s <= mention.start < e for s, e in refused):
            page.add(allergies.of(page, mention.start, mention.end, mention, "allergy.stated"))
            continue
        stop = min(following, mention.end + _REGION)
        cut = _BREAK.search(text, mention.end, stop)
        stop = cut.start() if cut else stop
        draft = Draft("medication", mention.start, mention.end, mention.concept, rule="drug", source=mention.source)
        draft.type = "drug"
        doses.read(page, sentence, mention, stop, previous, draft)
        ways = _words(page, "route", mention.start, stop, 2, mention.end) or _way_before(page, sentence, mention.start)
        words = ways + (doses.a_day(page, sentence, draft, stop) or _words(page, "frequency", mention.end, stop, 1))
        own = [c for c in cues if not _of_previous(text, c, previous, mention.start) or c.start >= mention.end]
        state, cue = _state(text, own, mention, stop, sentence)
        if state is None or not (cue is not None and cue.after):
            beyond = _beyond(text, own, mention, stop, following, sentence)
            if beyond is None and index + 1 == len(mentions):
                beyond = _behind(page, sentence)
            state, cue = (beyond.state, beyond) if beyond is not None else (state, cue)
        if last(text[sentence.start : mention.start]) and _just().match(text, mention.end, sentence.end):
            state, cue = "current", None
        away = _FOR.match(text, mention.end, sentence.end)
        out = away is not None and _without().search(text, max(sentence.start, mention.start - _WAY), mention.start)
        if out:
            state, cue = "stopped", None
        if state == "stopped" and cue is not None and section in _told("sections"):
            # "MEDICATIONS: … 3. He was on quetiapine at bedtime"
            state = "current" if text[cue.start : cue.end].lower() in _told("tense") else state
        if state == "stopped" and cue is not None and text[cue.start : cue.end].lower() in _told("tense"):
            at_the_time = _at_the_time().search(text, mention.end, sentence.end)
            state = "current" if at_the_time is not None or section in _told("performed") else state
        if state in ("started", "taken") and cue is not None and _planned().search(text, sentence.start, cue.start):
            state = "planned"
        if state == "started" and cue is not None and _conditional(text, cue, mention, sentence):
            state = "planned"
        if state == "planned" and (carried_out.begun(text, mention.start) or carried_out.given(text, mention.end)):
            state, cue = None, None
        if state:
            _apply(draft, state, cue, text)
            if state == "current" and cue is None:
                draft.assertion = "present"
            if state == "stopped" and away is not None and away["since"].lower() == "for":
                off = cue is not None and text[cue.start : cue.end].lower() in _told("out")
                near = off and cue is not None and not text[cue.end : mention.start].strip()
                draft.rule = "drug.off" if out or near else draft.rule
            if state == "held":
                words.append("held")
                if _resumed().search(text, sentence.start, sentence.end):
                    draft.status = "current"
        if stable:
            words.append("stable")
        if any(habit.start <= mention.start and mention.end <= habit.end for habit in former):
            # "used cannabis in college"
            draft.status, draft.assertion, draft.rule = "past", "historical", "drug.stopped"
        draft.qualifiers = tuple(dict.fromkeys(words))
        drug_table.read(page, draft)
        page.add(draft)
        if _harmed(text, state, mention, sentence):
            page.add(_intolerance(mention))
    if refused:
        allergies.allergens(page, sentence, mentions, refused)


def touch(page: Page) -> None:
    """Have the sentences that may name an allergy made, whether or not they hold anything else."""
    for section in page.sections:
        if section.kind == "allergies":
            at = section.heading.end
            while at < section.end and (sentence := page.sentence_at(at)) is not None:
                at = max(sentence.end + 1, at + 1)
    for tag in ("allergy.before", "allergy.after"):
        for hit in page.phrases.of(tag):
            page.sentence_at(hit.start)


def _of_previous(text: str, cue: _Cue, previous: int, start: int) -> bool:
    """Whether a cue before a drug belongs to the one before it: "A d/c'd, B", "A (stopped 3/2024), B"."""
    if cue.after or cue.end > start or cue.start < previous or text[cue.start : cue.end].lower() not in _meaning()[1]:
        return False
    gap, behind = text[previous : cue.start], text[cue.end : start]
    if gap.strip(" (-:") or previous == 0:
        return False
    return behind.lstrip()[:1] in tuple(",;)") or (")" in behind and "(" in gap)


def _beyond(
    text: str, cues: Sequence[_Cue], mention: Mention, stop: int, following: int, sentence: Sentence
) -> _Cue | None:
    """What is said of a drug behind a "but": "listed, but he has not taken it", "was tried but not tolerated"."""
    if _BREAK.match(text, stop) is None or text[stop] == "\n":
        return None
    for cue in cues:
        if cue.after and stop <= cue.start < min(following, stop + _REGION):
            said = text[cue.start : cue.end].lower()
            apart = text[stop] == ";" and not _of_it(text, stop + 1, cue)
            if said in _told("refers") and not apart and not _NOT.search(text, sentence.start, cue.start):
                return cue
    return None


def _behind(page: Page, sentence: Sentence) -> _Cue | None:
    """What the next sentence says of the last drug of this one: "Warfarin is on her list. She stopped it in March."."""
    for hit in page.phrases.of("status.after", sentence.end, sentence.end + _NEXT):
        cue = _Cue(hit.start, hit.end, _meaning()[1][hit.phrase], True)
        if hit.phrase in _told("refers") and _of_it(page.text, sentence.end, cue):
            return cue
    return None


def _of_it(text: str, start: int, cue: _Cue) -> bool:
    """Whether a cue is told of a drug named before ``start``: "; patient stopped it", ". It was stopped"."""
    said = text[cue.start : cue.end].lower().split()
    who = _who().fullmatch(text, start, cue.start)
    if who is None:
        return False
    return "it" in said or (who["who"] or "").lower() in ("it", "this")


@cache
def _who() -> re.Pattern[str]:
    who, has = (tables.words(_told(name)) for name in ("who", "has"))
    return re.compile(rf"[\s.]*(?:(?P<who>{who})\s(?:(?:{has})\s)*)?", re.IGNORECASE)


@cache
def _just() -> re.Pattern[str]:
    """When a drug was taken last that is still taken ("last dose of apixaban this morning")."""
    words = tables.words(_told("just"))
    return re.compile(rf"[\s,:]*(?:(?:was|is|given|taken|at|on)\s){{0,2}}(?:{words})", re.IGNORECASE)


@cache
def _without() -> re.Pattern[str]:
    """What says of a drug behind it that it was not taken, for as long as stands behind that."""
    return re.compile(rf"(?:{tables.words(_told('without'))})\s(?:any\s|his\s|her\s)?$", re.IGNORECASE)


@cache
def _planned() -> re.Pattern[str]:
    """What makes a start, told right behind it, one that is to come."""
    return re.compile(rf"\b(?:{tables.words(_told('planning'))})\s(?:also\s|then\s|now\s)?\Z", re.IGNORECASE)


def _conditional(text: str, cue: _Cue, mention: Mention, sentence: Sentence) -> bool:
    """Whether a start is ordered for a case that may come ("start prednisone if no improvement")."""
    order = text[cue.start : cue.end].lower()
    if cue.after or (order.split()[0] not in _told("orders") and order not in _told("orders")):
        return False
    return _condition().match(text, mention.end, sentence.end) is not None


@cache
def _condition() -> re.Pattern[str]:
    return re.compile(rf"[^;.,\n]{{0,60}}\b(?:{tables.words(_told('conditions'))})\b", re.IGNORECASE)


@cache
def _at_the_time() -> re.Pattern[str]:
    """What says that "was on" is of the time that the note tells of ("was on metoprolol at the time of admission")."""
    return re.compile(rf"\b(?:{tables.words(_told('at_the_time'))})\b", re.IGNORECASE)


@cache
def _resumed() -> re.Pattern[str]:
    """What says that a drug is held for a while only ("hold warfarin for three days, then resume")."""
    return re.compile(rf"\b(?:{tables.words(tuple(_told('resumed')))})\b", re.IGNORECASE)


@cache
def _told(name: str) -> frozenset[str]:
    return frozenset(tables.toml("drugs")["told"][name])


@cache
def _stable() -> frozenset[str]:
    return frozenset(phrase.lower() for phrase in tables.toml("drugs")["status"]["stable_after"])


def _find_cues(page: Page, sentence: Sentence) -> list[_Cue]:
    before, after = _meaning()
    found: list[_Cue] = []
    for tag, meaning, backward in (("status.before", before, False), ("status.after", after, True)):
        hits = page.phrases.of(tag, sentence.start, sentence.end)
        found += [_Cue(hit.start, hit.end, meaning[hit.phrase], backward) for hit in hits]
    longer = [c for c in found if " " in page.text[c.start : c.end]]
    found = [
        c
        for c in found
        if not any(o is not c and o.after is c.after and o.start < c.start and c.end == o.end for o in longer)
    ]  # "never tried" says more than the "tried" in it
    return sorted(found, key=lambda cue: (cue.start, cue.end, cue.after))


def _state(
    text: str, cues: Sequence[_Cue], mention: Mention, stop: int, sentence: Sentence
) -> tuple[str | None, _Cue | None]:
    """What happened to the drug: the nearest cue after it in its clause, else the nearest before it."""
    for cue in cues:
        if not cue.after and 0 < mention.start - cue.end < 8 and text[cue.start : cue.start + 4].lower() == "not ":
            return cue.state, cue
    for cue in cues:
        if cue.after and mention.end <= cue.start < stop:
            # "metformin, stopped glipizide": the cue belongs to what follows.
            rest = text[cue.end : stop].strip()
            ends = stop < sentence.end and _BREAK.match(text, stop) is None
            if ends and not rest and cue.state in ("stopped", "started", "held"):
                continue
            if _NOT.search(text, sentence.start, cue.start) or _qualified().match(text, cue.start, sentence.end):
                continue
            going = next((c for c in cues if c.state == "current" and not c.after and c.end <= mention.start), None)
            if going is not None and text[cue.start : cue.end].lower() == "until":
                return going.state, going  # "continue his steroids until …"
            if text[cue.start : cue.end].lower() == "since" and (ended := _right_before(text, cues, mention)):
                # "off amiodarone since May": it ended then
                return ended.state, ended
            return (cue.state, cue) if cue.state != "started" else _course(text, cues, cue, mention, stop)
    best: _Cue | None = None
    for cue in cues:
        if not cue.after and cue.end <= mention.start and mention.start - cue.end < 80:
            if cue.state in ("stopped", "held") and _of_the_one_before(text, cue, sentence):
                continue
            gap = text[cue.end : mention.start]
            if cue.state == "planned" and _NOT.search(text, sentence.start, cue.start):
                best = replace(cue, state="denied")  # "did not need to be on insulin"
            elif not _BREAK.search(gap) and (cue.state != "changed" or len(gap) < _NEXT_ONLY):
                best = cue
    if best is None:
        return None, None
    return best.state, best


def _of_the_one_before(text: str, cue: _Cue, sentence: Sentence) -> bool:
    """Whether the drug before a cue is meant in a list ("Lipitor 80 mg q.d. discontinued today, Vioxx 25 mg q.d.")."""
    drugs = [mention for mention in sentence.mentions if mention.type == "drug"]
    before = max((drug.end for drug in drugs if drug.end <= cue.start), default=None)
    behind = min((drug.start for drug in drugs if drug.start >= cue.end), default=None)
    if before is None or behind is None:
        return False
    return "," not in text[before : cue.start] and "," in text[cue.end : behind]


def _course(text: str, cues: Sequence[_Cue], begun: _Cue, mention: Mention, stop: int) -> tuple[str, _Cue]:
    """What became of a drug that was begun: "since 2021, stopped in May" has ended, "on X (started May)" goes on."""
    ended = [c for c in cues if c.after and c.state in ("stopped", "held") and begun.end <= c.start < stop]
    if ended:
        return ended[-1].state, ended[-1]
    taken = any(c.state == "current" and not c.after and c.end <= mention.start for c in cues)
    return "taken" if taken or text[begun.start : begun.end].lower() == "since" else "started", begun


@cache
def _qualified() -> re.Pattern[str]:
    """What only begins like what is said of a drug: "no antibiotics in the past month", "continued until March"."""
    return re.compile(
        r"in the past (?:\d|few|several|couple|week|month|year|two|three|four|six)|(?:was |is )?continued until", re.I
    )


def _right_before(text: str, cues: Sequence[_Cue], mention: Mention) -> _Cue | None:
    """The cue of an ended course that stands right before a drug."""
    for cue in reversed(cues):
        ended = cue.state in ("stopped", "held") and not cue.after
        if ended and cue.end <= mention.start and not text[cue.end : mention.start].strip():
            return cue
    return None


def _apply(draft: Draft, state: str, cue: _Cue | None, text: str) -> None:
    said = text[cue.start : cue.end].lower() if cue else ""
    status: dict[str, Status] = {
        "stopped": "past",
        "held": "past",
        "started": "new",
        "taken": "current",
        "current": "current",
        "changed": "current",
    }
    draft.status = status.get(state)
    draft.rule = "drug.started" if state == "taken" else f"drug.{state}"
    if state == "started" and said in _told("once"):
        draft.rule, draft.status = "drug", None
    if cue is not None and cue.after:
        draft.said_at = (cue.start, cue.end)
    if said.startswith("not ") and said not in _told("borne"):
        draft.assertion, draft.status = "absent", "current"
    elif state == "stopped":
        draft.assertion = "historical"
    elif state == "planned":
        draft.assertion = "planned"
    elif state == "denied":
        draft.assertion = "absent"
    elif state == "current" and said in ("continue", "continuing"):
        draft.assertion = "present"


def _harmed(text: str, state: str | None, mention: Mention, sentence: Sentence) -> bool:
    """Whether a drug was stopped for what it did to the patient."""
    because, under, stops = _harms()
    if state == "stopped" and because.match(text, mention.end, sentence.end) is not None:
        return True
    before = text[max(sentence.start, mention.start - _REGION) : mention.start]
    return under.search(before) is not None and stops.search(text, mention.end, sentence.end) is not None


@cache
def _harms() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = tables.toml("drugs")["intolerance"]
    names = ("causes", "on", "stops", "effects", "comes")
    causes, on, stops, effects, comes = (tables.words(table[name]) for name in names)
    return (
        re.compile(
            rf"(?:(?!\b(?:{comes})\b)[^.;\n]){{0,40}}?\b(?:{causes})\s(?:[\w-]+\s){{0,3}}?(?:{effects})\b",
            re.IGNORECASE,
        ),
        re.compile(rf"\b(?:{effects})\s(?:{on})\s(?:[\w-]+(?:,\s|\sand\s|\sor\s))?$", re.IGNORECASE),
        re.compile(rf"\b(?:{stops})\b", re.IGNORECASE),
    )


def _intolerance(mention: Mention) -> Draft:
    return Draft(
        "allergy", mention.start, mention.end, mention.concept, rule=STOPPED_FOR_HARM, type="allergy",
        qualifiers=("intolerance",), assertion="present",
    )  # fmt: skip


def last(before: str) -> bool:
    """Whether the words before a drug make it the last that was given ("last dose of nivolumab")."""
    return _last().search(before) is not None


@cache
def _last() -> re.Pattern[str]:
    words, given = (tables.words(tables.toml("drugs")["last"][name]) for name in ("words", "given"))
    return re.compile(rf"(?:{words})\s(?:(?:{given})\s(?:of\s)?)?$", re.IGNORECASE)


def given_last(text: str, start: int, end: int) -> int | None:
    """Where the day must stand on which a drug was given for the last time ("…, last infusion | 11 January 2024")."""
    match = _given_last().search(text, start, end)
    return match.end() if match is not None else None


@cache
def _given_last() -> re.Pattern[str]:
    words, behind, before = (tables.words(tables.toml("drugs")["last"][n]) for n in ("words", "behind", "before_day"))
    return re.compile(rf"\b(?:{words})\s(?:{behind})\b(?:[\s:,(=-]+(?:{before})(?!\w))*[\s:,(=~-]*", re.IGNORECASE)


def _way_before(page: Page, sentence: Sentence, start: int) -> list[str]:
    """The way that stands right before a drug ("IV vancomycin", "oral prednisone")."""
    meaning = _names("route")
    hits = page.phrases.of("route", max(sentence.start, start - _WAY), start)
    return [meaning[hit.phrase] for hit in hits if hit.end <= start and page.text[hit.end : start].isspace()][-1:]


def _words(page: Page, section: str, start: int, stop: int, limit: int, own: int = 0) -> list[str]:
    meaning = _names(section)
    # "INH" is a drug where it is named, and no way to take one
    hits = (h for h in page.phrases.of(section, start, stop) if h.start != start or h.end < own)
    named = (meaning[hit.phrase] for hit in hits)
    return list(dict.fromkeys(name for name in named if name))[:limit]
