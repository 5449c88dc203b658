import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A relay on loopback, in a process of its own, that ends with this object.
public final class RelayProcess: @unchecked Sendable {
    /// The relay.
    public let relay: Relay
    private let process: Process

    /// Starts the program `freehold-relay` on a port that is free, with its data in the folder `data`. Everyone may open a mailbox.
    public init(program: URL, data: URL) throws {
        process = Process()
        process.executableURL = program
        process.arguments = ["--listen", "127.0.0.1:0", "--admit", "open", "--data", data.path]
        let said = Foundation.Pipe()
        process.standardOutput = said
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try said.fileHandleForReading.read(upToCount: 1), !byte.isEmpty,
            byte != Data("\n".utf8)
        {
            line.append(byte)
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "listening" else {
            kill(process.processIdentifier, SIGKILL)
            throw CocoaError(.executableLoad)
        }
        relay = try Relay(String(words[1]))
        // It may go on saying something.
        said.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    /// Ends it at once, as a power cut would: what it has acknowledged is kept.
    public func end() {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
        }
    }

    deinit {
        end()
    }
}
