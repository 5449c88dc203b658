#!/bin/sh
# A day of a household's meter goes over a relay to its supplier: supplier.c. The household is played by the command, with a person who
# says yes to everything. Everything is left in a folder, out/c-integrator if none is named.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
out=${1:-out/c-integrator}
rm -rf "$out"
mkdir -p "$out"

# The library and the command, unless somebody built them before.
if [ -z "${PREFIX:-}" ]; then
    PREFIX=$PWD/$out/prefix
    cargo xtask c --prefix "$PREFIX"
fi
if [ -z "${FREEHOLD:-}" ]; then
    cargo build --quiet --package freehold-cli
    FREEHOLD=${CARGO_TARGET_DIR:-target}/debug/freehold
fi
export PKG_CONFIG_PATH="$PREFIX/lib/pkgconfig" LD_LIBRARY_PATH="$PREFIX/lib"
# shellcheck disable=SC2046 # they are words
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -g -o "$out/supplier" \
    "$here/supplier.c" $(pkg-config --cflags --libs freehold) -lpthread

# Waits for a minute at most.
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || { echo "waited in vain: $*" >&2; exit 1; }
        sleep 0.1
    done
}
lines() { [ -e "$2" ] && [ "$(wc -l < "$2")" -eq "$1" ]; }
hour() {
    i=0
    while [ $i -lt 12 ]; do
        printf '{"time": "2026-03-04T%02d:%02d:00Z", "value": "0.%03d kW.h", "duration": "5m"}\n' \
            "$1" $((i * 5)) $(($1 * 12 + i))
        i=$((i + 1))
    done
}
# The hours from $1 on, before $2.
meter() {
    h=$1
    while [ "$h" -lt "$2" ]; do
        hour "$h"
        h=$((h + 1))
    done | "$FREEHOLD" record "$out/flat" --stream electricity
    "$FREEHOLD" sync "$out/flat" --relay "$relay"
}

"$FREEHOLD" relay --listen 127.0.0.1:0 --data "$out/relay" > "$out/relay.txt" 2> /dev/null &
relay_process=$!
supplier=
trap 'kill $relay_process $supplier 2> /dev/null || true' EXIT
until_true grep -q listening "$out/relay.txt"
relay=$(sed -n 's/^listening //p' "$out/relay.txt")

"$out/supplier" ask "$out/supplier.store" "$out/request.freehold"
"$FREEHOLD" init "$out/flat" --name "Flat 4"
"$FREEHOLD" device add "$out/flat" --name meter
"$FREEHOLD" stream add "$out/flat" --device meter --name electricity --kind energy_interval \
    --levels raw,half-hour,day --chunk 30m --zone Europe/London
"$FREEHOLD" approve "$out/flat" "$out/request.freehold" --out "$out/grant.freehold" --yes

"$out/supplier" follow "$out/supplier.store" "$out/grant.freehold" "$relay" "$out/totals.csv" &
supplier=$!
meter 0 12
until_true lines 25 "$out/totals.csv"
meter 12 24
until_true lines 49 "$out/totals.csv"
consent=$("$FREEHOLD" consents "$out/flat" --json | sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p')
"$FREEHOLD" revoke "$out/flat" "$consent"
"$FREEHOLD" sync "$out/flat" --relay "$relay"
wait $supplier
cmp "$here/totals.csv" "$out/totals.csv"
head -4 "$out/totals.csv"
