//! From a passphrase to a wrapping key: Argon2id (RFC 9106).

use argon2::{Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::entropy::{Entropy, EntropyError};
use crate::secret::{SECRET_LEN, Secret};

/// The least that is accepted: 19 MiB, two passes, one lane.
pub const ARGON2_MIN: Cost = Cost {
    memory_kib: 19 * 1024,
    passes: 2,
    lanes: 1,
};

/// The most that is accepted from a file, so that a forged one cannot exhaust the machine: 1 GiB,
/// sixteen passes, four lanes.
pub const ARGON2_MAX: Cost = Cost {
    memory_kib: 1024 * 1024,
    passes: 16,
    lanes: 4,
};

/// What one derivation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// The salt and cost of one passphrase; public, stored beside what it wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseParams {
    cost: Cost,
    salt: [u8; 16],
}

impl PassphraseParams {
    /// Parameters for a new passphrase at [`ARGON2_MIN`], with a fresh salt.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt)?;
        Ok(Self {
            cost: ARGON2_MIN,
            salt,
        })
    }

    /// Parameters at a cost of the caller's choice.
    ///
    /// # Errors
    /// [`PassphraseError::Cost`] outside [`ARGON2_MIN`] to [`ARGON2_MAX`].
    pub fn new(cost: Cost, salt: [u8; 16]) -> Result<Self, PassphraseError> {
        let params = Self { cost, salt };
        params.check().map(|()| params)
    }

    /// The wrapping key that `passphrase` stands for; takes tens of milliseconds on purpose.
    ///
    /// # Errors
    /// [`PassphraseError::Cost`] when the stored cost is out of bounds,
    /// [`PassphraseError::Derivation`] when Argon2 cannot work with it.
    pub fn derive(&self, passphrase: &[u8]) -> Result<Secret, PassphraseError> {
        self.check()?;
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let params = Params::new(memory_kib, passes, lanes, Some(SECRET_LEN))
            .map_err(|_| PassphraseError::Cost)?;
        let mut key = Secret::zero();
        Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, &self.salt, key.expose_mut())
            .map_err(|_| PassphraseError::Derivation)?;
        Ok(key)
    }

    fn check(&self) -> Result<(), PassphraseError> {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let fine = (ARGON2_MIN.memory_kib..=ARGON2_MAX.memory_kib).contains(&memory_kib)
            && (ARGON2_MIN.passes..=ARGON2_MAX.passes).contains(&passes)
            && (ARGON2_MIN.lanes..=ARGON2_MAX.lanes).contains(&lanes);
        if fine {
            Ok(())
        } else {
            Err(PassphraseError::Cost)
        }
    }
}

/// Why a passphrase gave no key. A wrong passphrase gives a key that opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PassphraseError {
    /// The cost is below the least or above the most that is accepted.
    #[error("passphrase cost out of bounds")]
    Cost,
    /// Argon2 refused, or the memory was not to be had.
    #[error("passphrase derivation failed")]
    Derivation,
}
