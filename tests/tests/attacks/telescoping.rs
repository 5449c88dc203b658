//! What keys that telescope give away: see the control, `freehold_tests::telescope`.

use freehold::{
    Facet, Level, Levels,
    consent::Derivable,
    crypto::{Padding, SeededEntropy, SigningKey},
    model::{Facets, Layout, Summary},
    testing::logs_of_home,
};
use freehold_sync::{LogError, LogWriter, UnverifiedCheckpoint, UnverifiedEntry, verify};
use freehold_tests::{telescope::Owner, thief::Thief, wishes};

use crate::{Setting, day, hours, line, quarters};

const BOTH: [Facet; 2] = [Facet::Totals, Facet::Extremes];

/// Has: hours before and after one hour, by two grants, by one with two lines, and by another recipient that shares its keys.
/// Tries: every key on every piece. Stopped by: the hole's keys are leaves of their own (keys-7), and no node above them was
/// handed out (keys-9). With keys that telescope the hole opens.
#[test]
fn a_hole_of_one_chunk() {
    let setting = Setting::new(1);
    setting.record(day(), quarters(), |n| 40_000 + n);
    let levels: Levels = [Level::Raw, Level::QuarterHour, Level::Hour].into();
    let mut thief = Thief::new(1);
    thief.is_granted(&setting.home, wishes(vec![line(levels, BOTH, 0, 10)], None));
    thief.is_granted(
        &setting.home,
        wishes(vec![line(levels, BOTH, 11, 20)], None),
    );
    let mut other = Thief::new(2);
    let lines = vec![line(levels, BOTH, 3, 10), line(levels, BOTH, 11, 12)];
    other.is_granted(&setting.home, wishes(lines, None));
    thief.loot.extend(other.loot);
    let logs = logs_of_home(&setting.home).unwrap();
    let reads = thief.reads(&logs);
    let hole = hours(10, 11);
    assert!(
        reads
            .keys()
            .all(|(_, _, slot, _)| slot.end <= hole.start || hole.end <= slot.start)
    );
    assert_eq!(reads.len(), 19 * (1 + 2 * (4 + 1)));

    let owner = Owner::new(1);
    let stored = owner.seal(&[7; 24]);
    let pooled = owner.grant(0..10).with(&owner.grant(11..20));
    assert_eq!(
        pooled.opens(10, stored.payloads.get(10).unwrap()),
        Some(7),
        "the control"
    );
    assert_eq!(pooled.opens(21, stored.payloads.get(21).unwrap()), None);
}

/// Has: totals and extremes of the hours on both sides of a hole, with the last value before it and the first after. Tries: to
/// tell two households apart that differ in the hole alone. Stopped by: it reads the very same (keys-7); sums do not cross a
/// hole, since no piece is of more than its slot. With keys that telescope the sum comes out.
#[test]
fn the_sum_over_a_hole() {
    let reads = |of_hole: i64| {
        let setting = Setting::new(2);
        let value = |n: i64| {
            if (600..1_200).contains(&n) {
                of_hole + n
            } else {
                40_000 + n
            }
        };
        setting.record(day(), quarters(), value);
        let mut thief = Thief::new(1);
        let levels: Levels = [Level::Raw, Level::QuarterHour, Level::Hour].into();
        for (from, until) in [(0, 10), (20, 24)] {
            let wishes = wishes(vec![line(levels, BOTH, from, until)], None);
            let proposal = thief.asks(&setting.home, wishes);
            assert!(!proposal.closure().reveals());
            thief.is_approved(&setting.home, &proposal);
        }
        thief.reads(&logs_of_home(&setting.home).unwrap())
    };
    let (one, other) = (reads(10_000), reads(90_000));
    assert_eq!(one.len(), 14 * (1 + 2 * (4 + 1)));
    assert_eq!(one, other);

    let owner = Owner::new(2);
    let values: Vec<u64> = (0..24).map(|n| 100 + n * n).collect();
    let stored = owner.seal(&values);
    let pooled = owner.grant(0..10).with(&owner.grant(20..24));
    let sum = values.get(10..20).unwrap().iter().sum();
    assert_eq!(pooled.sum(10..20, &stored), Some(sum), "the control");
}

