package org.freehold

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.math.BigDecimal
import java.math.BigInteger
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

class PagesTest {
    private val all =
        listOf(
            Reading(at(1), Value.Number(-2), 3.milliseconds),
            Reading(at(-1), Value.Bool(true)),
            Reading(at(4), Value.State(0xfffe)),
            Reading(at(7), Value.Point(-8, 9), flags = Flags.MANUAL + Flags.ESTIMATED),
            Reading(at(10), Value.Text("ja")),
            Reading(at(11), Value.Text("né"), flags = Flags.CORRECTED),
            Reading(at(12), Value.None, (1L shl 32).minus(1).milliseconds, Flags.ABSENT),
        )

    @Test
    fun `readings there and back`() {
        val page = readings(bytes(all))
        assertEquals(all, page.items)
        assertNull(page.next)
        assertNull(page.notYet)
    }

    /** The same as in the tests of the library. */
    @Test
    fun `exact bytes`() {
        val wanted =
            byteArrayOf(2, 0, 0, 0, 1, 1, 0, 0) + ByteArray(16) +
                byteArrayOf(1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0) +
                byteArrayOf(-2, -1, -1, -1, -1, -1, -1, -1) +
                byteArrayOf(10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0) +
                byteArrayOf(0, 0, 0, 0, 2, 0, 0, 0) + "ja".toByteArray()
        assertArrayEquals(wanted, bytes(listOf(all[0], all[4])))
    }

    @Test
    fun `what no reading has`() {
        fun refused(reading: Reading) = assertThrows(IllegalArgumentException::class.java) { encode(listOf(reading)) }
        refused(Reading(at(0), 1, (-1).milliseconds))
        refused(Reading(at(0), 1, 50.days))
        refused(Reading(at(0), Value.State(-1)))
        refused(Reading(at(0), Value.None, flags = Flags(1 shl 16)))
    }

    @Test
    fun `windows with sums of 128 bits`() {
        val page = ByteBuffer.allocate(24 + 2 * 104 + 16).order(ByteOrder.LITTLE_ENDIAN)
        page
            .putInt(2)
            .put(1)
            .put(2)
            .putShort(2)
            .putLong(0)
            .putLong(99)
        page.putLong(1).putLong(2).put(ByteArray(88))
        page.putLong(2).putLong(3).putLong(5)
        page.putLong(-3).putLong(-1)
        page.putLong(-1).putLong(-1)
        for (number in listOf(-4L, 5L, 6L, 7L, 10L)) page.putLong(number)
        page
            .putShort(0b11110)
            .putShort(2)
            .putInt(0)
            .putLong(8)
            .putLong(9)
        val windows = windows(page.array())
        assertEquals(at(99), windows.notYet)
        val (empty, full) = windows.items
        assertEquals(Window(at(1), at(2), null, null, null, null), empty)
        val squares = BigInteger.TWO.pow(128) - BigInteger.ONE
        assertEquals(Totals(5, BigInteger.valueOf(-3), squares), full.totals)
        assertEquals(Extremes(-4, 5, 6, 7), full.extremes)
        assertEquals(listOf(8L, 9L), full.distribution)
        assertEquals(10L, full.index)
    }

    @Test
    fun `a page of another version`() {
        val bytes = bytes(all).also { it[4] = 2 }
        assertThrows(IllegalStateException::class.java) { readings(bytes) }
    }

    @Test
    fun `numbers in the unit of the kind`() {
        val info =
            StreamInfo("use", null, "energy_interval", ValueKind.INTERVAL, Scale.LINEAR, "W.h", -3, "UTC", emptySet(), emptySet(), emptyList())
        assertEquals(BigDecimal("412.000"), info.decimal(412_000))
        assertEquals(412_000, info.number(412.0))
        assertEquals(2, info.number(BigDecimal("0.0025")))
        assertEquals(BigDecimal("206"), Totals(2, BigInteger("412000"), BigInteger.ZERO).mean(info)?.stripTrailingZeros())
        assertNull(Totals(0, BigInteger.ZERO, BigInteger.ZERO).mean(info))
        assertThrows(ArithmeticException::class.java) { info.number(1e300) }
    }

    private fun at(ms: Long) = Instant.fromEpochMilliseconds(ms)

    private fun bytes(readings: List<Reading>): ByteArray {
        val page = encode(readings)
        return ByteArray(page.remaining()).also { page.get(it) }
    }
}
