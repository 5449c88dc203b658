import FreeholdRust

// What has no behaviour is as it comes from the library; these names are the ones that apps use.

public typealias Level = FreeholdRust.Level
public typealias Facet = FreeholdRust.Facet
public typealias Role = FreeholdRust.Role
public typealias Onward = FreeholdRust.Onward
public typealias PartyRole = FreeholdRust.PartyRole
public typealias ConsentState = FreeholdRust.ConsentState
public typealias KeyStoreKind = FreeholdRust.KeyStoreKind
public typealias ValueKind = FreeholdRust.ValueKind
public typealias Scale = FreeholdRust.Scale
public typealias Sensitivity = FreeholdRust.Sensitivity
public typealias Device = FreeholdRust.Device
public typealias HomeInfo = FreeholdRust.HomeInfo
public typealias StreamInfo = FreeholdRust.StreamInfo
public typealias Recorded = FreeholdRust.Recorded
public typealias Consent = FreeholdRust.Consent
public typealias Grant = FreeholdRust.Grant
public typealias Party = FreeholdRust.Party
public typealias Uploaded = FreeholdRust.Uploaded
public typealias Received = FreeholdRust.Received
public typealias Erasure = FreeholdRust.Erasure
public typealias ErasureReport = FreeholdRust.ErasureReport
public typealias ErasedLevel = FreeholdRust.ErasedLevel
public typealias KeyHolder = FreeholdRust.KeyHolder
public typealias Trace = FreeholdRust.Trace
public typealias Confirmation = FreeholdRust.Confirmation
public typealias Receipt = FreeholdRust.Receipt
public typealias ReceiptEvent = FreeholdRust.ReceiptEvent
public typealias Inspection = FreeholdRust.Inspection
public typealias LogInspection = FreeholdRust.LogInspection
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
