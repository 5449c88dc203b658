"""docs/spec/keys.md, envelopes: HPKE (RFC 9180) in base mode with the KEM X-Wing, the opening side."""

from __future__ import annotations

import hmac
from hashlib import sha3_256, sha256, shake_256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from .refused import Refused
from .seal import AEADS, Suite

X_WING, HKDF_SHA256 = 0x647A, 0x0001
AEAD_NUMBERS = {Suite.ONE: 0x0002, Suite.TWO: 0x0003}
ENCAPSULATED_LEN, ML_KEM_LEN, TAG_LEN, SEED_LEN = 1120, 1088, 16, 32
ML_KEM_KEY_LEN, PUBLIC_KEY_LEN = 1184, 1216
KEY_LEN, NONCE_LEN = 32, 12
# The label of X-Wing: \./ /^\
LABEL = bytes.fromhex("5c2e2f2f5e5c")


class EnvelopeKey:
    """A recipient's envelope key, from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_LEN:
            raise Refused("length")
        expanded = shake_256(seed).digest(96)
        self.ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self.x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self.x25519_public = self.x25519.public_key().public_bytes_raw()
        self.public = self.ml_kem.public_key().public_bytes_raw() + self.x25519_public

    def open(self, suite: Suite, info: bytes, associated: bytes, envelope: bytes) -> bytes:
        """[keys-19] and [keys-20]"""
        if len(envelope) < ENCAPSULATED_LEN + TAG_LEN:
            raise Refused("length")
        shared = self.decapsulate(envelope[:ENCAPSULATED_LEN])
        key, nonce = schedule(AEAD_NUMBERS[suite], shared, info)
        try:
            return AEADS[suite](key).decrypt(nonce, envelope[ENCAPSULATED_LEN:], associated)
        except InvalidTag:
            raise Refused("authentication") from None

    def decapsulate(self, encapsulated: bytes) -> bytes:
        """X-Wing's shared secret."""
        ml_kem, x25519 = encapsulated[:ML_KEM_LEN], encapsulated[ML_KEM_LEN:]
        try:
            agreed = self.x25519.exchange(X25519PublicKey.from_public_bytes(x25519))
        except ValueError:
            # X-Wing itself has no such check; RFC 9180 has it for X25519, and no honest sender meets it.
            raise Refused("authentication") from None
        return sha3_256(self.ml_kem.decapsulate(ml_kem) + agreed + x25519 + self.x25519_public + LABEL).digest()


def check_envelope_key(key: bytes) -> None:
    """[keys-18]"""
    if len(key) != PUBLIC_KEY_LEN:
        raise Refused("length")
    try:
        MLKEM768PublicKey.from_public_bytes(key[:ML_KEM_KEY_LEN])
    except ValueError:
        raise Refused("key") from None


def schedule(aead: int, shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180, section 5.1, mode base: key and first nonce."""
    suite = b"HPKE" + b"".join(number.to_bytes(2) for number in (X_WING, HKDF_SHA256, aead))

    def labelled(salt: bytes, label: bytes, key: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, sha256)

    context = b"\x00" + labelled(b"", b"psk_id_hash", b"") + labelled(b"", b"info_hash", info)
    secret = labelled(shared, b"secret", b"")

    def expanded(label: bytes, length: int) -> bytes:
        # No output here is longer than one block of HKDF-Expand.
        text = length.to_bytes(2) + b"HPKE-v1" + suite + label + context
        return hmac.digest(secret, text + b"\x01", sha256)[:length]

    return expanded(b"key", KEY_LEN), expanded(b"base_nonce", NONCE_LEN)
