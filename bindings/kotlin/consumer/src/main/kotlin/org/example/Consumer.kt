package org.example

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.freehold.Clock
import org.freehold.FreeholdException
import org.freehold.Home
import org.freehold.KeyKeeper
import org.freehold.KeyStore
import org.freehold.KeyStoreKind
import org.freehold.Level
import org.freehold.Reading
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

/** Uses what shrinking breaks first: calls there and back, exceptions, and what the library reads by its name. */
fun main(): Unit =
    runBlocking {
        val noon = Instant.parse("2026-03-04T12:00:00Z")
        val clock =
            object : kotlin.time.Clock {
                override fun now(): Instant = noon
            }
        Home.inMemory("Flat 4", KeyStore.over(Keeper(), KeyStoreKind.MEMORY), Clock.over(clock)).use { home ->
            home.addDevice("room")
            val warmth = home.addStream("room", "warmth", "air_temperature") { levels(Level.RAW, Level.HOUR) }
            val begin = noon - 2.days
            warmth.record(List(60) { Reading(begin + 1.minutes * it, 2150) })
            warmth.flush()
            val hours = warmth.windows(Level.HOUR, begin, noon).toList()
            check(hours.single().totals?.count == 60L)
            try {
                home.stream("nothing")
            } catch (missing: FreeholdException.Usage) {
                println("${missing.reason}: ${missing.message}")
            }
        }
    }

private class Keeper : KeyKeeper {
    private var key: ByteArray? = null
    private var next: ByteArray? = null
    private var count = 0L

    override fun load(): ByteArray? = key

    override fun prepare(key: ByteArray) {
        next = key
    }

    override fun prepared(): ByteArray? = next

    override fun replace(key: ByteArray) {
        this.key = key
        next = null
    }

    override fun counter(): Long = count

    override fun advance(count: Long) {
        this.count = count
    }
}
