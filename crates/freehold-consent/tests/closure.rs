//! What the closure report finds, and what it rightly does not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_model::{Facet, Facets, Id, Kind, Level, Levels, Stream, StreamSpec};

fn scope(lines: &[(Level, Facet, &str, &str)]) -> Scope {
    Scope::new(lines.iter().map(|(level, facet, from, until)| Line {
        streams: Set::new([USE]).unwrap(),
        levels: [*level].into_iter().collect(),
        facets: [*facet].into_iter().collect(),
        data: window(from, until),
    }))
    .unwrap()
}

fn differences(report: &ClosureReport) -> Vec<(bool, Derivable)> {
    let found = report
        .findings()
        .iter()
        .filter(|finding| finding.severity == Severity::Reveals);
    found
        .map(|finding| (finding.with_earlier, finding.what.clone()))
        .collect()
}

const DAY: (Level, Facet) = (Level::Day, Facet::Totals);
const HOUR: (Level, Facet) = (Level::Hour, Facet::Totals);

fn line(
    of: (Level, Facet),
    from: &'static str,
    until: &'static str,
) -> (Level, Facet, &'static str, &'static str) {
    (of.0, of.1, from, until)
}

/// [consent-15]
#[test]
fn level_difference() {
    let streams = house().streams;
    let day = line(DAY, "2013-03-03", "2013-03-04");
    let hours = line(HOUR, "2013-03-03", "2013-03-03T23:00");
    let report = ClosureReport::new(&scope(&[day, hours]), &[], &streams);
    let rest = Derivable::LevelDifference {
        stream: USE,
        of: Facets::of(Facet::Totals),
        coarse: Level::Day,
        fine: Levels::of(Level::Hour),
        slot: (time("2013-03-03"), time("2013-03-04")),
        rest: (time("2013-03-03T23:00"), time("2013-03-04")),
        stretches: 1,
        slots: 1,
    };
    assert_eq!(differences(&report), [(false, rest.clone())]);
    assert!(report.reveals());
    // The same from two consents, in either order, ended or not.
    for (now, before) in [(day, hours), (hours, day)] {
        let report = ClosureReport::new(&scope(&[now]), &[&scope(&[before])], &streams);
        assert_eq!(differences(&report), [(true, rest.clone())]);
        let text = explain_finding(&report.findings()[0], &streams);
        assert!(
            text.starts_with("Together with what it was granted before:"),
            "{text}"
        );
        assert!(
            text.contains("from 3 March 2013 23:00 to the end of 3 March 2013"),
            "{text}"
        );
    }
}

/// A finding counts the slots of its own level, and names the finer levels within them, not beside them.
#[test]
fn levels_are_told_apart() {
    let streams = house().streams;
    let quarters = (Level::QuarterHour, Facet::Totals);
    let found = |lines: &[(Level, Facet, &str, &str)]| {
        differences(&ClosureReport::new(&scope(lines), &[], &streams))
    };
    let of_day = Derivable::LevelDifference {
        stream: USE,
        of: Facets::of(Facet::Totals),
        coarse: Level::Day,
        fine: Levels::of(Level::Hour),
        slot: (time("2013-03-03"), time("2013-03-04")),
        rest: (time("2013-03-03T23:00"), time("2013-03-04")),
        stretches: 1,
        slots: 1,
    };
    let of_hour = Derivable::LevelDifference {
        stream: USE,
        of: Facets::of(Facet::Totals),
        coarse: Level::Hour,
        fine: Levels::of(Level::QuarterHour),
        slot: (time("2013-03-05T01:00"), time("2013-03-05T02:00")),
        rest: (time("2013-03-05T01:45"), time("2013-03-05T02:00")),
        stretches: 1,
        slots: 1,
    };
    let day = line(DAY, "2013-03-03", "2013-03-04");
    let hours = line(HOUR, "2013-03-03", "2013-03-03T23:00");
    let hour = line(HOUR, "2013-03-05T01:00", "2013-03-05T02:00");
    let within = line(quarters, "2013-03-05T01:00", "2013-03-05T01:45");
    assert_eq!(
        found(&[day, hours, hour, within]),
        [(false, of_hour), (false, of_day.clone())]
    );
    let before = line(quarters, "2013-03-02", "2013-03-03");
    let after = line(quarters, "2013-03-04", "2013-03-05");
    for beside in [before, after] {
        assert_eq!(found(&[day, hours, beside]), [(false, of_day.clone())]);
    }
}

