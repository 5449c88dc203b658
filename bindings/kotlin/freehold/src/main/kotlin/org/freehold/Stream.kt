package org.freehold

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import java.math.BigDecimal
import java.math.BigInteger
import java.math.RoundingMode
import kotlin.time.Duration
import kotlin.time.Instant
import org.freehold.ffi.Recorded as FfiRecorded
import org.freehold.ffi.Stream as FfiStream
import org.freehold.ffi.StreamInfo as FfiStreamInfo
import org.freehold.ffi.StreamSpec as FfiStreamSpec

/**
 * A stream of a home: to record into and to read from. It is closed with its home.
 *
 * @property info what it is.
 */
public class Stream internal constructor(
    internal val ffi: FfiStream,
    private val calls: Calls,
    public val info: StreamInfo,
) {
    /** What its owner calls it. */
    public val name: String get() = info.name

    /**
     * Records readings in any order. They are durable when this returns. Many at once are much cheaper than one by one.
     *
     * @throws FreeholdException.Input when one does not fit the stream; nothing is recorded then.
     * @throws FreeholdException.Usage when another party writes the stream.
     * @throws FreeholdException.Storage when the store cannot; the same may be recorded again.
     */
    public suspend fun record(readings: Collection<Reading>): Recorded = calls.call { Recorded(ffi.record(encode(readings))) }

    /** The same for some readings that are named one by one. */
    public suspend fun record(vararg readings: Reading): Recorded = record(readings.asList())

    /** Seals every slot that has ended by the clock, and signs the logs. */
    public suspend fun flush(): Unit = calls.call { ffi.flush() }

    /**
     * The readings from [from] until before [until], in order of time: some [limit] of them, more where readings of one time correct each
     * other; with 0 as many as a page has.
     *
     * @throws FreeholdException.Usage when the stream keeps no [Level.RAW].
     */
    public suspend fun read(
        from: Instant,
        until: Instant,
        limit: Int = 0,
    ): Page<Reading> = calls.call { readings(ffi.read(from.ms(), until.ms(), limit.limit())) }

    /** All readings from [from] until before [until], fetched as they are collected. */
    public fun readings(from: Instant, until: Instant): Flow<Reading> = flow { everyPage(from, until, { read(it, until, PAGE) }) { emit(it) } }

    /**
     * The summaries of the slots of a level that lie wholly between [from] and [until] and have readings, no more than [limit] of them;
     * with 0 as many as a page has.
     *
     * @throws FreeholdException.Usage when the stream does not keep the level.
     */
    public suspend fun summaries(
        level: Level,
        from: Instant,
        until: Instant,
        limit: Int = 0,
    ): Page<Window> = calls.call { windows(ffi.summaries(level.lowered(), from.ms(), until.ms(), limit.limit())) }

    /** All summaries of a level between [from] and [until], fetched as they are collected. */
    public fun windows(
        level: Level,
        from: Instant,
        until: Instant,
    ): Flow<Window> = flow { everyPage(from, until, { summaries(level, it, until, PAGE) }) { emit(it) } }

    /** Its name, and that it is one. */
    override fun toString(): String = "Stream($name)"
}

/**
 * What a stream is.
 *
 * @property name what its owner calls it.
 * @property device the name of its device; null at a recipient, which is not told.
 * @property kind what it measures.
 * @property valueKind what its values are.
 * @property scale how its numbers add up.
 * @property unit the unit of its numbers in UCUM; `1` where there is none.
 * @property exponent the power of ten of its numbers.
 * @property zone the IANA zone whose civil time cuts its slots.
 * @property levels the levels that it keeps; of a consent those that it opens.
 * @property facets the facets that its summaries have; of a consent those that it opens.
 * @property edges the inner edges of its distributions, in its numbers.
 */
