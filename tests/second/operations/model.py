"""The operations of model.md."""

from __future__ import annotations

from .. import calendar
from ..model import Level, epoch_base, leaf_index
from ..refused import Refused
from .registered import Json, operation


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
