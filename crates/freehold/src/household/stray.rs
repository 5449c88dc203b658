//! Readings for which a device has no key: sealed to the household at once, and recorded by an agent.

use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{party::PartyRow, post::Note};
use crate::{
    Error,
    home::{Inner, State},
    post::Peer,
};

/// Readings of one stream.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stray {}

impl State {
    /// What this device has to say.
    pub(crate) fn device_notes(
        &mut self,
        _inner: &Inner,
        _peer: &mut Peer,
        _batch: &mut Batch,
    ) -> Result<Vec<Note>, Error> {
        Ok(Vec::new())
    }

    /// Records what a device could not.
    pub(crate) fn hear_strays(
        &mut self,
        _inner: &Inner,
        _from: &PartyRow,
        _strays: Vec<Stray>,
    ) -> Result<(), Error> {
        Ok(())
    }
}
