import FreeholdRust
import Synchronization

/// How much a line of the log matters.
public enum LogLevel: Sendable, Comparable {
    /// What goes on, for whoever looks for a fault.
    case debug
    /// Something was done that is seldom.
    case info
    /// Something is not as it should be, and goes on.
    case warning
    /// Something has to be mended.
    case error
}

/// A line of the log. It holds no name, no value and no key.
public struct LogLine: Sendable, Hashable {
    /// How much it matters.
    public let level: LogLevel
    /// The part of the library that says it.
    public let part: String
    /// What it says.
    public let text: String
}

/// What the library says of what it does, down to `least`, for as long as somebody listens. One listens for the whole process: who did before
/// is told no more.
public func log(from least: LogLevel = .info) -> AsyncStream<LogLine> {
    AsyncStream { lines in
        let place = told.withLock { place in
            place += 1
            logTo(calls: Telling(lines: lines), least: least.lowered)
            return place
        }
        lines.onTermination = { _ in
            told.withLock { now in
                if now == place {
                    logTo(calls: nil, least: .error)
                }
            }
        }
    }
}

/// How many have listened.
private let told = Mutex(0)

private final class Telling: LogCalls {
    let lines: AsyncStream<LogLine>.Continuation

    init(lines: AsyncStream<LogLine>.Continuation) {
        self.lines = lines
    }

    func line(level: FreeholdRust.LogLevel, part: String, text: String) throws {
        lines.yield(LogLine(level: LogLevel(level), part: part, text: text))
    }
}

extension LogLevel {
    fileprivate var lowered: FreeholdRust.LogLevel {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warn
        case .error: .error
        }
    }

    fileprivate init(_ level: FreeholdRust.LogLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .warn: self = .warning
        case .error: self = .error
        }
    }
}
