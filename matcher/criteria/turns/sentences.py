"""Where statements and their lists begin: lost full stops, numbers of entries, premises in brackets."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.asides import always_reason
from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import NAMED
from matcher.criteria.coordination import names
from matcher.criteria.cues import Cues, cues
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, clause, plain, walked

_NAME = 8
"""Chunks of what a list is called."""
_OF = frozenset({"for", "in"})
_CONSEQUENT = frozenset({"comma", "colon", "dash", "must", "spare", "barred", "stop", "semicolon", "bracket"})
_HAD = frozenset({"condition", "procedure"})
_LAST_ENTRY = 60
_ENTRIES = 2
"""Numbers in a row that make an enumeration whose first number is lost."""
_ENDS = frozenset({"word", "term", "comparison", "window", "bracket", "leaf", "behaviour", "result", "number", "trial"})
_CALLED = frozenset({"word", "term", "qualifier", "status", "scaffold", "number"})
_ANNOUNCING = frozenset({"list", "listall", "listnone", "example", "scaffold"})


def numbered_on(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Active lung disease 2. Infection within 4 weeks 3. Pregnancy": numbers of entries are no limits."""
    marks: list[int] = []
    lone: list[int] = []
    for at in range(1, len(row) - 2):
        found = row[at].comparison
        if (
            found is None
            or not plain(found)
            or row[at + 1].kind != "stop"
            or not context.text[row[at + 2].start].isupper()
        ):
            continue
        if found.value == float(len(marks) + 2) and found.value2 is None:
            marks.append(at)
        elif row[at].kind == "number" and (row[at - 1].kind == "stop" or _entry(row[at - 1], found.value)):
            lone.append(at)
    if len(marks) < _ENTRIES:
        marks = lone  # "any serious condition 21. History of stroke"
    if not marks:
        return row
    for at in marks:
        context.left_out(row[at : at + 1])
    gone = set(marks)
    return [c for at, c in enumerate(row) if at not in gone]


