import Foundation
import FreeholdRust

/// Some of what was asked for, and how it goes on.
public struct Page<Item: Sendable>: Sendable {
    /// What there is, in order of time.
    public let items: [Item]
    /// Where there is more: from when to ask for the rest.
    public let next: Time?
    /// What was asked for goes on after the keys that were given, from this time: not yet, until the lease is extended.
    public let notYet: Time?
}

extension Page: Equatable where Item: Equatable {}

// Pages cross as bytes: the layout is that of the library's module `page`.

private let header = 24

extension Page where Item == Reading {
    /// Readings as the library takes them.
    static func bytes(of readings: [Reading]) -> Data {
        var tail = Data()
        var bytes = Data(count: header + 24 * readings.count)
        bytes.withUnsafeMutableBytes { raw in
            raw.put(UInt32(readings.count), at: 0)
            raw.put(UInt8(1), at: 4)
            raw.put(UInt8(1), at: 5)
            var at = header
            for reading in readings {
                raw.put(reading.time.milliseconds, at: at)
                raw.put(reading.lasting, at: at + 8)
                raw.put(reading.flags.rawValue, at: at + 12)
                switch reading.value {
                case .none:
                    break
                case .number(let number):
                    raw.put(UInt8(1), at: at + 14)
                    raw.put(number, at: at + 16)
                case .bool(let yes):
                    raw.put(UInt8(2), at: at + 14)
                    raw.put(UInt8(yes ? 1 : 0), at: at + 16)
                case .state(let state):
                    raw.put(UInt8(3), at: at + 14)
                    raw.put(state, at: at + 16)
                case .point(let latitude, let longitude):
                    raw.put(UInt8(4), at: at + 14)
                    raw.put(latitude, at: at + 16)
                    raw.put(longitude, at: at + 20)
                case .text(let text):
                    raw.put(UInt8(5), at: at + 14)
                    raw.put(UInt32(tail.count), at: at + 16)
                    tail.append(contentsOf: text.utf8)
                    raw.put(UInt32(text.utf8.count), at: at + 20)
                }
                at += 24
            }
        }
        bytes.append(tail)
        return bytes
    }

    init(readings bytes: Data) throws {
        self = try bytes.withUnsafeBytes { raw in
            let rows = try Rows(raw, of: 24)
            let items = try (0..<rows.count).map { row in
                let at = header + 24 * row
                return Reading(
                    at: Time(milliseconds: raw.get(at)), try rows.value(at + 14),
                    lasting: raw.get(at + 8), flags: Flags(rawValue: raw.get(at + 12)))
            }
            return Page(items: items, next: rows.next, notYet: rows.notYet)
        }
    }
}

extension Page where Item == Window {
    init(windows bytes: Data) throws {
        self = try bytes.withUnsafeBytes { raw in
            let rows = try Rows(raw, of: 104)
            let items = try (0..<rows.count).map { row in
                let at = header + 104 * row
                let known: UInt8 = raw.get(at + 96)
                let has = { (facet: Int) in known & 1 << facet != 0 }
                return Window(
                    from: Time(milliseconds: raw.get(at)), until: Time(milliseconds: raw.get(at + 8)),
                    totals: has(1)
                        ? Window.Totals(
                            count: raw.get(at + 16), sum: raw.wide(at + 24, isSigned: true),
                            sumOfSquares: raw.wide(at + 40, isSigned: false)) : nil,
                    extremes: has(2)
                        ? Window.Extremes(
                            least: raw.get(at + 56), greatest: raw.get(at + 64), first: raw.get(at + 72),
                            last: raw.get(at + 80)) : nil,
                    distribution: has(3)
                        ? try rows.bins(first: raw.get(at + 100), count: raw.get(at + 98)) : nil,
                    index: has(4) ? raw.get(at + 88) as Int64 : nil)
            }
            return Page(items: items, next: rows.next, notYet: rows.notYet)
        }
    }
}

/// A page that is looked at. What the library gives is well-formed: another page is that of another version.
private struct Rows {
    let raw: UnsafeRawBufferPointer
    let count: Int
    let tail: Int
    let next: Time?
    let notYet: Time?

    init(_ raw: UnsafeRawBufferPointer, of length: Int) throws {
        guard raw.count >= header, raw[4] == 1 else {
            throw Rows.other
        }
        (self.raw, count) = (raw, Int(raw.get(0) as UInt32))
        tail = header + length * count
        guard raw.count >= tail else {
            throw Rows.other
        }
        let known = raw[6]
        next = known & 1 != 0 ? Time(milliseconds: raw.get(8)) : nil
        notYet = known & 2 != 0 ? Time(milliseconds: raw.get(16)) : nil
    }

    func value(_ at: Int) throws -> Value {
        switch raw[at] {
        case 0: return .none
        case 1: return .number(raw.get(at + 2))
        case 2: return .bool(raw[at + 2] != 0)
        case 3: return .state(raw.get(at + 2))
        case 4: return .point(latitude: raw.get(at + 2), longitude: raw.get(at + 6))
        case 5:
            let (first, length) = (Int(raw.get(at + 2) as UInt32), Int(raw.get(at + 6) as UInt32))
            guard tail + first + length <= raw.count else {
                throw Rows.other
            }
            return .text(String(decoding: raw[(tail + first)..<(tail + first + length)], as: UTF8.self))
        default: throw Rows.other
        }
    }

    func bins(first: UInt32, count: UInt16) throws -> [UInt64] {
        let start = tail + 8 * Int(first)
        guard start + 8 * Int(count) <= raw.count else {
            throw Rows.other
        }
        return (0..<Int(count)).map { raw.get(start + 8 * $0) }
    }

    static var other: FreeholdError {
        FreeholdError(.badArgument, "a page of another version of the library")
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func get<T: FixedWidthInteger>(_ at: Int) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: at, as: T.self))
    }

    fileprivate func wide(_ at: Int, isSigned: Bool) -> WideInt {
        WideInt(high: get(at + 8), low: get(at), isSigned: isSigned)
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func put<T: FixedWidthInteger>(_ number: T, at: Int) {
        storeBytes(of: number.littleEndian, toByteOffset: at, as: T.self)
    }
}

/// What lies in a time, page after page, as far as it is asked for.
public struct Items<Item: Sendable>: AsyncSequence, Sendable {
    /// What there is one after the other.
    public typealias Element = Item
    let page: @Sendable (Time) async throws -> Page<Item>
    let from: Time

    public func makeAsyncIterator() -> Iterator {
        Iterator(page: page, next: from)
    }

    /// Goes from one to the next, and fetches a page where the one before is used up.
    public struct Iterator: AsyncIteratorProtocol {
        let page: @Sendable (Time) async throws -> Page<Item>
        var next: Time?
        var items: [Item] = []
        var at = 0

        public mutating func next() async throws -> Item? {
            while at == items.count {
                guard let from = next else {
                    return nil
                }
                let page = try await self.page(from)
                (items, at, next) = (page.items, 0, page.next)
            }
            at += 1
            return items[at - 1]
        }
    }
}
