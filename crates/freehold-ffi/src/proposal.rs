//! From a request to a grant: what would be granted, as a person is shown it, and the yes to that.

use std::sync::Arc;

use freehold::consent::{self, ShownHash, UnverifiedRequest};

use crate::{Choices, FfiError, Home, words::id};

/// Exactly what would be granted, with the text that a person is shown. Nothing is granted yet.
#[derive(uniffi::Object)]
pub struct Proposal(consent::Proposal);

/// What was granted.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Grant {
    /// The consent's id.
    pub consent: String,
    /// The grant as a file, to be sent to the recipient: nobody else can use it.
    pub file: Vec<u8>,
}

#[uniffi::export]
impl Proposal {
    /// The text that a person has to be shown.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.explain().to_owned()
    }

    /// The hash of the text and of all that the proposal would grant: whoever shows the text approves with it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.0.shown().to_string()
    }

    /// Whether the recipient will be able to work out more than what is granted; the text says what.
    #[must_use]
    pub fn reveals(&self) -> bool {
        self.0.closure().reveals()
    }

    /// When the consent would end.
    #[must_use]
    pub fn expires_ms(&self) -> i64 {
        self.0.expires().ms()
    }

    /// What the recipient calls itself.
    #[must_use]
    pub fn recipient(&self) -> String {
        self.0.card().name().to_string()
    }

    /// The fingerprint of the recipient's card: a person compares it with the one that the recipient shows.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.card().fingerprint().to_string()
    }
}

#[uniffi::export]
impl Home {
    /// Works out what a request would be granted under a person's choices.
    ///
    /// # Errors
    /// `nothing_to_grant`, `ambiguous`, `not_an_agent`; that it is no request, or not signed.
    pub fn propose(&self, request: &[u8], choices: Choices) -> Result<Arc<Proposal>, FfiError> {
        let request = UnverifiedRequest::from_file(request)?.verify()?;
        let choices = choices.read(&self.0)?;
        let proposal = self.0.propose(&request, &choices)?;
        Ok(Arc::new(Proposal(proposal)))
    }

    /// Grants a proposal. `shown` is the hash of what was shown; `attended` says whether a person was there and said yes, which the
    /// consent tells for ever.
    ///
    /// # Errors
    /// `proposal_differs`, `proposal_outdated`, `expired`; what the store says.
    pub fn approve(
        &self,
        proposal: &Proposal,
        shown: String,
        attended: bool,
    ) -> Result<Grant, FfiError> {
        let shown: ShownHash = id(&shown)?;
        let grant = self.0.approve(&proposal.0, shown, attended)?;
        Ok(Grant {
            file: grant.to_file()?,
            consent: grant.token().id().to_string(),
        })
    }

    /// Withdraws a consent: no more keys are handed out for it, and what is sealed from now on in its streams it does not open. What was
    /// read before cannot be taken back. Gives the revocation as a file; the recipient also hears of it from a relay.
    ///
    /// # Errors
    /// `missing`, `not_an_agent`; what the store says.
    pub fn revoke(&self, consent: String) -> Result<Vec<u8>, FfiError> {
        Ok(self.0.revoke(id(&consent)?)?.to_file())
    }
}
