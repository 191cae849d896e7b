"""Turns of phrase that are put straight before the grammar reads a row of chunks.

Each function looks for one turn and returns the row as a plainer one; what it leaves out goes to ``left_out``.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.brackets import asides, described, judged_examples, second_limits
from matcher.criteria.chunks import Chunk
from matcher.criteria.denials import denied_later, no_time, not_such, ruled_out
from matcher.criteria.idioms import (
    adverbs,
    announced,
    certain,
    counted_once,
    denied_state,
    intervals,
    not_so,
    numbered_on,
    numbered_people,
    opened,
    risked,
    routes,
    score_on,
    sexed_names,
    shown_positive,
    trial_of,
    years,
)
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns import (
    LeftOut,
    at_risk,
    both_sexes,
    caused,
    dosed,
    lined,
    naive,
    needed,
    only_doses,
    out_of,
    requirer,
    spliced,
    taking_part,
)
from matcher.criteria.windows import Timed
from matcher.model import Mention, Window

_FAR = 40
"""Chunks that a turn of phrase looks ahead."""
_BETWEEN = frozenset({"qualifier", "status", "scaffold", "result", "number", "comparison", "certainty"})
_NAMES = frozenset({"term", "word", "behaviour", "qualifier", "leaf"})
_JOINTS = frozenset({"comma", "semicolon", "stop", "conjunction", "colon"})


_PLAIN = (
    judged_examples,
    not_such,
    ruled_out,
    spliced,
    risked,
    not_so,
    adverbs,
    sexed_names,
    both_sexes,
    naive,
    caused,
    requirer,
    needed,
    at_risk,
)
"""Turns that need nothing but the row, in this order."""
_SHORTENING = (
    asides,
    second_limits,
    no_time,
    only_doses,
    certain,
    denied_later,
    denied_state,
    announced,
    score_on,
    numbered_people,
    counted_once,
    years,
    shown_positive,
    routes,
)
"""Turns that leave words out, in this order."""


def rewritten(row: list[Chunk], text: str, left_out: LeftOut) -> list[Chunk]:
    """The row, and the rows of its brackets, in plainer words."""
    if not row:
        return row
    row = [replace(c, inner=rewritten(c.inner, text, left_out)) if c.inner else c for c in row]
    row = _group_first(row)
    row = intervals(opened(numbered_on(row, text, left_out), text), text)
    for change in _SHORTENING:
        row = change(row, left_out)
    if not row:
        return row
    for turn in _PLAIN:
        row = turn(row)
    row = out_of(described(row, text), left_out)
    row = dosed(row)
    row = _since(row)
    row = _scale(row, left_out)
    row = _pressures(row)
    row = _gestation(row)
    row = _classes(row, text)
    row = _poor(row)
    row = _lasting(row, left_out)
    row = _associated(row)
    row = _on_drug(row)
    row = _contraindicated(row)
    row = _setback(row)
    row = _not_an(row)
    row = _trials(row)
    row = trial_of(taking_part(row))
    row = lined(row)
    row = _age_at(row, left_out)
    return _places(row, text)


def _group_first(row: list[Chunk]) -> list[Chunk]:
    """ "(For female subjects) The subject is pregnant": the bracket is the premise."""
    first = row[0]
    if first.kind != "bracket" or not first.inner or first.inner[0].kind != "group" or len(row) < 2:
        return row
    return [*first.inner, Chunk("comma", first.end - 1, first.end, low=","), *row[1:]]


def _on_drug(row: list[Chunk]) -> list[Chunk]:
    """ "Psoriasis on high-dose prednisone": on a drug is treated with it."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or chunk.low != "on":
            continue
        after = at + 1
        while after < len(row) and after < at + 5 and row[after].kind in _BETWEEN:
            after += 1
        named = row[after].mention if after < len(row) and row[after].kind == "term" else None
        if named is not None and named.type == "drug":
            out[at] = replace(chunk, kind="head", value="medication")
    return out


def _classes(row: list[Chunk], text: str) -> list[Chunk]:
    """ "Drugs known to interact with warfarin", "medications that may alter PSA": one class of drugs, as described."""
    known = lexicon()
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        end = _described(row, at) if row[at].low in known.drugs else 0
        if not end:
            out.append(row[at])
            at += 1
            continue
        start, stop = row[at].start, row[end - 1].end
        low = " ".join(text[start:stop].lower().split())
        out.append(Chunk("term", start, stop, low=low, mention=Mention(start, stop, text[start:stop], "drug")))
        at = end
    return out


