"""docs/spec/model.md, readings and summaries: what is kept of readings, and what they come to."""

from __future__ import annotations

from bisect import bisect_right
from math import isqrt
from typing import Any

from .model import Facet, Stream
from .refused import Refused
from .values import CORRECTED, Reading, State, Value, said

COUNT_END, SUM_END, SQUARES_END = 1 << 64, 1 << 127, 1 << 128
SCALE = 1000

# What is said of a slot, by the facets' names, in the form in which `facets.Layout` reads them.
Summary = dict[str, Any]


# Readings.


def reconciled(readings: list[Reading]) -> list[Reading]:
    """[model-20], [model-21]: what is kept of readings that come one after another."""
    kept: list[Reading] = []
    for it in readings:
        same = [other for other in kept if other.time == it.time]
        if any(said(other) == said(it) for other in same):
            continue
        place = bisect_right([other.time for other in kept], it.time)
        kept.insert(place, it.with_flags(CORRECTED) if same else it)
    return kept


def used(readings: list[Reading]) -> list[Reading]:
    """[model-21]: those that summaries use, of readings in order."""
    return [it for n, it in enumerate(readings) if n + 1 == len(readings) or readings[n + 1].time != it.time]


def increments(readings: list[Reading]) -> list[Reading]:
    """[model-25]: of absolute values as they come, none of which corrects an instant before the newest."""
    made: list[Reading] = []
    # The newest instant and its value, and the value before that instant.
    newest: tuple[int, int] | None = None
    before: int | None = None
    for it in readings:
        number = it.value
        if not isinstance(number, int):
            made.append(it)
            continue
        if number < 0:
            raise Refused("range")
        if newest is None or it.time > newest[0]:
            before, newest = None if newest is None else newest[1], (it.time, number)
        elif it.time == newest[0]:
            newest = (it.time, number)
        else:
            made.append(it.with_value(0))
            continue
        made.append(it.with_value(increment(before, number)))
    return made


def increment(before: int | None, number: int) -> int:
    if before is None:
        return 0
    return number - before if number >= before else number


# Summaries.


def summarized(stream: Stream, readings: list[Reading]) -> Summary:
    """[model-24]: of the readings of a slot, without an index."""
    values = [it.value for it in used(readings) if it.value is not None]
    places = [place_of(stream, value) for value in values]
    numbers = [value for value in values if isinstance(value, int)]
    made: Summary = {}
    if Facet.TOTALS in stream.facets:
        squares = sum(number * number for number in numbers)
        made["totals"] = checked({"count": len(numbers), "sum": sum(numbers), "sum_squares": squares})
    if Facet.EXTREMES in stream.facets:
        made["extremes"] = extremes(numbers) if numbers else None
    if Facet.DISTRIBUTION in stream.facets:
        made["distribution"] = [places.count(n) for n in range(stream.bins)]
    return made


def place_of(stream: Stream, value: Value) -> int:
    """The bin of a value, which must be one of the kind; 0 where there are none."""
    kind = stream.kind
    match value:
        case bool() if kind.value_kind == "bool":
            return int(value)
        case State(number) if kind.value_kind == "enum" and number < len(kind.states):
            return number
        case int() if not isinstance(value, bool) and kind.is_number:
            return bisect_right(stream.edges, value)
    raise Refused("kind")


def extremes(numbers: list[int]) -> dict[str, int]:
    return {"min": min(numbers), "max": max(numbers), "first": numbers[0], "last": numbers[-1]}


def checked(totals: dict[str, int]) -> dict[str, int]:
    fits = -SUM_END <= totals["sum"] < SUM_END and totals["sum_squares"] < SQUARES_END
    if totals["count"] >= COUNT_END or not fits:
        raise Refused("range")
    return totals


def merged(earlier: Summary, later: Summary) -> Summary:
    """[model-24]: of two neighbours."""
    if earlier.keys() != later.keys():
        raise Refused("conflict")
    return {facet: MERGES[facet](earlier[facet], later[facet]) for facet in earlier}


def merged_totals(one: dict[str, int], two: dict[str, int]) -> dict[str, int]:
    return checked({name: one[name] + two[name] for name in one})


def merged_extremes(one: dict[str, int] | None, two: dict[str, int] | None) -> dict[str, int] | None:
    if one is None or two is None:
        return one or two
    least, greatest = min(one["min"], two["min"]), max(one["max"], two["max"])
    return {"min": least, "max": greatest, "first": one["first"], "last": two["last"]}


def merged_counts(one: list[int], two: list[int]) -> list[int]:
    if len(one) != len(two):
        raise Refused("conflict")
    counts = [a + b for a, b in zip(one, two)]
    if max(counts, default=0) >= COUNT_END:
        raise Refused("range")
    return counts


def merged_index(one: int | None, two: int | None) -> int | None:
    return one if two is None else two


MERGES: dict[str, Any] = {
    "totals": merged_totals,
    "extremes": merged_extremes,
    "distribution": merged_counts,
    "index": merged_index,
}


# Mean and deviation: [model-27].


def mean(totals: dict[str, int]) -> int | None:
    """In thousandths."""
    count = totals["count"]
    if count == 0:
        return None
    whole, rest = divmod(totals["sum"] * SCALE, count)
    return whole + int(2 * rest > count or (2 * rest == count and whole % 2 == 1))


def deviation(totals: dict[str, int]) -> int | None:
    """In thousandths; none where the page lets it be none."""
    count = totals["count"]
    square = (count * totals["sum_squares"] - totals["sum"] ** 2) * SCALE * SCALE
    if count == 0 or 4 * square >= SQUARES_END:
        return None
    low = isqrt(square // count**2)
    beyond = 4 * square - ((2 * low + 1) * count) ** 2
    return low + int(beyond > 0 or (beyond == 0 and low % 2 == 1))


def decimal(number: int | None, exponent: int) -> str | None:
    """A number of thousandths of 10^exponent as people write it."""
    if number is None:
        return None
    places = SCALE_PLACES - exponent
    if places <= 0:
        return str(number) + "0" * (-places if number else 0)
    digits = str(abs(number)).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


SCALE_PLACES = 3
