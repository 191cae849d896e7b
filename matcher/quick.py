"""Frozen dataclasses that are made by the hundred for each note."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """A frozen dataclass with slots whose objects take half the time to make.

    What `dataclasses` writes sets each field through ``object.__setattr__``, which looks the field up by its name; this
    sets it through its slot. Nothing else changes: the objects are as frozen as before.
    """
    own = fields(cls)  # type: ignore[arg-type]
    if any(f.default_factory is not MISSING or f.kw_only or not f.init for f in own) or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__}: only plain fields can be set quickly")
    known: dict[str, Any] = {}
    for field in own:
        known[f"_set_{field.name}"] = cls.__dict__[field.name].__set__
        known[f"_default_{field.name}"] = field.default
    given = [f.name if f.default is MISSING else f"{f.name}=_default_{f.name}" for f in own]
    lines = [f"def __init__({', '.join(['self', *given])}):", *(f"    _set_{f.name}(self, {f.name})" for f in own)]
    exec("\n".join(lines), known)  # as `dataclasses` does
    made = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
