"""Measures and their limits: scales, scores, pressures."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from matcher.criteria.atoms import RATED
from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, name, plain, walked
from matcher.ner.quantities import unit_at
from matcher.patterns import alternatives
from matcher.terms import lexical

_FAR = 12
"""Chunks that a turn of phrase looks ahead."""
_NEAR = 4
"""Chunks between a measure and its limit."""
_AHEAD = 40
"""Chunks in which the limit of an association is looked for."""
_PLACES = frozenset({"word", "term", "scaffold", "qualifier", "comma", "conjunction", "slash"})
_JOINTS = frozenset({"comma", "semicolon", "stop", "conjunction", "colon"})


def unit_words(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Birth length < -2 | SDS": a word for the unit, which names something else where it stands alone."""
    known = _unit_words()

    def step(at: int, out: list[Chunk]) -> int:
        limit = out[-1].comparison if out else None
        if limit is None or not plain(limit) or row[at].start - out[-1].end > 1:
            return 0
        written = known.match(context.text, row[at].start)
        if written is None:
            return 0
        last, end = out[-1], written.end()
        behind = next((i for i in range(at, len(row)) if row[i].start >= end), len(row))
        whole = replace(limit, unit=written.group(), end=end)
        out[-1] = replace(last, kind="comparison", end=end, comparison=whole)
        context.left_out([Chunk("mark", row[at].start, end)])
        return behind

    return walked(row, step)


@cache
def _unit_words() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(lexicon().turns['unit_word'])})(?!\w)", re.IGNORECASE)


