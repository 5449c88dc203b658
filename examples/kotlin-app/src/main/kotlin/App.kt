import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.Facet
import org.freehold.FreeholdException
import org.freehold.Home
import org.freehold.Level
import org.freehold.Reading
import org.freehold.ReceiptEvent
import org.freehold.Recipient
import org.freehold.RecipientEvent
import org.freehold.Relay
import org.freehold.Role
import org.freehold.testing.RelayProcess
import java.math.BigDecimal
import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.GZIPInputStream
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.io.path.inputStream
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

// The core of a phone app: a meter's half hours are recorded, a supplier asks for them, the person agrees, the supplier follows them live,
// and the person withdraws. The supplier is here in the same process; in life it is somewhere else.

private val halfHour = 30.minutes

/** What one home used in each half hour of 2013, in kilowatt hours: `tests/data/SOURCE.md` says who recorded it. */
private fun recorded(repository: Path): List<BigDecimal> {
    val file = repository.resolve("tests/data/electricity-sgsc-49homes/sgsc_2013_halfhourly.csv.gz")
    return GZIPInputStream(file.inputStream()).bufferedReader().useLines { lines ->
        lines.filter { it.startsWith("H01,") }.take(56).map { BigDecimal(it.substringAfterLast(',')) }.toList()
    }
}

@OptIn(ExperimentalPathApi::class)
fun main(words: Array<String>) {
    val folder = Files.createTempDirectory("kotlin-app")
    try {
        RelayProcess.start(folder.resolve("relay")).use { server ->
            runBlocking { app(recorded(Path.of(words[0])), folder, server.relay()) }
        }
    } finally {
        folder.deleteRecursively()
    }
}

private suspend fun app(
    used: List<BigDecimal>,
    folder: Path,
    relay: Relay,
): Unit =
    coroutineScope {
        // It is played as if the first day was today: a relay has a clock of its own. An app leaves the clock out.
        val midnight = Instant.fromEpochMilliseconds(System.currentTimeMillis() / 86_400_000 * 86_400_000)
        val clock = Clock.standing(midnight + 1.days)
        val phone = Home.create(folder.resolve("phone"), "Phone", clock = clock)
        phone.addDevice("meter")
        val use =
            phone.addStream("meter", "electricity", "energy_interval") {
                zone = "Etc/UTC"
                levels(Level.RAW, Level.HALF_HOUR, Level.DAY)
                chunk = 30.minutes
            }
        val readings =
            used.mapIndexed { n, kilowattHours ->
                Reading(midnight + halfHour * n, use.info.number(kilowattHours.movePointRight(3)), halfHour)
            }
        use.record(readings.take(48))
        println("recorded a day: ${readings.take(48).size} half hours")

        // The supplier asks. What travels is a file: a link, a code.
        val supplier = Recipient.create(folder.resolve("supplier"), "Supplier", Role.CONTROLLER, clock = clock)
        val request =
            supplier.request {
                ask("energy_interval") {
                    levels(Level.HALF_HOUR)
                    facets(Facet.TOTALS)
                    from = midnight
                }
                purpose("dpv:PaymentManagement")
                retention = 30.days
            }

        // The person reads exactly what would be granted, and says yes to exactly that.
        val proposal = phone.propose(request)
        println("\n${proposal.text}\n")
        val grant = phone.approve(proposal, proposal.shown, attended = true)
        val consent = supplier.accept(grant.file)

        // The supplier follows them live.
        val following =
            async {
                val seen = LinkedHashSet<Instant>()
                supplier.follow(relay).first { event ->
                    if (event is RecipientEvent.Failed) println("the supplier: ${event.cause.message}")
                    val over = event is RecipientEvent.Synced && event.received.revocations > 0
                    if (event is RecipientEvent.Synced && !over) {
                        supplier
                            .windows(Level.HALF_HOUR, midnight, midnight + 2.days, consent)
                            .toList()
                            .filter { seen.add(it.from) && it.from >= midnight + 1.days }
                            .forEach { println("the supplier reads ${it.from}: ${use.info.decimal(it.totals!!.sum)} ${use.info.unit}") }
                    }
                    over
                }
                seen.size
            }

        // The next day begins; each half hour is at the supplier when it is over.
        phone.sync(relay)
        for (reading in readings.drop(48)) {
            use.record(reading)
            clock.now = reading.time + halfHour + 1.seconds
            phone.sync(relay)
            delay(300.milliseconds)
        }

        // The person withdraws. The supplier's copies and keys go.
        phone.revoke(consent)
        phone.sync(relay)
        val seen = following.await()
        check(seen >= 48) { "the supplier saw $seen half hours" }
        try {
            supplier.summaries(Level.HALF_HOUR, midnight, midnight + 1.days, consent = consent)
            error("it still opens")
        } catch (refused: FreeholdException.Refused) {
            println("after $seen half hours the supplier can open nothing: ${refused.message}")
        }
        // Who read what, as the relay wrote it down: the person sees it.
        phone.receipts().forEach { receipt ->
            (receipt.event as? ReceiptEvent.Fetched)?.let { println("the relay noted that ${it.stream} was read: ${it.entries} entries") }
        }
        supplier.close()
        phone.close()
    }
