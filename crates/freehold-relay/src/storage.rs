//! What a relay keeps, at the level of what it does: so that another database can stand behind it.

mod embedded;
mod memory;

use core::ops::ControlFlow;

use freehold_crypto::{Digest, PublicKey};
use freehold_model::{Slot, Time};
use freehold_store::StoreError;
use freehold_sync::{
    Capability, CapabilityId, Cursor, Knock, LogName, MailboxTag, Position, SignedAt,
};
use serde::{Deserialize, Serialize};

pub use embedded::Embedded;
pub use memory::Memory;

/// Mailboxes with their parties, logs and stretches, and a journal of every change of each mailbox.
///
/// Everything that one turn of the relay changes is one [`commit`](Self::commit), wholly or not at all. Mailboxes, logs and parties are
/// known by numbers that the relay gives; a log's number belongs to no other log of any mailbox.
pub trait Storage {
    /// The mailboxes with a tag: one, unless somebody took great pains.
    ///
    /// # Errors
    /// [`StorageError`], as from all methods.
    fn find_mailboxes(&self, tag: &MailboxTag) -> Result<Vec<(u32, PublicKey)>, StorageError>;

    /// The number of a mailbox.
    ///
    /// # Errors
    /// [`StorageError`].
    fn find_mailbox(&self, id: &PublicKey) -> Result<Option<u32>, StorageError> {
        let tagged = self.find_mailboxes(&Knock::tag(id))?.into_iter();
        let mut found = tagged.filter(|(_, other)| other == id);
        Ok(found.next().map(|(no, _)| no))
    }

    /// The mailbox and the number of the party that proves this fetch key.
    ///
    /// # Errors
    /// [`StorageError`].
    fn find_holder(&self, fetch: &[u8; 32]) -> Result<Option<(u32, u32)>, StorageError>;

    /// The last numbers that were given to a mailbox and to a log, and the number of mailboxes.
    ///
    /// # Errors
    /// [`StorageError`].
    fn numbers(&self) -> Result<Numbers, StorageError>;

    /// The relay's own record.
    ///
    /// # Errors
    /// [`StorageError`].
    fn lineage(&self) -> Result<Option<Lineage>, StorageError>;

    /// A mailbox with everything but its stretches and its journal.
    ///
    /// # Errors
    /// [`StorageError`].
    fn mailbox(&self, mailbox: u32) -> Result<Option<Kept>, StorageError>;

    /// Shows the changes of a mailbox after a place of its journal, in their order.
    ///
    /// # Errors
    /// [`StorageError`].
    fn changes_after(
        &self,
        mailbox: u32,
        after: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError>;

    /// Shows the changes of a mailbox at or before a place of its journal, the last one first.
    ///
    /// # Errors
    /// [`StorageError`].
    fn changes_before(
        &self,
        mailbox: u32,
        until: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError>;

    /// Shows what is known of the stretches of a log, in their order, from the one that holds the entry `from`.
    ///
    /// # Errors
    /// [`StorageError`].
    fn stretches(
        &self,
        log: u32,
        from: u64,
        visit: &mut dyn FnMut(Index) -> ControlFlow<()>,
    ) -> Result<(), StorageError>;

    /// What is known of the stretch that holds an entry.
    ///
    /// # Errors
    /// [`StorageError`].
    fn index(&self, log: u32, entry: u64) -> Result<Option<Index>, StorageError> {
        let mut found = None;
        self.stretches(log, entry, &mut |index| {
            found = Some(index);
            ControlFlow::Break(())
        })?;
        Ok(found.filter(|index| index.from.seq <= entry))
    }

    /// The bytes of the stretch that begins at `from`.
    ///
    /// # Errors
    /// [`StorageError`].
    fn stretch(&self, log: u32, from: u64) -> Result<Option<Vec<u8>>, StorageError>;

    /// Writes everything or nothing, in its order. After `Ok` it survives the loss of power.
    ///
    /// # Errors
    /// [`StorageError`]: nothing was written.
    fn commit(&mut self, writes: &[Write]) -> Result<(), StorageError>;

    /// Bytes that are taken up.
    ///
    /// # Errors
    /// [`StorageError`].
    fn size(&self) -> Result<u64, StorageError>;
}

/// Why the storage did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The store beneath failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row is not what this build writes.
    #[error("a row is damaged")]
    Damaged,
    /// The source of randomness failed.
    #[error("no randomness")]
    NoRandomness,
}

/// One row, new or in the place of what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The relay's own record.
    Lineage(Lineage),
    /// A new mailbox.
    Mailbox(u32, Opened),
    /// A party of a mailbox.
    Party(u32, u32, Party),
    /// How far a party's journal was taken in.
    Seen(u32, u32, Cursor),
    /// A new log of a mailbox.
    Log(u32, u32, Log),
    /// How far a log goes.
    Head(u32, u32, Head),
    /// A stretch of a log.
    Stretch(u32, Index, Vec<u8>),
    /// A change of a mailbox at a place of its journal.
    Change(u32, u64, Row),
    /// An erasure that holds for what comes later too: the mailbox, and the number of the erasure in it.
    Erased(u32, u32, Erased),
}