def _described(row: list[Chunk], at: int) -> int:
    """Where the clause ends that says what the drugs at ``at`` do; 0 where there is none."""
    known = lexicon()
    if row[at].kind not in ("term", "word", "leaf") or (at > 1 and row[at - 2].low.startswith("change")):
        return 0  # "no change in medications that …" asks for the change
    after = at + 1
    while after < len(row) and row[after].kind in _CLAUSE and row[after].low.split()[0] in known.relatives:
        after += 1
    if after == at + 1 or (row[at + 1].kind == "conjunction" and after == at + 2):
        return 0
    end = after
    while end < len(row) and end < at + _FAR and row[end].kind not in _CLASS_ENDS:
        end += 1
    said = {word for c in row[at + 1 : end] for word in c.low.split()}
    return end if said & known.acts else 0


_CLAUSE = frozenset({"conjunction", "certainty", "scaffold", "link", "word", "administrative", "status"})
_CLASS_ENDS = frozenset(
    "comma semicolon stop colon conjunction example definition window when bracket exception unless condition".split()
)


def _poor(row: list[Chunk]) -> list[Chunk]:
    """ "Unreliable contraception": none that counts."""
    poor = lexicon().poor
    return [
        replace(c, kind="negation")
        if c.low in poor and at + 1 < len(row) and row[at + 1].kind == "leaf" and row[at + 1].value == "contraception"
        else c
        for at, c in enumerate(row)
    ]


