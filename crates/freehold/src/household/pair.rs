//! Pairing: an agent shows an offer, another phone, tablet, gateway or device answers it, and people see the same confirmation on
//! both. Then the agent takes the other into the household.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_consent::Name;
use freehold_crypto::{Entropy, KeyStore, OsEntropy};
use freehold_model::{Time, wire};
use freehold_store::{Batch, SqliteStore, Store, StoreOptions};
use freehold_transport::{
    Channel, Guest, Host, Offer, PairError, Paired, StaticKey, Transport, TransportError,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{
    event::Event,
    keys::HouseholdKeys,
    party::{PARTIES_MAX, Party, PartyCard, PartyKeys, PartyRole, PartyRow},
};
use crate::{
    Clock, Error, Home, Noun,
    home::{About, Inner, State},
    rows::{Space, number_key},
};

/// An offer of an agent to take another into the household: shown as a QR code, answered once.
pub struct Invitation {
    home: Home,
    role: PartyRole,
    text: String,
    host: Host,
    own: StaticKey,
}

/// Who answers an offer, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// What its owner will call it.
    pub name: String,
    /// What it is to be. The agent that shows the offer expects the same.
    pub role: PartyRole,
}

/// What a home is made of on the newcomer's machine.
type Own = (
    Arc<dyn Store>,
    Arc<dyn KeyStore>,
    Arc<dyn Clock>,
    Box<dyn Entropy + Send>,
);

/// What the newcomer says first.
#[derive(Serialize, Deserialize)]
pub(crate) struct Hello {
    card: PartyCard,
}

/// What it is given.
#[derive(Serialize, Deserialize)]
pub(crate) enum Welcome {
    /// It is a party from now on.
    Taken {
        name: String,
        created: Time,
        index: u8,
        household: HouseholdKeys,
        parties: Vec<PartyRow>,
        /// What an agent has to know; nothing for a device, whose streams come later.
        events: Vec<Event>,
    },
    /// Another has its name.
    NameTaken,
    /// It is not what the agent expects.
    OtherRole,
    /// There are as many as there may be.
    Full,
}

/// The newcomer has written down what it was given.
#[derive(Serialize, Deserialize)]
pub(crate) struct Joined;

impl Home {
    /// An offer to take an agent or a device into the household. `place` says where it connects to, such as `192.0.2.7:7700`; it may
    /// be empty where both know.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device, [`Error::Pair`] when the place is too long.
    pub fn invite(&self, place: &str, role: PartyRole) -> Result<Invitation, Error> {
        self.inner().signing_key()?;
        let own = self.static_key()?;
        let mut state = self.inner().lock();
        let offer = Offer::new(own.public(), place, &mut *state.entropy)?;
        drop(state);
        Ok(Invitation {
            home: self.clone(),
            role,
            text: offer.to_text(),
            host: Host::new(offer),
            own,
        })
    }

