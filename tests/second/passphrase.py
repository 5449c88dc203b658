"""docs/spec/keys.md, passphrases."""

from __future__ import annotations

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from .refused import Refused

KEY_LEN, SALT_LEN = 32, 16
MEMORY_KIB = range(19 * 1024, 1024 * 1024 + 1)
PASSES, LANES = range(2, 17), range(1, 5)


def wrapping_key(passphrase: bytes, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    """[keys-21]"""
    if memory_kib not in MEMORY_KIB or passes not in PASSES or lanes not in LANES:
        raise Refused("range")
    if len(salt) != SALT_LEN:
        raise Refused("length")
    function = Argon2id(salt=salt, length=KEY_LEN, iterations=passes, lanes=lanes, memory_cost=memory_kib)
    return function.derive(passphrase)
