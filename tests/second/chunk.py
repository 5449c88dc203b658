"""docs/spec/chunk.md: the readings of one raw slot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import gcd

from . import pages
from .refused import Refused
from .values import (
    FLAGS_END,
    Point,
    Reading,
    State,
    Value,
    check_flags,
    check_point,
)

TOTAL = 1 << 15
WORD = 1 << 32
SIZES_CUT = 1 << 20
# The last two of the shapes, which are the places of READERS and one more.
NONES, MIXED = 5, 6


def read(chunk: bytes, start: int, most: int) -> list[Reading]:
    """The readings of a chunk whose slot starts at `start`; refuses more than `most`."""
    coder = Coder(chunk)
    count = coder.number("COUNT") + 1
    if count > most:
        raise Refused("length")
    shape = coder.one("SHAPE")
    times = read_times(coder, start, count)
    expected = times[1] - times[0] if count > 1 else 0
    durations = read_alike(coder, "DURATIONS", count, expected)
    if max(durations) >= WORD:
        raise Refused("malformed")
    flags = read_alike(coder, "FLAGS", count, 0)
    if max(flags) >= FLAGS_END:
        raise Refused("malformed")
    values = read_values(coder, shape, count)
    coder.finish()
    return [
        Reading(signed_or_refused(time), duration, check_flags(flag), value)
        for time, duration, flag, value in zip(times, durations, flags, values)
    ]


def read_times(coder: Coder, start: int, count: int) -> list[int]:
    unit = read_divisor(coder)
    first = coder.number("OFFSET") * unit
    steps = read_symbols(coder, count - 1, unit)
    if (gcd(first, *steps) or 1) != unit:
        raise Refused("malformed")
    times = [start + first]
    for step in steps:
        times.append(times[-1] + step)
    return times


def read_alike(coder: Coder, name: str, count: int, expected: int) -> list[int]:
    """[chunk-53]"""
    match coder.one(name):
        case 0:
            return [0] * count
        case 1 if expected != 0:
            return [expected] * count
        case 2 if (same := coder.number("ALIKE")) not in (0, expected):
            return [same] * count
        case 3:
            values = read_symbols(coder, count, 1)
            if len(set(values)) > 1:
                return values
    raise Refused("malformed")


# Values by shape.


def read_values(coder: Coder, shape: int, count: int) -> list[Value]:
    if shape == MIXED:
        return read_mixed(coder, count)
    if shape > MIXED:
        raise Refused("malformed")
    return READERS[shape](coder, count)


def read_mixed(coder: Coder, count: int) -> list[Value]:
    shapes = read_symbols(coder, count, 1)
    if max(shapes) > NONES:
        raise Refused("malformed")
    if len(set(shapes)) < 2:
        raise Refused("malformed")
    columns = {shape: iter(READERS[shape](coder, shapes.count(shape))) for shape in sorted(set(shapes))}
    return [next(columns[shape]) for shape in shapes]


def read_numbers(coder: Coder, count: int) -> list[Value]:
    return list(read_column(coder, count))


def read_booleans(coder: Coder, count: int) -> list[Value]:
    return [bool(value) for value in below(read_symbols(coder, count, 1), 2)]


def read_states(coder: Coder, count: int) -> list[Value]:
    return [State(value) for value in below(read_symbols(coder, count, 1), 1 << 16)]


def read_points(coder: Coder, count: int) -> list[Value]:
    latitudes = read_column(coder, count)
    longitudes = read_column(coder, count)
    return [check_point(Point(*pair)) for pair in zip(latitudes, longitudes)]


def read_texts(coder: Coder, count: int) -> list[Value]:
    lengths = below(read_symbols(coder, count, 1), 257)
    upper = [Model("EVEN") for _ in range(16)]
    lower = [Model("EVEN") for _ in range(16)]
    before = 0
    texts: list[Value] = []
    for length in lengths:
        text = bytearray()
        for _ in range(length):
            before = coder.symbol(upper[before])
            text.append(before << 4 | coder.symbol(lower[before]))
        try:
            texts.append(text.decode())
        except UnicodeDecodeError:
            raise Refused("malformed") from None
    return texts


def read_nones(_coder: Coder, count: int) -> list[Value]:
    return [None] * count


READERS: list[Callable[[Coder, int], list[Value]]] = [
    read_numbers,
    read_booleans,
    read_states,
    read_points,
    read_texts,
    read_nones,
]


def below(values: list[int], bound: int) -> list[int]:
    if max(values, default=0) >= bound:
        raise Refused("malformed")
    return values


# Columns.


def read_column(coder: Coder, count: int) -> list[int]:
    """[chunk-40] to [chunk-42]"""
    divisor = read_divisor(coder)
    by_level = coder.one("BY_LEVEL")
    if by_level > 1:
        raise Refused("malformed")
    rest = 0 if by_level else coder.number("REST")
    if rest >= divisor:
        raise Refused("malformed")
    z = coder.number("FIRST")
    quotient = z // 2 if z % 2 == 0 else -(z + 1) // 2
    values = [signed_or_refused(quotient * divisor + rest)]
    residuals = Residuals(coder)
    for _ in range(count - 1):
        scaled = signed_or_refused(residuals.read() * divisor)
        values.append(scaled if by_level else wrapped(values[-1] + scaled))
    steps = [abs(wrapped(b - a)) for a, b in pairwise(values)]
    if (gcd(*steps) or 1) != divisor or choice(values, steps, divisor) != by_level:
        raise Refused("malformed")
    return values


def choice(values: list[int], steps: list[int], divisor: int) -> int:
    """[chunk-42]"""
    k = divisor.bit_length() - 1
    level_cost = sum((abs(value) >> k).bit_length() for value in values[1:])
    step_cost = sum((step >> k).bit_length() for step in steps)
    fits = divisor == 1 or all(wrapped(b - a) == b - a for a, b in pairwise(values))
    return int(values[0] % divisor == 0 and fits and level_cost < step_cost)


def read_symbols(coder: Coder, count: int, unit: int) -> list[int]:
    """[chunk-50] to [chunk-52]"""
    models = [Model(f"SYMBOLS {n}") for n in range(21)]
    residuals = Residuals(coder)
    entries: list[int] = []
    values: list[int] = []
    mean = 0
    x = y = z = 0
    for place in range(count):
        symbol = 15 if place == 0 else coder.symbol(models[symbols_model(len(entries), x, y, z)])
        if symbol < 15:
            if symbol >= len(entries):
                raise Refused("malformed")
            value = entries[symbol]
        else:
            residual = residuals.read()
            quotient = (residual + mean) % 2**64
            value = quotient * unit
            if value >= 2**64:
                raise Refused("malformed")
            if value in entries:
                raise Refused("malformed")
            mean = mean + (residual >> 3) if place else quotient
            if len(entries) < 15:
                symbol = len(entries)
                entries.append(value)
        values.append(value)
        x, y, z = symbol, x, y
    return values


def symbols_model(k: int, x: int, y: int, z: int) -> int:
    """[chunk-51]"""
    if k < 2:
        return 0
    if k == 2:
        return 1 + 4 * min(x, 1) + 2 * min(y, 1) + min(z, 1)
    return 9 + 3 * min(x, 3) + min(y, 2)


def read_divisor(coder: Coder) -> int:
    """[chunk-21]"""
    power = coder.one("POWER")
    mantissa = coder.number("MANTISSA")
    divisor: int = mantissa * 10**power
    if not 1 <= divisor < 2**64:
        raise Refused("malformed")
    if mantissa % 10 == 0 and power < 15:
        raise Refused("malformed")
    return divisor


class Residuals:
    """[chunk-30] and [chunk-31]: one sequence of residuals."""

    def __init__(self, coder: Coder) -> None:
        self.coder = coder
        self.tokens: dict[int, Model] = {}
        self.tails: dict[int, Model] = {}
        self.lengths = Model("LENGTHS")
        self.sizes = (0, 0, 0)
        self.sign = 0

    def read(self) -> int:
        a, b, c = self.sizes
        group = min((2 * a + b + c).bit_length(), 14)
        residual = self.value(group, 3 * group + self.sign)
        if not -(2**63) <= residual < 2**63:
            raise Refused("malformed")
        self.sizes = (min(abs(residual), SIZES_CUT), a, b)
        self.sign = 0 if residual == 0 else 1 if residual > 0 else 2
        return residual

    def value(self, group: int, token_row: int) -> int:
        token = self.coder.symbol(self.tokens.setdefault(token_row, Model(f"TOKENS {token_row}")))
        if token < 7:
            return (token + 1) // 2 * (1 if token % 2 else -1)
        if token < 15:
            return self.with_second_bit(token - 1)
        tail = self.coder.symbol(self.tails.setdefault(group, Model(f"TAILS {group}")))
        if tail < 14:
            return self.with_second_bit(tail + 14)
        return self.whole(14 if tail == 14 else self.length())

    def length(self) -> int:
        symbol = self.coder.symbol(self.lengths)
        return symbol + 15 if symbol < 15 else 30 + self.coder.plain(6)

    def with_second_bit(self, twice: int) -> int:
        """A residual of n bits whose second bit is h, from 2 n + h."""
        n, h = divmod(twice, 2)
        return unfolded((2 + h) << (n - 1) | self.coder.plain(n - 1))

    def whole(self, n: int) -> int:
        if n > 64:
            raise Refused("malformed")
        return unfolded(1 << n | self.coder.plain(n))


def unfolded(folded: int) -> int:
    return -(folded >> 1) if folded & 1 else folded >> 1


def wrapped(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def signed_or_refused(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise Refused("malformed")
    return number


# The coder and its models.


class Coder:
    """[chunk-10] to [chunk-13]"""

    def __init__(self, chunk: bytes) -> None:
        if not chunk or chunk[0] == 0:
            raise Refused("malformed")
        head = len(chunk) % 4
        self.state = int.from_bytes(chunk[:head])
        self.words = chunk
        self.place = head
        self.refill()
        self.refill()

    def refill(self) -> None:
        if self.state < 2**31 and self.place < len(self.words):
            self.state = self.state << 32 | int.from_bytes(self.words[self.place : self.place + 4])
            self.place += 4

    def span(self, start: int, width: int) -> None:
        self.state = width * (self.state // TOTAL) + self.state % TOTAL - start
        self.refill()

    def symbol(self, model: Model) -> int:
        symbol = bisect_right(model.starts, self.state % TOTAL) - 1
        start = model.starts[symbol]
        end = model.starts[symbol + 1] if symbol < 15 else TOTAL
        self.span(start, end - start)
        model.passed(symbol)
        return symbol

    def plain(self, bits: int) -> int:
        value = shift = 0
        while shift < bits:
            n = min(bits - shift, 15)
            group = self.state % TOTAL >> (15 - n)
            self.span(group << (15 - n), 1 << (15 - n))
            value |= group << shift
            shift += n
        return value

    def one(self, row: str) -> int:
        """A symbol under a new model."""
        return self.symbol(Model(row))

    def number(self, row: str) -> int:
        """[chunk-20]"""
        length = self.one(row)
        if length == 15:
            length += self.plain(6)
        if length > 64:
            raise Refused("malformed")
        return 1 << (length - 1) | self.plain(length - 1) if length else 0

    def finish(self) -> None:
        if self.place != len(self.words) or self.state != 1:
            raise Refused("malformed")


class Model:
    """[chunk-12] and [chunk-14]"""

    def __init__(self, row: str) -> None:
        self.starts = list(tables()[row])
        self.count = 0

    def passed(self, symbol: int) -> None:
        rate = 4 if self.count < 16 else 5 if self.count < 32 else 6
        for i in range(1, 16):
            goal = 8 * i if i <= symbol else 8 * i + 32_640
            self.starts[i] += (goal - self.starts[i]) >> rate
        self.count += 1


@cache
def tables() -> dict[str, list[int]]:
    """The rows of section 8, from the page itself."""
    section = pages.section("chunk.md", "## 8. Tables")
    rows = (line.split(": ") for line in section.splitlines() if ": 0 " in line)
    return {name: [int(start) for start in starts.split()] for name, starts in rows}
