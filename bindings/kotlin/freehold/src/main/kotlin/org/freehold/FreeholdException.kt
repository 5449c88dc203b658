package org.freehold

import org.freehold.ffi.FfiException
import org.freehold.ffi.InternalException

/**
 * Why something was not done. The subclass says what can be done about it; [reason] says exactly why, and is the same text in every
 * language and on the command line. Its message is for a person who looks after it: it tells no secret and no reading.
 */
public sealed class FreeholdException private constructor(
    private val about: About,
) : Exception(about.text, about.cause) {
    /** The name of the reason, one of [Reason]; later versions may have others. */
    public val reason: String get() = about.reason

    /** Its number, by which C knows it. */
    public val number: Int get() = about.number

    /** Whether the same may succeed another time, without anybody doing anything. */
    public val isRetryable: Boolean get() = about.isRetryable

    /** Ask for something else: a name, a level, a number. */
    public class Usage internal constructor(
        about: About,
    ) : FreeholdException(about)

    /** Respect it: the person has not agreed, or not to this. */
    public class Refused internal constructor(
        about: About,
    ) : FreeholdException(about)

    /** Get better input. */
    public class Input internal constructor(
        about: About,
    ) : FreeholdException(about)

    /** Mend the storage, free it, or let the key be used. */
    public class Storage internal constructor(
        about: About,
    ) : FreeholdException(about)

    /** Look for the peer, or try again later. */
    public class Peer internal constructor(
        about: About,
    ) : FreeholdException(about)

    /** A deadline ended it. What was done stays done. */
    public class Stopped internal constructor(
        about: About,
    ) : FreeholdException(about)

    /** A fault of the library: tell its makers. What was called for is undone or was not begun. */
    public class Internal internal constructor(
        about: About,
    ) : FreeholdException(about)

    internal class About(
        val text: String,
        val reason: String,
        val number: Int,
        val isRetryable: Boolean,
        val cause: Throwable?,
    )
}

/** The reasons of a [FreeholdException]. They stay what they are; later versions may have others. */
public object Reason {
    /** Nothing has this name or number, or there is no store. */
    public const val MISSING: String = "missing"

    /** Something has this name already. */
    public const val EXISTS: String = "exists"

    /** More than one fits. */
    public const val AMBIGUOUS: String = "ambiguous"

    /** The stream does not keep this level. */
    public const val NO_SUCH_LEVEL: String = "no_such_level"

    /** A device cannot act for the household. */
    public const val NOT_AN_AGENT: String = "not_an_agent"

    /** Another party of the household writes this stream. */
    public const val WRITTEN_ELSEWHERE: String = "written_elsewhere"

    /** The description of a stream contradicts itself. */
    public const val BAD_STREAM: String = "bad_stream"

    /** The facets of a stream do not go with its kind. */
    public const val BAD_FACETS: String = "bad_facets"

    /** What is asked for cannot be granted. */
    public const val NOTHING_TO_GRANT: String = "nothing_to_grant"

    /** A name is empty, too long, or holds characters that it may not. */
    public const val BAD_NAME: String = "bad_name"

    /** The text is no pairing offer. */
    public const val BAD_OFFER: String = "bad_offer"

    /** The passphrase does not open this store, or the person did not let its key be used. */
    public const val WRONG_PASSPHRASE: String = "wrong_passphrase"

    /** The key of the card is with a signer, and none was given, or one with another key. */
    public const val WRONG_SIGNER: String = "wrong_signer"

    /** No consent covers this stream, level or facet. */
    public const val NOT_GRANTED: String = "not_granted"

    /** The time is not wholly inside what was granted. */
    public const val OUTSIDE_WINDOW: String = "outside_window"

    /** The consent may not be used yet. */
    public const val NOT_USABLE_YET: String = "not_usable_yet"

    /** The consent has ended, or would have. */
    public const val EXPIRED: String = "expired"

    /** The consent was withdrawn. */
    public const val REVOKED: String = "revoked"

    /** The grant is another recipient's. */
    public const val WRONG_RECIPIENT: String = "wrong_recipient"

    /** Its owner erased it. */
    public const val ERASED: String = "erased"

    /** This party was removed from the household. */
    public const val REMOVED: String = "removed"

    /** The proposal is not the one that was shown. */
    public const val PROPOSAL_DIFFERS: String = "proposal_differs"

    /** Something else was granted since the proposal was shown. */
    public const val PROPOSAL_OUTDATED: String = "proposal_outdated"

    /** Two devices were not paired. */
    public const val NOT_PAIRED: String = "not_paired"

    /** The pairing offer was used, or tried too often. */
    public const val OFFER_USED_UP: String = "offer_used_up"

    /** It is signed by a key that the household has replaced. */
    public const val KEY_REPLACED: String = "key_replaced"

