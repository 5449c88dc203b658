"""The operations of seal.md."""

from __future__ import annotations

from .. import seal
from ..keys import Domain, leaf
from ..model import Facet, Level
from ..refused import Refused
from ..seal import Context, PieceKey, Place, suite_of
from .registered import Json, array, operation

ROWS = {"store": Domain.STORE_ROW, "readings": Domain.READINGS_ROW, "running": Domain.RUNNING_ROW}


def place(given: Json) -> Place:
    if given["facet"] not in iter(Facet):
        raise Refused("unknown")
    return Place(given["start"], given["end"], given["facet"], given["part"])


def piece_key(given: Json) -> PieceKey:
    if given["level"] not in iter(Level):
        raise Refused("unknown")
    log, salt = array(given, "log", 16), array(given, "salt", 16)
    seq, epoch, generation = int(given["seq"]), given["epoch"], given["generation"]
    context = Context(suite_of(given["suite"]), given["level"], log, seq, epoch, generation, salt)
    return PieceKey(leaf(array(given, "node", 32)), context, place(given))


@operation("seal/keys")
def keys(given: Json) -> Json:
    key, at = piece_key(given), place(given).to_bytes()
    return {
        "context": key.bound[: -len(at)].hex(),
        "place": at.hex(),
        "keystream": (key.derived(seal.KEYSTREAM) + key.derived(seal.KEYSTREAM, 1)).hex(),
        "mac": key.derived(seal.MAC).hex(),
        "aead": key.derived(seal.AEAD).hex(),
        "commitment": key.commitment().hex(),
    }


@operation("seal/salt")
def salt(given: Json) -> Json:
    pieces = [(leaf(array(it, "node", 32)), place(it), bytes.fromhex(it["plaintext"])) for it in given["pieces"]]
    made = seal.salt_of(pieces, array(given, "random", 32), array(given, "log", 16), int(given["seq"]))
    return {"salt": made.hex()}


@operation("seal/seal-small")
def seal_small(given: Json) -> Json:
    return {"piece": seal.seal_small(piece_key(given), bytes.fromhex(given["plaintext"])).hex()}


@operation("seal/open-small")
def open_small(given: Json) -> Json:
    return {"plaintext": piece_key(given).open_small(bytes.fromhex(given["piece"])).hex()}


@operation("seal/padme")
def padme(given: Json) -> Json:
    return {"padded": seal.padme(given["length"])}


@operation("seal/seal-large")
def seal_large(given: Json) -> Json:
    return {"piece": seal.seal_large(piece_key(given), bytes.fromhex(given["plaintext"]), given["class"]).hex()}


@operation("seal/open-large")
def open_large(given: Json) -> Json:
    return {"plaintext": piece_key(given).open_large(bytes.fromhex(given["piece"])).hex()}


def row_key(given: Json) -> tuple[Domain, bytes]:
    purpose = ROWS.get(given["rows"])
    if purpose is None:
        raise Refused("unknown")
    key = array(given, "key", 32)
    return purpose, key if purpose == Domain.STORE_ROW else seal.row_key(purpose, leaf(key))


@operation("seal/seal-row")
def seal_row(given: Json) -> Json:
    suite, name, random = suite_of(given["suite"]), bytes.fromhex(given["name"]), array(given, "random", 32)
    return {"row": seal.seal_row(*row_key(given), suite, name, random, bytes.fromhex(given["plaintext"])).hex()}


@operation("seal/open-row")
def open_row(given: Json) -> Json:
    suite, name, row = suite_of(given["suite"]), bytes.fromhex(given["name"]), bytes.fromhex(given["row"])
    return {"plaintext": seal.open_row(*row_key(given), suite, name, row).hex()}
