package org.freehold

import kotlin.time.Duration
import kotlin.time.Instant
import org.freehold.ffi.Ask as FfiAsk
import org.freehold.ffi.Choices as FfiChoices
import org.freehold.ffi.Consent as FfiConsent
import org.freehold.ffi.Proposal as FfiProposal
import org.freehold.ffi.Receipt as FfiReceipt
import org.freehold.ffi.ReceiptEvent as FfiReceiptEvent
import org.freehold.ffi.Wishes as FfiWishes

/**
 * What a consent is known by.
 *
 * @property text its 64 hexadecimal digits.
 */
@JvmInline
public value class ConsentId(
    public val text: String,
) {
    /** Its text. */
    override fun toString(): String = text
}

/** What a recipient asks for. What is not set is the strictest, or left to the person. */
@FreeholdDsl
public class Wishes internal constructor() {
    private val asks = ArrayList<FfiAsk>()
    private val purposes = LinkedHashSet<String>()

    /** The legal basis; null for consent. */
    public var basis: String? = null

    /** Why it asks, in its own words. */
    public var words: String? = null

    /** The only country where data may be processed, of two letters, or `EU`; null for any. */
    public var jurisdiction: String? = null

    /** How long the consent is to last; null leaves it to the person. */
    public var duration: Duration? = null

    /** How far ahead it would like keys; null leaves it to the person. */
    public var lease: Duration? = null

    /** Results are published only over at least this many people; 0 for any. */
    public var cohortMin: Int = 0

    /** For how long what it opens is kept, in whole days; zero for not beyond its use. */
    public var retention: Duration = Duration.ZERO

    /** To whom it is passed on. */
    public var onward: Onward = Onward.NOBODY

    /** Whether decisions about the person may be made by machine alone. */
    public var automatedDecisions: Boolean = false

    /** Asks for a kind of quantity: the name of one in the registry, or a maker's own, such as `acme:flow_temp`. 1 to 16 of these. */
    public fun ask(kind: String, about: Ask.() -> Unit) {
        asks += Ask().apply(about).lowered(kind)
    }

    /** What for: a term of the Data Privacy Vocabulary, such as `dpv:ServiceProvision`. 1 to 16 of these. */
    public fun purpose(term: String) {
        purposes += term
    }

    internal fun lowered(): FfiWishes {
        require(cohortMin >= 0) { "cohortMin" }
        return FfiWishes(
            asks = asks,
            purposes = purposes.toList(),
            basis = basis,
            words = words,
            jurisdiction = jurisdiction,
            durationMinutes = duration?.minutes(),
            leaseMinutes = lease?.minutes(),
            cohortMin = cohortMin.toUInt(),
            retentionDays = retention.days(),
            onward = onward.lowered(),
            automatedDecisions = automatedDecisions,
        )
    }
}

/** One kind of quantity that is asked for. */
@FreeholdDsl
public class Ask internal constructor() {
    private val levels = LinkedHashSet<Level>()
    private val facets = LinkedHashSet<Facet>()

    /** Data from then on; has to be set. */
    public var from: Instant? = null

    /** Data until then; null for as long as the consent lasts. */
    public var until: Instant? = null

    /** Whether both times are read on the clock of each stream's zone, as if that clock showed UTC. */
    public var civil: Boolean = false

    /** The levels; at least one. */
    public fun levels(vararg levels: Level) {
        this.levels += levels
    }

    /** The facets of summaries; at least one where a level is not [Level.RAW]. */
    public fun facets(vararg facets: Facet) {
        this.facets += facets
    }

    internal fun lowered(kind: String): FfiAsk {
        val begins = requireNotNull(from) { "an ask without from" }
        return FfiAsk(kind, levels.lowered(), facets.lowered(), begins.ms(), until?.ms(), civil)
    }
}

/** How a person narrows a request. What is not set is as it is asked for. */
@FreeholdDsl
public class Choices internal constructor() {
    private val streams = LinkedHashSet<String>()
    private val levels = LinkedHashSet<Level>()
    private val facets = LinkedHashSet<Facet>()
    private val purposes = LinkedHashSet<String>()

    /** Only data from then on. */
    public var dataFrom: Instant? = null

    /** Only data until then. */
    public var dataUntil: Instant? = null

    /** When the consent ends. */
    public var expires: Instant? = null

    /** How far ahead keys are given; null for what is asked for, or seven days. */
    public var lease: Duration? = null

    /** For how long what was opened may be kept, in whole days. */
    public var retention: Duration? = null

    /** The names of the only streams that are granted; needed where several fit. */
    public fun streams(vararg names: String) {
        streams += names
    }

    /** The only levels. */
    public fun levels(vararg levels: Level) {
        this.levels += levels
    }

    /** The only facets. */
    public fun facets(vararg facets: Facet) {
        this.facets += facets
    }

    /** The only purposes. */
    public fun purposes(vararg terms: String) {
        purposes += terms
    }

