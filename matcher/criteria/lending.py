"""What one member of a list lends to another inside a name: the rest of a word, a head, an allergy, a habit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from matcher.criteria.chunks import Chunk
from matcher.criteria.coordination import Segment
from matcher.criteria.lexicon import Lexicon, lexicon
from matcher.criteria.predicates import Predicates
from matcher.criteria.rows import bare
from matcher.criteria.shared_windows import CONTENT
from matcher.terms import lexical

CODE = re.compile(r"(?:[ivx]{1,4}|\d{1,2}|[a-e])$")
"""A number or letter that tells kinds of one thing apart ("hepatitis B or C")."""


def prefixed(row: list[Chunk], own: list[Chunk], after: list[Chunk], lexicon: Lexicon) -> bool:
    """ "Pre- or postmenopausal", "hypo- or hyperthyroidism": the rest of the word is of both."""
    if not own or own[-1].low not in lexicon.prefixes or not after or (len(own) > 1 and own[-1].kind != "word"):
        return False
    first = after[0]
    prefix = max((p for p in lexicon.prefixes if first.low.startswith(p)), key=len, default="")
    if not prefix or (first.low == prefix and len(after) < 2):
        return False
    if first.low == prefix:
        rest = after[1:]
    else:
        cut = len(prefix) + (first.low[len(prefix) : len(prefix) + 1] in "- ")
        rest = [Chunk("word", first.start + cut, first.end, low=first.low[cut:]), *after[1:]]
    lent = [Chunk("borrowed", c.start, c.end, "glued" if i == 0 else "", c.low, c.mention) for i, c in enumerate(rest)]
    at = row.index(own[-1]) + 1
    row[at:at] = lent
    return True


def allergies(found: list[Segment], lexicon: Lexicon) -> None:
    """ "Egg, peanut or latex allergy": an allergy to each."""
    last = next((c for c in reversed(found[-1].row) if c.kind not in ("bracket", "window", "when")), None)
    if last is None or not bare(found[-1].row):
        return
    if last.kind == "term" and last.low.split()[-1] in lexicon.turns["allergic"]:
        last = Chunk("head", last.end, last.end, "allergy", last.low.split()[-1])
    if last.kind != "head" or last.value != "allergy":
        return
    for segment in reversed(found[:-1]):
        own = bare(segment.row)
        named = [c.mention.type for c in own if c.mention is not None]
        others = [c for c in segment.row if c.kind not in ("term", "word", "scaffold", "qualifier", "status")]
        if not own or others or any(kind in ("condition", "procedure", "measurement") for kind in named):
            break
        segment.row = [*segment.row, replace(last)]


def state_of(row: list[Chunk], after: list[Chunk], lexicon: Lexicon) -> list[Chunk]:
    """ "Immunosuppressive | or immunodeficient condition": a state of the body, and no drug."""
    drug, ill = bare(row)[-1:], bare(after)[-1:]
    if not drug or not ill or drug[0].mention is None or drug[0].mention.type != "drug" or ill[0].mention is None:
        return row
    state = ill[0].mention.type == "condition" and ill[0].low.split()[-1] in lexicon.generic
    if not state or not drug[0].low.endswith(lexicon.adjective_endings):
        return row
    return [replace(c, kind="word", mention=None) if c is drug[0] else c for c in row]


def habitual(row: list[Chunk], own: list[Chunk], habit: Chunk, lexicon: Lexicon) -> bool:
    """ "Drug, alcohol or substance abuse": each of them, as a habit."""
    last = habit.low.split()[-1]
    alone = own or [c for c in row if c.kind == "behaviour"]
    if last not in lexicon.habits or len(alone) != 1 or alone[0].low.split()[-1] not in lexicon.substances:
        return False
    chunk = alone[0]
    at = row.index(chunk)
    row[at] = Chunk("behaviour", chunk.start, chunk.end, f"{chunk.low} {last}", f"{chunk.low} {last}")
    return True


def unnumbered(own: list[Chunk], after: list[Chunk]) -> list[Chunk]:
    """ "Type 1 or type 2 diabetes": what follows without the word that both members repeat."""
    if len(own) < 2 or not CODE.match(own[-1].low):
        return after
    word, first = own[-2].low.split()[-1], after[0]
    if first.low == word:
        return after[1:]
    if first.low.startswith(word + " "):
        cut = len(word) + 1
        return [Chunk("word", first.start + cut, first.end, low=first.low[cut:]), *after[1:]]
    return after


def new_part(own: list[Chunk], head: list[Chunk], concept: Callable[[str], object]) -> list[Chunk]:
    """ "Basal cell | cell carcinoma": the head without the word that the modifier ends with."""
    if head and own[-1].low and head[0].low.split()[:1] == own[-1].low.split()[-1:]:
        head = _from(head, 1) if " " in head[0].low else head[1:]
    return of_illness(own, head, concept)


def of_illness(own: list[Chunk], head: list[Chunk], concept: Callable[[str], object]) -> list[Chunk]:
    """ "Hematologic | or central nervous system disorder": the illness alone, where that makes a name with the
    modifier and the whole makes none."""
    said, modifier = " ".join(c.low for c in head), " ".join(c.low for c in own)
    known, words = lexicon().turns, said.split()
    last = words[-1:]
    if len(words) < 2 or last[0] not in known["any_illness"] or words[-2] not in known["system"]:
        return head
    if modifier.endswith("-risk"):
        return head  # "low-risk | or intermediate-risk prostate cancer"
    whole, part = concept(f"{modifier} {said}"), concept(f"{modifier} {last[0]}")
    if part in (None, concept(last[0])) or whole not in (None, concept(said)):
        return head
    return _from(head[-1:], len(head[-1].low.split()) - 1)


def _from(head: list[Chunk], skipped: int) -> list[Chunk]:
    """A name from a later word of its first chunk on."""
    first = head[0]
    if not skipped:
        return head
    cut = len(first.low) - len(first.low.split(" ", skipped)[-1])
    kind = "borrowed" if first.kind == "borrowed" else "word"
    return [replace(first, kind=kind, start=first.start + cut, low=first.low[cut:], mention=None), *head[1:]]


def behind_place(after: list[Chunk]) -> list[Chunk]:
    """ "Skin or soft tissue | infection": the name from the last word for its place on, as one word stands for it;
    nothing where the name is that of a place ("testis or bone marrow")."""
    words = [(chunk, word) for chunk in after for word in chunk.low.split()]
    parts = lexicon().turns["body_part"]
    places = [at for at, (_, word) in enumerate(words) if lexical.only_a_place(word) or word in parts]
    if not places:
        return after
    if places[-1] == len(words) - 1:
        return []
    chunk, word = words[places[-1]]
    cut = chunk.low.rindex(word)
    rest = after[after.index(chunk) + 1 :]
    return [Chunk("word", chunk.start + cut, chunk.end, low=chunk.low[cut:]), *rest]


def aim(row: list[Chunk], text: str) -> int | None:
    """Where what a thing was done for begins in the first member of a list; None where it says nothing of it."""
    done = next((at for at, c in enumerate(row) if c.kind in ("term", "word", "head")), None)
    if done is None or any(c.comparison is not None or c.kind == "negation" for c in row):
        return None
    given = not lexicon().turns["vaccinated"].isdisjoint(row[done].low.split())
    for tie in ("for", "against") if given else ("for",):
        if row[done].kind == "term" and f" {tie} " in row[done].low:
            start = row[done].start
            return start + text[start : row[done].end].lower().index(f" {tie} ") + len(tie) + 2
    for at in range(done, len(row)):
        last = row[at].low.split()[-1:]
        if (last == ["for"] or (given and last == ["against"])) and at + 1 < len(row):
            return row[at + 1].start
    return None


def without_adjective(terms: list[Chunk], predicates: Predicates) -> list[Chunk]:
    """A name without the adjective that stands where the other member's qualifier stands."""
    first = terms[0]
    word = first.low.split()[0] if first.low else ""
    lexicon = predicates.lexicon
    adjective = word in lexicon.kept or word in lexicon.adjectives or word.endswith(lexicon.adjective_endings)
    if not adjective or word in lexicon.nouns or word in lexicon.no_adjectives:
        return terms
    if " " in first.low:
        cut = first.low.index(" ") + 1
        return [Chunk("word", first.start + cut, first.end, low=first.low[cut:]), *terms[1:]]
    return terms[1:] or terms


