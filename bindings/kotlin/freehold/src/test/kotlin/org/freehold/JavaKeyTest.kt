package org.freehold

import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import java.security.InvalidKeyException
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Provider
import java.security.ProviderException
import java.security.PublicKey
import java.security.Security
import java.security.SignatureException
import java.security.SignatureSpi
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec

/** What Java's security modules throw, and what that means for whoever signs. */
class JavaKeyTest {
    private val module = Module()

    @BeforeEach
    fun plugIn() {
        Security.addProvider(module)
    }

    @AfterEach
    fun pullOut() = Security.removeProvider(module.name)

    @Test
    fun `a module that is away may come back`() {
        for (step in Step.entries) {
            says<HardwareKeyException.Unavailable>(step, ProviderException("token has been removed"))
        }
    }

    /** Unavailable would be tried again for ever. */
    @Test
    fun `a key that is gone does not come back`() {
        says<HardwareKeyException.Failed>(Step.BEGIN, InvalidKeyException("no such key"))
    }

    @Test
    fun `a module that does not sign`() {
        says<HardwareKeyException.Failed>(Step.SIGN, SignatureException("broken"))
    }

    private inline fun <reified T : HardwareKeyException> says(step: Step, thrown: Exception) {
        module.thrown = step to thrown
        val keys = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val key = JavaKey(ModuleKey(), keys.public as ECPublicKey)
        assertSame(thrown, assertThrows(T::class.java) { key.sign(byteArrayOf(1)) }.cause)
    }

    private enum class Step { BEGIN, SIGN }

    /** A key that only the module can use. */
    private class ModuleKey : PrivateKey {
        override fun getAlgorithm(): String = "EC"

        override fun getFormat(): String? = null

        override fun getEncoded(): ByteArray? = null
    }

    private class Module : Provider("Module", "1", "for a test") {
        lateinit var thrown: Pair<Step, Exception>

        init {
            val keys = mapOf("SupportedKeyClasses" to ModuleKey::class.java.name)
            putService(
                object : Service(this, "Signature", "SHA256withECDSA", Signing::class.java.name, null, keys) {
                    override fun newInstance(parameter: Any?): Any = Signing()
                },
            )
        }

        private fun reach(step: Step) {
            if (thrown.first == step) throw thrown.second
        }

        private inner class Signing : SignatureSpi() {
            override fun engineInitSign(key: PrivateKey): Unit = reach(Step.BEGIN)

            override fun engineUpdate(byte: Byte) = Unit

            override fun engineUpdate(
                bytes: ByteArray,
                from: Int,
                length: Int,
            ) = Unit

            override fun engineSign(): ByteArray {
                reach(Step.SIGN)
                return ByteArray(0)
            }

            override fun engineInitVerify(key: PublicKey): Unit = throw UnsupportedOperationException()

            override fun engineVerify(signature: ByteArray): Boolean = throw UnsupportedOperationException()

            @Deprecated("Java's")
            override fun engineSetParameter(name: String, value: Any): Unit = throw UnsupportedOperationException()

            @Deprecated("Java's")
            override fun engineGetParameter(name: String): Any = throw UnsupportedOperationException()
        }
    }
}
