//! A device that is stolen, a gateway of several sensors, a device that is removed, and one whose agent is gone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{path::Path, sync::Arc};

use freehold::{
    Clock, Device, Error, FileKeyStore, Home, PartyRole, Reading, Stream, Time, Value,
    model::Level,
    testing::{logs_of_home, opened_by_home, opened_by_row},
};
use freehold_store::{SqliteStore, StoreOptions};
use freehold_tests::{
    house::{Disk, House},
    spec, utc,
    witness::{Row, Witness, is_of_vault, steal},
};

const MINUTE_MS: i64 = 60_000;

/// Streams that a party of this name writes, named by their kinds.
fn written(phone: &Home, writer: &str, kinds: &[&str]) {
    for (no, kind) in (1..).zip(kinds) {
        let device = Device {
            name: format!("{kind} sensor"),
            maker: None,
            model: None,
        };
        phone.add_device(device).unwrap();
        let mut spec = spec(no, kind, "UTC").levels([Level::Raw, Level::Hour, Level::Day]);
        spec.chunk_minutes = 60;
        phone
            .add_stream_for(writer, &format!("{kind} sensor"), kind, spec)
            .unwrap();
    }
}

fn now(house: &House) -> Time {
    Clock::now(&*house.clock)
}

fn number(at: Time) -> i64 {
    60 + at.ms() / MINUTE_MS % 40
}

/// So many hours pass, with a reading of each stream every ten minutes. Gives how many were kept for the household.
fn hours(house: &House, streams: &[Stream], hours: i64) -> u64 {
    let mut kept = 0;
    for _ in 0..hours * 6 {
        let at = now(house);
        for stream in streams {
            let reading = Reading::new(at, Value::Number(number(at)));
            let done = stream.record(&[reading]).unwrap();
            assert_eq!(done.new + done.kept, 1);
            kept += done.kept;
        }
        house.clock.set(at.plus_ms(10 * MINUTE_MS));
    }
    kept
}

fn all(home: &Home, name: &str) -> Vec<Reading> {
    let stream = home.stream(name).unwrap();
    stream.read(utc("1999-01-01"), utc("2060-01-01")).unwrap()
}

/// What the rows open of the logs of a home, each row alone.
fn opens(home: &Home, rows: impl IntoIterator<Item = Row>) -> usize {
    let logs = logs_of_home(home).unwrap();
    let rows = rows.into_iter().filter(is_of_vault);
    rows.map(|row| opened_by_row(home, &row, &logs).unwrap().len())
        .sum()
}

