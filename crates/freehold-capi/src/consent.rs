//! Lists of consents: those that a home has granted, or that a recipient holds.

use freehold::{
    Consent, Held,
    consent::{Card, State, Token},
};

use crate::{
    guard::{Grows, fill, free, give, hand, lent},
    home::FhHome,
    proposal::id,
    recipient::FhRecipient,
    status::FhStatus,
    streams::{FhStreams, at},
    text::{FhId, FhStr},
};

/// How a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhConsentState {
    /// Granted, and usable only later.
    NotYet = 0,
    /// In force.
    Live = 1,
    /// Withdrawn.
    Revoked = 2,
    /// Run out.
    Expired = 3,
}

/// Some consents, oldest first. A list stays as it was made.
pub struct FhConsents(Vec<Row>);

struct Row {
    token: Token,
    recipient: String,
    granted_ms: i64,
    state: State,
    lease_until_ms: i64,
    streams: Vec<freehold::consent::StreamInfo>,
}

/// A consent of a list.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhConsent {
    /// `sizeof(FhConsent)`.
    pub struct_size: usize,
    /// What it is known by.
    pub id: FhId,
    /// The card of its recipient.
    pub card: FhId,
    /// What the recipient calls itself. It lasts as long as the list.
    pub recipient: FhStr,
    /// When it was granted.
    pub granted_ms: i64,
    /// Of one that is not usable yet: from when it is; of one in force: until when; of another: since when it is not.
    pub state_ms: i64,
    /// Up to when keys were handed out.
    pub lease_until_ms: i64,
    /// How it stands, an `FhConsentState`.
    pub state: u8,
    /// Whether a person was there and said yes.
    pub attended: bool,
    /// 0.
    pub reserved: [u8; 6],
}

/// Every consent that was ever granted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_consents(
    home: *const FhHome,
    out: *mut *mut FhConsents,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let consents = lent(home)?.0.consents();
            Ok(FhConsents(consents.into_iter().map(Row::from).collect()))
        })
    }
}

/// Every consent that a recipient was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_consents(
    recipient: *const FhRecipient,
    out: *mut *mut FhConsents,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let recipient = &lent(recipient)?.0;
            let row = |held| Row::held(held, recipient.card());
            let rows = recipient.consents().into_iter().map(row);
            Ok(FhConsents(rows.collect()))
        })
    }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_consents_count(
    consents: *const FhConsents,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(count, || Ok(lent(consents)?.0.len())) }
}

/// The consent with this place in the list, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_consents_get(
    consents: *const FhConsents,
    place: usize,
    out: *mut FhConsent,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || Ok(at(&lent(consents)?.0, place)?.consent())) }
}

/// The streams that a consent of the list opens, as their owner describes them to the recipient. At a home there are none; nor are there at
/// a recipient once it was withdrawn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_consents_streams(
    consents: *const FhConsents,
    place: usize,
    out: *mut *mut FhStreams,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let row = at(&lent(consents)?.0, place)?;
            Ok(FhStreams::granted(&row.token.terms().scope, &row.streams))
        })
    }
}

/// Frees a list, and the texts in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_consents_free(consents: *mut FhConsents) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(consents) }
}

impl From<Consent> for Row {
    fn from(consent: Consent) -> Self {
        Self {
            recipient: consent.card.name().to_string(),
            granted_ms: consent.granted.ms(),
            state: consent.state,
            lease_until_ms: consent.lease_until.ms(),
            streams: Vec::new(),
            token: consent.token,
        }
    }
}

impl Row {
    fn held(held: Held, own: &Card) -> Self {
        Self {
            recipient: own.name().to_string(),
            granted_ms: held.token.terms().usable.from().ms(),
            state: held.state,
            lease_until_ms: held.lease_until.ms(),
            streams: held.streams,
            token: held.token,
        }
    }

    fn consent(&self) -> FhConsent {
        let (state, at) = match self.state {
            State::NotYet { from } => (FhConsentState::NotYet, from),
            State::Live { until } => (FhConsentState::Live, until),
            State::Revoked { at } => (FhConsentState::Revoked, at),
            State::Expired { at } => (FhConsentState::Expired, at),
        };
        FhConsent {
            struct_size: size_of::<FhConsent>(),
            id: id(self.token.id().0),
            card: id(self.token.recipient().0),
            recipient: FhStr::of(&self.recipient),
            granted_ms: self.granted_ms,
            state_ms: at.ms(),
            lease_until_ms: self.lease_until_ms,
            state: state as u8,
            attended: self.token.attended(),
            reserved: [0; 6],
        }
    }
}

// SAFETY: it is.
unsafe impl Grows for FhConsent {
    const NAME: &'static str = "FhConsent";
}
