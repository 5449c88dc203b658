"""docs/spec/parcel.md: what a home hands to a recipient."""

from __future__ import annotations

from dataclasses import dataclass

from .keys import SIGNATURE_LEN, PublicKey
from .log import Entry, Genesis, Position, verified_checkpoint, verified_entries, verified_genesis
from .postcard import Reader
from .refused import Refused

PARCEL_MOST = 1 << 30


@dataclass(frozen=True)
class Stretch:
    """A stretch of a log as it came: from its genesis or a checkpoint to a checkpoint."""

    token: bytes
    genesis: bytes
    signature: bytes
    begin: bytes | None
    entries: list[tuple[bytes, bytes]]
    end: bytes

    def verified(self, household: list[PublicKey]) -> tuple[Genesis, list[Entry]]:
        """[log-4], [log-15]: one of the household's keys signed the genesis."""
        genesis = self.begun(household)
        end = verified_checkpoint(self.end, genesis)
        return genesis, verified_entries(genesis, self.start(genesis), self.entries, end)

    def begun(self, household: list[PublicKey]) -> Genesis:
        *others, last = household
        for key in others:
            try:
                return verified_genesis(self.genesis, self.signature, key)
            except Refused as refused:
                if refused.kind != "signature":
                    raise
        return verified_genesis(self.genesis, self.signature, last)

    def start(self, genesis: Genesis) -> Position:
        return genesis.start() if self.begin is None else verified_checkpoint(self.begin, genesis).position


@dataclass(frozen=True)
class Parcel:
    """Signed revocations and bundles, stretches of logs, and orders to erase."""

    revocations: list[bytes]
    extensions: list[bytes]
    stretches: list[Stretch]
    erasures: list[tuple[bytes, bytes]]


def read_parcel(data: bytes) -> Parcel:
    if len(data) > PARCEL_MOST:
        raise Refused("length")
    reader = Reader(data)
    most = len(data)
    parcel = Parcel(
        revocations=reader.items(most, reader.blob),
        extensions=reader.items(most, reader.blob),
        stretches=reader.items(most, lambda: stretch(reader)),
        erasures=reader.items(most, lambda: (reader.array(32), reader.blob())),
    )
    reader.finish()
    return parcel


def stretch(reader: Reader) -> Stretch:
    return Stretch(
        token=reader.array(32),
        genesis=reader.blob(),
        signature=reader.array(SIGNATURE_LEN),
        begin=reader.option(reader.blob),
        entries=reader.items(len(reader.data), lambda: (reader.blob(), reader.blob())),
        end=reader.blob(),
    )
