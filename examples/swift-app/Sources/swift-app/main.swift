// The core of a phone app: a wearable's pulse is recorded, a practice asks for it, the person agrees, the practice follows it live, and
// the person withdraws. The practice is here in the same process; in life it is somewhere else.

import Foundation
import FreeholdTesting

let repository = URL(fileURLWithPath: #filePath).pathComponents.dropLast(5).joined(separator: "/")
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swift-app-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

/// The pulse of one person, as it was recorded in 2016: `tests/data/SOURCE.md` says by whom.
func recorded() throws -> [Reading] {
    let unpack = Process()
    unpack.executableURL = URL(fileURLWithPath: "/bin/gzip")
    unpack.arguments = [
        "-dc", repository + "/tests/data/wearable-fitbit-furberg2016/heartrate_seconds_5users.csv.gz",
    ]
    let lines = Foundation.Pipe()
    unpack.standardOutput = lines
    try unpack.run()
    let text = String(decoding: try lines.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let formatter = ISO8601DateFormatter()
    return text.split(separator: "\n").dropFirst().prefix { $0.hasPrefix("2022484408,") }.compactMap { line in
        let fields = line.split(separator: ",")
        guard let date = formatter.date(from: fields[1] + "Z"), let beats = Int64(fields[2]) else {
            return nil
        }
        return Reading(at: Time(date), beats)
    }
}

// It is played as if it began this hour: a relay has a clock of its own.
let old = try recorded()
let hourMs: Int64 = 3_600_000
let start = Time(milliseconds: Time.now.milliseconds / hourMs * hourMs)
let shift = start - Time(milliseconds: old[0].time.milliseconds / hourMs * hourMs)
let all = old.map { Reading(at: $0.time + shift, $0.value) }
let later = start + .seconds(6 * 3600)
let (before, after) = (all.filter { $0.time < later }, all.filter { $0.time >= later })

// An app leaves the clock out: then it is the operating system's.
let clock = Clock(standingAt: later)
let server = try RelayProcess(
    program: URL(fileURLWithPath: ProcessInfo.processInfo.environment["FREEHOLD_RELAY"] ?? "freehold-relay"),
    data: folder.appendingPathComponent("relay"))
defer { server.end() }

// The phone: a home with a wearable, of which raw readings, hours and days are kept.
let place = folder.appendingPathComponent("phone")
let phone = try await Home.create(at: place, name: "Phone", keys: .file(beside: place), clock: clock)
try await phone.addDevice("wrist")
var spec = StreamSpec(kind: "heart_rate", zone: "Etc/UTC", levels: [.raw, .hour, .day])
spec.interval = .seconds(5)
spec.chunkMinutes = 60
let pulse = try await phone.addStream("pulse", of: "wrist", spec)
try await pulse.record(before)
print("recorded \(before.count) readings until \(later)")

// The practice asks for hours. What travels is a file, as a link or a code.
let surgery = folder.appendingPathComponent("practice")
let practice = try await Recipient.create(
    at: surgery, name: "Practice", role: .controller, keys: .file(beside: surgery), clock: clock)
var wishes = Wishes(for: "dpv:ServiceProvision")
wishes.ask("heart_rate", levels: [.hour], facets: [.totals, .extremes], from: start)
let request = try await practice.request(wishes)

// The person reads exactly what would be granted, and says yes to exactly that.
let proposal = try await phone.propose(request)
print("\n\(proposal.text)\n")
let grant = try await phone.approve(proposal, shown: proposal.shown)
let consent = try await practice.accept(grant.file)

// The practice follows it live.
let following = Task {
    var hours = Set<Int64>()
    for await (_, outcome) in practice.following(server.relay) {
        switch outcome {
        case .success(let received) where received.revocations > 0:
            print("the practice hears that it is over")
            return hours.count
        case .success:
            let days = start..<(start + .seconds(2 * 86_400))
            for hour in try await practice.summaries(.hour, days, consent: consent).items
            where hours.insert(hour.from.milliseconds).inserted {
                let mean = hour.totals?.mean.map { String(Int($0.rounded())) } ?? "-"
                let most = hour.extremes?.greatest ?? 0
                print("the practice reads \(hour.from): \(mean) beats a minute, at most \(most)")
            }
        case .failure(let error):
            print("the practice: \(error.text)")
        }
    }
    return hours.count
}

// The day goes on, hour by hour; each is at the practice when it is over.
try await phone.sync(with: server.relay)
var hour = later
while hour < later + .seconds(4 * 3600) {
    let next = hour + .seconds(3600)
    try await pulse.record(after.filter { hour <= $0.time && $0.time < next })
    try clock.set(to: next + .seconds(1))
    try await phone.sync(with: server.relay)
    try await Task.sleep(for: .milliseconds(300))
    hour = next
}

// The person withdraws. The practice's copies and keys go.
try await phone.revoke(consent)
try await phone.sync(with: server.relay)
let hours = try await following.value
do {
    _ = try await practice.summaries(.hour, start..<hour, consent: consent)
    fatalError("it still opens")
} catch let error as FreeholdError where error.reason == .revoked {
    print("after \(hours) hours the practice can open nothing: \(error.text)")
}
precondition(hours >= 4)
for receipt in try await phone.receipts() {
    // Who read what, as the relay wrote it down: the person sees it.
    if case .fetched(_, let stream, let level, _, _, let entries) = receipt.event {
        print("the relay noted at \(receipt.at) that \(stream) was read: \(entries) of its \(level) entries")
    }
}
