"""What the members of a list share: heads, modifiers, limits, windows, negation by position.

Works on the chunks before predicates are built: a shared chunk is put into each member that lacks it.
"""

from __future__ import annotations

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import Segment
from matcher.criteria.lending import (
    CODE,
    aim,
    allergies,
    behind_place,
    control,
    degree,
    fronted,
    graded,
    habitual,
    hyphened,
    named_with,
    new_part,
    of_illness,
    opened_alike,
    prefixed,
    state_of,
    tied_to,
    unnumbered,
    without_adjective,
)
from matcher.criteria.lexicon import Lexicon
from matcher.criteria.limited import frequencies, subjects
from matcher.criteria.predicates import Predicates
from matcher.criteria.rows import bare
from matcher.criteria.shared_limits import bracket_of_both, windows_of_measures
from matcher.criteria.shared_places import adjective, parts, same_site, sites
from matcher.criteria.shared_windows import CONTENT, content, windows
from matcher.criteria.targets import effects, targeted
from matcher.terms import lexical

_VERBS = frozenset({"is", "are", "has", "have", "was", "were"})
_AIM = frozenset({"term", "word", "qualifier", "scaffold", "borrowed", "certainty", "status"})
_PREFIX = frozenset({"status", "head", "certainty", "qualifier", "planned", "result"})


def share(found: list[Segment], text: str, predicates: Predicates) -> None:
    """Completes the members of a list in place."""
    graded(found, predicates.lexicon)
    if len(found) < 2:
        return
    for at in range(min(len(found), _MOST) - 1):
        if not parts(found[at:], text, predicates):
            sites(found[at:], text, predicates)
    same_site(found, text)
    fronted(found, text, predicates)
    effects(found, predicates.lexicon)
    _heads(found, text, predicates)
    _aims(found, text)
    allergies(found, predicates.lexicon)
    _limits(found, predicates)
    frequencies(found)
    subjects(found)
    windows(found, text, predicates.used)
    windows_of_measures(found)
    control(found, predicates.lexicon)
    _prefixes(found, predicates)


def _heads(found: list[Segment], text: str, predicates: Predicates) -> None:
    """ "Hepatic or renal impairment": the head of the last member completes the modifiers before it."""
    completed: list[int] = []
    for place in range(len(found) - 2, -1, -1):
        if found[place + 1].capital:
            continue
        row, after = found[place].row, found[place + 1].row
        if any(c.kind == "borrowed" and c.value == "before" for c in (*row, *after[:1])):
            continue  # complete: "fracture of the | humerus"
        if any(c.kind == "borrowed" and c.value == "noun" for c in row):
            continue  # "cerebral | grade 2 | oedema"
        ends = (i for i, c in enumerate(after) if i and (c.low in ("that", "which") or c.kind == "negation"))
        clause = next(ends, len(after))
        inside = next((i for i, c in enumerate(after) if _within(c) and bare(after[:i])), clause)
        clause = min(clause, inside)  # "mechanical | or bioprosthetic valve in any position"
        row = state_of(row, after, predicates.lexicon)
        own, next_terms = bare(row), [c for c in after[:clause] if c.kind in ("term", "word", "number", "borrowed")]
        habit = next((c for c in after if c.kind in CONTENT), None)
        if habit is not None and habit.kind == "behaviour" and habitual(row, own, habit, predicates.lexicon):
            continue
        if not next_terms:
            continue
        next_terms = _before_way(after, next_terms, predicates.lexicon)
        if _only_stage(row) and found[place + 1].joint == "or" and _ill(next_terms[-1]):
            # "stage III or IV | or recurrent lung cancer"
            rest = next_terms if after[0] is not next_terms[0] else without_adjective(next_terms, predicates)
            found[place].row = row + [_borrowed(c, whole=True) for c in rest]
            continue
        if not own and not content(row) and not any(c.kind in ("comparison", "window") for c in row):
            # "partial or radical nephrectomy", "moderate or severe pain"
            if after[0] is next_terms[0] and (lent := named_with(row, next_terms, predicates)) is not None:
                found[place].row = [*row, lent]  # "atypical | or aspiration pneumonia"
            elif any(c.kind in ("qualifier", "result") for c in row):
                # "severe | or unstable neuropsychiatric lupus", but "oral | or high-dose inhaled steroids"
                rest = next_terms
                if not opened_alike(row, after, next_terms[0]) and not (after[0].comparison or next_terms[0].value):
                    rest = without_adjective(next_terms, predicates)
                found[place].row = row + [_borrowed(c, whole=True) for c in rest]
            elif any(c.kind == "status" and c.value == "active" for c in row) and after[0] is next_terms[0]:
                # "active or latent tuberculosis": two states of one disease
                rest = without_adjective(next_terms, predicates)
                if rest is not next_terms:
                    found[place].row = row + [_borrowed(c, whole=True) for c in rest]
            continue
        if own and (_coded(found, place, own, next_terms) or _said_of(row, own)):
            continue
        if own and any(c.kind == "window" and c.start > own[-1].start for c in row):
            continue  # complete: "prescription drugs within 14 days, | or over-the-counter medication"
        if own and found[place + 1].verb and not own[-1].low.endswith(predicates.lexicon.adjective_endings):
            continue  # "donated a kidney | or has diabetes"
        plain = not any(c.kind in ("comparison", "link", "behaviour", "leaf") for c in row) and not _clause(after)
        if own and plain and (tied := tied_to(own, next_terms, predicates.lexicon)) is not None:
            at = row.index(own[-1]) + 1
            found[place].row = row[:at] + [_borrowed(c) for c in tied] + row[at:]
            continue
        if prefixed(row, own, next_terms, predicates.lexicon):
            continue
        if own and plain and (lacking := _named_so(own, next_terms, predicates)) is not None:
            at = row.index(own[-1]) + 1
            found[place].row = [*row[:at], lacking, *row[at:]]
            completed.append(place)
            continue
        placed = bool(own) and _placed(row, own, text)
        anew = any(c.kind == "status" and c.value == "ever" for c in after[: after.index(next_terms[0])])
        acted = bool(own) and targeted(own, next_terms, text, predicates.lexicon)
        if not (adjective(row, predicates) or placed or acted) or anew or _clause(after):
            continue
        noun = placed and not own[-1].low.endswith(predicates.lexicon.adjective_endings)
        whole = behind_place(next_terms) if noun else next_terms
        opened = any(c.kind == "qualifier" and c.value == "severity" for c in after[: after.index(next_terms[0])])
        opened = opened and not any(c.kind == "qualifier" for c in row)  # "major physical | or major mental illness"
        rest = whole if opened else _head(unnumbered(own, whole))  # "catastrophic | or severe syndrome"
        head = new_part(own, rest, predicates.concept) if whole else []
        if not head or len(head) > _LENT:
            continue
        at = row.index(own[-1]) + 1
        found[place].row = row[:at] + [_borrowed(c) for c in head] + row[at:]
        completed.append(place)
    for place in reversed(completed):
        degree(found[place], found[place + 1])


