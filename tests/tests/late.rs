//! Late, out of order, twice, corrected: whatever the order of arrival, a stream ends up saying the same.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use freehold::{
    Facet, Facets, FileKeyStore, Home, Level, Levels, Reading, Recipient, Recorded, Selector,
    SetClock, Stream, Time, Value,
    consent::{Choices, Name, Role},
    crypto::{MemoryKeyStore, SeededEntropy},
    model::{
        Calendar, Extremes, Flags, Index, Range, Slot, StreamSpec, Summary, Totals, ValueKind, Zone,
    },
    testing::{logs_of_home, sync},
};
use freehold_store::FILE_NAME;
use freehold_tests::{Rng, add, ask, at, spec, utc, wishes};

const MINUTE_MS: i64 = 60_000;
const LEVELS: [Level; 6] = [
    Level::Raw,
    Level::QuarterHour,
    Level::HalfHour,
    Level::Hour,
    Level::Day,
    Level::Month,
];

/// A home on disk, so that it can be closed and opened again.
struct Disk {
    dir: tempfile::TempDir,
    clock: Arc<SetClock>,
    home: Option<Home>,
}

impl Disk {
    fn new(now_is: Time) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::new(now_is));
        let keys = FileKeyStore::beside(dir.path());
        let home = Home::create_with(dir.path(), "Home", keys, clock.clone()).unwrap();
        Self {
            dir,
            clock,
            home: Some(home),
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn home(&self) -> &Home {
        self.home.as_ref().unwrap()
    }

    /// A copy of the store as it lies there now.
    fn keep_copy(&mut self) -> Vec<u8> {
        self.home.take().unwrap().close().unwrap();
        let copy = std::fs::read(self.path().join(FILE_NAME)).unwrap();
        let keys = FileKeyStore::beside(self.path());
        self.home = Some(Home::open_with(self.path(), keys, self.clock.clone()).unwrap());
        copy
    }

    /// Puts a copy in the place of the store, and leaves the key file as it is.
    fn restore(&mut self, copy: &[u8]) {
        self.home.take().unwrap().close().unwrap();
        std::fs::write(self.path().join(FILE_NAME), copy).unwrap();
        let keys = FileKeyStore::beside(self.path());
        self.home = Some(Home::open_with(self.path(), keys, self.clock.clone()).unwrap());
    }

    /// Lets go of the home, tidily or as if the process had been killed, and opens it again.
    fn reopen(&mut self, tidily: bool) {
        let home = self.home.take().unwrap();
        if tidily {
            home.close().unwrap();
        } else {
            drop(home);
        }
        let keys = FileKeyStore::beside(self.path());
        self.home = Some(Home::open_with(self.path(), keys, self.clock.clone()).unwrap());
    }
}

/// The streams of the permutations, each with a change of the clock among its readings.
fn kinds() -> Vec<(StreamSpec, Vec<Reading>)> {
    let levels: Levels = LEVELS.into_iter().collect();
    let spec =
        |no: u8, kind: &str, zone: &str| spec(no, kind, zone).levels(levels).chunk_minutes(180);
    let some = |start: Time, step_ms: i64, value: &dyn Fn(i64) -> Value| -> Vec<Reading> {
        let reading = |n: i64| Reading::new(start.plus_ms(n * step_ms + n % 3 * 1_000), value(n));
        (0..260).map(reading).collect()
    };
    let london = at("Europe/London", "2014-03-29T07:00");
    let howe = at("Australia/Lord_Howe", "2014-04-05T07:00");
    let number = |n: i64| Value::Number(900 + n * 7_919 % 1_000);
    let halves = some(
        howe.plus_ms(-howe.ms() % (30 * MINUTE_MS)),
        30 * MINUTE_MS,
        &number,
    );
    let halves = halves.into_iter().map(|reading| Reading {
        time: Time::from_ms(reading.time.ms().div_euclid(30 * MINUTE_MS) * 30 * MINUTE_MS),
        ..reading.lasting_ms(900_000)
    });
    vec![
        (
            spec(1, "interstitial_glucose", "Europe/London"),
            some(london, 11 * MINUTE_MS, &number),
        ),
        (
            spec(2, "energy_interval", "Australia/Lord_Howe"),
            halves.collect(),
        ),
        (
            spec(3, "contact_open", "Europe/London"),
            some(london, 13 * MINUTE_MS, &|n| Value::Bool(n * 7 % 5 < 2)),
        ),
        (
            spec(4, "appliance_state", "Australia/Lord_Howe"),
            some(howe, 17 * MINUTE_MS, &|n| {
                Value::State(u16::try_from(n * 7 % 3).unwrap())
            }),
        ),
        // A counter's increments are those of the order of time as long as nothing was sealed out of order.
        (
            spec(5, "energy_imported", "Europe/London"),
            some(london, 11 * MINUTE_MS, &|n| Value::Number(n * n % 9_000)),
        ),
    ]
}

