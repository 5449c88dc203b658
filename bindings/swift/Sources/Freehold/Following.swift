import FreeholdRust

/// Tells that something was changed since it was last asked.
public final class Watch: Sendable {
    let watch: FreeholdRust.Watch
    private let leave: @Sendable () -> Void

    init(_ watch: FreeholdRust.Watch, _ gate: Gate) {
        self.watch = watch
        leave = gate.enter { watch.end() }
    }

    deinit {
        leave()
    }

    /// Waits until something has changed, but no longer than `most`, or until what it watches is closed. Says whether it did. When its
    /// task is cancelled the watch has ended for good.
    public func changed(within most: Duration = .zero) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                apart { [watch] in continuation.resume(returning: watch.waitFor(mostMs: most.wait)) }
            }
        } onCancel: {
            watch.end()
        }
    }
}

/// What a watch tells, for as long as somebody listens and what is watched is open.
func watched(_ watch: FreeholdRust.Watch, _ gate: Gate) -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let stop = Stop()
        let leave = gate.enter {
            stop.stop()
            watch.end()
        }
        continuation.onTermination = { _ in
            stop.stop()
            watch.end()
            leave()
        }
        apart {
            while !stop.isStopped() {
                if watch.waitFor(mostMs: 60_000) {
                    continuation.yield()
                }
            }
            continuation.finish()
        }
    }
}

/// What is heard of something that goes on until nobody listens, it ends by itself or it is closed.
func followed<T: Sendable>(
    _ gate: Gate,
    _ follow: @escaping @Sendable (Stop, @escaping @Sendable (T) -> Void) throws -> Void
) -> AsyncStream<T> {
    AsyncStream { continuation in
        let stop = Stop()
        let leave = gate.enter(uses: true) { stop.stop() }
        continuation.onTermination = { _ in stop.stop() }
        apart {
            // What the listener throws: this one throws nothing.
            try? follow(stop) { heard in _ = continuation.yield(heard) }
            leave()
            continuation.finish()
        }
    }
}
