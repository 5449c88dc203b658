import XCTest

@testable import Freehold

/// What crosses as bytes is what was meant.
final class PageTests: XCTestCase {
    func testReadingsComeBackAsTheyWent() throws {
        let values: [Value] = [
            .none, .number(.min), .number(-1), .number(.max), .bool(true), .bool(false), .state(65535),
            .point(latitude: -900_000_000, longitude: 1_800_000_000), .text(""), .text("grün"), .text("💧"),
        ]
        let readings = values.enumerated().map { index, value in
            Reading(
                at: Time(milliseconds: Int64(index) * 1000 + 1), value, lasting: UInt32(index),
                flags: index % 2 == 0 ? [] : [.manual, .estimated])
        }
        let page = try Page(readings: Page.bytes(of: readings))
        XCTAssertEqual(page.items, readings)
        XCTAssertNil(page.next)
    }

    func testAPageOfAnotherVersionIsRefused() {
        var bytes = Page.bytes(of: [Reading(at: Time(milliseconds: 1), 2)])
        for length in 0..<bytes.count {
            XCTAssertThrowsError(try Page<Reading>(readings: bytes.prefix(length)))
        }
        bytes[4] = 2
        XCTAssertThrowsError(try Page<Reading>(readings: bytes))
    }

    func testWideNumbersAreWrittenExactly() {
        let wide = { (high: UInt64, low: UInt64, isSigned: Bool) in
            WideInt(high: high, low: low, isSigned: isSigned).description
        }
        XCTAssertEqual(wide(0, 0, true), "0")
        XCTAssertEqual(wide(0, .max, true), "18446744073709551615")
        XCTAssertEqual(wide(.max, .max, true), "-1")
        XCTAssertEqual(wide(.max, .max, false), "340282366920938463463374607431768211455")
        XCTAssertEqual(wide(1 << 63, 0, true), "-170141183460469231731687303715884105728")
        XCTAssertEqual(wide(0, 1_000_000_000_000_000_000, true), "1000000000000000000")
        XCTAssertEqual(wide(1, 0, false), "18446744073709551616")
        XCTAssertEqual(WideInt(high: .max, low: 1 << 63, isSigned: true).int64, .min)
        XCTAssertEqual(WideInt(high: .max, low: .max - 4, isSigned: true).int64, -5)
        XCTAssertEqual(WideInt(high: 0, low: 7, isSigned: true).double, 7)
        XCTAssertNil(WideInt(high: 0, low: .max, isSigned: true).int64)
        XCTAssertNil(WideInt(high: 1, low: 0, isSigned: true).int64)
    }

    func testTimesAreExact() {
        let time = Time(milliseconds: 2_065_132_800_123)
        XCTAssertEqual(Time(time.date), time)
        XCTAssertEqual(time + .milliseconds(877), Time(milliseconds: 2_065_132_801_000))
        let earlier = time - .seconds(3)
        XCTAssertEqual(time - earlier, .seconds(3))
    }
}
