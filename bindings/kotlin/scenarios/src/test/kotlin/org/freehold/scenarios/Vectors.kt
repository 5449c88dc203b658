package org.freehold.scenarios

import org.freehold.Clock
import org.freehold.FileType
import org.freehold.ForTests
import org.freehold.FreeholdException
import org.freehold.Level
import org.freehold.Recipient
import org.freehold.explain
import java.io.ByteArrayOutputStream
import java.nio.file.Path
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.nameWithoutExtension
import kotlin.io.path.readText

/** Runs vectors through the library's interface, as tests/scenarios/README.md says. What is read is read in the span of [step]. */
class Vectors(
    private val folder: Path,
    private val step: Json,
    private val clock: Clock,
) {
    suspend fun run(): List<String> {
        val operation = step["of"].text
        return folder.resolve(operation).listDirectoryEntries().sorted().flatMap { file ->
            val came = orError { ofCase(operation, Json.read(file.readText())["input"]) }
            listOf(file.nameWithoutExtension) + came.map { "  $it" }
        }
    }

    private suspend fun ofCase(operation: String, input: Json): List<String> =
        when (operation) {
            "consent/card" -> shown(FileType.CARD, input["card"])
            "consent/request" -> shown(FileType.REQUEST, input["request"])
            "consent/grant" -> accepted(input["file"].octets(), input) { _, line -> listOf(line) }
            "consent/bundle" -> accepted(grantOf(input), input) { _, line -> listOf(line) }
            "parcel/open" -> accepted(input["grant"].octets(), input) { recipient, line -> listOf(line) + takenIn(recipient, input) }
            else -> error("the library does not do $operation")
        }

    private fun shown(type: FileType, signed: Json): List<String> {
        val explained = explain(file(type, signed.octets()), "UTC")
        return listOf("${explained.kind.name.lowercase()} ${explained.id}") + explained.text.removeSuffix("\n").lines()
    }

    @OptIn(ForTests::class)
    private suspend fun accepted(
        grant: ByteArray,
        input: Json,
        then: suspend (Recipient, String) -> List<String>,
    ): List<String> =
        Recipient.ofGrant(grant, input["seed"].octets(), clock).use { recipient ->
            val consent = recipient.accept(grant)
            then(recipient, "$consent ${streams(recipient).joinToString(",")}")
        }

    /** Takes in the parcels that came after a grant, and reads every stream at every level. */
    private suspend fun takenIn(recipient: Recipient, input: Json): List<String> {
        val streams = streams(recipient)
        val received = input["parcels"].list.map { line(recipient.receive(file(FileType.PARCEL, it.octets()))) }
        val state =
            recipient
                .consents()
                .single()
                .state
                .word()
        return received + state +
            streams.flatMap { stream ->
                Level.entries.flatMap { level ->
                    listOf("$stream ${level.word()}") + orError { read(recipient, stream, level) }.map { "  $it" }
                }
            }
    }

    private suspend fun read(
        recipient: Recipient,
        stream: String,
        level: Level,
    ): List<String> {
        val (from, until) = step["from"].at() to step["until"].at()
        if (level == Level.RAW) return lines(recipient.read(from, until, MOST, stream = stream), ::line)
        return lines(recipient.summaries(level, from, until, MOST, stream = stream), ::line)
    }

    private suspend fun streams(recipient: Recipient): List<String> =
        recipient
            .consents()
            .single()
            .streams
            .map { it.name }
}

/** A file with this in it. */
private fun file(type: FileType, signed: ByteArray): ByteArray = "FRHD".encodeToByteArray() + byteArrayOf((type.ordinal + 1).toByte(), 1) + signed

/** A grant of what the bundles of a case are of. */
private fun grantOf(input: Json): ByteArray {
    val grant = ByteArrayOutputStream()
    grant.put(input["card"])
    grant.put(input["token"])
    grant.putLength(input["bundles"].list.size)
    input["bundles"].list.forEach { grant.put(it) }
    return file(FileType.GRANT, grant.toByteArray())
}

private fun ByteArrayOutputStream.put(digits: Json) {
    val octets = digits.octets()
    putLength(octets.size)
    writeBytes(octets)
}

/** In groups of seven bits, the least first. */
private fun ByteArrayOutputStream.putLength(length: Int) {
    var rest = length
    while (rest > 127) {
        write((rest and 127) or 128)
        rest = rest ushr 7
    }
    write(rest)
}

@OptIn(ExperimentalStdlibApi::class)
private fun Json.octets(): ByteArray = text.hexToByteArray()

/** What came of it, or its error as a line. */
suspend fun orError(act: suspend () -> List<String>): List<String> =
    try {
        act()
    } catch (failed: FreeholdException) {
        listOf("error ${failed.reason} ${failed.message}")
    }

/** More than any case has. */
private const val MOST = 1000
