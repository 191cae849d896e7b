"""Words inside a name or right before it: adverbs, risks, causes, needs, places."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import Lexicon, lexicon
from matcher.criteria.turns.turn import Context, plain, walked

_SEXES = {"male", "female"}
_NEEDS = frozenset({"term", "word", "head", "conjunction", "slash", "qualifier", "scaffold"})
_TESTS = frozenset({"word", "term", "scaffold", "qualifier"})
_RULES = frozenset(
    {"word", "term", "scaffold", "number", "slash", "conjunction", "status", "qualifier", "bracket", "mark"}
)
_TIMED = frozenset({"window", "comparison", "comma"})
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


def adverbs(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Satisfactorily controlled", "surgically corrected": the adverb belongs to the qualifier behind it."""
    known = lexicon().turns["no_adverb"]

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind not in ("qualifier", "head", "result") or not out or out[-1].kind != "word":
            return 0
        before = out[-1]
        if not before.low.endswith("ly") or before.low in known or before.end + 1 != chunk.start:
            return 0
        head = chunk.kind != "qualifier"
        out[-1] = replace(chunk, start=before.start, low=chunk.low if head else f"{before.low} {chunk.low}")
        return at + 1

    return walked(row, step)


def typed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Diffuse-type alopecia", "late-onset asthma": the word behind the hyphen adds nothing to the qualifier."""

    def step(at: int, out: list[Chunk]) -> int:
        named = at + 1 < len(row) and row[at + 1].kind in ("term", "word")
        if row[at].low != "type" or row[at].value != "-" or not named or not out or out[-1].kind != "qualifier":
            return 0
        context.left_out([row[at]])
        return at + 1

    return walked(row, step)


def freed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Transfusion-free interval", "seizure-free days": one name."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.low.split()[:1] != ["free"] or not out or out[-1].end + 1 != chunk.start:
            return 0
        if context.text[out[-1].end] != "-" or out[-1].kind not in ("term", "word") or at + 1 == len(row):
            return 0
        if row[at + 1].kind not in ("word", "term") or chunk.low != "free":
            return 0
        before = out.pop()
        low = f"{before.low}-{chunk.low}"
        out.append(Chunk("word", before.start, chunk.end, low=low))
        return at + 1

    return walked(row, step)


def at_risk(row: list[Chunk], context: Context) -> list[Chunk]:
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


