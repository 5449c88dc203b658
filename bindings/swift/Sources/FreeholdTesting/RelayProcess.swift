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
    /// Where it is: `HOST:PORT#KEY`.
    public let address: String
    private let process: Process
    /// Where it says what it does.
    let said: FileHandle

    /// Starts the program `freehold-relay` on a port that is free, with its data in the folder `data`. Everyone may open a mailbox.
    public init(program: URL, data: URL) throws {
        process = Process()
        process.executableURL = program
        process.arguments = ["--listen", "127.0.0.1:0", "--admit", "open", "--data", data.path]
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        said = pipe.fileHandleForReading
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try said.read(upToCount: 1), !byte.isEmpty,
            byte != Data("\n".utf8)
        {
            line.append(byte)
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "listening" else {
            kill(process.processIdentifier, SIGKILL)
            throw CocoaError(.executableLoad)
        }
        address = String(words[1])
        relay = try Relay(address)
        // It may go on saying something, until its end: then nothing is there to be read any more, over and over.
        said.readabilityHandler = { said in
            if said.availableData.isEmpty {
                said.readabilityHandler = nil
            }
        }
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
