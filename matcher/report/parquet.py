"""Parquet: the objects of the JSON Lines as typed, nested columns; one row a patient and protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from matcher.errors import MatchError

BATCH = 2000


def screenings(rows: Iterable[dict[str, Any]], stream: BinaryIO) -> None:
    """``pandas.read_parquet`` gives the fields of match.screen/1; ``criteria`` is a list of structs."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MatchError("--format parquet needs pyarrow: pip install 'trial-matcher[parquet]'") from None
    text, place, number = pa.string(), pa.int64(), pa.float64()
    quote = pa.struct(
        [("note_id", text), ("start", place), ("end", place), ("line", place), ("quote", text), ("date", text),
         ("assertion", text)]
    )  # fmt: skip
    criterion = pa.struct(
        [("id", text), ("kind", text), ("text", text), ("start", place), ("end", place), ("verdict", text),
         ("basis", text), ("confidence", number), ("reason", text), ("needs", text), ("near", text),
         ("evidence", pa.list_(quote))]
    )  # fmt: skip
    schema = pa.schema(
        [("schema", text), ("protocol_id", text), ("patient_id", text), ("as_of", text), ("verdict", text),
         ("verdict_basis", text), ("score", number), ("rank", place), ("criteria", pa.list_(criterion)),
         ("problems", pa.list_(text))]
    )  # fmt: skip
    with pq.ParquetWriter(stream, schema) as writer:
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(clean({"problems": [], **row}))
            if len(batch) == BATCH:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        writer.write_table(pa.Table.from_pylist(batch, schema))


def clean(value: Any) -> Any:
    """Text that UTF-8 can hold: a lone surrogate (broken text) becomes a replacement mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value