#[test]
fn a_hole_between_two_windows() {
    let streams = house().streams;
    let lines = [
        line(DAY, "2013-03-01", "2013-04-01"),
        line(HOUR, "2013-03-01", "2013-03-10T05:00"),
        line(HOUR, "2013-03-10T06:30", "2013-04-01"),
    ];
    let report = ClosureReport::new(&scope(&lines), &[], &streams);
    let [(false, Derivable::LevelDifference { rest, slots: 1, .. })] = &differences(&report)[..]
    else {
        panic!("{report:?}");
    };
    assert_eq!(
        *rest,
        (time("2013-03-10T05:00"), time("2013-03-10T07:00")),
        "rounded to whole hours"
    );
}

#[test]
fn whole_slots_reveal_nothing_more() {
    let streams = house().streams;
    let lines = [
        line(DAY, "2013-03-01", "2013-04-01"),
        line(HOUR, "2013-03-05", "2013-03-08"),
    ];
    assert_eq!(
        differences(&ClosureReport::new(&scope(&lines), &[], &streams)),
        []
    );
    // An hour cut on either side opens no hour.
    let cut = [
        line(DAY, "2013-03-01", "2013-04-01"),
        line(HOUR, "2013-03-05T03:10", "2013-03-05T03:50"),
    ];
    assert_eq!(
        differences(&ClosureReport::new(&scope(&cut), &[], &streams)),
        []
    );
    // Hours of a day that is not granted as a day.
    let apart = [
        line(DAY, "2013-03-06", "2013-04-01"),
        line(HOUR, "2013-03-05T03:00", "2013-03-05T09:00"),
    ];
    assert_eq!(
        differences(&ClosureReport::new(&scope(&apart), &[], &streams)),
        []
    );
}

#[test]
fn raw_below_a_day_reveals_the_rest() {
    let streams = house().streams;
    let lines = [
        line(DAY, "2013-03-01", "2013-04-01"),
        line(
            (Level::Raw, Facet::Readings),
            "2013-03-05",
            "2013-03-05T12:00",
        ),
    ];
    let report = ClosureReport::new(&scope(&lines), &[], &streams);
    let [(_, Derivable::LevelDifference { fine, rest, .. })] = &differences(&report)[..] else {
        panic!("{report:?}");
    };
    assert_eq!(*fine, Levels::of(Level::Raw));
    assert_eq!(*rest, (time("2013-03-05T12:00"), time("2013-03-06")));
    assert!(
        report
            .findings()
            .iter()
            .any(|f| f.what == Derivable::RawGivesAll { stream: USE })
    );
}

/// A counter's absolute index on both sides of a hole gives its sum.
#[test]
fn index_over_a_gap() {
    let streams = house().streams;
    let index = (Level::Day, Facet::Index);
    let one = scope(&[line(index, "2013-01-01", "2013-02-01")]);
    let other = scope(&[line(index, "2013-03-01", "2013-04-01")]);
    assert!(!ClosureReport::new(&one, &[], &streams).reveals());
    let report = ClosureReport::new(&other, &[&one], &streams);
    let over = |until| Derivable::IndexOverGap {
        stream: USE,
        gap: (time("2013-02-01"), time(until)),
        stretches: 1,
        gaps: 1,
    };
    // The index stands at a day's end: the first day after the gap is in the sum, unless its total is granted.
    assert_eq!(differences(&report), [(true, over("2013-03-02"))]);
    let total = scope(&[
        line(index, "2013-03-01", "2013-04-01"),
        line(DAY, "2013-03-01", "2013-04-01"),
    ]);
    let report = ClosureReport::new(&total, &[&one], &streams);
    assert_eq!(differences(&report), [(true, over("2013-03-01"))]);
}

