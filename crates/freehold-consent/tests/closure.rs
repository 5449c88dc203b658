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
use freehold_model::{Facet, Level};

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
        coarse: Level::Day,
        fine: Level::Hour,
        slot: (time("2013-03-03"), time("2013-03-04")),
        rest: (time("2013-03-03T23:00"), time("2013-03-04")),
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
    let [
        (
            _,
            Derivable::LevelDifference {
                fine: Level::Raw,
                rest,
                ..
            },
        ),
    ] = &differences(&report)[..]
    else {
        panic!("{report:?}");
    };
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
    let gap = (time("2013-02-01"), time("2013-03-01"));
    assert_eq!(
        differences(&report),
        [(true, Derivable::IndexOverGap { stream: USE, gap })]
    );
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
