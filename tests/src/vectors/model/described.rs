//! Descriptions of streams, which many operations take.

use freehold_model::{
    Facet, Id, Kind, Level, Stream, StreamSpec,
    wire::{WireError, from_bytes, to_bytes},
};

use crate::vectors::{Failure, Hex};

/// No description is longer in the cases.
const DESCRIPTION_MAX: usize = 1 << 16;

/// A description of a stream in London with the levels raw, minute, half hour, hour, day and month and every facet of its kind.
pub(in crate::vectors) fn spec(kind: &str) -> StreamSpec {
    let kind = Kind::registered(kind).unwrap_or_else(|| panic!("{kind}"));
    StreamSpec::new(Id::from_bytes([7; 16]), kind, "Europe/London").levels([
        Level::Raw,
        Level::Minute,
        Level::HalfHour,
        Level::Hour,
        Level::Day,
        Level::Month,
    ])
}

/// Its bytes.
pub(in crate::vectors) fn described(kind: &str) -> Hex {
    to_bytes(&spec(kind)).into()
}

/// The stream of a description.
pub(in crate::vectors) fn stream(description: &Hex) -> Result<Stream, Failure> {
    let spec = from_bytes(&description.0, DESCRIPTION_MAX).map_err(wire)?;
    Stream::new(spec).map_err(|_| Failure::Malformed)
}

/// Why bytes are not the canonical bytes of an object.
pub(in crate::vectors) fn wire(error: WireError) -> Failure {
    match error {
        WireError::TooLong { .. } => Failure::Length,
        WireError::Malformed => Failure::Malformed,
        WireError::Trailing { .. } | WireError::NotCanonical => Failure::NotCanonical,
    }
}

/// The name of a facet's field in a summary.
pub(in crate::vectors) const SUMMARY_FIELDS: [(&str, &str); 4] = [
    (Facet::Totals.name(), "`count`, `sum` and `sum_squares`"),
    (
        Facet::Extremes.name(),
        "`min`, `max`, `first` and `last`, or null of no readings",
    ),
    (
        Facet::Distribution.name(),
        "how many readings each bin or state has",
    ),
    (
        Facet::Index.name(),
        "the absolute value, or null of no readings",
    ),
];
