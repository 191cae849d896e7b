"""A protocol's text to a `Protocol`: each segmented criterion becomes a logic tree with full accounting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, cast

from matcher.criteria.accounting import unaccounted
from matcher.criteria.chunks import Chunk, chunks
from matcher.criteria.coordination import names
from matcher.criteria.counted import at_least, count_before
from matcher.criteria.cues import cues
from matcher.criteria.dose_changes import changed
from matcher.criteria.entities import entities, with_concepts
from matcher.criteria.equivalents import by_equivalent
from matcher.criteria.excepted import treated
from matcher.criteria.finish import finished
from matcher.criteria.grammar import Grammar
from matcher.criteria.idle import asking
from matcher.criteria.kinds import aged_groups, alternatives, kinds_of
from matcher.criteria.labels import label, lent
from matcher.criteria.lexer import folded, untitled
from matcher.criteria.lexicon import lexicon
from matcher.criteria.members import announces
from matcher.criteria.relatives import aged, named
from matcher.criteria.rows import strip
from matcher.criteria.segments import Item, Node, Segmentation, segment
from matcher.criteria.sense import strange
from matcher.criteria.several import counted
from matcher.criteria.shared_result import shared
from matcher.criteria.simplify import merged, simplified
from matcher.criteria.spacing import Spaced
from matcher.criteria.steady import steady
from matcher.criteria.trees import join, leaves, negate, spared
from matcher.criteria.turns import straightened
from matcher.criteria.untreated import leftover, untreated
from matcher.criteria.wider_limits import eased, parted, tightened
from matcher.model import (
    And,
    Criterion,
    CriterionStatus,
    Fragment,
    If,
    Kind,
    Leaf,
    Logic,
    Mention,
    Not,
    Or,
    Protocol,
)

if TYPE_CHECKING:
    from matcher.criteria.source import Source
    from matcher.ner.recogniser import Recogniser
    from matcher.terms import Terminology

_JOINT = re.compile(r",?\s(?:or|and/or)\s", re.IGNORECASE)
_MOST = 20_000
"""A criterion longer than this (characters) is no criterion; it is listed as not understood."""


def parse(source: Source, recogniser: Recogniser | None, terminology: Terminology | None) -> Protocol:
    """The protocol as understood. Never raises for what the text says; what is not understood is listed."""
    text = source.text
    found = segment(text, source.conditions)
    spaced = Spaced(text)
    plain = folded(spaced.text)
    items = [spaced.item(item) for item in found.items]
    plain = "".join(_in_sentence_case(plain, items))
    texts = [plain[item.start : item.end][:_MOST] for item in items]
    batches: Iterable[Sequence[Mention]] = ([] for _ in texts)
    if recogniser is not None:
        batches = recogniser.mentions(texts, "protocol")
    # A back-end with a model has spans of its own, which are what `match parse` lists as entities.
    model = getattr(recogniser, "annotations", None)
    # It was trained on texts as they are, line breaks and all.
    written = [text[item.start : item.end][:_MOST] for item in found.items]
    marked: Iterable[Sequence[Mention] | None] = (None for _ in texts) if model is None else model(written)
    criteria = tuple(
        parse_item(
            plain,
            item,
            [_moved(m, item.start) for m in _apart(mentions, words, terminology)],
            terminology,
            None if own is None else [spaced.mention(_moved(m, found_item.start)) for m in own],
        )
        for found_item, item, words, mentions, own in zip(found.items, items, texts, batches, marked, strict=True)
    )
    criteria = tuple(spaced.criterion(criterion, text) for criterion in criteria)
    protocol = Protocol(
        source.id,
        source.source,
        text,
        criteria,
        source.title,
        source.conditions,
        found.headings,
        found.unread,
        (*source.warnings, *_unheaded(found)),
    )
    return finished(protocol, source)


def _in_sentence_case(text: str, items: Sequence[Item]) -> Iterator[str]:
    """The pieces of the text, criteria in title case in sentence case; of the same length."""
    done = 0
    for item in items:
        yield text[done : item.start]
        yield untitled(text[max(done, item.start) : item.end])
        done = max(done, item.end)
    yield text[done:]


def _unheaded(found: Segmentation) -> tuple[str, ...]:
    if not found.unheaded:
        return ()
    first, last = found.unheaded[0], found.unheaded[-1]
    which = first if first == last else f"{first} to {last}"
    return (f"{which}: no heading says whether this includes or excludes; read as inclusion",)


def _moved(mention: Mention, by: int) -> Mention:
    return Mention(mention.start + by, mention.end + by, mention.text, mention.type, mention.concept, mention.source)


def parse_item(
    text: str,
    item: Item,
    mentions: Sequence[Mention],
    terminology: Terminology | None,
    annotations: Sequence[Mention] | None = None,
) -> Criterion:
    """One criterion. ``mentions``: the recogniser's, ``annotations``: a model's own, with offsets in ``text``."""
    if item.end - item.start > _MOST:
        fragment = Fragment(item.start, item.end, text[item.start : item.end], "too long to be one criterion")
        return Criterion(
            item.id, item.kind, text[item.start : item.end], item.start, item.end, "unparsed", unparsed=(fragment,)
        )
    reader = _Reader(text, item, mentions, terminology)
    tree = reader.tree()
    said = leaves(tree)
    words = text[item.start : item.end]
    tree = _settled(tree, text, item) if tree is not None else None
    if tree is not None and terminology is not None:
        tree = changed(tree, terminology)
    naive = untreated(tree, words, item.start, terminology, excludes=item.kind == "exclusion")
    read_naive, tree = naive != tree, naive
    fragments = unaccounted(text, item.start, item.end, reader.rows, said, reader.grammar.predicates.used)
    if read_naive or isinstance(tree, Not):
        known = leftover()
        fragments = tuple(f for f in fragments if f.text.lower().strip(" -,.;") not in known)
    odd = strange(leaves(tree), terminology)
    fragments += tuple(Fragment(f.start, f.end, text[f.start : f.end], "no known word") for f in odd)
    admin = [leaf for leaf in leaves(tree) if leaf.op == "administrative"]
    status: CriterionStatus
    if tree is None:
        status = "unparsed"
        fragments = (Fragment(item.start, item.end, text[item.start : item.end], "no predicate found"),)
    elif len(admin) == len(leaves(tree)):
        status = "human"
    else:
        status = "partial" if fragments else "parsed"
    return Criterion(
        item.id,
        item.kind,
        text[item.start : item.end],
        item.start,
        item.end,
        status,
        entities(text, reader.rows, mentions, with_concepts(annotations, mentions, terminology)),
        tree,
        unparsed=fragments,
        question=reader.question(admin[0]) if admin and status == "human" else None,
        warnings=tuple(dict.fromkeys(reader.grammar.predicates.notes)),
    )


def _settled(tree: Logic, text: str, item: Item) -> Logic:
    """The tree as read, settled step by step: each sees what the one before left."""
    words = text[item.start : item.end]
    tree = simplified(asking(tree))
    tree = shared(merged(tree, text))
    tree = counted(tree, words, item.start)
    tree = treated(parted(steady(by_equivalent(named(aged(tree, words, item.start), words), words))))
    excludes = item.kind == "exclusion" and not item.disguised
    return eased(tree) if excludes else tightened(tree)


class _Reader:
    """One item: its own words and its entries, put together."""

    def __init__(self, text: str, item: Item, mentions: Sequence[Mention], terminology: Terminology | None) -> None:
        self.text = text
        self.item = item
        self.mentions = mentions
        self.lexicon = lexicon()
        kind: Kind = item.kind
        if item.disguised:
            kind = "exclusion" if item.kind == "inclusion" else "inclusion"
        self.kind: Kind = kind
        self.grammar = Grammar(text, kind, terminology, self.lexicon)
        self.rows: list[list[Chunk]] = []

    def row(self, start: int, end: int) -> list[Chunk]:
        row = chunks(self.text, start, end, self.mentions, self.lexicon)
        self.rows.append(row)
        return straightened(row, self.text, self.grammar.left_out)

    def tree(self) -> Logic | None:
        """The whole item's logic."""
        item = self.item
        if item.aside:
            self.row(item.start, item.end)
            words = " ".join(self.text[item.start : item.end].split())
            return Leaf("administrative", item.start, item.end, words)
        tree = self.node(item.lead.start, item.lead.end, item.children, item.role)
        if item.disguised:
            tree = turned(tree)
        if tree is not None and item.premise:
            premise = self._premise(item.premise)
            if premise is not None and narrows(premise, item.premise):
                tree = If(premise, tree)
        return tree

    def _premise(self, words: str) -> Logic | None:
        at = self.text.rfind(words, 0, self.item.start)
        if at < 0:
            return None
        row = chunks(self.text, at, at + len(words), (), self.lexicon)
        if self.grammar.predicates.terms is not None:
            found = _hits(self.text[at : at + len(words)], self.grammar.predicates.terms)
            row = chunks(self.text, at, at + len(words), [_moved(m, at) for m in found], self.lexicon)
        row = [c for c in row if c.kind not in ("group", "condition", "must")]
        return self.grammar.statement(row)

    def node(self, start: int, end: int, children: Sequence[Node], role: str) -> Logic | None:
        """A lead with its entries."""
        lead = self.row(start, end)
        if not children:
            return self.grammar.block(lead)
        if role == "subject":
            head = [c for c in lead if c.kind not in ("colon", "stop", "mark")]
            under = self._joined(children, lambda n: self._under(head, n), None)
            written = any(c.connector is not None for c in children[:-1])
            terms = self.grammar.predicates.terms
            if isinstance(under, And) and not written and alternatives(lead, None, under, terms):
                return Or(under.args)  # "Diagnosis of:" / "asthma" / "COPD"
            return under
        if role == "premise":
            premise = self.grammar.statement([c for c in lead if c.kind not in ("group", "condition", "must", "colon")])
            then = self._joined(children, self.entry, None)
            words = self.text[start:end]
            opens = next((c.kind for c in lead if c.kind != "scaffold"), "")
            excludes = self.kind == "exclusion" and opens not in ("group", "condition")
            if excludes and premise is not None and then is not None and kinds_of(premise, then):
                return self.grammar.widened(premise, then)  # "significant heart disease:" / "Angina" / "Infarction"
            if premise is None or then is None or not narrows(premise, words):
                self.grammar.left_out(lead)
                return lent(then, lead) if then is not None and not names(lead) else then
            return If(premise, then)
        if role == "topic" or cues().sound.fullmatch(self.text[start:end].strip(" -–—.*")):
            self.grammar.left_out(lead)  # "Adequate organ and marrow function:"
            return self._joined(children, self.entry, None)
        return self._list(strip(lead), children)

    def entry(self, node: Node) -> Logic | None:
        """One entry of a list."""
        return self.node(node.lead.start, node.lead.end, node.children, node.role)

    def _under(self, head: list[Chunk], node: Node) -> Logic | None:
        """An entry that needs its heading to be read: "Age:" / "18 and over"."""
        if node.children and node.role == "premise":
            self.grammar.left_out(head)
            return self.entry(node)  # "Performance status:" / "Under 65 years:" / "ECOG 0-1"
        row = self.row(node.lead.start, node.lead.end)
        limited = bool(row) and row[0].kind == "comparison" and any(c.kind == "term" for c in head)
        own = not limited and any(c.kind in ("term", "age") for c in row)
        if own and head:
            self.grammar.predicates.used.append((head[0].start, head[-1].end))  # a label ("Performance status:")
        whole = row if own else [*head, *row]
        if whole is not row and row and row[0].kind == "sex":
            whole = straightened(whole, self.text, self.grammar.left_out)  # "HDL:" / "Men < 40 mg/dL"
        tree = self.grammar.block(whole)
        for child in node.children:
            tree = join("and" if self.kind == "inclusion" else "or", [tree, self.entry(child)])
        return tree

    def _joined(self, children: Sequence[Node], read, op: str | None) -> Logic | None:  # type: ignore[no-untyped-def]
        """The entries together: by their own connectors, else by ``op``, else by the kind of criterion."""
        written = {c.connector for c in children[:-1] if c.connector is not None}
        trees = [read(child) for child in children]
        if op is None and not written and aged_groups(trees):
            op = "or"
        if op is None and len(written) == 2:
            # "a and / b or / c": "and" binds first
            groups: list[list[Logic | None]] = [[trees[0]]]
            for before, tree in zip(children, trees[1:], strict=False):
                if before.connector == "or":
                    groups.append([tree])
                else:
                    groups[-1].append(tree)
            return join("or", [join("and", group) for group in groups])
        closes = written == {"and"} and len(children) > 2 and sum(c.connector == "and" for c in children) == 1
        if op is None and closes and self.kind == "exclusion":
            op = "or"  # reasons to exclude, one by one, "and" before the last
        chosen = op or next(iter(written), None) or ("and" if self.kind == "inclusion" else "or")
        return join(chosen, trees)

    def _list(self, lead: list[Chunk], children: Sequence[Node]) -> Logic | None:
        """ "At least one of the following:", "including:", or a statement with entries below it."""
        if lead and lead[-1].kind == "bracket" and any(c.kind == "list" for c in lead[-1].inner) and names(lead[:-1]):
            # "metabolic syndrome (at least three of the following)"
            bracket = lead[-1]
            lead = [*lead[:-1], Chunk("definition", bracket.start, bracket.start), *bracket.inner]
        cue = next((i for i, c in enumerate(lead) if c.kind in ("list", "listall", "listnone")), None)
        example = next((i for i, c in enumerate(lead) if c.kind == "example"), None)
        last_example = example is not None and not names(lead[example + 1 :])
        if cue is not None:
            return self._counted(lead, cue, children)
        if (measure := self._measured(lead, children)) is not None:
            return self._joined(children, lambda n: self._under(measure, n), None)
        base = self.grammar.block(lead if not last_example else lead[:example]) if names(lead) else None
        if last_example:
            shown = self._joined(children, self.entry, "or")
            return self.grammar.widened(base, shown) if base is not None and shown is not None else base or shown
        if lead and lead[-1].kind in ("exception", "unless", "negation"):
            entries = self._joined(children, self.entry, "or")
            if lead[-1].kind == "negation":
                return negate(entries)
            if base is not None and entries is not None:
                return spared(base, entries)  # "seizure disorder other than:"
        written = {c.connector for c in children[:-1] if c.connector is not None}
        entries = self._joined(children, self.entry, next(iter(written)) if len(written) == 1 else None)
        terms = self.grammar.predicates.terms
        if isinstance(entries, And) and not written and alternatives(lead, base, entries, terms):
            entries = Or(entries.args)
        if base is None and entries is not None:
            return lent(entries, lead)  # "in the 3 months before screening:"
        if base is None or entries is None:
            return base
        if lead[-1].kind == "definition":
            return self.grammar.defined(base, entries, lead[-1].low)
        if self.kind == "exclusion" and isinstance(base, Leaf) and base.op == "other" and base.concept is None:
            # "Reasons for exclusion:": the entries are what it announces
            self.grammar.left_out(lead)
            return entries
        return join("and" if self.kind == "inclusion" else "or", [base, entries])

    def _measured(self, lead: list[Chunk], children: Sequence[Node]) -> list[Chunk] | None:
        """The measure in "Elevated NT-proBNP:" where each entry is a limit of it ("> 300 pg/mL in sinus rhythm")."""
        named = [c for c in lead if c.kind in ("term", "word")]
        if not named or any(c.comparison is not None for c in lead):
            return None
        if named[0].mention is None or named[0].mention.type != "measurement":
            return None
        for child in children:
            row = chunks(self.text, child.lead.start, child.lead.end, self.mentions, self.lexicon)
            row = row[row[0].kind == "sex" :] if row else row  # "HDL:" / "Men < 40 mg/dL"
            if child.children or not row or row[0].kind != "comparison":
                return None
            limited = row[: next((i for i, c in enumerate(row) if c.kind in ("condition", "group")), len(row))]
            if any(c.mention is not None and c.mention.type == "measurement" for c in limited):
                return None
        self.grammar.left_out([c for c in lead if c not in named])
        return named

    def _counted(self, lead: list[Chunk], cue: int, children: Sequence[Node]) -> Logic | None:
        chunk = lead[cue]
        before = lead[:cue]
        number, count = count_before(before, chunk)
        if number is not None:
            self.grammar.left_out(before[before.index(number) :])
            before = before[: before.index(number)]
        rest = lead[cue + 1 :]
        widens = any(c.kind == "example" for c in before[-4:]) and count == 1 and chunk.kind == "list"
        base = self.grammar.block(before) if names(before) else None
        opening = [] if base is not None else before
        if label(rest) is not None:
            self.grammar.left_out(rest)
            opening = [*opening, *rest]
        elif names(rest):
            base = join("and", [base, self.grammar.block(rest)])
        written = {c.connector for c in children[:-1] if c.connector is not None}
        one = chunk.low.split()[0] in ("one", "any", "at", "either", "1")
        tree: Logic | None
        if chunk.kind == "listall":
            tree = self._joined(children, self.entry, "and")
        elif chunk.kind == "listnone":
            tree = negate(self._joined(children, self.entry, "or"))
        elif count > 1:
            tree = at_least(count, [t for t in (self.entry(c) for c in children) if t is not None])
        else:
            default = "or" if one or number is not None or self.kind == "exclusion" else None
            tree = self._joined(children, self.entry, default if not (written == {"and"} and not one) else "and")
        tree = lent(tree, opening) if tree is not None else None
        if widens and base is not None and tree is not None:
            return self.grammar.widened(base, tree)
        if tree is not None and announces(base):
            self.grammar.left_out(before)
            return tree
        if isinstance(base, Leaf) and tree is not None and any(c.kind == "definition" for c in before[-3:]):
            if isinstance(tree, And):
                return Or((base, tree))  # all of what defines it, and not each
            return self.grammar.widened(base, tree)  # "measurable disease, defined as one of": its name or the rest
        return join("and", [base, tree])

    def question(self, leaf: Leaf) -> str:
        """What to ask a person about an administrative criterion."""
        for row in self.rows:
            for chunk in row:
                if chunk.kind == "administrative" and leaf.start <= chunk.start < leaf.end:
                    ask = self.lexicon.questions.get(chunk.value, "Does this hold?")
                    return f"{ask} “{' '.join(self.text[self.item.start : self.item.end].split())}”"
        return f"Does this hold? “{' '.join(self.text[self.item.start : self.item.end].split())}”"


