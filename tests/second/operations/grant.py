"""The operations of consent.md, grants and bundles."""

from __future__ import annotations

from ..consent import read_card, read_token
from ..envelope import EnvelopeKey
from ..grant import Keys, StreamInfo, open_bundles, read_grant
from ..refused import Refused
from .registered import Json, array, operation


@operation("consent/bundle")
def bundle(given: Json) -> Json:
    token, card = read_token(bytes.fromhex(given["token"])), read_card(bytes.fromhex(given["card"]))
    if not given["bundles"]:
        raise Refused("length")
    bundles = list(map(bytes.fromhex, given["bundles"]))
    return keys(open_bundles(bundles, token, card.id, EnvelopeKey(array(given, "seed", 32))))


@operation("consent/grant")
def grant(given: Json) -> Json:
    it = read_grant(bytes.fromhex(given["file"]))
    opened = keys(it.open(EnvelopeKey(array(given, "seed", 32))))
    return {"card": it.card.id.hex(), "token": it.token.id.hex()} | opened


def keys(it: Keys) -> Json:
    trees = [
        {
            "stream": name.stream.hex(),
            "level": name.level.word,
            "facet": name.facet.name.lower(),
            "epoch": name.epoch,
            "generation": name.generation,
            "nodes": cover.to_bytes().hex(),
        }
        for name, cover in sorted(it.covers.items())
    ]
    streams = [stream(info) for _, info in sorted(it.streams.items())]
    return {"seq": it.seq, "horizon": it.horizon, "streams": streams, "trees": trees}


def stream(it: StreamInfo) -> Json:
    return {
        "id": it.stream.id.hex(),
        "label": it.label,
        "description": it.described.hex(),
        "logs": [
            {
                "log": log.log.hex(),
                "level": log.level.word,
                "incarnation": log.incarnation,
                "writer": log.writer.to_bytes().hex(),
            }
            for log in it.logs
        ],
    }