/// A device lives for some days and is stolen at several moments. Gives how many pieces open by what its files still have of keys
/// that were deleted.
fn stolen_over_and_over(scrubs: bool) -> usize {
    let mut house = House::new(31, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let folder = tempfile::tempdir().unwrap();
    let witness = Arc::new(Witness::open(folder.path(), scrubs));
    let disk = Disk {
        store: witness.clone(),
        keys: Arc::new(FileKeyStore::beside(folder.path())),
    };
    let meter = house.pair_on(&phone, "Meter", PartyRole::Device, &disk);
    written(&phone, "Meter", &["heart_rate"]);
    house.all_meet(&[&phone, &meter]);
    let streams = [meter.stream("heart_rate").unwrap()];
    let mut found = 0;
    for passed in [3, 20, 1, 30, 24 * 11, 2] {
        assert_eq!(hours(&house, &streams, passed), 0);
        let copy = tempfile::tempdir().unwrap();
        steal(folder.path(), copy.path());
        // Whoever had looked all the time would open what is sealed now: these rows are worth searching for.
        assert!(passed < 20 || opens(&meter, witness.replaced()) > 0);
        assert_eq!(opens(&meter, witness.vault()), 0, "keys of what is sealed");
        found += opens(&meter, witness.left_in(copy.path()));
        assert!(!scrubs || witness.left_in(copy.path()).is_empty());
        house.all_meet(&[&meter, &phone]);
        if scrubs {
            asks_the_relay(&mut house, &meter, folder.path());
        }
    }
    let sealed = all(&phone, "heart_rate").len();
    assert!(sealed > 24 * 13 * 6, "{sealed}");
    found
}

/// Who has stolen a device speaks for it at the relay, and is given there what it was given, and nothing for what it has sealed.
fn asks_the_relay(house: &mut House, meter: &Home, folder: &Path) {
    let copy = tempfile::tempdir().unwrap();
    steal(folder, copy.path());
    let store = SqliteStore::open(copy.path(), StoreOptions::default()).unwrap();
    let thief = house.home(&Disk {
        store: Arc::new(store),
        keys: Arc::new(FileKeyStore::beside(copy.path())),
    });
    house.meet(&thief);
    let logs = logs_of_home(meter).unwrap();
    assert!(opened_by_home(&thief, &logs).unwrap().is_empty());
}

/// [household-12]
#[test]
fn a_stolen_device_opens_nothing_that_it_has_sealed() {
    assert_eq!(stolen_over_and_over(true), 0);
}

/// The search of the files finds what is there.
#[test]
fn a_log_that_is_not_cut_has_keys() {
    assert!(stolen_over_and_over(false) > 0);
}

/// A gateway writes for simple sensors: each has a stream of its own, and one sensor's trouble is not another's.
#[test]
fn a_gateway_writes_for_three_sensors() {
    let mut house = House::new(32, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let (gateway, disk) = house.pair(&phone, "Gateway", PartyRole::Device);
    let kinds = ["heart_rate", "air_temperature", "illuminance"];
    written(&phone, "Gateway", &kinds);
    house.all_meet(&[&phone, &gateway]);
    let streams = |home: &Home| kinds.map(|kind| home.stream(kind).unwrap());
    assert_eq!(hours(&house, &streams(&gateway), 30), 0);
    let lost = Reading::new(utc("2001-01-01"), Value::Number(70));
    let done = streams(&gateway)[0].record(&[lost]).unwrap();
    assert_eq!((done.new, done.kept), (0, 1));
    drop(gateway);
    let gateway = house.home(&disk);
    assert_eq!(hours(&house, &streams(&gateway), 30), 0);
    house.all_meet(&[&gateway, &phone]);
    for (kind, own) in kinds.into_iter().zip([1, 0, 0]) {
        let read = all(&phone, kind);
        let strays = read
            .iter()
            .filter(|reading| reading.time < utc("2002-01-01"));
        assert_eq!(strays.count(), own, "{kind}");
        assert!(
            (58 * 6..=60 * 6).contains(&(read.len() - own)),
            "{kind} {}",
            read.len()
        );
        assert!(matches!(
            phone.stream(kind).unwrap().record(&[]).err(),
            Some(Error::Elsewhere)
        ));
        assert!(all(&gateway, kind).len() < 12);
    }
    phone.verify().unwrap();
}

/// [household-10]: what a removed device writes is taken by nobody, what others seal it does not open, and its stream goes on.
#[test]
fn a_removed_device_is_out() {
    let mut house = House::new(33, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let (meter, _) = house.pair(&phone, "Meter", PartyRole::Device);
    written(&phone, "Meter", &["heart_rate"]);
    house.all_meet(&[&phone, &meter]);
    let streams = [meter.stream("heart_rate").unwrap()];
    hours(&house, &streams, 30);
    house.all_meet(&[&meter, &phone]);
    let before = all(&phone, "heart_rate");
    let removed = now(&house);
    phone.remove("Meter").unwrap();
    house.meet(&phone);
    // It has not heard of it, and goes on.
    hours(&house, &streams, 30);
    let refused = house.meets(&meter);
    assert!(
        refused.as_ref().map_or(true, |done| done.stretches == 0),
        "{refused:?}"
    );
    house.meet(&phone);
    assert_eq!(all(&phone, "heart_rate").len(), before.len());
    // The owner goes on with the stream, on days for which the device has keys.
    house.clock.set(removed);
    hours(&house, &[phone.stream("heart_rate").unwrap()], 48);
    house.meet(&phone);
    let _ = house.meets(&meter);
    let logs = logs_of_home(&phone).unwrap();
    let later: Vec<_> = logs
        .into_iter()
        .filter(|log| log.genesis.incarnation > 0)
        .collect();
    assert!(later.iter().map(|log| log.entries.len()).sum::<usize>() > 0);
    assert!(opened_by_home(&meter, &later).unwrap().is_empty());
    assert!(all(&phone, "heart_rate").len() > before.len() + 46 * 6);
    phone.verify().unwrap();
}

/// [household-17]: what a device left for the household is put in also when the agent that sees to it never hears of it.
#[test]
fn what_a_device_left_outlives_its_agent() {
    let mut house = House::new(34, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let (tablet, disk) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let (meter, _) = house.pair(&phone, "Meter", PartyRole::Device);
    written(&phone, "Meter", &["heart_rate"]);
    house.all_meet(&[&phone, &meter, &tablet]);
    hours(&house, &[meter.stream("heart_rate").unwrap()], 5);
    let stray = Reading::new(utc("2001-01-01"), Value::Number(70));
    let done = meter
        .stream("heart_rate")
        .unwrap()
        .record(std::slice::from_ref(&stray));
    assert_eq!(done.unwrap().kept, 1);
    // The phone is never seen again.
    house.all_meet(&[&meter, &tablet]);
    drop(tablet);
    let tablet = house.home(&disk);
    tablet.remove("Phone").unwrap();
    house.all_meet(&[&meter, &tablet]);
    assert!(all(&tablet, "heart_rate").contains(&stray));
    tablet.verify().unwrap();
}

/// [household-11]: a device that nobody meets has keys for two weeks and a little, and then none.
#[test]
fn keys_are_handed_out_for_two_weeks() {
    let mut house = House::new(35, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let (meter, _) = house.pair(&phone, "Meter", PartyRole::Device);
    written(&phone, "Meter", &["heart_rate"]);
    house.all_meet(&[&phone, &meter]);
    let streams = [meter.stream("heart_rate").unwrap()];
    let kept = hours(&house, &streams, 24 * 20);
    assert!((5 * 144..=6 * 144).contains(&kept), "{kept}");
    house.all_meet(&[&meter, &phone]);
    assert_eq!(hours(&house, &streams, 24 * 9), 0);
    house.all_meet(&[&meter, &phone]);
    let read = all(&phone, "heart_rate").len();
    assert!((29 * 144 - 12..=29 * 144).contains(&read), "{read}");
    phone.verify().unwrap();
}

/// A feed that waited while the device went on has keys of what was sealed meanwhile: they go as soon as it is read.
#[test]
fn a_feed_that_waited_is_cut_down_at_once() {
    let mut house = House::new(36, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk {
        store: Arc::new(Witness::open(folder.path(), true)),
        keys: Arc::new(FileKeyStore::beside(folder.path())),
    };
    let meter = house.pair_on(&phone, "Meter", PartyRole::Device, &disk);
    written(&phone, "Meter", &["heart_rate"]);
    house.all_meet(&[&phone, &meter]);
    let streams = [meter.stream("heart_rate").unwrap()];
    assert_eq!(hours(&house, &streams, 24 * 11), 0);
    house.meet(&phone);
    assert_eq!(hours(&house, &streams, 48), 0);
    let copy = tempfile::tempdir().unwrap();
    steal(folder.path(), copy.path());
    let store = SqliteStore::open(copy.path(), StoreOptions::default()).unwrap();
    let thief = house.home(&Disk {
        store: Arc::new(store),
        keys: Arc::new(FileKeyStore::beside(copy.path())),
    });
    let logs = logs_of_home(&meter).unwrap();
    assert!(opened_by_home(&thief, &logs).unwrap().is_empty());
    house.meet(&thief);
    assert!(opened_by_home(&thief, &logs).unwrap().is_empty());
}
