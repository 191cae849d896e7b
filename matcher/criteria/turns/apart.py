"""What belongs together and stands apart: a marker and its number, a habit's count and its "daily", a degree and the
disease behind the last of several."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, name, plain, walked


def markers(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "CD | 20 | /p16 positive": the number is part of the marker's name."""
    known = lexicon().turns["marker_letters"]

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at + 1].comparison if at + 1 < len(row) else None
        if row[at].kind != "word" or row[at].low not in known or row[at + 1].kind != "number" or found is None:
            return 0
        if not plain(found) or found.value2 is not None or row[at + 1].start - row[at].end != 1:
            return 0
        out.append(name(context.text, row[at].start, row[at + 1].end, "biomarker"))
        return at + 2

    return walked(row, step)


def every_day(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Smoking | at least 1 | cigarette | daily", "drinks | > 2 | drinks | daily": so much of the habit in a day."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if found is None or not plain(found) or at + 2 >= len(row) or row[at].kind not in ("comparison", "number"):
            return 0
        counted, often = row[at + 1], row[at + 2]
        time = next((word for word in ("day", "week") if often.low in known[f"every_{word}"]), "")
        habit = bool(out) and out[-1].kind == "behaviour"
        if not time or not (counted.kind == "behaviour" or (habit and counted.low in known["amount_of"])):
            return 0
        context.left_out([counted, often])
        if not habit:
            out.append(counted)
        # "1 cigarette daily": who smokes more does so, too
        cmp = found.cmp or ("" if found.value2 is not None else ">=")
        limit = replace(found, cmp=cmp, unit=f"{counted.low} per {time}")
        out.append(replace(row[at], kind="comparison", comparison=limit))
        return at + 3

    return walked(row, step)


def degree_or_care(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Severe, unstable or | required | hospitalization | for | asthma": the degrees are of the disease, too."""

    def step(at: int, out: list[Chunk]) -> int:
        need, care, tie, ill = row[at : at + 4] if at + 3 < len(row) else (None,) * 4
        if need is None or care is None or tie is None or ill is None or need.kind != "planned" or tie.low != "for":
            return 0
        of = [c.mention.type if c.mention is not None else "" for c in (care, ill)]
        begin = len(out)
        while begin and out[begin - 1].kind in ("qualifier", "comma", "conjunction"):
            begin -= 1
        degrees = out[begin:]
        said = [c for c in degrees if c.kind == "qualifier"]
        before = out[begin - 1].kind if begin else ""
        if of != ["procedure", "condition"] or not said or degrees[0].kind != "qualifier" or before in ("term", "word"):
            return 0
        if degrees[-1].kind != "conjunction":
            return 0
        del out[begin:]
        for chunk in degrees:
            out.append(chunk)
            if chunk.kind == "qualifier":
                out.append(Chunk("borrowed", ill.start, ill.end, "whole", ill.low, ill.mention))
        out.append(name(context.text, care.start, ill.end, "procedure"))
        return at + 4

    return walked(row, step)


def reacted(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Known | reaction | to | contrast agent": of a drug, an allergy."""

    def step(at: int, out: list[Chunk]) -> int:
        tie, drug = (row[at + 1], row[at + 2]) if at + 2 < len(row) else (None, None)
        if row[at].low not in lexicon().turns["reacted"] or tie is None or drug is None or tie.low != "to":
            return 0
        if drug.mention is None or drug.mention.type != "drug" or (out and out[-1].kind in ("term", "word")):
            return 0
        context.left_out(row[at : at + 2])
        out.append(Chunk("head", row[at].start, tie.end, "allergy", f"{row[at].low} to"))
        return at + 2

    return walked(row, step)


def hung(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "High | - | or | moderate | -intensity | statin": the end of the second modifier is of the first, too."""

    def step(at: int, out: list[Chunk]) -> int:
        if at + 4 >= len(row) or row[at + 1].low not in ("", "-") or row[at + 1].kind not in ("dash", "mark"):
            return 0
        first, dash, joint, second, end = row[at : at + 5]
        if dash.start != first.end or joint.kind != "conjunction" or end.kind != "word" or end.value != "-":
            return 0
        if any(c.kind not in ("result", "qualifier", "word") for c in (first, second)) or end.start - second.end != 1:
            return 0
        words = [Chunk("word", c.start, c.end, low=c.low) for c in (first, second)]
        noun = row[at + 5 : at + 6]
        if not noun or noun[0].kind != "term":
            return 0
        lent = f"{end.low} {noun[0].low}"
        whole = Chunk("borrowed", end.start, noun[0].end, "whole", lent, noun[0].mention)
        out += [words[0], whole, joint, words[1], end]
        return at + 5

    return walked(row, step)


def abbreviated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Computed tomography | (CT) | scan": an abbreviation inside a name adds nothing to it."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "bracket" or not out or at + 1 >= len(row) or out[-1].kind not in ("term", "word"):
            return 0
        short = context.text[row[at].start + 1 : row[at].end - 1].strip()
        behind = row[at + 1]
        if not short.isupper() or not short.isalpha() or behind.kind not in ("term", "word"):
            return 0
        first = next((i for i in range(len(out)) if all(c.kind in ("term", "word") for c in out[i:])), len(out))
        said = context.text[out[first].start : row[at].start].split()[-len(short) :]
        if [word[0].upper() for word in said] != list(short):
            return 0
        context.left_out([row[at]])
        return at + 1

    return walked(row, step)
