package org.freehold

import org.freehold.ffi.Inspection as FfiInspection
import org.freehold.ffi.LogInspection as FfiLogInspection
import org.freehold.ffi.Verification as FfiVerification

/**
 * What a store holds, for people who look after it.
 *
 * @property size bytes that it takes up.
 * @property keyStore how surely a replaced store key is gone.
 * @property logs its logs.
 */
public data class Inspection(
    public val size: Long,
    public val keyStore: KeyStoreKind,
    public val logs: List<LogInspection>,
) {
    internal constructor(ffi: FfiInspection) : this(ffi.size.toLong(), ffi.keyStore.lifted(), ffi.logs.map { LogInspection(it) })
}

/**
 * A log in a store.
 *
 * @property stream what the owner calls the stream.
 * @property level the level.
 * @property incarnation counts the logs of this level of this stream.
 * @property entries entries.
 * @property slots slots, each part counted.
 * @property pieces pieces that are held.
 * @property bytes bytes of headers, bodies and checkpoints.
 */
public data class LogInspection(
    public val stream: String,
    public val level: Level,
    public val incarnation: Int,
    public val entries: Long,
    public val slots: Long,
    public val pieces: Long,
    public val bytes: Long,
) {
    internal constructor(ffi: FfiLogInspection) : this(
        stream = ffi.stream,
        level = ffi.level.lifted(),
        incarnation = ffi.incarnation.toInt(),
        entries = ffi.entries.toLong(),
        slots = ffi.slots.toLong(),
        pieces = ffi.pieces.toLong(),
        bytes = (ffi.headerBytes + ffi.bodyBytes + ffi.checkpointBytes).toLong(),
    )
}

/**
 * What was looked at, all of it sound.
 *
 * @property logs logs whose chain and checkpoints verify.
 * @property entries entries of these logs.
 * @property pieces pieces that are held, whose hashes verify.
 * @property opened of these, the pieces that open with the keys that are held.
 */
public data class Verification(
    public val logs: Long,
    public val entries: Long,
    public val pieces: Long,
    public val opened: Long,
) {
    internal constructor(ffi: FfiVerification) :
        this(ffi.logs.toLong(), ffi.entries.toLong(), ffi.pieces.toLong(), ffi.opened.toLong())
}
