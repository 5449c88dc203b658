package org.freehold.scenarios

import org.freehold.HardwareKey
import org.freehold.HardwareKeyException
import org.freehold.JavaKey
import org.freehold.KeyKeeper
import org.freehold.KeyKeeperException
import org.freehold.Pipe
import org.freehold.PipeException
import java.net.Socket
import java.net.SocketTimeoutException
import java.security.KeyPairGenerator
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import kotlin.time.Duration
import kotlin.time.Instant

/** A clock of the program's. */
class OwnClock(
    @Volatile var now: Instant,
) : kotlin.time.Clock {
    override fun now(): Instant = now
}

/** Whether what a program brought can be used. */
enum class Presence { THERE, AWAY, REFUSING }

/** Keys in the program's memory, and a signing key in what stands for hardware. */
class Brought {
    @Volatile var presence = Presence.THERE

    val keeper: KeyKeeper =
        object : KeyKeeper {
            private var key: ByteArray? = null
            private var next: ByteArray? = null
            private var count = 0L

            override fun load() = asked { key }

            override fun prepare(key: ByteArray) = asked { next = key }

            override fun prepared() = asked { next }

            override fun replace(key: ByteArray) =
                asked {
                    this.key = key
                    next = null
                }

            override fun counter() = asked { count }

            override fun advance(count: Long) =
                asked {
                    if (count <= this.count) throw KeyKeeperException.Backwards()
                    this.count = count
                }

            private fun <T> asked(act: () -> T): T =
                when (presence) {
                    Presence.AWAY -> throw KeyKeeperException.Unavailable()
                    Presence.REFUSING -> throw KeyKeeperException.Refused()
                    Presence.THERE -> synchronized(this, act)
                }
        }

    val key: HardwareKey by lazy {
        val pair = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val inside = JavaKey(pair.private, pair.public as ECPublicKey)
        object : HardwareKey {
            override val point = inside.point

            override fun sign(message: ByteArray): ByteArray =
                when (presence) {
                    Presence.AWAY -> throw HardwareKeyException.Unavailable()
                    Presence.REFUSING -> throw HardwareKeyException.Refused()
                    Presence.THERE -> inside.sign(message)
                }
        }
    }
}

/** A connection of the program's. */
class OwnPipe(
    place: String,
) : Pipe,
    AutoCloseable {
    private val socket = Socket(place.substringBeforeLast(':'), place.substringAfterLast(':').toInt())

    override fun send(bytes: ByteArray) = socket.getOutputStream().write(bytes)

    override fun receive(most: Int, wait: Duration): ByteArray {
        // 0 would wait for ever.
        socket.soTimeout = wait.inWholeMilliseconds.toInt().coerceAtLeast(1)
        val room = ByteArray(most)
        val came =
            try {
                socket.getInputStream().read(room)
            } catch (_: SocketTimeoutException) {
                0
            }
        if (came < 0) throw PipeException.Closed()
        return room.copyOf(came)
    }

    override fun close() = socket.close()
}
