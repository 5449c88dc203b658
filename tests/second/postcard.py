"""The one encoding of an object: postcard, read so that no second spelling passes.

Every reader here refuses what postcard would write in another way: overlong integers, options other than 00 and 01,
bytes that are left over. So what decodes is what encodes, and nothing has to be encoded again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .refused import Kind, Refused

T = TypeVar("T")


class Reader:
    """Reads an object from its first byte on."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def array(self, length: int) -> bytes:
        """Bytes whose number is known."""
        end = self.place + length
        if end > len(self.data):
            raise Refused("malformed")
        taken = self.data[self.place : end]
        self.place = end
        return taken

    def u8(self) -> int:
        return self.array(1)[0]

    def i8(self) -> int:
        return int.from_bytes(self.array(1), signed=True)

    def varint(self, bits: int) -> int:
        """An unsigned number of 16, 32 or 64 bits."""
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if value >> bits:
                raise Refused("malformed")
            if byte < 0x80:
                break
            shift += 7
            if shift >= bits:
                raise Refused("malformed")
        if byte == 0 and shift > 0:
            raise Refused("not-canonical")
        return value

    def u16(self) -> int:
        return self.varint(16)

    def u32(self) -> int:
        return self.varint(32)

    def u64(self) -> int:
        return self.varint(64)

    def i32(self) -> int:
        return unzigzag(self.varint(32))

    def i64(self) -> int:
        return unzigzag(self.varint(64))

    def variant(self, count: int) -> int:
        """The number of an enum's variant."""
        number = self.u32()
        if number >= count:
            raise Refused("malformed")
        return number

    def option(self, read: Callable[[], T]) -> T | None:
        match self.u8():
            case 0:
                return None
            case 1:
                return read()
        raise Refused("malformed")

    def items(self, most: int, read: Callable[[], T], beyond: Kind = "malformed") -> list[T]:
        """A list of so many at most. Nothing that is listed is without bytes, so none is longer than what is left."""
        count = self.u64()
        if count > len(self.data) - self.place:
            raise Refused("malformed")
        if count > most:
            raise Refused(beyond)
        return [read() for _ in range(count)]

    def ordered(self, most: int, read: Callable[[], T]) -> list[T]:
        """A list that is strictly ascending and not empty."""
        items = self.items(most, read)
        if not items or not ascending(items):
            raise Refused("malformed")
        return items

    def blob(self) -> bytes:
        """Bytes after their number."""
        return self.array(self.u64())

    def text(self) -> str:
        try:
            return self.blob().decode()
        except UnicodeDecodeError:
            raise Refused("malformed") from None

    def rest(self) -> bytes:
        return self.data[self.place :]

    def finish(self) -> None:
        if self.place != len(self.data):
            raise Refused("not-canonical")


def ascending(items: list[T]) -> bool:
    """Whether each item is greater than the one before."""
    return all(a < b for a, b in zip(items, items[1:]))  # type: ignore[operator]


def unzigzag(number: int) -> int:
    return -(number >> 1) - 1 if number & 1 else number >> 1
