//! Whatever was granted, in however many consents: what opens is their union, and what follows was said before.
//!
//! The adversary has every node of every bundle it ever had, of ended consents too. Its keys are worked out from the nodes, its
//! sums by linear algebra; both are compared with the scopes and with the closure report.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use freehold::{
    Facet, Facets, Level, Levels, Time,
    consent::{Ask, ClosureReport, History, Scope, Span, Wishes},
    crypto::{Root, SeededEntropy},
    model::StreamSpec,
};
use freehold_tests::{
    ask, at,
    closure::{
        Held, Memory, World,
        sums::{Rest, Sums},
    },
    spec,
    telescope::{Owner, Reader},
    utc, wishes,
};
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;
const FACETS: [Facet; 4] = [
    Facet::Totals,
    Facet::Extremes,
    Facet::Distribution,
    Facet::Index,
];

/// A counter keeps every facet.
fn counter(levels: &[Level], zone: &str) -> StreamSpec {
    spec(1, "energy_imported", zone)
        .levels(levels.iter().copied().collect::<Levels>())
        .facets(Facets::from(FACETS))
}

fn line(level: Level, facets: impl Into<Facets>, from: Time, until: Time) -> Ask {
    ask("energy_imported", [level], facets, from, until)
}

fn few_weeks(asks: Vec<Ask>) -> Wishes {
    wishes(asks, Some(Span::from_days(35).unwrap()))
}

/// An hour with chunks of twenty minutes, which cut quarters and halves.
fn an_hour() -> (World, Vec<Time>) {
    let start = utc("2013-02-03T10:00Z");
    let edges: Vec<Time> = [0, 15, 20, 30, 40, 45, 60]
        .map(|n| start.plus_ms(n * MINUTE_MS))
        .to_vec();
    let levels = [Level::Raw, Level::QuarterHour, Level::HalfHour, Level::Hour];
    let spec = counter(&levels, "UTC").chunk_minutes(20);
    (World::new(spec, &edges, utc("2013-02-03T12:00Z")), edges)
}

/// Two months with the change of the clock on the last day of the first, an hour on either side of its end.
fn two_months() -> (World, Vec<Time>) {
    let edges = [
        "2013-03-01",
        "2013-03-31",
        "2013-03-31T23:00",
        "2013-04-01",
        "2013-05-01",
    ];
    let edges = edges.map(|edge| at("Europe/London", edge)).to_vec();
    let spec = counter(&[Level::Hour, Level::Day, Level::Month], "Europe/London");
    (World::new(spec, &edges, utc("2013-05-03")), edges)
}

fn windows(edges: &[Time]) -> impl Iterator<Item = (Time, Time)> {
    let pair = |(n, from): (usize, &Time)| {
        let from = *from;
        edges.iter().skip(n + 1).map(move |until| (from, *until))
    };
    edges.iter().enumerate().flat_map(pair)
}

/// One consent for each level, facet and run of slots that some window grants; windows that open the same slots are one.
fn consents(world: &World, edges: &[Time], facets: &[Facet]) -> Vec<Held> {
    let mut consents: Vec<Held> = Vec::new();
    for level in world.info.levels().iter() {
        let facets: &[Facet] = if level == Level::Raw {
            &[Facet::Readings]
        } else {
            facets
        };
        for (from, until) in windows(edges) {
            for facet in facets {
                let (held, _) = world.grant(
                    few_weeks(vec![line(level, [*facet], from, until)]),
                    &History::new(),
                );
                if !held.opened.is_empty()
                    && consents.iter().all(|other| other.opened != held.opened)
                {
                    consents.push(held);
                }
            }
        }
    }
    consents
}

/// All sets of up to three of these consents; the last of a set is the one that is proposed.
fn every_set_of_three(world: &World, consents: &[Held]) -> (usize, usize) {
    let mut memory = Memory::default();
    let (mut sets, mut findings) = (0, 0);
    let mut check = |earlier: &[&Held], last: &Held| {
        let scopes: Vec<&Scope> = earlier
            .iter()
            .map(|held| &held.token.terms().scope)
            .collect();
        let streams = std::slice::from_ref(&world.info);
        let report = ClosureReport::new(&last.token.terms().scope, &scopes, streams);
        findings += world.check(&report, earlier, last, &mut memory);
        sets += 1;
    };
    for (n, a) in consents.iter().enumerate() {
        check(&[], a);
        for (m, b) in consents.iter().enumerate().skip(n + 1) {
            check(&[a], b);
            check(&[b], a);
            for (k, c) in consents.iter().enumerate().skip(m + 1) {
                // Which of three comes last makes no difference to what follows; it takes turns.
                match (n + m + k) % 3 {
                    0 => check(&[a, b], c),
                    1 => check(&[c, a], b),
                    _ => check(&[b, c], a),
                }
            }
        }
    }
    (sets, findings)
}

