import Foundation
import FreeholdRust

/// A relay, as it is reached: it stores and forwards what it can read nothing of.
public struct Relay: Sendable {
    let relay: FreeholdRust.Relay

    /// A relay at `ADDRESS#KEY`, as it says of itself when it starts: `HOST:PORT`, or a URL with `tls:`, `ws:` or `wss:`.
    ///
    /// - Parameters:
    ///   - address: Where it is, with its key: nobody else is spoken with.
    ///   - admission: What it asks for who opens a mailbox.
    ///   - proxy: A proxy on the way, `HOST:PORT`.
    ///   - roots: Certificates in DER that TLS trusts beside those of the operating system.
    ///   - certificate: The only certificate in DER that TLS trusts.
    /// - Throws: ``FreeholdError/Reason/badArgument``.
    public init(
        _ address: String, admission: String? = nil, proxy: String? = nil, roots: [Data] = [],
        certificate: Data? = nil
    ) throws {
        relay = try told {
            try FreeholdRust.Relay(
                spec: RelaySpec(
                    address: address, admission: admission, proxy: proxy, roots: roots,
                    certificate: certificate))
        }
    }
}
