"""A recipient: a grant, what parcels bring, and what the keys open of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import chunk
from .consent import read_revocation, withdraws
from .envelope import EnvelopeKey
from .facets import Layout
from .grant import Grant, Keys, StreamInfo, Tree, open_bundle
from .keys import Domain, digest
from .log import Entry, Genesis
from .model import Facet, Level, leaf_index
from .parcel import Parcel
from .refused import Refused
from .summaries import Summary
from .values import Reading, said

READINGS_MOST = 1 << 20


@dataclass
class Log:
    """What has arrived of a log: its entries by number, each as often as it came."""

    genesis: Genesis
    entries: dict[int, list[Entry]] = field(default_factory=dict)


@dataclass
class Recipient:
    """Holds one consent."""

    grant: Grant
    key: EnvelopeKey
    keys: Keys
    logs: dict[bytes, Log] = field(default_factory=dict)

    @classmethod
    def accept(cls, grant: Grant, key: EnvelopeKey) -> Recipient:
        return cls(grant, key, grant.open(key))

    def receive(self, parcel: Parcel) -> None:
        """Takes what is this consent's; [consent-25] ends it."""
        token = self.grant.token
        for data in parcel.revocations:
            if withdraws(read_revocation(data), token):
                raise Refused("revoked")
        for data in parcel.extensions:
            self.extend(data)
        for stretch in parcel.stretches:
            if stretch.token != token.id:
                continue
            genesis, entries = stretch.verified(self.keys.household)
            check_named(genesis, self.keys.streams.get(genesis.stream))
            log = self.logs.setdefault(genesis.log, Log(genesis))
            for entry in entries:
                log.entries.setdefault(entry.header.seq, []).append(entry)

    def extend(self, data: bytes) -> None:
        """Bundles of other consents, and those that are in the grant already, are passed over."""
        try:
            bundle = open_bundle(data, self.grant.token, self.grant.card.id, self.key)
        except Refused as refused:
            if refused.kind == "other-token":
                return
            raise
        self.keys.heirs.hear(bundle, self.grant.token)
        if bundle.header.seq > self.keys.seq:
            self.keys = self.keys.extended(bundle, self.grant.token)

    def openings(self) -> Iterator[Opening]:
        """Every stream and level of which something has arrived."""
        for info in self.keys.streams.values():
            for level in Level:
                logs = [log for log in self.logs.values() if is_of(log, info, level)]
                logs.sort(key=lambda log: log.genesis.incarnation)
                if logs:
                    yield Opening(self.keys, info, level, logs)


def check_named(genesis: Genesis, info: StreamInfo | None) -> None:
    """[parcel-2]: the bundles name the log, its writer and its stream's description."""
    log = (genesis.log, genesis.level, genesis.writer)
    named = info and any((it.log, it.level, it.writer) == log for it in info.logs)
    if not info or not named or digest(Domain.SPEC, info.described) != genesis.spec:
        raise Refused("other-log")


def is_of(log: Log, info: StreamInfo, level: Level) -> bool:
    return (log.genesis.stream, log.genesis.level) == (info.stream.id, level)


class Opening:
    """Opens what arrived of one level of a stream, the oldest incarnation first, as far as there are keys."""

    def __init__(self, keys: Keys, info: StreamInfo, level: Level, logs: list[Log]) -> None:
        self.keys = keys
        self.info = info
        self.level = level
        self.logs = logs
        self.opened = self.closed = self.absent = 0

    def plain(self) -> Iterator[tuple[int, int, int, Facet, int, bytes]]:
        """Start, end, incarnation, facet, part and plaintext of every piece that opens."""
        for log in self.logs:
            for _, copies in sorted(log.entries.items()):
                for same in zip(*(entry.pieces() for entry in copies)):
                    piece = next((it for it in same if it.sealed is not None), None)
                    if piece is None:
                        self.absent += 1
                        continue
                    place, context = piece.place, piece.context
                    facet = Facet(place.facet)
                    leaf = self.leaf(facet, context.epoch, context.generation, place.start)
                    if leaf is None:
                        self.closed += 1
                        continue
                    self.opened += 1
                    incarnation = log.genesis.incarnation
                    yield place.start, place.end, incarnation, facet, place.part, piece.open(leaf)

    def leaf(self, facet: Facet, epoch: int, generation: int, start: int) -> bytes | None:
        cover = self.keys.covers.get(Tree(self.info.stream.id, self.level, facet, epoch, generation))
        index = leaf_index(self.level, epoch, start)
        return None if cover is None or index is None else cover.leaf(index)

    def summaries(self) -> list[Slot]:
        """[log-18]: the slots that have a reading, in order of time; raw has none."""
        if self.level == Level.RAW:
            return []
        layout = Layout(self.info.stream, self.level)
        newest: dict[int, tuple[int, int]] = {}
        slots: dict[int, Slot] = {}
        for start, end, incarnation, facet, part, plain in self.plain():
            said = layout.read(facet, plain)
            if (incarnation, part) < newest.get(start, (0, 0)):
                continue
            if start not in newest or newest[start] < (incarnation, part):
                newest[start] = (incarnation, part)
                slots[start] = Slot(start, end, {})
            slots[start].summary[facet.name.lower()] = said
        return [slot for _, slot in sorted(slots.items()) if not is_empty(slot.summary)]

    def readings(self) -> list[Reading]:
        """[log-17]; summaries have none."""
        united: list[Reading] = []
        if self.level == Level.RAW:
            for start, _, _, facet, _, plain in self.plain():
                if facet == Facet.READINGS:
                    unite(united, chunk.read(plain, start, READINGS_MOST))
        return sorted(united, key=lambda reading: reading.time)


@dataclass(frozen=True)
class Slot:
    """What a slot says."""

    start: int
    end: int
    summary: Summary


def is_empty(summary: Summary) -> bool:
    """Whether a summary is of no readings, by any of its facets."""
    none = [summary[name] is None for name in ("extremes", "index") if name in summary]
    counts = [summary["totals"]["count"]] if "totals" in summary else []
    counts += [sum(summary["distribution"])] if "distribution" in summary else []
    return any(none) or 0 in counts


def unite(readings: list[Reading], part: list[Reading]) -> None:
    known = set(map(said, readings))
    readings += (it for it in part if said(it) not in known)