def of_guardian(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Parent or legal guardian gives consent", "caregiver ≥ 18 years old": of another person than the notes."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if out and out[-1].low == "whose" and row[at].low in known["of_relatives"]:
            end = next((i for i in range(at, len(row)) if row[i].kind in ("stop", "semicolon", "comma")), len(row))
            said = " ".join(context.text[row[at].start : row[end - 1].end].lower().split())
            out.append(Chunk("administrative", row[at].start, row[end - 1].end, "logistics", said))
            return end  # "infants whose mothers received the vaccine"
        opening = next((c for c in reversed(out[-_BEFORE:]) if c.kind not in _SUBJECT), None)
        if not _guards(row[at]) or (opening is not None and opening.kind not in ("stop", "semicolon")):
            return 0
        end, told = at, False
        while end < len(row) and (row[end].kind in ("slash", "bracket") or row[end].value == "or" or _guards(row[end])):
            told = told or not known["guardian"].isdisjoint(row[end].low.split())
            end += 1
        told_of = end == len(row) or row[end].kind in ("must", "administrative", "comparison", "stop", "semicolon")
        spouse = told and not known["spouse"].isdisjoint(word for c in row[at:end] for word in c.low.split())
        told_of = told_of or (row[end].kind == "link" and (spouse or not row[end].low.startswith("with")))
        if not told or not (told_of or row[end].low.split()[0] in known["guardian_does"]):
            return 0
        while end < len(row) and row[end].kind not in ("stop", "semicolon", "comma"):
            end += 1
        said = " ".join(context.text[row[at].start : row[end - 1].end].lower().split())
        out.append(Chunk("administrative", row[at].start, row[end - 1].end, "logistics", said))
        return end

    return walked(row, step)


def of_household(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Household contact with an immunocompromised person", "pregnant woman in the household": of other people."""
    known = lexicon().turns
    out = list(row)
    while (at := next((i for i, c in enumerate(out) if _home(c, known["household"])), None)) is not None:
        begun = at
        while begun and out[begun - 1].kind not in _CLAUSE_ENDS:
            begun -= 1
        end = at + 1
        if begun == at or out[at - 1].value in ("or", "and"):
            begun = at  # "household contact with …"
            while end < len(out) and out[end].kind not in _CLAUSE_ENDS:
                end += 1
        others = any(c.kind in ("term", "leaf", "behaviour") for c in out[begun:end])
        if not others:
            return out
        said = " ".join(context.text[out[begun].start : out[end - 1].end].lower().split())
        out[begun:end] = [Chunk("administrative", out[begun].start, out[end - 1].end, "logistics", said)]
    return out


def _home(chunk: Chunk, known: frozenset[str]) -> bool:
    return chunk.kind in ("word", "term") and not known.isdisjoint(chunk.low.split())


_CLAUSE_ENDS = frozenset({"comma", "semicolon", "stop", "colon"})
_SUBJECT = frozenset({"scaffold", "must", "link", "person"})
_BEFORE = 6
"""Chunks in which a sentence's opening is looked for."""


def _guards(chunk: Chunk) -> bool:
    known = lexicon().turns
    words = chunk.low.split()
    return chunk.kind in ("word", "term", "scaffold", "person", "status", "sex") and bool(words) and all(
        word in known["guardian"] or word in known["guardian_with"] for word in words
    )


def or_if(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Haemorrhage of 50 % of the lesion, or if it involves the fovea": the second is asked like the first."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "condition" or not out or out[-1].value != "or" or not names(out):
            return 0
        if any(c.kind == "condition" for c in out) or any(c.kind in _CONSEQUENTS for c in row[at + 1 :]):
            return 0
        out.append(replace(row[at], kind="scaffold"))
        return at + 1

    return walked(row, step)


def or_else(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Bilirubin ≤ 1.5 x ULN | or, | if there is Gilbert's syndrome, ≤ 3 x ULN": as ", or ≤ 3 x ULN if there is"."""

    def step(at: int, out: list[Chunk]) -> int:
        tie = at + 1 + (at + 1 < len(row) and row[at + 1].kind == "comma")
        if row[at].value != "or" or not out or out[-1].kind not in _STATED or tie >= len(row):
            return 0
        of_some = row[tie].kind == "condition" or (row[tie].kind == "group" and " " in row[tie].low)
        end = next((i for i in range(tie, len(row)) if row[i].kind in ("stop", "semicolon")), len(row))
        comma = next((i for i in range(tie, end) if row[i].kind == "comma"), end)
        if not of_some or comma + 1 >= end or any(c.kind in ("condition", "exception") for c in row[comma:end]):
            return 0
        premise, asked = row[tie:comma], row[comma + 1 : end]
        if not names(premise) or any(c.kind == "comma" for c in asked):
            return 0
        start = row[at].start
        out += [Chunk("comma", start, start, low=","), replace(row[at]), *asked, *premise]
        return end

    return walked(row, step)


_STATED = frozenset({"comparison", "result", "comma"})


def labelled(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Hepatic function | - | bilirubin ≤ 1.5 x ULN": what stands before the dash is a label."""
    at = next((i for i, c in enumerate(row[:_LABEL]) if c.kind == "dash"), 0)
    if not at or at + 2 >= len(row):
        return row
    label = " ".join(context.text[row[0].start : row[at - 1].end].lower().split())
    if label not in cues().topics:
        return row
    return [*row[:at], replace(row[at], kind="colon"), *row[at + 1 :]]


_LABEL = 6
"""Chunks of a label."""
_CONSEQUENTS = frozenset({"comparison", "number", "comma", "colon", "spare", "must", "condition"})


def only_if(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "If the child has taken salbutamol or if he has asthma": nothing but the condition is said."""
    first = next((at for at, c in enumerate(row) if c.kind not in ("scaffold", "mark")), 0)
    if row[first].kind != "condition" or first + 1 == len(row):
        return row
    inside = context.text[max(row[0].start - 3, 0) : row[0].start].rstrip()[-1:] in ("(", "[")
    if inside or any(c.kind in _CONSEQUENT for c in row[first + 1 :]):
        return row
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind == "condition" and (at == first or row[at - 1].kind == "conjunction"):
            out[at] = replace(chunk, kind="scaffold")
    return out


def needing(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Excluded if they | need to | undergo surgery": it is planned, and no demand."""
    out = list(row)
    for at, (before, chunk) in enumerate(zip([None, *row], row, strict=False)):
        if chunk.kind == "must" and chunk.low.startswith("need") and (before is None or before.kind == "condition"):
            out[at] = replace(chunk, kind="planned")
    return out


def of_all_shown(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Vascular disease | including | tortuosity | that | would preclude | access": of it all; of a list with commas
    the last alone may be meant."""
    shown = next((i for i, c in enumerate(row) if c.kind == "example"), len(row))
    if any(c.kind == "comma" for c in row[shown:]):
        return row
    for at in range(shown + 2, len(row) - 1):
        judged = row[at + 1].kind == "administrative" and row[at + 1].value == "opinion"
        if judged and row[at].low in ("that", "which"):
            end = row[at - 1].end
            return [*row[:at], Chunk("comma", end, end, low=","), *row[at:]]
    return row


def purposes(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Medical history | to | ensure | a stable condition |, …": what it is for asks nothing."""
    known = lexicon().turns["aimed_at"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low != "to" or at + 2 >= len(row) or row[at + 1].low not in known or not names(out):
            return 0
        end = at + 2
        while end < len(row) and row[end].kind not in _CLOSES:
            end += 1
        context.left_out(row[at:end])
        return end

    return walked(row, step)


_CLOSES = frozenset({"comma", "semicolon", "stop", "conjunction", "colon", "exception", "unless", "window"})


def spared_people(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Females | , | excluding | those who are sterile | , | must …": the commas set off who is meant."""
    if len(row) < 6 or row[0].kind not in ("sex", "childbearing") or row[1].kind != "comma":
        return row
    if row[2].kind not in ("exception", "unless"):
        return row
    must = next((at for at, c in enumerate(row) if c.kind == "must"), 0)
    commas = [at for at in range(3, must) if row[at].kind == "comma"]
    return [row[0], *row[2 : must - 1], *row[must:]] if commas == [must - 1] else row


def _entry(before: Chunk, value: float | str | None) -> bool:
    """Whether a number behind what is no measure and no name of a kind can only be that of the next entry."""
    whole = isinstance(value, float) and value.is_integer() and 1 < value < _LAST_ENTRY
    if not whole or before.low.split()[-1:] == [] or before.low.split()[-1] in NAMED:
        return False
    if before.mention is not None:
        return before.mention.type == "drug" or (before.mention.type in _HAD and " " in before.low)
    return before.kind == "word" and before.low in lexicon().nouns


def opened(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Gastric bypass surgery Presence of sleep apnea": a statement that lost the full stop before it."""
    known = cues()

    def step(at: int, out: list[Chunk]) -> int:
        if not at or row[at - 1].kind not in _ENDS or not _begins(row[at], row[at - 1], context.text, known):
            return 0
        out += [Chunk("stop", row[at].start, row[at].start, low="."), row[at]]
        return at + 1

    return walked(row, step)


def _begins(chunk: Chunk, before: Chunk, text: str, known: Cues) -> bool:
    """Whether a capital behind a lower-case word opens a statement: the word is one that opens statements."""
    if not text[chunk.start].isupper() or text[before.end : chunk.start].strip() or before.end == chunk.start:
        return False
    if chunk.comparison is not None and before.mention is not None and before.mention.type == "measurement":
        return False  # "BUN No Greater Than ULN": its limit
    word = text[chunk.start : chunk.end].split()[0]
    if chunk.value == "conduct" or (chunk.low in lexicon().turns["note"] and text[chunk.end : chunk.end + 1] == ":"):
        return True  # "… lymphoma NOTE: this protocol uses the former names"
    last = text[before.start : before.end].split()[-1]
    if word.lower() not in known.openers or not word[1:].islower():
        return False
    return not last[0].isupper() or last.isupper() or before.kind in ("bracket", "comparison", "number")


def announced(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Any of the following cardinal features: tremor, …": what the list is called is no member of it."""
    for at, chunk in enumerate(row):
        called = chunk.kind == "list" and "following " in chunk.low
        """Whether the cue itself says what the list is called: "of the following risk factors | for stroke"."""
        if chunk.kind not in _ANNOUNCING or not (called or chunk.low.endswith("following")):
            continue
        if chunk.low == "following" and not (at and row[at - 1].low.endswith("the")):
            continue
        end = at + 1
        while end < len(row) and end < at + _NAME and (row[end].kind in _CALLED or (called and row[end].low in _OF)):
            called = True
            end += 1
        if end == at + 1 or (end < len(row) and row[end].kind != "colon"):
            continue
        context.left_out(row[at + 1 : end])
        listed = replace(chunk, kind="list") if chunk.kind == "scaffold" else chunk
        if lexicon().turns["one_of"] & set(row[end - 1].low.split()[-1:]) and listed.kind == "list":
            listed = replace(listed, low=f"any {chunk.low}")
        return [*row[:at], listed, *row[end:]]
    return row


def made_of(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart disease | consisting | of: | angina, …": the list says what is meant."""
    known = lexicon().turns["made_of"]

    def step(at: int, out: list[Chunk]) -> int:
        named = out[-1].mention if out else None
        if row[at].low not in known or named is None or named.type != "condition" or at + 1 == len(row):
            return 0
        if row[at + 1].kind != "list":
            return 0
        context.left_out([row[at]])
        out.append(Chunk("definition", row[at].start, row[at + 1].end, low="defined as"))
        return at + 2

    return walked(row, step)


def no_list(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Planned administration of | any of these | products": they were named before, and no list follows."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "list" or chunk.low.split()[-1] not in lexicon().turns["named_before"]:
            continue
        end = next((i for i in range(at, len(row)) if row[i].kind in ("stop", "semicolon")), len(row))
        if end > at + 1 and not any(c.kind in ("comma", "conjunction", "colon", "slash") for c in row[at:end]):
            out[at] = replace(chunk, kind="scaffold")
    return out


def group_first(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "(For female subjects) The subject is pregnant": the bracket is the premise."""
    first = row[0]
    if first.kind != "bracket" or not first.inner or first.inner[0].kind != "group" or len(row) < 2:
        return row
    return [*first.inner, Chunk("comma", first.end - 1, first.end, low=","), *row[1:]]


def reasoned(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pregnant women are excluded from this study because X may harm the child; because of the risk to infants, …":
    why it is asked ends with the clause, or, where a clause opens with it, with the comma."""

    def step(at: int, out: list[Chunk]) -> int:
        if not _gives_reason(row[at]):
            return 0
        end = next((i for i in range(at, len(row)) if row[i].kind in ("stop", "semicolon")), len(row))
        barred = next((c for c in reversed(out) if c.kind != "scaffold"), None)
        if barred is not None and barred.kind == "barred" and names(out[clause(out, _STOPPED) :]):
            context.left_out(row[at:end])
            if end < len(row):
                out.append(replace(row[end], kind="stop"))
            return end + 1
        comma = next((i for i in range(at, end) if row[i].kind == "comma"), end)
        begins = not out or out[-1].kind in ("stop", "semicolon")
        if not begins or row[at].low.startswith("as ") or not names(row[comma + 1 : end]):
            return 0
        context.left_out(row[at:comma])
        return comma + 1

    out = walked(row, step)
    return row if out is row else [replace(c, kind="stop") if c.kind == "semicolon" else c for c in out]


_STOPPED = frozenset({"stop", "semicolon"})


def _gives_reason(chunk: Chunk) -> bool:
    return chunk.kind in ("reason", "scaffold", "word") and chunk.low in lexicon().turns["because"]


def nursing_stopped(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Breastfeeding should be discontinued if the mother is treated with X": who nurses is excluded."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].value != "lactation" or at + 2 >= len(row) or row[at + 1].kind != "must":
            return 0
        if row[at + 2].low.split()[0] not in lexicon().turns["given_up"]:
            return 0
        end = next((i for i in range(at, len(row)) if row[i].kind in ("stop", "semicolon", "comma")), len(row))
        if end < len(row) and row[end].kind == "comma":
            return 0
        context.left_out(row[at + 2 : end])
        out += [row[at], Chunk("barred", row[at + 1].start, row[at + 2].end, low="is excluded")]
        return end

    return walked(row, step)


def since(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Weight loss since the onset of symptoms": no reason, for no comma stands before it."""
    if any(c.kind == "administrative" for c in row):
        return row  # "unable to finish because of …": a reason is part of what is judged
    parted = ("comma", "dash", "bracket", "barred", "stop")
    return [
        replace(c, kind="scaffold")
        if c.kind == "reason" and at and row[at - 1].kind not in parted and not always_reason(c)
        else c
        for at, c in enumerate(row)
    ]


def required(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A negative pregnancy test is required for women of childbearing potential": they must have one."""
    people = ("sex", "childbearing", "agegroup")
    for at, chunk in enumerate(row):
        words = chunk.low.split()
        if words[:2] not in (["is", "required"], ["are", "required"], ["will", "be"]) or "required" not in words:
            continue
        start = next((i + 1 for i in range(at - 1, -1, -1) if row[i].kind in ("stop", "semicolon")), 0)
        end = next((i for i in range(at + 1, len(row)) if row[i].kind in ("stop", "semicolon")), len(row))
        asked, behind = row[start:at], row[at + 1 : end]
        of = next((i for i, c in enumerate(behind) if c.kind in ("group", "condition")), len(behind))
        whom = [c for c in behind if c.kind not in ("group", "scaffold", "person")]
        told = [c for c in asked if c.kind != "scaffold"]
        tested = bool(told) and told[0].value in ("negative", "normal", "positive") and len(told) < _TEST
        tested = tested and all(c.kind in _WHEN for c in behind[:of])
        if tested and (of == len(behind) or names(behind[of:])):
            # "a negative test is required | within 7 days | for all women who have not had a hysterectomy"
            asked = [*asked, *(c for c in behind[:of] if c.kind == "window")]
            whom = behind[of + 1 :] or [Chunk("person", chunk.start, chunk.start, low="patients")]
        elif not names(asked) or len(whom) != 1 or whom[0].kind not in people:
            continue
        stop = [Chunk("stop", row[start - 1].start, row[start - 1].end, low=".")] if start else []
        must = Chunk("must", chunk.start, chunk.end, low="must have")
        return [*row[: max(start - 1, 0)], *stop, *whom, must, *asked, *required(row[end:], context)]
    return row


_WHEN = frozenset({"window", "when", "scaffold"})
_TEST = 5
"""Chunks of a test with its result."""
