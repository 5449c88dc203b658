import Foundation

/// An instant: milliseconds since 1970 in UTC. Exact, which a `Date` is not.
public struct Time: Sendable, Hashable, Comparable, Codable {
    /// Milliseconds since 1970 in UTC.
    public let milliseconds: Int64

    /// The instant so many milliseconds after 1970 began in UTC.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The instant of a date, to the nearest millisecond.
    public init(_ date: Date) {
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    /// The present, by the operating system's clock.
    public static var now: Time { Time(Date()) }

    /// The instant as a date.
    public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    public static func < (one: Time, other: Time) -> Bool {
        one.milliseconds < other.milliseconds
    }

    /// A later instant. What is finer than a millisecond is cut off.
    public static func + (time: Time, duration: Duration) -> Time {
        Time(milliseconds: time.milliseconds + duration.milliseconds)
    }

    /// An earlier instant. What is finer than a millisecond is cut off.
    public static func - (time: Time, duration: Duration) -> Time {
        Time(milliseconds: time.milliseconds - duration.milliseconds)
    }

    /// How long after another this is.
    public static func - (one: Time, other: Time) -> Duration {
        .milliseconds(one.milliseconds - other.milliseconds)
    }
}

extension Time: CustomStringConvertible {
    public var description: String { date.formatted(.iso8601) }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Whole milliseconds; none where that is less than none.
    var wait: UInt64 { UInt64(max(0, milliseconds)) }
}
