//! What an agent gives a device: the streams that it writes, and the keys of slots that are open or near.

use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{party::PartyRow, post::Note};
use crate::{
    Error,
    home::{Inner, State},
    post::ToldParty,
};

/// What a device is given at once.
#[derive(Serialize, Deserialize)]
pub(crate) struct Feed {}

impl State {
    /// What a device is owed now.
    pub(crate) fn feed_notes(
        &mut self,
        _inner: &Inner,
        _batch: &mut Batch,
        _told: &mut ToldParty,
        _device: &PartyRow,
    ) -> Result<Vec<Note>, Error> {
        Ok(Vec::new())
    }

    /// Takes in what an agent gave this device.
    pub(crate) fn hear_feed(
        &mut self,
        _inner: &Inner,
        _from: &PartyRow,
        _feed: Feed,
    ) -> Result<(), Error> {
        Ok(())
    }
}
