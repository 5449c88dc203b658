//! Axes: round values, and the times at which a calendar turns.

use crate::civil::{Civil, DAY, Fields, HOUR, MINUTE};
use crate::clock::{Clock, Shown};

/// A value axis that begins and ends at round values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// An axis of about five steps over a range; over some range if it is empty.
    pub(crate) fn over((low, high): (f64, f64)) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() {
            (low, high)
        } else {
            (0.0, 1.0)
        };
        let least = (low.abs().max(high.abs()) * 1e-9).max(1e-9);
        let (low, high) = if high - low < least {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low - room, high + room)
        } else {
            (low, high)
        };
        let step = round_step((high - low) / 4.0);
        Self {
            low: (low / step + 1e-9).floor() * step,
            high: (high / step - 1e-9).ceil() * step,
            step,
        }
    }

    /// Where a value lies between the axis' ends, from 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Round values and their labels.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let places = (0..12).find(|places| {
            let scaled = self.step * 10_f64.powi(*places);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        });
        let places = usize::try_from(places.unwrap_or(12)).unwrap_or(12);
        let mut ticks = Vec::new();
        let mut i = (self.low / self.step).round();
        // At most a dozen, whatever the rounding does.
        while i * self.step <= self.high + self.step / 2.0 && ticks.len() < 12 {
            let value = i * self.step;
            let value = if value == 0.0 { 0.0 } else { value };
            ticks.push((value, format!("{value:.places$}")));
            i += 1.0;
        }
        ticks
    }
}

/// A labelled instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) instant: i64,
    pub(crate) label: String,
}

/// At most ten instants in `[start, end]` at which the clock shows a round time.
pub(crate) fn time_ticks(start: i64, end: i64, clock: &mut Clock) -> Vec<Tick> {
    let step = STEPS
        .iter()
        .copied()
        .find(|step| step.about() * TICKS_MAX >= end - start)
        .unwrap_or(Step::Years(50));
    let (first, _) = clock.at(start);
    let mut at = step.floor(first.fields());
    let mut ticks = Vec::new();
    // Each round moves on by a step, so this ends; the bound is for calendars that do not.
    for _ in 0..64 {
        if let Some(
            Shown::Once(instant)
            | Shown::Skipped(instant)
            | Shown::Twice {
                earlier: instant, ..
            },
        ) = clock.shown(at)
        {
            if instant > end {
                break;
            }
            if instant >= start {
                ticks.push(Tick {
                    instant,
                    label: step.label(at.fields()),
                });
            }
        }
        at = step.after(at);
    }
    ticks
}

/// A range in words: `2013`, `March 2013`, `1 Mar 2013 to 9 Mar 2013`; the end is the last day inside.
pub(crate) fn span(start: i64, end: i64, clock: &mut Clock) -> String {
    let (first, _) = clock.at(start);
    let (last, _) = clock.at(end.saturating_sub(1).max(start));
    let (a, b) = (first.fields(), last.fields());
    let day = |f: Fields| format!("{} {} {}", f.day, month(f.month), f.year);
    if (a.year, a.month, a.day) == (b.year, b.month, b.day) {
        day(a)
    } else {
        format!("{} to {}", day(a), day(b))
    }
}

/// A short English month.
pub(crate) fn month(number: u8) -> &'static str {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    MONTHS
        .get(usize::from(number).wrapping_sub(1))
        .copied()
        .unwrap_or("?")
}

const TICKS_MAX: i64 = 10;

/// From one tick to the next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Minutes(i64),
    Hours(i64),
    Days(i64),
    Months(u8),
    Years(i32),
}

const STEPS: [Step; 22] = [
    Step::Minutes(1),
    Step::Minutes(5),
    Step::Minutes(10),
    Step::Minutes(15),
    Step::Minutes(30),
    Step::Hours(1),
    Step::Hours(2),
    Step::Hours(3),
    Step::Hours(6),
    Step::Hours(12),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Years(1),
    Step::Years(2),
    Step::Years(5),
    Step::Years(10),
];

impl Step {
    fn about(self) -> i64 {
        match self {
            Self::Minutes(n) => n * MINUTE,
            Self::Hours(n) => n * HOUR,
            Self::Days(n) => n * DAY,
            // A year has room for all twelve names.
            Self::Months(n) => i64::from(n) * 37 * DAY,
            Self::Years(n) => i64::from(n) * 366 * DAY,
        }
    }

