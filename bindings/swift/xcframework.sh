#!/bin/sh
# xcframework.sh: makes FreeholdFFI.xcframework beside Package.swift, on a Mac with Xcode and Rust's targets for Apple's systems.
#
# It is a script that the checks of this project cannot run: they have no Mac.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
out=$target/xcframework
rm -rf "$out" "$here/FreeholdFFI.xcframework"

cd "$root"
cargo xtask bindings
headers=$out/headers/FreeholdFFI
mkdir -p "$headers" "$here/Sources/FreeholdRust"
cp "$target/bindings/swift/FreeholdFFI.h" "$headers/"
cp "$target/bindings/swift/FreeholdRust.swift" "$here/Sources/FreeholdRust/"
# In a folder of the module's name: two libraries in one app have two module maps.
printf 'module FreeholdFFI {\n    header "FreeholdFFI.h"\n    export *\n}\n' >"$headers/module.modulemap"

build() {
    rustup target add "$1"
    cargo xtask library freehold-ffi staticlib "$1"
}
for one in aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin; do
    build "$one"
done
mkdir -p "$out/simulator" "$out/mac"
lib=libfreehold_ffi.a
lipo -create "$target/aarch64-apple-ios-sim/dist/$lib" "$target/x86_64-apple-ios/dist/$lib" -output "$out/simulator/$lib"
lipo -create "$target/aarch64-apple-darwin/dist/$lib" "$target/x86_64-apple-darwin/dist/$lib" -output "$out/mac/$lib"
xcodebuild -create-xcframework \
    -library "$target/aarch64-apple-ios/dist/$lib" -headers "$out/headers" \
    -library "$out/simulator/$lib" -headers "$out/headers" \
    -library "$out/mac/$lib" -headers "$out/headers" \
    -output "$here/FreeholdFFI.xcframework"
