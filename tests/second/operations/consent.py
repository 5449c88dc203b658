"""The operations of consent.md."""

from __future__ import annotations

from datetime import timedelta

from .. import consent, scope, signed
from ..calendar import EPOCH, ms_of, resolved
from ..consent import Caveats, Terms
from ..durations import read_duration
from ..model import Facet
from ..postcard import Reader
from ..refused import Refused
from ..scope import MINUTE_MS, Line, Window
from ..zones import zone_of
from .model import level
from .registered import Json, operation, read_back

FILES = {
    "card": signed.CARD,
    "request": signed.REQUEST,
    "grant": signed.GRANT,
    "revocation": signed.REVOCATION,
    "extension": signed.EXTENSION,
    "parcel": signed.PARCEL,
    "have": signed.HAVE,
}
ROLES = ("controller", "joint-controller", "processor")
ONWARD = ("nobody", "processors", "others")


@operation("consent/file")
def file(given: Json) -> Json:
    return {"object": signed.unwrapped(FILES[given["expected"]], bytes.fromhex(given["file"])).hex()}


@operation("consent/clean")
def clean(given: Json) -> Json:
    text = signed.cleaned(given["text"])
    if not 1 <= len(text) <= (signed.WORDS_MOST if given["words"] else signed.NAME_MOST):
        raise Refused("length")
    return {"clean": text}


@operation("consent/duration")
def duration(given: Json) -> Json:
    return {"minutes": read_duration(given["text"])}


@operation("consent/window")
def window(given: Json) -> Json:
    it = scope.inside(given["from"], given["until"])
    return {"first": it.first, "minutes": it.until - it.first}


@operation("consent/asked")
def asked(given: Json) -> Json:
    """[consent-28]"""
    first, last = given["first"], given["last"]
    if last is not None and last <= first:
        raise Refused("range")
    zone = zone_of(given["zone"])

    def instant(minute: int, later: bool) -> int:
        if not given["stream_clock"]:
            return minute * MINUTE_MS
        civil = (EPOCH + timedelta(minutes=minute)).replace(tzinfo=None)
        return ms_of(resolved(civil, zone, later))

    return {"from": instant(first, True), "until": None if last is None else instant(last, False)}


@operation("consent/card")
def card(given: Json) -> Json:
    it = consent.read_card(bytes.fromhex(given["card"]))
    return {
        "id": it.id.hex(),
        "suite": int(it.suite),
        "role": ROLES[it.role],
        "name": it.name,
        "key": it.key.to_bytes().hex(),
        "envelope": it.envelope.hex(),
    }


@operation("consent/request")
def request(given: Json) -> Json:
    it = consent.read_request(bytes.fromhex(given["request"]))
    return {
        "id": it.id.hex(),
        "card": it.card.id.hex(),
        "lines": list(map(ask, it.asks)),
        "purposes": it.purposes,
        "basis": it.basis,
        "retention": it.retention_days,
        "duration": it.duration,
        "lease": it.lease,
        "caveats": caveats(it.caveats),
        "words": it.words,
    }


def ask(it: consent.Ask) -> Json:
    return {
        "kind": it.kind,
        "levels": [each.word for each in sorted(it.levels)],
        "facets": [each.name.lower() for each in sorted(it.facets)],
        "stream_clock": it.clock == 1,
        "first": it.first,
        "last": it.last,
    }


def caveats(it: Caveats) -> Json:
    return {
        "onward": ONWARD[it.onward],
        "automated_decisions": it.automated,
        "cohort": it.cohort,
        "jurisdiction": it.jurisdiction,
    }


@operation("consent/token")
def token(given: Json) -> Json:
    it = consent.read_token(bytes.fromhex(given["token"]))
    return {
        "id": it.id.hex(),
        "suite": int(it.suite),
        "grantor": it.grantor.to_bytes().hex(),
        "recipient": it.recipient.hex(),
        "shown": it.shown.hex(),
        "role": ROLES[it.role],
        "attended": it.attended,
        "terms": terms(it.terms),
    }


def terms(it: Terms) -> Json:
    return {
        "scope": list(map(written_line, it.scope)),
        "usable": times(it.usable),
        "lease": it.lease,
        "purposes": it.purposes,
        "basis": it.basis,
        "retention": it.retention_days,
        "caveats": caveats(it.caveats),
    }


def times(it: Window) -> Json:
    return [it.first * MINUTE_MS, it.until * MINUTE_MS]


def written_line(it: Line) -> Json:
    return {
        "streams": [each.hex() for each in it.streams],
        "levels": [each.word for each in sorted(it.levels)],
        "facets": [each.name.lower() for each in sorted(it.facets)],
        "data": times(it.data),
    }


def facet(word: str) -> Facet:
    for each in Facet:
        if each.name.lower() == word:
            return each
    raise Refused("unknown")


@operation("consent/revocation")
def revocation(given: Json) -> Json:
    data, of = bytes.fromhex(given["revocation"]), consent.read_token(bytes.fromhex(given["token"]))
    if not consent.withdraws(consent.decoded_revocation(data), of):
        raise Refused("other-token")
    return {"time": consent.read_revocation(data).time}


@read_back("consent/scope")
def canonical_scope(given: Json, output: Json) -> Json:
    lines = [read_line(it) for it in given["lines"]]
    made = scope.canonical(scope.cells(lines))
    if not 1 <= len(made) <= scope.LINES_MOST:
        raise Refused("length")
    reader = Reader(bytes.fromhex(output["bytes"]))
    if scope.scope(reader) != made or reader.rest():
        raise Refused("conflict")
    return {"scope": list(map(written_line, made)), "bytes": output["bytes"]}


def read_line(given: Json) -> Line:
    streams = sorted({bytes.fromhex(each) for each in given["streams"]})
    if not 1 <= len(streams) <= scope.STREAMS_MOST:
        raise Refused("length")
    return Line(
        streams, set(map(level, given["levels"])), set(map(facet, given["facets"])), scope.inside(*given["data"])
    )


@read_back("consent/meet")
def meet(given: Json, output: Json) -> Json:
    a, b = (consent.read_terms(bytes.fromhex(given[name])) for name in ("a", "b"))
    both = consent.met(a, b)
    if consent.met(b, a) != both or consent.read_terms(bytes.fromhex(output["both"])) != both:
        raise Refused("conflict")
    return {"both": output["both"], "terms": terms(both)}


@operation("consent/access")
def access(given: Json) -> Json:
    it = consent.read_token(bytes.fromhex(given["token"]))
    known = [consent.read_revocation(bytes.fromhex(data)) for data in given["revocations"]]
    if any(consent.withdraws(each, it) for each in known):
        raise Refused("revoked")
    it.permits(given["now"], bytes.fromhex(given["audience"]))
    cell = (bytes.fromhex(given["stream"]), level(given["level"]), facet(given["facet"]))
    it.grants(cell, given["from"], given["until"])
    return {}
