import Freehold
import Testing

/// `Readme.swift` is the program in the project's README.
@Test func theProgramInTheReadmeRuns() async throws {
    let sum = try await inFolder { folder -> String in
        let place = folder.appendingPathComponent("home")
        let sum = try await oneDay(at: place, midnight: Time(milliseconds: 1_767_225_600_000))
        return sum?.description ?? "nothing"
    }
    #expect(sum == "19776000")
}
