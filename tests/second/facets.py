"""docs/spec/model.md, bytes of a facet: the bit codes, the widths, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .model import Facet, Level, Stream
from .refused import Refused

WIDTH_MOST = 4096
COUNT_END, SQUARES_END = 1 << 48, 1 << 127


@dataclass(frozen=True)
class Usual:
    """A row of the page's table of widths."""

    u: int
    m: int
    parts: int
    share: int


TABLE = {
    Level.MINUTE: Usual(12, 60, 2, 2),
    Level.QUARTER_HOUR: Usual(180, 900, 5, 2),
    Level.HALF_HOUR: Usual(360, 1_800, 5, 2),
    Level.HOUR: Usual(720, 3_600, 7, 2),
    Level.DAY: Usual(17_280, 90_000, 10, 1),
    Level.MONTH: Usual(535_680, 2_682_000, 12, 1),
}


def log2(number: int) -> int:
    """⌊log2⌋ of a number of at least 1."""
    return number.bit_length() - 1


class Bits:
    """Bits of bytes, the most significant first."""

    def __init__(self, data: bytes) -> None:
        self.number = int.from_bytes(data)
        self.left = 8 * len(data)
        self.taken = 0

    def fixed(self, count: int) -> int:
        if count > self.left:
            raise Refused("malformed")
        self.left -= count
        self.taken += count
        return self.number >> self.left & ((1 << count) - 1)

    def golomb(self, order: int) -> int:
        m = 0
        while self.fixed(1):
            m += 1
        high = 1 << m | self.fixed(m)
        return (high - 1) << order | self.fixed(order)

    def below(self, bound: int) -> int:
        width = (bound - 1).bit_length()
        if width == 0:
            return 0
        short = (1 << width) - bound
        value = self.fixed(width - 1)
        return value if value < short else (value << 1 | self.fixed(1)) - short

    def rest_is_zero(self) -> bool:
        return self.number & ((1 << self.left) - 1) == 0


def golomb_length(order: int, value: int) -> int:
    return 2 * log2((value >> order) + 1) + 1 + order


class Layout:
    """How the facets of a level of a stream are written."""

    def __init__(self, stream: Stream, level: Level) -> None:
        self.usual = TABLE[level]
        self.min, self.max = stream.range
        self.r = max((self.max - self.min).bit_length(), 1)
        self.bins = stream.bins
        self.plausible = stream.tells_presence
        self.c = max(log2(self.usual.u) - 1, 0)
        self.d = max(self.r - 4, 0)

    def e(self, count: int) -> int:
        return min(log2(count) + 2 * max(self.r - 5, 0), 80)

    def width(self, facet: Facet) -> int:
        """W in bytes."""
        r, (n, s, z, p) = self.r, self.sizes()
        match facet:
            case Facet.TOTALS:
                bits = golomb_length(self.c, n) + 1 + r + log2(n) + 1 + golomb_length(self.e(n), z)
            case Facet.EXTREMES:
                bits = 2 + r + golomb_length(self.d, s) + 2 * log2(s + 1)
            case Facet.DISTRIBUTION:
                bits = golomb_length(self.c, n) + p
            case _:
                bits = 65
        return -(-bits // 8)

    def sizes(self) -> tuple[int, int, int, int]:
        """n, s, z and p."""
        r, b = self.r, self.bins
        if self.plausible:
            n = self.usual.m
            s = (1 << r) - 1
            depths = range((b - 1).bit_length() if b else 0)
            p = sum(min(1 << i, b - (1 << i)) * (4 + log2(max(n >> i, 1))) for i in depths)
            return n, s, n * s * s // 4 + 1, p
        n = self.usual.u
        s = (1 << max(r - self.usual.share, 1)) - 1
        p = min(self.usual.parts, max(b - 1, 0)) * (2 + log2(n)) + 2 * log2(max(b, 1))
        return n, s, n * 4 ** max(r - 4, 0), p

    def read(self, facet: Facet, data: bytes) -> Any:
        """[model-26]: what a facet's bytes say."""
        width = self.width(facet)
        if len(data) > WIDTH_MOST or len(data) not in (width << n for n in range(13)):
            raise Refused("length")
        bits = Bits(data)
        said = READERS[facet](self, bits)
        while 8 * width < bits.taken:
            width *= 2
        if len(data) != width or not bits.rest_is_zero():
            raise Refused("not-canonical")
        return said

    def ranged(self, bits: Bits) -> int:
        """R"""
        if bits.fixed(1) == 0:
            number = self.min + bits.fixed(self.r)
            if number > self.max:
                raise Refused("malformed")
            return number
        negative, size = bits.fixed(1), bits.golomb(self.r)
        if size >= 2**63:
            raise Refused("malformed")
        number = -1 - size if negative else size
        if self.min <= number <= self.max:
            raise Refused("not-canonical")
        return number

    def count(self, bits: Bits) -> int:
        count = bits.golomb(self.c)
        if count >= COUNT_END:
            raise Refused("malformed")
        return count

    def totals(self, bits: Bits) -> dict[str, int]:
        count = self.count(bits)
        if count == 0:
            return {"count": 0, "sum": 0, "sum_squares": 0}
        q = self.ranged(bits)
        t = bits.below(count)
        code = bits.golomb(self.e(count)) if count > 1 else 0
        if code >= SQUARES_END:
            raise Refused("malformed")
        total = q * count + t
        squares = count * q * q + 2 * q * t - (-t * t // count) + code
        if not -(2**127) <= total < 2**127 or squares >= 2**128:
            raise Refused("malformed")
        return {"count": count, "sum": total, "sum_squares": squares}

    def extremes(self, bits: Bits) -> dict[str, int] | None:
        if bits.fixed(1) == 0:
            return None
        least = self.ranged(bits)
        spread = bits.golomb(self.d)
        first, last = bits.below(spread + 1), bits.below(spread + 1)
        if least + spread >= 2**63:
            raise Refused("malformed")
        return {"min": least, "max": least + spread, "first": least + first, "last": least + last}

    def distribution(self, bits: Bits) -> list[int]:
        return parts(bits, self.count(bits), self.bins)

    def index(self, bits: Bits) -> int | None:
        if bits.fixed(1) == 0:
            return None
        return int.from_bytes(bits.fixed(64).to_bytes(8), signed=True)


READERS = {
    Facet.TOTALS: Layout.totals,
    Facet.EXTREMES: Layout.extremes,
    Facet.DISTRIBUTION: Layout.distribution,
    Facet.INDEX: Layout.index,
}


def parts(bits: Bits, count: int, bins: int) -> list[int]:
    """How a number of readings parts among bins."""
    if bins == 1:
        return [count]
    if count == 0:
        return [0] * bins
    lower, half = lower_part(bits, count), bins // 2
    return parts(bits, lower, half) + parts(bits, count - lower, bins - half)


def lower_part(bits: Bits, count: int) -> int:
    """How many of at least one reading are in the lower half."""
    if count > 1 and bits.fixed(1):
        return 1 + bits.below(count - 1)
    return 0 if bits.fixed(1) else count
