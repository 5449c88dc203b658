// swift-tools-version: 6.0

import PackageDescription

let package = Package(
    name: "swift-app",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "../../bindings/swift")],
    targets: [
        .executableTarget(
            name: "swift-app",
            dependencies: [
                .product(name: "Freehold", package: "swift"),
                // The relay on loopback; an app has the address of one.
                .product(name: "FreeholdTesting", package: "swift"),
            ])
    ]
)
