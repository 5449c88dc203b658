//! Device data without cryptography: kinds, values, readings, slots, chunks and summaries.
//!
//! The rules are in `docs/spec/model.md`; numbers such as **[model-1]** point there.
//!
//! ```
//! use freehold_model::{Fold, Id, Level, Reading, Stream, StreamSpec, kinds};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let spec = StreamSpec::new(Id::from_bytes([7; 16]), kinds::ENERGY_INTERVAL, "Europe/London");
//! let meter = Stream::new(spec.levels([Level::Raw, Level::HalfHour, Level::Day]))?;
//!
//! let zone = meter.calendar().zone();
//! let reading = Reading::new(zone.parse("2013-07-01 00:30", Fold::Earlier)?, meter.parse("0.412 kW.h")?.value);
//! meter.check(&reading)?;
//!
//! let day = meter.calendar().slot(Level::Day, reading.time);
//! assert_eq!(zone.format(day.start), "2013-07-01T00:00:00+01:00");
//!
//! let mut summarizer = meter.summarizer();
//! summarizer.push(&reading)?;
//! let totals = summarizer.finish().totals.unwrap_or_default();
//! assert_eq!(totals.mean(meter.spec().exponent).as_deref(), Some("412.000000"));
//! # Ok(())
//! # }
//! ```
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
