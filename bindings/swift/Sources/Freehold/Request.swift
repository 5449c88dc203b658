import Foundation
import FreeholdRust

/// What a recipient asks for: a signed file that travels any way there is. ``explain(_:zone:)`` says what for.
public struct Request: Sendable, Hashable {
    /// The file.
    public let file: Data

    /// A request as it came.
    public init(file: Data) {
        self.file = file
    }
}

/// What a recipient would like to have, and what for.
///
/// ```swift
/// var wishes = Wishes(for: "dpv:PaymentManagement")
/// wishes.ask("energy_interval", levels: [.day], facets: [.totals], from: start)
/// wishes.retentionDays = 30
/// let request = try await supplier.request(wishes)
/// ```
public struct Wishes: Sendable, Hashable {
    /// What for: terms of the Data Privacy Vocabulary, such as `dpv:ServiceProvision`.
    public var purposes: [String]
    /// The legal basis; nothing for consent.
    public var basis: String?
    /// Why it asks, in its own words.
    public var words: String?
    /// The only country where data may be processed, of two letters, or `EU`; nothing for any.
    public var jurisdiction: String?
    /// How long the consent is to last; nothing leaves it to the person. Minutes count.
    public var duration: Duration?
    /// How far ahead it would like keys; nothing leaves it to the person. Minutes count.
    public var lease: Duration?
    /// Results are published only over at least this many people; 0 for any.
    public var leastCohort: UInt32 = 0
    /// For how many days what it opens is kept; 0 for not beyond its use.
    public var retentionDays: UInt16 = 30
    /// To whom it is passed on.
    public var onward: Onward = .nobody
    /// Decisions about the person may be made by machine alone.
    public var automatedDecisions = false
    private var asks: [FreeholdRust.Ask] = []

    /// Wishes for nothing yet, for these purposes.
    public init(for purposes: String...) {
        self.purposes = purposes
    }

    /// Asks for a kind at some levels, from a time on. Up to sixteen times.
    public mutating func ask(
        _ kind: String, levels: [Level], facets: [Facet], from: Time, until: Time? = nil,
        inCivilTime civil: Bool = false
    ) {
        asks.append(
            Ask(
                kind: kind, levels: levels, facets: facets, fromMs: from.milliseconds,
                untilMs: until?.milliseconds, civil: civil))
    }

    var lowered: FreeholdRust.Wishes {
        FreeholdRust.Wishes(
            asks: asks, purposes: purposes, basis: basis, words: words, jurisdiction: jurisdiction,
            durationMinutes: duration?.minutes, leaseMinutes: lease?.minutes, cohortMin: leastCohort,
            retentionDays: retentionDays, onward: onward, automatedDecisions: automatedDecisions)
    }
}

/// What the person chooses of a request. What is nothing is as it was asked for.
public struct Choices: Sendable, Hashable {
    /// Only these streams, by name.
    public var streams: [String]?
    /// Only these levels.
    public var levels: [Level]?
    /// Only these facets.
    public var facets: [Facet]?
    /// Only these purposes.
    public var purposes: [String]?
    /// Nothing from before.
    public var from: Time?
    /// Nothing from after.
    public var until: Time?
    /// When the consent ends.
    public var expires: Time?
    /// How far ahead keys are handed out. Minutes count.
    public var lease: Duration?
    /// For how many days what is opened is kept.
    public var retentionDays: UInt16?

    /// Everything as it was asked for.
    public init() {}

    var lowered: FreeholdRust.Choices {
        FreeholdRust.Choices(
            streams: streams, levels: levels, facets: facets, purposes: purposes,
            dataFromMs: from?.milliseconds, dataUntilMs: until?.milliseconds,
            expiresMs: expires?.milliseconds, leaseMinutes: lease?.minutes, retentionDays: retentionDays)
    }
}

/// Exactly what would be granted: it is shown to the person, and granted as it was shown.
public final class Proposal: Sendable {
    let proposal: FreeholdRust.Proposal

    init(_ proposal: FreeholdRust.Proposal) {
        self.proposal = proposal
    }

    /// What the person reads: who would read what, at which resolution, over which time and for which purpose, and what follows from it.
    public var text: String { proposal.text() }
    /// What approves it: proof that this was shown, and nothing else.
    public var shown: String { proposal.shown() }
    /// Whether something would be revealed that the person may not expect: then the app asks twice.
    public var reveals: Bool { proposal.reveals() }
    /// When the offer ends.
    public var expires: Time { Time(milliseconds: proposal.expiresMs()) }
    /// What the recipient calls itself.
    public var recipient: String { proposal.recipient() }
    /// By which the recipient is known for sure.
    public var fingerprint: String { proposal.fingerprint() }
}

extension Duration {
    fileprivate var minutes: UInt32 { UInt32(clamping: components.seconds / 60) }
}
