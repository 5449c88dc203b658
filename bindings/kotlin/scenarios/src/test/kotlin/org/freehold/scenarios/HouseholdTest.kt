package org.freehold.scenarios

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.Facet
import org.freehold.Flags
import org.freehold.FreeholdException
import org.freehold.Home
import org.freehold.KeyStore
import org.freehold.Level
import org.freehold.PartyRole
import org.freehold.Reading
import org.freehold.Reason
import org.freehold.Recipient
import org.freehold.Role
import org.freehold.Transport
import org.freehold.Value
import org.freehold.testing.RelayProcess
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.net.InetAddress
import java.net.ServerSocket
import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

private val START = Instant.parse("2026-03-01T00:00:00Z")

@Timeout(120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HouseholdTest {
    private val clock = Clock.standing(START)

    /** A gateway seals what its household reads, over a relay. */
    @Test
    fun `a device writes a stream of the household`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            RelayProcess.start(folder.resolve("relay")).use { process ->
                val relay = process.relay()
                val phone = Home.create(folder.resolve("phone"), "Flat 4", KeyStore.file(folder.resolve("phone")), clock)
                val gateway = joined(phone, folder.resolve("gateway"))
                phone.addDevice("meter")
                val written = phone.addStreamFor("Gateway", "meter", "power", "active_power") { levels(Level.RAW, Level.HOUR) }
                repeat(2) {
                    phone.sync(relay)
                    gateway.sync(relay)
                }
                val power = gateway.stream("power")
                power.record(
                    (0 until 120).map { Reading(START + 1.minutes * it, Value.Number(400_000), flags = Flags.ESTIMATED + Flags.ABOVE_RANGE) },
                )
                clock.now = START + 2.days
                power.flush()
                gateway.sync(relay)
                phone.sync(relay)
                assertEquals(2, written.summaries(Level.HOUR, START, START + 3.hours).items.size)
                val read = written.read(START, START + 3.hours).items
                assertEquals(120, read.size)
                assertTrue(read.all { Flags.ESTIMATED in it.flags && Flags.ABOVE_RANGE in it.flags && Flags.BELOW_RANGE !in it.flags })
                // A device has no keys of the household.
                assertEquals(
                    Reason.NOT_AN_AGENT,
                    assertThrows(FreeholdException.Usage::class.java) { runBlocking { gateway.remove("Gateway") } }.reason,
                )
                gateway.close()
                phone.close()
            }
        }

    @Test
    fun `what would be erased is said before`(): Unit =
        runBlocking {
            Home.inMemory("Flat 4", KeyStore.memory(), clock).use { home ->
                home.addDevice("meter")
                val power = home.addStream("meter", "power", "active_power") { levels(Level.RAW, Level.HOUR) }
                power.record((0 until 120).map { Reading(START + 1.minutes * it, 400_000L) })
                clock.now = START + 2.days
                power.flush()
                val foreseen = home.erasable(power, START, START + 1.hours)
                assertEquals(2, power.summaries(Level.HOUR, START, START + 3.hours).items.size)
                assertEquals(foreseen, home.erase(power, START, START + 1.hours))
                // Both hours lie in the one raw slot that goes.
                assertEquals(0, power.summaries(Level.HOUR, START, START + 3.hours).items.size)
                // Nobody else erased anything.
                assertFalse(home.renewKey())
            }
        }

    @Test
    fun `a passphrase opens a store, and another does not`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            val keys = KeyStore.passphrase(folder, "four words are enough")
            Recipient.create(folder, "Practice", Role.CONTROLLER, keys, clock).use { assertTrue(it.size() > 0) }
            assertEquals(true, KeyStore.needsPassphrase(folder))
            val wrong = KeyStore.passphrase(folder, "four others are not")
            val refused = assertThrows(FreeholdException.Usage::class.java) { runBlocking { Recipient.open(folder, wrong, clock) } }
            assertEquals(Reason.WRONG_PASSPHRASE, refused.reason)
        }

    @Test
    fun `purposes can be narrowed`(): Unit =
        runBlocking {
            Home.inMemory("Flat 4", clock = clock).use { home ->
                home.addDevice("meter")
                home.addStream("meter", "power", "active_power") { levels(Level.RAW, Level.HOUR) }
                Recipient.inMemory("Supplier", Role.CONTROLLER, clock = clock).use { supplier ->
                    val request =
                        supplier.request {
                            ask("active_power") {
                                levels(Level.HOUR)
                                facets(Facet.TOTALS)
                                from = START
                            }
                            purpose("dpv:ServiceProvision")
                            purpose("dpv:Marketing")
                            retention = 30.days
                        }
                    val proposal = home.propose(request) { purposes("dpv:ServiceProvision") }
                    assertTrue("arketing" in home.propose(request).text)
                    assertFalse("arketing" in proposal.text)
                }
            }
        }

    private suspend fun joined(phone: Home, place: Path): Home =
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { listener ->
            val address = "127.0.0.1:${listener.localPort}"
            phone.invite(PartyRole.DEVICE, address).use { invitation ->
                coroutineScope {
                    val taken = async(Dispatchers.IO) { Transport.over(listener.accept()).use { way -> invitation.run(way) { true } } }
                    val joined =
                        Transport.connect(address).use { way ->
                            Home.join(place, "Gateway", PartyRole.DEVICE, invitation.text, way, KeyStore.file(place), clock) { true }
                        }
                    joined.also { taken.await() }
                }
            }
        }
}
