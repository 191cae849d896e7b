"""What the members of a list share of time: "chemotherapy or surgery within 4 weeks"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import Segment
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import plain
from matcher.criteria.windows import Timed
from matcher.model import Window
from matcher.terms.fold import singular

CONTENT = frozenset({"term", "word", "leaf", "behaviour", "sex", "agegroup", "childbearing", "trial", "administrative"})


def content(row: list[Chunk]) -> list[Chunk]:
    """The chunks that name something."""
    return [c for c in row if c.kind in CONTENT]


def _lent(row: list[Chunk]) -> list[Chunk]:
    """The whole name of the next member: "at least 2 moderate | or 1 severe exacerbations"."""
    return [c for c in row if c.value == "whole"]


def windows(found: list[Segment], text: str, used: list[tuple[int, int]]) -> None:
    """ "Chemotherapy, radiotherapy or surgery within 4 weeks": the window is of each. ``used``: what is read so."""
    first = found[0].row
    opening = next((c for c in first if c.kind == "window" or c.kind in CONTENT or _only_time(c)), None)
    if opening is not None and opening.kind in ("window", "bracket"):
        # "at least 4 weeks since prior interferon or thalidomide", "recent (within 3 months) stroke or surgery"
        shared = opening if opening.kind == "window" else _as_window(opening)
        for segment in found[1:]:
            if segment.but or any(c.kind in ("window", "comparison", "administrative") for c in segment.row):
                break
            if shared is not opening and any(c.kind in ("status", "negation", "link") for c in segment.row[:2]):
                break  # "or a history of …"
            segment.row = [shared, *segment.row]
    lent: set[int] = set()
    reacts = any(c.kind == "head" and c.value == "allergy" for c in first)
    for place in range(len(found) - 2, -1, -1):
        row, after = found[place].row, found[place + 1].row
        if reacts and any(c.kind in ("status", "head") and c.value != "allergy" for c in after[:1]):
            continue  # "allergy to A or B, or a history of C within 6 weeks"
        _as_before(row, after, used)
        if any(c.kind in ("window", "administrative") for c in row) or not _counted(row, after):
            continue
        if not content(row) and not _lent(row):
            continue
        if place + 1 not in lent and _listed(found, place + 1):
            continue  # "unstable angina, infarction within 6 months, class IV heart failure"
        if len(found) == 2 and found[1].told and found[1].loose and (found[1].anew or _ever(row)):
            continue  # "history of lymphoma, or cancer within 5 years", "bariatric surgery, or any drug within …"
        if len(found) == 2 and found[1].joint == "or" and _lasting(row) and _one(row, after, text):
            continue  # "history of heart failure or an infarction within 3 months"
        if found[place + 1].apart or found[place + 1].verb:
            continue  # "or who have received it within 6 months"
        if not after or after[-1].kind not in ("window", "when", "bracket") or found[place + 1].but:
            continue
        window = next((c for c in reversed(after) if c.kind == "window"), None)
        loose = found[place + 1].told and found[place + 1].loose and len(found) == 2
        if window is None and not loose and _only_time(after[-1]) and not any(c.kind == "bracket" for c in row):
            window = _as_window(after[-1])  # "surgery or radiotherapy (within 4 weeks)"
        if window is None or any(c.kind in ("comparison",) for c in after):
            continue
        if window.timed is not None and window.timed.own:
            continue
        if any(c.low.startswith("current") and c.kind in ("status", "behaviour") for c in row):
            continue  # "current smoker or cessation within 6 months"
        past = window.timed is not None and window.timed.window is not None and window.timed.window.at_least_ago
        if past and found[place + 1].joint == "or" and found[place + 1].other and _ill(row):
            continue  # "basal cell carcinoma, or other cancers curatively treated at least 5 years ago"
        if row[-1].low in lexicon().turns["any_time"]:
            continue  # "denosumab at any time, or bisphosphonates within 2 years"
        if len(row) > 1 and row[-1].kind == "status" and row[-1].value in ("ever", "past"):
            continue  # "infarction any time in the past, or an angiogram within a year"
        opens = next((c for c in after if c.kind not in ("scaffold",)), None)
        if opens is not None and opens.kind in ("link", "sex", "person", "negation"):
            continue
        if any(c.kind == "head" and "stable" in c.low for c in after) and any(c.kind == "negation" for c in row):
            continue  # "not on insulin, or on a stable dose of insulin for 8 weeks"
        lasts = window is not None and window.timed is not None and window.timed.lasting is not None
        both = found[place + 1].told and found[place + 1].joint == "and" and not found[place + 1].slash
        if lasts and both and _ill(row) and _ill(after):
            continue  # "polycystic ovaries and infertility for a year"
        if window in after and (at := after.index(window)) and after[at - 1].low.startswith("not "):
            continue  # "active tuberculosis, or latent tuberculosis not treated for 4 weeks"
        if opens is not None and opens.kind == "planned" and not any(c.kind == "planned" for c in row):
            continue  # "breastfeeding, or planning pregnancy within a year"
        # "an SSRI or SNRI at a stable dose for 4 weeks": both are stable
        stable = [c for c in after if c.kind == "qualifier" and c.low in ("stable", "unchanged")]
        found[place].row = [*row, *(stable if _behind(stable, after) else ()), window]
        lent.add(place)
    _onset_ages(found)


def _onset_ages(found: list[Segment]) -> None:
    """ "Wheezing, chest tightness, or dyspnea after the age of 6 years": the age is of each."""
    for place in range(len(found) - 1, 0, -1):
        after, row = found[place].row, found[place - 1].row
        aged = next((at for at, c in enumerate(after) if _since_age(c)), None)
        if aged is None or not all(c.kind in _BARE for c in after[:aged]) or not _ill(after[:aged]):
            continue
        apart = len(found) == 2 and found[place].told and found[place].loose
        if not apart and found[place].joint == "or" and all(c.kind in _OPEN for c in row) and _ill(row):
            found[place - 1].row = [*row, after[aged]]


def _since_age(chunk: Chunk) -> bool:
    return chunk.comparison is not None and chunk.comparison.age and chunk.low.startswith(("after ", "before "))


_BARE = frozenset({"term", "word", "qualifier"})
_OPEN = _BARE | {"status", "certainty", "head", "link", "person", "scaffold"}


def _as_before(row: list[Chunk], after: list[Chunk], used: list[tuple[int, int]]) -> None:
    """ "Refractive surgery < 90 days or cataract surgery < 3 months before screening": before it, too."""
    if not row or not after or after[-1].timed is None or after[-1].timed.window is None:
        return
    found, said = row[-1].comparison, after[-1].low
    before = said.startswith(("<", "≤", "less")) and not _BEFORE.isdisjoint(said.split())
    done = len(row) > 1 and row[-2].mention is not None and row[-2].mention.type == "procedure"
    if before and done and found is not None and found.cmp in ("<", "<=") and found.duration and not found.age:
        timed = Timed(found.start, found.end, found.first, found.last, Window(within=found.duration))
        row[-1] = replace(row[-1], kind="window", comparison=None, timed=timed)
        used.append((found.start, found.end))


_BEFORE = frozenset({"before", "prior"})


def _ill(row: list[Chunk]) -> bool:
    said = content(row)
    return bool(said) and said[-1].mention is not None and said[-1].mention.type == "condition"


def _ever(row: list[Chunk]) -> bool:
    return any(c.kind == "status" and c.value in ("ever", "past") for c in row)


def _lasting(row: list[Chunk]) -> bool:
    """Whether a member asks for what a patient has or had at any time: "history of", "diagnosis of"."""
    return _ever(row) or any(c.kind == "head" and c.value == "condition" for c in row)


def _one(row: list[Chunk], after: list[Chunk], text: str) -> bool:
    """Whether the next member speaks of one event, with an article that the first has not."""
    return bool(row and after) and text[row[-1].end : after[0].start].split()[-1:] in (["a"], ["an"])


def _behind(stable: list[Chunk], row: list[Chunk]) -> bool:
    """Whether a dose is called stable behind the name of its drug, which then is of the drugs before it too."""
    named = next((c for c in row if c.kind in CONTENT), None)
    drug = named is not None and named.mention is not None and named.mention.type == "drug"
    return bool(stable) and drug and named is not None and named.start < stable[0].start


def _listed(found: list[Segment], place: int) -> bool:
    """Whether a member stands between bare commas: what it says of time is its own."""
    before, after = found[place], found[place + 1] if place + 1 < len(found) else None
    return after is not None and bool(content(after.row)) and not before.told and not before.slash


def _counted(row: list[Chunk], after: list[Chunk]) -> bool:
    """Whether its numbers count what the next member names, too: "two attacks or one severe attack within a year"."""
    if not any(c.kind == "comparison" for c in row):
        return True
    own, other = ({singular(c.low.split()[-1]) for c in (*content(part), *_lent(part))} for part in (row, after))
    return not own.isdisjoint(other) and all(plain(c.comparison) for c in row if c.kind == "comparison")


def _only_time(chunk: Chunk) -> bool:
    """ "(within 3 months)", "(< 6 weeks)"."""
    said = [c for c in chunk.inner if c.kind not in ("scaffold", "definition")]
    if len(said) != 1:
        return False
    limit = said[0].comparison
    return said[0].kind == "window" or (limit is not None and limit.duration is not None and limit.cmp in ("<", "<="))


def _as_window(bracket: Chunk) -> Chunk:
    """The window of a bracket that holds only a time."""
    said = next(c for c in bracket.inner if c.kind not in ("scaffold", "definition"))
    if said.kind == "window" or said.comparison is None:
        return said
    limit = said.comparison
    timed = Timed(limit.start, limit.end, limit.first, limit.last, Window(within=limit.duration))
    return replace(said, kind="window", timed=timed, comparison=None)