    /// Answers an offer over a transport that is connected to the agent that shows it, and makes a home in the folder `path` that
    /// belongs to the same household. `agrees` is shown the confirmation, and says whether the other screen shows the same.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is a home or a recipient, or the name is taken; [`Error::Pair`], [`Error::Declined`],
    /// [`Error::Store`], [`Error::KeyStore`].
    pub fn join(
        path: impl AsRef<Path>,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
        offer: &Offer,
        newcomer: Newcomer,
        transport: &mut dyn Transport,
        agrees: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Self, Error> {
        let options = StoreOptions {
            create: true,
            ..StoreOptions::default()
        };
        let store = Arc::new(SqliteStore::open(path.as_ref(), options)?);
        let entropy = Box::new(OsEntropy::new());
        let own: Own = (store, Arc::new(keys), clock, entropy);
        Self::join_in(own, offer, newcomer, transport, agrees)
    }

    /// [`Home::join`] with a store and randomness of the caller's.
    pub(crate) fn join_in(
        (store, keys, clock, mut entropy): Own,
        offer: &Offer,
        newcomer: Newcomer,
        transport: &mut dyn Transport,
        agrees: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Self, Error> {
        crate::rows::is_free(&*store)?;
        let party = PartyKeys::random(&mut *entropy)?;
        let card = party.card(newcomer.role, Name::new(&newcomer.name)?)?;
        let paired = answer(&party.channel()?, offer, transport, &mut *entropy)?;
        if !agrees(&paired.confirmation) {
            return Err(Error::Declined);
        }
        let mut talk = Talk::new(paired, transport);
        talk.say(&Hello { card })?;
        let (about, parties, events) = match talk.hear()? {
            Welcome::Taken {
                name,
                created,
                index,
                household,
                parties,
                events,
            } => {
                let about = About {
                    name,
                    created,
                    index,
                    party,
                    household,
                    heard: Vec::new(),
                };
                (about, parties, events)
            }
            Welcome::NameTaken => return Err(Error::Exists(Noun::Party)),
            Welcome::OtherRole | Welcome::Full => return Err(Error::Declined),
        };
        for row in &parties {
            row.card.verify()?;
        }
        let host = host_of(&parties, &about).ok_or(Error::Damaged)?.clone();
        let home = Self::prepare(store, &about, &parties, keys, clock, entropy)?;
        let mut state = home.inner().lock();
        state.hear_events(home.inner(), &host, events)?;
        drop(state);
        home.settle_down()?;
        // Should this not arrive, it is a party all the same: the other has it in its list.
        let _ = talk.say(&Joined);
        Ok(home)
    }
}

impl Invitation {
    /// The text of the QR code. Whoever sees it can answer, once; a confirmation shows who did.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes in who has connected. `agrees` is shown the confirmation, and says whether the other screen shows the same. After a
    /// failure somebody may connect again, some times.
    ///
    /// # Errors
    /// [`Error::Pair`], [`Error::Declined`], [`Error::Exists`] when another has its name, [`Error::Store`]. [`Error::Unconfirmed`] when
    /// it was written down as a party and did not say that it is one: it is in the list, and may have to be removed.
    pub fn run(
        &mut self,
        transport: &mut dyn Transport,
        agrees: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Party, Error> {
        let paired = self.await_answer(transport)?;
        let channel = paired.peer;
        if !agrees(&paired.confirmation) {
            return Err(Error::Declined);
        }
        let mut talk = Talk::new(paired, transport);
        let Hello { card } = talk.hear()?;
        card.verify()?;
        if card.channel() != channel.0 {
            return Err(Error::Damaged);
        }
        let inner = self.home.inner();
        let mut state = inner.lock();
        let (row, welcome) = match state.take_in(inner, card, self.role)? {
            Ok(taken) => taken,
            Err(refusal) => {
                drop(state);
                talk.say(&refusal)?;
                return Err(match refusal {
                    Welcome::NameTaken => Error::Exists(Noun::Party),
                    _ => Error::Declined,
                });
            }
        };
        drop(state);
        inner.changed();
        let joined = talk.say(&welcome).and_then(|()| talk.hear::<Joined>());
        joined.map_err(|_| Error::Unconfirmed)?;
        Ok(row.party(inner.about().index))
    }

    fn await_answer(&mut self, transport: &mut dyn Transport) -> Result<Paired, Error> {
        let home = self.home.clone();
        let mut state = home.inner().lock();
        self.host.connected(&self.own, &mut *state.entropy)?;
        drop(state);
        let until = Instant::now() + PATIENCE;
        let mut buffer = vec![0; BUFFER];
        loop {
            let bytes = some(transport, &mut buffer, until)?;
            let mut out = Vec::new();
            let paired = self.host.receive(bytes, &self.own, &mut out)?;
            transport.send(&out).map_err(over)?;
            if let Some(paired) = paired {
                return Ok(paired);
            }
        }
    }
}

impl State {
    /// Writes a newcomer down as a party, with what it is to be given; or says why it is not taken.
    fn take_in(
        &mut self,
        inner: &Inner,
        card: PartyCard,
        role: PartyRole,
    ) -> Result<Result<(PartyRow, Welcome), Welcome>, Error> {
        let about = inner.about();
        if card.role() != role {
            return Ok(Err(Welcome::OtherRole));
        }
        let mut live = self.parties.values().filter(|row| row.is_live());
        if live.any(|row| row.card.name() == card.name()) {
            return Ok(Err(Welcome::NameTaken));
        }
        let Some(index) = self.free_index(about.index) else {
            return Ok(Err(Welcome::Full));
        };
        let row = PartyRow {
            index,
            card,
            host: about.index,
            since: inner.now(),
            removed: None,
            renewed: None,
        };
        let household = match role {
            PartyRole::Agent => about.household.clone(),
            PartyRole::Device => about.household.for_device()?,
        };
        let events = match role {
            PartyRole::Agent => self.snapshot(inner)?,
            PartyRole::Device => Vec::new(),
        };
        let mut batch = Batch::new();
        let at = number_key(Space::Party, u32::from(index))?;
        inner.rows.put(&mut batch, at, &row, &mut *self.entropy)?;
        inner.rows.store().commit(&batch)?;
        self.parties.insert(index, row.clone());
        let welcome = Welcome::Taken {
            name: about.name.clone(),
            created: about.created,
            index,
            household,
            parties: self.parties.values().cloned().collect(),
            events,
        };
        Ok(Ok((row, welcome)))
    }

    /// A number that no party has or had. Two agents that add others at once take from different ends.
    fn free_index(&self, own: u8) -> Option<u8> {
        let free = |index: &u8| !self.parties.contains_key(index);
        if own == 0 {
            (1..PARTIES_MAX).find(free)
        } else {
            (1..PARTIES_MAX).rev().find(free)
        }
    }
}

/// The agent that took this party in, if what it gave holds together: this party is among the others as itself.
fn host_of<'a>(parties: &'a [PartyRow], about: &About) -> Option<&'a PartyRow> {
    let row = |index: u8| parties.iter().find(|row| row.index == index);
    let own = row(about.index)?;
    let is_own = *own.card.key() == about.party.signing().ok()?.public_key();
    let host = row(own.host)?;
    (is_own && host.is_agent()).then_some(host)
}

/// Connects to whoever shows the offer.
fn answer(
    own: &StaticKey,
    offer: &Offer,
    transport: &mut dyn Transport,
    entropy: &mut dyn Entropy,
) -> Result<Paired, Error> {
    let (mut guest, first) = Guest::connect(own, offer, entropy)?;
    transport.send(&first).map_err(over)?;
    let until = Instant::now() + PATIENCE;
    let mut buffer = vec![0; BUFFER];
    loop {
        let bytes = some(transport, &mut buffer, until)?;
        let mut out = Vec::new();
        match guest.receive(bytes, &mut out)? {
            Ok(paired) => {
                transport.send(&out).map_err(over)?;
                return Ok(paired);
            }
            Err(waiting) => guest = waiting,
        }
    }
}

/// What two that are paired say to each other: objects after their length.
struct Talk<'a> {
    channel: Channel,
    transport: &'a mut dyn Transport,
    heard: Zeroizing<Vec<u8>>,
}

