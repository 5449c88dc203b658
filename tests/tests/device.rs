//! A device of a household: it writes with keys that were handed to it, and can read nothing that it has sealed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use freehold::{
    Error, Home, PartyRole, Reading, Selector, Stream, Time, Value,
    consent::Choices,
    model::{Facet, Level, Levels},
};
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
    let spec = spec(1, "heart_rate", "UTC").levels(levels);
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
    stream(home).read(utc("2025-01-01"), until).unwrap()
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
    assert!((300..360).contains(&sealed), "{sealed}");
    assert_eq!(counts(&phone, Level::Day), 2 * 144);
    // The device has what is open, and nothing else.
    let open = all(&meter);
    assert!(!open.is_empty() && open.len() < 12, "{}", open.len());
    assert_eq!(counts(&meter, Level::Day), 0);
    assert_eq!(counts(&meter, Level::Hour), 0);
    // It goes on after it was closed, and the household after it was away.
    drop(meter);
    let meter = house.home(&disk);
    for _ in 0..6 {
        assert_eq!(hours(&house, &stream(&meter), 24 * 7), 0);
        house.all_meet(&[&meter, &phone]);
    }
    assert_eq!(counts(&phone, Level::Day), 44 * 144);
    phone.verify().unwrap();
    meter.verify().unwrap();
    // Who may read does, by keys that an agent hands out.
    let recipient = house.recipient();
    let (from, until) = (utc("2026-02-10"), utc("2026-03-30"));
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
    let device = freehold_tests::now(meter.erase(&stream(&meter), from, until));
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
    assert!((16 * 144..18 * 144).contains(&kept), "{kept}");
    drop(meter);
    let meter = house.home(&disk);
    house.all_meet(&[&meter, &phone]);
    let mut times: Vec<Time> = all(&phone).iter().map(|reading| reading.time).collect();
    times.dedup();
    let expected = 32 * 144 + 3;
    assert!((expected - 12..=expected).contains(&times.len()), "{}", times.len());
    assert!(times.contains(&late) && times.contains(&utc("2001-01-01")));
    assert!(times.contains(&utc("2050-06-01")));
    // With new keys it goes on, and summaries over what was put in are made again.
    assert_eq!(hours(&house, &self::stream(&meter), 48), 0);
    house.all_meet(&[&meter, &phone]);
    let days = self::stream(&phone)
        .summaries(Level::Day, utc("2026-01-01"), now(&house))
        .unwrap();
    let counts: Vec<u64> = days.iter().map(|day| day.summary.count().unwrap()).collect();
    let mut expected = vec![144; 33];
    expected[0] = 145;
    assert_eq!(counts, expected);
    phone.verify().unwrap();
}
