//! What there is to tell another agent: an index of everything that agents share, in the order in which it came or changed.
//!
//! The index names things and never holds them: what is told is looked up when a letter is written, so that an erasure leaves
//! nothing behind here. It is made by comparing what there is with what the index has, so that whatever changed a thing is told,
//! also what was heard from a third.

use std::collections::BTreeMap;

use freehold_crypto::{Digest, Domain, digest};
use freehold_model::{Epoch, wire};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{
    event::Event,
    party::PartyRow,
    post::{ITEMS_MAX, Note},
};
use crate::{
    Error,
    erase::orders,
    home::{Inner, State, number_of},
    post::ToldParty,
    rows::{Rows, Space, all, log_rows, number_key, vault_place},
};

/// Something that agents share. In this order: what others build on comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Thing {
    Party(u8),
    Household,
    Device(String),
    Stream([u8; 16]),
    Root([u8; 16], Epoch, u32),
    Granted([u8; 32]),
    Keys([u8; 32]),
    Revoked([u8; 32]),
    Erased(Digest),
}

/// A row of the index.
#[derive(Serialize, Deserialize)]
pub(crate) struct NewsRow {
    thing: Thing,
    /// Of how it stood when it was last looked at.
    state: [u8; 16],
    /// The agent that it came from, which need not be told.
    from: Option<u8>,
}

/// The index, by the numbers of the rows. A thing that changes moves to the end.
#[derive(Default)]
pub(crate) struct News {
    rows: BTreeMap<u32, NewsRow>,
    numbers: BTreeMap<Thing, u32>,
}

impl News {
    pub(crate) fn load(rows: &Rows) -> Result<Self, Error> {
        let mut news = Self::default();
        rows.each(all(Space::Household)?, |key, row: NewsRow| {
            news.put(number_of(key), row);
            Ok(())
        })?;
        Ok(news)
    }

    fn put(&mut self, no: u32, row: NewsRow) {
        if let Some(before) = self.numbers.insert(row.thing.clone(), no) {
            self.rows.remove(&before);
        }
        self.rows.insert(no, row);
    }

    fn newest(&self) -> u32 {
        self.rows.keys().next_back().copied().unwrap_or_default()
    }
}

impl State {
    /// What another agent was not told yet.
    pub(crate) fn agent_notes(
        &self,
        inner: &Inner,
        told: &mut ToldParty,
        other: &PartyRow,
    ) -> Result<Vec<Note>, Error> {
        let fresh = self.news.rows.range(told.events + 1..);
        let mut things: Vec<Thing> = fresh
            .filter(|(_, row)| row.from != Some(other.index))
            .map(|(_, row)| row.thing.clone())
            .collect();
        things.sort_unstable();
        let mut notes = Vec::new();
        let (mut events, mut len) = (Vec::new(), 0);
        for thing in &things {
            let Some(event) = self.event(inner, thing)? else {
                continue;
            };
            len += zeroize::Zeroizing::new(wire::to_bytes(&event)).len();
            events.push(event);
            if len >= NOTE_LEN || events.len() == ITEMS_MAX {
                notes.push(Note::Events(std::mem::take(&mut events)));
                len = 0;
            }
        }
        if !events.is_empty() {
            notes.push(Note::Events(events));
        }
        told.events = self.news.newest().max(told.events);
        Ok(notes)
    }

