//! Exactly the slots wholly inside the data window and ended by the horizon open: the heart of the matter.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_crypto::{Cover, Secret, SeededEntropy};
use freehold_model::{Calendar, Epoch, Facet, Level, Slot, Time, Zone};
use proptest::prelude::*;

const ZONES: [&str; 6] = [
    "Europe/London",
    "UTC",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
];

fn calendar(zone: usize) -> Calendar {
    let chunks = [60, 1440, 7, 1];
    Calendar::new(Zone::new(ZONES[zone]).unwrap(), chunks[zone % chunks.len()]).unwrap()
}

fn calendars() -> impl Iterator<Item = Calendar> {
    (0..ZONES.len()).map(calendar)
}

/// One level of one epoch, cut into slots from the definition alone.
struct Grid {
    calendar: Calendar,
    level: Level,
    epoch: Epoch,
    span: Slot,
    slots: Vec<(u32, Slot)>,
    whole: Cover,
}

impl Grid {
    fn new(calendar: &Calendar, level: Level, epoch: Epoch) -> Self {
        let span = calendar.epoch_span(epoch);
        let mut slots = Vec::new();
        let mut at = span.start;
        while at < span.end {
            let slot = calendar.slot(level, at);
            slots.push((epoch.index(level, slot.start).unwrap(), slot));
            at = slot.end;
        }
        let whole = root(USE, epoch, 0).tree(level, Facet::Totals);
        Self {
            calendar: calendar.clone(),
            level,
            epoch,
            span,
            slots,
            whole,
        }
    }

    /// The slots whose leaves the cover of this window opens.
    fn opened(&self, data: Window, horizon: Time) -> Vec<Slot> {
        let cover = cover_for(
            &self.calendar,
            self.level,
            self.epoch,
            &self.whole,
            data,
            horizon,
        );
        let covered = cover.covered();
        for range in &covered {
            // A node too many would open leaves beside the slots; only the ends of a whole epoch have such.
            assert!(
                self.slots.iter().any(|(index, _)| range.contains(index)),
                "{range:?} opens no slot"
            );
            assert!(range.start > 0 || data.from() <= self.span.start);
            assert!(range.end < self.whole.width() || self.span.end <= data.until().min(horizon));
        }
        let open = |index: &u32| covered.iter().any(|range| range.contains(index));
        self.slots
            .iter()
            .filter(|(index, _)| open(index))
            .map(|(_, slot)| *slot)
            .collect()
    }

    fn check(&self, from: Time, until: Time, horizon: Time) {
        let Some(data) = Window::inside(from, until) else {
            return;
        };
        let inside = |slot: &Slot| data.covers(slot.start, slot.end) && slot.end <= horizon;
        let expected: Vec<Slot> = self
            .slots
            .iter()
            .map(|(_, slot)| *slot)
            .filter(inside)
            .collect();
        assert_eq!(
            self.opened(data, horizon),
            expected,
            "{:?} {data:?} {horizon:?}",
            self.level
        );
    }
}

/// [consent-19], [consent-20]: every edge within a few slots of the ends of an epoch, and of the days on which the
/// clock changes.
#[test]
fn window_rounding_at_epoch_edges_and_clock_changes() {
    const STEP_MS: i64 = 5 * 60_000;
    let far = Time::from_ms(4_000_000_000_000);
    for calendar in calendars() {
        let epoch = calendar.epoch(time("2013-03-20"));
        let span = calendar.epoch_span(epoch);
        let change = time("2013-04-07T00:00");
        for level in [
            Level::QuarterHour,
            Level::HalfHour,
            Level::Hour,
            Level::Day,
            Level::Month,
        ] {
            let grid = Grid::new(&calendar, level, epoch);
            for centre in [span.start, span.end, time("2013-03-31T01:00"), change] {
                for step in -13..=13 {
                    let edge = centre.plus_ms(step * STEP_MS);
                    grid.check(edge, far, far);
                    grid.check(span.start, edge, far);
                    grid.check(span.start, far, edge);
                }
            }
        }
    }
}

#[test]
fn fine_levels_at_the_edges() {
    let far = Time::from_ms(4_000_000_000_000);
    for calendar in calendars() {
        let epoch = calendar.epoch(time("2013-03-20"));
        let span = calendar.epoch_span(epoch);
        for level in [Level::Raw, Level::Minute] {
            let grid = Grid::new(&calendar, level, epoch);
            for centre in [span.start, span.end] {
                for ms in [-60_001, -60_000, -59_999, -1, 0, 1, 59_999, 60_000, 60_001] {
                    let edge = centre.plus_ms(ms);
                    grid.check(edge, far, far);
                    grid.check(span.start, far, edge);
                }
            }
        }
    }
}

