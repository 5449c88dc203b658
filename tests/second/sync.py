"""docs/spec/sync.md: heads, stretches, frames and messages, and what a side of a session must refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .keys import Domain, digest
from .log import (
    Entry,
    Genesis,
    Position,
    read_body,
    read_header,
    verified_checkpoint,
    verified_entries,
)
from .postcard import Reader, ascending
from .refused import Refused

VERSION = 1
FRAME_MOST, STRETCH_MOST, ITEMS_MOST, INTRO_MOST, LISTED_MOST = 1 << 16, 1 << 23, 1 << 10, 1 << 10, 512
HALF_BYTES = 32
FAULTS = ["later", "invalid", "forbidden", "fork", "quota", "unavailable"]
BEGINNING = Position(0, bytes(32))
Json = Any
T = TypeVar("T")
Heads = dict[bytes, Position]


# Heads.


def summed(heads: Heads) -> bytes:
    """The sum, and the number of logs."""
    each = (digest(Domain.RANGE, log, at.seq.to_bytes(8), at.chain) for log, at in heads.items())
    total = sum(map(int.from_bytes, each)) % (1 << 256)
    return total.to_bytes(32)


def root(heads: Heads) -> bytes:
    return digest(Domain.RANGE, b"", summed(heads), len(heads).to_bytes(8))[:16]


@dataclass(frozen=True)
class Prefix:
    """The first half bytes of names."""

    digits: str

    def has(self, log: bytes) -> bool:
        return log.hex().startswith(self.digits)

    def below(self, heads: Heads) -> Heads:
        return {log: heads[log] for log in sorted(heads) if self.has(log)}

    def fingerprint(self, heads: Heads, seed: bytes) -> bytes:
        part = self.below(heads)
        return digest(Domain.RANGE, seed, summed(part), len(part).to_bytes(8))[:8]


def prefix(reader: Reader) -> Prefix:
    """[sync-2]"""
    count, data = reader.u8(), reader.blob()
    if count > HALF_BYTES or len(data) != (count + 1) // 2:
        raise Refused("malformed")
    digits = data.hex()
    if count % 2 == 1 and digits[-1] != "0":
        raise Refused("malformed")
    return Prefix(digits[:count])


def read_prefix(data: bytes) -> Prefix:
    reader = Reader(data)
    return alone(reader, lambda: prefix(reader))


def alone(reader: Reader, read: Callable[[], T]) -> T:
    """What is read to its end. A session does not tell apart in what way a message is malformed."""
    try:
        found = read()
        reader.finish()
    except Refused as refused:
        raise Refused("malformed" if refused.kind == "not-canonical" else refused.kind) from None
    return found


# Stretches.


@dataclass(frozen=True)
class Signed:
    time: int
    signature: bytes


@dataclass(frozen=True)
class Start:
    position: Position
    signed: Signed | None


@dataclass(frozen=True)
class Stretch:
    """Entries with a start and a checkpoint, or hashes of letters or orders."""

    kind: str
    entries: list[tuple[bytes, bytes]] = field(default_factory=list)
    start: Start | None = None
    end_signed: Signed | None = None
    hashes: list[bytes] = field(default_factory=list)

    def items(self) -> int:
        return len(self.entries) + len(self.hashes)

    def end(self, at: Position) -> Position:
        """[sync-4], as a relay does it."""
        for each in self.hashes:
            at = at.after(each)
        if self.start and self.start.position != at:
            raise Refused("chain")
        for header_bytes, body_bytes in self.entries:
            header = read_header(header_bytes)
            if header.seq != at.seq:
                raise Refused("sequence")
            body = read_body(header, body_bytes)
            if body.hashes and body.hash() != header.body:
                raise Refused("body")
            at = at.after(header_bytes)
        return at

    def verified(self, genesis: Genesis, at: Position | None) -> list[Entry]:
        """[sync-4], as a reader does it."""
        if self.kind != "entries" or self.end_signed is None:
            raise Refused("unknown")
        if self.start:
            at = self.start.position
            if self.start.signed:
                verified_checkpoint(checkpoint(genesis, at, self.start.signed), genesis)
            elif at != genesis.start():
                raise Refused("chain")
        if at is None:
            raise Refused("chain")
        end = at
        read = [(read_header(header), header, body) for header, body in self.entries]
        entries = [(header, read_body(of, body)) for of, header, body in read]
        for header, _ in entries:
            end = end.after(header)
        after = verified_checkpoint(checkpoint(genesis, end, self.end_signed), genesis)
        return verified_entries(genesis, at, self.entries, after)


def checkpoint(genesis: Genesis, at: Position, signed: Signed) -> bytes:
    """A checkpoint's bytes, of which a stretch leaves out what its reader knows."""
    zigzag = signed.time << 1 if signed.time >= 0 else (-signed.time << 1) - 1
    return bytes([1]) + genesis.log + varint(at.seq) + at.chain + varint(zigzag) + signed.signature


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def read_stretch(data: bytes) -> Stretch:
    """[sync-3] and [sync-5]"""
    if len(data) > STRETCH_MOST:
        raise Refused("length")
    reader = Reader(data)
    match reader.variant(3):
        case 0:
            start = reader.option(lambda: read_start(reader))
            entries = reader.items(len(data), lambda: (reader.blob(), reader.blob()))
            stretch = Stretch("entries", entries, start, signed_at(reader))
        case 1:
            stretch = Stretch("letters", hashes=reader.items(len(data), lambda: letter(reader)))
        case _:
            signed = lambda: digest(Domain.ORDER, reader.blob(), reader.array(64))  # noqa: E731
            stretch = Stretch("orders", hashes=reader.items(len(data), signed))
    reader.finish()
    if stretch.start and (stretch.start.signed is None) != (stretch.start.position.seq == 0):
        raise Refused("malformed")
    if stretch.start and stretch.start.position.seq >= 1 << 63:
        raise Refused("malformed")
    if stretch.items() == 0:
        raise Refused("malformed")
    if stretch.items() > ITEMS_MOST:
        raise Refused("length")
    return stretch


