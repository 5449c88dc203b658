//! A side of a session, as a file describes it, and its copy of logs of letters.

use std::collections::BTreeMap;

use freehold_sync::{Change, Cursor, Fault, Heads, LogName, Position, Replica, Stretch};
use serde::{Deserialize, Serialize};

use super::name;
use crate::vectors::{Big, Failure, Hex};

/// What one side has and wishes.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Side {
    pub(super) epoch: u32,
    pub(super) seed: Hex,
    pub(super) stay: bool,
    pub(super) seen: Seen,
    pub(super) journal: Vec<Item>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) epoch: u32,
    pub(super) at: Big<u64>,
}

/// A stretch in a journal.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) log: Hex,
    pub(super) stretch: Hex,
    /// Whether it came from the other side.
    pub(super) came: bool,
}

/// A copy in memory.
pub(super) struct Copy {
    heads: Heads,
    /// Bytes of each stretch by its log and first entry, with the entry after it.
    stretches: BTreeMap<(LogName, u64), (u64, Vec<u8>)>,
    journal: Vec<(Change, bool)>,
    epoch: u32,
    seen: Cursor,
}

impl Side {
    pub(super) fn copy(&self) -> Result<Copy, Failure> {
        let mut copy = Copy {
            heads: Heads::new(),
            stretches: BTreeMap::new(),
            journal: Vec::new(),
            epoch: self.epoch,
            seen: Cursor {
                epoch: self.seen.epoch,
                at: self.seen.at.0,
            },
        };
        for item in &self.journal {
            let log = name(&item.log)?;
            let from = copy.head(log);
            copy.add(log, from, &item.stretch.0, item.came)?;
        }
        Ok(copy)
    }
}

impl Copy {
    pub(super) fn root(&self) -> Hex {
        self.heads.root().into()
    }

    fn head(&self, log: LogName) -> Position {
        self.heads.get(log).unwrap_or(Position::START)
    }

    fn add(
        &mut self,
        name: LogName,
        from: Position,
        bytes: &[u8],
        came: bool,
    ) -> Result<(), Fault> {
        let stretch = Stretch::from_bytes(bytes).map_err(|_| Fault::Invalid)?;
        let end = stretch.end(from).map_err(|_| Fault::Invalid)?;
        self.heads.set(name, end);
        let to = end.seq;
        self.stretches
            .insert((name, from.seq), (to, bytes.to_vec()));
        let change = Change {
            at: self.journal.len() as u64 + 1,
            name,
            from: from.seq,
            to,
        };
        self.journal.push((change, came));
        Ok(())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        freehold_sync::SessionError::from(fault).into()
    }
}

impl Replica for Copy {
    fn heads(&self) -> &Heads {
        &self.heads
    }

    fn journal(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            at: self.journal.len() as u64,
        }
    }

    fn seen(&self) -> Cursor {
        self.seen
    }

    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault> {
        let own = |(change, came): &&(Change, bool)| change.at > after && !came;
        Ok(self.journal.iter().find(own).map(|(change, _)| *change))
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        let own = |(change, came): &&(Change, bool)| change.at <= until && !came;
        Ok(self
            .journal
            .iter()
            .rev()
            .find(own)
            .map(|(change, _)| *change))
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let before = self.stretches.range((name, 0)..=(name, from)).next_back();
        Ok(before
            .filter(|(_, (to, _))| *to > from)
            .map(|((_, start), (to, _))| Change {
                at: 0,
                name,
                from: *start,
                to: *to,
            }))
    }

    fn read(&mut self, change: &Change, _: bool) -> Result<Vec<u8>, Fault> {
        let held = self.stretches.get(&(change.name, change.from));
        held.map(|(_, bytes)| bytes.clone()).ok_or(Fault::Invalid)
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        if let Some((_, held)) = self.stretches.get(&(name, from)) {
            return if held == stretch {
                Ok(())
            } else {
                Err(Fault::Fork)
            };
        }
        let head = self.head(name);
        if head.seq != from {
            return Err(Fault::Invalid);
        }
        self.add(name, head, stretch, true)
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        self.seen = seen;
        Ok(())
    }
}
