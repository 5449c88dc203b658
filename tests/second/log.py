"""docs/spec/log.md: genesis, entries, chain and checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .keys import SIGNATURE_LEN, Domain, PublicKey, digest, public_key
from .model import Facet, Level
from .postcard import Reader, ascending
from .refused import Refused
from .seal import Context, PieceKey, Place, Suite
from .seal import suite as read_suite

VERSION = 1
SLOTS_MOST, FACETS_MOST, BODY_MOST = 256, 4, 1 << 20
GENESIS_MOST, CHECKPOINT_MOST = 512, 256
HEADER_MOST = 64 + SLOTS_MOST * (12 + 3 * FACETS_MOST)
MINUTE_MS = 60_000
WHOLE, PARTIAL, NOTHING = 0, 1, 2


def versioned(data: bytes, most: int) -> Reader:
    """[log-2] and [log-3]"""
    if len(data) > most:
        raise Refused("length")
    reader = Reader(data)
    if reader.u8() != VERSION:
        raise Refused("version")
    return reader


# Genesis.


@dataclass(frozen=True)
class Position:
    """A place in a log: how many entries are before it, and the chain up to it."""

    seq: int
    chain: bytes

    def after(self, header: bytes) -> Position:
        return Position(self.seq + 1, digest(Domain.CHAIN, self.chain, header))


@dataclass(frozen=True)
class Genesis:
    """What a log is."""

    suite: Suite
    log: bytes
    stream: bytes
    spec: bytes
    level: Level
    facets: list[Facet]
    incarnation: int
    writer: PublicKey
    predecessor: tuple[bytes, Position] | None
    data: bytes

    def start(self) -> Position:
        return Position(0, digest(Domain.GENESIS, self.data))


def read_genesis(data: bytes) -> Genesis:
    """A genesis of which nothing is verified yet."""
    reader = versioned(data, GENESIS_MOST)
    genesis = Genesis(
        suite=read_suite(reader),
        log=reader.array(16),
        stream=reader.array(16),
        spec=reader.array(32),
        level=Level(reader.variant(len(Level))),
        facets=reader.items(FACETS_MOST, lambda: Facet(reader.variant(len(Facet))), "length"),
        incarnation=reader.u32(),
        writer=public_key(reader),
        predecessor=reader.option(lambda: (reader.array(16), position(reader))),
        data=data,
    )
    reader.finish()
    if not ascending(genesis.facets):
        raise Refused("not-canonical")
    of_raw = genesis.facets in ([Facet.READINGS], [Facet.READINGS, Facet.INDEX])
    if (
        not genesis.facets
        or of_raw != (genesis.level == Level.RAW)
        or (Facet.READINGS in genesis.facets and not of_raw)
    ):
        raise Refused("malformed")
    return genesis


def position(reader: Reader) -> Position:
    return Position(reader.u64(), reader.array(32))


def verified_genesis(data: bytes, signature: bytes, household: PublicKey) -> Genesis:
    """[log-4]"""
    genesis = read_genesis(data)
    household.verify(Domain.GENESIS, data, signature)
    return genesis


# Header.


@dataclass(frozen=True)
class Run:
    """Slots of one width that follow each other, in minutes."""

    skip: int
    width: int
    count: int
    part: int


@dataclass(frozen=True)
class Slot:
    """Start and end in milliseconds, and the part."""

    start: int
    end: int
    part: int


@dataclass(frozen=True)
class Header:
    """What an entry says openly."""

    seq: int
    epoch: int
    generation: int
    salt: bytes
    slots: list[Slot]
    # For each facet the sealed length in each slot.
    lengths: list[list[int]]
    body: bytes
    data: bytes

    def sealed_lengths(self) -> list[int]:
        """The length of each piece, in the body's order."""
        return [lengths[n] for n in range(len(self.slots)) for lengths in self.lengths]


def read_header(data: bytes) -> Header:
    reader = versioned(data, HEADER_MOST)
    seq, epoch, generation, salt = reader.u64(), reader.i32(), reader.u32(), reader.array(16)
    runs = reader.items(len(data), lambda: Run(reader.u32(), reader.u32(), reader.u32(), reader.u16()))
    lengths = reader.items(FACETS_MOST, lambda: facet_lengths(reader), "length")
    body = reader.array(32)
    reader.finish()
    slots = read_slots(runs)
    each = [each_length(given, len(slots)) for given in lengths]
    if not each:
        raise Refused("malformed")
    if sum(map(sum, each)) > BODY_MOST:
        raise Refused("length")
    return Header(seq, epoch, generation, salt, slots, each, body, data)


def read_slots(runs: list[Run]) -> list[Slot]:
    """[log-7] and [log-8]"""
    slots: list[Slot] = []
    end = 0
    before: Run | None = None
    for run in runs:
        if run.width == 0 or run.count == 0:
            raise Refused("slots")
        if before and run.skip == 0 and (run.width, run.part) == (before.width, before.part):
            raise Refused("not-canonical")
        if len(slots) + run.count > SLOTS_MOST:
            raise Refused("length")
        start = end + run.skip
        end = start + run.width * run.count
        starts = range(start, end, run.width)
        slots += (Slot(at * MINUTE_MS, (at + run.width) * MINUTE_MS, run.part) for at in starts)
        before = run
    if not slots or end >= 2**32:
        raise Refused("slots")
    return slots


def facet_lengths(reader: Reader) -> int | list[int]:
    if reader.variant(2) == 0:
        return reader.u16()
    return reader.items(len(reader.data), reader.u32)


def each_length(given: int | list[int], slots: int) -> list[int]:
    """[log-9]"""
    if isinstance(given, int):
        return [given] * slots
    if len(given) != slots:
        raise Refused("malformed")
    if len(set(given)) == 1 and given[0] < 1 << 16:
        raise Refused("not-canonical")
    return given