/// Days of 23 and 25 hours open with their day's window and with no millisecond less.
#[test]
fn days_of_23_and_25_hours() {
    let calendar = Calendar::new(london(), 60).unwrap();
    for (day, next, hours) in [
        ("2013-03-31", "2013-04-01", 23),
        ("2013-10-27", "2013-10-28", 25),
    ] {
        let epoch = calendar.epoch(time(day));
        let (days, clock) = (
            Grid::new(&calendar, Level::Day, epoch),
            Grid::new(&calendar, Level::Hour, epoch),
        );
        let (from, until) = (time(day), time(next));
        let whole = Window::inside(from, until).unwrap();
        assert_eq!(days.opened(whole, until).len(), 1);
        assert_eq!(clock.opened(whole, until).len(), hours);
        for (from, until, horizon) in [
            (from.plus_ms(1), until, until),
            (from, until.plus_ms(-1), until),
            (from, until, until.plus_ms(-1)),
        ] {
            let less = Window::inside(from, until).unwrap();
            assert_eq!(days.opened(less, horizon).len(), 0);
            assert_eq!(clock.opened(less, horizon).len(), hours - 1);
        }
    }
}

/// A whole epoch is one node; ten years of days are few.
#[test]
fn ten_years_are_few_nodes() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let days = ask(
        "energy_interval",
        &[Level::Day],
        &[Facet::Totals],
        "2003-01-01",
        Some("2013-01-01"),
    );
    let grant = house.grant(&request(&acme, wishes(vec![days])), &Choices::default());
    assert_eq!(grant.bundles()[0].header().nodes, 60);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// [consent-20]
    #[test]
    fn exactly_what_is_granted_opens(
        zone in 0_usize..6,
        level in 0_usize..7,
        from in 1_356_000_000_000_i64..1_380_000_000_000,
        length in 1_i64..9_000_000_000,
        ahead in -2_000_000_000_i64..9_000_000_000,
    ) {
        let calendar = &calendar(zone);
        let (from, until) = (Time::from_ms(from), Time::from_ms(from + length));
        let horizon = from.plus_ms(ahead);
        for epoch in [calendar.epoch(from), calendar.epoch(until), calendar.epoch(horizon)] {
            Grid::new(calendar, Level::ALL[level], epoch).check(from, until, horizon);
        }
    }

    /// The bundle holds what `simulate` foresees for the token, for grants of several lines.
    #[test]
    fn simulate_tells_what_opens(
        starts in proptest::collection::vec((0_i64..200, 1_i64..3000, 1_u8..128, 1_u8..8), 1..4),
    ) {
        let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
        let asks: Vec<Ask> = starts
            .iter()
            .filter_map(|(day, hours, levels, facets)| {
                let from = time("2013-01-01").plus_ms(day * 86_400_000 + 1_234_567);
                let levels = freehold_model::Levels::from_bits(*levels)?.without(Level::Minute).without(Level::Raw);
                let facets = freehold_model::Facets::from_bits(facets << 1)?;
                Ask::new(name("energy_interval"), levels, facets, from, Some(from.plus_ms(hours * 3_600_000))).ok()
            })
            .collect();
        prop_assume!(!asks.is_empty());
        let Ok(proposal) = house.propose(&request(&acme, wishes(asks.clone())), &Choices::default()) else {
            return Ok(());
        };
        let grant = house.grant(&request(&acme, wishes(asks)), &Choices::default());
        prop_assert_eq!(grant.token().shown(), proposal.shown());
        let keys = grant.open(&acme.card, &acme.envelope).unwrap();
        let calendar = house.streams[0].calendar();
        let none = Revocations::new();
        let permit = grant.token().permit(house.now, acme.card.id(), &none).unwrap();
        for level in Level::ALL {
            for facet in Facet::ALL {
                let trees = keys.trees().filter(|tree| (tree.level, tree.facet) == (level, facet));
                let open: Vec<Slot> =
                    trees.flat_map(|tree| openable(calendar, tree, keys.cover(&permit, tree).unwrap())).collect();
                let foreseen = simulate(&grant.token().terms().scope, calendar, USE, level, facet, keys.horizon());
                prop_assert_eq!(open, foreseen, "{:?} {:?}", level, facet);
            }
        }
    }
}

