import FreeholdRust

/// What was measured, once.
public struct Reading: Sendable, Hashable {
    /// When it was measured, or when its interval began.
    public var time: Time
    /// The length of its interval in milliseconds; 0 for an instant.
    public var lasting: UInt32
    /// What was measured.
    public var value: Value
    /// What is known about it beside its value.
    public var flags: Flags

    /// A reading of any value.
    public init(at time: Time, _ value: Value, lasting: UInt32 = 0, flags: Flags = []) {
        (self.time, self.value, self.lasting, self.flags) = (time, value, lasting, flags)
    }

    /// A reading of a fixed-point number.
    public init(at time: Time, _ number: Int64, lasting: UInt32 = 0) {
        self.init(at: time, .number(number), lasting: lasting)
    }
}

/// A value.
public enum Value: Sendable, Hashable {
    /// Nothing: absent, or out of range without a number.
    case none
    /// A fixed-point number: times ten to the stream's exponent, in the unit of its kind. ``Kind/parse(_:exponent:)`` makes it from words.
    case number(Int64)
    /// True or false.
    case bool(Bool)
    /// The place in the kind's list of states.
    case state(UInt16)
    /// A point on the earth, in units of 1e-7 degrees.
    case point(latitude: Int32, longitude: Int32)
    /// A text.
    case text(String)
}

/// What is known about a reading beside its value.
public struct Flags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Below what the device can measure; the value is its limit, or none.
    public static let belowRange = Flags(rawValue: 1)
    /// Above what the device can measure; the value is its limit, or none.
    public static let aboveRange = Flags(rawValue: 1 << 1)
    /// Computed, not measured.
    public static let estimated = Flags(rawValue: 1 << 2)
    /// Takes the place of an earlier value of the same instant.
    public static let corrected = Flags(rawValue: 1 << 3)
    /// Entered by hand.
    public static let manual = Flags(rawValue: 1 << 4)
    /// The device did not know the time for certain.
    public static let clockUnsure = Flags(rawValue: 1 << 5)
    /// Outside what can be, and kept.
    public static let implausible = Flags(rawValue: 1 << 6)
}

/// What a slot of a level comes to.
public struct Window: Sendable, Hashable {
    /// When the slot begins.
    public let from: Time
    /// When it ends.
    public let until: Time
    /// How many readings had a number, and what they come to.
    public let totals: Totals?
    /// The least and the greatest, the first and the last.
    public let extremes: Extremes?
    /// How many readings lie in each bin.
    public let distribution: [UInt64]?
    /// Where a counter stood at the end.
    public let index: Int64?

    /// Sums over numbers as readings have them.
    public struct Totals: Sendable, Hashable {
        /// How many readings had a number.
        public let count: UInt64
        /// Their sum.
        public let sum: WideInt
        /// The sum of their squares.
        public let sumOfSquares: WideInt

        /// Their mean; nothing over nothing.
        public var mean: Double? { count == 0 ? nil : sum.double / Double(count) }
    }

    /// The ends of numbers as readings have them.
    public struct Extremes: Sendable, Hashable {
        /// The least.
        public let least: Int64
        /// The greatest.
        public let greatest: Int64
        /// The first in time.
        public let first: Int64
        /// The last in time.
        public let last: Int64
    }
}

/// A whole number of up to 128 bits: exact, where a `Double` is not.
public struct WideInt: Sendable, Hashable {
    /// The upper bits, with the sign of a signed number.
    public let high: UInt64
    /// The lower bits.
    public let low: UInt64
    /// Whether the highest bit is a sign.
    let isSigned: Bool

    /// Its magnitude, and whether it is below nought.
    private var parts: (high: UInt64, low: UInt64, isNegative: Bool) {
        guard isSigned, high >> 63 == 1 else {
            return (high, low, false)
        }
        let (below, carries) = (~low).addingReportingOverflow(1)
        return (~high &+ (carries ? 1 : 0), below, true)
    }

    /// It, where it has no more than 64 bits.
    public var int64: Int64? {
        let (high, low, isNegative) = parts
        guard high == 0 else {
            return nil
        }
        return isNegative ? (low <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- low) : nil) : Int64(exactly: low)
    }

    /// The nearest floating-point number.
    public var double: Double {
        let (high, low, isNegative) = parts
        let magnitude = Double(high) * 18_446_744_073_709_551_616 + Double(low)
        return isNegative ? -magnitude : magnitude
    }
}

extension WideInt: CustomStringConvertible {
    /// Its decimal digits.
    public var description: String {
        var (high, low, isNegative) = parts
        var digits: [String] = []
        let part: UInt64 = 1_000_000_000_000_000_000
        repeat {
            let (upper, rest) = high.quotientAndRemainder(dividingBy: part)
            let (lower, digit) = part.dividingFullWidth((rest, low))
            (high, low) = (upper, lower)
            let text = String(digit)
            let more = high != 0 || low != 0
            digits.append(more ? String(repeating: "0", count: 18 - text.count) + text : text)
        } while high != 0 || low != 0
        return (isNegative ? "-" : "") + digits.reversed().joined()
    }
}
