//! From a request to a grant: what would be granted, as a person is shown it, and the yes to that.

use freehold::consent::{Choices, Proposal, ShownHash, TokenId, UnverifiedRequest};

use crate::{
    guard::{Fault, free, give, hand, known, lent},
    home::FhHome,
    request::FhChoices,
    status::FhStatus,
    text::{FhBuffer, FhBytes, FhId, FhStr},
};

/// Exactly what would be granted, with the text that a person is shown. Nothing is granted yet.
pub struct FhProposal(Proposal);

/// Works out what a request would be granted under a person's choices. `choices` may be NULL for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_propose(
    home: *const FhHome,
    request: FhBytes,
    choices: *const FhChoices,
    out: *mut *mut FhProposal,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let home = &lent(home)?.0;
            let request = UnverifiedRequest::from_file(request.bytes()?)?.verify()?;
            let choices = if choices.is_null() {
                Choices::default()
            } else {
                known(choices)?.read(home)?
            };
            Ok(FhProposal(home.propose(&request, &choices)?))
        })
    }
}

/// The text that a person has to be shown. It lasts as long as the proposal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_proposal_text(
    proposal: *const FhProposal,
    text: *mut FhStr,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(text, || Ok(FhStr::of(lent(proposal)?.0.explain()))) }
}

/// The hash of the text and of all that the proposal would grant: whoever shows the text approves with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_proposal_shown(
    proposal: *const FhProposal,
    shown: *mut FhId,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(shown, || Ok(id(lent(proposal)?.0.shown().0))) }
}

/// Whether the recipient will be able to work out more than what is granted; the text says what.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_proposal_reveals(
    proposal: *const FhProposal,
    reveals: *mut bool,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(reveals, || Ok(lent(proposal)?.0.closure().reveals())) }
}

/// When the consent would end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_proposal_expires(
    proposal: *const FhProposal,
    expires_ms: *mut i64,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(expires_ms, || Ok(lent(proposal)?.0.expires().ms())) }
}

/// Frees a proposal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_proposal_free(proposal: *mut FhProposal) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(proposal) }
}

/// Grants a proposal. `shown` is the hash of what was shown; `attended` says whether a person was there and said yes, which the consent
/// tells for ever. Gives the consent's id, and the grant as a file, to be sent to the recipient: nobody else can use it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_approve(
    home: *const FhHome,
    proposal: *const FhProposal,
    shown: *const FhId,
    attended: bool,
    consent: *mut FhId,
    grant: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(grant, || {
            let consent = consent.as_mut().ok_or_else(Fault::null)?;
            let (home, shown) = (&lent(home)?.0, ShownHash(lent(shown)?.bytes));
            let grant = home.approve(&lent(proposal)?.0, shown, attended)?;
            let file = grant.to_file()?;
            *consent = id(grant.token().id().0);
            Ok(FhBuffer::of(file))
        })
    }
}

/// Withdraws a consent: no more keys are handed out for it, and what is sealed from now on in its streams it does not open. What was
/// read before cannot be taken back. Gives the revocation as a file; the recipient also hears of it from a relay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_revoke(
    home: *const FhHome,
    consent: *const FhId,
    revocation: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(revocation, || {
            let consent = TokenId(lent(consent)?.bytes);
            let revocation = lent(home)?.0.revoke(consent)?;
            Ok(FhBuffer::of(revocation.to_file()))
        })
    }
}

pub(crate) const fn id(bytes: [u8; 32]) -> FhId {
    FhId { bytes }
}