_ABOUT = frozenset({"age", "sex", "condition", "medication", "pregnancy", "lactation", "behaviour"})


def narrows(premise: Logic, words: str) -> bool:
    """Whether a heading says to whom its criteria apply; "Pathway for research CT" sorts, and says nothing of them."""
    said = leaves(premise)
    about = any(
        leaf.op in _ABOUT and (leaf.concept is not None or leaf.op not in ("condition", "medication")) for leaf in said
    )
    limited = any(leaf.cmp and leaf.concept is not None for leaf in said)
    return about or limited or lexicon().inside["people"].search(words) is not None


def turned(tree: Logic | None) -> Logic | None:
    """The opposite, inside a premise."""
    if isinstance(tree, If):
        then = negate(tree.then)
        return If(tree.premise, then) if then is not None else tree
    return negate(tree)


def _apart(mentions: Sequence[Mention], text: str, terminology: Terminology | None) -> Iterator[Mention]:
    """ "Hepatitis B or C" is two things that a criterion asks for, even where a table has a name for both;
    "symptomatic | heart failure" is a state of one."""
    for mention in mentions:
        state, _, rest = mention.text.partition(" ")
        if terminology is not None and rest and state.lower() in lexicon().turns["state"]:
            inner = [_moved(hit, mention.end - len(rest)) for hit in _hits(rest, terminology)]
            if len(inner) == 1 and (inner[0].start, inner[0].end) == (mention.end - len(rest), mention.end):
                yield inner[0]
                continue
        base, comma, degree = mention.text.rpartition(", ")
        if terminology is not None and comma and degree.lower() in lexicon().turns["severity"]:
            # "alcohol use disorder, | moderate"
            yield from (_moved(hit, mention.start) for hit in _hits(base, terminology))
            continue
        joint = _JOINT.search(mention.text) if terminology is not None else None
        if joint is None:
            yield mention
            continue
        cut, after = mention.start + joint.start(), mention.start + joint.end()
        for start, end in ((mention.start, cut), (after, mention.end)):
            yield from (_moved(hit, start) for hit in _hits(text[start:end], cast("Terminology", terminology)))


def _hits(text: str, terminology: Terminology) -> list[Mention]:
    from matcher.ner.recogniser import Rules

    return next(iter(Rules(terminology).mentions([text])))
