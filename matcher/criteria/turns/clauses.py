"""What is said of a name behind it: of which kind it is, when it took place, what it needs."""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.limits import time_unit
from matcher.criteria.turns.turn import Context, name, walked
from matcher.criteria.windows import Timed
from matcher.model import Window

_SAID = frozenset({"comma", "conjunction", "qualifier", "status"})
_STATES = frozenset({"active", "current"})
_GOES_ON = frozenset({"link", "window", "scaffold", "negation", "planned", "bracket", "exception", "unless", "when"})
"""Kinds of chunks before which the comma behind what is set off joins nothing."""
_RELATIVE = frozenset({"that", "which", "who"})


def set_off(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma, severe, for at least a year", "asthma that is severe or uncontrolled": what kind of it is meant."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        named = chunk.kind == "head" or (chunk.mention is not None and chunk.mention.type == "condition")
        if named and at + 1 < len(row) and row[at + 1].kind == "bracket" and (only := _in_bracket(row[at + 1].inner)):
            out += [*only, chunk]
            return at + 2
        if not named or at + 3 >= len(row) or not _opens(row[at + 1]):
            return 0
        clause = row[at + 1].kind == "link"
        begins = at + 2 + (row[at + 2].low == "either")
        end = begins
        while end < len(row) and row[end].kind in _SAID:
            end += 1
        run = row[begins:end]
        last = next((i for i, c in enumerate(run) if c.kind == "comma"), len(run))
        behind = row[end].kind if end < len(row) else "stop"
        # qualifiers that end the run belong to what stands behind them: "asthma, severe, uncontrolled hypertension"
        hung = run[-1:] and run[-1].kind in ("comma", "conjunction")
        over = behind in ("stop", "semicolon") and bool(_either(run))  # "acute or chronic" is every kind
        closed = hung if last < len(run) else behind in _GOES_ON or over
        needs = clause and last == len(run) and bool(hung) and behind == "planned"
        run = run[:-1] if needs else run
        last = min(last, len(run))
        said = [kind for c in run[:last] if (kind := _as_kind(c)) is not None]
        if not (closed or needs) or not said or len(said) < last or said[-1].kind == "conjunction":
            return 0
        if clause and len(said) < 2 and not needs:
            return 0
        out += [*(_either(run[:last]) or said), chunk]
        if needs:
            # "asthma that is symptomatic | and requires treatment"
            out.append(Chunk("scaffold", row[end - 1].start, row[end - 1].end, low="that"))
            return end
        whole = last == len(run) or (last == len(run) - 1 and behind in _GOES_ON)
        return end if whole else begins + last

    return walked(row, step)


def _opens(chunk: Chunk) -> bool:
    words = chunk.low.split()
    relative = chunk.kind == "link" and words[0] in _RELATIVE and words[-1] in lexicon().turns["being"]
    return chunk.kind == "comma" or relative


def _as_kind(chunk: Chunk) -> Chunk | None:
    """A qualifier, "or", or a state of the disease as a qualifier; None for what is none of them."""
    if chunk.kind == "status":
        return replace(chunk, kind="qualifier", value="course") if chunk.value in _STATES else None
    return chunk if chunk.kind == "qualifier" or chunk.value == "or" else None


def _in_bracket(inner: list[Chunk]) -> list[Chunk]:
    """ "(active)", "(severe or uncontrolled)": the kinds that a bracket names; empty where it says more."""
    if len(inner) == 1 and inner[0].kind == "status" and inner[0].value in _STATES:
        return inner
    return _either(inner)


def _either(said: list[Chunk]) -> list[Chunk]:
    """ "Severe | or | uncontrolled" as the one question that it is, whatever stands before; empty where it is none."""
    if len(said) != 3 or said[1].value != "or" or not {said[0].low, said[2].low} <= lexicon().joined:
        return []
    if said[0].kind == said[2].kind == "qualifier":
        return [replace(said[2], start=said[0].start, low=f"{said[0].low} or {said[2].low}")]
    return [said[0], said[2]]


def took_place(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Stroke | which | occurred | within 6 months", "diagnosis of asthma | made | a year ago": the time is of it."""
    known = lexicon().happening

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low == "made" and row[at + 1 : at + 2] != [] and row[at + 1].kind == "window":
            made = any(word.startswith("diagnos") for c in out[-4:] for word in c.low.split())
            context.left_out(row[at : at + 1] if made else [])
            return at + 1 if made else 0
        if at + 2 >= len(row) or row[at].kind != "link" or row[at].low.split()[0] not in _RELATIVE or not out:
            return 0
        verb, when = row[at + 1], row[at + 2]
        if verb.kind not in ("word", "scaffold") or verb.low not in known or when.kind != "window":
            return 0
        context.left_out(row[at : at + 2])
        return at + 2

    return walked(row, step)


_TIED = frozenset({"head", "scaffold", "group", "word", "window", "when", "status", "certainty", "result", "qualifier"})
_OBJECT = frozenset({"term", "word", "qualifier", "scaffold", "conjunction", "slash", "window", "when", "bracket"})
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


def suspended(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Progression on, or intolerance to, | platinum": what the last preposition has is of the first one too."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "comma" or not out or not _preposition(out[-1]) or at + 4 >= len(row):
            return 0
        if row[at + 1].kind != "conjunction" or row[at + 1].value != "or":
            return 0
        tie = at + 2
        while tie < len(row) and tie < at + _FAR // 2 and row[tie].kind in _TIED and row[tie + 1 : tie + 2] != []:
            if row[tie + 1].kind == "comma":
                break
            tie += 1
        if tie + 2 >= len(row) or row[tie + 1].kind != "comma" or not _preposition(row[tie]):
            return 0
        end = tie + 2
        while end < len(row) and end < tie + 2 + _FAR and row[end].kind in _OBJECT:
            end += 1
        asked = row[tie + 2 : end]
        if not any(c.kind in ("term", "word") for c in asked):
            return 0
        out += [*asked, *row[at : tie + 1], *asked]
        return end

    return walked(row, step)


def _preposition(chunk: Chunk) -> bool:
    return chunk.kind != "term" and chunk.low.split()[-1:] != [] and chunk.low.split()[-1] in lexicon().turns["governs"]


def since_when(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A within 4 weeks, or B within 2 weeks, | of the first dose": from when both times are counted."""
    timed = [at for at, c in enumerate(row) if c.kind == "window"]
    if len(timed) < 2 or timed[-1] + 3 > len(row) - 1:
        return row
    comma, tie = row[timed[-1] + 1 : timed[-1] + 3]
    rest = row[timed[-1] + 3 :]
    if comma.kind != "comma" or tie.low not in lexicon().turns["counted_from"] or len(rest) > _FAR // 2:
        return row
    if any(c.kind not in ("term", "word", "scaffold", "head", "status") for c in rest):
        return row
    context.left_out(row[timed[-1] + 1 :])
    return row[: timed[-1] + 1]


def durations(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Duration of asthma ≥ 6 months", "asthma (duration at least 6 months)": had for so long. How long a seizure
    lasts is none of it, nor how young a disease is."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        ill = at
        if row[at].low in known["had_for"]:
            ill += 1
            while ill < len(row) and ill < at + _FAR // 3 and row[ill].low in known["had_tie"]:
                ill += 1
            if ill == at + 1:
                return 0
        named = row[ill].mention if ill < len(row) else None
        if named is None or named.type != "condition":
            return 0
        end = ill + 1
        inner = row[end].inner if end < len(row) else []
        if ill == at and inner and len(inner) < _FAR // 3:
            said, limit, end = inner[:-1], inner[-1], end
        else:
            while end < len(row) and end < ill + _FAR // 2 and row[end].low in known["had_tie"] | known["had_for"]:
                end += 1
            said = row[ill + 1 : end]
            if end == len(row):
                return 0
            limit = row[end]
        told = ill > at or any(c.low in known["had_for"] for c in said)
        if not told or any(c.low not in known["had_tie"] | known["had_for"] for c in said):
            return 0
        found = limit.comparison
        if found is None or not found.duration or found.age or found.cmp not in (">", ">=") or found.value2 is not None:
            return 0
        if time_unit(found.unit) in known["moment"]:
            return 0
        context.left_out([*row[at:ill], *row[ill + 1 : end + 1]])
        timed = Timed(limit.start, limit.end, found.first, found.last, Window(at_least_ago=found.duration))
        out += [row[ill], Chunk("window", limit.start, limit.end, low=limit.low, timed=timed)]
        return end + 1

    return walked(row, step)


def led_to(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma | leading | to | admission": as "asthma requiring admission"."""
    known = lexicon().turns["led_to"]

    def step(at: int, out: list[Chunk]) -> int:
        done = row[at + 2].mention if at + 2 < len(row) else None
        ill = out[-1].mention if out else None
        if done is None or done.type != "procedure" or ill is None or ill.type != "condition":
            return 0
        if f"{row[at].low} {row[at + 1].low}" not in known:
            return 0
        context.left_out(row[at : at + 2])
        out.append(Chunk("planned", row[at].start, row[at + 1].end, low="requiring"))
        return at + 2

    return walked(row, step)


def treated_with(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Treatment | of | asthma | with | a drug": asthma, treated with the drug."""

    def step(at: int, out: list[Chunk]) -> int:
        told = row[at].kind == "head" and row[at].low.endswith("treatment of")  # "current treatment of"
        ill = at + 2 - told
        if ill + 2 >= len(row) or row[ill + 1].low != "with":
            return 0
        if not told and (row[at].low != "treatment" or row[at + 1].low != "of"):
            return 0
        named, drug = row[ill].mention, row[ill + 2].mention
        if named is None or drug is None or named.type != "condition" or drug.type != "drug":
            return 0
        context.left_out(row[at:ill])
        before = [out.pop()] if out and out[-1].kind == "status" else []  # "prior treatment": not of the disease
        opening = Chunk("head", row[ill + 1].start, row[ill + 1].end, "medication", "treatment with")
        out += [row[ill], *before, opening]
        return ill + 2

    return walked(row, step)


_ABUSE = re.compile(r"(?P<noun>[a-z]+) (?:of|on|to|upon)(?: (?P<what>.+))?")
_AND = re.compile(r"\s*(?:,|/|\bor\b|\band\b)[\s,/]*(?:(?:or|and)\b\s*)?(?:other\s+)?")


def abuse_of(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Abuse of | alcohol or drugs", "addiction to alcohol or opioids": as "alcohol abuse or drug abuse"."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        end = at + 1
        said = row[at].low
        if row[at].kind == "word" and at + 2 < len(row) and row[at + 1].low in known.turns["governs"]:
            said, end = f"{said} {row[at + 1].low} {row[at + 2].low}", at + 3
        found = _ABUSE.fullmatch(said) if row[at].kind in ("word", "behaviour") else None
        if found is None or found["noun"] not in known.habits or not found["what"]:
            return 0
        named = [(word, row[end - 1]) for word in _AND.split(found["what"]) if word]
        while end + 1 < len(row) and row[end].kind in ("comma", "conjunction", "slash"):
            tie = end + 1
            while tie + 1 < len(row) and row[tie].kind in ("conjunction", "comma"):
                tie += 1
            if row[tie].low not in known.substances:
                break
            named.append((row[tie].low, row[tie]))
            end = tie + 1
        if len(named) < 2 or any(word not in known.substances for word, _ in named):
            return 0
        context.left_out(row[at:end])
        for place, (word, chunk) in enumerate(named):
            habit = f"{word.removesuffix('s')} {found['noun']}"
            if place:
                out.append(Chunk("conjunction", chunk.start, chunk.start, "or", "or"))
            begins = row[at].start if place == 0 else chunk.start
            out.append(Chunk("behaviour", begins, chunk.end, habit, habit))
        return end

    return walked(row, step)


_ROUTE = frozenset({"qualifier", "conjunction", "slash"})


def but_not(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Oral or intravenous, | but not inhaled or topical, | steroids": what is meant is said before."""

    def step(at: int, out: list[Chunk]) -> int:
        if not out or out[-1].kind != "qualifier" or out[-1].value != "extent":
            return 0
        if row[at].kind == "bracket":
            inner, end = row[at].inner, at + 1
        else:
            begins = at + (row[at].kind == "comma")
            end = begins + 1
            while end < len(row) and row[end].kind in _ROUTE:
                end += 1
            inner = row[begins:end]
            end += end < len(row) and row[end].kind == "comma"
        denied = bool(inner) and inner[0].low.split()[-1:] == ["not"] and len(inner) > 1
        if not denied or any(c.kind not in _ROUTE or c.value == "severity" for c in inner[1:]):
            return 0
        if end >= len(row) or row[end].kind not in ("term", "word"):
            return 0
        context.left_out(inner)
        return end

    return walked(row, step)


_STOPPED = frozenset({"head", "comma", "must", "conjunction"})


def not_or_stopped(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Not taking, or stopped at least 4 weeks earlier, | a drug": none of it in that time."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "negation":
            return 0
        place = at + 1
        while place < len(row) and place < at + _FAR // 2 and row[place].kind in _STOPPED:
            place += 1
        said = row[at + 1 : place]
        stopped = said[-1] if said else None
        joined = any(c.value == "or" for c in said)
        if stopped is None or not joined or lexicon().turns["stopping"].isdisjoint(stopped.low.split()):
            return 0
        if any(c.kind in ("stop", "semicolon", "conjunction") for c in row[place:]):
            return 0
        window = next((c for c in row[place:] if c.kind == "window"), None)
        ago = window.timed.window if window is not None and window.timed is not None else None
        if window is None or ago is None or ago.at_least_ago is None:
            return 0
        context.left_out([*said, window])
        timed = replace(window.timed, window=Window(within=ago.at_least_ago)) if window.timed is not None else None
        later = replace(window, timed=timed)
        rest = [c for c in row[place:] if c is not window]
        while rest and rest[0].kind == "comma":
            rest = rest[1:]
        out += [row[at], Chunk("head", stopped.start, stopped.end, "medication", "taking"), *rest, later]
        return len(row)

    return walked(row, step)


def spread_over(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Psoriasis | involving | ≥ 10 % of | the body surface": the disease, and how much of the body it takes."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        ill = out[-1].mention if out else None
        limit = row[at + 1].comparison if at + 2 < len(row) else None
        if ill is None or ill.type != "condition" or row[at].low not in known["spread_over"] or limit is None:
            return 0
        measure = at + 2
        while measure + 1 < len(row) and row[measure].kind == "scaffold":
            measure += 1
        if row[measure].low not in known["body_surface"]:
            return 0
        context.left_out([row[at]])
        out += [Chunk("link", row[at].start, row[at].end, low="with"), row[measure], row[at + 1]]
        return measure + 1

    return walked(row, step)


def one_result(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "ER | or | PR positive | and HER2 negative": the result is of either marker, and both are one member."""

    def step(at: int, out: list[Chunk]) -> int:
        if at + 2 >= len(row) or row[at + 1].value != "or" or not (_marker(row[at]) and _marker(row[at + 2])):
            return 0
        name, _, result = row[at + 2].low.replace("-", " ").rpartition(" ")
        behind = row[at + 3].kind if at + 3 < len(row) else ""
        if not name or result not in lexicon().results or behind in ("term", "word"):
            return 0
        if any(word in lexicon().results for word in row[at].low.replace("-", " ").split()):
            return 0
        second = row[at + 2]
        lent = Chunk("borrowed", second.end - len(result), second.end, "", result)
        out += [row[at], lent, replace(row[at + 1], low="or")]
        return at + 2

    return walked(row, step)


def _marker(chunk: Chunk) -> bool:
    return chunk.kind == "term" and chunk.mention is not None and chunk.mention.type == "biomarker"


def active_or_latent(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Active or untreated | latent tuberculosis": the active disease, or the latent one untreated."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk, ill = row[at], row[at + 1] if at + 1 < len(row) else row[at]
        first, _, rest = chunk.low.partition(" or ")
        if chunk.kind != "qualifier" or first != "active" or not rest or not ill.low.startswith("latent "):
            return 0
        cut = chunk.start + len(chunk.low) - len(rest)
        out += [
            Chunk("status", chunk.start, chunk.start + len(first), "active", first),
            name(context.text, ill.start + len("latent "), ill.end, "condition"),
            Chunk("conjunction", cut - 3, cut - 1, "or", "or"),
            replace(chunk, start=cut, low=rest),
            ill,
        ]
        return at + 2

    return walked(row, step)


def acquired(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Community- | acquired | , atypical or aspiration pneumonia": one adjective."""

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low != "acquired" or not out or out[-1].kind != "word" or out[-1].end + 1 != row[at].start:
            return 0
        before = out.pop()
        out.append(replace(before, end=row[at].end, low=f"{before.low} acquired"))
        return at + 1

    return walked(row, step)


def whoever_needs(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Patients whose | medical condition | requires warfarin": what is needed is asked, of whatever illness."""
    known = lexicon().turns
    stems = tuple(known["need"])

    def step(at: int, out: list[Chunk]) -> int:
        *first, last = row[at].low.split() or [""]
        tie = at + 1 + (at + 1 < len(row) and row[at + 1].low == "that")
        if last not in known["any_illness"] or not known["of_health"].issuperset(first) or tie >= len(row):
            return 0
        if row[tie].kind != "planned" or not row[tie].low.startswith(stems) or row[tie].low.endswith("ed"):
            return 0
        before = next((c for c in reversed(out) if c.low not in known["of_health"]), None)
        named = before is not None and before.kind in ("term", "word")
        if named or not any(map(_specific, row[tie + 1 : tie + _NEED])):
            return 0
        while out and out[-1].low in known["of_health"]:
            context.left_out([out.pop()])
        context.left_out(row[at:tie])
        return tie

    return walked(row, step)


_NEED = 6
"""Chunks in which what is needed is named."""


def _specific(chunk: Chunk) -> bool:
    """Whether a name says more than "medication" or "treatment"."""
    return chunk.kind == "term" and not lexicon().generic.union(lexicon().drugs).issuperset(chunk.low.split())
