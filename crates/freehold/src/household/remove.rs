//! Removal: a party is one no longer, and gets nothing of what comes.

use freehold_crypto::{Entropy, Secret};
use freehold_store::Batch;

use super::party::{Party, PartyRole, PartyRow};
use crate::{
    Error, Home, Noun,
    home::{About, HouseholdKeys, Inner, State},
    rows::{HOME, Space, number_key},
    stream::StreamRecord,
    vault::Vault,
};

impl Home {
    /// Takes an agent or a device out of the household. What is sealed from now on is sealed under new keys that it does not get: of an
    /// agent's in every stream, of a device's in those that it writes. What it has it keeps: keys of before open what was sealed
    /// before. Relays and the other agents hear of it when they are met. A name may be used again, a number is not.
    ///
    /// # Errors
    /// [`Error::Missing`] when no other party has this name, [`Error::NotAgent`] on a device, [`Error::Store`].
    pub fn remove(&self, name: &str) -> Result<Party, Error> {
        let inner = self.inner();
        inner.signing_key()?;
        let about = inner.about();
        let mut state = inner.lock();
        let state = &mut *state;
        let mut others = state.parties.values().filter(|row| row.is_live());
        let row = others
            .find(|row| row.index != about.index && row.card.name().as_str() == name)
            .ok_or(Error::Missing(Noun::Party))?;
        let row = PartyRow {
            removed: Some(inner.now()),
            ..row.clone()
        };
        let is_agent = row.card.role() == PartyRole::Agent;
        let mut batch = Batch::new();
        let mut fresh = About::clone(&about);
        if is_agent {
            fresh.household.renew_envelope(&mut *state.entropy)?;
            let at = number_key(Space::About, HOME)?;
            inner
                .rows
                .put(&mut batch, at, &fresh, &mut *state.entropy)?;
        }
        let reached = |stream: &StreamRecord| is_agent || stream.writer == row.index;
        let mut renewed = state.renewed(inner, &mut batch, reached)?;
        // What a device wrote its owner may go on with.
        for record in renewed
            .iter_mut()
            .filter(|record| record.writer == row.index && !is_agent)
        {
            record.writer = about.index;
            let at = number_key(Space::Stream, record.no)?;
            inner
                .rows
                .put(&mut batch, at, record, &mut *state.entropy)?;
        }
        let party = row.party(about.index);
        state.save_party(inner, &mut batch, row)?;
        for record in renewed {
            state.replace_stream(record);
        }
        inner.set_about(fresh);
        inner.changed();
        Ok(party)
    }
}

impl State {
    /// Starts a new generation of the streams that `which` names; the records are written to `batch`.
    pub(crate) fn renewed(
        &mut self,
        inner: &Inner,
        batch: &mut Batch,
        which: impl Fn(&StreamRecord) -> bool,
    ) -> Result<Vec<StreamRecord>, Error> {
        let records = self.streams.values().filter(|record| which(record));
        let mut records: Vec<StreamRecord> = records.cloned().collect();
        for record in &mut records {
            record.generation = Vault::after_all(&inner.rows, record.no, record.generation)?;
            let at = number_key(Space::Stream, record.no)?;
            inner.rows.put(batch, at, record, &mut *self.entropy)?;
        }
        Ok(records)
    }

    /// Takes in which key devices seal to.
    pub(super) fn hear_envelope(
        &mut self,
        inner: &Inner,
        renewed: u32,
        envelope: &[u8],
    ) -> Result<(), Error> {
        let mut about = About::clone(&inner.about());
        if !about.household.take_envelope(renewed, envelope)? {
            return Ok(());
        }
        let mut batch = Batch::new();
        let at = number_key(Space::About, HOME)?;
        inner.rows.put(&mut batch, at, &about, &mut *self.entropy)?;
        inner.rows.store().commit(&batch)?;
        inner.set_about(about);
        Ok(())
    }
}

impl HouseholdKeys {
    /// Draws another envelope key. The one of before still opens what was sealed to it.
    fn renew_envelope(&mut self, entropy: &mut dyn Entropy) -> Result<(), Error> {
        let drawn = Secret::random(entropy)?;
        let Self::Agent { renewed, .. } = self else {
            return Err(Error::NotAgent);
        };
        let next = *renewed + 1;
        self.take_envelope(next, drawn.expose()).map(drop)
    }

    /// Goes over to a key that was made later, and says whether it did. Of two that agents made without hearing of each other, all
    /// take the same.
    fn take_envelope(&mut self, number: u32, heard: &[u8]) -> Result<bool, Error> {
        super::party::secret_of(heard)?;
        let Self::Agent {
            envelope,
            renewed,
            older,
            ..
        } = self
        else {
            return Err(Error::NotAgent);
        };
        if *envelope == heard || older.iter().any(|older| *older == heard) {
            return Ok(false);
        }
        if (number, heard) > (*renewed, envelope.as_slice()) {
            older.push(std::mem::replace(envelope, heard.to_vec()));
            *renewed = number;
        } else {
            older.push(heard.to_vec());
        }
        Ok(true)
    }
}
