package org.freehold.scenarios

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.withTimeout
import org.freehold.Clock
import org.freehold.ConsentId
import org.freehold.ConsentState
import org.freehold.ErasureReport
import org.freehold.Facet
import org.freehold.Grant
import org.freehold.Home
import org.freehold.HomeEvent
import org.freehold.Invitation
import org.freehold.KeyStore
import org.freehold.KeyStoreKind
import org.freehold.Level
import org.freehold.Page
import org.freehold.PartyRole
import org.freehold.Proposal
import org.freehold.Reading
import org.freehold.ReceiptEvent
import org.freehold.Received
import org.freehold.Recipient
import org.freehold.RecipientEvent
import org.freehold.Role
import org.freehold.Signer
import org.freehold.Stream
import org.freehold.StreamInfo
import org.freehold.StreamSpec
import org.freehold.Trace
import org.freehold.Transport
import org.freehold.Value
import org.freehold.Watch
import org.freehold.Window
import org.freehold.explain
import org.freehold.testing.RelayProcess
import java.net.InetAddress
import java.net.ServerSocket
import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

/** Runs the steps of a scenario, in the words of tests/scenarios/README.md. */
class Stage(
    private val scenario: Json,
    private val vectors: Path,
    private val folder: Path,
    private val relay: () -> RelayProcess,
) : AutoCloseable {
    private val ownClock = OwnClock(scenario["clock"].at())
    private val isOwn = "own_clock" in scenario
    private val clock = if (isOwn) Clock.over(ownClock) else Clock.standing(ownClock.now)
    private val homes = LinkedHashMap<String, Home>()
    private val recipients = LinkedHashMap<String, Recipient>()
    private val streams = LinkedHashMap<String, Kept>()
    private val requests = HashMap<String, ByteArray>()
    private val proposals = HashMap<String, Proposal>()
    private val grants = HashMap<String, Grant>()
    private val consents = HashMap<String, ConsentId>()
    private val relays = HashMap<String, RelayProcess>()

    /** The key store and the signer that the program brings for a home or a recipient, and which key store each has. */
    private val brought = HashMap<String, Brought>()
    private val kept = HashMap<String, String?>()
    private val signers = HashMap<String, Signer>()
    private val watches = HashMap<String, Watch>()

    /** What is chosen by chance, and what the scenario calls it. */
    private val names = ArrayList<Pair<String, String>>()

    private class Kept(
        val home: String,
        val name: String,
        val stream: Stream,
    )

    suspend fun run(): String =
        buildString {
            scenario["steps"].list.forEachIndexed { index, step ->
                val verb = step["do"].text
                val came = orError { step(verb, step) }
                appendLine("${index + 1} $verb")
                for (line in came) {
                    appendLine("  " + named(line))
                }
            }
        }

    private fun named(line: String): String = names.fold(line) { text, (chosen, name) -> text.replace(chosen, name) }

    override fun close() {
        watches.values.forEach { it.close() }
        recipients.values.forEach { it.close() }
        homes.values.forEach { it.close() }
    }

    private suspend fun step(verb: String, step: Json): List<String> {
        when (verb) {
            "clock" -> {
                ownClock.now = step["at"].at()
                if (!isOwn) clock.now = ownClock.now
            }
            "home" -> makeHome(step)
            "recipient" -> makeRecipient(step)
            "own" -> brought.getValue(step["of"].text).presence = Presence.valueOf(step["is"].text.uppercase())
            "now" -> return listOf((if ("home" in step) home(step).now else recipient(step).now).toEpochMilliseconds().toString())
            "reopen" -> reopen(step)
            "device" -> home(step).addDevice(step["name"].text)
            "stream" -> addStream(step)
            "streams" -> return home(step).streams().map(::line)
            "record" -> return record(step)
            "flush" -> stream(step).flush()
            "read" -> return read(step)
            "summaries" -> return summaries(step)
            "request" -> return request(step)
            "propose" -> return propose(step)
            "approve" -> {
                val proposal = proposals.getValue(step["proposal"].text)
                grants[step["as"].text] = home(step).approve(proposal, proposal.shown, attended = true)
            }
            "accept" -> {
                val consent = recipient(step).accept(grants.getValue(step["grant"].text).file)
                consents[step["as"].text] = consent
                names += consent.text to "<${step["as"].text}>"
            }
            "carry" -> return carry(home(step), recipient(step))
            "relay" -> relays[step["as"].text] = relay()
            "sync" -> return sync(step)
            "follow" -> return follow(step)
            "receipts" -> return home(step).receipts().map { named(line(it.event)) }.sorted()
            "consents" -> return listConsents(step)
            "revoke" -> home(step).revoke(consents.getValue(step["consent"].text))
            "erase" -> return lines(home(step).erase(stream(step), step["from"].at(), step["until"].at()))
            "erasable" -> return lines(home(step).erasable(stream(step), step["from"].at(), step["until"].at()))
            "renew" -> return listOf(home(step).renewKey().toString())
            "erasures" -> return erasures(step)
            "join" -> join(step)
            "parties" ->
                return home(step).parties().map {
                    val removed = if (it.removed == null) "" else " removed"
                    "${it.role.name.lowercase()} ${it.name}$removed"
                }
            "remove" -> home(step).remove(step["name"].text)
            "changed" -> return listOf(watches.getValue(holder(step)).changed().toString())
            "vectors" -> return Vectors(vectors, step, clock).run()
            else -> error("no such step: $verb")
        }
        return emptyList()
    }

    /** A parcel from one to the other, and what was erased back. */
    private suspend fun carry(home: Home, recipient: Recipient): List<String> {
        val received = recipient.receive(home.parcel(recipient.card, recipient.have()))
        home.hearReceipts(recipient.have())
        return listOf(line(received))
    }

    private suspend fun makeHome(step: Json) {
        val (name, called) = step["as"].text to step["name"].text
        val keys = keys(name, step.find("keys")?.text)
        val inMemory = step.find("keys")?.text == "memory"
        keep(name, if (inMemory) Home.inMemory(called, keys, clock) else Home.create(path(name), called, keys, clock))
    }

    /** The key store of a home or a recipient: the same again for what is opened again. */
    private fun keys(name: String, how: String?): KeyStore {
        kept[name] = how
        val own = brought.getOrPut(name) { Brought() }
        return when (how) {
            null -> KeyStore.file(path(name))
            "passphrase" -> KeyStore.passphrase(path(name), PASSPHRASE)
            "own" -> KeyStore.over(own.keeper, KeyStoreKind.MEMORY)
            "memory" -> KeyStore.memory()
            else -> error("no such keys: $how")
        }
    }

    private suspend fun makeRecipient(step: Json) {
        val (name, called) = step["as"].text to step["name"].text
        val role = Role.valueOf(step["role"].text.uppercase())
        val keys = keys(name, step.find("keys")?.text)
        if ("signer" in step) signers[name] = Signer.over(brought.getValue(name).key)
        val recipient =
            if (step.find("keys")?.text == "memory") {
                Recipient.inMemory(called, role, keys, clock)
            } else {
                Recipient.create(path(name), called, role, keys, clock, signer = signers[name])
            }
        names += recipient.fingerprint to "<$name>"
        keep(name, recipient)
    }

    private suspend fun reopen(step: Json) {
        val name = holder(step)
        val other = step.find("passphrase")?.text
        val keys = if (other == null) keys(name, kept[name]) else KeyStore.passphrase(path(name), other)
        watches.remove(name)?.close()
        if ("recipient" in step) {
            recipients.remove(name)?.close()
            keep(name, Recipient.open(path(name), keys, clock, signer = signers[name]))
            return
        }
        homes.remove(name)?.close()
        val home = Home.open(path(name), keys, clock)
        for ((known, kept) in streams.entries.filter { it.value.home == name }) {
            streams[known] = Kept(name, kept.name, home.stream(kept.name))
        }
        keep(name, home)
    }

    private suspend fun addStream(step: Json) {
        val (home, device, name, kind) = listOf("home", "device", "name", "kind").map { step[it].text }
        val spec: StreamSpec.() -> Unit = {
            zone = step["zone"].text
            levels(*step["levels"].levels())
            step.find("facets")?.let { facets(*it.facets()) }
        }
        val writer = step.find("for")?.text
        val stream =
            if (writer == null) {
                home(step).addStream(device, name, kind, spec)
            } else {
                home(step).addStreamFor(writer, device, name, kind, spec)
            }
        streams[step["as"].text] = Kept(home, name, stream)
    }

    private suspend fun sync(step: Json): List<String> {
        val process = relays.getValue(step["relay"].text)
        val (relay, over) = process.relay() to step.find("over")?.text
        if (over == null) {
            if ("home" in step) return listOf("entries=${home(step).sync(relay).entries}")
            return listOf(line(recipient(step).sync(relay)))
        }
        val place = process.address.substringBefore('#')
        val way = if (over == "transport") Transport.connect(place) else Transport.over(OwnPipe(place))
        return way.use {
            if ("home" in step) return listOf("entries=${home(step).sync(relay, way).entries}")
            listOf(line(recipient(step).sync(relay, consents.getValue(step["consent"].text), way)))
        }
    }

    /** Until a home has brought something, or a recipient has as many entries as the step says. */
    private suspend fun follow(step: Json): List<String> =
        withTimeout(1.minutes) {
            val relay = relays.getValue(step["relay"].text).relay()
            if ("home" in step) {
                home(step).follow(relay).first { it is HomeEvent.Synced && it.uploaded.stretches > 0 }
                return@withTimeout listOf("brought=true")
            }
            var came = 0L
            recipient(step).follow(relay).first {
                if (it is RecipientEvent.Synced) came += it.received.entries
                came >= step["entries"].number
            }
            listOf("entries=$came")
        }

    private suspend fun record(step: Json): List<String> {
        val from = step["from"].at()
        val every = step["every"].number.milliseconds
        val lasting = (step.find("lasting")?.number ?: 0).milliseconds
        val readings =
            step["values"].list.mapIndexed { index, value ->
                val what =
                    when (val any = value.any) {
                        is Boolean -> Value.Bool(any)
                        is String -> Value.Text(any)
                        else -> Value.Number(value.number)
                    }
                Reading(from + every * index, what, lasting)
            }
        return with(stream(step).record(readings)) {
            listOf("new=$added duplicates=$duplicates corrected=$corrected late=$late kept=$kept dropped=$dropped")
        }
    }

    private suspend fun read(step: Json): List<String> {
        val (from, until) = step["from"].at() to step["until"].at()
        val limit = step["limit"].number.toInt()
        val page =
            if ("stream" in step) stream(step).read(from, until, limit) else recipient(step).read(from, until, limit)
        return lines(page, ::line)
    }

    private suspend fun summaries(step: Json): List<String> {
        val (from, until) = step["from"].at() to step["until"].at()
        val (level, limit) = level(step["level"].text) to step["limit"].number.toInt()
        val page =
            if ("stream" in step) {
                stream(step).summaries(level, from, until, limit)
            } else {
                recipient(step).summaries(level, from, until, limit)
            }
        return lines(page, ::line)
    }

    private suspend fun request(step: Json): List<String> {
        val request =
            recipient(step).request {
                ask(step["kind"].text) {
                    levels(*step["levels"].levels())
                    facets(*step["facets"].facets())
                    from = step["from"].at()
                    until = step.find("until")?.at()
                }
                purpose(step["purpose"].text)
                retention = (step.find("retention")?.number ?: 30).days
            }
        requests[step["as"].text] = request
        return explain(request, "UTC").text.removeSuffix("\n").lines()
    }

    private suspend fun propose(step: Json): List<String> {
        val proposal =
            home(step).propose(requests.getValue(step["request"].text)) {
                if ("stream" in step) streams(stream(step).name)
            }
        proposals[step["as"].text] = proposal
        val after = "reveals=${proposal.reveals} expires=${proposal.expires.toEpochMilliseconds()}"
        return proposal.text.removeSuffix("\n").lines() + after
    }

    private suspend fun listConsents(step: Json): List<String> {
        val isHome = "home" in step
        val all = if (isHome) home(step).consents() else recipient(step).consents()
        return all.map { consent ->
            val who = if (isHome) consent.recipient else consent.streams.joinToString(",") { it.name }
            "${consent.id} $who ${consent.state.word()}"
        }
    }

    private suspend fun erasures(step: Json): List<String> =
        home(step).erasures().flatMap { erasure ->
            val span = "${erasure.from.toEpochMilliseconds()} ${erasure.until.toEpochMilliseconds()}"
            listOf("${erasure.stream} $span") +
                erasure.confirmations.map { "  ${it.name} ${if (it.at == null) "awaited" else "answered"}" }
        }

    private suspend fun join(step: Json) {
        val name = step["as"].text
        val role = PartyRole.valueOf(step["role"].text.uppercase())
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { listener ->
            val place = "127.0.0.1:${listener.localPort}"
            home(step).invite(role, place).use { invitation ->
                val joined =
                    coroutineScope {
                        val taken =
                            async(Dispatchers.IO) {
                                Transport.over(listener.accept()).use { way ->
                                    runCatching { invitation.run(way) { true } }
                                }
                            }
                        val joined =
                            Transport.connect(checkNotNull(Invitation.placeOf(invitation.text))).use { way ->
                                runCatching { Home.join(path(name), step["name"].text, role, invitation.text, way, keys(name, null), clock) { true } }
                            }
                        joined.getOrThrow().also { taken.await().getOrThrow() }
                    }
                keep(name, joined)
            }
        }
    }

    private fun keep(name: String, home: Home) {
        watches[name] = home.watch()
        homes[name] = home
    }

    private fun keep(name: String, recipient: Recipient) {
        watches[name] = recipient.watch()
        recipients[name] = recipient
    }

    private fun path(name: String): Path = folder.resolve(name)

    private fun home(step: Json): Home = homes.getValue(step["home"].text)

    private fun recipient(step: Json): Recipient = recipients.getValue(step["recipient"].text)

    private fun stream(step: Json): Stream = streams.getValue(step["stream"].text).stream

    private fun holder(step: Json): String = (step.find("home") ?: step["recipient"]).text
}

