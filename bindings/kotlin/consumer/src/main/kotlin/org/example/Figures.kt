package org.example

import com.sun.jna.Native
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.Home
import org.freehold.Level
import org.freehold.Reading
import org.freehold.Recipient
import org.freehold.Role
import org.freehold.Stream
import java.util.Locale
import kotlin.system.measureNanoTime
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

private const val BATCHES = 300
private const val BATCH = 1000
private const val CALLS = 100_000
private val MIDNIGHT = Instant.fromEpochMilliseconds(1_772_582_400_000)

/** What is measured, in nanoseconds each, as `cargo xtask kotlin --figures` reads it. */
fun main(): Unit =
    runBlocking {
        figure("call") { call() }
        figure("bare") { bare() }
        figure("text") { text() }
        figure("record") { record() }
        figure("read") { read() }
    }

private suspend fun figure(name: String, measure: suspend () -> Double) {
    // The first time is for the machine to learn it.
    measure()
    println("%s %.1f".format(Locale.ROOT, name, measure()))
}

/** A call that does next to nothing. */
private fun call(): Double {
    val clock = Clock.standing(MIDNIGHT)
    return each(CALLS) { repeat(CALLS) { clock.now } }
}

/** A function of the library that is given nothing and gives a number, by JNA alone. */
private fun bare(): Double = each(CALLS) { repeat(CALLS) { Bare.ffi_freehold_ffi_uniffi_contract_version() } }

/** A call that gives a short text. */
private suspend fun text(): Double =
    Recipient.inMemory("Supplier", Role.CONTROLLER).use { recipient ->
        each(CALLS) { repeat(CALLS) { recipient.name } }
    }

/** A reading that is recorded in a batch of a thousand. */
private suspend fun record(): Double = recorded { _, spent -> spent }

/** A reading that is read in a page of a thousand. */
private suspend fun read(): Double =
    recorded { stream, _ ->
        each(BATCHES * BATCH) {
            for (batch in 0 until BATCHES) {
                val from = MIDNIGHT + 1.seconds * (batch * BATCH)
                check(stream.read(from, from + 1.seconds * BATCH).items.size == BATCH)
            }
        }
    }

private suspend fun recorded(measured: suspend (Stream, Double) -> Double): Double =
    Home.inMemory("Home", clock = Clock.standing(MIDNIGHT + 365.days)).use { home ->
        home.addDevice("Meter")
        val stream =
            home.addStream("Meter", "Power", "active_power") {
                interval = 1.seconds
                levels(Level.RAW, Level.HOUR)
            }
        var spent = 0.0
        for (batch in 0 until BATCHES) {
            val readings =
                List(BATCH) {
                    val n = batch * BATCH + it
                    Reading(MIDNIGHT + 1.seconds * n, 400_000L + n * 7919L % 5000)
                }
            spent += each(BATCHES * BATCH) { stream.record(readings) }
        }
        measured(stream, spent)
    }

private inline fun each(count: Int, act: () -> Unit): Double = measureNanoTime(act).toDouble() / count

/** What is called by JNA alone. */
private object Bare {
    init {
        Native.register(Bare::class.java, "freehold_ffi")
    }

    @JvmStatic
    external fun ffi_freehold_ffi_uniffi_contract_version(): Int
}
