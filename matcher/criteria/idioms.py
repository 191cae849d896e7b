"""Small turns of phrase inside a name or before it: counts of people, adverbs, routes, landmarks, results of tests.

As in `turns`, each function returns the row in plainer words; what it leaves out goes to ``left_out``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.cues import Cues, cues
from matcher.criteria.lexicon import Lexicon, lexicon
from matcher.criteria.turns import LeftOut
from matcher.model import Mention

_NAMED = frozenset({"word", "term", "qualifier", "status", "result", "certainty", "behaviour", "leaf"})
_CALLED = frozenset({"word", "term", "qualifier", "status", "scaffold", "number"})
_ROUTES = frozenset({"qualifier", "word", "bracket", "comma", "conjunction", "slash", "scaffold"})
_TESTS = frozenset({"word", "term", "scaffold", "qualifier"})
_ANNOUNCING = frozenset({"list", "listall", "listnone", "example", "scaffold"})
_INTERVAL = frozenset("word term scaffold conjunction slash group when head qualifier leaf".split())
_ENDS = frozenset({"word", "term", "comparison", "window", "bracket", "leaf", "behaviour", "result", "number", "trial"})
_CLAUSES = frozenset({"comma", "stop", "semicolon", "conjunction"})
_ENTRIES = 2
"""Numbers in a row that make an enumeration whose first number is lost."""
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


Step = tuple[list[Chunk], int] | None
"""What stands for the chunks from a place on, and the place behind them; None where the turn does not begin there."""


def _walked(row: list[Chunk], step: Callable[[int], Step]) -> list[Chunk]:
    """The row with every turn that ``step`` finds put straight, in one pass."""
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        found = step(at)
        if found is None:
            out.append(row[at])
            at += 1
        else:
            out += found[0]
            at = found[1]
    return out


def plain(found: Comparison | None) -> bool:
    """Whether a number stands alone: no unit, scale or multiple of normal."""
    return found is not None and not (found.unit or found.uln or found.lln or found.scale or found.age)


def counted_once(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "At least one positive skin test": any; lines of therapy are counted."""
    out: list[Chunk] = []
    known = lexicon()
    for at, chunk in enumerate(row):
        found = chunk.comparison
        once = found is not None and plain(found) and (found.cmp, found.value) == (">=", 1.0) and found.value2 is None
        if chunk.kind not in ("comparison", "number") or not once or not _before_name(row, at):
            out.append(chunk)
            continue
        if known.inside["therapy_line"].search(" ".join(c.low for c in row[at + 1 : at + 8])):
            out.append(chunk)
            continue
        left_out([chunk])
        out.append(replace(chunk, kind="scaffold", comparison=None))
    return out


def _before_name(row: list[Chunk], at: int) -> bool:
    """Whether the number at ``at`` counts what follows it, and is no limit of what stands before."""
    if at + 1 >= len(row) or row[at + 1].kind not in _NAMED:
        return False
    before = row[at - 1] if at else None
    return before is None or before.mention is None or before.mention.type != "measurement"