internal fun Json.at(): Instant = Instant.fromEpochMilliseconds(number)

private fun Json.levels(): Array<Level> = list.map { level(it.text) }.toTypedArray()

private fun Json.facets(): Array<Facet> = list.map { Facet.valueOf(it.text.uppercase()) }.toTypedArray()

private fun level(word: String): Level = Level.entries.first { it.word() == word }

internal fun ConsentState.word(): String = if (this == ConsentState.NOT_YET) "pending" else name.lowercase()

internal fun Level.word(): String = name.lowercase().replace('_', '-')

internal fun <T> lines(page: Page<T>, line: (T) -> String): List<String> =
    page.items.map(line) +
        listOfNotNull(page.next?.let { "next ${it.toEpochMilliseconds()}" }, page.notYet?.let { "not yet ${it.toEpochMilliseconds()}" })

internal fun line(reading: Reading): String {
    val value =
        when (val value = reading.value) {
            Value.None -> "none"
            is Value.Number -> "number ${value.number}"
            is Value.Bool -> "bool ${value.yes}"
            is Value.State -> "state ${value.state}"
            is Value.Point -> "point ${value.lat} ${value.lon}"
            is Value.Text -> "text ${value.text}"
        }
    val flags = if (reading.flags.bits == 0) "" else " flags=${reading.flags.bits}"
    return "${reading.time.toEpochMilliseconds()}+${reading.duration.inWholeMilliseconds} $value$flags"
}

