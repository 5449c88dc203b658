"""The operations of sync.md."""

from __future__ import annotations

from .. import sync
from ..keys import Domain, digest
from ..log import Position
from ..refused import Refused
from ..sync import BEGINNING, Side
from .log import genesis_of
from .registered import Json, array, operation, read_back


def head_of(given: Json) -> Position:
    return Position(int(given["entries"]), array(given, "chain", 32))


def head(at: Position) -> Json:
    return {"entries": str(at.seq), "chain": at.chain.hex()}


@operation("sync/heads")
def heads(given: Json) -> Json:
    below = sync.read_prefix(bytes.fromhex(given["prefix"]))
    all_heads = {array(each, "log", 16): head_of(each) for each in given["heads"]}
    return {
        "root": sync.root(all_heads).hex(),
        "fingerprint": below.fingerprint(all_heads, array(given, "seed", 8)).hex(),
        "below": [log.hex() for log in below.below(all_heads)],
    }


@operation("sync/message")
def message(given: Json) -> Json:
    data = bytes.fromhex(given["frame"])
    found = next(sync.frames(data), None)
    if found is None:
        raise Refused("malformed")
    tag, body = found
    if len(data) != len(sync.varint(len(body) + 1)) + 1 + len(body):
        raise Refused("malformed")
    name, says = sync.read_message(tag, body)
    return {"message": name, "says": {field: written(field, value) for field, value in says.items()}}


# Numbers that may be over 2^53.
LARGE = {"at", "from", "to", "entries", "received"}


def written(field: str, value: Json) -> Json:
    """A field of a message as a file has it."""
    match field, value:
        case _, bytes():
            return value.hex()
        case _, dict():
            return {name: written(name, inner) for name, inner in value.items()}
        case "ranges", _:
            return [{"prefix": below.digits, "fingerprint": mark.hex()} for below, mark in value]
        case "lists", _:
            return [{"prefix": below.digits, "heads": list(map(listed, some))} for below, some in value]
        case "wants", _:
            return [{"log": log.hex(), "from": str(start), "to": str(end)} for log, start, end in value]
        case _ if field in LARGE:
            return str(value)
    return value


def listed(of: tuple[bytes, int, bytes]) -> Json:
    log, entries, chain = of
    return {"log": log.hex(), "entries": str(entries), "chain": chain.hex()}


@operation("sync/stretch")
def stretch(given: Json) -> Json:
    it = sync.read_stretch(bytes.fromhex(given["stretch"]))
    end = it.end(head_of(given["from"]))
    return {"kind": it.kind, "items": it.items(), "end": head(end)}


@operation("sync/verify")
def verify(given: Json) -> Json:
    genesis = genesis_of(given)
    it = sync.read_stretch(bytes.fromhex(given["stretch"]))
    at = given["from"] and head_of(given["from"])
    entries = it.verified(genesis, at)
    begins = it.start.position if it.start else at
    for header, _ in it.entries:
        begins = begins.after(header)
    return {"entries": len(entries), "end": head(begins)}


@read_back("sync/session")
def session(given: Json, output: Json) -> Json:
    """Follows what both sides said and sees that each says what is so, by what it has itself."""
    one, two = side_of(given["initiator"], True), side_of(given["responder"], False)
    if given["says"] is not None:
        heard_alone(two, list(map(bytes.fromhex, given["says"])))
        return output
    for log, at in one.heads.items():
        if log in two.heads and two.heads[log].seq == at.seq and two.heads[log].chain != at.chain:
            raise Refused("conflict")  # [sync-14]
    left = given["cut"]
    for said in output["sessions"]:
        for each in said:
            speaker, hearer = (one, two) if each["from"] == "initiator" else (two, one)
            frame = bytes.fromhex(each["frame"])
            if left is not None and speaker is two:
                if left < len(frame):
                    # What comes of a frame that is cut is none.
                    left = 0
                    continue
                left -= len(frame)
            ((tag, body),) = sync.frames(frame)
            name, says = sync.read_message(tag, body)
            tell(speaker, hearer, name, says)
        left = None
        one.again()
        two.again()
    if one.heads != two.heads:
        raise AssertionError("they differ in the end")
    return {"sessions": output["sessions"], "root": sync.root(one.heads).hex()}


def side_of(given: Json, initiator: bool) -> Side:
    side = Side(initiator, given["epoch"], [], {}, {})
    for item in given["journal"]:
        side.add(array(item, "log", 16), bytes.fromhex(item["stretch"]))
    return side


def heard_alone(side: Side, frames: list[bytes]) -> None:
    """What a responder makes of frames, which answers the first."""
    for data in frames:
        for tag, body in sync.frames(data):
            side.hear(*sync.read_message(tag, body))
        side.spoken = side.spoken or side.opened
        side.sent = sum(len(stretch) for _, stretch in side.journal)


def tell(speaker: Side, hearer: Side, name: str, says: Json) -> None:
    """A message from one to the other: what it says is so, and the other takes it in."""
    match name:
        case "open":
            expect(says["root"], sync.root(speaker.heads))
            expect(says["mine"], {"epoch": speaker.epoch.to_bytes(4), "at": len(speaker.journal)})
            expect(says["partial"], held(speaker))
        case "same":
            expect(sync.root(speaker.heads), sync.root(hearer.heads))
        case "compare":
            for below, mark in says["ranges"]:
                expect(mark, below.fingerprint(speaker.heads, says["seed"]))
            for below, listed_heads in says["lists"]:
                mine = below.below(speaker.heads).items()
                expect(listed_heads, [(log, at.seq, at.chain[:4]) for log, at in mine])
            for log, start, _ in says["wants"]:
                expect(start, speaker.heads.get(log, BEGINNING).seq)
        case "done":
            expect(says["root"], sync.root(speaker.heads)[:4])
        case "ack":
            expect(says["received"], speaker.received)
        case "stretch" | "more":
            speaker.sent += len(says["bytes"])
    speaker.spoken = True
    hearer.hear(name, says)
    if name == "stretch" and hearer.coming is None:
        # It was whole: it is one that its sender holds.
        log = hearer.logs[says["number"]]
        expect(hearer.stretches[log, says["from"]], speaker.stretches[log, says["from"]])


def held(side: Side) -> Json:
    """What a side says of a stretch that was cut."""
    if side.coming is None:
        return None
    log, start, _, data = side.coming
    return {"log": log, "from": start, "length": len(data), "hash": digest(Domain.RANGE, b"partial", data)[:8]}


def expect(said: Json, so: Json) -> None:
    if said != so:
        raise AssertionError(f"{said} is said, and {so} is so")

