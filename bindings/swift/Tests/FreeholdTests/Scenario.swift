import Foundation
import FreeholdTesting

/// Runs a scenario of `tests/scenarios`; that folder's README says what a step does and what is written.
final class Scenario {
    private let clock: Clock
    private let ownClock: OwnClock
    private let isOwn: Bool
    private let folder: URL
    private let steps: [Step]
    private var homes: [String: Home] = [:]
    private var recipients: [String: Recipient] = [:]
    private var streams: [String: (home: String, called: String, stream: Freehold.Stream)] = [:]
    /// The key store and the signer that the program brings for a home or a recipient, and which key store each has.
    private var brought: [String: Brought] = [:]
    private var keysOf: [String: String?] = [:]
    private var signers: [String: Signer] = [:]
    private var requests: [String: Request] = [:]
    private var proposals: [String: Proposal] = [:]
    private var grants: [String: Grant] = [:]
    private var consents: [String: String] = [:]
    private var relays: [String: RelayProcess] = [:]
    private var watches: [String: Watch] = [:]
    /// What is chosen by chance, and what the scenario calls it.
    private var names: [(chosen: String, name: String)] = []

    init(_ file: URL, folder: URL) throws {
        guard case .object(let all) = try JSONDecoder().decode(Json.self, from: Data(contentsOf: file)) else {
            fatalError("no scenario")
        }
        let whole = Step(members: all)
        let own = OwnClock(Time(milliseconds: whole.number("clock")))
        (ownClock, isOwn) = (own, whole.has("own_clock"))
        clock = isOwn ? Clock { own.now } : Clock(standingAt: own.now)
        steps = whole.list("steps").map {
            if case .object(let members) = $0 { Step(members: members) } else { fatalError("no step") }
        }
        self.folder = folder
    }

    func run() async throws -> String {
        var written = ""
        for (index, step) in steps.enumerated() {
            let verb = step.text("do")
            written += "\(index + 1) \(verb)\n"
            var came = try await orError { try await act(verb, step) }
            came = named(came)
            written += indented(came)
        }
        for relay in relays.values {
            relay.end()
        }
        return written
    }

    private func named(_ text: String) -> String {
        names.reduce(text) { $0.replacingOccurrences(of: $1.chosen, with: $1.name) }
    }

    private func act(_ verb: String, _ step: Step) async throws -> String {
        switch verb {
        case "clock":
            ownClock.now = Time(milliseconds: step.number("at"))
            if !isOwn {
                try clock.set(to: ownClock.now)
            }
        case "home": try await makeHome(step)
        case "recipient": try await makeRecipient(step)
        case "own": brought[step.text("of")]!.will(be: Brought.Presence(rawValue: step.text("is"))!)
        case "now":
            let now = step.has("home") ? home(step).now : recipient(step).now
            return "\(now.milliseconds)"
        case "reopen": try await reopen(step)
        case "device": try await home(step).addDevice(step.text("name"))
        case "stream": try await addStream(step)
        case "streams": return lines(try await home(step).streams().map(line))
        case "record": return try await record(step)
        case "flush": try await stream(step).flush()
        case "read": return try await read(step)
        case "summaries": return try await summaries(step)
        case "request": return try await request(step)
        case "propose": return try await propose(step)
        case "approve":
            let proposal = proposals[step.text("proposal")]!
            grants[step.text("as")] = try await home(step).approve(proposal, shown: proposal.shown)
        case "accept":
            let consent = try await recipient(step).accept(grants[step.text("grant")]!.file)
            names.append((consent, "<\(step.text("as"))>"))
            consents[step.text("as")] = consent
        case "carry": return try await carry(home(step), recipient(step))
        case "relay":
            relays[step.text("as")] = try RelayProcess(
                program: Places.relay, data: folder.appendingPathComponent(step.text("as")))
        case "sync": return try await sync(step)
        case "follow": return await follow(step)
        case "receipts": return lines(try await home(step).receipts().map { named(line($0.event)) }.sorted())
        case "consents": return try await listConsents(step)
        case "revoke": try await home(step).revoke(consents[step.text("consent")]!)
        case "erase": return lines(try await home(step).erase(stream(step), span(step)))
        case "erasable": return lines(try await home(step).erasable(stream(step), span(step)))
        case "renew": return "\(try await home(step).renewKey())"
        case "erasures": return try await erasures(step)
        case "join": try await join(step)
        case "parties":
            return lines(
                try await home(step).parties().map { party in
                    let role = party.role == .agent ? "agent" : "device"
                    return "\(role) \(party.name)\(party.removed == nil ? "" : " removed")"
                })
        case "remove": try await home(step).remove(step.text("name"))
        case "vectors": return try await Vectors(step, clock).run()
        case "changed": return "\(await watches[holder(step)]!.changed())"
        default: fatalError("no such step: \(verb)")
        }
        return ""
    }

