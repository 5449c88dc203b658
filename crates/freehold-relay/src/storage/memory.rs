//! Storage that does not outlive the process: for tests and simulations.

use core::ops::ControlFlow;
use std::collections::BTreeMap;

use freehold_crypto::PublicKey;
use freehold_sync::{Cursor, Knock, MailboxTag};

use super::{
    Erased, Head, Index, Kept, Lineage, Log, Numbers, Opened, Party, Row, Storage, StorageError,
    Write,
};

/// A relay's storage in memory. A clone is what a restart, or a restored copy, would find.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    lineage: Option<Lineage>,
    mailboxes: BTreeMap<u32, Opened>,
    parties: BTreeMap<(u32, u32), Party>,
    seen: BTreeMap<(u32, u32), Cursor>,
    logs: BTreeMap<(u32, u32), (Log, Option<Head>)>,
    stretches: BTreeMap<(u32, u64), (Index, Vec<u8>)>,
    journal: BTreeMap<(u32, u64), Row>,
    erased: BTreeMap<(u32, u32), Erased>,
}

impl Memory {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Lineage(lineage) => self.lineage = Some(*lineage),
            Write::Mailbox(mailbox, opened) => drop(self.mailboxes.insert(*mailbox, *opened)),
            Write::Party(mailbox, party, row) => {
                self.parties.insert((*mailbox, *party), row.clone());
            }
            Write::Seen(mailbox, party, seen) => drop(self.seen.insert((*mailbox, *party), *seen)),
            Write::Log(mailbox, log, row) => {
                self.logs.insert((*mailbox, *log), (row.clone(), None));
            }
            Write::Head(mailbox, log, head) => {
                if let Some((_, place)) = self.logs.get_mut(&(*mailbox, *log)) {
                    *place = Some(*head);
                }
            }
            Write::Stretch(log, index, bytes) => {
                let row = (index.clone(), bytes.clone());
                self.stretches.insert((*log, index.from.seq), row);
            }
            Write::Change(mailbox, at, row) => drop(self.journal.insert((*mailbox, *at), *row)),
            Write::Erased(mailbox, no, row) => {
                self.erased.insert((*mailbox, *no), row.clone());
            }
        }
    }
}

impl Storage for Memory {
    fn find_mailboxes(&self, tag: &MailboxTag) -> Result<Vec<(u32, PublicKey)>, StorageError> {
        let mailboxes = self.mailboxes.iter().map(|(no, opened)| (*no, opened.id));
        Ok(mailboxes.filter(|(_, id)| Knock::tag(id) == *tag).collect())
    }

    fn find_holder(&self, fetch: &[u8; 32]) -> Result<Option<(u32, u32)>, StorageError> {
        let holds = |party: &Party| matches!(party, Party::Holder(holder) if holder.capability.fetch == *fetch);
        let found = self.parties.iter().find(|(_, party)| holds(party));
        Ok(found.map(|(place, _)| *place))
    }

    fn numbers(&self) -> Result<Numbers, StorageError> {
        Ok(Numbers {
            mailbox: self.mailboxes.keys().next_back().copied().unwrap_or(0),
            log: self.logs.keys().map(|(_, log)| *log).max().unwrap_or(0),
            mailboxes: u32::try_from(self.mailboxes.len()).unwrap_or(u32::MAX),
        })
    }

    fn lineage(&self) -> Result<Option<Lineage>, StorageError> {
        Ok(self.lineage)
    }

    fn mailbox(&self, mailbox: u32) -> Result<Option<Kept>, StorageError> {
        let Some(opened) = self.mailboxes.get(&mailbox) else {
            return Ok(None);
        };
        let all = (mailbox, 0)..=(mailbox, u32::MAX);
        let party = |(place, party): (&(u32, u32), &Party)| {
            let seen = self.seen.get(place).copied().unwrap_or_default();
            (place.1, party.clone(), seen)
        };
        let logs = self.logs.range(all.clone());
        let journal = self.journal.range((mailbox, 0)..=(mailbox, u64::MAX));
        Ok(Some(Kept {
            opened: *opened,
            parties: self.parties.range(all.clone()).map(party).collect(),
            logs: logs
                .filter_map(|((_, log), (row, head))| Some((*log, row.clone(), (*head)?)))
                .collect(),
            erased: self
                .erased
                .range(all)
                .map(|((_, no), row)| (*no, row.clone()))
                .collect(),
            journal: journal.last().map_or(0, |((_, at), _)| *at),
        }))
    }

    fn changes_after(
        &self,
        mailbox: u32,
        after: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let range = (mailbox, after.saturating_add(1))..=(mailbox, u64::MAX);
        if after < u64::MAX {
            let _ = self
                .journal
                .range(range)
                .try_for_each(|((_, at), row)| visit(*at, *row));
        }
        Ok(())
    }

    fn changes_before(
        &self,
        mailbox: u32,
        until: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let range = (mailbox, 0)..=(mailbox, until);
        let _ = self
            .journal
            .range(range)
            .rev()
            .try_for_each(|((_, at), row)| visit(*at, *row));
        Ok(())
    }

    fn stretches(
        &self,
        log: u32,
        from: u64,
        visit: &mut dyn FnMut(Index) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let holds = self.stretches.range((log, 0)..=(log, from)).next_back();
        let start = holds.map_or(from, |((_, start), _)| *start);
        let _ = self
            .stretches
            .range((log, start)..=(log, u64::MAX))
            .filter(|(_, (index, _))| index.to.seq > from)
            .try_for_each(|(_, (index, _))| visit(index.clone()));
        Ok(())
    }

    fn stretch(&self, log: u32, from: u64) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self
            .stretches
            .get(&(log, from))
            .map(|(_, bytes)| bytes.clone()))
    }

    fn commit(&mut self, writes: &[Write]) -> Result<(), StorageError> {
        writes.iter().for_each(|write| self.write(write));
        Ok(())
    }

    fn size(&self) -> Result<u64, StorageError> {
        Ok(self
            .stretches
            .values()
            .map(|(_, bytes)| bytes.len() as u64)
            .sum())
    }
}