/// Batches in any order, some twice, the home opened again in between: the summaries are those of the readings, computed here
/// without the code that seals.
#[test]
fn any_order_of_arrival_gives_the_same() {
    for (no, (spec, readings)) in kinds().into_iter().enumerate() {
        for seed in 0..3 {
            let counter = spec.kind.value_kind() == ValueKind::Counter;
            let late_ms = if counter { 30 * 24 * 3_600_000 } else { 0 };
            let spec = StreamSpec {
                late_ms,
                ..spec.clone()
            };
            arrive(&spec, &readings, &mut Rng((no * 10 + seed) as u64));
        }
    }
}

fn arrive(spec: &StreamSpec, readings: &[Reading], rng: &mut Rng) {
    let end = readings.last().unwrap().time.plus_ms(24 * 3_600_000);
    let mut disk = Disk::new(end);
    add(disk.home(), spec.clone());
    let mut batches: Vec<Vec<Reading>> = Vec::new();
    let mut rest = readings;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at((1 + rng.below(30)).min(rest.len()));
        batches.push(batch.to_vec());
        rest = after;
    }
    // All as they stand, but two batches jump in either direction; or any order at all; within a batch any order, too.
    if rng.below(3) == 0 {
        let (a, b) = (rng.below(batches.len()), rng.below(batches.len()));
        batches.swap(a, b);
    } else {
        rng.shuffle(&mut batches);
    }
    let twice = rng.pick(&batches).clone();
    let at = rng.below(batches.len());
    batches.insert(at, twice);
    let mut recorded = Recorded::default();
    for mut batch in batches {
        if rng.below(2) == 0 {
            rng.shuffle(&mut batch);
        }
        recorded += stream(&disk).record(&batch).unwrap();
        match rng.below(5) {
            0 => disk.reopen(true),
            1 => disk.reopen(false),
            2 => stream(&disk).flush().unwrap(),
            _ => {}
        }
    }
    assert_eq!(recorded.new, readings.len() as u64);
    assert!(recorded.duplicates > 0 && recorded.corrected == 0 && recorded.dropped == 0);
    disk.clock.set(end.plus_ms(62 * 24 * 3_600_000));
    stream(&disk).flush().unwrap();
    for _ in 0..2 {
        holds(&stream(&disk), readings);
        let again = stream(&disk).record(readings).unwrap();
        assert_eq!((again.new, again.corrected), (0, 0), "the same once more");
        assert_eq!(again.duplicates, readings.len() as u64);
        disk.reopen(false);
    }
    disk.home().verify().unwrap();
    no_part_twice(disk.home());
}

fn stream(disk: &Disk) -> Stream {
    disk.home().streams().pop().unwrap()
}

/// Everything that the stream says is what these readings say, which stand in order of time, corrections after what they correct.
fn holds(stream: &Stream, readings: &[Reading]) {
    let spec = stream.spec().unwrap();
    let (from, until) = (utc("2013-12-01"), utc("2015-12-01"));
    let said = increments(&spec, readings);
    assert_eq!(stream.read(from, until).unwrap(), said);
    for level in spec.levels.iter().filter(|level| *level != Level::Raw) {
        let windows = stream.summaries(level, from, until).unwrap();
        let found: BTreeMap<Slot, Summary> = windows
            .into_iter()
            .map(|window| (window.slot, window.summary))
            .collect();
        let expected = summed_up(&spec, level, readings);
        for slot in found.keys().chain(expected.keys()) {
            let name = spec.kind.name();
            assert_eq!(
                found.get(slot),
                expected.get(slot),
                "{level} of {name}, {slot:?}"
            );
        }
    }
}

