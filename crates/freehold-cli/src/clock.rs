//! A time zone's clock: from what it showed to instants, and back.
//!
//! The stretch of time around the last question in which the offset stays the same is kept, so that
//! a file of a million rows asks the zone's data a few times a year of readings.

use std::collections::BTreeSet;

use freehold::model::{Time, Zone};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil::DateTime};

use crate::civil::{self, Civil};

/// The clock of one time zone.
#[derive(Debug)]
pub(crate) struct Clock {
    zone: Zone,
    rules: TimeZone,
    stretch: Stretch,
}

/// Instants `[start, end)` with one offset, and what the clock showed only in this stretch.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: i64,
    end: i64,
    offset: i64,
    civil_start: i64,
    civil_end: i64,
}

/// The instants at which a clock showed a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Once(i64),
    /// Never: the clock was put forward. The instant is as far behind the jump as the time is past it.
    Skipped(i64),
    /// Twice: the clock was put back.
    Twice {
        earlier: i64,
        later: i64,
    },
}

impl Clock {
    /// The clock of a zone.
    pub(crate) fn new(zone: &Zone) -> Self {
        // A zone has its name from the same data, so it is found again.
        let rules = TimeZoneDatabase::bundled()
            .get(zone.name())
            .unwrap_or(TimeZone::UTC);
        Self {
            zone: zone.clone(),
            rules,
            stretch: Stretch::EMPTY,
        }
    }

    /// When the clock showed a time; `None` past the years that the calendar has.
    pub(crate) fn shown(&mut self, civil: Civil) -> Option<Shown> {
        if (self.stretch.civil_start..self.stretch.civil_end).contains(&civil.0) {
            return Some(Shown::Once(civil.0 - self.stretch.offset));
        }
        match self.rules.to_ambiguous_timestamp(datetime(civil)?).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let instant = civil.0 - milliseconds(offset);
                self.seek(instant)?;
                Some(Shown::Once(instant))
            }
            AmbiguousOffset::Gap { before, .. } => {
                Some(Shown::Skipped(civil.0 - milliseconds(before)))
            }
            AmbiguousOffset::Fold { before, after } => Some(Shown::Twice {
                earlier: civil.0 - milliseconds(before),
                later: civil.0 - milliseconds(after),
            }),
        }
    }

    /// What the clock shows at an instant, and its offset from UTC in milliseconds.
    pub(crate) fn at(&mut self, instant: i64) -> (Civil, i64) {
        if !(self.stretch.start..self.stretch.end).contains(&instant)
            && self.seek(instant).is_none()
        {
            return (Civil(instant), 0);
        }
        (Civil(instant + self.stretch.offset), self.stretch.offset)
    }

    /// An instant in RFC 3339 with the clock's offset.
    pub(crate) fn format(&self, instant: i64) -> String {
        self.zone.format(Time::from_ms(instant))
    }

    /// Moves the kept stretch to an instant; `None` where the calendar ends.
    fn seek(&mut self, instant: i64) -> Option<()> {
        let at = Timestamp::from_millisecond(instant).ok()?;
        let offset = milliseconds(self.rules.to_offset(at));
        // A transition need not move the clock (a new name, a new rule); those are passed over.
        let after = Timestamp::from_millisecond(instant.checked_add(1)?).ok()?;
        let mut before = self
            .rules
            .preceding(after)
            .map(|t| t.timestamp().as_millisecond());
        let start = before.find(|start| self.offset_before(*start) != Some(offset));
        let mut next = self
            .rules
            .following(at)
            .map(|t| (t.timestamp().as_millisecond(), milliseconds(t.offset())));
        let end = next.find(|(_, changed)| *changed != offset);
        let before = start
            .and_then(|start| self.offset_before(start))
            .unwrap_or(offset);
        let start = start.unwrap_or(MIN);
        let (end, behind) = end.unwrap_or((MAX, offset));
        let civil_start = start + before.max(offset);
        let civil_end = end + behind.min(offset);
        self.stretch = Stretch {
            start,
            end,
            offset,
            civil_start,
            civil_end,
        };
        Some(())
    }

    fn offset_before(&self, instant: i64) -> Option<i64> {
        let before = Timestamp::from_millisecond(instant.checked_sub(1)?).ok()?;
        Some(milliseconds(self.rules.to_offset(before)))
    }
}

impl Stretch {
    const EMPTY: Self = Self {
        start: 0,
        end: 0,
        offset: 0,
        civil_start: 0,
        civil_end: 0,
    };
}

/// Which of two instants a time means that the clock showed twice, by its place in a file.
///
/// The earlier is meant first. The later is meant where a time comes again, and from where the file
/// steps back by more than half of what the clock was put back. One for each stream of a file.
#[derive(Debug, Default)]
pub(crate) struct Folds {
    seen: BTreeSet<i64>,
    last: i64,
    second: bool,
}

impl Folds {
    /// The instant of the file's next time.
    pub(crate) fn pick(&mut self, civil: Civil, shown: Shown) -> i64 {
        match shown {
            Shown::Once(instant) | Shown::Skipped(instant) => {
                if !self.seen.is_empty() {
                    *self = Self::default();
                }
                instant
            }
            Shown::Twice { earlier, later } => {
                self.second |= !self.seen.is_empty() && self.last - civil.0 > (later - earlier) / 2;
                self.last = civil.0;
                let again = !self.seen.insert(civil.0);
                if self.second || again { later } else { earlier }
            }
        }
    }
}

/// The years that the calendar has, less a day at each end for offsets.
const MIN: i64 = -377_705_023_201_000 + civil::DAY;
const MAX: i64 = 253_402_207_200_000 - civil::DAY;

fn milliseconds(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * civil::SECOND
}

