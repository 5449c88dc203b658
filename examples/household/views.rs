//! Summaries and readings as plain numbers in the stream's unit, for tables and charts.

use freehold::{Reading, Time, Value, Window, model::format_decimal};

/// A summary as numbers; what was not granted is not a number.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) sum: f64,
    pub(crate) mean: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Summaries of a stream whose numbers are integers × 10^`exponent`.
pub(crate) fn seen(windows: &[Window], exponent: i8) -> Vec<Seen> {
    let one = |window: &Window| {
        let (totals, range) = (
            window.summary.totals,
            window.summary.extremes.and_then(|extremes| extremes.0),
        );
        Seen {
            start: window.slot.start,
            end: window.slot.end,
            sum: totals.map_or(f64::NAN, |totals| scaled(totals.sum, exponent)),
            mean: totals
                .and_then(|totals| totals.mean(exponent)?.parse().ok())
                .unwrap_or(f64::NAN),
            min: range.map_or(f64::NAN, |range| scaled(range.min.into(), exponent)),
            max: range.map_or(f64::NAN, |range| scaled(range.max.into(), exponent)),
        }
    };
    windows.iter().map(one).collect()
}

/// The numbers among readings; yes and no are one and zero.
pub(crate) fn numbers(readings: &[Reading], exponent: i8) -> Vec<(Time, f64)> {
    let number = |reading: &Reading| {
        let number = match reading.value {
            Value::Bool(yes) => f64::from(u8::from(yes)),
            ref value => scaled(value.number()?.into(), exponent),
        };
        Some((reading.time, number))
    };
    readings.iter().filter_map(number).collect()
}

/// Energy in each slot as the mean power over it, which compares across levels.
pub(crate) fn power(seen: &[Seen]) -> Vec<(Time, Time, f64)> {
    let hours = |seen: &Seen| crate::chart::float(seen.end.ms() - seen.start.ms()) / 3_600_000.0;
    seen.iter()
        .map(|seen| (seen.start, seen.end, seen.sum / hours(seen)))
        .collect()
}

/// The least and the greatest number in each of `columns` equal stretches of `[from, until)`: as much as a picture can show.
pub(crate) fn envelope(
    points: &[(Time, f64)],
    from: Time,
    until: Time,
    columns: i64,
) -> Vec<(Time, Time, f64, f64)> {
    let width = (until.ms() - from.ms()) / columns.max(1);
    let mut bands = Vec::new();
    let mut rest = points;
    for column in 0..columns {
        let (start, end) = (
            from.plus_ms(column * width),
            from.plus_ms((column + 1) * width),
        );
        rest = rest
            .split_at(rest.partition_point(|point| point.0 < start))
            .1;
        let (inside, _) = rest.split_at(rest.partition_point(|point| point.0 < end));
        let (low, high) = bounds(inside.iter().map(|point| point.1));
        if low <= high {
            bands.push((start, end, low, high));
        }
    }
    bands
}

/// The least and the greatest of some numbers.
pub(crate) fn bounds(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
        (low.min(number), high.max(number))
    })
}

fn scaled(number: i128, exponent: i8) -> f64 {
    format_decimal(number, exponent).parse().unwrap_or(f64::NAN)
}
