import Foundation

/// A scenario's file, as it is read.
enum Json: Decodable {
    case number(Int64)
    case bool(Bool)
    case text(String)
    case list([Json])
    case object([String: Json])
    case nothing

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .nothing
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([Json].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: Json].self))
        }
    }
}

/// A step of a scenario. What it lacks ends the test.
struct Step {
    let members: [String: Json]

    func has(_ key: String) -> Bool { members[key] != nil }

    func text(_ key: String) -> String {
        guard case .text(let text) = members[key] else { fatalError("no text \(key) in \(members)") }
        return text
    }

    func number(_ key: String) -> Int64 {
        guard case .number(let number) = members[key] else { fatalError("no number \(key) in \(members)") }
        return number
    }

    func list(_ key: String) -> [Json] {
        guard case .list(let list) = members[key] else { fatalError("no list \(key) in \(members)") }
        return list
    }

    func texts(_ key: String) -> [String] {
        list(key).map { if case .text(let text) = $0 { text } else { fatalError("no text in \(key)") } }
    }
}