/// Whether a store is what this relay last wrote, or was restored from a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// Goes into the epoch of every journal.
    pub renewal: u32,
    /// The marks of this start of the relay and of the one before.
    pub marks: [u64; 2],
}

/// The last numbers given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The last mailbox; the first one is 1.
    pub mailbox: u32,
    /// The last log; the first one is 1.
    pub log: u32,
    /// How many mailboxes there are.
    pub mailboxes: u32,
}

/// A mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The key that signs its orders.
    pub id: PublicKey,
    /// Of its journal: random.
    pub epoch: u32,
}

/// A mailbox as it is read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Who it is.
    pub opened: Opened,
    /// Who takes part, with how far their journals were taken in.
    pub parties: Vec<(u32, Party, Cursor)>,
    /// The logs.
    pub logs: Vec<(u32, Log, Head)>,
    /// Erasures that hold for what comes later too.
    pub erased: Vec<(u32, Erased)>,
    /// The last change.
    pub journal: u64,
}

/// Who may speak with the relay about a mailbox. Number 0 is the relay itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Party {
    /// An agent of the household, by its static key.
    Member {
        /// The key.
        key: [u8; 32],
        /// It is one no longer, and will not be again.
        removed: bool,
    },
    /// Who holds a capability.
    Holder(Box<Holder>),
    /// A capability that was closed before it came.
    Closed(CapabilityId),
}

/// A capability and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The last one granted.
    pub capability: Capability,
    /// Of the journal as this holder sees it: random, another one for each change of the view.
    pub epoch: u32,
    /// It gets nothing but its letters, and that is final.
    pub closed: bool,
    /// The orders by which it was granted: each counts once.
    pub grants: Vec<Digest>,
}

/// What stands fast of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Its name.
    pub name: LogName,
    /// What it holds.
    pub shape: Shape,
    /// The party that began it.
    pub writer: u32,
    /// The sealed genesis, of a log of entries.
    pub intro: Vec<u8>,
    /// The place before the first entry.
    pub start: Position,
}

/// What a log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Entries.
    Data,
    /// Letters.
    Letters,
    /// Orders.
    Orders,
}

/// How far a log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The place after the last entry.
    pub at: Position,
    /// Bytes of its stretches.
    pub bytes: u64,
}

/// A stretch without its bytes: enough to say whether it lies in a view, and where it begins for who has nothing before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Where it begins.
    pub from: Position,
    /// The place after it.
    pub to: Position,
    /// The checkpoint there, of a stretch of entries.
    pub signed: Option<SignedAt>,
    /// Its slots.
    pub runs: Vec<SlotRun>,
}

/// Slots of one width that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRun {
    /// Where the first begins, ms.
    pub first: i64,
    /// Of each, ms.
    pub width: i64,
    /// How many.
    pub count: u32,
}

/// A change of a mailbox: a stretch that was appended to a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The log.
    pub log: u32,
    /// The first entry.
    pub from: u64,
    /// The entry after the last.
    pub to: u64,
    /// The party that brought it.
    pub origin: u32,
}

/// An erasure, kept so that nothing erased comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The log.
    pub name: LogName,
    /// Every slot that overlaps one of these.
    pub slots: Vec<(Time, Time)>,
}

impl SlotRun {
    /// Adds a slot to the last run, or begins another.
    pub(crate) fn push(runs: &mut Vec<Self>, slot: Slot) {
        let (first, width) = (slot.start.ms(), slot.end.ms() - slot.start.ms());
        match runs.last_mut() {
            Some(run) if run.width == width && run.end() == first => run.count += 1,
            _ => runs.push(Self {
                first,
                width,
                count: 1,
            }),
        }
    }

    /// Whether a slot lies wholly between two times.
    pub(crate) fn has_within(&self, from: Time, until: Time) -> bool {
        // The first slot that does not begin too early.
        let late = from.ms().saturating_sub(self.first).max(0);
        let start = self.first + (late + self.width - 1) / self.width * self.width;
        start < self.end() && start + self.width <= until.ms()
    }

    /// Whether a slot overlaps what lies between two times.
    pub(crate) fn overlaps(&self, from: Time, until: Time) -> bool {
        self.first < until.ms() && from.ms() < self.end()
    }

    fn end(&self) -> i64 {
        self.first + self.width * i64::from(self.count)
    }
}
