"""docs/spec/model.md: readings and their values."""

from __future__ import annotations

from dataclasses import dataclass

from .refused import Refused

FLAGS_END = 1 << 11
ABSENT = 1 << 7
REASON_SHIFT = 8
REASONS = 5
# 1900-01-01 and 2200-01-01, both T00:00Z.
TIME_FROM, TIME_END = -2_208_988_800_000, 7_258_118_400_000
LATITUDE_MOST, LONGITUDE_MOST = 900_000_000, 1_800_000_000


@dataclass(frozen=True)
class State:
    """A state by its number."""

    number: int


@dataclass(frozen=True)
class Point:
    """A place in units of 1e-7 degrees."""

    latitude: int
    longitude: int


# A number, a truth, a state, a point, a text or none.
Value = int | bool | State | Point | str | None
Flags = int


@dataclass(frozen=True)
class Reading:
    """A reading: milliseconds since 1970, milliseconds, flags as a 16-bit number."""

    time: int
    duration: int
    flags: Flags
    value: Value


def check_time(time: int) -> int:
    """[model-1]"""
    if not TIME_FROM <= time < TIME_END:
        raise Refused("malformed")
    return time


def check_flags(flags: Flags) -> Flags:
    """[model-17]"""
    reason = flags >> REASON_SHIFT
    if flags >= FLAGS_END or reason >= REASONS or (reason and not flags & ABSENT):
        raise Refused("malformed")
    return flags


def check_point(point: Point) -> Point:
    """[chunk-6]"""
    if abs(point.latitude) > LATITUDE_MOST or abs(point.longitude) > LONGITUDE_MOST:
        raise Refused("malformed")
    return point
