//! A household's parties: agents and devices, taken in and removed.

use std::sync::{Arc, Mutex, PoisonError};

use freehold::{
    Error, Newcomer, Time,
    transport::{Offer, RunError},
};

use crate::{
    Clock, FfiError, Home, KeyStore, PartyRole, Stop, Transport, clock::clock_or_system,
    stop::stop_or_never, transport::Until,
};

/// Shows a person the confirmation of a pairing.
#[uniffi::export(foreign)]
pub trait Agrees: Send + Sync {
    /// Whether the other screen shows the same. It is called once, by the thread that called, and may use neither the invitation nor the
    /// transport.
    ///
    /// # Errors
    /// What it throws is no, and comes to whoever called.
    fn agrees(&self, confirmation: String) -> Result<bool, FfiError>;
}

/// An offer to take somebody into the household: shown as a QR code, answered once.
#[derive(uniffi::Object)]
pub struct Invitation {
    invitation: Mutex<freehold::Invitation>,
    text: String,
}

/// A party of a household: an agent or a device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Party {
    /// Its number in the household.
    pub index: u8,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub role: PartyRole,
    /// Since when it is one.
    pub since_ms: i64,
    /// When it was removed, if it was.
    pub removed_ms: Option<i64>,
    /// Whether it is the one whose home this is.
    pub is_self: bool,
}

#[uniffi::export]
impl Home {
    /// Everybody who is or was in the household, in the order in which they came.
    #[must_use]
    pub fn parties(&self) -> Vec<Party> {
        self.0.parties().into_iter().map(Party::from).collect()
    }

    /// Takes an agent or a device out of the household: of what is sealed from now on it gets no keys. What it has it keeps.
    ///
    /// # Errors
    /// `missing`, `not_an_agent`; what the store says.
    pub fn remove(&self, name: String) -> Result<Party, FfiError> {
        Ok(self.0.remove(&name)?.into())
    }

    /// An offer to take an agent or a device into the household. `place` says where it connects to, `HOST:PORT`; it may be empty where
    /// both know.
    ///
    /// # Errors
    /// `not_an_agent`; that the place is too long.
    pub fn invite(&self, place: String, role: PartyRole) -> Result<Arc<Invitation>, FfiError> {
        let invitation = self.0.invite(&place, role)?;
        Ok(Arc::new(Invitation {
            text: invitation.text().to_owned(),
            invitation: Mutex::new(invitation),
        }))
    }

    /// Answers an offer over a transport that is connected to who shows it, and makes a home in the folder `path` that belongs to the same
    /// household, as the party `name` with a role that the other expects too. Blocks until that is done or `stop` ends it.
    ///
    /// # Errors
    /// `stopped`, `not_paired`, `offer_used_up`, `bad_offer`, `exists`, `bad_name`; what the store and the key store say.
    #[allow(clippy::too_many_arguments, reason = "each is another thing")]
    #[uniffi::constructor]
    pub fn join(
        path: String,
        name: String,
        role: PartyRole,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
        offer: String,
        transport: &Transport,
        agrees: Arc<dyn Agrees>,
        stop: Option<Arc<Stop>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let (offer, newcomer) = (Offer::from_text(&offer)?, Newcomer { name, role });
        let joined = paired(transport, agrees, stop, |way, asked| {
            freehold::Home::join(path, keys, clock, &offer, newcomer, way, asked)
        })?;
        Ok(Arc::new(Self(joined)))
    }
}

#[uniffi::export]
impl Invitation {
    /// The text of the offer's QR code. Whoever sees it can answer, once.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.clone()
    }

    /// Takes in who has connected. Blocks until that is done or `stop` ends it. After a failure somebody may connect again, some times;
    /// with `unconfirmed` the other is a party, and did not say that it knows.
    ///
    /// # Errors
    /// `stopped`, `not_paired`, `offer_used_up`, `exists`, `unconfirmed`; what the store says.
    pub fn run(
        &self,
        transport: &Transport,
        agrees: Arc<dyn Agrees>,
        stop: Option<Arc<Stop>>,
    ) -> Result<Party, FfiError> {
        let invitation = self.invitation.lock();
        let mut invitation = invitation.unwrap_or_else(PoisonError::into_inner);
        let party = paired(transport, agrees, stop, |way, asked| {
            invitation.run(way, asked)
        })?;
        Ok(party.into())
    }
}

/// Where an offer says to connect to, `HOST:PORT`; nothing if it does not say.
///
/// # Errors
/// `bad_offer`.
#[uniffi::export]
pub fn offer_place(offer: String) -> Result<String, FfiError> {
    Ok(Offer::from_text(&offer)?.place().to_owned())
}

/// Pairs with a peer, which asks a person on the way. What the question threw comes before what came of the no.
fn paired<T>(
    transport: &Transport,
    agrees: Arc<dyn Agrees>,
    stop: Option<Arc<Stop>>,
    act: impl FnOnce(&mut Until<'_>, &mut dyn FnMut(&str) -> bool) -> Result<T, Error>,
) -> Result<T, FfiError> {
    let stop = stop_or_never(stop.as_ref());
    let mut way = transport.way();
    let mut way = Until {
        way: &mut **way,
        stop: &stop,
    };
    let mut thrown = None;
    let done = act(&mut way, &mut |confirmation| {
        let answer = agrees.agrees(confirmation.to_owned());
        // Who is told to stop while a person thinks takes no yes any more.
        !stop.is_stopped()
            && answer.unwrap_or_else(|error| {
                thrown = Some(error);
                false
            })
    });
    match (thrown, done) {
        (Some(thrown), _) => Err(thrown),
        // That the other was written down has to be known all the same.
        (None, Err(Error::Sync(_) | Error::Declined)) if stop.is_stopped() => {
            Err(Error::from(RunError::Stopped).into())
        }
        (None, done) => Ok(done?),
    }
}

impl From<freehold::Party> for Party {
    fn from(party: freehold::Party) -> Self {
        Self {
            index: party.index,
            name: party.name,
            role: party.role,
            since_ms: party.since.ms(),
            removed_ms: party.removed.map(Time::ms),
            is_self: party.is_self,
        }
    }
}
