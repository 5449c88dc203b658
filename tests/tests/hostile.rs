//! Keys, not an `if`: a recipient that ignores its token opens exactly the granted slots.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use freehold::{
    Error, Facet, Facets, Home, Level, Levels, Reading, SetClock, Stream, Time, Value,
    consent::{Ask, Revocations, Span, openable},
    crypto::{MemoryKeyStore, SeededEntropy},
    model::{Slot, StreamSpec},
    testing::{Bench, CopiedLog, logs_of_home, logs_of_recipient},
};
use freehold_tests::{
    Rng, add, ask, at, spec,
    thief::{PieceId, Thief},
    utc, wishes,
};
use std::sync::Arc;

const HOUR_MS: i64 = 3_600_000;
const SUMMARIES: [Level; 5] = [
    Level::QuarterHour,
    Level::HalfHour,
    Level::Hour,
    Level::Day,
    Level::Month,
];

/// A home with four streams whose readings lie about the edges of civil time: changes of the clock, of the epoch, of the day.
struct Setting {
    clock: Arc<SetClock>,
    home: Home,
    streams: Vec<Stream>,
    /// About these instants, for each stream.
    edges: Vec<Vec<Time>>,
}

impl Setting {
    fn new(seed: u64) -> Self {
        let clock = Arc::new(SetClock::new(utc("2014-06-10T00:00Z")));
        let entropy = Box::new(SeededEntropy::new(seed));
        let keys = MemoryKeyStore::new();
        let home = Home::in_memory("Home", keys, clock.clone(), entropy).unwrap();
        let with = |spec: StreamSpec, facets: &[Facet], levels: &[Level]| {
            let facets: Facets = facets.iter().copied().collect();
            let levels: Levels = levels.iter().copied().chain([Level::Raw]).collect();
            add(&home, spec.facets(facets).levels(levels).chunk_minutes(120))
        };
        use Facet::{Distribution, Extremes, Index, Totals};
        let streams = vec![
            with(
                spec(1, "interstitial_glucose", "Europe/London"),
                &[Totals, Extremes, Distribution],
                &SUMMARIES,
            ),
            with(
                spec(2, "air_temperature", "Australia/Lord_Howe"),
                &[Totals, Extremes],
                &SUMMARIES,
            ),
            with(
                spec(3, "heart_rate", "UTC"),
                &[Totals, Distribution],
                &[Level::Minute, Level::Hour],
            ),
            with(
                spec(4, "energy_imported", "Europe/London"),
                &[Totals, Index],
                &[Level::HalfHour, Level::Day],
            ),
        ];
        let london = ["2014-02-28T23:45", "2014-03-30T01:30", "2014-05-01"];
        let howe = ["2014-04-06T01:45", "2014-04-30T23:30"];
        let edges = vec![
            london.map(|edge| at("Europe/London", edge)).to_vec(),
            howe.map(|edge| at("Australia/Lord_Howe", edge)).to_vec(),
            vec![utc("2014-05-01T00:02Z")],
            vec![at("Europe/London", "2014-03-30T00:45")],
        ];
        Self {
            clock,
            home,
            streams,
            edges,
        }
    }

    /// Readings from two hours before to two hours after each edge; every minute for the stream that has a minute level.
    fn record(&self, edges: &[Vec<Time>], value: i64) {
        for (stream, edges) in self.streams.iter().zip(edges) {
            let minutely = stream.spec().unwrap().levels.contains(Level::Minute);
            let (step, reach) = if minutely {
                (60_000, HOUR_MS / 6)
            } else {
                (11 * 60_000, 2 * HOUR_MS)
            };
            for edge in edges {
                let count = 2 * reach / step;
                let reading = |n: i64| {
                    let time = edge.plus_ms(n * step - reach);
                    Reading::new(time, Value::Number(value + 7 * n))
                };
                stream
                    .record(&(0..count).map(reading).collect::<Vec<_>>())
                    .unwrap();
            }
            stream.flush().unwrap();
        }
    }