def named_with(row: list[Chunk], after: list[Chunk], predicates: Predicates) -> Chunk | None:
    """The last words of the next name where a qualifier makes a name with them, and none with the whole:
    "atypical | or aspiration pneumonia"."""
    own, last = [c for c in row if c.kind == "qualifier"], after[-1]
    named = last.mention is not None and last.mention.type == "condition" and len(after) == 1
    if not named or len(own) != 1 or " " not in last.low:
        return None
    whole, plain = predicates.concept(f"{own[0].low} {last.low}"), predicates.concept(last.low)
    if whole is not None and (plain is None or whole.id != plain.id):
        return None
    low = last.low.replace("-", " ")
    starts = [at + 1 for at, sign in enumerate(low) if sign == " "]
    at = next((at for at in starts if predicates.concept(f"{own[0].low} {low[at:]}") is not None), None)
    return Chunk("borrowed", last.start + at, last.end, "whole", low[at:]) if at is not None else None


def hyphened(left: Chunk, right: Chunk) -> bool:
    """One character apart and no blank: a hyphen (chunks part at blanks and hyphens only)."""
    return right.value == "-" and left.end + 1 == right.start


def opened_alike(row: list[Chunk], after: list[Chunk], named: Chunk) -> bool:
    """Whether a qualifier like the member's own opens the next one, so that the name behind it is whole:
    "locally advanced | or metastatic breast cancer"."""
    own = {c.value for c in row if c.kind == "qualifier"}
    opening = {c.value for c in after[: after.index(named)] if c.kind == "qualifier"}
    ill = named.mention is not None and named.mention.type == "condition"
    return bool(opening) and (own <= {"severity", "course"} or (ill and opening >= own))


