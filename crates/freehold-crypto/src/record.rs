//! Sealing rows of the embedded store.
//!
//! Rows that live as long as the store are sealed under its key; buffered readings and running
//! summaries are sealed under their slot's leaf, so that they die with the slot.

use crate::aead::{mac, open_aead, seal_aead};
use crate::entropy::{Entropy, EntropyError};
use crate::entry::Suite;
use crate::hash::{Digest, Domain, Hasher, Prf, Stepper, digest};
use crate::seal::{LARGE_OVERHEAD, OpenError, SealError};
use crate::secret::Secret;
use crate::tree::Leaf;

/// Bytes that sealing adds to a row: AEAD tag, commitment and salt.
pub const ROW_OVERHEAD: usize = LARGE_OVERHEAD + SALT_LEN;

/// Seals and opens rows; each row has a fresh salt and so a key of its own.
#[derive(Debug)]
pub struct RowKey {
    domain: Domain,
    suite: Suite,
    key: Secret,
}

impl RowKey {
    /// Rows of the store as a whole.
    #[must_use]
    pub const fn store(key: Secret, suite: Suite) -> Self {
        Self {
            domain: Domain::StoreRow,
            suite,
            key,
        }
    }

    /// Buffered readings of the raw slot that `leaf` belongs to.
    #[must_use]
    pub fn readings(leaf: &Leaf, suite: Suite) -> Self {
        Self::below(leaf, Domain::ReadingsRow, suite)
    }

    /// Running summaries of the slot and facet that `leaf` belongs to.
    #[must_use]
    pub fn running(leaf: &Leaf, suite: Suite) -> Self {
        Self::below(leaf, Domain::RunningRow, suite)
    }

    /// Seals a row in place: `body[start..]` is its plaintext before and the sealed row,
    /// [`ROW_OVERHEAD`] longer, after. `context` names the row (table, stream, number ..) and must
    /// be given again to open it.
    ///
    /// # Errors
    /// [`SealError`] when the source fails or the row is too long; the body is then as it was.
    pub fn seal(
        &self,
        context: &[u8],
        body: &mut Vec<u8>,
        start: usize,
        entropy: &mut dyn Entropy,
    ) -> Result<(), SealError> {
        let context = self.context(context);
        let plaintext = body.get(start..).ok_or(SealError::Length)?;
        let salt = self.salt(&context, plaintext, entropy)?;
        let prf = Prf::new(self.domain, self.key.expose(), &context, &salt);
        seal_aead(self.suite, &prf, &[], body, start)?;
        body.extend_from_slice(&salt);
        Ok(())
    }

    /// Opens a row in place and returns its plaintext. The commitment is checked first.
    ///
    /// # Errors
    /// [`OpenError::Commitment`] when key or context are not the row's, otherwise as the name says.
    /// The buffer holds nothing useful then.
    pub fn open<'a>(
        &self,
        context: &[u8],
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], OpenError> {
        let (row, salt) = sealed
            .split_last_chunk_mut::<SALT_LEN>()
            .ok_or(OpenError::Length)?;
        let context = self.context(context);
        let prf = Prf::new(self.domain, self.key.expose(), &context, salt);
        open_aead(self.suite, &prf, &[], row)
    }

    fn below(leaf: &Leaf, domain: Domain, suite: Suite) -> Self {
        let mut key = Secret::zero();
        Stepper::new().step(
            Domain::RowKey,
            domain as u8,
            0,
            leaf.secret().expose(),
            key.expose_mut(),
        );
        Self { domain, suite, key }
    }

    fn context(&self, context: &[u8]) -> Digest {
        digest(Domain::RowContext, &[&[self.suite as u8], context])
    }

    /// Hedged as an entry's salt is: randomness and the plaintext, keyed.
    fn salt(
        &self,
        context: &Digest,
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<[u8; SALT_LEN], EntropyError> {
        let fresh = Secret::random(entropy)?;
        let mut key = Secret::zero();
        Stepper::new().step(
            Domain::RowSaltKey,
            0,
            0,
            self.key.expose(),
            key.expose_mut(),
        );
        let mut message = Hasher::new(Domain::RowSalt);
        message.fixed(fresh.expose());
        message.fixed(context);
        message.part(plaintext);
        Ok(mac(&key, &[&message.finish()]))
    }
}

const SALT_LEN: usize = 16;
