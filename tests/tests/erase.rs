//! Erasure: what is erased opens for nobody any more, what is not stays as it was, and no crash loses either.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::Duration,
};

use freehold::{
    ErasureReport, Error, Facet, Facets, FileKeyStore, Home, Level, Levels, Reading, Selector,
    SetClock, Stream, Time, Trace, Value,
    consent::{Choices, Span},
    crypto::{KeyStore, KeyStoreError, KeyStoreKind, MemoryKeyStore, Secret, SeededEntropy},
    model::Slot,
    testing::{Bench, CopiedLog, home_in, logs_of_home, logs_of_recipient},
};
use freehold_store::{FILE_NAME, MemoryStore, Store, StoreError};
use freehold_tests::{Rng, add, ask, full_store::FullStore, spec, thief::Thief, utc, wishes};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const LEVELS: [Level; 4] = [Level::Raw, Level::QuarterHour, Level::Hour, Level::Day];

fn start() -> Time {
    utc("2026-01-01")
}

fn day(n: i64) -> Time {
    start().plus_ms(n * DAY_MS)
}

/// A reading every ten minutes of these days.
fn readings(days: std::ops::Range<i64>) -> Vec<Reading> {
    let reading = |n: i64| {
        let time = start().plus_ms(n * 600_000);
        Reading::new(time, Value::Number(600 + n * 37 % 200))
    };
    (days.start * 144..days.end * 144).map(reading).collect()
}

fn pulse(home: &Home) -> Stream {
    let spec = spec(1, "heart_rate", "UTC").levels(Levels::from(LEVELS));
    add(home, spec.chunk_minutes(60))
}

/// A bench whose clock stands at the end of the tenth day, with all that was read until then.
fn bench(seed: u64) -> (Bench, Stream) {
    let bench = Bench::new(seed, day(10)).unwrap();
    let stream = pulse(&bench.home);
    stream.record(&readings(0..10)).unwrap();
    stream.flush().unwrap();
    (bench, stream)
}

fn erase(home: &Home, stream: &Stream, from: Time, until: Time) -> ErasureReport {
    home.erase(stream, from, until).unwrap()
}

fn starts(stream: &Stream, level: Level) -> Vec<Time> {
    let windows = stream.summaries(level, day(-300), day(300)).unwrap();
    windows.iter().map(|window| window.slot.start).collect()
}

/// [erase-2]
#[test]
fn what_is_erased_is_gone_and_what_is_not_stays() {
    let (bench, stream) = bench(1);
    let (from, until) = (
        day(3).plus_ms(10 * HOUR_MS + 600_000),
        day(3).plus_ms(12 * HOUR_MS),
    );
    let before: Vec<_> = LEVELS[1..]
        .iter()
        .map(|level| (*level, stream.summaries(*level, day(0), day(10)).unwrap()))
        .collect();
    let foreseen = bench.home.erasable(&stream, from, until).unwrap();
    let report = erase(&bench.home, &stream, from, until);
    assert_eq!(report, foreseen);
    // The hour in which it begins goes whole; so does the day.
    let span = Slot {
        start: day(3).plus_ms(10 * HOUR_MS),
        end: until,
    };
    assert_eq!(report.span, span);
    let counts: Vec<_> = report
        .levels
        .iter()
        .map(|of| (of.level, of.slots))
        .collect();
    let expected = [
        (Level::Raw, 2),
        (Level::QuarterHour, 8),
        (Level::Hour, 2),
        (Level::Day, 1),
    ];
    assert_eq!(counts, expected);
    for reopened in [false, true] {
        let read = stream.read(day(0), day(10)).unwrap();
        let mut kept = readings(0..10);
        kept.retain(|reading| !span.contains(reading.time));
        assert_eq!(read, kept, "reopened {reopened}");
        for (level, windows) in &before {
            let mut kept = windows.clone();
            kept.retain(|window| window.slot.end <= span.start || span.end <= window.slot.start);
            assert!(kept.len() < windows.len());
            assert_eq!(stream.summaries(*level, day(0), day(10)).unwrap(), kept);
        }
        let sound = bench.home.verify().unwrap();
        assert_eq!(
            sound.pieces, sound.opened,
            "no piece of an erased slot is held"
        );
    }
    // Once more is no more.
    let again = erase(&bench.home, &stream, from, until);
    assert!(again.levels.iter().all(|level| level.slots == 0));
}

