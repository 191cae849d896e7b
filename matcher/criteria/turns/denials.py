"""Denials that do not stand right before what they deny: "MRI not performed", "asthma that is not stable"."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import names
from matcher.criteria.lexer import tokens
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, clause, name, walked

_CLAUSES = frozenset({"comma", "stop", "semicolon", "conjunction", "colon", "link", "group", "exception", "condition"})
_ENDS = frozenset({"comma", "stop", "semicolon", "conjunction", "window", "when", "bracket", "scaffold", "group"})
_NAMED = frozenset(
    {"word", "term", "qualifier", "scaffold", "status", "head", "behaviour", "leaf", "bracket", "result"}
)
_TIMES = frozenset({"status", "certainty"})
_FREE_ENDS = frozenset({"window", "comma", "stop", "semicolon", "conjunction", "status", "when"})
_PARTS = frozenset({"comma", "stop", "semicolon", "conjunction"})
_MARKS = _PARTS | {"colon"}
_NEAR = 4
"""Chunks that a turn of phrase looks ahead."""
_DESCRIBED = frozenset({"term", "word", "bracket", "link", "scaffold"})


def denied_later(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "MRI not performed", "hospitalization was not required in the last year": it did not take place."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "negation" or not _not(chunk) or not _last_but_one(row, at):
            return 0
        after = row[at + 1]
        if known.turns["took_place"].isdisjoint({after.low, *after.low.split()[-1:]}):
            return 0
        begun = clause(out, _CLAUSES)
        first = _first(out, begun)
        said = out[first:]
        if not names(said) or not all(c.kind in _NAMED or c.kind == "conjunction" for c in said):
            return 0
        context.left_out([after])
        # of one name only: it does not reach over what follows ("not obtained or uninterpretable")
        out[first:] = [replace(chunk, value="" if first < begun else "own"), *said]
        return at + 2

    return walked(row, step)


def _first(out: list[Chunk], begun: int) -> int:
    """Where the names begin that are denied: "MRI or CT was not done" denies both."""
    first = begun
    while first and out[first - 1].kind == "conjunction" and out[first - 1].value == "or":
        back = first - 1
        while back and out[back - 1].kind in ("term", "word", "scaffold", "qualifier"):
            back -= 1
        if back == first - 1 or (back and out[back - 1].kind not in _CLAUSES):
            break
        first = back
    return first


def _not(chunk: Chunk) -> bool:
    return chunk.low.split()[-1:] in (["not"], ["never"]) or chunk.low.endswith(("not been", "n't", "n’t", "not be"))


def excluded_kinds(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Any of the following | excluded | medications": which the protocol excludes, and no denial."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        after = row[at + 1] if at + 1 < len(row) else None
        if row[at].low not in known.turns["excluded"] or after is None or row[at].kind not in ("negation", "barred"):
            return 0
        if after.kind != "word" or after.low not in known.turns["product"] or not out or out[-1].kind in _SUBJECTS:
            return 0
        context.left_out([row[at]])
        return at + 1

    return walked(row, step)


_SUBJECTS = frozenset({"term", "word", "leaf", "link", "bracket"})


def not_asked(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Not required to have measurable disease", "biopsy is not required if …": the study asks for no such thing."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        after = row[at + 1] if at + 1 < len(row) else None
        if chunk.kind != "negation" or not _not(chunk) or after is None:
            return 0
        if known.turns["asked_for"].isdisjoint(after.low.split()[:1]):
            return 0
        begun = clause(out, _CLAUSES)
        said = out[begun:]
        if any(c.kind == "conjunction" and c.value != "or" for c in said):
            return 0
        told = after.kind == "must" and not names(said)
        tested = [c for c in said if c.kind == "term"]
        tested_only = bool(tested) and all(known.inside["test"].search(c.low) or _measurable(c) for c in tested)
        if not told and not (tested_only and chunk.low.split()[0] in ("is", "are", "need", "not")):
            return 0
        end = next((i for i in range(at, len(row)) if row[i].kind in ("stop", "semicolon")), len(row))
        start = said[0].start if said else chunk.start
        del out[begun:]
        while out and out[-1].kind in ("comma", "conjunction"):
            out.pop()
        if out and out[-1].kind not in ("stop", "semicolon"):
            out.append(Chunk("stop", start, start, low="."))  # "measurable disease, but a biopsy is not required"
        words = " ".join(context.text[start : row[end - 1].end].lower().split())
        out.append(Chunk("administrative", start, row[end - 1].end, "conduct", words))
        return end

    return walked(row, step)


def _measurable(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type == "observation"


def not_such(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Illness (other than asthma) that is not stable": the opposite of the qualifier, of what stands before."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "negation" or not _not(chunk) or not _last_but_one(row, at):
            return 0
        if row[at + 1].kind != "qualifier" or not out or out[-1].kind not in _DESCRIBED:
            return 0
        if not any(c.kind in ("term", "word") for c in out[clause(out, _MARKS) :]):
            return 0
        out.append(replace(row[at + 1], start=chunk.start, low=_opposite(row[at + 1].low)))
        return at + 2

    return walked(row, step)


def _last_but_one(row: list[Chunk], at: int) -> bool:
    """Whether one chunk stands behind ``at``, and then the clause ends."""
    return at + 2 == len(row) or (at + 2 < len(row) and row[at + 2].kind in _ENDS)


def _opposite(word: str) -> str:
    """ "Stable" -> "unstable", where that is a qualifier too; else "not …"."""
    for prefix in ("un", "in", "a"):
        opposite = prefix + word
        row = tokens(opposite, 0, len(opposite))
        found = lexicon().cues.match(row, 0)
        if found is not None and found[0] == len(row) and found[1].category == "qualifier":
            return opposite
    return f"not {word}"


_NAMED_NEXT = frozenset({"word", "term", "qualifier", "scaffold", "leaf", "behaviour", "result"})


def neither(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Neither A, B | nor | C": what "nor" brings is denied by what opens the list."""
    out = list(row)
    listed: bool | None = None
    for at, chunk in enumerate(row):
        named = at + 1 < len(row) and row[at + 1].kind in _NAMED_NEXT
        if chunk.kind == "negation" and chunk.low == "nor" and listed and named:
            out[at] = replace(chunk, kind="conjunction", value="or", low="or")
        elif chunk.kind == "negation":
            listed = False
        elif chunk.kind == "comma" and listed is not None:
            listed = True
        elif chunk.kind in ("stop", "semicolon", "comparison"):
            listed = None
    return out


