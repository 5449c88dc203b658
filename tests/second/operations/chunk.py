"""The operations of chunk.md."""

from __future__ import annotations

from .. import chunk
from ..refused import Refused
from ..values import Point, Reading, check_flags, is_point
from .readings import reading_of, written
from .registered import Json, operation, read_back

TEXT_MOST = 256


@operation("chunk/decode")
def decode(given: Json) -> Json:
    readings = chunk.read(bytes.fromhex(given["chunk"]), given["start"], given["most"])
    return {"readings": list(map(written, readings))}


@read_back("chunk/encode")
def encode(given: Json, output: Json) -> Json:
    """[chunk-1], [chunk-6]: what an encoder refuses; else the chunk is the one that reads as these readings."""
    readings = list(map(reading_of, given["readings"]))
    check(given["start"], readings)
    read = chunk.read(bytes.fromhex(output["chunk"]), given["start"], len(readings))
    if list(map(written, read)) != given["readings"]:
        raise Refused("conflict")
    return output


def check(start: int, readings: list[Reading]) -> None:
    if not readings:
        raise Refused("length")
    if readings[0].time < start:
        raise Refused("range")
    if any(a.time > b.time for a, b in zip(readings, readings[1:])):
        raise Refused("order")
    for it in readings:
        check_flags(it.flags)
        match it.value:
            case Point(latitude, longitude) if not is_point(latitude, longitude):
                raise Refused("range")
            case str() if len(it.value.encode()) > TEXT_MOST:
                raise Refused("range")
