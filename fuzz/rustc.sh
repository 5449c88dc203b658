#!/bin/sh
# Runs the compiler (as RUSTC_WRAPPER). The project and what parses for it is instrumented and checked for overflow; the rest is
# not: it is the arithmetic of the cryptography above all, which no input steers and which would take nearly all of the time.
case ${CARGO_PKG_NAME-none} in
    freehold* | csv | flate2 | jiff | miniz_oxide | postcard | serde* | none) exec "$@" ;;
esac
for argument; do
    shift
    case $argument in
        -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage-* | -Cdebug-assertions | -Coverflow-checks) ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec "$@"