def sexed_names(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "International male symptom score": the word for a sex stands inside a name; "at least one | male | partner"."""
    others = lexicon().turns["of_another"]
    out = list(row)
    for at in range(1, len(row) - 1):
        chunk, before, after = row[at], row[at - 1], row[at + 1]
        inside = before.kind in ("word", "term") and after.kind in ("word", "term") and before.end + 1 == chunk.start
        another = after.end == chunk.end + 1 + len(after.low) and not others.isdisjoint(after.low.split())
        if chunk.kind == "sex" and chunk.low in ("male", "female") and (inside or another):
            out[at] = replace(chunk, kind="word", value="")
    return out


def both_sexes(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Male, or female, 18 to 65 years": either sex, and the comma before the age is none of a list."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        after = at + 1
        while chunk.kind == "sex" and after < len(row) and row[after].kind in ("comma", "conjunction", "slash"):
            after += 1
        other = row[after] if at + 1 < after < len(row) else None
        if other is None or other.kind != "sex" or {chunk.value, other.value} != _SEXES:
            return 0
        out.append(replace(chunk, value="both", end=other.end, low=f"{chunk.low} or {other.low}"))
        after += 1
        parted = after + 1 < len(row) and row[after].kind == "comma"
        return after + (parted and row[after + 1].kind in ("comparison", "age", "number"))

    return walked(row, step)


def patients_in_general(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Direct patient care": no person of whom anything is asked."""
    known = lexicon().turns["of_patients"]
    return [
        replace(c, kind="word", value="")
        if c.kind == "person"
        and c.low == "patient"
        and at + 1 < len(row)
        and not known.isdisjoint(row[at + 1].low.split()[:1])
        else c
        for at, c in enumerate(row)
    ]


def ways(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Chemical or mechanical contraception": one question, whichever way it is done."""
    known = lexicon().turns["contraceptive_way"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known:
            return 0
        end, joined = at, False
        while end < len(row) and (row[end].low in known or row[end].kind in ("conjunction", "comma", "slash")):
            joined = joined or row[end].kind in ("conjunction", "slash")
            end += 1
        if not joined or end == len(row) or row[end].value != "contraception":
            return 0
        context.left_out(row[at:end])
        out.append(row[end])
        return end + 1

    return walked(row, step)


def certain(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Known or suspected FMPP": one question, asked with the weaker word; "previously or recently": at any time."""

    def step(at: int, out: list[Chunk]) -> int:
        if at + 2 >= len(row) or row[at].kind != row[at + 2].kind:
            return 0
        first, joint, second = row[at : at + 3]
        if first.kind == "status" and joint.low in ("or", "and or"):
            both = {first.value, second.value}  # "ongoing or active" speaks of now
            now = "active" if "active" in both else "current"
            kept = replace(second, start=first.start, value=now if both <= {"active", "current"} else "ever")
        elif first.kind == "certainty" and joint.kind in ("conjunction", "slash"):
            kept = replace(first if first.value == "suspected" else second, start=second.start)
        else:
            return 0
        context.left_out([first, joint])
        out.append(kept)
        return at + 3

    return walked(row, step)


def caused(row: list[Chunk], context: Context) -> list[Chunk]:
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


def of_cause(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure | caused | by | amyloidosis": the tie is one, as "due to" is."""
    known = lexicon().turns["cause"]

    def step(at: int, out: list[Chunk]) -> int:
        if at + 2 >= len(row) or row[at].kind != "word" or not out or out[-1].mention is None:
            return 0
        said = f"{row[at].low} {row[at + 1].low}"
        if said not in known or out[-1].mention.type != "condition":
            return 0
        context.left_out([row[at]])
        out.append(Chunk("scaffold", row[at].start, row[at + 1].end, low=said))
        return at + 2

    return walked(row, step)


def making(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "An ovarian tumor | secreting | androgens": what it makes belongs to its name."""
    known = lexicon().turns["making"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known or not out or not _ill(out[-1]) or at + 1 == len(row):
            return 0
        end, named = row[at + 1].end, out[-1].mention
        if row[at + 1].kind not in ("term", "word") or named is None:
            return 0
        words = context.text[out[-1].start : end]
        named = replace(named, end=end, text=words, concept=None)
        out[-1] = replace(out[-1], end=end, low=" ".join(words.lower().split()), mention=named)
        return at + 2

    return walked(row, step)


def either_kind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Acute | / | chronic hepatitis": the slash is an "or"."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "slash" or not out or out[-1].kind != "qualifier" or at + 1 == len(row):
            return 0
        behind = row[at + 1].low.split()[0] if row[at + 1].low else ""
        if out[-1].value != "course" or behind == out[-1].low or behind not in lexicon().turns["course"]:
            return 0
        out.append(replace(chunk, kind="conjunction", low="or", value="or"))
        return at + 1

    return walked(row, step)


def deemed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma | deemed | significant | by the investigator": who says so is told by the rest."""
    known = lexicon().turns["deemed"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known or not out or at + 1 >= len(row) or row[at + 1].kind != "qualifier":
            return 0
        if out[-1].mention is None or out[-1].mention.type != "condition":
            return 0
        context.left_out([row[at]])
        out.insert(-1, row[at + 1])
        return at + 2

    return walked(row, step)


def requirer(row: list[Chunk], context: Context) -> list[Chunk]:
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


def which_needs(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma | which | requires | steroids": as "asthma that requires steroids"."""
    out = [
        replace(c, kind="scaffold", low="that") if c.low == "which" and after.kind == "planned" else c
        for c, after in pairwise(row)
    ]
    return [*out, row[-1]]


def needed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma requiring intubation and ventilation": what a disease needs is one narrowing, whatever joins it."""
    stems = tuple(lexicon().turns["need"])
    row = _needing(row, stems)
    for at, chunk in enumerate(row):
        if chunk.kind != "planned" or not chunk.low.startswith(stems):
            continue
        before = row[at - 1] if at else None
        if before is None or not (before.mention is not None and before.mention.type == "condition"):
            continue
        end = at + 1
        while end < len(row) and (row[end].kind in _NEEDS or _next_need(row, end)) and not _ill(row[end]):
            end += 1
        if end < len(row) and row[end].kind not in ("window", "when", "stop", "semicolon", "comma"):
            continue
        while end > at + 1 and row[end - 1].kind in ("conjunction", "slash"):
            end -= 1
        if not any(c.kind in ("term", "word") for c in row[at + 1 : end]):
            continue
        tail = row[at + 1 : end]
        plain = [replace(c, kind="mark") if c.kind in ("head", "conjunction", "slash", "comma") else c for c in tail]
        rest = row[end:]
        if _other_need(rest):
            # "infection requiring IV antibiotics within 4 weeks or oral antibiotics within 2 weeks": of the infection
            rest = [*rest[:2], before, chunk, *rest[2:]]
        return [*row[: at + 1], *plain, *needed(rest, context)]
    return row


def _needing(row: list[Chunk], stems: tuple[str, ...]) -> list[Chunk]:
    """ "Asthma | that | needs | oxygen": as "requiring oxygen"."""

    def step(at: int, out: list[Chunk]) -> int:
        need = at + (row[at].low == "that" and at + 1 < len(row))
        ill = bool(out) and out[-1].mention is not None and out[-1].mention.type == "condition"
        if not ill or row[need].kind != "planned" or not row[need].low.startswith(stems):
            return 0
        out.append(replace(row[need], start=row[at].start, low="requiring"))
        return need + 1

    return walked(row, step)


def _next_need(row: list[Chunk], at: int) -> bool:
    """Whether a comma is followed by one more treatment of a list that "or" closes, and nothing follows the list:
    "requiring antibiotics | , antivirals or antifungals"."""
    if row[at].kind != "comma":
        return False
    end, closed, given = at, False, False
    while end < len(row) and (row[end].kind in _NEEDS or row[end].kind == "comma"):
        if row[end].kind in ("comma", "conjunction", "slash"):
            if end > at + 1 and not given and row[end - 1].kind not in ("comma", "conjunction"):
                return False
            closed = closed or row[end].kind == "conjunction"
            given = given and row[end].kind == "slash"
        elif _ill(row[end]):
            return False
        else:
            given = given or row[end].mention is not None or row[end].low in lexicon().nouns
        end += 1
    return closed and given and (end == len(row) or row[end].kind in ("window", "when", "stop", "semicolon"))


def _other_need(rest: list[Chunk]) -> bool:
    """Whether behind the time of a need another one follows with its own: "within 4 weeks | or oral drugs within 2"."""
    if len(rest) < 4 or rest[0].kind != "window" or rest[1].kind != "conjunction" or rest[1].value != "or":
        return False
    end = next((i for i in range(2, len(rest)) if rest[i].kind not in ("term", "word", "qualifier")), len(rest))
    given = any(c.mention is not None and c.mention.type in ("drug", "procedure") for c in rest[2:end])
    return given and end < len(rest) and rest[end].kind == "window" and not any(_ill(c) for c in rest[2:end])


def _ill(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type not in ("drug", "procedure", "device")


def shown_positive(row: list[Chunk], context: Context) -> list[Chunk]:
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
            context.left_out(shown)
            return [*row[:start], *row[at:]]
    return row


def _of_test(chunk: Chunk, known: Lexicon) -> bool:
    """Whether a word only says by which test or in what a thing was found."""
    if chunk.kind in ("scaffold", "qualifier"):
        return True
    words = set(chunk.low.split())
    return bool(words) and (words <= known.turns["specimen"] or known.inside["test"].search(chunk.low) is not None)


def ruled(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Ankylosing spondylitis fulfilling the modified New York criteria": by which rules a disease was diagnosed."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        named = next((chunk for chunk in reversed(out) if chunk.kind not in _TIMED), None)
        if named is None or not _ill(named) or row[at].low not in known["ruled_by"]:
            return 0
        for end in range(at + 1, min(at + _FAR, len(row))):
            if row[end].kind not in _RULES or _ill(row[end]):
                return 0
            if not known["rule_named"].isdisjoint(row[end].low.split()[-1:]):
                while end + 1 < len(row) and not known["rule_named"].isdisjoint(row[end + 1].low.split()[-1:]):
                    end += 1
                again = end + 2 < len(row) and row[end + 1].low in ("for", "of") and _ill(row[end + 2])
                end += 2 if again else 0  # "gout, meeting the 2015 criteria | for gout"
                context.left_out(row[at : end + 1])
                return end + 1
        return 0

    return walked(row, step)


def by_criteria(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Meets at least 4 of the 11 ACR criteria for lupus": the disease, by whatever rules it is diagnosed."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].comparison is None or not plain(row[at].comparison):
            return 0
        for end in range(at + 1, min(at + _FAR, len(row) - 2)):
            if row[end].kind not in _RULES or _ill(row[end]):
                return 0
            if not known["rule_named"].isdisjoint(row[end].low.split()[-1:]) and row[end + 1].low in ("for", "of"):
                behind = end + 2 + (row[end + 2].kind in ("scaffold", "certainty"))
                if behind == len(row) or not _ill(row[behind]):
                    return 0
                context.left_out(row[at : end + 2])
                return behind
        return 0

    return walked(row, step)


def kinds(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Ideation of type 4 or 5 on the C-SSRS": of one of these kinds, one question."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in ("type", "types", "level", "levels", "category") or not out or out[-1].low != "of":
            return 0
        end = at + 1
        while end < len(row) and (row[end].kind in ("number", "comma", "conjunction", "slash", "dash")):
            end += 1
        numbers = [c for c in row[at + 1 : end] if c.kind == "number"]
        if len(numbers) < 2 or row[end - 1].kind != "number":
            return 0
        if end < len(row) and row[end].kind in ("term", "word", "qualifier"):
            return 0  # "type 1 or 2 diabetes"
        said = " ".join(context.text[row[at].start : row[end - 1].end].lower().split())
        out.append(Chunk("qualifier", row[at].start, row[end - 1].end, "extent", said))
        return end

    return walked(row, step)


def in_whom(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "> 100 bpm, or > 110 bpm in atrial fibrillation": in those who have it."""

    def step(at: int, out: list[Chunk]) -> int:
        ill = at + 1 < len(row) and _ill(row[at + 1])
        if row[at].kind != "group" or row[at].low != "in" or not out or out[-1].kind != "comparison" or not ill:
            return 0
        out.append(replace(row[at], low="in those with"))
        return at + 1

    return walked(row, step)


def places(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A plant in Northfield, Ohio": the comma inside a place joins nothing."""
    out: list[Chunk] = []
    located = False
    for at, chunk in enumerate(row):
        located = (located or chunk.low in ("in", "at")) and chunk.kind not in ("conjunction", "semicolon", "stop")
        if chunk.kind == "comma" and located and 0 < at < len(row) - 1:
            before, after = row[at - 1], row[at + 1]
            ends = at + 2 == len(row) or row[at + 2].kind in ("comma", "stop", "semicolon")
            if ends and all(c.kind == "word" and context.text[c.start].isupper() for c in (before, after)):
                out.append(replace(chunk, kind="mark"))
                continue
        out.append(chunk)
    return out
