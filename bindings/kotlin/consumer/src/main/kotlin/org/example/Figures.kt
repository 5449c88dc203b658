package org.example

import com.sun.jna.Native
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.Home
import org.freehold.Level
import org.freehold.Reading
import kotlin.system.measureNanoTime
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

private const val BATCHES = 300
private const val BATCH = 1000
private const val CALLS = 100_000

/** Nanoseconds for a reading that is recorded in a batch of a thousand, and for a call that does next to nothing. */
fun main(): Unit =
    runBlocking {
        // The first time is for the machine to learn it.
        repeat(2) { round ->
            val recorded = record()
            val called = call()
            val bare = bare()
            if (round == 1) {
                println("record %.1f".format(recorded))
                println("call %.1f".format(called))
                println("call through JNA alone %.1f".format(bare))
            }
        }
    }

private suspend fun record(): Double {
    val midnight = Instant.fromEpochMilliseconds(1_772_582_400_000)
    Home.inMemory("Home", clock = Clock.standing(midnight + 365.days)).use { home ->
        home.addDevice("Meter")
        val stream =
            home.addStream("Meter", "Power", "active_power") {
                interval = 1.seconds
                levels(Level.RAW, Level.HOUR)
            }
        var spent = 0L
        for (batch in 0 until BATCHES) {
            val readings =
                List(BATCH) {
                    val n = batch * BATCH + it
                    Reading(midnight + 1.seconds * n, 400_000L + n * 7919L % 5000)
                }
            spent += measureNanoTime { stream.record(readings) }
        }
        return spent.toDouble() / (BATCHES * BATCH)
    }
}

/** A function of the library that is given nothing and gives a number. */
private object Bare {
    init {
        Native.register(Bare::class.java, "freehold_ffi")
    }

    @JvmStatic
    external fun ffi_freehold_ffi_uniffi_contract_version(): Int
}

private fun bare(): Double = measureNanoTime { repeat(CALLS) { Bare.ffi_freehold_ffi_uniffi_contract_version() } }.toDouble() / CALLS

private fun call(): Double {
    val clock = Clock.standing(Instant.fromEpochMilliseconds(0))
    return measureNanoTime { repeat(CALLS) { clock.now } }.toDouble() / CALLS
}
