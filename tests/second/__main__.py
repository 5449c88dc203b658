"""The command: `python3 -m second vectors|log|open`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import vectors
from .consent import read_grant
from .envelope import EnvelopeKey
from .parcel import read_parcel
from .recipient import Recipient
from .refused import Refused


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
        return verify_logs(given) if given.command == "log" else print_opened(given)
    except Refused as refused:
        print(json.dumps({"refused": refused.kind}))
        return 3


def verify_logs(given: argparse.Namespace) -> int:
    grantor = read_grant(given.grant.read_bytes()).token.grantor
    for path in given.parcels:
        for stretch in read_parcel(path.read_bytes()).stretches:
            genesis, entries = stretch.verified(grantor)
            pieces = [piece for entry in entries for piece in entry.pieces()]
            absent = sum(piece.sealed is None for piece in pieces)
            said = {"level": genesis.level.word, "log": genesis.log.hex(), "incarnation": genesis.incarnation}
            print(json.dumps(said | {"entries": len(entries), "pieces": len(pieces), "absent": absent}))
    return 0


def print_opened(given: argparse.Namespace) -> int:
    grant = read_grant(given.grant.read_bytes())
    grant.token.permits(given.now, grant.card.id)
    key = EnvelopeKey(bytes.fromhex(given.seed.read_text(encoding="ascii").strip()))
    recipient = Recipient.accept(grant, key)
    for path in given.parcels:
        recipient.receive(read_parcel(path.read_bytes()))
    for said in recipient.opened():
        print(json.dumps(said, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
