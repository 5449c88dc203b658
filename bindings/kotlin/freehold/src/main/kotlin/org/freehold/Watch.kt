package org.freehold

import kotlin.time.Duration
import org.freehold.ffi.Watch as FfiWatch

/**
 * Tells whether something was changed since it was last asked. It does not say what: look again. Any number of changes are told as one. For
 * most uses [Home.changes] is easier.
 */
public class Watch internal constructor(
    private val ffi: FfiWatch,
    private val calls: Calls,
) : AutoCloseable {
    /** Waits until something has changed, but no longer than [within]. Says whether it did. */
    public suspend fun changed(within: Duration = Duration.ZERO): Boolean = calls.watching(ffi, within)

    /** Lets whoever waits go, for good. */
    override fun close() {
        if (ffi.uniffiIsDestroyed) return
        ffi.end()
        ffi.close()
    }
}
