"""The command: `python3 -m second vectors|log|open`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from . import vectors
from .envelope import EnvelopeKey
from .grant import read_grant
from .keys import PublicKey
from .parcel import Stretch, read_parcel
from .recipient import Recipient
from .refused import Refused
from .values import Point, State, Value

# What the command ends with when something was refused, as the tool `freehold` does.
REFUSED = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="second", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    run = commands.add_parser("vectors", help="runs every vector of a folder")
    run.add_argument("folder", type=Path)

    check = commands.add_parser("log", help="verifies the logs of parcels, under the grantor of a grant")
    check.add_argument("--grant", type=Path, required=True)
    check.add_argument("parcels", type=Path, nargs="+")

    opening = commands.add_parser("open", help="prints what a grant opens of parcels, as JSON lines")
    opening.add_argument("--grant", type=Path, required=True)
    opening.add_argument("--seed", type=Path, required=True, help="the recipient's envelope seed in hexadecimal")
    opening.add_argument("--now", type=int, required=True, help="milliseconds since 1970")
    opening.add_argument("parcels", type=Path, nargs="+")

    given = parser.parse_args()
    if given.command == "vectors":
        return vectors.run(given.folder)
    try:
        return verify_parcels(given) if given.command == "log" else print_opened(given)
    except Refused as refused:
        print(json.dumps({"refused": refused.kind}))
        return REFUSED


def verify_parcels(given: argparse.Namespace) -> int:
    """A line for each stretch of a log, and for each parcel that is refused."""
    grantor = read_grant(given.grant.read_bytes()).token.grantor
    refused = 0
    for path in given.parcels:
        try:
            for stretch in read_parcel(path.read_bytes()).stretches:
                print(json.dumps({"parcel": path.name} | verified(stretch, grantor)))
        except Refused as reason:
            refused += 1
            print(json.dumps({"parcel": path.name, "refused": reason.kind}))
    return REFUSED if refused else 0


def verified(stretch: Stretch, grantor: PublicKey) -> dict[str, Any]:
    genesis, entries = stretch.verified([grantor])
    pieces = [piece for entry in entries for piece in entry.pieces()]
    return {
        "log": genesis.log.hex(),
        "level": genesis.level.word,
        "incarnation": genesis.incarnation,
        "entries": len(entries),
        "pieces": len(pieces),
        "absent": sum(piece.sealed is None for piece in pieces),
    }


def print_opened(given: argparse.Namespace) -> int:
    grant = read_grant(given.grant.read_bytes())
    grant.token.permits(given.now, grant.card.id)
    key = EnvelopeKey(bytes.fromhex(given.seed.read_text(encoding="ascii").strip()))
    recipient = Recipient.accept(grant, key)
    for path in given.parcels:
        recipient.receive(read_parcel(path.read_bytes()))
    for opening in recipient.openings():
        about = {"stream": opening.info.label, "level": opening.level.word}
        for slot in opening.summaries():
            print(json.dumps(about | {"start": slot.start, "end": slot.end} | slot.summary, ensure_ascii=False))
        for it in opening.readings():
            said = {"time": it.time, "duration": it.duration, "flags": it.flags, "value": value(it.value)}
            print(json.dumps(about | said, ensure_ascii=False))
        counts = {"opened": opening.opened, "closed": opening.closed, "absent": opening.absent}
        print(json.dumps(about | counts, ensure_ascii=False))
    return 0


def value(it: Value) -> Any:
    """A value as JSON: states and points as objects."""
    match it:
        case State(number):
            return {"state": number}
        case Point(latitude, longitude):
            return {"point": [latitude, longitude]}
    return it


if __name__ == "__main__":
    sys.exit(main())
