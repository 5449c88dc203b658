"""What the specification holds as tables, read from the specification itself."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def section(page: str, heading: str) -> str:
    """The text of a page under a heading, up to the next one of its rank."""
    text = (ROOT / "docs" / "spec" / page).read_text(encoding="utf-8")
    rank = heading.split()[0]
    return text.split(f"\n{heading}\n", 1)[1].split(f"\n{rank} ", 1)[0]


def kinds_csv() -> Path:
    """The registry of kinds."""
    return ROOT / "crates" / "freehold-model" / "data" / "quantity-kinds.csv"
