//! What a session reads and writes: somebody's copy of many logs, as far as the peer may see it.

use freehold_model::Time;
use serde::{Deserialize, Serialize};

use crate::{Heads, LogName};

/// A place in a replica's journal, which counts every stretch that was appended to any of its logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which journal: random, and another one when the replica cannot prove that it lost nothing. 0 is none.
    pub epoch: u32,
    /// How many changes lie before this place.
    pub at: u64,
}

/// A change of one log: its entries from `from` to before `to`, which travel as one stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The cursor once the change is taken in.
    pub at: u64,
    /// The log.
    pub name: LogName,
    /// The first entry.
    pub from: u64,
    /// The entry after the last.
    pub to: u64,
}

/// A copy of logs, as one peer may see it. A session asks it what is new, and hands it what arrives.
///
/// What is taken in needs not be durable before the session is told that it is: [`crate::Session::committed`].
pub trait Replica {
    /// How far each log goes that the peer may see.
    fn heads(&self) -> &Heads;

    /// The journal, as far as it goes now.
    fn journal(&self) -> Cursor;

    /// How far the peer's journal was taken in.
    fn seen(&self) -> Cursor;

    /// The first change for this peer after the place `after` of the journal.
    ///
    /// # Errors
    /// [`Fault`].
    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault>;

    /// The last change for this peer at or before the place `until` of the journal.
    ///
    /// # Errors
    /// [`Fault`].
    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault>;

    /// The stretch of a log that begins at `from`, or holds it; where the peer may not see that one, the next that it may.
    /// [`Change::at`] has no meaning in it.
    ///
    /// # Errors
    /// [`Fault`].
    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault>;

    /// The bytes of a stretch, with bodies or without. The same bytes as long as nothing in it is erased.
    ///
    /// # Errors
    /// [`Fault`].
    fn read(&mut self, change: &Change, bodies: bool) -> Result<Vec<u8>, Fault>;

    /// Verifies a stretch that begins at `from`, and takes it in; what is held already changes nothing.
    ///
    /// # Errors
    /// [`Fault::Later`] when it can only be understood once something else has come, otherwise the session ends.
    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault>;

    /// Notes how far the peer's journal is taken in, together with what was taken.
    ///
    /// # Errors
    /// [`Fault`].
    fn see(&mut self, seen: Cursor) -> Result<(), Fault>;

    /// The peer has this side's journal so far, or as far as it goes where that has no epoch. Said once in a session in which more than the
    /// greeting is sent, before that.
    ///
    /// # Errors
    /// [`Fault`]: the session ends.
    fn met(&mut self, seen: Cursor) -> Result<(), Fault> {
        let _ = seen;
        Ok(())
    }

    /// Everything that the peer had when it was last heard is here. Said again and again while that stays so.
    ///
    /// # Errors
    /// [`Fault`].
    fn settled(&mut self, heard: Time) -> Result<(), Fault> {
        let _ = heard;
        Ok(())
    }
}

/// Why a replica does not do what a session asks of it, told by what the peer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not understood yet: send it again when more has come.
    #[error("not understood yet")]
    Later,
    /// The bytes are not what they should be, or do not verify. Sending them again changes nothing.
    #[error("refused as invalid")]
    Invalid,
    /// The peer may not do this.
    #[error("not allowed")]
    Forbidden,
    /// Another history of the same log is held here.
    #[error("another history is held")]
    Fork,
    /// A bound of the replica is reached.
    #[error("quota reached")]
    Quota,
    /// It cannot be done now: busy, no room. Try again after some time.
    #[error("unavailable")]
    Unavailable,
}

impl Fault {
    /// Whether the same may succeed another time.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Later | Self::Unavailable)
    }
}
