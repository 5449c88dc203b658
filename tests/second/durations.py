"""docs/spec/consent.md [consent-8]: durations as people write them."""

from __future__ import annotations

import re

from .refused import Refused

WRITTEN = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?", re.ASCII)
HOUR, DAY = 60, 24 * 60
MINUTES = (365 * DAY, 30 * DAY, 7 * DAY, DAY, HOUR, 1)
MINUTES_END = 1 << 32


def read_duration(text: str) -> int:
    """The minutes of a duration of ISO 8601."""
    match = WRITTEN.fullmatch(text)
    parts = match.groups() if match else ()
    if not any(part is not None for part in parts):
        raise Refused("malformed")
    minutes = sum(int(part or 0) * unit for part, unit in zip(parts, MINUTES))
    if not 0 < minutes < MINUTES_END:
        raise Refused("range")
    return minutes
