"""docs/spec/model.md: readings and their values."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .refused import Refused

FLAGS_END = 1 << 11
FLAG_NAMES = ("below_range", "above_range", "estimated", "corrected", "manual", "clock_unsure", "implausible", "absent")
REASON_NAMES = ("", "_not_measured", "_error", "_withheld", "_not_applicable")
CORRECTED, ABSENT = 1 << 3, 1 << 7
# The flags that are part of what is said: below and above range, and an absence with its reason.
SAID = 0b111_1000_0011
REASON_SHIFT = 8
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

    def with_flags(self, flags: Flags) -> Reading:
        return replace(self, flags=self.flags | flags)

    def with_value(self, value: Value) -> Reading:
        return replace(self, value=value)


def said(reading: Reading) -> tuple[object, ...]:
    """What makes a reading a duplicate of another: [model-20]."""
    return reading.time, reading.duration, reading.flags & SAID, type(reading.value), reading.value


def check_flags(flags: Flags) -> Flags:
    """[model-17]"""
    reason = flags >> REASON_SHIFT
    if flags >= FLAGS_END or reason >= len(REASON_NAMES) or (reason and not flags & ABSENT):
        raise Refused("malformed")
    return flags


def check_point(point: Point) -> Point:
    """[chunk-6]"""
    if not is_point(point.latitude, point.longitude):
        raise Refused("malformed")
    return point


def is_point(latitude: int, longitude: int) -> bool:
    return abs(latitude) <= LATITUDE_MOST and abs(longitude) <= LONGITUDE_MOST


def flag_names(flags: Flags) -> list[str]:
    """What flags say, in words."""
    check_flags(flags)
    names = [name for n, name in enumerate(FLAG_NAMES) if flags >> n & 1]
    if flags & ABSENT:
        names[-1] += REASON_NAMES[flags >> REASON_SHIFT]
    return names
