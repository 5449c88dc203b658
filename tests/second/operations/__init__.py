"""What each operation of the vectors does, page by page."""

from __future__ import annotations

from . import chunk, consent, grant, keys, log, model, parcel, proposal, seal, sync
from .registered import ALL, READ_BACK

__all__ = ["ALL", "READ_BACK", "chunk", "consent", "grant", "keys", "log", "model", "parcel", "proposal", "seal", "sync"]