/// Windows that touch, or that cut a slot, leave a gap that only slots show.
#[test]
fn a_gap_of_the_day_that_both_windows_cut() {
    let streams = house().streams;
    let index = (Level::Day, Facet::Index);
    let lines = [
        line(index, "2013-03-01", "2013-03-05T12:00"),
        line(index, "2013-03-05T12:00", "2013-03-09"),
    ];
    let report = ClosureReport::new(&scope(&lines), &[], &streams);
    let [(false, Derivable::IndexOverGap { gap, gaps: 1, .. })] = &differences(&report)[..] else {
        panic!("{report:?}");
    };
    assert_eq!(*gap, (time("2013-03-05"), time("2013-03-07")));
}

/// Levels fill a slot together; the rest is what none of them has.
#[test]
fn several_finer_levels_fill_one_slot() {
    let streams = house().streams;
    let quarters = (Level::QuarterHour, Facet::Totals);
    let lines = [
        line(DAY, "2013-03-03", "2013-03-04"),
        line(HOUR, "2013-03-03", "2013-03-03T23:00"),
        line(quarters, "2013-03-03T23:00", "2013-03-03T23:45"),
    ];
    let report = ClosureReport::new(&scope(&lines), &[], &streams);
    let [
        (
            false,
            Derivable::LevelDifference {
                rest,
                fine,
                stretches: 1,
                ..
            },
        ),
    ] = &differences(&report)[..]
    else {
        panic!("{report:?}");
    };
    assert_eq!(*rest, (time("2013-03-03T23:45"), time("2013-03-04")));
    assert_eq!(*fine, Levels::from([Level::QuarterHour, Level::Hour]));
    // Together they fill all of it: nothing but what is granted.
    let lines = [
        lines[0],
        lines[1],
        line(quarters, "2013-03-03T23:00", "2013-03-04"),
    ];
    assert_eq!(
        differences(&ClosureReport::new(&scope(&lines), &[], &streams)),
        []
    );
}

/// Bins add up like sums, and extremes tell where they are not.
#[test]
fn distributions_and_extremes_tell_of_the_rest_too() {
    let streams = house().streams;
    let rest = |of: Facets| {
        move |found: &(bool, Derivable)| {
            let Derivable::LevelDifference {
                of: these,
                rest,
                stretches,
                ..
            } = &found.1
            else {
                return false;
            };
            (*these, *rest, *stretches) == (of, (time("2013-03-03"), time("2013-03-03T05:00")), 2)
        }
    };
    let parts = |coarse: &[Facet], fine: &[Facet]| {
        let day = coarse
            .iter()
            .map(|facet| line((Level::Day, *facet), "2013-03-03", "2013-03-04"));
        let hours = fine.iter().map(|facet| {
            line(
                (Level::Hour, *facet),
                "2013-03-03T05:00",
                "2013-03-03T09:00",
            )
        });
        let lines: Vec<_> = day.chain(hours).collect();
        differences(&ClosureReport::new(&scope(&lines), &[], &streams))
    };
    use Facet::{Distribution, Extremes, Totals};
    let all = [Totals, Extremes, Distribution];
    for facet in all {
        let found = parts(&[facet], &[facet]);
        assert!(
            found.len() == 1 && found.iter().all(rest(Facets::of(facet))),
            "{found:?}"
        );
    }
    let found = parts(&all, &all);
    assert!(
        found.len() == 1 && found.iter().all(rest(all.into())),
        "{found:?}"
    );
    // A total of the day and bins of the hours: how many readings the rest had.
    let found = parts(&[Totals], &[Distribution]);
    assert!(
        found.len() == 1 && found.iter().all(rest(Facets::EMPTY)),
        "{found:?}"
    );
    assert_eq!(parts(&[Extremes], &[Totals]), []);
    // How many readings the rest had is a finding of its own, beside its extremes.
    let found = parts(&[Totals, Extremes], &[Distribution, Extremes]);
    assert!(
        found.len() == 2
            && found.iter().any(rest(Facets::of(Extremes)))
            && found.iter().any(rest(Facets::EMPTY)),
        "{found:?}"
    );
}