internal fun line(window: Window): String =
    buildString {
        append("${window.from.toEpochMilliseconds()} ${window.until.toEpochMilliseconds()}")
        window.totals?.let { append(" count=${it.count} sum=${it.sum} sum_squares=${it.sumOfSquares}") }
        window.extremes?.let { append(" min=${it.min} max=${it.max} first=${it.first} last=${it.last}") }
        window.distribution?.let { append(" distribution=${it.joinToString(",")}") }
        window.index?.let { append(" index=$it") }
    }

private fun line(stream: StreamInfo): String =
    with(stream) { "$name $kind $zone ${levels.sorted().joinToString(",") { it.word() }} exponent=$exponent" }

private fun line(event: ReceiptEvent): String =
    when (event) {
        is ReceiptEvent.Fetched -> {
            val span = "${event.from.toEpochMilliseconds()} ${event.until.toEpochMilliseconds()}"
            "fetched ${event.consent} ${event.stream} ${event.level.word()} $span entries=${event.entries}"
        }
        is ReceiptEvent.Letters -> "letters ${event.consent} ${event.letters}"
        ReceiptEvent.Done -> "done"
        ReceiptEvent.Other -> "other"
    }

private fun lines(report: ErasureReport): List<String> =
    report.levels.map { "${it.level.word()} slots=${it.slots}" } +
        report.holders.map { "holder ${it.recipient} ${it.level.word()} slots=${it.slots}" } +
        report.traces.map {
            when (it) {
                is Trace.Difference -> "trace ${it.recipient} ${it.coarse.word()} ${it.fine.word()}"
                Trace.Index -> "trace index"
            }
        }

internal fun line(received: Received): String = with(received) { "entries=$entries pieces=$pieces extensions=$extensions revocations=$revocations" }

private const val PASSPHRASE = "correct horse battery staple"