def _only_stage(row: list[Chunk]) -> bool:
    """Whether a member is a stage alone, of what the next one names."""
    said = [c for c in row if c.kind not in ("scaffold", "certainty", "person", "link")]
    return len(said) == 1 and said[0].comparison is not None and said[0].low.startswith(("stage", "grade"))


def _ill(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type == "condition"


def _within(chunk: Chunk) -> bool:
    return chunk.kind in ("scaffold", "group") and chunk.low.split()[0] in ("in", "at", "on")


def _before_way(after: list[Chunk], terms: list[Chunk], lexicon: Lexicon) -> list[Chunk]:
    """The terms up to what tells how a thing is met: "duodenal ulcer | seen at endoscopy", "disease | requiring …"."""
    for at in range(1, len(terms)):
        gap = after[after.index(terms[at - 1]) + 1 : after.index(terms[at])]
        named = at > 1 or " " in terms[0].low
        if named and any(c.low.split()[0] in lexicon.turns["seen_how"] for c in gap if c.low):
            return terms[:at]
        if named and any(c.low in lexicon.turns["origin"] for c in gap):
            return terms[:at]  # "liver or kidney failure | due to | sepsis"
    return terms


def _said_of(row: list[Chunk], own: list[Chunk]) -> bool:
    """Whether a word is said of what stands before it, and not of a name ("polyps that have not been | removed")."""
    at = row.index(own[-1])
    return at > 0 and row[at - 1].low.split()[-1:] == ["been"]


def _named_so(own: list[Chunk], after: list[Chunk], predicates: Predicates) -> Chunk | None:
    """What is missing from "solid organ | or bone marrow transplantation", where the whole is a name and it is none."""
    last, said = after[-1], " ".join(c.low for c in own)
    if any(c.kind != "word" or c.mention is not None for c in own) or predicates.concept(said) is not None:
        return None
    if last.kind == "borrowed" and not last.value and predicates.concept(f"{said} {last.low}") is not None:
        return last  # "guttate, | erythrodermic or pustular psoriasis"
    if len(after) > 1 or last.mention is None:
        return None
    low = last.low.replace("-", " ")
    again = f"{said.split()[-1]} "  # "hospital-acquired | or community-acquired pneumonia"
    starts = [at + 1 for at, sign in enumerate(low) if sign == " " and not low.startswith(again, at + 1)]
    starts += [0] * (not starts and own[-1].low not in predicates.lexicon.nouns and not own[-1].low.endswith("s"))
    at = next((at for at in starts if predicates.concept(f"{said} {low[at:]}") is not None), None)
    rest = [Chunk("borrowed", last.start + at, last.end, "", low[at:])] if at is not None else []
    return next(iter(of_illness(own, rest, predicates.concept)), None)


def _placed(row: list[Chunk], own: list[Chunk], text: str) -> bool:
    """Whether a member is a bare place of the body ("head, | neck | or back wounds", "surgery for | head | or …")."""
    tie = aim(row, text) or 0
    said = [c for c in content(row) if c.start >= tie]
    return len(said) == 1 and said[0] is own[-1] and lexical.only_a_place(said[0].low)


_MOST = 30
"""Members of a list that may each open with a place of their own."""
_LENT = 12  # chunks of a name that may be lent; hostile lists lend what was lent to them, on and on


def _aims(found: list[Segment], text: str) -> None:
    """ "Surgery for hip or knee osteoarthritis", "admitted for heart failure or stroke": what was done is for each."""
    row = found[0].row
    tie = aim(row, text)
    last = bare(row)[-1:]
    kinds = (*_AIM, "window", "planned", "head", "group", "result")
    if tie is None or not last or any(c.kind not in kinds for c in row):
        return
    # "positive drug screen for cocaine | or opioids"
    tested = any(c.value in ("positive", "negative") for c in row) and last[0].start >= tie
    ill = last[0].mention is not None and (last[0].mention.type == "condition" or last[0].start < tie)
    if not ill and not tested and not any(c.kind == "borrowed" for c in row):
        return
    named = next((c for c in row if c.kind in ("term", "word") and c.start < tie), None)
    if named is None:
        return
    against = text[named.start : tie].rstrip().endswith("against")  # whatever a vaccine is against
    end = next((at for at, s in enumerate(found) if at and s.told), len(found))
    lent = " ".join(text[named.start : tie].lower().split())
    for segment in found[1 : end + 1]:
        own = bare(segment.row)
        if segment.loose and len(found) == 2:
            return  # "admitted for a stroke, or cancer"
        of = [c for c in segment.row if c.kind in ("term", "word", "borrowed")][-1:]
        lent_to = any(c.kind == "borrowed" for c in segment.row)  # "colon, rectal | or anal cancer"
        ill = lent_to or (bool(of) and of[0].mention is not None and of[0].mention.type == "condition")
        ill = ill or (tested and bool(of))
        ill = ill or (against and bool(of) and (of[0].mention is None or of[0].mention.type != "drug"))
        if (
            not ill
            or not own
            or any(c.kind not in (*_AIM, "window", "bracket") for c in segment.row)
            or own[0].value == "before"
        ):
            return
        whole = Chunk("borrowed", named.start, tie, "aim", lent, named.mention)
        opens = [c for c in row if c.kind in ("planned", "head", "result") and c.start < tie]
        segment.row = [whole, *opens, *segment.row]


def _clause(row: list[Chunk]) -> bool:
    """Whether a member is a clause of its own ("and has not undergone oophorectomy"), with nothing to lend."""
    opening = next((c for c in row if c.kind not in ("scaffold", "status", "certainty", "qualifier")), None)
    return opening is not None and opening.kind in ("link", "negation", "must", "person", "head")


def _coded(found: list[Segment], place: int, own: list[Chunk], after: list[Chunk]) -> bool:
    """ "Hepatitis B or C", "type 1 or 2 diabetes", "bipolar I or II disorder": the name around a code is of each."""
    codes = own[-1].low.split()
    code, next_code = codes[-1], after[0].low.split()[0]
    if not CODE.match(code) or not CODE.match(next_code) or (len(codes) == 1 and len(own) == 1):
        return False
    if code.isdigit() != next_code.isdigit():
        return False
    name = own[:-1]
    if len(codes) > 1:
        chunk = own[-1]
        cut = chunk.low.rindex(" ")
        name = [*name, Chunk("borrowed", chunk.start, chunk.start + cut, "before", chunk.low[:cut])]
    row = found[place + 1].row
    at = row.index(after[0])
    lent = [Chunk("borrowed", c.start, c.end, "before", c.low) for c in name]
    row[at:at] = lent
    rest = after[1:]
    first = after[0]
    if " " in first.low:
        cut = first.low.index(" ") + 1
        rest = [Chunk("word", first.start + cut, first.end, low=first.low[cut:]), *rest]
    mine = found[place].row
    end = mine.index(own[-1]) + 1
    mine[end:end] = [_borrowed(c) for c in rest]
    return True


def _borrowed(chunk: Chunk, whole: bool = False) -> Chunk:
    return Chunk("borrowed", chunk.start, chunk.end, "whole" if whole else "", chunk.low, chunk.mention)


def _head(terms: list[Chunk]) -> list[Chunk]:
    """What may be lent: all but the first word of a name of several words."""
    if not terms:
        return []
    if len(terms) > 1:
        at = 1
        while (
            at + 1 < len(terms)
            and terms[at].start - terms[at - 1].end == 1
            and terms[at].kind == "word"
            and terms[at - 1].kind == "word"
            and hyphened(terms[at - 1], terms[at])
        ):
            at += 1
        return terms[at:]
    chunk = terms[0]
    if chunk.kind == "borrowed":
        return [chunk]
    space = max(chunk.low.find(" "), -1)
    if space < 0:
        return []
    return [Chunk("word", chunk.start + space + 1, chunk.end, low=chunk.low[space + 1 :])]


def _tested(row: list[Chunk], own: list[Chunk], predicates: Predicates) -> bool:
    if any(c.mention is not None for c in own):
        return _measured(row, predicates)
    return predicates.noun(own) in ("measurement", "")


def _measured(row: list[Chunk], predicates: Predicates) -> bool:
    if any(c.kind == "borrowed" and c.mention is not None and c.mention.type == "condition" for c in row):
        return False
    terms = bare(row)
    if not terms:
        return False
    mention = terms[-1].mention or terms[0].mention
    if mention is not None:
        return mention.type in ("measurement", "biomarker", "observation")
    return predicates.lexicon.nouns.get(terms[-1].low) in (None, "measurement")


def _limits(found: list[Segment], predicates: Predicates) -> None:
    """ "AST and ALT ≤ 2.5 x ULN": the limit is of each."""
    for place in range(len(found) - 2, -1, -1):
        row, after = found[place].row, found[place + 1].row
        if (limit := bracket_of_both(row, after)) is not None:
            found[place].row = [*row, limit]
            continue
        apart = found[place + 1].apart and not all(s.apart for s in found[1:])  # "sodium, potassium; bicarbonate < 20"
        if apart or any(c.kind in ("comparison", "result") for c in row) or not _measured(row, predicates):
            continue
        if any(c.low in _VERBS for c in row) and not any(_is_measure(c) for c in bare(row)):
            continue  # "is claustrophobic or weighs more than 150 kg"
        if _no_measure(row, predicates) and _said_measure(after, predicates):
            continue  # "gastric retention or 24-hour urine volume > 3 L"
        at = next((i for i, c in enumerate(after) if c.kind == "comparison"), None)
        if at is not None and after[0].low in ("a", "an") and not any(_is_measure(c) for c in bare(row)[:1]):
            continue  # "calcification, tortuosity or a diameter < 6 mm"
        if at is None or not bare(after[:at]) or not _measured(after, predicates):
            continue
        found[place].row = row + [
            c for c in after[at:] if c.kind in ("comparison", "window", "when") or limit_bracket(c)
        ]


def _no_measure(row: list[Chunk], predicates: Predicates) -> bool:
    """Whether a whole name of two plain words says nothing of being measured."""
    said = bare(row)
    if len(said) < 2 and not (said and " " in said[-1].low):
        return False
    last = said[-1].low.split()[-1]
    plain = all(c.mention is None or c.mention.concept is None for c in said)
    return plain and last not in predicates.lexicon.nouns and not adjective(row, predicates) and last.isalpha()


def _said_measure(after: list[Chunk], predicates: Predicates) -> bool:
    at = next((i for i, c in enumerate(after) if c.kind == "comparison"), len(after))
    last = bare(after[:at])[-1:]
    return bool(last) and predicates.lexicon.nouns.get(last[0].low.split()[-1]) == "measurement"


def _is_measure(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type in ("measurement", "biomarker")


def limit_bracket(chunk: Chunk) -> bool:
    """ "(≤ 5 x ULN if liver metastases)", "(2 if due to pain)": another limit of the same measures."""
    said = [c.kind for c in chunk.inner if c.kind not in ("conjunction", "scaffold", "comma")]
    return chunk.kind == "bracket" and (said[:1] == ["comparison"] or said[:2] == ["number", "condition"])


def _share_test(found: list[Segment], lexicon: Lexicon) -> None:
    """ "Positive urine drug or pregnancy test": the test is of each."""
    last = bare(found[-1].row)
    noun = last[-1].low.split()[-1] if last else ""
    if not lexicon.inside["shared_test"].fullmatch(noun):
        return
    for segment in found[:-1]:
        own = bare(segment.row)
        if (
            own
            and not lexicon.inside["test"].search(" ".join(c.low for c in own))
            and not any(c.kind == "comparison" for c in segment.row)
        ):
            segment.row = [*segment.row, Chunk("borrowed", last[-1].end - len(noun), last[-1].end, "", noun)]


def _prefixes(found: list[Segment], predicates: Predicates) -> None:
    """ "Prior treatment with A or B", "history of A, B or C", "severe A or B": what opens the list is of each."""
    carried: list[Chunk] = []
    opening = next((c for c in found[0].row if c.kind not in ("scaffold", "person", "link")), None)
    # "positive Gram stain or blood culture": the result is of each test
    tested = opening if opening is not None and opening.kind == "result" else None
    if tested is not None:
        _share_test(found, predicates.lexicon)
    for segment in found:
        row = segment.row
        if segment.capital:
            carried = []
        own = bare(row)
        worded = tested is not None and tested.value not in ("positive", "negative")
        tests = any(predicates.holds("test", c.low) for c in own) or bool(
            worded and own and _tested(row, own, predicates)
        )
        tests = tests or bool(own and own[-1].mention is not None and own[-1].mention.type == "biomarker")
        limited = any(c.kind in ("result", "comparison") for c in row)
        stated = any(c.kind in ("status", "head", "negation", "link", "person", "sex") for c in row)
        spread = tested is not None and tested.low.endswith(" for") and bool(own) and not (stated or segment.verb)
        spread = spread and own[-1].mention is not None
        if tested is not None and (tests or spread) and not limited:
            segment.row = row = [tested, *row]  # "negative test for tuberculosis | or HIV"
        lead: list[Chunk] = []
        for chunk in row:
            if chunk.kind in _PREFIX:
                lead.append(chunk)
            elif chunk.kind in CONTENT or chunk.kind in ("comparison", "age", "number"):
                break
        reacted = next((c for c in carried if c.kind == "head" and c.value == "allergy"), None)
        if reacted is not None and row and row[0].low == "to":
            # "anaphylaxis to eggs, or to a previous dose of the vaccine"
            segment.row = [reacted, *(c for c in row[1:] if c not in lead or c.kind not in ("head", "status"))]
            continue
        opens = next((c for c in row if c.kind != "scaffold"), None)
        named = opens is not None and opens.kind in ("term", "word") and not lead
        if reacted is not None and named and any(c.low == "that" for c in row[1:]):
            segment.row = [reacted, *row]  # "allergy to A, contrast that cannot be premedicated, or B"
            continue
        if reacted is not None and any(c.kind == "head" for c in row if c not in lead):
            carried = []  # "intolerance to A, or progression on A"
            continue
        family = next((c for c in carried if c.kind == "head" and c.value == "family_history"), None)
        if family is not None and row and row[0].kind == "head" and row[0].value == "condition":
            segment.row = [family, *row[1:]]  # "mother known to have A or infected with B"
            continue
        if segment.verb or any(c.kind in ("status", "head", "link") for c in row if c in lead or c.kind == "link"):
            carried = _carried(lead, row)
            continue
        if segment.but or any(c.kind in ("sex", "agegroup", "age", "comparison", "administrative") for c in row):
            if any(c.kind in ("sex", "agegroup", "age", "administrative") for c in row):
                carried = []
            continue
        if not carried:
            carried = _carried(lead, row)
            continue
        terms = bare(row)
        kind = terms[0].mention.type if terms and terms[0].mention is not None else ""
        keep = []
        for chunk in carried:
            if (
                chunk.kind == "head"
                and chunk.value in ("medication", "procedure")
                and kind in ("condition", "measurement")
            ):
                continue
            if not any(c.kind == chunk.kind for c in lead):
                keep.append(chunk)
        segment.row = keep + row


def _carried(lead: list[Chunk], row: list[Chunk]) -> list[Chunk]:
    """What the opening of a member says of the members behind it, too."""
    own = any(c.kind == "borrowed" and c.value == "whole" for c in row)  # "active | or latent tuberculosis"
    kinds = ("status", "head", "planned", "certainty")
    dose = any(c.kind == "head" and c.low.startswith("dose") for c in lead)  # "stable dose of statins | or fibrates"
    return [
        c for c in lead if (c.kind in kinds and not (own and c.value == "active")) or (dose and c.kind == "qualifier")
    ]
