package org.freehold.scenarios

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.Facet
import org.freehold.Freehold
import org.freehold.FreeholdException
import org.freehold.HardwareKey
import org.freehold.HardwareKeyException
import org.freehold.Home
import org.freehold.JavaKey
import org.freehold.Level
import org.freehold.LogLevel
import org.freehold.LogLine
import org.freehold.Reading
import org.freehold.Reason
import org.freehold.Recipient
import org.freehold.Role
import org.freehold.Signer
import org.freehold.Stream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

private val BEGIN = Instant.parse("2026-03-01T00:00:00Z")

/** A recipient whose key lies elsewhere, and parcels that are carried as files. */
@Timeout(120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignerTest {
    /** A key that does as it is told. */
    private class Told(
        keys: KeyPair,
    ) : HardwareKey {
        private val key = JavaKey(keys.private, keys.public as ECPublicKey)
        var answer: () -> ByteArray? = { null }

        override val point: ByteArray get() = key.point

        override fun sign(message: ByteArray): ByteArray = answer() ?: key.sign(message)
    }

    private val clock = Clock.standing(BEGIN + 10.days)

    @Test
    fun `hardware signs for a recipient`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            val key = Told(pair("secp256r1"))
            val signer = Signer.over(key)
            val home = Home.inMemory("Flat 4", clock = clock)
            val pulse = recorded(home)
            Recipient.create(folder, "Practice", Role.CONTROLLER, clock = clock, signer = signer).use { practice ->
                granted(home, practice)
                carry(home, practice)
                assertEquals(10, days(practice))
                home.erase(pulse, BEGIN + 3.days, BEGIN + 4.days)

                // What was erased is gone, whether it is signed for or not.
                for ((answer, reason) in listOf<Pair<() -> ByteArray?, String>>(
                    { throw HardwareKeyException.Unavailable() } to Reason.SIGNER_UNAVAILABLE,
                    { throw HardwareKeyException.Refused() } to Reason.SIGNER_REFUSED,
                    { throw HardwareKeyException.Failed() } to Reason.NOT_SIGNED,
                    { error("of the program's") } to Reason.NOT_SIGNED,
                    { ByteArray(64) { 7 } } to Reason.NOT_SIGNED,
                    { ByteArray(3) } to Reason.NOT_SIGNED,
                )) {
                    key.answer = answer
                    val failed = assertThrows(FreeholdException.Storage::class.java) { runBlocking { carry(home, practice) } }
                    assertEquals(reason, failed.reason)
                    assertEquals(9, days(practice))
                    assertEquals(null, confirmed(home))
                }
                key.answer = { null }
                carry(home, practice)
                assertEquals(BEGIN + 10.days, confirmed(home))
            }
            for (wrong in listOf(null, Signer.over(Told(pair("secp256r1"))))) {
                val failed =
                    assertThrows(FreeholdException.Usage::class.java) { runBlocking { Recipient.open(folder, clock = clock, signer = wrong) } }
                assertEquals(Reason.WRONG_SIGNER, failed.reason)
            }
            Recipient.open(folder, clock = clock, signer = signer).use { assertEquals(9, days(it)) }
        }

    @Test
    fun `only keys of P-256 sign`() {
        assertThrows(IllegalArgumentException::class.java) { pair("secp384r1").let { Signer.of(it.private, it.public as ECPublicKey) } }
        val keys = pair("secp256r1")
        Signer.of(keys.private, keys.public as ECPublicKey)
    }

    /** Numbers of a signature that are short, or whose first bit is set, are 32 bytes each all the same. */
    @Test
    fun `every signature has 64 bytes`() {
        val keys = pair("secp256r1")
        val key = JavaKey(keys.private, keys.public as ECPublicKey)
        repeat(2_000) { assertEquals(64, key.sign(byteArrayOf(it.toByte())).size) }
    }

    @Test
    fun `what the library says is told until that is closed`(): Unit =
        runBlocking {
            val lines = ConcurrentLinkedQueue<LogLine>()
            val others = ConcurrentLinkedQueue<LogLine>()
            val grave = ConcurrentLinkedQueue<LogLine>()
            val log = Freehold.log(LogLevel.DEBUG) { lines += it }
            speak()
            assertTrue(lines.any { it.level == LogLevel.DEBUG && it.part.startsWith("freehold") && "home" in it.text }, "$lines")
            val other = Freehold.log(LogLevel.DEBUG) { others += it }
            // The first was told no more already, and ends nothing.
            log.close()
            val count = lines.size
            speak()
            assertEquals(count, lines.size)
            assertTrue(others.isNotEmpty())
            other.close()
            val heard = others.size
            speak()
            assertEquals(heard, others.size)
            Freehold.log(LogLevel.WARN) { grave += it }.use { speak() }
            assertTrue(grave.all { it.level <= LogLevel.WARN }, "$grave")
        }

    @Test
    fun `who is told is one of those who asked at once, until it closes`(): Unit =
        runBlocking {
            repeat(1_000) {
                val heard = List(8) { AtomicInteger() }
                val all = CyclicBarrier(heard.size)
                val logs =
                    heard
                        .map { mine ->
                            async(Dispatchers.IO) {
                                all.await()
                                Freehold.log(LogLevel.DEBUG) { mine.incrementAndGet() }
                            }
                        }.awaitAll()
                speak()
                val told = heard.indexOfFirst { it.get() > 0 }
                val before = heard[told].get()
                logs.forEachIndexed { of, log -> if (of != told) log.close() }
                speak()
                assertTrue(heard[told].get() > before)
                logs[told].close()
            }
        }

    /** Lets the library say something to the log. */
    private suspend fun speak() = Home.inMemory("Flat 4").close()

    @Test
    fun `a file in the place of another is none`(): Unit =
        runBlocking {
            val home = Home.inMemory("Flat 4", clock = clock)
            Recipient.inMemory("Practice", Role.CONTROLLER, clock = clock).use { practice ->
                val have = practice.have()
                for (wrong in listOf<suspend () -> Unit>(
                    { home.parcel(have, have) },
                    { home.hearReceipts(practice.card) },
                    { practice.receive(have) },
                )) {
                    val failed = assertThrows(FreeholdException.Input::class.java) { runBlocking { wrong() } }
                    assertEquals(Reason.WRONG_FILE, failed.reason)
                }
            }
            home.close()
        }

    private fun pair(curve: String): KeyPair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec(curve)) }.generateKeyPair()

    private suspend fun recorded(home: Home): Stream {
        home.addDevice("Watch")
        val pulse = home.addStream("Watch", "pulse", "heart_rate") { levels(Level.RAW, Level.HOUR, Level.DAY) }
        pulse.record((0 until 10 * 144).map { Reading(BEGIN + 10.minutes * it, 600L + it % 99) })
        pulse.flush()
        return pulse
    }

    private suspend fun granted(home: Home, practice: Recipient) {
        val request =
            practice.request {
                ask("heart_rate") {
                    levels(Level.DAY)
                    facets(Facet.TOTALS)
                    from = BEGIN
                }
                purpose("dpv:ServiceProvision")
                retention = 30.days
            }
        val proposal = home.propose(request)
        practice.accept(home.approve(proposal, proposal.shown, attended = true).file)
    }

    private suspend fun carry(home: Home, practice: Recipient) {
        val parcel = home.parcel(practice.card, practice.have())
        practice.receive(parcel)
        home.hearReceipts(practice.have())
    }

    private suspend fun days(practice: Recipient): Int = practice.summaries(Level.DAY, BEGIN, BEGIN + 10.days).items.size

    private suspend fun confirmed(home: Home): Instant? =
        home
            .erasures()
            .single()
            .confirmations
            .single { it.consent != null }
            .at
}
