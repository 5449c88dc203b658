//! The whole path: readings, sealed, consented, opened.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use freehold::{
    Error, Facet, Facets, Level, Levels, Reading, Selector, Stream, Value,
    consent::{Choices, Refusal},
    testing::Bench,
};
use freehold_tests::{add, ask, spec, utc, wishes};

fn glucose(bench: &Bench) -> Stream {
    let levels: Levels = [Level::Raw, Level::Hour, Level::Day].into();
    let facets: Facets = [Facet::Totals, Facet::Extremes].into();
    let spec = spec(7, "interstitial_glucose", "UTC").levels(levels);
    add(&bench.home, spec.facets(facets).every_ms(300_000))
}

#[test]
fn a_day_level_grant_opens_days_and_nothing_else() {
    let start = utc("2014-02-03");
    let bench = Bench::new(1, utc("2026-01-01")).unwrap();
    let stream = glucose(&bench);
    let readings: Vec<Reading> = (0..288 * 10)
        .map(|n| {
            Reading::new(
                start.plus_ms(n * 300_000),
                Value::Number(900 + (n * 37) % 500),
            )
        })
        .collect();
    for batch in readings.chunks(100) {
        assert_eq!(stream.record(batch).unwrap().new, batch.len() as u64);
    }
    stream.flush().unwrap();
    assert_eq!(stream.read(start, utc("2014-03-01")).unwrap(), readings);
    let days = stream
        .summaries(Level::Day, start, utc("2014-03-01"))
        .unwrap();
    assert_eq!(days.len(), 10);
    assert!(days.iter().all(|day| day.summary.count() == Some(288)));

    let again = stream.record(&readings).unwrap();
    assert_eq!((again.new, again.duplicates), (0, readings.len() as u64));

    let until = utc("2014-02-13");
    let facets = [Facet::Totals, Facet::Extremes];
    let line = ask("interstitial_glucose", [Level::Day], facets, start, until);
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    let consent = bench.recipient.accept(&grant).unwrap();
    let received = bench.sync().unwrap();
    assert_eq!((received.entries, received.pieces), (10, 20));
    let opened = bench
        .recipient
        .summaries(&Selector::default(), Level::Day, start, until)
        .unwrap();
    assert_eq!(opened.items, days);
    assert_eq!(bench.sync().unwrap().pieces, 0);

    for level in [Level::Hour, Level::Raw] {
        let refused = bench
            .recipient
            .summaries(&Selector::default(), level, start, until);
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::NotGranted(_)))),
            "{refused:?}"
        );
    }
    let refused =
        bench
            .recipient
            .summaries(&Selector::default(), Level::Day, start, utc("2014-02-14"));
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::NotGranted(_)))),
        "{refused:?}"
    );

    bench.home.revoke(consent).unwrap();
    assert_eq!(bench.sync().unwrap().revocations, 1);
    let refused = bench
        .recipient
        .summaries(&Selector::default(), Level::Day, start, until);
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Revoked { .. }))),
        "{refused:?}"
    );
}

/// A folder is one home's or one recipient's.
#[test]
fn a_store_that_is_somebodys_is_not_made_again() {
    use freehold::{
        FileKeyStore, Home, Noun, Recipient,
        consent::{Name, Role},
    };
    let folder = std::env::temp_dir().join(format!("freehold-path-{}", std::process::id()));
    let home = |name: &str| {
        let place = folder.join(name);
        Home::create(&place, "Home", FileKeyStore::beside(&place)).map(|home| home.close())
    };
    let recipient = |name: &str| {
        let (place, as_name) = (folder.join(name), Name::new("Name").unwrap());
        let keys = FileKeyStore::beside(&place);
        Recipient::create(&place, as_name, Role::Controller, keys).map(|made| made.close())
    };
    home("home").unwrap().unwrap();
    recipient("recipient").unwrap().unwrap();
    for (taken, noun) in [("home", Noun::Home), ("recipient", Noun::Recipient)] {
        assert_eq!(home(taken).unwrap_err(), Error::Exists(noun));
        assert_eq!(recipient(taken).unwrap_err(), Error::Exists(noun));
    }
    std::fs::remove_dir_all(folder).unwrap();
}