    internal fun lowered(): FfiChoices =
        FfiChoices(
            streams = streams.toList().ifEmpty { null },
            levels = levels.lowered().ifEmpty { null },
            facets = facets.lowered().ifEmpty { null },
            purposes = purposes.toList().ifEmpty { null },
            dataFromMs = dataFrom?.ms(),
            dataUntilMs = dataUntil?.ms(),
            expiresMs = expires?.ms(),
            leaseMinutes = lease?.minutes(),
            retentionDays = retention?.days(),
        )
}

/**
 * Exactly what would be granted, with the text that a person is shown. Nothing is granted yet: [Home.approve] does.
 *
 * @property text the text that a person has to be shown.
 * @property shown the hash of the text and of all that the proposal would grant: whoever shows the text approves with it.
 * @property reveals whether the recipient will be able to work out more than what is granted; the text says what.
 * @property expires when the consent would end.
 * @property recipient what the recipient calls itself.
 * @property fingerprint of the recipient's card: a person compares it with the one that the recipient shows.
 */
public class Proposal internal constructor(
    internal val ffi: FfiProposal,
) : AutoCloseable {
    public val text: String = ffi.text()
    public val shown: String = ffi.shown()
    public val reveals: Boolean = ffi.reveals()
    public val expires: Instant = ffi.expiresMs().at()
    public val recipient: String = ffi.recipient()
    public val fingerprint: String = ffi.fingerprint()

    /** Frees it; the garbage collector does it otherwise. */
    override fun close(): Unit = ffi.close()

    /** Its text. */
    override fun toString(): String = text
}

/**
 * What was granted.
 *
 * @property consent the consent's id.
 * @property file the grant as a file, to be sent to the recipient: nobody else can use it.
 */
public class Grant internal constructor(
    public val consent: ConsentId,
    public val file: ByteArray,
)

/**
 * A consent.
 *
 * @property id what it is known by.
 * @property card the card of its recipient.
 * @property recipient what the recipient calls itself.
 * @property granted when it was granted.
 * @property state how it stands.
 * @property stateAt of one that is not usable yet: from when it is; of one in force: until when; of another: since when it is not.
 * @property leaseUntil up to when keys were handed out.
 * @property attended whether a person was there and said yes.
 * @property streams the streams that it opens, as their owner describes them to the recipient. At a home there are none; nor are there at a
 *   recipient once it was withdrawn.
 */
public data class Consent(
    public val id: ConsentId,
    public val card: String,
    public val recipient: String,
    public val granted: Instant,
    public val state: ConsentState,
    public val stateAt: Instant,
    public val leaseUntil: Instant,
    public val attended: Boolean,
    public val streams: List<StreamInfo>,
) {
    internal constructor(ffi: FfiConsent) : this(
        id = ConsentId(ffi.id),
        card = ffi.card,
        recipient = ffi.recipient,
        granted = ffi.grantedMs.at(),
        state = ffi.state.lifted(),
        stateAt = ffi.stateMs.at(),
        leaseUntil = ffi.leaseUntilMs.at(),
        attended = ffi.attended,
        streams = ffi.streams.map { StreamInfo(it) },
    )
}

/**
 * What a relay says that it did, signed by it.
 *
 * @property relay the relay's key.
 * @property at when, by the relay's clock.
 * @property event what.
 */
public data class Receipt(
    public val relay: String,
    public val at: Instant,
    public val event: ReceiptEvent,
) {
    internal constructor(ffi: FfiReceipt) : this(ffi.relay, ffi.atMs.at(), ReceiptEvent.of(ffi.event))
}

/** What a receipt is for. */
public sealed interface ReceiptEvent {
    /**
     * Somebody fetched sealed data.
     *
     * @property consent under which consent.
     * @property stream of which stream.
     * @property level at which level.
     * @property from the first slot's start.
     * @property until the last slot's end.
     * @property entries how many entries.
     */
    public data class Fetched(
        public val consent: ConsentId,
        public val stream: String,
        public val level: Level,
        public val from: Instant,
        public val until: Instant,
        public val entries: Long,
    ) : ReceiptEvent

    /**
     * Somebody fetched letters: keys, or that a consent was withdrawn.
     *
     * @property consent under which consent.
     * @property letters how many.
     */
    public data class Letters(
        public val consent: ConsentId,
        public val letters: Long,
    ) : ReceiptEvent

    /** The relay carried an order of this home out. */
    public data object Done : ReceiptEvent

    /** Something that this version has no name for. */
    public data object Other : ReceiptEvent

    /** Reads events. */
    public companion object {
        internal fun of(event: FfiReceiptEvent): ReceiptEvent =
            when (event) {
                is FfiReceiptEvent.Fetched ->
                    Fetched(
                        ConsentId(event.consent),
                        event.stream,
                        event.level.lifted(),
                        event.fromMs.at(),
                        event.untilMs.at(),
                        event.entries.toLong(),
                    )
                is FfiReceiptEvent.Letters -> Letters(ConsentId(event.consent), event.letters.toLong())
                FfiReceiptEvent.Done -> Done
                FfiReceiptEvent.Other -> Other
            }
    }
}