/// A counter's readings as increments.
fn increments(spec: &StreamSpec, readings: &[Reading]) -> Vec<Reading> {
    if spec.kind.value_kind() != ValueKind::Counter {
        return readings.to_vec();
    }
    let absolute = |reading: &Reading| reading.value.number().unwrap();
    let mut before = readings.first().map(absolute).unwrap();
    let turn = |reading: &Reading| {
        let this = absolute(reading);
        let increment = if this < before { this } else { this - before };
        before = this;
        Reading {
            value: Value::Number(increment),
            ..reading.clone()
        }
    };
    readings.iter().map(turn).collect()
}

/// The summaries of a level, from the definition.
fn summed_up(spec: &StreamSpec, level: Level, readings: &[Reading]) -> BTreeMap<Slot, Summary> {
    let calendar = Calendar::new(Zone::new(&spec.zone).unwrap(), spec.chunk_minutes).unwrap();
    let mut slots: BTreeMap<Slot, Vec<(Reading, Reading)>> = BTreeMap::new();
    for (said, came) in increments(spec, readings).into_iter().zip(readings) {
        let in_slot = slots.entry(calendar.slot(level, said.time)).or_default();
        in_slot.retain(|(before, _)| before.time != said.time);
        in_slot.push((said, came.clone()));
    }
    slots
        .into_iter()
        .map(|(slot, readings)| (slot, summary(spec, &readings)))
        .collect()
}

fn summary(spec: &StreamSpec, readings: &[(Reading, Reading)]) -> Summary {
    let numbers: Vec<i64> = readings
        .iter()
        .filter_map(|(said, _)| said.value.number())
        .collect();
    let has = |facet| spec.facets.contains(facet);
    let squares = || {
        numbers
            .iter()
            .map(|n| u128::from(n.unsigned_abs()).pow(2))
            .sum()
    };
    let totals = || Totals {
        count: numbers.len() as u64,
        sum: numbers.iter().map(|n| i128::from(*n)).sum(),
        sum_squares: squares(),
    };
    let range = || {
        Some(Range {
            min: *numbers.iter().min()?,
            max: *numbers.iter().max()?,
            first: *numbers.first()?,
            last: *numbers.last()?,
        })
    };
    let last = readings.last().and_then(|(_, came)| came.value.number());
    Summary {
        totals: has(Facet::Totals).then(totals),
        extremes: has(Facet::Extremes).then(|| Extremes(range())),
        distribution: has(Facet::Distribution).then(|| bins(spec, readings)),
        index: has(Facet::Index).then_some(Index(last)),
    }
}

fn bins(spec: &StreamSpec, readings: &[(Reading, Reading)]) -> Vec<u64> {
    let mut bins = vec![0; spec.kind.bins()];
    for (said, _) in readings {
        let bin = match &said.value {
            Value::Number(number) => spec.edges.iter().filter(|edge| *edge <= number).count(),
            Value::Bool(truth) => usize::from(*truth),
            Value::State(state) => usize::from(*state),
            _ => continue,
        };
        *bins.get_mut(bin).unwrap() += 1;
    }
    bins
}