/// **[consent-19]**, **[consent-20]**, **[consent-21]**: every window about every edge, a minute before and after it too, at all
/// levels and facets, with the horizon at every edge: exactly the slots that lie in the window and end by the horizon.
#[test]
fn keys_open_the_scope_up_to_the_horizon() {
    let (world, edges) = an_hour();
    let near: Vec<Time> = edges
        .iter()
        .flat_map(|edge| [-1, 0, 1].map(|n| edge.plus_ms(n * MINUTE_MS)))
        .collect();
    let levels = world.info.levels();
    let ask_all = |from, until| ask("energy_imported", levels, Facets::from(FACETS), from, until);
    let mut opened = BTreeSet::new();
    for (from, until) in windows(&near) {
        let (held, _) = world.grant(few_weeks(vec![ask_all(from, until)]), &History::new());
        opened.extend(held.opened);
    }
    assert_eq!(opened.len(), 3 + 4 * (4 + 2 + 1));
    let mut early = world;
    early.now = edges.first().unwrap().plus_ms(-10 * MINUTE_MS);
    let all = ask_all(*edges.first().unwrap(), *edges.last().unwrap());
    for horizon in near {
        let lease =
            Span::from_minutes(u32::try_from(horizon.since_ms(early.now) / MINUTE_MS).unwrap())
                .unwrap();
        let (held, _) = early.grant(wishes(vec![all.clone()], Some(lease)), &History::new());
        assert_eq!(held.horizon, horizon);
    }
}

/// **[consent-15]**: every set of up to three consents of one level and facet each, within an hour.
#[test]
fn three_consents_within_an_hour() {
    let (world, edges) = an_hour();
    let consents = consents(&world, &edges, &FACETS);
    assert_eq!(consents.len(), 6 + 4 * (10 + 3 + 1));
    let (sets, findings) = every_set_of_three(&world, &consents);
    assert_eq!(sets, 62 + 62 * 61 + 62 * 61 * 60 / 6);
    assert!(findings > sets / 10, "{findings}");
}

/// **[consent-15]**: the same for hours, days and months, totals and indexes, where the clock changes.
#[test]
fn three_consents_within_two_months() {
    let (world, edges) = two_months();
    let consents = consents(&world, &edges, &[Facet::Totals, Facet::Index]);
    let (sets, findings) = every_set_of_three(&world, &consents);
    assert_eq!(consents.len(), 2 * (10 + 6 + 3));
    assert_eq!(sets, 38 + 38 * 37 + 38 * 37 * 36 / 6);
    assert!(findings > sets / 10, "{findings}");
}

/// **[consent-15]**, **[consent-25]**: a consent that was withdrawn and one that ran out count as if they were in force.
#[test]
fn ended_consents_count() {
    let (mut world, edges) = an_hour();
    let consents = consents(&world, &edges, &[Facet::Totals, Facet::Index]);
    let mut memory = Memory::default();
    let mut findings = 0;
    let started = world.now;
    for first in consents.iter().step_by(3) {
        for (n, second) in consents.iter().enumerate() {
            let lines = second.token.terms().scope.lines();
            let asks = lines.iter().map(|line| {
                ask(
                    "energy_imported",
                    line.levels,
                    line.facets,
                    line.data.from(),
                    line.data.until(),
                )
            });
            let mut history = History::new();
            history
                .granted(started, first.token.clone(), world.card.clone())
                .unwrap();
            if n % 2 == 0 {
                world.revoke(&first.token, &mut history);
            } else {
                world.now = first.token.terms().usable.until();
            }
            let (_, report) = world.grant(few_weeks(asks.collect()), &history);
            findings += world.check(&report, &[first], second, &mut memory);
            world.now = started;
        }
    }
    assert!(findings > 50, "{findings}");
}

