package org.freehold.android

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import kotlinx.coroutines.runBlocking
import org.freehold.Facet
import org.freehold.FreeholdException
import org.freehold.HardwareKeyException
import org.freehold.Level
import org.freehold.Reason
import org.freehold.Recipient
import org.freehold.Role
import org.freehold.Signer
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.security.InvalidKeyException
import java.security.ProviderException
import java.security.SignatureException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

/** With keys in memory in the place of the phone's: no phone is here. */
class AndroidSignerTest {
    private val phone = Phone()

    @AfterEach
    fun takeAway() = phone.close()

    @Test
    fun `a recipient whose key the phone has`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            Recipient.create(folder, "Practice", Role.CONTROLLER, signer = androidSigner("practice")).use { asks(it) }
            Recipient.open(folder, signer = androidSigner("practice")).use { asks(it) }
            assertEquals(setOf("practice"), phone.held.keys)
            val failed = assertThrows(FreeholdException.Usage::class.java) { runBlocking { Recipient.open(folder, signer = androidSigner("other")) } }
            assertEquals(Reason.WRONG_SIGNER, failed.reason)
        }

    @Test
    fun `what the phone is asked for`() {
        phone.hasStrongBox = true
        androidSigner("always")
        androidSigner("unlocked", strongBox = true, unlocked = 5.minutes)
        androidSigner("for ever", unlocked = Duration.INFINITE)
        val (always, unlocked, forEver) = listOf("always", "unlocked", "for ever").map { phone.held.getValue(it).spec }
        for (spec in listOf(always, unlocked, forEver)) {
            assertEquals(KeyProperties.PURPOSE_SIGN, spec.purposes)
            assertEquals(listOf(KeyProperties.DIGEST_SHA256), spec.digests.toList())
        }
        assertFalse(always.isUserAuthenticationRequired || always.isStrongBoxBacked)
        assertTrue(unlocked.isUserAuthenticationRequired && unlocked.isStrongBoxBacked)
        @Suppress("DEPRECATION")
        assertEquals(listOf(300, Int.MAX_VALUE), listOf(unlocked, forEver).map { it.userAuthenticationValidityDurationSeconds })
        assertThrows(IllegalArgumentException::class.java) { androidSigner("never", unlocked = 999.milliseconds) }
    }

    @Test
    fun `who has not unlocked the phone is refused`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            signing(folder, androidSigner("practice", unlocked = 5.minutes)) { practice ->
                phone.sinceUnlocked = 300
                assertEquals(Reason.SIGNER_REFUSED, refusal(practice))
                phone.sinceUnlocked = 299
                asks(practice)
                // The time can be over in the middle.
                phone.atLast = SignatureException(UserNotAuthenticatedException())
                assertEquals(Reason.SIGNER_REFUSED, refusal(practice))
            }
        }

    @Test
    fun `a phone that does not sign`(
        @TempDir folder: Path,
    ): Unit =
        runBlocking {
            signing(folder, androidSigner("practice")) { practice ->
                for ((thrown, reason) in listOf(
                    ProviderException("the keystore is away") to Reason.SIGNER_UNAVAILABLE,
                    KeyPermanentlyInvalidatedException() to Reason.NOT_SIGNED,
                    InvalidKeyException("no such key") to Reason.NOT_SIGNED,
                )) {
                    phone.atFirst = thrown
                    assertEquals(reason, refusal(practice))
                }
                phone.atFirst = null
                for ((thrown, reason) in listOf(
                    ProviderException("the keystore is away") to Reason.SIGNER_UNAVAILABLE,
                    SignatureException("failed") to Reason.NOT_SIGNED,
                )) {
                    phone.atLast = thrown
                    assertEquals(reason, refusal(practice))
                }
                phone.atLast = null
                asks(practice)
            }
        }

    @Test
    fun `a phone without a chip of its own for keys`() {
        assertThrows(HardwareKeyException.Unavailable::class.java) { androidSigner("practice", strongBox = true) }
    }

    private suspend fun signing(
        folder: Path,
        signer: Signer,
        act: suspend (Recipient) -> Unit,
    ) = Recipient.create(folder, "Practice", Role.CONTROLLER, signer = signer).use { act(it) }

    private fun refusal(practice: Recipient): String = assertThrows(FreeholdException.Storage::class.java) { runBlocking { asks(practice) } }.reason

    /** What the key of the card signs. */
    private suspend fun asks(practice: Recipient) {
        practice.request {
            ask("heart_rate") {
                levels(Level.DAY)
                facets(Facet.TOTALS)
                from = Instant.parse("2026-03-01T00:00:00Z")
            }
            purpose("dpv:ServiceProvision")
        }
    }
}
