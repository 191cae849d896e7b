"""Diseases and findings: MONDO, HPO, DOID, MeSH and ICD-10-CM, joined by their cross-references and names."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from matcher import resources
from matcher.patterns import alternatives
from matcher.terms.fold import SMALL, fold
from matcher.terms.keys import is_acronym
from matcher.terms.wording import bared, qualifiers
from terms_build.draft import Draft
from terms_build.ties import BRACKETED

_WORDS = resources.toml("terms/catalogues")["diseases"]


def _any_of(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(words)})(?!\w)", re.I)


_NOT_A_NAME, _VAGUE, _OTHER = (_any_of(_WORDS[key]) for key in ("not_names", "vague", "others"))
_NO_NAME = re.compile(rf"[\[\]:]|{_any_of(_WORDS['not_in_names']).pattern}", re.I)
_ABBREVIATED = re.compile(r"([A-Z][A-Za-z0-9]{1,6}) - (\w.{5,})\Z")
_MONDO_ROOTS = ("0700096", "0021178")  # human disease, injury
_MONDO_TOP = {"0000001", "0700096"}


def read_mondo(draft: Draft, path: Path) -> None:
    rows = {row["id"]: row for row in json.loads(path.read_text("utf-8"))}
    children = defaultdict(list)
    for id, row in rows.items():
        for parent in row.get("relations", {}).get("is_a", []):
            children[parent].append(id)
    wanted: set[str] = set()
    todo = list(_MONDO_ROOTS)
    while todo:
        id = todo.pop()
        if id not in wanted:
            wanted.add(id)
            todo.extend(children[id])
    for id in sorted(wanted - _MONDO_TOP):
        row = rows[id]
        if _NOT_A_NAME.search(row["name"]):
            continue
        entry = draft.new(f"MONDO:{id}", "condition", row["name"], "M")
        entry.parents = [
            f"MONDO:{p}"
            for p in sorted(row.get("relations", {}).get("is_a", []))
            if p in wanted and p not in _MONDO_TOP
        ]
        for xref in row.get("xrefs", []):
            space, code = xref["namespace"], xref["id"]
            if space in ("DOID", "MESH", "ICD10CM", "HP", "UMLS"):
                prefix = {"DOID": "DOID:", "MESH": "MESH:", "ICD10CM": "ICD10CM:", "HP": "HP:", "UMLS": "UMLS:"}[space]
                entry.xrefs.append(code if code.startswith(prefix) else prefix + code)
    for id in sorted(wanted - _MONDO_TOP):
        key = f"MONDO:{id}"
        if key not in draft.entries:
            continue
        for synonym in rows[id].get("synonyms", []):
            if _NOT_A_NAME.search(synonym):
                continue
            if both := _ABBREVIATED.match(synonym):
                draft.synonym(key, both[1], "M")
                synonym = both[2]
            draft.synonym(key, synonym, "M")
    # a cross-reference that two concepts share joins nothing
    owners: dict[str, list[str]] = defaultdict(list)
    for entry in draft.entries.values():
        for xref in entry.xrefs:
            owners[xref].append(entry.id)
    for xref, ids in owners.items():
        if len(ids) == 1:
            draft.merged[xref] = ids[0]


def read_doid(draft: Draft, path: Path) -> None:
    for row in json.loads(path.read_text("utf-8")):
        owner = draft.canonical(row["id"])
        if not owner:
            owner = draft.owner([row["name"]], ["condition"])
            if owner:
                draft.merge(row["id"], owner)
        if not owner:
            continue
        for name in [row["name"], *row.get("synonyms", [])]:
            if not _NOT_A_NAME.search(name):
                draft.synonym(owner, name, "D")
        for xref in row.get("xrefs", []):
            if xref["namespace"] == "ICD10CM" and not draft.canonical("ICD10CM:" + xref["id"]):
                draft.merge("ICD10CM:" + xref["id"], owner)


def _obo(path: Path) -> Iterator[dict[str, list[str]]]:
    term: dict[str, list[str]] = {}
    inside = False
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            if inside and term:
                yield term
            term, inside = {}, line == "[Term]"
        elif inside and ": " in line:
            key, value = line.split(": ", 1)
            term.setdefault(key, []).append(value)
    if inside and term:
        yield term


_SYNONYM = re.compile(r'"(.*)" (EXACT|BROAD|NARROW|RELATED) ?(\w*)')


def read_hpo(draft: Draft, path: Path) -> dict[str, list[str]]:
    """Phenotypic abnormalities only: no modes of inheritance, no modifiers such as "Mild" or "Onset".

    Returns:
        Names that it calls narrower, by the concept: for `lend` (those that it calls related are often another thing).
    """
    narrow: dict[str, list[str]] = defaultdict(list)
    rows = {row["id"][0]: row for row in _obo(path) if "is_obsolete" not in row}
    children = defaultdict(list)
    for id, row in rows.items():
        for parent in row.get("is_a", []):
            children[parent.split()[0]].append(id)
    wanted: set[str] = set()
    todo = ["HP:0000118"]
    while todo:
        id = todo.pop()
        if id not in wanted:
            wanted.add(id)
            todo.extend(children[id])
    wanted.discard("HP:0000118")
    for id in sorted(wanted):
        row = rows[id]
        name = row["name"][0]
        exact = [m for s in row.get("synonym", []) if (m := _SYNONYM.match(s)) and m[2] == "EXACT"]
        cuis = [x.split()[0] for x in row.get("xref", []) if x.startswith("UMLS:")]
        owner = draft.canonical(id)
        if not owner:
            known = {draft.canonical(cui) for cui in cuis} - {None}
            owner = known.pop() if len(known) == 1 else None
        if not owner:
            owner = draft.by_name.get(fold(name))
        if not owner:
            # one meaning where each has the other's name among its synonyms
            names = {fold(m[1]) for m in exact}
            both = [other for other in draft.by_synonym.get(fold(name), ()) if fold(draft.entries[other].name) in names]
            owner = both[0] if len(both) == 1 else None
        if owner:
            draft.merge(id, owner)
        else:
            owner = id
            draft.new(id, "condition", name, "H")
            draft.entries[id].parents = [p.split()[0] for p in row.get("is_a", []) if p.split()[0] in wanted]
        draft.synonym(owner, name, "H")
        for match in exact:
            if match[3] not in ("obsolete_synonym", "allelic_requirement"):
                draft.synonym(owner, match[1].replace('\\"', '"'), "H")
        narrow[owner] += [
            m[1] for s in row.get("synonym", []) if (m := _SYNONYM.match(s)) and m[2] == "NARROW" and not m[3]
        ]
        for alt in row.get("alt_id", []):
            if not draft.canonical(alt):
                draft.merge(alt, owner)
    return narrow


def read_mesh_diseases(draft: Draft, supplement: Path) -> dict[str, list[str]]:
    """Names in MeSH's supplement of diseases that another source cross-refers to, by the concept: for `lend`."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in supplement.read_text("utf-8").splitlines():
        id, name, synonyms, *_ = ([*line.split("\t"), "", ""])[:4]
        owner = draft.canonical("MESH:" + id)
        if owner and draft.entries[owner].kind == "condition":
            found[owner] += [other for other in (name, *synonyms.split("|")) if other]
    return found


