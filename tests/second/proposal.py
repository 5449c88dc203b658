"""docs/spec/consent.md, proposal and approval: the terms that a request would be granted, on the side of the home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .calendar import EPOCH, day_start, ms_of, resolved, utc
from .consent import Ask, Request, Terms
from .grant import StreamInfo
from .model import Facet, Level
from .refused import Refused
from .scope import LINES_MOST, MINUTE_MS, Line, Window, canonical, cells
from .zones import zone_of

DAY_MINUTES = 24 * 60
LEASE, LEASE_MOST, YEAR = 7 * DAY_MINUTES, 35 * DAY_MINUTES, 365 * DAY_MINUTES
TEN_YEARS = 10 * YEAR


@dataclass(frozen=True)
class Choices:
    """What a person leaves of a request; none is all of it."""

    streams: set[bytes] | None
    levels: set[Level] | None
    facets: set[Facet] | None
    data_from: int | None
    data_until: int | None
    expires: int | None
    lease: int | None
    retention_days: int | None
    purposes: set[int] | None


def proposed(request: Request, streams: list[StreamInfo], now: int, choices: Choices) -> Terms:
    """[consent-7], [consent-17], [consent-28]: of a request at a moment, when nothing was granted before."""
    asked = [(ask, some) for ask in request.asks if (some := fitting(ask, streams, choices))]
    chosen = [info for _, some in asked for info in some]
    if choices.streams is not None and not choices.streams <= {info.stream.id for info in chosen}:
        raise Refused("beyond")
    until = expires(request, chosen, now, choices)
    if until <= now:
        raise Refused("expired")
    purposes = [it for it in request.purposes if choices.purposes is None or it in choices.purposes]
    scope = canonical(cells([granted(ask, info, until, choices) for ask, some in asked for info in some]))
    if not scope or not purposes:
        raise Refused("absent")
    if len(scope) > LINES_MOST:
        raise Refused("length")
    return Terms(
        scope=scope,
        usable=Window(now // MINUTE_MS, until // MINUTE_MS),
        lease=min(choices.lease or request.lease or LEASE, request.lease or LEASE_MOST, LEASE_MOST),
        purposes=purposes,
        basis=request.basis,
        retention_days=least(request.retention_days, choices.retention_days),
        caveats=request.caveats,
    )


def least(asked: int, chosen: int | None) -> int:
    return asked if chosen is None else min(asked, chosen)


def fitting(ask: Ask, streams: list[StreamInfo], choices: Choices) -> list[StreamInfo]:
    """[consent-7]"""
    of_kind = [info for info in streams if info.stream.kind.name == ask.kind]
    if not of_kind:
        raise Refused("absent")
    if choices.streams is not None:
        return [info for info in of_kind if info.stream.id in choices.streams]
    if len(of_kind) > 1:
        raise Refused("conflict")
    return of_kind


def expires(request: Request, chosen: list[StreamInfo], now: int, choices: Choices) -> int:
    """When the consent ends."""
    wanted = now + (request.duration or YEAR) * MINUTE_MS
    latest = now + (request.duration or TEN_YEARS) * MINUTE_MS
    if choices.expires is None:
        day = civil_day(chosen[0], wanted) if chosen else wanted
        end = day if day > now else wanted
    elif choices.expires <= latest or not chosen:
        end = choices.expires
    else:
        end = civil_day(chosen[0], latest)
    return end // MINUTE_MS * MINUTE_MS


def civil_day(info: StreamInfo, time: int) -> int:
    """The start of the day of a stream's clock that holds an instant."""
    zone = zone_of(info.stream.zone)
    near = utc(time).date()
    days = (day_start(zone, near + timedelta(days=n)) for n in (1, 0, -1))
    return next(day for day in days if day <= time)


def granted(ask: Ask, info: StreamInfo, until: int, choices: Choices) -> Line:
    """The line of a scope that comes of a line of a request."""
    stream = info.stream
    levels = ask.levels & stream.levels & (choices.levels or set(Level))
    chosen = ask.facets & stream.facets & (choices.facets or set(Facet))
    facets = chosen | ({Facet.READINGS} if Level.RAW in levels else set())
    zone = zone_of(stream.zone)

    def instant(minute: int, later: bool) -> int:
        if ask.clock == 0:
            return minute * MINUTE_MS
        return ms_of(resolved((EPOCH + timedelta(minutes=minute)).replace(tzinfo=None), zone, later))

    start = instant(ask.first, True)
    end = until if ask.last is None else instant(ask.last, False)
    first = -(-max(start, choices.data_from or start) // MINUTE_MS)
    last = min(end, end if choices.data_until is None else choices.data_until) // MINUTE_MS
    line = Line([stream.id], levels, facets, Window(first, last))
    if first >= last or not cells([line]):
        raise Refused("absent")
    return line