    /// Everything that a new agent has to know.
    pub(crate) fn snapshot(&self, inner: &Inner) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        for (thing, _) in self.things(inner)? {
            events.extend(self.event(inner, &thing)?);
        }
        Ok(events)
    }

    /// Brings the index up to what there is, where there is another agent to be told. `from` is the one that what is new came from.
    pub(crate) fn note_news(&mut self, inner: &Inner, from: Option<u8>) -> Result<(), Error> {
        if !self.has_other_agents(inner) {
            return Ok(());
        }
        let mut batch = Batch::new();
        let mut changed = Vec::new();
        let mut no = self.news.newest();
        for (thing, state) in self.things(inner)? {
            let known = self.news.numbers.get(&thing).copied();
            let known = known.and_then(|no| Some((no, self.news.rows.get(&no)?)));
            if known.is_some_and(|(_, row)| row.state == state) {
                continue;
            }
            no += 1;
            // What was known before may have changed here as well: then the other has to hear of it.
            let from = if known.is_some() { None } else { from };
            if let Some((before, _)) = known {
                batch.delete(number_key(Space::Household, before)?);
            }
            let row = NewsRow { thing, state, from };
            let at = number_key(Space::Household, no)?;
            inner.rows.put(&mut batch, at, &row, &mut *self.entropy)?;
            changed.push((no, row));
        }
        if changed.is_empty() {
            return Ok(());
        }
        inner.rows.store().commit(&batch)?;
        for (no, row) in changed {
            self.news.put(no, row);
        }
        Ok(())
    }

    /// Notes that another agent has to be told again what came from it: it has forgotten that.
    pub(super) fn tell_again(&mut self, inner: &Inner, agent: u8) -> Result<(), Error> {
        let rows = self.news.rows.iter();
        let forgotten = rows.filter(|(_, row)| row.from == Some(agent));
        let forgotten: Vec<u32> = forgotten.map(|(no, _)| *no).collect();
        let mut batch = Batch::new();
        let mut no = self.news.newest();
        for before in forgotten {
            let Some(row) = self.news.rows.remove(&before) else {
                continue;
            };
            no += 1;
            let row = NewsRow { from: None, ..row };
            batch.delete(number_key(Space::Household, before)?);
            let at = number_key(Space::Household, no)?;
            inner.rows.put(&mut batch, at, &row, &mut *self.entropy)?;
            self.news.put(no, row);
        }
        Ok(inner.rows.store().commit(&batch)?)
    }

    /// Whether there is another agent in the household.
    pub(crate) fn has_other_agents(&self, inner: &Inner) -> bool {
        let own = inner.about().index;
        let mut others = self.parties.values().filter(|row| row.index != own);
        others.any(|row| row.is_agent() && row.is_live())
    }

    /// Everything that agents share, and how it stands, in order.
    fn things(&self, inner: &Inner) -> Result<Vec<(Thing, [u8; 16])>, Error> {
        let mut things = Vec::new();
        for (index, row) in &self.parties {
            things.push((Thing::Party(*index), state_of(row)));
        }
        if let Some(event) = self.event(inner, &Thing::Household)? {
            things.push((Thing::Household, state_of(&event)));
        }
        for device in self.devices.values() {
            things.push((Thing::Device(device.name.clone()), state_of(device)));
        }
        for stream in self.streams.values() {
            let (id, logs) = (stream.id().0, stream.logs.len());
            let state = state_of(&(&stream.name, stream.writer, stream.generation, logs));
            things.push((Thing::Stream(id), state));
            inner
                .rows
                .raw(log_rows(Space::Vault, stream.no)?, |key, _| {
                    let (epoch, generation) = vault_place(key);
                    things.push((Thing::Root(id, epoch, generation), STANDS));
                })?;
        }
        for token in self.consents.history.tokens() {
            let id = token.id();
            things.push((Thing::Granted(id.0), STANDS));
            if let Some(keys) = self.consents.keys_news(id) {
                things.push((Thing::Keys(id.0), state_of(&keys)));
            }
            if self.consents.history.revocation(id).is_some() {
                things.push((Thing::Revoked(id.0), STANDS));
            }
        }
        for row in orders(&inner.rows)? {
            things.push((Thing::Erased(row.order.hash()), state_of(&row.receipts)));
        }
        things.sort_unstable();
        Ok(things)
    }
}

fn state_of<T: Serialize>(thing: &T) -> [u8; 16] {
    let bytes = zeroize::Zeroizing::new(wire::to_bytes(thing));
    let mut state = [0; 16];
    state.copy_from_slice(&digest(Domain::Peer, &[b"news", &bytes])[..16]);
    state
}

/// Of what never changes.
const STANDS: [u8; 16] = [0; 16];
/// A letter is full once it has so many bytes.
const NOTE_LEN: usize = 1 << 18;