def lend(draft: Draft, names: dict[str, list[str]], source: str) -> int:
    """Give concepts the names that no concept has.

    Returns:
        How many names were given.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    written: dict[str, str] = {}
    for id, others in sorted(names.items()):
        for name in others:
            folded = fold(name)
            known = folded in draft.by_name or folded in draft.by_synonym
            if not known and not is_acronym(name) and not _NOT_A_NAME.search(name) and not _VAGUE.search(name):
                owner = draft.canonical(id)
                wanted[folded].add(owner or id)
                written[folded] = name
    sure = {folded: owners.pop() for folded, owners in wanted.items() if len(owners) == 1}
    for folded, owner in sorted(sure.items()):
        draft.synonym(owner, written[folded], source)
    return len(sure)


def read_mesh(draft: Draft, path: Path) -> None:
    """MeSH diseases (tree C, F03) and procedures (E01, E02, E04); headings already known lend their entry terms."""
    rows: dict[str, tuple[str, list[str], list[str]]] = {}
    for line in path.read_text("utf-8").splitlines():
        id, name, others, trees = ([*line.split("\t"), "", "", ""])[:4]
        places = [t for t in trees.split("|") if t]
        if any((t[:1] == "C" and t[:3] != "C22") or t[:3] in ("F03", "E01", "E02", "E04") for t in places):
            rows[id] = (name, [s for s in others.split("|") if s], places)
    place_of = {place: id for id, (_, _, places) in rows.items() for place in places}
    for id, (name, synonyms, places) in sorted(rows.items()):
        kind = "procedure" if all(p[0] == "E" for p in places) else "condition"
        owner = _crossed(draft, "MESH:" + id, name, kind)
        if not owner:
            owner = draft.owner([name, _turned(name)], [kind]) or draft.owner(
                [s for s in synonyms if len(s) > 8][:4], [kind]
            )
            if owner and kind == "condition" and not _same_word(draft, owner, [name, *synonyms]):
                # a heading that is a synonym there, of a concept that no other heading stands for
                claimed = any(x.startswith("MESH:") for x in draft.entries[owner].xrefs)
                owner = owner if not claimed and owner == draft.owner([name, _turned(name)], [kind]) else None
            if owner:
                draft.merge("MESH:" + id, owner)
        if not owner:
            owner = "MESH:" + id
            entry = draft.new(owner, kind, _turned(name), "S")
            draft.synonym(owner, name, "S")
            for place in places:
                parent = place_of.get(place.rpartition(".")[0])
                if parent and parent != id:
                    entry.parents.append("MESH:" + parent)
        for synonym in [name, *synonyms]:
            draft.synonym(owner, synonym, "S")


def _crossed(draft: Draft, id: str, name: str, kind: str) -> str | None:
    """The concept that names a heading among its cross-references, unless the heading's name belongs to another one."""
    owner = draft.canonical(id)
    if owner is None:
        return None
    entry = draft.entries[owner]
    wrong = (fold(name), fold(entry.name)) in draft.not_names
    known = {fold(other) for other in entry.names}
    better = None
    if not wrong and known.isdisjoint({fold(name), fold(_turned(name))}):
        better = draft.owner([name, _turned(name)], [kind])  # MONDO gives "Seizures" to one kind of epilepsy
    if not wrong and better in (None, owner):
        return owner
    del draft.merged[id]
    entry.xrefs = [other for other in entry.xrefs if other != id]
    if better:
        draft.merge(id, better)
    return better


