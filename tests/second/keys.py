"""docs/spec/keys.md: hashes, trees, covers, signatures, envelopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import postcard
from .refused import Refused


class Domain(IntEnum):
    """What a hash is for: those that a reader meets."""

    TREE = 0x01
    NODE = 0x02
    LEAF = 0x03
    PIECE_KEY = 0x04
    STORE_ROW = 0x05
    READINGS_ROW = 0x06
    RUNNING_ROW = 0x07
    ROW_KEY = 0x09
    ROW_SALT_KEY = 0x0A
    ENTRY_CONTEXT = 0x20
    SALT_LEAVES = 0x21
    SALT_PLAINTEXTS = 0x22
    SALT = 0x23
    ROW_CONTEXT = 0x24
    ROW_SALT = 0x25
    FINGERPRINT = 0x26
    PIECE = 0x40
    BODY = 0x41
    CHAIN = 0x43
    GENESIS = 0x44
    CHECKPOINT = 0x45
    RANGE = 0x47
    SPEC = 0x48
    LETTER = 0x4A
    ORDER = 0x4B
    SUCCESSION = 0x4F
    CARD = 0x60
    REQUEST = 0x61
    TOKEN = 0x64
    BUNDLE = 0x65
    REVOCATION = 0x67


def hashed(domain: int, data: bytes) -> bytes:
    """H"""
    return sha256(b"freehold\x01" + bytes([domain]) + data).digest()


def step(domain: int, a: int, b: int, key: bytes) -> bytes:
    """[keys-1]"""
    return hashed(domain, bytes([a, b]) + key)


def digest(domain: int, *parts: bytes) -> bytes:
    """[keys-2]"""
    return hashed(domain, b"".join(len(part).to_bytes(8) + part for part in parts))


# Trees.


def top(level: int, facet: int, root: bytes) -> bytes:
    return step(Domain.TREE, level, facet, root)


def descend(node: bytes, bits: int, count: int) -> bytes:
    """The node below by the lowest `count` bits of a number, highest first."""
    for n in reversed(range(count)):
        node = step(Domain.NODE, bits >> n & 1, 0, node)
    return node


def leaf(node: bytes) -> bytes:
    return step(Domain.LEAF, 0, 0, node)


NODE_LEN = 35
NODES_MOST = 1 << 16


@dataclass(frozen=True)
class Cover:
    """What somebody holds of a tree: position and key of nodes, none below another."""

    depth: int
    nodes: dict[int, bytes]

    def leaf(self, index: int) -> bytes | None:
        """The key of a slot, if the cover opens it."""
        if not 0 <= index < 1 << self.depth:
            return None
        position = (1 << self.depth) + index
        for below in range(self.depth + 1):
            if (node := self.nodes.get(position >> below)) is not None:
                return leaf(descend(node, position, below))
        return None

    def to_bytes(self) -> bytes:
        return b"".join(position.to_bytes(3) + key for position, key in self.in_order())

    def in_order(self) -> list[tuple[int, bytes]]:
        return sorted(self.nodes.items(), key=lambda node: leaves_below(self.depth, node[0]))

    def covered(self) -> list[tuple[int, int]]:
        """First leaf and the one after the last, of each node."""
        return [leaves_below(self.depth, position) for position, _ in self.in_order()]


def leaves_below(depth: int, position: int) -> tuple[int, int]:
    shift = depth + 1 - position.bit_length()
    return (position << shift) - (1 << depth), ((position + 1) << shift) - (1 << depth)


def read_cover(depth: int, data: bytes) -> Cover:
    """[keys-11]"""
    if len(data) % NODE_LEN or len(data) > NODES_MOST * NODE_LEN:
        raise Refused("length")
    nodes: dict[int, bytes] = {}
    end = 0
    for at in range(0, len(data), NODE_LEN):
        position = int.from_bytes(data[at : at + 3])
        if not 1 <= position < 2 << depth:
            raise Refused("position")
        first, after = leaves_below(depth, position)
        if first < end:
            raise Refused("order")
        end = after
        nodes[position] = data[at + 3 : at + NODE_LEN]
    return Cover(depth, nodes)


def covering(depth: int, first: int, after: int) -> Iterator[int]:
    """[keys-9]: the positions of the largest nodes whose leaves are all in a range, in order."""
    while first < after:
        size = min(first & -first or 1 << depth, 1 << (after - first).bit_length() - 1)
        yield ((1 << depth) + first) // size
        first += size


def check_range(depth: int, first: int, after: int) -> None:
    if not 0 <= first <= after <= 1 << depth:
        raise Refused("position")


def whole_tree(depth: int, top_key: bytes) -> Cover:
    return Cover(depth, {1: top_key})


def restricted(cover: Cover, ranges: list[tuple[int, int]]) -> Cover:
    """What a cover opens of some leaves."""
    nodes: dict[int, bytes] = {}
    for held, key in cover.nodes.items():
        low, high = leaves_below(cover.depth, held)
        for first, after in ranges:
            for position in covering(cover.depth, max(first, low), min(after, high)):
                nodes[position] = descend(key, position, position.bit_length() - held.bit_length())
    return Cover(cover.depth, nodes)


def punctured(cover: Cover, first: int, after: int) -> Cover:
    """[keys-10]"""
    if first == after:
        return cover
    return restricted(cover, [(0, first), (after, 1 << cover.depth)])


def intersected(one: Cover, other: Cover) -> Cover:
    """[keys-13]: what both open; refuses covers of different trees."""
    united(one, other)
    return restricted(one, other.covered())


def united(one: Cover, other: Cover) -> Cover:
    """[keys-13]: what either opens; refuses covers of different trees."""
    nodes: dict[int, bytes] = {}
    for a, b in ((one, other), (other, one)):
        for position, key in a.nodes.items():
            above = holder(b, position)
            if above is None:
                nodes[position] = key
            elif descend(b.nodes[above], position, position.bit_length() - above.bit_length()) != key:
                raise Refused("conflict")
            elif above == position:
                nodes[position] = key
    return Cover(one.depth, nodes)


def holder(cover: Cover, position: int) -> int | None:
    """The node of a cover at or above a position."""
    while position:
        if position in cover.nodes:
            return position
        position >>= 1
    return None


# Signatures.

ED25519, P256 = 0, 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNATURE_LEN = 64


FIELD = 2**255 - 19
# The y of the points of order 8, one of each pair.
ORDER_8 = (
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
)


def is_of_small_order(key: bytes) -> bool:
    """[keys-16]"""
    y = int.from_bytes(key, "little") % 2**255 % FIELD
    return y in (0, 1, FIELD - 1, *ORDER_8)


@dataclass(frozen=True)
class PublicKey:
    """A signing key: the algorithm's number and 32 or 64 bytes."""

    algorithm: int
    key: bytes

    def to_bytes(self) -> bytes:
        return bytes([self.algorithm]) + self.key

    def fingerprint(self) -> bytes:
        return digest(Domain.FINGERPRINT, b"sign", self.to_bytes())

    def verify(self, domain: int, message: bytes, signature: bytes) -> bytes:
        """[keys-15] to [keys-17]; gives the statement that was signed."""
        statement = digest(domain, message)
        try:
            if len(signature) != SIGNATURE_LEN:
                raise Refused("length")
            if self.algorithm == ED25519:
                if is_of_small_order(self.key):
                    raise Refused("signature")
                Ed25519PublicKey.from_public_bytes(self.key).verify(signature, statement)
            else:
                self.verify_p256(statement, signature)
        except (InvalidSignature, ValueError):
            raise Refused("signature") from None
        return statement

    def verify_p256(self, statement: bytes, signature: bytes) -> None:
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        if s > (P256_ORDER - 1) // 2:
            raise Refused("signature")
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + self.key)
        point.verify(encode_dss_signature(r, s), statement, ec.ECDSA(hashes.SHA256()))


def read_public_key(data: bytes) -> PublicKey:
    """[keys-18], alone"""
    if not data:
        raise Refused("length")
    if data[0] > P256:
        raise Refused("key")
    if len(data) != (33 if data[0] == ED25519 else 65):
        raise Refused("length")
    return PublicKey(data[0], data[1:])


def public_key(reader: postcard.Reader) -> PublicKey:
    """[keys-18], within an object"""
    algorithm = reader.variant(2)
    return PublicKey(algorithm, reader.array(32 if algorithm == ED25519 else 64))


def envelope_fingerprint(key: bytes) -> bytes:
    return digest(Domain.FINGERPRINT, b"envelope", key)
