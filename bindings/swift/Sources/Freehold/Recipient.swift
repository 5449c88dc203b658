import Foundation
import FreeholdRust

/// The store of one who asks for data, and opens exactly what was consented to.
public final class Recipient: Sendable {
    let recipient: FreeholdRust.Recipient
    let gate = Gate()

    init(_ recipient: FreeholdRust.Recipient) {
        self.recipient = recipient
    }

    /// Makes a recipient in the folder `place`. With a `signer`, the key of its card is the signer's.
    ///
    /// - Throws: `exists`, `bad_name`; what the store, the key store and the signer say.
    public static func create(
        at place: URL, name: String, role: Role, keys: KeyStore, clock: Clock? = nil, signer: Signer? = nil
    ) async throws -> Recipient {
        try await blocking {
            Recipient(
                try .create(
                    path: place.path, name: name, role: role, keyStore: keys.keys, clock: clock?.clock,
                    signer: signer?.signer))
        }
    }

    /// Opens the recipient in the folder `place`, with the `signer` with which it was made.
    ///
    /// - Throws: `missing`, `busy`, `wrong_signer`; what the store and the key store say.
    public static func open(
        at place: URL, keys: KeyStore, clock: Clock? = nil, signer: Signer? = nil
    ) async throws -> Recipient {
        try await blocking {
            Recipient(
                try .open(
                    path: place.path, keyStore: keys.keys, clock: clock?.clock, signer: signer?.signer))
        }
    }

    /// A recipient in memory: for tests.
    public static func inMemory(
        name: String, role: Role, keys: KeyStore = .memory, clock: Clock? = nil
    ) async throws -> Recipient {
        try await blocking {
            Recipient(try .inMemory(name: name, role: role, keyStore: keys.keys, clock: clock?.clock))
        }
    }

    /// Leaves the store tidy: to be called last. Nothing is lost without it. Whoever waits in the recipient is let go, and it is of no more
    /// use: what it is asked for ends with ``FreeholdError/Reason/closed``.
    public func close() async throws {
        try await gate.close { [recipient] in try recipient.finish() }
    }

    /// What it calls itself.
    public var name: String { recipient.name() }
    /// By which people know it for sure.
    public var fingerprint: String { recipient.fingerprint() }
    /// The time by its clock.
    public var now: Time { Time(milliseconds: recipient.nowMs()) }
    /// Says that something has changed, never what: look again.
    public var changes: AsyncStream<Void> { watched(recipient.watch(), gate) }

    /// Tells of changes since it was made, when it is asked.
    public func watch() -> Watch { Watch(recipient.watch(), gate) }

    /// Bytes of the store.
    public func size() async throws -> UInt64 {
        try await gate.call { [recipient] in try recipient.size() }
    }

    /// Asks: a signed file for whoever is asked.
    public func request(_ wishes: Wishes) async throws -> Request {
        try await gate.call { [recipient] in
            Request(file: try recipient.request(wishes: wishes.lowered))
        }
    }

    /// Accepts a grant, as its file came. Gives the consent's id.
    ///
    /// - Throws: `malformed`, `signature`, `wrong_recipient`.
    @discardableResult
    public func accept(_ grant: Data) async throws -> String {
        try await gate.call { [recipient] in try recipient.accept(grant: grant) }
    }

    /// The card by which it is known, as a file: see ``Home/parcel(card:have:)``.
    public func card() async throws -> Data {
        try await gate.call { [recipient] in recipient.card() }
    }

    /// What it has, as a file for a home that is asked for a parcel: see ``Home/parcel(card:have:)``.
    public func have() async throws -> Data {
        try await gate.call { [recipient] in try recipient.have() }
    }

    /// Takes a parcel in, where no relay is met: verifies everything, keeps what is new, and deletes what was withdrawn and erased. What was
    /// taken before an error stays.
    ///
    /// - Throws: `bad_log`, `bad_bundle`, that it is no parcel; what the signer says.
    @discardableResult
    public func receive(_ parcel: Data) async throws -> Received {
        try await gate.call { [recipient] in try recipient.receive(parcel: parcel) }
    }

    /// Every consent that is or was held.
    public func consents() async throws -> [Consent] {
        try await gate.call { [recipient] in recipient.consents() }
    }

    /// A page of the readings of a time, of one stream that a consent opens.
    ///
    /// - Throws: `not_granted`, `ambiguous` where a consent or a stream has to be chosen, `no_such_level`.
    public func readings(
        _ span: Range<Time>, consent: String? = nil, stream: String? = nil, limit: Int = 0
    ) async throws -> Page<Reading> {
        try await gate.call { [recipient] in
            try Page(
                readings: try recipient.read(
                    of: Selection(consent: consent, stream: stream),
                    fromMs: span.lowerBound.milliseconds, untilMs: span.upperBound.milliseconds,
                    limit: UInt32(clamping: limit)))
        }
    }

    /// A page of the summaries of a level's slots that lie wholly in a time, of one stream that a consent opens.
    ///
    /// - Throws: As ``readings(_:consent:stream:limit:)``.
    public func summaries(
        _ level: Level, _ span: Range<Time>, consent: String? = nil, stream: String? = nil, limit: Int = 0
    ) async throws -> Page<Window> {
        try await gate.call { [recipient] in
            try Page(
                windows: try recipient.summaries(
                    of: Selection(consent: consent, stream: stream), level: level,
                    fromMs: span.lowerBound.milliseconds, untilMs: span.upperBound.milliseconds,
                    limit: UInt32(clamping: limit)))
        }
    }

    /// Fetches what is new under each consent.
    ///
    /// - Throws: As ``Home/sync(with:timeout:)``.
    @discardableResult
    public func sync(with relay: Relay, timeout: Duration? = nil) async throws -> Received {
        try await gate.stoppable(timeout) { [recipient] stop in
            try recipient.sync(relay: relay.relay, stop: stop)
        }
    }

    /// Fetches what is new under one consent, over a pipe of the app's own that is connected to the relay.
    ///
    /// - Throws: As ``Home/sync(with:timeout:)``, and `not_granted`.
    @discardableResult
    public func sync(
        with relay: Relay, consent: String, over transport: Transport, timeout: Duration? = nil
    ) async throws -> Received {
        try await gate.stoppable(timeout) { [recipient] stop in
            try recipient.syncOver(
                relay: relay.relay, consent: consent, transport: transport.transport, stays: false,
                stop: stop)
        }
    }

    /// Fetches what is new under every consent for as long as somebody listens, also under those that are accepted meanwhile.
    public func following(_ relay: Relay) -> AsyncStream<
        (
            consent: String, outcome: Result<Received, FreeholdError>
        )
    > {
        followed(gate) { [recipient] stop, heard in
            try recipient.follow(relay: relay.relay, stop: stop, listener: RecipientHeard(heard: heard))
        }
    }

    /// What the store holds.
    public func inspect() async throws -> Inspection {
        try await gate.call { [recipient] in try recipient.inspect() }
    }

    /// Verifies everything that the store holds.
    public func verify() async throws -> Verification {
        try await gate.call { [recipient] in try recipient.verify() }
    }
}

private final class RecipientHeard: RecipientListener {
    typealias Heard = (consent: String, outcome: Result<Received, FreeholdError>)
    let heard: @Sendable (Heard) -> Void

    init(heard: @escaping @Sendable (Heard) -> Void) {
        self.heard = heard
    }

    func synced(consent: String, received: Received) { heard((consent, .success(received))) }
    func failed(consent: String, failure: Failure) {
        heard((consent, .failure(FreeholdError(failure))))
    }
}
