//! Entries, logs and checkpoints: what a writer appends and what anyone can verify.
//!
//! A **log** holds one level of one stream by one writer. An [`Entry`] carries the sealed pieces of a run of slots; its
//! [`Header`] takes its place in a hash chain that starts at the log's [`Genesis`]; a [`Checkpoint`] is the writer's signature
//! over the chain so far. What came from outside is an [`UnverifiedEntry`] or [`UnverifiedCheckpoint`] and can only be
//! decoded and verified; only an [`Entry`] can be opened. The byte layouts are in `docs/spec/log.md`.
//!
//! A [`Session`] is one conversation between two peers that hold logs: each is a [`Replica`], which says by its [`Heads`] how far
//! each log goes. The messages are in `docs/spec/sync.md`.
//!
//! Nothing here does IO: time and randomness are arguments.

mod body;
mod checkpoint;
mod entry;
mod error;
mod genesis;
mod header;
mod heads;
mod log;
mod order;
mod packed;
mod replica;
mod session;
mod stretch;

pub use body::{Body, PieceHash};
pub use checkpoint::{Checkpoint, SignedAt, UnverifiedCheckpoint};
pub use entry::{Entry, EntryBuilder, Piece, UnverifiedEntry};
pub use error::LogError;
pub use genesis::{Genesis, Predecessor};
pub use header::{Header, Lengths, Run};
pub use heads::{Heads, LogName, Prefix};
pub use log::{ENTRIES_BETWEEN_CHECKPOINTS, LogWriter, Position, verify};
pub use order::{
    Capability, CapabilityId, Erase, Knock, MailboxTag, Order, Receipt, SignedOrder, SignedReceipt,
    View,
};
pub use replica::{Change, Cursor, Fault, Replica};
pub use session::{Partial, Role, Session, SessionError, Wish, Witness, message};
pub use stretch::{Columns, Data, Letter, STRETCH_MAX, Start, Stretch, Verified, column};
