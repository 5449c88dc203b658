import Foundation
import FreeholdRust

/// A stream of a home: to record into and to read from. It keeps its home's store open.
///
/// Where Foundation's `Stream` is meant as well, write `Freehold.Stream`.
public final class Stream: Sendable {
    let stream: FreeholdRust.Stream
    private let gate: Gate

    init(_ stream: FreeholdRust.Stream, _ gate: Gate) {
        (self.stream, self.gate) = (stream, gate)
    }

    /// What it is.
    public func info() async throws -> StreamInfo {
        try await gate.call { [stream] in try stream.info() }
    }

    /// Records readings in any order. They are durable when this returns. Many at once cost little more than one.
    ///
    /// - Throws: `bad_reading`, `bad_time`: nothing is recorded then. `written_elsewhere`; what the store says.
    @discardableResult
    public func record(_ readings: [Reading]) async throws -> Recorded {
        let bytes = Page.bytes(of: readings)
        return try await gate.call { [stream] in try stream.record(readings: bytes) }
    }

    /// Seals every slot that has ended by the clock.
    public func flush() async throws {
        try await gate.call { [stream] in try stream.flush() }
    }

    /// A page of the readings of a time: some `limit` of them, more where readings of one time correct each other.
    ///
    /// - Throws: `no_such_level` when the stream keeps no raw level.
    public func readings(_ span: Range<Time>, limit: Int) async throws -> Page<Reading> {
        try await gate.call { [stream] in
            try Page(
                readings: try stream.read(
                    fromMs: span.lowerBound.milliseconds, untilMs: span.upperBound.milliseconds,
                    limit: UInt32(clamping: limit)))
        }
    }

    /// The readings of a time, page after page.
    public func readings(_ span: Range<Time>) -> Items<Reading> {
        Items(
            page: { [self] from in try await readings(from..<span.upperBound, limit: 0) },
            from: span.lowerBound)
    }

    /// A page of the summaries of a level's slots that lie wholly in a time and have readings, no more than `limit` of them.
    ///
    /// - Throws: `no_such_level` when the stream does not keep it.
    public func summaries(_ level: Level, _ span: Range<Time>, limit: Int) async throws -> Page<Window> {
        try await gate.call { [stream] in
            try Page(
                windows: try stream.summaries(
                    level: level, fromMs: span.lowerBound.milliseconds,
                    untilMs: span.upperBound.milliseconds, limit: UInt32(clamping: limit)))
        }
    }

    /// The summaries of a level's slots that lie wholly in a time, page after page.
    public func summaries(_ level: Level, _ span: Range<Time>) -> Items<Window> {
        Items(
            page: { [self] from in try await summaries(level, from..<span.upperBound, limit: 0) },
            from: span.lowerBound)
    }
}

/// The description of a new stream.
public struct StreamSpec: Sendable, Hashable {
    /// What it measures: the name of a kind in Freehold's registry, such as `air_temperature`.
    public var kind: String
    /// The IANA zone whose civil time cuts its slots.
    public var zone: String
    /// The levels that are kept.
    public var levels: [Level]
    /// The facets that summaries have; none for those of the kind.
    public var facets: [Facet] = []
    /// The length of a raw slot in minutes, 1 to 1440; nothing for one that goes with the interval, or for a day.
    public var chunkMinutes: UInt16?
    /// About how often a reading comes; nothing if that is not known.
    public var interval: Duration?
    /// How much finer numbers are than the kind's: by so many powers of ten.
    public var finer: UInt8 = 0

    /// A stream of a kind that keeps some levels, with the facets of its kind.
    public init(kind: String, zone: String = TimeZone.current.identifier, levels: [Level]) {
        (self.kind, self.zone, self.levels) = (kind, zone, levels)
    }

    var lowered: FreeholdRust.StreamSpec {
        FreeholdRust.StreamSpec(
            kind: kind, zone: zone, levels: levels, facets: facets, chunkMinutes: chunkMinutes,
            intervalMs: interval.map { UInt32(clamping: $0.milliseconds) }, finer: finer)
    }
}
