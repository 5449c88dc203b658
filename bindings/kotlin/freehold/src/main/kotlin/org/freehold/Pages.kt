package org.freehold

import java.math.BigInteger
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

// The form of these bytes stands in the module `page` of the crate freehold-ffi.

private const val HEADER = 24
private const val READING = 24
private const val WINDOW = 104
private const val FORMAT: Byte = 1
private const val READINGS: Byte = 1
private const val WINDOWS: Byte = 2

/** A buffer of each thread that records, so that not every batch makes one. */
private val buffers = ThreadLocal<ByteBuffer>()
private const val KEPT_MAX = 1 shl 18

/** Readings as a page, where the library can read them. */
internal fun encode(readings: Collection<Reading>): ByteBuffer {
    val texts = readings.mapNotNull { (it.value as? Value.Text)?.text?.toByteArray() }
    val size = HEADER.toLong() + READING.toLong() * readings.size + texts.sumOf { it.size.toLong() }
    require(size <= Int.MAX_VALUE) { "more readings than a page holds" }
    val page = buffer(size.toInt())
    page
        .putInt(readings.size)
        .put(FORMAT)
        .put(READINGS)
        .putShort(0)
    page.putLong(0).putLong(0)
    var tail = 0
    var text = 0
    for (reading in readings) {
        val durationMs = reading.duration.inWholeMilliseconds
        require(durationMs in 0..UInt.MAX_VALUE.toLong()) { "the length of a reading" }
        require(reading.flags.bits in 0..0xffff) { "flags" }
        page.putLong(reading.time.ms()).putInt(durationMs.toInt()).putShort(reading.flags.bits.toShort())
        when (val value = reading.value) {
            Value.None -> page.putShort(0).putLong(0)
            is Value.Number -> page.putShort(1).putLong(value.number)
            is Value.Bool -> page.putShort(2).putLong(if (value.yes) 1 else 0)
            is Value.State -> {
                require(value.state in 0..0xffff) { "a state" }
                page.putShort(3).putLong(value.state.toLong())
            }
            is Value.Point -> page.putShort(4).putInt(value.lat).putInt(value.lon)
            is Value.Text -> {
                val length = texts[text++].size
                page.putShort(5).putInt(tail).putInt(length)
                tail += length
            }
        }
    }
    texts.forEach(page::put)
    return page.flip()
}

/** The readings of a page. */
internal fun readings(bytes: ByteArray): Page<Reading> {
    val page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
    return page.page(READINGS) { count ->
        val tail = HEADER + READING * count
        List(count) {
            val time = page.getLong().at()
            val duration = (page.getInt().toLong() and 0xffff_ffff).milliseconds
            val flags = Flags(page.getShort().toInt() and 0xffff)
            val type = page.getShort().toInt()
            val number = page.getLong()
            val value =
                when (type) {
                    0 -> Value.None
                    1 -> Value.Number(number)
                    2 -> Value.Bool(number != 0L)
                    3 -> Value.State(number.toInt())
                    4 -> Value.Point(number.toInt(), (number ushr 32).toInt())
                    5 -> Value.Text(String(bytes, tail + number.toInt(), (number ushr 32).toInt()))
                    else -> error("a type of value that this version does not know: $type")
                }
            Reading(time, value, duration, flags)
        }
    }
}

/** The windows of a page. */
internal fun windows(bytes: ByteArray): Page<Window> {
    val page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
    return page.page(WINDOWS) { count ->
        val tail = HEADER + WINDOW * count
        List(count) {
            val from = page.getLong().at()
            val until = page.getLong().at()
            val totals = Totals(page.getLong(), page.getInt128(), page.getUInt128())
            val extremes = Extremes(page.getLong(), page.getLong(), page.getLong(), page.getLong())
            val index = page.getLong()
            val facets = page.getShort().toInt()
            val bins = page.getShort().toInt()
            val at = tail + page.getInt() * 8
            val known = { facet: Facet -> facets shr facet.ordinal and 1 == 1 }
            Window(
                from = from,
                until = until,
                totals = totals.takeIf { known(Facet.TOTALS) },
                extremes = extremes.takeIf { known(Facet.EXTREMES) },
                distribution = if (known(Facet.DISTRIBUTION)) List(bins) { page.getLong(at + 8 * it) } else null,
                index = index.takeIf { known(Facet.INDEX) },
            )
        }
    }
}

private inline fun <T> ByteBuffer.page(what: Byte, rows: (Int) -> List<T>): Page<T> {
    val count = getInt()
    check(get() == FORMAT && get() == what) { "a page of another version" }
    val counts = getShort().toInt()
    val next = getLong().takeIf { counts and 1 != 0 }
    val notYet = getLong().takeIf { counts and 2 != 0 }
    return Page(rows(count), next?.at(), notYet?.at())
}

private fun ByteBuffer.getInt128(): BigInteger {
    val low = getLong()
    return BigInteger(sixteen(getLong(), low))
}

private fun ByteBuffer.getUInt128(): BigInteger {
    val low = getLong()
    return BigInteger(1, sixteen(getLong(), low))
}

private fun sixteen(high: Long, low: Long): ByteArray =
    ByteBuffer
        .allocate(16)
        .putLong(high)
        .putLong(low)
        .array()

private fun buffer(size: Int): ByteBuffer {
    val kept = buffers.get()
    if (kept != null && kept.capacity() >= size) return kept.clear()
    val fresh = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN)
    if (size <= KEPT_MAX) buffers.set(fresh)
    return fresh
}

/** All items, page by page. */
internal inline fun <T> everyPage(
    from: Instant,
    until: Instant,
    page: (Instant) -> Page<T>,
    each: (T) -> Unit,
) {
    var next: Instant? = from
    while (next != null && next < until) {
        val some = page(next)
        some.items.forEach(each)
        next = some.next
    }
}
