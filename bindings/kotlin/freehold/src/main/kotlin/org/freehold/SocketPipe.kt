package org.freehold

import java.io.IOException
import java.net.Socket
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.time.Duration

/** A socket as a pipe. What comes is taken in by a thread of its own, so that both sides may send at once. */
internal class SocketPipe(
    private val socket: Socket,
) : Pipe,
    AutoCloseable {
    private val come = LinkedBlockingQueue<ByteArray>()
    private var left = EMPTY

    init {
        Thread({ take() }, "freehold socket").apply { isDaemon = true }.start()
    }

    override fun send(bytes: ByteArray) {
        try {
            socket.getOutputStream().write(bytes)
        } catch (broken: IOException) {
            throw PipeException.Failed(broken)
        }
    }

    override fun receive(most: Int, wait: Duration): ByteArray {
        if (left.isEmpty()) {
            left = come.poll(wait.inWholeMilliseconds, TimeUnit.MILLISECONDS) ?: return EMPTY
            if (left.isEmpty()) {
                come.put(EMPTY)
                throw PipeException.Closed()
            }
        }
        val some = left.copyOf(most.coerceAtMost(left.size))
        left = left.copyOfRange(some.size, left.size)
        return some
    }

    override fun close() {
        socket.close()
    }

    /** What comes until the end, and then nothing. */
    private fun take() {
        val buffer = ByteArray(BUFFER)
        try {
            while (true) {
                val length = socket.getInputStream().read(buffer)
                if (length < 0) break
                if (length > 0) come.put(buffer.copyOf(length))
            }
        } catch (_: IOException) {
            // The other side hears of it when it reads on.
        }
        come.put(EMPTY)
    }

    private companion object {
        const val BUFFER = 1 shl 16
        val EMPTY = ByteArray(0)
    }
}
