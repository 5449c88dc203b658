//! Of `docs/spec/model.md`.

mod bits;
mod check;
pub(super) mod described;
mod description;
mod epoch;
mod facet_bytes;
mod facets;
mod flags;
mod increments;
mod leaf;
mod leaves;
mod name;
mod number;
pub(super) mod reading;
mod reconcile;
mod slots;
mod statistic;
mod summaries;
pub(super) mod summary;
mod time;
mod widths;

use freehold_model::{Calendar, Facet, Fold, Level, Reading, Summary, Time, Zone, ZoneError};
use serde_json::Value;

use super::{Entry, Failure, entry};

/// A reading as it stands in a file.
pub fn reading_json(reading: &Reading) -> Value {
    serde_json::to_value(reading::ReadingText::from(reading)).unwrap()
}

/// A summary as it stands in a file.
pub fn summary_json(summary: &Summary) -> Value {
    serde_json::to_value(summary::SummaryText::from(summary.clone())).unwrap()
}

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<time::TimeText>(),
        entry::<slots::Slots>(),
        entry::<epoch::EpochOf>(),
        entry::<leaf::Leaf>(),
        entry::<leaves::Leaves>(),
        entry::<number::NumberText>(),
        entry::<flags::FlagNames>(),
        entry::<check::Check>(),
        entry::<reconcile::Reconcile>(),
        entry::<increments::Turn>(),
        entry::<description::Description>(),
        entry::<statistic::StatisticOf>(),
        entry::<name::Name>(),
        entry::<widths::Widths>(),
        entry::<facets::Decode>(),
        entry::<facets::Encode>(),
        entry::<summaries::Merge>(),
        entry::<summaries::Mean>(),
    ]
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
