package org.freehold

import com.sun.jna.Pointer
import org.freehold.ffi.Failure
import org.freehold.ffi.FfiException
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ReasonTest {
    @Test
    fun `every reason has its constant and its class`() {
        val fields = Reason::class.java.declaredFields.filter { it.type == String::class.java }
        val constants = fields.associate { it.get(null) as String to it.name }
        val reasons = org.freehold.ffi.reasons()
        assertEquals(reasons.map { it.name }.toSet(), constants.keys)
        for ((name, number) in reasons) {
            assertEquals(name.uppercase(), constants[name])
            val thrown = Failure(name, number, retryable = true, text = "so it is").told()
            val wanted =
                when {
                    name == "stopped" -> FreeholdException.Stopped::class
                    name == "internal" -> FreeholdException.Internal::class
                    else ->
                        listOf(
                            FreeholdException.Usage::class,
                            FreeholdException.Refused::class,
                            FreeholdException.Input::class,
                            FreeholdException.Storage::class,
                            FreeholdException.Peer::class,
                        )[number.toInt() / 100 - 1]
                }
            assertInstanceOf(wanted.java, thrown)
            assertEquals(name, thrown.reason)
            assertEquals(number.toInt(), thrown.number)
            assertEquals("so it is", thrown.message)
            assertTrue(thrown.isRetryable)
        }
    }

    @Test
    fun `what is generated is the cause, and its text is not shown`() {
        val failure = Failure("missing", 101u, false, "no such home")
        val thrown = assertThrows(FreeholdException.Usage::class.java) { told { throw FfiException.Failed(failure) } }
        assertEquals("no such home", thrown.message)
        assertInstanceOf(FfiException.Failed::class.java, thrown.cause)
    }

    @Test
    fun `a wrong word is an illegal argument`() {
        val thrown = assertThrows(IllegalArgumentException::class.java) { Relay("nowhere") }
        assertTrue(thrown.message!!.isNotEmpty() && "text=" !in thrown.message!!)
    }

    /** The library takes the status of a call to be empty, and writes no more of it than it must. */
    @Test
    fun `nothing of a failed call is left for the next`() {
        assertThrows(FreeholdException.Input::class.java) { Freehold.kinds.getValue("energy_interval").parse("much") }
        val type = Class.forName("org.freehold.ffi.UniffiStatuses")
        val companion = type.getField("Companion").get(null)
        val statuses = companion.javaClass.getMethod("ofThread").invoke(companion)
        val status = type.getMethod("take").invoke(statuses) as Pointer
        try {
            val size = 32
            assertArrayEquals(ByteArray(size), status.getByteArray(0, size))
        } finally {
            type.getMethod("giveBack").invoke(statuses)
        }
    }

    @Test
    fun `a panic of the library is an exception`() {
        val thrown =
            assertThrows(FreeholdException.Internal::class.java) {
                told { throw org.freehold.ffi.InternalException("index out of bounds") }
            }
        assertEquals("the library failed", thrown.message)
    }

    @Test
    fun `words are those of the library`() {
        fun names(entries: List<Enum<*>>) = entries.map { it.name }
        assertEquals(names(org.freehold.ffi.Level.entries), names(Level.entries))
        assertEquals(names(org.freehold.ffi.Facet.entries), names(Facet.entries))
        assertEquals(names(org.freehold.ffi.Role.entries), names(Role.entries))
        assertEquals(names(org.freehold.ffi.Onward.entries), names(Onward.entries))
        assertEquals(names(org.freehold.ffi.PartyRole.entries), names(PartyRole.entries))
        assertEquals(names(org.freehold.ffi.KeyStoreKind.entries), names(KeyStoreKind.entries))
        assertEquals(names(org.freehold.ffi.ConsentState.entries), names(ConsentState.entries))
        assertEquals(names(org.freehold.ffi.ValueKind.entries), names(ValueKind.entries))
        assertEquals(names(org.freehold.ffi.Sensitivity.entries), names(Sensitivity.entries))
        assertEquals(names(org.freehold.ffi.Scale.entries), names(Scale.entries))
    }
}