def tied_to(own: list[Chunk], after: list[Chunk], lexicon: Lexicon) -> list[Chunk] | None:
    """ "Lipid or glucose | lowering medication": what is done to either, with its head; None where nothing is."""
    named = own[0].mention
    whole = named is not None and named.concept is not None and named.type in ("drug", "condition", "procedure")
    if len(own) > 1 or whole or " " in own[0].low or set(own[0].low.split()) & lexicon.turns["doing_to"]:
        return None  # "aspirin or NSAID-containing products": the first is complete
    first, begins = after[0], 0
    words = first.low.split()
    if len(words) > 1 and words[1] in lexicon.turns["doing_to"] and first.kind != "borrowed":
        begins = first.low.index(" ") + 1
        lent = [Chunk("word", first.start + begins, first.end, low=first.low[begins:]), *after[1:]]
    elif len(words) == 1 and len(after) > 1 and (after[1].low.split() or [""])[0] in lexicon.turns["doing_to"]:
        lent = after[1:]
    else:
        return None
    return lent if sum(len(c.low.split()) for c in lent) > 1 else None


def fronted(found: list[Segment], text: str, predicates: Predicates) -> None:
    """ "Atrial | flutter/fibrillation", "valve | repair/replacement": a last word that names nothing by itself has the
    words before the last word of the member before, where both together are a name."""
    for before, segment in pairwise(found):
        own = bare(segment.row)
        terms = [c for c in before.row if c.kind in ("term", "word", "borrowed")]
        if segment.capital or len(own) != 1 or not _incomplete(own[0]) or own[0].start != _first_said(segment.row):
            continue
        placed = any(c.kind == "borrowed" for c in segment.row)
        if not terms or terms[-1] is not _last_said(before.row) or (placed and not segment.slash):
            continue
        last = terms[-1]
        words = last.low.split()
        front = terms[-2] if len(terms) > 1 else None
        if len(words) == 1 and front is not None and front.end + 1 == last.start and front.kind == "word":
            start, end, low = front.start, front.end, front.low
        elif len(words) > 1 and last.kind == "term":
            start, end, low = last.start, last.end - len(words[-1]), last.low[: last.low.rindex(" ")]
        else:
            continue
        nouns = predicates.lexicon.nouns
        alike = own[0].low in nouns and nouns[own[0].low] == nouns.get(words[-1], "")
        if (segment.slash and alike) or predicates.known(f"{low} {own[0].low}"):
            if segment.slash:
                start = _whole_name(before.row, last) or start
            lent = Chunk("borrowed", start, end, "before", " ".join(text[start:end].lower().split()))
            segment.row = [c for c in segment.row if c.kind != "borrowed"]
            at = segment.row.index(own[0])
            segment.row[at:at] = [lent]


