"""What was done or happened at each place of a list: "fracture of the hip or forearm", "stenosis of the left or right
carotid artery"."""

from __future__ import annotations

import re
from dataclasses import replace

from matcher.criteria.chunks import Chunk
from matcher.criteria.comparisons import NAMED
from matcher.criteria.coordination import Segment
from matcher.criteria.lending import CODE
from matcher.criteria.lexicon import lexicon
from matcher.criteria.predicates import Predicates
from matcher.criteria.rows import bare
from matcher.model import Mention
from matcher.terms import lexical


def adjective(row: list[Chunk], predicates: Predicates) -> bool:
    """Whether a member is a modifier that needs a head: "hepatic", "basal", "type 1"."""
    terms = bare(row)
    if not terms or any(
        c.kind in ("comparison", "leaf", "behaviour")
        for c in row
        if c is not terms[-1] and c.start > terms[-1].start and c.kind != "comparison"
    ):
        return False
    last = terms[-1]
    lexicon = predicates.lexicon
    word = last.low.split()[-1].replace("-", " ").split()[-1] if last.low else ""
    if any(c.kind == "comparison" for c in row) and CODE.match(last.low):
        return False  # "item 9 > 0"
    if last.kind == "number" or (len(terms) > 1 and CODE.match(last.low) and terms[-2].low in NAMED):
        return len(terms) > 1
    if last.mention is not None and last.mention.concept is not None and last.mention.type not in ("observation",):
        return last.mention.type == "observation"
    if word in lexicon.nouns or word in lexicon.no_adjectives:
        return False
    return word in lexicon.adjectives or (len(word) > 3 and word.endswith(lexicon.adjective_endings))


_SITE = re.compile(r"^[a-z -]{3,40} (of|to|in) (?:the )?(?=[a-z -]+$)")
_ONE = frozenset({"a", "an", "one", "the", "part of", "part of the"})
_PLACED = frozenset({"of", "of the", "to", "to the", "in", "in the", "at", "at the", "the", "any", "involving"})


def sites(found: list[Segment], text: str, predicates: Predicates) -> None:
    """ "Fracture of the hip, humerus or forearm": what happened is of each place."""
    row = found[0].row
    terms = [i for i, c in enumerate(row) if c.kind in ("term", "word") and c.low not in _PLACED]
    if not terms or terms[-1] != len(row) - 1:
        return
    if len(terms) > 2 and terms[-1] - terms[-2] == 1 and len(whole := _one_place(row[terms[-2] :])) == 1:
        row, terms = [*row[: terms[-2]], *whole], terms[:-1]  # "to the | adrenal | gland"
    last = row[terms[-1]]
    head, site = last, _SITE.search(last.low) if last.kind == "term" else None
    end = last.start + site.end() if site is not None else last.start
    giving = lexicon().turns["given_away"]
    given = len(last.low.split()) == 2 and last.low.split()[0] in giving  # "donated blood | or plasma"
    if given:
        end = last.start + last.low.index(" ") + 1
    elif site is None and len(terms) > 1:
        head, between = row[terms[-2]], row[terms[-2] + 1 : terms[-1]]
        given = head.low in giving and all(c.low in _ONE for c in between)
        if not given and (not between or any(c.low not in _PLACED for c in between)):
            return
    elif site is None or (site[1] != "of" and not lexical.only_a_place(last.low[site.end() :])):
        return
    kind = head.mention.type if head.mention is not None else predicates.noun([head])
    if kind not in ("condition", "procedure", "drug") and not given:
        return
    if kind == "drug" and not lexical.only_a_place(last.low):
        return
    lent = head.low if given and head is not last else " ".join(text[head.start : end].lower().split())
    ill = Mention(head.start, head.end, head.low, "condition") if kind == "condition" else None
    ends = " ".join(c.low for c in bare(found[-1].row))
    places = _place(ends)  # "to liver, lung, or brain"
    for place, segment in enumerate(found[1:], 1):
        own = _one_place([c for c in segment.row if c.kind not in ("scaffold", "window", "when")])
        if place + 1 < len(found) and segment.loose and not places and adjective(segment.row, predicates):
            break  # "of the cervix or uterus, or basal or squamous cell carcinoma"
        named = own[0].mention if own else None
        place_alone = bool(own) and _place(own[0].low)
        other = named is not None and named.type != "observation" and not place_alone
        other = other and not (given and named is not None and named.type == "measurement")
        if len(own) != 1 or own[0].kind not in ("term", "word") or other:
            break
        if site is not None and site[1] != "of" and not place_alone:
            break  # "metastases to liver, ascites"
        rest = [c for c in segment.row if c.kind != "scaffold"]
        if own[0] not in rest:
            rest = [*own, *(c for c in rest if c.kind in ("window", "when"))]
        if named is not None and named.type == "measurement":
            rest = [replace(c, kind="word", mention=None) if c is own[0] else c for c in rest]  # "hip": no girth
        steps = [c for c in row[: row.index(head)] if c.comparison is not None and c.comparison.scale]
        segment.row = [*steps, Chunk("borrowed", head.start, end, "before", lent, head.mention or ill), *rest]


def _one_place(own: list[Chunk]) -> list[Chunk]:
    """ "Spinal | cord": the words of one place as one."""
    if len(own) < 2 or any(c.kind not in ("word", "term") or c.mention is not None for c in own):
        return own
    said = " ".join(c.low for c in own)
    return [Chunk("word", own[0].start, own[-1].end, low=said)] if _place(said) else own


def _place(said: str) -> bool:
    """Whether a name is of a part of the body alone."""
    known = lexicon().turns
    first, _, last = said.rpartition(" ")
    return (
        lexical.only_a_place(said)
        or said in known["site_names"]
        or (last in known["site_ends"] and lexical.only_a_place(first))
    )


