package org.freehold

import kotlinx.coroutines.Dispatchers
import java.net.Socket
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import org.freehold.ffi.Failure as FfiFailure
import org.freehold.ffi.HomeListener as FfiHomeListener
import org.freehold.ffi.Received as FfiReceived
import org.freehold.ffi.RecipientListener as FfiRecipientListener
import org.freehold.ffi.Relay as FfiRelay
import org.freehold.ffi.RelaySpec as FfiRelaySpec
import org.freehold.ffi.Transport as FfiTransport
import org.freehold.ffi.TransportCalls as FfiTransportCalls
import org.freehold.ffi.TransportException as FfiTransportException
import org.freehold.ffi.Uploaded as FfiUploaded

/**
 * A relay: where it is, and the key by which it is known. Nothing is sent before it is met.
 *
 * @param address `HOST:PORT#KEY`, or `tls://HOST:PORT#KEY`, `ws://HOST:PORT/PATH#KEY`, `wss://HOST:PORT/PATH#KEY`.
 * @param admission what its operator gave out, where not everyone may open a mailbox.
 * @param proxy an HTTP proxy to go through, `HOST:PORT`.
 * @param roots certificates in DER, of which one vouches for the host where the way goes through TLS; those that the system trusts if there
 *   are none.
 * @param certificate in their place, the one certificate that the host shows, in DER.
 * @throws IllegalArgumentException for an address or a proxy of another form, and for both roots and a certificate.
 */
public class Relay(
    address: String,
    admission: String? = null,
    proxy: String? = null,
    roots: List<ByteArray> = emptyList(),
    certificate: ByteArray? = null,
) {
    internal val ffi: FfiRelay = told { FfiRelay(FfiRelaySpec(address, admission, proxy, roots, certificate)) }
}

/** A pipe to one peer. Close it when it is no longer used. */
public class Transport private constructor(
    internal val ffi: FfiTransport,
    private val under: AutoCloseable? = null,
) : AutoCloseable {
    /** Closes it, and the socket under it. */
    override fun close() {
        ffi.close()
        under?.close()
    }

    /** Makes transports. */
    public companion object {
        /**
         * Connects to `HOST:PORT` by TCP, waiting for no longer than [most].
         *
         * @throws FreeholdException.Peer when it is not reached.
         */
        public suspend fun connect(place: String, most: Duration = 10.seconds): Transport =
            Transport(Calls(Dispatchers.IO).awaited { FfiTransport.connect(place, most.ms(), it) })

        /** Over a pipe of the program's own. */
        public fun over(pipe: Pipe): Transport = Transport(FfiTransport.over(Piping(pipe)))

        /** Over a socket that is connected, such as one that was accepted. It is closed with the transport. */
        public fun over(socket: Socket): Transport {
            val pipe = SocketPipe(socket)
            return Transport(FfiTransport.over(Piping(pipe)), pipe)
        }
    }
}

/**
 * A pipe of a program's own. It is called by one thread at a time. Nothing that it carries has to be secret, or known to come from the peer:
 * the meeting sees to that.
 */
public interface Pipe {
    /**
     * Sends all of it. While the peer takes nothing because it is sending itself, what it sends must be taken in.
     *
     * @throws PipeException when it cannot.
     */
    public fun send(bytes: ByteArray)

    /**
     * What has come, at most so many bytes, waiting for the first no longer than [wait]; empty when none came.
     *
     * @throws PipeException once everything that the peer sent was taken, or when it broke.
     */
    public fun receive(most: Int, wait: Duration): ByteArray
}

/** Why a [Pipe] is of no more use. What else it throws counts as [PipeException.Failed]. */
public sealed class PipeException(
    message: String,
    cause: Throwable?,
) : Exception(message, cause) {
    /** The peer closed it, and everything that it sent was taken. */
    public class Closed(
        cause: Throwable? = null,
    ) : PipeException("closed by the peer", cause)

    /** The peer takes nothing more, or says nothing more. */
    public class Stalled(
        cause: Throwable? = null,
    ) : PipeException("the peer does not go on", cause)

    /** It broke. */
    public class Failed(
        cause: Throwable? = null,
    ) : PipeException("failed", cause)
}

