"""A term among the words that qualify it: those before ("HER2-negative advanced"), those after ("requiring dialysis").

Every word that is taken off is one that `normalise.toml` knows as a qualifier, a marker or a step of a scale; the rest
must be a name. What stands after a name is taken off whole, from a word on with which such an addition may begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from matcher.patterns import alternatives
from matcher.terms.fold import JOINING, SMALL, fold
from matcher.terms.wording import fold_all, numbered, qualifiers, rules, trailing, variants

if TYPE_CHECKING:
    from matcher.terms.terminology import Terminology

LONGEST = 200
"""Characters; nobody writes a longer name."""
_SHORT = 60
_SHORT_ING = 5
_FRONTS = 8
_SPAN = 6
_STEP = r"(?:[ivx]{1,4}[abc]?\d?|\d{1,3}[a-d]?\+?|[a-d]\d{0,2}|[fgtnm]\d[a-d]?)"
_STEPS = re.compile(rf"\(?{_STEP}(?:[-–/]{_STEP})*[,)]*\Z", re.I)
_PLUS = re.compile(r"\(?\d\+")
""" "2+ to 3+" aortic insufficiency: a degree by itself."""
_TNM = re.compile(r"[pcyr]{0,2}T(?:a|is|IS|x|X|[0-4][a-d]?)(?:[pcyr]?N[xX0-3][a-c]?)?(?:[pc]?M[xX01][a-c]?)?[,)]*\Z")
_SEVERAL_STEPS = re.compile(r"\w[-–/]\w")
_JOINS = JOINING | {"and/or", "/", "&"}
_SCALES = frozenset({"score", "stage"})
_THINGS = frozenset({"condition", "drug", "procedure", "measurement", "device", "observation"})
_BEFORE = frozenset({"condition", "procedure", "device", "drug"})
_ANTIBODY = re.compile(r"anti-[A-Z][A-Za-z]*[A-Z0-9]\w*\Z")
""" "anti-LGI1" encephalitis: an antibody tells the kind of the disease."""
_WORD = re.compile(r"\S+")
_COMMA = (",", ";", ":", " -", " –")


@cache
def _states() -> tuple[str, ...]:
    return tuple(sorted((state.lower() for state in rules()["markers"]["states"]), key=len, reverse=True))


@cache
def _compound() -> re.Pattern[str]:
    """ "platinum-resistant", "antibody-mediated": any word with an ending that makes a qualifier of it."""
    endings = alternatives(rules()["compounds"]["endings"])
    beginnings = alternatives(rules()["compounds"]["beginnings"])
    return re.compile(rf"(?!(?:{beginnings})-)[^\s,;:()]{{2,40}}-(?:{endings})\Z", re.I)


def _ends_compound(word: str) -> bool:
    return word.lower().rpartition("-")[2] in rules()["compounds"]["endings"]


@cache
def _variant() -> re.Pattern[str]:
    """What is said of the change in a gene."""
    words = alternatives(rules()["markers"]["variants"])
    return re.compile(rf"(?:[ -](?:(?:{words})(?: ?\d+(?:[-/]\d+)*)?|[A-Z]\d+[A-Z]?(?:/[A-Z])?))+\Z")


def sites() -> frozenset[str]:
    """Folded words for a part of the body, which qualify some diseases ("facial acne"), not all."""
    return fold_all("sites", "words")


def only_sites(text: str) -> bool:
    """Nothing but parts of the body: "of the face or scalp"."""
    words = [word for word in fold(text).split() if word not in SMALL]
    return bool(words) and all(word in sites() or word in variants(wider=True) for word in words)


@cache
def _prefixed() -> re.Pattern[str]:
    """ "post-stroke", "non-variceal", "postinfectious": when a disease came, or what it has not."""
    prefixes, never = (alternatives(rules()["compounds"][key]) for key in ("prefixes", "not_prefixed"))
    endings = alternatives(rules()["adjectives"]["endings"])
    return re.compile(rf"(?!(?:{never})\Z)(?:{prefixes})(?:-\w[^\s,;:()]+|[a-z]{{3,}}(?:{endings}))\Z", re.I)


@cache
def _measure() -> re.Pattern[str]:
    """ "4.0-5.4 cm", "50-99%", "≥ 50% of …": a value, by its unit or by a comparison."""
    units = alternatives(rules()["after"]["units"])
    number = r"\d+(?:[.,]\d+)?"
    return re.compile(rf"\(?(?:[<>≥≤=~±]+ ?{number}|{number}(?:(?: ?[-–] ?| to ){number})? ?(?:{units})(?!\w))", re.I)


@cache
def _openers() -> re.Pattern[str]:
    """What a name may go on with."""
    table = rules()["after"]
    phrases = alternatives(table["phrases"])
    never = alternatives(table["not_before"])
    return re.compile(rf"(?:{phrases})(?:\Z|(?= (?!(?:{never})\b)))", re.I)


@cache
def _behind() -> re.Pattern[str]:
    """What binds further words to a qualifier that stands after a name ("inadequately controlled with …")."""
    phrases = alternatives(rules()["after"]["binding"])
    return re.compile(rf"(?:{phrases}) ", re.I)


@cache
def _participle() -> re.Pattern[str]:
    """ "arising from", "dependent on": a word of such a form, and what binds further words to it."""
    endings = alternatives(rules()["after"]["participles"])
    binding = alternatives(p for p in rules()["after"]["binding"] if p != "of")
    return re.compile(rf"[a-z-]{{3,}}(?:{endings}) (?:{binding}) ", re.I)


@cache
def _adjective() -> re.Pattern[str]:
    """A word that can only say more of the name that it stands before."""
    table = rules()["adjectives"]
    endings, beginnings = alternatives(table["endings"]), alternatives(table["beginnings"])
    return re.compile(rf"(?!(?:{beginnings}))[a-z-]{{3,}}(?:{endings})(?<!ment)\Z")


def says_enough(name: str) -> bool:
    """A name of several words, or a word that names a disease by its form ("spondylolisthesis", not "stenosis")."""
    table = rules()["adjectives"]
    forms = {name.lower(), fold(name)}
    ends = any(word.endswith(tuple(table["specific"])) for word in forms)
    return " " in name or (ends and forms.isdisjoint(table["generic"]))


def describes(word: str) -> bool:
    """A folded word that by its form, or as a part of the body, says more of the name behind it."""
    return bool(_adjective().match(word) and word not in fold_all("adjectives", "not")) or word in sites()


def may_be_person(word: str) -> bool:
    """A word that by its form and the tables is no adjective and no part of the body."""
    return not _adjective().match(word.lower()) and fold(word) not in variants(wider=True)


class Words:
    """The words of a term, and where in it they stand."""

    def __init__(self, text: str, terminology: Terminology) -> None:
        self.text = text
        self.terminology = terminology
        self.spans = [match.span() for match in _WORD.finditer(text)]
        self.words = [text[start:end].strip(",;:") for start, end in self.spans]
        self._elements: dict[int, int] = {}
        self._last_step: int | None = None

    def element(self, at: int) -> int:
        """The place after the qualifier, marker or step that begins with word ``at``; ``at`` itself where none does."""
        if at not in self._elements:
            self._elements[at] = self._element(at)
        return self._elements[at]

    def _element(self, at: int) -> int:
        if graded := self._graded(at) or self._scaled(at):
            return graded
        most = min(len(self.words), at + _SPAN)
        known = qualifiers()
        for end in range(most, at, -1):
            if fold(self._between(at, end)) in known:
                return end
        word = self.words[at]
        if _compound().match(word) or _prefixed().match(word) or _ANTIBODY.match(word) or fold(word) in sites():
            return at + 1
        if self._adverb(at) and at + 2 < len(self.words) and (end := self.element(at + 1)) > at + 1:
            return end  # "heavily treatment-experienced"
        if word.endswith("-") and at + 2 < len(self.words) and self.words[at + 1].lower() in _JOINS:
            return at + 1 if self.element(at + 2) > at + 2 else at  # "intermediate- or poor-risk"
        return self._marked(at) or self._linked(at) or at

    def elements(self, at: int) -> int:
        """The place after all qualifiers that follow one another from word ``at`` on, also when joined."""
        place = at
        while place < len(self.words):
            start = place + 1 if place > at and self.words[place].lower() in _JOINS else place
            end = self.element(start) if start < len(self.words) else start
            if end == start:
                break
            place = end
        return place

    def _between(self, start: int, end: int) -> str:
        return self.text[self.spans[start][0] : self.spans[end - 1][1]].strip(" ,;:")

    def _adverb(self, at: int) -> bool:
        word = self.words[at].lower()
        return word.endswith(rules()["after"]["adverb"]) and word not in rules()["after"]["not_adverb"]

    def _steps(self, at: int) -> int:
        """The place after numbers of a scale ("III or IV", "2-4") from ``at`` on; 0: none."""
        words = self.words
        if at >= len(words) or not _STEPS.match(words[at]):
            return 0
        end = at + 1
        while end < len(words):
            joined = words[end].lower() in _JOINS
            if not joined and self.text[self.spans[end - 1][1] - 1] != ",":
                break
            if end + joined >= len(words) or not _STEPS.match(words[end + joined]):
                break
            end += 1 + joined
        if end + 1 < len(words) and self._between(end, end + 2).lower() in rules()["numbered"]["and_more"]:
            end += 2  # "stage II or greater"
        return end

    def _graded(self, at: int) -> int:
        word = self.words[at].lower()
        if _PLUS.match(word):
            return self._steps(at)
        if _TNM.match(self.words[at]):
            return at + 1
        if fold(word) in numbered() or word in rules()["numbered"]["several"]:
            return self._steps(at + 1)
        end = self._steps(at + 1) if word in rules()["numbered"]["one"] else 0
        if end == at + 2 and _SEVERAL_STEPS.search(self.words[at + 1]):
            return end  # "type I/II"
        return end if end > at + 2 else self._untyped(at) if end else 0  # one type is mostly a disease of its own

    def _scaled(self, at: int) -> int:
        """ "NYHA class III", "Child-Pugh A", "WHO functional class II-III", "Los Angeles grade C or D"."""
        if not self._has_step(at + 1):
            return 0
        grades = rules()["numbered"]["steps"]
        for end in range(at + 1, min(len(self.words), at + 4)):
            if not self.words[end - 1][:1].isupper():
                break
            if self.words[end].lower() in grades and (steps := self._steps(end + 1)):
                return steps
        for end in range(min(len(self.words), at + _SPAN), at, -1):
            name = self._between(at, end)
            ids = self.terminology.lookup(name) if len(name) > 2 else ()
            if not any(self.terminology.kind(id) in _SCALES for id in ids):
                continue
            after = end
            while after < len(self.words) and self.words[after].lower() in grades:
                after += 1
            if steps := self._steps(after):
                return steps
        return 0

    def _has_step(self, at: int) -> bool:
        """Whether a word from ``at`` on may be a step of a scale."""
        if self._last_step is None:
            self._last_step = max((n for n, word in enumerate(self.words) if _STEPS.match(word)), default=-1)
        return at <= self._last_step

    def _marked(self, at: int) -> int:
        """ "EGFR-mutated", "hormone receptor positive", "BRAF V600E-mutant", "KRAS"."""
        for end in range(at + 1, min(len(self.words), at + 5) + 1):
            said = self._between(at, end)
            marker = _without_state(said)
            if marker and self._is_marker(marker):
                return end
        word = self.words[at]
        return at + 1 if word[:1].isupper() and self._is_marker(word) and at + 1 < len(self.words) else 0

    def _linked(self, at: int) -> int:
        """ "hepatitis B virus-related": a name of several words in a qualifier."""
        for end in range(at + 2, min(len(self.words), at + 5) + 1):
            if _compound().match(self.words[end - 1]):
                return end if self.terminology.lookup(self._between(at, end).rpartition("-")[0]) else 0
        return 0

    def _is_marker(self, text: str) -> bool:
        parts = [_without_state(part.strip()) or part.strip() for part in re.split(r"/|,? and |,? or |, ", text)]
        parts = [_variant().sub("", part) for part in parts]  # "EGFR exon 20 insertion"
        found = [self.terminology.lookup(part) for part in parts if part and not part.isdigit()]
        return bool(found) and all(any(self.terminology.kind(id) == "biomarker" for id in ids) for ids in found)

    # ------------------------------------------------------------ before a name, after a name

    def peeled(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(rest, what was taken off before it), the least taken off first."""
        at = 0
        taken: list[str] = []
        while at < len(self.words):
            start = at + 1 if taken and self.words[at].lower() in _JOINS else at
            end = self.element(start) if start < len(self.words) else start
            if end in (start, len(self.words)):
                return
            taken.append(self._between(start, end))
            at = end
            if self.words[at].lower() in SMALL - _JOINS:
                return  # "stage 3 with diabetes": what was taken off is the head
            yield self.text[self.spans[at][0] :], tuple(taken)

    def adjectives(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(name of two words or more, adjectives taken off that no table knows), the least taken off first."""
        others = fold_all("adjectives", "not")
        for at, word in enumerate(self.words[:-2]):
            if fold(word) in others or not _adjective().match(word.lower()) or self.words[at + 1].lower() in SMALL:
                return
            if at + 3 == len(self.words) and fold(self.words[-1]) in trailing():
                return  # "vascular disease" is a group, no name
            yield self.text[self.spans[at + 1][0] :], tuple(self.words[: at + 1])

    def bare(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(a name that says enough, what was taken off that no table knows together with it), the least first.

        Taken off are adjectives, parts of the body and other things ("Parkinson disease psychosis"): what stands before
        a noun in English says more of it.
        """
        others = fold_all("adjectives", "not")
        at = 0
        while at < len(self.words) - 1:
            word = self.words[at]
            if fold(word) in others:
                return
            end = max(self._thing(at), self.element(at))
            if end == at and not (
                fold(word) in variants(wider=True) or (_adjective().match(word.lower()) and self._is_word(word))
            ):
                return
            at = max(end, at + 1)
            if at >= len(self.words) or self.words[at].lower() in SMALL:
                return
            left = len(self.words) - at
            if left == 1 and not says_enough(self.words[at]):
                return
            if left == 2 and fold(self.words[-1]) in trailing():
                return  # "vascular disease" is a group, no name
            yield self.text[self.spans[at][0] :], (self._between(0, at),)

    def _is_word(self, word: str) -> bool:
        """A known word, not one misspelt."""
        return all(self.terminology.is_word(part) or len(part) < 4 for part in fold(word).split())

    def _thing(self, at: int) -> int:
        """The place after the longest name that begins with word ``at``, does not end the term and may qualify one.

        Another disease, a procedure or a device ("TAVR endocarditis"), a drug ("lithium nephropathy").
        """
        if any(_openers().match(self.text, start) for start, _ in self.spans[at + 1 :]):
            return at  # "geographic atrophy secondary to AMD": the first is the head
        for end in range(min(len(self.words) - 1, at + _SPAN), at, -1):
            name = self._between(at, end)
            ids = self.terminology.lookup(name) or self.terminology.lookup(f"{name} infection")  # the agent of it
            if ids and self.terminology.kind(ids[0]) in _BEFORE:
                return end
        return at

    def without_step(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(the term without a numbered word amidst it, that word): "hepatitis C genotype 1 infection"."""
        for at in range(1, len(self.words) - 1):
            end = self._graded(at)
            if 0 < end < len(self.words):
                yield f"{self._between(0, at)} {self.text[self.spans[end][0] :]}", (self._between(at, end),)
                return

    def fronts(self) -> Iterator[tuple[str, str]]:
        """(front, what may be an addition to it), the longest front first."""
        found = 0
        for at in range(len(self.words) - 1, 0, -1):
            if self.words[at - 1].lower() not in SMALL and self._opens(at):
                yield self.text[: self.spans[at][0]].rstrip(" ,;:-–"), self.text[self.spans[at][0] :]
                found += 1
                if found >= _FRONTS:
                    return

    def _opens(self, at: int) -> bool:
        rest = self.text[self.spans[at][0] :]
        if self.words[at].lower() in _JOINS:
            return False
        if _STEPS.match(self.words[at]) and _STEPS.match(self.words[at - 1]):
            return False  # amidst "type I, III or IV"
        if _openers().match(rest) or _participle().match(rest) or _measure().match(rest):
            return True
        if self.words[at].lower() == "of" and at > 1:
            return True  # a name of two words has its "of" behind it ("carotid stenosis of 50-99 %")
        if self._steps(at + 1) == len(self.words) and self._is_classification(self.words[at]):
            return True  # "CEAP C3-C6", "Hurley III"
        if len(self.words) - at == 2 and self.words[at].isupper() and _without_state(rest):
            return True  # "HPV positive"
        end = self.elements(at)
        if end == len(self.words):
            return self.words[at - 1].lower() not in _JOINS
        if end > at and _behind().match(self.text[self.spans[end][0] :]):
            return True
        table = rules()["after"]
        if end == len(self.words) - 1 > at and self._adverb(end):
            return True
        word = self.words[at].lower()
        if (
            word.endswith(table["ing"])
            and len(word) > _SHORT_ING
            and at + 1 < len(self.words)
            and word not in table["not_ing"]
        ):
            return True
        before = self.text[: self.spans[at][0]].rstrip()
        if not before.endswith(_COMMA):
            return False
        if len(rest) < _SHORT and (_without_state(rest) or _ends_compound(self.words[-1])):
            return True  # ", CPAP-intolerant", ", CPAP intolerant"
        if len(rest) < _SHORT and (_measure().search(rest) or self._only_adjectives(at)):
            return True
        return not any(self.terminology.kind(id) in _THINGS for hit in self.terminology.find(rest) for id in hit.ids)

    def _is_classification(self, word: str) -> bool:
        """A word of capitals, or a name that no table has."""
        if len(word) < 3 or _STEPS.match(word) or not word[:1].isupper():
            return False
        return word.isupper() or (may_be_person(word) and not self.terminology.lookup(word))

    def _only_adjectives(self, at: int) -> bool:
        """Whether nothing but qualifiers and adjectives is left: ", idiopathic or diabetic"."""
        while at < len(self.words):
            if self.words[at].lower() in _JOINS or _adjective().match(self.words[at].lower()):
                at += 1
            elif (end := self.element(at)) > at:
                at = end
            else:
                return False
        return True

    def _untyped(self, at: int) -> int:
        """The place after "type II" where no type of the disease is one of its own ("achalasia type II"); 0: none."""
        end = at + 2
        if end > len(self.words) or not _STEPS.match(self.words[at + 1]):
            return 0
        before = [self._between(start, at) for start in range(max(0, at - _SPAN), at)]
        after = [self._between(end, stop) for stop in range(len(self.words), end, -1)]
        look = self.terminology.lookup_folded
        name = next((name for name in map(fold, before or after) if look(name)), "")
        if not name or self.terminology.kind(look(name)[0]) != "condition":
            return 0
        kinds = rules()["numbered"]["kinds"]
        named = any(
            look(f"{name} type {kind}") or look(f"{name} {kind}") or look(f"type {kind} {name}") for kind in kinds
        )
        return 0 if named else end


def _without_state(text: str) -> str:
    """A marker without what is said of it; empty where nothing is said of it."""
    lower = text.lower()
    for state in _states() if lower.endswith(_states()) else ():
        if lower.endswith(state) and len(text) > len(state) + 1 and lower[-len(state) - 1] in " -":
            return text[: -len(state) - 1].rstrip(" -")
    return text[:-1].rstrip() if text[-1:] in "+-" and len(text) > 2 else ""
