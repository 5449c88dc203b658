//! What the relay says of itself: numbers, and no word of whom or what it serves.

use freehold_sync::Fault;

use crate::storage::StorageError;

/// Something that happened. It names no peer, no mailbox, no log and no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A peer was let in.
    Admitted {
        /// As what.
        guest: Guest,
    },
    /// A session or a handshake ended.
    Ended {
        /// How.
        end: End,
        /// How long it took, ms.
        ms: i64,
        /// Bytes that came.
        received: u64,
        /// Bytes that went.
        sent: u64,
    },
    /// A mailbox was opened.
    Opened,
    /// A member has what this relay wrote and lost: its mailbox begins another journal.
    Renewed,
    /// An order was carried out.
    Carried {
        /// Which.
        order: &'static str,
    },
    /// An order was kept, but could not be carried out.
    Ignored {
        /// Which.
        order: &'static str,
    },
    /// What came in this turn was not written.
    StorageFailed(StorageError),
}

/// As what a peer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest {
    /// An agent of a household.
    Member,
    /// Who holds a capability.
    Holder,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Both sides have what the other had.
    Finished,
    /// The peer went away.
    Left,
    /// The peer was told why.
    Refused(Fault),
    /// It was silent for too long.
    Silent,
    /// What it sent is no channel or no session.
    Garbled,
    /// What it may see has changed.
    Changed,
    /// The relay stops.
    Stopped,
}

/// What the relay counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were accepted.
    pub accepted: u64,
    /// Connections that were not, because there were too many.
    pub turned_away: u64,
    /// Members that were let in.
    pub members: u64,
    /// Holders that were let in.
    pub holders: u64,
    /// Sessions that were ended by telling the peer why.
    pub refused: u64,
    /// Bytes that came.
    pub bytes_in: u64,
    /// Bytes that went.
    pub bytes_out: u64,
    /// Stretches that were taken in.
    pub taken: u64,
    /// Stretches that were served to members.
    pub served: u64,
    /// Stretches that were served to holders.
    pub fetched: u64,
    /// Orders that were carried out.
    pub orders: u64,
    /// Receipts that were written.
    pub receipts: u64,
    /// Turns.
    pub turns: u64,
    /// Commits.
    pub commits: u64,
    /// Commits that failed.
    pub failures: u64,
}

impl Event {
    /// The event as the members of a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Admitted { guest } => {
                let guest = match guest {
                    Guest::Member => "member",
                    Guest::Holder => "holder",
                };
                format!(r#""event":"admitted","as":"{guest}""#)
            }
            Self::Ended {
                end,
                ms,
                received,
                sent,
            } => format!(
                r#""event":"ended","how":"{}","ms":{ms},"received":{received},"sent":{sent}"#,
                end.word()
            ),
            Self::Opened => r#""event":"opened""#.to_owned(),
            Self::Renewed => r#""event":"renewed""#.to_owned(),
            Self::Carried { order } => format!(r#""event":"carried","order":"{order}""#),
            Self::Ignored { order } => format!(r#""event":"ignored","order":"{order}""#),
            Self::StorageFailed(error) => {
                format!(r#""event":"storage_failed","why":"{error}""#)
            }
        }
    }
}

impl End {
    /// One word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Left => "left",
            Self::Refused(Fault::Later) => "later",
            Self::Refused(Fault::Invalid) => "invalid",
            Self::Refused(Fault::Forbidden) => "forbidden",
            Self::Refused(Fault::Fork) => "fork",
            Self::Refused(Fault::Quota) => "quota",
            Self::Refused(_) => "unavailable",
            Self::Silent => "silent",
            Self::Garbled => "garbled",
            Self::Changed => "changed",
            Self::Stopped => "stopped",
        }
    }
}