/// [erase-3]
#[test]
fn late_readings_of_erased_slots_are_dropped_and_counted() {
    let (bench, stream) = bench(2);
    erase(&bench.home, &stream, day(3), day(4));
    let late = |time: Time| vec![Reading::new(time.plus_ms(1), Value::Number(777))];
    let done = stream.record(&late(day(3).plus_ms(HOUR_MS))).unwrap();
    assert_eq!((done.new, done.late, done.dropped), (0, 0, 1));
    let done = stream.record(&late(day(5))).unwrap();
    assert_eq!((done.new, done.late, done.dropped), (1, 1, 0));
    assert!(stream.read(day(3), day(4)).unwrap().is_empty());
    bench.home.verify().unwrap();
    // The day before was not erased; a late reading of it is sealed under new roots, its day stands again.
    stream.record(&late(day(2))).unwrap();
    assert_eq!(
        starts(&stream, Level::Day),
        [0, 1, 2, 4, 5, 6, 7, 8, 9].map(day)
    );
}

/// The open slot, the running hour and the running day.
#[test]
fn open_slots_are_closed_and_their_day_never_stands() {
    let (bench, stream) = bench(3);
    let hour = |n: i64| day(10).plus_ms(n * HOUR_MS);
    let at = |time: Time| Reading::new(time, Value::Number(700));
    let of: Vec<Reading> = (0..40).map(|n| at(day(10).plus_ms(n * 600_000))).collect();
    bench.clock.set(hour(6).plus_ms(2_400_000));
    stream.record(&of).unwrap();
    let report = erase(&bench.home, &stream, hour(5), hour(7));
    assert_eq!(
        report.span,
        Slot {
            start: hour(5),
            end: hour(7)
        }
    );
    assert_eq!(report.unsealed, 4);
    let done = stream
        .record(&[at(hour(6).plus_ms(2_500_000)), at(hour(7))])
        .unwrap();
    assert_eq!((done.new, done.dropped), (1, 1));
    bench.clock.set(day(12));
    stream.record(&[at(hour(20)), at(day(11))]).unwrap();
    stream.flush().unwrap();
    let hours: Vec<Time> = starts(&stream, Level::Hour)
        .into_iter()
        .filter(|start| *start >= day(10))
        .collect();
    assert_eq!(
        hours,
        [
            hour(0),
            hour(1),
            hour(2),
            hour(3),
            hour(4),
            hour(7),
            hour(20),
            day(11)
        ]
    );
    assert_eq!(
        starts(&stream, Level::Day),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11].map(day)
    );
    bench.home.verify().unwrap();
}

/// Without a raw level nothing can be kept of a day whose only summary was erased.
#[test]
fn without_a_raw_level_the_rest_of_an_erased_day_is_dropped() {
    let bench = Bench::new(4, day(0).plus_ms(12 * HOUR_MS)).unwrap();
    let spec = spec(1, "heart_rate", "UTC").levels(Levels::from([Level::Day]));
    let stream = add(&bench.home, spec.chunk_minutes(60));
    let at = |n: i64| Reading::new(day(0).plus_ms(n * HOUR_MS), Value::Number(700));
    stream.record(&[at(1), at(2), at(11)]).unwrap();
    erase(
        &bench.home,
        &stream,
        day(0).plus_ms(HOUR_MS),
        day(0).plus_ms(2 * HOUR_MS),
    );
    assert_eq!(stream.record(&[at(13), at(30)]).unwrap().dropped, 1);
    bench.clock.set(day(4));
    stream.flush().unwrap();
    assert_eq!(starts(&stream, Level::Day), [day(1)]);
}

