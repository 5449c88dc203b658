package org.freehold.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import org.freehold.KeyKeeperException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.spec.GCMParameterSpec

/** Seals under keys of the phone's keystore. */
internal class Sealer(
    private val strongBox: Boolean,
) {
    /** Makes the key of this name, and seals under it. */
    fun seal(alias: String, plain: ByteArray): ByteArray =
        asked {
            val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
            val spec =
                KeyGenParameterSpec
                    .Builder(alias, purposes)
                    .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                    .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                    .setKeySize(256)
                    .setIsStrongBoxBacked(strongBox)
                    .build()
            val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
            generator.init(spec)
            val cipher = Cipher.getInstance(TRANSFORMATION)
            cipher.init(Cipher.ENCRYPT_MODE, generator.generateKey())
            cipher.updateAAD(alias.toByteArray())
            cipher.iv + cipher.doFinal(plain)
        }

    /** What was sealed under the key of this name. */
    fun open(alias: String, sealed: ByteArray): ByteArray =
        asked {
            if (sealed.size < NONCE + TAG_BITS / Byte.SIZE_BITS) throw KeyKeeperException.Damaged()
            val key = store().getKey(alias, null) ?: throw KeyKeeperException.Damaged()
            val cipher = Cipher.getInstance(TRANSFORMATION)
            cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, sealed, 0, NONCE))
            cipher.updateAAD(alias.toByteArray())
            cipher.doFinal(sealed, NONCE, sealed.size - NONCE)
        }

    /** Destroys the key of this name, for good. */
    fun destroy(alias: String): Unit = asked { store().deleteEntry(alias) }

    private fun store(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }

    private inline fun <T> asked(act: () -> T): T =
        try {
            act()
        } catch (refused: UserNotAuthenticatedException) {
            throw KeyKeeperException.Refused(refused)
        } catch (gone: KeyPermanentlyInvalidatedException) {
            throw KeyKeeperException.Damaged(gone)
        } catch (changed: AEADBadTagException) {
            throw KeyKeeperException.Damaged(changed)
        } catch (failed: GeneralSecurityException) {
            throw KeyKeeperException.Failed(failed)
        } catch (away: ProviderException) {
            throw KeyKeeperException.Unavailable(away)
        }

    private companion object {
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val NONCE = 12
        const val TAG_BITS = 128
    }
}

/** Java's name of the phone's keystore. */
internal const val PROVIDER: String = "AndroidKeyStore"
