"""docs/spec/registry.md: the numbers and characters that objects of consent refer to."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from . import pages

PAGE = "registry.md"


@cache
def purposes() -> dict[int, str]:
    return numbered("## Purposes")


@cache
def bases() -> dict[int, str]:
    return numbered("## Legal bases")


@cache
def cleaned() -> dict[str, str]:
    """What becomes of the characters that no text has, but for the control characters."""
    found: dict[str, str] = {}
    for span, made in rows("## Characters"):
        first, _, last = span.partition("-")
        letters = map(chr, range(int(first, 16), int(last or first, 16) + 1))
        found |= dict.fromkeys(letters, "'" if "apostrophe" in made else "")
    return found


@cache
def units() -> dict[str, tuple[bool, Fraction, str]]:
    """Whether a prefix may stand before it, factor and base of each unit."""
    section = pages.section(PAGE, "## Units").split("\n### ")[0]
    return {
        name: (prefix == "yes", Fraction(factor.replace(" ", "")), base)
        for name, prefix, factor, base in table(section)
    }


@cache
def prefixes() -> dict[str, int]:
    return {prefix: int(power) for prefix, power in rows("### Prefixes")}


@cache
def spellings() -> dict[str, str]:
    return {written: unit for written, unit in rows("### Spellings")}


def numbered(heading: str) -> dict[int, str]:
    return {int(number): term for number, term, *_ in rows(heading)}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without its head."""
    return table(pages.section(PAGE, heading))


def table(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
