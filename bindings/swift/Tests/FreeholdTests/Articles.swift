import Foundation
import FreeholdTesting
import Testing

// The code that the articles, the package's README and the comments show: `cargo xtask swift` compares them.

private let midnight = Time(milliseconds: 1_772_582_400_000)

@Test func theCodeOfTheQuickStartRuns() async throws {
    try await inFolder { folder in
        let place = folder.appendingPathComponent("home")
        let home = try await Home.create(at: place, name: "Flat 4", keys: .file(beside: place))
        try await home.addDevice("meter")
        let spec = StreamSpec(
            kind: "energy_interval", zone: "Europe/London", levels: [.raw, .halfHour, .day])
        let electricity = try await home.addStream("electricity", of: "meter", spec)

        let readings = (0..<48).map { half in
            Reading(at: midnight + .seconds(1800 * half), 412_000, lasting: 1_800_000)
        }
        try await electricity.record(readings)

        let day = midnight..<(midnight + .seconds(86_400))
        for try await reading in electricity.readings(day) {
            print(reading.time, reading.value)
        }

        try await electricity.flush()
        for try await window in electricity.summaries(.day, day) {
            print(window.from, window.totals?.sum ?? "no numbers")
        }

        let all = try await electricity.readings(day, limit: 0).items
        #expect(all == readings)
        let days = try await electricity.summaries(.day, day, limit: 0).items
        #expect(days.map { $0.totals?.sum.description } == ["19776000"])

        try await home.close()
    }
}

@Test(.timeLimit(.minutes(1))) func theCodeAboutSyncingRuns() async throws {
    try await inFolder { folder in
        let process = try RelayProcess(program: Places.relay, data: folder.appendingPathComponent("relay"))
        defer { process.end() }
        let relay = process.relay
        let home = try await Home.inMemory(name: "Flat 4")
        try await home.addDevice("meter")

        do {
            try await home.sync(with: relay, timeout: .seconds(20))
        } catch let error as FreeholdError where error.isRetryable {
            print("later: \(error.text)")
        }

        let following = Task {
            for await outcome in home.following(relay) {
                switch outcome {
                case .success(let uploaded): print("sent \(uploaded.bytes) bytes")
                case .failure(let error): print("\(error.reason.rawValue): \(error.text)")
                }
            }
        }

        let screen = Task {
            for await _ in home.changes {
                print(try await home.devices())
            }
        }

        try await home.addDevice("boiler")
        try await Task.sleep(for: .milliseconds(300))
        following.cancel()
        screen.cancel()
        await following.value
        try await screen.value
        #expect(try await home.devices().count == 2)
    }
}

@Test func theCodeAboutConsentRuns() async throws {
    let bench = try Bench(now: midnight + .seconds(2 * 86_400))
    let (home, supplier) = (bench.home, bench.recipient)
    try await home.addDevice("meter")
    let spec = StreamSpec(
        kind: "energy_interval", zone: "Europe/London", levels: [.raw, .halfHour, .day])
    let electricity = try await home.addStream("electricity", of: "meter", spec)
    let start = midnight
    try await electricity.record(
        (0..<48).map { Reading(at: start + .seconds(1800 * $0), 412_000, lasting: 1_800_000) })
    try await electricity.flush()

    var wishes = Wishes(for: "dpv:PaymentManagement")
    wishes.ask("energy_interval", levels: [.day], facets: [.totals], from: start)
    wishes.retentionDays = 30
    let request = try await supplier.request(wishes)

    var choices = Choices()
    choices.streams = ["electricity"]
    let proposal = try await home.propose(Request(file: request.file), choices)
    print(proposal.text)

    let grant = try await home.approve(proposal, shown: proposal.shown)

    let consent = try await supplier.accept(grant.file)

    try bench.carry()

    let days = try await supplier.summaries(.day, start..<supplier.now)
    for day in days.items {
        print(day.from, day.totals?.sum ?? "no numbers")
    }

    try await home.revoke(grant.consent)

    #expect(consent == grant.consent)
    #expect(days.items.map { $0.totals?.sum.description } == ["19776000"])
    try bench.carry()
    do {
        _ = try await supplier.summaries(.day, start..<supplier.now)
        Issue.record("it still opens")
    } catch let error as FreeholdError {
        #expect(error.reason == .revoked)
    }
}

#if canImport(Security)
    @Test func theKeychainIsAKeyStore() {
        let keys = KeyStore.over(Keychain(service: "org.example.meter"), kind: .hardwareDeletion)
        withExtendedLifetime(keys) {}
    }

    @Test func theSecureEnclaveSigns() throws {
        let signer = try Signer.over(SecureEnclaveKey(named: "gp", in: Keychain(service: "org.example.gp")))
        withExtendedLifetime(signer) {}
    }
#endif