const ZONES: [&str; 4] = [
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// **[consent-15]**, **[consent-20]**: consents about a change of the clock, the end of a month and of an epoch, of several
    /// levels and facets, with edges beside those of slots.
    #[test]
    fn what_follows_is_what_was_said(
        zone in 0_usize..4,
        day in prop_oneof![Just("2013-03-31"), Just("2013-04-07"), Just("2013-04-30"), Just("2013-11-03")],
        chunk in prop_oneof![Just(20_u16), Just(50), Just(180)],
        two in (2_u8..7, 0_u8..6),
        grants in proptest::collection::vec((0_i64..40, 1_i64..60, 0_i64..3, 1_u8..4, 2_u8..32), 2..4),
    ) {
        let levels: Levels = [two.0, two.1].iter().filter_map(|n| Level::from_number(if *n == 1 { 2 } else { *n })).collect();
        let all: Vec<Level> = levels.iter().collect();
        let start = at(ZONES.get(zone).unwrap(), day);
        let window = |from: i64, length: i64, beside: i64| {
            let from = start.plus_ms((from * 60 + beside) * MINUTE_MS);
            (from, from.plus_ms((length * length * 15 + beside) * MINUTE_MS))
        };
        let edges: Vec<Time> = grants.iter().flat_map(|(from, length, beside, ..)| {
            let (from, until) = window(*from, *length, *beside);
            [from, until]
        }).collect();
        let spec = counter(&all, ZONES.get(zone).unwrap()).chunk_minutes(chunk);
        let world = World::new(spec, &edges, utc("2014-03-01"));
        let (mut history, mut memory) = (History::new(), Memory::default());
        let mut held: Vec<Held> = Vec::new();
        for (from, length, beside, pick, facets) in grants {
            let (from, until) = window(from, length, beside);
            let picked = all.iter().enumerate().filter(|(n, _)| pick >> n & 1 == 1).map(|(_, level)| *level);
            let levels: Levels = picked.collect();
            let levels = if levels.is_empty() { world.info.levels() } else { levels };
            let facets = if levels == Levels::of(Level::Raw) { Facets::EMPTY } else { Facets::from_bits(facets & 0b11110).unwrap() };
            let asks = vec![ask("energy_imported", levels, facets, from, until)];
            let (next, report) = world.grant(few_weeks(asks), &history);
            world.check(&report, &held.iter().collect::<Vec<_>>(), &next, &mut memory);
            history.granted(world.now, next.token.clone(), world.card.clone()).unwrap();
            held.push(next);
        }
    }
}

/// What the keys of a scheme give beyond the chunks that were granted: chunks that open, and times whose sum follows.
type Leaks = (BTreeSet<u32>, Vec<Rest>);

const CHUNKS: u32 = 8;

fn runs() -> Vec<std::ops::Range<u32>> {
    (0..CHUNKS)
        .flat_map(|from| (from + 1..=CHUNKS).map(move |until| from..until))
        .collect()
}

fn leaks(granted: &[&std::ops::Range<u32>], opens: impl Fn(u32) -> bool, sums: &Sums) -> Leaks {
    let is_granted = |chunk: u32| granted.iter().any(|run| run.contains(&chunk));
    let opened = (0..CHUNKS).filter(|chunk| opens(*chunk) && !is_granted(*chunk));
    let one =
        |from: usize, until: usize| until == from + 1 && is_granted(u32::try_from(from).unwrap());
    (opened.collect(), sums.rests(one))
}

