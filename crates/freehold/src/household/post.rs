//! What the parties of a household write to each other through a relay.

use std::{fmt, marker::PhantomData};

use freehold_crypto::{Domain, digest};
use freehold_model::wire;
use freehold_store::Batch;
use freehold_sync::{Capability, LogName, Order};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, SeqAccess, Visitor},
};

use super::{
    letter::{LETTER_MAX, LetterPlace, letters_name},
    party::{PartyRole, PartyRow},
};
use crate::{
    Error, Home,
    erase::ErasureNews,
    home::{Inner, State},
    post::{Peer, PostKind, ToldParty},
    stream::StreamRecord,
};

/// The content of a letter.
#[derive(Serialize, Deserialize)]
pub(crate) enum Note {
    /// From an agent to another: what happened in the household.
    Events(#[serde(deserialize_with = "few")] Vec<super::event::Event>),
    /// From an agent to a device: what it writes, and the keys for it.
    Feed(Box<super::feed::Feed>),
    /// From a device to the agents: readings for which it has no key.
    Strays(#[serde(deserialize_with = "few")] Vec<super::stray::Stray>),
    /// From a device to the agents: what letters to it are sealed to from now on.
    Renewed(super::feed::Renewed),
    /// From a device to the agents: what it has erased.
    Erased(#[serde(deserialize_with = "few")] Vec<ErasureNews>),
    /// From an agent to another: it was put back from a backup, and does not know any more what it has told or heard.
    Again,
}

/// Things in one letter, at most: what takes two bytes there takes a hundred in memory.
pub(super) const ITEMS_MAX: usize = 1024;

/// At most [`ITEMS_MAX`] things.
fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    struct Few<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Few<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {ITEMS_MAX} things")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(ITEMS_MAX));
            while let Some(item) = seq.next_element()? {
                if items.len() == ITEMS_MAX {
                    return Err(A::Error::invalid_length(ITEMS_MAX + 1, &self));
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    from.deserialize_seq(Few(PhantomData))
}

/// In the place of a number: letters of a device are for every agent.
pub(crate) const AGENTS: u8 = u8::MAX;

impl State {
    /// Tells the relay who of the household may bring and fetch what.
    pub(crate) fn tell_relay_of_parties(
        &self,
        inner: &Inner,
        peer: &mut Peer,
        batch: &mut Batch,
        orders: u16,
    ) -> Result<(), Error> {
        let own = inner.about().index;
        let others: Vec<PartyRow> = self.parties.values().cloned().collect();
        for party in others.iter().filter(|party| party.index != own) {
            let mut told = peer.told_party(party.index);
            let order = match (party.is_live(), party.card.role()) {
                (false, _) if told.removed => continue,
                (false, PartyRole::Agent) => Order::Remove(party.card.channel()),
                (false, PartyRole::Device) => Order::Close(capability_id(party)),
                (true, PartyRole::Agent) => Order::Admit(party.card.channel()),
                (true, PartyRole::Device) => Order::Grant(self.writes_of(inner, peer, party)?),
            };
            let standing = digest(Domain::Order, &[&wire::to_bytes(&order)]);
            if told.standing != standing {
                inner.order(peer, batch, orders, &order)?;
                (told.standing, told.removed) = (standing, !party.is_live());
                peer.set_told_party(told);
            }
        }
        Ok(())
    }

    /// Writes what this party has to say to the others.
    pub(crate) fn tell_parties(
        &mut self,
        inner: &Inner,
        peer: &mut Peer,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let about = inner.about();
        let relay = peer.row.relay;
        let Some(own) = self.parties.get(&about.index).cloned() else {
            return Err(Error::Damaged);
        };
        let signing = about.party.signing()?;
        if own.card.role() == PartyRole::Device {
            for row in self.parties.values().filter(|row| row.is_agent()) {
                let name = letters_name(&relay, &row.card.id(), &own.card.id());
                peer.post(PostKind::Between(row.index, own.index), name);
            }
            let name = letters_name(&relay, &own.card.id(), &NOBODY);
            let post = peer.post(PostKind::Between(own.index, AGENTS), name);
            let mut told = peer.told_party(AGENTS);
            let notes = self.device_notes(inner, &mut told, &relay)?;
            peer.set_told_party(told);
            for note in notes {
                let place = LetterPlace {
                    relay,
                    from: own.card.id(),
                    to: NOBODY,
                    seq: peer.next_letter(post),
                };
                let envelope = about.household.envelope()?;
                let content = wire::to_bytes(&note);
                let letter = place.seal(content, &signing, &envelope, &mut *self.entropy)?;
                peer.write(batch, post, letter)?;
            }
            return Ok(());
        }
        let others: Vec<PartyRow> = self.parties.values().cloned().collect();
        for other in others.iter().filter(|other| other.index != own.index) {
            let post = know_party(peer, &own, other);
            if other.card.role() == PartyRole::Device {
                self.put_kept(inner, other)?;
            }
            if !other.is_live() {
                continue;
            }
            let mut told = peer.told_party(other.index);
            let mut notes = match other.card.role() {
                PartyRole::Agent => self.agent_notes(inner, &mut told, other)?,
                PartyRole::Device => self.feed_notes(inner, &mut told, other)?,
            };
            if other.is_agent() && peer.row.put_back.asks {
                notes.push(Note::Again);
            }
            for note in notes {
                let place =
                    super::letter::place(relay, &own.card, &other.card, peer.next_letter(post));
                let content = wire::to_bytes(&note);
                let envelope = other.envelope();
                let letter = place.seal(content, &signing, envelope, &mut *self.entropy)?;
                peer.write(batch, post, letter)?;
            }
            peer.set_told_party(told);
        }
        Ok(())
    }

    /// The logs of letters between this agent and the others.
    pub(crate) fn know_parties(&self, inner: &Inner, peer: &mut Peer) -> Result<(), Error> {
        let own = self.parties.get(&inner.about().index);
        let own = own.ok_or(Error::Damaged)?;
        let others = self.parties.values();
        for other in others.filter(|other| other.index != own.index) {
            know_party(peer, own, other);
        }
        Ok(())
    }

    /// What a device may bring to a relay, and where it finds its letters.
    fn writes_of(&self, inner: &Inner, peer: &Peer, party: &PartyRow) -> Result<Capability, Error> {
        let (relay, household) = (&peer.row.relay, inner.household()?);
        let card = party.card.id();
        let mut writes = Vec::new();
        let streams = self.streams.values();
        let written = |stream: &&StreamRecord| stream.writer == party.index;
        for log in streams.filter(written).flat_map(|stream| &stream.logs) {
            let genesis = log.genesis.verify(&household)?;
            if genesis.writer == *party.card.key() {
                writes.push(LogName::of_log(relay, genesis.log));
            }
        }
        writes.sort_unstable();
        let own = inner.about().index;
        let mut agents: Vec<&PartyRow> = self.parties.values().collect();
        agents.retain(|row| row.is_agent());
        // Its own first: so no two agents write the same order, of which a relay carries out one.
        agents.sort_unstable_by_key(|row| (row.index != own, row.index));
        let letters = agents.iter();
        let letters = letters.map(|agent| letters_name(relay, &agent.card.id(), &card));
        Ok(Capability {
            id: capability_id(party),
            fetch: party.card.channel(),
            views: Vec::new(),
            letters: letters.collect(),
            replies: letters_name(relay, &card, &NOBODY),
            writes,
            not_after: freehold_model::Time::from_ms(i64::MAX),
        })
    }
}

impl Home {
    /// Reads a letter of another party, and does what it says. Gives the number of the letter with keys that a device says to have
    /// read last.
    pub(crate) fn hear(
        &self,
        relay: [u8; 32],
        author: u8,
        seq: u64,
        sealed: &[u8],
    ) -> Result<Option<u32>, Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let about = inner.about();
        let party = |index: u8| state.parties.get(&index).cloned().ok_or(Error::Damaged);
        let (own, from) = (party(about.index)?, party(author)?);
        if !from.is_live() {
            // Whatever it says, it speaks for the household no longer.
            return Ok(None);
        }
        let (envelopes, to) = match from.card.role() {
            PartyRole::Agent => (vec![about.party.envelope()?], own.card.id()),
            PartyRole::Device => (about.household.open()?, NOBODY),
        };
        let place = LetterPlace {
            relay,
            from: from.card.id(),
            to,
            seq,
        };
        let open = |envelope| place.open(sealed, envelope, from.card.key()).ok();
        let Some(content) = envelopes.iter().find_map(open) else {
            return match own.card.role() {
                // Sealed to a key that this device has replaced since: it will be given it again.
                PartyRole::Device => Ok(None),
                PartyRole::Agent => Err(Error::Damaged),
            };
        };
        let note: Note = wire::from_bytes(&content, LETTER_MAX).map_err(|_| Error::Damaged)?;
        match (from.card.role(), own.card.role(), note) {
            (PartyRole::Agent, PartyRole::Agent, Note::Events(events)) => {
                state.hear_events(inner, &from, events).map(|()| None)
            }
            (PartyRole::Agent, PartyRole::Agent, Note::Again) => {
                state.tell_again(inner, from.index)?;
                inner.changed();
                Ok(None)
            }
            (PartyRole::Agent, PartyRole::Device, Note::Feed(feed)) => {
                state.hear_feed(inner, relay, *feed).map(|()| None)
            }
            (PartyRole::Device, PartyRole::Agent, Note::Strays(strays)) => {
                state.hear_strays(inner, &from, strays).map(|()| None)
            }
            (PartyRole::Device, PartyRole::Agent, Note::Renewed(renewed)) => {
                state.hear_renewed(inner, &from, &renewed)?;
                Ok(Some(renewed.heard))
            }
            (PartyRole::Device, PartyRole::Agent, Note::Erased(answers)) => {
                state.hear_answers(inner, &answers)?;
                inner.changed();
                Ok(None)
            }
            _ => Err(Error::Damaged),
        }
    }
}

impl Peer {
    /// Notes which letter with keys a device has read.
    pub(crate) fn fed_is_heard(&mut self, device: u8, number: u32) {
        let mut told = self.told_party(device);
        told.fed.heard = number;
        self.set_told_party(told);
    }

    fn told_party(&self, index: u8) -> ToldParty {
        let found = self.row.parties.iter().find(|told| told.index == index);
        found.cloned().unwrap_or_else(|| ToldParty {
            index,
            ..ToldParty::default()
        })
    }

    fn set_told_party(&mut self, told: ToldParty) {
        let rows = &mut self.row.parties;
        match rows.iter_mut().find(|other| other.index == told.index) {
            Some(found) => *found = told,
            None => rows.push(told),
        }
    }
}

/// The logs of letters between the agent `own` and another party; gives the one that `own` writes.
fn know_party(peer: &mut Peer, own: &PartyRow, other: &PartyRow) -> u16 {
    let relay = peer.row.relay;
    let (from, to) = (own.card.id(), other.card.id());
    let (reader, name) = match other.card.role() {
        PartyRole::Agent => (own.index, letters_name(&relay, &to, &from)),
        PartyRole::Device => (AGENTS, letters_name(&relay, &to, &NOBODY)),
    };
    let post = PostKind::Between(own.index, other.index);
    let post = peer.post(post, letters_name(&relay, &from, &to));
    peer.post(PostKind::Between(other.index, reader), name);
    post
}

/// By which a relay knows what a device may do.
pub(crate) fn capability_id(party: &PartyRow) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&digest(Domain::Peer, &[b"device", &party.card.id()])[..16]);
    id
}

/// In the place of a card: whoever is an agent may read it.
const NOBODY: [u8; 32] = [0; 32];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Device, household::event::Event};

    /// [household-4]
    #[test]
    fn a_letter_holds_no_more_things_than_it_may() {
        let device = || Device {
            name: String::new(),
            maker: None,
            model: None,
        };
        for (things, reads) in [(ITEMS_MAX, true), (ITEMS_MAX + 1, false)] {
            let note = Note::Events((0..things).map(|_| Event::Device(device())).collect());
            let read = wire::from_bytes::<Note>(&wire::to_bytes(&note), LETTER_MAX);
            assert_eq!(read.is_ok(), reads, "{things}");
        }
    }
}
