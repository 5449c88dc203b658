"""The one exception: what was read is not what the specification allows."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal[
    "length",
    "malformed",
    "not-canonical",
    "version",
    "suite",
    "position",
    "order",
    "conflict",
    "key",
    "signature",
    "commitment",
    "authentication",
    "padding",
    "unknown",
    "absent",
    "slots",
    "sequence",
    "range",
    "kind",
    "unit",
    "chain",
    "body",
    "other-log",
    "other-token",
    "audience",
    "not-yet",
    "expired",
    "revoked",
    "stale",
    "succeeded",
    "beyond",
    "repeated",
]
KINDS: tuple[str, ...] = get_args(Kind)


class Refused(Exception):
    """Bytes or a statement that a reader refuses."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind: Kind = kind