/// Has: a meter's index on both sides of a hole. Tries: to subtract. Not stopped, for an index is what the meter has counted:
/// the sum over the hole follows, and the text says so before the second yes (consent-15, consent-16).
#[test]
fn the_sum_over_a_hole_by_an_index() {
    let setting = Setting::of(3, "energy_imported", &[Facet::Totals, Facet::Index]);
    let value = |n: i64| n * n;
    setting.record(day(), quarters(), value);
    let facets: Facets = [Facet::Totals, Facet::Index].into();
    let ask = |from, until| {
        let span = hours(from, until);
        freehold_tests::ask(
            "energy_imported",
            [Level::Hour],
            facets,
            span.start,
            span.end,
        )
    };
    let mut thief = Thief::new(1);
    let first = thief.asks(&setting.home, wishes(vec![ask(0, 10)], None));
    assert!(!first.closure().reveals());
    thief.is_approved(&setting.home, &first);
    let second = thief.asks(&setting.home, wishes(vec![ask(11, 20)], None));
    let hole = hours(10, 11);
    let told = second.closure().findings().iter().any(|finding| {
        matches!(finding.what, Derivable::IndexOverGap { gap, stretches: 1, gaps: 1, .. } if gap == (hole.start, hole.end))
    });
    assert!(told && second.closure().reveals());
    let text = second.explain();
    assert!(
        text.contains("the meter's indexes before and after give the sum from 2 April 2014 10:00"),
        "{text}"
    );
    thief.is_approved(&setting.home, &second);

    let reads = thief.reads(&logs_of_home(&setting.home).unwrap());
    let layout = Layout::new(&setting.stream.spec().unwrap(), Level::Hour);
    let read = |hour: i64| {
        let mut summary = Summary::default();
        for facet in [Facet::Totals, Facet::Index] {
            let bytes = reads
                .get(&(Level::Hour, facet, hours(hour, hour + 1), 0))
                .unwrap();
            layout.decode(facet, bytes, &mut summary).unwrap();
        }
        (
            summary.totals.unwrap().sum,
            i128::from(summary.index.unwrap().0.unwrap()),
        )
    };
    let sum = read(11).1 - read(11).0 - read(9).1;
    assert_eq!(sum, i128::from(value(10 * 60 + 45) - value(9 * 60 + 45)));
    assert!(!reads.contains_key(&(Level::Hour, Facet::Totals, hole, 0)));
}

/// Has: every key of an hour, and the log as the home signed it. Tries: to hand another reader of that hour an entry of its own,
/// sealed under the right keys, in the right place, with the old checkpoint or one it signs itself. Stopped by: the chain
/// (log-15), and the writer's signature under it (log-14). With a secret that all readers share the forgery passes.
#[test]
fn a_reader_that_forges() {
    let setting = Setting::new(4);
    setting.record(day(), quarters(), |n| 40_000 + n);
    let mut thief = Thief::new(1);
    thief.is_granted(
        &setting.home,
        wishes(vec![line([Level::Hour], BOTH, 0, 24)], None),
    );
    let logs = logs_of_home(&setting.home).unwrap();
    let log = logs
        .iter()
        .find(|log| log.genesis.level == Level::Hour)
        .unwrap();
    let mut leaves = thief.leaves().into_iter();
    let mut forger = LogWriter::new(log.genesis.clone());
    let mut honest = LogWriter::new(log.genesis.clone());
    let mut forged = Vec::new();
    for entry in &log.entries {
        let header = entry.header();
        let mut builder = forger.entry(header.epoch(), header.generation());
        for (slot, part) in header.slots() {
            builder.slot(slot, part);
            for _ in 0..2 {
                builder.piece(leaves.next().unwrap().1, &[0; 9]);
            }
        }
        let entry = builder
            .seal(Padding::Padme, &mut SeededEntropy::new(9))
            .unwrap();
        forger.append(&entry).unwrap();
        forged.push(
            UnverifiedEntry::from_bytes(&entry.header().to_bytes(), &entry.body().to_bytes())
                .unwrap(),
        );
    }
    for entry in &log.entries {
        honest.append(entry).unwrap();
    }
    // Whoever holds the writer's key would be believed; the forger signs with its own.
    let own = SigningKey::generate_ed25519(&mut SeededEntropy::new(5)).unwrap();
    let signed = |writer: &mut LogWriter| {
        let checkpoint = writer.checkpoint(&own, day()).unwrap().unwrap();
        (
            UnverifiedCheckpoint::from_bytes(&checkpoint.to_bytes()).unwrap(),
            checkpoint,
        )
    };
    let (unverified, _) = signed(&mut forger);
    assert_eq!(
        unverified.verify(&log.genesis).err(),
        Some(LogError::Signature)
    );
    let (_, of_the_home) = signed(&mut honest);
    let start = log.genesis.start();
    let taken = verify(&log.genesis, start, forged, &of_the_home).map(|_| ());
    assert_eq!(taken, Err(LogError::Chain));

    let owner = Owner::new(3);
    let (reader, other) = (owner.grant(0..10), owner.grant(0..10));
    let (_, digest, tag) = reader.seal(4, 999_999).unwrap();
    assert_eq!(other.accepts(4, digest, tag), Some(true), "the control");
    assert_eq!(other.accepts(4, digest + 1, tag), Some(false));
}
