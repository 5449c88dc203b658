package org.freehold.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
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
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/**
 * The key of a recipient's card in the phone's keystore. It is made when there is none of this name, and never leaves the phone.
 *
 * ```kotlin
 * val practice = Recipient.create(folder, "Practice", Role.CONTROLLER, androidKeyStore(folder), signer = androidSigner("practice"))
 * ```
 *
 * @param alias its name, one for each recipient.
 * @param strongBox whether it has to lie in a chip of its own; a phone that has none throws [HardwareKeyException.Unavailable].
 * @param unlocked for how long after the person has unlocked the phone it signs, at least a second; who has not is
 *   [HardwareKeyException.Refused]. Null for always. It says so of a key that is made, not of one that is there.
 */
public fun androidSigner(
    alias: String,
    strongBox: Boolean = false,
    unlocked: Duration? = null,
): Signer {
    require(unlocked == null || unlocked >= 1.seconds) { "unlocked for less than a second" }
    return Signer.over(
        asked {
            val keys = KeyStore.getInstance(PROVIDER).apply { load(null) }
            val private = keys.getKey(alias, null) ?: made(alias, strongBox, unlocked)
            PhoneKey(private as PrivateKey, keys.getCertificate(alias).publicKey as ECPublicKey)
        },
    )
}

private class PhoneKey(
    private: PrivateKey,
    public: ECPublicKey,
) : JavaKey(private, public) {
    override fun sign(message: ByteArray): ByteArray =
        try {
            super.sign(message)
        } catch (failed: HardwareKeyException.Failed) {
            // To Java a key that the person has to unlock first is one that does not fit.
            val causes = generateSequence(failed.cause) { it.cause }
            throw if (causes.any { it is UserNotAuthenticatedException }) HardwareKeyException.Refused(failed.cause) else failed
        }
}

private fun made(
    alias: String,
    strongBox: Boolean,
    unlocked: Duration?,
): PrivateKey {
    val spec =
        KeyGenParameterSpec
            .Builder(alias, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
            .setIsStrongBoxBacked(strongBox)
    if (unlocked != null) {
        // Without a length of time each signature would have to be approved where the app shows it, which nobody can from here. What is said
        // since Android 11 in its place, older ones do not have.
        @Suppress("DEPRECATION")
        spec
            .setUserAuthenticationRequired(true)
            .setUserAuthenticationValidityDurationSeconds(unlocked.inWholeSeconds.coerceAtMost(Int.MAX_VALUE.toLong()).toInt())
    }
    val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER)
    generator.initialize(spec.build())
    return generator.generateKeyPair().private
}

private inline fun <T> asked(act: () -> T): T =
    try {
        act()
    } catch (away: ProviderException) {
        throw HardwareKeyException.Unavailable(away)
    } catch (failed: GeneralSecurityException) {
        throw HardwareKeyException.Failed(failed)
    }
