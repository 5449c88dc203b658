package org.freehold.android

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import kotlinx.coroutines.runBlocking
import org.freehold.Home
import org.freehold.KeyKeeperException
import org.freehold.KeyStoreKind
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import java.security.InvalidKeyException
import java.security.ProviderException

/** With keys in memory in the place of the phone's: no phone is here. */
class AndroidKeyKeeperTest {
    @TempDir
    lateinit var folder: Path

    private val phone = Phone()
    private val keeper by lazy { AndroidKeyKeeper(folder) }

    @AfterEach
    fun takeAway() = phone.close()

    @Test
    fun `a key is replaced, and what sealed it is destroyed`() {
        assertNull(keeper.load())
        assertNull(keeper.prepared())
        keeper.replace(key(1))
        keeper.prepare(key(2))
        keeper.prepare(key(3))
        assertEquals(2, phone.held.size)
        assertArrayEquals(key(1), keeper.load())
        assertArrayEquals(key(3), keeper.prepared())
        keeper.replace(key(3))
        assertNull(keeper.prepared())
        assertArrayEquals(key(3), AndroidKeyKeeper(folder).load())
        assertEquals(1, phone.held.size)
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
        assertEquals(7, AndroidKeyKeeper(folder).counter())
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
    fun `what was sealed and changed`() {
        keeper.replace(key(1))
        val file = folder.resolve("store.sealed")
        val bytes = Files.readAllBytes(file)
        Files.write(file, bytes.also { it[it.lastIndex]++ })
        assertThrows(KeyKeeperException.Damaged::class.java) { keeper.load() }
    }

    @Test
    fun `what the phone is asked for`() {
        phone.hasStrongBox = true
        AndroidKeyKeeper(folder, strongBox = true).replace(key(1))
        val spec =
            phone.held.values
                .single()
                .spec
        assertEquals(KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT, spec.purposes)
        assertEquals(listOf(KeyProperties.BLOCK_MODE_GCM), spec.blockModes.toList())
        assertEquals(256, spec.keySize)
        assertTrue(spec.isStrongBoxBacked)
        phone.hasStrongBox = false
        assertThrows(KeyKeeperException.Unavailable::class.java) { AndroidKeyKeeper(folder, strongBox = true).replace(key(2)) }
        assertArrayEquals(key(1), keeper.load())
    }

    @Test
    fun `a phone that does not open`() {
        keeper.replace(key(1))
        for ((thrown, told) in listOf(
            ProviderException("the keystore is away") to KeyKeeperException.Unavailable::class.java,
            UserNotAuthenticatedException() to KeyKeeperException.Refused::class.java,
            KeyPermanentlyInvalidatedException() to KeyKeeperException.Damaged::class.java,
            InvalidKeyException("not this key") to KeyKeeperException.Failed::class.java,
        )) {
            phone.atFirst = thrown
            assertThrows(told) { keeper.load() }
        }
        phone.atFirst = null
        phone.held.clear()
        assertThrows(KeyKeeperException.Damaged::class.java) { keeper.load() }
    }

    @Test
    fun `a home with it`(): Unit =
        runBlocking {
            val keys = androidKeyStore(folder)
            Home.create(folder, "Flat 4", keys).use { it.addDevice("meter") }
            Home.open(folder, keys).use { assertEquals(KeyStoreKind.HARDWARE_DELETION, it.info().keyStore) }
        }

    private fun key(byte: Byte) = ByteArray(32) { byte }
}
