//! A home whose process is killed, whose disk is full, whose file is torn: nothing acknowledged is lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher, RandomState},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use freehold::{
    Error, Facet, Facets, FileKeyStore, Home, Level, Levels, Reading, SetClock, Stream, Time, Value,
};
use freehold_store::StoreError;
use freehold_tests::{Rng, add, spec, utc};

const DIR: &str = "FREEHOLD_CRASH";
const ROUNDS: usize = 20;
/// Readings of one batch: with one a minute it takes a few batches to fill a raw slot, and a batch may fill one and a half.
const BATCH: i64 = 45;

#[test]
fn every_acknowledged_reading_survives_being_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut promised = 0;
    for round in 0..ROUNDS {
        let (mut child, acks) = start("record_until_killed", dir.path());
        thread::sleep(Duration::from_micros(random() % 60_000));
        if round == 0 {
            let second = open(dir.path()).err();
            assert_eq!(second, Some(Error::Store(StoreError::Busy)));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        promised = acks.join().unwrap().unwrap_or(promised);
        let found = whole_batches(dir.path(), round % 2 == 0);
        assert!(found >= promised, "{found} found, {promised} promised");
    }
    assert!(promised > 0);
    // What never was interrupted comes to the same.
    let (home, stream) = open(dir.path()).unwrap();
    stream.flush().unwrap();
    let count = batches(&stream.read(start_time(), far()).unwrap());
    let calm = tempfile::tempdir().unwrap();
    let (_, other) = open(calm.path()).unwrap();
    other.record(&readings(0..count)).unwrap();
    other.flush().unwrap();
    for level in [Level::QuarterHour, Level::Hour] {
        let summaries = |stream: &Stream| stream.summaries(level, start_time(), far()).unwrap();
        for (torn, whole) in summaries(&stream).iter().zip(&summaries(&other)) {
            assert_eq!(torn, whole);
        }
        assert_eq!(summaries(&stream).len(), summaries(&other).len());
    }
    assert_eq!(home.verify().unwrap().logs, 3);
}

/// Not a test: the process that is killed.
#[test]
#[ignore = "run by another test as a process of its own"]
fn record_until_killed() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let (_home, stream) = open(Path::new(&dir)).unwrap();
    let mut no = batches(&stream.read(start_time(), far()).unwrap());
    loop {
        stream.record(&batch(no)).unwrap();
        no += 1;
        // The harness may have begun this line with the test's name.
        let mut out = std::io::stdout();
        writeln!(out, "\ndone {no}.").unwrap();
        out.flush().unwrap();
        if no % 5 == 0 {
            stream.flush().unwrap();
        }
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=2m none \"$1\" || exit 99; exec \"$2\" --ignored --exact on_a_small_disk";
    let child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", mount, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .env(DIR, dir.path())
        .output();
    match child {
        Ok(output) if output.status.success() => {}
        Ok(output) if !String::from_utf8_lossy(&output.stdout).contains("running 1 test") => {
            eprintln!("skipped: no mount namespace to make a small disk in");
        }
        Err(_) => eprintln!("skipped: no unshare on this system"),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stdout)),
    }
}

