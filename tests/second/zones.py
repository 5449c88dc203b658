"""The zones of the IANA time zone database."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo

from .refused import Refused


@cache
def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused("unknown") from None


def is_zone(name: str) -> bool:
    try:
        zone_of(name)
    except Refused:
        return False
    return True