    /// A line of a request that begins and ends near edges, often right on a slot's boundary, sometimes beside it.
    fn some_ask(&self, rng: &mut Rng, longest_ms: i64) -> Ask {
        let n = rng.below(self.streams.len());
        let spec = self.streams.get(n).unwrap().spec().unwrap();
        let edge = *rng.pick(self.edges.get(n).unwrap());
        let unit = *rng.pick(&[1, 60_000, 900_000, 1_800_000, HOUR_MS]);
        let near = |rng: &mut Rng| edge.ms() + rng.between(-longest_ms, longest_ms);
        let round = |ms: i64| Time::from_ms(ms.div_euclid(unit) * unit);
        let (a, b) = (round(near(rng)), round(near(rng)));
        let until = a.max(b).plus_ms(60_001.max(unit));
        let all: Vec<Level> = spec.levels.iter().collect();
        let mut levels = Levels::of(*rng.pick(&all)).with(*rng.pick(&all));
        if rng.below(4) == 0 {
            levels = spec.levels;
        }
        let some: Facets = spec.facets.iter().filter(|_| rng.below(2) == 0).collect();
        let facets = if some.is_empty() { spec.facets } else { some };
        let facets = if levels == Levels::of(Level::Raw) {
            Facets::EMPTY
        } else {
            facets
        };
        ask(spec.kind.name(), levels, facets, a.min(b), until)
    }
}

/// What one grant should open, from what was asked for and when.
struct Expected {
    asks: Vec<Ask>,
    /// No slot that ends later.
    horizon: Time,
}

impl Expected {
    fn opens(&self, kind: &str, level: Level, facet: Facet, slot: Slot) -> bool {
        self.asks.iter().any(|ask| {
            let facet_fits = if level == Level::Raw {
                facet == Facet::Readings
            } else {
                ask.facets().contains(facet)
            };
            ask.kind().as_str() == kind
                && ask.levels().contains(level)
                && facet_fits
                && ask.from() <= slot.start
                && slot.end <= ask.until().unwrap().min(self.horizon)
        })
    }
}

fn expected(
    logs: &[CopiedLog],
    grants: &[Expected],
    sealed: impl Fn(usize, u64) -> bool,
) -> BTreeSet<PieceId> {
    let mut pieces = BTreeSet::new();
    for (n, log) in logs.iter().enumerate() {
        for entry in &log.entries {
            let seq = entry.header().seq();
            for piece in entry.pieces().filter(|_| sealed(n, seq)) {
                let opens = |grant: &Expected| {
                    grant.opens(&log.stream, log.genesis.level, piece.facet, piece.slot)
                };
                if grants.iter().any(opens) {
                    pieces.insert((n, seq, piece.number()));
                }
            }
        }
    }
    pieces
}

fn lengths(logs: &[CopiedLog]) -> BTreeMap<usize, u64> {
    let count = |log: &CopiedLog| log.entries.len() as u64;
    logs.iter().map(count).enumerate().collect()
}

/// Many grants in one home, some leases ending before the data does; then more data, a further epoch, every consent withdrawn,
/// late readings and new ones. What opens in the end is what the first keys stand for, and nothing that was sealed under others.
fn many_grants(
    setting: &Setting,
    mut thieves: Vec<Thief>,
    mut asks: impl FnMut(&mut Rng) -> Vec<Vec<Ask>>,
    tries: impl Fn(&Thief, &[CopiedLog]) -> BTreeSet<PieceId>,
) {
    setting.record(&setting.edges, 40_000);
    let mut rng = Rng(thieves.len() as u64);
    let granted_at = utc("2014-06-20T12:00Z");
    setting.clock.set(granted_at);
    let mut granted = Vec::new();
    let mut tokens = Vec::new();
    for thief in &mut thieves {
        let mut grants = Vec::new();
        for asks in asks(&mut rng) {
            let lease = Span::from_minutes(*rng.pick(&[1, 90, 24 * 60, 21 * 24 * 60])).unwrap();
            let grant = thief.is_granted(&setting.home, wishes(asks.clone(), Some(lease)));
            tokens.push(grant.token().id());
            let horizon = granted_at.plus_ms(lease.ms());
            grants.push(Expected { asks, horizon });
        }
        granted.push(grants);
    }
    // More data under the roots that were there, within some leases and after others, on into an epoch that begins in July.
    setting.clock.set(utc("2014-07-15"));
    for text in ["2014-06-20T13:00", "2014-07-01", "2014-07-11T13:00"] {
        setting.record(&vec![vec![at("Europe/London", text)]; 4], 50_000);
    }
    let before = lengths(&logs_of_home(&setting.home).unwrap());
    for token in tokens {
        setting.home.revoke(token).unwrap();
    }
    // Late parts of slots that were open to some, and slots that nobody has seen.
    let shifted = |edges: &Vec<Time>| edges.iter().map(|edge| edge.plus_ms(1_000)).collect();
    let late: Vec<Vec<Time>> = setting.edges.iter().map(shifted).collect();
    setting.record(&late, 41_000);
    setting.record(&vec![vec![utc("2014-06-21T09:00Z")]; 4], 70_000);
    let logs = logs_of_home(&setting.home).unwrap();
    let sealed_before = |log: usize, seq: u64| before.get(&log).is_some_and(|count| seq < *count);
    let (mut opened, mut withheld) = (0, 0);
    for (thief, grants) in thieves.iter().zip(&granted) {
        let found = tries(thief, &logs);
        let expected_now = expected(&logs, grants, sealed_before);
        assert_eq!(found, expected_now);
        opened += found.len();
        withheld += expected(&logs, grants, |_, _| true).len() - found.len();
    }
    assert!(
        opened > 20 && withheld > 5,
        "{opened} opened, {withheld} withheld"
    );
}

