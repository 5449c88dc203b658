import Foundation
import FreeholdRust

/// A household's store, opened by one that holds its keys: the owner's side.
///
/// Every function may be called from any task. What takes time is `async` and leaves Swift's threads alone.
public final class Home: Sendable {
    let home: FreeholdRust.Home
    let gate = Gate()

    init(_ home: FreeholdRust.Home) {
        self.home = home
    }

    /// Makes a home in the folder `place`. A key is made if `keys` has none. `name` is also what this agent is called in the household.
    ///
    /// - Throws: `exists`, `bad_name`; what the store and the key store say.
    public static func create(at place: URL, name: String, keys: KeyStore, clock: Clock? = nil) async throws
        -> Home
    {
        try await blocking {
            Home(try .create(path: place.path, name: name, keyStore: keys.keys, clock: clock?.clock))
        }
    }

    /// Opens the home in the folder `place`.
    ///
    /// - Throws: `missing`, `busy`, `wrong_passphrase`, `damaged`; what the store and the key store say.
    public static func open(at place: URL, keys: KeyStore, clock: Clock? = nil) async throws -> Home {
        try await blocking {
            Home(try .open(path: place.path, keyStore: keys.keys, clock: clock?.clock))
        }
    }

    /// A home in memory: for tests, and for streams that need not outlive the process.
    public static func inMemory(name: String, keys: KeyStore = .memory, clock: Clock? = nil) async throws
        -> Home
    {
        try await blocking {
            Home(try .inMemory(name: name, keyStore: keys.keys, clock: clock?.clock))
        }
    }

    /// Seals what has ended, signs every log, and leaves the store tidy: to be called last. Nothing is lost without it. Whoever waits in the
    /// home is let go, and it is of no more use, with its streams and offers: what they are asked for ends with
    /// ``FreeholdError/Reason/closed``.
    public func close() async throws {
        try await gate.close { [home] in try home.finish() }
    }

    /// What the home is.
    public func info() async throws -> HomeInfo {
        try await gate.call { [home] in try home.info() }
    }

    /// The time by its clock.
    public var now: Time { Time(milliseconds: home.nowMs()) }

    /// Says that something has changed, never what: look again. Any number of changes since it was last taken are one.
    public var changes: AsyncStream<Void> { watched(home.watch(), gate) }

    /// Tells of changes since it was made, when it is asked.
    public func watch() -> Watch { Watch(home.watch(), gate) }

    // MARK: Devices and streams

    /// Adds a device.
    ///
    /// - Throws: `exists`.
    public func addDevice(_ name: String, maker: String? = nil, model: String? = nil) async throws {
        try await gate.call { [home] in
            try home.addDevice(device: Device(name: name, maker: maker, model: model))
        }
    }

    /// The devices, in the order in which they were added.
    public func devices() async throws -> [Device] {
        try await gate.call { [home] in home.devices() }
    }

    /// Adds a stream of the device called `device`.
    ///
    /// - Throws: `missing` without that device or kind, `exists`, `bad_stream`, `bad_facets`, `not_an_agent`.
    public func addStream(_ name: String, of device: String, _ spec: StreamSpec) async throws -> Stream {
        try await gate.call { [home, gate] in
            Stream(try home.addStream(device: device, name: name, spec: spec.lowered), gate)
        }
    }

    /// Adds a stream that a device of the household writes, the party called `writer`. It begins when both have met a relay.
    public func addStream(_ name: String, of device: String, writtenBy writer: String, _ spec: StreamSpec)
        async throws -> Stream
    {
        try await gate.call { [home, gate] in
            Stream(
                try home.addStreamFor(writer: writer, device: device, name: name, spec: spec.lowered), gate)
        }
    }

    /// The stream called `name`.
    ///
    /// - Throws: `missing`.
    public func stream(_ name: String) async throws -> Stream {
        try await gate.call { [home, gate] in Stream(try home.stream(name: name), gate) }
    }

    /// Every stream, in the order in which they were added.
    public func streams() async throws -> [StreamInfo] {
        try await gate.call { [home] in try home.streams() }
    }

    // MARK: Consent

    /// What would be granted of a request: to be shown to the person.
    ///
    /// - Throws: `malformed`, `signature`, `nothing_to_grant` and what else keeps it from being granted.
    public func propose(_ request: Request, _ choices: Choices = Choices()) async throws -> Proposal {
        try await gate.call { [home] in
            Proposal(try home.propose(request: request.file, choices: choices.lowered))
        }
    }

