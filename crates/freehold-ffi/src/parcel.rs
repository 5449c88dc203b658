//! What is carried from a home to a recipient as files, where no relay is met.

use freehold::{Have, Parcel, consent::UnverifiedCard};

use crate::{FfiError, Home, Received, Recipient};

#[uniffi::export]
impl Home {
    /// What a recipient is owed now, as a file for it: `card` is its [`Recipient::card`] and `have` its [`Recipient::have`], of which the
    /// receipts for what it erased are heard.
    ///
    /// # Errors
    /// That these are no such files; what the store says.
    pub fn parcel(&self, card: &[u8], have: &[u8]) -> Result<Vec<u8>, FfiError> {
        let card = UnverifiedCard::from_file(card)?.verify()?;
        let parcel = self.0.parcel(&card, &Have::from_file(have)?)?;
        Ok(parcel.to_file())
    }

    /// Hears from what a recipient has that it deleted what was erased.
    ///
    /// # Errors
    /// That this is no such file; what the store says.
    pub fn hear_receipts(&self, have: &[u8]) -> Result<(), FfiError> {
        Ok(self.0.hear_receipts(&Have::from_file(have)?)?)
    }
}

#[uniffi::export]
impl Recipient {
    /// The card by which it is known, as a file.
    #[must_use]
    pub fn card(&self) -> Vec<u8> {
        self.0.card().to_file()
    }

    /// What it has, as a file for a home that is asked for a parcel.
    ///
    /// # Errors
    /// What the store says.
    pub fn have(&self) -> Result<Vec<u8>, FfiError> {
        Ok(self.0.have()?.to_file())
    }

    /// Takes a parcel in: verifies everything, keeps what is new, and deletes what was withdrawn and erased.
    ///
    /// # Errors
    /// `bad_bundle`, `bad_revocation`, `bad_log`, that this is no parcel; what was taken before the error stays.
    pub fn receive(&self, parcel: &[u8]) -> Result<Received, FfiError> {
        Ok(self.0.receive(&Parcel::from_file(parcel)?)?.into())
    }
}
