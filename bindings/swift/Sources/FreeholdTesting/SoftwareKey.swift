import Foundation
import Freehold
import FreeholdRust

/// A P-256 key in software, in the place of one in hardware.
public struct SoftwareKey: HardwareKey {
    let key: TestingKey

    /// A fresh key.
    public init() throws {
        key = try TestingKey()
    }

    /// The public key: an uncompressed point, 65 bytes.
    public var point: Data { key.point() }

    /// Signs as hardware does.
    public func sign(_ message: Data) throws(HardwareKeyError) -> Data {
        do {
            return try key.sign(message: message)
        } catch {
            throw .failed
        }
    }
}
