"""Brackets: asides that ask nothing, second limits, what goes on with the name or the list before them."""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import Comparison
from matcher.criteria.coordination import names
from matcher.criteria.idle import idle_word
from matcher.criteria.lexicon import Lexicon, lexicon
from matcher.criteria.turns.turn import Context, clause, plain, walked
from matcher.criteria.windows import Timed

_PEOPLE = frozenset({"person", "link", "group", "scaffold", "condition", "comma", "must"})
_MEMBER = frozenset({"comma", "semicolon", "stop", "colon", "head", "status"})
_JOINED = frozenset({"comma", "conjunction", "slash"})


def asides(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "(with or without oedema)", "(to avoid referral bias)", "(insulin is not considered systemic treatment)": they
    ask nothing."""
    out: list[Chunk] = []
    for at, chunk in enumerate(row):
        idle = chunk.kind == "bracket" and chunk.inner and (_idle(chunk.inner) or (at and _any_product(chunk.inner)))
        if idle or (chunk.inner and at and row[at - 1].comparison is not None and _scale_only(chunk.inner)):
            context.left_out(chunk.inner)
            continue
        out.append(chunk)
    return out or row


def _idle(inner: list[Chunk]) -> bool:
    if inner[0].kind == "neutral" or any(c.value == "conduct" for c in inner):
        return True
    forms = lexicon().turns["dose_form"]
    if all(c.kind in _JOINED or forms.issuperset(c.low.split() or [""]) for c in inner):
        return True  # "steroids (tablets, suspension, or injection)"
    return _purpose(inner) or _specimens(inner) or _points(inner) or _packed(inner) or _unneeded(inner)


def _scale_only(inner: list[Chunk]) -> bool:
    """ "Performance status 0-2 (ECOG scale, Appendix A)": by which scale, and where it stands."""
    known = lexicon().turns
    concepts = [c.mention.concept if c.mention is not None else None for c in inner]
    named = [concept is not None and concept.system == "SCALE" for concept in concepts]
    said = [c for c, scale in zip(inner, named, strict=True) if not scale and c.kind not in (*_JOINED, "scaffold")]
    words = [word for c in said for word in c.low.split()]
    world = any(c.kind == "link" and c.low == "who" for c in inner[:1]) and not known["scale"].isdisjoint(words)
    letter = not known["pointing"].isdisjoint(words)  # "Appendix B"
    asked = known["scale"] | known["pointing"]
    if world:
        words.remove("who")  # "(WHO scale, Annex 2)"
    return (any(named) or world) and all(word in asked or (letter and len(word) == 1) for word in words)


def _unneeded(inner: list[Chunk]) -> bool:
    """ "(no laboratory testing required)": what the study does not ask for."""
    tested = any(lexicon().inside["test"].search(c.low) for c in inner)
    return inner[0].kind == "negation" and tested and inner[-1].low in lexicon().turns["asked_for"]


def _packed(inner: list[Chunk]) -> bool:
    """ "Latex (in the stopper)": in which part of the product it is."""
    last = inner[-1].low
    return inner[0].low == "in" and len(inner) < 5 and last in lexicon().turns["part_of_product"]


def _points(inner: list[Chunk]) -> bool:
    """ "(Appendix 4 in the protocol)", "(for calculation, see Section 5)": where to read on."""
    said = _words(inner)
    return not lexicon().turns["pointing"].isdisjoint(said) and all(map(idle_word, said))


def _any_product(inner: list[Chunk]) -> bool:
    """ "An investigational product (drug, vaccine or device)": of whatever kind."""
    said = [c for c in inner if c.kind not in _JOINED]
    known = lexicon().turns["product"]
    return len(said) > 1 and len(said) < len(inner) and all(known.issuperset(c.low.split()) for c in said)


def _words(inner: list[Chunk]) -> list[str]:
    """The words of a bracket and of those inside it; numbers aside."""
    own = [word for c in inner if not c.inner for word in c.low.split()]
    nested = [word for c in inner if c.inner for word in _words(c.inner)]
    return [word for word in own + nested if not any(sign.isdigit() for sign in word) and word.strip(".,:;#")]


def _specimens(inner: list[Chunk]) -> bool:
    """ "(serum or urine)": in what it is tested."""
    known = lexicon().turns["specimen"]
    return all(c.kind in _JOINED or c.low in known for c in inner)


def _purpose(inner: list[Chunk]) -> bool:
    known = lexicon().turns
    if len(inner) < 3 or inner[0].low not in known["purpose_tie"] or any(c.comparison is not None for c in inner):
        return False
    return not known["purpose"].isdisjoint(inner[1].low.split()[:1])


def judged_examples(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Diseases that would preclude adherence (e.g. arthrosis)": the examples, as behind a comma."""
    judged = next((i for i, c in enumerate(row) if c.kind == "administrative" and c.value == "opinion"), len(row))
    for at in range(judged + 1, len(row)):
        chunk = row[at]
        if chunk.kind != "bracket" or len(chunk.inner) < 2 or chunk.inner[0].kind != "example":
            continue
        rest = row[at + 1 :]
        if any(c.kind in ("term", "comparison", "leaf", "behaviour", "stop", "bracket") for c in rest):
            return row
        comma = Chunk("comma", chunk.start, chunk.start + 1, low=",")
        return [*row[:at], *rest, comma, *chunk.inner]
    return row


def side_by_side(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "AST ≤ 2.5 x ULN (≤ 5 x ULN) (for patients with liver metastases)", "(≤ 5 x ULN) for patients with …": whom the
    second limit is of stands in a bracket of its own, or behind it."""

    def step(at: int, out: list[Chunk]) -> int:
        before = out[-1].comparison if out else None
        inner, after = row[at].inner, row[at + 1 :]
        limit = inner[-1].comparison if inner and all(c.kind in _LIMITING for c in inner) else None
        if before is None or limit is None or not limit.cmp or not after:
            return 0
        bracket = after[0].kind == "bracket" and bool(after[0].inner)
        whom = after[0].inner if bracket else after
        of_some = whom[0].kind == "condition" or (whom[0].kind == "group" and " " in whom[0].low)
        if not of_some or (limit.unit, limit.uln) != (before.unit, before.uln) or not names(whom):
            return 0
        end = at + 2 if bracket else next((i for i in range(at, len(row)) if row[i].kind in _PARTED), len(row))
        whole = [*inner, *(whom if bracket else row[at + 1 : end])]
        out.append(replace(row[at], end=whole[-1].end, inner=[c for c in whole if c.value != "or"]))
        return end

    return walked(row, step)


_LIMITING = frozenset({"comparison", "conjunction"})
_PARTED = frozenset({"stop", "semicolon", "comma"})


def held_for(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Stable dose of levodopa | (at least 4 weeks)": for how long it is stable."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        chunk, named = row[at], out[-1].mention if out else None
        if chunk.kind != "bracket" or len(chunk.inner) != 1 or named is None or named.type != "drug":
            return 0
        if not any(c.low in known["steady"] for c in out[clause(out, _MEMBER - {"head"}) :]):
            return 0
        lasting, found = chunk.inner[0], chunk.inner[0].comparison
        if found is not None and found.duration and found.cmp in ("", ">", ">="):
            timed = Timed(lasting.start, lasting.end, found.first, found.last, None, found.duration, ">=")
            lasting = replace(lasting, kind="window", comparison=None, timed=timed)
        if lasting.timed is None or not lasting.timed.lasting:
            return 0
        context.left_out([chunk])
        out.append(lasting)
        return at + 1

    return walked(row, step)


def second_limits(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "ALT ≤ 2.5 x ULN (patients with liver metastases may have ≤ 5 x ULN)", "(≤ 5 x ULN for patients with …)":
    another limit of the same measure, as "(≤ 5 x ULN if liver metastases)"; at the end of a row as ", or ≤ 5 …"."""
    out: list[Chunk] = []
    for at, chunk in enumerate(row):
        before = row[at - 1].comparison if at else None
        if chunk.kind != "bracket" or before is None or before.age:
            out.append(chunk)
            continue
        turned = _second(chunk.inner, before)
        if turned is None:
            out.append(chunk)
            continue
        context.left_out([c for c in chunk.inner if c.low in lexicon().turns["may_have"]][:1])
        after = row[at + 1] if at + 1 < len(row) else None
        if after is None or after.kind in ("stop", "semicolon"):
            start = chunk.start
            out.append(Chunk("comma", start, start + 1, low=","))
            out.append(Chunk("conjunction", start, start + 1, "or", "or"))
            out += turned
        else:
            out.append(replace(chunk, inner=turned))
    return out


def _second(inner: list[Chunk], first: Comparison) -> list[Chunk] | None:
    """The limit, with the sign of the first where it has none, "if", and to whom it applies; None where the bracket
    says something else."""
    spares = any(c.kind == "spare" for c in inner)
    limits = [
        i
        for i, c in enumerate(inner)
        if c.comparison is not None and (c.comparison.cmp or c.comparison.uln or (spares and not c.comparison.age))
    ]
    if len(limits) != 1 or any(c.comparison is not None for i, c in enumerate(inner) if i != limits[0]):
        return None
    at = limits[0]
    ties = lexicon().turns["may_have"]
    before = [c for c in inner[:at] if c.kind != "spare" and c.low not in ties]
    after = [c for c in inner[at + 1 :] if c.kind != "spare" and c.low not in ties]
    told = len(before) + len(after) < len(inner) - 1
    """Whether a word allows it."""
    if before and before[-1].kind == "colon" and before[0].kind == "person":
        before = before[:-1]  # "(patients with liver metastases: ≤ 5 x ULN)"
    elif names(before) and not told and inner[at - 1].kind != "comma":
        return None  # "(if creatinine at least 1.5 mg/dL)": the limit is of what stands before it
    while before and before[0].kind in _PEOPLE:
        told = told or before[0].kind in ("group", "condition", "person")
        before = before[1:]
    while before and before[-1].kind in _PEOPLE:
        before = before[:-1]
    tied = bool(after) and (after[0].kind == "condition" or (after[0].kind == "group" and " " in after[0].low))
    while after and after[0].kind in _PEOPLE:
        after = after[1:]
    if not told and not tied:
        return None
    if bool(names(before)) == bool(names(after)):
        return None
    whom = before if names(before) else after
    limit = inner[at]
    if limit.comparison is not None and not limit.comparison.cmp:
        sign = first.cmp if first.cmp in ("<", "<=", ">", ">=") else "="
        limit = replace(limit, kind="comparison", comparison=replace(limit.comparison, cmp=sign))
    return [limit, Chunk("condition", limit.end, limit.end, low="if"), *whom]


def tested_so(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Schirmer test (without anesthesia) ≤ 10 mm": how a test is done, between its name and its limit."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk, after = row[at], row[at + 1] if at + 1 < len(row) else None
        if chunk.kind != "bracket" or not chunk.inner or after is None or after.comparison is None or not out:
            return 0
        measured = out[-1].mention is not None and out[-1].mention.type in ("measurement", "observation")
        measured = measured or not lexicon().tests.isdisjoint(out[-1].low.split()[-1:])
        so = chunk.inner[0].kind == "negation" or chunk.inner[0].low.split()[0] in ("with", "after", "off", "on", "at")
        asks = any(c.comparison is not None or c.kind in ("condition", "exception", "result") for c in chunk.inner)
        if not (measured and so) or asks:
            return 0
        context.left_out([chunk])
        return at + 1

    return walked(row, step)


def noted(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "NYHA II-IV (ambulatory)", "severe (> 3+) mitral regurgitation": a word or a degree that says it again."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk, before = row[at], out[-1] if out else None
        if chunk.kind != "bracket" or before is None or not chunk.inner:
            return 0
        step = (before.comparison is not None and before.comparison.scale) or _rated(out)
        mention = chunk.inner[0].mention
        bare = mention is None or mention.concept is None or mention.concept.system == "SCALE"
        word = len(chunk.inner) == 1 and chunk.inner[0].kind in ("word", "qualifier", "term") and bare
        limits = all(c.kind in ("comparison", "number", "mark", "result") for c in chunk.inner)
        limits = limits and all(plain(c.comparison) for c in chunk.inner if c.comparison is not None)
        degree = before.kind == "qualifier" and before.value == "severity"
        named = at + 1 < len(row) and row[at + 1].kind in ("term", "word")
        if not ((step and word) or (degree and limits and named)):
            return 0
        context.left_out([chunk])
        return at + 1

    return walked(row, step)


def _rated(out: list[Chunk]) -> bool:
    """Whether a step right behind the name of its scale ends the row."""
    scale = out[-2].mention.concept if len(out) > 1 and out[-2].mention is not None else None
    return out[-1].comparison is not None and scale is not None and scale.system == "SCALE"


def courses(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Chronic administration (defined as more than 14 days in total) of steroids": how long makes it chronic."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        chunk, before = row[at], out[-1] if out else None
        if chunk.kind != "bracket" or before is None or before.kind != "head" or before.value != "medication":
            return 0
        rest = [c for c in chunk.inner if c.comparison is None and c.kind not in ("definition", "scaffold", "group")]
        limits = [c.comparison for c in chunk.inner if c.comparison is not None]
        if len(limits) != 1 or not limits[0].duration or any(c.low not in known["in_all"] for c in rest):
            return 0
        if at + 1 == len(row) or row[at + 1].low.split()[0] not in ("of", "with"):
            return 0
        context.left_out([chunk])
        return at + 1

    return walked(row, step)


def described(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Influenza treatment (commercial or investigational)": adjectives in brackets narrow the name before them."""
    known = lexicon()
    out: list[Chunk] = []
    for chunk in row:
        named = bool(out) and out[-1].kind in ("word", "term")
        if chunk.kind == "bracket" and named and len(chunk.inner) == 1 and chunk.inner[0].kind == "qualifier":
            out += chunk.inner  # "hypertension (untreated)"
        elif chunk.kind == "bracket" and named and _adjectives(chunk.inner, known):
            said = " ".join(context.text[chunk.inner[0].start : chunk.inner[-1].end].lower().split())
            out.append(Chunk("qualifier", chunk.start, chunk.end, "extent", said))
        else:
            out.append(chunk)
    return out


def _adjectives(inner: list[Chunk], known: Lexicon) -> bool:
    """Whether a bracket holds two adjectives or more, joined, and nothing else."""
    said = [c for c in inner if c.kind not in _JOINED]
    if len(said) < 2 or len(said) == len(inner):
        return False
    for place, chunk in enumerate(inner):
        if chunk.kind in _JOINED:
            continue
        if place and inner[place - 1].kind not in _JOINED:
            return False
        if chunk.kind == "qualifier":
            continue
        if chunk.kind != "word" or chunk.mention is not None or " " in chunk.low or chunk.low in known.nouns:
            return False
        if chunk.low in known.no_adjectives:
            return False
        if chunk.low not in known.adjectives and not chunk.low.endswith(known.adjective_endings):
            return False
    return any(c.kind == "word" for c in said)


def spliced(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Anti-tuberculosis drugs (or NTM drugs)": a bracket that goes on with the list; "hypotension (due to dialysis)":
    one that goes on with the name."""
    out: list[Chunk] = []
    for chunk in row:
        joined = chunk.kind == "bracket" and len(chunk.inner) > 1 and chunk.inner[0].kind == "conjunction"
        if joined and not any(c.kind in ("comparison", "condition", "exception", "spare") for c in chunk.inner):
            out += chunk.inner
        elif chunk is row[-1] and chunk.inner[:1] and chunk.inner[0].kind == "unless" and out and not _listed(out):
            out += chunk.inner  # "asthma (unless stable for 6 months)"
        elif chunk.kind == "bracket" and out and _goes_on(chunk.inner):
            inner = [replace(chunk.inner[0], kind="scaffold"), *chunk.inner[1:]]
            out += [*inner[:-1], replace(inner[-1], end=chunk.end)]
        else:
            out.append(chunk)
    return out


def _listed(row: list[Chunk]) -> bool:
    return any(c.kind in ("comma", "conjunction", "slash", "semicolon") for c in row)


def _goes_on(inner: list[Chunk]) -> bool:
    """Whether a bracket says where what stands before it came from, in one name."""
    told = [c.kind for c in inner[1:]]
    whole = bool(inner) and inner[0].low != "to" and inner[0].low in lexicon().turns["cause"]
    return whole and bool(told) and all(kind in ("term", "word", "scaffold", "qualifier") for kind in told)


_AGED = frozenset({"age", "comparison", "scaffold", "mark", "link"})


def aged(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Adult patients (age 21 or older) | admitted": the age in brackets says which."""

    def step(at: int, out: list[Chunk]) -> int:
        after = row[at + 1] if at + 1 < len(row) else None
        if row[at].kind != "agegroup" or after is None or after.kind != "bracket":
            return 0
        said = [c.comparison for c in after.inner if c.comparison is not None]
        if len(said) != 1 or not said[0].age or any(c.kind not in _AGED for c in after.inner):
            return 0
        context.left_out([row[at]])
        out += after.inner
        return at + 2

    return walked(row, step)


def own_or_family(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Pancreatitis, medullary thyroid cancer or MEN2 (personal or family)": as "personal or family history of …", of
    what stands behind the last comma."""

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.kind != "bracket":
            return 0
        said = " ".join(re.findall(r"\w+", context.text[chunk.start : chunk.end].lower()))
        if said not in lexicon().turns["own_or_family"]:
            return 0
        begins = clause(out, _MEMBER)
        if not any(c.kind == "term" for c in out[begins:]):
            return 0
        context.left_out(chunk.inner)
        out.insert(begins, Chunk("head", chunk.start, chunk.end, "self_or_family", said))
        return at + 1

    return walked(row, step)


def taken_out(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Substance use disorder (nicotine and caffeine excluded)": all but those."""
    known = lexicon().turns["left_behind"]
    out = list(row)
    for at, chunk in enumerate(row):
        inner = chunk.inner
        if chunk.kind == "bracket" and at and len(inner) > 1 and inner[-1].low in known and names(inner[:-1]):
            last = inner[-1]
            context.left_out([last])
            out[at] = replace(chunk, inner=[Chunk("exception", last.start, last.start, low="except"), *inner[:-1]])
    return out
