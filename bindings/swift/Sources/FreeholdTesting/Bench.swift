import Foundation
@_exported import Freehold
import FreeholdRust

extension Freehold.Recipient {
    /// Whoever a grant was sealed to, in memory, for tests such as those with Freehold's vectors: the seed is that of its envelope key, 32
    /// bytes. It has not accepted the grant yet, and it has no key of its card, so nobody believes what it signs.
    ///
    /// - Throws: `malformed`, `signature`.
    public static func ofGrant(
        _ grant: Data, seed: Data, clock: Freehold.Clock
    ) throws -> Freehold.Recipient {
        try recipient(ofGrant: grant, seed: seed, clock: clock)
    }
}

/// A home, a recipient and a clock in memory, for an app's own tests. Everything is the same for the same seed, and nothing is secret.
public struct Bench: Sendable {
    /// The clock of both. It stands until it is put somewhere else.
    public let clock: Freehold.Clock
    /// The home.
    public let home: Freehold.Home
    /// The recipient.
    public let recipient: Freehold.Recipient

    /// Makes all three.
    public init(seed: UInt64 = 1, now: Time) throws {
        clock = Freehold.Clock(standingAt: now)
        let (home, recipient) = try seeded(seed, clock)
        self.home = over(home)
        self.recipient = over(recipient)
    }

    /// Hands the recipient what the home owes it, without a relay.
    @discardableResult
    public func carry() throws -> Received {
        try home.carry(to: recipient)
    }
}
