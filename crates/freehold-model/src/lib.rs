//! Device data without cryptography: kinds, values, readings, slots, chunks and summaries.
//!
//! The rules are in `docs/spec/model.md`; numbers such as **[model-1]** point there.
#![no_std]

extern crate alloc;

pub mod level;
pub mod slot;
pub mod time;
pub mod zone;

pub use level::{Facet, Facets, Level, Levels, UnknownName};
pub use slot::{Calendar, ChunkLengthError, Epoch, Slot, Slots};
pub use time::Time;
pub use zone::{Fold, Stamp, Zone, ZoneError};
