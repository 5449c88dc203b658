"""The operations of keys.md."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import keys
from ..envelope import EnvelopeKey, check_envelope_key
from ..model import Facet, Level
from ..passphrase import wrapping_key
from ..refused import Refused
from ..seal import suite_of
from .registered import Json, array, operation


@operation("keys/digest")
def digest(given: Json) -> Json:
    parts = (bytes.fromhex(part) for part in given["parts"])
    return {"digest": keys.digest(given["domain"], *parts).hex()}


@operation("keys/top")
def top(given: Json) -> Json:
    return {"top": top_of(given).hex()}


def top_of(given: Json) -> bytes:
    if given["level"] not in iter(Level) or given["facet"] not in iter(Facet):
        raise Refused("unknown")
    return keys.top(given["level"], given["facet"], array(given, "root", 32))


@operation("keys/child")
def child(given: Json) -> Json:
    if given["bit"] not in (0, 1):
        raise Refused("position")
    return {"child": keys.descend(array(given, "node", 32), given["bit"], 1).hex()}


@operation("keys/leaf")
def leaf(given: Json) -> Json:
    return {"leaf": keys.leaf(array(given, "node", 32)).hex()}


@operation("keys/slot")
def slot(given: Json) -> Json:
    above, depth = top_of(given), Level(given["level"]).depth
    if not 0 <= given["index"] < 1 << depth:
        raise Refused("position")
    node = keys.descend(above, given["index"], depth)
    return {"node": node.hex(), "leaf": keys.leaf(node).hex()}


def read(given: Json, name: str = "cover") -> keys.Cover:
    return keys.read_cover(given["depth"], bytes.fromhex(given[name]))


def positions(cover: keys.Cover) -> list[int]:
    return [position for position, _ in cover.in_order()]


def written(cover: keys.Cover) -> Json:
    return {"positions": positions(cover), "cover": cover.to_bytes().hex()}


@operation("keys/cover")
def cover_of_range(given: Json) -> Json:
    first, after = given["from"], given["until"]
    keys.check_range(given["depth"], first, after)
    whole = keys.whole_tree(given["depth"], array(given, "top", 32))
    return written(keys.restricted(whole, [(first, after)]))


@operation("keys/read-cover")
def read_cover(given: Json) -> Json:
    cover = read(given)
    leaves: list[list[int]] = []
    for first, after in cover.covered():
        if leaves and leaves[-1][1] == first:
            leaves[-1][1] = after
        else:
            leaves.append([first, after])
    return {"positions": positions(cover), "leaves": leaves}


@operation("keys/open-leaf")
def open_leaf(given: Json) -> Json:
    key = read(given).leaf(given["index"])
    if key is None:
        raise Refused("absent")
    return {"leaf": key.hex()}


@operation("keys/puncture")
def puncture(given: Json) -> Json:
    cover = read(given)
    keys.check_range(given["depth"], given["from"], given["until"])
    return written(keys.punctured(cover, given["from"], given["until"]))


@operation("keys/unite")
def unite(given: Json) -> Json:
    return written(keys.united(read(given, "one"), read(given, "other")))


@operation("keys/intersect")
def intersect(given: Json) -> Json:
    return written(keys.intersected(read(given, "one"), read(given, "other")))


@operation("keys/read-key")
def read_key(given: Json) -> Json:
    key = keys.read_public_key(bytes.fromhex(given["key"]))
    name = "Ed25519" if key.algorithm == keys.ED25519 else "P-256"
    return {"algorithm": name, "fingerprint": key.fingerprint().hex()}


@operation("keys/sign")
def sign(given: Json) -> Json:
    secret = Ed25519PrivateKey.from_private_bytes(array(given, "seed", 32))
    key = keys.PublicKey(keys.ED25519, secret.public_key().public_bytes_raw())
    message = bytes.fromhex(given["message"])
    signature = secret.sign(keys.digest(given["domain"], message))
    statement = key.verify(given["domain"], message, signature)
    return {"key": key.to_bytes().hex(), "statement": statement.hex(), "signature": signature.hex()}


@operation("keys/verify")
def verify(given: Json) -> Json:
    key = keys.read_public_key(bytes.fromhex(given["key"]))
    message, signature = bytes.fromhex(given["message"]), bytes.fromhex(given["signature"])
    return {"statement": key.verify(given["domain"], message, signature).hex()}


@operation("keys/envelope-key")
def envelope_key(given: Json) -> Json:
    key = EnvelopeKey(bytes.fromhex(given["seed"])).public
    return {"key": key.hex(), "fingerprint": keys.envelope_fingerprint(key).hex()}


@operation("keys/read-envelope-key")
def read_envelope_key(given: Json) -> Json:
    key = bytes.fromhex(given["key"])
    check_envelope_key(key)
    return {"fingerprint": keys.envelope_fingerprint(key).hex()}


@operation("keys/open-envelope")
def open_envelope(given: Json) -> Json:
    key = EnvelopeKey(bytes.fromhex(given["seed"]))
    info, associated, envelope = (bytes.fromhex(given[name]) for name in ("info", "associated", "envelope"))
    return {"plaintext": key.open(suite_of(given["suite"]), info, associated, envelope).hex()}


@operation("keys/passphrase")
def passphrase(given: Json) -> Json:
    costs = given["memory_kib"], given["passes"], given["lanes"]
    return {"key": wrapping_key(bytes.fromhex(given["passphrase"]), bytes.fromhex(given["salt"]), *costs).hex()}
