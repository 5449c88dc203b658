package org.freehold.testing

import org.freehold.Relay
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/**
 * A relay on loopback, in a process of its own: the program `freehold-relay`. It ends when this is closed.
 *
 * @property address where it is, as a [Relay] takes it.
 */
public class RelayProcess private constructor(
    private val process: Process,
    public val address: String,
) : AutoCloseable {
    /** A relay at [address]. */
    public fun relay(): Relay = Relay(address)

    override fun close() {
        process.destroy()
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) process.destroyForcibly()
    }

    /** Starts relays. */
    public companion object {
        private const val PATIENCE_S = 30L

        /**
         * Starts a relay that keeps its data in a folder. It blocks until the relay listens.
         *
         * @param program the program; otherwise what the system property `freehold.relay` says, or what is found by its name.
         * @throws IllegalStateException when it does not listen.
         */
        public fun start(data: Path, program: String = System.getProperty("freehold.relay") ?: "freehold-relay"): RelayProcess {
            val words = listOf(program, "--listen", "127.0.0.1:0", "--data", data.toString())
            val process = ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start()
            val address = CompletableFuture<String>()
            Thread {
                // Its pipe stays open for as long as it says something.
                process.inputReader().forEachLine { said ->
                    if (said.startsWith(LISTENING)) address.complete(said.removePrefix(LISTENING))
                }
                address.completeExceptionally(IllegalStateException("no relay"))
            }.apply { isDaemon = true }.start()
            return try {
                RelayProcess(process, address.get(PATIENCE_S, TimeUnit.SECONDS))
            } catch (failed: Exception) {
                process.destroyForcibly()
                throw IllegalStateException("no relay", failed)
            }
        }

        private const val LISTENING = "listening "
    }
}