    /// A parcel from one to the other, and what was erased back.
    private func carry(_ home: Home, _ recipient: Recipient) async throws -> String {
        let parcel = try await home.parcel(card: recipient.card(), have: recipient.have())
        let came = try await recipient.receive(parcel)
        try await home.hearReceipts(recipient.have())
        return received(came)
    }

    private func makeHome(_ step: Step) async throws {
        let (name, called) = (step.text("as"), step.text("name"))
        let keys = try keys(for: name, step.has("keys") ? step.text("keys") : nil)
        keep(
            name,
            keysOf[name] == "memory"
                ? try await Home.inMemory(name: called, keys: keys, clock: clock)
                : try await Home.create(at: place(name), name: called, keys: keys, clock: clock))
    }

    /// The key store of a home or a recipient: the same again for what is opened again.
    private func keys(for name: String, _ how: String?) throws -> KeyStore {
        keysOf[name] = how
        let own = try brought[name] ?? Brought()
        brought[name] = own
        switch how {
        case nil: return .file(beside: place(name))
        case "passphrase": return .passphrase(passphrase, beside: place(name))
        case "own": return .over(own, kind: .memory)
        case "memory": return .memory
        default: fatalError("no such keys")
        }
    }

    private func place(_ name: String) -> URL { folder.appendingPathComponent(name) }

    private func keep(_ name: String, _ home: Home) {
        watches[name] = home.watch()
        homes[name] = home
    }

    private func makeRecipient(_ step: Step) async throws {
        let (name, called) = (step.text("as"), step.text("name"))
        let role: Role = step.text("role") == "controller" ? .controller : .processor
        let keys = try keys(for: name, step.has("keys") ? step.text("keys") : nil)
        if step.has("signer") {
            signers[name] = try .over(brought[name]!)
        }
        let made =
            keysOf[name] == "memory"
            ? try await Recipient.inMemory(name: called, role: role, keys: keys, clock: clock)
            : try await Recipient.create(
                at: place(name), name: called, role: role, keys: keys, clock: clock, signer: signers[name])
        names.append((made.fingerprint, "<\(name)>"))
        keep(name, made)
    }

    private func keep(_ name: String, _ recipient: Recipient) {
        watches[name] = recipient.watch()
        recipients[name] = recipient
    }

    private func reopen(_ step: Step) async throws {
        let name = holder(step)
        let keys =
            step.has("passphrase")
            ? KeyStore.passphrase(step.text("passphrase"), beside: place(name))
            : try keys(for: name, keysOf[name]!)
        watches[name] = nil
        guard step.has("home") else {
            try await recipients[name]?.close()
            recipients[name] = nil
            let signer = signers[name]
            keep(
                name,
                try await opened {
                    try await Recipient.open(
                        at: self.place(name), keys: keys, clock: self.clock, signer: signer)
                })
            return
        }
        try await homes[name]?.close()
        homes[name] = nil
        let home = try await opened {
            try await Home.open(at: self.place(name), keys: keys, clock: self.clock)
        }
        for (known, (_, called, _)) in streams.filter({ $0.value.home == name }) {
            streams[known] = (name, called, try await home.stream(called))
        }
        keep(name, home)
    }

