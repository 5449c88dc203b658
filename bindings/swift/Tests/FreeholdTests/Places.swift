import Foundation

/// Where the tests find what they take.
enum Places {
    /// The repository.
    static let root: URL = {
        var place = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 {
            place.deleteLastPathComponent()
        }
        return place
    }()

    /// The program `freehold-relay`.
    static let relay: URL = {
        guard let place = ProcessInfo.processInfo.environment["FREEHOLD_RELAY"] else {
            fatalError("FREEHOLD_RELAY names no program")
        }
        return URL(fileURLWithPath: place)
    }()

    /// A folder of its own, that is not there yet.
    static func folder() -> URL {
        let name = "freehold-\(UUID().uuidString)"
        return FileManager.default.temporaryDirectory.appendingPathComponent(name)
    }
}

/// Does something with a folder that is gone after that.
func inFolder<T>(_ act: (URL) async throws -> T) async throws -> T {
    let folder = Places.folder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await act(folder)
}
