"""docs/spec/seal.md: the pieces of an entry and the rows of a store, the opening side."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from .keys import Domain, digest, hashed, step
from .postcard import Reader
from .refused import Refused


class Suite(IntEnum):
    """Which AEAD seals."""

    ONE = 1
    TWO = 2


AEADS: dict[Suite, type[AESGCM] | type[ChaCha20Poly1305]] = {Suite.ONE: AESGCM, Suite.TWO: ChaCha20Poly1305}
KEYSTREAM, MAC, AEAD, COMMITMENT = 1, 2, 3, 4
SALT_LEN = TAG_LEN = COMMITMENT_LEN = 16
SMALL_MOST = 4096
NONCE = bytes(12)


def suite_of(number: int) -> Suite:
    """[seal-1]"""
    try:
        return Suite(number)
    except ValueError:
        raise Refused("suite") from None


def suite(reader: Reader) -> Suite:
    """A suite within an object."""
    try:
        return Suite(reader.u8())
    except ValueError:
        raise Refused("malformed") from None


@dataclass(frozen=True)
class Context:
    """What the keys of an entry's pieces are bound to: [seal-2]."""

    suite: Suite
    level: int
    log: bytes
    seq: int
    epoch: int
    generation: int
    salt: bytes

    def to_bytes(self) -> bytes:
        numbers = self.seq.to_bytes(8) + self.epoch.to_bytes(4, signed=True) + self.generation.to_bytes(4)
        start = bytes([1, self.suite, self.level]) + self.log
        return hashed(Domain.ENTRY_CONTEXT, start + numbers + self.salt)


@dataclass(frozen=True)
class Place:
    """What the keys of one piece are bound to: [seal-3]."""

    start: int
    end: int
    facet: int
    part: int

    def to_bytes(self) -> bytes:
        span = self.start.to_bytes(8, signed=True) + self.end.to_bytes(8, signed=True)
        return span + bytes([self.facet]) + self.part.to_bytes(2)