/// A vault is asked for the epochs in question, and for no other.
#[test]
fn only_the_epochs_in_question_are_asked_for() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let days = ask(
        "energy_interval",
        &[Level::Day],
        &[Facet::Totals],
        "2013-01-01",
        Some("2013-05-01"),
    );
    let token = house.approve(&request(&acme, wishes(vec![days])), &Choices::default());
    let asked = |since: Option<&str>| {
        let issue = Issue {
            since: since.map(time),
            succession: None,
            ..house.issue(1)
        };
        let mut asked = Vec::new();
        let trees = |stream, level, facet, epoch: Epoch| {
            asked.push(epoch);
            whole_trees(stream, level, facet, epoch)
        };
        let (mail, mut entropy) = (Secret::from_bytes([7; 32]), SeededEntropy::new(6));
        SealedBundle::compose(
            &token,
            &acme.card,
            &house.streams,
            &issue,
            &mail,
            trees,
            &mut entropy,
        )
        .unwrap();
        asked
    };
    let epoch = |text| house.streams[0].calendar().epoch(time(text));
    assert_eq!(asked(None), [epoch("2013-02-01"), epoch("2013-04-01")]);
    assert_eq!(asked(Some("2013-03-10")), [epoch("2013-04-01")]);
    assert_eq!(asked(Some("2013-05-01")), []);
}

/// Data that begin where the lease ends are of no epoch yet.
#[test]
fn no_epoch_is_asked_for_before_its_time() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let asked = |house: &mut House, from| {
        let later = ask(
            "energy_interval",
            &[Level::Hour],
            &[Facet::Totals],
            from,
            None,
        );
        let token = house.approve(&request(&acme, wishes(vec![later])), &Choices::default());
        let mut asked = 0;
        let trees = |stream, level, facet, epoch: Epoch| {
            asked += 1;
            whole_trees(stream, level, facet, epoch)
        };
        let (mail, mut entropy) = (Secret::from_bytes([7; 32]), SeededEntropy::new(6));
        SealedBundle::compose(
            &token,
            &acme.card,
            &house.streams,
            &house.issue(0),
            &mail,
            trees,
            &mut entropy,
        )
        .unwrap();
        asked
    };
    // A week after 2013-06-15T10:20.
    assert_eq!(asked(&mut house, "2013-06-22T10:19"), 1);
    assert_eq!(asked(&mut house, "2013-06-22T10:20"), 0);
}

/// A vault that was punctured hands out nothing of what it lost.
#[test]
fn punctured_trees_stay_punctured() {
    let calendar = Calendar::new(london(), 60).unwrap();
    let (from, until) = (time("2013-03-01"), time("2013-05-01"));
    let epoch = calendar.epoch(from);
    let lost = calendar.slot(Level::Day, time("2013-03-31"));
    let index = epoch.index(Level::Day, lost.start).unwrap();
    let held = root(USE, epoch, 0)
        .tree(Level::Day, Facet::Totals)
        .puncture(index..index + 1);
    let data = Window::inside(from, until).unwrap();
    let cover = cover_for(&calendar, Level::Day, epoch, &held, data, until);
    let tree = TreeId {
        stream: USE,
        level: Level::Day,
        facet: Facet::Totals,
        epoch,
        generation: 0,
    };
    let open = openable(&calendar, &tree, &cover);
    assert_eq!(open.len(), 60);
    assert!(!open.contains(&lost));
}

/// **[consent-28]** A year by the stream's own clock is the civil year of its zone, wherever the recipient sits.
#[test]
fn a_line_by_the_streams_clock_is_resolved_in_its_zone() {
    let line = ask(
        "energy_interval",
        &[Level::Day],
        &[Facet::Totals],
        "2013-01-01T00:00Z",
        Some("2014-01-01T00:00Z"),
    )
    .by_the_streams_clock();
    let zone = |name: &str| Zone::new(name).unwrap();
    let hours = |name: &str| {
        let (from, until) = line.instants(&zone(name));
        let utc = time("2013-01-01T00:00Z").ms();
        (
            (from.ms() - utc) / 3_600_000,
            (until.unwrap().ms() - utc) / 3_600_000,
        )
    };
    assert_eq!(hours("UTC"), (0, 8760));
    assert_eq!(hours("Europe/London"), (0, 8760));
    assert_eq!(hours("Australia/Brisbane"), (-10, 8750));
    // 01:30 on the day the clocks go back comes twice in London: the window is the narrower one.
    let folded = ask(
        "energy_interval",
        &[Level::Hour],
        &[Facet::Totals],
        "2013-10-27T01:30Z",
        Some("2013-10-28T01:30Z"),
    );
    let (from, _) = folded
        .clone()
        .by_the_streams_clock()
        .instants(&zone("Europe/London"));
    assert_eq!(
        from,
        time("2013-10-27T01:30Z"),
        "the later of 00:30Z and 01:30Z"
    );
    assert_eq!(
        folded.instants(&zone("Europe/London")).0,
        time("2013-10-27T01:30Z")
    );
}
