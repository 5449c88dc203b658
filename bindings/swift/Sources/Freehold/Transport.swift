import Foundation
import FreeholdRust

/// A pipe of the app's own to one peer, such as Bluetooth. It is called by one thread at a time. Nothing that it carries has to be secret,
/// or known to come from the peer: the meeting sees to that.
public protocol Pipe: Sendable {
    /// Sends all of it. While the peer takes nothing because it is sending itself, what it sends must be taken in.
    func send(_ bytes: Data) throws(PipeError)
    /// What has come, at most so many bytes, waiting for the first no longer than `wait`; nothing when none came.
    func receive(atMost most: Int, waiting wait: Duration) throws(PipeError) -> Data
}

/// Why a pipe is of no more use.
public enum PipeError: Error, Sendable {
    /// The peer closed it, and everything that it sent was taken.
    case closed
    /// The peer takes nothing more, or says nothing more.
    case stalled
    /// It broke.
    case failed
}

/// A pipe to one peer.
public struct Transport: Sendable {
    let transport: FreeholdRust.Transport

    /// Over a pipe of the app's own.
    public init(_ pipe: any Pipe) {
        transport = .over(calls: Calls(pipe: pipe))
    }

    /// Connects to `HOST:PORT` by TCP.
    ///
    /// - Throws: `unreachable`; `CancellationError`; ``FreeholdError/Reason/badArgument`` for another form.
    public static func connect(to place: String, within most: Duration = .seconds(30)) async throws
        -> Transport
    {
        try await stoppable { stop in
            Transport(transport: try .connect(place: place, mostMs: most.wait, stop: stop))
        }
    }

    init(transport: FreeholdRust.Transport) {
        self.transport = transport
    }
}

private final class Calls: TransportCalls {
    let pipe: any Pipe

    init(pipe: any Pipe) {
        self.pipe = pipe
    }

    func send(bytes: Data) throws {
        do throws(PipeError) {
            try pipe.send(bytes)
        } catch {
            throw lowered(error)
        }
    }

    func receive(most: UInt32, waitMs: UInt64) throws -> Data {
        do throws(PipeError) {
            let wait = Duration.milliseconds(Int64(clamping: waitMs))
            return try pipe.receive(atMost: Int(most), waiting: wait)
        } catch {
            throw lowered(error)
        }
    }

    private func lowered(_ error: PipeError) -> TransportError {
        switch error {
        case .closed: .Closed
        case .stalled: .Stalled
        case .failed: .Failed
        }
    }
}
