"""docs/spec/consent.md: cards, requests, tokens, bundles, grants, revocations."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey

from . import registry
from .envelope import PUBLIC_KEY_LEN, EnvelopeKey
from .keys import SIGNATURE_LEN, Cover, Domain, PublicKey, public_key, read_cover, united
from .model import Facet, Level, Stream, facets, levels, stream
from .postcard import Reader, ascending
from .refused import Refused
from .seal import Suite, padme, suite_of

T = TypeVar("T")

MAGIC, CONTAINER_VERSION, VERSION, LINKS = b"FRHD", 1, 1, 1
CARD, REQUEST, GRANT, REVOCATION, EXTENSION = 1, 2, 3, 4, 5
OBJECT_MOST, CARD_MOST, REQUEST_MOST, REVOCATION_MOST, TOKEN_MOST = 1 << 22, 2048, 1 << 14, 512, 1 << 14
LINES_MOST, STREAMS_MOST, PURPOSES_MOST, CAVEATS_MOST = 16, 64, 16, 4
BUNDLES_MOST, GENERATIONS_MOST, DESCRIBED_MOST, TREES_MOST, LOGS_MOST = 64, 1024, 256, 1 << 14, 256
NAME_MOST, WORDS_MOST = 64, 1000
ROLES, ATTENDED = 3, 4
MINUTE_MS = 60_000
INT32_END = 1 << 31


# Files and signed objects.


def unwrapped(kind: int, file: bytes) -> bytes:
    """[consent-2]: the object of a file."""
    if len(file) < 6 or file[:4] != MAGIC:
        raise Refused("malformed")
    if file[5] != CONTAINER_VERSION:
        raise Refused("version")
    if file[4] != kind:
        raise Refused("malformed")
    return file[6:]


def payload(data: bytes, most: int) -> Reader:
    """The payload of a signed object; [consent-1] and [consent-3]."""
    if len(data) > most:
        raise Refused("length")
    if len(data) <= SIGNATURE_LEN:
        raise Refused("malformed")
    reader = Reader(data[:-SIGNATURE_LEN])
    if reader.u8() != VERSION:
        raise Refused("version")
    return reader


def statement(data: bytes, domain: Domain, key: PublicKey) -> bytes:
    """Checks the signature of a signed object and gives its id."""
    return key.verify(domain, data[:-SIGNATURE_LEN], data[-SIGNATURE_LEN:])


def clean(text: str, most: int) -> str:
    """[consent-4]"""
    if not 1 <= len(text) <= most or text != " ".join(text.split()):
        raise Refused("malformed")
    if any(unicodedata.category(letter) == "Cc" or letter in registry.unclean() for letter in text):
        raise Refused("malformed")
    return text


# Card and request.


@dataclass(frozen=True)
class Card:
    """Who asks."""

    id: bytes
    suite: Suite
    role: int
    name: str
    key: PublicKey
    envelope: bytes


def read_card(data: bytes) -> Card:
    reader = payload(data, CARD_MOST)
    suite, role = suite_of(reader.u8()), reader.variant(ROLES)
    name, key, envelope = clean(reader.text(), NAME_MOST), public_key(reader), reader.bytes()
    reader.finish()
    check_envelope_key(envelope)
    return Card(statement(data, Domain.CARD, key), suite, role, name, key, envelope)


def check_envelope_key(key: bytes) -> None:
    """[keys-18]"""
    if len(key) != PUBLIC_KEY_LEN:
        raise Refused("length")
    try:
        MLKEM768PublicKey.from_public_bytes(key[:1184])
    except ValueError:
        raise Refused("key") from None


@dataclass(frozen=True)
class Ask:
    """A line of a request."""

    kind: str
    levels: set[Level]
    facets: set[Facet]
    clock: int
    first: int
    last: int | None


@dataclass(frozen=True)
class Request:
    """What a recipient asks for."""

    id: bytes
    card: Card
    nonce: bytes
    asks: list[Ask]
    purposes: list[int]
    basis: int
    retention_days: int
    duration: int | None
    lease: int | None
    caveats: Caveats
    words: str | None


def read_request(data: bytes) -> Request:
    """[consent-6]"""
    reader = payload(data, REQUEST_MOST)
    card_data = reader.bytes()
    fields: dict[str, Any] = {
        "nonce": reader.array(16),
        "asks": not_empty(reader.list(LINES_MOST, lambda: ask(reader))),
        **terms_of_use(reader),
        "duration": reader.option(reader.u32),
        "lease": reader.option(reader.u32),
        "caveats": caveats(reader),
        "words": reader.option(lambda: clean(reader.text(), WORDS_MOST)),
    }
    reader.finish()
    card = read_card(card_data)
    return Request(id=statement(data, Domain.REQUEST, card.key), card=card, **fields)


def ask(reader: Reader) -> Ask:
    line = Ask(
        kind=clean(reader.text(), NAME_MOST),
        levels=levels(reader.u8()),
        facets=facets(reader.u8()),
        clock=reader.variant(2),
        first=reader.i32(),
        last=reader.option(reader.i32),
    )
    raw, summaries = Level.RAW in line.levels, bool(line.levels - {Level.RAW})
    fits = (
        line.levels
        and raw == (Facet.READINGS in line.facets)
        and summaries == bool(line.facets - {Facet.READINGS})
        and (line.last is None or line.first < line.last)
    )
    if not fits:
        raise Refused("malformed")
    return line


def terms_of_use(reader: Reader) -> dict[str, Any]:
    purposes = reader.set(PURPOSES_MOST, reader.u16)
    basis, retention = reader.u16(), reader.u16()
    if not registry.purposes().keys() >= set(purposes) or basis not in registry.bases():
        raise Refused("malformed")
    return {"purposes": purposes, "basis": basis, "retention_days": retention}


def not_empty(items: list[T]) -> list[T]:
    if not items:
        raise Refused("malformed")
    return items


@dataclass(frozen=True)
class Caveats:
    """The conditions that a consent may have; these are the strictest."""

    onward: int = 0
    automated: bool = False
    cohort: int = 0
    jurisdiction: str | None = None


def caveats(reader: Reader) -> Caveats:
    """[consent-12]"""
    found = Caveats()
    numbers: list[int] = []

    def one() -> None:
        nonlocal found
        numbers.append(reader.variant(4))
        match numbers[-1]:
            case 0:
                found = replace(found, onward=strict(reader.variant(3)))
            case 1:
                found = replace(found, automated=True)
            case 2:
                found = replace(found, cohort=strict(reader.u32()))
            case _:
                found = replace(found, jurisdiction=capitals(reader.array(2)))

    reader.list(CAVEATS_MOST, one)
    if not ascending(numbers):
        raise Refused("malformed")
    return found


def strict(number: int) -> int:
    """A value that differs from the strictest, 0."""
    if number == 0:
        raise Refused("malformed")
    return number


def capitals(letters: bytes) -> str:
    if not all(65 <= letter <= 90 for letter in letters):
        raise Refused("malformed")
    return letters.decode()


# Token.


@dataclass(frozen=True, order=True)
class Window:
    """From a minute up to another, since 1970."""

    first: int
    until: int

    def covers(self, start_ms: int, end_ms: int) -> bool:
        return self.first * MINUTE_MS <= start_ms and end_ms <= self.until * MINUTE_MS

    def within(self, other: Window) -> bool:
        return other.first <= self.first and self.until <= other.until


def window(reader: Reader) -> Window:
    first, minutes = reader.i32(), reader.u32()
    if minutes == 0 or first + minutes >= INT32_END:
        raise Refused("malformed")
    return Window(first, first + minutes)


@dataclass(frozen=True)
class Line:
    """A line of a scope."""

    streams: list[bytes]
    levels: set[Level]
    facets: set[Facet]
    data: Window


Cell = tuple[bytes, Level, Facet]


@dataclass(frozen=True)
class Token:
    """What was granted."""

    id: bytes
    suite: Suite
    nonce: bytes
    grantor: PublicKey
    recipient: bytes
    shown: bytes
    role: int
    attended: bool
    scope: list[Line]
    usable: Window
    lease: int
    purposes: list[int]
    basis: int
    retention_days: int
    caveats: Caveats

    def streams(self) -> list[bytes]:
        return sorted({stream for line in self.scope for stream in line.streams})

    def cells(self) -> dict[Cell, list[Window]]:
        return cells(self.scope)

    def permits(self, now: int, card: bytes) -> None:
        """[consent-5] and [consent-14], but for revocations."""
        if card != self.recipient:
            raise Refused("audience")
        if now < self.usable.first * MINUTE_MS:
            raise Refused("not-yet")
        if now >= self.usable.until * MINUTE_MS:
            raise Refused("expired")


def read_token(data: bytes) -> Token:
    """[consent-10]"""
    if data[:1] != bytes([LINKS]):
        raise Refused("malformed")
    link = data[1:]
    reader = payload(link, TOKEN_MOST)
    suite, nonce, grantor = suite_of(reader.u8()), reader.array(16), public_key(reader)
    recipient, shown, how = reader.array(32), reader.array(32), reader.u8()
    if how & ~ATTENDED >= ROLES:
        raise Refused("malformed")
    scope = reader.list(LINES_MOST, lambda: line(reader))
    usable, lease = window(reader), reader.u32()
    use, conditions = terms_of_use(reader), caveats(reader)
    reader.finish()
    if not scope or canonical(scope) != scope:
        raise Refused("malformed")
    return Token(
        id=statement(link, Domain.TOKEN, grantor),
        suite=suite,
        nonce=nonce,
        grantor=grantor,
        recipient=recipient,
        shown=shown,
        role=how & ~ATTENDED,
        attended=bool(how & ATTENDED),
        scope=scope,
        usable=usable,
        lease=lease,
        caveats=conditions,
        **use,
    )


def line(reader: Reader) -> Line:
    streams = reader.set(STREAMS_MOST, lambda: reader.array(16))
    return Line(streams, levels(reader.u8()), facets(reader.u8()), window(reader))


# Scopes: [consent-11].


def cells(scope: list[Line]) -> dict[Cell, list[Window]]:
    """The windows of each stream, level and facet, none within another, ascending."""
    found: dict[Cell, set[Window]] = {}
    for it in scope:
        for each in it.streams:
            for level in it.levels:
                for facet in it.facets:
                    if (level == Level.RAW) == (facet == Facet.READINGS):
                        found.setdefault((each, level, facet), set()).add(it.data)
    return {cell: outermost(windows) for cell, windows in found.items()}


def outermost(windows: set[Window]) -> list[Window]:
    return sorted(a for a in windows if not any(a != b and a.within(b) for b in windows))


def canonical(scope: list[Line]) -> list[Line]:
    """The one list of lines that grants the same."""
    granted: dict[tuple[bytes, Window], dict[Level, set[Facet]]] = {}
    for (each, level, facet), windows in cells(scope).items():
        for it in windows:
            granted.setdefault((each, it), {}).setdefault(level, set()).add(facet)
    lines: dict[tuple[Window, int, int], set[bytes]] = {}
    for (each, it), per_level in granted.items():
        for level_bits, facet_bits in joined(per_level):
            lines.setdefault((it, level_bits, facet_bits), set()).add(each)
    made: list[Line] = []
    for (it, level_bits, facet_bits), streams in sorted(lines.items()):
        for at in range(0, len(streams), STREAMS_MOST):
            some = sorted(streams)[at : at + STREAMS_MOST]
            made.append(Line(some, levels(level_bits), facets(facet_bits), it))
    return made


def joined(per_level: dict[Level, set[Facet]]) -> list[tuple[int, int]]:
    """Levels of equal facets as one, by their facets; raw with the first of them."""
    groups: dict[int, int] = {}
    for level, some in per_level.items():
        if level != Level.RAW:
            groups[bits(some)] = groups.get(bits(some), 0) | 1 << level
    pairs = [(level_bits, facet_bits) for facet_bits, level_bits in sorted(groups.items())]
    if Level.RAW in per_level:
        level_bits, facet_bits = pairs[0] if pairs else (0, 0)
        pairs[:1] = [(level_bits | 1 << Level.RAW, facet_bits | 1 << Facet.READINGS)]
    return pairs


def bits(members: set[Facet]) -> int:
    return sum(1 << member for member in members)


# Bundles.


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


@dataclass(frozen=True)
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
        "generations": reader.list(GENERATIONS_MOST, reader.u32),
    }
    return BundleHeader(data=reader.data[begin : reader.place], **fields)


def open_bundle(data: bytes, token: Token, card: bytes, key: EnvelopeKey) -> Bundle:
    """[consent-21] to [consent-24]"""
    reader = payload(data, OBJECT_MOST)
    header, envelope = bundle_header(reader), reader.bytes()
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
    lease_ms = token.lease * MINUTE_MS
    if header.made - header.journal_time > lease_ms:
        raise Refused("stale")
    if header.horizon > min(token.usable.until * MINUTE_MS, header.made + lease_ms):
        raise Refused("beyond")


def read_contents(plain: bytes, header: BundleHeader, token: Token) -> Bundle:
    reader = Reader(plain)
    streams = reader.list(DESCRIBED_MOST, lambda: stream_info(reader))
    trees = reader.list(TREES_MOST, lambda: tree(reader))
    if len(plain) != padme(reader.place) or any(reader.rest()):
        raise Refused("padding")
    ids = [info.stream.id for info in streams]
    if ids != token.streams():
        raise Refused("beyond")
    granted = token.cells()
    covers: dict[Tree, Cover] = {}
    before: tuple[int, ...] = ()
    for place, level, facet, epoch, generation, nodes in trees:
        if place >= len(ids) or (ids[place], level, facet) not in granted:
            raise Refused("beyond")
        if (place, level, facet, epoch, generation) <= before:
            raise Refused("order")
        before = (place, level, facet, epoch, generation)
        covers[Tree(ids[place], level, facet, epoch, generation)] = read_cover(level.depth, nodes)
    return Bundle(header, dict(zip(ids, streams)), covers)


def stream_info(reader: Reader) -> StreamInfo:
    label = clean(reader.text(), NAME_MOST)
    begin = reader.place
    described = stream(reader)
    data = reader.data[begin : reader.place]
    return StreamInfo(label, described, data, reader.list(LOGS_MOST, lambda: log_info(reader)))


def log_info(reader: Reader) -> LogInfo:
    return LogInfo(reader.array(16), Level(reader.variant(len(Level))), reader.u32(), public_key(reader))


def tree(reader: Reader) -> tuple[int, Level, Facet, int, int, bytes]:
    place, level, facet = reader.u16(), Level(reader.variant(len(Level))), Facet(reader.variant(len(Facet)))
    return place, level, facet, reader.i32(), reader.u32(), reader.bytes()


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


# Grants and revocations.


@dataclass(frozen=True)
class Grant:
    """Card, token and the signed bytes of bundles."""

    card: Card
    token: Token
    bundles: list[bytes]

    def open(self, key: EnvelopeKey) -> Keys:
        first, *others = (open_bundle(data, self.token, self.card.id, key) for data in self.bundles)
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
    card_data, token_data = reader.bytes(), reader.bytes()
    bundles = not_empty(reader.list(BUNDLES_MOST, reader.bytes))
    reader.finish()
    card, token = read_card(card_data), read_token(token_data)
    if card.id != token.recipient:
        raise Refused("audience")
    return Grant(card, token, bundles)


@dataclass(frozen=True)
class Revocation:
    """A consent withdrawn."""

    token: bytes
    time: int
    grantor: PublicKey
    nonce: bytes


def read_revocation(data: bytes) -> Revocation:
    """[consent-25], by the key that it names; whether that is the token's is for the token to say."""
    reader = payload(data, REVOCATION_MOST)
    revocation = Revocation(reader.array(32), reader.i64(), public_key(reader), reader.array(16))
    reader.finish()
    statement(data, Domain.REVOCATION, revocation.grantor)
    return revocation