def _lasting(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "< 3 days of fever", "at least 6 months of symptoms": since when, and no measure."""
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        found = row[at].comparison if at + 2 < len(row) and row[at + 1].low == "of" else None
        named = row[at + 2].mention if found is not None else None
        if found is None or not found.duration or found.age or found.value2 or not named or named.type != "condition":
            out.append(row[at])
            at += 1
            continue
        young = found.cmp in ("<", "<=")
        window = Window(within=found.duration) if young else Window(at_least_ago=found.duration)
        left_out([row[at]])
        timed = Timed(row[at].start, row[at].end, found.first, found.last, window)
        out += [row[at + 2], Chunk("window", row[at].start, row[at].end, low=row[at].low, timed=timed)]
        at += 3
    return out


def _not_an(row: list[Chunk]) -> list[Chunk]:
    """ "Well controlled asthma is not an": an exclusion, as the heading says."""
    if len(row) > 3 and row[-1].low in ("a", "an") and row[-2].kind == "negation" and row[-1].kind == "scaffold":
        return [*row[:-2], replace(row[-2], kind="spare", end=row[-1].end)]
    return row


def _since(row: list[Chunk]) -> list[Chunk]:
    """ "Weight loss since the onset of symptoms": no reason, for no comma stands before it."""
    if any(c.kind == "administrative" for c in row):
        return row  # "unable to finish because of …": a reason is part of what is judged
    parted = ("comma", "dash", "bracket", "barred", "stop")
    return [
        replace(c, kind="scaffold")
        if c.kind == "reason" and at and row[at - 1].kind not in parted and not c.low.startswith("matched")
        else c
        for at, c in enumerate(row)
    ]


def _scale(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "A score of 4 or more on a 0-10 scale": how far the scale goes is no limit."""
    for at in range(1, len(row)):
        if not row[at].low.startswith(("scale", "point scale")) or row[at].kind not in ("word", "term"):
            continue
        ranged = row[at - 1].comparison
        if ranged is None or ranged.unit is not None or ranged.cmp not in ("between", ""):
            continue
        start = at - 1
        while start and row[start - 1].low in ("on", "a", "an", "the", "of", "from", "out of"):
            start -= 1
        if any(c.comparison is not None for c in row[:start]):
            left_out(row[start : at + 1])
            return row[:start] + row[at + 1 :]
    return row


def _contraindicated(row: list[Chunk]) -> list[Chunk]:
    """ "Contrast is contraindicated": a contraindication to it."""
    last = row[-1]
    if len(row) < 2 or last.kind != "head" or last.value != "contraindication" or "contraindicated" not in last.low:
        return row
    whom = next((i for i, c in enumerate(row) if c.low == "in whom"), 0)
    if whom:
        # "coagulopathy in whom an injection is contraindicated"
        turned = _contraindicated(row[whom + 1 :])
        if turned[0] is last:
            return [*row[:whom], replace(row[whom], kind="link"), *turned]
    rest = row[:-1]
    while rest and rest[-1].kind in ("link", "scaffold"):
        rest = rest[:-1]
    if not rest or any(c.kind not in ("term", "word", "qualifier", "scaffold") for c in rest):
        return row
    return [last, *rest]


def _pressures(row: list[Chunk]) -> list[Chunk]:
    """ "≥ 140 mmHg systolic": the name stands behind its limit."""
    out = list(row)
    for at in range(len(row) - 1):
        limit, after = row[at], row[at + 1]
        if limit.kind == "comparison" and after.low in lexicon().behind and after.kind in ("word", "term"):
            out[at], out[at + 1] = after, limit
    return out


def _gestation(row: list[Chunk]) -> list[Chunk]:
    """ "Born at less than 32 weeks' gestation": a gestational age."""
    out = list(row)
    for at in range(len(row) - 1):
        found = row[at].comparison
        after = at + 1
        while after < len(row) and after < at + 3 and row[after].low in ("of", "'", "’", "the"):
            after += 1
        if found is None or after >= len(row) or not row[after].low.startswith("gestation"):
            continue
        if (found.unit or "").lower().startswith("week") and row[after].kind in ("word", "term"):
            out[at : after + 1] = [row[after], row[at]]
            if at and row[at - 1].low == "born":
                out[at - 1] = replace(row[at - 1], kind="scaffold")
            return out
    return out


def _associated(row: list[Chunk]) -> list[Chunk]:
    """ "Heart failure associated with LVEF < 40 %": a limit behind it is a question of its own."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or not chunk.low.endswith(("associated with", "association with")):
            continue
        for after in row[at + 1 : at + _FAR]:
            if after.kind in _JOINTS:
                break
            if after.kind == "comparison":
                out[at] = replace(chunk, kind="conjunction", value="and")
                break
    return out


def _setback(row: list[Chunk]) -> list[Chunk]:
    """ "Disease progression on or after platinum": the progression, and the treatment that it came with."""
    known = lexicon()
    for at in range(len(row) - 2):
        said = f"{row[at].low} {row[at + 1].low}" if row[at].kind != "head" else ""
        last = at + 1 if said in known.setbacks else at if row[at].low in known.setbacks else None
        if last is None:
            continue
        after = last + 1
        while after < len(row) and row[after].low in known.setback_ties:
            after += 1
        named = row[after].mention if after < len(row) else None
        if after == last + 1 or named is None or named.type not in ("drug", "procedure"):
            continue
        if known.inside["test"].search(row[after].low):
            continue  # "recurrence on MRI": how it was seen
        start, end = row[at].start, row[last].end
        setback = Chunk("term", start, end, low=said if last > at else row[at].low, mention=row[last].mention)
        setback.mention = Mention(start, end, setback.low, "condition")
        tie = Chunk("head", row[last + 1].start, row[after - 1].end, "medication", "after")
        had = Chunk("status", tie.start, tie.end, "ever", "after")
        return [*row[:at], setback, tie, had, *row[after:]]
    return row


def _trials(row: list[Chunk]) -> list[Chunk]:
    """ "Another smoking cessation trial": taking part in research, whatever it studies."""
    known = lexicon().turns["trial"]
    out: list[Chunk] = []
    for chunk in row:
        out.append(chunk)
        if chunk.kind != "word" or chunk.low not in known:
            continue
        back = len(out) - 2
        while back >= 0 and back > len(out) - 6 and out[back].kind in _NAMES:
            back -= 1
        opening = out[back] if 0 <= back < len(out) - 2 else None
        if opening is None or opening.kind != "scaffold":
            continue
        if opening.low.split()[-1] in ("another", "other") or opening.low.endswith("part in"):
            out[back + 1 :] = [Chunk("trial", out[back + 1].start, chunk.end, low=chunk.low)]
    return out


def _age_at(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Age at the time of bypass surgery > 15 years": at which time is no part of the question."""
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        out.append(row[at])
        at += 1
        if row[at - 1].kind != "age":
            continue
        after = at
        while after < len(row) and after < at + 9 and row[after].kind not in (*_JOINTS, "comparison", "number"):
            after += 1
        said = row[at:after]
        if after >= len(row) or row[after].kind != "comparison" or not said or said[0].kind == "term":
            continue
        opens = {"at", "on"} & set(f"{row[at - 1].low} {said[0].low}".split())
        if opens and any(c.kind in ("term", "word") for c in said):
            left_out(said)
            at = after
    return out


def _places(row: list[Chunk], text: str) -> list[Chunk]:
    """ "A plant in Northfield, Ohio": the comma inside a place joins nothing."""
    out: list[Chunk] = []
    located = False
    for at, chunk in enumerate(row):
        located = (located or chunk.low in ("in", "at")) and chunk.kind not in ("conjunction", "semicolon", "stop")
        if chunk.kind == "comma" and located and 0 < at < len(row) - 1:
            before, after = row[at - 1], row[at + 1]
            ends = at + 2 == len(row) or row[at + 2].kind in ("comma", "stop", "semicolon")
            if ends and all(c.kind == "word" and text[c.start].isupper() for c in (before, after)):
                out.append(replace(chunk, kind="mark"))
                continue
        out.append(chunk)
    return out
