//! A recipient: whoever asks, is granted, and opens exactly that.

use std::sync::Arc;

use freehold::{Level, Selector, consent::Name, crypto::OsEntropy};

use crate::{
    Clock, FfiError, KeyStore, Role, Signer, Watch, Wishes,
    clock::clock_or_system,
    page::{most, readings_to_bytes, windows_to_bytes},
    signer::signer_or_none,
    stream::span,
    words::id,
};

/// A recipient's store: its card and keys, the consents that it was given, and its copy of what they cover.
#[derive(uniffi::Object)]
pub struct Recipient(pub(crate) freehold::Recipient);

/// Which of a recipient's consents and streams is meant; none where only one fits.
#[derive(Debug, Clone, Default, uniffi::Record)]
pub struct Selection {
    /// The consent's id.
    #[uniffi(default = None)]
    pub consent: Option<String>,
    /// What its owner calls the stream.
    #[uniffi(default = None)]
    pub stream: Option<String>,
}

#[uniffi::export]
impl Recipient {
    /// Makes a recipient in the folder `path`, with new keys and a card that says `name` and `role`. Without a clock, it lives by the
    /// operating system's. With a signer, the key of the card is the signer's, and requests and receipts are signed there.
    ///
    /// # Errors
    /// `exists`, `bad_name`; what the store, the key store and the signer say.
    #[uniffi::constructor(default(signer = None))]
    pub fn create(
        path: String,
        name: String,
        role: Role,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
        signer: Option<Arc<Signer>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let (name, signer) = (Name::new(&name)?, signer_or_none(signer.as_ref()));
        let made = freehold::Recipient::create_with(path, name, role, keys, clock, signer)?;
        Ok(Arc::new(Self(made)))
    }

    /// Opens the recipient in the folder `path`, with the signer with which it was made.
    ///
    /// # Errors
    /// `missing`, `busy`, `wrong_passphrase`, `wrong_signer`, `damaged`; what the store and the key store say.
    #[uniffi::constructor(default(signer = None))]
    pub fn open(
        path: String,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
        signer: Option<Arc<Signer>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let signer = signer_or_none(signer.as_ref());
        let opened = freehold::Recipient::open_with(path, keys, clock, signer)?;
        Ok(Arc::new(Self(opened)))
    }

    /// A recipient in memory, for tests.
    ///
    /// # Errors
    /// `bad_name`; what the key store says.
    #[uniffi::constructor]
    pub fn in_memory(
        name: String,
        role: Role,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let (name, entropy) = (Name::new(&name)?, Box::new(OsEntropy::new()));
        let made = freehold::Recipient::in_memory(name, role, keys, clock, entropy)?;
        Ok(Arc::new(Self(made)))
    }

    /// Leaves the store tidy: to be called last. Freeing the object alone loses nothing either.
    ///
    /// # Errors
    /// What the store says.
    pub fn finish(&self) -> Result<(), FfiError> {
        Ok(self.0.clone().close()?)
    }

    /// The time by its clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.now().ms()
    }

    /// Tells from now on when something comes or goes.
    #[must_use]
    pub fn watch(&self) -> Arc<Watch> {
        Arc::new(Watch(self.0.watch()))
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.card().name().to_string()
    }

    /// The fingerprint of the card by which it is known: a person compares it with the one in a proposal's text.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.card().fingerprint().to_string()
    }

    /// Bytes of the store.
    ///
    /// # Errors
    /// What the store says.
    pub fn size(&self) -> Result<u64, FfiError> {
        Ok(self.0.size()?)
    }

    /// Makes a signed request, as a file for a household.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for wishes that stand for nothing; `malformed` when they break a bound.
    pub fn request(&self, wishes: Wishes) -> Result<Vec<u8>, FfiError> {
        Ok(self.0.request(wishes.read()?)?.to_file())
    }

    /// Takes a grant in, and gives the consent's id. A grant may be taken in again.
    ///
    /// # Errors
    /// `wrong_recipient`, `revoked`, `key_replaced`; that it is no grant, or not signed.
    pub fn accept(&self, grant: &[u8]) -> Result<String, FfiError> {
        Ok(self.0.accept_file(grant)?.to_string())
    }

    /// A page of the readings from `from_ms` until before `until_ms`, where raw was granted, as [`Stream::read`](crate::Stream::read)
    /// gives them.
    ///
    /// # Errors
    /// `not_granted`, `outside_window`, `expired`, `revoked`, `ambiguous`.
    pub fn read(
        &self,
        of: Selection,
        from_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> Result<Vec<u8>, FfiError> {
        let (of, span) = (of.read()?, span(from_ms, until_ms));
        readings_to_bytes(&self.0.read_page(&of, span, most(limit))?.into())
    }

    /// A page of the summaries of a level's slots, with the facets that were granted, as
    /// [`Stream::summaries`](crate::Stream::summaries) gives them.
    ///
    /// # Errors
    /// As [`Recipient::read`].
    pub fn summaries(
        &self,
        of: Selection,
        level: Level,
        from_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> Result<Vec<u8>, FfiError> {
        let (of, span) = (of.read()?, span(from_ms, until_ms));
        let opened = self.0.summaries_page(&of, level, span, most(limit))?;
        windows_to_bytes(&opened.into())
    }
}

impl Selection {
    fn read(self) -> Result<Selector, FfiError> {
        Ok(Selector {
            consent: self.consent.as_deref().map(id).transpose()?,
            stream: self.stream,
        })
    }
}
