"""docs/spec/model.md: kinds, descriptions of streams, levels, facets, and the leaf of a slot."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from fractions import Fraction
from functools import cache

from . import pages
from .postcard import Reader, ascending
from .refused import Refused
from .values import TIME_END, TIME_FROM, Point, Reading, State, Value, check_flags, is_point
from .zones import is_zone


class Level(IntEnum):
    """How fine a slot is."""

    RAW = 0
    MINUTE = 1
    QUARTER_HOUR = 2
    HALF_HOUR = 3
    HOUR = 4
    DAY = 5
    MONTH = 6

    @property
    def depth(self) -> int:
        """The depth of its trees."""
        return 17 if self <= Level.MINUTE else 13

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")


class Facet(IntEnum):
    """What a piece says of its slot."""

    READINGS = 0
    TOTALS = 1
    EXTREMES = 2
    DISTRIBUTION = 3
    INDEX = 4


VALUE_KINDS = ("gauge", "counter", "interval", "bool", "enum", "location", "text")
SENSITIVITIES = ("device", "environment", "behaviour", "security", "presence", "location", "health")
SCALES = ("linear", "logarithmic", "circular")
NUMBER_MOST, TEXT_MOST = 2**53 - 1, 256
SHOWN_MOST = 128
# Line and paragraph separators, and what turns the direction of writing.
TURNING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NAME_MOST, DESCRIPTION_MOST, STATES_MOST, EDGES_MOST = 64, 256, 64, 15
EXPONENT_MOST, CHUNK_MINUTES_MOST, LATE_MOST = 9, 1_440, 31 * 24 * 3_600_000
WORD = re.compile("[a-z0-9_]+", re.ASCII)
VENDOR_NAME = re.compile("[a-z0-9_]+:[a-z0-9_]+", re.ASCII)


@dataclass(frozen=True)
class Kind:
    """What a stream measures."""

    name: str
    value_kind: str
    unit: str
    exponent: int
    sensitivity: str
    scale: str
    states: tuple[str, ...]
    edges: tuple[int, ...]
    range: tuple[int, int]
    # Grams per mole, where amounts of substance may be read as masses.
    molar_mass: Fraction | None = None

    @property
    def is_number(self) -> bool:
        return self.value_kind in ("gauge", "counter", "interval")

    def facets(self) -> set[Facet]:
        """[model-22] and [model-23], but for the distribution of a stream's own edges."""
        found = set()
        if self.is_number and self.scale == "linear":
            found.add(Facet.TOTALS)
        if self.is_number and self.scale != "circular":
            found.add(Facet.EXTREMES)
        if self.states or self.is_number:
            found.add(Facet.DISTRIBUTION)
        if self.value_kind == "counter":
            found.add(Facet.INDEX)
        return found


@cache
def registry() -> dict[str, Kind]:
    """The kinds of the registry by their names."""
    with pages.kinds_csv().open(encoding="utf-8", newline="") as rows:
        return {row["name"]: registered(row) for row in csv.DictReader(rows)}


def registered(row: dict[str, str]) -> Kind:
    exponent = int(row["scale_exponent"])
    value_kind = row["value_kind"]
    states = tuple(row["states"].split("|")) if row["states"] else ()
    edges = row["edges"].split("|") if row["edges"] else []
    return Kind(
        name=row["name"],
        value_kind=value_kind,
        unit=row["ucum"],
        exponent=exponent,
        sensitivity=row["sensitivity"],
        scale=row["scale"] or "linear",
        states=("false", "true") if value_kind == "bool" else states,
        edges=tuple(scaled(edge, exponent) for edge in edges),
        range=(scaled(row["min"] or "0", exponent), scaled(row["max"] or "0", exponent)),
        molar_mass=Fraction(row["molar_mass"]) if row["molar_mass"] else None,
    )


def scaled(text: str, exponent: int) -> int:
    number = Fraction(text) / Fraction(10) ** exponent
    if number.denominator != 1:
        raise Refused("malformed")
    return number.numerator