def _without_brackets(name: str) -> list[str]:
    """ "Ulcerative (chronic) proctitis" → "Ulcerative proctitis", "Ulcerative chronic proctitis"."""
    if not name.startswith("(") and BRACKETED.search(name):
        return [BRACKETED.sub("", name), re.sub(r"[()]", "", name)]
    return []


def _kinds_of(draft: Draft, key: str, notes: list[str], above: str | None) -> None:
    """The diseases that a category of "other" ones includes: each is one of its own."""
    for note in notes:
        note = re.sub(r" NOS\Z", "", note).strip()
        plain = not _VAGUE.search(note) and not _NO_NAME.search(note) and 8 < len(note) < 60
        if not plain or draft.owner([note, *_without_brackets(note)], ["condition"]):
            continue
        id = f"{key}#{re.sub(r'[^a-z0-9]+', '-', note.lower()).strip('-')}"
        names = [*_without_brackets(note), note]
        draft.new(id, "condition", names[0], "I").parents = [above] if above else []
        for name in names[1:]:
            draft.synonym(id, name, "I")


def _turned(name: str) -> str:
    """ "Diabetes Mellitus, Type 2" → "Type 2 Diabetes Mellitus"."""
    head, comma, rest = name.partition(", ")
    return f"{rest} {head}" if comma and "," not in rest else name


