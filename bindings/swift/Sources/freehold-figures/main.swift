// What a call costs, and what a reading costs that is recorded with a thousand others.

import Foundation
import Freehold
import FreeholdRust

func nanoseconds(each count: Int, _ act: () async throws -> Void) async rethrows -> Double {
    let clock = ContinuousClock()
    let spent = try await clock.measure { try await act() }
    let (seconds, attoseconds) = spent.components
    return (Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(count)
}

let standing = Freehold.Clock(standingAt: Time(milliseconds: 1_900_000_000_000))
let calls = 1_000_000
let call = await nanoseconds(each: calls) {
    for _ in 0..<calls {
        _ = standing.now
    }
}

let home = try await Freehold.Home.inMemory(name: "Figures", clock: standing)
try await home.addDevice("meter")
var spec = Freehold.StreamSpec(kind: "active_power", zone: "Etc/UTC", levels: [.raw, .hour, .day])
spec.interval = .seconds(1)
let stream = try await home.addStream("power", of: "meter", spec)
let (batches, batch) = (1000, 1000)
let start: Int64 = 1_890_000_000_000
let reading = try await nanoseconds(each: batches * batch) {
    for first in 0..<batches {
        let readings = (0..<batch).map { (at: Int) -> Reading in
            let time = Time(milliseconds: start + Int64(first * batch + at) * 1000)
            return Reading(at: time, Int64(400_000 + at % 1000 * 7))
        }
        try await stream.record(readings)
    }
}
print("a call \(Int(call)) ns")
print("a reading \(Int(reading)) ns")
