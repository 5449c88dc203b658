import Foundation
import FreeholdRust

/// The way into what can be closed: a home with its streams and offers, or a recipient.
final class Gate: @unchecked Sendable {
    private let lock = NSCondition()
    private var isClosed = false
    /// What ends each that waits now.
    private var waiting: [UInt64: @Sendable () -> Void] = [:]
    /// Those of them that use the store until they have ended.
    private var following: Set<UInt64> = []
    private var count: UInt64 = 0

    /// A short call, from whatever thread this is.
    func open<T>(_ act: () throws -> T) throws -> T {
        guard !lock.withLock({ isClosed }) else {
            throw FreeholdError.closed
        }
        do {
            return try told(act)
        } catch let error as FreeholdError where error.reason == .storage && lock.withLock({ isClosed }) {
            // It was closed in the middle of the call.
            throw FreeholdError.closed
        }
    }

    /// A short call.
    func call<T: Sendable>(_ act: @escaping @Sendable () throws -> T) async throws -> T {
        try await blocking { try self.open(act) }
    }

    /// What waits for a peer: it ends when it is done, the task is cancelled, the time is over or this is closed.
    func stoppable<T: Sendable>(
        _ timeout: Duration? = nil, _ act: @escaping @Sendable (Stop) throws -> T
    ) async throws -> T {
        let stop = timeout.map { Stop.after(mostMs: $0.wait) } ?? Stop()
        let leave = enter { stop.stop() }
        defer { leave() }
        return try await Freehold.stoppable(stop) { stop in try self.open { try act(stop) } }
    }

    /// Notes what ends something that goes on, for when this is closed; gives what forgets it again. What comes too late is ended at once.
    /// Closing waits for what `uses` the store until it is forgotten.
    func enter(uses: Bool = false, _ end: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let number = lock.withLock { () -> UInt64? in
            guard !isClosed else {
                return nil
            }
            count += 1
            waiting[count] = end
            if uses {
                following.insert(count)
            }
            return count
        }
        guard let number else {
            end()
            return {}
        }
        return { [weak self] in
            guard let self else { return }
            lock.withLock {
                waiting[number] = nil
                following.remove(number)
                lock.broadcast()
            }
        }
    }

    /// A peer that says nothing more holds up nobody for longer than it takes to say goodbye.
    private func waitForFollowing() {
        let most = Date(timeIntervalSinceNow: 5)
        lock.withLock {
            while !following.isEmpty, lock.wait(until: most) {}
        }
    }

    /// Closes, once: whoever waits is let go, and then `act` is done.
    func close(_ act: @escaping @Sendable () throws -> Void) async throws {
        let ends = lock.withLock { () -> [@Sendable () -> Void]? in
            guard !isClosed else {
                return nil
            }
            isClosed = true
            defer { waiting = [:] }
            return Array(waiting.values)
        }
        if let ends {
            for end in ends {
                end()
            }
            try await blocking {
                self.waitForFollowing()
                try act()
            }
        }
    }
}