def _same_word(draft: Draft, owner: str, names: list[str]) -> bool:
    folded = {fold(n) for n in names}
    return fold(draft.entries[owner].name) in folded


def _included(draft: Draft, code: str, owner: str, term: str) -> None:
    """An inclusion term: a name where another source says so or it shares a word with one, else a kind of it.

    ICD-10-CM's conventions: the terms "may be synonyms of the code title" or conditions that the code is used for
    (abscess of gallbladder under acute cholecystitis).
    """
    folded, entry = fold(term), draft.entries[owner]
    if (folded, fold(entry.name)) in draft.not_names:
        return
    own = {word for name in entry.names for word in _weighty(fold(name))}
    if owner in draft.by_synonym.get(folded, ()) or not own.isdisjoint(_weighty(folded)):
        draft.synonym(owner, term, "I")
    elif draft.by_name.get(folded, "").startswith("ICD10CM:"):
        draft.entries[draft.by_name[folded]].parents.append(owner)
    elif folded not in draft.by_name and folded not in draft.by_synonym:
        kind = draft.new(f"{code}#{folded.replace(' ', '-')}", "condition", term, "I")
        kind.parents, kind.meek = [owner], True


def _weighty(folded: str) -> frozenset[str]:
    return frozenset(folded.split()) - SMALL - qualifiers().keys()


def read_icd(draft: Draft, path: Path) -> None:
    """ICD-10-CM categories and their codes of up to five characters, without injuries' and causes' detail."""

    def walk(node: ElementTree.Element, above: str | None) -> None:
        code = node.findtext("name") or ""
        desc = (node.findtext("desc") or "").strip()
        notes = [n.text or "" for part in ("inclusionTerm",) for t in node.findall(part) for n in t.findall("note")]
        key = "ICD10CM:" + code
        plain = re.sub(r",? unspecified\Z| NOS\Z", "", desc)
        owner = draft.canonical(key)
        if not owner and not _VAGUE.search(plain):
            owner = draft.owner(
                [plain, *_without_brackets(plain), *[n for n in notes if not _VAGUE.search(n)][:1]], ["condition"]
            )
            if owner:
                draft.merge(key, owner)
        if not owner and plain != desc and above:
            owner = above  # "asthma, unspecified" says no more than asthma
            draft.merge(key, above)
        detail = len(code.replace(".", "")) - 3
        most = (1 if code[0] == "S" else 0) if code[0] in "ST" else 2
        if not owner and not _VAGUE.search(desc) and code[0] not in "VWXYZ" and detail <= most:
            owner = key
            head = next((draft.by_name[rest] for rest, _ in bared(fold(desc)) if rest in draft.by_name), None)
            parents = [head] if head and draft.entries[head].kind == "condition" and head != key else []
            draft.new(key, "condition", desc, "I").parents = [*parents, above] if above else parents
        if owner and owner != above:
            for note in notes if not _OTHER.search(desc) else ():  # kinds of "other …" are no names of one another
                note = re.sub(r" NOS\Z", "", note).strip()
                if not _VAGUE.search(note) and len(note) < 70 and "[" not in note:
                    for name in [note, *_without_brackets(note)]:
                        _included(draft, key, owner, name)
            if not _VAGUE.search(plain):
                for name in [plain, *_without_brackets(plain)]:
                    draft.synonym(owner, name, "I")
        elif _OTHER.search(desc) and "unspecified" not in desc and code[0] not in "OPSTVWXYZ":
            _kinds_of(draft, key, notes, owner or above)
        for child in node.findall("diag"):
            walk(child, owner or above)

    for section in ElementTree.parse(path).getroot().iter("section"):
        for node in section.findall("diag"):
            walk(node, None)
