//! More than was granted: finer, beside, later, together.

use std::collections::BTreeSet;

use freehold::{
    Facet, Level, Levels,
    consent::{History, Span, Wishes},
    model::Slot,
    testing::logs_of_home,
};
use freehold_tests::{ask, closure::World, spec, thief::Thief, utc, wishes};

use crate::{HOUR_MS, MINUTE_MS, Setting, day, days, hours, line, quarters};

const TOTALS: [Facet; 1] = [Facet::Totals];

fn slots(thief: &Thief, setting: &Setting) -> BTreeSet<(Level, Slot)> {
    let logs = logs_of_home(&setting.home).unwrap();
    thief
        .reads(&logs)
        .into_keys()
        .map(|(level, _, slot, _)| (level, slot))
        .collect()
}

fn between(level: Level, from: i64, until: i64, minutes: i64) -> BTreeSet<(Level, Slot)> {
    let slots = (from * 60 / minutes..until * 60 / minutes).map(|n| {
        let start = day().plus_ms(n * minutes * MINUTE_MS);
        (
            level,
            Slot {
                start,
                end: start.plus_ms(minutes * MINUTE_MS),
            },
        )
    });
    slots.collect()
}

/// Has: half hours, hours about them, quarter hours and the day. Tries: to find a quarter hour by what the halves leave.
/// Stopped by: each level has trees of its own (keys-5), so no key comes of two levels. What arithmetic gives was said before
/// (consent-15): the day less what lies in it, and no more.
#[test]
fn two_levels_that_compose() {
    let setting = Setting::new(11);
    setting.record(day(), quarters(), |n| 40_000 + n);
    let asks = vec![
        line([Level::QuarterHour], TOTALS, 1, 3),
        line([Level::HalfHour], TOTALS, 2, 6),
        line([Level::Hour], TOTALS, 4, 10),
        line([Level::Day], TOTALS, 0, 24),
    ];
    let mut thief = Thief::new(1);
    let proposal = thief.asks(&setting.home, wishes(asks, None));
    let said = freehold_tests::closure::said(proposal.closure());
    assert_eq!(said.len(), 1, "{said:?}");
    let text = proposal.explain();
    let day_less = "the daily total of 2 April 2014 less the quarter hours, half hours and hours that it reads gives what was from \
                    2 April 2014 UTC until 2 April 2014 01:00 UTC and in a later stretch, as one";
    assert!(text.contains(day_less), "{text}");
    thief.is_approved(&setting.home, &proposal);
    let mut expected = between(Level::QuarterHour, 1, 3, 15);
    expected.extend(between(Level::HalfHour, 2, 6, 30));
    expected.extend(between(Level::Hour, 4, 10, 60));
    expected.extend(between(Level::Day, 0, 24, 1_440));
    assert_eq!(slots(&thief, &setting), expected);
}

/// Have: different hours, facets and levels, and all of each other's tokens, bundles and keys. Try: every key on every piece.
/// Stopped by: keys do not combine (keys-6, keys-12): together they open what one of them opens.
#[test]
fn recipients_that_pool() {
    let setting = Setting::new(12);
    setting.record(day(), quarters(), |n| 40_000 + n);
    let asks = [
        line([Level::QuarterHour], TOTALS, 0, 7),
        line([Level::QuarterHour], [Facet::Extremes], 5, 9),
        line([Level::Raw], [Facet::Totals; 0], 9, 11),
        line([Level::QuarterHour, Level::Hour], TOTALS, 8, 8 + 1),
    ];
    let mut thieves: Vec<Thief> = (0..4).map(Thief::new).collect();
    for (thief, ask) in thieves.iter_mut().zip(asks) {
        thief.is_granted(&setting.home, wishes(vec![ask], None));
    }
    let logs = logs_of_home(&setting.home).unwrap();
    let apart: BTreeSet<_> = thieves
        .iter()
        .flat_map(|thief| thief.tries_everything(&logs))
        .collect();
    let mut pool = Thief::new(9);
    for thief in thieves {
        pool.loot.extend(thief.loot);
    }
    assert_eq!(pool.tries_everything(&logs), apart);
    assert_eq!(apart.len(), 28 + 16 + 2 + 4 + 1);
}

