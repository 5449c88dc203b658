"""docs/spec/registry.md: the numbers and characters that objects of consent refer to."""

from __future__ import annotations

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
def unclean() -> frozenset[str]:
    """The characters that no text has, but for the control characters."""
    found: set[str] = set()
    for cells in rows("## Characters"):
        first, _, last = cells[0].partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


def numbered(heading: str) -> dict[int, str]:
    return {int(number): term for number, term, *_ in rows(heading)}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without its head."""
    lines = [line for line in pages.section(PAGE, heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
