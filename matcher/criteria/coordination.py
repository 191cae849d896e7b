"""Lists: where a row of chunks is cut, and what its members share.

"AST and ALT ≤ 2.5 x ULN", "hepatic or renal impairment", "prior chemotherapy, radiotherapy or surgery within 4 weeks".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.rows import bare

_PREDICATE = frozenset(
    "term word number comparison leaf behaviour sex agegroup childbearing trial administrative bracket head result "
    "planned".split()
)
_NAMES = frozenset("term word leaf behaviour childbearing trial administrative sex agegroup".split())
JOINTS = frozenset({"comma", "semicolon", "slash", "conjunction"})


@dataclass(slots=True)
class Segment:
    """A member of a list. ``joint`` joins it to the member before: "and" or "or"; ``loose``: a comma or semicolon
    stands before the joint, so that the joint binds less."""

    row: list[Chunk]
    joint: str = ""
    loose: bool = False
    slash: bool = False
    but: bool = False
    apart: bool = False
    """A semicolon stands before it."""
    capital: bool = False
    """A statement of its own: it begins with a capital, as all members of its list do."""
    told: bool = False
    """The joint is written, and no bare comma."""
    anew: bool = False
    """The joint brings an "any" of its own (", or any drug within …")."""
    other: bool = False
    """The joint brings an "other" of its own: what is said of it is said of the others."""
    verb: bool = False
    """The conjunction brings a verb ("or who developed")."""


def names(row: list[Chunk]) -> bool:
    """Whether the row asks anything by itself."""
    return any(
        (c.kind in _PREDICATE and c.kind not in ("bracket", "head", "planned"))
        or (c.kind == "head" and c.value in ("allergy", "contraindication", "family_history", "self_or_family"))
        for c in row
    )


def _other(joint: Chunk) -> bool:
    return joint.kind == "conjunction" and joint.low.endswith(" other")


def segments(row: list[Chunk], default: str) -> list[Segment]:
    """The members of a row. A bare comma joins like the next conjunction, or the one before, or ``default``."""
    found: list[Segment] = [Segment([])]
    for place, chunk in enumerate(row):
        if chunk.kind not in JOINTS:
            found[-1].row.append(chunk)
            continue
        if chunk.kind == "slash" and not _between_words(row, place):
            found[-1].row.append(chunk)
            continue
        if not found[-1].row:
            # ", or": one joint
            if len(found) > 1 and chunk.kind == "conjunction":
                if found[-1].joint == "":
                    found[-1].joint = chunk.value
                    found[-1].told = True
                    found[-1].but = chunk.low in ("but", "while", "yet")
                    found[-1].verb = _verbal(chunk)
                    found[-1].anew = chunk.low.split()[-1:] == ["any"]
                    found[-1].other = _other(chunk)
                    found[-1].loose = True
                elif found[-1].joint != chunk.value:
                    found[-1].joint = "or"
            elif len(found) > 1 and chunk.kind in ("comma", "semicolon"):
                found[-1].loose = True
            continue
        joint = chunk.value if chunk.kind == "conjunction" else ""
        slash = chunk.kind == "slash"
        if slash and row[place - 1].kind in ("comparison", "result"):
            joint, slash = "and", False  # "IHC 2+/ISH-": two results together
        elif slash and default == "and" and _either(row[place - 1], row[place + 1]):
            joint = "or"  # "bronchiectasis/COPD"
        but = chunk.low in ("but", "while", "yet")
        found.append(
            Segment(
                [],
                joint,
                chunk.kind == "semicolon",
                slash,
                but,
                chunk.kind == "semicolon",
                told=bool(joint),
                other=_other(chunk),
                verb=_verbal(chunk),
            )
        )
    if not found[-1].row:
        found.pop()
    last = found[-1].row
    timed = [c for c in last if c.kind in ("window", "when")]
    if len(found) > 2 and found[-1].joint == "or" and [c.low for c in last if c not in timed] == ["both"]:
        found.pop()  # "A, B, or both"
        found[-1].row += timed
        default = "or"
        if found[-1].joint == "and":
            found[-1].joint = "or"
    found = _fold(found)
    for place in [at for at in range(len(found) - 1, 0, -1) if not found[at].joint]:
        segment = found[place]
        after = found[place + 1 :]
        if not segment.apart:
            # "A, B or C; D": a comma's list ends at the semicolon
            after = after[: next((i for i, s in enumerate(after) if s.apart), len(after))]
        ahead = next((s for s in after if s.joint and not s.slash and s.loose), None)
        ahead = ahead or next((s for s in after if s.joint and not s.slash), None)
        behind = next((s for s in reversed(found[1:place]) if s.joint and not s.slash), None)
        if segment.apart and ahead is not None and not ahead.loose and behind is None:
            segment.joint = default  # "weight > 50 kg; BMI ≥ 27 with hypertension or ≥ 30"
        elif ahead is not None:
            segment.joint = ahead.joint
            # the comma belongs to the list that ", or" closes
            segment.loose = segment.loose or ahead.loose
        elif behind is not None and not (default == "and" and behind.joint == "or"):
            segment.joint, segment.loose = behind.joint, behind.loose
        elif behind is not None:
            segment.joint, segment.loose = default, True  # "ER-positive or PR-positive, HER2-negative"
        else:
            segment.joint = default
    return found


def _either(before: Chunk, after: Chunk) -> bool:
    """Whether a slash stands between two diseases or operations; "AST/ALT" are measured both."""
    kinds = [c.mention.type if c.mention is not None else "" for c in (before, after)]
    return kinds[0] in _THINGS and kinds[1] in (*_THINGS, "")


_THINGS = ("condition", "procedure", "device")


def _verbal(chunk: Chunk) -> bool:
    return chunk.kind == "conjunction" and chunk.low.split()[-1] in ("who", "that", "have", "has", "had")


def _between_words(row: list[Chunk], place: int) -> bool:
    if place == 0 or place + 1 >= len(row):
        return False
    kinds = ("term", "word", "leaf", "behaviour", "bracket", "sex", "result", "head", "status", "comparison")
    return row[place - 1].kind in kinds and row[place + 1].kind in kinds


def _fold(found: list[Segment]) -> list[Segment]:
    """A member that names nothing ("as judged by", ", in the past year,") belongs to the one before it."""
    out: list[Segment] = []
    for place, segment in enumerate(found):
        row = segment.row
        if out and not names(row):
            if segment.joint == "or" and names(out[-1].row) and (_again(row) or _other_side(row)):
                # "is enrolled in another study, or has been within the past 60 days"
                named = [c for c in out[-1].row if c.kind not in ("window", "status") and not _side(c)]
                segment.row = named + [c for c in row if c.kind != "link"]
                out.append(segment)
                continue
            last = place == len(found) - 1
            if (last and names(out[-1].row)) or not any(c.kind in _OPENERS for c in row):
                out[-1].row += row
                continue
        if len(out) == 1 and not names(out[0].row) and not any(c.kind in _OPENERS for c in out[0].row):
            segment.row = out[0].row + row
            segment.joint, segment.loose = "", False
            out[0] = segment
            continue
        out.append(segment)
    return out


def _other_side(row: list[Chunk]) -> bool:
    """ "In the study eye, or | within 3 months in the fellow eye": the same thing, of the other side."""
    said = [c for c in row if c.kind not in ("window", "scaffold")]
    return len(row) > len(said) and bool(said) and all(_side(c) for c in said)


def _side(chunk: Chunk) -> bool:
    return chunk.kind == "qualifier" and not lexicon().turns["sided"].isdisjoint(chunk.low.split()[-1:])


def _again(row: list[Chunk]) -> bool:
    """A verb and a time, of what the member before names."""
    said = any(c.kind == "link" or c.low.endswith("done so") for c in row)
    return said and sum(c.kind == "window" for c in row) == 1


_OPENERS = frozenset({"negation", "status", "qualifier", "certainty", "head", "result"})
"""What may open a member whose name follows in the next one ("partial or radical nephrectomy")."""


_CLAUSES = 8
"""Clauses of one list that are read as such; hostile text has more."""


@dataclass(slots=True)
class Group:
    """Members under one operator; members are segments or groups."""

    op: str
    members: list[Group | Segment] = field(default_factory=list)


def grouped(found: list[Segment], depth: int = 0) -> Group | Segment:
    """Precedence: joints without a comma bind before joints with one; among equals "and" before "or"."""
    if len(found) == 1:
        return found[0]
    if depth < _CLAUSES and (clause := _clause(found) or _one_name(found) or _last_two(found) or _one_limit(found)):
        start, end = clause
        inner = Group("or", list(found[start:end]))
        if start == 0:
            return Group(found[end].joint, [inner, grouped(found[end:], depth + 1)])
        before = [grouped(found[:start], depth + 1)] if start > 1 else list(found[:start])
        after = found[end:]
        whole = Group("and", [*before, inner])
        return Group(after[0].joint, [whole, grouped(after, depth + 1)]) if after else whole
    joints = {(s.joint, s.loose) for s in found[1:]}
    kinds = {joint for joint, _ in joints}
    if len(kinds) == 1:
        return Group(kinds.pop(), list(found))
    apart = {s.joint for s in found[1:] if s.apart}
    if len(apart) == 1 and not all(s.apart for s in found[1:]):
        return _split(found, apart.pop(), lambda s: s.apart)  # "A, B, or C; D": semicolons bind least
    loose = {joint for joint, is_loose in joints if is_loose}
    if loose and any(not is_loose for _, is_loose in joints):
        op = "or" if "or" in loose else "and"
        return (
            _split(found, op, lambda s: s.loose and s.joint == op)
            if len(loose) > 1
            else _split(found, op, lambda s: s.loose)
        )
    return _split(found, "or", lambda s: s.joint == "or")


def _clause(found: list[Segment]) -> tuple[int, int] | None:
    """ "Premenopausal and has not had A or B": the clause that a negation opens reaches over its list."""
    for place in range(1, len(found) - 1):
        row = found[place].row
        opening = next((c for c in row if c.kind not in ("scaffold", "person", "link", "status")), None)
        treated = opening is not None and opening.kind == "head" and opening.value in ("medication", "procedure")
        opens = "negation" if treated and not _treated(found[:place]) else opening.kind if opening is not None else ""
        if opens != "negation" or found[place].joint != "and" or found[place].but:
            continue
        end = place + 1
        while end < len(found) and found[end].joint == "or" and _plain(found[end]):
            end += 1
        if end > place + 1:
            return place, end
    return None


def _treated(found: list[Segment]) -> bool:
    """Whether a member says that something was given or done."""
    return any(c.kind == "head" and c.value in ("medication", "procedure") for s in found for c in s.row)


def tight(found: list[Segment], place: int) -> bool:
    """Whether a member is the second half of a name: "cardiac | or respiratory failure"."""
    before, segment = found[place - 1], found[place]
    lent = before.row[-1] if before.row else None
    if segment.joint != "or" or segment.loose or lent is None or lent.kind != "borrowed" or lent.value:
        return False
    return any(c.start <= lent.start < c.end for c in segment.row if c.kind in ("term", "word"))


def _one_name(found: list[Segment]) -> tuple[int, int] | None:
    """The halves of a name in a list that "and" joins: "diabetes, dementia and cardiac or respiratory failure"."""
    if all(s.joint == "or" for s in found[1:]):
        return None
    for place in range(1, len(found)):
        if not tight(found, place):
            continue
        end = place + 1
        while end < len(found) and tight(found, end):
            end += 1
        start = place - 1
        beside = ([found[start].joint] if start else []) + ([found[end].joint] if end < len(found) else [])
        if beside and all(joint == "and" for joint in beside):
            return start, end
    return None


def _last_two(found: list[Segment]) -> tuple[int, int] | None:
    """ "Pyuria, fever and | flank pain or tenderness": behind the "and" that closes a list stand the two kinds of its
    last member; "BMI 25-45 and neck > 40 cm in men or > 37 cm in women": a limit of each sex."""
    told = next((i for i in range(1, len(found)) if found[i].told and found[i].joint == "and"), None)
    if told is None or told + 2 != len(found) or found[-1].joint != "or" or found[-1].loose or found[-1].verb:
        return None
    if any(s.slash or s.but or s.apart or s.joint != "and" for s in found[1 : told + 1]):
        return None
    sexed = all(any(c.kind == "sex" for c in s.row) and any(c.comparison for c in s.row) for s in found[-2:])
    listed = told > 1 and not any(s.told for s in found[1:told])
    whole = all(_plain(s) and names(s.row) for s in found[-2:])
    return (told, len(found)) if sexed or (listed and whole) else None


def _one_limit(found: list[Segment]) -> tuple[int, int] | None:
    """ "AST or ALT < 2.5 x ULN | and creatinine < 1.5 x ULN", "length < 30 mm and | volume < 25 or > 110 ml": measures
    that share a limit and limits that share a measure bind first."""
    start = 0
    while start < len(found) - 1:
        end = start + 1
        while end < len(found) and found[end].joint == "or" and not found[end].loose and _shares(found, end):
            end += 1
        beside = ([found[start].joint] if start else []) + ([found[end].joint] if end < len(found) else [])
        if end > start + 1 and beside and all(joint == "and" for joint in beside):
            return start, end
        start = end
    return None


def _shares(found: list[Segment], place: int) -> bool:
    """Whether a member and the one before it have one limit, or one measure with a limit each."""
    one, two = found[place - 1].row, found[place].row
    if not any(c.comparison is not None for c in one) or not any(c.comparison is not None for c in two):
        return False
    return any(c is d for c in one for d in two if c.comparison is not None) or _measure(one) == _measure(two) != ()


def _measure(row: list[Chunk]) -> tuple[int, ...]:
    """Where the names before a limit stand; a name that was lent stands where it was taken from."""
    limit = next((i for i, c in enumerate(row) if c.comparison is not None), 0)
    return tuple(c.start for c in row[:limit] if c.kind in ("term", "word", "borrowed"))


def _plain(segment: Segment) -> bool:
    """Names only: no verb, limit or negation of its own."""
    kinds = {c.kind for c in segment.row}
    return not segment.loose and not segment.verb and not kinds & {"negation", "link", "must", "comparison", "age"}


def _split(found, op, cut):  # type: ignore[no-untyped-def]
    parts: list[list[Segment]] = [[found[0]]]
    for segment in found[1:]:
        if cut(segment):
            parts.append([segment])
        else:
            parts[-1].append(segment)
    if len(parts) == 1:
        return Group(found[1].joint, list(found))
    return Group(op, [grouped(part) for part in parts])


def causes(row: list[Chunk]) -> int | None:
    """ "Heart failure | due to | amyloidosis, sarcoidosis or cardiomyopathy": where the causes of one thing begin."""
    at = next((i for i, c in enumerate(row) if i and _tied(row, i)), None)
    if at is None or any(c.kind in ("comma", "conjunction", "semicolon", "slash", "comparison") for c in row[:at]):
        return None
    if not names(row[:at]) or any(c.kind in ("head", "administrative", "window", "negation") for c in row[:at]):
        return None
    end = next((i for i in range(at, len(row)) if row[i].kind in ("window", "when")), len(row))
    listed = row[at + 1 : end]
    if any(c.kind not in _CAUSE for c in listed) or any(c.kind not in ("window", "when") for c in row[end:]):
        return None
    joints = [i for i, c in enumerate(listed) if c.kind == "conjunction"]
    commas = sum(c.kind == "comma" for c in listed)
    if len(joints) != 1 or not 0 < joints[0] < len(listed) - 1:
        return None
    if listed[joints[0]].value != "or" and not commas:
        return None  # "due to A and B" may be both, "due to A, B and C" is one of them
    apart = listed[joints[0] - 1].kind == "comma" and commas == 1  # "anaemia due to bleeding, or leukaemia"
    return None if apart else at


def _tied(row: list[Chunk], at: int) -> bool:
    known = lexicon().turns
    two = row[at].low in known["brought"] and at + 1 < len(row) and row[at + 1].low == "by"
    return row[at].low in known["due_to"] or two


_CAUSE = frozenset({"term", "word", "qualifier", "comma", "conjunction", "scaffold", "behaviour", "bracket", "leaf"})


def opposed(before: list[Chunk], row: list[Chunk]) -> bool:
    """ "Acute | and | chronic pancreatitis": two courses that exclude each other."""
    own = [c for c in before if c.kind != "borrowed"]
    first = own[-1].low.split() if own else []
    other = next((c.low.split() for c in row if c.kind != "scaffold"), [])
    pairs = lexicon().turns["opposed"]
    return bool(first and other) and not pairs.isdisjoint((f"{first[-1]}/{other[0]}", f"{other[0]}/{first[-1]}"))


_NOT_GIVEN = frozenset({"allergy", "contraindication"})


def purpose(row: list[Chunk], at: int, single: bool) -> bool:
    """ "X for A or B", "X or Y for A", where it is no example (``single``) "X for A": the drug, and what it is for."""
    left, right = row[:at], row[at + 1 :]
    if left[-1].mention is None or left[-1].mention.type not in ("drug", "procedure"):
        return False
    several = any(c.kind == "conjunction" for c in left)
    if several and any(c.mention is None or c.mention.type not in ("drug", "procedure") for c in bare(left)):
        return False
    if not several and left[-1].mention.type == "procedure":
        return False  # "surgery for A or B" is one name, for each of them
    first = next((c.mention for c in right if c.kind in ("term", "word")), None)
    listed = several or any(c.kind == "conjunction" and c.value == "or" for c in right)
    single = single and left[-1].mention.type == "drug" and not any(c.value in _NOT_GIVEN for c in left)
    aim = any(c.low.split()[-1:] and c.low.split()[-1] in lexicon().turns["what_for"] for c in right)
    if first is None or any(c.kind == "group" and c.low == "for" for c in right):
        return False  # "A for B, or C for D"
    return (listed or (single and not aim)) and first.type == "condition"


def lacking(row: list[Chunk], at: int) -> bool:
    """ "Heart failure | , | without an ICD": the last of two, and what it is without."""
    chunk, before, rest = row[at], row[at - 2] if at > 1 else row[0], row[at + 1 :]
    if chunk.kind != "negation" or row[at - 1].kind != "comma" or not (before.mention or before.comparison):
        return False
    told = chunk.low.startswith("without") or (chunk.low == "not" and rest[0].kind == "head")
    plain = not any(c.kind in ("comma", "semicolon", "administrative", "childbearing") for c in rest)
    named = before.mention.type if before.mention is not None else "measurement"
    return told and plain and named in ("condition", "measurement")


def clause_of_both(row: list[Chunk], at: int) -> bool:
    """ "Pacemaker or defibrillator that | cannot be turned off": two things of one kind, and what is denied of both."""
    if row[at].kind != "negation" or row[at - 1].low not in ("that", "which") or at < 4:
        return False
    said = [c for c in row[: at - 1] if c.kind not in ("scaffold", "conjunction", "comma")]
    kinds = {c.mention.type if c.mention is not None else "" for c in said}
    return len(said) > 1 and len(kinds) == 1 and kinds <= {"procedure", "device", "condition"}


def said_again(left: list[Chunk], right: list[Chunk]) -> bool:
    """ "NYHA II with LVEF < 35 %, or NYHA III | with | LVEF < 40 %": the next member begins as the first did."""
    at = next((i for i, c in enumerate(right) if c.value == "or" and i and right[i - 1].kind == "comma"), len(right))
    opening = next((c for c in left if c.kind in ("term", "word")), None)
    rest = right[at + 1 :]
    again = bool(rest) and opening is not None and rest[0].low == opening.low
    return again and any(c.kind == "link" for c in rest)


def other_kind(row: list[Chunk]) -> bool:
    """ "Diabetes and | other | endocrine disorders": another thing of a list."""
    said = " ".join(c.low for c in row[:2])
    return any(said == words or said.startswith(f"{words} ") for words in lexicon().turns["another_kind"])


def one_by_one(listed: list[Segment]) -> None:
    """ "Bronchitis, COPD | and other lung diseases": what stands before the last is listed with it."""
    for segment in listed:
        if segment.joint == "and" and not segment.but:
            segment.joint = "or"
