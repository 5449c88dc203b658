import Foundation
import FreeholdTesting

/// Runs vectors through the library's interface, as `tests/scenarios/README.md` says. What is read is read in the span of the step.
struct Vectors {
    private let step: Step
    private let clock: Clock

    init(_ step: Step, _ clock: Clock) {
        self.step = step
        self.clock = clock
    }

    func run() async throws -> String {
        let operation = step.text("of")
        let folder = Places.root.appendingPathComponent("tests/vectors/\(operation)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        var written = ""
        // As bytes are ordered, whatever the language of the machine.
        for file in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let read = try Data(contentsOf: folder.appendingPathComponent(file))
            guard case .object(let members) = try JSONDecoder().decode(Json.self, from: read),
                case .object(let input) = members["input"]
            else { fatalError("no vector") }
            let came = try await orError { try await ofCase(operation, Step(members: input)) }
            written += "\(file.dropLast(".json".count))\n\(indented(came))"
        }
        return written
    }

    private func ofCase(_ operation: String, _ input: Step) async throws -> String {
        switch operation {
        case "consent/card": return try shown(.card, input.text("card"))
        case "consent/request": return try shown(.request, input.text("request"))
        case "consent/grant": return try await accepted(octets(input.text("file")), input).line
        case "consent/bundle": return try await accepted(grant(of: input), input).line
        case "parcel/open": return try await takenIn(input)
        default: fatalError("the library does not do \(operation)")
        }
    }

    private func shown(_ type: FileType, _ signed: String) throws -> String {
        let explained = try explain(file(type, octets(signed)), zone: "UTC")
        return "\(explained.kind) \(explained.id ?? "")\n\(explained.text)"
    }

    private func accepted(
        _ grant: Data, _ input: Step
    ) async throws -> (recipient: Recipient, streams: [String], line: String) {
        let recipient = try Recipient.ofGrant(grant, seed: octets(input.text("seed")), clock: clock)
        let consent = try await recipient.accept(grant)
        let streams = try await recipient.consents()[0].streams.map(\.name)
        return (recipient, streams, "\(consent) \(streams.joined(separator: ","))")
    }

    /// Takes in the parcels that came after a grant, and reads every stream at every level.
    private func takenIn(_ input: Step) async throws -> String {
        let (recipient, streams, line) = try await accepted(octets(input.text("grant")), input)
        var written = "\(line)\n"
        for parcel in input.texts("parcels") {
            written += "\(received(try await recipient.receive(file(.parcel, octets(parcel)))))\n"
        }
        written += "\(name(of: try await recipient.consents()[0].state))\n"
        for stream in streams {
            for level in Level.allCases {
                let found = try await orError { try await read(recipient, stream, level) }
                written += "\(stream) \(name(of: level))\n\(found.isEmpty ? "" : indented(found))"
            }
        }
        return written
    }

    private func read(_ recipient: Recipient, _ stream: String, _ level: Level) async throws -> String {
        let from = Time(milliseconds: step.number("from"))
        let span = from..<Time(milliseconds: step.number("until"))
        if level == .raw {
            return lines(try await recipient.readings(span, stream: stream, limit: most), line)
        }
        return lines(try await recipient.summaries(level, span, stream: stream, limit: most), line)
    }
}

private let types: [FileType] = [.card, .request, .grant, .revocation, .extension, .parcel, .have]

/// A file with this in it.
private func file(_ type: FileType, _ signed: Data) -> Data {
    let number = UInt8(types.firstIndex(of: type)! + 1)
    return Data("FRHD".utf8) + [number, 1] + signed
}

/// A grant of what the bundles of a case are of.
private func grant(of input: Step) -> Data {
    let bundles = input.texts("bundles")
    let signed = withLength(input.text("card")) + withLength(input.text("token"))
    return file(.grant, bundles.reduce(signed + length(bundles.count)) { $0 + withLength($1) })
}

private func withLength(_ digits: String) -> Data {
    let octets = octets(digits)
    return length(octets.count) + octets
}

/// In groups of seven bits, the least first.
private func length(_ length: Int) -> Data {
    var (bytes, rest) = (Data(), length)
    while rest > 127 {
        bytes.append(UInt8(rest & 127 | 128))
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

private func octets(_ digits: String) -> Data {
    let digits = Array(digits.utf8)
    let pairs = stride(from: 0, to: digits.count, by: 2)
    return Data(pairs.map { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)! })
}

/// More than any case has.
private let most = 1000
