"""Contract objects as JSON, quickly: what many patients' rows have in common is written once.

On its way from a worker to the output a row names what it says of silence, most of it, by number (`Rows.dumps`);
`Rows.whole` puts the words in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from matcher.model import Criterion, Screening, Verdict
from matcher.report import contract, lines

_MOST = 20_000
"""Parts that are remembered."""
_MARK = b"\0"
"""Around a number; JSON escapes it."""


class Rows:
    """Writes rows of one shape, as `lines.dumps` of `contract.screening` once they are `whole`."""

    def __init__(self, shape: contract.Shape, silence: Iterable[Verdict] = ()) -> None:
        """``silence``: verdicts that most patients get, in the same order wherever rows are written or made whole."""
        self._shape = shape
        self._shared: list[bytes] = []
        self._numbered: dict[int, tuple[Verdict, str]] = {}
        self._asked: dict[int, tuple[Criterion, str]] = {}
        self._said: dict[tuple[object, ...], tuple[Criterion, str]] = {}
        for item in silence:
            with suppress(UnicodeEncodeError):  # broken text changes how the whole row is written
                self._shared.append(self._written(item, {}).encode())
                # the verdict is kept, so that no other one gets its place in memory
                self._numbered[id(item)] = (item, f"\0{len(self._shared) - 1}\0")

    def whole(self, row: bytes) -> bytes:
        """A row of `dumps` as the output has it."""
        parts = row.split(_MARK)
        parts[1::2] = [self._shared[int(number)] for number in parts[1::2]]
        return b"".join(parts)

    def dumps(self, screening: Screening, texts: Mapping[str, str]) -> bytes:
        numbered = self._numbered
        parts = ", ".join(
            [
                numbered[id(item)][1] if id(item) in numbered else self._verdict(item, texts)
                for item in screening.verdicts
            ]
        )
        row = f'{lines.written(contract.heading(screening))[:-1]}, "criteria": [{parts}]'
        if screening.problems:
            row += f', "problems": {lines.written(list(screening.problems))}'
        try:
            return (row + "}").encode()
        except UnicodeEncodeError:  # broken text in one part changes how all of it is written
            return lines.dumps(contract.screening(screening, self._shape, texts))

    def _verdict(self, item: Verdict, texts: Mapping[str, str]) -> str:
        if item.evidence:
            return self._written(item, texts)
        # without a quote it is what many patients get
        key = (id(item.criterion), item.truth, item.basis, item.confidence, item.reason, item.needs, item.near)
        known = self._said.get(key)
        if known is None:
            if len(self._said) >= _MOST:
                self._said.clear()
            known = self._said[key] = (item.criterion, self._written(item, texts))
        return known[1]

    def _written(self, item: Verdict, texts: Mapping[str, str]) -> str:
        criterion = item.criterion
        known = self._asked.get(id(criterion))
        if known is None:
            # the criterion is kept, so that no other one gets its place in memory
            known = self._asked[id(criterion)] = (criterion, lines.written(contract.asked(criterion))[:-1])
        return f"{known[1]}, {lines.written(contract.said(item, self._shape, texts))[1:]}"
