use super::*;
use crate::zone::Fold;
use alloc::vec::Vec;
use jiff::civil::date;
use proptest::prelude::*;

const ZONES: [&str; 12] = [
    "Europe/London",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Africa/Monrovia",
    "Europe/Amsterdam",
    "America/Sao_Paulo",
    "UTC",
];

fn calendar(zone: &str, chunk: u16) -> Calendar {
    Calendar::new(Zone::new(zone).unwrap(), chunk).unwrap()
}

fn time(zone: &Zone, text: &str) -> Time {
    zone.parse(text, Fold::Earlier).unwrap()
}

/// Walks a level through a window: no hole, no overlap, every instant finds its slot, whole epochs, distinct leaves.
fn walk(calendar: &Calendar, level: Level, from: Time, until: Time) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut slot = calendar.slot(level, from);
    let mut leaf = None;
    while slot.start < until {
        assert!(slot.length_ms() > 0);
        assert_eq!(slot.start.ms() % MINUTE_MS, 0);
        assert_eq!(calendar.slot(level, slot.start), slot);
        assert_eq!(calendar.slot(level, slot.end.plus_ms(-1)), slot);
        let epoch = calendar.epoch(slot.start);
        let span = calendar.epoch_span(epoch);
        assert!(
            slot.is_within(span.start, span.end),
            "[model-10] {level} {slot:?}"
        );
        let index = epoch.index(level, slot.start).unwrap();
        assert!(leaf < Some((epoch, index)), "[model-11] {level} {slot:?}");
        leaf = Some((epoch, index));
        slots.push(slot);
        let next = calendar.slot(level, slot.end);
        assert_eq!(
            next.start,
            slot.end,
            "[model-8] {level} {:?}",
            calendar.zone()
        );
        slot = next;
    }
    slots
}

/// Each coarser slot begins and ends where finer ones do.
fn nested(fine: &[Slot], coarse: &[Slot]) {
    for slot in coarse.iter().skip(1).take(coarse.len().saturating_sub(2)) {
        assert!(
            fine.binary_search_by_key(&slot.start, |fine| fine.start)
                .is_ok(),
            "[model-9] {slot:?}"
        );
        assert!(
            fine.binary_search_by_key(&slot.end, |fine| fine.end)
                .is_ok(),
            "[model-9] {slot:?}"
        );
    }
}

fn check(zone: &str, chunk: u16, from: &str, until: &str, finest: bool) {
    let calendar = calendar(zone, chunk);
    let (from, until) = (time(calendar.zone(), from), time(calendar.zone(), until));
    let levels: Vec<Vec<Slot>> = Level::ALL
        .iter()
        .map(|&level| {
            if level == Level::Minute && !finest {
                Vec::new()
            } else {
                walk(&calendar, level, from, until)
            }
        })
        .collect();
    for pair in [(2, 3), (3, 4), (4, 5), (5, 6), (0, 5)] {
        nested(&levels[pair.0], &levels[pair.1]);
    }
    if finest {
        nested(&levels[1], &levels[2]);
        nested(&levels[1], &levels[0]);
    }
}

#[test]
fn slots_tile_time_in_every_zone() {
    for zone in ZONES {
        check(zone, 60, "2010-12-01", "2013-12-01", false);
        check(zone, 97, "1969-06-01", "1972-03-01", false);
    }
}

#[test]
fn minutes_tile_time_across_changes_of_the_clock() {
    for (zone, from, until) in [
        ("Europe/London", "2013-03-30", "2013-04-02"),
        ("Europe/London", "2013-10-26", "2013-10-29"),
        ("Australia/Lord_Howe", "2021-04-03", "2021-04-06"),
        ("America/St_Johns", "2006-10-28", "2006-10-31"),
        ("Africa/Casablanca", "2024-03-09", "2024-04-16"),
        ("Pacific/Apia", "2011-12-28", "2012-01-02"),
        ("Pacific/Kwajalein", "1969-09-28", "1969-10-03"),
        ("Europe/Amsterdam", "1937-06-29", "1937-07-03"),
    ] {
        check(zone, 7, from, until, true);
        check(zone, 1440, from, until, true);
    }
}

/// Days agree with an independent reckoning of midnight since the last odd offset ended (Kiritimati, -10:40, in 1979).
#[test]
fn days_begin_where_the_civil_day_does() {
    for zone in ZONES {
        let calendar = calendar(zone, 60);
        let mut day = date(1980, 1, 1);
        while day < date(2035, 1, 1) {
            let start = calendar.zone().day_start(day).unwrap();
            assert_eq!(
                calendar.slot(Level::Day, start).start,
                start,
                "{zone} {day}"
            );
            if day.day() == 1 {
                assert_eq!(
                    calendar.slot(Level::Month, start).start,
                    start,
                    "{zone} {day}"
                );
                let epoch = Epoch::from_number(
                    i32::from(day.year() - 1970) * 6 + i32::from(day.month() - 1) / 2,
                );
                assert_eq!(calendar.epoch(start), epoch);
            }
            day = day.tomorrow().unwrap();
        }
    }
}

fn lengths(zone: &str, level: Level, from: &str, until: &str) -> Vec<i64> {
    let calendar = calendar(zone, 60);
    let (from, until) = (time(calendar.zone(), from), time(calendar.zone(), until));
    calendar
        .slots(level, from, until)
        .map(|slot| slot.length_ms() / MINUTE_MS)
        .collect()
}

