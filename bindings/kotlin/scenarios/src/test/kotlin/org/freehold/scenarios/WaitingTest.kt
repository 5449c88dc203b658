package org.freehold.scenarios

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.freehold.Clock
import org.freehold.Facet
import org.freehold.Freehold
import org.freehold.FreeholdException
import org.freehold.Home
import org.freehold.HomeEvent
import org.freehold.KeyKeeper
import org.freehold.KeyKeeperException
import org.freehold.KeyStore
import org.freehold.KeyStoreKind
import org.freehold.Level
import org.freehold.PartyRole
import org.freehold.Pipe
import org.freehold.PipeException
import org.freehold.Reason
import org.freehold.Recipient
import org.freehold.RecipientEvent
import org.freehold.Relay
import org.freehold.Role
import org.freehold.Transport
import org.freehold.testing.Bench
import org.freehold.testing.RelayProcess
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.nio.file.Path
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executors
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant
import kotlin.time.TimeSource

/** The public half of a key that nobody who listens here has. */
private const val KEY = "utqjfevwkhbhrolxfrlj6x5jxmj5sbvunk3izhpz3qvuicpyuieq"

@Timeout(120)
class WaitingTest {
    /** Someone who accepts, and never answers. */
    private fun silent(act: suspend CoroutineScope.(Relay) -> Unit) {
        ServerSocket(0, 50, InetAddress.getLoopbackAddress()).use { listener ->
            runBlocking { act(Relay("127.0.0.1:${listener.localPort}#$KEY")) }
        }
    }

    @Test
    fun `a cancelled coroutine ends what blocks`() =
        silent { relay ->
            Home.inMemory("Flat 4").use { home ->
                val began = TimeSource.Monotonic.markNow()
                assertNull(withTimeoutOrNull(200.milliseconds) { home.sync(relay) })
                assertTrue(began.elapsedNow() < 5.seconds)
                val job = CoroutineScope(Dispatchers.Default).launch { home.sync(relay) }
                delay(100)
                job.cancelAndJoin()
                assertTrue(began.elapsedNow() < 10.seconds)
                // It is as usable as before.
                assertEquals(emptyList<Any>(), home.devices())
            }
        }

