package org.freehold.scenarios

import kotlinx.coroutines.runBlocking
import org.freehold.readme.oneDay
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.math.BigDecimal
import java.nio.file.Path
import kotlin.time.Instant

/** What the README shows compiles, and gives what it says. */
class ReadmeTest {
    @Test
    fun `the README in Kotlin`(
        @TempDir folder: Path,
    ) {
        val came = runBlocking { oneDay(folder, Instant.parse("2026-03-04T00:00:00Z")) }
        assertEquals(BigDecimal("19776.000"), came)
    }
}
