import FreeholdRust

/// Where a home or a recipient has the time from.
public final class Clock: Sendable {
    let clock: FreeholdRust.Clock

    /// One that stands where it is put: for tests.
    public init(standingAt time: Time) {
        clock = .standing(nowMs: time.milliseconds)
    }

    /// One of the app's own, such as one that a server has set right.
    public init(_ now: @escaping @Sendable () -> Time) {
        clock = .over(calls: Calls(now: now))
    }

    /// The time by it.
    public var now: Time { Time(milliseconds: clock.nowMs()) }

    /// Puts a standing clock somewhere else, forwards or backwards.
    ///
    /// - Throws: ``FreeholdError/Reason/badArgument`` with a clock of the app's own.
    public func set(to time: Time) throws {
        try told { try clock.set(nowMs: time.milliseconds) }
    }

    private final class Calls: ClockCalls {
        let now: @Sendable () -> Time

        init(now: @escaping @Sendable () -> Time) {
            self.now = now
        }

        func nowMs() -> Int64 { now().milliseconds }
    }
}
