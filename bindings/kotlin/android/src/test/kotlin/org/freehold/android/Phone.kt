package org.freehold.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.Signature
import java.security.SignatureSpi
import java.security.cert.Certificate
import java.security.interfaces.ECPublicKey
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** A keystore in memory by the name of the phone's, of keys that say for what they were made. Close it to take it away. */
class Phone :
    Provider(PROVIDER, "1", "in memory"),
    AutoCloseable {
    /** What is in it. */
    val held = HashMap<String, PhoneKey>()

    /** Seconds since the person has unlocked it. */
    var sinceUnlocked = 0

    /** Thrown when a key is to be used. */
    var atFirst: Exception? = null

    /** Thrown when it is in use. */
    var atLast: Exception? = null

    /** Whether it has a chip of its own for keys. */
    var hasStrongBox = false

    init {
        serve("KeyStore", PROVIDER) { Keys() }
        serve("KeyPairGenerator", "EC") { Pairs() }
        serve("KeyGenerator", "AES") { Secrets() }
        serve("Signature", "SHA256withECDSA", mapOf("SupportedKeyClasses" to Signing::class.java.name)) { Signs() }
        Security.addProvider(this)
    }

    override fun close() = Security.removeProvider(name)

    private fun serve(
        type: String,
        algorithm: String,
        attributes: Map<String, String> = emptyMap(),
        make: () -> Any,
    ) = putService(
        object : Service(this, type, algorithm, type, null, attributes) {
            override fun newInstance(parameter: Any?): Any = make()
        },
    )

    /** A key, and for what it was made. */
    sealed interface PhoneKey : Key {
        val spec: KeyGenParameterSpec
    }

    private fun asked(spec: KeyGenParameterSpec): KeyGenParameterSpec {
        if (spec.isStrongBoxBacked && !hasStrongBox) throw StrongBoxUnavailableException()
        return spec
    }

    private fun used(key: PhoneKey) {
        atFirst?.let { throw it }
        @Suppress("DEPRECATION")
        val unlocked = key.spec.userAuthenticationValidityDurationSeconds
        if (key.spec.isUserAuthenticationRequired && sinceUnlocked >= unlocked) throw UserNotAuthenticatedException()
    }

    private class Signing(
        override val spec: KeyGenParameterSpec,
        val keys: KeyPair,
    ) : PhoneKey,
        PrivateKey {
        override fun getAlgorithm(): String = "EC"

        override fun getFormat(): String? = null

        override fun getEncoded(): ByteArray? = null
    }

    /** Java's own ciphers take it, and ask it for its bytes. */
    private inner class Sealing(
        override val spec: KeyGenParameterSpec,
    ) : PhoneKey,
        SecretKey {
        private val bytes = ByteArray(spec.keySize / Byte.SIZE_BITS).also { SecureRandom().nextBytes(it) }

        override fun getAlgorithm(): String = "AES"

        override fun getFormat(): String = "RAW"

        override fun getEncoded(): ByteArray {
            used(this)
            return bytes.copyOf()
        }
    }

    private inner class Pairs : KeyPairGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun initialize(spec: AlgorithmParameterSpec, random: SecureRandom?) {
            this.spec = asked(spec as KeyGenParameterSpec)
        }

        override fun initialize(size: Int, random: SecureRandom?): Unit = throw UnsupportedOperationException()

        override fun generateKeyPair(): KeyPair {
            val made = KeyPairGenerator.getInstance("EC", "SunEC").apply { initialize(spec.algorithmParameterSpec) }.generateKeyPair()
            val key = Signing(spec, made)
            held[spec.keystoreAlias] = key
            return KeyPair(made.public, key)
        }
    }

    private inner class Secrets : KeyGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun engineInit(spec: AlgorithmParameterSpec, random: SecureRandom?) {
            this.spec = asked(spec as KeyGenParameterSpec)
        }

        override fun engineInit(random: SecureRandom?): Unit = throw UnsupportedOperationException()

        override fun engineInit(size: Int, random: SecureRandom?): Unit = throw UnsupportedOperationException()

        override fun engineGenerateKey(): SecretKey = Sealing(spec).also { held[spec.keystoreAlias] = it }
    }

    private inner class Signs : SignatureSpi() {
        private val signature = Signature.getInstance("SHA256withECDSA", "SunEC")

        override fun engineInitSign(key: PrivateKey) {
            used(key as Signing)
            signature.initSign(key.keys.private)
        }

        override fun engineUpdate(byte: Byte) = signature.update(byte)

        override fun engineUpdate(
            bytes: ByteArray,
            from: Int,
            length: Int,
        ) = signature.update(bytes, from, length)

        override fun engineSign(): ByteArray {
            atLast?.let { throw it }
            return signature.sign()
        }

        override fun engineInitVerify(key: PublicKey): Unit = throw UnsupportedOperationException()

        override fun engineVerify(signature: ByteArray): Boolean = throw UnsupportedOperationException()

        @Deprecated("Java's")
        override fun engineSetParameter(name: String, value: Any): Unit = throw UnsupportedOperationException()

        @Deprecated("Java's")
        override fun engineGetParameter(name: String): Any = throw UnsupportedOperationException()
    }

    private inner class Keys : KeyStoreSpi() {
        override fun engineLoad(from: InputStream?, password: CharArray?) = Unit

        override fun engineGetKey(alias: String, password: CharArray?): Key? = held[alias]

        override fun engineGetCertificate(alias: String): Certificate? = (held[alias] as? Signing)?.let { Certified(it.keys.public as ECPublicKey) }

        override fun engineDeleteEntry(alias: String) {
            held.remove(alias)
        }

        override fun engineContainsAlias(alias: String): Boolean = alias in held

        override fun engineSize(): Int = held.size

        override fun engineAliases(): Enumeration<String> = Collections.enumeration(held.keys)

        override fun engineIsKeyEntry(alias: String): Boolean = alias in held

        override fun engineIsCertificateEntry(alias: String): Boolean = false

        override fun engineGetCertificateChain(alias: String): Array<Certificate> = throw UnsupportedOperationException()

        override fun engineGetCertificateAlias(certificate: Certificate): String = throw UnsupportedOperationException()

        override fun engineGetCreationDate(alias: String): Date = throw UnsupportedOperationException()

        override fun engineSetKeyEntry(
            alias: String,
            key: Key,
            password: CharArray?,
            chain: Array<Certificate>?,
        ): Unit = throw UnsupportedOperationException()

        override fun engineSetKeyEntry(
            alias: String,
            key: ByteArray,
            chain: Array<Certificate>?,
        ): Unit = throw UnsupportedOperationException()

        override fun engineSetCertificateEntry(alias: String, certificate: Certificate): Unit = throw UnsupportedOperationException()

        override fun engineStore(into: OutputStream, password: CharArray?): Unit = throw UnsupportedOperationException()
    }

    private class Certified(
        private val key: ECPublicKey,
    ) : Certificate("in memory") {
        override fun getPublicKey(): PublicKey = key

        override fun getEncoded(): ByteArray = throw UnsupportedOperationException()

        override fun verify(key: PublicKey): Unit = throw UnsupportedOperationException()

        override fun verify(key: PublicKey, provider: String): Unit = throw UnsupportedOperationException()

        override fun toString(): String = "in memory"
    }
}
