"""More turns of phrase that are put straight before the grammar reads: people, doses, needs and risks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon

LeftOut = Callable[[list[Chunk]], None]

_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


def both_sexes(row: list[Chunk]) -> list[Chunk]:
    """ "Male, or female, 18 to 65 years": either sex, and the comma before the age is none of a list."""
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        chunk = row[at]
        after = at + 1
        while chunk.kind == "sex" and after < len(row) and row[after].kind in ("comma", "conjunction", "slash"):
            after += 1
        other = row[after] if at + 1 < after < len(row) else None
        if chunk.kind != "sex" or other is None or other.kind != "sex" or {chunk.value, other.value} != _SEXES:
            out.append(chunk)
            at += 1
            continue
        out.append(replace(chunk, value="both", end=other.end, low=f"{chunk.low} or {other.low}"))
        at = after + 1
        if at + 1 < len(row) and row[at].kind == "comma" and row[at + 1].kind in ("comparison", "age", "number"):
            at += 1
    return out


_SEXES = {"male", "female"}


def needed(row: list[Chunk]) -> list[Chunk]:
    """ "Asthma requiring intubation and ventilation": what a disease needs is one narrowing, whatever joins it."""
    stems = tuple(lexicon().turns["need"])
    for at, chunk in enumerate(row):
        if chunk.kind != "planned" or not chunk.low.startswith(stems):
            continue
        before = row[at - 1] if at else None
        if before is None or not (before.mention is not None and before.mention.type == "condition"):
            continue
        end = at + 1
        while end < len(row) and row[end].kind in _NEEDS and not _ill(row[end]):
            end += 1
        if end < len(row) and row[end].kind not in ("window", "when", "stop", "semicolon", "comma"):
            continue
        while end > at + 1 and row[end - 1].kind in ("conjunction", "slash"):
            end -= 1
        if not any(c.kind in ("term", "word") for c in row[at + 1 : end]):
            continue
        tail = row[at + 1 : end]
        plain = [replace(c, kind="mark") if c.kind in ("head", "conjunction", "slash") else c for c in tail]
        return [*row[: at + 1], *plain, *needed(row[end:])]
    return row


_NEEDS = frozenset({"term", "word", "head", "conjunction", "slash", "qualifier", "scaffold"})


def _ill(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type not in ("drug", "procedure", "device")


def out_of(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "A score of 20 out of 30": how far the scale goes is no limit."""
    out: list[Chunk] = []
    at = 0
    while at < len(row):
        end = _scale_end(row, at)
        if end:
            left_out(row[at:end])
            at = end
        else:
            out.append(row[at])
            at += 1
    return out


def _scale_end(row: list[Chunk], at: int) -> int:
    """The place behind "out of 30" where that stands behind a number; 0 where it does not."""
    if not 0 < at < len(row) - 2 or row[at].low != "out" or row[at + 1].low != "of" or row[at - 1].comparison is None:
        return 0
    end = at + 2
    while end < len(row) and end < at + 5 and row[end].kind in ("scaffold", "certainty", "word", "qualifier"):
        end += 1
    return end + 1 if end < len(row) and row[end].kind == "number" else 0


def naive(row: list[Chunk]) -> list[Chunk]:
    """ "Lactulose-naïve patients": none of it was had."""
    known = lexicon().turns["naive"]
    out: list[Chunk] = []
    for at, chunk in enumerate(row):
        back = len(out)
        while back and out[back - 1].kind in ("term", "word") and len(out) - back < 4:
            back -= 1
        # "treatment-naive hepatitis C" asks for the disease
        alone = at + 1 == len(row) or row[at + 1].kind not in ("term", "word", "qualifier")
        if chunk.kind == "word" and chunk.low in known and alone and back < len(out):
            out.insert(back, Chunk("negation", chunk.start, chunk.end, low=chunk.low))
        else:
            out.append(chunk)
    return out


def requirer(row: list[Chunk]) -> list[Chunk]:
    """ "Insulin-requiring diabetes": a kind of diabetes."""
    stems = tuple(lexicon().turns["need"])
    out = list(row)
    for at in range(1, len(row) - 1):
        drug, tie, ill = row[at - 1], row[at], row[at + 1]
        named = drug.mention is not None and drug.mention.type == "drug"
        needs = tie.kind == "planned" and tie.start == drug.end + 1 and tie.low.startswith(stems)
        if named and needs and ill.mention is not None and ill.mention.type == "condition":
            whole = f"{drug.low} {tie.low}"
            out[at - 1 : at + 1] = [Chunk("qualifier", drug.start, tie.end, "course", whole)]
            return out
    return out


def caused(row: list[Chunk]) -> list[Chunk]:
    """ "Reactions following immunization with vaccines": what it came from is part of the name."""
    known, doing = lexicon().turns["cause"], tuple(lexicon().turns["doing"])
    out = list(row)
    for at in range(1, len(row) - 2):
        head, tie, before = row[at + 1], row[at], row[at - 1]
        if head.kind != "head" or head.value not in ("medication", "procedure") or tie.low not in known:
            continue
        noun = " " in head.low and not head.low.startswith(doing)
        ill = before.mention is not None and before.mention.type == "condition"
        if noun and (ill or before.low in lexicon().nouns) and row[at + 2].kind in ("term", "word", "qualifier"):
            out[at] = replace(tie, kind="scaffold")
            out[at + 1] = replace(head, kind="word", value="")
    return out


