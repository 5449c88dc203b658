import Foundation
import FreeholdRust

/// Why the library did not do something.
///
/// ```swift
/// do {
///     try await home.sync(with: relay, timeout: .seconds(20))
/// } catch let error as FreeholdError where error.isRetryable {
///     print("later: \(error.text)")
/// }
/// ```
public struct FreeholdError: Error, Sendable, Hashable {
    /// The reason: what a program goes by.
    public let reason: Reason
    /// What happened, in words, for a person who looks after it. It holds no reading, no key and nobody's name.
    public let text: String
    /// Whether the same may succeed another time, without anybody doing anything.
    public let isRetryable: Bool

    /// A reason, by its name. Later versions know others.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        /// The name of the reason, the same in every language and on the command line.
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The call was made wrongly: a number or a text stands for nothing.
        public static let badArgument = Reason(rawValue: "bad_argument")
        /// Something that the program brought, such as a clock, threw what it may not throw.
        public static let badCallback = Reason(rawValue: "bad_callback")

        /// It was closed, and is of no more use.
        public static let closed = Reason(rawValue: "closed")

        /// Every reason that the library knows, with the number by which C knows it.
        public static var all: [(reason: Reason, number: UInt16)] {
            FreeholdRust.reasons().map { (Reason(rawValue: $0.name), $0.number) }
        }
    }

    init(_ failure: Failure) {
        reason = Reason(rawValue: failure.reason)
        text = failure.text
        isRetryable = failure.retryable
    }

    init(_ error: FfiError) {
        switch error {
        case .Failed(let failure): self.init(failure)
        case .Argument(let text): self.init(.badArgument, text)
        case .Callback(let text): self.init(.badCallback, text)
        }
    }

    static let closed = FreeholdError(.closed, "it is closed")

    init(_ reason: Reason, _ text: String) {
        (self.reason, self.text, isRetryable) = (reason, text, false)
    }
}

extension FreeholdError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { text }

    public var description: String { "\(reason.rawValue): \(text)" }
}

/// Does something, and says in this module's words why not.
func told<T>(_ act: () throws -> T) throws -> T {
    do {
        return try act()
    } catch let error as FfiError {
        throw FreeholdError(error)
    }
}
