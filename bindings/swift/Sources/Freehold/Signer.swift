import Foundation
import FreeholdRust

/// The key of a recipient's card, where it lies in hardware: requests and receipts of erasures are signed there, and whoever copies the store
/// can make neither.
public struct Signer: Sendable {
    let signer: FreeholdRust.Signer

    /// A signer over whoever has the key.
    ///
    /// - Throws: `bad_argument` when ``HardwareKey/point`` is no point of P-256.
    public static func over(_ key: any HardwareKey) throws -> Signer {
        Signer(signer: try told { try .over(calls: Signing(key: key), publicKey: key.point) })
    }
}

/// Has a P-256 key. Several threads may call at once, while something waits for it, and it may not use the recipient that it signs for.
public protocol HardwareKey: Sendable {
    /// The public key: an uncompressed point, 65 bytes, as `x963Representation` has it.
    var point: Data { get }
    /// Signs a message: ECDSA on P-256 with SHA-256, r and s of 32 bytes each, as `rawRepresentation` has them.
    func sign(_ message: Data) throws(HardwareKeyError) -> Data
}

/// Why a ``HardwareKey`` did not sign.
public enum HardwareKeyError: Error, Sendable {
    /// The key cannot be reached at present: locked, or its device is away.
    case unavailable
    /// The person said no.
    case refused
    /// It tried and failed.
    case failed
}

private final class Signing: SignerCalls {
    let key: any HardwareKey

    init(key: any HardwareKey) {
        self.key = key
    }

    func sign(message: Data) throws -> Data {
        do {
            return try key.sign(message)
        } catch {
            switch error {
            case .unavailable: throw SignerError.Unavailable
            case .refused: throw SignerError.Refused
            case .failed: throw SignerError.Failed
            }
        }
    }
}
