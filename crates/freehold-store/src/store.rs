use std::ops::{ControlFlow, RangeInclusive};

use crate::StoreError;

/// The longest value that [`Store::commit`] takes: 64 MiB.
pub const MAX_VALUE: usize = 64 << 20;

/// One ordered table of [`Key`] to bytes, changed by atomic and durable batches.
///
/// All methods take `&self`, so that one store can be shared in an `Arc`; calls from several threads are served one after the other.
pub trait Store: Send + Sync {
    /// The value at `key`, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Closed`] or [`StoreError::Io`].
    fn get(&self, key: Key) -> Result<Option<Vec<u8>>, StoreError>;

    /// Shows every row of `range` to `visit`, in `order`, until it breaks.
    ///
    /// No lock is held while `visit` runs, so it may call the store. A row that is committed or deleted meanwhile may be seen
    /// or not; every other row of the range is seen exactly once.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Closed`] or [`StoreError::Io`]; rows before it may have been shown.
    fn scan(
        &self,
        range: RangeInclusive<Key>,
        order: Order,
        visit: &mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// Applies `batch` wholly or not at all. When this returns `Ok` the change survives the loss of power.
    ///
    /// # Errors
    /// [`StoreError::Full`] and [`StoreError::TooLarge`] leave the store as it was. After [`StoreError::Io`] the batch is not
    /// visible, but a reopened store may show it, wholly. Also [`StoreError::Damaged`] and [`StoreError::Closed`].
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Reads the whole store and checks its structure. The rows' contents are sealed and are checked by whoever opens them.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is broken, [`StoreError::Closed`] or [`StoreError::Io`].
    fn check(&self) -> Result<(), StoreError>;

    /// Bytes that the store takes up now: on disk for a file, keys and values for memory.
    ///
    /// # Errors
    /// [`StoreError::Closed`] or [`StoreError::Io`].
    fn size(&self) -> Result<u64, StoreError>;

    /// Gives space that deleted rows left behind back to the file system. Takes time and writes in proportion to the size.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no room for the copy (nothing is lost), [`StoreError::Damaged`], [`StoreError::Closed`]
    /// or [`StoreError::Io`].
    fn compact(&self) -> Result<(), StoreError>;

    /// Leaves no copy of what was replaced or deleted, as far as the files go: what a drive keeps of overwritten blocks it keeps.
    ///
    /// # Errors
    /// [`StoreError::Closed`], [`StoreError::Damaged`] or [`StoreError::Io`].
    fn scrub(&self) -> Result<(), StoreError>;

    /// Leaves a single tidy file and lets go of it; every later call but this one is [`StoreError::Closed`].
    /// Dropping the store does the same without telling of errors; neither is needed for durability.
    ///
    /// # Errors
    /// As [`compact`](Self::compact). The store is closed all the same.
    fn close(&self) -> Result<(), StoreError>;
}

/// A row's key: a space of 7 bits, which says what kind of row it is, and an id of 56 bits within it. Ordered by space, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// The largest space.
    pub const MAX_SPACE: u8 = 127;
    /// The largest id.
    pub const MAX_ID: u64 = (1 << 56) - 1;

    /// The key of `id` in `space`.
    ///
    /// # Errors
    /// [`StoreError::KeyRange`] above [`Self::MAX_SPACE`] or [`Self::MAX_ID`].
    pub const fn new(space: u8, id: u64) -> Result<Self, StoreError> {
        if space > Self::MAX_SPACE || id > Self::MAX_ID {
            return Err(StoreError::KeyRange);
        }
        Ok(Self((space as u64) << 56 | id))
    }

    /// All keys of `space`, for [`Store::scan`] and [`Batch::delete_range`].
    ///
    /// # Errors
    /// [`StoreError::KeyRange`] above [`Self::MAX_SPACE`].
    pub const fn all(space: u8) -> Result<RangeInclusive<Self>, StoreError> {
        match (Self::new(space, 0), Self::new(space, Self::MAX_ID)) {
            (Ok(first), Ok(last)) => Ok(RangeInclusive::new(first, last)),
            _ => Err(StoreError::KeyRange),
        }
    }

    /// The space: 0 to 127.
    #[must_use]
    pub const fn space(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// The id within the space.
    #[must_use]
    pub const fn id(self) -> u64 {
        self.0 & Self::MAX_ID
    }

    /// The key as a signed number of the same order.
    pub(crate) const fn to_i64(self) -> i64 {
        self.0.cast_signed()
    }

    /// The key that [`to_i64`](Self::to_i64) gave, or nothing for a negative number.
    pub(crate) fn from_i64(number: i64) -> Option<Self> {
        u64::try_from(number).ok().map(Self)
    }

    /// The next key in `order`, if there is one.
    pub(crate) fn next(self, order: Order) -> Option<Self> {
        match order {
            Order::Ascending => Self::from_i64(self.to_i64().checked_add(1)?),
            Order::Descending => self.0.checked_sub(1).map(Self),
        }
    }
}

/// The order of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest key first.
    Ascending,
    /// The largest key first.
    Descending,
}

/// Changes that are applied together, in the order in which they were added: a later one wins over an earlier one.
#[derive(Clone, Default)]
pub struct Batch {
    changes: Vec<Change>,
}

impl Batch {
    /// A batch that changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            changes: Vec::new(),
        }
    }

    /// Writes `value` at `key`, in place of what was there.
    pub fn put(&mut self, key: Key, value: impl Into<Vec<u8>>) -> &mut Self {
        self.changes.push(Change::Put(key, value.into()));
        self
    }

    /// Deletes the row at `key`, if there is one.
    pub fn delete(&mut self, key: Key) -> &mut Self {
        self.changes.push(Change::Delete(key));
        self
    }

    /// Deletes every row of `range`.
    pub fn delete_range(&mut self, range: RangeInclusive<Key>) -> &mut Self {
        self.changes.push(Change::DeleteRange(range));
        self
    }

    /// Whether the batch changes nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes were added.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes in their order, if every value may be stored.
    pub(crate) fn checked(&self) -> Result<&[Change], StoreError> {
        for change in &self.changes {
            if let Change::Put(_, value) = change
                && value.len() > MAX_VALUE
            {
                return Err(StoreError::TooLarge { len: value.len() });
            }
        }
        Ok(&self.changes)
    }
}

/// Says how many changes there are, and nothing of their bytes.
impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("changes", &self.changes.len())
            .finish()
    }
}

/// One change of a batch.
#[derive(Clone)]
pub(crate) enum Change {
    Put(Key, Vec<u8>),
    Delete(Key),
    DeleteRange(RangeInclusive<Key>),
}
