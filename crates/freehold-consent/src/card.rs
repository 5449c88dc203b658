//! A recipient's card: who asks, and the keys that answer.

use freehold_crypto::{Domain, EnvelopePublicKey, Fingerprint, PublicKey, Suite};
use serde::{Deserialize, Serialize};

use crate::id::CardId;
use crate::signed::{self, Draft, VerifyError};
use crate::text::Name;
use crate::wire::{FileType, WireError};

/// A card on the wire, at most this many bytes.
pub const CARD_BYTES_MAX: usize = 2048;

/// In which role a recipient processes data (GDPR Articles 4, 26 and 28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Decides alone what the data is used for.
    Controller,
    /// Decides it together with others.
    JointController,
    /// Works for a controller.
    Processor,
}

/// A recipient's verified card: the name it gives itself, its role and its public keys, signed by the first of them.
///
/// A card proves that its maker holds the signing key. It proves nothing about the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    payload: Payload,
    bytes: Vec<u8>,
    id: CardId,
}

/// A card as it was read, before its signature was checked.
#[derive(Clone, Debug)]
pub struct UnverifiedCard {
    payload: Payload,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    suite: Suite,
    role: Role,
    name: Name,
    key: PublicKey,
    envelope: EnvelopePublicKey,
}

impl Card {
    /// A new card, to be signed with the key that it names.
    ///
    /// # Errors
    /// [`WireError`]; the fields' own types keep every bound.
    pub fn draft(
        suite: Suite,
        role: Role,
        name: Name,
        key: PublicKey,
        envelope: EnvelopePublicKey,
    ) -> Result<Draft<Self>, WireError> {
        let payload = Payload {
            suite,
            role,
            name,
            key,
            envelope,
        };
        Draft::new(Domain::Card, key, &payload, |bytes, _| {
            UnverifiedCard::from_bytes(bytes)?.verify()
        })
    }

    /// The hash of everything on the card but the signature; tokens name it as their audience.
    #[must_use]
    pub const fn id(&self) -> CardId {
        self.id
    }

    /// What the recipient calls itself. Show it as such, never as a fact.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.payload.name
    }

    /// The role that the recipient claims.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.payload.role
    }

    /// The suite of envelopes to this recipient.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.payload.suite
    }

    /// The key that signs the recipient's requests.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.payload.key
    }

    /// The key that bundles are sealed to.
    #[must_use]
    pub const fn envelope(&self) -> &EnvelopePublicKey {
        &self.payload.envelope
    }

    /// The signing key's fingerprint, to compare with what the recipient publishes.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.payload.key.fingerprint()
    }

    /// The signed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The card as a file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        FileType::Card.wrap(&self.bytes)
    }
}

impl UnverifiedCard {
    /// Decodes the signed bytes of a card.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let payload = signed::decode(bytes, CARD_BYTES_MAX)?;
        Ok(Self {
            payload,
            bytes: bytes.to_vec(),
        })
    }

    /// Decodes a card file.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_file(file: &[u8]) -> Result<Self, WireError> {
        Self::from_bytes(FileType::Card.unwrap_file(file)?)
    }

    /// Checks that the card was signed with the key it names.
    ///
    /// # Errors
    /// [`VerifyError::Signature`].
    pub fn verify(self) -> Result<Card, VerifyError> {
        let id = CardId(signed::verify(
            Domain::Card,
            &self.payload.key,
            &self.bytes,
        )?);
        Ok(Card {
            payload: self.payload,
            bytes: self.bytes,
            id,
        })
    }
}

impl Role {
    /// The role's name, as the command line spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::JointController => "joint-controller",
            Self::Processor => "processor",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Controller, Self::JointController, Self::Processor]
            .into_iter()
            .find(|role| role.name() == name)
    }
}