impl<'a> Talk<'a> {
    fn new(paired: Paired, transport: &'a mut dyn Transport) -> Self {
        Self {
            channel: paired.channel,
            transport,
            heard: Zeroizing::new(paired.said),
        }
    }

    fn say<T: Serialize>(&mut self, object: &T) -> Result<(), Error> {
        let bytes = Zeroizing::new(wire::to_bytes(object));
        let len = u32::try_from(bytes.len()).map_err(|_| Error::Damaged)?;
        let mut out = Vec::new();
        let failed = |error| Error::Pair(PairError::Channel(error));
        self.channel
            .send(&len.to_be_bytes(), &mut out)
            .map_err(failed)?;
        self.channel.send(&bytes, &mut out).map_err(failed)?;
        self.transport.send(&out).map_err(over)
    }

    fn hear<T: Serialize + DeserializeOwned>(&mut self) -> Result<T, Error> {
        let until = Instant::now() + PATIENCE;
        let mut buffer = vec![0; BUFFER];
        loop {
            if let Some((len, rest)) = self.heard.split_first_chunk::<4>() {
                let len = u32::from_be_bytes(*len) as usize;
                if len > WELCOME_MAX {
                    return Err(Error::Damaged);
                }
                if let Some(object) = rest.get(..len) {
                    let object = wire::from_bytes(object, WELCOME_MAX);
                    let object = object.map_err(|_| Error::Damaged)?;
                    self.heard.drain(..4 + len);
                    return Ok(object);
                }
            }
            let bytes = some(self.transport, &mut buffer, until)?;
            let received = self.channel.receive(bytes, &mut self.heard);
            received.map_err(|error| Error::Pair(PairError::Channel(error)))?;
        }
    }
}

/// What comes next, before `until`.
fn some<'b>(
    transport: &mut dyn Transport,
    buffer: &'b mut [u8],
    until: Instant,
) -> Result<&'b [u8], Error> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(over(TransportError::Stalled));
        }
        let count = transport.receive(buffer, left.min(TICK)).map_err(over)?;
        if count > 0 {
            return Ok(buffer.get(..count).unwrap_or_default());
        }
    }
}

fn over(error: TransportError) -> Error {
    Error::Sync(error.into())
}

/// How long people may take to compare two screens.
const PATIENCE: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(200);
const BUFFER: usize = 1 << 16;
/// Bytes of what a newcomer is given, at most: the keys of many streams over many years.
const WELCOME_MAX: usize = 64 << 20;
