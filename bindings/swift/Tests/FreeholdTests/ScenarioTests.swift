import Foundation
import FreeholdTesting
import Testing

/// What apps do comes to the same, byte for byte, as in every other language.
@Test(arguments: ["energy", "erasure", "household", "own", "refusals", "vectors"])
func scenario(_ name: String) async throws {
    let scenarios = Places.root.appendingPathComponent("tests/scenarios")
    let expected = try String(contentsOf: scenarios.appendingPathComponent("\(name).txt"), encoding: .utf8)
    let written = try await inFolder { folder in
        try await Scenario(scenarios.appendingPathComponent("\(name).json"), folder: folder).run()
    }
    for (number, (one, other)) in zip(
        written.split(separator: "\n"), expected.split(separator: "\n")
    ).enumerated() where one != other {
        Issue.record("line \(number + 1) is \(one), not \(other)")
        break
    }
    #expect(written == expected)
}
