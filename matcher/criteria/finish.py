"""What a parsed protocol still needs: sentences to read back, warnings, a person's correction."""

from __future__ import annotations

from dataclasses import replace

from matcher.criteria import edited, warnings
from matcher.criteria.reading import reading
from matcher.criteria.source import Source
from matcher.model import Protocol


def finished(protocol: Protocol, source: Source) -> Protocol:
    """The protocol with readings and warnings, as corrected where the source has a correction. Pure."""
    read = tuple(
        replace(c, reading=reading(c.logic, c.kind, protocol.text)) if c.logic is not None and not c.reading else c
        for c in protocol.criteria
    )
    protocol = replace(protocol, criteria=read)
    if source.edited is not None:
        protocol = edited.apply(protocol, source.edited)
    return warnings.checked(protocol, source.fields)