/// [erase-5]: a counter's next increment must not hold what was counted in the hole.
#[test]
fn no_increment_reaches_over_the_hole() {
    for sealed in [false, true] {
        let bench = Bench::new(5, day(0).plus_ms(6 * HOUR_MS)).unwrap();
        let spec =
            spec(1, "energy_imported", "UTC").levels(Levels::from([Level::Raw, Level::Hour]));
        let stream = add(&bench.home, spec.chunk_minutes(60));
        let at = |n: i64, value| Reading::new(day(0).plus_ms(n * HOUR_MS), Value::Number(value));
        stream
            .record(&[at(1, 1_000), at(2, 1_010), at(3, 5_000)])
            .unwrap();
        if sealed {
            stream.record(&[at(5, 5_001)]).unwrap();
        }
        let hour = |n: i64| day(0).plus_ms(n * HOUR_MS);
        let report = erase(&bench.home, &stream, hour(3), hour(6));
        assert_eq!(report.traces, [Trace::Index]);
        bench.clock.set(day(1));
        stream.record(&[at(7, 5_005), at(8, 5_015)]).unwrap();
        stream.flush().unwrap();
        let values: Vec<_> = stream
            .read(day(0), day(1))
            .unwrap()
            .into_iter()
            .map(|r| r.value.number())
            .collect();
        assert_eq!(
            values,
            [Some(0), Some(10), Some(0), Some(10)],
            "sealed {sealed}"
        );
    }
}

#[test]
fn an_empty_range_is_refused_and_the_future_is_left_alone() {
    let (bench, stream) = bench(6);
    let refused = |from, until| bench.home.erase(&stream, from, until).unwrap_err();
    assert_eq!(refused(day(3), day(3)), Error::Time);
    assert_eq!(refused(day(4), day(3)), Error::Time);
    assert_eq!(refused(day(11), day(12)), Error::Time);
    let report = erase(&bench.home, &stream, day(9), day(300));
    assert_eq!(
        report.span,
        Slot {
            start: day(9),
            end: day(10).plus_ms(HOUR_MS)
        }
    );
}

/// [erase-4]: the logs are those that were copied before, so that only keys can keep the erased day closed.
#[test]
fn nobody_is_handed_the_erased_keys_again() {
    let (bench, stream) = bench(7);
    let lines = || {
        let ask =
            |facets: Facets, levels: Levels| ask("heart_rate", levels, facets, day(0), day(12));
        let sums: Facets = stream.spec().unwrap().facets;
        let (raw, all) = (
            Levels::from([Level::Raw]),
            Levels::from(LEVELS).without(Level::Raw),
        );
        vec![ask(Facets::of(Facet::Readings), raw), ask(sums, all)]
    };
    let lease = || Some(Span::from_minutes(1440).unwrap());
    let (mut early, mut late) = (Thief::new(1), Thief::new(2));
    early.is_granted(&bench.home, wishes(lines(), lease()));
    // A bundle of before that nobody has fetched yet.
    bench.clock.set(day(11));
    let owed = bench.home.parcel(&early.card, &early.have()).unwrap();
    let logs = logs_of_home(&bench.home).unwrap();
    let report = erase(&bench.home, &stream, day(3), day(4));
    late.is_granted(&bench.home, wishes(lines(), lease()));
    assert_eq!(
        opened_days(&late, &logs),
        [0, 1, 2, 4, 5, 6, 7, 8, 9].map(day).into()
    );
    // Who had the keys has them; the report says so.
    assert_eq!(opened_days(&early, &logs).len(), 10);
    let holders: Vec<_> = report.holders.iter().map(|h| (h.level, h.slots)).collect();
    let expected = [
        (Level::Raw, 24),
        (Level::QuarterHour, 96),
        (Level::Hour, 24),
        (Level::Day, 1),
    ];
    assert_eq!(holders, expected);
    assert_eq!(report.holders[0].recipient, "Kind Services");
    // What it would have been sent goes no more: one bundle has all that is left.
    let parcel = bench.home.parcel(&early.card, &early.have()).unwrap();
    assert_ne!(parcel, owed);
    assert_eq!(early.extends(&parcel), 1);
    // Who had deleted its keys gets them for the other days.
    let mut anew = Thief::new(1);
    anew.is_granted(&bench.home, wishes(lines(), lease()));
    assert_eq!(opened_days(&anew, &logs).len(), 9);
}

