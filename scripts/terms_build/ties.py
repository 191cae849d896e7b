"""What ties concepts of several sources: other wordings of one disease, and names that begin or end with another's."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict

from matcher import resources
from matcher.terms.fold import SMALL, fold
from matcher.terms.qualified import describes, says_enough
from matcher.terms.wording import apart, bared, rearranged
from terms_build.draft import Draft

_WORDS = resources.toml("terms/catalogues")["diseases"]
_PARTS = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
BRACKETED = re.compile(r" ?\([^()]*\)")
"""What a name has in brackets."""
_JOINED_WORDS = 5
_JOINED_FORMS = 150
_SHORT: dict[str, list[str]] = _WORDS["short"]
_SHORT_WORDS = 3
"""Longer names are not written short."""
_DESCRIBED_WORDS = 7
_RANK = {"MONDO": 0, "HP": 1, "MESH": 2, "ICD10CM": 3}


def join_wordings(draft: Draft) -> int:
    """Diseases that two sources name in other words alone ("Aortic dissection", "Dissection of aorta") become one.

    Returns:
        How many were joined.
    """
    joined = 0
    turned = _turned_names(draft)
    for id in sorted(draft.entries):
        entry = draft.entries.get(id)
        if entry is None or entry.kind != "condition" or id.startswith("MONDO:"):
            continue
        name = fold(entry.name)
        if len(name.split()) > _JOINED_WORDS or any(char.isdigit() for char in name):
            continue
        for form in (name, *itertools.islice(rearranged(name), _JOINED_FORMS)):
            other = draft.by_name.get(form)
            if other in (None, id):
                other = draft.canonical(turned.get(form, ""))
            if not other or other == id or draft.entries[other].kind != "condition" or apart(name, form):
                continue
            kept, gone = sorted((id, other), key=lambda one: (_RANK[one.partition(":")[0]], one))
            draft.join(gone, kept)
            joined += 1
            break
    return joined


def _turned_names(draft: Draft) -> dict[str, str]:
    """Preferred names that a catalogue turns round ("hypogonadism, male"), in their natural order."""
    found: dict[str, str] = {}
    for id, entry in sorted(draft.entries.items()):
        natural = natural_order(fold(entry.name))
        if natural and entry.kind == "condition":
            found.setdefault(natural, id)
    return found


def natural_order(folded: str) -> str:
    """ "male hypogonadism" for "hypogonadism,male"; empty where a name is not turned round."""
    head, comma, rest = folded.partition(",")
    plain = comma and "," not in rest and not any(char.isdigit() for char in folded)
    return f"{rest.strip()} {head.strip()}" if plain else ""


_MORE = re.compile(
    r" (?:with|without|due to|associated with|in(?! situ\b)|following|secondary to|caused by)\b"
    r"|, (?=(?:unilateral|bilateral|right|left|(?:non)?ruptured|without|with|not|in relapse|in remission|recurrent"
    r"|single|acute|chronic|complete)\b[^,]*(?:,[^,]*)?\Z)"
    r"| \("
)
_EXCEPT = re.compile(r"\b(?:without|not|nor|except)\b")


def headed(draft: Draft) -> int:
    """ "Acute bronchitis due to streptococcus" is an acute bronchitis: names of ICD-10-CM that begin with a disease.

    Its chapters say where a code is filed, which is not always below the disease that its name begins with.

    Returns:
        How many gained a parent.
    """
    found = 0
    for id in sorted(draft.entries):
        entry = draft.entries[id]
        if entry.kind != "condition" or not id.startswith("ICD10CM:"):
            continue
        for match in reversed(list(_MORE.finditer(entry.name))):
            front = entry.name[: match.start()]
            head = draft.owner([front], ["condition"])
            if head is None:
                continue
            name = draft.entries[head].name
            sure = " " in fold(front) or fold(name) == fold(front)
            tied = head == id or _is_above(draft, id, head) or _is_above(draft, head, id)
            if sure and not tied and not _EXCEPT.search(name):
                entry.parents.insert(0, head)
                found += 1
            break
    return found


def shorten(draft: Draft) -> int:
    """What clinicians write short at the end of a name: "breast ca", "hip fx", "type 1 DM".

    Returns:
        How many names were added.
    """
    ending: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for id, entry in sorted(draft.entries.items()):
        for name, letters in sorted(entry.names.items()) if entry.kind == "condition" else ():
            first, _, last = name.rpartition(" ")
            if first and last.lower() in _SHORT and name.count(" ") < _SHORT_WORDS:
                ending[last.lower()].append((first, id, letters[0]))
    added = 0
    for last, forms in _SHORT.items():
        for (first, id, source), form in itertools.product(ending[last], forms):
            written = f"{first} {form}"
            if not draft.by_synonym.get(fold(written)) and fold(written) not in draft.by_name:
                draft.synonym(id, written, source)
                added += 1
    return added


def qualified_names(draft: Draft) -> int:
    """ "Neonatal sepsis" is a sepsis, "primary adrenal insufficiency" an adrenal insufficiency.

    Preferred names that are another's behind a qualifier. A word that may mean several things ("fibrosis") is no head.

    Returns:
        How many gained a parent.
    """
    found = 0
    never = set(_WORDS["not_kinds_by"])
    for id in sorted(draft.entries):
        entry = draft.entries[id]
        name = fold(entry.name)
        size = len(_PARTS.findall(name)) if entry.kind == "condition" else 0
        for rest, taken in bared(name) if size else ():
            head = draft.entries.get(draft.by_name.get(rest, ""))
            words = [word for phrase in taken for word in _PARTS.findall(phrase)]
            if head is None or head.id == id or head.kind != "condition" or fold(head.name) != rest:
                continue
            whole = words and len(words) + len(_PARTS.findall(rest)) == size
            tied = _is_above(draft, id, head.id) or _is_above(draft, head.id, id)
            if whole and not tied and says_enough(head.name) and never.isdisjoint(words):
                entry.parents.append(head.id)
                found += 1
            break
    return found


def described_names(draft: Draft) -> list[tuple[str, str]]:
    """ "Warm autoimmune hemolytic anemia" is an autoimmune hemolytic anemia: preferred names that are another's of two
    words or more behind an adjective or a part of the body.

    Returns:
        The names that gained a parent, each with that parent's.
    """
    found = []
    words = _WORDS["kinds"]
    never, telling, heads = (frozenset(map(fold, words[key])) for key in ("never", "telling", "not_heads"))
    for id in sorted(draft.entries):
        entry = draft.entries[id]
        parts = fold(entry.name).split(" ") if entry.kind == "condition" else []
        if not 3 <= len(parts) <= _DESCRIBED_WORDS or any("\n" in part or "," in part for part in parts):
            continue
        for size in range(1, len(parts) - 1):
            first = parts[size - 1]
            if first in never or not (first in telling or describes(first)):
                break
            rest = " ".join(parts[size:])
            head = draft.entries.get(draft.by_name.get(rest, ""))
            if head is None or head.id == id or head.kind != "condition":
                continue
            tied = _is_above(draft, id, head.id) or _is_above(draft, head.id, id)
            if not (tied or rest in heads or parts[-1] in heads or parts[size] in SMALL):
                entry.parents.append(head.id)
                found.append((entry.name, head.name))
            break
    return found


def _is_above(draft: Draft, id: str, other: str) -> bool:
    """Whether ``other`` is among what ``id`` is a kind of."""
    todo, seen = [id], {id}
    while todo:
        for parent in draft.entries[todo.pop()].parents:
            canonical = draft.canonical(parent)
            if canonical == other:
                return True
            if canonical and canonical not in seen:
                seen.add(canonical)
                todo.append(canonical)
    return False


def words_of(name: str) -> frozenset[str]:
    return frozenset(_PARTS.findall(fold(BRACKETED.sub("", name))))


def unlikeness(own: frozenset[str], name: frozenset[str]) -> int:
    """How unlike a name is to the words of the preferred one: 0 with a word in common, 1 without, 2 where the preferred
    one tells a number or a qualifier that the name does not ("simple febrile seizure")."""
    more = own - name
    if any(map(_DIGIT.search, more)) or not more.isdisjoint(_WORDS["narrowing"]):
        return 2
    return int((own & name) <= SMALL)
