package org.freehold

import org.freehold.ffi.Explained as FfiExplained

/**
 * What a file is, and what it says.
 *
 * @property kind what it is.
 * @property id the id of the card or the request, or of the consent that a grant, an extension or a revocation is of.
 * @property text what it says, in lines.
 */
public data class Explained(
    public val kind: FileType,
    public val id: String?,
    public val text: String,
) {
    internal constructor(explained: FfiExplained) : this(explained.kind.lifted(), explained.id, explained.text)
}

/**
 * Says what a file is, in words, for a person to read, with times in [zone], such as `Europe/Paris`. The signatures of cards, requests and
 * grants are verified first; of any other file the text says that its recipient verifies it. Nothing is granted, accepted or withdrawn.
 *
 * @throws FreeholdException.Input when it is no such file, or not signed as it says.
 */
public fun explain(file: ByteArray, zone: String): Explained = told { Explained(org.freehold.ffi.explain(file.direct(), zone)) }
