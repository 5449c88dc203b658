import Foundation
import Freehold
import FreeholdTesting
import Synchronization
import Testing

private let begin = Time(milliseconds: 1_772_323_200_000)
private let day = Duration.seconds(86_400)

/// A key that does as it is told.
private final class Told: HardwareKey {
    private let key: SoftwareKey
    private let answer = Mutex<Result<Data, HardwareKeyError>?>(nil)

    init() throws {
        key = try SoftwareKey()
    }

    var point: Data { key.point }

    func will(_ answer: Result<Data, HardwareKeyError>?) {
        self.answer.withLock { $0 = answer }
    }

    func sign(_ message: Data) throws(HardwareKeyError) -> Data {
        switch answer.withLock({ $0 }) {
        case .none: return try key.sign(message)
        case .success(let bytes): return bytes
        case .failure(let error): throw error
        }
    }
}

private func carry(_ home: Home, _ practice: Recipient) async throws {
    let parcel = try await home.parcel(card: practice.card(), have: practice.have())
    try await practice.receive(parcel)
    try await home.hearReceipts(practice.have())
}

private func days(_ practice: Recipient) async throws -> Int {
    try await practice.summaries(.day, begin..<(begin + day * 10)).items.count
}

private func reason(_ act: () async throws -> Void) async throws -> FreeholdError.Reason? {
    do {
        try await act()
        return nil
    } catch let error as FreeholdError {
        return error.reason
    }
}

@Test func hardwareSignsForARecipient() async throws {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: place) }
    let key = try Told()
    let signer = try Signer.over(key)
    let bench = try Bench(now: begin + day * 10)
    let home = bench.home
    try await home.addDevice("watch")
    let spec = StreamSpec(kind: "heart_rate", zone: "Etc/UTC", levels: [.raw, .hour, .day])
    let pulse = try await home.addStream("pulse", of: "watch", spec)
    try await pulse.record((0..<1440).map { Reading(at: begin + .seconds(600 * $0), Int64(600 + $0 % 99)) })
    try await pulse.flush()
    let keys = KeyStore.file(beside: place)
    let practice = try await Recipient.create(
        at: place, name: "Practice", role: .controller, keys: keys, clock: bench.clock, signer: signer)
    var wishes = Wishes(for: "dpv:ServiceProvision")
    wishes.ask("heart_rate", levels: [.day], facets: [.totals], from: begin)
    let proposal = try await home.propose(try await practice.request(wishes))
    let grant = try await home.approve(proposal, shown: proposal.shown)
    try await practice.accept(grant.file)
    try await carry(home, practice)
    #expect(try await days(practice) == 10)

    // What was erased is gone, whether it is signed for or not.
    try await home.erase(pulse, (begin + day * 3)..<(begin + day * 4))
    let answers: [(Result<Data, HardwareKeyError>, FreeholdError.Reason)] = [
        (.failure(.unavailable), .signerUnavailable), (.failure(.refused), .signerRefused),
        (.failure(.failed), .notSigned), (.success(Data(repeating: 7, count: 64)), .notSigned),
        (.success(Data([1, 2, 3])), .notSigned),
    ]
    for (answer, expected) in answers {
        key.will(answer)
        #expect(try await reason { try await carry(home, practice) } == expected)
        #expect(try await days(practice) == 9)
    }
    let confirmed = { try await home.erasures()[0].confirmations.first { $0.consent != nil }?.atMs }
    #expect(try await confirmed() == nil)
    key.will(nil)
    try await carry(home, practice)
    #expect(try await confirmed() != nil)

    try await practice.close()
    for wrong in [nil, try Signer.over(try SoftwareKey())] {
        let said = try await reason {
            _ = try await Recipient.open(at: place, keys: keys, clock: bench.clock, signer: wrong)
        }
        #expect(said == .wrongSigner)
    }
    let opened = try await Recipient.open(at: place, keys: keys, clock: bench.clock, signer: signer)
    #expect(try await days(opened) == 9)
    try await opened.close()
}

@Test func aFileInThePlaceOfAnotherIsNone() async throws {
    let bench = try Bench(now: begin)
    let (have, card) = (try await bench.recipient.have(), try await bench.recipient.card())
    #expect(try await reason { _ = try await bench.home.parcel(card: have, have: have) } == .wrongFile)
    #expect(try await reason { try await bench.home.hearReceipts(card) } == .wrongFile)
    #expect(try await reason { try await bench.recipient.receive(have) } == .wrongFile)
}

@Test func whatTheLibrarySaysIsToldWhileSomebodyListens() async throws {
    let lines = Freehold.log(from: .debug)
    _ = try Bench(now: begin)
    for await line in lines where line.text.contains("home") {
        #expect(line.part.hasPrefix("freehold") && line.level == .debug)
        break
    }
}

@Test func aPassphraseOpensAStoreAndAnotherDoesNot() async throws {
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: place) }
    #expect(KeyStore.needsPassphrase(beside: place) == nil)
    let keys = KeyStore.passphrase("four words are enough", beside: place)
    let practice = try await Recipient.create(at: place, name: "Practice", role: .controller, keys: keys)
    try await practice.close()
    #expect(KeyStore.needsPassphrase(beside: place) == true)
    let wrong = KeyStore.passphrase("four others are not", beside: place)
    #expect(try await reason { _ = try await Recipient.open(at: place, keys: wrong) } == .wrongPassphrase)
    let opened = try await Recipient.open(at: place, keys: keys)
    #expect(opened.name == "Practice")
    try await opened.close()
}
