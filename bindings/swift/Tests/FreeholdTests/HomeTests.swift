import Foundation
import FreeholdTesting
import Testing

private let now = Time(milliseconds: 1_899_936_000_000)

private func powered(_ bench: Bench) async throws -> Freehold.Stream {
    try await bench.home.addDevice("meter")
    let spec = StreamSpec(kind: "active_power", zone: "Etc/UTC", levels: [.raw, .hour, .day])
    return try await bench.home.addStream("power", of: "meter", spec)
}

/// The relay's address of nobody.
private func nobody() throws -> Relay {
    try Relay("127.0.0.1:1#" + String(repeating: "b", count: 51) + "a")
}

@Test func everyReasonOfTheLibraryHasAName() {
    let known = Set(FreeholdError.Reason.known)
    #expect(FreeholdError.Reason.all.map(\.reason).filter { !known.contains($0) } == [])
    #expect(known.count == FreeholdError.Reason.all.count)
}

@Test func errorsSayWhatHappenedAndWhatCanBeDone() async throws {
    let bench = try Bench(now: now)
    do {
        _ = try await bench.home.stream("nothing")
    } catch let error as FreeholdError {
        #expect(error.reason == .missing && error.text == "no such stream" && !error.isRetryable)
        #expect(error.localizedDescription == "no such stream")
    }
    #expect(throws: FreeholdError.self) { try Relay("nowhere") }
    do {
        try await bench.home.sync(with: try nobody(), timeout: .seconds(5))
        Issue.record("nobody was reached")
    } catch let error as FreeholdError {
        #expect(error.reason == .unreachable && error.isRetryable, "\(error)")
    }
}

@Test func aConsentFromRequestToWithdrawal() async throws {
    let bench = try Bench(now: now)
    let stream = try await powered(bench)
    let start = now - .seconds(86_400)
    try await stream.record((0..<48).map { Reading(at: start + .seconds(1800 * $0), 400_000) })
    try await stream.flush()
    var wishes = Wishes(for: "dpv:ServiceProvision")
    wishes.ask("active_power", levels: [.hour], facets: [.totals], from: start)
    let request = try await bench.recipient.request(wishes)
    #expect(try explain(request.file, zone: "Etc/UTC").text.contains("ower"))
    let proposal = try await bench.home.propose(request)
    await #expect(throws: FreeholdError.self) {
        try await bench.home.approve(proposal, shown: "something else")
    }
    let grant = try await bench.home.approve(proposal, shown: proposal.shown)
    let consent = try await bench.recipient.accept(grant.file)
    #expect(consent == grant.consent)
    try bench.carry()
    let hours = try await bench.recipient.summaries(.hour, start..<now)
    #expect(hours.items.count > 20)
    #expect(hours.items.allSatisfy { $0.totals?.mean == 400_000 })
    let state = try await bench.home.consents().first
    #expect(state?.state == .live && state?.recipient == "Recipient" && state?.granted == now)
    try await bench.home.revoke(consent)
    try bench.carry()
    do {
        _ = try await bench.recipient.summaries(.hour, start..<now)
        Issue.record("it still opens")
    } catch let error as FreeholdError {
        #expect(error.reason == .revoked)
    }
}

@Test func pagesGoOnUntilAllIsRead() async throws {
    let bench = try Bench(now: now)
    let stream = try await powered(bench)
    let start = now - .seconds(7200)
    try await stream.record((0..<7000).map { Reading(at: start + .seconds($0), Int64($0)) })
    let first = try await stream.readings(start..<now, limit: 100)
    #expect(first.items.count == 100 && first.next == start + .seconds(100))
    var numbers: [Value] = []
    for try await reading in stream.readings(start..<now) {
        numbers.append(reading.value)
    }
    #expect(numbers == (0..<7000).map { .number($0) })
}

@Test func changesAreHeardUntilNobodyListens() async throws {
    let bench = try Bench(now: now)
    let stream = try await powered(bench)
    let heard = Task {
        var count = 0
        for await _ in bench.home.changes {
            count += 1
            if count == 2 {
                break
            }
        }
        return count
    }
    for at in 0..<200 where !heard.isCancelled {
        try await stream.record([Reading(at: now + .seconds(Int64(at)), 1)])
        try await Task.sleep(for: .milliseconds(5))
    }
    #expect(await heard.value == 2)
    // Whoever follows a relay hears why it is not reached, and ends when the listener does.
    for await outcome in bench.home.following(try nobody()) {
        guard case .failure(let error) = outcome else {
            continue
        }
        #expect(error.reason == .unreachable)
        break
    }
}

@Test func aKeyStoreOfTheAppsOwnIsAsked() async throws {
    final class Locked: KeyStorage {
        func load() throws(KeyStorageError) -> Data? { throw .unavailable }
        func prepare(_ key: Data) throws(KeyStorageError) { throw .unavailable }
        func prepared() throws(KeyStorageError) -> Data? { throw .unavailable }
        func replace(with key: Data) throws(KeyStorageError) { throw .unavailable }
        func counter() throws(KeyStorageError) -> UInt64 { throw .unavailable }
        func advance(to count: UInt64) throws(KeyStorageError) { throw .unavailable }
    }
    try await inFolder { folder in
        do {
            _ = try await Home.create(
                at: folder.appendingPathComponent("home"), name: "Flat 4", keys: .over(Locked(), kind: .file))
            Issue.record("it was made")
        } catch let error as FreeholdError {
            #expect(error.reason == .keyStore)
        }
    }
}

@Test func thirtyTwoTasksAtOnce() async throws {
    let bench = try Bench(now: now)
    let stream = try await powered(bench)
    let start = now - .seconds(40_000)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<32 {
            group.addTask {
                for at in 0..<50 {
                    let time = start + .seconds(Int64(task * 1000 + at * 7))
                    try await stream.record([Reading(at: time, Int64(task))])
                    _ = try await stream.readings(time..<(time + .seconds(1)), limit: 1)
                    _ = try await bench.home.info()
                }
            }
        }
        try await group.waitForAll()
    }
    let all = try await stream.readings(start..<now, limit: 0)
    #expect(all.items.count == 32 * 50)
}

@Test func whatIsNotClosedIsFreed() async throws {
    try await inFolder { folder in
        let place = folder.appendingPathComponent("home")
        for turn in 0..<20 {
            // The one before was let go, and never closed.
            let home =
                turn == 0
                ? try await Home.create(at: place, name: "Flat 4", keys: .file(beside: place))
                : try await Home.open(at: place, keys: .file(beside: place))
            _ = try await home.info()
        }
    }
}

@Test func kindsReadAndWriteWords() throws {
    let energy = try #require(Kind.named("energy_interval"))
    let value = try energy.parse("0.412 kW.h")
    #expect(value == .number(412_000))
    let words = try energy.format(value)
    #expect(words == "412.000")
    #expect(throws: FreeholdError.self) { try energy.parse("much") }
    #expect(Kind.all.count > 60)
}

@Test func manyListenersLeaveRoomForOthers() async throws {
    let bench = try Bench(now: now)
    let listeners = (0..<300).map { _ in Task { for await _ in bench.home.changes {} } }
    for _ in 0..<100 {
        _ = try await bench.home.info()
    }
    for listener in listeners {
        listener.cancel()
        await listener.value
    }
}
