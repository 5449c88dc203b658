//! What objects say of themselves: small functions, each asked for once and for what it must not say.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking; its numbers are small"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_model::Level;

/// Lengths are what their names say.
#[test]
fn spans_have_their_lengths() {
    let day = 24 * 60;
    assert_eq!(Span::MINUTE.minutes(), 1);
    assert_eq!(Span::HOUR.minutes(), 60);
    assert_eq!(Span::WEEK.minutes(), 7 * day);
    assert_eq!(Span::FIVE_WEEKS.minutes(), 35 * day);
    assert_eq!(Span::YEAR.minutes(), 365 * day);
    assert_eq!(Span::DECADE.minutes(), 3650 * day);
    assert_eq!(Span::from_days(7), Some(Span::WEEK));
    assert_eq!(Span::from_days(0), None);
    assert_eq!(Span::from_days(u32::MAX), None);
}

#[test]
fn windows_end_earlier_or_not_at_all() {
    let days = window("2013-03-01", "2013-03-05");
    let before = |until| days.before(time(until));
    assert_eq!(
        before("2013-03-03"),
        Some(window("2013-03-01", "2013-03-03"))
    );
    assert_eq!(before("2013-03-09"), Some(days));
    assert_eq!(before("2013-03-01"), None);
}

#[test]
fn sets_give_their_values() {
    let set = |values: &[u16]| Set::<u16, 4>::new(values.iter().copied()).unwrap();
    assert_eq!(set(&[3, 1, 2, 3]).as_slice(), [1, 2, 3]);
    assert!(set(&[1, 3]).is_within(&set(&[1, 2, 3])));
    assert!(!set(&[1, 4]).is_within(&set(&[1, 2, 3])));
    assert!(!set(&[1, 2, 3]).is_within(&set(&[1, 3])));
}

#[test]
fn files_have_names() {
    let named = [
        (FileType::Card, "card"),
        (FileType::Request, "request"),
        (FileType::Grant, "grant"),
        (FileType::Revocation, "revocation"),
        (FileType::Extension, "extension"),
    ];
    for (file, name) in named {
        assert_eq!(file.to_string(), name);
    }
    let grant = FileType::Grant.wrap(b"x");
    let refused = FileType::Card.unwrap_file(&grant);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "a grant file, expected a card"
    );
}

#[test]
fn countries_print_their_letters() {
    assert_eq!(format!("{:?}", Country::new("gb").unwrap()), "GB");
}

/// Bytes that may be secret print as how many they are.
#[test]
fn bytes_are_not_printed() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let grant = house.grant(&usual(&acme), &Choices::default());
    let bundle = UnverifiedBundle::from_bytes(grant.bundles()[0].as_bytes()).unwrap();
    let printed = format!("{bundle:?}");
    assert!(printed.contains("envelope: Bytes("), "{printed}");
}

/// What is automated or may be passed on is so only where both allow it.
#[test]
fn conditions_only_narrow() {
    let automated = Conditions {
        automated_decisions: true,
        ..Conditions::default()
    };
    let strict = Conditions::default();
    assert_eq!(automated.meet(strict), Ok(strict));
    assert_eq!(strict.meet(automated), Ok(strict));
    assert_eq!(automated.meet(automated), Ok(automated));
    assert!(strict.is_within(automated) && !automated.is_within(strict));
    let british = Conditions {
        jurisdiction: Country::new("GB"),
        ..strict
    };
    assert!(british.is_within(strict) && !strict.is_within(british));
}

#[test]
fn keys_and_proposals_name_their_streams() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let proposal = house.propose(&usual(&acme), &Choices::default()).unwrap();
    let ids = |streams: &[StreamInfo]| streams.iter().map(|info| info.id).collect::<Vec<_>>();
    assert_eq!(ids(proposal.streams()), [USE]);
    let grant = house.grant(&usual(&acme), &Choices::default());
    let mut keys = grant.open(&acme.card, &acme.envelope).unwrap();
    let streams: Vec<StreamInfo> = keys.streams().cloned().collect();
    assert_eq!(ids(&streams), [USE]);
    assert_eq!(keys.seq(), 0);
    for seq in [1, 5] {
        let issue = Issue {
            since: Some(keys.horizon()),
            succession: None,
            ..house.issue(seq)
        };
        let sealed = house.bundle(grant.token(), &acme.card, &issue).unwrap();
        let read = UnverifiedBundle::from_bytes(sealed.as_bytes()).unwrap();
        let verified = read.verify(grant.token()).unwrap();
        let opened = verified.open(grant.token(), &acme.card, &acme.envelope);
        keys.extend(opened.unwrap()).unwrap();
        assert_eq!(keys.seq(), seq);
    }
}

/// What a finding is about is said: sums, how many readings there were, or extremes alone.
#[test]
fn findings_say_what_is_subtracted() {
    use freehold_model::{Facet, Facets, Levels};
    let sentence = |of: Facets| {
        let day = (time("2013-03-03"), time("2013-03-04"));
        let what = Derivable::LevelDifference {
            stream: USE,
            of,
            coarse: Level::Day,
            fine: Levels::of(Level::Hour),
            slot: day,
            rest: (time("2013-03-03T23:00"), day.1),
            stretches: 1,
            slots: 1,
        };
        let finding = Finding {
            severity: Severity::Reveals,
            what,
            with_earlier: false,
        };
        explain_finding(&finding, &house().streams)
    };
    let readings = sentence(Facets::EMPTY);
    assert!(readings.contains("number of readings"), "{readings}");
    let extremes = sentence(Facets::of(Facet::Extremes));
    assert!(!extremes.contains("number of readings"), "{extremes}");
    assert!(extremes.contains("lowest, highest"), "{extremes}");
}