#[test]
fn every_key_on_every_piece_opens_exactly_what_was_granted() {
    let setting = Setting::new(1);
    let thieves = (0..6).map(Thief::new).collect();
    let asks = |rng: &mut Rng| vec![vec![setting.some_ask(rng, HOUR_MS)]];
    many_grants(&setting, thieves, asks, Thief::tries_everything);
}

#[test]
fn every_key_at_its_place_opens_exactly_what_was_granted() {
    let setting = Setting::new(2);
    let thieves = (0..40).map(Thief::new).collect();
    let asks = |rng: &mut Rng| {
        let count = 1 + rng.below(3);
        let grant = |_| {
            let mut asks = vec![setting.some_ask(rng, 12 * 24 * HOUR_MS)];
            if rng.below(2) == 0 {
                asks.push(setting.some_ask(rng, 4 * HOUR_MS));
            }
            if rng.below(2) == 0 {
                // On into a time of which there is no data yet.
                let spec = rng.pick(&setting.streams).spec().unwrap();
                let (from, until) = (utc("2014-06-20T06:00Z"), utc("2014-08-01"));
                asks.push(ask(spec.kind.name(), spec.levels, spec.facets, from, until));
            }
            asks
        };
        (0..count).map(grant).collect()
    };
    many_grants(&setting, thieves, asks, Thief::tries_every_place);
}

#[test]
fn no_node_reaches_beyond_the_window_or_the_horizon() {
    let setting = Setting::new(3);
    setting.record(&setting.edges, 40_000);
    setting.record(&vec![vec![utc("2014-06-09T12:00Z")]; 4], 40_000);
    let mut rng = Rng(3);
    for no in 0..16 {
        let granted_at = *rng.pick(&[utc("2014-06-09T10:10Z"), utc("2014-05-31T23:59Z")]);
        setting.clock.set(granted_at);
        let lease = Span::from_minutes(*rng.pick(&[1, 90, 24 * 60])).unwrap();
        let asks = if no % 2 == 0 {
            vec![setting.some_ask(&mut rng, 90 * 24 * HOUR_MS)]
        } else {
            let spec = rng.pick(&setting.streams).spec().unwrap();
            let (from, until) = (utc("2014-05-20"), utc("2014-12-01"));
            vec![ask(spec.kind.name(), spec.levels, spec.facets, from, until)]
        };
        let grant = Expected {
            asks: asks.clone(),
            horizon: granted_at.plus_ms(lease.ms()),
        };
        let mut thief = Thief::new(100 + no);
        thief.is_granted(&setting.home, wishes(asks, Some(lease)));
        let (token, keys) = thief.loot.first().unwrap();
        let permit = token
            .permit(granted_at, thief.card.id(), &Revocations::new())
            .unwrap();
        for tree in keys.trees() {
            let info = keys.stream(tree.stream).unwrap();
            let cover = keys.cover(&permit, tree).unwrap();
            let slots: BTreeSet<Slot> =
                openable(info.calendar(), tree, cover).into_iter().collect();
            let span = info.calendar().epoch_span(tree.epoch);
            for slot in info.calendar().slots(tree.level, span.start, span.end) {
                let opens = grant.opens(info.kind_name(), tree.level, tree.facet, slot);
                assert_eq!(slots.contains(&slot), opens, "{slot:?} of {tree:?}");
            }
            // Beyond the last slot of the epoch there is nothing; within it, no leaf lies past the last granted slot's start.
            let last = slots.last().unwrap();
            let end = cover.covered().last().unwrap().end;
            let after = tree.epoch.index(tree.level, last.end).unwrap();
            assert!(end <= after || last.end == span.end, "{tree:?}");
        }
    }
}

