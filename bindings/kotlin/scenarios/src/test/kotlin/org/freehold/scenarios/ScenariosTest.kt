package org.freehold.scenarios

import kotlinx.coroutines.runBlocking
import org.freehold.testing.RelayProcess
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.deleteRecursively
import kotlin.io.path.extension
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.nameWithoutExtension
import kotlin.io.path.readText

/** What came of each step is, byte for byte, what comes of it in Rust. */
class ScenariosTest {
    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    @TestFactory
    fun scenarios(): List<DynamicTest> {
        val folder = Path.of(System.getProperty("freehold.root"), "tests", "scenarios")
        val files = folder.listDirectoryEntries().filter { it.extension == "json" }
        assertTrue(files.size >= 4)
        return files.map { file ->
            DynamicTest.dynamicTest(file.nameWithoutExtension) {
                val place = Files.createTempDirectory("freehold")
                val relays = ArrayList<RelayProcess>()
                try {
                    val relay = { RelayProcess.start(place.resolve("relay${relays.size}")).also { relays += it } }
                    val came = Stage(Json.read(file.readText()), folder.resolveSibling("vectors"), place, relay).use { runBlocking { it.run() } }
                    val wanted = file.resolveSibling("${file.nameWithoutExtension}.txt").readText()
                    came.lines().zip(wanted.lines()).forEach { (came, wanted) -> assertEquals(wanted, came) }
                    assertEquals(wanted, came)
                } finally {
                    relays.forEach { it.close() }
                    place.deleteRecursively()
                }
            }
        }
    }
}
