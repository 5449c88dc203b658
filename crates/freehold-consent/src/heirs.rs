//! Which keys a recipient believes.

use std::collections::BTreeMap;

use freehold_crypto::PublicKey;
use serde::{Deserialize, Serialize};

use crate::bundle::{BundleError, SealedBundle};
use crate::token::Token;

/// Of each key that signed for a household and was replaced, the one that a recipient first heard to follow it.
///
/// That is never changed. Two successors of one key are a fork: an agent that was removed has made one of them, and only who was heard
/// first can be told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heirs(BTreeMap<PublicKey, PublicKey>);

impl Heirs {
    /// What is known after a bundle: its successor of each key of which none was known.
    ///
    /// # Errors
    /// [`BundleError::Succeeded`] when the key that signed it has been replaced, or follows another key than the newest that is known.
    pub fn after(&self, token: &Token, bundle: &SealedBundle) -> Result<Self, BundleError> {
        let signer = bundle.signer(token);
        let newest = self.newest(token.grantor());
        let succession = bundle.header().succession.as_ref();
        let follows = newest == signer || succession.is_some_and(|it| it.names(newest));
        if !follows || self.0.contains_key(signer) {
            return Err(BundleError::Succeeded);
        }
        let mut after = self.clone();
        for before in succession.iter().flat_map(|it| it.before()) {
            after.0.entry(*before).or_insert(*signer);
        }
        Ok(after)
    }

    /// The last of the keys that followed this one.
    fn newest<'a>(&'a self, mut key: &'a PublicKey) -> &'a PublicKey {
        // Only a key without a successor becomes one, so this ends; bytes from elsewhere that say otherwise do not keep it.
        for _ in 0..self.0.len() {
            let Some(heir) = self.0.get(key) else { break };
            key = heir;
        }
        key
    }
}
