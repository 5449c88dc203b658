//! Readings for which a device has no key: what becomes of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use freehold::{
    Clock, Device, Home, PartyRole, Reading, Stream, Value,
    model::{Level, Levels},
};
use freehold_store::{Key, Order};
use freehold_tests::{
    house::{Disk, House},
    spec, utc,
};

const STEP_MS: i64 = 10 * 60_000;
/// The space of these rows.
const STRAYS: u8 = 19;
/// A device is given keys for so many days.
const FED_DAYS: i64 = 14;

/// A phone and a meter of its household that writes one stream.
struct Lived {
    house: House,
    phone: Home,
    meter: Home,
    /// Where the meter's data lies.
    disk: Disk,
    /// So many readings were recorded.
    recorded: i64,
}

impl Lived {
    fn new(seed: u64, kind: &str, levels: impl Into<Levels>) -> Self {
        let mut house = House::new(seed, utc("2026-01-01"));
        let phone = house.home(&Disk::new());
        let (meter, disk) = house.pair(&phone, "Meter", PartyRole::Device);
        let device = Device {
            name: "meter".into(),
            maker: None,
            model: None,
        };
        phone.add_device(device).unwrap();
        let mut spec = spec(1, kind, "UTC").levels(levels);
        spec.chunk_minutes = 60;
        phone.add_stream_for("Meter", "meter", kind, spec).unwrap();
        house.all_meet(&[&phone, &meter]);
        Self {
            house,
            phone,
            meter,
            disk,
            recorded: 0,
        }
    }

    fn days(&mut self, days: i64) -> i64 {
        self.hours(24 * days)
    }

    /// So many hours pass with a reading every ten minutes, each 3 more than the one before; how many were kept for the household.
    fn hours(&mut self, hours: i64) -> i64 {
        let stream = only(&self.meter);
        let mut kept = 0;
        for _ in 0..hours * 6 {
            let at = self.house.clock.now();
            let value = Value::Number(1000 + 3 * self.recorded);
            kept += stream.record(&[Reading::new(at, value)]).unwrap().kept;
            self.recorded += 1;
            self.house.clock.set(at.plus_ms(STEP_MS));
        }
        i64::try_from(kept).unwrap()
    }

    /// The meter reads 70 with a clock that is years behind.
    fn strays(&self) {
        let reading = Reading::new(utc("2001-01-01"), Value::Number(70));
        let done = only(&self.meter).record(&[reading]).unwrap();
        assert_eq!((done.new, done.kept), (0, 1));
    }

    /// What the phone sums up at a level: how many readings, and their sum.
    fn totals(&self, level: Level) -> (i64, i128) {
        let windows = only(&self.phone).summaries(level, utc("2025-01-01"), utc("2027-01-01"));
        let totals = windows.unwrap().into_iter();
        let totals = totals.map(|window| window.summary.totals.unwrap());
        totals.fold((0, 0), |(count, sum), totals| {
            (
                count + i64::try_from(totals.count).unwrap(),
                sum + totals.sum,
            )
        })
    }
}

fn only(home: &Home) -> Stream {
    home.streams().remove(0)
}

