"""Readings as the vectors write them."""

from __future__ import annotations

from typing import Any

from ..values import Point, Reading, State
from .registered import Json


def reading_of(given: Json) -> Reading:
    return Reading(given["time"], given["duration"], given["flags"], value_of(given["value"]))


def value_of(given: Json) -> Any:
    if given is None:
        return None
    ((shape, said),) = given.items()
    match shape:
        case "number":
            return int(said)
        case "state":
            return State(said)
        case "point":
            return Point(*said)
    return said


def written(reading: Reading) -> Json:
    return {
        "time": reading.time,
        "duration": reading.duration,
        "flags": reading.flags,
        "value": written_value(reading.value),
    }


def written_value(value: Any) -> Json:
    match value:
        case None:
            return None
        case bool():
            return {"bool": value}
        case int():
            return {"number": str(value)}
        case State(number):
            return {"state": number}
        case Point(latitude, longitude):
            return {"point": [latitude, longitude]}
    return {"text": value}