class PieceKey:
    """[seal-4]: the keys of one piece."""

    def __init__(self, leaf: bytes, context: Context, place: Place) -> None:
        self.suite = context.suite
        self.bound = context.to_bytes() + place.to_bytes()
        self.leaf = leaf

    def derived(self, purpose: int, n: int = 0) -> bytes:
        return hashed(Domain.PIECE_KEY, self.leaf + self.bound + bytes([purpose]) + n.to_bytes(4))

    def keystream(self, text: bytes) -> bytes:
        """A text under the keystream, or out of it."""
        blocks = range(-(-len(text) // 32))
        stream = b"".join(self.derived(KEYSTREAM, n) for n in blocks)
        return bytes(a ^ b for a, b in zip(text, stream))

    def tag(self, ciphertext: bytes) -> bytes:
        return hmac.digest(self.derived(MAC), ciphertext, sha256)[:TAG_LEN]

    def commitment(self) -> bytes:
        return self.derived(COMMITMENT)[:COMMITMENT_LEN]

    def open_small(self, piece: bytes) -> bytes:
        """[seal-8], [seal-9], [seal-15]"""
        if not TAG_LEN <= len(piece) <= SMALL_MOST + TAG_LEN:
            raise Refused("length")
        ciphertext, tag = piece[:-TAG_LEN], piece[-TAG_LEN:]
        if not hmac.compare_digest(self.tag(ciphertext), tag):
            # The tag is the commitment too: nothing tells a change from another key.
            raise Refused("commitment")
        return self.keystream(ciphertext)

    def open_large(self, piece: bytes) -> bytes:
        """[seal-10] to [seal-12], [seal-15]"""
        if len(piece) < TAG_LEN + COMMITMENT_LEN:
            raise Refused("length")
        sealed, commitment = piece[:-COMMITMENT_LEN], piece[-COMMITMENT_LEN:]
        if not hmac.compare_digest(self.commitment(), commitment):
            raise Refused("commitment")
        return unpadded(decrypt(self.suite, self.derived(AEAD), sealed, self.bound))


def decrypt(suite: Suite, key: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return AEADS[suite](key).decrypt(NONCE, sealed, associated)
    except InvalidTag:
        raise Refused("authentication") from None


def unpadded(padded: bytes) -> bytes:
    """[seal-12]"""
    plain = padded.rstrip(b"\x00")
    if not plain.endswith(b"\x80"):
        raise Refused("padding")
    return plain[:-1]


def padme(length: int) -> int:
    """The Padmé length of a length."""
    if length < 2:
        return length
    e = length.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return -(-length // unit) * unit


def padded(plain: bytes, unit: int | None) -> bytes:
    """To the Padmé length, or to a multiple of the stream's class."""
    length = len(plain) + 1
    length = padme(length) if unit is None else -(-length // unit) * unit
    return (plain + b"\x80").ljust(length, b"\x00")


def row_key(purpose: Domain, leaf: bytes) -> bytes:
    """The key of rows under a slot's leaf."""
    return step(Domain.ROW_KEY, purpose, 0, leaf)


class RowKey:
    """[seal-14]: the keys of one row."""

    def __init__(self, purpose: Domain, key: bytes, suite: Suite, name: bytes, salt: bytes) -> None:
        self.suite = suite
        self.purpose = purpose
        self.context = row_context(suite, name)
        self.bound = key + self.context + salt

    def derived(self, purpose: int) -> bytes:
        return hashed(self.purpose, self.bound + bytes([purpose]) + bytes(4))

    def commitment(self) -> bytes:
        return self.derived(COMMITMENT)[:COMMITMENT_LEN]


def row_context(suite: Suite, name: bytes) -> bytes:
    return digest(Domain.ROW_CONTEXT, bytes([suite]), name)


def open_row(purpose: Domain, key: bytes, suite: Suite, name: bytes, row: bytes) -> bytes:
    if len(row) < TAG_LEN + COMMITMENT_LEN + SALT_LEN:
        raise Refused("length")
    sealed, commitment, salt = row[:-32], row[-32:-16], row[-16:]
    keys = RowKey(purpose, key, suite, name, salt)
    if not hmac.compare_digest(keys.commitment(), commitment):
        raise Refused("commitment")
    return decrypt(suite, keys.derived(AEAD), sealed, b"")


# Sealing, as far as it has one outcome.


def seal_small(key: PieceKey, plain: bytes) -> bytes:
    """[seal-8]"""
    if len(plain) > SMALL_MOST:
        raise Refused("length")
    ciphertext = key.keystream(plain)
    return ciphertext + key.tag(ciphertext)


def seal_large(key: PieceKey, plain: bytes, unit: int | None) -> bytes:
    """[seal-10] to [seal-12]"""
    sealed = AEADS[key.suite](key.derived(AEAD)).encrypt(NONCE, padded(plain, unit), key.bound)
    return sealed + key.commitment()


def seal_row(purpose: Domain, key: bytes, suite: Suite, name: bytes, random: bytes, plain: bytes) -> bytes:
    """[seal-14]"""
    said = random + row_context(suite, name) + len(plain).to_bytes(8) + plain
    salt = hmac.digest(step(Domain.ROW_SALT_KEY, 0, 0, key), hashed(Domain.ROW_SALT, said), sha256)[:SALT_LEN]
    keys = RowKey(purpose, key, suite, name, salt)
    return AEADS[suite](keys.derived(AEAD)).encrypt(NONCE, plain, b"") + keys.commitment() + salt


def salt_of(pieces: list[tuple[bytes, Place, bytes]], random: bytes, log: bytes, seq: int) -> bytes:
    """[seal-6] and [seal-7], from leaves, places and plaintexts."""
    keyed = hashed(Domain.SALT_LEAVES, b"".join(leaf for leaf, _, _ in pieces))
    said = (place.to_bytes() + len(plain).to_bytes(8) + plain for _, place, plain in pieces)
    plain = hashed(Domain.SALT_PLAINTEXTS, b"".join(said))
    message = hashed(Domain.SALT, random + log + seq.to_bytes(8) + plain)
    return hmac.digest(keyed, message, sha256)[:SALT_LEN]
