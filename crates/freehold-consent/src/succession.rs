//! How a household goes over to another key: its keys of before say which one signs in their place.

use freehold_crypto::{Domain, PublicKey, Signature, SignerError, SigningKey};
use serde::{Deserialize, Serialize};

use crate::signed::{VERSION, VerifyError};
use crate::wire::{self, List, WireError};

/// Keys of before that one succession may name.
pub const SUCCEEDED_MAX: usize = 64;

/// The key that signs in a household's name now, and what its keys of before say of it.
///
/// Each of them signed that this key follows it. The key itself signs the bundle that says so: both sides agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    key: PublicKey,
    before: List<Before, SUCCEEDED_MAX>,
}

/// A key of before, with its signature over [`Statement`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    key: PublicKey,
    signature: Signature,
}

/// What a key of before signs: that another takes its place.
#[derive(Serialize)]
struct Statement<'a> {
    version: u8,
    from: &'a PublicKey,
    to: &'a PublicKey,
}

impl Succession {
    /// Has keys of before say that `key` follows them; nothing where there is none. Of more than [`SUCCEEDED_MAX`] the last stay.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn sign(before: &[SigningKey], key: PublicKey) -> Result<Option<Self>, SignerError> {
        let last = before.len().saturating_sub(SUCCEEDED_MAX);
        let mut signed = Vec::new();
        for old in before.get(last..).unwrap_or_default() {
            let from = old.public_key();
            signed.push(Before {
                signature: old.sign(Domain::Succession, &statement(&from, &key))?,
                key: from,
            });
        }
        signed.sort_unstable_by_key(|before| before.key);
        let before = List(signed);
        Ok((!before.0.is_empty()).then_some(Self { key, before }))
    }

    /// The key that signs now.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The keys that it follows, ascending.
    pub fn before(&self) -> impl Iterator<Item = &PublicKey> {
        self.before.0.iter().map(|before| &before.key)
    }

    /// Whether `key` is of the same household: the one that signs now, or one that it follows.
    #[must_use]
    pub fn names(&self, key: &PublicKey) -> bool {
        self.key == *key || self.before().any(|before| before == key)
    }

    /// Checks what each key of before says.
    pub(crate) fn verify(&self) -> Result<(), VerifyError> {
        let before = &self.before.0;
        let ascending = before.is_sorted_by(|one, next| one.key < next.key);
        if before.is_empty() || !ascending || self.before().any(|key| *key == self.key) {
            return Err(WireError::Malformed.into());
        }
        for Before { key, signature } in before {
            key.verify(Domain::Succession, &statement(key, &self.key), signature)
                .map_err(|_| VerifyError::Signature)?;
        }
        Ok(())
    }
}

fn statement(from: &PublicKey, to: &PublicKey) -> Vec<u8> {
    wire::encode(&Statement {
        version: VERSION,
        from,
        to,
    })
}
