import Foundation
import FreeholdRust

/// Where the key of a store lies: the one secret that all others are sealed under.
public struct KeyStore: Sendable {
    let keys: FreeholdRust.KeyStore

    /// A file beside the store in the folder `place`. It protects nothing against who can read the folder.
    public static func file(beside place: URL) -> KeyStore {
        KeyStore(keys: .file(path: place.path))
    }

    /// A file beside the store, sealed under a passphrase.
    public static func passphrase(_ passphrase: String, beside place: URL) -> KeyStore {
        KeyStore(keys: .passphrase(path: place.path, passphrase: passphrase))
    }

    /// Memory: for tests.
    public static var memory: KeyStore { KeyStore(keys: .memory()) }

    /// A key store of the app's own, such as the keychain.
    public static func over(_ storage: any KeyStorage, kind: KeyStoreKind) -> KeyStore {
        KeyStore(keys: .over(calls: Calls(storage: storage), kind: kind))
    }

    /// Whether the store in the folder `place` takes a passphrase; nothing when there is no key.
    public static func needsPassphrase(beside place: URL) -> Bool? {
        FreeholdRust.needsPassphrase(path: place.path)
    }
}

/// A key store of the app's own. It is called by any thread, one at a time for each store.
public protocol KeyStorage: Sendable {
    /// The key, if there is one.
    func load() throws(KeyStorageError) -> Data?
    /// Keeps a key beside the present one, durably, in the place of one that was prepared before.
    func prepare(_ key: Data) throws(KeyStorageError)
    /// The key that was prepared, if there is one.
    func prepared() throws(KeyStorageError) -> Data?
    /// Makes this the key, and forgets every other for good: that is what erasing relies on.
    func replace(with key: Data) throws(KeyStorageError)
    /// How far the counter is; 0 at first.
    func counter() throws(KeyStorageError) -> UInt64
    /// Puts the counter forward, durably.
    func advance(to count: UInt64) throws(KeyStorageError)
}

/// Why a key store does not serve.
public enum KeyStorageError: Error, Sendable {
    /// It is locked, or not there now: another time it may serve.
    case unavailable
    /// It does not give the key out: a wrong passphrase, a person who said no.
    case refused
    /// What it has is no key.
    case damaged
    /// The counter would go backwards.
    case backwards
}

private final class Calls: KeyStoreCalls {
    let storage: any KeyStorage

    init(storage: any KeyStorage) {
        self.storage = storage
    }

    func load() throws -> Data? { try lowered { () throws(KeyStorageError) in try storage.load() } }
    func prepare(key: Data) throws {
        try lowered { () throws(KeyStorageError) in try storage.prepare(key) }
    }
    func prepared() throws -> Data? {
        try lowered { () throws(KeyStorageError) in try storage.prepared() }
    }
    func replace(key: Data) throws {
        try lowered { () throws(KeyStorageError) in try storage.replace(with: key) }
    }
    func counter() throws -> UInt64 {
        try lowered { () throws(KeyStorageError) in try storage.counter() }
    }
    func advance(count: UInt64) throws {
        try lowered { () throws(KeyStorageError) in try storage.advance(to: count) }
    }

    private func lowered<T>(_ act: () throws(KeyStorageError) -> T) throws -> T {
        do {
            return try act()
        } catch {
            switch error {
            case .unavailable: throw KeyStoreError.Unavailable
            case .refused: throw KeyStoreError.Refused
            case .damaged: throw KeyStoreError.Damaged
            case .backwards: throw KeyStoreError.Backwards
            }
        }
    }
}
