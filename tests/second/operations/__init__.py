"""What each operation of the vectors does, page by page."""

from __future__ import annotations

from . import keys, model, seal
from .registered import ALL

__all__ = ["ALL", "keys", "model", "seal"]
