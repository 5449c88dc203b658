package org.freehold.android

import org.freehold.KeyKeeper
import org.freehold.KeyKeeperException
import org.freehold.KeyStore
import org.freehold.KeyStoreKind
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.security.SecureRandom

/**
 * Keeps the key of a store sealed under a key of the phone's keystore, which lies in hardware where the phone has some. Each key of the store
 * is sealed under a key of its own: when it is replaced, the phone destroys that, and what older copies of the store hold opens nowhere.
 *
 * ```kotlin
 * val folder = context.filesDir.toPath().resolve("home")
 * val home = Home.create(folder, "Flat 4", androidKeyStore(folder))
 * ```
 *
 * @param folder where it keeps its files: that of the store.
 * @param strongBox whether the key has to lie in a chip of its own; a phone that has none throws [KeyKeeperException.Unavailable].
 */
public class AndroidKeyKeeper(
    private val folder: Path,
    strongBox: Boolean = false,
) : KeyKeeper {
    private val sealer = Sealer(strongBox)
    private val present = folder.resolve("store.sealed")
    private val next = folder.resolve("store.sealed.next")
    private val count = folder.resolve("store.count")

    @Synchronized
    override fun load(): ByteArray? = opened(present)

    @Synchronized
    override fun prepare(key: ByteArray): Unit = keep(next, key)

    @Synchronized
    override fun prepared(): ByteArray? = opened(next)

    @Synchronized
    override fun replace(key: ByteArray) {
        keep(present, key)
        val prepared = sealed(next) ?: return
        files { Files.delete(next) }
        sealer.destroy(prepared.alias)
    }

    @Synchronized
    override fun counter(): Long {
        val bytes = files { read(count) } ?: return 0
        if (bytes.size != Long.SIZE_BYTES) throw KeyKeeperException.Damaged()
        return ByteBuffer.wrap(bytes).getLong()
    }

    @Synchronized
    override fun advance(count: Long) {
        if (count <= counter()) throw KeyKeeperException.Backwards()
        val bytes = ByteBuffer.allocate(Long.SIZE_BYTES).putLong(count).flip()
        // Not made durable: after a loss of power it may be behind.
        files { FileChannel.open(this.count, CREATE, WRITE).use { it.write(bytes) } }
    }

    /** Seals a key under one of its own, and then destroys what sealed the one before. */
    private fun keep(file: Path, key: ByteArray) {
        val before = sealed(file)
        val alias = alias()
        val sealed = sealer.seal(alias, key)
        key.fill(0)
        files {
            Files.createDirectories(folder)
            val beside = file.resolveSibling("${file.fileName}.new")
            val name = alias.toByteArray()
            val bytes = ByteBuffer.allocate(2 + name.size + sealed.size)
            bytes
                .put(VERSION)
                .put(name.size.toByte())
                .put(name)
                .put(sealed)
                .flip()
            FileChannel.open(beside, CREATE, WRITE, TRUNCATE_EXISTING).use {
                while (bytes.hasRemaining()) it.write(bytes)
                it.force(true)
            }
            Files.move(beside, file, ATOMIC_MOVE)
            FileChannel.open(folder, READ).use { it.force(true) }
        }
        before?.let { sealer.destroy(it.alias) }
    }

    private fun opened(file: Path): ByteArray? = sealed(file)?.let { sealer.open(it.alias, it.bytes) }

    private fun sealed(file: Path): Sealed? {
        val bytes = files { read(file) } ?: return null
        val length = bytes.getOrNull(1)?.toInt() ?: -1
        if (bytes.getOrNull(0) != VERSION || length < 1 || bytes.size < 2 + length) throw KeyKeeperException.Damaged()
        return Sealed(String(bytes, 2, length), bytes.copyOfRange(2 + length, bytes.size))
    }

    private fun read(file: Path): ByteArray? =
        try {
            Files.readAllBytes(file)
        } catch (_: NoSuchFileException) {
            null
        }

    private inline fun <T> files(act: () -> T): T =
        try {
            act()
        } catch (failed: IOException) {
            throw KeyKeeperException.Failed(failed)
        }

    private class Sealed(
        val alias: String,
        val bytes: ByteArray,
    )

    private companion object {
        const val VERSION: Byte = 1
        val random = SecureRandom()

        fun alias(): String {
            val bytes = ByteArray(16).also(random::nextBytes)
            return "freehold." + bytes.joinToString("") { "%02x".format(it) }
        }
    }
}

/** The key of the store in [folder], kept by the phone: see [AndroidKeyKeeper]. */
public fun androidKeyStore(folder: Path, strongBox: Boolean = false): KeyStore =
    KeyStore.over(AndroidKeyKeeper(folder, strongBox), KeyStoreKind.HARDWARE_DELETION)
