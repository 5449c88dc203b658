//! Device data without cryptography: kinds, values, readings, slots, chunks and summaries.
//!
//! The rules are in `docs/spec/model.md`; numbers such as **[model-1]** point there.
#![no_std]

extern crate alloc;

mod bits;
pub mod chunk;
mod civil;
pub mod counter;
pub mod decimal;
pub mod flags;
pub mod household;
pub mod id;
pub mod kind;
pub mod kinds;
pub mod layout;
pub mod level;
pub mod reading;
pub mod slot;
pub mod stream;
pub mod summary;
pub mod time;
pub mod unit;
pub mod value;
pub mod wire;
pub mod zone;

pub use chunk::{ChunkError, Encoder as ChunkEncoder};
pub use counter::{CounterError, Increments};
pub use decimal::{DecimalError, Rounded, format_decimal, parse_decimal};
pub use flags::{Absence, Flags, UnknownFlags};
pub use household::{Device, Household, Person, Place, Role};
pub use id::{Id, NotAnId};
pub use kind::{Codes, Kind, KindError, Scale, Sensitivity, Statistic, ValueKind, VendorKind};
pub use layout::{FacetError, Layout};
pub use level::{Facet, Facets, Level, Levels, UnknownName};
pub use reading::{Reading, Reconciled, latest, reconcile};
pub use slot::{Calendar, ChunkLengthError, Epoch, Slot, Slots};
pub use stream::{ReadingError, Sampling, Stream, StreamError, StreamSpec};
pub use summary::{Bins, Extremes, Index, Range, Summarizer, Summary, SummaryError, Totals};
pub use time::Time;
pub use unit::{Converter, UnitError};
pub use value::{Parsed, Value, ValueError};
pub use zone::{Fold, Zone, ZoneError};