/// How many rows of readings without a key a store holds.
fn rows(disk: &Disk) -> usize {
    let place = |row| Key::new(STRAYS, row).unwrap();
    let (mut rows, all) = (0, place(0)..=place(Key::MAX_ID));
    let scanned = disk.store.scan(all, Order::Ascending, &mut |_, _| {
        rows += 1;
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    rows
}

fn old(home: &Home) -> usize {
    let (from, until) = (utc("2000-01-01"), utc("2002-01-01"));
    only(home).read(from, until).unwrap().len()
}

/// The sum of so many numbers, from 1000 in steps of 3.
fn sum(count: i64) -> i128 {
    i128::from(count) * 1000 + 3 * i128::from(count) * i128::from(count - 1) / 2
}

/// [household-18]: what is kept without a raw level is summed up all the same, once.
#[test]
fn without_a_raw_level_nothing_is_lost() {
    let mut lived = Lived::new(41, "heart_rate", [Level::Hour, Level::Day]);
    // Until noon: the rest of that day the device seals.
    let kept = lived.hours(20 * 24 + 12);
    assert!(kept > (20 - FED_DAYS - 1) * 144, "{kept}");
    lived.house.all_meet(&[&lived.meter, &lived.phone]);
    assert_eq!(lived.hours(3 * 24 + 12), 0);
    lived.house.all_meet(&[&lived.meter, &lived.phone]);
    lived.house.all_meet(&[&lived.meter, &lived.phone]);
    let all = (lived.recorded, sum(lived.recorded));
    assert_eq!(lived.totals(Level::Hour), all);
    assert_eq!(lived.totals(Level::Day), all);
    lived.phone.verify().unwrap();
}

/// [household-18]: what a counter counted is counted once, whoever seals it.
#[test]
fn a_counter_counts_once() {
    for levels in [
        Levels::from([Level::Raw, Level::Hour, Level::Day]),
        [Level::Hour, Level::Day].into(),
    ] {
        let mut lived = Lived::new(42, "energy_imported", levels);
        assert!(lived.hours(20 * 24 + 12) > 0);
        lived.house.all_meet(&[&lived.meter, &lived.phone]);
        assert_eq!(lived.hours(3 * 24 + 12), 0);
        lived.house.all_meet(&[&lived.meter, &lived.phone]);
        lived.house.all_meet(&[&lived.meter, &lived.phone]);
        let last = lived.recorded - 1;
        let counted = (lived.recorded, 3 * i128::from(last));
        assert_eq!(lived.totals(Level::Hour), counted, "{levels:?}");
        assert_eq!(lived.totals(Level::Day), counted, "{levels:?}");
        let (from, until) = (utc("2025-01-01"), utc("2027-01-01"));
        let hours = only(&lived.phone).summaries(Level::Hour, from, until);
        let index = hours.unwrap().pop().unwrap().summary.index.unwrap();
        assert_eq!(index.0, Some(1000 + 3 * last));
    }
}

/// [household-17]: whoever keeps them does so until they are put in, and no longer.
#[test]
fn they_are_kept_until_they_are_put_in() {
    let mut lived = Lived::new(43, "heart_rate", [Level::Raw, Level::Hour]);
    let (tablet, other) = lived.house.pair(&lived.phone, "Tablet", PartyRole::Agent);
    lived.house.all_meet(&[&lived.phone, &tablet, &lived.meter]);
    lived.strays();
    assert_eq!(rows(&lived.disk), 1);
    // An agent that does not see to the meter keeps them, and the meter does not know whether anybody will.
    lived.house.all_meet(&[&lived.meter, &tablet, &lived.meter]);
    assert_eq!((rows(&lived.disk), rows(&other), old(&tablet)), (1, 1, 0));
    lived.house.all_meet(&[&lived.phone, &tablet, &lived.meter]);
    assert_eq!((rows(&lived.disk), rows(&other)), (0, 0));
    assert_eq!((old(&lived.phone), old(&tablet)), (1, 1));
    // The next ones have other numbers.
    lived.strays();
    lived
        .house
        .all_meet(&[&lived.meter, &lived.phone, &lived.meter]);
    assert_eq!((rows(&lived.disk), old(&lived.phone)), (0, 1));
    lived.phone.verify().unwrap();
}

/// [household-17]: a letter left at a relay that no agent meets again is not the only one.
#[test]
fn they_come_by_every_relay_and_count_once() {
    for nobody_meets_the_first in [true, false] {
        let mut lived = Lived::new(44, "heart_rate", [Level::Hour]);
        let mut second = House::new(45, lived.house.clock.now()).elsewhere();
        second.all_meet(&[&lived.phone, &lived.meter, &lived.phone]);
        lived.strays();
        lived.house.meet(&lived.meter);
        second.meet(&lived.meter);
        if !nobody_meets_the_first {
            lived.house.meet(&lived.phone);
        }
        second.all_meet(&[&lived.phone, &lived.meter]);
        assert_eq!(rows(&lived.disk), 0);
        lived.days(1);
        lived
            .house
            .all_meet(&[&lived.meter, &lived.phone, &lived.phone]);
        let old = only(&lived.phone).summaries(Level::Hour, utc("2000-01-01"), utc("2002-01-01"));
        let old = old.unwrap();
        assert_eq!(old.len(), 1);
        assert_eq!(old[0].summary.totals.unwrap().count, 1);
    }
}

/// [household-17]: what no agent puts in is sent again after a day, then after two, and not at every meeting.
#[test]
fn they_are_sent_again_after_a_while() {
    let mut lived = Lived::new(46, "heart_rate", [Level::Raw, Level::Hour]);
    lived.house.meet(&lived.meter);
    lived.strays();
    let mut sent = Vec::new();
    for quarter in 0..16 {
        if lived.house.meets(&lived.meter).unwrap().stretches > 0 {
            sent.push(quarter);
        }
        let now = lived.house.clock.now();
        lived.house.clock.set(now.plus_ms(6 * 3_600_000));
    }
    assert_eq!(sent, [0, 4, 12]);
    lived.house.all_meet(&[&lived.phone, &lived.meter]);
    assert_eq!((rows(&lived.disk), old(&lived.phone)), (0, 1));
}

/// [household-17]: what the device has no more is not waited for.
#[test]
fn what_was_erased_holds_nothing_up() {
    let mut lived = Lived::new(47, "heart_rate", [Level::Raw, Level::Hour]);
    lived.days(1);
    lived.house.all_meet(&[&lived.meter, &lived.phone]);
    lived.strays();
    let (from, until) = (utc("2000-12-31"), utc("2001-01-02"));
    lived.phone.erase(&only(&lived.phone), from, until).unwrap();
    lived.house.all_meet(&[&lived.phone, &lived.meter]);
    assert_eq!((rows(&lived.disk), old(&lived.phone)), (0, 0));
    let reading = Reading::new(utc("2001-02-01"), Value::Number(71));
    assert_eq!(only(&lived.meter).record(&[reading]).unwrap().kept, 1);
    lived
        .house
        .all_meet(&[&lived.meter, &lived.phone, &lived.meter]);
    assert_eq!((rows(&lived.disk), old(&lived.phone)), (0, 1));
}

/// [household-17]: what is too much for one letter comes in several.
#[test]
fn many_come_in_several_letters() {
    let mut lived = Lived::new(48, "heart_rate", [Level::Raw, Level::Hour]);
    let first = utc("2000-06-01");
    let hours = (0..1100).map(|hour| first.plus_ms(hour * 3_600_000));
    let readings: Vec<Reading> = hours
        .map(|at| Reading::new(at, Value::Number(70)))
        .collect();
    assert_eq!(only(&lived.meter).record(&readings).unwrap().kept, 1100);
    assert!(lived.house.meets(&lived.meter).unwrap().stretches > 1);
    lived.house.all_meet(&[&lived.phone, &lived.meter]);
    assert_eq!((rows(&lived.disk), old(&lived.phone)), (0, 1100));
}
