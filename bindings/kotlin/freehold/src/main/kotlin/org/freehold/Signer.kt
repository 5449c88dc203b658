package org.freehold

import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.interfaces.ECPublicKey
import org.freehold.ffi.Signer as FfiSigner
import org.freehold.ffi.SignerCalls as FfiSignerCalls
import org.freehold.ffi.SignerException as FfiSignerException

/**
 * The key of a recipient's card, where it lies in hardware: requests and receipts of erasures are signed there, and whoever copies the store
 * can make neither.
 */
public class Signer private constructor(
    internal val ffi: FfiSigner,
) {
    /** Makes signers. */
    public companion object {
        /**
         * Over whoever has the key.
         *
         * @throws IllegalArgumentException when [HardwareKey.point] is no point of P-256.
         */
        public fun over(key: HardwareKey): Signer = Signer(told { FfiSigner.over(Signing(key), key.point.direct()) })

        /**
         * Over a pair of keys of Java's, such as one of a security module or of a card.
         *
         * @throws IllegalArgumentException when it is not of P-256.
         */
        public fun of(private: PrivateKey, public: ECPublicKey): Signer = over(JavaKey(private, public))
    }
}

/**
 * Has a P-256 key. Several threads may call at once, while something waits for it, and it may not use the recipient that it signs for.
 */
public interface HardwareKey {
    /** The public key: an uncompressed point, 65 bytes. */
    public val point: ByteArray

    /**
     * Signs a message: ECDSA on P-256 with SHA-256, r and s of 32 bytes each.
     *
     * @throws HardwareKeyException when it does not sign. What else it throws counts as [HardwareKeyException.Failed].
     */
    public fun sign(message: ByteArray): ByteArray
}

/** Why a [HardwareKey] did not sign. */
public sealed class HardwareKeyException(
    message: String,
    cause: Throwable?,
) : Exception(message, cause) {
    /** The key cannot be reached at present: locked, or its device is away. Who follows a relay asks again. */
    public class Unavailable(
        cause: Throwable? = null,
    ) : HardwareKeyException("signing key not available", cause)

    /** The person said no. */
    public class Refused(
        cause: Throwable? = null,
    ) : HardwareKeyException("signing refused", cause)

    /** It tried and failed, or the key is gone for good. */
    public class Failed(
        cause: Throwable? = null,
    ) : HardwareKeyException("signing failed", cause)
}

/** A pair of keys of Java's as a [HardwareKey]. */
public open class JavaKey(
    private val private: PrivateKey,
    public: ECPublicKey,
) : HardwareKey {
    override val point: ByteArray = byteArrayOf(UNCOMPRESSED) + public.w.affineX.half() + public.w.affineY.half()

    override fun sign(message: ByteArray): ByteArray =
        try {
            val signature = Signature.getInstance("SHA256withECDSA")
            signature.initSign(private)
            signature.update(message)
            halves(signature.sign())
        } catch (away: ProviderException) {
            throw HardwareKeyException.Unavailable(away)
        } catch (failed: GeneralSecurityException) {
            // A key that the module does not take, too: it does not come back, and who follows a relay would try for ever.
            throw HardwareKeyException.Failed(failed)
        }
}

private class Signing(
    private val key: HardwareKey,
) : FfiSignerCalls {
    override fun sign(message: ByteArray): ByteArray =
        try {
            key.sign(message)
        } catch (thrown: HardwareKeyException) {
            throw when (thrown) {
                is HardwareKeyException.Unavailable -> FfiSignerException.Unavailable()
                is HardwareKeyException.Refused -> FfiSignerException.Refused()
                is HardwareKeyException.Failed -> FfiSignerException.Failed()
            }
        }
}

/** Both numbers of a signature in DER (RFC 3279, section 2.2.3): a sequence of two integers, each of fewer than 128 bytes. */
private fun halves(der: ByteArray): ByteArray {
    fun number(at: Int): Pair<BigInteger, Int> {
        val end = at + 2 + der[at + 1]
        return BigInteger(der.copyOfRange(at + 2, end)) to end
    }
    val (r, next) = number(2)
    return r.half() + number(next).first.half()
}

/** A number of 256 bits, big-endian. */
private fun BigInteger.half(): ByteArray {
    require(signum() >= 0 && bitLength() <= HALF * Byte.SIZE_BITS) { "not of P-256" }
    val bytes = toByteArray().dropWhile { it == 0.toByte() }.toByteArray()
    return ByteArray(HALF - bytes.size) + bytes
}

private const val UNCOMPRESSED: Byte = 4
private const val HALF = 32