@dataclass(frozen=True)
class Stream:
    """What a stream is, as its logs and every grant state it."""

    id: bytes
    kind: Kind
    exponent: int
    zone: str
    chunk_minutes: int
    levels: set[Level]
    facets: set[Facet]
    edges: tuple[int, ...]
    sensitivity: str
    late_ms: int
    interval_ms: int | None

    @property
    def range(self) -> tuple[int, int]:
        """The plausible range at the stream's exponent."""
        finer = 10 ** (self.kind.exponent - self.exponent)
        least, greatest = (max(-(2**63), min(number * finer, 2**63 - 1)) for number in self.kind.range)
        return least, greatest

    @property
    def bins(self) -> int:
        """How many bins its distribution has; 0 for none."""
        if self.kind.states:
            return len(self.kind.states)
        return len(self.edges) + 1 if self.edges else 0

    @property
    def tells_presence(self) -> bool:
        return bool({"behaviour", "security", "presence", "location"} & {self.kind.sensitivity, self.sensitivity})


def read_stream(data: bytes) -> Stream:
    reader = Reader(data)
    described = stream(reader)
    reader.finish()
    return described


def stream(reader: Reader) -> Stream:
    """A description within an object; [model-18]."""
    described = Stream(
        id=reader.array(16),
        kind=kind(reader),
        exponent=reader.i8(),
        zone=reader.text(),
        chunk_minutes=reader.u16(),
        levels=levels(reader.u8()),
        facets=facets(reader.u8()),
        edges=tuple(reader.items(EDGES_MOST, reader.i64)),
        sensitivity=SENSITIVITIES[reader.variant(len(SENSITIVITIES))],
        late_ms=reader.u32(),
        interval_ms=sampling(reader),
    )
    check(described)
    return described


def check(it: Stream) -> None:
    """[model-6], [model-18], [model-19], [model-23], [model-29]"""
    summaries = it.levels - {Level.RAW}
    legal = it.kind.facets() if it.bins else it.kind.facets() - {Facet.DISTRIBUTION}
    ranks = [SENSITIVITIES.index(word) for word in (it.kind.sensitivity, it.sensitivity)]
    fits = (
        -EXPONENT_MOST <= it.exponent <= it.kind.exponent
        and 1 <= it.chunk_minutes <= CHUNK_MINUTES_MOST
        and bool(it.levels)
        and it.facets <= legal
        and bool(it.facets or not summaries)
        and ascending(list(it.edges))
        and bool(it.kind.is_number or not it.edges)
        and ranks[0] <= ranks[1]
        and it.late_ms <= LATE_MOST
        and is_zone(it.zone)
    )
    if not fits:
        raise Refused("malformed")


def kind(reader: Reader) -> Kind:
    if reader.variant(2) == 1:
        return vendor_kind(reader)
    found = registry().get(reader.text())
    if found is None:
        raise Refused("malformed")
    return found


def vendor_kind(reader: Reader) -> Kind:
    """[model-14]"""
    name = reader.text()
    value_kind = VALUE_KINDS[reader.variant(len(VALUE_KINDS))]
    unit = reader.text()
    exponent = reader.i8()
    sensitivity = SENSITIVITIES[reader.variant(len(SENSITIVITIES))]
    scale = SCALES[reader.variant(len(SCALES))]
    states = tuple(reader.items(STATES_MOST, reader.text))
    edges = tuple(reader.items(EDGES_MOST, reader.i64))
    limits = reader.option(lambda: (reader.i64(), reader.i64()))
    description = reader.text()
    fits = (
        VENDOR_NAME.fullmatch(name)
        and 1 <= len(unit.encode()) <= NAME_MOST
        and not any(letter.isspace() or is_control(letter) for letter in unit)
        and abs(exponent) <= EXPONENT_MOST
        and bool(states) == (value_kind == "enum")
        and len(set(states)) == len(states)
        and all(WORD.fullmatch(state) and len(state) <= NAME_MOST for state in states)
        and ascending(list(edges))
        and limits
        and limits[0] < limits[1]
        and len(description.encode()) <= DESCRIPTION_MOST
        and not any(map(is_control, description))
    )
    if not fits or not limits or len(name) > NAME_MOST:
        raise Refused("malformed")
    made = Kind(name, value_kind, unit, exponent, sensitivity, scale, states, edges, limits)
    if edges and not made.is_number:
        raise Refused("malformed")
    return made


