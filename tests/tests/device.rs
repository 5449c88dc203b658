//! A device of a household: it writes with keys that were handed to it, and can read nothing that it has sealed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{fs, path::Path};

use freehold::{
    Error, FileKeyStore, Home, Newcomer, PartyRole, Reading, Selector, Stream, Time, Value,
    consent::Choices,
    model::{Facet, Level, Levels},
    testing::{logs_of_home, opened_by_home},
    transport::{Memory, Offer},
};
use freehold_store::{Key, Order, SqliteStore, Store, StoreOptions};
use freehold_tests::{
    ask,
    house::{Disk, House},
    spec, utc, wishes,
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

struct Lived {
    house: House,
    phone: Home,
    meter: Home,
    disk: Disk,
}

/// A phone and a meter that writes `heart_rate`.
fn lived(seed: u64, levels: impl Into<Levels>) -> Lived {
    let mut house = House::new(seed, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let (meter, disk) = house.pair(&phone, "Meter", PartyRole::Device);
    phone
        .add_device(freehold::Device {
            name: "meter".into(),
            maker: None,
            model: None,
        })
        .unwrap();
    let mut spec = spec(1, "heart_rate", "UTC").levels(levels);
    spec.chunk_minutes = 60;
    phone
        .add_stream_for("Meter", "meter", "heart_rate", spec)
        .unwrap();
    house.all_meet(&[&phone, &meter]);
    Lived {
        house,
        phone,
        meter,
        disk,
    }
}

fn stream(home: &Home) -> Stream {
    home.stream("heart_rate").unwrap()
}

fn now(house: &House) -> Time {
    freehold::Clock::now(&*house.clock)
}

fn reading(at: Time) -> Reading {
    Reading::new(at, Value::Number(60 + at.ms() / MINUTE_MS % 40))
}

/// So many hours pass, with a reading every ten minutes.
fn hours(house: &House, stream: &Stream, hours: i64) -> u64 {
    let mut kept = 0;
    for _ in 0..hours * 6 {
        let at = now(house);
        kept += stream.record(&[reading(at)]).unwrap().kept;
        house.clock.set(at.plus_ms(10 * MINUTE_MS));
    }
    kept
}

fn all(home: &Home) -> Vec<Reading> {
    let until = utc("2060-01-01");
    stream(home).read(utc("1999-01-01"), until).unwrap()
}

fn counts(home: &Home, level: Level) -> u64 {
    let until = utc("2060-01-01");
    let windows = stream(home).summaries(level, utc("2025-01-01"), until);
    windows
        .unwrap()
        .iter()
        .map(|window| window.summary.count().unwrap())
        .sum()
}

/// [household-11]
#[test]
fn a_device_writes_what_the_household_reads() {
    let Lived {
        mut house,
        phone,
        meter,
        disk,
    } = lived(1, [Level::Raw, Level::Hour, Level::Day]);
    assert_eq!(hours(&house, &stream(&meter), 60), 0);
    house.all_meet(&[&meter, &phone]);
    let sealed = all(&phone).len();
    assert!((300..=360).contains(&sealed), "{sealed}");
    assert_eq!(counts(&phone, Level::Day), 2 * 144);
    // The device has what is open, and nothing else.
    let open = all(&meter);
    assert!(open.len() < 12, "{}", open.len());
    assert_eq!(counts(&meter, Level::Day), 0);
    assert_eq!(counts(&meter, Level::Hour), 0);
    // It goes on after it was closed, and the household after it was away.
    drop(meter);
    let meter = house.home(&disk);
    for _ in 0..3 {
        assert_eq!(hours(&house, &stream(&meter), 24 * 7), 0);
        house.all_meet(&[&meter, &phone]);
    }
    assert_eq!(counts(&phone, Level::Day), 23 * 144);
    phone.verify().unwrap();
    meter.verify().unwrap();
    // Who may read does, by keys that an agent hands out.
    let recipient = house.recipient();
    let (from, until) = (utc("2026-01-20"), utc("2026-03-30"));
    let line = ask("heart_rate", [Level::Day], [Facet::Totals], from, until);
    let request = recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = phone.propose(&request, &Choices::default()).unwrap();
    let grant = phone.approve(&proposal, proposal.shown(), true).unwrap();
    let token = recipient.accept(&grant).unwrap();
    hours(&house, &stream(&meter), 48);
    house.all_meet(&[&meter, &phone]);
    house.fetches(&recipient, token).unwrap();
    let days = recipient
        .summaries(&Selector::default(), Level::Day, from, until)
        .unwrap();
    assert_eq!(days.items.len(), 6);
    // It acts for nobody.
    assert_eq!(meter.revoke(token).err(), Some(Error::NotAgent));
    assert!(meter.propose(&request, &Choices::default()).is_err());
    assert_eq!(meter.remove("Phone").err(), Some(Error::NotAgent));
    let device = meter.erase(&stream(&meter), from, until);
    assert_eq!(device.err(), Some(Error::NotAgent));
}

/// [household-13]
#[test]
fn what_a_device_has_no_key_for_is_not_lost() {
    let Lived {
        mut house,
        phone,
        meter,
        disk,
    } = lived(2, [Level::Raw, Level::Hour, Level::Day]);
    let stream = stream(&meter);
    assert_eq!(hours(&house, &stream, 24), 0);
    // Its clock is wrong: long ago, and far ahead. Then it is right again.
    let right = now(&house);
    for wrong in [utc("2001-01-01"), utc("2050-06-01")] {
        let done = stream.record(&[reading(wrong)]).unwrap();
        assert_eq!((done.new, done.kept), (0, 1));
    }
    // The whole clock jumps, also for what seals: keys of slots that it has yet to write stay.
    house.clock.set(right.plus_ms(5 * DAY_MS));
    stream.flush().unwrap();
    house.clock.set(right);
    assert_eq!(hours(&house, &stream, 24), 0);
    // Later than the slot was kept open.
    let late = utc("2026-01-01").plus_ms(5 * MINUTE_MS);
    let done = stream.record(&[reading(late), reading(late)]).unwrap();
    assert_eq!((done.new, done.kept), (0, 2));
    // For a month nobody hears of it: after two weeks it has no keys.
    let kept = hours(&house, &stream, 24 * 30);
    assert!((18 * 144..=18 * 144 + 12).contains(&kept), "{kept}");
    drop(meter);
    let meter = house.home(&disk);
    house.all_meet(&[&meter, &phone]);
    let mut times: Vec<Time> = all(&phone).iter().map(|reading| reading.time).collect();
    times.dedup();
    let expected = 32 * 144 + 3;
    assert!(
        (expected - 12..=expected).contains(&times.len()),
        "{}",
        times.len()
    );
    assert!(times.contains(&late) && times.contains(&utc("2001-01-01")));
    assert!(times.contains(&utc("2050-06-01")));
    // With new keys it goes on, and summaries over what was put in are made again.
    assert_eq!(hours(&house, &self::stream(&meter), 48), 0);
    house.all_meet(&[&meter, &phone]);
    let days = self::stream(&phone)
        .summaries(Level::Day, utc("2026-01-01"), now(&house))
        .unwrap();
    let counts: Vec<u64> = days
        .iter()
        .map(|day| day.summary.count().unwrap())
        .collect();
    let mut expected = vec![144; 34];
    expected[0] = 145;
    assert_eq!(counts, expected);
    phone.verify().unwrap();
}

/// A meter in a folder of its own, with its key file in it.
fn meter_in(house: &House, phone: &Home, folder: &Path) -> Home {
    let (mut one, mut two) = Memory::pair();
    let mut invitation = phone.invite("", PartyRole::Device).unwrap();
    let offer = Offer::from_text(invitation.text()).unwrap();
    let newcomer = Newcomer {
        name: "Meter".into(),
        role: PartyRole::Device,
    };
    let keys = FileKeyStore::beside(folder);
    std::thread::scope(|scope| {
        let taken = scope.spawn(move || invitation.run(&mut one, &mut |_| true));
        let joined = Home::join(
            folder,
            keys,
            house.clock.clone(),
            &offer,
            newcomer,
            &mut two,
            &mut |_| true,
        );
        taken.join().unwrap().unwrap();
        joined.unwrap()
    })
}

fn copied(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Pieces of the rows of keys, and of what the store is, as they lie in a stolen folder.
fn secrets_in(folder: &Path) -> Vec<Vec<u8>> {
    let store = SqliteStore::open(folder, StoreOptions::default()).unwrap();
    let mut found = Vec::new();
    for space in [1, 5] {
        let rows = Key::all(space).unwrap();
        let visit = &mut |_: Key, row: &[u8]| {
            found.extend(row.chunks_exact(40).map(<[u8]>::to_vec));
            std::ops::ControlFlow::Continue(())
        };
        store.scan(rows, Order::Ascending, visit).unwrap();
    }
    found
}

fn lie_in(folder: &Path, pieces: &[Vec<u8>]) -> usize {
    let mut bytes = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        bytes.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let lies = |piece: &&Vec<u8>| bytes.windows(piece.len()).any(|window| window == *piece);
    pieces.iter().filter(lies).count()
}

/// [household-12]
#[test]
fn a_stolen_device_opens_nothing_that_is_sealed() {
    let mut house = House::new(3, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let folder = tempfile::tempdir().unwrap();
    let meter = meter_in(&house, &phone, folder.path());
    phone
        .add_device(freehold::Device {
            name: "meter".into(),
            maker: None,
            model: None,
        })
        .unwrap();
    let mut spec = spec(1, "heart_rate", "UTC").levels([Level::Raw, Level::Hour, Level::Day]);
    spec.chunk_minutes = 60;
    phone
        .add_stream_for("Meter", "meter", "heart_rate", spec)
        .unwrap();
    house.all_meet(&[&phone, &meter]);
    let stolen = tempfile::tempdir().unwrap();
    let mut before: Vec<Vec<u8>> = Vec::new();
    for theft in 0..3 {
        hours(&house, &stream(&meter), 31);
        house.all_meet(&[&meter, &phone]);
        let to = stolen.path().join(theft.to_string());
        copied(folder.path(), &to);
        let rows = secrets_in(&to);
        assert!(
            lie_in(folder.path(), &rows) > rows.len() / 2,
            "rows lie in few pieces"
        );
        // What an earlier thief saw of keys that are gone is nowhere in the files any more.
        before.retain(|piece| !rows.contains(piece));
        assert!(before.len() > 20 || theft == 0);
        assert_eq!(lie_in(folder.path(), &before), 0);
        before = rows;
        let keys = FileKeyStore::beside(&to);
        let thief = Home::open_with(&to, keys, house.clock.clone()).unwrap();
        let logs = logs_of_home(&phone).unwrap();
        assert_eq!(logs.len(), 3);
        assert!(opened_by_home(&phone, &logs).unwrap().len() > 31 * (theft + 1));
        assert_eq!(opened_by_home(&thief, &logs).unwrap(), []);
        // It can write on until somebody says stop, under what it has: no keys for more than two weeks.
        let far = now(&house).plus_ms(15 * DAY_MS);
        let done = stream(&thief).record(&[reading(far)]).unwrap();
        assert_eq!(done.kept, 1);
    }
}

/// [household-14]
#[test]
fn a_removed_device_is_out() {
    let Lived {
        mut house,
        phone,
        meter,
        ..
    } = lived(4, [Level::Raw, Level::Hour, Level::Day]);
    hours(&house, &stream(&meter), 30);
    house.all_meet(&[&meter, &phone]);
    let refused = stream(&phone).record(&[reading(now(&house))]);
    assert_eq!(refused.err(), Some(Error::Elsewhere));
    let had = all(&phone).len();
    phone.remove("Meter").unwrap();
    house.meet(&phone);
    // It goes on and nobody takes it.
    hours(&house, &stream(&meter), 5);
    assert!(house.meets(&meter).is_err());
    house.meet(&phone);
    assert_eq!(all(&phone).len(), had);
    // Its owner writes the stream now, under keys that it does not have.
    hours(&house, &stream(&phone), 30);
    stream(&phone).flush().unwrap();
    let logs = logs_of_home(&phone).unwrap();
    assert_eq!(logs.len(), 6);
    assert!(opened_by_home(&phone, &logs).unwrap().len() > 60);
    assert_eq!(opened_by_home(&meter, &logs).unwrap(), []);
    assert_eq!(all(&phone).len(), had + 180);
    // A day that both wrote has what both wrote, but for five hours that nobody took.
    assert_eq!(counts(&phone, Level::Day), 2 * 144 - 30);
    phone.verify().unwrap();
}

/// [household-11]
#[test]
fn new_keys_reach_a_device() {
    let Lived {
        mut house,
        phone,
        meter,
        ..
    } = lived(5, [Level::Raw, Level::Hour, Level::Day]);
    hours(&house, &stream(&meter), 12);
    let grant = |house: &mut House| {
        let recipient = house.recipient();
        let (from, until) = (utc("2026-01-01"), utc("2027-01-01"));
        let line = ask("heart_rate", [Level::Hour], [Facet::Totals], from, until);
        let request = recipient.request(wishes(vec![line], None)).unwrap();
        let proposal = phone.propose(&request, &Choices::default()).unwrap();
        let grant = phone.approve(&proposal, proposal.shown(), true).unwrap();
        let token = recipient.accept(&grant).unwrap();
        (recipient, token)
    };
    let (_, withdrawn) = grant(&mut house);
    let (recipient, token) = grant(&mut house);
    house.all_meet(&[&meter, &phone]);
    phone.revoke(withdrawn).unwrap();
    house.all_meet(&[&phone, &meter]);
    assert_eq!(hours(&house, &stream(&meter), 26), 0);
    house.all_meet(&[&meter, &phone]);
    house.fetches(&recipient, token).unwrap();
    let hours = recipient
        .summaries(
            &Selector::default(),
            Level::Hour,
            utc("2026-01-01"),
            now(&house),
        )
        .unwrap();
    assert!(hours.items.len() > 35, "{}", hours.items.len());
    let logs = logs_of_home(&phone).unwrap();
    let entries = logs.iter().flat_map(|log| &log.entries);
    let generations: Vec<u32> = entries.map(|entry| entry.header().generation()).collect();
    assert!(generations.contains(&0) && generations.iter().any(|generation| *generation > 0));
    // An erasure reaches it too: what is open is gone, and what comes for it is dropped.
    let (from, until) = (now(&house).plus_ms(-HOUR_MS), now(&house).plus_ms(DAY_MS));
    phone.erase(&stream(&phone), from, until).unwrap();
    house.all_meet(&[&phone, &meter]);
    let done = stream(&meter).record(&[reading(from)]).unwrap();
    assert_eq!((done.new, done.kept, done.dropped), (0, 0, 1));
    assert_eq!(self::hours(&house, &stream(&meter), 30), 0);
    house.all_meet(&[&meter, &phone]);
    phone.verify().unwrap();
    meter.verify().unwrap();
}

/// [household-11]
#[test]
fn a_gateway_writes_for_the_sensors_behind_it() {
    let mut house = House::new(6, utc("2026-01-01"));
    let phone = house.home(&Disk::new());
    let (gateway, _) = house.pair(&phone, "Gateway", PartyRole::Device);
    let sensors = ["hall", "kitchen", "attic"];
    for (no, sensor) in (1..).zip(sensors) {
        phone
            .add_device(freehold::Device {
                name: sensor.into(),
                maker: None,
                model: None,
            })
            .unwrap();
        let spec = spec(no, "air_temperature", "Europe/London").levels([Level::Raw, Level::Hour]);
        phone
            .add_stream_for("Gateway", sensor, sensor, spec)
            .unwrap();
    }
    house.all_meet(&[&phone, &gateway]);
    assert_eq!(gateway.streams().len(), 3);
    for hour in 0..50 {
        let at = now(&house);
        for (n, sensor) in (0..).zip(sensors) {
            let stream = gateway.stream(sensor).unwrap();
            assert_eq!(stream.device(), sensor);
            let value = Value::Number(1_800 + 100 * n + hour);
            stream.record(&[Reading::new(at, value)]).unwrap();
        }
        house.clock.set(at.plus_ms(HOUR_MS));
    }
    house.all_meet(&[&gateway, &phone]);
    for (n, sensor) in (0..).zip(sensors) {
        let stream = phone.stream(sensor).unwrap();
        let read = stream.read(utc("2026-01-01"), now(&house)).unwrap();
        assert_eq!(read.len(), 48, "whole days are sealed");
        assert_eq!(read[0].value, Value::Number(1_800 + 100 * n));
    }
}