/// A value comes late for an instant that is known, into a slot that is open and one that is sealed.
#[test]
fn corrections_count_and_stay_beside_what_they_correct() {
    let mut disk = Disk::new(utc("2014-05-10"));
    let levels: Levels = [Level::Raw, Level::Hour, Level::Day].into();
    add(
        disk.home(),
        spec(1, "interstitial_glucose", "UTC").levels(levels),
    );
    let start = utc("2014-05-01");
    let reading =
        |n: i64, value: i64| Reading::new(start.plus_ms(n * 600_000), Value::Number(value));
    let mut all: Vec<Reading> = (0..300).map(|n| reading(n, 1_000 + n)).collect();
    stream(&disk).record(&all).unwrap();
    for n in [5, 290] {
        let recorded = stream(&disk).record(&[reading(n, 2_000)]).unwrap();
        assert_eq!((recorded.new, recorded.corrected), (0, 1));
        let again = stream(&disk)
            .record(&[reading(n, 2_000), reading(n, 1_000 + n)])
            .unwrap();
        assert_eq!((again.duplicates, again.corrected), (2, 0));
        let after = all.partition_point(|other| other.time <= reading(n, 0).time);
        all.insert(after, reading(n, 2_000).flagged(Flags::CORRECTED));
        disk.reopen(n == 5);
    }
    stream(&disk).flush().unwrap();
    holds(&stream(&disk), &all);
    disk.home().verify().unwrap();
    no_part_twice(disk.home());
}

/// Whoever copied its absolute values to a counter twice has not used twice as much.
#[test]
fn a_counter_without_an_index_takes_a_file_twice() {
    let disk = Disk::new(utc("2014-05-10"));
    let levels: Levels = [Level::Raw, Level::Day].into();
    let spec = spec(1, "energy_imported", "UTC").levels(levels);
    add(disk.home(), spec.facets([Facet::Totals]));
    let start = utc("2014-05-01");
    let reading = |n: i64| Reading::new(start.plus_ms(n * 600_000), Value::Number(50 * n));
    let all: Vec<Reading> = (0..300).map(reading).collect();
    assert_eq!(stream(&disk).record(&all).unwrap().new, 300);
    stream(&disk).flush().unwrap();
    let again = stream(&disk).record(&all).unwrap();
    assert_eq!((again.new, again.corrected, again.duplicates), (0, 0, 300));
    holds(&stream(&disk), &all);
}

/// A correction of what a counter said once does not change what it has counted since.
#[test]
fn a_late_correction_of_a_counter_changes_no_total() {
    let disk = Disk::new(utc("2014-05-10"));
    let levels: Levels = [Level::Raw, Level::Day, Level::Month].into();
    add(
        disk.home(),
        spec(1, "energy_imported", "UTC")
            .levels(levels)
            .chunk_minutes(60),
    );
    let start = utc("2014-05-01");
    let reading =
        |n: i64, value: i64| Reading::new(start.plus_ms(n * 600_000), Value::Number(value));
    let all: Vec<Reading> = (0..300).map(|n| reading(n, 50 * n)).collect();
    stream(&disk).record(&all).unwrap();
    let recorded = stream(&disk).record(&[reading(40, 50 * 40 + 7)]).unwrap();
    assert_eq!((recorded.corrected, recorded.late), (1, 1));
    disk.clock.set(utc("2014-07-01"));
    stream(&disk).flush().unwrap();
    let months = stream(&disk)
        .summaries(Level::Month, start, utc("2014-06-01"))
        .unwrap();
    let totals = months.first().unwrap().summary.totals.unwrap();
    assert_eq!((totals.count, totals.sum), (300, 50 * 299));
    let again = stream(&disk)
        .record(&[reading(40, 50 * 40), reading(40, 50 * 40 + 7)])
        .unwrap();
    assert_eq!((again.duplicates, again.corrected), (2, 0));
}