    /** The bytes are not what they should be. */
    public const val MALFORMED: String = "malformed"

    /** Not one of Freehold's files. */
    public const val NOT_FREEHOLD: String = "not_freehold"

    /** A file of another type. */
    public const val WRONG_FILE: String = "wrong_file"

    /** Written by a later version. */
    public const val NEWER_FORMAT: String = "newer_format"

    /** A signature does not verify. */
    public const val SIGNATURE: String = "signature"

    /** A key bundle is not acceptable. */
    public const val BAD_BUNDLE: String = "bad_bundle"

    /** A revocation is not acceptable. */
    public const val BAD_REVOCATION: String = "bad_revocation"

    /** A log is not acceptable. */
    public const val BAD_LOG: String = "bad_log"

    /** A reading does not fit the stream. */
    public const val BAD_READING: String = "bad_reading"

    /** The time is before 1970 or too far in the future. */
    public const val BAD_TIME: String = "bad_time"

    /** Another process has the store open. */
    public const val BUSY: String = "busy"

    /** There is no room left. */
    public const val FULL: String = "full"

    /** The folder holds something else. */
    public const val NOT_A_STORE: String = "not_a_store"

    /** What is stored does not open or decode. */
    public const val DAMAGED: String = "damaged"

    /** The store is a copy from before something was erased. */
    public const val OLDER_THAN_KEY: String = "older_than_key"

    /** The store failed. */
    public const val STORAGE: String = "storage"

    /** The key store failed, or cannot be had now. */
    public const val KEY_STORE: String = "key_store"

    /** There is no key for this slot. */
    public const val NO_KEY: String = "no_key"

    /** The operating system gave no randomness. */
    public const val NO_RANDOMNESS: String = "no_randomness"

    /** A key did not sign. */
    public const val NOT_SIGNED: String = "not_signed"

    /** The signer cannot be reached now. */
    public const val SIGNER_UNAVAILABLE: String = "signer_unavailable"

    /** Whoever has the signer said no. */
    public const val SIGNER_REFUSED: String = "signer_refused"

    /** The peer was not reached. */
    public const val UNREACHABLE: String = "unreachable"

    /** A certificate on the way is not trusted. */
    public const val NOT_TRUSTED: String = "not_trusted"

    /** A server on the way said no. */
    public const val REFUSED_ON_THE_WAY: String = "refused_on_the_way"

    /** Another key answers at this address. */
    public const val WRONG_PEER: String = "wrong_peer"

    /** The peer has no room for more. */
    public const val PEER_FULL: String = "peer_full"

    /** The peer does not admit this key. */
    public const val NOT_ADMITTED: String = "not_admitted"

    /** The peer cannot do it now. */
    public const val PEER_BUSY: String = "peer_busy"

    /** The peer refuses what was sent. */
    public const val PEER_REFUSED: String = "peer_refused"

    /** The connection was lost. */
    public const val CONNECTION_LOST: String = "connection_lost"

    /** A session with the peer failed. */
    public const val SYNC_FAILED: String = "sync_failed"

    /** The other was taken in, and did not say that it is there. */
    public const val UNCONFIRMED: String = "unconfirmed"

    /** The caller or a deadline ended it. */
    public const val STOPPED: String = "stopped"

    /** A fault of the library: tell its makers. */
    public const val INTERNAL: String = "internal"
}

/** Does something, and throws what this package throws. */
internal inline fun <T> told(act: () -> T): T =
    try {
        act()
    } catch (thrown: FfiException) {
        throw thrown.told()
    } catch (thrown: InternalException) {
        throw internal(thrown)
    }

/** What this package throws for what the library said. */
internal fun FfiException.told(): Exception =
    when (this) {
        is FfiException.Failed -> failure.told(this)
        is FfiException.Argument -> IllegalArgumentException(text, this)
        is FfiException.Callback -> IllegalStateException(text, this)
    }

internal fun org.freehold.ffi.Failure.told(cause: Throwable? = null): FreeholdException {
    val about = FreeholdException.About(text, reason, number.toInt(), retryable, cause)
    return when {
        reason == Reason.STOPPED -> FreeholdException.Stopped(about)
        number < 100u -> FreeholdException.Internal(about)
        number < 200u -> FreeholdException.Usage(about)
        number < 300u -> FreeholdException.Refused(about)
        number < 400u -> FreeholdException.Input(about)
        number < 500u -> FreeholdException.Storage(about)
        number < 600u -> FreeholdException.Peer(about)
        else -> FreeholdException.Internal(about)
    }
}

private fun internal(thrown: InternalException): FreeholdException =
    FreeholdException.Internal(
        FreeholdException.About("the library failed", Reason.INTERNAL, 901, false, thrown),
    )
