"""What a statement says beside its question: why it is asked, and how the answer is shown."""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import NAMED
from matcher.criteria.coordination import names
from matcher.criteria.lexicon import lexicon
from matcher.criteria.rows import place

_NAMES = frozenset({"term", "word", "conjunction", "comma", "slash", "scaffold", "qualifier"})


def without_reason(row: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The row and what was left out: ", since radiotherapy often changes the mucosa"."""
    if row and row[0].low in lexicon().turns["reason_first"]:
        end = next((i for i, c in enumerate(row) if c.kind == "comma"), len(row))
        if end < len(row) - 1 and names(row[end + 1 :]) and not any(c.comparison is not None for c in row[:end]):
            return row[end + 1 :], row[: end + 1]  # "Due to the amount of blood drawn, subjects with …"
    at = place(row, "reason")
    if at is None or at == 0 or not names(row[:at]):
        return row, []
    if row[at - 1].kind not in ("comma", "dash", "bracket", "barred") and not always_reason(row[at]):
        return row, []
    end = next((i for i in range(at, len(row)) if row[i].kind == "semicolon"), len(row))
    return row[:at] + row[end:], row[at:end]


def always_reason(chunk: Chunk) -> bool:
    """Whether what gives a reason can mean no time, so that no comma need stand before it ("as these …")."""
    return chunk.low.startswith("matched") or chunk.low.split()[0] in lexicon().turns["reason_as"]


def without_evidence(row: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The row and what was left out: "≥ 70 % by duplex, CTA or angiography", "ultrasound or MRI evidence of X",
    "diagnosed according to the guidelines of the society"."""
    first = next((at for at, chunk in enumerate(row) if names([chunk])), len(row))
    for at, chunk in enumerate(row[:_FARTHEST]):
        if chunk.kind not in _BESIDE or not chunk.low or not 0 < at < len(row) - 1:
            continue
        if chunk.low in _BY and first < at and (end := _means(row, at)):
            return row[:at] + row[end:], row[at:end]
        if chunk.low.endswith("evidence of") and _tests(row[:at]):
            return row[at:], row[:at]
        if chunk.low in _WITH and _examined(row[:at]) and _measured(row[at + 1 :]):
            return row[at + 1 :], row[: at + 1]  # "ECG | with | QTc > 450 ms"
        if chunk.low in lexicon().showing and _tests(row[:at], 1) and names(row[at + 1 :]):
            return row[at + 1 :], row[: at + 1]
        if chunk.low == "using" and first < at and (end := _method(row, at) or _device(row, at)):
            return row[:at] + row[end:], row[at:end]
        if chunk.low.split()[-1] in lexicon().evidence and (end := _adverb(row, at)) and first < at:
            return row[:at] + row[end:], row[at:end]
        if (_shows(chunk) or _ruled(row, at)) and first < at and (end := _shown(row, at)):
            parted = row[at - 1].kind == "comma" and end + 1 < len(row) and row[end].kind == "comma"
            if parted and row[end + 1].kind in ("comparison", "number"):
                return row[: at - 1] + row[end + 1 :], row[at - 1 : end + 1]  # "volume, as measured by MRI, < 30 ml"
            return row[:at] + row[end:], row[at:end]
    return row, []


def _shows(chunk: Chunk) -> bool:
    known, words = lexicon(), chunk.low.split()
    return words[-1] in known.turns["shown_by"] and (words == ["per"] or not known.evidence.isdisjoint(words))


def _ruled(row: list[Chunk], at: int) -> bool:
    """ "Measurable | as per, by | RECIST"."""
    return row[at].low in lexicon().turns["ruled_by"] and _rules(row[at + 1])


_BESIDE = frozenset({"scaffold", "definition", "link", "word", "head"})
_FARTHEST = 300
"""Chunks of a statement in which evidence is looked for."""
_FAR = 60
"""Chunks that a means of evidence may take."""
_STOPS = frozenset("negation age sex agegroup head status administrative leaf behaviour planned link result".split())


def _shown(row: list[Chunk], at: int) -> int:
    """Where the means of evidence that begin behind ``at`` end; 0 where they are no means of evidence."""
    end = at + 1
    told = False
    joint = 0
    while end < len(row):
        if end > at + _FAR:
            return joint
        chunk = row[end]
        if chunk.kind == "example" and told and _tests(row[end + 1 : end + 8], 1):
            end += 1
            continue  # "by specific investigations such as CT or ERCP"
        if chunk.kind in ("semicolon", "stop", "exception", "unless", "condition", "window", "when", "example"):
            break
        if chunk.kind in ("comma", "conjunction", "link", "slash"):
            after = next((c for c in row[end + 1 :] if c.kind not in ("scaffold", "conjunction")), None)
            named = after.mention.type if after is not None and after.mention is not None else ""
            if after is None or after.kind in _STOPS or chunk.kind == "link":
                break
            if told and _whole(row[end - 1]) and not _rules(after):
                break  # "per RECIST 1.1, or pleural effusion", "per IMWG criteria or progression"
            if named in ("condition", "drug") and not _sign(after) and not _rules(after):
                break
            joint = end if told else 0
        elif chunk.kind == "number" and (row[end - 1].kind == "word" or row[end - 1].low in NAMED):
            pass  # "RECIST 1.1", "EULAR 2010 criteria"
        elif chunk.kind in ("comparison", "number", "negation", "result", "age", "sex", "head", "leaf"):
            # "defined by ALT, AST or ALP > 3 x ULN": the limit is of each of them
            return 0 if chunk.kind == "comparison" and any(_value(c) for c in row[at + 1 : joint]) else joint
        elif chunk.kind == "bracket" and any(c.kind in ("comparison", "result") for c in chunk.inner):
            break
        elif _named(chunk) and _last(row, end) and not _sign(chunk):
            return joint
        told = told or chunk.kind in ("word", "term", "administrative")
        end += 1
    return end if told else 0


def _value(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type in ("measurement", "biomarker")


def _named(chunk: Chunk) -> bool:
    named = chunk.mention is not None and chunk.mention.type in ("condition", "drug", "allergy")
    return named and not _rules(chunk)


def _whole(chunk: Chunk) -> bool:
    """Whether the name of a set of rules ends here: with its version, or with "criteria"."""
    return chunk.kind == "number" or chunk.low.split()[-1:] == ["criteria"]


def _rules(chunk: Chunk) -> bool:
    """A set of rules that a finding is read by: "RECIST", "Lugano"."""
    return not lexicon().turns["rules"].isdisjoint(chunk.low.split()[:1])


def _sign(chunk: Chunk) -> bool:
    """What a diagnosis rests on, and no finding of its own: "neurologic | findings"."""
    return not lexicon().signs.isdisjoint(chunk.low.split()[-1:])


def _examined(row: list[Chunk]) -> bool:
    """A test, which asks nothing beside its result; a transplant does."""
    return _tests(row, 1) and all(lexicon().inside["test"].search(c.low) for c in row if c.kind == "term")


def _measured(row: list[Chunk]) -> bool:
    """ "QTc | > 450 ms": what a test was done for, with its limit."""
    limit = next((at for at, c in enumerate(row) if c.comparison is not None), 0)
    named = [c for c in row[:limit] if c.kind == "term"]
    return bool(named) and all(c.kind in _NAMES or c.low == "of" for c in row[:limit]) and all(map(_value, named))


def _method(row: list[Chunk], at: int) -> int:
    """Where ", using the NASCET methodology" ends."""
    for end in range(at + 1, min(at + 7, len(row))):
        if row[end].kind not in ("word", "term", "scaffold", "number"):
            return 0
        if row[end].low.split()[-1] in lexicon().methods:
            return end + 1
    return 0


def _device(row: list[Chunk], at: int) -> int:
    """Where "MRI | using a 1.5 T magnet" ends: with what a test is done; 0 where it is no test or a drug is named."""
    named = [c for c in row[:at] if c.kind == "term"]
    if not named or any(c.mention is None or c.mention.type != "procedure" for c in named):
        return 0
    end = at + 1
    while end < len(row) and row[end].kind not in ("comma", "semicolon", "stop", "link", "window", "when", "negation"):
        chunk = row[end]
        if chunk.kind not in _DEVICE or (chunk.mention is not None and chunk.mention.type != "measurement"):
            return 0
        end += 1
    return end


_DEVICE = frozenset({"word", "term", "scaffold", "number", "comparison", "qualifier", "mark", "group", "slash"})


def _adverb(row: list[Chunk], at: int) -> int:
    """Where "as determined | angiographically" ends."""
    after = row[at + 1] if at + 1 < len(row) else None
    if after is None or after.kind not in ("word", "qualifier") or not after.low.endswith("ally"):
        return 0
    return at + 2 if at + 2 == len(row) or row[at + 2].kind in ("comma", "semicolon", "stop", "window") else 0


def _last(row: list[Chunk], at: int) -> bool:
    """Whether a name ends here; "physicians of the asthma | clinic" goes on."""
    return at + 1 >= len(row) or row[at + 1].kind != "word"


_WITH = frozenset({"with", "with a", "with an", "with the"})
_BY = frozenset({"by", "on", "via"})


def _means(row: list[Chunk], at: int) -> int:
    """Where "by echo or cardiac MRI | within 12 months" ends, "by local or central laboratory"; 0 where it names no
    tests."""
    end = at + 1
    while end < len(row) and row[end].kind in _NAMES:
        end += 1
    if end < len(row) and row[end].kind not in ("window", "when", "bracket", "semicolon", "stop"):
        return 0
    said = row[at + 1 : end]
    by_whom = bool(said) and said[-1].kind == "word" and said[-1].low.split()[-1] in lexicon().turns["reader"]
    return end if by_whom or _tests(said) or _tests_of(said) else 0


def _tests_of(row: list[Chunk]) -> bool:
    """ "Bone marrow and/or skin | biopsy": one kind of test, of several places."""
    terms = [c for c in row if c.kind == "term"]
    if not any(c.kind in ("conjunction", "slash") for c in row) or any(c.kind not in _NAMES for c in row):
        return False
    if any(c.kind == "comma" for c in row) and any(c.kind == "word" for c in row):
        return False  # "on room air, or home oxygen"
    done = [c.mention.type if c.mention is not None else "" for c in terms]
    return bool(done) and row[-1] is terms[-1] and done[-1] == "procedure" and set(done) <= {"procedure", "observation"}


def _tests(row: list[Chunk], least: int = 2) -> bool:
    """Whether the row names procedures only, two at least (one is part of a name)."""
    terms = [c for c in row if c.kind == "term"]
    return (
        len(terms) >= least
        and all(c.kind in _NAMES for c in row)
        and all(c.mention is not None and c.mention.type == "procedure" for c in terms)
    )