    /// What was released a moment ago may still be open for another.
    private func opened<T>(_ open: () async throws -> T) async throws -> T {
        for _ in 0..<100 {
            do {
                return try await open()
            } catch let error as FreeholdError where error.reason == .busy {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return try await open()
    }

    private func addStream(_ step: Step) async throws {
        var spec = StreamSpec(
            kind: step.text("kind"), zone: step.text("zone"), levels: step.texts("levels").map(level))
        if step.has("facets") {
            spec.facets = step.texts("facets").map(facet)
        }
        let (called, device) = (step.text("name"), step.text("device"))
        let stream =
            step.has("for")
            ? try await home(step).addStream(called, of: device, writtenBy: step.text("for"), spec)
            : try await home(step).addStream(called, of: device, spec)
        streams[step.text("as")] = (step.text("home"), called, stream)
    }

    private func record(_ step: Step) async throws -> String {
        let lasting = step.has("lasting") ? UInt32(step.number("lasting")) : 0
        let readings = step.list("values").enumerated().map { index, value in
            let at = Time(milliseconds: step.number("from") + Int64(index) * step.number("every"))
            return Reading(at: at, self.value(value), lasting: lasting)
        }
        let done = try await stream(step).record(readings)
        return
            "new=\(done.added) duplicates=\(done.duplicates) corrected=\(done.corrected) late=\(done.late) kept=\(done.kept) dropped=\(done.dropped)"
    }

    private func read(_ step: Step) async throws -> String {
        let limit = Int(step.number("limit"))
        let page =
            step.has("stream")
            ? try await stream(step).readings(span(step), limit: limit)
            : try await recipient(step).readings(span(step), limit: limit)
        return lines(page, line)
    }

    private func summaries(_ step: Step) async throws -> String {
        let (limit, level) = (Int(step.number("limit")), level(step.text("level")))
        let page =
            step.has("stream")
            ? try await stream(step).summaries(level, span(step), limit: limit)
            : try await recipient(step).summaries(level, span(step), limit: limit)
        return lines(page, line)
    }

    private func request(_ step: Step) async throws -> String {
        var wishes = Wishes(for: step.text("purpose"))
        wishes.ask(
            step.text("kind"), levels: step.texts("levels").map(level),
            facets: step.texts("facets").map(facet), from: Time(milliseconds: step.number("from")),
            until: step.has("until") ? Time(milliseconds: step.number("until")) : nil)
        if step.has("retention") {
            wishes.retentionDays = UInt16(step.number("retention"))
        }
        let request = try await recipient(step).request(wishes)
        requests[step.text("as")] = request
        return try explain(request.file, zone: "UTC").text
    }

    private func propose(_ step: Step) async throws -> String {
        var choices = Choices()
        if step.has("stream") {
            choices.streams = [streams[step.text("stream")]!.called]
        }
        let proposal = try await home(step).propose(requests[step.text("request")]!, choices)
        proposals[step.text("as")] = proposal
        return "\(proposal.text)reveals=\(proposal.reveals) expires=\(proposal.expires.milliseconds)"
    }

    private func sync(_ step: Step) async throws -> String {
        let process = relays[step.text("relay")]!
        let relay = process.relay
        guard step.has("over") else {
            guard step.has("home") else {
                return received(try await recipient(step).sync(with: relay))
            }
            return "entries=\(try await home(step).sync(with: relay).entries)"
        }
        let place = String(process.address.prefix { $0 != "#" })
        let way =
            step.text("over") == "transport"
            ? try await Transport.connect(to: place) : Transport(try OwnPipe(place))
        guard step.has("home") else {
            let consent = consents[step.text("consent")]!
            return received(try await recipient(step).sync(with: relay, consent: consent, over: way))
        }
        return "entries=\(try await home(step).sync(with: relay, over: way).entries)"
    }

    /// Until a home has brought something, or a recipient has as many entries as the step says.
    private func follow(_ step: Step) async -> String {
        let relay = relays[step.text("relay")]!.relay
        if step.has("home") {
            for await told in home(step).following(relay) {
                if let uploaded = try? told.get(), uploaded.stretches > 0 {
                    return "brought=true"
                }
            }
            return "brought=false"
        }
        var came: UInt64 = 0
        for await (_, told) in recipient(step).following(relay) {
            came += (try? told.get().entries) ?? 0
            if came >= UInt64(step.number("entries")) {
                break
            }
        }
        return "entries=\(came)"
    }

    private func listConsents(_ step: Step) async throws -> String {
        let all = try await step.has("home") ? home(step).consents() : recipient(step).consents()
        return lines(
            all.map { consent in
                let about =
                    step.has("home")
                    ? consent.recipient : consent.streams.map(\.name).joined(separator: ",")
                return "\(consent.id) \(about) \(name(of: consent.state))"
            })
    }

    private func erasures(_ step: Step) async throws -> String {
        lines(
            try await home(step).erasures().flatMap { erasure in
                let span = erasure.span
                let from = span.lowerBound.milliseconds
                let until = span.upperBound.milliseconds
                return ["\(erasure.stream) \(from) \(until)"]
                    + erasure.confirmations.map { one in
                        "  \(one.name) \(one.at == nil ? "awaited" : "answered")"
                    }
            })
    }

    private func join(_ step: Step) async throws {
        let name = step.text("as")
        let role: PartyRole = step.text("role") == "agent" ? .agent : .device
        let door = try Door()
        let invitation = try await home(step).invite(at: door.place, as: role)
        let offer = invitation.text
        let keys = try keys(for: name, nil)
        async let taken = invitation.accept(over: Transport(door)) { _ in true }
        let transport = try await Transport.connect(to: Invitation.place(of: offer))
        let joined = try await Home.join(
            at: place(name), name: step.text("name"), as: role, keys: keys, clock: clock,
            offer: offer, over: transport
        ) { _ in true }
        _ = try await taken
        keep(name, joined)
    }

    private func home(_ step: Step) -> Home { homes[step.text("home")]! }

    private func recipient(_ step: Step) -> Recipient { recipients[step.text("recipient")]! }

    private func stream(_ step: Step) -> Freehold.Stream { streams[step.text("stream")]!.stream }

    /// Who a step is about: a home or a recipient.
    private func holder(_ step: Step) -> String { step.text(step.has("home") ? "home" : "recipient") }

    private func span(_ step: Step) -> Range<Time> {
        Time(milliseconds: step.number("from"))..<Time(milliseconds: step.number("until"))
    }

    private func value(_ json: Json) -> Value {
        switch json {
        case .number(let number): .number(number)
        case .bool(let yes): .bool(yes)
        case .text(let text): .text(text)
        case .list, .object, .nothing: fatalError("no value")
        }
    }
}

func received(_ came: Received) -> String {
    "entries=\(came.entries) pieces=\(came.pieces) extensions=\(came.extensions) revocations=\(came.revocations)"
}

private let passphrase = "correct horse battery staple"

private func line(_ stream: StreamInfo) -> String {
    let levels = stream.levels.map(name).joined(separator: ",")
    return "\(stream.name) \(stream.kind) \(stream.zone) \(levels) exponent=\(stream.exponent)"
}

private func line(_ event: ReceiptEvent) -> String {
    switch event {
    case .fetched(let consent, let stream, let level, let from, let until, let entries):
        "fetched \(consent) \(stream) \(name(of: level)) \(from) \(until) entries=\(entries)"
    case .letters(let consent, let letters): "letters \(consent) \(letters)"
    case .done: "done"
    case .other: "other"
    }
}

private func lines(_ report: ErasureReport) -> String {
    let levels = report.levels.map { "\(name(of: $0.level)) slots=\($0.slots)" }
    let holders = report.holders.map { "holder \($0.recipient) \(name(of: $0.level)) slots=\($0.slots)" }
    let traces = report.traces.map { trace in
        switch trace {
        case .difference(let recipient, let coarse, let fine):
            "trace \(recipient) \(name(of: coarse)) \(name(of: fine))"
        case .index: "trace index"
        }
    }
    return lines(levels + holders + traces)
}

func line(_ reading: Reading) -> String {
    let value =
        switch reading.value {
        case .none: "none"
        case .number(let number): "number \(number)"
        case .bool(let yes): "bool \(yes)"
        case .state(let state): "state \(state)"
        case .point(let latitude, let longitude): "point \(latitude) \(longitude)"
        case .text(let text): "text \(text)"
        }
    let flags = reading.flags.isEmpty ? "" : " flags=\(reading.flags.rawValue)"
    return "\(reading.time.milliseconds)+\(reading.lasting) \(value)\(flags)"
}

func line(_ window: Window) -> String {
    var text = "\(window.from.milliseconds) \(window.until.milliseconds)"
    if let totals = window.totals {
        text += " count=\(totals.count) sum=\(totals.sum) sum_squares=\(totals.sumOfSquares)"
    }
    if let ends = window.extremes {
        text += " min=\(ends.least) max=\(ends.greatest) first=\(ends.first) last=\(ends.last)"
    }
    if let bins = window.distribution {
        text += " distribution=\(bins.map(String.init).joined(separator: ","))"
    }
    return window.index.map { "\(text) index=\($0)" } ?? text
}

func lines<Item>(_ page: Page<Item>, _ line: (Item) -> String) -> String {
    let next = page.next.map { "next \($0.milliseconds)" }
    let notYet = page.notYet.map { "not yet \($0.milliseconds)" }
    return lines(page.items.map(line) + [next, notYet].compactMap { $0 })
}

/// What came of it, or its error as a line.
func orError(_ act: () async throws -> String) async throws -> String {
    do {
        return try await act()
    } catch let error as FreeholdError {
        return "error \(error.reason.rawValue) \(error.text)"
    }
}

/// Every line two spaces in, and each with its end.
func indented(_ text: String) -> String {
    var all = text.split(separator: "\n", omittingEmptySubsequences: false)
    if all.last?.isEmpty == true {
        all.removeLast()
    }
    return all.map { "  \($0)\n" }.joined()
}

func lines(_ lines: [String]) -> String { lines.joined(separator: "\n") }

private let levels = ["raw", "minute", "quarter-hour", "half-hour", "hour", "day", "month"]
private let facets = ["readings", "totals", "extremes", "distribution", "index"]

private func level(_ name: String) -> Level { Level.allCases[levels.firstIndex(of: name)!] }

func name(of level: Level) -> String { levels[Level.allCases.firstIndex(of: level)!] }

private func facet(_ name: String) -> Facet { Facet.allCases[facets.firstIndex(of: name)!] }

func name(of state: ConsentState) -> String {
    switch state {
    case .notYet: "pending"
    case .live: "live"
    case .revoked: "revoked"
    case .expired: "expired"
    }
}