/// Has: a day of hours' totals. Tries: its keys on quarter hours, readings, extremes and days. Stopped by: level and facet make
/// the top of a tree (keys-5).
#[test]
fn a_finer_level() {
    let setting = Setting::new(13);
    setting.record(day(), quarters(), |n| 40_000 + n);
    let mut thief = Thief::new(1);
    thief.is_granted(
        &setting.home,
        wishes(vec![line([Level::Hour], TOTALS, 0, 24)], None),
    );
    let logs = logs_of_home(&setting.home).unwrap();
    let opened = thief.tries_everything(&logs);
    let all: usize = logs
        .iter()
        .flat_map(|log| &log.entries)
        .map(|entry| entry.header().piece_count())
        .sum();
    assert_eq!((opened.len(), all), (24, 24 + 2 * (96 + 48 + 24 + 1)));
    let places = thief.reads(&logs).into_keys();
    assert!(
        places
            .into_iter()
            .all(|(level, facet, ..)| (level, facet) == (Level::Hour, Facet::Totals))
    );
}

/// Has: hours from 10:00 to 12:00, or from a minute later, or until a minute earlier. Tries: the hour before, the hour after, and
/// the hour that its window's edge cuts. Stopped by: windows are rounded inwards (consent-19, model-12).
#[test]
fn a_slot_beside_the_window() {
    let setting = Setting::new(14);
    setting.record(day(), quarters(), |n| 40_000 + n);
    for (from, until, expected) in [
        (0, 0, 10..12),
        (1, 0, 11..12),
        (0, -1, 10..11),
        (-1, 1, 10..12),
        (1, 59, 11..12),
        (-59, 0, 10..12),
        (-60, 60, 9..13),
    ] {
        let span = hours(10, 12);
        let (from, until) = (
            span.start.plus_ms(from * MINUTE_MS),
            span.end.plus_ms(until * MINUTE_MS),
        );
        let mut thief = Thief::new(1);
        let ask = ask(crate::KIND, [Level::Hour], TOTALS, from, until);
        thief.is_granted(&setting.home, wishes(vec![ask], None));
        assert_eq!(
            slots(&thief, &setting),
            between(Level::Hour, expected.start, expected.end, 60)
        );
    }
}

/// Has: a bundle with a horizon amid an epoch, of a consent that goes on for months. Tries: any node of it for a later slot.
/// Stopped by: a node is handed out only if all below it end by the horizon (consent-19), which lies one lease ahead at most
/// (consent-21).
#[test]
fn a_node_past_the_horizon() {
    let levels: Vec<Level> = Level::ALL
        .into_iter()
        .filter(|level| *level != Level::Minute)
        .collect();
    let spec = spec(1, "energy_imported", "Europe/London")
        .levels(levels.iter().copied().collect::<Levels>());
    let now = utc("2014-06-10T09:07Z");
    let world = World::new(spec, &[now], now);
    for lease in [1, 8, 53, 24 * 60, 7 * 24 * 60, 35 * 24 * 60] {
        let (from, until) = (utc("2014-05-01"), utc("2014-12-01"));
        let line = ask(
            "energy_imported",
            world.info.levels(),
            [Facet::Totals, Facet::Index],
            from,
            until,
        );
        let wishes: Wishes = wishes(vec![line], Span::from_minutes(lease));
        // What the nodes open is compared with the scope and the horizon on the way.
        let (held, _) = world.grant(wishes, &History::new());
        assert_eq!(held.horizon, now.plus_ms(i64::from(lease) * MINUTE_MS));
        let calendar = world.info.calendar();
        for (tree, below) in &held.nodes {
            let last = below.iter().map(|leaves| leaves.end).max().unwrap();
            let span = calendar.epoch_span(tree.epoch);
            if held.horizon < span.end {
                let past = calendar.slot(tree.level, held.horizon).start;
                let first_closed = tree.epoch.index(tree.level, past).unwrap();
                assert!(last <= first_closed, "{tree:?}: {last} > {first_closed}");
            }
        }
    }
}

/// Has: a lease of two days that nobody extends. Tries: its keys on the days after. Stopped by: their nodes were never made for
/// it (consent-20, consent-21).
#[test]
fn a_lease_that_has_ended() {
    let setting = Setting::new(15);
    let start = utc("2014-06-10");
    setting.clock.set(start);
    let mut thief = Thief::new(1);
    let line = ask(
        crate::KIND,
        [Level::Raw, Level::Hour],
        TOTALS,
        start,
        utc("2014-09-01"),
    );
    thief.is_granted(&setting.home, wishes(vec![line], days(2)));
    setting.clock.set(start.plus_ms(8 * 24 * HOUR_MS));
    for day in 0..7 {
        setting.record(start.plus_ms(day * 24 * HOUR_MS), quarters(), |n| {
            40_000 + n
        });
    }
    let end = start.plus_ms(2 * 24 * HOUR_MS);
    let read = slots(&thief, &setting);
    assert_eq!(read.len(), 2 * (24 + 24));
    assert!(read.iter().all(|(_, slot)| slot.end <= end));
}
