//! Of `docs/spec/model.md`.

pub(super) mod described;
mod facet_bytes;
mod facets;
pub(super) mod reading;
mod readings;
mod slots;
mod streams;
mod summaries;
pub(super) mod summary;
mod texts;

use freehold_model::{Calendar, Facet, Fold, Level, Time, Zone, ZoneError};

use super::{Entry, Failure};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    [
        slots::operations(),
        texts::operations(),
        readings::operations(),
        streams::operations(),
        facets::operations(),
        summaries::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn level(name: &str) -> Result<Level, Failure> {
    name.parse().map_err(|_| Failure::Unknown)
}

pub(super) fn facet(name: &str) -> Result<Facet, Failure> {
    name.parse().map_err(|_| Failure::Unknown)
}

/// An instant that a case names by what people would write.
pub(super) fn at(text: &str) -> i64 {
    Zone::utc()
        .parse(text, Fold::Earlier)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .ms()
}

fn zone(name: &str) -> Result<Zone, Failure> {
    Zone::new(name).map_err(of_zone)
}

fn calendar(zone_name: &str, chunk_minutes: u16) -> Result<Calendar, Failure> {
    Calendar::new(zone(zone_name)?, chunk_minutes).map_err(|_| Failure::Range)
}

fn times(from: i64, until: i64) -> (Time, Time) {
    (Time::from_ms(from), Time::from_ms(until))
}

fn of_zone(error: ZoneError) -> Failure {
    match error {
        ZoneError::UnknownZone => Failure::Unknown,
        ZoneError::NotADateTime => Failure::Malformed,
        ZoneError::OutOfRange => Failure::Range,
    }
}
