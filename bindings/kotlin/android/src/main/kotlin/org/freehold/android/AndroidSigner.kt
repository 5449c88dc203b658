package org.freehold.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import org.freehold.HardwareKey
import org.freehold.HardwareKeyException
import org.freehold.JavaKey
import org.freehold.Signer
import java.security.GeneralSecurityException
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec

/**
 * The key of a recipient's card in the phone's keystore. It is made when there is none of this name, and never leaves the phone.
 *
 * ```kotlin
 * val practice = Recipient.create(folder, "Practice", Role.CONTROLLER, androidKeyStore(folder), signer = androidSigner("practice"))
 * ```
 *
 * @param alias its name, one for each recipient.
 * @param strongBox whether it has to lie in a chip of its own; a phone that has none throws [HardwareKeyException.Unavailable].
 * @param confirmed whether the person unlocks the phone anew before it signs; who did not is [HardwareKeyException.Refused].
 */
public fun androidSigner(
    alias: String,
    strongBox: Boolean = false,
    confirmed: Boolean = false,
): Signer =
    Signer.over(
        asked {
            val keys = KeyStore.getInstance(PROVIDER).apply { load(null) }
            val private = keys.getKey(alias, null) as? PrivateKey ?: made(alias, strongBox, confirmed)
            PhoneKey(private, keys.getCertificate(alias).publicKey as ECPublicKey)
        },
    )

private class PhoneKey(
    private: PrivateKey,
    public: ECPublicKey,
) : HardwareKey {
    private val key = JavaKey(private, public)

    override val point: ByteArray get() = key.point

    override fun sign(message: ByteArray): ByteArray =
        try {
            asked { key.sign(message) }
        } catch (failed: HardwareKeyException.Unavailable) {
            // What Java says of a key that the person has to unlock first.
            throw if (failed.cause is UserNotAuthenticatedException) HardwareKeyException.Refused(failed.cause) else failed
        }
}

private fun made(
    alias: String,
    strongBox: Boolean,
    confirmed: Boolean,
): PrivateKey {
    val spec =
        KeyGenParameterSpec
            .Builder(alias, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
            .setUserAuthenticationRequired(confirmed)
            .setIsStrongBoxBacked(strongBox)
            .build()
    val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER)
    generator.initialize(spec)
    return generator.generateKeyPair().private
}

private inline fun <T> asked(act: () -> T): T =
    try {
        act()
    } catch (failed: UserNotAuthenticatedException) {
        throw HardwareKeyException.Refused(failed)
    } catch (failed: KeyPermanentlyInvalidatedException) {
        throw HardwareKeyException.Failed(failed)
    } catch (failed: ProviderException) {
        throw HardwareKeyException.Unavailable(failed)
    } catch (failed: GeneralSecurityException) {
        throw HardwareKeyException.Failed(failed)
    }