fn datetime(civil: Civil) -> Option<DateTime> {
    let f = civil.fields();
    let small = |n: u8| i8::try_from(n).ok();
    let year = i16::try_from(f.year).ok()?;
    let nanosecond = i32::from(f.millisecond) * 1_000_000;
    let (month, day) = (small(f.month)?, small(f.day)?);
    DateTime::new(
        year,
        month,
        day,
        small(f.hour)?,
        small(f.minute)?,
        small(f.second)?,
        nanosecond,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::{HOUR, MINUTE, Written};
    use proptest::prelude::*;

    fn clock(zone: &str) -> Clock {
        Clock::new(&Zone::new(zone).unwrap())
    }

    fn civil(text: &str) -> Civil {
        match civil::parse_iso(text.as_bytes()) {
            Some(Written::Civil(civil)) => civil,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn picked(zone: &str, times: &[&str]) -> Vec<String> {
        let (mut clock, mut fold) = (clock(zone), Folds::default());
        let pick = |text: &&str| {
            let civil = civil(text);
            let instant = fold.pick(civil, clock.shown(civil).unwrap());
            clock.format(instant)
        };
        times.iter().map(pick).collect()
    }

    #[test]
    fn a_skipped_time_moves_forward_by_the_gap() {
        let got = picked(
            "Europe/London",
            &["2013-03-31T00:30", "2013-03-31T01:30", "2013-03-31T02:30"],
        );
        assert_eq!(
            got,
            [
                "2013-03-31T00:30:00+00:00",
                "2013-03-31T02:30:00+01:00",
                "2013-03-31T02:30:00+01:00"
            ]
        );
    }

    #[test]
    fn a_file_that_runs_through_the_fold_twice() {
        let times = [
            "2013-10-27T00:30",
            "2013-10-27T01:00",
            "2013-10-27T01:30",
            "2013-10-27T01:00",
            "2013-10-27T01:30",
            "2013-10-27T02:00",
        ];
        let got = picked("Europe/London", &times);
        let offsets: Vec<&str> = got
            .iter()
            .map(|text| text.trim_start_matches(|c| c != '+'))
            .collect();
        assert_eq!(
            offsets,
            ["+01:00", "+01:00", "+01:00", "+00:00", "+00:00", "+00:00"]
        );
    }

    #[test]
    fn a_sorted_file_repeats_each_time_in_place() {
        let times = [
            "2013-10-27T01:00",
            "2013-10-27T01:00",
            "2013-10-27T01:30",
            "2013-10-27T01:30",
        ];
        let got = picked("Europe/London", &times);
        assert!(
            got[0].ends_with("+01:00")
                && got[1].ends_with("+00:00")
                && got[2].ends_with("+01:00")
                && got[3].ends_with("+00:00")
        );
    }

    #[test]
    fn seconds_that_never_meet_are_told_apart_by_the_step_back() {
        let times = [
            "2013-10-27T01:00:03",
            "2013-10-27T01:59:58",
            "2013-10-27T01:00:04",
            "2013-10-27T01:59:59",
        ];
        let got = picked("Europe/London", &times);
        assert!(
            got[1].ends_with("+01:00") && got[2].ends_with("+00:00") && got[3].ends_with("+00:00"),
            "{got:?}"
        );
    }

    #[test]
    fn a_late_row_inside_the_fold_is_no_second_pass() {
        let got = picked(
            "Europe/London",
            &["2013-10-27T01:10", "2013-10-27T01:05", "2013-10-27T01:15"],
        );
        assert!(got.iter().all(|text| text.ends_with("+01:00")), "{got:?}");
    }

    #[test]
    fn a_file_appended_to_itself_gives_the_same_instants() {
        let once = ["2013-10-27T00:59", "2013-10-27T01:00", "2013-10-27T02:00"];
        let twice: Vec<&str> = once.iter().chain(&once).copied().collect();
        let got = picked("Europe/London", &twice);
        assert_eq!(got[..3], got[3..]);
    }

    #[test]
    fn odd_zones() {
        let mut howe = clock("Australia/Lord_Howe");
        let Some(Shown::Twice { earlier, later }) = howe.shown(civil("2013-04-07T01:45")) else {
            panic!()
        };
        assert_eq!(later - earlier, 30 * MINUTE);
        let mut apia = clock("Pacific/Apia");
        assert!(
            matches!(
                apia.shown(civil("2011-12-30T12:00")),
                Some(Shown::Skipped(_))
            ),
            "a day that never was"
        );
        assert_eq!(
            Clock::new(&Zone::utc()).shown(civil("2013-01-01")),
            Some(Shown::Once(1_356_998_400_000))
        );
        assert_eq!(Clock::new(&Zone::utc()).format(0), "1970-01-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn the_kept_stretch_never_changes_an_answer(
            zone in prop::sample::select(vec!["Europe/London", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]),
            hours in prop::collection::vec(0..350_000_i64, 1..60),
        ) {
            let mut kept = clock(zone);
            for hour in hours {
                let at = hour * 2 * HOUR + 17 * MINUTE;
                let fresh = clock(zone).shown(Civil(at));
                prop_assert_eq!(kept.shown(Civil(at)), fresh);
                let (shown, offset) = kept.at(at);
                prop_assert_eq!(shown.0, at + offset);
                let instant = Timestamp::from_millisecond(at).unwrap();
                prop_assert_eq!(offset, milliseconds(kept.rules.to_offset(instant)));
                match kept.shown(shown).unwrap() {
                    Shown::Once(instant) => prop_assert_eq!(instant, at),
                    Shown::Twice { earlier, later } => prop_assert!(at == earlier || at == later),
                    Shown::Skipped(_) => prop_assert!(false, "shown, so not skipped"),
                }
            }
        }
    }
}
