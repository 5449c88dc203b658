//! What an agent tells the other agents: what happened in the household.

use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{party::PartyRow, post::Note};
use crate::{
    Error,
    home::{Inner, State},
    post::ToldParty,
};

/// Something that happened in the household.
#[derive(Serialize, Deserialize)]
pub(crate) enum Event {}

impl State {
    /// What another agent was not told yet.
    pub(crate) fn agent_notes(
        &mut self,
        _inner: &Inner,
        _told: &mut ToldParty,
        _other: &PartyRow,
    ) -> Result<Vec<Note>, Error> {
        Ok(Vec::new())
    }

    /// Everything that a new agent has to know.
    pub(crate) fn snapshot(&mut self, _inner: &Inner) -> Result<Vec<Event>, Error> {
        Ok(Vec::new())
    }

    /// Notes that a party was added or changed, for the other agents.
    pub(crate) fn note_party(
        &mut self,
        _inner: &Inner,
        _batch: &mut Batch,
        _party: &PartyRow,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Takes in what happened at another agent.
    pub(crate) fn hear_events(
        &mut self,
        _inner: &Inner,
        _from: &PartyRow,
        _events: Vec<Event>,
    ) -> Result<(), Error> {
        Ok(())
    }
}
