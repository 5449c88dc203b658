package org.freehold.android

import kotlinx.coroutines.runBlocking
import org.freehold.Home
import org.freehold.KeyKeeperException
import org.freehold.KeyStore
import org.freehold.KeyStoreKind
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** With keys in memory in the place of the phone's: no phone is here. */
class AndroidKeyKeeperTest {
    @TempDir
    lateinit var folder: Path

    private val sealer = MemorySealer()
    private val keeper by lazy { AndroidKeyKeeper(folder, sealer) }

    @Test
    fun `a key is replaced, and what sealed it is destroyed`() {
        assertNull(keeper.load())
        assertNull(keeper.prepared())
        keeper.replace(key(1))
        keeper.prepare(key(2))
        keeper.prepare(key(3))
        assertEquals(2, sealer.keys.size)
        assertArrayEquals(key(1), keeper.load())
        assertArrayEquals(key(3), keeper.prepared())
        keeper.replace(key(3))
        assertNull(keeper.prepared())
        assertArrayEquals(key(3), AndroidKeyKeeper(folder, sealer).load())
        assertEquals(1, sealer.keys.size)
    }

    @Test
    fun `what it was given is overwritten`() {
        val given = key(1)
        keeper.replace(given)
        assertArrayEquals(ByteArray(32), given)
    }

    @Test
    fun `the counter goes up`() {
        assertEquals(0, keeper.counter())
        keeper.advance(7)
        assertEquals(7, AndroidKeyKeeper(folder, sealer).counter())
        assertThrows(KeyKeeperException.Backwards::class.java) { keeper.advance(7) }
    }

    @Test
    fun `files that were changed`() {
        keeper.replace(key(1))
        val file = folder.resolve("store.sealed")
        val bytes = Files.readAllBytes(file)
        for (length in 0 until bytes.size) {
            Files.write(file, bytes.copyOf(length))
            assertThrows(KeyKeeperException.Damaged::class.java) { keeper.load() }
        }
        Files.write(folder.resolve("store.count"), ByteArray(3))
        assertThrows(KeyKeeperException.Damaged::class.java) { keeper.counter() }
    }

    @Test
    fun `a home with it`(): Unit =
        runBlocking {
            val keys = KeyStore.over(keeper, KeyStoreKind.HARDWARE_DELETION)
            Home.create(folder, "Flat 4", keys).use { it.addDevice("meter") }
            Home.open(folder, keys).use { assertEquals(KeyStoreKind.HARDWARE_DELETION, it.info().keyStore) }
        }

    private fun key(byte: Byte) = ByteArray(32) { byte }

    private class MemorySealer : Sealer {
        val keys = HashMap<String, SecretKey>()

        override fun seal(alias: String, plain: ByteArray): ByteArray {
            val key = KeyGenerator.getInstance("AES").generateKey()
            keys[alias] = key
            val cipher = Cipher.getInstance("AES/GCM/NoPadding")
            cipher.init(Cipher.ENCRYPT_MODE, key)
            return cipher.iv + cipher.doFinal(plain)
        }

        override fun open(alias: String, sealed: ByteArray): ByteArray =
            try {
                val cipher = Cipher.getInstance("AES/GCM/NoPadding")
                cipher.init(Cipher.DECRYPT_MODE, keys.getValue(alias), GCMParameterSpec(128, sealed, 0, 12))
                cipher.doFinal(sealed, 12, sealed.size - 12)
            } catch (failed: Exception) {
                throw KeyKeeperException.Damaged(failed)
            }

        override fun destroy(alias: String) {
            keys.remove(alias)
        }
    }
}
