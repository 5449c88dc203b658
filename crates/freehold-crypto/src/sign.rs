//! Signatures and the public keys that verify them: Ed25519 and ECDSA on P-256, over statements
//! with a domain.

use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::hash::{Digest, Domain, digest};
use crate::id::Fingerprint;
use crate::small_order::is_small_order;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032).
    Ed25519 = 0,
    /// ECDSA on P-256 with SHA-256, which secure elements of phones speak.
    P256 = 1,
}

/// A public signing key. Its encoding is canonical: one per key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PublicKey {
    /// The 32 bytes of RFC 8032.
    Ed25519([u8; 32]),
    /// A point by both its coordinates, big-endian (`ring` reads no compressed points).
    P256 {
        /// The x coordinate.
        x: [u8; 32],
        /// The y coordinate.
        y: [u8; 32],
    },
}

impl PublicKey {
    /// The key's algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256 { .. } => Algorithm::P256,
        }
    }

    /// The algorithm's number, then the 32 or 64 bytes of the key; the same as its postcard form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.algorithm() as u8];
        match self {
            Self::Ed25519(key) => bytes.extend_from_slice(key),
            Self::P256 { x, y } => {
                bytes.extend_from_slice(x);
                bytes.extend_from_slice(y);
            }
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. Whether a point lies on its curve shows when
    /// it verifies: nothing verifies under one that does not.
    ///
    /// # Errors
    /// [`KeyError::Algorithm`] and [`KeyError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        match bytes {
            [0, key @ ..] => key
                .try_into()
                .map(Self::Ed25519)
                .map_err(|_| KeyError::Length),
            [1, key @ ..] => {
                let [x, y] = halves(key).ok_or(KeyError::Length)?;
                Ok(Self::P256 { x, y })
            }
            [] => Err(KeyError::Length),
            _ => Err(KeyError::Algorithm),
        }
    }

    /// The P-256 key of an uncompressed point, 65 bytes (SEC 1, section 2.3.3; ANSI X9.63), as hardware hands them out.
    ///
    /// # Errors
    /// [`KeyError::Length`] and [`KeyError::Malformed`].
    pub fn from_p256(point: &[u8]) -> Result<Self, KeyError> {
        let [form, halves_of_it @ ..] = point else {
            return Err(KeyError::Length);
        };
        let [x, y] = halves(halves_of_it).ok_or(KeyError::Length)?;
        if *form != 4 {
            return Err(KeyError::Malformed);
        }
        Ok(Self::P256 { x, y })
    }

    /// Checks that `signature` is this key's over `message` under `domain`.
    ///
    /// # Errors
    /// [`SignatureError`]; a P-256 signature with a high s is refused as well, so that nobody can
    /// turn a valid signature into another one, and an Ed25519 key of small order, which binds nothing.
    pub fn verify(
        &self,
        domain: Domain,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        self.verify_statement(&Statement::new(domain, message), signature)
    }

    /// [`verify`](Self::verify) for a statement that is at hand.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_statement(
        &self,
        statement: &Statement,
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        self.verify_bytes(&statement.0, signature)
    }

    /// What the algorithm itself says, of a message as it stands.
    pub(crate) fn verify_bytes(
        &self,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        let bytes = signature.to_bytes();
        let verified = match self {
            Self::Ed25519(key) if is_small_order(key) => return Err(SignatureError),
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, &bytes),
            Self::P256 { .. } if signature.s > P256_HALF_ORDER => return Err(SignatureError),
            Self::P256 { x, y } => {
                let mut point = [4; 65];
                point[1..33].copy_from_slice(x);
                point[33..].copy_from_slice(y);
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &bytes)
            }
        };
        verified.map_err(|_| SignatureError)
    }

    /// The hash by which people and records know this key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(digest(Domain::Fingerprint, &[b"sign", &self.to_bytes()]))
    }
}

/// A signature: 64 bytes, R and S or r and s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signature {
    r: [u8; 32],
    s: [u8; 32],
}

impl Signature {
    /// Takes 64 bytes over from a message; verifying judges them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let mut signature = Self {
            r: [0; 32],
            s: [0; 32],
        };
        signature.r.copy_from_slice(&bytes[..32]);
        signature.s.copy_from_slice(&bytes[32..]);
        signature
    }

    /// Takes over what a P-256 signer made (r and s, 32 bytes each, big-endian) and brings s into
    /// the lower half of the order, as verifiers demand.
    #[must_use]
    pub fn from_p256(bytes: &[u8; 64]) -> Self {
        let mut signature = Self::from_bytes(bytes);
        if signature.s > P256_HALF_ORDER {
            signature.s = subtract(&P256_ORDER, &signature.s);
        }
        signature
    }

    /// The 64 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.r);
        bytes[32..].copy_from_slice(&self.s);
        bytes
    }
}

/// What is signed: the digest of a message under a domain, so that a signature made for one
/// purpose never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement(Digest);

impl Statement {
    /// The statement `message` makes in `domain`.
    #[must_use]
    pub fn new(domain: Domain, message: &[u8]) -> Self {
        Self(digest(domain, &[message]))
    }

    /// The statement of these bytes, for a signer that was handed them and not the message.
    #[must_use]
    pub const fn from_bytes(bytes: Digest) -> Self {
        Self(bytes)
    }

    /// The 32 bytes that the algorithm signs (P-256 hashes them once more, as ECDSA does).
    #[must_use]
    pub const fn bytes(&self) -> &Digest {
        &self.0
    }
}

/// Why bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The algorithm's number is unknown.
    #[error("unknown key algorithm")]
    Algorithm,
    /// The length is not that of the algorithm's keys.
    #[error("key has a wrong length")]
    Length,
    /// The bytes do not describe a key.
    #[error("malformed key")]
    Malformed,
}

/// The signature is not this key's over this statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("signature does not verify")]
pub struct SignatureError;

/// The order n of P-256 (SP 800-186, section 3.2.1.3), big-endian.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// (n - 1) / 2.
pub(crate) const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// `from - what` for big-endian numbers, modulo 2^256.
fn subtract(from: &[u8; 32], what: &[u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = false;
    for (at, digit) in out.iter_mut().enumerate().rev() {
        let (once, first) = from[at].overflowing_sub(what[at]);
        let (twice, second) = once.overflowing_sub(u8::from(borrow));
        (*digit, borrow) = (twice, first || second);
    }
    out
}

fn halves(bytes: &[u8]) -> Option<[[u8; 32]; 2]> {
    match bytes.as_chunks::<32>() {
        ([first, second], []) => Some([*first, *second]),
        _ => None,
    }
}
