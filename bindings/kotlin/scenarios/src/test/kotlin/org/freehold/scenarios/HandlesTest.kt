package org.freehold.scenarios

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.Freehold
import org.freehold.FreeholdException
import org.freehold.Home
import org.freehold.KeyStore
import org.freehold.Level
import org.freehold.Reading
import org.freehold.Reason
import org.freehold.Stream
import org.freehold.testing.Bench
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

private val MIDNIGHT = Instant.parse("2026-03-04T00:00:00Z")

@Timeout(120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandlesTest {
    @Test
    fun `what is closed is not used`(): Unit =
        runBlocking {
            val home = Home.inMemory("Flat 4")
            val stream = temperature(home)
            val watch = home.watch()
            home.close()
            home.close()
            assertThrows(IllegalStateException::class.java) { runBlocking { home.devices() } }
            assertThrows(IllegalStateException::class.java) { runBlocking { stream.flush() } }
            watch.close()
            watch.close()
            assertThrows(IllegalStateException::class.java) { runBlocking { watch.changed() } }
        }

    @Test
    fun `a stream is the same whoever asks for it`(): Unit =
        runBlocking {
            Home.inMemory("Flat 4").use { home ->
                val stream = temperature(home)
                assertTrue(stream === home.stream("warmth"))
                assertEquals(listOf(stream.info), home.streams())
            }
        }

    /** A store that nobody closed is free again once the garbage collector has found it. */
    @Test
    fun `what is forgotten is closed`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            val place = folder.resolve("home")
            forget(place)
            var tries = 0
            while (true) {
                System.gc()
                try {
                    Home.open(place).close()
                    break
                } catch (busy: FreeholdException.Storage) {
                    assertEquals(Reason.BUSY, busy.reason)
                    assertTrue(++tries < 100)
                    Thread.sleep(50)
                }
            }
        }

    private suspend fun forget(place: Path) {
        temperature(Home.create(place, "Flat 4")).flush()
    }

    /** Thirty-two threads, each with a stream of its own and one that all share. */
    @Test
    fun `many threads`(): Unit =
        runBlocking {
            val threads = Executors.newFixedThreadPool(THREADS)
            try {
                Home.inMemory("Flat 4", clock = Clock.standing(MIDNIGHT)).use { home ->
                    val shared = temperature(home)
                    val work =
                        (0 until THREADS).map { thread ->
                            threads.submit {
                                runBlocking {
                                    val own = home.addStream("room", "own$thread", "air_temperature") { levels(Level.RAW) }
                                    for (round in 0 until ROUNDS) {
                                        own.record(readings(round * 100, 100))
                                        shared.record(readings((thread * ROUNDS + round) * 10, 10))
                                        assertEquals(100, own.read(at(round * 100), at(round * 100 + 100)).items.size)
                                        home.streams()
                                    }
                                    own.flush()
                                }
                            }
                        }
                    work.forEach { it.get(2, TimeUnit.MINUTES) }
                    assertEquals(THREADS * ROUNDS * 10, shared.readings(at(0), at(THREADS * ROUNDS * 10)).toList().size)
                    assertEquals(THREADS + 1, home.streams().size)
                }
            } finally {
                threads.shutdownNow()
            }
        }

    /** Whoever closes while others call gets either what was asked for or that it is closed: nothing else, and no crash. */
    @Test
    fun `closed while it is used`(): Unit =
        runBlocking {
            repeat(10) {
                val home = Home.inMemory("Flat 4")
                val stream = temperature(home)
                val calls =
                    (0 until 8).map {
                        async(Dispatchers.IO) {
                            try {
                                while (true) stream.read(at(0), at(10))
                            } catch (closed: IllegalStateException) {
                                closed.message
                            }
                        }
                    }
                home.close()
                calls.awaitAll()
            }
        }

    @Test
    fun `a bench is the same for the same seed`(): Unit =
        runBlocking {
            suspend fun fingerprint(seed: Long) = Bench.open(MIDNIGHT, seed).use { it.recipient.fingerprint }
            assertEquals(fingerprint(7), fingerprint(7))
            assertTrue(fingerprint(7) != fingerprint(8))
        }

    @Test
    fun `kinds, and what is said about the library`() {
        assertEquals("0.1.0", Freehold.version)
        val energy = Freehold.kinds.getValue("energy_interval")
        assertEquals("412.000", energy.format(energy.parse("0.412 kW.h")))
        assertThrows(FreeholdException.Input::class.java) { energy.parse("much") }
        assertEquals(null, KeyStore.needsPassphrase(Path.of("nowhere")))
    }

    private companion object {
        const val THREADS = 32
        const val ROUNDS = 10
    }
}

internal suspend fun temperature(home: Home): Stream {
    home.addDevice("room", maker = "Acme")
    return home.addStream("room", "warmth", "air_temperature") {
        zone = "Europe/Paris"
        interval = 1.minutes
        levels(Level.RAW, Level.HOUR)
    }
}

internal fun at(minute: Int): Instant = MIDNIGHT - 1000.minutes * 20 + minute.minutes

internal fun readings(from: Int, count: Int): List<Reading> = (from until from + count).map { Reading(at(it), 2150L + it % 7) }
