"""The operations of parcel.md."""

from __future__ import annotations

from ..envelope import EnvelopeKey
from ..grant import read_grant
from ..parcel import read_parcel
from ..recipient import Opening, Recipient
from .model import texts
from .readings import written
from .registered import Json, array, operation


@operation("parcel/open")
def open_parcels(given: Json) -> Json:
    key = EnvelopeKey(array(given, "seed", 32))
    recipient = Recipient.accept(read_grant(bytes.fromhex(given["grant"])), key)
    for data in given["parcels"]:
        recipient.receive(read_parcel(bytes.fromhex(data)))
    openings = list(recipient.openings())
    return {
        "summaries": [slot for opening in openings for slot in summaries(opening)],
        "readings": [reading for opening in openings for reading in readings(opening)],
    }


def summaries(opening: Opening) -> list[Json]:
    about = {"stream": opening.info.label, "level": opening.level.word}
    return [
        about | {"start": slot.start, "end": slot.end, "summary": texts(slot.summary)} for slot in opening.summaries()
    ]


def readings(opening: Opening) -> list[Json]:
    return [{"stream": opening.info.label, "reading": written(it)} for it in opening.readings()]