/// Not a test by itself: needs the small disk of the test above.
#[test]
#[ignore = "run by another test on a disk of its own"]
fn on_a_small_disk() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let ballast = Path::new(&dir).join("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).unwrap();
    let dir = Path::new(&dir).join("home");
    let (home, stream) = open(&dir).unwrap();
    let mut recorded = 0;
    let full = loop {
        match stream.record(&batch(recorded)) {
            Ok(_) => recorded += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full, Error::Store(StoreError::Full));
    assert!(recorded > 20, "{recorded}");
    // The same handle still reads everything, and still refuses.
    assert_eq!(
        stream.read(start_time(), far()).unwrap(),
        readings(0..recorded)
    );
    assert_eq!(
        stream.record(&batch(recorded)),
        Err(Error::Store(StoreError::Full))
    );
    std::fs::remove_file(ballast).unwrap();
    // Now that there is room the same batch is taken, once.
    let again = stream.record(&batch(recorded)).unwrap();
    assert_eq!((again.new, again.duplicates), (BATCH.unsigned_abs(), 0));
    for no in recorded + 1..recorded + 10 {
        stream.record(&batch(no)).unwrap();
    }
    home.verify().unwrap();
    home.close().unwrap();
    assert_eq!(whole_batches(&dir, true), recorded + 10);
}

/// A bit is turned somewhere in the file, or its end is cut off: opening and reading say so, or nothing that matters was hit.
#[test]
fn a_damaged_file_is_an_error_and_never_wrong_readings() {
    let dir = tempfile::tempdir().unwrap();
    let (home, stream) = open(dir.path()).unwrap();
    for no in 0..40 {
        stream.record(&batch(no)).unwrap();
    }
    home.close().unwrap();
    drop(stream);
    let file = dir.path().join(freehold_store::FILE_NAME);
    let sound = std::fs::read(&file).unwrap();
    let mut rng = Rng(1);
    let mut seen = 0;
    for round in 0..60 {
        let mut torn = sound.clone();
        if round % 4 == 0 {
            torn.truncate(rng.below(sound.len()));
        } else {
            let at = rng.below(sound.len());
            *torn.get_mut(at).unwrap() ^= 1 << rng.below(8);
        }
        for name in ["store.db-wal", "store.db-shm"] {
            let _ = std::fs::remove_file(dir.path().join(name));
        }
        std::fs::write(&file, &torn).unwrap();
        match look(dir.path()) {
            Ok(found) => assert_eq!(found, readings(0..40), "round {round}"),
            Err(error) => {
                assert_eq!(error.class(), freehold::Class::Storage, "{error:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
    std::fs::write(&file, &sound).unwrap();
    assert_eq!(whole_batches(dir.path(), true), 40);
}

/// Opens, verifies and reads.
fn look(dir: &Path) -> Result<Vec<Reading>, Error> {
    let (home, stream) = open(dir)?;
    home.verify()?;
    stream.read(start_time(), far())
}

/// Starts `test` of this binary as a process, waits for the first number it prints, and gives the last one once it has ended.
fn start(test: &str, dir: &Path) -> (Child, JoinHandle<Option<i64>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test, "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (started, start) = std::sync::mpsc::channel();
    let reader = thread::spawn(move || {
        let mut last = None;
        for line in output.lines().map_while(Result::ok) {
            // A line that was cut off has no full stop.
            let number = line.strip_prefix("done ").and_then(|n| n.strip_suffix('.'));
            if let Some(number) = number.and_then(|n| n.parse().ok()) {
                last = Some(number);
                let _ = started.send(());
            }
        }
        last
    });
    start.recv_timeout(Duration::from_secs(30)).unwrap();
    (child, reader)
}

/// Opens the home in `dir`, or makes it, with its one stream.
fn open(dir: &Path) -> Result<(Home, Stream), Error> {
    let clock = Arc::new(SetClock::new(far()));
    let keys = FileKeyStore::beside(dir);
    if dir.join(freehold_store::FILE_NAME).exists() {
        let home = Home::open_with(dir, keys, clock)?;
        let stream = home.stream("heart_rate")?;
        return Ok((home, stream));
    }
    let home = Home::create_with(dir, "Home", keys, clock)?;
    let levels: Levels = [Level::Raw, Level::QuarterHour, Level::Hour].into();
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let spec = spec(1, "heart_rate", "UTC").levels(levels).facets(facets);
    let stream = add(&home, spec.chunk_minutes(60));
    Ok((home, stream))
}

/// How many batches there are, each whole, each reading once, and everything about them sound.
///
/// With a flush open slots are sealed, and the summaries have to be those of the readings; without one the next process finds
/// them in the journal.
fn whole_batches(dir: &Path, flush: bool) -> i64 {
    let (home, stream) = open(dir).unwrap();
    let found = stream.read(start_time(), far()).unwrap();
    let count = batches(&found);
    assert_eq!(found, readings(0..count));
    if flush {
        stream.flush().unwrap();
        let mut summed = BTreeMap::new();
        for window in stream.summaries(Level::Hour, start_time(), far()).unwrap() {
            let totals = window.summary.totals.unwrap();
            summed.insert(window.slot.start, (totals.count, totals.sum));
        }
        let mut expected = hours(&found);
        // The first hour began before the window that was asked for.
        expected.pop_first();
        assert_eq!(summed, expected);
    }
    home.verify().unwrap();
    count
}

fn hours(readings: &[Reading]) -> BTreeMap<Time, (u64, i128)> {
    let mut hours: BTreeMap<Time, (u64, i128)> = BTreeMap::new();
    for reading in readings {
        let hour = Time::from_ms(reading.time.ms().div_euclid(3_600_000) * 3_600_000);
        let (count, sum) = hours.entry(hour).or_default();
        *count += 1;
        *sum += i128::from(reading.value.number().unwrap());
    }
    hours
}

fn batches(readings: &[Reading]) -> i64 {
    i64::try_from(readings.len()).unwrap() / BATCH
}

fn batch(no: i64) -> Vec<Reading> {
    readings(no..no + 1)
}

fn readings(batches: std::ops::Range<i64>) -> Vec<Reading> {
    let reading = |n: i64| {
        let value = Value::Number(600 + (n * 7_919) % 1_000);
        Reading::new(start_time().plus_ms(n * 60_000), value)
    };
    (batches.start * BATCH..batches.end * BATCH)
        .map(reading)
        .collect()
}

fn start_time() -> Time {
    utc("2024-01-01T00:20Z")
}

fn far() -> Time {
    utc("2030-01-01")
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
