//! Durations as people and ISO 8601 write them.

use std::fmt;

/// Reads `30m`, `1h`, `1h30m`, `90s`, `7d`, `2w`, or ISO 8601: `PT30M`, `P7D`, `P1DT12H`.
///
/// Years and months have no fixed length and are refused. A result is positive, in milliseconds.
pub(crate) fn parse(text: &str) -> Result<i64, BadDuration> {
    let text = text.trim();
    let total = match text.strip_prefix(['P', 'p']) {
        Some(rest) => iso(rest)?,
        None => sum(text, unit)?,
    };
    if total > 0 {
        Ok(total)
    } else {
        Err(BadDuration::Empty)
    }
}

/// A duration in the fewest words of [`parse`]: `1h30m`.
pub(crate) fn format(ms: i64) -> String {
    let mut text = String::new();
    let mut rest = ms;
    for (name, length) in [
        ("d", DAY),
        ("h", HOUR),
        ("m", MINUTE),
        ("s", SECOND),
        ("ms", 1),
    ] {
        if rest >= length {
            text.push_str(&format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

/// What is wrong with a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadDuration {
    /// Not of the known forms.
    Form,
    /// A year or a month, whose length depends on the calendar.
    Calendar,
    /// Nothing, or no time at all.
    Empty,
    /// More milliseconds than fit.
    Large,
}

impl fmt::Display for BadDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "no duration; write it like 30m, 1h, 7d, PT30M or P7D",
            Self::Calendar => "months and years have no fixed length; write days, such as P30D",
            Self::Empty => "a duration must be longer than nothing",
            Self::Large => "too long",
        })
    }
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn iso(rest: &str) -> Result<i64, BadDuration> {
    let (date, time) = rest
        .split_once(['T', 't'])
        .map_or((rest, None), |(date, time)| (date, Some(time)));
    let days = if date.is_empty() {
        0
    } else {
        sum(date, date_unit)?
    };
    let hours = match time {
        Some("") => return Err(BadDuration::Form),
        Some(time) => sum(time, time_unit)?,
        None => 0,
    };
    days.checked_add(hours).ok_or(BadDuration::Large)
}

/// Adds up numbers, each followed by its unit.
fn sum(text: &str, unit: fn(&str) -> Result<i64, BadDuration>) -> Result<i64, BadDuration> {
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| !c.is_ascii_digit());
        let (name, after) = split(after, |c| c.is_ascii_digit());
        if number.is_empty() || name.is_empty() {
            return Err(BadDuration::Form);
        }
        let number: i64 = number.parse().map_err(|_| BadDuration::Large)?;
        let part = number.checked_mul(unit(name)?).ok_or(BadDuration::Large)?;
        total = total.checked_add(part).ok_or(BadDuration::Large)?;
        rest = after;
    }
    Ok(total)
}

fn split(text: &str, at: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

fn unit(name: &str) -> Result<i64, BadDuration> {
    match name.trim() {
        "ms" => Ok(1),
        "s" | "sec" => Ok(SECOND),
        "m" | "min" => Ok(MINUTE),
        "h" => Ok(HOUR),
        "d" => Ok(DAY),
        "w" => Ok(7 * DAY),
        _ => Err(BadDuration::Form),
    }
}

fn date_unit(name: &str) -> Result<i64, BadDuration> {
    match name {
        "D" | "d" => Ok(DAY),
        "W" | "w" => Ok(7 * DAY),
        "Y" | "y" | "M" | "m" => Err(BadDuration::Calendar),
        _ => Err(BadDuration::Form),
    }
}

fn time_unit(name: &str) -> Result<i64, BadDuration> {
    match name {
        "H" | "h" => Ok(HOUR),
        "M" | "m" => Ok(MINUTE),
        "S" | "s" => Ok(SECOND),
        _ => Err(BadDuration::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_ways_of_writing() {
        let cases = [
            ("30m", 30 * MINUTE),
            ("1h", HOUR),
            ("1h30m", 90 * MINUTE),
            ("90s", 90 * SECOND),
            ("250ms", 250),
            ("5 min", 5 * MINUTE),
            ("2w", 14 * DAY),
            ("PT30M", 30 * MINUTE),
            ("P7D", 7 * DAY),
            ("P1W", 7 * DAY),
            ("P1DT12H", 36 * HOUR),
            ("pt1h30m5s", 90 * MINUTE + 5 * SECOND),
        ];
        for (text, ms) in cases {
            assert_eq!(parse(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn refused_with_a_reason() {
        let cases = [
            ("", BadDuration::Empty),
            ("P", BadDuration::Empty),
            ("0m", BadDuration::Empty),
            ("PT", BadDuration::Form),
            ("30", BadDuration::Form),
            ("m", BadDuration::Form),
            ("-5m", BadDuration::Form),
            ("1.5h", BadDuration::Form),
            ("half an hour", BadDuration::Form),
            ("P1M", BadDuration::Calendar),
            ("P1Y", BadDuration::Calendar),
            ("99999999999999999999s", BadDuration::Large),
            ("9223372036854775807w", BadDuration::Large),
        ];
        for (text, why) in cases {
            assert_eq!(parse(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(ms in 1..i64::MAX) {
            prop_assert_eq!(parse(&format(ms)), Ok(ms));
        }

        #[test]
        fn any_text_is_safe(text in ".*") {
            let _ = parse(&text);
        }
    }
}
