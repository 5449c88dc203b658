import Foundation
import FreeholdTesting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pipe that an app brings: whoever connects to a port on loopback first.
final class Door: FreeholdTesting.Pipe, @unchecked Sendable {
    private let listening: Int32
    private let lock = NSLock()
    private var connected: Int32 = -1
    /// Where it is.
    let place: String

    /// As many may wait to connect as `backlog` says, and one more.
    init(backlog: Int32 = 1) throws {
        listening = socket(AF_INET, streaming, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = listening
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { at in
                guard bind(fd, at, length) == 0, listen(fd, backlog) == 0,
                    getsockname(fd, at, &length) == 0
                else {
                    return nil
                }
                return pointer.pointee.sin_port.bigEndian
            }
        }
        guard let port else {
            throw PipeError.failed
        }
        place = "127.0.0.1:\(port)"
    }

    deinit {
        close(listening)
        if connected >= 0 {
            close(connected)
        }
    }

    private func open() throws(PipeError) -> Int32 {
        lock.lock()
        defer { lock.unlock() }
        if connected < 0 {
            connected = accept(listening, nil, nil)
        }
        guard connected >= 0 else {
            throw .failed
        }
        return connected
    }

    func send(_ bytes: Data) throws(PipeError) { try sendAll(bytes, open()) }

    func receive(atMost most: Int, waiting wait: Duration) throws(PipeError) -> Data {
        try receiveSome(most, wait, open())
    }
}

func sendAll(_ bytes: Data, _ connection: Int32) throws(PipeError) {
    var rest = bytes
    while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
        guard sent > 0 else {
            throw .failed
        }
        rest = rest.dropFirst(sent)
    }
}

func receiveSome(_ most: Int, _ wait: Duration, _ connection: Int32) throws(PipeError) -> Data {
    var ready = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
    let (seconds, attoseconds) = wait.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    guard poll(&ready, 1, Int32(clamping: milliseconds)) > 0 else {
        return Data()
    }
    var bytes = [UInt8](repeating: 0, count: most)
    let came = read(connection, &bytes, most)
    guard came > 0 else {
        throw .closed
    }
    return Data(bytes.prefix(came))
}

#if canImport(Glibc)
    let streaming = Int32(SOCK_STREAM.rawValue)
#else
    let streaming = SOCK_STREAM
#endif