/**
 * What went from a home to a relay, and what came.
 *
 * @property stretches stretches of logs that were sent: entries, letters, orders.
 * @property bytes their bytes.
 * @property letters letters that came: the relay's receipts, what recipients wrote, and others of the household.
 * @property entries entries that others of the household wrote, and that were not here before.
 */
public data class Uploaded(
    public val stretches: Long,
    public val bytes: Long,
    public val letters: Long,
    public val entries: Long,
) {
    internal constructor(ffi: FfiUploaded) :
        this(ffi.stretches.toLong(), ffi.bytes.toLong(), ffi.letters.toLong(), ffi.entries.toLong())
}

/**
 * What came to a recipient.
 *
 * @property entries entries that were not there before.
 * @property pieces pieces that were not there before.
 * @property extensions further keys.
 * @property revocations consents that were withdrawn; their copies and keys are gone.
 */
public data class Received(
    public val entries: Long,
    public val pieces: Long,
    public val extensions: Long,
    public val revocations: Long,
) {
    internal constructor(ffi: FfiReceived) :
        this(ffi.entries.toLong(), ffi.pieces.toLong(), ffi.extensions.toLong(), ffi.revocations.toLong())
}

/** What [Home.follow] tells. */
public sealed interface HomeEvent {
    /**
     * What went and came since it was told before.
     *
     * @property uploaded what.
     */
    public data class Synced(
        public val uploaded: Uploaded,
    ) : HomeEvent

    /**
     * Why a meeting ended that did not end well. Where it can be, another is tried.
     *
     * @property cause why.
     */
    public data class Failed(
        public val cause: FreeholdException,
    ) : HomeEvent
}

/**
 * What [Recipient.follow] tells.
 *
 * @property consent under which consent.
 */
public sealed interface RecipientEvent {
    public val consent: ConsentId

    /**
     * What came since it was told before.
     *
     * @property received what.
     */
    public data class Synced(
        override val consent: ConsentId,
        public val received: Received,
    ) : RecipientEvent

    /**
     * Why a meeting ended that did not end well. Where it can be, another is tried.
     *
     * @property cause why.
     */
    public data class Failed(
        override val consent: ConsentId,
        public val cause: FreeholdException,
    ) : RecipientEvent
}

internal class HomeListening(
    private val tell: (HomeEvent) -> Unit,
) : FfiHomeListener {
    override fun synced(uploaded: FfiUploaded) = tell(HomeEvent.Synced(Uploaded(uploaded)))

    override fun failed(failure: FfiFailure) = tell(HomeEvent.Failed(failure.told()))
}

internal class RecipientListening(
    private val tell: (RecipientEvent) -> Unit,
) : FfiRecipientListener {
    override fun synced(consent: String, received: FfiReceived) = tell(RecipientEvent.Synced(ConsentId(consent), Received(received)))

    override fun failed(consent: String, failure: FfiFailure) = tell(RecipientEvent.Failed(ConsentId(consent), failure.told()))
}

private class Piping(
    private val pipe: Pipe,
) : FfiTransportCalls {
    override fun send(bytes: ByteArray) = asked { pipe.send(bytes) }

    override fun receive(most: UInt, waitMs: ULong): ByteArray {
        val room = most.coerceAtMost(Int.MAX_VALUE.toUInt()).toInt()
        val wait = waitMs.coerceAtMost(Long.MAX_VALUE.toULong()).toLong().milliseconds
        return asked { pipe.receive(room, wait) }
    }

    private inline fun <T> asked(act: () -> T): T =
        try {
            act()
        } catch (thrown: PipeException) {
            throw when (thrown) {
                is PipeException.Closed -> FfiTransportException.Closed()
                is PipeException.Stalled -> FfiTransportException.Stalled()
                is PipeException.Failed -> FfiTransportException.Failed()
            }
        }
}
