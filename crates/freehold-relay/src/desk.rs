//! What the relay gathers until it is written at once.

use std::collections::{BTreeMap, BTreeSet};

use freehold_crypto::{Entropy, SigningKey};
use freehold_model::Time;
use freehold_sync::{Fault, LogName, Receipt};

use crate::{
    Counts, Limits,
    event::Event,
    storage::{Opened, Storage, StorageError, Write},
};

/// The storage, and what is to be written into it at the end of the turn.
pub(crate) struct Desk<S> {
    pub(crate) storage: S,
    pub(crate) writes: Vec<Write>,
    /// The mailboxes that they change.
    pub(crate) changed: BTreeSet<u32>,
    /// What was said is written: those who brought it may be told.
    pub(crate) written: BTreeSet<u32>,
    /// A write failed: what is in memory of these mailboxes is not what is stored.
    pub(crate) lost: BTreeSet<u32>,
    pub(crate) receipts: BTreeMap<u32, Vec<Receipt>>,
    /// Entries that are about to be sent: mailbox, party and log.
    pub(crate) fetched: BTreeMap<(u32, u32, LogName), Vec<(u64, u64)>>,
    /// Whose connections end, because what they may see is other than it was.
    pub(crate) cuts: Vec<Cut>,
    pub(crate) limits: Limits,
    pub(crate) relay: [u8; 32],
    pub(crate) signer: SigningKey,
    pub(crate) entropy: Box<dyn Entropy + Send>,
    pub(crate) now: Time,
    pub(crate) renewal: u32,
    pub(crate) last_mailbox: u32,
    /// Numbers of mailboxes that were asked for and never stored.
    pub(crate) free: Vec<u32>,
    pub(crate) last_log: u32,
    pub(crate) mailboxes: u32,
    pub(crate) counts: Counts,
    pub(crate) events: Vec<Event>,
}

/// A reason to end connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// This party of a mailbox sees something else from now on.
    Party(u32, u32),
    /// Something of this log of a mailbox may not leave any more.
    Log(u32, LogName),
    /// A mailbox begins another journal.
    Mailbox(u32),
}

impl<S: Storage> Desk<S> {
    pub(crate) fn write(&mut self, mailbox: u32, write: Write) {
        self.changed.insert(mailbox);
        self.writes.push(write);
    }

    pub(crate) fn receipt(&mut self, mailbox: u32, receipt: Receipt) {
        self.receipts.entry(mailbox).or_default().push(receipt);
    }

    /// Notes that entries are sent; what follows what was sent before in this turn is one run with it.
    pub(crate) fn fetch(&mut self, mailbox: u32, party: u32, name: LogName, from: u64, to: u64) {
        let runs = self.fetched.entry((mailbox, party, name)).or_default();
        match runs.last_mut() {
            Some(run) if run.1 == from => run.1 = to,
            _ => runs.push((from, to)),
        }
    }

    /// Writes what was gathered: the end of a turn, or before something is read that may be among it.
    pub(crate) fn commit(&mut self) -> Result<(), StorageError> {
        let writes = std::mem::take(&mut self.writes);
        let mut changed = std::mem::take(&mut self.changed);
        if writes.is_empty() {
            self.written.append(&mut changed);
            return Ok(());
        }
        let outcome = self.storage.commit(&writes);
        match outcome {
            Ok(()) => {
                self.counts.commits += 1;
                self.written.append(&mut changed);
            }
            Err(error) => {
                self.counts.failures += 1;
                self.events.push(Event::StorageFailed(error));
                self.lost.append(&mut changed);
            }
        }
        outcome
    }

    /// As [`commit`](Self::commit), in the words of a session.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        if self.writes.is_empty() {
            return Ok(());
        }
        self.commit().map_err(fault)
    }

    /// A random number that is not 0.
    pub(crate) fn epoch(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        let drawn = self.entropy.fill(&mut bytes);
        drawn.map_err(|_| Fault::Unavailable)?;
        Ok(u32::from_be_bytes(bytes).max(1))
    }
}

impl<S> Desk<S> {
    /// A journal's epoch as it is said: another one when the store was restored.
    pub(crate) fn said(&self, epoch: u32) -> u32 {
        (epoch ^ self.renewal).max(1)
    }

    /// The log of receipts of a mailbox.
    pub(crate) fn receipts_name(&self, opened: Opened) -> LogName {
        LogName::of_receipts(&self.relay, &opened.id, self.said(opened.epoch))
    }
}

/// What a session hears of a storage that failed.
pub(crate) fn fault(_: StorageError) -> Fault {
    Fault::Unavailable
}
