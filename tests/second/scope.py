"""docs/spec/consent.md, scopes: what is granted, and the one way to write it."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Facet, Level, facets, levels
from .postcard import Reader
from .refused import Refused

LINES_MOST, STREAMS_MOST = 16, 64
MINUTE_MS = 60_000
MINUTES = range(-(2**31), 2**31)


@dataclass(frozen=True, order=True)
class Window:
    """From a minute up to another, since 1970."""

    first: int
    until: int

    def covers(self, start_ms: int, end_ms: int) -> bool:
        return self.first * MINUTE_MS <= start_ms and end_ms <= self.until * MINUTE_MS

    def within(self, other: Window) -> bool:
        return other.first <= self.first and self.until <= other.until


def window(reader: Reader) -> Window:
    first, minutes = reader.i32(), reader.u32()
    if minutes == 0 or first + minutes not in MINUTES:
        raise Refused("malformed")
    return Window(first, first + minutes)


def inside(start_ms: int, end_ms: int) -> Window:
    """[consent-8]: the whole minutes between two times."""
    first, until = -(-start_ms // MINUTE_MS), end_ms // MINUTE_MS
    if first >= until or first not in MINUTES or until not in MINUTES:
        raise Refused("range")
    return Window(first, until)


def met_windows(one: Window, two: Window) -> Window:
    first, until = max(one.first, two.first), min(one.until, two.until)
    if first >= until:
        raise Refused("conflict")
    return Window(first, until)


@dataclass(frozen=True)
class Line:
    """A line of a scope."""

    streams: list[bytes]
    levels: set[Level]
    facets: set[Facet]
    data: Window


Cell = tuple[bytes, Level, Facet]


def line(reader: Reader) -> Line:
    streams = reader.ordered(STREAMS_MOST, lambda: reader.array(16))
    return Line(streams, levels(reader.u8()), facets(reader.u8()), window(reader))


def scope(reader: Reader) -> list[Line]:
    """[consent-11]"""
    lines = reader.items(LINES_MOST, lambda: line(reader))
    if not lines or canonical(cells(lines)) != lines:
        raise Refused("malformed")
    return lines


def met_scopes(one: list[Line], two: list[Line]) -> list[Line]:
    """What both grant."""
    both: dict[Cell, list[Window]] = {}
    others = cells(two)
    for cell, windows in cells(one).items():
        pairs = [(a, b) for a in windows for b in others.get(cell, [])]
        shared = {Window(max(a.first, b.first), min(a.until, b.until)) for a, b in pairs}
        if left := outermost({it for it in shared if it.first < it.until}):
            both[cell] = left
    if not both:
        raise Refused("conflict")
    return canonical(both)


def cells(lines: list[Line]) -> dict[Cell, list[Window]]:
    """The windows of each stream, level and facet, none within another, ascending."""
    found: dict[Cell, set[Window]] = {}
    for it in lines:
        for each in it.streams:
            for level in it.levels:
                for facet in it.facets:
                    if (level == Level.RAW) == (facet == Facet.READINGS):
                        found.setdefault((each, level, facet), set()).add(it.data)
    return {cell: outermost(windows) for cell, windows in found.items()}


def outermost(windows: set[Window]) -> list[Window]:
    return sorted(a for a in windows if not any(a != b and a.within(b) for b in windows))


def canonical(granted_cells: dict[Cell, list[Window]]) -> list[Line]:
    """The one list of lines that grants this."""
    granted: dict[tuple[bytes, Window], dict[Level, set[Facet]]] = {}
    for (each, level, facet), windows in granted_cells.items():
        for it in windows:
            granted.setdefault((each, it), {}).setdefault(level, set()).add(facet)
    lines: dict[tuple[Window, int, int], set[bytes]] = {}
    for (each, it), per_level in granted.items():
        for level_bits, facet_bits in joined(per_level):
            lines.setdefault((it, level_bits, facet_bits), set()).add(each)
    made: list[Line] = []
    for (it, level_bits, facet_bits), streams in sorted(lines.items()):
        for at in range(0, len(streams), STREAMS_MOST):
            some = sorted(streams)[at : at + STREAMS_MOST]
            made.append(Line(some, levels(level_bits), facets(facet_bits), it))
    return made


def joined(per_level: dict[Level, set[Facet]]) -> list[tuple[int, int]]:
    """Levels of equal facets as one, by their facets; raw with the first of them."""
    groups: dict[int, int] = {}
    for level, some in per_level.items():
        if level != Level.RAW:
            groups[bits(some)] = groups.get(bits(some), 0) | 1 << level
    pairs = [(level_bits, facet_bits) for facet_bits, level_bits in sorted(groups.items())]
    if Level.RAW in per_level:
        level_bits, facet_bits = pairs[0] if pairs else (0, 0)
        pairs[:1] = [(level_bits | 1 << Level.RAW, facet_bits | 1 << Facet.READINGS)]
    return pairs


def bits(members: set[Facet]) -> int:
    return sum(1 << member for member in members)
