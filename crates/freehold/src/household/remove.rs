//! Removal: a party is one no longer, and gets nothing of what comes.

use freehold_store::Batch;

use super::{
    keys::{SharedKeys, removed_agents},
    party::{Party, PartyRole, PartyRow},
};
use crate::{
    Error, Home, Noun,
    home::{About, Inner, State},
    rows::{HOME, Space, number_key},
    stream::StreamRecord,
    vault::Vault,
};

impl Home {
    /// Takes an agent or a device out of the household. What is sealed from now on is sealed under new keys that it does not get: of an
    /// agent's in every stream, of a device's in those that it writes. The household signs with another key than the one that a removed
    /// agent has; who has heard of that believes the old one no longer. What it has it keeps: keys of before open what was sealed
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
            let removed = removed_agents(state.parties.values().chain([&row]));
            fresh.household.succeed(removed, &fresh.party)?;
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

    /// Takes in the keys that other agents share.
    pub(super) fn hear_household(
        &mut self,
        inner: &Inner,
        heard: Vec<SharedKeys>,
    ) -> Result<(), Error> {
        let removed = removed_agents(self.parties.values());
        let mut about = About::clone(&inner.about());
        if about.household.join(heard, removed)? {
            self.save_about(inner, about, Batch::new())?;
        }
        Ok(())
    }

    /// Goes over to new keys of the household if an agent that was removed has the present ones: whoever removed it had not heard of
    /// another that was removed.
    pub(super) fn succeed(&mut self, inner: &Inner) -> Result<(), Error> {
        let removed = removed_agents(self.parties.values());
        let mut about = About::clone(&inner.about());
        let is_agent = about.household.role() == PartyRole::Agent;
        if is_agent && about.household.succeed(removed, &about.party)? {
            self.save_about(inner, about, Batch::new())?;
        }
        Ok(())
    }

    /// Goes on as another `about`, once it is in the store.
    pub(super) fn save_about(
        &mut self,
        inner: &Inner,
        about: About,
        mut batch: Batch,
    ) -> Result<(), Error> {
        let at = number_key(Space::About, HOME)?;
        inner.rows.put(&mut batch, at, &about, &mut *self.entropy)?;
        inner.rows.store().commit(&batch)?;
        inner.set_about(about);
        Ok(())
    }
}