/// An example stands for all slots of which the same follows; the sentence says how many more there are.
#[test]
fn an_example_stands_for_the_others() {
    let streams = house().streams;
    let text = |lines: &[_]| {
        let report = ClosureReport::new(&scope(lines), &[], &streams);
        explain_finding(&report.findings()[0], &streams)
    };
    let day = line(DAY, "2013-03-03", "2013-03-06");
    let first = line(HOUR, "2013-03-03", "2013-03-03T23:00");
    let second = line(HOUR, "2013-03-04", "2013-03-04T23:00");
    let third = line(HOUR, "2013-03-05", "2013-03-05T23:00");
    assert!(text(&[day, first]).ends_with("not granted."));
    let all = text(&[day, first, second, third]);
    assert!(
        all.ends_with("not granted. The same goes for 2 more."),
        "{all}"
    );
}

/// Chunks need not end where hours do: one that straddles an hour fills a part of it.
#[test]
fn a_chunk_that_straddles_an_hour() {
    let spec = StreamSpec::new(
        Id::from_bytes(USE.0),
        Kind::registered("energy_interval").unwrap(),
        "Europe/London",
    )
    .levels(Levels::ALL)
    .chunk_minutes(90);
    let streams = [StreamInfo::new(
        name("use"),
        Stream::new(spec).unwrap(),
        Vec::new(),
    )];
    let lines = [
        line(HOUR, "2013-03-03", "2013-03-03T06:00"),
        line(
            (Level::Raw, Facet::Readings),
            "2013-03-03T00:00",
            "2013-03-03T02:50",
        ),
    ];
    let report = ClosureReport::new(&scope(&lines), &[], &streams);
    let [(false, Derivable::LevelDifference { slot, rest, .. })] = &differences(&report)[..] else {
        panic!("{report:?}");
    };
    assert_eq!(*slot, (time("2013-03-03T01:00"), time("2013-03-03T02:00")));
    assert_eq!(*rest, (time("2013-03-03T01:30"), time("2013-03-03T02:00")));
}

/// An index in the middle of a total, and totals in the middle of an index.
#[test]
fn indexes_and_totals_together() {
    let streams = house().streams;
    let found = |lines: &[(Level, Facet, &str, &str)]| {
        differences(&ClosureReport::new(&scope(lines), &[], &streams))
    };
    let over = |from, until, stretches, gaps| Derivable::IndexOverGap {
        stream: USE,
        gap: (time(from), time(until)),
        stretches,
        gaps,
    };
    let day = line((Level::Day, Facet::Index), "2013-03-02", "2013-03-04");
    let hours = line(HOUR, "2013-03-03", "2013-03-03T05:00");
    assert_eq!(
        found(&[day, hours]),
        [(false, over("2013-03-03T05:00", "2013-03-04", 1, 1))]
    );
    let hours = line(HOUR, "2013-03-03T05:00", "2013-03-03T09:00");
    assert_eq!(
        found(&[day, hours]),
        [(false, over("2013-03-03", "2013-03-03T05:00", 2, 1))]
    );
    // Indexes of hours say how much was used up to the first of them, and after the last.
    let hours = line(
        (Level::Hour, Facet::Index),
        "2013-03-03T05:00",
        "2013-03-03T09:00",
    );
    assert_eq!(
        found(&[day, hours]),
        [(false, over("2013-03-03", "2013-03-03T06:00", 1, 2))]
    );
}

/// A gap that indexes tell of is found beside a rest that totals tell of.
#[test]
fn a_gap_beside_a_rest() {
    let streams = house().streams;
    let index = (Level::Day, Facet::Index);
    let lines = [
        line(DAY, "2013-06-03", "2013-06-04"),
        line(HOUR, "2013-06-03", "2013-06-03T23:00"),
        line(index, "2013-01-01", "2013-02-01"),
        line(index, "2013-03-01", "2013-04-01"),
    ];
    let found = differences(&ClosureReport::new(&scope(&lines), &[], &streams));
    let rest = (time("2013-06-03T23:00"), time("2013-06-04"));
    let gap = (time("2013-02-01"), time("2013-03-02"));
    let [
        (false, Derivable::LevelDifference { rest: a, .. }),
        (
            false,
            Derivable::IndexOverGap {
                gap: b, gaps: 1, ..
            },
        ),
    ] = &found[..]
    else {
        panic!("{found:?}");
    };
    assert_eq!((*a, *b), (rest, gap));
}