def from_mean(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "At least 2 SD | below the mean": so many below it is a limit with a minus; "above the mean" adds nothing."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        limit = out[-1].comparison if out else None
        if limit is None or (limit.unit or "").lower() not in known["deviation"] or limit.value2 is not None:
            return 0
        end = at + 1
        while end < len(row) and end < at + _NEAR and (row[end].kind == "scaffold" or row[end].low in known["mean_of"]):
            end += 1
        below = row[at].low in known["below_mean"]
        if not (below or row[at].low in known["above_mean"]) or end == len(row) or row[end].low not in known["mean"]:
            return 0
        context.left_out(row[at : end + 1])
        if below and isinstance(limit.value, float):
            turned = replace(limit, value=-limit.value, cmp=limit.cmp.translate(_TURNED) or "<=")
            out[-1] = replace(out[-1], kind="comparison", comparison=turned)
        return end + 1

    return walked(row, step)


_TURNED = str.maketrans("<>", "><")


def by_sex(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "QTcF ≥ 450 (men) / 470 (women)", "> 450/470 ms (male/female)": a limit of each sex, with one sign."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        found = row[at].comparison
        if found is None or not found.cmp or at + 1 == len(row):
            return 0
        either = Chunk("conjunction", row[at].end, row[at].end, "or", "or")
        sexes = [c for c in row[at + 1].inner if c.kind == "sex"]
        if isinstance(found.value, str):
            first, _, second = found.value.partition("/")
            both = row[at + 1].inner[0] if len(row[at + 1].inner) == 1 else None
            order = both.low.split() if both is not None and both.value == "both" else []
            told = lexicon().inside["pressure"].search(out[-1].low) is None if out else False
            if len(order) != 3 or not told or both is None or not (first.isdigit() and second.isdigit()):
                return 0
            for value, said in ((first, order[0]), (second, order[2])):
                sex = "female" if said in known["of_women"] else "male"
                out.append(replace(row[at], comparison=replace(found, value=float(value))))
                out.append(replace(row[at + 1], inner=[replace(both, value=sex)]))
                out.append(either)
            out.pop()
            return at + 2
        other = at + 2
        while other < len(row) and row[other].kind in ("slash", "comma", "conjunction"):
            other += 1
        if other == at + 2 or other + 1 >= len(row) or len(sexes) != 1 or len(row[at + 1].inner) != 1:
            return 0
        limit = row[other].comparison
        if limit is None or limit.cmp or limit.value2 is not None or [c.kind for c in row[other + 1].inner] != ["sex"]:
            return 0
        unit = limit.unit or found.unit
        mine = replace(row[at], comparison=replace(found, unit=found.unit or unit))
        yours = replace(row[other], kind="comparison", comparison=replace(limit, cmp=found.cmp, unit=unit))
        out += [mine, row[at + 1], either, yours, row[other + 1]]
        return other + 2

    return walked(row, step)


def in_time(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "≤ 10 mm | / | 5 min", "at | 8:00 | am", "> 4 hours | on 70 % of nights": how it is measured is no limit."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        chunk, before = row[at], out[-1] if out else None
        after = row[at + 1] if at + 1 < len(row) else None
        found = after.comparison if after is not None else None
        if before is None or found is None or found.cmp not in ("", "between"):
            return 0
        if chunk.kind == "slash" and before.comparison is not None and found.duration and not found.age:
            context.left_out(row[at : at + 2])
            return at + 2
        if chunk.low == "on" and found.unit == "%" and any(c.comparison is not None for c in out):
            end = at + 2 + (at + 2 < len(row) and row[at + 2].low in ("of", "of the"))
            if end < len(row) and row[end].low in known["days"]:
                context.left_out(row[at : end + 1])
                return end + 1
        timed = found.duration and not found.age and any(c.comparison and c.comparison.cmp for c in out[-_NEAR:])
        if chunk.low == "at" and timed and not (at + 2 < len(row) and row[at + 2].kind in ("term", "word")):
            context.left_out(row[at : at + 2])
            return at + 2  # "cervical length ≤ 25 mm at 18 to 24 weeks"
        if chunk.low == "at" and found.value2 is None and at + 4 <= len(row) and row[at + 2].kind == "colon":
            hour = row[at + 3].kind == "number" and row[at + 3].start - after.end <= 1 if after is not None else False
            end = at + 4 + (at + 4 < len(row) and row[at + 4].low in known["of_day"])
            if hour:
                context.left_out(row[at:end])
                return end
        return 0

    return walked(row, step)


def above_nadir(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "PSA > nadir + 2 ng/mL": a rise above another value of the same measure, which no single value shows."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        after = at + 1 + (at + 1 < len(row) and row[at + 1].kind == "scaffold")
        if row[at].low not in ("<", ">", "≥", "≤", ">=", "<=") or after >= len(row) or not out:
            return 0
        if row[after].low not in known["own_value"] or out[-1].kind not in ("term", "word"):
            return 0
        end = after + 1
        while end < len(row) and end < after + _NEAR and row[end].kind in ("result", "mark", "number", "comparison"):
            end += 1
        out[-1] = name(context.text, out[-1].start, row[end - 1].end, "condition")
        return end

    return walked(row, step)


def summed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Total abscess and nodule count ≥ 3": one number for what is counted together."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known["summed"]:
            return 0
        end = at + 1
        while end < len(row) and end < at + _FAR and row[end].kind in ("word", "term", "qualifier", "conjunction"):
            end += 1
        joined = [c for c in row[at:end] if c.kind == "conjunction"]
        short = end < len(row) and row[end].kind == "bracket" and _short(row[end])
        after = end + short
        while short and after < len(row) and row[after].kind in ("word", "term"):
            after += 1
        last = row[after - 1].low.split()[-1:]
        limit = row[after].comparison if after < len(row) else None
        if not joined or any(c.value != "and" for c in joined) or not known["sum_of"].issuperset(last) or limit is None:
            return 0
        out.append(name(context.text, row[at].start, row[after - 1].end, "measurement"))
        return after

    return walked(row, step)


def _short(bracket: Chunk) -> bool:
    """Whether a bracket holds one word: the short form of the name before it."""
    return len(bracket.inner) == 1 and not bracket.inner[0].comparison


def score_on(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A score > 15 on the NIH stroke scale": the score of that scale."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        if at + 3 >= len(row) or row[at].low not in known["scored"]:
            return 0
        limit = at + 1 + (row[at + 1].low == "of")  # "a score | of | at least 4"
        if limit + 2 >= len(row) or not plain(row[limit].comparison):
            return 0
        if row[limit + 1].low.split()[:1] not in (["on"], ["in"], ["of"]):
            return 0
        called = limit + 2
        while called < len(row) and called < at + _FAR and (row[called].kind == "scaffold" or _range(row[called])):
            called += 1  # "on the | 0-10 | NRS"
        end = called
        while end < len(row) and row[end].kind in ("word", "term") and end < called + _FAR:
            end += 1
        if end == called or not (row[end - 1].low.split()[-1] in known["scale"] or _is_scale(row[end - 1])):
            return 0
        context.left_out([row[at]])
        context.left_out([c for c in row[limit + 1 : called] if _range(c)])
        out += [*row[called:end], row[limit]]
        return end

    return walked(row, step)


def _range(chunk: Chunk) -> bool:
    """How far a scale goes: "0-10"."""
    found = chunk.comparison
    return found is not None and found.value2 is not None and found.unit is None and not found.scale


def _is_scale(chunk: Chunk) -> bool:
    concept = chunk.mention.concept if chunk.mention is not None else None
    return concept is not None and concept.system == "SCALE"


def ranging(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Parkinson's disease | ranging | from | Hoehn & Yahr II to IV": the disease, and its steps."""

    def step(at: int, out: list[Chunk]) -> int:
        if at + 3 >= len(row) or not row[at].low.startswith("rang") or row[at + 1].low not in ("from", "between"):
            return 0
        ill = bool(out) and out[-1].mention is not None and out[-1].mention.type == "condition"
        limit = row[at + 3].comparison
        if not ill or row[at + 2].kind != "term" or limit is None or limit.value2 is None:
            return 0
        context.left_out(row[at : at + 2])
        out.append(Chunk("link", row[at].start, row[at + 1].end, low="with"))
        return at + 2

    return walked(row, step)


def rated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure | NYHA class III", "asthma | FEV1 < 80 %": a disease, and with it what limits it."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        before = row[at - 1] if at else None
        if before is None or before.mention is None or before.mention.type != "condition":
            return 0
        if chunk.mention is None or chunk.mention.type != "measurement" or before.end + 1 != chunk.start:
            return 0
        if known.inside["plain_scale"].fullmatch(chunk.low) or known.inside["pressure"].search(before.low):
            return 0
        limit = at + 1
        while limit < len(row) and limit < at + _NEAR and row[limit].kind in ("word", "scaffold"):
            limit += 1
        if limit == len(row) or row[limit].comparison is None:
            return 0
        out += [Chunk("link", chunk.start, chunk.start, RATED, "rated"), chunk]
        return at + 1

    return walked(row, step)


def defined_so(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "BMI | , defined as | ≥ 25 but ≤ 30": what is defined is what is measured."""

    def step(at: int, out: list[Chunk]) -> int:
        limit = row[at + 1].comparison if at + 1 < len(row) else None
        comma = bool(out) and out[-1].kind == "comma"
        named = out[-1 - comma].mention if len(out) > comma else None
        if row[at].kind != "definition" or limit is None or not limit.cmp or named is None:
            return 0
        if named.type != "measurement":
            return 0
        context.left_out([row[at]])
        del out[len(out) - comma :]
        return at + 1

    return walked(row, step)


def measured_when(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Hemoglobin | measured | within 14 days | ≥ 9 g/dL", "creatinine ≤ 1.5 mg/dL | , measured | within 14 days": the
    time is of the measure."""
    known = lexicon().turns["took_place"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known or at + 1 == len(row) or row[at + 1].kind != "window" or not out:
            return 0
        comma = len(out) > 1 and out[-1].kind == "comma"
        last = out[-1 - comma]
        named = last.mention if last.comparison is None else out[-2 - comma].mention if len(out) > 1 + comma else None
        if named is None or named.type != "measurement":
            return 0
        context.left_out([row[at]])
        del out[len(out) - comma :]
        out.append(row[at + 1])
        after = at + 2
        closes = comma and after + 1 < len(row) and row[after].kind == "comma" and last.comparison is None
        return after + (closes and row[after + 1].comparison is not None)

    return walked(row, step)


def paced(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Methotrexate 15 mg | weekly", "prednisone 10 mg | daily | or less": how often a dose is given belongs to its
    unit, and its sign stands behind it."""
    known = lexicon().turns
    times = {**dict.fromkeys(known["each_week"], "week"), **dict.fromkeys(known["each_month"], "month")}

    def step(at: int, out: list[Chunk]) -> int:
        limit = out[-1].comparison if out else None
        drug = len(out) > 1 and out[-2].mention is not None and out[-2].mention.type == "drug"
        if limit is None or limit.unit is None or limit.duration or not drug or row[at].low not in known["paced"]:
            return 0
        if row[at].low in times and "/" not in limit.unit:
            limit = replace(limit, unit=f"{limit.unit}/{times[row[at].low]}")
            context.left_out([row[at]])
            kept = []
        else:
            kept = [row[at]]
        end = at + 1
        if end + 1 < len(row) and row[end].value == "or" and not limit.cmp and limit.value2 is None:
            cmp = "<=" if row[end + 1].low in known["or_less"] else ">=" if row[end + 1].low in known["or_more"] else ""
            if cmp:
                limit = replace(limit, cmp=cmp)
                context.left_out(row[end : end + 2])
                end += 2
        out[-1] = replace(out[-1], kind="comparison", comparison=limit)
        out += kept
        return end

    return walked(row, step)


def unit_behind(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Platelets > 100 (x10^9/L)", "hemoglobin > 9 (g/dL)": the unit of the limit stands in brackets."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk, limit = row[at], out[-1].comparison if out else None
        if chunk.kind != "bracket" or limit is None or not limit.cmp or not plain(limit):
            return 0
        said = context.text[chunk.start + 1 : chunk.end - 1].strip()
        said = said[said.lower().startswith("in ") and 3 :]
        unit, end = unit_at(said, 0)
        if unit is None or end < len(said):
            return 0
        out[-1] = replace(out[-1], comparison=replace(limit, unit=unit))
        context.left_out([chunk])
        return at + 1

    return walked(row, step)


def measured_at(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "T-score ≤ -2.5 at the lumbar spine, total hip or femoral neck": places where it is measured, of one limit."""

    def step(at: int, out: list[Chunk]) -> int:
        if not out or out[-1].comparison is None or row[at].low not in lexicon().turns["placed_at"]:
            return 0
        end, said, joined = at + 1, "", False
        while end < len(row) and row[end].kind in _PLACES:
            if row[end].kind in ("comma", "conjunction", "slash"):
                if not _place(said):
                    return 0
                said, joined = "", True
            elif row[end].kind != "scaffold":
                said = f"{said} {row[end].low}".strip()
            end += 1
        if not joined or not _place(said):
            return 0
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def _place(said: str) -> bool:
    """ "Lumbar spine", "total hip"."""
    return lexical.only_a_place(said) or lexical.only_a_place(said.rpartition(" ")[2])


def out_of(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A score of 20 out of 30": how far the scale goes is no limit."""

    def step(at: int, out: list[Chunk]) -> int:
        end = _scale_end(row, at)
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def _scale_end(row: list[Chunk], at: int) -> int:
    """The place behind "out of 30" where that stands behind a number; 0 where it does not."""
    if not 0 < at < len(row) - 2 or row[at].low != "out" or row[at + 1].low != "of" or row[at - 1].comparison is None:
        return 0
    end = at + 2
    while end < len(row) and end < at + 5 and row[end].kind in ("scaffold", "certainty", "word", "qualifier"):
        end += 1
    return end + 1 if end < len(row) and row[end].kind == "number" else 0


def scale_range(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A score of 4 or more on a 0-10 scale", "40 on a 100 mm VAS": how far the scale goes is no limit."""
    plain_scale = lexicon().inside["plain_scale"]
    for at in range(1, len(row)):
        named = plain_scale.fullmatch(row[at].low) is not None and row[at].mention is not None
        if not named and (
            not row[at].low.startswith(("scale", "point scale")) or row[at].kind not in ("word", "term")
        ):
            continue
        last = next((n for n in range(at + 1, len(row)) if row[n].low not in ("of", "from")), at)
        if _range(row[last]) and last > at + 1 and any(c.comparison is not None for c in row[: at - 1]):
            start = next((n for n in range(at - 1, 0, -1) if row[n].low not in ("a", "an", "the", "on")), 0) + 1
            if any(c.low == "on" for c in row[start:at]):
                context.left_out(row[start : last + 1])
                return row[:start] + row[last + 1 :]  # "4 on a scale of 0 to 10"
        ranged = row[at - 1].comparison
        if ranged is None or ranged.cmp not in ("between", "") or (ranged.unit is not None and not named):
            continue
        start = at - 1
        if named and row[start - 1 if start else 0].low not in ("on", "a", "an", "the"):
            continue
        while start and row[start - 1].low in ("on", "a", "an", "the", "of", "from", "out of"):
            start -= 1
        if any(c.comparison is not None for c in row[:start]):
            context.left_out(row[start : at + 1])
            return row[:start] + row[at + 1 :]
    return row


def pressures(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "≥ 140 mmHg systolic": the name stands behind its limit."""
    out = list(row)
    for at in range(len(row) - 3):
        upper, tie, lower, limit = row[at : at + 4]
        both = tie.kind == "slash" and limit.comparison is not None and "/" in str(limit.comparison.value)
        if both and upper.mention is not None and lower.mention is not None:
            # "systolic/diastolic blood pressure > 160/100": one name, as the limit is one
            whole = replace(lower, start=upper.start, low=f"{upper.low}/{lower.low}")
            return [*row[:at], whole, *row[at + 3 :]]
    for at in range(len(row) - 1):
        limit, after = row[at], row[at + 1]
        if limit.kind == "comparison" and after.low in lexicon().behind and after.kind in ("word", "term"):
            out[at], out[at + 1] = after, limit
    return out


def associated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Heart failure associated with LVEF < 40 %": a limit behind it is a question of its own."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or not chunk.low.endswith(("associated with", "association with")):
            continue
        for after in row[at + 1 : at + _AHEAD]:
            if after.kind in _JOINTS:
                break
            if after.kind == "comparison":
                out[at] = replace(chunk, kind="conjunction", value="and")
                break
    return out
