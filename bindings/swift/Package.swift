// swift-tools-version: 6.0

import Foundation
import PackageDescription

// On Apple's systems the library comes as a framework that `xcframework.sh` makes; elsewhere the linker is told where it lies.
let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
let hasFramework = FileManager.default.fileExists(atPath: folder + "/FreeholdFFI.xcframework")
let ffi: Target =
    hasFramework
    ? .binaryTarget(name: "FreeholdFFI", path: "FreeholdFFI.xcframework")
    : .systemLibrary(name: "FreeholdFFI")

let package = Package(
    name: "Freehold",
    platforms: [.macOS(.v13), .iOS(.v16), .watchOS(.v9)],
    products: [
        .library(name: "Freehold", targets: ["Freehold"]),
        .library(name: "FreeholdTesting", targets: ["FreeholdTesting"]),
    ],
    targets: [
        ffi,
        // Generated: its language mode is the generator's.
        .target(
            name: "FreeholdRust", dependencies: ["FreeholdFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(name: "Freehold", dependencies: ["FreeholdRust"]),
        .target(name: "FreeholdTesting", dependencies: ["Freehold", "FreeholdRust"]),
        .testTarget(name: "FreeholdTests", dependencies: ["Freehold", "FreeholdTesting"]),
        .executableTarget(name: "freehold-figures", dependencies: ["Freehold", "FreeholdRust"]),
        .executableTarget(name: "freehold-reference"),
    ]
)
