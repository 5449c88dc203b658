#!/bin/sh
# toolchain.sh FOLDER COMMAND...: runs a command where there is Swift 6.
#
# Where `swift` is on the PATH that one is taken. Elsewhere, as root on Debian, its package for Debian 13 is set up in FOLDER, once: some
# 3 GB, a minute or two. The command then runs in there, with everything else of this machine at its place.
set -eu

folder=$1
shift
if command -v swift >/dev/null 2>&1; then
    exec "$@"
fi
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null 2>&1; then
    echo "there is no swift on the PATH; as root on Debian, with debootstrap installed, one is set up in $folder" >&2
    exit 1
fi

root=$folder/root
if [ ! -e "$folder/ready" ]; then
    # What is left of a try that was cut off.
    rm -rf "$root"
    mkdir -p "$root"
    # Where this machine has its own packages from.
    mirror=$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1)
    debootstrap --variant=minbase --include=swiftlang,libstdc++-14-dev,ca-certificates \
        trixie "$root" "$mirror" >"$folder/log" 2>&1 || {
        tail -n 20 "$folder/log" >&2
        exit 1
    }
    rm -rf "$root/var/cache/apt/archives"
    touch "$folder/ready"
fi

# A namespace of its own for what is mounted: it goes with the command.
exec unshare --mount --propagation private sh -c '
    root=$1; at=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /tmp "$root/tmp"
    for place in /*; do
        name=${place#/}
        case $name in
        bin | boot | dev | etc | lib* | proc | run | sbin | sys | tmp | usr | var) continue ;;
        esac
        [ -d "$place" ] && [ ! -L "$place" ] || continue
        mkdir -p "$root$place"
        mount --rbind "$place" "$root$place"
    done
    exec chroot "$root" /bin/sh -c "cd \"\$1\" && shift && exec \"\$@\"" sh "$at" "$@"
' sh "$root" "$PWD" "$@"
