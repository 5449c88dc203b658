// freehold-reference FROM TO TESTS: looks whether every public name has a comment in the symbol graphs of the folder FROM, as the compiler
// wrote them, and whether a test in the folder TESTS calls every function; writes what apps see into the folder TO: a name that stands for a
// type of the generated module is that type there.

import Foundation

typealias Object = [String: Any]

/// What the compiler knows of a module.
struct Graph {
    var whole: Object
    var symbols: [Object]
    var relations: [Object]

    init(_ file: URL) throws {
        guard let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? Object,
            let symbols = whole["symbols"] as? [Object], let relations = whole["relationships"] as? [Object]
        else {
            throw CocoaError(.fileReadCorruptFile)
        }
        (self.whole, self.symbols, self.relations) = (whole, symbols, relations)
    }

    func write(_ file: URL) throws {
        var whole = whole
        (whole["symbols"], whole["relationships"]) = (symbols, relations)
        try JSONSerialization.data(withJSONObject: whole).write(to: file)
    }
}

func path(_ symbol: Object) -> [String] { symbol["pathComponents"] as? [String] ?? [] }

func kind(_ symbol: Object) -> String { (symbol["kind"] as? Object)?["identifier"] as? String ?? "" }

func id(_ symbol: Object) -> String { (symbol["identifier"] as? Object)?["precise"] as? String ?? "" }

func isDocumented(_ symbol: Object) -> Bool {
    let lines = (symbol["docComment"] as? Object)?["lines"] as? [Object] ?? []
    return lines.contains { ($0["text"] as? String)?.isEmpty == false }
}

let folders = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
guard folders.count == 3 else {
    FileHandle.standardError.write(Data("freehold-reference FROM TO TESTS\n".utf8))
    exit(2)
}
let graph = { (name: String) in try Graph(folders[0].appendingPathComponent("\(name).symbols.json")) }
var freehold = try graph("Freehold")
let (added, testing, rust) = (
    try graph("Freehold@FreeholdRust"), try graph("FreeholdTesting"), try graph("FreeholdRust")
)

// A name that stands for a type of the generated module.
let types = Set(rust.symbols.filter { path($0).count == 1 && kind($0) != "swift.func" }.map { path($0)[0] })
let names = freehold.symbols.filter {
    kind($0) == "swift.typealias" && path($0).count == 1 && types.contains(path($0)[0])
}
let shown = Set(names.map { path($0)[0] })
// Apps are given what these types hold, and make none: what makes them has no comment.
let meant = rust.symbols.filter { shown.contains(path($0)[0]) && kind($0) != "swift.init" }

let all = freehold.symbols + added.symbols + testing.symbols + meant
let bare = all.filter { !isDocumented($0) }.map { path($0).joined(separator: ".") }
guard bare.isEmpty else {
    let said = "without a comment:\n  \(bare.sorted().joined(separator: "\n  "))\n"
    FileHandle.standardError.write(Data(said.utf8))
    exit(1)
}

/// What the scenarios do not call: what C has no function for, what is one for the whole process, and what is another way to something that
/// they call.
let notInScenarios = [
    "Home.devices()", "Home.info()", "Home.inspect()", "Home.verify()", "Items.Iterator.next()",
    "Items.makeAsyncIterator()", "KeyStore.needsPassphrase(beside:)", "Kind.format(_:exponent:)",
    "Kind.parse(_:exponent:)", "Recipient.inspect()", "Recipient.size()", "Recipient.verify()",
    "Stream.info()", "log(from:)",
]

/// Functions that these files of the tests do not call.
@MainActor func missing(in files: [String]) throws -> [String] {
    let places = files.map { folders[2].appendingPathComponent($0) }
    let sources = try places.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    let uncalled = functions.filter {
        let name = path($0).last?.split(separator: "(").first ?? ""
        return !sources.contains("\(name)(") && !sources.contains(".\(name) {")
    }
    return uncalled.map { path($0).joined(separator: ".") }.sorted()
}

// What is called through a protocol or by the system has no call in a test.
let functions = (freehold.symbols + testing.symbols).filter {
    ["swift.method", "swift.type.method", "swift.func"].contains(kind($0))
}
let files = try FileManager.default.subpathsOfDirectory(atPath: folders[2].path)
    .filter { $0.hasSuffix(".swift") }
let uncalled = try missing(in: files)
guard uncalled.isEmpty else {
    FileHandle.standardError.write(Data("no test calls:\n  \(uncalled.joined(separator: "\n  "))\n".utf8))
    exit(1)
}
let staging = ["/Own.swift", "/Scenario.swift", "/Vectors.swift"]
let unstaged = try missing(in: files.filter { file in staging.contains { file.hasSuffix($0) } })
guard unstaged == notInScenarios else {
    let differ = Set(unstaged).symmetricDifference(notInScenarios).sorted().joined(separator: "\n  ")
    FileHandle.standardError.write(
        Data("called by a scenario or not, other than said:\n  \(differ)\n".utf8))
    exit(1)
}

let aliases = Set(names.map(id))
freehold.symbols = freehold.symbols.filter { !aliases.contains(id($0)) } + meant + added.symbols
let held = Set(freehold.symbols.map(id))
freehold.relations = (freehold.relations + added.relations + rust.relations).filter {
    held.contains($0["source"] as? String ?? "")
}
try FileManager.default.createDirectory(at: folders[1], withIntermediateDirectories: true)
try freehold.write(folders[1].appendingPathComponent("Freehold.symbols.json"))
try testing.write(folders[1].appendingPathComponent("FreeholdTesting.symbols.json"))
let calls = "each called by a test, and all but \(unstaged.count) by a scenario"
print("\(all.count) public names, each with a comment; \(functions.count) functions, \(calls)")
