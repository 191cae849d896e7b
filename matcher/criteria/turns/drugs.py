"""Drugs and treatments: classes that a clause describes, routes, doses, lines, what a disease does on them."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.lexicon import lexicon
from matcher.criteria.turns.turn import Context, name, walked
from matcher.criteria.windows import Timed
from matcher.model import Mention

_BETWEEN = frozenset({"qualifier", "status", "scaffold", "result", "number", "comparison", "certainty"})
_AHEAD = 40
"""Chunks of a clause that describes drugs."""
_CLAUSE = frozenset({"conjunction", "certainty", "scaffold", "link", "word", "administrative", "status"})
_CLASS_ENDS = frozenset(
    "comma semicolon stop colon conjunction example definition window when bracket exception unless condition".split()
)
_ROUTES = frozenset({"qualifier", "word", "bracket", "comma", "conjunction", "slash", "scaffold"})
_GENERAL = frozenset({"word", "qualifier", "result", "status", "scaffold", "head"})
_FAR = 12
"""Chunks that a turn of phrase looks ahead."""


def on_drug(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Psoriasis on high-dose prednisone": on a drug is treated with it."""
    out = list(row)
    for at, chunk in enumerate(row):
        if chunk.kind != "scaffold" or chunk.low != "on":
            continue
        after = at + 1
        while after < len(row) and after < at + 5 and row[after].kind in _BETWEEN:
            after += 1
        named = row[after].mention if after < len(row) and row[after].kind == "term" else None
        if named is not None and named.type == "drug":
            out[at] = replace(chunk, kind="head", value="medication")
    return out