#[test]
fn a_lease_extends_until_it_is_revoked_and_never_after() {
    let setting = Setting::new(6);
    let start = utc("2014-06-10T12:00Z");
    setting.clock.set(start);
    setting.record(
        &[vec![utc("2014-06-10T06:00Z")], vec![], vec![], vec![]],
        40_000,
    );
    let (from, until) = (utc("2014-06-10"), utc("2014-09-01"));
    let asks = vec![ask(
        "interstitial_glucose",
        [Level::Hour],
        [Facet::Totals],
        from,
        until,
    )];
    let lease = Span::from_days(2).unwrap();
    let mut thief = Thief::new(1);
    let grant = thief.is_granted(&setting.home, wishes(asks.clone(), Some(lease)));
    let mut horizon = start.plus_ms(lease.ms());
    let all = |_: usize, _: u64| true;
    for day in 1..=25 {
        let today = start.plus_ms(day * 24 * HOUR_MS);
        setting.clock.set(today);
        setting.record(
            &[vec![today.plus_ms(-3 * HOUR_MS)], vec![], vec![], vec![]],
            40_000,
        );
        let logs = logs_of_home(&setting.home).unwrap();
        let expects = |horizon| {
            let grants = [Expected {
                asks: asks.clone(),
                horizon,
            }];
            expected(&logs, &grants, all)
        };
        assert_eq!(
            thief.tries_every_place(&logs),
            expects(horizon),
            "day {day}"
        );
        if day % 5 == 0 {
            let parcel = setting.home.parcel(&thief.card, &thief.have()).unwrap();
            assert_eq!(thief.extends(&parcel), 1);
            horizon = today.plus_ms(lease.ms());
            assert_eq!(
                thief.tries_every_place(&logs),
                expects(horizon),
                "day {day}"
            );
        }
    }
    let before = lengths(&logs_of_home(&setting.home).unwrap());
    setting.home.revoke(grant.token().id()).unwrap();
    // A late part of a slot that it has read, and a slot within the lease that it still has.
    let (late, new) = (
        start.plus_ms(-6 * HOUR_MS),
        start.plus_ms(26 * 24 * HOUR_MS),
    );
    setting.clock.set(start.plus_ms(40 * 24 * HOUR_MS));
    setting.record(
        &[vec![late.plus_ms(1_000), new], vec![], vec![], vec![]],
        41_000,
    );
    let parcel = setting.home.parcel(&thief.card, &thief.have()).unwrap();
    assert_eq!(thief.extends(&parcel), 0);
    let logs = logs_of_home(&setting.home).unwrap();
    assert!(lengths(&logs) != before);
    let grants = [Expected { asks, horizon }];
    let sealed = |log: usize, seq: u64| before.get(&log).is_some_and(|count| seq < *count);
    assert_eq!(
        thief.tries_every_place(&logs),
        expected(&logs, &grants, sealed)
    );
    assert!(expected(&logs, &grants, all).len() > expected(&logs, &grants, sealed).len());
}

