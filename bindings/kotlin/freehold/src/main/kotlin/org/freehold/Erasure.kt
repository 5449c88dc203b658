package org.freehold

import kotlin.time.Instant
import org.freehold.ffi.Confirmation as FfiConfirmation
import org.freehold.ffi.ErasedLevel as FfiErasedLevel
import org.freehold.ffi.Erasure as FfiErasure
import org.freehold.ffi.ErasureReport as FfiErasureReport
import org.freehold.ffi.KeyHolder as FfiKeyHolder
import org.freehold.ffi.Trace as FfiTrace

/**
 * What an erasure takes away, and what it cannot.
 *
 * @property stream the stream's name.
 * @property from what is erased begins here: with the first raw slot that overlaps what was asked for.
 * @property until it ends here.
 * @property levels the slots that go, level by level, finest first; a coarser slot goes whole.
 * @property unsealed readings that were not sealed yet and go with it.
 * @property holders who has keys to some of it already, which cannot be taken back.
 * @property traces what still tells of the erased time.
 * @property keyStore how surely the store's old key is gone, and with it what older copies of the store hold.
 */
public data class ErasureReport(
    public val stream: String,
    public val from: Instant,
    public val until: Instant,
    public val levels: List<ErasedLevel>,
    public val unsealed: Long,
    public val holders: List<KeyHolder>,
    public val traces: List<Trace>,
    public val keyStore: KeyStoreKind,
) {
    internal constructor(ffi: FfiErasureReport) : this(
        stream = ffi.stream,
        from = ffi.fromMs.at(),
        until = ffi.untilMs.at(),
        levels = ffi.levels.map { ErasedLevel(it) },
        unsealed = ffi.unsealed.toLong(),
        holders = ffi.holders.map { KeyHolder(it) },
        traces = ffi.traces.map { Trace.of(it) },
        keyStore = ffi.keyStore.lifted(),
    )
}

/**
 * The slots of one level that go.
 *
 * @property level the level.
 * @property from the first slot's start.
 * @property until the last slot's end.
 * @property slots sealed slots of which something is held.
 */
public data class ErasedLevel(
    public val level: Level,
    public val from: Instant,
    public val until: Instant,
    public val slots: Long,
) {
    internal constructor(ffi: FfiErasedLevel) : this(ffi.level.lifted(), ffi.fromMs.at(), ffi.untilMs.at(), ffi.slots.toLong())
}

/**
 * Keys that were handed out for slots that are erased.
 *
 * @property consent the consent.
 * @property recipient what its recipient calls itself.
 * @property level the level.
 * @property facets the facets.
 * @property from the first slot's start.
 * @property until the last slot's end.
 * @property slots how many sealed slots.
 */
public data class KeyHolder(
    public val consent: ConsentId,
    public val recipient: String,
    public val level: Level,
    public val facets: Set<Facet>,
    public val from: Instant,
    public val until: Instant,
    public val slots: Long,
) {
    internal constructor(ffi: FfiKeyHolder) : this(
        consent = ConsentId(ffi.consent),
        recipient = ffi.recipient,
        level = ffi.level.lifted(),
        facets = ffi.facets.lifted(),
        from = ffi.fromMs.at(),
        until = ffi.untilMs.at(),
        slots = ffi.slots.toLong(),
    )
}

/** What still tells of an erased time. */
public sealed interface Trace {
    /**
     * A recipient has read slots that reach beyond what is erased, and reads the finer ones beside it: the difference is what they come to
     * within.
     *
     * @property recipient what the recipient calls itself.
     * @property coarse the level of the slots that reach beyond.
     * @property fine the level of those that stay.
     */
    public data class Difference(
        public val recipient: String,
        public val coarse: Level,
        public val fine: Level,
    ) : Trace

    /** It is a counter, whose values before and after tell what was counted in between. */
    public data object Index : Trace

    /** Reads traces. */
    public companion object {
        internal fun of(trace: FfiTrace): Trace =
            when (trace) {
                is FfiTrace.Difference -> Difference(trace.recipient, trace.coarse.lifted(), trace.fine.lifted())
                FfiTrace.Index -> Index
            }
    }
}

/**
 * An erasure that was done.
 *
 * @property stream the stream's name.
 * @property from what was erased begins here.
 * @property until it ends here.
 * @property at when it was done.
 * @property confirmations who had a copy or keys, recipients first and then the household's own.
 */
public data class Erasure(
    public val stream: String,
    public val from: Instant,
    public val until: Instant,
    public val at: Instant,
    public val confirmations: List<Confirmation>,
) {
    internal constructor(ffi: FfiErasure) :
        this(ffi.stream, ffi.fromMs.at(), ffi.untilMs.at(), ffi.atMs.at(), ffi.confirmations.map { Confirmation(it) })
}

/**
 * Whether somebody has deleted its copy.
 *
 * @property consent the consent under which a recipient had it; null for a party of the household.
 * @property name what it is called.
 * @property at when it signed that its copy is deleted; null as long as it has not.
 */
public data class Confirmation(
    public val consent: ConsentId?,
    public val name: String,
    public val at: Instant?,
) {
    internal constructor(ffi: FfiConfirmation) : this(ffi.consent?.let { ConsentId(it) }, ffi.name, ffi.atMs?.at())
}
