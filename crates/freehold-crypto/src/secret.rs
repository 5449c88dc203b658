//! Thirty-two secret bytes.

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::entropy::{Entropy, EntropyError};

/// Bytes in a [`Secret`].
pub const SECRET_LEN: usize = 32;

/// Thirty-two secret bytes: wiped on drop, never printed, compared in constant time, not `Clone`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; SECRET_LEN]);

impl Secret {
    /// Fresh random bytes.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails.
    pub fn random(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut secret = Self::zero();
        entropy.fill(&mut secret.0)?;
        Ok(secret)
    }

    /// Takes over bytes that the caller read from a sealed place.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SECRET_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a key store or for sealing. They must reach neither a log nor an error text.
    #[must_use]
    pub const fn expose(&self) -> &[u8; SECRET_LEN] {
        &self.0
    }

    /// A second copy, which is wiped on its own.
    #[must_use]
    pub const fn duplicate(&self) -> Self {
        Self(self.0)
    }

    pub(crate) const fn zero() -> Self {
        Self([0; SECRET_LEN])
    }

    pub(crate) const fn expose_mut(&mut self) -> &mut [u8; SECRET_LEN] {
        &mut self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::from_bytes([0x41; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(format!("{:?}", Some(&secret)), "Some(Secret(..))");
    }

    #[test]
    fn equality_sees_every_bit() {
        let secret = Secret::from_bytes([7; 32]);
        for bit in 0..256 {
            let mut other = [7; 32];
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(secret, Secret::from_bytes(other));
        }
        assert_eq!(secret, secret.duplicate());
    }

    #[test]
    fn zeroize_clears() {
        let mut secret = Secret::from_bytes([7; 32]);
        secret.zeroize();
        assert_eq!(secret.expose(), &[0; 32]);
    }
}
