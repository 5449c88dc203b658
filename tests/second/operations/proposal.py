"""The operations of consent.md, proposals."""

from __future__ import annotations

from .. import registry
from ..consent import read_request
from ..grant import StreamInfo, stream_info
from ..postcard import Reader
from ..proposal import Choices, proposed
from ..refused import Refused
from ..scope import MINUTE_MS
from .consent import facet, terms
from .model import level
from .registered import Json, operation


@operation("consent/proposal")
def proposal(given: Json) -> Json:
    request = read_request(bytes.fromhex(given["request"]))
    streams = [read_stream_info(bytes.fromhex(data)) for data in given["streams"]]
    it = proposed(request, streams, given["now"], choices(given["choices"]))
    return {"expires": it.usable.until * MINUTE_MS, "terms": terms(it)}


def read_stream_info(data: bytes) -> StreamInfo:
    reader = Reader(data)
    info = stream_info(reader)
    reader.finish()
    return info


def choices(given: Json) -> Choices:
    def some(name: str) -> Json:
        return given[name] or []

    purposes = None if given["purposes"] is None else set(given["purposes"])
    if purposes is not None and not purposes <= registry.purposes().keys():
        raise Refused("unknown")
    return Choices(
        streams=None if given["streams"] is None else {bytes.fromhex(each) for each in some("streams")},
        levels=None if given["levels"] is None else {level(word) for word in some("levels")},
        facets=None if given["facets"] is None else {facet(word) for word in some("facets")},
        data_from=given["data_from"],
        data_until=given["data_until"],
        expires=given["expires"],
        lease=given["lease"],
        retention_days=given["retention"],
        purposes=purposes,
    )