def _whole_name(row: list[Chunk], last: Chunk) -> int:
    """Where a name begins that goes on with "of": "ablation of atrial | flutter/fibrillation"; 0 where none does."""
    at = row.index(last)
    if at < 2 or row[at - 1].low not in ("of", "of the") or row[at - 2].kind not in ("term", "word"):
        return 0
    return row[at - 2].start


def _incomplete(chunk: Chunk) -> bool:
    named = chunk.mention is not None and chunk.mention.concept is not None and chunk.mention.type != "observation"
    return chunk.kind in ("word", "term") and not named and " " not in chunk.low


def _first_said(row: list[Chunk]) -> int:
    return next((c.start for c in row if c.kind not in ("scaffold", "borrowed")), -1)


def _last_said(row: list[Chunk]) -> Chunk | None:
    return next((c for c in reversed(row) if c.kind not in ("scaffold",)), None)


def graded(found: list[Segment], lexicon: Lexicon) -> None:
    """ "Extensive or multifocal stenosis": one question, with both qualifiers, or with either of two kinds."""
    for place in range(len(found) - 2, -1, -1):
        row, after = found[place].row, found[place + 1].row
        own = [c for c in row if c.kind not in ("scaffold", "certainty", "link", "person") and not _states(c)]
        opening = next((c for c in after if c.kind not in ("scaffold",)), None)
        if len(own) != 1 or opening is None or not _qualifies(own[0]) or not _qualifies(opening):
            continue
        step = opening.low.split()[0]
        if not bare(after):
            continue
        one = own[0].low in lexicon.joined and {opening.low, step} & lexicon.joined
        if one or any(own[0].low in scale and {opening.low, step} & scale for scale in lexicon.graded):
            if one and found[place + 1].joint == "or" and own[0].kind == opening.kind == "qualifier":
                either = replace(opening, start=own[0].start, low=f"{own[0].low} or {opening.low}")
                row = [c for c in row if c is not own[0]]
                after = [either if c is opening else c for c in after]
            found[place].row = row + after
            del found[place + 1]


def control(found: list[Segment], lexicon: Lexicon) -> None:
    """ "Uncontrolled hypertension or diabetes": how well each is controlled is asked, where that can be."""
    known = lexicon.turns
    said = [c for c in _lead(found[0].row) if c.kind == "qualifier" and c.low in known["control"]]
    if not said or (len(found) == 2 and found[1].loose):
        return
    for place, segment in enumerate(found):
        named = bare(segment.row)
        if not named or named[-1].low not in known["kept_in_check"]:
            return
        if place:
            if segment.but or segment.verb or any(c.kind not in _PLAIN for c in segment.row):
                return
            segment.row = [*said, *segment.row]


_PLAIN = frozenset({"term", "word", "scaffold"})


def degree(one: Segment, other: Segment) -> None:
    """ "Severe hepatic or renal impairment": members of one head are of one degree."""
    opening = _lead(one.row)
    said = [c for c in opening if c.kind == "qualifier"]
    rest = _lead(other.row)
    if said and said == opening and not rest and not other.capital and not other.verb:
        other.row = [*said, *other.row]


def _lead(row: list[Chunk]) -> list[Chunk]:
    """What stands before the first thing that a member names, small words aside."""
    at = next((i for i, c in enumerate(row) if c.kind in CONTENT), 0)
    return [c for c in row[:at] if c.kind not in ("scaffold", "person")]


def _qualifies(chunk: Chunk) -> bool:
    return chunk.kind == "qualifier" or (chunk.kind == "status" and chunk.value == "active")


def _states(chunk: Chunk) -> bool:
    """A word for the time of it ("prior"), which no other member has to share."""
    return chunk.kind == "status" and chunk.value != "active"