def neither_may(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Neither pregnant nor nursing women | may participate": who may not is said already."""
    first = next((c for c in row if c.kind != "scaffold"), row[0])
    at = next((i for i, c in enumerate(row) if c.kind == "spare"), 0)
    if first.low != "neither" or not at or names(row[at + 1 :]):
        return row
    context.left_out(row[at:])
    return row[:at]


def no_people(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "No | patients | with asthma, diabetes | , or | those | who smoke": none of these, as "no asthma, diabetes, and
    no smoking"."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        opens = row[at].kind == "negation" and row[at].low == "no" and (not out or out[-1].kind in _BEGINS)
        if not opens or at + 2 >= len(row) or row[at + 1].kind != "person" or row[at + 2].kind != "link":
            return 0
        end = next((i for i in range(at, len(row)) if row[i].kind in ("stop", "semicolon")), len(row))
        marks = [i for i in range(at + 3, end - 2) if row[i].kind == "person" and row[i + 1].kind in _OF_PEOPLE]
        marks = [i for i in marks if row[i - 1].kind in ("comma", "conjunction")]
        if not marks or any(c.kind == "negation" for c in row[at + 1 : end]):
            return 0
        out.append(row[at])
        for i in range(at + 2, end):
            chunk = row[i]
            if i in marks:
                while out[-1].kind in ("comma", "conjunction"):
                    out.pop()
                out.append(Chunk("conjunction", chunk.start, chunk.start, "and", "and"))
                out.append(replace(row[at], start=chunk.start, end=chunk.start))
            elif i - 1 in (at + 1, *marks) and chunk.kind in _OF_PEOPLE:
                given = not known["had_by"].isdisjoint(chunk.low.split())
                context.left_out([] if given else [chunk])
                out += [replace(chunk, kind="head", value="medication")] if given else []
            else:
                out.append(chunk)
        return end

    return walked(row, step)


_OF_PEOPLE = frozenset({"link", "scaffold", "group"})
_BEGINS = frozenset({"stop", "semicolon", "scaffold", "colon"})


def absent(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Absent | C-peptide or positive antibodies": a result of the one, which does not reach over the list."""

    def step(at: int, out: list[Chunk]) -> int:
        named = row[at + 1].mention if at + 1 < len(row) else None
        if row[at].low != "absent" or named is None or named.type not in ("measurement", "biomarker"):
            return 0
        out.append(replace(row[at], kind="result", value="negative"))
        return at + 1

    return walked(row, step)


def free_of(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Migraine-free for 3 months", "pain-free", "who have been seizure-free for a year": not there."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        last = at + 1 == len(row) or row[at + 1].kind in _FREE_ENDS
        if not last or chunk.low.split()[-1:] != ["free"]:
            return 0
        if chunk.kind == "negation" and out and out[-1].mention is not None and out[-1].mention.type == "condition":
            out[-1:] = [replace(chunk, value="own"), out[-1]]
            return at + 1
        if chunk.kind != "qualifier" or " " not in chunk.low:
            return 0
        word = chunk.low.split()[0]
        named = any(c.kind in ("term", "leaf", "qualifier") for c in out)
        if named and word not in lexicon().turns["own_bouts"]:
            return 0  # "cancer that has been disease-free for 5 years"
        end = chunk.start + len(word)
        denial = Chunk("negation", end, chunk.end, low="free", value="own")
        out += [denial, name(context.text, chunk.start, end, "condition")]
        return at + 1

    return walked(row, step)


def unaided(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Able to walk | without | help": one thing that somebody can do or cannot."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "negation" or row[at].low.split()[0] != "without":
            return 0
        end = at + 1
        while end < len(row) and end < at + _HELPED and (row[end].kind in _HELP or row[end].low in known["helped"]):
            end += 1
        while end > at + 1 and row[end - 1].low not in known["helped"]:
            end -= 1
        begun = clause(out, _CLAUSES)
        said = {word for c in out[begun:] for word in c.low.split()}
        if end == at + 1 or said.isdisjoint(known["moving"]):
            return 0
        if any(c.comparison is not None for c in out[begun:]):
            context.left_out(row[at:end])  # "able to walk 10 metres without a cane"
            return end
        start = next(c.start for c in out[begun:])
        while out and out[-1].start >= start:
            out.pop()
        out.append(name(context.text, start, row[end - 1].end, "observation"))
        return end

    return walked(row, step)


_HELPED = 8
_HELP = frozenset({"scaffold", "conjunction", "comma", "word", "qualifier"})


def no_time(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "No prior or current liver disease": none at any time."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "negation" or at + 2 >= len(row) or not _timed(row[at]):
            return 0
        joint, other = row[at + 1 : at + 3]
        if joint.kind not in ("conjunction", "slash") or other.kind not in _TIMES:
            return 0
        context.left_out([joint, other])
        out.append(row[at])
        return at + 3

    return walked(row, step)


def _timed(chunk: Chunk) -> bool:
    return not lexicon().turns["no_time"].isdisjoint(chunk.low.split()[1:])


def ruled_out(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "PSA < 10 and exclusion of prostate cancer": it must not be there; no exception of what stands before."""
    return [
        replace(c, kind="negation")
        if c.kind == "exception"
        and at
        and row[at - 1].kind in ("conjunction", "comma", "semicolon")
        and c.low in lexicon().turns["ruled_out"]
        else c
        for at, c in enumerate(row)
    ]


def denied_state(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Cervix not intact": the state of it is denied."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "negation" or not row[at].low.endswith("not") or not _only_state(row, at):
            return 0
        begun = clause(out, _PARTS)
        said = out[begun:]
        if not said or said[-1].kind == "scaffold" or any(c.kind not in ("word", "term", "scaffold") for c in said):
            return 0
        named = said[-1].mention
        if named is not None and named.type != "observation":
            return 0
        context.left_out([row[at + 1]])
        out[begun:] = [row[at], *said, replace(row[at + 1], kind="borrowed", value="")]
        return at + 2

    return walked(row, step)


def _only_state(row: list[Chunk], at: int) -> bool:
    """Whether one plain word follows, and then the clause ends."""
    if at + 1 >= len(row) or row[at + 1].kind != "word" or row[at + 1].mention is not None:
        return False
    return at + 2 == len(row) or row[at + 2].kind in _PARTS


def not_so(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Non-disabling stroke": the opposite of the qualifier."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "qualifier" or not out or out[-1].low != "non" or out[-1].end + 1 != chunk.start:
            return 0
        out[-1] = replace(chunk, start=out[-1].start, low=f"non-{chunk.low}")
        return at + 1

    return walked(row, step)


def untreated_with(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma | not treated | with | warfarin": without it."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "qualifier" or row[at].low not in lexicon().turns["not_treated"] or at + 2 >= len(row):
            return 0
        given = row[at + 2].mention
        if row[at + 1].low not in ("with", "by") or given is None or given.type not in ("drug", "procedure"):
            return 0
        context.left_out(row[at : at + 2])
        out.append(Chunk("negation", row[at].start, row[at + 1].end, low="without"))
        return at + 2

    return walked(row, step)


def untreated_or_failed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Untreated | or | refractory to | alpha-blockers": without it, or it did not help."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if (row[at].low not in known["not_treated"] and row[at].low not in known["naive"]) or names(out):
            return 0
        head = at + 1
        while head < len(row) and row[head].kind in ("comma", "conjunction"):
            head += 1
        if head == at + 1 or head + 1 >= len(row) or row[head].kind != "head" or row[head].value != "medication":
            return 0
        drug = row[head + 1]
        if drug.mention is None or drug.mention.type != "drug" or row[head].low.split()[0] not in known["failed"]:
            return 0
        either = Chunk("conjunction", row[at].start, row[at].start, "or", "or")
        out += [row[head], drug, either, Chunk("negation", row[at].start, row[at].end, low="without"), drug]
        return head + 2

    return walked(row, step)


def unvaccinated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Unvaccinated | against | hepatitis B": as "not vaccinated against hepatitis B"."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        begun = row[at].start + 2
        if row[at].low not in known["unvaccinated"] or at + 2 >= len(row):
            return 0
        if row[at + 1].low not in known["vaccinated_for"] or row[at + 2].kind not in ("term", "word"):
            return 0
        context.left_out([row[at]])
        out.append(Chunk("negation", row[at].start, begun, low="not"))
        out.append(name(context.text, begun, row[at + 2].end, "drug"))
        return at + 3

    return walked(row, step)


def naive(row: list[Chunk], context: Context) -> list[Chunk]:
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


def poor(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Unreliable contraception": none that counts."""
    poor = lexicon().poor
    return [
        replace(c, kind="negation")
        if c.low in poor and at + 1 < len(row) and row[at + 1].kind == "leaf" and row[at + 1].value == "contraception"
        else c
        for at, c in enumerate(row)
    ]


def not_an(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Well controlled asthma is not an": an exclusion, as the heading says."""
    if len(row) > 3 and row[-1].low in ("a", "an") and row[-2].kind == "negation" and row[-1].kind == "scaffold":
        return [*row[:-2], replace(row[-2], kind="spare", end=row[-1].end)]
    return row


def unfit(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Patients not eligible for surgery": what they cannot have, and not the study."""
    study = lexicon().turns["of_study"]

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "barred" or not chunk.low.endswith("eligible") or at + 2 >= len(row):
            return 0
        tie, after = row[at + 1], row[at + 2 : at + 2 + _NEAR]
        named = next((c for c in after if c.kind != "scaffold"), None)
        if tie.low not in ("for", "to") or named is None or named.kind not in ("term", "word", "head", "qualifier"):
            return 0
        if not study.isdisjoint(named.low.split()):
            return 0
        out.append(Chunk("negation", chunk.start, chunk.end, low="not"))
        out.append(Chunk("planned", tie.start, tie.end, low="eligible for"))
        return at + 2

    return walked(row, step)