def spliced(row: list[Chunk]) -> list[Chunk]:
    """ "Anti-tuberculosis drugs (or NTM drugs)": a bracket that goes on with the list; "hypotension (due to dialysis)":
    one that goes on with the name."""
    out: list[Chunk] = []
    for chunk in row:
        joined = chunk.kind == "bracket" and len(chunk.inner) > 1 and chunk.inner[0].kind == "conjunction"
        if joined and not any(c.kind in ("comparison", "condition", "exception", "spare") for c in chunk.inner):
            out += chunk.inner
        elif chunk.kind == "bracket" and out and _goes_on(chunk.inner):
            inner = [replace(chunk.inner[0], kind="scaffold"), *chunk.inner[1:]]
            out += [*inner[:-1], replace(inner[-1], end=chunk.end)]
        else:
            out.append(chunk)
    return out


def _goes_on(inner: list[Chunk]) -> bool:
    """Whether a bracket says where what stands before it came from, in one name."""
    told = [c.kind for c in inner[1:]]
    whole = bool(inner) and inner[0].low != "to" and inner[0].low in lexicon().turns["cause"]
    return whole and bool(told) and all(kind in ("term", "word", "scaffold", "qualifier") for kind in told)


def lined(row: list[Chunk]) -> list[Chunk]:
    """ "Myeloma after at least 2 prior lines of therapy": the disease, and how many lines were had."""
    known = lexicon()
    out = list(row)
    for at, chunk in enumerate(row):
        limit = row[at + 1].comparison if 0 < at < len(row) - 2 else None
        if limit is None or limit.unit or known.turns["behind"].isdisjoint(chunk.low.split()[-1:]):
            continue
        said = " ".join(c.low for c in row[at + 2 : at + 8] if c.kind in ("word", "term", "status", "scaffold", "head"))
        if known.inside["therapy_line"].search(said):
            out[at] = replace(chunk, kind="conjunction", value="and")
    return out


def taking_part(row: list[Chunk]) -> list[Chunk]:
    """ "Already participating in other diagnostic studies": the taking part and the trial are one."""
    known = lexicon().turns["taking_part"]
    out: list[Chunk] = []
    for chunk in row:
        while chunk.kind == "trial" and len(out) > 1 and out[-1].low in ("in", "of") and out[-2].low in known:
            chunk = replace(chunk, start=out[-2].start)
            del out[-2:]
        out.append(chunk)
    return out


def at_risk(row: list[Chunk]) -> list[Chunk]:
    """ "At high risk to have stones", "risk for stroke": the risk of it, one name."""
    known = lexicon().turns
    out = list(row)
    for at, chunk in enumerate(row[:-1]):
        if chunk.kind not in ("word", "term") or chunk.low.split()[-1] != "risk":
            continue
        after = at + 1
        while after < len(row) and after < at + 4 and set(row[after].low.split()) <= known["risk_tie"]:
            after += 1
        if after == at + 1 or after >= len(row) or row[after].kind not in ("term", "word", "qualifier"):
            continue
        for place in range(at + 1, after):
            out[place] = replace(row[place], kind="scaffold")
        degree = at - 1
        if degree >= 0 and row[degree].kind in ("result", "qualifier") and row[degree].low in known["degree"]:
            out[degree] = replace(row[degree], kind="word")
    return out


def only_doses(row: list[Chunk], left_out: LeftOut) -> list[Chunk]:
    """ "Aspirin 81 mg | dose": the word says what the number is."""
    out: list[Chunk] = []
    for at, chunk in enumerate(row):
        if _only_dose(row, at):
            left_out([chunk])
        else:
            out.append(chunk)
    return out


def _only_dose(row: list[Chunk], at: int) -> bool:
    if at < 2 or row[at].kind != "word" or row[at].low not in lexicon().turns["dose"]:
        return False
    limit, drug = row[at - 1].comparison, row[at - 2].mention
    return limit is not None and limit.unit is not None and drug is not None and drug.type == "drug"


def dosed(row: list[Chunk]) -> list[Chunk]:
    """ "Aspirin with a daily dose of 100 mg": the number is of the drug."""
    known = lexicon().turns
    for at, chunk in enumerate(row):
        said = set(chunk.low.split())
        if at + 1 >= len(row) or not said & known["dose"] or not said <= known["dose"] | known["dose_tie"]:
            continue
        after = at + 1
        while after < len(row) and after < at + 4 and row[after].low in known["dose_tie"]:
            after += 1
        limit = row[after].comparison if after < len(row) else None
        if limit is None or limit.duration or limit.unit is None:
            continue
        start = at
        while start and row[start - 1].kind in ("link", "scaffold", "qualifier", "status") and at - start < _FAR:
            start -= 1
        named = row[start - 1].mention if start else None
        if named is None or named.type != "drug" or start == at:
            continue
        kept = [c for c in row[start:at] if c.kind in ("qualifier", "status")]
        return [*row[:start], row[after], *kept, *dosed(row[after + 1 :])]
    return row
