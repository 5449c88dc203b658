//! The page's pictures: each shows the same recording as different readers have it.

mod body;
mod energy;

use freehold::{Time, model::Zone};

pub(crate) use body::{glucose, heart_hour, heart_week, room};
pub(crate) use energy::{two_days, two_weeks};

/// The starts of the civil days in a time, and their labels.
fn days(zone: &Zone, from: Time, until: Time, format: &str) -> (Vec<Time>, Vec<String>) {
    let count = (until.ms() - from.ms() + HOUR_MS) / (24 * HOUR_MS);
    // Noon, so that a day of 23 or 25 hours still falls on its date.
    let noon = |number: i64| from.plus_ms(number * 24 * HOUR_MS + 12 * HOUR_MS);
    let start = |number| {
        zone.day_start(zone.civil(noon(number)).date())
            .unwrap_or(from)
    };
    let marks: Vec<Time> = (0..count).map(start).collect();
    let labels = marks
        .iter()
        .map(|mark| zone.civil(*mark).strftime(format).to_string());
    let labels = labels.collect();
    (marks, labels)
}

const HOUR_MS: i64 = 3_600_000;
