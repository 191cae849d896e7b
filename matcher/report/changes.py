"""What changed between two screenings of one patient, and why. Pure: contract objects in, a contract object out."""

from __future__ import annotations

from typing import Any

SCHEMA = "match.diff/1"
Row = dict[str, Any]


def changes(before: Row | None, after: Row | None, everything: bool = False) -> Row | None:
    """The change of one patient and protocol as match.diff/1; None where nothing changed that a reader must know.

    A patient has changed whose verdict changed, or of whom a criterion was added, removed, reworded or decided
    otherwise (verdict or basis). ``everything``: other reasons or quotes for the same verdict count, too.
    """
    if before is None or after is None:
        return _one_sided(before, after)
    criteria = [c for pair in paired(before["criteria"], after["criteria"]) if (c := criterion(*pair, everything))]
    same = before["verdict"] == after["verdict"] and before["verdict_basis"] == after["verdict_basis"]
    if same and not criteria:
        return None
    why = list(dict.fromkeys(reason for c in criteria for reason in c["why"]))
    if before["as_of"] != after["as_of"]:
        why.append(f"screened as of {after['as_of']}, before {before['as_of']}")
    return {
        "schema": SCHEMA,
        "protocol_id": after["protocol_id"],
        "patient_id": after["patient_id"],
        "change": "changed",
        "before": _patient(before),
        "after": _patient(after),
        "why": why or ["the rule for the patient's verdict"],
        "criteria": criteria,
    }


def paired(before: list[Row], after: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """The criteria of two runs side by side: of the same words, else of the same id; an amendment renumbers them."""
    free = list(before)
    partners: dict[int, Row] = {}
    for same in (_words, lambda c: c["id"]):
        for number, item in enumerate(after):
            if number not in partners:
                found = next((c for c in free if same(c) == same(item)), None)
                if found is not None:
                    partners[number] = found
                    free.remove(found)
    return [(partners.get(number), item) for number, item in enumerate(after)] + [(item, None) for item in free]


def criterion(before: Row | None, after: Row | None, everything: bool) -> Row | None:
    """The change of one criterion; None where there is none."""
    one = after or before
    assert one is not None
    gained, lost = _quotes(after, before), _quotes(before, after)
    reworded = before is not None and after is not None and _words(before) != _words(after)
    decided = [(c["verdict"], c["basis"]) if c else None for c in (before, after)]
    other = everything and before and after and (before["reason"] != after["reason"] or gained or lost)
    if not (reworded or other) and decided[0] == decided[1]:
        return None
    why = []
    if before is None:
        why.append("a new criterion")
    elif after is None:
        why.append("the criterion is gone")
    else:
        why += ["the criterion was reworded"] if reworded else []
        why += ["new evidence"] if gained else []
        why += ["evidence is gone"] if lost else []
        why += [] if why else ["the same evidence, judged otherwise (settings, date or version)"]
    return {
        "id": one["id"],
        "id_before": before["id"] if before else None,
        "kind": one["kind"],
        "text": one["text"],
        "text_before": before["text"] if before and reworded else None,
        "why": why,
        "before": _decision(before),
        "after": _decision(after),
        "evidence_added": gained,
        "evidence_removed": lost,
    }


def _one_sided(before: Row | None, after: Row | None) -> Row | None:
    one = after or before
    if one is None:
        return None
    return {
        "schema": SCHEMA,
        "protocol_id": one["protocol_id"],
        "patient_id": one["patient_id"],
        "change": "added" if before is None else "removed",
        "before": _patient(before) if before else None,
        "after": _patient(after) if after else None,
        "why": ["only in the second run" if before is None else "only in the first run"],
        "criteria": [],
    }


def _patient(row: Row) -> Row:
    return {name: row[name] for name in ("verdict", "verdict_basis", "score", "rank")}


def _decision(item: Row | None) -> Row | None:
    return {name: item[name] for name in ("verdict", "basis", "reason", "needs")} if item else None


def _words(item: Row) -> tuple[str, str]:
    return item["kind"], " ".join(item["text"].split()).casefold()


def _quotes(of: Row | None, without: Row | None) -> list[Row]:
    """Quotes of the one that the other lacks: by their words and note, since an edited note moves offsets."""
    known = {_quote(q) for q in without["evidence"]} if without else set()
    return [q for q in (of["evidence"] if of else []) if _quote(q) not in known]


def _quote(quote: Row) -> tuple[Any, ...]:
    if quote["quote"] is None:
        return quote["note_id"], quote["start"], quote["end"], quote["assertion"]
    return quote["note_id"], quote["quote"], quote["assertion"]
