package org.freehold

import org.freehold.ffi.ConsentState as FfiConsentState
import org.freehold.ffi.Facet as FfiFacet
import org.freehold.ffi.FileType as FfiFileType
import org.freehold.ffi.KeyStoreKind as FfiKeyStoreKind
import org.freehold.ffi.Level as FfiLevel
import org.freehold.ffi.Onward as FfiOnward
import org.freehold.ffi.PartyRole as FfiPartyRole
import org.freehold.ffi.Role as FfiRole
import org.freehold.ffi.Scale as FfiScale
import org.freehold.ffi.Sensitivity as FfiSensitivity
import org.freehold.ffi.ValueKind as FfiValueKind

/** A resolution of a stream. */
public enum class Level {
    /** The readings themselves. */
    RAW,

    /** One minute. */
    MINUTE,

    /** A quarter of an hour. */
    QUARTER_HOUR,

    /** Half an hour. */
    HALF_HOUR,

    /** An hour. */
    HOUR,

    /** A civil day. */
    DAY,

    /** A civil month. */
    MONTH,
}

/** A part of a slot's data that can be granted alone. */
public enum class Facet {
    /** The raw readings: the only facet of [Level.RAW], and of no other level. */
    READINGS,

    /** Count, sum, sum of squares. */
    TOTALS,

    /** Least, greatest, first and last. */
    EXTREMES,

    /** Readings per bin, or per state. */
    DISTRIBUTION,

    /** Where a counter stood at the end of the slot. */
    INDEX,
}

/** What a Freehold file holds. */
public enum class FileType {
    /** A recipient's card. */
    CARD,

    /** A recipient's request. */
    REQUEST,

    /** A consent, and the keys that it stands for. */
    GRANT,

    /** A consent was withdrawn. */
    REVOCATION,

    /** Further keys for a consent. */
    EXTENSION,

    /** What a home hands to a recipient, when no relay can be met. */
    PARCEL,

    /** What a recipient says that it has. */
    HAVE,
}

/** As what a recipient acts (GDPR, Articles 4, 26 and 28). */
public enum class Role {
    /** Decides alone what the data is used for. */
    CONTROLLER,

    /** Decides it together with others. */
    JOINT_CONTROLLER,

    /** Works for one that decides. */
    PROCESSOR,
}

/** To whom a recipient may pass data on, strictest first. */
public enum class Onward {
    /** To nobody. */
    NOBODY,

    /** To those who work for the recipient under contract. */
    PROCESSORS,

    /** To others, each of whom the person is told of. */
    OTHERS,
}

/** What a party of a household may do. */
public enum class PartyRole {
    /** Acts for the household, and holds every key. */
    AGENT,

    /** Writes its own streams, and can read nothing that it has sealed. */
    DEVICE,
}

/** How surely a replaced key is gone. */
public enum class KeyStoreKind {
    /** Hardware destroys it: old copies of the store open nothing. */
    HARDWARE_DELETION,

    /** A file is overwritten; an older copy of it may lie elsewhere. */
    FILE,

    /** Wrapped under a passphrase; who knows it and kept an older file can go back. */
    PASSPHRASE,

    /** In memory only, for tests. */
    MEMORY,
}

/** How a consent stands. */
public enum class ConsentState {
    /** Granted, and usable only later. */
    NOT_YET,

    /** In force. */
    LIVE,

    /** Withdrawn. */
    REVOKED,

    /** Run out. */
    EXPIRED,
}

/** What the values of a kind are. */
public enum class ValueKind {
    /** A number at an instant: temperature, power. */
    GAUGE,

    /** A number that only grows, until it is reset: a meter's index. */
    COUNTER,

    /** A number that belongs to an interval: energy in a half hour. */
    INTERVAL,

    /** True or false. */
    BOOL,

    /** One of a list of states. */
    ENUM,

    /** A point on the earth. */
    LOCATION,

    /** A text. */
    TEXT,
}

/** How much a kind tells about a person: a later one is stricter. */
public enum class Sensitivity {
    /** About a device alone. */
    DEVICE,

    /** About a room or the weather. */
    ENVIRONMENT,

    /** What somebody does. */
    BEHAVIOUR,

    /** Who could get in, and alarms. */
    SECURITY,

    /** Who is there. */
    PRESENCE,

    /** Where somebody is. */
    LOCATION,

    /** About somebody's health. */
    HEALTH,
}

/** How the numbers of a kind add up. */
public enum class Scale {
    /** They add: sums and means say something. */
    LINEAR,

    /** Ratios to a reference, such as decibels: ordered, but a mean of them is no mean. */
    LOGARITHMIC,

    /** They come round, such as directions: not even ordered. */
    CIRCULAR,
}

internal fun Level.lowered(): FfiLevel = FfiLevel.entries[ordinal]

internal fun FfiLevel.lifted(): Level = Level.entries[ordinal]

internal fun Facet.lowered(): FfiFacet = FfiFacet.entries[ordinal]

internal fun FfiFacet.lifted(): Facet = Facet.entries[ordinal]

internal fun FfiFileType.lifted(): FileType = FileType.entries[ordinal]

internal fun Role.lowered(): FfiRole = FfiRole.entries[ordinal]

internal fun Onward.lowered(): FfiOnward = FfiOnward.entries[ordinal]

internal fun PartyRole.lowered(): FfiPartyRole = FfiPartyRole.entries[ordinal]

internal fun FfiPartyRole.lifted(): PartyRole = PartyRole.entries[ordinal]

internal fun KeyStoreKind.lowered(): FfiKeyStoreKind = FfiKeyStoreKind.entries[ordinal]

internal fun FfiKeyStoreKind.lifted(): KeyStoreKind = KeyStoreKind.entries[ordinal]

internal fun FfiConsentState.lifted(): ConsentState = ConsentState.entries[ordinal]

internal fun FfiValueKind.lifted(): ValueKind = ValueKind.entries[ordinal]

internal fun FfiSensitivity.lifted(): Sensitivity = Sensitivity.entries[ordinal]

internal fun FfiScale.lifted(): Scale = Scale.entries[ordinal]

@JvmName("loweredLevels")
internal fun Iterable<Level>.lowered(): List<FfiLevel> = map { it.lowered() }

@JvmName("loweredFacets")
internal fun Iterable<Facet>.lowered(): List<FfiFacet> = map { it.lowered() }

@JvmName("liftedLevels")
internal fun Iterable<FfiLevel>.lifted(): Set<Level> = mapTo(LinkedHashSet()) { it.lifted() }

@JvmName("liftedFacets")
internal fun Iterable<FfiFacet>.lifted(): Set<Facet> = mapTo(LinkedHashSet()) { it.lifted() }
