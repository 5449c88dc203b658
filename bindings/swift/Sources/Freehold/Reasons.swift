extension FreeholdError.Reason {
    /// Nothing has this name or number, or there is no store.
    public static let missing = FreeholdError.Reason(rawValue: "missing")
    /// Something has this name already.
    public static let exists = FreeholdError.Reason(rawValue: "exists")
    /// More than one fits.
    public static let ambiguous = FreeholdError.Reason(rawValue: "ambiguous")
    /// The stream does not keep this level.
    public static let noSuchLevel = FreeholdError.Reason(rawValue: "no_such_level")
    /// A device cannot act for the household.
    public static let notAnAgent = FreeholdError.Reason(rawValue: "not_an_agent")
    /// Another party of the household writes this stream.
    public static let writtenElsewhere = FreeholdError.Reason(rawValue: "written_elsewhere")
    /// The description of a stream contradicts itself.
    public static let badStream = FreeholdError.Reason(rawValue: "bad_stream")
    /// The facets of a stream do not go with its kind.
    public static let badFacets = FreeholdError.Reason(rawValue: "bad_facets")
    /// What is asked for cannot be granted.
    public static let nothingToGrant = FreeholdError.Reason(rawValue: "nothing_to_grant")
    /// A name is empty, too long, or holds characters that it may not.
    public static let badName = FreeholdError.Reason(rawValue: "bad_name")
    /// The text is no pairing offer.
    public static let badOffer = FreeholdError.Reason(rawValue: "bad_offer")
    /// The passphrase does not open this store, or the person did not let its key be used.
    public static let wrongPassphrase = FreeholdError.Reason(rawValue: "wrong_passphrase")
    /// The key of the card is with a signer, and none was given, or one with another key.
    public static let wrongSigner = FreeholdError.Reason(rawValue: "wrong_signer")
    /// No consent covers this stream, level or facet.
    public static let notGranted = FreeholdError.Reason(rawValue: "not_granted")
    /// The time is not wholly inside what was granted.
    public static let outsideWindow = FreeholdError.Reason(rawValue: "outside_window")
    /// The consent may not be used yet.
    public static let notUsableYet = FreeholdError.Reason(rawValue: "not_usable_yet")
    /// The consent has ended, or would have.
    public static let expired = FreeholdError.Reason(rawValue: "expired")
    /// The consent was withdrawn.
    public static let revoked = FreeholdError.Reason(rawValue: "revoked")
    /// The grant is another recipient's.
    public static let wrongRecipient = FreeholdError.Reason(rawValue: "wrong_recipient")
    /// Its owner erased it.
    public static let erased = FreeholdError.Reason(rawValue: "erased")
    /// This party was removed from the household.
    public static let removed = FreeholdError.Reason(rawValue: "removed")
    /// The proposal is not the one that was shown.
    public static let proposalDiffers = FreeholdError.Reason(rawValue: "proposal_differs")
    /// Something else was granted since the proposal was shown.
    public static let proposalOutdated = FreeholdError.Reason(rawValue: "proposal_outdated")
    /// Two devices were not paired.
    public static let notPaired = FreeholdError.Reason(rawValue: "not_paired")
    /// The pairing offer was used, or tried too often.
    public static let offerUsedUp = FreeholdError.Reason(rawValue: "offer_used_up")
    /// It is signed by a key that the household has replaced.
    public static let keyReplaced = FreeholdError.Reason(rawValue: "key_replaced")
    /// The bytes are not what they should be.
    public static let malformed = FreeholdError.Reason(rawValue: "malformed")
    /// Not one of Freehold's files.
    public static let notFreehold = FreeholdError.Reason(rawValue: "not_freehold")
    /// A file of another type.
    public static let wrongFile = FreeholdError.Reason(rawValue: "wrong_file")
    /// Written by a later version.
    public static let newerFormat = FreeholdError.Reason(rawValue: "newer_format")
    /// A signature does not verify.
    public static let signature = FreeholdError.Reason(rawValue: "signature")
    /// A key bundle is not acceptable.
    public static let badBundle = FreeholdError.Reason(rawValue: "bad_bundle")
    /// A revocation is not acceptable.
    public static let badRevocation = FreeholdError.Reason(rawValue: "bad_revocation")
    /// A log is not acceptable.
    public static let badLog = FreeholdError.Reason(rawValue: "bad_log")
    /// A reading does not fit the stream.
    public static let badReading = FreeholdError.Reason(rawValue: "bad_reading")
    /// The time is before 1970 or too far in the future.
    public static let badTime = FreeholdError.Reason(rawValue: "bad_time")
    /// Another process has the store open.
    public static let busy = FreeholdError.Reason(rawValue: "busy")
    /// There is no room left.
    public static let full = FreeholdError.Reason(rawValue: "full")
    /// The folder holds something else.
    public static let notAStore = FreeholdError.Reason(rawValue: "not_a_store")
    /// What is stored does not open or decode.
    public static let damaged = FreeholdError.Reason(rawValue: "damaged")
    /// The store is a copy from before something was erased.
    public static let olderThanKey = FreeholdError.Reason(rawValue: "older_than_key")
    /// The store failed.
    public static let storage = FreeholdError.Reason(rawValue: "storage")
    /// The key store failed, or cannot be had now.
    public static let keyStore = FreeholdError.Reason(rawValue: "key_store")
    /// There is no key for this slot.
    public static let noKey = FreeholdError.Reason(rawValue: "no_key")
    /// The operating system gave no randomness.
    public static let noRandomness = FreeholdError.Reason(rawValue: "no_randomness")
    /// A key did not sign.
    public static let notSigned = FreeholdError.Reason(rawValue: "not_signed")
    /// The signer cannot be reached now.
    public static let signerUnavailable = FreeholdError.Reason(rawValue: "signer_unavailable")
    /// Whoever has the signer said no.
    public static let signerRefused = FreeholdError.Reason(rawValue: "signer_refused")
    /// The peer was not reached.
    public static let unreachable = FreeholdError.Reason(rawValue: "unreachable")
    /// A certificate on the way is not trusted.
    public static let notTrusted = FreeholdError.Reason(rawValue: "not_trusted")
    /// A server on the way said no.
    public static let refusedOnTheWay = FreeholdError.Reason(rawValue: "refused_on_the_way")
    /// Another key answers at this address.
    public static let wrongPeer = FreeholdError.Reason(rawValue: "wrong_peer")
    /// The peer has no room for more.
    public static let peerFull = FreeholdError.Reason(rawValue: "peer_full")
    /// The peer does not admit this key.
    public static let notAdmitted = FreeholdError.Reason(rawValue: "not_admitted")
    /// The peer cannot do it now.
    public static let peerBusy = FreeholdError.Reason(rawValue: "peer_busy")
    /// The peer refuses what was sent.
    public static let peerRefused = FreeholdError.Reason(rawValue: "peer_refused")
    /// The connection was lost.
    public static let connectionLost = FreeholdError.Reason(rawValue: "connection_lost")
    /// A session with the peer failed.
    public static let syncFailed = FreeholdError.Reason(rawValue: "sync_failed")
    /// The other was taken in, and did not say that it is there.
    public static let unconfirmed = FreeholdError.Reason(rawValue: "unconfirmed")
    /// The caller or a deadline ended it.
    public static let stopped = FreeholdError.Reason(rawValue: "stopped")
    /// A fault of the library: tell its makers.
    public static let `internal` = FreeholdError.Reason(rawValue: "internal")

    /// Every reason that has a name here.
    public static let known: [FreeholdError.Reason] = [
        .missing, .exists, .ambiguous, .noSuchLevel, .notAnAgent, .writtenElsewhere, .badStream,
        .badFacets, .nothingToGrant, .badName, .badOffer, .wrongPassphrase, .wrongSigner,
        .notGranted, .outsideWindow, .notUsableYet, .expired, .revoked, .wrongRecipient, .erased, .removed,
        .proposalDiffers, .proposalOutdated, .notPaired, .offerUsedUp, .keyReplaced, .malformed,
        .notFreehold, .wrongFile, .newerFormat, .signature, .badBundle, .badRevocation, .badLog,
        .badReading, .badTime, .busy, .full, .notAStore, .damaged, .olderThanKey, .storage,
        .keyStore, .noKey, .noRandomness, .notSigned, .signerUnavailable, .signerRefused,
        .unreachable, .notTrusted, .refusedOnTheWay, .wrongPeer, .peerFull, .notAdmitted, .peerBusy,
        .peerRefused, .connectionLost, .syncFailed,
        .unconfirmed, .stopped, .`internal`,
    ]
}
