import Freehold
import Testing

/// `Readme.swift` is the program in the project's README.
@Test func theProgramInTheReadmeRuns() async throws {
    let sum = try await inFolder { folder in
        try await oneDay(
            at: folder.appendingPathComponent("home"), midnight: Time(milliseconds: 1_767_225_600_000))
    }
    #expect(sum?.int64 == 48 * 412_000)
}