def read_start(reader: Reader) -> Start:
    if len(reader.blob()) > INTRO_MOST:
        raise Refused("malformed")
    return Start(Position(reader.u64(), reader.array(32)), reader.option(lambda: signed_at(reader)))


def signed_at(reader: Reader) -> Signed:
    return Signed(reader.i64(), reader.array(64))


def letter(reader: Reader) -> bytes:
    return digest(Domain.LETTER, reader.blob()) if reader.variant(2) == 0 else reader.array(32)


# Frames and messages.


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and contents of each whole frame."""
    while data:
        length, shift = 0, 0
        for place, byte in enumerate(data[:3]):
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        else:
            if len(data) >= 3:
                raise Refused("length")
            return
        if place > 0 and byte == 0:
            raise Refused("malformed")
        if not 0 < length <= FRAME_MOST:
            raise Refused("length")
        body = data[place + 1 : place + 1 + length]
        if len(body) < length:
            return
        yield body[0], body[1:]
        data = data[place + 1 + length :]


def read_message(tag: int, body: bytes) -> tuple[str, dict[str, Json]]:
    """[sync-7]"""
    names = ["open", "same", "compare", "log", "stretch", "more", "upto", "ack", "done", "refused", "bye", "known"]
    if not 0 < tag <= len(names):
        raise Refused("malformed")
    name = names[tag - 1]
    if name == "open" and body[:1] != bytes([VERSION]):
        raise Refused("version" if body else "malformed")
    if name == "more":
        return name, {"bytes": body}
    reader = Reader(body)
    return name, alone(reader, lambda: fields(name, reader))


def fields(name: str, reader: Reader) -> dict[str, Json]:
    match name:
        case "open":
            return {
                "version": reader.u8(),
                "wish": reader.u8(),
                "seen": cursor(reader),
                "mine": cursor(reader),
                "root": reader.array(16),
                "partial": reader.option(lambda: partial(reader)),
            }
        case "compare":
            return compare(reader)
        case "log":
            return {"log": reader.array(16)}
        case "stretch":
            number, start, length, offset = reader.u32(), reader.u64(), reader.u32(), reader.u32()
            if length > STRETCH_MOST:
                raise Refused("length")
            said = reader.array(len(reader.rest()))
            return {"number": number, "from": start, "length": length, "offset": offset, "bytes": said}
        case "upto" | "known":
            return {"at": reader.u64()}
        case "ack":
            return {"received": reader.u64()}
        case "done":
            return {"at": reader.u64(), "root": reader.array(4)}
        case "refused":
            return {"fault": FAULTS[reader.variant(len(FAULTS))], "seconds": reader.u32()}
    return {}


def cursor(reader: Reader) -> dict[str, Json]:
    return {"epoch": reader.array(4), "at": reader.u64()}


def partial(reader: Reader) -> dict[str, Json]:
    return {"log": reader.array(16), "from": reader.u64(), "length": reader.u32(), "hash": reader.array(8)}


def compare(reader: Reader) -> dict[str, Json]:
    many = len(reader.data)
    head = lambda: (reader.array(16), reader.u64(), reader.array(4))  # noqa: E731
    said = {
        "seed": reader.array(8),
        "ranges": reader.items(many, lambda: (prefix(reader), reader.array(8))),
        "lists": reader.items(many, lambda: (prefix(reader), reader.items(many, head))),
        "wants": reader.items(many, lambda: (reader.array(16), reader.u64(), reader.u64())),
    }
    reader.finish()
    heads = sum(len(listed) for _, listed in said["lists"])
    if max(len(said["ranges"]), len(said["lists"]), len(said["wants"]), heads) > LISTED_MOST:
        raise Refused("length")
    return said


# A side of a session, as far as what it hears tells.


@dataclass
class Side:
    """What a side holds, and what it has heard of the other."""

    initiator: bool
    epoch: int
    journal: list[tuple[bytes, bytes]]
    heads: Heads
    stretches: dict[tuple[bytes, int], bytes]
    spoken: bool = False
    opened: bool = False
    logs: list[bytes] = field(default_factory=list)
    coming: tuple[bytes, int, int, bytes] | None = None
    received: int = 0
    sent: int = 0

    def add(self, log: bytes, stretch: bytes) -> None:
        at = self.heads.get(log, BEGINNING)
        self.heads[log] = read_stretch(stretch).end(at)
        self.stretches[log, at.seq] = stretch
        self.journal.append((log, stretch))

    def again(self) -> None:
        """Another session with the same peer."""
        self.spoken = self.opened = False
        self.logs, self.received, self.sent = [], 0, 0

    def hear(self, name: str, says: dict[str, Json]) -> None:
        """Refuses what is out of place, and takes in the rest."""
        if name == "open":
            if self.opened or self.initiator != self.spoken:
                raise Refused("order")
            self.opened = True
            return
        if name in ("same", "known"):
            if not self.initiator or self.opened:
                raise Refused("order")
            self.opened = True
            return
        if not self.opened:
            raise Refused("order")
        match name:
            case "compare":
                self.compare(says)
            case "log":
                self.logs.append(says["log"])
            case "stretch":
                self.begin(says)
            case "more":
                self.more(says["bytes"])
            case "ack":
                if says["received"] > self.sent:
                    raise Refused("order")

    def begin(self, says: dict[str, Json]) -> None:
        if says["number"] >= len(self.logs):
            raise Refused("order")
        log, offset = self.logs[says["number"]], says["offset"]
        before, held = self.coming, b""
        if offset > 0:
            if before is None or (before[0], before[1], len(before[3])) != (log, says["from"], offset):
                raise Refused("order")
            held = before[3]
        self.coming = (log, says["from"], says["length"], held)
        self.more(says["bytes"])

    def more(self, data: bytes) -> None:
        if self.coming is None:
            raise Refused("order")
        log, start, length, held = self.coming
        held += data
        if len(held) > length:
            raise Refused("length")
        self.received += len(data)
        self.coming = (log, start, length, held)
        if len(held) == length:
            self.coming = None
            self.take(log, start, held)

    def take(self, log: bytes, start: int, stretch: bytes) -> None:
        """[sync-6]"""
        if (log, start) in self.stretches:
            if self.stretches[log, start] != stretch:
                raise Refused("conflict")
            return
        if self.heads.get(log, BEGINNING).seq != start:
            raise Refused("chain")
        try:
            self.add(log, stretch)
        except Refused:
            raise Refused("chain") from None

    def compare(self, says: dict[str, Json]) -> None:
        """[sync-13] and [sync-14]"""
        for below, heads in says["lists"]:
            names = [log for log, *_ in heads]
            if not ascending(names) or not all(map(below.has, names)):
                raise Refused("malformed")
            for log, entries, chain in heads:
                mine = self.heads.get(log)
                if mine and mine.seq == entries and mine.chain[:4] != chain:
                    raise Refused("conflict")