    @Test
    fun `a cancelled coroutine ends pairing and connecting`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            Home.inMemory("Flat 4").use { home ->
                // It accepts, and never answers.
                ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { listener ->
                    val place = "127.0.0.1:${listener.localPort}"
                    home.invite(PartyRole.AGENT, place).use { invitation ->
                        val offer = invitation.text
                        Transport.connect(place).use { way -> endsSoon { invitation.run(way) { true } } }
                        val tablet = folder.resolve("tablet")
                        Transport.connect(place).use { way -> endsSoon { Home.join(tablet, "Tablet", PartyRole.AGENT, offer, way) { true } } }
                    }
                    // Nothing connects to it any more.
                    val waiting = generateSequence { runCatching { Socket().apply { connect(listener.localSocketAddress, 500) } }.getOrNull() }
                    val filled = waiting.toList()
                    endsSoon { Transport.connect(place, most = 60.seconds) }
                    filled.forEach { it.close() }
                }
                assertEquals(1, home.parties().size)
            }
        }

    private suspend fun endsSoon(act: suspend () -> Unit) {
        val began = TimeSource.Monotonic.markNow()
        assertNull(withTimeoutOrNull(200.milliseconds) { act() })
        assertTrue(began.elapsedNow() < 2.seconds)
    }

    @Test
    fun `a deadline ends what blocks`() =
        silent { relay ->
            Home.inMemory("Flat 4").use { home ->
                val thrown = runCatching { home.sync(relay, most = 200.milliseconds) }.exceptionOrNull()
                assertTrue(thrown is FreeholdException.Stopped, thrown.toString())
                val recipient = Recipient.inMemory("GP", Role.CONTROLLER)
                recipient.use { assertEquals(0, it.sync(relay).entries) }
            }
        }

    /** There are more of them than a dispatcher has threads. */
    @Test
    fun `who waits for a peer holds up nobody`(): Unit =
        ServerSocket(0, 50, InetAddress.getLoopbackAddress()).use { listener ->
            listener.soTimeout = 30_000
            Executors.newSingleThreadExecutor().asCoroutineDispatcher().use { one ->
                runBlocking {
                    val relay = Relay("127.0.0.1:${listener.localPort}#$KEY")
                    val homes = List(100) { Home.inMemory("Flat $it") } + Home.inMemory("Flat 100", dispatcher = one)
                    val syncs = homes.map { home -> launch(Dispatchers.Default) { home.sync(relay) } }
                    val accepted = homes.map { listener.accept() }
                    for (home in listOf(homes.first(), homes.last())) {
                        withTimeout(30.seconds) {
                            val stream = temperature(home)
                            stream.record(readings(0, 200))
                            stream.flush()
                            assertEquals(
                                60,
                                stream
                                    .windows(Level.HOUR, at(0), at(200))
                                    .first()
                                    .totals!!
                                    .count,
                            )
                        }
                    }
                    assertTrue(syncs.all { it.isActive })
                    withTimeout(30.seconds) {
                        syncs.forEach { it.cancel() }
                        syncs.joinAll()
                    }
                    accepted.forEach { it.close() }
                    homes.forEach { it.close() }
                }
            }
        }

    @Test
    fun `changes are told while somebody listens`(): Unit =
        runBlocking {
            Home.inMemory("Flat 4").use { home ->
                val stream = temperature(home)
                val told =
                    async(Dispatchers.Default) {
                        home.changes
                            .take(2)
                            .toList()
                            .size
                    }
                delay(200)
                stream.record(readings(0, 1))
                delay(200)
                stream.record(readings(1, 1))
                assertEquals(2, withTimeout(10.seconds) { told.await() })
                // Who stops listening is let go at once, though nothing changes.
                val began = TimeSource.Monotonic.markNow()
                assertNull(withTimeoutOrNull(200.milliseconds) { home.changes.first() })
                assertTrue(began.elapsedNow() < 5.seconds)
            }
        }

    @Test
    fun `who waits is let go when it is closed`() =
        silent { relay ->
            val home = Home.inMemory("Flat 4")
            val listens = async(Dispatchers.Default) { home.changes.toList() }
            val syncs = async(Dispatchers.Default) { runCatching { home.sync(relay) }.exceptionOrNull() }
            delay(200)
            home.close()
            withTimeout(10.seconds) {
                assertTrue(listens.await().isEmpty())
                val ended = syncs.await()
                assertTrue(ended is FreeholdException.Stopped, ended.toString())
            }
        }

    @Test
    fun `through a relay as it comes`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            RelayProcess.start(folder.resolve("relay")).use { process ->
                val relay = process.relay()
                val home = Home.inMemory("Flat 4")
                val recipient = Recipient.inMemory("GP", Role.CONTROLLER)
                val stream = temperature(home)
                val request =
                    recipient.request {
                        ask("air_temperature") {
                            levels(Level.HOUR)
                            facets(Facet.TOTALS, Facet.EXTREMES)
                            from = at(0)
                        }
                        purpose("dpv:ServiceProvision")
                    }
                val proposal = home.propose(request)
                val grant = home.approve(proposal, proposal.shown, attended = true)
                assertEquals(grant.consent, recipient.accept(grant.file))
                val sends = async(Dispatchers.Default) { home.follow(relay).first { it is HomeEvent.Synced } }
                val fetched =
                    async(Dispatchers.Default) {
                        recipient.follow(relay).first { it is RecipientEvent.Synced && it.received.entries > 0 }
                    }
                stream.record(readings(0, 200))
                stream.flush()
                withTimeout(60.seconds) {
                    sends.await()
                    assertEquals(grant.consent, fetched.await().consent)
                }
                val hours = recipient.windows(Level.HOUR, at(0), at(200)).toList()
                assertTrue(hours.isNotEmpty() && hours.all { it.totals!!.count == 60L && it.distribution == null })

                // Over a socket of the program's own.
                stream.record(readings(200, 200))
                stream.flush()
                val (host, port) = process.address.substringBefore('#').split(':')
                Transport.over(Socket(host, port.toInt())).use { home.sync(relay, over = it) }
                val came = Transport.over(Socket(host, port.toInt())).use { recipient.sync(relay, grant.consent, over = it) }
                assertTrue(came.entries > 0)
                assertTrue(home.receipts().isNotEmpty() || home.sync(relay).letters >= 0)
                recipient.close()
                home.close()
            }
        }

    @Test
    fun `what cannot be helped ends the following`() =
        runBlocking {
            // Nobody listens there.
            val place = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }
            val relay = Relay("127.0.0.1:$place#$KEY")
            Home.inMemory("Flat 4").use { home ->
                val event = withTimeout(30.seconds) { home.follow(relay).first() }
                assertEquals(Reason.UNREACHABLE, (event as HomeEvent.Failed).cause.reason)
                assertTrue(event.cause.isRetryable)
            }
        }

    @Test
    fun `a pipe that breaks`() =
        runBlocking {
            val relay = Relay("127.0.0.1:1#$KEY")
            Home.inMemory("Flat 4").use { home ->
                for (thrown in listOf(PipeException.Closed(), PipeException.Failed(), IllegalStateException("a mistake"))) {
                    val broken =
                        object : Pipe {
                            override fun send(bytes: ByteArray) = Unit

                            override fun receive(most: Int, wait: Duration): ByteArray = throw thrown
                        }
                    val failed = runCatching { Transport.over(broken).use { home.sync(relay, over = it) } }
                    val reason = (failed.exceptionOrNull() as FreeholdException.Peer).reason
                    assertEquals(Reason.CONNECTION_LOST, reason)
                }
            }
        }

    @Test
    fun `a key keeper of the program's own`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            val keeper = Keeper()
            val keys = KeyStore.over(keeper, KeyStoreKind.HARDWARE_DELETION)
            val place = folder.resolve("home")
            val clock = Clock.standing(at(2000))
            for (thrown in listOf(KeyKeeperException.Unavailable(), KeyKeeperException.Damaged(), IllegalStateException("a mistake"))) {
                keeper.thrown = thrown
                val failed = runCatching { Home.create(place, "Flat 4", keys) }.exceptionOrNull()
                assertEquals(Reason.KEY_STORE, (failed as FreeholdException.Storage).reason)
            }
            keeper.thrown = KeyKeeperException.Refused()
            val refused = runCatching { Home.create(place, "Flat 4", keys) }.exceptionOrNull()
            assertEquals(Reason.WRONG_PASSPHRASE, (refused as FreeholdException.Usage).reason)
            keeper.thrown = null
            Home.create(place, "Flat 4", keys, clock).use { home ->
                val stream = temperature(home)
                stream.record(readings(0, 100))
                stream.flush()
                assertEquals(KeyStoreKind.HARDWARE_DELETION, home.info().keyStore)
                val before = keeper.key
                val report = home.erase(stream, at(0), at(10))
                assertTrue(report.levels.isNotEmpty() && !keeper.key.contentEquals(before))
                assertTrue(home.verify().logs == 2L && home.inspect().logs.size == 2)
            }
            Home.open(place, keys, clock).use { assertEquals("Acme", it.devices().single().maker) }
        }

    @Test
    fun `a clock of the program's own`(): Unit =
        runBlocking {
            var said: Instant? = at(5)
            val clock =
                object : kotlin.time.Clock {
                    override fun now(): Instant = said ?: error("no time")
                }
            Home.inMemory("Flat 4", clock = Clock.over(clock)).use { home ->
                assertEquals(at(5), home.now)
                said = null
                assertEquals(at(5), home.now)
            }
            assertThrows(IllegalArgumentException::class.java) { Clock.over(clock).now = at(1) }
        }

    /** What is called back calls in turn, on the same thread: each call hears how it went itself, and nothing of another. */
    @Test
    fun `a call in the middle of a call`(): Unit =
        runBlocking {
            val energy = Freehold.kinds.getValue("energy_interval")
            val within = ConcurrentLinkedQueue<String>()
            val fail = { within += (runCatching { energy.parse("much") }.exceptionOrNull() as? FreeholdException)?.reason ?: "none" }
            val clock =
                object : kotlin.time.Clock {
                    override fun now(): Instant = at(5).also { fail() }
                }
            val keeper =
                object : KeyKeeper by Keeper() {
                    override fun load(): ByteArray? {
                        fail()
                        throw KeyKeeperException.Damaged()
                    }
                }
            Executors.newSingleThreadExecutor().asCoroutineDispatcher().use { one ->
                val failed = runCatching { Home.inMemory("Flat 4", KeyStore.over(keeper, KeyStoreKind.MEMORY), dispatcher = one) }
                assertEquals(Reason.KEY_STORE, (failed.exceptionOrNull() as FreeholdException).reason)
                Home.inMemory("Flat 4", clock = Clock.over(clock), dispatcher = one).use { home ->
                    assertEquals(at(5), home.now)
                    assertEquals("Flat 4", home.info().name)
                }
            }
            assertTrue(within.size >= 2)
            assertEquals(setOf(Reason.BAD_READING), within.toSet())
        }

    @Test
    fun `who does not agree is not taken in`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            Home.inMemory("Flat 4").use { home ->
                ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { listener ->
                    val place = "127.0.0.1:${listener.localPort}"
                    home.invite(PartyRole.AGENT, place).use { invitation ->
                        val taken =
                            async(Dispatchers.IO) {
                                Transport.over(listener.accept()).use { way ->
                                    runCatching { invitation.run(way) { error("the screen is off") } }
                                }
                            }
                        val joined =
                            Transport.connect(org.freehold.Invitation.placeOf(invitation.text)).use { way ->
                                runCatching { Home.join(folder.resolve("tablet"), "Tablet", PartyRole.AGENT, invitation.text, way) { false } }
                            }
                        assertTrue("the screen is off" in taken.await().exceptionOrNull()!!.message!!)
                        assertEquals(Reason.NOT_PAIRED, (joined.exceptionOrNull() as FreeholdException).reason)
                    }
                }
                assertEquals(1, home.parties().size)
            }
        }

    @Test
    fun `granted, narrowed, withdrawn`(): Unit =
        runBlocking {
            Bench.open(at(2000)).use { bench ->
                val stream = temperature(bench.home)
                stream.record(readings(0, 600))
                stream.flush()
                val request =
                    bench.recipient.request {
                        ask("air_temperature") {
                            levels(Level.RAW, Level.HOUR)
                            facets(Facet.TOTALS)
                            from = at(0)
                        }
                        purpose("dpv:ServiceProvision")
                        words = "To see whether it is warm."
                    }
                val proposal = bench.home.propose(request) { levels(Level.HOUR) }
                assertTrue(proposal.text.contains(proposal.fingerprint) && proposal.recipient == "Recipient")
                val grant = bench.home.approve(proposal, proposal.shown, attended = true)
                bench.recipient.accept(grant.file)
                assertTrue(bench.carry().pieces > 0)
                val raw = runCatching { bench.recipient.read(at(0), at(600)) }.exceptionOrNull()
                assertEquals(Reason.NOT_GRANTED, (raw as FreeholdException.Refused).reason)
                val pages = generateSequence(bench.recipient.page(at(0))) { page -> page.next?.let { bench.recipient.page(it) } }
                assertEquals(bench.recipient.windows(Level.HOUR, at(0), at(600)).toList(), pages.flatMap { it.items }.toList())
                bench.home.revoke(grant.consent)
                bench.carry()
                val gone = runCatching { bench.recipient.summaries(Level.HOUR, at(0), at(600)) }.exceptionOrNull()
                assertEquals(Reason.REVOKED, (gone as FreeholdException.Refused).reason)
            }
        }

    private fun Recipient.page(from: Instant) = runBlocking { summaries(Level.HOUR, from, at(600), limit = 2) }

    private class Keeper : KeyKeeper {
        var key: ByteArray? = null
        private var next: ByteArray? = null
        private var count = 0L
        var thrown: Exception? = null

        override fun load(): ByteArray? = asked { key }

        override fun prepare(key: ByteArray) = asked { next = key }

        override fun prepared(): ByteArray? = asked { next }

        override fun replace(key: ByteArray) =
            asked {
                this.key = key
                next = null
            }

        override fun counter(): Long = asked { count }

        override fun advance(count: Long) = asked { this.count = count }

        private fun <T> asked(act: () -> T): T {
            thrown?.let { throw it }
            return act()
        }
    }
}