    /// Grants what was shown. `shown` is ``Proposal/shown`` of what the person has read.
    ///
    /// - Throws: `proposal_differs` when that was something else, `expired`, `proposal_outdated`.
    public func approve(_ proposal: Proposal, shown: String, attended: Bool = true) async throws -> Grant {
        try await gate.call { [home] in
            try home.approve(proposal: proposal.proposal, shown: shown, attended: attended)
        }
    }

    /// Every consent there ever was, in the order in which they were granted.
    public func consents() async throws -> [Consent] {
        try await gate.call { [home] in home.consents() }
    }

    /// Withdraws a consent, by its id. Gives the signed withdrawal as a file.
    ///
    /// - Throws: `missing`, `revoked` when it was withdrawn before.
    @discardableResult
    public func revoke(_ consent: String) async throws -> Data {
        try await gate.call { [home] in try home.revoke(consent: consent) }
    }

    /// Who read what when, as relays wrote it down.
    public func receipts() async throws -> [Receipt] {
        try await gate.call { [home] in try home.receipts() }
    }

    // MARK: Erasing

    /// What ``erase(_:_:)`` would erase, and who has the keys to it already.
    public func erasable(_ stream: Stream, _ span: Range<Time>) async throws -> ErasureReport {
        try await gate.call { [home] in
            try home.erasable(
                stream: stream.stream, fromMs: span.lowerBound.milliseconds,
                untilMs: span.upperBound.milliseconds)
        }
    }

    /// Erases a time of a stream: every raw slot that overlaps it, and every slot of another level that overlaps one of these.
    ///
    /// - Throws: `bad_time` when there is nothing of that time; what the store and the key store say.
    @discardableResult
    public func erase(_ stream: Stream, _ span: Range<Time>) async throws -> ErasureReport {
        try await gate.call { [home] in
            try home.erase(
                stream: stream.stream, fromMs: span.lowerBound.milliseconds,
                untilMs: span.upperBound.milliseconds)
        }
    }

    /// Every erasure, and who said that its copies are deleted.
    public func erasures() async throws -> [Erasure] {
        try await gate.call { [home] in try home.erasures() }
    }

    /// Replaces the store's key if another agent has erased something. Says whether it was: then the next meeting says so to the others.
    @discardableResult
    public func renewKey() async throws -> Bool {
        try await gate.call { [home] in try home.renewKey() }
    }

    // MARK: Household

    /// The agents and devices of the household, removed ones too.
    public func parties() async throws -> [Party] {
        try await gate.call { [home] in home.parties() }
    }

    /// Offers to take another into the household. `place` is where it finds this one; it stands in the offer.
    public func invite(at place: String, as role: PartyRole) async throws -> Invitation {
        try await gate.call { [home, gate] in Invitation(try home.invite(place: place, role: role), gate) }
    }

    /// Joins a household in the folder `place`, over a pipe to who offers it. `agrees` shows the person a short code, and says whether the
    /// other screen shows the same.
    ///
    /// - Throws: `not_paired`, `offer_used_up`, `bad_offer`, `exists`, `bad_name`; `CancellationError`; what the store and the key store say.
    public static func join(
        at place: URL, name: String, as role: PartyRole, keys: KeyStore, clock: Clock? = nil, offer: String,
        over transport: Transport, agrees: @escaping @Sendable (String) async -> Bool
    ) async throws -> Home {
        try await stoppable { stop in
            Home(
                try .join(
                    path: place.path, name: name, role: role, keyStore: keys.keys, clock: clock?.clock,
                    offer: offer, transport: transport.transport, agrees: Asked(agrees, until: stop),
                    stop: stop))
        }
    }

    /// Takes an agent or a device out of the household: later data is closed to it.
    ///
    /// - Throws: `missing`, `not_an_agent`.
    @discardableResult
    public func remove(_ name: String) async throws -> Party {
        try await gate.call { [home] in try home.remove(name: name) }
    }

    // MARK: Sync

    /// Brings a relay what is new, and takes what it has. When the task is cancelled or the time is over, what is left goes with the next.
    ///
    /// - Throws: `stopped` when the time is over, `CancellationError`; the reasons why a relay is not reached.
    @discardableResult
    public func sync(with relay: Relay, timeout: Duration? = nil) async throws -> Uploaded {
        try await gate.stoppable(timeout) { [home] stop in try home.sync(relay: relay.relay, stop: stop) }
    }