#[test]
fn few_readings_and_late_parts_are_noted() {
    let streams = house().streams;
    let report = ClosureReport::new(
        &scope(&[line(HOUR, "2013-03-01", "2013-04-01")]),
        &[],
        &streams,
    );
    let few = Derivable::FewReadings {
        stream: USE,
        level: Level::Hour,
        totals: true,
        extremes: false,
        usual: false,
    };
    let whats: Vec<&Derivable> = report
        .findings()
        .iter()
        .map(|finding| &finding.what)
        .collect();
    assert_eq!(whats, [&few, &Derivable::LateParts]);
    assert!(!report.reveals());
}

/// Three readings to a slot are not few; whoever says less often has few.
#[test]
fn slots_that_usually_hold_few() {
    let usual = |every_ms| {
        let kind = Kind::registered("energy_interval").unwrap();
        let spec = StreamSpec::new(Id::from_bytes(USE.0), kind, "Europe/London");
        let spec = spec.levels(Levels::ALL).every_ms(every_ms);
        let stream = Stream::new(spec).unwrap();
        let streams = [StreamInfo::new(name("use"), stream, Vec::new())];
        let hours = scope(&[line(HOUR, "2013-03-01", "2013-04-01")]);
        let report = ClosureReport::new(&hours, &[], &streams);
        let few = report
            .findings()
            .iter()
            .find_map(|finding| match finding.what {
                Derivable::FewReadings { usual, .. } => Some(usual),
                _ => None,
            });
        few.unwrap()
    };
    assert!(!usual(1_200_000));
    assert!(usual(1_200_001));
}

#[test]
fn streams_of_one_kind() {
    let mut streams = house().streams;
    streams.push(stream(SUB, "heat pump", "energy_interval"));
    let both = Scope::new([Line {
        streams: Set::new([USE, SUB]).unwrap(),
        levels: [Level::Day].into_iter().collect(),
        facets: [Facet::Totals].into_iter().collect(),
        data: window("2013-01-01", "2014-01-01"),
    }])
    .unwrap();
    let report = ClosureReport::new(&both, &[], &streams);
    let same = Derivable::SameKind {
        first: USE,
        second: SUB,
    };
    assert_eq!(
        report
            .findings()
            .iter()
            .filter(|finding| finding.what == same)
            .count(),
        1
    );
}

/// Streams of a kind are compared over their own times, not those of others.
#[test]
fn streams_of_one_kind_at_other_times() {
    let mut streams = house().streams;
    streams.push(stream(SUB, "heat pump", "energy_interval"));
    let daily = |id, from, until| Line {
        streams: Set::new([id]).unwrap(),
        levels: [Level::Day].into_iter().collect(),
        facets: [Facet::Totals].into_iter().collect(),
        data: window(from, until),
    };
    let apart = Scope::new([
        daily(USE, "2013-01-01", "2013-02-01"),
        daily(SUB, "2013-02-01", "2013-03-01"),
        daily(HEART, "2013-01-01", "2013-03-01"),
    ])
    .unwrap();
    let report = ClosureReport::new(&apart, &[], &streams);
    let same = |finding: &Finding| matches!(finding.what, Derivable::SameKind { .. });
    assert!(!report.findings().iter().any(same), "{report:?}");
}

/// Who holds the same key is the same recipient, whatever it calls itself.
#[test]
fn two_names_one_recipient() {
    let mut house = house();
    let acme = recipient(1, "Acme Energy");
    let hours = ask(
        "energy_interval",
        &[Level::Hour],
        &[Facet::Totals],
        "2013-03-03",
        Some("2013-03-03T23:00"),
    );
    let first = house.approve(&request(&acme, wishes(vec![hours])), &Choices::default());
    let revoked = Revocation::draft(
        &first,
        house.now,
        &mut freehold_crypto::SeededEntropy::new(1),
    )
    .unwrap();
    house
        .history
        .revoked(revoked.sign(&house.key).unwrap())
        .unwrap();
    let renamed = recipient_with(acme.key, 9, "Totally Different Ltd");
    let proposal = house
        .propose(&usual(&renamed), &Choices::default())
        .unwrap();
    assert!(proposal.closure().reveals());
    assert!(
        proposal
            .explain()
            .contains("Together with what it was granted before")
    );
    let other = recipient(4, "Acme Energy");
    assert!(
        !house
            .propose(&usual(&other), &Choices::default())
            .unwrap()
            .closure()
            .reveals()
    );
}
