package org.freehold

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentHashMap
import kotlin.time.Duration
import kotlin.time.Instant
import org.freehold.ffi.Stop as FfiStop
import org.freehold.ffi.Watch as FfiWatch

/** Calls the library, which blocks: where the call is short on the threads of [dispatcher], and else on others, which are as many as wait. */
internal class Calls(
    private val dispatcher: CoroutineDispatcher,
) {
    /** Whether whatever is called was closed: what is generated notices only once no call is under way any more. */
    @Volatile
    private var isClosed = false

    /** What ends each call that waits now. */
    private val waiting = ConcurrentHashMap.newKeySet<() -> Unit>()

    /** Closes, once: says whether it was open. Whoever waits is let go. */
    fun close(): Boolean {
        val wasOpen = synchronized(this) { !isClosed.also { isClosed = true } }
        waiting.forEach { it() }
        return wasOpen
    }

    /** A call that does not block. */
    fun <T> open(act: () -> T): T {
        check(!isClosed) { CLOSED }
        return try {
            told(act)
        } catch (failed: FreeholdException.Storage) {
            // It was closed in the middle of the call.
            if (isClosed) throw IllegalStateException(CLOSED, failed)
            throw failed
        }
    }

    /** A call that is short: who is cancelled meanwhile hears of it when the call is done. */
    suspend fun <T> call(act: () -> T): T = withContext(dispatcher) { open(act) }

    /** A call that makes something that has to be closed: it is, when who waited for it was cancelled meanwhile. */
    suspend fun <T : AutoCloseable> made(make: () -> T): T = keeping { keep -> call { keep(make()) } }

    /** As [made], where that may wait for long: a cancelled coroutine ends it. */
    suspend fun <T : AutoCloseable> awaited(make: (FfiStop) -> T): T = keeping { keep -> stoppable(Duration.INFINITE) { stop -> keep(make(stop)) } }

    /** A call that may wait for long: a cancelled coroutine or a deadline ends it. */
    suspend fun <T> stoppable(most: Duration, act: (FfiStop) -> T): T =
        stopping(most) { stop ->
            coroutineScope {
                val work =
                    async(waits) {
                        try {
                            open { act(stop) }
                        } catch (failed: FreeholdException) {
                            // Who was cancelled asks for nothing else.
                            ensureActive()
                            throw failed
                        }
                    }
                try {
                    work.await()
                } catch (cancelled: CancellationException) {
                    // The scope waits until the library has heard of it.
                    stop.stop()
                    throw cancelled
                }
            }
        }

    /** Does what lasts until it is stopped, and gives what it tells meanwhile. */
    fun <E> following(act: (FfiStop, tell: (E) -> Unit) -> Unit): Flow<E> =
        channelFlow {
            stopping(Duration.INFINITE) { stop ->
                val events = this
                val work =
                    launch(waits) {
                        open { act(stop) { event -> events.trySend(event) } }
                        // What trying again does not help has ended it.
                        events.close()
                    }
                try {
                    work.join()
                } finally {
                    stop.stop()
                    withContext(NonCancellable) { work.join() }
                }
            }
        }

    /** Waits for a change: a cancelled coroutine ends the watch. */
    suspend fun watching(watch: FfiWatch, most: Duration): Boolean =
        ending({ watch.end() }) {
            coroutineScope {
                val work = async(waits) { open { watch.waitFor(most.ms()) } }
                try {
                    work.await()
                } catch (cancelled: CancellationException) {
                    watch.end()
                    throw cancelled
                }
            }
        }

    /** Tells when something has changed. */
    fun changes(watch: () -> FfiWatch): Flow<Unit> =
        flow {
            open(watch).use { watching ->
                while (!isClosed) {
                    if (watching(watching, Duration.INFINITE)) emit(Unit)
                }
            }
        }.conflate()

    private inline fun <T : AutoCloseable> keeping(act: (keep: (T) -> T) -> T): T {
        var kept: T? = null
        try {
            return act { made -> made.also { kept = it } }
        } catch (cancelled: CancellationException) {
            kept?.close()
            throw cancelled
        }
    }

    private inline fun <T> stopping(most: Duration, act: (FfiStop) -> T): T {
        val stop = if (most.isInfinite()) FfiStop() else FfiStop.after(most.ms())
        return stop.use { ending({ stop.stop() }) { act(stop) } }
    }

    /** Does what [end] ends when this is closed meanwhile. */
    private inline fun <T> ending(noinline end: () -> Unit, act: () -> T): T {
        waiting += end
        try {
            // Closed in between: it ends as soon as it begins.
            if (isClosed) end()
            return act()
        } finally {
            waiting -= end
        }
    }
}

/** A dispatcher's threads are few: who waits for a peer that says nothing would hold up every short call. */
private val waits: CoroutineDispatcher = Dispatchers.IO.limitedParallelism(Int.MAX_VALUE)

private const val CLOSED: String = "it is closed"

/** Milliseconds since 1970; what is finer is cut off. */
internal fun Instant.ms(): Long = toEpochMilliseconds()

internal fun Long.at(): Instant = Instant.fromEpochMilliseconds(this)

/** Whole milliseconds; for ever is longer than anybody waits. */
internal fun Duration.ms(): ULong = inWholeMilliseconds.coerceIn(0, FOR_EVER_MS).toULong()

private const val FOR_EVER_MS: Long = 1L shl 40

/** Whole minutes, no fewer than asked for. */
internal fun Duration.minutes(): UInt {
    require(isPositive() && isFinite()) { "a length of time that is not positive" }
    return ((inWholeMilliseconds + 59_999) / 60_000).coerceAtMost(UInt.MAX_VALUE.toLong()).toUInt()
}

/** Whole days, no more than asked for. */
internal fun Duration.days(): UShort {
    require(!isNegative()) { "a negative length of time" }
    return inWholeDays.coerceAtMost(UShort.MAX_VALUE.toLong()).toUShort()
}

/** The bytes where the library can read them without copying them first. */
internal fun ByteArray.direct(): ByteBuffer = ByteBuffer.allocateDirect(size).put(this).flip()
