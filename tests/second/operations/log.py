"""The operations of log.md."""

from __future__ import annotations

from .. import log
from ..keys import Cover, read_cover, read_public_key
from ..log import Entry, Genesis, Slot
from ..model import Facet, leaf_index
from .registered import Json, operation

Held = dict[tuple[Facet, int, int], Cover]


def genesis_of(given: Json) -> Genesis:
    data, signature = bytes.fromhex(given["genesis"]), bytes.fromhex(given["genesis_signature"])
    return log.verified_genesis(data, signature, read_public_key(bytes.fromhex(given["household"])))


def entries_of(given: Json, genesis: Genesis) -> list[Entry]:
    entries = [(bytes.fromhex(entry["header"]), bytes.fromhex(entry["body"])) for entry in given["entries"]]
    return log.verified_log(genesis, entries, list(map(bytes.fromhex, given["checkpoints"])))


@operation("log/genesis")
def genesis(given: Json) -> Json:
    it = genesis_of(given)
    before = None
    if it.predecessor:
        name, position = it.predecessor
        before = {"log": name.hex(), "seq": str(position.seq), "chain": position.chain.hex()}
    return {
        "suite": int(it.suite),
        "log": it.log.hex(),
        "stream": it.stream.hex(),
        "spec": it.spec.hex(),
        "level": int(it.level),
        "facets": list(map(int, it.facets)),
        "incarnation": it.incarnation,
        "writer": it.writer.to_bytes().hex(),
        "predecessor": before,
        "start": it.start().chain.hex(),
    }


def slot(it: Slot) -> Json:
    return {"start": it.start, "end": it.end, "part": it.part}


@operation("log/header")
def header(given: Json) -> Json:
    it = log.read_header(bytes.fromhex(given["header"]))
    return {
        "seq": str(it.seq),
        "epoch": it.epoch,
        "generation": it.generation,
        "salt": it.salt.hex(),
        "slots": list(map(slot, it.slots)),
        "lengths": it.lengths,
        "body": it.body.hex(),
    }


def body_of(given: Json) -> log.Body:
    return log.read_body(log.read_header(bytes.fromhex(given["header"])), bytes.fromhex(given["body"]))


@operation("log/body")
def body(given: Json) -> Json:
    it = body_of(given)
    hashes = [each.hex() for each in it.hashes]
    return {"held": it.held(), "hashes": hashes, "hash": it.hash().hex() if hashes else None}


@operation("log/drop")
def drop(given: Json) -> Json:
    return {"body": body_of(given).keeping(given["keep"]).to_bytes().hex()}


@operation("log/chain")
def chain(given: Json) -> Json:
    heads = [log.read_genesis(bytes.fromhex(given["genesis"])).start()]
    for data in given["headers"]:
        heads.append(heads[-1].after(bytes.fromhex(data)))
    return {"chain": [head.chain.hex() for head in heads]}


@operation("log/checkpoint")
def checkpoint(given: Json) -> Json:
    it = log.verified_checkpoint(bytes.fromhex(given["checkpoint"]), genesis_of(given))
    return {"seq": str(it.position.seq), "chain": it.position.chain.hex(), "time": it.time}


@operation("log/verify")
def verify(given: Json) -> Json:
    return {"verified": [verified(entry) for entry in entries_of(given, genesis_of(given))]}


def verified(entry: Entry) -> Json:
    it = entry.header
    return {
        "seq": str(it.seq),
        "epoch": it.epoch,
        "generation": it.generation,
        "slots": list(map(slot, it.slots)),
        "held": entry.body.held(),
    }


@operation("log/open")
def open_pieces(given: Json) -> Json:
    it = genesis_of(given)
    entries = entries_of(given, it)
    held: Held = {}
    for key in given["keys"]:
        cover = read_cover(it.level.depth, bytes.fromhex(key["cover"]))
        held[Facet(key["facet"]), key["epoch"], key["generation"]] = cover
    return {"opened": [said for entry in entries for said in opened(entry, held)]}


def opened(entry: Entry, held: Held) -> list[Json]:
    found: list[Json] = []
    for piece in entry.pieces():
        at, of = piece.place, piece.context
        cover = held.get((Facet(at.facet), of.epoch, of.generation))
        index = leaf_index(entry.genesis.level, of.epoch, at.start)
        leaf = None if cover is None or index is None else cover.leaf(index)
        if leaf is None or piece.sealed is None:
            continue
        said = {"seq": str(of.seq), "start": at.start, "end": at.end, "part": at.part, "facet": int(at.facet)}
        found.append(said | {"plaintext": piece.open(leaf).hex()})
    return found
