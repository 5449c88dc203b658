//! A grant as it travels: the recipient's card, the consent token, and the key bundles so far.

use freehold_crypto::EnvelopeKey;
use serde::{Deserialize, Serialize};

use crate::bundle::{BundleError, SealedBundle, UnverifiedBundle};
use crate::card::{Card, UnverifiedCard};
use crate::check::Refusal;
use crate::keys::Keys;
use crate::signed::VerifyError;
use crate::token::{Token, UnverifiedToken};
use crate::wire::{self, Bytes, FileType, List, OBJECT_BYTES_MAX, WireError};

/// Bundles of one grant file, at most.
pub const BUNDLES_MAX: usize = 64;

/// A grant whose every signature was checked: what `approve` makes and a recipient accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    card: Card,
    token: Token,
    bundles: Vec<SealedBundle>,
}

/// A grant as it was read, before signatures were checked.
#[derive(Clone, Debug)]
pub struct UnverifiedGrant {
    card: UnverifiedCard,
    token: UnverifiedToken,
    bundles: Vec<UnverifiedBundle>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    card: Bytes,
    token: Bytes,
    bundles: List<Bytes, BUNDLES_MAX>,
}

/// Why a grant is not what it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Card or token does not verify.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A bundle is not the token's.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The card is not the one that the token was granted to.
    #[error("another recipient's card")]
    WrongCard,
    /// No bundle, or more than [`BUNDLES_MAX`].
    #[error("{0} bundles")]
    Bundles(usize),
    /// Does not encode.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl Grant {
    /// Puts a grant together.
    ///
    /// # Errors
    /// [`GrantError::WrongCard`], [`GrantError::Bundles`], and [`BundleError::OtherToken`].
    pub fn new(card: Card, token: Token, bundles: Vec<SealedBundle>) -> Result<Self, GrantError> {
        if card.id() != token.recipient() {
            return Err(GrantError::WrongCard);
        }
        if bundles.is_empty() || bundles.len() > BUNDLES_MAX {
            return Err(GrantError::Bundles(bundles.len()));
        }
        if bundles
            .iter()
            .any(|bundle| bundle.header().token != token.id())
        {
            return Err(BundleError::OtherToken.into());
        }
        Ok(Self {
            card,
            token,
            bundles,
        })
    }

    /// The recipient.
    #[must_use]
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// The consent.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// The bundles, oldest first.
    #[must_use]
    pub fn bundles(&self) -> &[SealedBundle] {
        &self.bundles
    }

    /// Opens every bundle, for the recipient with this card and envelope key.
    ///
    /// # Errors
    /// [`Refusal::WrongRecipient`] when the card is another's; [`BundleError`].
    pub fn open(&self, own: &Card, key: &EnvelopeKey) -> Result<Keys, BundleError> {
        let mut keys: Option<Keys> = None;
        for bundle in &self.bundles {
            let bundle = bundle.open(&self.token, own, key)?;
            match &mut keys {
                Some(keys) => keys.extend(bundle)?,
                None => keys = Some(Keys::new(bundle)),
            }
        }
        // A grant has a bundle; without one there would be nobody it is for.
        keys.ok_or_else(|| {
            Refusal::WrongRecipient {
                granted_to: self.token.recipient(),
            }
            .into()
        })
    }

    /// The grant as a file.
    ///
    /// # Errors
    /// [`WireError::TooLong`].
    pub fn to_file(&self) -> Result<Vec<u8>, WireError> {
        let bundles = self
            .bundles
            .iter()
            .map(|bundle| Bytes::new(bundle.as_bytes().to_vec()))
            .collect();
        let object = wire::encode(&Wire {
            card: Bytes::new(self.card.as_bytes().to_vec()),
            token: Bytes::new(self.token.as_bytes().to_vec()),
            bundles: List(bundles),
        });
        if object.len() > OBJECT_BYTES_MAX {
            return Err(WireError::TooLong {
                len: object.len(),
                max: OBJECT_BYTES_MAX,
            });
        }
        Ok(FileType::Grant.wrap(&object))
    }
}

impl UnverifiedGrant {
    /// Decodes a grant file.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_file(file: &[u8]) -> Result<Self, WireError> {
        let wire: Wire = wire::decode(FileType::Grant.unwrap_file(file)?, OBJECT_BYTES_MAX)?;
        let bundles = wire
            .bundles
            .0
            .iter()
            .map(|bundle| UnverifiedBundle::from_bytes(bundle.as_slice()));
        Ok(Self {
            card: UnverifiedCard::from_bytes(wire.card.as_slice())?,
            token: UnverifiedToken::from_bytes(wire.token.as_slice())?,
            bundles: bundles.collect::<Result<_, _>>()?,
        })
    }

    /// Checks every signature, and that the parts belong together.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn verify(self) -> Result<Grant, GrantError> {
        let (card, token) = (self.card.verify()?, self.token.verify()?);
        let bundles: Result<Vec<_>, _> = self
            .bundles
            .into_iter()
            .map(|bundle| bundle.verify(&token))
            .collect();
        Grant::new(card, token, bundles?)
    }
}