def despite(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Asthma | despite | inhaled steroids": and they are taken; "… despite optimal therapy" asks nothing more."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known.turns["despite"] or not out or at + 1 == len(row):
            return 0
        end = next((i for i in range(at + 1, len(row)) if row[i].kind in _CLASS_ENDS), len(row))
        said = row[at + 1 : end]
        given = any(c.low in known.drugs or (c.mention and c.mention.type in ("drug", "procedure")) for c in said)
        given = given or (len(said) == 1 and said[0].kind == "term")  # "despite iron"
        if given and not all(c.mention is None and c.comparison is None for c in said):
            context.left_out([row[at]])
            opening = Chunk("link", row[at].start, row[at].end, low="despite")
            out += [opening, Chunk("head", row[at].end, row[at].end, "medication", "despite")]
            return at + 1
        plain = all(c.kind in _GENERAL and c.mention is None for c in said)
        if not said or not plain or said[-1].low.split()[-1] not in known.generic:
            return 0
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def off_drug(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Off corticosteroids for 2 weeks", "weaned off oxygen", "steroid-free for 3 months": not taken."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        free = chunk.kind == "negation" and chunk.low == "free" and [c.kind for c in row[at + 1 : at + 2]] == ["window"]
        if free and out and _is_drug(out[-1]):
            out[-1:] = [replace(chunk, low="off"), Chunk("head", chunk.end, chunk.end, "medication", "off"), out[-1]]
            return at + 1
        if chunk.kind != "word" or chunk.low != "off" or chunk.value == "-":
            return 0
        after = at + 1
        while after < len(row) and after < at + 5 and (row[after].kind in _BETWEEN or row[after].low == "of"):
            after += 1
        named = row[after] if after < len(row) else None
        drug = named is not None and named.mention is not None and named.mention.type == "drug"
        if named is None or not (drug or named.low in known.drugs):
            return 0
        if out and out[-1].low.split()[-1] in known.turns["gone_off"]:
            context.left_out([out.pop()])
        elif out and out[-1].kind in ("conjunction", "slash"):
            before = out[-2].low if len(out) > 1 else ""
            if before.split()[-1:] == ["on"]:
                return 0  # "on or off steroids"
        context.left_out([chunk])
        out.append(Chunk("negation", chunk.start, chunk.end, low="off"))
        out.append(Chunk("head", chunk.end, chunk.end, "medication", "off"))
        return at + 1

    return walked(row, step)


def classes(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Drugs known to interact with warfarin", "medications that may alter PSA": one class of drugs, as described."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        end = _described(row, at) if row[at].low in known.drugs else 0
        if end:
            out.append(name(context.text, row[at].start, row[end - 1].end, "drug"))
        return end

    return walked(row, step)


def _described(row: list[Chunk], at: int) -> int:
    """Where the clause ends that says what the drugs at ``at`` do; 0 where there is none."""
    known = lexicon()
    if row[at].kind not in ("term", "word", "leaf") or (at > 1 and row[at - 2].low.startswith("change")):
        return 0  # "no change in medications that …" asks for the change
    after = at + 1
    while after < len(row) and row[after].kind in _CLAUSE and row[after].low.split()[0] in known.relatives:
        after += 1
    if after == at + 1 or (row[at + 1].kind == "conjunction" and after == at + 2):
        return 0
    end = after
    while end < len(row) and end < at + _AHEAD and row[end].kind not in _CLASS_ENDS:
        end += 1
    said = {word for c in row[at + 1 : end] for word in c.low.split()}
    return end if said & known.acts else 0


def routes(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Steroids by oral, intravenous (IV), or intramuscular (IM) route", "given orally or intravenously": any way."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        ways = at + 1
        while ways < len(row) and (row[ways].low in known["given_how"] or row[ways].kind in ("comma", "conjunction")):
            ways += 1
        if at and row[at].low in known["by_any_way"] and ways > at + 2 and row[ways - 1].low in known["given_how"]:
            context.left_out(row[at:ways])
            return ways
        given_by = row[at].kind == "head" and row[at].low.split()[-1] in known["by_route"]
        if not at or not (given_by or row[at].low in known["by_route"]):
            return 0
        end = at + 1
        while end < len(row) and end < at + _FAR and row[end].kind in _ROUTES and row[end].low not in known["route"]:
            end += 1
        if end == at + 1 or end >= len(row) or row[end].low not in known["route"]:
            return 0
        given = [c for c in row[at + 1 : end] if c.kind == "qualifier"]
        if not given:
            return 0
        context.left_out(row[at : end + 1])
        out += given if len(given) == 1 else []
        return end + 1

    return walked(row, step)


def only_doses(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Aspirin 81 mg | dose": the word says what the number is."""
    out: list[Chunk] = []
    for at, chunk in enumerate(row):
        if _only_dose(row, at):
            context.left_out([chunk])
        else:
            out.append(chunk)
    return out


def _only_dose(row: list[Chunk], at: int) -> bool:
    if at < 2 or row[at].kind != "word" or row[at].low not in lexicon().turns["dose"]:
        return False
    limit, drug = row[at - 1].comparison, row[at - 2].mention
    return limit is not None and limit.unit is not None and drug is not None and drug.type == "drug"


def dosed(row: list[Chunk], context: Context) -> list[Chunk]:
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
        return [*row[:start], row[after], *kept, *dosed(row[after + 1 :], context)]
    return row


def not_tolerated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Unable to tolerate metformin", "metformin | intolerance"; whether somebody is able to take it,
    or to tolerate lying flat, is for a person to judge."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        if chunk.low == "intolerance" and out and _is_drug(out[-1]):
            context.left_out([chunk])
            out.append(replace(chunk, kind="head", value="allergy"))
            return at + 1
        if chunk.low == "intolerance" and len(out) > 2 and out[-1].kind == "conjunction" and out[-2].value == "allergy":
            context.left_out([out.pop(), chunk])  # "warfarin allergy or intolerance"
            return at + 1
        after = at + 1 + (chunk.kind == "negation")
        done = row[after].mention if chunk.kind == "negation" and after < len(row) else None
        if done is not None and done.type in ("procedure", "device") and row[at + 1].low == "tolerate":
            out.append(Chunk("administrative", chunk.start, row[at + 1].end, "able", f"{chunk.low} tolerate"))
            return after  # "cannot tolerate MRI"
        if after >= len(row) or known["unable"].isdisjoint(chunk.low.split()) or not _is_drug(row[after]):
            return 0
        said = row[after - 1]
        if chunk.low in known["cannot"] and said.low in known["taken"]:
            out.append(Chunk("administrative", chunk.start, said.end, "able", f"{chunk.low} {said.low}"))
        elif said.low.split()[-1] == "tolerate" and chunk.kind in ("administrative", "negation"):
            context.left_out([said])
            out.append(Chunk("head", chunk.start, said.end, "allergy", f"{chunk.low} {said.low}"))
        else:
            return 0
        return after

    return walked(row, step)


def _is_drug(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type == "drug"


def one_object(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Inadequate response, intolerance or contraindication to A", "failed, intolerant to, or contraindicated for A":
    what a drug did not do and what it did are asked of the one drug behind them."""
    known = lexicon().turns

    def step(at: int, out: list[Chunk]) -> int:
        heads: list[Chunk] = []
        end = at
        while end < len(row):
            after = row[end + 1].low if end + 1 < len(row) else ""
            two = row[end].low in known["poor_response"] and after in known["response"]
            if row[end].kind == "head" and row[end].value in _TO_A_DRUG:
                heads.append(row[end])
                end += 1
            elif row[end].kind == "certainty" and heads:
                end += 1
            elif row[end].low in known["reacting"] and (after in (",", "or", "to") or heads):
                heads.append(replace(row[end], kind="head", value="allergy"))
                end += 1
            elif row[end].low in known["had_of"] and after in (",", "or"):
                heads.append(replace(row[end], kind="head", value="medication"))
                end += 1
            elif two:
                heads.append(Chunk("head", row[end].start, row[end + 1].end, "medication", row[end].low))
                end += 2
            else:
                break
            while end < len(row) and (row[end].kind == "comma" or row[end].value == "or" or row[end].low == "to"):
                end += 1
        values = list(dict.fromkeys(head.value for head in heads))
        reacted = values == ["allergy"] and any(h.low.removesuffix(" to") in known["reacting"] for h in heads)
        if len(heads) < 2 or end == len(row) or not (reacted or (len(values) > 1 and "medication" in values)):
            return 0
        stop = next((i for i in range(end, len(row)) if row[i].kind in _OBJECT_ENDS), len(row))
        stop += stop < len(row) and row[stop].kind == "bracket"  # "to a systemic agent (methotrexate or acitretin)"
        asked = row[end:stop]
        if not any(c.kind in ("term", "word") for c in asked) or any(c.kind in ("comma", "negation") for c in asked):
            return 0
        context.left_out(row[at:end])
        for value in values:
            head = next(h for h in heads if h.value == value)
            if value != values[0]:
                out.append(Chunk("comma", head.start, head.start, low=","))
                out.append(Chunk("conjunction", head.start, head.start, "or", "or"))
            out += [head, *asked]
        return stop

    return walked(row, step)


_TO_A_DRUG = frozenset({"medication", "allergy", "contraindication"})
_OBJECT_ENDS = frozenset("semicolon stop colon exception unless condition link bracket example".split())


def resistances(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Resistance to rifampicin or isoniazid", "HIV-1 resistant to integrase inhibitors": of a germ, and not a drug
    that the person was given."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        chunk = row[at]
        germ = bool(out) and (known.inside["germ"].search(out[-1].low) is not None)
        if chunk.low == "resistant to" and germ:
            begun = at + 1
        elif chunk.low in known.turns["resistance"] and at + 2 < len(row) and row[at + 1].low == "to":
            begun = at + 2
        else:
            return 0
        end, put = begun, False
        lent = Chunk("borrowed", chunk.start, row[begun - 1].end, "aim", "resistance to")
        lent.mention = Mention(lent.start, lent.end, lent.low, "condition")
        drugs: list[Chunk] = [replace(chunk, kind="link", low="with", value="")] if begun == at + 1 else []
        while end < len(row) and row[end].kind in _RESISTED:
            named = row[end].mention
            if named is not None and row[end].kind == "term" and named.type != "drug":
                break
            if row[end].kind in ("term", "word") and not put:
                drugs.append(lent)
                put = True
            put = put and row[end].kind not in ("comma", "conjunction", "slash")
            drugs.append(row[end])
            end += 1
        if not any(c.mention is not None and c.mention.type == "drug" for c in row[begun:end]):
            return 0
        context.left_out(row[at:begun])
        out += drugs
        return end

    return walked(row, step)


_RESISTED = frozenset({"term", "word", "comma", "conjunction", "slash", "scaffold", "qualifier"})


def sold(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Prescription | drugs", "over-the-counter | medications": a class of drugs by how they are had."""
    known = lexicon()

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind != "head" or at + 1 == len(row) or row[at].low not in known.turns["sold"]:
            return 0
        if row[at + 1].kind in ("conjunction", "comma", "slash"):
            # "prescription | or | over-the-counter drugs": one kind of them
            lent = next((c for c in row[at + 2 : at + _FAR] if c.low and c.low.split()[-1] in known.drugs), None)
            if lent is None:
                return 0
            noun = lent.low.split()[-1]
            kind = name(context.text, row[at].start, row[at].end, "drug")
            out += [kind, Chunk("borrowed", lent.end - len(noun), lent.end, low=noun)]
            return at + 1
        if row[at + 1].low not in known.drugs:
            return 0
        out.append(name(context.text, row[at].start, row[at + 1].end, "drug"))
        return at + 2

    return walked(row, step)


def steady_dose(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "A stable, clinically indicated dose of levothyroxine": how the dose was chosen asks nothing."""
    steady = lexicon().turns["steady"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].kind not in ("comma", "word", "conjunction") or not out or out[-1].low not in steady:
            return 0
        end = at
        while end < len(row) and end < at + 5 and (row[end].kind in _CHOSEN or row[end].value == "and"):
            end += 1
        if end == len(row) or row[end].kind != "head" or not row[end].low.startswith("dos"):
            return 0
        context.left_out(row[at:end])
        return end

    return walked(row, step)


def held_dose(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Warfarin, stable dose ≥ 4 weeks", "warfarin (stable dose for 4 weeks)", "warfarin | dose | not stable | for 4
    weeks": as "stable for 4 weeks"."""
    known, steady = lexicon().turns["dose"], lexicon().turns["steady"]

    def step(at: int, out: list[Chunk]) -> int:
        inner, end = (row[at].inner, at + 1) if row[at].kind == "bracket" else (row[at : at + 3], at + 3)
        last = len(out) - 1
        while last >= 0 and last > len(out) - 3 and (out[last].kind in ("comma", "link") or out[last].low in known):
            last -= 1
        named = out[last].mention if last >= 0 else None
        if named is None or named.type != "drug" or len(inner) != 3:
            return 0
        first, second, lasting = inner
        denied = first.kind == "negation" and second.low in steady and out[-1].low in known
        held = first.kind == "qualifier" and first.low in steady and second.low in known
        found = lasting.comparison
        if lasting.kind == "comparison" and found is not None and found.duration and found.cmp in (">", ">="):
            timed = Timed(lasting.start, lasting.end, found.first, found.last, None, found.duration, ">=")
            lasting = replace(lasting, kind="window", comparison=None, timed=timed)
        if not (denied or held) or lasting.kind != "window":
            return 0
        context.left_out([*out[last + 1 :], second, lasting] if held else [*out[last + 1 :], lasting])
        del out[last + 1 :]
        if denied:
            out.insert(last, first)
        out += [second if denied else first, lasting]
        return end

    return walked(row, step)


_CHOSEN = frozenset({"comma", "word", "qualifier"})


def lined(row: list[Chunk], context: Context) -> list[Chunk]:
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


def setback(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Disease progression on or after platinum": the progression, and the treatment that it came with."""
    known = lexicon()
    for at in range(len(row) - 2):
        said = f"{row[at].low} {row[at + 1].low}" if row[at].kind != "head" else ""
        last = at + 1 if said in known.setbacks else at if row[at].low in known.setbacks else None
        if last is None:
            continue
        after = last + 1
        while after < len(row) and row[after].low in known.setback_ties:
            after += 1
        named = row[after].mention if after < len(row) else None
        if after == last + 1 or named is None or named.type not in ("drug", "procedure"):
            continue
        if known.inside["test"].search(row[after].low):
            continue  # "recurrence on MRI": how it was seen
        start, end = row[at].start, row[last].end
        setback = Chunk("term", start, end, low=said if last > at else row[at].low, mention=row[last].mention)
        setback.mention = Mention(start, end, setback.low, "condition")
        tie = Chunk("head", row[last + 1].start, row[after - 1].end, "medication", "after")
        had = Chunk("status", tie.start, tie.end, "ever", "after")
        return [*row[:at], setback, tie, had, *row[after:]]
    return row


def contraindicated(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Contrast is contraindicated": a contraindication to it."""
    because = next((i for i, c in enumerate(row) if i and c.low in lexicon().turns["due_to"]), len(row))
    if because < len(row) - 1 and row[because - 1].kind == "head" and row[because - 1].value == "contraindication":
        # "MRI contraindicated because of a pacemaker or claustrophobia": either of them, or another contraindication
        turned = contraindicated(row[:because], context)
        tie = row[because]
        comma = Chunk("comma", tie.start, tie.start, low=",")
        return row if turned[0] is row[0] else [*turned, comma, replace(tie, kind="example"), *row[because + 1 :]]
    if len(row) < 2:
        return row
    last = row[-1]
    if last.kind != "head" or last.value != "contraindication" or "contraindicated" not in last.low:
        return row
    whom = next((i for i, c in enumerate(row) if c.low.split()[-1:] == ["whom"]), None)
    if whom is not None:
        # "coagulopathy in whom an injection is contraindicated", "for | whom | it is"
        turned = contraindicated(row[whom + 1 :], context)
        if turned and turned[0] is last:
            begins = whom - (whom > 0 and row[whom - 1].kind == "group")
            return [*row[:begins], replace(row[whom], kind="link"), *turned]
    rest = row[:-1]
    while rest and (rest[-1].kind in ("link", "scaffold") or rest[-1].low in ("use", "administration")):
        rest = rest[:-1]
    if not rest or any(c.kind not in ("term", "word", "qualifier", "scaffold") for c in rest):
        return row
    return [last, *rest]


def or_changed(row: list[Chunk], context: Context) -> list[Chunk]:
    """ "Initiation of, or change in, psychotherapy": what is begun is what is changed."""
    known = lexicon().turns["changing"]

    def step(at: int, out: list[Chunk]) -> int:
        if row[at].low not in known or len(out) < 2 or out[-1].low != "or" or at + 2 >= len(row):
            return 0
        begun = out[-3] if out[-2].kind == "comma" and len(out) > 2 else out[-2]
        if begun.kind != "head" or begun.value != "medication" or row[at + 1].low.split()[-1] not in ("in", "of", "to"):
            return 0
        first = out.index(begun) + 1
        end = at + 2 + (row[at + 2].kind == "comma")
        context.left_out([*out[first:], *row[at:end]])
        del out[first:]
        return end

    return walked(row, step)
