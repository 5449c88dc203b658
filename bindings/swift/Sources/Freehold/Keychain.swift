#if canImport(Security)
    import CryptoKit
    import Foundation
    import LocalAuthentication
    import Security

    /// A key store in the system's keychain. What is in it stays on this device and out of backups, and is there once the device has been
    /// unlocked for the first time after it was started, so that the app may sync in the background.
    ///
    /// ```swift
    /// let keys = KeyStore.over(Keychain(service: "org.example.meter"), kind: .hardwareDeletion)
    /// ```
    ///
    /// The keychain's own keys are held by the Secure Enclave, and what an item held before it was
    /// replaced opens nothing any more: so what is erased stays erased in older copies of the store, too.
    public struct Keychain: KeyStorage {
        /// Under which name the items are kept, one for each store.
        public let service: String
        /// The group of apps that share the items; nothing for this app alone.
        public let group: String?

        /// The items of a service. Apps of a `group` share them.
        public init(service: String, group: String? = nil) {
            (self.service, self.group) = (service, group)
        }

        public func load() throws(KeyStorageError) -> Data? { try item("key") }

        public func prepare(_ key: Data) throws(KeyStorageError) { try put(key, "prepared") }

        public func prepared() throws(KeyStorageError) -> Data? { try item("prepared") }

        public func replace(with key: Data) throws(KeyStorageError) {
            try put(key, "key")
            try delete("prepared")
        }

        public func counter() throws(KeyStorageError) -> UInt64 {
            guard let bytes = try item("counter") else {
                return 0
            }
            guard bytes.count == 8 else {
                throw .damaged
            }
            return bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }

        public func advance(to count: UInt64) throws(KeyStorageError) {
            guard try counter() < count else {
                throw .backwards
            }
            try put(withUnsafeBytes(of: count.bigEndian) { Data($0) }, "counter")
        }

        private func query(_ account: String) -> [CFString: Any] {
            var query: [CFString: Any] = [
                kSecClass: kSecClassGenericPassword,
                kSecAttrService: service,
                kSecAttrAccount: account,
                kSecUseDataProtectionKeychain: true,
            ]
            query[kSecAttrAccessGroup] = group
            return query
        }

        fileprivate func item(_ account: String) throws(KeyStorageError) -> Data? {
            var query = query(account)
            query[kSecReturnData] = true
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound {
                return nil
            }
            try check(status)
            guard let bytes = found as? Data else {
                throw .damaged
            }
            return bytes
        }

        fileprivate func put(_ bytes: Data, _ account: String) throws(KeyStorageError) {
            let change = [kSecValueData: bytes] as CFDictionary
            let status = SecItemUpdate(query(account) as CFDictionary, change)
            guard status == errSecItemNotFound else {
                return try check(status)
            }
            var new = query(account)
            new[kSecValueData] = bytes
            new[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            try check(SecItemAdd(new as CFDictionary, nil))
        }

        private func delete(_ account: String) throws(KeyStorageError) {
            let status = SecItemDelete(query(account) as CFDictionary)
            if status != errSecItemNotFound {
                try check(status)
            }
        }

        private func check(_ status: OSStatus) throws(KeyStorageError) {
            switch status {
            case errSecSuccess: return
            case errSecUserCanceled, errSecAuthFailed: throw .refused
            default: throw .unavailable
            }
        }
    }

    /// The key of a recipient's card in the Secure Enclave, which it never leaves. What the keychain keeps of it opens on this device alone.
    ///
    /// ```swift
    /// let signer = try Signer.over(SecureEnclaveKey(named: "gp", in: Keychain(service: "org.example.gp")))
    /// ```
    public struct SecureEnclaveKey: HardwareKey {
        private let key: SecureEnclave.P256.Signing.PrivateKey

        /// The key of this name, made when there is none. With `confirmed`, the person is asked for a finger, a face or the passcode
        /// whenever it signs.
        public init(named name: String, in keychain: Keychain, confirmed: Bool = false) throws {
            let account = "signer." + name
            if let kept = try keychain.item(account) {
                key = try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept)
                return
            }
            var flags: SecAccessControlCreateFlags = [.privateKeyUsage]
            if confirmed {
                flags.insert(.userPresence)
            }
            guard SecureEnclave.isAvailable,
                let access = SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, flags, nil)
            else {
                throw HardwareKeyError.unavailable
            }
            key = try SecureEnclave.P256.Signing.PrivateKey(accessControl: access)
            try keychain.put(key.dataRepresentation, account)
        }

        public var point: Data { key.publicKey.x963Representation }

        public func sign(_ message: Data) throws(HardwareKeyError) -> Data {
            do {
                return try key.signature(for: message).rawRepresentation
            } catch let error as LAError {
                switch error.code {
                case .userCancel, .authenticationFailed, .userFallback: throw .refused
                default: throw .unavailable
                }
            } catch {
                throw .failed
            }
        }
    }
#endif
