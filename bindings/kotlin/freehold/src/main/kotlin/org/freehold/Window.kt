package org.freehold

import java.math.BigDecimal
import java.math.BigInteger
import java.math.MathContext
import kotlin.time.Instant

/**
 * What the readings of one slot come to. Of its facets those are there that the stream keeps, or that were granted.
 *
 * @property from the slot's start.
 * @property until its end.
 * @property totals count and sums.
 * @property extremes the least, the greatest, the first and the last.
 * @property distribution how many readings fell in each bin, or in each state.
 * @property index where a counter stood at the end of the slot.
 */
public data class Window(
    public val from: Instant,
    public val until: Instant,
    public val totals: Totals?,
    public val extremes: Extremes?,
    public val distribution: List<Long>?,
    public val index: Long?,
)

/**
 * Count and sums of a slot, in the fixed point of its stream. The sums are exact.
 *
 * @property count how many readings had a number.
 * @property sum their sum; of a counter the sum of its increments.
 * @property sumOfSquares the sum of their squares.
 */
public data class Totals(
    public val count: Long,
    public val sum: BigInteger,
    public val sumOfSquares: BigInteger,
) {
    /** The mean of the readings, in the unit of the stream's kind; null without readings. */
    public fun mean(stream: StreamInfo): BigDecimal? =
        if (count == 0L) {
            null
        } else {
            stream.decimal(sum).divide(BigDecimal(count), MathContext.DECIMAL64)
        }
}

/**
 * The extremes of a slot, in the fixed point of its stream.
 *
 * @property min the least.
 * @property max the greatest.
 * @property first the first.
 * @property last the last.
 */
public data class Extremes(
    public val min: Long,
    public val max: Long,
    public val first: Long,
    public val last: Long,
)
