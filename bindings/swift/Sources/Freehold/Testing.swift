import Foundation
import FreeholdRust

// What the module `FreeholdTesting` is made of.

package func seeded(_ seed: UInt64, _ clock: Clock) throws -> (
    FreeholdRust.Home, FreeholdRust.Recipient
) {
    try told {
        (
            try .seeded(name: "Home", seed: seed, clock: clock.clock),
            try .seeded(name: "Recipient", role: .controller, seed: seed &+ 1, clock: clock.clock)
        )
    }
}

package func recipient(ofGrant grant: Data, seed: Data, clock: Clock) throws -> Recipient {
    Recipient(try told { try .ofGrant(grant: grant, seed: seed, clock: clock.clock) })
}

package func over(_ home: FreeholdRust.Home) -> Home { Home(home) }

package func over(_ recipient: FreeholdRust.Recipient) -> Recipient { Recipient(recipient) }

extension Home {
    /// Hands a recipient what this home owes it, without a relay, and takes back what it has erased.
    package func carry(to recipient: Recipient) throws -> Received {
        try gate.open { try recipient.gate.open { try home.carryTo(recipient: recipient.recipient) } }
    }
}