/// What readers who pool their nodes know of chunks sealed under keys that telescope: each digest is an equation between its
/// value and the two leaves at its ends.
fn telescoping(granted: &[&std::ops::Range<u32>], owner: &Owner) -> Leaks {
    let readers: Vec<Reader> = granted
        .iter()
        .map(|run| owner.grant((*run).clone()))
        .collect();
    let pooled = readers
        .into_iter()
        .reduce(|all, next| all.with(&next))
        .unwrap();
    let values: Vec<u64> = (1..=u64::from(CHUNKS)).map(|n| n * n * 1_000_003).collect();
    let stored = owner.seal(&values);
    let chunks = CHUNKS as usize;
    let mut sums = Sums::new(chunks, chunks + 1);
    for chunk in 0..chunks {
        sums.learn(chunk, chunk + 1, &[(chunk, 1), (chunk + 1, -1)]);
    }
    for leaf in (0..=CHUNKS).filter(|leaf| pooled.cover.leaf(*leaf).is_some()) {
        sums.learn(0, 0, &[(leaf as usize, 1)]);
    }
    let opens = |chunk: u32| {
        pooled
            .opens(chunk, stored.payloads.get(chunk as usize).unwrap())
            .is_some()
    };
    let leaks = leaks(granted, opens, &sums);
    // They are real: the numbers come out.
    for rest in &leaks.1 {
        let (from, until) = rest.hull;
        let sum = values.get(from..until).unwrap().iter().sum::<u64>();
        let run = u32::try_from(from).unwrap()..u32::try_from(until).unwrap();
        assert_eq!(pooled.sum(run, &stored), Some(sum));
    }
    for chunk in &leaks.0 {
        let payload = stored.payloads.get(*chunk as usize).unwrap();
        assert_eq!(
            pooled.opens(*chunk, payload),
            values.get(*chunk as usize).copied()
        );
    }
    leaks
}

/// The same of Freehold's leaves. Its pieces do not add up; to be generous to the readers they do here, each under its own key.
fn freehold(granted: &[&std::ops::Range<u32>]) -> Leaks {
    let root = Root::random(&mut SeededEntropy::new(1)).unwrap();
    let tree = root.tree(Level::Hour, Facet::Totals);
    let covers = granted.iter().map(|run| tree.restrict((*run).clone()));
    let pooled = covers
        .reduce(|all, next| all.unite(&next).unwrap())
        .unwrap();
    let chunks = CHUNKS as usize;
    let mut sums = Sums::new(chunks, chunks);
    for chunk in 0..chunks {
        sums.learn(chunk, chunk + 1, &[(chunk, 1)]);
    }
    for leaf in (0..CHUNKS).filter(|leaf| pooled.leaf(*leaf).is_some()) {
        sums.learn(0, 0, &[(leaf as usize, 1)]);
    }
    leaks(granted, |chunk| pooled.leaf(chunk).is_some(), &sums)
}

/// Chunks that lie between granted ones, in stretches.
fn holes(granted: &[&std::ops::Range<u32>]) -> Vec<std::ops::Range<u32>> {
    let mut runs: Vec<_> = granted.to_vec();
    runs.sort_by_key(|run| run.start);
    let mut reached = None;
    let mut holes = Vec::new();
    for run in runs {
        if let Some(end) = reached.filter(|end| *end < run.start) {
            holes.push(end..run.start);
        }
        reached = reached.max(Some(run.end));
    }
    holes
}

/// The checker finds what is wrong with keys that telescope: of every set of up to three grants the hole of one chunk opens, and
/// every hole's sum follows; nothing else does. With Freehold's keys nothing does.
#[test]
fn the_hole_between_two_grants() {
    let (owner, runs) = (Owner::new(1), runs());
    let mut found = 0;
    let mut check = |granted: &[&std::ops::Range<u32>]| {
        let holes = holes(granted);
        let (opened, sums) = telescoping(granted, &owner);
        let ones = holes
            .iter()
            .filter(|hole| hole.len() == 1)
            .map(|hole| hole.start);
        assert_eq!(opened, ones.collect(), "{granted:?}");
        let hulls: Vec<_> = holes
            .iter()
            .map(|hole| (hole.start as usize, hole.end as usize))
            .collect();
        assert_eq!(
            sums.iter().map(|rest| rest.hull).collect::<Vec<_>>(),
            hulls,
            "{granted:?}"
        );
        found += holes.len();
        assert_eq!(freehold(granted), Leaks::default(), "{granted:?}");
    };
    for (n, a) in runs.iter().enumerate() {
        check(&[a]);
        for (m, b) in runs.iter().enumerate().skip(n + 1) {
            check(&[a, b]);
            // Of three the windows that overlap are the same as two longer ones.
            let apart = |c: &&std::ops::Range<u32>| a.end < b.start && b.end < c.start;
            for c in runs.iter().skip(m + 1).filter(apart) {
                check(&[a, b, c]);
            }
        }
    }
    assert!(found > 200, "{found}");
}
