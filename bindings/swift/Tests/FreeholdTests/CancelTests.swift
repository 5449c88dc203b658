import Foundation
import FreeholdTesting
import Testing

private func relay(at door: Door) throws -> Relay {
    try Relay(door.place + "#" + String(repeating: "b", count: 51) + "a")
}

/// Cancels something that waits for a peer that never answers, and gives how long it took to end with a `CancellationError`.
private func cancelled<T: Sendable>(
    _ act: @escaping @Sendable () async throws -> T
) async throws -> Duration {
    let waiting = Task { try await act() }
    try await Task.sleep(for: .milliseconds(300))
    let started = ContinuousClock.now
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    return ContinuousClock.now - started
}

/// Where other tests take every thread it takes a while: still less than anything that is cancelled here waits by itself.
private let soon = Duration.seconds(8)

@Test(.timeLimit(.minutes(1))) func aCancelledSyncEndsAndTheHomeGoesOn() async throws {
    let home = try await Home.inMemory(name: "Flat 4")
    let door = try Door()
    defer { withExtendedLifetime(door) {} }
    let silent = try relay(at: door)
    #expect(try await cancelled { try await home.sync(with: silent) } < soon)
    do {
        try await home.sync(with: silent, timeout: .milliseconds(100))
        Issue.record("it was synced with")
    } catch let error as FreeholdError {
        #expect(error.reason == .stopped)
    }
    #expect(try await home.devices().isEmpty)
}

@Test(.timeLimit(.minutes(1))) func aCancelledTaskDoesNotConnect() async throws {
    // Who connects next waits.
    let full = try Door(backlog: 0)
    let first = try await Transport.connect(to: full.place)
    defer { withExtendedLifetime((full, first)) {} }
    #expect(try await cancelled { try await Transport.connect(to: full.place) } < soon)
    let home = try await Home.inMemory(name: "Flat 4")
    let silent = try relay(at: full)
    #expect(try await cancelled { try await home.sync(with: silent) } < soon)
}

@Test(.timeLimit(.minutes(1))) func aCancelledTaskDoesNotPair() async throws {
    let home = try await Home.inMemory(name: "Flat 4")
    let silent = try Door()
    defer { withExtendedLifetime(silent) {} }
    let invitation = try await home.invite(at: silent.place, as: .agent)
    let place = Places.folder()
    defer { try? FileManager.default.removeItem(at: place) }
    for _ in 0..<2 {
        let way = try await Transport.connect(to: silent.place)
        let accepting = try await cancelled { try await invitation.accept(over: way) { _ in true } }
        let offer = invitation.text
        let joining = try await cancelled {
            try await Home.join(
                at: place, name: "Tablet", as: .agent, keys: .memory, offer: offer, over: way
            ) { _ in true }
        }
        #expect(accepting < soon && joining < soon)
    }
    await #expect(throws: FreeholdError.self) { try await Home.open(at: place, keys: .memory) }
    #expect(try await home.parties().count == 1)
}

@Test(.timeLimit(.minutes(1))) func aCancelledTaskAsksNobody() async throws {
    let home = try await Home.inMemory(name: "Flat 4")
    let door = try Door()
    let invitation = try await home.invite(at: door.place, as: .agent)
    let place = Places.folder()
    defer { try? FileManager.default.removeItem(at: place) }
    let joining = Task {
        let way = try await Transport.connect(to: door.place)
        return try await Home.join(
            at: place, name: "Tablet", as: .agent, keys: .memory, offer: invitation.text, over: way
        ) { _ in true }
    }
    // The person never answers, and is not asked any more in the end.
    let (asked, say) = AsyncStream<Bool>.makeStream()
    let accepting = Task {
        try await invitation.accept(over: Transport(door)) { code in
            say.yield(!code.isEmpty)
            try? await Task.sleep(for: .seconds(600))
            say.yield(Task.isCancelled)
            return true
        }
    }
    var said = asked.makeAsyncIterator()
    #expect(await said.next() == true)
    accepting.cancel()
    await #expect(throws: CancellationError.self) { try await accepting.value }
    #expect(await said.next() == true)
    joining.cancel()
    await #expect(throws: CancellationError.self) { try await joining.value }
    #expect(try await home.parties().count == 1)
}

@Test(.timeLimit(.minutes(2))) func manyThatWaitLeaveRoomForOthers() async throws {
    let home = try await Home.inMemory(name: "Flat 4")
    let door = try Door(backlog: 256)
    defer { withExtendedLifetime(door) {} }
    let silent = try relay(at: door)
    let waiting = (0..<200).map { _ in
        Task { try await home.sync(with: silent, timeout: .seconds(20)) }
    }
    try await Task.sleep(for: .milliseconds(500))
    let started = ContinuousClock.now
    for _ in 0..<20 {
        _ = try await home.info()
    }
    #expect(ContinuousClock.now - started < soon)
    for one in waiting {
        one.cancel()
    }
    for one in waiting {
        await #expect(throws: CancellationError.self) { try await one.value }
    }
}
