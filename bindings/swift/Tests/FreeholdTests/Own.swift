import Foundation
import FreeholdTesting
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A clock of the program's.
final class OwnClock: Sendable {
    private let time: Mutex<Time>

    init(_ time: Time) {
        self.time = Mutex(time)
    }

    var now: Time {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}

/// Keys in the program's memory, and a signing key in what stands for hardware.
final class Brought: KeyStorage, HardwareKey {
    /// Whether they can be used.
    enum Presence: String {
        case there, away, refusing
    }

    private struct Keys {
        var presence = Presence.there
        var key: Data?
        var next: Data?
        var count: UInt64 = 0
    }

    private let keys = Mutex(Keys())
    private let inside: SoftwareKey

    init() throws {
        inside = try SoftwareKey()
    }

    func will(be presence: Presence) {
        keys.withLock { $0.presence = presence }
    }

    func load() throws(KeyStorageError) -> Data? { try asked { .success($0.key) } }
    func prepared() throws(KeyStorageError) -> Data? { try asked { .success($0.next) } }
    func counter() throws(KeyStorageError) -> UInt64 { try asked { .success($0.count) } }

    func prepare(_ key: Data) throws(KeyStorageError) {
        try asked { keys -> Result<Void, KeyStorageError> in
            keys.next = key
            return .success(())
        }
    }

    func replace(with key: Data) throws(KeyStorageError) {
        try asked { keys -> Result<Void, KeyStorageError> in
            (keys.key, keys.next) = (key, nil)
            return .success(())
        }
    }

    func advance(to count: UInt64) throws(KeyStorageError) {
        try asked { keys -> Result<Void, KeyStorageError> in
            guard count > keys.count else { return .failure(.backwards) }
            keys.count = count
            return .success(())
        }
    }

    var point: Data { inside.point }

    func sign(_ message: Data) throws(HardwareKeyError) -> Data {
        switch keys.withLock({ $0.presence }) {
        case .there: try inside.sign(message)
        case .away: throw .unavailable
        case .refusing: throw .refused
        }
    }

    private func asked<T: Sendable>(
        _ act: (inout Keys) -> Result<T, KeyStorageError>
    ) throws(KeyStorageError) -> T {
        let outcome: Result<T, KeyStorageError> = keys.withLock { keys in
            switch keys.presence {
            case .there: act(&keys)
            case .away: .failure(.unavailable)
            case .refusing: .failure(.refused)
            }
        }
        return try outcome.get()
    }
}

/// A connection of the program's to a place on loopback.
final class OwnPipe: FreeholdTesting.Pipe {
    private let connection: Int32

    init(_ place: String) throws(PipeError) {
        connection = socket(AF_INET, streaming, 0)
        let port = place.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let reached = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, length) }
        }
        guard reached == 0 else {
            throw .failed
        }
    }

    deinit {
        close(connection)
    }

    func send(_ bytes: Data) throws(PipeError) { try sendAll(bytes, connection) }

    func receive(atMost most: Int, waiting wait: Duration) throws(PipeError) -> Data {
        try receiveSome(most, wait, connection)
    }
}