    /// ``sync(with:timeout:)`` over a pipe of the app's own.
    @discardableResult
    public func sync(with relay: Relay, over transport: Transport, timeout: Duration? = nil) async throws
        -> Uploaded
    {
        try await gate.stoppable(timeout) { [home] stop in
            try home.syncOver(relay: relay.relay, transport: transport.transport, stays: false, stop: stop)
        }
    }

    /// Stays with a relay for as long as somebody listens: what is new goes there at once, and comes from there. It is tried again when the
    /// relay is lost; what does not help to try again is the last that is heard.
    public func following(_ relay: Relay) -> AsyncStream<Result<Uploaded, FreeholdError>> {
        followed(gate) { [home] stop, heard in
            try home.follow(relay: relay.relay, stop: stop, listener: HomeHeard(heard: heard))
        }
    }

    // MARK: Looking after it

    /// What a recipient is owed now, as a file for it, where no relay is met. What it has erased is heard.
    ///
    /// - Throws: That these are no such files; what the store says.
    public func parcel(card: Data, have: Data) async throws -> Data {
        try await gate.call { [home] in try home.parcel(card: card, have: have) }
    }

    /// Hears from what a recipient has that it deleted what was erased.
    ///
    /// - Throws: That it is no such file; what the store says.
    public func hearReceipts(_ have: Data) async throws {
        try await gate.call { [home] in try home.hearReceipts(have: have) }
    }

    /// What the store holds.
    public func inspect() async throws -> Inspection {
        try await gate.call { [home] in try home.inspect() }
    }

    /// Verifies everything that the store holds.
    public func verify() async throws -> Verification {
        try await gate.call { [home] in try home.verify() }
    }
}

/// An offer to take another into the household, as text or as a code to scan.
public final class Invitation: Sendable {
    let invitation: FreeholdRust.Invitation
    private let gate: Gate

    init(_ invitation: FreeholdRust.Invitation, _ gate: Gate) {
        (self.invitation, self.gate) = (invitation, gate)
    }

    /// The offer, to be shown to the newcomer: once, to nobody else.
    public var text: String { invitation.text() }

    /// Takes whoever comes over a pipe. `agrees` shows the person a short code, and says whether the other screen shows the same. After a
    /// failure somebody may come again, some times.
    ///
    /// - Throws: `not_paired`, `offer_used_up`, `exists`; `CancellationError`; what the store says. `unconfirmed`, also when the task was
    ///   cancelled: the other is a party, and did not say that it knows.
    public func accept(
        over transport: Transport, agrees: @escaping @Sendable (String) async -> Bool
    ) async throws -> Party {
        try await gate.stoppable { [invitation] stop in
            try invitation.run(
                transport: transport.transport, agrees: Asked(agrees, until: stop), stop: stop)
        }
    }

    /// Where an offer says that its household is found.
    public static func place(of offer: String) throws -> String {
        try told { try offerPlace(offer: offer) }
    }
}

/// Asks a person, while a thread of the library waits for the answer. Nobody waits any more once it is to stop.
private final class Asked: Agrees {
    let ask: @Sendable (String) async -> Bool
    let stop: Stop

    init(_ ask: @escaping @Sendable (String) async -> Bool, until stop: Stop) {
        (self.ask, self.stop) = (ask, stop)
    }

    func agrees(confirmation: String) -> Bool {
        let answer = Answer()
        let asking = Task { [ask] in answer.give(await ask(confirmation)) }
        while !stop.isStopped() {
            if let yes = answer.wait(.milliseconds(50)) {
                return yes
            }
        }
        asking.cancel()
        return false
    }
}

/// What a person says, once.
private final class Answer: @unchecked Sendable {
    private let given = DispatchSemaphore(value: 0)
    private var yes = false

    func give(_ yes: Bool) {
        self.yes = yes
        given.signal()
    }

    func wait(_ most: DispatchTimeInterval) -> Bool? {
        given.wait(timeout: .now() + most) == .success ? yes : nil
    }
}

private final class HomeHeard: HomeListener {
    let heard: @Sendable (Result<Uploaded, FreeholdError>) -> Void

    init(heard: @escaping @Sendable (Result<Uploaded, FreeholdError>) -> Void) {
        self.heard = heard
    }

    func synced(uploaded: Uploaded) { heard(.success(uploaded)) }
    func failed(failure: Failure) { heard(.failure(FreeholdError(failure))) }
}
