import FreeholdRust

// What has no behaviour is as it comes from the library; these names are the ones that apps use.

/// A resolution of a stream.
public typealias Level = FreeholdRust.Level
/// A part of a slot's data that can be granted alone.
public typealias Facet = FreeholdRust.Facet
/// As what a recipient acts (GDPR, Articles 4, 26 and 28).
public typealias Role = FreeholdRust.Role
/// To whom a recipient may pass data on, the strictest first.
public typealias Onward = FreeholdRust.Onward
/// What a party of a household may do.
public typealias PartyRole = FreeholdRust.PartyRole
/// How a consent stands.
public typealias ConsentState = FreeholdRust.ConsentState
/// How surely a replaced key is gone.
public typealias KeyStoreKind = FreeholdRust.KeyStoreKind
/// What the values of a kind are.
public typealias ValueKind = FreeholdRust.ValueKind
/// How the numbers of a kind add up.
public typealias Scale = FreeholdRust.Scale
/// How much a kind tells about a person: a later one is stricter.
public typealias Sensitivity = FreeholdRust.Sensitivity
/// A device as its owner describes it.
public typealias Device = FreeholdRust.Device
/// What a home is and when it was made.
public typealias HomeInfo = FreeholdRust.HomeInfo
/// What a stream is.
public typealias StreamInfo = FreeholdRust.StreamInfo
/// What came of readings that were recorded.
public typealias Recorded = FreeholdRust.Recorded
/// A consent, as who gave it and who holds it have it.
public typealias Consent = FreeholdRust.Consent
/// What was granted: the consent's id, and the file for its recipient.
public typealias Grant = FreeholdRust.Grant
/// A party of a household: an agent or a device.
public typealias Party = FreeholdRust.Party
/// What went from a home to a relay, and what came.
public typealias Uploaded = FreeholdRust.Uploaded
/// What came to a recipient.
public typealias Received = FreeholdRust.Received
/// An erasure that was done.
public typealias Erasure = FreeholdRust.Erasure
/// What an erasure takes away, and what it cannot.
public typealias ErasureReport = FreeholdRust.ErasureReport
/// The slots of one level that go.
public typealias ErasedLevel = FreeholdRust.ErasedLevel
/// Who was given keys to slots that are erased.
public typealias KeyHolder = FreeholdRust.KeyHolder
/// What still tells of an erased time that something was there.
public typealias Trace = FreeholdRust.Trace
/// Whether somebody has deleted its copy.
public typealias Confirmation = FreeholdRust.Confirmation
/// What a relay says that it did, signed by it.
public typealias Receipt = FreeholdRust.Receipt
/// What a receipt is for.
public typealias ReceiptEvent = FreeholdRust.ReceiptEvent
/// What a store holds.
public typealias Inspection = FreeholdRust.Inspection
/// What a log of a store holds.
public typealias LogInspection = FreeholdRust.LogInspection
/// What was looked at, all of it sound.
public typealias Verification = FreeholdRust.Verification

extension Level: CaseIterable {
    /// Every level, the finest first.
    public static var allCases: [Level] {
        [.raw, .minute, .quarterHour, .halfHour, .hour, .day, .month]
    }
}

extension Facet: CaseIterable {
    /// Every facet.
    public static var allCases: [Facet] {
        [.readings, .totals, .extremes, .distribution, .index]
    }
}

extension HomeInfo {
    /// When it was made.
    public var created: Time { Time(milliseconds: createdMs) }
}

extension Consent {
    /// When it was granted.
    public var granted: Time { Time(milliseconds: grantedMs) }
    /// Up to when its recipient has keys.
    public var leaseUntil: Time { Time(milliseconds: leaseUntilMs) }
}

extension Party {
    /// When it was taken in.
    public var since: Time { Time(milliseconds: sinceMs) }
    /// When it was removed.
    public var removed: Time? { removedMs.map(Time.init(milliseconds:)) }
}

extension Erasure {
    /// The time that is erased.
    public var span: Range<Time> { Time(milliseconds: fromMs)..<Time(milliseconds: untilMs) }
    /// When that was ordered.
    public var at: Time { Time(milliseconds: atMs) }
}

extension Confirmation {
    /// When it said that its copies are deleted; nothing as long as it is awaited.
    public var at: Time? { atMs.map(Time.init(milliseconds:)) }
}

extension Receipt {
    /// When it happened, by the relay's clock.
    public var at: Time { Time(milliseconds: atMs) }
}

/// What can be measured: its unit, how its numbers are written, and how much it tells of a person.
public struct Kind: Sendable, Hashable {
    let kind: QuantityKind

    /// Every kind of Freehold's registry.
    public static var all: [Kind] { FreeholdRust.kinds().map(Kind.init) }

    /// The kind of this name in Freehold's registry.
    public static func named(_ name: String) -> Kind? {
        all.first { $0.name == name }
    }

    /// Its name, such as `air_temperature`.
    public var name: String { kind.name }
    /// What it is, in a sentence.
    public var explanation: String { kind.description }
    /// What its values are.
    public var valueKind: ValueKind { kind.valueKind }
    /// The unit of its numbers in UCUM.
    public var unit: String { kind.unit }
    /// The power of ten of its numbers.
    public var exponent: Int8 { kind.exponent }
    /// How much it tells of a person.
    public var sensitivity: Sensitivity { kind.sensitivity }
    /// The names of its states.
    public var states: [String] { kind.states }

    /// A value from words, such as `0.412 kW.h`, as a stream of this kind has it.
    ///
    /// - Throws: `bad_reading` when the words are none of this kind.
    public func parse(_ text: String, exponent: Int8? = nil) throws -> Value {
        try told { Value(try parseValue(kind: name, exponent: exponent, text: text).value) }
    }

    /// A value in words, in the unit of the kind, without it.
    public func format(_ value: Value, exponent: Int8? = nil) throws -> String {
        try told { try formatValue(kind: name, exponent: exponent, value: value.lowered) }
    }
}

extension Value {
    init(_ value: FreeholdRust.Value) {
        switch value {
        case .none: self = .none
        case .number(let number): self = .number(number)
        case .bool(let yes): self = .bool(yes)
        case .state(let state): self = .state(state)
        case .point(let lat, let lon): self = .point(latitude: lat, longitude: lon)
        case .text(let text): self = .text(text)
        }
    }

    var lowered: FreeholdRust.Value {
        switch self {
        case .none: .none
        case .number(let number): .number(number: number)
        case .bool(let yes): .bool(yes: yes)
        case .state(let state): .state(state: state)
        case .point(let latitude, let longitude): .point(lat: latitude, lon: longitude)
        case .text(let text): .text(text: text)
        }
    }
}

/// The version of the library.
public var version: String { FreeholdRust.version() }