# Body.


@dataclass(frozen=True)
class Body:
    """The pieces of an entry, each whole or as its hash; no hashes at all when nothing is held."""

    pieces: list[bytes | None]
    hashes: list[bytes]

    def hash(self) -> bytes:
        return digest(Domain.BODY, b"".join(self.hashes))

    def held(self) -> list[int]:
        return [n for n, piece in enumerate(self.pieces) if piece is not None]

    def keeping(self, numbers: list[int]) -> Body:
        """[log-12]"""
        pieces = [piece if n in numbers else None for n, piece in enumerate(self.pieces)]
        return Body(pieces, self.hashes if any(piece is not None for piece in pieces) else [])

    def to_bytes(self) -> bytes:
        held = self.held()
        if not held:
            return bytes([NOTHING])
        parts = [hash_ if piece is None else piece for piece, hash_ in zip(self.pieces, self.hashes)]
        if len(held) == len(parts):
            return bytes([WHOLE]) + b"".join(parts)
        bits = sum(1 << n for n in held).to_bytes(-(-len(parts) // 8), "little")
        return bytes([PARTIAL]) + bits + b"".join(parts)


def read_body(header: Header, data: bytes) -> Body:
    if len(data) > BODY_MOST:
        raise Refused("length")
    reader = Reader(data)
    form = reader.u8()
    lengths = header.sealed_lengths()
    if form == NOTHING and not reader.rest():
        return Body([None] * len(lengths), [])
    if form not in (WHOLE, PARTIAL):
        raise Refused("malformed")
    held = held_bits(reader, len(lengths)) if form == PARTIAL else [True] * len(lengths)
    pieces: list[bytes | None] = []
    hashes: list[bytes] = []
    for length, holds in zip(lengths, held):
        piece = reader.array(length) if holds else None
        pieces.append(piece)
        hashes.append(reader.array(32) if piece is None else digest(Domain.PIECE, piece))
    if reader.rest():
        raise Refused("malformed")
    return Body(pieces, hashes)


def held_bits(reader: Reader, count: int) -> list[bool]:
    """[log-11]"""
    bits = int.from_bytes(reader.array(-(-count // 8)), "little")
    if not 0 < bits < (1 << count) - 1:
        raise Refused("malformed")
    return [bool(bits >> n & 1) for n in range(count)]


# Entries, chain, checkpoints.


@dataclass(frozen=True)
class Piece:
    """A sealed piece and what it is bound to."""

    place: Place
    sealed: bytes | None
    context: Context

    def open(self, leaf: bytes) -> bytes:
        key = PieceKey(leaf, self.context, self.place)
        sealed = self.sealed or b""
        return key.open_large(sealed) if self.context.level == Level.RAW else key.open_small(sealed)


@dataclass(frozen=True)
class Entry:
    """A header and a body that is its own."""

    genesis: Genesis
    header: Header
    body: Body

    def pieces(self) -> Iterator[Piece]:
        it, facets = self.header, self.genesis.facets
        context = Context(
            self.genesis.suite, self.genesis.level, self.genesis.log, it.seq, it.epoch, it.generation, it.salt
        )
        sealed = iter(self.body.pieces)
        for slot in it.slots:
            for facet in facets:
                yield Piece(Place(slot.start, slot.end, facet, slot.part), next(sealed), context)


@dataclass(frozen=True)
class Checkpoint:
    """A signed head of a log."""

    log: bytes
    position: Position
    time: int
    signed: bytes
    signature: bytes


def read_checkpoint(data: bytes) -> Checkpoint:
    reader = versioned(data, CHECKPOINT_MOST)
    log, head, time = reader.array(16), position(reader), reader.i64()
    signed = data[: reader.place]
    signature = reader.array(SIGNATURE_LEN)
    reader.finish()
    return Checkpoint(log, head, time, signed, signature)


def verified_checkpoint(data: bytes, genesis: Genesis) -> Checkpoint:
    checkpoint = read_checkpoint(data)
    if checkpoint.log != genesis.log:
        raise Refused("other-log")
    genesis.writer.verify(Domain.CHECKPOINT, checkpoint.signed, checkpoint.signature)
    return checkpoint


def verified_entries(
    genesis: Genesis, start: Position, entries: list[tuple[bytes, bytes]], checkpoint: Checkpoint
) -> list[Entry]:
    """[log-13], [log-15], [log-16]: the entries between two places of a log."""
    headers = [read_header(header) for header, _ in entries]
    bodies = [read_body(header, body) for header, (_, body) in zip(headers, entries)]
    head = start
    for header in headers:
        if header.seq != head.seq:
            raise Refused("sequence")
        head = head.after(header.data)
    if head != checkpoint.position:
        raise Refused("sequence" if head.seq != checkpoint.position.seq else "chain")
    return [verified_entry(genesis, header, body) for header, body in zip(headers, bodies)]


def verified_entry(genesis: Genesis, header: Header, body: Body) -> Entry:
    if len(header.lengths) != len(genesis.facets):
        raise Refused("malformed")
    if body.hashes and body.hash() != header.body:
        raise Refused("body")
    return Entry(genesis, header, body)


def verified_log(genesis: Genesis, entries: list[tuple[bytes, bytes]], checkpoints: list[bytes]) -> list[Entry]:
    """[log-15]: from the genesis to the last checkpoint; what lies beyond is not read."""
    verified: list[Entry] = []
    head = genesis.start()
    for data in checkpoints:
        checkpoint = verified_checkpoint(data, genesis)
        between = entries[head.seq : max(head.seq, checkpoint.position.seq)]
        verified += verified_entries(genesis, head, between, checkpoint)
        head = checkpoint.position
    return verified
