"""docs/spec/consent.md, conventions: files, signed objects, text."""

from __future__ import annotations

import unicodedata

from . import registry
from .keys import SIGNATURE_LEN, Domain, PublicKey
from .postcard import Reader
from .refused import Refused

MAGIC, CONTAINER_VERSION, VERSION = b"FRHD", 1, 1
CARD, REQUEST, GRANT, REVOCATION, EXTENSION, PARCEL, HAVE = 1, 2, 3, 4, 5, 6, 7
OBJECT_MOST = 1 << 22
NAME_MOST, WORDS_MOST = 64, 1000


def unwrapped(kind: int, file: bytes) -> bytes:
    """[consent-2]: the object of a file."""
    if len(file) < 6 or file[:4] != MAGIC:
        raise Refused("malformed")
    if file[5] != CONTAINER_VERSION:
        raise Refused("version")
    if file[4] != kind:
        raise Refused("malformed")
    return file[6:]


def payload(data: bytes, most: int) -> Reader:
    """The payload of a signed object; [consent-1] and [consent-3]."""
    if len(data) > most:
        raise Refused("length")
    if len(data) <= SIGNATURE_LEN:
        raise Refused("malformed")
    reader = Reader(data[:-SIGNATURE_LEN])
    if reader.u8() != VERSION:
        raise Refused("version")
    return reader


def statement(data: bytes, domain: Domain, key: PublicKey) -> bytes:
    """Checks the signature of a signed object and gives its id."""
    return key.verify(domain, data[:-SIGNATURE_LEN], data[-SIGNATURE_LEN:])


def clean(text: str, most: int) -> str:
    """[consent-4]: a text that is clean already."""
    if text != cleaned(text) or not 1 <= len(text) <= most:
        raise Refused("malformed")
    return text


def cleaned(text: str) -> str:
    """What a writer makes of a text."""
    words = ("".join(map(cleaned_letter, word)) for word in text.split())
    return " ".join(word for word in words if word)


def cleaned_letter(letter: str) -> str:
    return "" if unicodedata.category(letter) == "Cc" else registry.cleaned().get(letter, letter)
