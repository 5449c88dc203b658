#!/usr/bin/env python3
"""Cut the extracts in this folder from the full recordings.

    FREEHOLD_DATA=/path/to/recordings python3 tests/data/extract.py

A file keeps its folder, its name, its header and its lines byte for byte; only whole lines are left out. So whatever
reads an extract reads the full recording as well. SOURCE.md gives origin, licence and what was cut. gzip carries no
time and no name, so a second run writes the same bytes.
"""
import gzip
import io
import os
import pathlib
import sys

HOMES = {"H01", "H04", "H14", "H23", "H31", "H42", "H47"}
PERSON = "2022484408"
DAYS_WITH_CLOCK_CHANGE = ("2015-03-27T23:00:00Z", "2015-03-31T22:00:00Z")
LIMIT = 4_000_000


def everything(_line):
    return True


def first_is(wanted):
    return lambda line: line.split(",", 1)[0] in wanted


def first_between(start, end):
    return lambda line: start <= line.split(",", 1)[0] < end


EXTRACTS = {
    "cgm-hall2018/cgm_hall2018.csv.gz": everything,
    "electricity-sgsc-49homes/sgsc_2013_halfhourly.csv.gz": first_is(HOMES),
    "household-power-uci235/household_power_minute_2006-12.csv.gz": everything,
    "office-occupancy-uci357/datatest.csv.gz": everything,
    "room-occupancy-uci864/occupancy_estimation.csv.gz": everything,
    "utilities-opengrid-be/water_march2015_min.csv.gz": first_between(*DAYS_WITH_CLOCK_CHANGE),
    "wearable-fitbit-furberg2016/heartrate_seconds_5users.csv.gz": first_is({PERSON}),
}


def cut(source, keep):
    """The header and the kept lines, and how many those are."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as lines:
        header = next(lines)
        kept = [line for line in lines if keep(line)]
    return (header + "".join(kept)).encode(), len(kept)


def compress(plain):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as packed:
        packed.write(plain)
    return out.getvalue()


def main():
    recordings = os.environ.get("FREEHOLD_DATA")
    if not recordings:
        sys.exit("FREEHOLD_DATA must name the folder with the full recordings")
    here = pathlib.Path(__file__).resolve().parent
    total = 0
    for name, keep in EXTRACTS.items():
        plain, rows = cut(pathlib.Path(recordings, name), keep)
        packed = compress(plain)
        total += len(packed)
        target = here / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(packed)
        print(f"{rows:>8} rows {len(packed):>9} bytes  {name}")
    print(f"{total:>23} bytes in all")
    if total > LIMIT:
        sys.exit(f"more than {LIMIT} bytes")


main()