def same_site(found: list[Segment], text: str) -> None:
    """ "Pelvic radiation or surgery", "cerebral aneurysm or hemorrhage": the site is of each."""
    for at, segment in enumerate(found[1:]):
        if any(c.low in lexicon().turns["done_at_site"] | lexicon().turns["found_at_site"] for c in segment.row):
            _site_lent(found[at:], text)


def _site_lent(found: list[Segment], text: str) -> None:
    named = bare(found[0].row)
    words = text[named[0].start : named[-1].end].split() if named else []
    site = words[0].lower() if len(words) in (2, 3) else ""
    if not site or named[0].kind == "number" or not lexical.only_a_place(site):
        return
    known = lexicon().turns
    kinds = [known[group] for group in ("done_at_site", "found_at_site") if words[-1].lower() in known[group]]
    lent = Chunk("borrowed", named[0].start, named[0].start + len(words[0]), "before", site)
    for segment in found[1:]:
        own = [c for c in segment.row if c.kind not in ("scaffold", "window", "when")]
        if len(own) != 1 or not any(own[0].low in kind for kind in kinds) or segment.capital:
            return
        at = segment.row.index(own[0])
        segment.row = [*segment.row[:at], replace(lent, mention=own[0].mention), *segment.row[at:]]


_NOUN = frozenset({"term", "word"})
_BEHIND = frozenset({"window", "when", "comparison", "bracket"})


def parts(found: list[Segment], text: str, predicates: Predicates) -> bool:
    """ "Impairment of hepatic or renal function": what stands before the modifiers is of each, and the noun behind."""
    row, last = found[0].row, found[-1].row
    at = len(row)
    while at and (row[at - 1].kind == "word" or _modifies(row[at - 1])):
        at -= 1
    own = row[at:]
    tie, ties = at, lexicon().turns["place_ties"]
    while tie and row[tie - 1].kind in ("scaffold", "group") and row[tie - 1].low in (*ties, "the"):
        tie -= 1
    begun = tie
    while begun and row[begun - 1].kind in _NOUN:
        begun -= 1
    tied = " ".join(c.low for c in row[tie:at])
    if not own or len(own) > 2 or begun == tie or tied not in ties or any(s.capital or s.apart for s in found[1:]):
        return False
    if any(c.low == "of" for c in own):
        return False
    end = next((i for i, c in enumerate(last) if c.kind in _BEHIND or (i and c.kind == "scaffold")), len(last))
    said = _split(last[:end])
    first = next((i for i, c in enumerate(said) if not _modifies(c)), len(said))
    noun = said[max(first, 1) :]
    if not noun or any(c.kind not in _NOUN for c in noun) or any(_happens(c) for c in said):
        return False
    if any(c.kind != "word" and not _modifies(c) for segment in found[1:-1] for c in segment.row):
        return False
    kinds = [_modifies(c) or adjective([c], predicates) or lexical.only_a_place(c.low) for c in (own[-1], said[0])]
    if (len(own) > 1 and not kinds[0]) or own[-1].low == said[0].low:
        return False
    if noun[-1].low in lexicon().turns["site_ends"] and _whole_place(own[-1]):
        return False  # "injury to the brain | or spinal cord"
    head, lead = row[begun:tie], [c for c in row[:begun] if c.kind == "qualifier" or _limits(c)]
    if not any(kinds) or len(said[0].low.split()) > 1 or len(noun) > _MOST or _drug(head[-1]):
        return False
    lent = " ".join(text[head[0].start : own[0].start].lower().split())
    ill = predicates.noun([head[-1]]) == "condition"
    named = Mention(head[0].start, head[-1].end, lent, "condition") if ill else None
    before = Chunk("borrowed", head[0].start, own[0].start, "before", lent, head[-1].mention or named)
    behind = [Chunk("borrowed", c.start, c.end, "", c.low, c.mention) for c in noun]
    limit = [c for c in last[end:] if _limits(c)][: not any(_limits(c) for c in lead)]
    found[0].row = [*row, *behind, *limit]
    for segment in found[1:-1]:
        segment.row = [before, *lead, *segment.row, *behind, *limit]
    found[-1].row = [before, *lead, *last]
    return True


def _whole_place(chunk: Chunk) -> bool:
    """ "Brain", but not "adrenal": a part of the body by its noun."""
    return lexical.only_a_place(chunk.low) and not chunk.low.endswith(lexicon().adjective_endings)


def _split(said: list[Chunk]) -> list[Chunk]:
    """ "Pituitary gland": its words apart, where it names a part of the body alone."""
    if len(said) != 1 or said[0].kind != "term" or _happens(said[0]) or said[0].low.count(" ") != 1:
        return said
    cut = said[0].low.index(" ")
    first, start = said[0].low[:cut], said[0].start
    return [
        Chunk("word", start, start + cut, low=first),
        Chunk("word", start + cut + 1, said[0].end, low=said[0].low[cut + 1 :]),
    ]


def _modifies(chunk: Chunk) -> bool:
    """ "Left", "proximal": which part it is."""
    return chunk.kind == "qualifier" and chunk.value == "extent" and chunk.low in lexicon().kept


def _happens(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type in ("condition", "procedure", "drug")


def _limits(chunk: Chunk) -> bool:
    said = chunk.comparison or next((c.comparison for c in chunk.inner if chunk.kind == "bracket"), None)
    return said is not None and not said.age


def _drug(chunk: Chunk) -> bool:
    return chunk.mention is not None and chunk.mention.type == "drug"


_MOST = 3
"""Chunks of a noun that is shared."""
