package org.freehold

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap
import kotlin.io.path.absolutePathString
import kotlin.time.Duration
import kotlin.time.Instant
import org.freehold.ffi.Device as FfiDevice
import org.freehold.ffi.Home as FfiHome

/**
 * A household's store, opened by one that holds its keys. Any number of coroutines may use it at once. [close] it when it is no longer used;
 * one that is forgotten is closed when the garbage collector finds it.
 */
public class Home internal constructor(
    internal val ffi: FfiHome,
    dispatcher: CoroutineDispatcher,
) : AutoCloseable {
    private val calls = Calls(dispatcher)
    private val streams = ConcurrentHashMap<String, Stream>()

    /** The time by the home's clock. */
    public val now: Instant get() = calls.open { ffi.nowMs() }.at()

    /** What the home is. */
    public suspend fun info(): HomeInfo = calls.call { HomeInfo(ffi.info()) }

    /**
     * Adds a device; [name] is unique in the home.
     *
     * @throws FreeholdException.Usage when there is one of this name.
     */
    public suspend fun addDevice(
        name: String,
        maker: String? = null,
        model: String? = null,
    ): Unit = calls.call { ffi.addDevice(FfiDevice(name, maker, model)) }

    /** The devices, in the order in which they were added. */
    public suspend fun devices(): List<Device> = calls.call { ffi.devices().map { Device(it.name, it.maker, it.model) } }

    /**
     * Adds a stream of a device, of a [kind] of the registry such as `air_temperature`.
     *
     * ```kotlin
     * val use = home.addStream("meter", "use", "energy_interval") {
     *     zone = "Europe/London"
     *     levels(Level.RAW, Level.HALF_HOUR, Level.DAY)
     * }
     * ```
     *
     * @throws FreeholdException.Usage without that device or kind, when a stream has this name, and for a description that contradicts itself.
     */
    public suspend fun addStream(
        device: String,
        name: String,
        kind: String,
        spec: StreamSpec.() -> Unit,
    ): Stream {
        val lowered = StreamSpec().apply(spec).lowered(kind)
        return kept(calls.call { ffi.addStream(device, name, lowered) })
    }

    /**
     * Adds a stream that a device of the household writes, the party called [writer]. It begins when both have met a relay.
     *
     * @throws FreeholdException.Usage as [addStream], and when no device of the household has that name.
     */
    public suspend fun addStreamFor(
        writer: String,
        device: String,
        name: String,
        kind: String,
        spec: StreamSpec.() -> Unit,
    ): Stream {
        val lowered = StreamSpec().apply(spec).lowered(kind)
        return kept(calls.call { ffi.addStreamFor(writer, device, name, lowered) })
    }

    /**
     * The stream called [name].
     *
     * @throws FreeholdException.Usage when there is none.
     */
    public suspend fun stream(name: String): Stream = streams[name] ?: kept(calls.call { ffi.stream(name) })

    /** What every stream is, in the order in which they were added. */
    public suspend fun streams(): List<StreamInfo> = calls.call { ffi.streams().map { StreamInfo(it) } }

    /** Tells when something has changed: readings, consents, parties. It does not say what: look again. Many changes are told as one. */
    public val changes: Flow<Unit> = calls.changes { ffi.watch() }

    /** Tells from now on whether something has changed, when it is asked. */
    public fun watch(): Watch = Watch(calls.open { ffi.watch() }, calls)

    /**
     * Works out what a request would be granted, as [narrowing] narrows it. Nothing is granted yet.
     *
     * @param request the request as a file, from [Recipient.request].
     * @throws FreeholdException.Usage when nothing can be granted, or several streams fit and it is not said which.
     * @throws FreeholdException.Input when it is no request, or not signed.
     */
    public suspend fun propose(request: ByteArray, narrowing: Choices.() -> Unit = {}): Proposal {
        val choices = Choices().apply(narrowing).lowered()
        return Proposal(calls.call { ffi.propose(request.direct(), choices) })
    }

    /**
     * Grants a proposal, to exactly what was shown.
     *
     * @param shown [Proposal.shown] of what the person was shown.
     * @param attended whether a person was there and said yes, which the consent tells for ever.
     * @throws FreeholdException.Refused when something else was shown, or the proposal is out of date.
     */
    public suspend fun approve(
        proposal: Proposal,
        shown: String,
        attended: Boolean,
    ): Grant = calls.call { ffi.approve(proposal.ffi, shown, attended) }.let { Grant(ConsentId(it.consent), it.file) }

    /**
     * Withdraws a consent: no more keys are handed out for it, and what is sealed from now on in its streams it does not open. What was read
     * before cannot be taken back.
     *
     * @return the revocation as a file; the recipient also hears of it from a relay.
     * @throws FreeholdException.Usage when there is no such consent.
     */
    public suspend fun revoke(consent: ConsentId): ByteArray = calls.call { ffi.revoke(consent.text) }

    /** Every consent that was ever granted, oldest first. */
    public suspend fun consents(): List<Consent> = calls.call { ffi.consents().map { Consent(it) } }

    /** Every receipt that relays have sent, oldest first: who fetched what, and when. */
    public suspend fun receipts(): List<Receipt> = calls.call { ffi.receipts().map { Receipt(it) } }

    /**
     * What [erase] would erase, and who has the keys to it already.
     *
     * @throws FreeholdException.Input when the time is empty, or lies after everything there is.
     */
    public suspend fun erasable(
        stream: Stream,
        from: Instant,
        until: Instant,
    ): ErasureReport = calls.call { ErasureReport(ffi.erasable(stream.ffi, from.ms(), until.ms())) }

    /**
     * Erases a stream from [from] until before [until]: every raw slot that overlaps it, and every slot of another level that overlaps one of
     * these. Readings that come later for an erased slot are dropped. What was read before, and keys that were handed out, cannot be taken
     * back.
     *
     * @throws FreeholdException.Input when the time is empty, or lies after everything there is.
     * @throws FreeholdException.Storage when the key store fails, and while another erasure is under way.
     */
    public suspend fun erase(
        stream: Stream,
        from: Instant,
        until: Instant,
    ): ErasureReport = calls.call { ErasureReport(ffi.erase(stream.ffi, from.ms(), until.ms())) }

    /** Every erasure that was done, oldest first, with who had a copy and who has confirmed that it is gone. */
    public suspend fun erasures(): List<Erasure> = calls.call { ffi.erasures().map { Erasure(it) } }

    /**
     * Replaces the store's key if something was erased that another agent erased first: to be called after a meeting with a relay. Says
     * whether it was.
     */
    public suspend fun renewKey(): Boolean = calls.call { ffi.renewKey() }

    /** Everybody who is or was in the household, in the order in which they came. */
    public suspend fun parties(): List<Party> = calls.call { ffi.parties().map { Party(it) } }

    /**
     * Takes an agent or a device out of the household: of what is sealed from now on it gets no keys. What it has it keeps.
     *
     * @throws FreeholdException.Usage when there is none of this name.
     */
    public suspend fun remove(name: String): Party = calls.call { Party(ffi.remove(name)) }

    /**
     * An offer to take an agent or a device into the household.
     *
     * @param place where it connects to, `HOST:PORT`; empty where both know.
     */
    public suspend fun invite(role: PartyRole, place: String = ""): Invitation = Invitation(calls.call { ffi.invite(place, role.lowered()) }, calls)

    /**
     * Brings a relay what is new, and takes what it has for the home. A cancelled coroutine ends it, and so does [most]: what is left goes with
     * the next.
     *
     * @throws FreeholdException.Stopped when it took longer than [most].
     * @throws FreeholdException.Peer when the relay is not reached, or refuses.
     */
    public suspend fun sync(relay: Relay, most: Duration = Duration.INFINITE): Uploaded =
        calls.stoppable(most) { stop -> Uploaded(ffi.sync(relay.ffi, stop)) }

    /** [sync] over a pipe of the program's own that is connected to the relay. */
    public suspend fun sync(
        relay: Relay,
        over: Transport,
        most: Duration = Duration.INFINITE,
    ): Uploaded = calls.stoppable(most) { stop -> Uploaded(ffi.syncOver(relay.ffi, over.ffi, false, stop)) }

    /**
     * Stays with a relay for as long as the flow is collected: what is new goes there at once, and comes from there as it is known, again and
     * again when the relay is lost. The flow ends after a failure that trying again does not help.
     */
    public fun follow(relay: Relay): Flow<HomeEvent> = calls.following { stop, tell -> ffi.follow(relay.ffi, stop, HomeListening(tell)) }

    /**
     * What a recipient is owed now, as a file for it, where no relay is met. What it has erased is heard.
     *
     * @param card [Recipient.card].
     * @param have [Recipient.have].
     * @throws FreeholdException.Input when these are no such files.
     */
    public suspend fun parcel(card: ByteArray, have: ByteArray): ByteArray = calls.call { ffi.parcel(card.direct(), have.direct()) }

    /**
     * Hears from what a recipient has that it deleted what was erased.
     *
     * @param have [Recipient.have].
     * @throws FreeholdException.Input when it is no such file.
     */
    public suspend fun hearReceipts(have: ByteArray): Unit = calls.call { ffi.hearReceipts(have.direct()) }

    /** Hands a recipient in the same process what this home owes it, without a relay, and takes back what it has erased. */
    @ForTests
    public suspend fun carryTo(recipient: Recipient): Received = calls.call { Received(ffi.carryTo(recipient.ffi)) }

    /** What the store holds. */
    public suspend fun inspect(): Inspection = calls.call { Inspection(ffi.inspect()) }

    /**
     * Reads and checks everything: every chain and checkpoint, every piece's hash, and that every piece opens unless its keys were erased.
     *
     * @throws FreeholdException.Storage the first thing that is wrong.
     */
    public suspend fun verify(): Verification = calls.call { Verification(ffi.verify()) }

    /**
     * Seals what has ended, leaves the store tidy, and closes it and its streams. It blocks for as long as that takes. A home that is closed
     * throws [IllegalStateException]; to close it again does nothing.
     */
    override fun close() {
        if (!calls.close()) return
        try {
            told { ffi.finish() }
        } finally {
            streams.values.forEach { it.ffi.close() }
            ffi.close()
        }
    }

    private suspend fun kept(stream: org.freehold.ffi.Stream): Stream {
        val made = Stream(stream, calls, calls.call { StreamInfo(stream.info()) })
        val there = streams.putIfAbsent(made.name, made) ?: return made
        stream.close()
        return there
    }

    /** Makes and opens homes. */
    public companion object {
        /**
         * Makes a home in a folder. A key is made if [keys] has none. [name] is also what this agent is called in the household.
         *
         * @param clock what it lives by; null for the operating system's clock.
         * @param dispatcher where short calls block; what waits for a peer or a change has threads of its own.
         * @throws FreeholdException.Usage when there is a home or a recipient, or the name is none.
         * @throws FreeholdException.Storage what the store and the key store say.
         */
        public suspend fun create(
            path: Path,
            name: String,
            keys: KeyStore = KeyStore.file(path),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Home = made(dispatcher) { FfiHome.create(path.absolutePathString(), name, keys.ffi, clock?.ffi) }

        /**
         * Opens the home in a folder.
         *
         * @throws FreeholdException.Usage when there is none, or the passphrase is wrong.
         * @throws FreeholdException.Storage when another process has it open, it is damaged, or the key cannot be had.
         */
        public suspend fun open(
            path: Path,
            keys: KeyStore = KeyStore.file(path),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Home = made(dispatcher) { FfiHome.open(path.absolutePathString(), keys.ffi, clock?.ffi) }

        /** A home in memory, for tests and for streams that need not outlive the process. */
        public suspend fun inMemory(
            name: String,
            keys: KeyStore = KeyStore.memory(),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Home = made(dispatcher) { FfiHome.inMemory(name, keys.ffi, clock?.ffi) }

        /** A home in memory in which everything is the same for the same seed. Nothing in it is secret. */
        @ForTests
        public suspend fun seeded(
            name: String,
            seed: Long,
            clock: Clock,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Home = made(dispatcher) { FfiHome.seeded(name, seed.toULong(), clock.ffi) }

        /**
         * Answers an offer over a transport that is connected to who shows it, and makes a home in the folder [path] that belongs to the same
         * household.
         *
         * @param name what its owner will call it.
         * @param role what it is to be; the other expects the same.
         * @param offer the text of the offer, [Invitation.text].
         * @param agrees is shown the confirmation, and says whether the other screen shows the same.
         * @throws FreeholdException.Refused when they were not paired.
         */
        public suspend fun join(
            path: Path,
            name: String,
            role: PartyRole,
            offer: String,
            transport: Transport,
            keys: KeyStore = KeyStore.file(path),
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
            agrees: (confirmation: String) -> Boolean,
        ): Home {
            val calls = Calls(dispatcher)
            val joined =
                calls.awaited { stop ->
                    val place = path.absolutePathString()
                    FfiHome.join(place, name, role.lowered(), keys.ffi, clock?.ffi, offer, transport.ffi, Agreeing(agrees), stop)
                }
            return Home(joined, dispatcher)
        }

        private suspend fun made(dispatcher: CoroutineDispatcher, make: () -> FfiHome): Home = Home(Calls(dispatcher).made(make), dispatcher)
    }
}

/**
 * A device as its owner describes it.
 *
 * @property name what the owner calls it.
 * @property maker who made it, if that is known.
 * @property model which model it is, if that is known.
 */
public data class Device(
    public val name: String,
    public val maker: String?,
    public val model: String?,
)

/**
 * What a home is.
 *
 * @property name what its owner calls it.
 * @property role whether it is an agent's or a device's.
 * @property created when it was made.
 * @property keyStore how surely a replaced store key is gone.
 * @property size bytes of the store.
 */
public data class HomeInfo(
    public val name: String,
    public val role: PartyRole,
    public val created: Instant,
    public val keyStore: KeyStoreKind,
    public val size: Long,
) {
    internal constructor(ffi: org.freehold.ffi.HomeInfo) :
        this(ffi.name, ffi.role.lifted(), ffi.createdMs.at(), ffi.keyStore.lifted(), ffi.size.toLong())
}