def numbered_people(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "120 consecutive patients with aortic stenosis": how many are studied is no limit."""
    known = lexicon().turns["recruited"]
    for at, chunk in enumerate(row[:4]):
        if chunk.kind in ("number", "comparison") and plain(chunk.comparison) and chunk.comparison is not None:
            end = at + 1
            while end < len(row) and end < at + 4 and row[end].low in known:
                end += 1
            if chunk.comparison.cmp == "" and end < len(row) and row[end].kind == "person":
                left_out(row[at:end])
                return row[:at] + row[end:]
            return row
        if chunk.kind not in ("scaffold", "word", "colon", "comma"):
            return row
    return row


def adverbs(row: list[Chunk]) -> list[Chunk]:
    """ "Satisfactorily controlled", "surgically corrected": the adverb belongs to the qualifier behind it."""
    known = lexicon().turns["no_adverb"]
    out: list[Chunk] = []
    for chunk in row:
        before = out[-1] if out else None
        if (
            chunk.kind in ("qualifier", "head", "result")
            and before is not None
            and before.kind == "word"
            and before.low.endswith("ly")
            and before.low not in known
            and before.end + 1 == chunk.start
        ):
            head = chunk.kind != "qualifier"
            out[-1] = replace(chunk, start=before.start, low=chunk.low if head else f"{before.low} {chunk.low}")
        else:
            out.append(chunk)
    return out


def not_so(row: list[Chunk]) -> list[Chunk]:
    """ "Non-disabling stroke": the opposite of the qualifier."""
    out: list[Chunk] = []
    for chunk in row:
        before = out[-1] if out else None
        if chunk.kind == "qualifier" and before is not None and before.low == "non" and before.end + 1 == chunk.start:
            out[-1] = replace(chunk, start=before.start, low=f"non-{chunk.low}")
        else:
            out.append(chunk)
    return out


def routes(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Steroids by oral, intravenous (IV), or intramuscular (IM) route": any way it is given."""
    known = lexicon().turns

    def step(at: int) -> Step:
        if not at or row[at].low not in known["by_route"]:
            return None
        end = at + 1
        while end < len(row) and end < at + _FAR and row[end].kind in _ROUTES and row[end].low not in known["route"]:
            end += 1
        if end == at + 1 or end >= len(row) or row[end].low not in known["route"]:
            return None
        given = [c for c in row[at + 1 : end] if c.kind == "qualifier"]
        if not given:
            return None
        left_out(row[at : end + 1])
        return given if len(given) == 1 else [], end + 1

    return _walked(row, step)


def shown_positive(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Laboratory tests positive for hepatitis B": the infection is asked for, whatever showed it."""
    known = lexicon()
    for at in range(1, len(row) - 1):
        chunk = row[at]
        if chunk.kind != "result" or chunk.value != "positive" or not chunk.low.endswith(" for"):
            continue
        start = at
        while start and row[start - 1].kind in _TESTS and at - start < _FAR:
            start -= 1
        shown = row[start:at]
        if not shown or not known.inside["infection"].search(" ".join(c.low for c in row[at + 1 : at + 4])):
            continue
        if all(_of_test(c, known) for c in shown):
            left_out(shown)
            return [*row[:start], *row[at:]]
    return row


def _of_test(chunk: Chunk, known: Lexicon) -> bool:
    """Whether a word only says by which test or in what a thing was found."""
    if chunk.kind in ("scaffold", "qualifier"):
        return True
    words = set(chunk.low.split())
    return bool(words) and (words <= known.turns["specimen"] or known.inside["test"].search(chunk.low) is not None)


def sexed_names(row: list[Chunk]) -> list[Chunk]:
    """ "International male symptom score": the word for a sex stands inside a name."""
    out = list(row)
    for at in range(1, len(row) - 1):
        chunk, before, after = row[at], row[at - 1], row[at + 1]
        inside = before.kind in ("word", "term") and after.kind in ("word", "term")
        if chunk.kind == "sex" and chunk.low in ("male", "female") and inside and before.end + 1 == chunk.start:
            out[at] = replace(chunk, kind="word", value="")
    return out


def years(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Vaccine in the 2008-2009 and/or 2009-2010 season": calendar years are no limit of the vaccine."""
    known = lexicon().turns["season"]
    out: list[Chunk] = []
    dated = False
    for at, chunk in enumerate(row):
        found = chunk.comparison
        if found is not None and plain(found) and _calendar(found.value) and _calendar(found.value2):
            left_out([chunk])
            dated = True
            continue
        if dated and (chunk.low in known or (chunk.kind in ("conjunction", "slash") and _dated_next(row, at))):
            left_out([chunk])
            continue
        out.append(chunk)
    return out or row


def _dated_next(row: list[Chunk], at: int) -> bool:
    after = row[at + 1].comparison if at + 1 < len(row) else None
    return after is not None and plain(after) and _calendar(after.value) and _calendar(after.value2)


def _calendar(value: float | str | None) -> bool:
    return isinstance(value, float) and 1950 <= value <= 2100 and value == int(value)


def announced(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Any of the following cardinal features: tremor, …": what the list is called is no member of it."""
    for at, chunk in enumerate(row):
        if chunk.kind not in _ANNOUNCING or not chunk.low.endswith("following"):
            continue
        if chunk.low == "following" and not (at and row[at - 1].low.endswith("the")):
            continue
        end = at + 1
        while end < len(row) and end < at + 6 and row[end].kind in _CALLED:
            end += 1
        if end == at + 1 or (end < len(row) and row[end].kind != "colon"):
            continue
        left_out(row[at + 1 : end])
        listed = replace(chunk, kind="list") if chunk.kind == "scaffold" else chunk
        if lexicon().turns["one_of"] & set(row[end - 1].low.split()[-1:]) and listed.kind == "list":
            listed = replace(listed, low=f"any {chunk.low}")
        return [*row[:at], listed, *row[end:]]
    return row


def intervals(row: list[Chunk], text: str) -> list[Chunk]:
    """ "Time from symptom onset to treatment > 72 hours": an interval is measured, whatever lies at its ends."""
    known = lexicon().turns

    def step(at: int) -> Step:
        chunk = row[at]
        if not chunk.low or chunk.low.split()[-1] not in known["interval"] or at + 2 >= len(row):
            return None
        if row[at + 1].low.split()[:1] not in (["from"], ["between"], ["since"], ["until"], ["to"]):
            return None
        end = at + 2
        while end < len(row) and end < at + _FAR + 4 and row[end].kind in _INTERVAL:
            end += 1
        limit = row[end].comparison if end < len(row) else None
        if limit is None or not limit.duration or limit.age:
            return None
        start, stop = chunk.start, row[end - 1].end
        low = " ".join(text[start:stop].lower().split())
        return [Chunk("term", start, stop, low=low, mention=Mention(start, stop, text[start:stop], "measurement"))], end

    return _walked(row, step)


def opened(row: list[Chunk], text: str) -> list[Chunk]:
    """ "Gastric bypass surgery Presence of sleep apnea": a statement that lost the full stop before it."""
    known = cues()
    out: list[Chunk] = []
    for chunk in row:
        before = out[-1] if out else None
        if before is not None and before.kind in _ENDS and _begins(chunk, before, text, known):
            out.append(Chunk("stop", chunk.start, chunk.start, low="."))
        out.append(chunk)
    return out


def _begins(chunk: Chunk, before: Chunk, text: str, known: Cues) -> bool:
    """Whether a capital behind a lower-case word opens a statement: the word is one that opens statements."""
    if not text[chunk.start].isupper() or text[before.end : chunk.start].strip() or before.end == chunk.start:
        return False
    word = text[chunk.start : chunk.end].split()[0]
    last = text[before.start : before.end].split()[-1]
    if word.lower() not in known.openers or not word[1:].islower():
        return False
    return not last[0].isupper() or last.isupper() or before.kind in ("bracket", "comparison", "number")


def risked(row: list[Chunk]) -> list[Chunk]:
    """ "High-risk papillomavirus": a kind of it."""
    known = lexicon().turns["degree"]
    out: list[Chunk] = []
    for at, chunk in enumerate(row):
        before = out[-1] if out else None
        named = at + 1 < len(row) and row[at + 1].kind in ("word", "term", "qualifier")
        if chunk.low == "risk" and chunk.value == "-" and before is not None and before.low in known and named:
            out[-1] = Chunk("qualifier", before.start, chunk.end, "risk", f"{before.low}-risk")
        else:
            out.append(chunk)
    return out


def denied_state(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Cervix not intact": the state of it is denied."""
    out: list[Chunk] = []
    begun = 0
    """Where in ``out`` the clause begins."""
    at = 0
    while at < len(row):
        chunk = row[at]
        if chunk.kind in _CLAUSES:
            begun = len(out) + 1
        elif chunk.kind == "negation" and chunk.low.endswith("not") and _only_state(row, at):
            said = out[begun:]
            named = said[-1] if said and all(c.kind in ("word", "term", "scaffold") for c in said) else None
            seen = named is not None and (named.mention is None or named.mention.type == "observation")
            if seen and named is not None and named.kind != "scaffold":
                left_out([row[at + 1]])
                out[begun:] = [chunk, *said, replace(row[at + 1], kind="borrowed", value="")]
                at += 2
                continue
        out.append(chunk)
        at += 1
    return out


def _only_state(row: list[Chunk], at: int) -> bool:
    """Whether one plain word follows, and then the clause ends."""
    if at + 1 >= len(row) or row[at + 1].kind != "word" or row[at + 1].mention is not None:
        return False
    return at + 2 == len(row) or row[at + 2].kind in _CLAUSES


def certain(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Known or suspected FMPP": one question, asked with the weaker word; "previously or recently": at any time."""

    def step(at: int) -> Step:
        if at + 2 >= len(row) or row[at].kind != row[at + 2].kind:
            return None
        first, joint, second = row[at : at + 3]
        if first.kind == "status" and joint.low in ("or", "and or"):
            kept = replace(second, start=first.start, value="ever")
        elif first.kind == "certainty" and joint.kind in ("conjunction", "slash"):
            kept = replace(first if first.value == "suspected" else second, start=second.start)
        else:
            return None
        left_out([first, joint])
        return [kept], at + 3

    return _walked(row, step)


def numbered_on(row: list[Chunk], text: str, left_out: LeftOut) -> list[Chunk]:
    """ "Active lung disease 2. Infection within 4 weeks 3. Pregnancy": numbers of entries are no limits."""
    marks: list[int] = []
    for at in range(1, len(row) - 2):
        found = row[at].comparison
        if found is None or not plain(found) or row[at + 1].kind != "stop" or not text[row[at + 2].start].isupper():
            continue
        if found.value == float(len(marks) + 2) and found.value2 is None:
            marks.append(at)
    if len(marks) < _ENTRIES:
        return row
    for at in marks:
        left_out(row[at : at + 1])
    gone = set(marks)
    return [c for at, c in enumerate(row) if at not in gone]


def trial_of(row: list[Chunk]) -> list[Chunk]:
    """ "Another clinical trial with an investigational drug": what the other trial tests is part of it."""
    known = lexicon().turns

    def step(at: int) -> Step:
        if row[at].kind != "trial" or at + 2 >= len(row) or row[at + 1].low.split()[:1] == []:
            return None
        if row[at + 1].low.split()[0] not in known["trial_tie"]:
            return None
        end = at + 2
        while end < len(row) and end < at + _FAR and row[end].kind == "scaffold":
            end += 1
        if row[at + 1].low.split()[0] in known["trial_on"] and (studied := _studied(row, at + 2)) > at + 2:
            return [replace(row[at], end=row[studied - 1].end)], studied
        if end >= len(row) or not set(row[end].low.split()) & known["tested"]:
            return None
        last = end + 1
        while last < len(row) and last < end + 3 and row[last].low and set(row[last].low.split()) <= known["product"]:
            last += 1
        return [replace(row[at], end=row[last - 1].end)], last

    return _walked(row, step)


def _studied(row: list[Chunk], at: int) -> int:
    """Where the name ends of what another trial studies ("for breast cancer"); ``at`` where it is no plain name."""
    end = at
    while end < len(row) and end < at + _FAR and row[end].kind in ("word", "term", "qualifier", "scaffold"):
        end += 1
    ended = end == len(row) or row[end].kind in ("comma", "semicolon", "stop", "window", "when", "bracket")
    return end if ended else at


def score_on(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "A score > 15 on the NIH stroke scale": the score of that scale."""
    known = lexicon().turns

    def step(at: int) -> Step:
        if at + 3 >= len(row) or row[at].low not in known["scored"] or not plain(row[at + 1].comparison):
            return None
        if row[at + 2].low.split()[:1] not in (["on"], ["in"], ["of"]):
            return None
        name = at + 3
        while name < len(row) and name < at + _FAR and row[name].kind == "scaffold":
            name += 1
        end = name
        while end < len(row) and row[end].kind in ("word", "term") and end < name + _FAR:
            end += 1
        if end == name or row[end - 1].low.split()[-1] not in known["scale"]:
            return None
        left_out([row[at]])
        return [*row[name:end], row[at + 1]], end

    return _walked(row, step)
