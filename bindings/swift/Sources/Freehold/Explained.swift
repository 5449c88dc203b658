import Foundation
import FreeholdRust

/// What a Freehold file holds.
public typealias FileType = FreeholdRust.FileType
/// What a file is, and what it says.
public typealias Explained = FreeholdRust.Explained

/// Says what a file is, in words, for a person to read, with times of a zone. The signatures of cards, requests and grants are verified
/// first; of any other file the text says that its recipient verifies it. Nothing is granted, accepted or withdrawn.
///
/// - Throws: `malformed`, `not_freehold`, `newer_format`, `signature`.
public func explain(_ file: Data, zone: String = TimeZone.current.identifier) throws -> Explained {
    try told { try FreeholdRust.explain(file: file, zoneName: zone) }
}
