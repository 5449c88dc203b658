"""The operations of model.md."""

from __future__ import annotations

from typing import Any

from .. import calendar, summaries
from ..facets import Layout
from ..model import (
    STATISTICS,
    Facet,
    Level,
    Stream,
    check_name,
    check_reading,
    epoch_base,
    leaf_index,
    read_stream,
    registry,
)
from ..refused import Refused
from ..units import read_number
from ..values import flag_names
from .readings import reading_of, written
from .registered import Json, operation, read_back


def level(word: str) -> Level:
    for each in Level:
        if each.word == word:
            return each
    raise Refused("unknown")


@operation("model/slots")
def slots(given: Json) -> Json:
    times = calendar.Calendar(given["zone"], given["chunk_minutes"])
    found = times.slots(level(given["level"]), given["from"], given["until"])
    return {"slots": [list(slot) for slot in found]}


@operation("model/epoch")
def epoch(given: Json) -> Json:
    times = calendar.Calendar(given["zone"], 1440)
    number = times.epoch(given["time"])
    return {"epoch": number, "from": times.epoch_start(number), "until": times.epoch_start(number + 1)}


@operation("model/leaf")
def leaf(given: Json) -> Json:
    at = level(given["level"])
    number = leaf_index(at, given["epoch"], given["start"])
    if number is None:
        raise Refused("position")
    return {"base": epoch_base(given["epoch"]), "depth": at.depth, "leaf": number}


@operation("model/leaves")
def leaves(given: Json) -> Json:
    times = calendar.Calendar(given["zone"], given["chunk_minutes"])
    found = times.leaves(level(given["level"]), given["from"], given["until"])
    return {"epochs": [{"epoch": number, "from": low, "until": high} for number, low, high in found]}


@operation("model/time")
def time(given: Json) -> Json:
    return {"time": calendar.written(given["text"], given["zone"], given["later"])}


@operation("model/number")
def number(given: Json) -> Json:
    kind = registry().get(given["kind"])
    if kind is None:
        raise Refused("unknown")
    found, exact = read_number(kind, given["text"], given["exponent"])
    return {"number": str(found), "exact": exact}


# Readings.


@operation("model/flags")
def flags(given: Json) -> Json:
    return {"names": flag_names(given["flags"])}


@operation("model/reading")
def reading(given: Json) -> Json:
    described, it = stream_of(given), reading_of(given["reading"])
    check_reading(described, it)
    least, greatest = described.range
    plausible = not isinstance(it.value, int) or isinstance(it.value, bool) or least <= it.value <= greatest
    return {"plausible": plausible}


@operation("model/reconcile")
def reconcile(given: Json) -> Json:
    readings = list(map(reading_of, given["readings"]))
    kept = summaries.reconciled(readings)
    dropped = len(readings) - len(kept)
    used = list(map(written, summaries.used(kept)))
    return {"kept": list(map(written, kept)), "dropped": dropped, "summarized": used}


@operation("model/increments")
def increments(given: Json) -> Json:
    made = summaries.increments(list(map(reading_of, given["readings"])))
    return {"increments": list(map(written, made))}


# Streams.


def stream_of(given: Json) -> Stream:
    return read_stream(bytes.fromhex(given["description"]))


@operation("model/description")
def description(given: Json) -> Json:
    it = stream_of(given)
    return {
        "id": it.id.hex(),
        "kind": it.kind.name,
        "value_kind": it.kind.value_kind,
        "unit": it.kind.unit,
        "scale": it.kind.scale,
        "states": list(it.kind.states),
        "exponent": it.exponent,
        "zone": it.zone,
        "chunk_minutes": it.chunk_minutes,
        "levels": [each.word for each in sorted(it.levels)],
        "facets": [each.name.lower() for each in sorted(it.facets)],
        "edges": list(map(str, it.edges)),
        "sensitivity": it.sensitivity,
        "late_ms": it.late_ms,
        "interval_ms": it.interval_ms,
        "min": str(it.range[0]),
        "max": str(it.range[1]),
    }


@operation("model/statistic")
def statistic(given: Json) -> Json:
    kind = registry().get(given["kind"])
    applies = STATISTICS.get(given["statistic"])
    if kind is None or applies is None:
        raise Refused("unknown")
    if not applies(kind):
        raise Refused("kind")
    return {}


@operation("model/name")
def name(given: Json) -> Json:
    check_name(given["text"])
    return {}


# Summaries.


def layout(given: Json) -> tuple[Stream, Layout]:
    described, at = stream_of(given), level(given["level"])
    if at == Level.RAW:
        raise Refused("kind")
    return described, Layout(described, at)


def facet_of(described: Stream, word: str) -> Facet:
    known = {facet.name.lower(): facet for facet in Facet}
    if word not in known:
        raise Refused("unknown")
    if known[word] not in described.facets:
        raise Refused("kind")
    return known[word]


def texts(value: Any) -> Json:
    """The numbers of a summary as text."""
    match value:
        case dict():
            return {name: texts(each) for name, each in value.items()}
        case list():
            return [texts(each) for each in value]
        case int():
            return str(value)
    return value


def numbers(value: Json) -> Any:
    match value:
        case dict():
            return {name: numbers(each) for name, each in value.items()}
        case list():
            return [numbers(each) for each in value]
        case str():
            return int(value)
    return value


@operation("model/widths")
def widths(given: Json) -> Json:
    described, it = layout(given)
    return {"widths": {facet.name.lower(): it.width(facet) for facet in sorted(described.facets)}}


@operation("model/facet")
def facet(given: Json) -> Json:
    described, it = layout(given)
    asked = facet_of(described, given["facet"])
    return {given["facet"]: texts(it.read(asked, bytes.fromhex(given["bytes"])))}


@read_back("model/summary")
def summary(given: Json, output: Json) -> Json:
    described, it = layout(given)
    made = summaries.summarized(described, list(map(reading_of, given["readings"])))
    for word, data in output["facets"].items():
        if it.read(facet_of(described, word), bytes.fromhex(data)) != made[word]:
            raise Refused("conflict")
    return {"summary": texts(made), "facets": output["facets"]}


@operation("model/merge")
def merge(given: Json) -> Json:
    return texts(summaries.merged(numbers(given["earlier"]), numbers(given["later"])))


@operation("model/mean")
def mean(given: Json) -> Json:
    totals = {name: int(given[name]) for name in ("count", "sum", "sum_squares")}
    exponent = given["exponent"]
    said = summaries.mean(totals), summaries.deviation(totals)
    return {name: summaries.decimal(it, exponent) for name, it in zip(("mean", "deviation"), said)}