/// An older copy of the store with the newer key file beside it: what the newer one sealed is not sealed again differently. The
/// logs and the roots are new ones, and a recipient who has both incarnations puts them together as the rule says.
#[test]
fn a_stale_copy_starts_new_logs_and_roots() {
    let mut disk = Disk::new(utc("2014-05-20"));
    let levels: Levels = [Level::Raw, Level::Hour, Level::Day].into();
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let spec = spec(1, "interstitial_glucose", "UTC")
        .levels(levels)
        .facets(facets);
    add(disk.home(), spec.chunk_minutes(360));
    let start = utc("2014-05-01");
    let reading =
        |n: i64, value: i64| Reading::new(start.plus_ms(n * 600_000), Value::Number(value));
    let days = |days: std::ops::Range<i64>, value: i64| -> Vec<Reading> {
        (days.start * 144..days.end * 144)
            .map(|n| reading(n, value + n % 144))
            .collect()
    };
    stream(&disk).record(&days(0..4, 1_000)).unwrap();
    stream(&disk).flush().unwrap();
    let recipient = recipient(&disk);
    let copy = disk.keep_copy();
    stream(&disk).record(&days(4..6, 1_000)).unwrap();
    stream(&disk).record(&[reading(144, 5_000)]).unwrap();
    stream(&disk).flush().unwrap();
    sync(disk.home(), &recipient).unwrap();
    disk.restore(&copy);

    // Nothing of the newer copy's two days is known any more, and the first four are.
    let first = days(0..4, 1_000);
    holds(&stream(&disk), &first);
    let again = stream(&disk).record(&first).unwrap();
    assert_eq!((again.new, again.duplicates), (0, first.len() as u64));
    // Other readings for the fifth day, and a late one for the first, whose other readings are in the older logs.
    let fifth = days(4..5, 3_000);
    let late = Reading {
        time: start.plus_ms(1_000),
        ..reading(0, 4_000)
    };
    stream(&disk).record(&fifth).unwrap();
    stream(&disk).record(std::slice::from_ref(&late)).unwrap();
    stream(&disk).flush().unwrap();
    let mut all = first;
    all.insert(1, late.clone());
    all.extend(fifth.iter().cloned());
    holds(&stream(&disk), &all);
    disk.reopen(false);
    holds(&stream(&disk), &all);
    disk.home().verify().unwrap();
    no_part_twice(disk.home());
    let logs = logs_of_home(disk.home()).unwrap();
    for log in &logs {
        let generations = log.entries.iter().map(|entry| entry.header().generation());
        assert!(
            generations.min() == Some(16 * log.genesis.incarnation),
            "{:?}",
            log.genesis.level
        );
    }
    assert_eq!(logs.len(), 6);

    sync(disk.home(), &recipient).unwrap();
    let until = start.plus_ms(6 * 24 * 3_600_000);
    let opened = recipient
        .read(&Selector::default(), start, until)
        .unwrap()
        .items;
    let mut both = days(0..6, 1_000);
    both.insert(145, reading(144, 5_000).flagged(Flags::CORRECTED));
    both.insert(1, late);
    for (n, reading) in fifth.iter().enumerate() {
        both.insert(1 + 1 + 4 * 144 + 2 * n + 1, reading.clone());
    }
    assert_eq!(opened, both);
    let opened = recipient
        .summaries(&Selector::default(), Level::Day, start, until)
        .unwrap();
    let means: Vec<i128> = opened
        .items
        .iter()
        .map(|day| day.summary.totals.unwrap().sum)
        .collect();
    let plain = 144 * 1_000 + 143 * 144 / 2;
    // The second day's correction and the sixth day stand in the older logs alone; the fifth day is what the newer ones say.
    let expected = [
        plain + 4_000,
        plain + 4_000,
        plain,
        plain,
        plain + 144 * 2_000,
        plain,
    ];
    assert_eq!(means, expected);
}

fn recipient(disk: &Disk) -> Recipient {
    let name = Name::new("Surgery").unwrap();
    let entropy = Box::new(SeededEntropy::new(9));
    let keys = MemoryKeyStore::new();
    let recipient = Recipient::in_memory(name, Role::Controller, keys, disk.clock.clone(), entropy);
    let recipient = recipient.unwrap();
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let kind = "interstitial_glucose";
    let line = ask(
        kind,
        [Level::Raw, Level::Day],
        facets,
        utc("2014-05-01"),
        utc("2014-06-01"),
    );
    let request = recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = disk.home().propose(&request, &Choices::default()).unwrap();
    let grant = disk
        .home()
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    recipient.accept(&grant).unwrap();
    recipient
}

/// Seals a slot's part once: no log has two entries with the same part of the same slot.
fn no_part_twice(home: &Home) {
    for log in logs_of_home(home).unwrap() {
        let mut parts = BTreeSet::new();
        for entry in &log.entries {
            for slot in entry.header().slots() {
                assert!(parts.insert(slot), "{slot:?} twice");
            }
        }
    }
}