public data class StreamInfo(
    public val name: String,
    public val device: String?,
    public val kind: String,
    public val valueKind: ValueKind,
    public val scale: Scale,
    public val unit: String,
    public val exponent: Int,
    public val zone: String,
    public val levels: Set<Level>,
    public val facets: Set<Facet>,
    public val edges: List<Long>,
) {
    internal constructor(ffi: FfiStreamInfo) : this(
        name = ffi.name,
        device = ffi.device,
        kind = ffi.kind,
        valueKind = ffi.valueKind.lifted(),
        scale = ffi.scale.lifted(),
        unit = ffi.unit,
        exponent = ffi.exponent.toInt(),
        zone = ffi.zone,
        levels = ffi.levels.lifted(),
        facets = ffi.facets.lifted(),
        edges = ffi.edges,
    )

    /** A number of the stream in [unit]. */
    public fun decimal(number: Long): BigDecimal = BigDecimal.valueOf(number, -exponent)

    /** A sum of the stream in [unit]. */
    public fun decimal(sum: BigInteger): BigDecimal = BigDecimal(sum, -exponent)

    /** The number of the stream that is nearest to a value in [unit]; of two the even one. */
    public fun number(value: BigDecimal): Long = value.setScale(-exponent, RoundingMode.HALF_EVEN).unscaledValue().longValueExact()

    /** The number of the stream that is nearest to a value in [unit]; of two the even one. */
    public fun number(value: Double): Long = number(BigDecimal.valueOf(value))
}

/** The description of a new stream. What is not set is the usual. */
@FreeholdDsl
public class StreamSpec internal constructor() {
    private val levels = LinkedHashSet<Level>()
    private val facets = LinkedHashSet<Facet>()

    /** The IANA zone whose civil time cuts its slots, such as `Europe/Paris`. */
    public var zone: String = "Etc/UTC"

    /** About how often a reading comes; null if that is not known. */
    public var interval: Duration? = null

    /** The length of a raw slot, 1 minute to a day; null for one that goes with [interval], or for a day. */
    public var chunk: Duration? = null

    /** How much finer numbers are than the kind's: by so many powers of ten. */
    public var finer: Int = 0

    /** The levels that are kept; at least one. */
    public fun levels(vararg levels: Level) {
        this.levels += levels
    }

    /** The facets that summaries have; without this those of the kind. */
    public fun facets(vararg facets: Facet) {
        this.facets += facets
    }

    internal fun lowered(kind: String): FfiStreamSpec {
        require(finer in 0..UByte.MAX_VALUE.toInt()) { "finer" }
        return FfiStreamSpec(
            kind = kind,
            zone = zone,
            levels = levels.lowered(),
            facets = facets.lowered(),
            chunkMinutes = chunk?.minutes()?.also { require(it <= UShort.MAX_VALUE) { "chunk" } }?.toUShort(),
            intervalMs = interval?.inWholeMilliseconds?.also { require(it in 1..UInt.MAX_VALUE.toLong()) { "interval" } }?.toUInt(),
            finer = finer.toUByte(),
        )
    }
}

/**
 * What came of readings that were recorded.
 *
 * @property added readings that are new.
 * @property duplicates readings that were there already: same instant, same value.
 * @property corrected readings whose instant was there with another value. Both stay; the later one counts.
 * @property late of the new and the corrected: those for slots that were sealed before.
 * @property kept readings for which this device has no key: the household's agents put them in.
 * @property dropped readings that are not kept: for a slot that was erased, or that cannot be told from duplicates.
 */
public data class Recorded(
    public val added: Long,
    public val duplicates: Long,
    public val corrected: Long,
    public val late: Long,
    public val kept: Long,
    public val dropped: Long,
) {
    internal constructor(ffi: FfiRecorded) : this(
        ffi.added.toLong(),
        ffi.duplicates.toLong(),
        ffi.corrected.toLong(),
        ffi.late.toLong(),
        ffi.kept.toLong(),
        ffi.dropped.toLong(),
    )
}

/** Marks what is described step by step. */
@DslMarker
public annotation class FreeholdDsl

/** How many rows are fetched at a time while a flow is collected. */
internal const val PAGE: Int = 1000

internal fun Int.limit(): UInt {
    require(this >= 0) { "a negative limit" }
    return toUInt()
}
