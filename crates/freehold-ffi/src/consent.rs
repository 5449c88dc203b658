//! Consents: those that a home has granted, or that a recipient holds.

use freehold::{
    Held,
    consent::{Card, State, Token},
};

use crate::{Home, Recipient, StreamInfo};

/// How a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ConsentState {
    /// Granted, and usable only later.
    NotYet,
    /// In force.
    Live,
    /// Withdrawn.
    Revoked,
    /// Run out.
    Expired,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Consent {
    /// What it is known by.
    pub id: String,
    /// The card of its recipient.
    pub card: String,
    /// What the recipient calls itself.
    pub recipient: String,
    /// When it was granted.
    pub granted_ms: i64,
    /// How it stands.
    pub state: ConsentState,
    /// Of one that is not usable yet: from when it is; of one in force: until when; of another: since when it is not.
    pub state_ms: i64,
    /// Up to when keys were handed out.
    pub lease_until_ms: i64,
    /// Whether a person was there and said yes.
    pub attended: bool,
    /// The streams that it opens, as their owner describes them to the recipient. At a home there are none; nor are there at a recipient
    /// once it was withdrawn.
    pub streams: Vec<StreamInfo>,
}

#[uniffi::export]
impl Home {
    /// Every consent that was ever granted, oldest first.
    #[must_use]
    pub fn consents(&self) -> Vec<Consent> {
        let consents = self.0.consents().into_iter();
        consents.map(|it| granted(&it)).collect()
    }
}

#[uniffi::export]
impl Recipient {
    /// Every consent that the recipient was given, oldest first.
    #[must_use]
    pub fn consents(&self) -> Vec<Consent> {
        let held = self.0.consents().into_iter();
        held.map(|it| Consent::held(&it, self.0.card())).collect()
    }
}

fn granted(consent: &freehold::Consent) -> Consent {
    Consent {
        recipient: consent.card.name().to_string(),
        granted_ms: consent.granted.ms(),
        lease_until_ms: consent.lease_until.ms(),
        ..Consent::of(&consent.token, consent.state)
    }
}

impl Consent {
    fn held(held: &Held, own: &Card) -> Self {
        let scope = &held.token.terms().scope;
        let streams = held.streams.iter();
        Self {
            recipient: own.name().to_string(),
            granted_ms: held.token.terms().usable.from().ms(),
            lease_until_ms: held.lease_until.ms(),
            streams: streams.map(|it| StreamInfo::granted(scope, it)).collect(),
            ..Self::of(&held.token, held.state)
        }
    }

    fn of(token: &Token, state: State) -> Self {
        let (state, at) = match state {
            State::NotYet { from } => (ConsentState::NotYet, from),
            State::Live { until } => (ConsentState::Live, until),
            State::Revoked { at } => (ConsentState::Revoked, at),
            State::Expired { at } => (ConsentState::Expired, at),
        };
        Self {
            id: token.id().to_string(),
            card: token.recipient().to_string(),
            recipient: String::new(),
            granted_ms: 0,
            state,
            state_ms: at.ms(),
            lease_until_ms: 0,
            attended: token.attended(),
            streams: Vec::new(),
        }
    }
}
