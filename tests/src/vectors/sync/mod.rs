//! Of `docs/spec/sync.md`.

mod heads;
mod message;
mod replica;
mod session;
mod stretch;

use freehold_sync::{Fault, LogName, Position, SessionError};
use serde::{Deserialize, Serialize};

use super::{Big, Entry, Failure, Hex, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<heads::Summed>(),
        entry::<message::Read>(),
        entry::<stretch::Checked>(),
        entry::<stretch::Verify>(),
        entry::<session::Whole>(),
    ]
}

/// How far a log goes.
#[derive(Clone, Serialize, Deserialize)]
struct Head {
    entries: Big<u64>,
    chain: Hex,
}

impl Head {
    fn position(&self) -> Result<Position, Failure> {
        Ok(Position {
            seq: self.entries.0,
            chain: self.chain.array().ok_or(Failure::Length)?,
        })
    }
}

impl From<Position> for Head {
    fn from(at: Position) -> Self {
        Self {
            entries: Big(at.seq),
            chain: at.chain.into(),
        }
    }
}

fn name(bytes: &Hex) -> Result<LogName, Failure> {
    bytes.array().map(LogName).ok_or(Failure::Length)
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Malformed => Self::Malformed,
            SessionError::TooLarge => Self::Length,
            SessionError::OutOfPlace => Self::Order,
            SessionError::Version { .. } => Self::Version,
            SessionError::Replica(Fault::Fork) => Self::Conflict,
            SessionError::Replica(Fault::Invalid) => Self::Chain,
            other => unreachable!("no reader's: {other}"),
        }
    }
}
