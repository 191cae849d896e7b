"""``match terms WORD...``: what each term means here, and why."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from matcher.cli import common

EXAMPLE = 'Example: match terms T2DM "heart attack" Eliquis --format jsonl'
FORMATS = ("table", "jsonl", "json")


def terms(
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Terms; quote those of several words.")],
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "table",
    output: common.Output = None,
    context: Annotated[
        str, typer.Option("--context", metavar="TEXT", help="Words around the term, to choose between its senses.")
    ] = "",
    config: common.Config = None,
    quiet: common.Quiet = False,
    verbose: common.Verbose = False,
) -> int:
    """Show what each WORD means here and why: its concept, how it was found, its parents, synonyms and sources."""
    from matcher.run import output as outputs

    common.choice("--format", format, FORMATS)
    site = common.site(config) or None
    outputs.check(output)
    objects = [describe(word, context, site) for word in words]
    if format == "jsonl":
        lines = [json.dumps(item, ensure_ascii=False) for item in objects]
    elif format == "json":
        lines = [json.dumps(objects, ensure_ascii=False, indent=2)]
    else:
        lines = ["\n\n".join(map(_table, objects))]
    with outputs.opened(output) as stream:
        stream.write(("\n".join(lines) + "\n").encode("utf-8", "replace"))
    return 0


def describe(word: str, context: str = "", site: dict[str, Any] | None = None) -> dict[str, Any]:
    """One object of ``match.terms/1``, with the other names, codes and sources of the concept added."""
    from matcher import terms as terminology

    table = terminology.load(site)
    found = table.normalise(word, context, several=True)
    out: dict[str, Any] = {
        "schema": "match.terms/1",
        "word": word,
        "how": found.how,
        "score": found.score,
        "concept": None,
        "ancestors": [],
        "rivals": [_concept(rival) for rival in found.rivals],
        "qualifiers": list(found.qualifiers),
        "site": found.site,
    }
    if found.also:
        out["also"] = [_concept(other) for other in found.also]
    if found.concept is not None:
        id = found.concept.id
        names = table.names(id)
        out["concept"] = _concept(found.concept)
        out["kind"] = table.kind(id)
        out["parents"] = [_concept(parent) for parent in table.parents(id)]
        out["ancestors"] = [_concept(above) for above in table.ancestors(id)]
        out["synonyms"] = [{"name": name, "source": source} for name, source in names]
        out["codes"] = list(table.codes(id))
    return out


def _concept(concept: Any) -> dict[str, str]:
    return {"system": concept.system, "id": concept.id, "name": concept.name}


_HOW = {
    "exact": "as the tables write it",
    "abbreviation": "an abbreviation",
    "inflection": "in other words or another spelling",
    "several": "one of several that it names",
    "fuzzy": "a misspelling",
    "none": "no table has it",
}


def _table(item: dict[str, Any]) -> str:
    head = f"{item['word']}: "
    lines = []
    if item["concept"] is None:
        lines.append(head + "no concept (" + _HOW["none"] + ")")
    else:
        concept = item["concept"]
        lines.append(f"{head}{concept['name']}  [{concept['id']}, {item['kind']}]")
        lines.append(f"  found      {_HOW[item['how']]}, score {item['score']:.2f}")
        if item["qualifiers"]:
            lines.append(f"  taken off  {', '.join(item['qualifiers'])}")
        if item["site"]:
            lines.append(f"  rests on   {item['site']}")
        if item["ancestors"]:
            lines.append(f"  is a       {_some([a['name'] for a in item['ancestors']], 12)}")
        lines.append(f"  names      {_some([s['name'] for s in item['synonyms'][1:]], 12)}")
        sources = sorted({source for entry in item["synonyms"] for source in _sources(entry["source"])})
        lines.append(f"  sources    {_some(sources, 8)}")
        if item["codes"]:
            lines.append(f"  codes      {_some(item['codes'], 8)}")
    if item.get("also"):
        lines.append("  and also   " + "; ".join(f"{other['name']} [{other['id']}]" for other in item["also"]))
    if item["rivals"]:
        lines.append("  or         " + "; ".join(f"{r['name']} [{r['id']}]" for r in item["rivals"]))
    return "\n".join(lines)


def _sources(said: str) -> list[str]:
    """Each source by itself: a name that several public vocabularies give has them all in one string."""
    from matcher import terms as terminology

    public = terminology.load().releases()
    parts = said.split(", ")
    return parts if all(part in public for part in parts) else [said] if said else []


def _some(items: list[str], most: int) -> str:
    more = len(items) - most
    return "; ".join(items[:most]) + (f"; and {more} more" if more > 0 else "") if items else "–"
