package org.freehold

import kotlin.time.Duration
import kotlin.time.Instant

/**
 * One measurement.
 *
 * @property time when it was measured, or when its interval began; to the millisecond, what is finer is cut off.
 * @property value what it says.
 * @property duration the length of its interval, zero for an instant.
 * @property flags what else is known about it.
 */
public data class Reading(
    public val time: Instant,
    public val value: Value,
    public val duration: Duration = Duration.ZERO,
    public val flags: Flags = Flags.NONE,
) {
    /** A number at an instant, in the fixed point of its stream: see [StreamInfo.number]. */
    public constructor(time: Instant, number: Long, duration: Duration = Duration.ZERO) :
        this(time, Value.Number(number), duration)
}

/** What a reading says. */
public sealed interface Value {
    /** Nothing: absent, or out of range without a number. */
    public data object None : Value

    /**
     * A fixed-point number: [number] times ten to the stream's exponent, in the unit of its kind.
     *
     * @property number the number.
     */
    public data class Number(
        public val number: Long,
    ) : Value

    /**
     * True or false.
     *
     * @property yes which.
     */
    public data class Bool(
        public val yes: Boolean,
    ) : Value

    /**
     * The place in the kind's list of states.
     *
     * @property state the place, from 0.
     */
    public data class State(
        public val state: Int,
    ) : Value

    /**
     * A point on the earth, in units of 1e-7 degrees.
     *
     * @property lat latitude, -900000000 to 900000000.
     * @property lon longitude, -1800000000 to 1800000000.
     */
    public data class Point(
        public val lat: Int,
        public val lon: Int,
    ) : Value

    /**
     * A text of at most 256 bytes in UTF-8.
     *
     * @property text the text.
     */
    public data class Text(
        public val text: String,
    ) : Value
}

/**
 * What is known about a reading beside its value. Flags are added with [plus].
 *
 * @property bits the bits, as they are stored.
 */
@JvmInline
public value class Flags(
    public val bits: Int,
) {
    /** Both. */
    public operator fun plus(other: Flags): Flags = Flags(bits or other.bits)

    /** Whether all of these are set. */
    public operator fun contains(other: Flags): Boolean = bits and other.bits == other.bits

    /** The flags that there are. */
    public companion object {
        /** Nothing is known. */
        public val NONE: Flags = Flags(0)

        /** Below what the device can measure; the value is its limit, or none. */
        public val BELOW_RANGE: Flags = Flags(1)

        /** Above what the device can measure; the value is its limit, or none. */
        public val ABOVE_RANGE: Flags = Flags(2)

        /** Computed, not measured. */
        public val ESTIMATED: Flags = Flags(4)

        /** Takes the place of an earlier value of the same instant. */
        public val CORRECTED: Flags = Flags(8)

        /** Entered by hand. */
        public val MANUAL: Flags = Flags(16)

        /** The device did not know the time for certain. */
        public val CLOCK_UNSURE: Flags = Flags(32)

        /** Outside what can be, and kept. */
        public val IMPLAUSIBLE: Flags = Flags(64)

        /** There is no value; why is not known. */
        public val ABSENT: Flags = Flags(128)
    }
}

/**
 * Some of what was asked for, from its beginning, in order of time.
 *
 * @property items what there is; of readings more than were asked for where those of one time correct each other.
 * @property next from when to ask for the rest; null when this is all.
 * @property notYet from when there are no keys yet, where what was asked for goes on after those that a recipient was given; otherwise null.
 */
public data class Page<T>(
    public val items: List<T>,
    public val next: Instant?,
    public val notYet: Instant?,
)
