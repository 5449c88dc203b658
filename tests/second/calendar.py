"""docs/spec/model.md, slots: the clock of a zone, and the slots, epochs and leaves that follow from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from .model import CHUNK_MINUTES_MOST, DAY_MS, Level, leaf_index
from .refused import Refused
from .values import TIME_END, TIME_FROM
from .zones import zone_of

QUARTER_MS, MINUTE_MS = 900_000, 60_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Offsets from UTC are below a day.
REACH_MS = 26 * 3_600_000
Span = tuple[int, int]

WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?)?", re.ASCII
)


def utc(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def ms_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


class Calendar:
    """The slots of streams of one zone and chunk length."""

    def __init__(self, zone: str, chunk_minutes: int) -> None:
        self.zone = zone_of(zone)
        if not 1 <= chunk_minutes <= CHUNK_MINUTES_MOST:
            raise Refused("range")
        self.chunk_ms = chunk_minutes * MINUTE_MS

    def offset(self, quarter: int) -> int:
        """[model-7]: of the clock from a quarter hour on."""
        return offset_at(self.zone, quarter)

    def day_start(self, day: date) -> int:
        """[model-8]: the first instant at which the clock shows this date or a later one."""
        return day_start(self.zone, day)

    def month_start(self, month: int) -> int:
        """The first instant of a month, counted from January 1970."""
        return self.day_start(date(1970 + month // 12, month % 12 + 1, 1))

    def slots(self, level: Level, start: int, end: int) -> list[Span]:
        """The slots that lie wholly between two instants."""
        edges = sorted(set(self.edges(level, start, end)))
        return [(a, b) for a, b in zip(edges, edges[1:]) if start <= a and b <= end]

    def edges(self, level: Level, start: int, end: int) -> Iterator[int]:
        """Where slots begin, from before `start` to after `end`."""
        match level:
            case Level.MINUTE | Level.QUARTER_HOUR:
                length = MINUTE_MS if level == Level.MINUTE else QUARTER_MS
                yield from range(start // length * length, end + length, length)
            case Level.HALF_HOUR | Level.HOUR:
                yield from self.clock_edges(2 * QUARTER_MS * (1 if level == Level.HALF_HOUR else 2), start, end)
            case Level.MONTH:
                first, last = utc(start - REACH_MS), utc(end + REACH_MS)
                months = range(month_of(first) - 1, month_of(last) + 2)
                yield from map(self.month_start, months)
            case _:
                yield from self.day_edges(level, start, end)

    def clock_edges(self, length: int, start: int, end: int) -> Iterator[int]:
        first = (start - 2 * length) // QUARTER_MS * QUARTER_MS
        for quarter in range(first, end + 2 * length, QUARTER_MS):
            offset = self.offset(quarter)
            if (quarter + offset) % length == 0 or offset != self.offset(quarter - QUARTER_MS):
                yield quarter

    def day_edges(self, level: Level, start: int, end: int) -> Iterator[int]:
        day = utc(start - 2 * REACH_MS).date()
        while (begin := self.day_start(day)) <= end + REACH_MS:
            day += timedelta(days=1)
            if level == Level.DAY:
                yield begin
            else:
                yield from range(begin, self.day_start(day), self.chunk_ms)

    def epoch(self, time: int) -> int:
        """[model-10]"""
        if not TIME_FROM <= time < TIME_END:
            raise Refused("range")
        near = utc(time)
        number = (near.year - 1970) * 6 + (near.month - 1) // 2
        near_numbers = (number - 1, number, number + 1)
        return next(n for n in near_numbers if self.epoch_start(n) <= time < self.epoch_start(n + 1))

    def epoch_start(self, epoch: int) -> int:
        return self.month_start(2 * epoch)

    def leaves(self, level: Level, start: int, end: int) -> list[tuple[int, int, int]]:
        """[model-12]: epoch, first leaf and the one after the last."""
        by_epoch: dict[int, list[Span]] = {}
        for slot in self.slots(level, start, end):
            by_epoch.setdefault(self.epoch(slot[0]), []).append(slot)
        return [(epoch, *self.span(level, epoch, slots)) for epoch, slots in by_epoch.items()]

    def span(self, level: Level, epoch: int, slots: list[Span]) -> Span:
        first, after = slots[0][0], slots[-1][1]
        low = 0 if first == self.epoch_start(epoch) else leaf_index(level, epoch, first)
        whole = after == self.epoch_start(epoch + 1)
        high = 1 << level.depth if whole else leaf_index(level, epoch, after)
        if low is None or high is None:
            raise Refused("position")
        return low, high


def month_of(moment: datetime) -> int:
    return (moment.year - 1970) * 12 + moment.month - 1


@cache
def offset_at(zone: ZoneInfo, quarter: int) -> int:
    offset = utc(quarter).astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=QUARTER_MS) * QUARTER_MS


@cache
def day_start(zone: ZoneInfo, day: date) -> int:
    midnight = (day - EPOCH.date()).days * DAY_MS
    quarters = range(midnight - REACH_MS, midnight + REACH_MS, QUARTER_MS)
    return next(quarter for quarter in quarters if quarter + offset_at(zone, quarter) >= midnight)


def written(text: str, zone_name: str, later: bool) -> int:
    """[model-4], [model-5]: the instant that a written time means."""
    zone = zone_of(zone_name)
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise Refused("malformed")
    *parts, fraction, offset = match.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        civil = datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise Refused("malformed") from None
    if offset is None:
        whole = ms_of(resolved(civil, zone, later and parts[3] is not None))
    else:
        whole = ms_of(civil.replace(tzinfo=UTC)) - offset_ms(offset)
    places = (fraction or "").rstrip("0").ljust(3, "0")
    if len(places) > 3:
        raise Refused("malformed")
    time = whole + int(places)
    if not TIME_FROM <= time < TIME_END:
        raise Refused("range")
    return time


def offset_ms(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise Refused("malformed")
    return (-1 if text[0] == "-" else 1) * (hours * 60 + minutes) * MINUTE_MS


def resolved(civil: datetime, zone: ZoneInfo, later: bool) -> datetime:
    earlier = civil.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = earlier.astimezone(zone).replace(tzinfo=None, fold=0)
    if later and shown == civil:
        return civil.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return earlier
