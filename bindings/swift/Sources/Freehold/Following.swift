import Foundation
import FreeholdRust

/// Tells that something was changed since it was last asked.
public final class Watch: Sendable {
    let watch: FreeholdRust.Watch

    init(_ watch: FreeholdRust.Watch) {
        self.watch = watch
    }

    /// Waits until something has changed, but no longer than `most`. Says whether it did.
    public func changed(within most: Duration = .zero) async -> Bool {
        await withCheckedContinuation { continuation in
            apart { [watch] in continuation.resume(returning: watch.waitFor(mostMs: most.wait)) }
        }
    }
}

/// What a watch tells, for as long as somebody listens.
func watched(_ watch: FreeholdRust.Watch) -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let ended = Ended()
        continuation.onTermination = { _ in
            ended.end()
            watch.end()
        }
        apart {
            while !ended.isEnded {
                if watch.waitFor(mostMs: 60_000) {
                    continuation.yield()
                }
            }
        }
    }
}

/// What is heard of something that goes on until nobody listens or it ends by itself.
func followed<T: Sendable>(
    _ follow: @escaping @Sendable (Stop, @escaping @Sendable (T) -> Void) throws -> Void
) -> AsyncStream<T> {
    AsyncStream { continuation in
        let stop = Stop()
        continuation.onTermination = { _ in stop.stop() }
        apart {
            // What the listener throws: this one throws nothing.
            try? follow(stop) { heard in _ = continuation.yield(heard) }
            continuation.finish()
        }
    }
}

/// Whether nobody listens any more.
private final class Ended: @unchecked Sendable {
    private let lock = NSLock()
    private var ended = false

    var isEnded: Bool { lock.withLock { ended } }

    func end() {
        lock.withLock { ended = true }
    }
}