/// A grant hands out keys: it seals nothing again and copies nothing. What the recipient receives are the same bytes.
#[test]
fn granting_copies_nothing() {
    let bench = Bench::new(1, utc("2026-01-01")).unwrap();
    let levels = Levels::of(Level::Raw).with(Level::Hour).with(Level::Day);
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let spec = spec(1, "interstitial_glucose", "Europe/London");
    let stream = add(&bench.home, spec.levels(levels).facets(facets));
    let start = utc("2014-02-03");
    let readings: Vec<Reading> = (0..288 * 5)
        .map(|n| Reading::new(start.plus_ms(n * 300_000), Value::Number(900 + n % 50)))
        .collect();
    stream.record(&readings).unwrap();
    stream.flush().unwrap();
    let before = logs_of_home(&bench.home).unwrap();
    let until = start.plus_ms(5 * 24 * HOUR_MS);
    let line = ask(
        "interstitial_glucose",
        [Level::Raw, Level::Day],
        facets,
        start,
        until,
    );
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Default::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    bench.recipient.accept(&grant).unwrap();
    bench.sync().unwrap();
    let after = logs_of_home(&bench.home).unwrap();
    assert_eq!(lengths(&before), lengths(&after));
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(a, b)| a.entries == b.entries)
    );

    let copies = logs_of_recipient(&bench.recipient).unwrap();
    assert_eq!(copies.len(), 2);
    let mut held = 0;
    for copy in &copies {
        let of = |log: &&CopiedLog| log.genesis == copy.genesis;
        let home = after.iter().find(of).unwrap();
        assert_eq!(home.entries.len(), copy.entries.len());
        for (ours, theirs) in home.entries.iter().zip(&copy.entries) {
            assert_eq!(ours.header(), theirs.header());
            for n in 0..ours.header().piece_count() {
                assert_eq!(ours.body().piece_hash(n), theirs.body().piece_hash(n));
                if let Some(piece) = theirs.body().piece(n) {
                    assert_eq!(ours.body().piece(n), Some(piece));
                    held += 1;
                }
            }
        }
    }
    assert_eq!(held, 2 * 5 + 5);
}

/// A whole epoch is one node; where the window cuts an epoch there are a few.
#[test]
fn ten_years_are_a_few_nodes() {
    let setting = Setting::new(7);
    setting.clock.set(utc("2024-02-01"));
    let stream = setting.streams.first().unwrap();
    let months: Vec<Reading> = (0..123)
        .map(|n| {
            let text = format!("{}-{:02}-05", 2013 + (n + 11) / 12, (n + 11) % 12 + 1);
            Reading::new(at("Europe/London", &text), Value::Number(900))
        })
        .collect();
    stream.record(&months).unwrap();
    stream.flush().unwrap();
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let nodes = |from: &str, until: &str, level: Level| {
        let (from, until) = (at("Europe/London", from), at("Europe/London", until));
        let line = ask("interstitial_glucose", [level], facets, from, until);
        let grant = Thief::new(1).is_granted(&setting.home, wishes(vec![line], None));
        grant.bundles().first().unwrap().header().nodes
    };
    // 60 epochs of two facets, from the first of January to the first of January.
    assert_eq!(nodes("2014-01-01", "2024-01-01", Level::HalfHour), 60 * 2);
    assert_eq!(nodes("2014-01-01", "2024-01-01", Level::Day), 60 * 2);
    assert_eq!(nodes("2014-01-01", "2024-01-01", Level::Raw), 60);
    // From the 15th to the 15th: 59 whole epochs, and of the two others the quarter hours from 15 × 96 on and before that.
    let cut = nodes("2014-01-15", "2024-01-15", Level::HalfHour);
    let (after, before) = (
        (8_192_u32 - 15 * 96).count_ones(),
        (15_u32 * 96).count_ones(),
    );
    assert_eq!(cut, 2 * (59 + after + before));
}

#[test]
fn nobody_else_takes_a_grant() {
    let bench = Bench::new(1, utc("2026-01-01")).unwrap();
    let other = Bench::new(2, utc("2026-01-01")).unwrap();
    let levels = Levels::of(Level::Day);
    let stream = add(
        &bench.home,
        spec(1, "interstitial_glucose", "UTC").levels(levels),
    );
    stream
        .record(&[Reading::new(utc("2025-01-01"), Value::Number(900))])
        .unwrap();
    let line = ask(
        "interstitial_glucose",
        levels,
        [Facet::Totals],
        utc("2025-01-01"),
        utc("2025-02-01"),
    );
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Default::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    let file = grant.to_file().unwrap();
    let refused = other.recipient.accept_file(&file);
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert!(other.recipient.consents().is_empty());
    bench.recipient.accept_file(&file).unwrap();
}
