"""docs/spec/consent.md, grants and bundles: the keys of a consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .consent import Card, Token, not_empty, read_card, read_token
from .envelope import EnvelopeKey
from .keys import Cover, Domain, PublicKey, public_key, read_cover, united
from .model import Facet, Level, Stream, stream
from .postcard import Reader
from .refused import Refused
from .scope import MINUTE_MS, cells
from .seal import padme
from .signed import GRANT, NAME_MOST, OBJECT_MOST, clean, payload, statement, unwrapped

BUNDLES_MOST, GENERATIONS_MOST, DESCRIBED_MOST, TREES_MOST, LOGS_MOST = 64, 1024, 256, 1 << 14, 256


@dataclass(frozen=True)
class BundleHeader:
    """What a bundle says openly."""

    token: bytes
    seq: int
    made: int
    horizon: int
    journal_time: int
    journal_hash: bytes
    nodes: int
    generations: list[int]
    data: bytes


@dataclass(frozen=True)
class LogInfo:
    """A log of a stream."""

    log: bytes
    level: Level
    incarnation: int
    writer: PublicKey


@dataclass(frozen=True)
class StreamInfo:
    """A stream as its owner describes it."""

    label: str
    stream: Stream
    described: bytes
    logs: list[LogInfo]


@dataclass(frozen=True, order=True)
class Tree:
    """The name of a key tree."""

    stream: bytes
    level: Level
    facet: Facet
    epoch: int
    generation: int


@dataclass(frozen=True)
class Bundle:
    """What a bundle's envelope holds."""

    header: BundleHeader
    streams: dict[bytes, StreamInfo]
    covers: dict[Tree, Cover]


def bundle_header(reader: Reader) -> BundleHeader:
    begin = reader.place
    fields: dict[str, Any] = {
        "token": reader.array(32),
        "seq": reader.u32(),
        "made": reader.i64(),
        "horizon": reader.i64(),
        "journal_time": reader.i64(),
        "journal_hash": reader.array(32),
        "nodes": reader.u32(),
        "generations": reader.items(GENERATIONS_MOST, reader.u32),
    }
    return BundleHeader(data=reader.data[begin : reader.place], **fields)


def open_bundle(data: bytes, token: Token, card: bytes, key: EnvelopeKey) -> Bundle:
    """[consent-21] to [consent-24]"""
    reader = payload(data, OBJECT_MOST)
    header, envelope = bundle_header(reader), reader.blob()
    reader.finish()
    if header.token != token.id:
        raise Refused("other-token")
    statement(data, Domain.BUNDLE, token.grantor)
    judge(header, token)
    if card != token.recipient:
        raise Refused("audience")
    plain = key.open(token.suite, token.id, header.data, envelope)
    return read_contents(plain, header, token)


def judge(header: BundleHeader, token: Token) -> None:
    lease_ms = token.terms.lease * MINUTE_MS
    if header.made - header.journal_time > lease_ms:
        raise Refused("stale")
    if header.horizon > min(token.terms.usable.until * MINUTE_MS, header.made + lease_ms):
        raise Refused("beyond")


def read_contents(plain: bytes, header: BundleHeader, token: Token) -> Bundle:
    reader = Reader(plain)
    reader.array(32)
    streams = reader.items(DESCRIBED_MOST, lambda: stream_info(reader))
    trees = reader.items(TREES_MOST, lambda: tree(reader))
    if len(plain) != padme(reader.place) or any(reader.rest()):
        raise Refused("not-canonical")
    ids = [info.stream.id for info in streams]
    if ids != token.terms.streams():
        raise Refused("beyond")
    granted = cells(token.terms.scope)
    covers: dict[Tree, Cover] = {}
    before: tuple[int, ...] = ()
    for place, level, facet, epoch, generation, nodes in trees:
        if place >= len(ids) or (ids[place], level, facet) not in granted:
            raise Refused("beyond")
        if (place, level, facet, epoch, generation) <= before:
            raise Refused("not-canonical")
        before = (place, level, facet, epoch, generation)
        covers[Tree(ids[place], level, facet, epoch, generation)] = read_cover(level.depth, nodes)
    return Bundle(header, dict(zip(ids, streams)), covers)


def stream_info(reader: Reader) -> StreamInfo:
    label = clean(reader.text(), NAME_MOST)
    begin = reader.place
    described = stream(reader)
    data = reader.data[begin : reader.place]
    return StreamInfo(label, described, data, reader.items(LOGS_MOST, lambda: log_info(reader)))


def log_info(reader: Reader) -> LogInfo:
    return LogInfo(reader.array(16), Level(reader.variant(len(Level))), reader.u32(), public_key(reader))


def tree(reader: Reader) -> tuple[int, Level, Facet, int, int, bytes]:
    place, level, facet = reader.u16(), Level(reader.variant(len(Level))), Facet(reader.variant(len(Facet)))
    return place, level, facet, reader.i32(), reader.u32(), reader.blob()


@dataclass(frozen=True)
class Keys:
    """What the bundles of one consent hold together."""

    seq: int
    horizon: int
    streams: dict[bytes, StreamInfo]
    covers: dict[Tree, Cover]

    def extended(self, bundle: Bundle) -> Keys:
        """[consent-24]"""
        if bundle.header.seq <= self.seq:
            raise Refused("repeated")
        covers = dict(self.covers)
        for name, cover in bundle.covers.items():
            covers[name] = united(covers[name], cover) if name in covers else cover
        horizon = max(self.horizon, bundle.header.horizon)
        return Keys(bundle.header.seq, horizon, self.streams | bundle.streams, covers)


@dataclass(frozen=True)
class Grant:
    """Card, token and the signed bytes of bundles."""

    card: Card
    token: Token
    bundles: list[bytes]

    def open(self, key: EnvelopeKey) -> Keys:
        return open_bundles(self.bundles, self.token, self.card.id, key)


def open_bundles(bundles: list[bytes], token: Token, card: bytes, key: EnvelopeKey) -> Keys:
    """What the bundles of a consent hold together, oldest first."""
    first, *others = (open_bundle(data, token, card, key) for data in bundles)
    keys = Keys(first.header.seq, first.header.horizon, first.streams, first.covers)
    for bundle in others:
        keys = keys.extended(bundle)
    return keys


def read_grant(file: bytes) -> Grant:
    """A grant file whose signatures are checked, but for those of the bundles, which are at opening."""
    data = unwrapped(GRANT, file)
    if len(data) > OBJECT_MOST:
        raise Refused("length")
    reader = Reader(data)
    card_data, token_data = reader.blob(), reader.blob()
    bundles = not_empty(reader.items(BUNDLES_MOST, reader.blob))
    reader.finish()
    card, token = read_card(card_data), read_token(token_data)
    if card.id != token.recipient:
        raise Refused("audience")
    return Grant(card, token, bundles)
