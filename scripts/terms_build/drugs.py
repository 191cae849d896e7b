"""Medicines from FDA's UNII list: names, brands and company codes on the ingredient, salts folded in."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from matcher import resources
from matcher.terms.fold import fold
from matcher.terms.wording import without_suffix
from terms_build.draft import Draft

_TAG = re.compile(r" \[([^\]]+)\]\Z")
_TAGS = resources.toml("terms/catalogues")["unii"]
_SURE, _USUAL = set(_TAGS["sure"]), set(_TAGS["usual"])
_NAME_TAGS = _SURE | _USUAL | set(_TAGS["named"])
_NOT_INGREDIENTS = set(_TAGS["not_ingredients"])
_PLAIN = re.compile(r"[A-Za-z][A-Za-z' -]{3,60}\Z")
_CODE = re.compile(r"[A-Z]{2,6}[- ]?[A-Z]?\d{2,8}(?:-\d{2,5})?[A-Z]?\Z")
_NUMBERED = re.compile(r"(?=.*[A-Za-z]{5})[A-Za-z0-9][A-Za-z0-9' -]{4,28}\Z")
_STEREO = re.compile(
    r"(.+),? ?\([^()]*[-+/RSZE][^()]*\)-?\Z|(.+), (?:dl|d|l|racemic|cis|trans|unspecified(?: form)?)-?\Z", re.I
)


def read_unii(draft: Draft, path: Path) -> None:
    salt_words = sorted((row["word"] for row in resources.rows("terms/salts")), key=len, reverse=True)
    names: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    tags: dict[str, set[str]] = defaultdict(set)
    display: dict[str, str] = {}
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            name, type_, unii, shown = line.rstrip("\n").split("\t")
            found = _TAG.search(name)
            if found:
                tags[unii].add(found[1])
                name = name[: found.start()]
            if type_ != "sys" or found:
                names[unii].append((name, type_, found[1] if found else ""))
            display[unii] = shown
    medicines = {u for u in names if tags[u] & _SURE or ("VANDF" in tags[u] and len(tags[u] & _USUAL) > 1)}
    # what only pharmacopoeias and dictionaries name is a medicine where its salt is one ("morphine")
    bases = {_lower(display[u]): u for u in sorted(names) if u not in medicines and tags[u] & _NAME_TAGS}
    owner_of: dict[str, str] = {}
    for unii in sorted(medicines):
        owner_of[_lower(display[unii])] = unii
    for unii in sorted(medicines):
        for name, type_, tag in names[unii]:
            if type_ == "of" or tag in _SURE:
                owner_of.setdefault(_lower(name), unii)
    for unii in sorted(medicines):  # a copy: the bases join
        step = _stripped(_lower(display[unii]), salt_words, bases, unii)
        if step and _lower(display[step]) not in owner_of:
            medicines.add(step)
            owner_of[_lower(display[step])] = step

    def base(unii: str) -> str:
        """The ingredient that a salt, ester, hydrate or biosimilar belongs to."""
        seen = {unii}
        while True:
            step = _stripped(_lower(display[unii]), salt_words, owner_of, unii)
            if not step or step in seen:
                return unii
            seen.add(step)
            unii = step

    folded = {unii: base(unii) for unii in medicines}
    # a salt that only another list names ("metformin hydrochloride [VANDF]") folds as well, but founds no concept
    for unii in sorted(set(names) - medicines):
        step = _stripped(_lower(display[unii]), salt_words, owner_of)
        if step and (tags[unii] & _NAME_TAGS or any(t == "bn" for _, t, _ in names[unii])):
            folded[unii] = folded[step]
    for unii in sorted(u for u in medicines if folded[u] == u):
        draft.new("UNII:" + unii, "drug", _shown(display[unii].removesuffix(", UNSPECIFIED FORM")), "U")
    for unii in sorted(folded):
        owner = "UNII:" + folded[unii]
        if folded[unii] != unii:
            draft.merge("UNII:" + unii, owner)
        for name, type_, tag in names[unii]:
            keep = (
                (type_ == "bn" and _is_brand(name))
                or ((type_ == "of" or tag in _NAME_TAGS) and (_PLAIN.match(name) or len(name) < 30))
                or (type_ == "cd" and _CODE.match(name))
                or (
                    type_ == "cn" and _PLAIN.match(name) and len(name) < 40 and not name.lower().startswith("component")
                )
            )
            if keep:
                draft.synonym(owner, _shown(name), "U")


def _is_brand(name: str) -> bool:
    return 3 < len(name) < 40 and "COMPONENT" not in name and not name[0].isdigit()


def _lower(name: str) -> str:
    return name.lower().strip()


def _shown(name: str) -> str:
    """UNII writes in capitals; codes ("MK-3475") stay as they are."""
    return name if any(c.isdigit() for c in name) and len(name) < 14 else name.lower()


def _stripped(name: str, salt_words: list[str], owner_of: dict[str, str], own: str = "") -> str | None:
    """The substance whose name is left when the salt is taken off, if it is one."""
    if plain := without_suffix(name):
        return owner_of.get(plain)
    rest = name
    if match := _STEREO.match(name):
        plain = (match[1] or match[2]).rstrip(" ,")
        if owner_of.get(plain, own) != own:
            return owner_of[plain]
    for _ in range(4):
        for word in salt_words:
            if rest.endswith(" " + word):
                rest = rest[: -len(word) - 1].rstrip(" ,")
                break
        else:
            break
        if rest in _NOT_INGREDIENTS or len(rest) < 4:
            return None
        for candidate in (rest, re.sub(r"ate\Z", "ic acid", rest), re.sub(r"e\Z", "", rest) + "ic acid"):
            if owner_of.get(candidate, own) != own and candidate not in _NOT_INGREDIENTS:
                return owner_of[candidate]
    return None


def read_mesh_drugs(draft: Draft, headings: Path, supplement: Path) -> None:
    """MeSH names of substances that are already medicines here; no new ones."""
    for path in (headings, supplement):
        for line in path.read_text("utf-8").splitlines():
            id, name, synonyms, *_ = ([*line.split("\t"), "", ""])[:4]
            owner = draft.by_name.get(fold(name))
            if not owner:
                ids = {i for i in draft.by_synonym.get(fold(name), ()) if draft.entries[i].kind == "drug"}
                owner = ids.pop() if len(ids) == 1 else None
            if not owner or draft.entries[owner].kind != "drug":
                continue
            draft.merge("MESH:" + id, owner)
            for synonym in synonyms.split("|"):
                if _PLAIN.match(synonym) and len(synonym) < 40 and " of " not in synonym:
                    draft.synonym(owner, synonym, "S")
