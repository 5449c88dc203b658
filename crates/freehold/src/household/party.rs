//! A party of a household: an agent, which holds every key, or a device, which holds those that it needs to write.

use freehold_consent::Name;
use freehold_crypto::{
    Domain, Entropy, EnvelopeKey, EnvelopePublicKey, PublicKey, Secret, Signature, SigningKey,
    digest,
};
use freehold_model::{Time, wire};
use freehold_transport::StaticKey;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Error;

/// What a party may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyRole {
    /// Acts for the household: holds every key, grants, withdraws, erases, and adds or removes others. A phone, a tablet.
    Agent,
    /// Writes its own streams, and can read nothing that it has sealed. A meter, a sensor, a gateway with sensors behind it.
    Device,
}

/// An agent or a device of a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its number in the household; the one that made the home is 0. A number is given once.
    pub index: u8,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub role: PartyRole,
    /// Since when it is one.
    pub since: Time,
    /// When it was removed, if it was.
    pub removed: Option<Time>,
    /// Whether it is the one whose home this is.
    pub is_self: bool,
}

/// The row of a party, its own included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartyRow {
    pub(crate) index: u8,
    pub(crate) card: PartyCard,
    /// The agent that took it in, and that sees to it while it is one itself.
    pub(crate) host: u8,
    pub(crate) since: Time,
    pub(crate) removed: Option<Time>,
    /// What letters to a device are sealed to now, and how often that was replaced.
    pub(crate) renewed: Option<(u32, Box<EnvelopePublicKey>)>,
}

/// The public half of a party's keys, signed by the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartyCard {
    card: CardBody,
    signature: Signature,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CardBody {
    version: u8,
    role: PartyRole,
    name: Name,
    key: PublicKey,
    envelope: EnvelopePublicKey,
    channel: [u8; 32],
}

/// A party's own keys. They never leave its store.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct PartyKeys {
    signing: Vec<u8>,
    envelope: Vec<u8>,
    renewals: u32,
    channel: Vec<u8>,
}

impl PartyKeys {
    /// Draws them.
    pub(crate) fn random(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        let signing = SigningKey::generate_ed25519(entropy)?;
        Ok(Self {
            signing: signing.to_secret_bytes().to_vec(),
            envelope: Secret::random(entropy)?.expose().to_vec(),
            renewals: 0,
            channel: Secret::random(entropy)?.expose().to_vec(),
        })
    }

    /// A secret that follows from what no other party has.
    pub(super) fn derived(&self, labels: &[&[u8]]) -> Secret {
        let parts: Vec<&[u8]> = labels.iter().copied().chain([&*self.signing]).collect();
        Secret::from_bytes(digest(Domain::Peer, &parts))
    }

    /// Signs its letters and, on a device, its logs.
    pub(crate) fn signing(&self) -> Result<SigningKey, Error> {
        Ok(SigningKey::from_secret_bytes(&self.signing)?)
    }

    /// The bytes of [`PartyKeys::signing`], for the rows of logs that it writes.
    pub(crate) fn signing_bytes(&self) -> &[u8] {
        &self.signing
    }

    /// Opens the letters to it.
    pub(crate) fn envelope(&self) -> Result<EnvelopeKey, Error> {
        Ok(EnvelopeKey::from_seed(secret_of(&self.envelope)?)?)
    }

    /// Proves who it is to relays and when it is paired.
    pub(crate) fn channel(&self) -> Result<StaticKey, Error> {
        Ok(StaticKey::from_secret(secret_of(&self.channel)?))
    }

    /// Draws another key that opens letters; the one of before is gone.
    pub(crate) fn renew_envelope(&mut self, entropy: &mut dyn Entropy) -> Result<(), Error> {
        self.envelope.zeroize();
        self.envelope = Secret::random(entropy)?.expose().to_vec();
        self.renewals += 1;
        Ok(())
    }

    /// How often that key was replaced.
    pub(crate) fn renewals(&self) -> u32 {
        self.renewals
    }

    /// The card that says so.
    pub(crate) fn card(&self, role: PartyRole, name: Name) -> Result<PartyCard, Error> {
        let signing = self.signing()?;
        let card = CardBody {
            version: VERSION,
            role,
            name,
            key: signing.public_key(),
            envelope: self.envelope()?.public_key().clone(),
            channel: self.channel()?.public().0,
        };
        let signature = signing.sign(Domain::Party, &wire::to_bytes(&card))?;
        Ok(PartyCard { card, signature })
    }
}

impl PartyCard {
    /// Verifies that the key on it signed it.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub(crate) fn verify(&self) -> Result<(), Error> {
        let bytes = wire::to_bytes(&self.card);
        let signed = self
            .key()
            .verify(Domain::Party, &bytes, &self.signature)
            .is_ok();
        if signed && self.card.version == VERSION {
            Ok(())
        } else {
            Err(Error::Damaged)
        }
    }

    /// By which letters say from whom and to whom they are.
    pub(crate) fn id(&self) -> [u8; 32] {
        digest(Domain::Party, &[&wire::to_bytes(&self.card)])
    }

    pub(crate) fn role(&self) -> PartyRole {
        self.card.role
    }

    pub(crate) fn name(&self) -> &Name {
        &self.card.name
    }

    /// Signs its letters and its logs.
    pub(crate) fn key(&self) -> &PublicKey {
        &self.card.key
    }

    /// What letters to it are sealed to.
    pub(crate) fn envelope(&self) -> &EnvelopePublicKey {
        &self.card.envelope
    }

    /// By which relays know it.
    pub(crate) fn channel(&self) -> [u8; 32] {
        self.card.channel
    }
}

impl PartyRow {
    pub(crate) fn is_live(&self) -> bool {
        self.removed.is_none()
    }

    /// What letters to it are sealed to now.
    pub(crate) fn envelope(&self) -> &EnvelopePublicKey {
        match &self.renewed {
            Some((_, envelope)) => envelope,
            None => self.card.envelope(),
        }
    }

    /// How often that was replaced.
    pub(crate) fn renewals(&self) -> u32 {
        self.renewed.as_ref().map_or(0, |(count, _)| *count)
    }

    pub(crate) fn is_agent(&self) -> bool {
        self.card.role() == PartyRole::Agent
    }

    pub(crate) fn party(&self, own: u8) -> Party {
        Party {
            index: self.index,
            name: self.card.name().to_string(),
            role: self.card.role(),
            since: self.since,
            removed: self.removed,
            is_self: self.index == own,
        }
    }
}

impl PartyRole {
    /// The role's name, as the command line spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Device => "device",
        }
    }
}

/// A secret of a row. Rows keep them in places of their own: what is moved about leaves copies behind.
pub(crate) fn secret_of(bytes: &[u8]) -> Result<Secret, Error> {
    let bytes = bytes.first_chunk().filter(|_| bytes.len() == 32);
    bytes
        .map(|bytes| Secret::from_bytes(*bytes))
        .ok_or(Error::Damaged)
}

/// Numbers of parties go from 0 to below this: an agent makes the generations of keys whose number modulo this is its own.
pub(crate) const PARTIES_MAX: u8 = 16;
const VERSION: u8 = 1;
