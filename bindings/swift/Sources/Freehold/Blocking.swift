import Foundation
import FreeholdRust

/// The library's calls block, and Swift's threads must not: what blocks for a short while runs here.
private let threads = DispatchQueue(label: "freehold", attributes: .concurrent)

/// Runs what blocks for a short while, to its end.
func blocking<T: Sendable>(_ act: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        threads.async {
            continuation.resume(with: Result { try told(act) })
        }
    }
}

/// Runs what may wait for long on a thread of its own: the queue's are few, and on Linux Swift's tasks run on the same.
func apart(_ act: @escaping @Sendable () -> Void) {
    let thread = Thread(block: act)
    thread.name = "freehold"
    thread.start()
}

/// Runs what waits for a peer until it is done, the task is cancelled or the time is over.
func stoppable<T: Sendable>(
    _ stop: Stop = Stop(), _ act: @escaping @Sendable (Stop) throws -> T
) async throws -> T {
    try await withTaskCancellationHandler {
        do {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                apart { continuation.resume(with: Result { try told { try act(stop) } }) }
            }
        } catch let error as FreeholdError where error.reason == .stopped && Task.isCancelled {
            throw CancellationError()
        }
    } onCancel: {
        stop.stop()
    }
}
