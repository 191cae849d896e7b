"""Contract objects as JSON, quickly: what many patients' rows have in common is written once."""

from __future__ import annotations

from collections.abc import Mapping

from matcher.model import Criterion, Screening, Verdict
from matcher.report import contract, lines

_MOST = 20_000
"""Parts that are remembered."""


class Rows:
    """Writes rows of one shape, as `lines.dumps` of `contract.screening`."""

    def __init__(self, shape: contract.Shape) -> None:
        self._shape = shape
        self._asked: dict[int, tuple[Criterion, str]] = {}
        self._said: dict[tuple[object, ...], tuple[Criterion, str]] = {}

    def dumps(self, screening: Screening, texts: Mapping[str, str]) -> bytes:
        parts = ", ".join([self._verdict(item, texts) for item in screening.verdicts])
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
