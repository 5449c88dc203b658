//! Envelopes to a public key: HPKE (RFC 9180) in base mode with X-Wing, which holds against an
//! attacker who keeps today's envelopes for tomorrow's quantum computer.
//!
//! HPKE does not say who sealed. What is in an envelope is signed beside it.

use core::convert::Infallible;
use core::fmt;

use hpke::aead::{Aead, AesGcm256, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError, SeededEntropy};
use crate::entry::Suite;
use crate::hash::{Domain, digest};
use crate::id::Fingerprint;
use crate::secret::Secret;

/// Bytes of an [`EnvelopePublicKey`].
pub const ENVELOPE_PUBLIC_KEY_LEN: usize = 1216;

/// Bytes that an envelope has beyond its contents: the encapsulated key and the AEAD's tag.
pub const ENVELOPE_OVERHEAD: usize = ENCAPSULATED_LEN + 16;

/// A recipient's secret envelope key, kept as X-Wing's 32-byte seed.
pub struct EnvelopeKey {
    seed: Secret,
    secret: <XWing as Kem>::PrivateKey,
    public: EnvelopePublicKey,
}

impl EnvelopeKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`EnvelopeError::Entropy`] when the source fails.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, EnvelopeError> {
        Self::from_seed(Secret::random(entropy)?)
    }

    /// The key of a seed.
    ///
    /// # Errors
    /// [`EnvelopeError::Key`], which no seed causes.
    pub fn from_seed(seed: Secret) -> Result<Self, EnvelopeError> {
        let secret = <XWing as Kem>::PrivateKey::from_bytes(seed.expose())
            .map_err(|_| EnvelopeError::Key)?;
        let mut public = Box::new([0; ENVELOPE_PUBLIC_KEY_LEN]);
        XWing::sk_to_pk(&secret).write_exact(public.as_mut_slice());
        Ok(Self {
            seed,
            secret,
            public: EnvelopePublicKey(public),
        })
    }

    /// The seed, for sealing it.
    #[must_use]
    pub const fn seed(&self) -> &Secret {
        &self.seed
    }

    /// The public half.
    #[must_use]
    pub const fn public_key(&self) -> &EnvelopePublicKey {
        &self.public
    }

    /// Opens an envelope that was sealed to this key with the same suite, `info` and `aad`.
    ///
    /// # Errors
    /// [`EnvelopeError::Length`] and [`EnvelopeError::Open`].
    pub fn open(
        &self,
        suite: Suite,
        info: &[u8],
        aad: &[u8],
        envelope: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        if envelope.len() < ENVELOPE_OVERHEAD {
            return Err(EnvelopeError::Length);
        }
        let (encapsulated, sealed) = envelope.split_at(ENCAPSULATED_LEN);
        match suite {
            Suite::One => self.open_with::<AesGcm256>(info, aad, encapsulated, sealed),
            Suite::Two => self.open_with::<ChaCha20Poly1305>(info, aad, encapsulated, sealed),
        }
    }

    fn open_with<A: Aead>(
        &self,
        info: &[u8],
        aad: &[u8],
        encapsulated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(encapsulated)
            .map_err(|_| EnvelopeError::Length)?;
        hpke::single_shot_open::<A, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.secret,
            &encapsulated,
            info,
            sealed,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| EnvelopeError::Open)
    }
}

impl fmt::Debug for EnvelopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A recipient's public envelope key: 1,216 bytes of X-Wing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EnvelopePublicKey(Box<[u8; ENVELOPE_PUBLIC_KEY_LEN]>);

impl EnvelopePublicKey {
    /// Reads a key and checks that it is one.
    ///
    /// # Errors
    /// [`EnvelopeError::Length`] and [`EnvelopeError::Key`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let bytes: &[u8; ENVELOPE_PUBLIC_KEY_LEN] =
            bytes.try_into().map_err(|_| EnvelopeError::Length)?;
        let key = Self(Box::new(*bytes));
        key.parsed().map(|_| key)
    }

    /// The key's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; ENVELOPE_PUBLIC_KEY_LEN] {
        &self.0
    }

    /// The hash by which people and records know this key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(digest(
            Domain::Fingerprint,
            &[b"envelope", self.0.as_slice()],
        ))
    }

    /// Seals `plaintext` to this key; `info` and `aad` must be given again to open it. The result
    /// is [`ENVELOPE_OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// [`EnvelopeError::Entropy`] when the source fails, [`EnvelopeError::Seal`] for a plaintext
    /// longer than the AEAD allows.
    pub fn seal(
        &self,
        suite: Suite,
        info: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, EnvelopeError> {
        match suite {
            Suite::One => self.seal_with::<AesGcm256>(info, aad, plaintext, entropy),
            Suite::Two => self.seal_with::<ChaCha20Poly1305>(info, aad, plaintext, entropy),
        }
    }

    fn seal_with<A: Aead>(
        &self,
        info: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, EnvelopeError> {
        let mut random = Expanded(SeededEntropy::from_secret(Secret::random(entropy)?));
        let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<A, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.parsed()?,
            info,
            plaintext,
            aad,
            &mut random,
        )
        .map_err(|_| EnvelopeError::Seal)?;
        let mut envelope = vec![0; ENCAPSULATED_LEN];
        encapsulated.write_exact(&mut envelope);
        envelope.extend_from_slice(&sealed);
        Ok(envelope)
    }

    fn parsed(&self) -> Result<<XWing as Kem>::PublicKey, EnvelopeError> {
        <XWing as Kem>::PublicKey::from_bytes(self.0.as_slice()).map_err(|_| EnvelopeError::Key)
    }
}

impl fmt::Debug for EnvelopePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnvelopePublicKey({})", self.fingerprint())
    }
}

impl Serialize for EnvelopePublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for EnvelopePublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

/// Why an envelope was neither sealed nor opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// Shorter than any envelope, or a key of another length.
    #[error("envelope or key has a wrong length")]
    Length,
    /// The bytes are no envelope key.
    #[error("malformed envelope key")]
    Key,
    /// Not sealed to this key with this suite, info and associated data.
    #[error("envelope does not open")]
    Open,
    /// The contents are too long.
    #[error("cannot seal that length")]
    Seal,
    /// No randomness, so nothing was sealed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

const ENCAPSULATED_LEN: usize = 1120;

/// Thirty-two fresh bytes, expanded to what the encapsulation asks for. `hpke` wants a source that
/// cannot fail, so the failing one is asked before.
struct Expanded(SeededEntropy);

impl TryRng for Expanded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.expand(out);
        Ok(())
    }
}

impl TryCryptoRng for Expanded {}

struct KeyVisitor;

impl de::Visitor<'_> for KeyVisitor {
    type Value = EnvelopePublicKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ENVELOPE_PUBLIC_KEY_LEN} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<EnvelopePublicKey, E> {
        EnvelopePublicKey::from_bytes(bytes).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever `hpke` asks of its source is drawn from the fresh bytes.
    #[test]
    fn numbers_are_drawn_like_bytes() {
        let fresh = || Expanded(SeededEntropy::new(7));
        let mut bytes = [0; 12];
        let (mut one, mut other) = (fresh(), fresh());
        one.try_fill_bytes(&mut bytes[..4]).unwrap();
        one.try_fill_bytes(&mut bytes[4..]).unwrap();
        let small = other.try_next_u32().unwrap().to_be_bytes();
        let large = other.try_next_u64().unwrap().to_be_bytes();
        assert_eq!([&small[..], &large].concat(), bytes);
    }
}