def is_control(letter: str) -> bool:
    return ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0


def sampling(reader: Reader) -> int | None:
    """The usual interval of a stream that has one; one of unknown times and one of changes have none."""
    return reader.u32() if reader.variant(3) == 1 else None


def levels(bits: int) -> set[Level]:
    if bits >= 1 << len(Level):
        raise Refused("malformed")
    return {level for level in Level if bits >> level & 1}


def facets(bits: int) -> set[Facet]:
    if bits >= 1 << len(Facet):
        raise Refused("malformed")
    return {facet for facet in Facet if bits >> facet & 1}


# Readings of a stream.

LENGTHS = {
    Level.MINUTE: 60_000,
    Level.QUARTER_HOUR: 900_000,
    Level.HALF_HOUR: 1_800_000,
    Level.HOUR: 3_600_000,
    Level.DAY: 86_400_000,
    Level.MONTH: 28 * 86_400_000,
}


def check_reading(it: Stream, reading: Reading) -> None:
    """[model-1], [model-3], [model-16], [model-17]"""
    check_flags(reading.flags)
    if not TIME_FROM <= reading.time < TIME_END:
        raise Refused("range")
    check_value(it.kind, reading.value)
    finest = min(it.levels - {Level.RAW}, default=None)
    if finest is not None and reading.duration > LENGTHS[finest]:
        raise Refused("range")


def check_value(it: Kind, value: Value) -> None:
    match value:
        case None:
            return
        case bool():
            fits, within = it.value_kind == "bool", True
        case int():
            fits, within = it.is_number, abs(value) <= NUMBER_MOST
        case State(number):
            fits, within = it.value_kind == "enum", True
            if fits and number >= len(it.states):
                raise Refused("unknown")
        case Point(latitude, longitude):
            fits, within = it.value_kind == "location", is_point(latitude, longitude)
        case str():
            fits, within = it.value_kind == "text", True
            if len(value.encode()) > TEXT_MOST:
                raise Refused("length")
    if not fits:
        raise Refused("kind")
    if not within:
        raise Refused("range")


def check_name(text: str) -> None:
    """[model-28]"""
    turning = any(is_control(letter) or letter in TURNING for letter in text)
    if not 1 <= len(text.encode()) <= SHOWN_MOST or turning or not text.strip():
        raise Refused("malformed")


STATISTICS: dict[str, Callable[[Kind], bool]] = {
    "sum": lambda it: it.value_kind in ("interval", "counter") and it.scale == "linear",
    "mean": lambda it: it.value_kind in ("gauge", "interval") and it.scale == "linear",
    "stddev": lambda it: it.value_kind in ("gauge", "interval") and it.scale == "linear",
    "distribution": lambda it: bool(it.edges or it.states),
    "index": lambda it: it.value_kind == "counter",
} | dict.fromkeys(("min", "max", "first", "last"), lambda it: it.is_number and it.scale != "circular")


# Epochs and leaves.

DAY_MS, FINE_MS, COARSE_MS = 86_400_000, 60_000, 900_000


def epoch_base(epoch: int) -> int:
    """[model-11]: 24 hours before the epoch's first month begins in UTC."""
    year, pair = divmod(epoch, 6)
    first = datetime(1970 + year, pair * 2 + 1, 1, tzinfo=UTC)
    return (first - datetime(1970, 1, 1, tzinfo=UTC)).days * DAY_MS - DAY_MS


def leaf_index(level: Level, epoch: int, start: int) -> int | None:
    """[model-11]: the leaf of a slot by its start, if it stands in the epoch's tree."""
    index, rest = divmod(start - epoch_base(epoch), FINE_MS if level.depth == 17 else COARSE_MS)
    stands = rest == 0 and 0 <= index < 1 << level.depth and TIME_FROM <= start < TIME_END
    return index if stands else None