fn opened_days(thief: &Thief, logs: &[CopiedLog]) -> BTreeSet<Time> {
    let day_of = |(log, seq, number): (usize, u64, usize)| {
        let mut entries = logs[log].entries.iter();
        let entry = entries.find(|entry| entry.header().seq() == seq).unwrap();
        let mut pieces = entry.pieces();
        let piece = pieces.find(|piece| piece.number() == number).unwrap();
        day(piece.slot.start.since_ms(start()).div_euclid(DAY_MS))
    };
    let opened = thief.tries_every_place(logs);
    opened.into_iter().map(day_of).collect()
}

fn standing(home: &Home) -> Result<(usize, usize), Error> {
    let stream = home.stream("heart_rate")?;
    let read = stream.read(day(0), day(10))?;
    let erased = read
        .iter()
        .filter(|reading| day(3) <= reading.time && reading.time < day(4));
    let erased = erased.count();
    let sound = home.verify()?;
    assert_eq!(sound.pieces, sound.opened);
    Ok((erased, read.len() - erased))
}

/// A key store that fails at a step, before or after it did it.
struct Failing {
    keys: Arc<MemoryKeyStore>,
    left: AtomicI64,
    after: bool,
}

impl Failing {
    fn step<T>(&self, does: impl FnOnce() -> Result<T, KeyStoreError>) -> Result<T, KeyStoreError> {
        let fails = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if fails && !self.after {
            return Err(KeyStoreError::Failed);
        }
        let done = does()?;
        if fails {
            Err(KeyStoreError::Failed)
        } else {
            Ok(done)
        }
    }
}
impl KeyStore for Failing {
    fn load(&self) -> Result<Option<Secret>, KeyStoreError> {
        self.step(|| self.keys.load())
    }

    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.step(|| self.keys.prepare(key))
    }

    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError> {
        self.step(|| self.keys.prepared())
    }

    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.step(|| self.keys.replace(key))
    }

    fn kind(&self) -> KeyStoreKind {
        KeyStoreKind::Memory
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        self.step(|| self.keys.counter())
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        self.step(|| self.keys.advance(count))
    }
}

fn open(store: Arc<dyn Store>, keys: Arc<dyn KeyStore>) -> Result<Home, Error> {
    let clock = Arc::new(SetClock::new(day(10)));
    home_in(store, "Home", keys, clock, Box::new(SeededEntropy::new(9)))
}

fn recorded(home: &Home) -> Stream {
    let stream = pulse(home);
    stream.record(&readings(0..10)).unwrap();
    stream.flush().unwrap();
    stream
}

/// [erase-6]: whatever step of the key store fails, with or without effect: the home opens, with the day or without it, and never loses
/// another; the same call again finishes what was begun.
#[test]
fn a_key_store_may_fail_at_any_step() {
    for after in [false, true] {
        for again in [false, true] {
            let mut tried = 0;
            for at in 0.. {
                let keys = Arc::new(MemoryKeyStore::new());
                let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
                let stream = recorded(&open(store.clone(), keys.clone()).unwrap());
                drop(stream);
                let failing = Arc::new(Failing {
                    keys: keys.clone(),
                    left: AtomicI64::new(i64::MAX),
                    after,
                });
                let home = open(store.clone(), failing.clone()).unwrap();
                let stream = home.stream("heart_rate").unwrap();
                failing.left.store(at, Ordering::SeqCst);
                let outcome = home.erase(&stream, day(3), day(4));
                if again && outcome.is_err() {
                    home.erase(&stream, day(3), day(4)).unwrap();
                    assert_eq!(standing(&home).unwrap(), (0, 9 * 144));
                }
                let failed = failing.left.load(Ordering::SeqCst) < 0;
                let (erased, kept) = standing(&home).unwrap();
                assert!(
                    kept == 9 * 144 && (erased == 0 || erased == 144 && outcome.is_err()),
                    "{at}"
                );
                drop((home, stream));
                let home = open(store.clone(), keys.clone()).unwrap();
                assert_eq!(
                    standing(&home).unwrap(),
                    (erased, kept),
                    "{at} {after} {again}"
                );
                assert!(keys.prepared().unwrap().is_none());
                if !failed {
                    assert!(outcome.is_ok());
                    break;
                }
                tried += 1;
            }
            assert!(tried >= 4, "{tried}");
        }
    }
}

