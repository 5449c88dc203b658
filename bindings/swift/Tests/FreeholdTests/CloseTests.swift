import Foundation
import Testing

@testable import FreeholdTesting

private let now = Time(milliseconds: 1_899_936_000_000)

/// Everything of these is told that what it belongs to is closed.
private func areClosed(_ calls: [(String, () async throws -> Any)]) async {
    for (name, call) in calls {
        do {
            _ = try await call()
            Issue.record("\(name) was done")
        } catch let error as FreeholdError {
            #expect(error.reason == .closed && error.text == "it is closed", "\(name): \(error)")
        } catch {
            Issue.record("\(name): \(error)")
        }
    }
}

@Test(.timeLimit(.minutes(1))) func whatIsClosedIsNotUsed() async throws {
    let bench = try Bench(now: now)
    let home = bench.home
    try await home.addDevice("meter")
    let spec = StreamSpec(kind: "active_power", zone: "Etc/UTC", levels: [.raw, .hour])
    let stream = try await home.addStream("power", of: "meter", spec)
    var asked = Wishes(for: "dpv:ServiceProvision")
    asked.ask("active_power", levels: [.hour], facets: [.totals], from: now)
    let wishes = asked
    let invitation = try await home.invite(at: "", as: .agent)
    let watch = home.watch()
    let span = (now - .seconds(3600))..<now
    let relay = try Relay("127.0.0.1:1#" + String(repeating: "b", count: 51) + "a")
    let silent = try Door()
    defer { withExtendedLifetime(silent) {} }
    let way = try await Transport.connect(to: silent.place)
    try await home.close()
    // Once more does nothing.
    try await home.close()
    await areClosed([
        ("info", { try await home.info() }),
        ("devices", { try await home.devices() }),
        ("addDevice", { try await home.addDevice("other") }),
        ("addStream", { try await home.addStream("other", of: "meter", spec) }),
        ("stream", { try await home.stream("power") }),
        ("streams", { try await home.streams() }),
        ("consents", { try await home.consents() }),
        ("revoke", { try await home.revoke("none") }),
        ("receipts", { try await home.receipts() }),
        ("erasable", { try await home.erasable(stream, span) }),
        ("erase", { try await home.erase(stream, span) }),
        ("erasures", { try await home.erasures() }),
        ("renewKey", { try await home.renewKey() }),
        ("parties", { try await home.parties() }),
        ("invite", { try await home.invite(at: "", as: .agent) }),
        ("remove", { try await home.remove("nobody") }),
        ("sync", { try await home.sync(with: relay) }),
        ("sync over", { try await home.sync(with: relay, over: way) }),
        ("inspect", { try await home.inspect() }),
        ("verify", { try await home.verify() }),
        ("accept", { try await invitation.accept(over: way) { _ in true } }),
        ("stream info", { try await stream.info() }),
        ("record", { try await stream.record([]) }),
        ("flush", { try await stream.flush() }),
        ("readings", { try await stream.readings(span, limit: 1) }),
        ("all readings", { try await stream.readings(span).first { _ in true } as Any }),
        ("summaries", { try await stream.summaries(.hour, span, limit: 1) }),
        ("carry", { try bench.carry() }),
    ])
    #expect(await watch.changed(within: .seconds(600)) == false)
    for await _ in home.changes {}
    for await _ in home.following(relay) {}

    let recipient = bench.recipient
    let request = try await recipient.request(wishes)
    try await recipient.close()
    try await recipient.close()
    await areClosed([
        ("propose", { try await home.propose(request) }),
        ("request", { try await recipient.request(wishes) }),
        ("accept", { try await recipient.accept(Data()) }),
        ("consents", { try await recipient.consents() }),
        ("readings", { try await recipient.readings(span) }),
        ("summaries", { try await recipient.summaries(.hour, span) }),
        ("size", { try await recipient.size() }),
        ("sync", { try await recipient.sync(with: relay) }),
        ("inspect", { try await recipient.inspect() }),
        ("verify", { try await recipient.verify() }),
    ])
    for await _ in recipient.changes {}
    for await _ in recipient.following(relay) {}
    // What it is called is known all the same.
    #expect(recipient.name == "Recipient" && recipient.now == now && home.now == now)
}

@Test(.timeLimit(.minutes(1))) func whoWaitsIsLetGoWhenItIsClosed() async throws {
    try await inFolder { folder in
        let place = folder.appendingPathComponent("home")
        let home = try await Home.create(at: place, name: "Flat 4", keys: .file(beside: place))
        let silent = try Door()
        defer { withExtendedLifetime(silent) {} }
        let relay = try Relay(silent.place + "#" + String(repeating: "b", count: 51) + "a")
        let listening = Task { for await _ in home.changes {} }
        let following = Task { for await _ in home.following(relay) {} }
        let syncing = Task { try await home.sync(with: relay) }
        try await Task.sleep(for: .milliseconds(300))
        try await home.close()
        await listening.value
        await following.value
        await #expect(throws: FreeholdError.self) { try await syncing.value }
        // Another may open the store, though the one before is still there.
        let again = try await Home.open(at: place, keys: .file(beside: place))
        #expect(try await again.info().name == "Flat 4")
        withExtendedLifetime(home) {}
    }
}

@Test(.timeLimit(.minutes(1))) func aRelayThatHasEndedIsNotReached() async throws {
    try await inFolder { folder in
        let process = try RelayProcess(
            program: Places.relay, data: folder.appendingPathComponent("relay"))
        let home = try await Home.inMemory(name: "Flat 4")
        try await home.sync(with: process.relay)
        process.end()
        process.end()
        do {
            try await home.sync(with: process.relay, timeout: .seconds(20))
            Issue.record("it was reached")
        } catch let error as FreeholdError {
            #expect([.unreachable, .connectionLost].contains(error.reason), "\(error)")
        }
        // Nobody goes on looking for what it says.
        while process.said.readabilityHandler != nil {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
