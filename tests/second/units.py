"""docs/spec/model.md [model-15] and docs/spec/registry.md, units: what a written number comes to."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from . import registry
from .model import NUMBER_MOST, Kind
from .refused import Refused

NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)
POWERED = re.compile(r"([^\d-]+)(-?\d+)", re.ASCII)
WHOLE = re.compile(r"\d+", re.ASCII)
POWER_MOST, WHOLE_MOST = 9, 2**32 - 1
TEN_POWERS = range(-(2**15), 2**15)
# Scales that do not begin at absolute zero: what is added, and the factor to kelvin.
SCALES = {"Cel": (Fraction(27_315, 100), Fraction(1)), "[degF]": (Fraction(45_967, 100), Fraction(5, 9))}

# Powers of the base units, and the factor.
Unit = tuple[dict[str, int], Fraction]


def read_number(kind: Kind, text: str, exponent: int) -> tuple[int, bool]:
    """The number at an exponent, and whether it is exact."""
    written, *unit = text.strip().split(maxsplit=1)
    exact = converted(kind, unit[0] if unit else kind.unit, lambda: decimal(written)) / Fraction(10) ** exponent
    # round() of a fraction is half to even.
    number = round(exact)
    if abs(number) > NUMBER_MOST:
        raise Refused("range")
    return number, number == exact


def decimal(text: str) -> Fraction:
    match = NUMBER.fullmatch(text)
    if match is None:
        raise Refused("malformed")
    sign, before, after, power = match.groups(default="")
    ten = int(power or 0)
    if not before + after or ten not in TEN_POWERS:
        raise Refused("malformed")
    number = int(before + after) * Fraction(10) ** (ten - len(after))
    return -number if sign == "-" else number


def converted(kind: Kind, written: str, number: Callable[[], Fraction]) -> Fraction:
    """A number in the unit of a kind."""
    spelt = registry.spellings().get(written, written)
    if spelt == kind.unit:
        return number()
    (have, have_factor), (want, want_factor) = parsed(spelt), parsed(kind.unit)
    bridge = bridged(have, want, kind.molar_mass)
    shift, back = (SCALES[name][0] if name in SCALES else Fraction(0) for name in (spelt, kind.unit))
    return (number() + shift) * have_factor * bridge / want_factor - back


def bridged(have: dict[str, int], want: dict[str, int], molar_mass: Fraction | None) -> Fraction:
    """The factor between units of one dimension, or between amounts and masses of a substance."""
    if have == want:
        return Fraction(1)
    if molar_mass is not None:
        if have.get("mol") == 1 and as_mass(have) == want:
            return molar_mass
        if want.get("mol") == 1 and as_mass(want) == have:
            return 1 / molar_mass
    raise Refused("unit")


def as_mass(powers: dict[str, int]) -> dict[str, int]:
    return product({name: power for name, power in powers.items() if name != "mol"}, {"g": 1})


def parsed(text: str) -> Unit:
    if text in SCALES:
        return {"K": 1}, SCALES[text][1]
    powers: dict[str, int] = {}
    factor = Fraction(1)
    for mark, component in re.findall(r"(^/?|[./])([^./]*)", text):
        more, by = read_component(component)
        sign = -1 if mark == "/" else 1
        powers = product(powers, {name: sign * power for name, power in more.items()})
        factor *= by**sign
    return powers, factor


def read_component(text: str) -> Unit:
    if text.startswith("{") and text.endswith("}"):
        return {}, Fraction(1)
    if WHOLE.fullmatch(text) and 0 < int(text) <= WHOLE_MOST:
        return {}, Fraction(int(text))
    power = 1
    found = named(text)
    if found is None and (match := POWERED.fullmatch(text)):
        power = int(match[2])
        found = named(match[1])
    if found is None or abs(power) > POWER_MOST:
        raise Refused("unknown")
    powers, factor = found
    return {name: power * each for name, each in powers.items()}, factor**power


@cache
def named(text: str) -> Unit | None:
    """A unit of the table, or one with a prefix."""
    table = registry.units()
    if text in table:
        _, factor, base = table[text]
        return base_powers(base), factor
    ten, rest = registry.prefixes().get(text[:1]), table.get(text[1:])
    if ten is None or rest is None or not rest[0]:
        return None
    return base_powers(rest[2]), rest[1] * Fraction(10) ** ten


def base_powers(base: str) -> dict[str, int]:
    parts = (re.fullmatch(r"([a-zA-Z]+)(-?\d+)?", part) for part in base.split(".") if part != "1")
    return {part[1]: int(part[2] or 1) for part in parts if part}


def product(one: dict[str, int], two: dict[str, int]) -> dict[str, int]:
    powers = {name: one.get(name, 0) + two.get(name, 0) for name in one.keys() | two.keys()}
    return {name: power for name, power in powers.items() if power}