/// A store without room at any commit of an erasure.
#[test]
fn a_store_may_be_full_at_any_commit() {
    let (mut tried, mut unsigned) = (0, 0);
    for at in 0.. {
        let keys = Arc::new(MemoryKeyStore::new());
        let store = Arc::new(FullStore::new(i64::MAX));
        let home = open(store.clone(), keys.clone()).unwrap();
        let stream = recorded(&home);
        store.fail_at(at);
        let outcome = home.erase(&stream, day(3), day(4));
        let full = store.was_full();
        let expected = if outcome.is_err() { 144 } else { 0 };
        assert_eq!(standing(&home).unwrap(), (expected, 9 * 144));
        let opened = open(store.clone(), keys.clone()).unwrap();
        assert_eq!(standing(&opened).unwrap(), (expected, 9 * 144));
        match outcome {
            // Erased, and the home's own receipt had no room: the next meeting signs it.
            Ok(_) if full => {
                let erasures = opened.erasures().unwrap();
                assert!(erasures.iter().all(|one| one.parties[0].at.is_none()));
                unsigned += 1;
            }
            Ok(_) => break,
            Err(error) => {
                assert_eq!((error, full), (Error::Store(StoreError::Full), true));
                erase(&home, &stream, day(3), day(4));
                assert_eq!(standing(&home).unwrap(), (0, 9 * 144));
                tried += 1;
            }
        }
    }
    assert!(tried >= 1);
    assert_eq!(unsigned, 1);
}

/// A copy of the store from before the erasure, with the key store of after it.
#[test]
fn an_older_copy_of_the_store_opens_no_more() {
    for passphrase in [None, Some("correct horse")] {
        let dir = tempfile::tempdir().unwrap();
        let keys = || match passphrase {
            Some(words) => FileKeyStore::with_passphrase(dir.path(), words),
            None => FileKeyStore::beside(dir.path()),
        };
        let clock = Arc::new(SetClock::new(day(10)));
        let home = Home::create_with(dir.path(), "Home", keys(), clock.clone()).unwrap();
        recorded(&home);
        home.close().unwrap();
        let file = dir.path().join(FILE_NAME);
        let copy = std::fs::read(&file).unwrap();
        let home = Home::open_with(dir.path(), keys(), clock.clone()).unwrap();
        erase(&home, &home.stream("heart_rate").unwrap(), day(3), day(4));
        home.close().unwrap();
        let newer = std::fs::read(&file).unwrap();
        std::fs::write(&file, copy).unwrap();
        let opened = Home::open_with(dir.path(), keys(), clock.clone());
        assert_eq!(opened.err(), Some(Error::OlderThanKey));
        std::fs::write(&file, newer).unwrap();
        let home = Home::open_with(dir.path(), keys(), clock.clone()).unwrap();
        assert_eq!(standing(&home).unwrap(), (0, 9 * 144));
        assert!(!dir.path().join("store.next").exists());
    }
}

