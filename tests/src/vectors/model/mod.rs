//! Of `docs/spec/model.md`.

mod slots;
mod texts;

use freehold_model::{Calendar, Facet, Level, Time, Zone, ZoneError};

use super::{Entry, Failure};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    [slots::operations(), texts::operations()]
        .into_iter()
        .flatten()
        .collect()
}

pub(super) fn level(name: &str) -> Result<Level, Failure> {
    name.parse().map_err(|_| Failure::Unknown)
}

#[allow(dead_code)]
pub(super) fn facet(name: &str) -> Result<Facet, Failure> {
    name.parse().map_err(|_| Failure::Unknown)
}

fn zone(name: &str) -> Result<Zone, Failure> {
    Zone::new(name).map_err(of_zone)
}

fn calendar(zone_name: &str, chunk_minutes: u16) -> Result<Calendar, Failure> {
    Calendar::new(zone(zone_name)?, chunk_minutes).map_err(|_| Failure::Range)
}

/// An instant that a case names by what people would write.
fn at(text: &str) -> i64 {
    Zone::utc()
        .parse(text, freehold_model::Fold::Earlier)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .ms()
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
