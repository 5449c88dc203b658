package org.freehold

import org.freehold.ffi.FfiException
import kotlin.time.Duration
import kotlin.time.Instant
import org.freehold.ffi.Agrees as FfiAgrees
import org.freehold.ffi.Invitation as FfiInvitation
import org.freehold.ffi.Party as FfiParty

/**
 * An offer to take somebody into the household: shown as a QR code, answered once. Once it is closed nobody can answer it any more.
 *
 * @property text the text of the QR code. Whoever sees it can answer, once.
 */
public class Invitation internal constructor(
    private val ffi: FfiInvitation,
    private val calls: Calls,
) : AutoCloseable {
    public val text: String = ffi.text()

    /**
     * Takes in who has connected. After a failure somebody may connect again, some times.
     *
     * @param agrees is shown the confirmation, and says whether the other screen shows the same.
     * @throws FreeholdException.Refused when they were not paired, or the offer was used.
     * @throws FreeholdException.Peer with [Reason.UNCONFIRMED] when the other is a party, and did not say that it knows.
     */
    public suspend fun run(transport: Transport, agrees: (confirmation: String) -> Boolean): Party =
        calls.stoppable(Duration.INFINITE) { stop -> Party(ffi.run(transport.ffi, Agreeing(agrees), stop)) }

    /** Withdraws the offer. */
    override fun close(): Unit = ffi.close()

    /** Reads offers. */
    public companion object {
        /**
         * Where an offer says to connect to, `HOST:PORT`; empty if it does not say.
         *
         * @throws FreeholdException.Usage when it is none.
         */
        public fun placeOf(offer: String): String = told { org.freehold.ffi.offerPlace(offer) }
    }
}

/**
 * A party of a household: an agent or a device.
 *
 * @property index its number in the household.
 * @property name what its owner calls it.
 * @property role what it may do.
 * @property since since when it is one.
 * @property removed when it was removed, if it was.
 * @property isSelf whether it is the one whose home this is.
 */
public data class Party(
    public val index: Int,
    public val name: String,
    public val role: PartyRole,
    public val since: Instant,
    public val removed: Instant?,
    public val isSelf: Boolean,
) {
    internal constructor(ffi: FfiParty) :
        this(ffi.index.toInt(), ffi.name, ffi.role.lifted(), ffi.sinceMs.at(), ffi.removedMs?.at(), ffi.isSelf)
}

internal class Agreeing(
    private val asked: (String) -> Boolean,
) : FfiAgrees {
    override fun agrees(confirmation: String): Boolean =
        try {
            asked(confirmation)
        } catch (thrown: Exception) {
            throw FfiException.Callback(thrown.toString())
        }
}
