"""What each operation of the vectors does, page by page."""

from __future__ import annotations

from . import chunk, keys, log, model, seal
from .registered import ALL, READ_BACK

__all__ = ["ALL", "READ_BACK", "chunk", "keys", "log", "model", "seal"]