#[test]
fn days_of_23_and_25_hours_and_none() {
    assert_eq!(
        lengths("Europe/London", Level::Day, "2013-03-30", "2013-04-02"),
        [1440, 1380, 1440]
    );
    assert_eq!(
        lengths("Europe/London", Level::Day, "2013-10-26", "2013-10-29"),
        [1440, 1500, 1440]
    );
    assert_eq!(
        lengths("Europe/London", Level::Hour, "2013-10-27", "2013-10-28").len(),
        25
    );
    assert_eq!(
        lengths(
            "Australia/Lord_Howe",
            Level::Day,
            "2021-04-04",
            "2021-04-05"
        ),
        [1470]
    );
    // 01:30 to 02:00 twice: the second is an hour slot of its own, cut by the change.
    assert_eq!(
        lengths(
            "Australia/Lord_Howe",
            Level::Hour,
            "2021-04-04",
            "2021-04-04T03:00"
        ),
        [60, 60, 30, 60]
    );
    assert_eq!(
        lengths("Pacific/Apia", Level::Day, "2011-12-29", "2012-01-01"),
        [1440, 1440]
    );
    // Clocks that changed at one minute past midnight: the change counts from the next quarter hour. [model-7]
    assert_eq!(
        lengths("America/St_Johns", Level::Day, "2006-10-28", "2006-10-30"),
        [1440, 1500]
    );
    assert_eq!(
        lengths(
            "Asia/Kathmandu",
            Level::Hour,
            "2024-01-01",
            "2024-01-01T02:00"
        ),
        [60, 60]
    );
    assert_eq!(
        lengths("Europe/London", Level::Month, "2013-02-01", "2013-04-01"),
        [28 * 1440, 31 * 1440 - 60]
    );
}

#[test]
fn raw_slots_begin_at_midnight_and_the_last_is_cut() {
    assert_eq!(
        lengths("Europe/London", Level::Raw, "2013-03-31", "2013-04-01").len(),
        23
    );
    let calendar = calendar("Europe/London", 1000);
    let day = time(calendar.zone(), "2013-01-01");
    let slots: Vec<_> = calendar
        .slots(Level::Raw, day, day.plus_ms(DAY_MS))
        .map(|slot| slot.length_ms() / MINUTE_MS)
        .collect();
    assert_eq!(slots, [1000, 440]);
}

#[test]
fn a_whole_epoch_is_the_whole_tree_and_windows_round_inwards() {
    let calendar = calendar("Europe/London", 60);
    let span = calendar.epoch_span(calendar.epoch(time(calendar.zone(), "2013-03-15")));
    let epoch = calendar.epoch(span.start);
    for level in Level::ALL {
        assert_eq!(
            calendar.index_span(level, epoch, span.start, span.end),
            Some(0..1 << level.depth()),
            "[model-12]"
        );
        assert_eq!(
            calendar.index_span(level, epoch, Time::EARLIEST, Time::LATEST),
            Some(0..1 << level.depth())
        );
        let inside = calendar.index_span(level, epoch, span.start.plus_ms(1), span.end.plus_ms(-1));
        if level == Level::Month {
            assert_eq!(inside, None);
        } else {
            let inside = inside.unwrap();
            assert!(inside.start > 0 && inside.end < 1 << level.depth());
        }
        assert_eq!(
            calendar.index_span(level, epoch, span.end, span.end.plus_ms(DAY_MS)),
            None
        );
        assert_eq!(
            calendar.index_span(level, epoch, span.end, span.start),
            None
        );
    }
}

#[test]
fn times_beyond_the_range_are_held_at_its_ends() {
    let calendar = calendar("Asia/Kathmandu", 60);
    for level in Level::ALL {
        let first = calendar.slot(level, Time::from_ms(i64::MIN));
        assert!(first.contains(Time::EARLIEST));
        let last = calendar.slot(level, Time::from_ms(i64::MAX));
        assert!(last.contains(Time::LATEST.plus_ms(-1)));
        assert_eq!(
            calendar
                .slots(level, Time::from_ms(i64::MAX), Time::from_ms(i64::MAX))
                .count(),
            0
        );
    }
    for number in [i32::MIN, i32::MAX] {
        let epoch = Epoch::from_number(number);
        assert_eq!(epoch.index(Level::Raw, Time::from_ms(i64::MIN)), None);
        assert_eq!(epoch.index(Level::Raw, Time::from_ms(i64::MAX)), None);
        assert_eq!(
            calendar.index_span(Level::Day, epoch, Time::EARLIEST, Time::LATEST),
            None
        );
    }
    // [model-6]
    assert!(Calendar::new(Zone::utc(), 0).is_err() && Calendar::new(Zone::utc(), 1441).is_err());
}

proptest! {
    /// The leaves of a window are exactly those of its slots.
    #[test]
    fn index_span_covers_the_slots_of_the_window(
        zone in proptest::sample::select(&ZONES[..]),
        level in proptest::sample::select(&Level::ALL[..]),
        start in 1_300_000_000_000_i64..1_400_000_000_000,
        length in 0_i64..5 * DAY_MS,
    ) {
        let calendar = calendar(zone, 45);
        let (from, until) = (Time::from_ms(start), Time::from_ms(start + length));
        for epoch in [calendar.epoch(from), calendar.epoch(from).next()] {
            let span = calendar.index_span(level, epoch, from, until).unwrap_or(0..0);
            for slot in calendar.slots(level, from.plus_ms(-3 * DAY_MS), until.plus_ms(3 * DAY_MS)) {
                if calendar.epoch(slot.start) == epoch {
                    let index = epoch.index(level, slot.start).unwrap();
                    prop_assert_eq!(span.contains(&index), slot.is_within(from, until));
                }
            }
        }
    }
}
