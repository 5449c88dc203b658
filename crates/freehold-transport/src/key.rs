//! The keys by which the two ends of a channel know each other.

use core::{fmt, str::FromStr};

use freehold_crypto::{Entropy, EntropyError, Secret};
use x25519_dalek::{PublicKey, StaticSecret, x25519};

use crate::base32;

/// An X25519 key that proves who one is to whoever knows its public half. Wiped on drop, never printed.
pub struct StaticKey {
    secret: Secret,
    public: PublicStatic,
}

/// The public half of a [`StaticKey`]. As text it is base32 in lower case: 52 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicStatic(pub [u8; 32]);

/// The text is no public key in its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key: 52 characters of a-z and 2-7")]
pub struct KeyTextError;

impl StaticKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails.
    pub fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        Secret::random(entropy).map(Self::from_secret)
    }

    /// The key that belongs to a secret.
    #[must_use]
    pub fn from_secret(secret: Secret) -> Self {
        let public = public_of(secret.expose());
        Self { secret, public }
    }

    /// What others know it by.
    #[must_use]
    pub const fn public(&self) -> PublicStatic {
        self.public
    }

    /// For a key store.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl PublicStatic {
    /// Whether the bytes are the one encoding of a coordinate: below 2^255 - 19. Others stand for the same key, and would be another
    /// name of its owner.
    pub(crate) fn is_canonical(self) -> bool {
        let [first, between @ .., last] = &self.0;
        *last < 0x7f || *last == 0x7f && (between.iter().any(|byte| *byte != 0xff) || *first < 0xed)
    }
}

impl fmt::Debug for StaticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticKey({})", self.public)
    }
}

impl fmt::Debug for PublicStatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicStatic({self})")
    }
}

impl fmt::Display for PublicStatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32::encode(&self.0))
    }
}

impl FromStr for PublicStatic {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        // Nothing is decoded that is too long.
        let bytes = (text.len() == TEXT_LEN).then(|| base32::decode(text));
        let bytes = bytes.flatten().ok_or(KeyTextError)?;
        let key = Self(bytes.try_into().map_err(|_| KeyTextError)?);
        if key.is_canonical() {
            Ok(key)
        } else {
            Err(KeyTextError)
        }
    }
}

pub(crate) fn public_of(secret: &[u8; 32]) -> PublicStatic {
    #[cfg(fuzzing)]
    if let Some(public) = crate::fuzzing::public_of(secret) {
        return public;
    }
    let secret = StaticSecret::from(*secret);
    PublicStatic(PublicKey::from(&secret).to_bytes())
}

/// What a key and a peer's agree on.
pub(crate) fn agreed(secret: &Secret, public: &[u8; 32]) -> Secret {
    #[cfg(fuzzing)]
    if let Some(shared) = crate::fuzzing::agreed(secret.expose(), public) {
        return Secret::from_bytes(shared);
    }
    Secret::from_bytes(x25519(*secret.expose(), *public))
}

const TEXT_LEN: usize = 52;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7748, section 5.2, one iteration: the secret 9 times the base point, which is 9 too, is 422c8e7a … 11ae3079.
    #[test]
    fn a_public_key_of_the_rfc() {
        let mut secret = [0; 32];
        secret[0] = 9;
        let public = StaticKey::from_secret(Secret::from_bytes(secret)).public();
        assert_eq!(public.0[..4], [0x42, 0x2c, 0x8e, 0x7a]);
        assert_eq!(public.0[28..], [0x11, 0xae, 0x30, 0x79]);
        assert_eq!(public.to_string().parse(), Ok(public));
    }

    #[test]
    fn one_encoding_of_each_key() {
        let p = |first: u8| {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (first, 0x7f);
            PublicStatic(bytes)
        };
        assert!(p(0xec).is_canonical() && !p(0xed).is_canonical() && !p(0xff).is_canonical());
        let mut high = StaticKey::from_secret(Secret::from_bytes([7; 32])).public();
        assert!(high.is_canonical());
        high.0[31] |= 0x80;
        assert!(!high.is_canonical());
        assert_eq!(high.to_string().parse::<PublicStatic>(), Err(KeyTextError));
    }

    #[test]
    fn the_secret_is_not_printed() {
        let key = StaticKey::from_secret(Secret::from_bytes([7; 32]));
        assert_eq!(format!("{key:?}"), format!("StaticKey({})", key.public()));
    }
}
