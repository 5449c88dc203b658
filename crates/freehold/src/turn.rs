//! One meeting of a home with one relay at a time: what is written for a relay follows on what was written before. The one that is begun
//! last goes on, and the one before it ends.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

/// A meeting, for as long as it is held.
pub(crate) struct Turn {
    stays: bool,
}

/// The meetings that were begun last, by the relays' keys.
#[derive(Default)]
pub(crate) struct Turns(HashMap<[u8; 32], Weak<Turn>>);

impl Turns {
    pub(crate) fn begin(&mut self, relay: [u8; 32], stays: bool) -> Arc<Turn> {
        let turn = Arc::new(Turn { stays });
        self.0.insert(relay, Arc::downgrade(&turn));
        turn
    }

    /// Whether no other was begun since.
    pub(crate) fn is_last(&self, relay: &[u8; 32], turn: &Arc<Turn>) -> bool {
        let last = self.0.get(relay);
        last.is_some_and(|last| last.as_ptr() == Arc::as_ptr(turn))
    }

    /// Whether a meeting is under way that comes to an end by itself, or any.
    pub(crate) fn is_under_way(&self, relay: &[u8; 32], any: bool) -> bool {
        let last = self.0.get(relay).and_then(Weak::upgrade);
        last.is_some_and(|last| any || !last.stays)
    }
}
