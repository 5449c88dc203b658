package org.freehold.testing

import org.freehold.Clock
import org.freehold.ForTests
import org.freehold.Home
import org.freehold.Received
import org.freehold.Recipient
import org.freehold.Role
import kotlin.time.Instant

/**
 * A household and a recipient in memory that share a clock. Everything is the same for the same seed, so that what a test saw once it sees
 * again. Nothing in it is secret.
 *
 * ```kotlin
 * Bench.open(now = Instant.parse("2025-06-03T00:00:00Z")).use { bench ->
 *     bench.home.addDevice("meter")
 *     bench.clock.now += 1.days
 *     bench.carry()
 * }
 * ```
 *
 * @property clock the clock of both; it stands where it is put.
 * @property home the household.
 * @property recipient the recipient.
 */
public class Bench private constructor(
    public val clock: Clock,
    public val home: Home,
    public val recipient: Recipient,
) : AutoCloseable {
    /** Hands the recipient what the home owes it, and takes back what it has erased. */
    @OptIn(ForTests::class)
    public suspend fun carry(): Received = home.carryTo(recipient)

    override fun close() {
        recipient.use { home.close() }
    }

    /** Sets benches up. */
    public companion object {
        /** Both at [now]. */
        @OptIn(ForTests::class)
        public suspend fun open(now: Instant, seed: Long = 1): Bench {
            val clock = Clock.standing(now)
            val home = Home.seeded("Home", seed, clock)
            return Bench(clock, home, Recipient.seeded("Recipient", Role.CONTROLLER, seed.inv(), clock))
        }
    }
}