    /// The last round time not after the fields.
    fn floor(self, f: Fields) -> Civil {
        let midnight = Civil::date(f.year, f.month, f.day).unwrap_or(Civil(0));
        let of_day = i64::from(f.hour) * HOUR + i64::from(f.minute) * MINUTE;
        match self {
            Self::Minutes(n) => Civil(midnight.0 + of_day / (n * MINUTE) * (n * MINUTE)),
            Self::Hours(n) => Civil(midnight.0 + of_day / (n * HOUR) * (n * HOUR)),
            // Weeks begin on Mondays, four days after the 1970 began on a Thursday.
            Self::Days(n) => Civil((midnight.0 / DAY - 4).div_euclid(n) * n * DAY + 4 * DAY),
            Self::Months(n) => {
                Civil::date(f.year, (f.month - 1) / n * n + 1, 1).unwrap_or(midnight)
            }
            Self::Years(n) => Civil::date(f.year.div_euclid(n) * n, 1, 1).unwrap_or(midnight),
        }
    }

    fn after(self, at: Civil) -> Civil {
        let f = at.fields();
        match self {
            Self::Minutes(n) => Civil(at.0 + n * MINUTE),
            Self::Hours(n) => Civil(at.0 + n * HOUR),
            Self::Days(n) => Civil(at.0 + n * DAY),
            Self::Months(n) if f.month + n > 12 => {
                Civil::date(f.year + 1, f.month + n - 12, 1).unwrap_or(at)
            }
            Self::Months(n) => Civil::date(f.year, f.month + n, 1).unwrap_or(at),
            Self::Years(n) => Civil::date(f.year + n, 1, 1).unwrap_or(at),
        }
    }

    fn label(self, f: Fields) -> String {
        match self {
            Self::Minutes(_) | Self::Hours(_) if (f.hour, f.minute) != (0, 0) => {
                format!("{:02}:{:02}", f.hour, f.minute)
            }
            Self::Minutes(_) | Self::Hours(_) | Self::Days(_) => {
                format!("{} {}", f.day, month(f.month))
            }
            Self::Months(_) if f.month != 1 => month(f.month).to_owned(),
            Self::Months(_) | Self::Years(_) => f.year.to_string(),
        }
    }
}

/// The first of 1, 2, 2.5, 5 and 10 times a power of ten that is not below.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|round| round * power >= least * 0.999);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use freehold::model::{Fold, Zone};

    fn parsed(zone: &Zone, text: &str) -> i64 {
        zone.parse(text, Fold::Earlier).unwrap().ms()
    }

    fn labels(start: &str, end: &str, zone: &str) -> Vec<String> {
        let zone = Zone::new(zone).unwrap();
        let mut clock = Clock::new(&zone);
        let (start, end) = (parsed(&zone, start), parsed(&zone, end));
        time_ticks(start, end, &mut clock)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn values_are_round() {
        let labels = |low, high| {
            Scale::over((low, high))
                .ticks()
                .into_iter()
                .map(|(_, l)| l)
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(0.0, 9.3), ["0.0", "2.5", "5.0", "7.5", "10.0"]);
        assert_eq!(labels(41.0, 58.0), ["40", "45", "50", "55", "60"]);
        assert_eq!(
            labels(-0.3, 0.5),
            ["-0.4", "-0.2", "0.0", "0.2", "0.4", "0.6"]
        );
        assert_eq!(labels(7.0, 7.0).len(), 5);
        assert_eq!(labels(f64::NAN, 1.0).len(), 5);
        assert_eq!(labels(0.0, 0.0), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
    }

    #[test]
    fn times_are_where_the_calendar_turns() {
        let year = labels("2013-01-01", "2014-01-01", "Europe/London");
        assert_eq!(
            year,
            [
                "2013", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                "Dec", "2014"
            ]
        );
        assert_eq!(
            labels("2013-01-05", "2013-01-09", "UTC")[..3],
            ["5 Jan", "12:00", "6 Jan"]
        );
        let weeks = labels("2013-01-01", "2013-02-10", "UTC");
        assert_eq!(weeks, ["7 Jan", "14 Jan", "21 Jan", "28 Jan", "4 Feb"]);
        assert_eq!(
            labels("2013-01-05T10:02", "2013-01-05T10:41", "UTC"),
            [
                "10:05", "10:10", "10:15", "10:20", "10:25", "10:30", "10:35", "10:40"
            ]
        );
        assert_eq!(
            labels("2005-06-01", "2013-02-01", "UTC").last().unwrap(),
            "2013"
        );
    }

    #[test]
    fn a_day_with_25_hours_is_no_trouble() {
        let day = labels("2013-10-27", "2013-10-28", "Europe/London");
        assert_eq!(
            day,
            [
                "27 Oct", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "28 Oct"
            ]
        );
    }

    #[test]
    fn ranges_in_words() {
        let zone = Zone::new("Europe/London").unwrap();
        let mut clock = Clock::new(&zone);
        let mut words = |a, b| span(parsed(&zone, a), parsed(&zone, b), &mut clock);
        assert_eq!(
            words("2013-01-01", "2014-01-01"),
            "1 Jan 2013 to 31 Dec 2013"
        );
        assert_eq!(words("2013-07-01", "2013-07-02"), "1 Jul 2013");
    }
}
