//! The transactional store beneath a home or a recipient: one ordered table of [`Key`] to bytes.
//!
//! Two implementations of one trait: [`SqliteStore`], a single file in a directory, and [`MemoryStore`].
//! What is stored is sealed by the layers above; this crate keeps it whole, ordered and durable, and knows no keys of people.

mod error;
mod memory;
mod page;
mod sqlite;
mod store;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use sqlite::{FILE_NAME, SqliteStore, StoreOptions};
pub use store::{Batch, Key, MAX_VALUE, Order, Store};
