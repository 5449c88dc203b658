"""The operations by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..refused import Refused

Json = Any
Operation = Callable[[Json], Json]
ReadBack = Callable[[Json, Json], Json]
ALL: dict[str, Operation] = {}
# What only a writer makes, and a reader judges by what it reads of it.
READ_BACK: dict[str, ReadBack] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    def noted(does: Operation) -> Operation:
        ALL[name] = does
        return does

    return noted


def read_back(name: str) -> Callable[[ReadBack], ReadBack]:
    def noted(does: ReadBack) -> ReadBack:
        READ_BACK[name] = does
        return does

    return noted


def array(given: Json, name: str, length: int) -> bytes:
    """A field of so many bytes."""
    found = bytes.fromhex(given[name])
    if len(found) != length:
        raise Refused("length")
    return found
