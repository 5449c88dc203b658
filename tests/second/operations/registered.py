"""The operations by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..refused import Refused

Json = Any
Operation = Callable[[Json], Json]
ALL: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    def noted(does: Operation) -> Operation:
        ALL[name] = does
        return does

    return noted


def key_of(given: Json, name: str) -> bytes:
    """A field of 32 bytes."""
    key = bytes.fromhex(given[name])
    if len(key) != 32:
        raise Refused("length")
    return key
