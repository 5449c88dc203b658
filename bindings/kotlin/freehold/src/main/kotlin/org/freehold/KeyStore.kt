package org.freehold

import java.nio.file.Path
import kotlin.io.path.absolutePathString
import org.freehold.ffi.KeyStore as FfiKeyStore
import org.freehold.ffi.KeyStoreCalls as FfiKeyStoreCalls
import org.freehold.ffi.KeyStoreException as FfiKeyStoreException

/** Where the key that seals a store lies. One is for one store. */
public class KeyStore private constructor(
    internal val ffi: FfiKeyStore,
) {
    /** Makes key stores. */
    public companion object {
        /** A key file of mode 0600 in the folder of the store. It is made with the store. */
        public fun file(store: Path): KeyStore = KeyStore(FfiKeyStore.file(store.absolutePathString()))

        /** The same, the key wrapped under a passphrase. */
        public fun passphrase(store: Path, passphrase: String): KeyStore = KeyStore(FfiKeyStore.passphrase(store.absolutePathString(), passphrase))

        /** In memory, for tests and for stores in memory. */
        public fun memory(): KeyStore = KeyStore(FfiKeyStore.memory())

        /** A key store of the program's own, such as one over the system's keychain; [kind] says how surely it forgets a key. */
        public fun over(keeper: KeyKeeper, kind: KeyStoreKind): KeyStore = KeyStore(FfiKeyStore.over(Keeping(keeper), kind.lowered()))

        /** Whether the key file beside the store needs a passphrase; null when there is no such file. */
        public fun needsPassphrase(store: Path): Boolean? = org.freehold.ffi.needsPassphrase(store.absolutePathString())
    }
}

/**
 * Keeps a store's key and its write counter. Several threads may call at once, and it may not use the home or recipient that it keeps the key
 * of. A key has 32 bytes; whoever implements this overwrites the arrays that it was given or made.
 *
 * Each function throws [KeyKeeperException] when it cannot do it. What else it throws counts as [KeyKeeperException.Failed].
 */
public interface KeyKeeper {
    /** The key; null when there is none yet. */
    public fun load(): ByteArray?

    /** Keeps a key beside the present one, in the place of one that was prepared before. Durable when it returns. */
    public fun prepare(key: ByteArray)

    /** The key that was prepared; null when there is none. */
    public fun prepared(): ByteArray?

    /** Puts a key in the place of the present one, which is destroyed, and so is one that was prepared. Durable when it returns. */
    public fun replace(key: ByteArray)

    /** The write counter; 0 at first. */
    public fun counter(): Long

    /**
     * Advances the write counter. It is called for every batch that seals something, so it must be quick and ask nobody. It has to outlive
     * the process; after a loss of power it may be behind, never ahead.
     */
    public fun advance(count: Long)
}

/** Why a [KeyKeeper] did not do what it was asked. */
public sealed class KeyKeeperException(
    message: String,
    cause: Throwable?,
) : Exception(message, cause) {
    /** Locked, or its device is away. */
    public class Unavailable(
        cause: Throwable? = null,
    ) : KeyKeeperException("key store not available", cause)

    /** The person did not let the key be used. */
    public class Refused(
        cause: Throwable? = null,
    ) : KeyKeeperException("not allowed to use the key", cause)

    /** What it holds cannot be read. */
    public class Damaged(
        cause: Throwable? = null,
    ) : KeyKeeperException("key store damaged", cause)

    /** The counter would not go up. */
    public class Backwards : KeyKeeperException("counter would go backwards", null)

    /** Reading or writing failed. */
    public class Failed(
        cause: Throwable? = null,
    ) : KeyKeeperException("key store failed", cause)
}

private class Keeping(
    private val keeper: KeyKeeper,
) : FfiKeyStoreCalls {
    override fun load(): ByteArray? = asked { keeper.load() }

    override fun prepare(key: ByteArray) = asked { keeper.prepare(key) }

    override fun prepared(): ByteArray? = asked { keeper.prepared() }

    override fun replace(key: ByteArray) = asked { keeper.replace(key) }

    override fun counter(): ULong = asked { keeper.counter() }.toULong()

    override fun advance(count: ULong) = asked { keeper.advance(count.toLong()) }

    private inline fun <T> asked(act: () -> T): T =
        try {
            act()
        } catch (thrown: KeyKeeperException) {
            throw when (thrown) {
                is KeyKeeperException.Unavailable -> FfiKeyStoreException.Unavailable()
                is KeyKeeperException.Refused -> FfiKeyStoreException.Refused()
                is KeyKeeperException.Damaged -> FfiKeyStoreException.Damaged()
                is KeyKeeperException.Backwards -> FfiKeyStoreException.Backwards()
                is KeyKeeperException.Failed -> FfiKeyStoreException.Failed()
            }
        }
}
