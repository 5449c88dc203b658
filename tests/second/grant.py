"""docs/spec/consent.md, grants and bundles: the keys of a consent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .consent import Card, Token, not_empty, read_card, read_token
from .envelope import EnvelopeKey
from .keys import SIGNATURE_LEN, Cover, Domain, PublicKey, public_key, read_cover, united
from .model import Facet, Level, Stream, stream
from .postcard import Reader, ascending
from .refused import Refused
from .scope import MINUTE_MS, cells
from .seal import padme
from .signed import GRANT, NAME_MOST, OBJECT_MOST, VERSION, clean, payload, statement, unwrapped

SUCCEEDED_MOST = 64
BUNDLES_MOST, GENERATIONS_MOST, DESCRIBED_MOST, TREES_MOST, LOGS_MOST = 64, 1024, 256, 1 << 14, 256


@dataclass(frozen=True)
class Succession:
    """The key that signs for a household now, and those before it, each with its signature."""

    key: PublicKey
    before: list[tuple[PublicKey, bytes]]

    def keys(self) -> list[PublicKey]:
        return [self.key, *(key for key, _ in self.before)]

    def verify(self) -> None:
        """[consent-30]"""
        for key, signature in self.before:
            key.verify(Domain.SUCCESSION, bytes([VERSION]) + key.to_bytes() + self.key.to_bytes(), signature)


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
    succession: Succession | None
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
    household: list[PublicKey]


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
        "succession": reader.option(lambda: succession(reader)),
    }
    return BundleHeader(data=reader.data[begin : reader.place], **fields)


def succession(reader: Reader) -> Succession:
    key = public_key(reader)
    before = reader.items(SUCCEEDED_MOST, lambda: (public_key(reader), reader.array(SIGNATURE_LEN)))
    encoded = [old.to_bytes() for old, _ in before]
    if not before or not ascending(encoded) or key.to_bytes() in encoded:
        raise Refused("malformed")
    return Succession(key, before)


def household(header: BundleHeader, token: Token) -> list[PublicKey]:
    """The keys of the household, by a bundle: the first one signs it."""
    return [token.grantor] if header.succession is None else header.succession.keys()


def open_bundle(data: bytes, token: Token, card: bytes, key: EnvelopeKey) -> Bundle:
    """[consent-21] to [consent-24]"""
    reader = payload(data, OBJECT_MOST)
    header, envelope = bundle_header(reader), reader.blob()
    reader.finish()
    if header.token != token.id:
        raise Refused("other-token")
    keys = household(header, token)
    if token.grantor not in keys:
        raise Refused("signature")
    if header.succession is not None:
        header.succession.verify()
    statement(data, Domain.BUNDLE, keys[0])
    judge(header, token)
    if card != token.recipient:
        raise Refused("audience")
    plain = key.open(token.suite, token.id, header.data, envelope)
    return read_contents(plain, header, token, keys)


def judge(header: BundleHeader, token: Token) -> None:
    lease_ms = token.terms.lease * MINUTE_MS
    if header.made - header.journal_time > lease_ms:
        raise Refused("stale")
    if header.horizon > min(token.terms.usable.until * MINUTE_MS, header.made + lease_ms):
        raise Refused("beyond")


def read_contents(plain: bytes, header: BundleHeader, token: Token, household: list[PublicKey]) -> Bundle:
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
    return Bundle(header, dict(zip(ids, streams)), covers, household)


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
    household: list[PublicKey]
    heirs: Heirs

    def extended(self, bundle: Bundle, token: Token) -> Keys:
        """[consent-24]"""
        self.heirs.hear(bundle, token)
        if bundle.header.seq <= self.seq:
            raise Refused("repeated")
        covers = dict(self.covers)
        for name, cover in bundle.covers.items():
            covers[name] = united(covers[name], cover) if name in covers else cover
        horizon = max(self.horizon, bundle.header.horizon)
        streams = self.streams | bundle.streams
        return Keys(bundle.header.seq, horizon, streams, covers, bundle.household, self.heirs)


@dataclass
class Heirs:
    """[consent-31]: of each key, the first that was heard to follow it."""

    of: dict[PublicKey, PublicKey] = field(default_factory=dict)

    def newest(self, key: PublicKey) -> PublicKey:
        while key in self.of:
            key = self.of[key]
        return key

    def hear(self, bundle: Bundle, token: Token) -> None:
        keys = bundle.household
        newest = self.newest(token.grantor)
        if newest not in keys or keys[0] in self.of:
            raise Refused("succeeded")
        for key in keys[1:]:
            self.of.setdefault(key, keys[0])


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
    header, heirs = first.header, Heirs()
    heirs.hear(first, token)
    keys = Keys(header.seq, header.horizon, first.streams, first.covers, first.household, heirs)
    for bundle in others:
        keys = keys.extended(bundle, token)
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
