package org.freehold

import org.freehold.ffi.LogCalls
import java.math.BigDecimal
import org.freehold.ffi.LogLevel as FfiLogLevel

/** The library itself. */
public object Freehold {
    /** The version of the library, such as `0.1.0`. */
    public val version: String get() = org.freehold.ffi.version()

    /**
     * Tells from now on what the library says of what it does, down to [least], for the whole process and in the place of whom was told before.
     * [heard] is called by any thread, by several at once, while something waits for it, and may not use the library. Closing what this gives
     * ends it.
     */
    public fun log(least: LogLevel = LogLevel.INFO, heard: (LogLine) -> Unit): AutoCloseable {
        val told = Telling(heard)
        synchronized(this) {
            org.freehold.ffi.logTo(told, least.lowered())
            last = told
        }
        return AutoCloseable {
            synchronized(this) {
                if (last === told) {
                    org.freehold.ffi.logTo(null, FfiLogLevel.ERROR)
                    last = null
                }
            }
        }
    }

    /** Who is told now. */
    private var last: Telling? = null

    /** Every quantity kind of the registry, by name. */
    public val kinds: Map<String, QuantityKind> by lazy {
        org.freehold.ffi
            .kinds()
            .associate { it.name to QuantityKind(it) }
    }
}

/** How much a line of the log matters. */
public enum class LogLevel {
    /** Something has to be mended. */
    ERROR,

    /** Something is not as it should be, and goes on. */
    WARN,

    /** Something was done that is seldom. */
    INFO,

    /** What goes on, for whoever looks for a fault. */
    DEBUG,
}

/**
 * A line of the log. It holds no name, no value and no key.
 *
 * @property level how much it matters.
 * @property part the part of the library that says it.
 * @property text what it says.
 */
public data class LogLine(
    public val level: LogLevel,
    public val part: String,
    public val text: String,
)

private class Telling(
    private val heard: (LogLine) -> Unit,
) : LogCalls {
    override fun line(
        level: FfiLogLevel,
        part: String,
        text: String,
    ): Unit = heard(LogLine(level.lifted(), part, text))
}

private fun LogLevel.lowered(): FfiLogLevel = FfiLogLevel.valueOf(name)

private fun FfiLogLevel.lifted(): LogLevel = LogLevel.valueOf(name)

/** Marks what is for tests: nothing in it is secret. */
@RequiresOptIn(message = "This is for tests: nothing in it is secret.")
public annotation class ForTests

/**
 * A quantity kind: what a stream may measure.
 *
 * @property name its name, such as `air_temperature`.
 * @property description what it is, in words.
 * @property valueKind what its values are.
 * @property unit the unit of its numbers in UCUM; `1` where there is none.
 * @property exponent the power of ten of its numbers.
 * @property sensitivity how much it tells about a person.
 * @property scale how its numbers add up.
 * @property states the names of its states, in the order of their numbers.
 * @property edges the inner edges of its distributions, in its numbers.
 * @property plausible the plausible numbers.
 */
public class QuantityKind internal constructor(
    ffi: org.freehold.ffi.QuantityKind,
) {
    public val name: String = ffi.name
    public val description: String = ffi.description
    public val valueKind: ValueKind = ffi.valueKind.lifted()
    public val unit: String = ffi.unit
    public val exponent: Int = ffi.exponent.toInt()
    public val sensitivity: Sensitivity = ffi.sensitivity.lifted()
    public val scale: Scale = ffi.scale.lifted()
    public val states: List<String> = ffi.states
    public val edges: List<Long> = ffi.edges
    public val plausible: LongRange = ffi.least..ffi.greatest

    /**
     * Reads a value from words: `0.412 kW.h`, `72`, `true`, `heat`, `51.5,-0.12`, or any text. A number without a unit is in [unit]; it is
     * rounded to what the exponent can hold.
     *
     * @throws FreeholdException.Input when it is none.
     */
    public fun parse(text: String): Value = told { org.freehold.ffi.parseValue(name, null, text) }.value.lifted()

    /** Writes a value as [parse] reads it, without the unit; nothing for [Value.None]. */
    public fun format(value: Value): String = told { org.freehold.ffi.formatValue(name, null, value.lowered()) }

    /** A number in [unit]. */
    public fun decimal(number: Long): BigDecimal = BigDecimal.valueOf(number, -exponent)

    /** Its name. */
    override fun toString(): String = name
}

internal fun org.freehold.ffi.Value.lifted(): Value =
    when (this) {
        org.freehold.ffi.Value.None -> Value.None
        is org.freehold.ffi.Value.Number -> Value.Number(number)
        is org.freehold.ffi.Value.Bool -> Value.Bool(yes)
        is org.freehold.ffi.Value.State -> Value.State(state.toInt())
        is org.freehold.ffi.Value.Point -> Value.Point(lat, lon)
        is org.freehold.ffi.Value.Text -> Value.Text(text)
    }

internal fun Value.lowered(): org.freehold.ffi.Value =
    when (this) {
        Value.None -> org.freehold.ffi.Value.None
        is Value.Number ->
            org.freehold.ffi.Value
                .Number(number)
        is Value.Bool ->
            org.freehold.ffi.Value
                .Bool(yes)
        is Value.State ->
            org.freehold.ffi.Value
                .State(state.toUShort())
        is Value.Point ->
            org.freehold.ffi.Value
                .Point(lat, lon)
        is Value.Text ->
            org.freehold.ffi.Value
                .Text(text)
    }
