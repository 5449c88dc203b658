package org.freehold

import org.freehold.ffi.FfiException
import kotlin.time.Instant
import org.freehold.ffi.Clock as FfiClock
import org.freehold.ffi.ClockCalls as FfiClockCalls

/** A clock in the place of the operating system's: for tests, and for machines that have a better time. */
public class Clock private constructor(
    internal val ffi: FfiClock,
) {
    /** The time by it. Putting it, forwards or backwards, is for a clock that stands. */
    public var now: Instant
        get() = ffi.nowMs().at()
        set(value) = told { ffi.set(value.ms()) }

    /** Makes clocks. */
    public companion object {
        /** A clock that stands where it is put, and says [now]. */
        public fun standing(now: Instant): Clock = Clock(FfiClock.standing(now.ms()))

        /** A clock of the program's own. It is asked by any thread, and often; where it throws, the time that it said last is taken. */
        public fun over(clock: kotlin.time.Clock): Clock =
            Clock(
                FfiClock.over(
                    object : FfiClockCalls {
                        override fun nowMs(): Long =
                            try {
                                clock.now().ms()
                            } catch (thrown: RuntimeException) {
                                throw FfiException.Callback(thrown.toString())
                            }
                    },
                ),
            )
    }
}
