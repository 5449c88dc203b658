//! Device data without cryptography: kinds, values, readings, slots, chunks and summaries.
//!
//! The rules are in `docs/spec/model.md`; numbers such as **[model-1]** point there.
#![no_std]

extern crate alloc;

pub mod decimal;
pub mod level;
pub mod reading;
pub mod slot;
pub mod time;
pub mod unit;
pub mod value;
pub mod wire;
pub mod zone;

pub use decimal::{DecimalError, Rounded, format_decimal, parse_decimal};
pub use level::{Facet, Facets, Level, Levels, UnknownName};
pub use reading::{Absence, Flags, Reading, Reconciled, latest, reconcile};
pub use slot::{Calendar, ChunkLengthError, Epoch, Slot, Slots};
pub use time::Time;
pub use unit::{Converter, UnitError};
pub use value::{Parsed, Value, ValueError};
pub use zone::{Fold, Stamp, Zone, ZoneError};