/// [erase-7]: a recipient hears of it by the parcel, deletes its copy, and takes none back from a parcel of before.
#[test]
fn a_recipients_copy_goes_and_does_not_come_back() {
    let (bench, stream) = bench(8);
    let line = ask(
        "heart_rate",
        [Level::Day, Level::Hour],
        [Facet::Totals],
        day(0),
        day(300),
    );
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    bench.recipient.accept(&grant).unwrap();
    let before = bench
        .home
        .parcel(bench.recipient.card(), &bench.recipient.have().unwrap())
        .unwrap();
    bench.recipient.receive(&before).unwrap();
    let days = || -> Vec<Time> {
        let opened = bench
            .recipient
            .summaries(&Selector::default(), Level::Day, day(0), day(10));
        opened
            .unwrap()
            .items
            .iter()
            .map(|window| window.slot.start)
            .collect()
    };
    assert_eq!(days().len(), 10);
    let report = erase(&bench.home, &stream, day(3), day(4));
    assert_eq!(report.holders.len(), 2);
    bench.sync().unwrap();
    let left = [0, 1, 2, 4, 5, 6, 7, 8, 9].map(day);
    assert_eq!(days(), left);
    // The parcel of before has the pieces once more.
    bench.recipient.receive(&before).unwrap();
    assert_eq!(days(), left);
    let of_that_day = |slot: Slot| day(3) < slot.end && slot.start < day(4);
    for log in logs_of_recipient(&bench.recipient).unwrap() {
        for entry in &log.entries {
            let held = entry
                .pieces()
                .filter(|piece| entry.body().piece(piece.number()).is_some());
            assert_eq!(held.filter(|piece| of_that_day(piece.slot)).count(), 0);
        }
    }
    let erasures = bench.home.erasures().unwrap();
    assert_eq!(erasures.len(), 1);
    assert_eq!(erasures[0].recipients.len(), 1);
}

const DIR: &str = "FREEHOLD_ERASE";
const FIRST: &str = "FREEHOLD_FIRST_DAY";

/// The process that records a day, erases every second one, and is killed: the home opens, with a day or without it.
#[test]
fn an_erasure_survives_being_killed() {
    let dir = tempfile::tempdir().unwrap();
    let (mut first, mut recorded) = (0, BTreeSet::new());
    let (mut began, mut done) = (BTreeSet::new(), BTreeSet::new());
    let mut rng = Rng(7);
    for _ in 0..12 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "erase_until_killed"])
            .env(DIR, dir.path())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let lines = thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<_>>());
        thread::sleep(Duration::from_millis(100 + rng.number() % 400));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.join().unwrap() {
            match line
                .split_once(' ')
                .map(|(what, day)| (what, day.parse::<i64>()))
            {
                Some(("recorded", Ok(day))) => drop(recorded.insert(day)),
                Some(("began", Ok(day))) => drop(began.insert(day)),
                Some(("erased", Ok(day))) => drop(done.insert(day)),
                _ => {}
            }
        }
        let (home, stream) = on_disk(dir.path());
        for n in recorded.iter().copied() {
            let found = stream.read(day(n), day(n + 1)).unwrap().len();
            let there = found == 144 && !done.contains(&n);
            let gone = found == 0 && began.contains(&n);
            assert!(there || gone, "day {n}: {found}");
        }
        let sound = home.verify().unwrap();
        assert_eq!(sound.pieces, sound.opened);
        assert!(!dir.path().join("store.next").exists());
        // A day that was under way may be there, or a part of it.
        first = recorded.last().map_or(first, |last| last + 1) + 1;
    }
    assert!(done.len() > 3, "{}", done.len());
}

fn on_disk(dir: &Path) -> (Home, Stream) {
    let clock = Arc::new(SetClock::new(day(1_000)));
    let keys = || FileKeyStore::beside(dir);
    let home = match Home::open_with(dir, keys(), clock.clone()) {
        Ok(home) => home,
        Err(_) if !dir.join(FILE_NAME).exists() => {
            Home::create_with(dir, "Home", keys(), clock).unwrap()
        }
        Err(error) => panic!("{error:?}"),
    };
    let stream = home.stream("heart_rate").unwrap_or_else(|_| pulse(&home));
    (home, stream)
}

/// Not a test: the process that is killed.
#[test]
#[ignore = "run by another test as a process of its own"]
fn erase_until_killed() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let first: i64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let (home, stream) = on_disk(Path::new(&dir));
    let say = |what: &str, day: i64| {
        let mut out = std::io::stdout();
        writeln!(out, "\n{what} {day}").unwrap();
        out.flush().unwrap();
    };
    for n in first.. {
        stream.record(&readings(n..n + 1)).unwrap();
        say("recorded", n);
        if n % 2 == 0 {
            say("began", n);
            erase(&home, &stream, day(n), day(n + 1));
            say("erased", n);
        }
    }
}
