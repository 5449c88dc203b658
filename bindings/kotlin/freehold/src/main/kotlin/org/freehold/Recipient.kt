package org.freehold

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import java.nio.file.Path
import kotlin.io.path.absolutePathString
import kotlin.time.Duration
import kotlin.time.Instant
import org.freehold.ffi.Recipient as FfiRecipient
import org.freehold.ffi.Selection as FfiSelection

/**
 * A recipient's store: its card and keys, the consents that it was given, and its copy of what they cover. Any number of coroutines may use
 * it at once. [close] it when it is no longer used; one that is forgotten is closed when the garbage collector finds it.
 */
public class Recipient internal constructor(
    internal val ffi: FfiRecipient,
    dispatcher: CoroutineDispatcher,
) : AutoCloseable {
    private val calls = Calls(dispatcher)

    /** What it calls itself. */
    public val name: String get() = calls.open { ffi.name() }

    /** The fingerprint of the card by which it is known: a person compares it with the one in a proposal's text. */
    public val fingerprint: String get() = calls.open { ffi.fingerprint() }

    /** The time by its clock. */
    public val now: Instant get() = calls.open { ffi.nowMs() }.at()

    /** Bytes of the store. */
    public suspend fun size(): Long = calls.call { ffi.size().toLong() }

    /** Tells when something has come or gone. It does not say what: look again. Many changes are told as one. */
    public val changes: Flow<Unit> = calls.changes { ffi.watch() }

    /** Tells from now on whether something has changed, when it is asked. */
    public fun watch(): Watch = Watch(calls.open { ffi.watch() }, calls)

    /**
     * Makes a signed request, as a file for a household.
     *
     * ```kotlin
     * val request = supplier.request {
     *     ask("energy_interval") {
     *         levels(Level.DAY)
     *         facets(Facet.TOTALS)
     *         from = start
     *     }
     *     purpose("dpv:PaymentManagement")
     *     retention = 30.days
     * }
     * ```
     *
     * @throws IllegalArgumentException for a word that stands for nothing.
     */
    public suspend fun request(wishes: Wishes.() -> Unit): ByteArray {
        val lowered = Wishes().apply(wishes).lowered()
        return calls.call { ffi.request(lowered) }
    }

    /**
     * Takes a grant in. A grant may be taken in again.
     *
     * @param grant [Grant.file].
     * @throws FreeholdException.Refused when it is another recipient's, or was withdrawn.
     * @throws FreeholdException.Input when it is no grant, or not signed.
     */
    public suspend fun accept(grant: ByteArray): ConsentId = ConsentId(calls.call { ffi.accept(grant.direct()) })

    /** The card by which it is known, as a file: see [Home.parcel]. */
    public val card: ByteArray get() = calls.open { ffi.card() }

    /** What it has, as a file for a home that is asked for a parcel: see [Home.parcel]. */
    public suspend fun have(): ByteArray = calls.call { ffi.have() }

    /**
     * Takes a parcel in, where no relay is met: verifies everything, keeps what is new, and deletes what was withdrawn and erased. What was taken
     * before an exception stays.
     *
     * @param parcel from [Home.parcel].
     * @throws FreeholdException.Input when it is no parcel, or something in it does not verify.
     */
    public suspend fun receive(parcel: ByteArray): Received = calls.call { Received(ffi.receive(parcel.direct())) }

    /** Every consent that it was given, oldest first. */
    public suspend fun consents(): List<Consent> = calls.call { ffi.consents().map { Consent(it) } }

    /**
     * The readings from [from] until before [until], where raw was granted, as [Stream.read] gives them. [consent] and [stream] may be null
     * where only one fits.
     *
     * @throws FreeholdException.Refused when it was not granted, or not for this time, or not any more.
     */
    public suspend fun read(
        from: Instant,
        until: Instant,
        limit: Int = 0,
        consent: ConsentId? = null,
        stream: String? = null,
    ): Page<Reading> {
        val of = FfiSelection(consent?.text, stream)
        return calls.call { readings(ffi.read(of, from.ms(), until.ms(), limit.limit())) }
    }

    /** All readings from [from] until before [until] for which there are keys, fetched as they are collected. */
    public fun readings(
        from: Instant,
        until: Instant,
        consent: ConsentId? = null,
        stream: String? = null,
    ): Flow<Reading> = flow { everyPage(from, until, { read(it, until, PAGE, consent, stream) }) { emit(it) } }

    /**
     * The summaries of a level's slots, with the facets that were granted, as [Stream.summaries] gives them. [consent] and [stream] may be
     * null where only one fits.
     *
     * @throws FreeholdException.Refused when it was not granted, or not for this time, or not any more.
     */
    public suspend fun summaries(
        level: Level,
        from: Instant,
        until: Instant,
        limit: Int = 0,
        consent: ConsentId? = null,
        stream: String? = null,
    ): Page<Window> {
        val of = FfiSelection(consent?.text, stream)
        return calls.call { windows(ffi.summaries(of, level.lowered(), from.ms(), until.ms(), limit.limit())) }
    }

    /** All summaries of a level between [from] and [until] for which there are keys, fetched as they are collected. */
    public fun windows(
        level: Level,
        from: Instant,
        until: Instant,
        consent: ConsentId? = null,
        stream: String? = null,
    ): Flow<Window> = flow { everyPage(from, until, { summaries(level, it, until, PAGE, consent, stream) }) { emit(it) } }

    /**
     * Fetches from a relay what is new under each consent. A cancelled coroutine ends it, and so does [most]: what is left comes with the next.
     *
     * @throws FreeholdException.Stopped when it took longer than [most].
     * @throws FreeholdException.Peer when the relay is not reached, or refuses.
     */
    public suspend fun sync(relay: Relay, most: Duration = Duration.INFINITE): Received =
        calls.stoppable(most) { stop -> Received(ffi.sync(relay.ffi, stop)) }

    /** Fetches what is new under one consent over a pipe of the program's own that is connected to the relay. */
    public suspend fun sync(
        relay: Relay,
        consent: ConsentId,
        over: Transport,
        most: Duration = Duration.INFINITE,
    ): Received = calls.stoppable(most) { stop -> Received(ffi.syncOver(relay.ffi, consent.text, over.ffi, false, stop)) }

    /**
     * Fetches what is new under every consent for as long as the flow is collected, also under those that are accepted meanwhile, again and
     * again when the relay is lost.
     */
    public fun follow(relay: Relay): Flow<RecipientEvent> = calls.following { stop, tell -> ffi.follow(relay.ffi, stop, RecipientListening(tell)) }

    /** What the store holds. */
    public suspend fun inspect(): Inspection = calls.call { Inspection(ffi.inspect()) }

    /**
     * Reads and checks everything: every chain and checkpoint, every piece's hash, and which pieces open.
     *
     * @throws FreeholdException.Storage the first thing that is wrong.
     */
    public suspend fun verify(): Verification = calls.call { Verification(ffi.verify()) }

    /** Leaves the store tidy, and closes it. A recipient that is closed throws [IllegalStateException]; to close it again does nothing. */
    override fun close() {
        if (!calls.close()) return
        try {
            told { ffi.finish() }
        } finally {
            ffi.close()
        }
    }

    /** Makes and opens recipients. */
    public companion object {
        /**
         * Makes a recipient in a folder, with new keys and a card that says [name] and [role].
         *
         * @param clock what it lives by; null for the operating system's clock.
         * @param dispatcher where short calls block; what waits for a peer or a change has threads of its own.
         * @param signer whoever has the key of the card, where that is to lie in hardware.
         * @throws FreeholdException.Usage when there is a home or a recipient, or the name is none.
         * @throws FreeholdException.Storage what the store, the key store and the signer say.
         */
        public suspend fun create(
            path: Path,
            name: String,
            role: Role,
            keys: KeyStore = KeyStore.file(path),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            signer: Signer? = null,
        ): Recipient =
            made(dispatcher) {
                FfiRecipient.create(path.absolutePathString(), name, role.lowered(), keys.ffi, clock?.ffi, signer?.ffi)
            }

        /**
         * Opens the recipient in a folder, with the [signer] with which it was made.
         *
         * @throws FreeholdException.Usage when there is none, or the passphrase or the signer is wrong.
         * @throws FreeholdException.Storage when another process has it open, it is damaged, or the key cannot be had.
         */
        public suspend fun open(
            path: Path,
            keys: KeyStore = KeyStore.file(path),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            signer: Signer? = null,
        ): Recipient = made(dispatcher) { FfiRecipient.open(path.absolutePathString(), keys.ffi, clock?.ffi, signer?.ffi) }

        /** A recipient in memory, for tests. */
        public suspend fun inMemory(
            name: String,
            role: Role,
            keys: KeyStore = KeyStore.memory(),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Recipient = made(dispatcher) { FfiRecipient.inMemory(name, role.lowered(), keys.ffi, clock?.ffi) }

        /** A recipient in memory in which everything is the same for the same seed. Nothing in it is secret. */
        @ForTests
        public suspend fun seeded(
            name: String,
            role: Role,
            seed: Long,
            clock: Clock,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Recipient = made(dispatcher) { FfiRecipient.seeded(name, role.lowered(), seed.toULong(), clock.ffi) }

        /**
         * Whoever [grant] was sealed to, in memory, for tests such as those with Freehold's vectors: [seed] is that of its envelope key, 32
         * bytes. It has not accepted the grant yet, and it has no key of its card, so nobody believes what it signs.
         */
        @ForTests
        public suspend fun ofGrant(
            grant: ByteArray,
            seed: ByteArray,
            clock: Clock,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Recipient = made(dispatcher) { FfiRecipient.ofGrant(grant.direct(), seed.direct(), clock.ffi) }

        private suspend fun made(dispatcher: CoroutineDispatcher, make: () -> FfiRecipient): Recipient =
            Recipient(Calls(dispatcher).made(make), dispatcher)
    }
}
