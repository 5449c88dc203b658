//! The whole path: readings, sealed, consented, opened.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use freehold::{
    Device, Error, Level, Reading, Selector, Stream, Time, Value,
    consent::{Ask, Choices, Conditions, KindName, LegalBasis, Purpose, Refusal, Retention, Set, Wishes},
    model::{Facet, Facets, Id, Kind, Levels, StreamSpec},
    testing::Bench,
};

/// The futures of the façade are ready at once with key stores that are.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("pending"),
    }
}

fn time(text: &str) -> Time {
    freehold::model::Zone::utc().parse(text, freehold::model::Fold::Earlier).unwrap()
}

fn glucose(bench: &Bench) -> Stream {
    bench.home.add_device(Device { name: "cgm".into(), maker: None, model: None }).unwrap();
    let kind = Kind::registered("interstitial_glucose").unwrap();
    let levels = Levels::of(Level::Raw).with(Level::Hour).with(Level::Day);
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let spec = StreamSpec::new(Id::from_bytes([7; 16]), kind, "UTC").levels(levels).facets(facets).every_ms(300_000);
    bench.home.add_stream("cgm", "glucose", spec).unwrap()
}

fn wishes(level: Level, from: Time, until: Time) -> Wishes {
    let ask = Ask::new(
        KindName::new("interstitial_glucose").unwrap(),
        Levels::of(level),
        Facets::of(Facet::Totals).with(Facet::Extremes),
        from,
        Some(until),
    );
    Wishes {
        asks: vec![ask.unwrap()],
        purposes: Set::new(["dpv:ServiceProvision".parse::<Purpose>().unwrap()]).unwrap(),
        basis: LegalBasis::CONSENT,
        retention: Retention::from_days(30),
        duration: None,
        lease: None,
        conditions: Conditions::default(),
        words: None,
    }
}

#[test]
fn a_day_level_grant_opens_days_and_nothing_else() {
    let start = time("2014-02-03");
    let bench = now(Bench::new(1, time("2026-01-01"))).unwrap();
    let stream = glucose(&bench);
    let readings: Vec<Reading> =
        (0..288 * 10).map(|n| Reading::new(start.plus_ms(n * 300_000), Value::Number(900 + (n * 37) % 500))).collect();
    for batch in readings.chunks(100) {
        assert_eq!(stream.record(batch).unwrap().new, batch.len() as u64);
    }
    stream.flush().unwrap();
    assert_eq!(stream.read(start, time("2014-03-01")).unwrap(), readings);
    let days = stream.summaries(Level::Day, start, time("2014-03-01")).unwrap();
    assert_eq!(days.len(), 10);
    assert!(days.iter().all(|day| day.summary.count() == Some(288)));

    let again = stream.record(&readings).unwrap();
    assert_eq!((again.new, again.duplicates), (0, readings.len() as u64));

    let until = time("2014-02-13");
    let request = bench.recipient.request(wishes(Level::Day, start, until)).unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench.home.approve(&proposal, proposal.shown(), true).unwrap();
    let consent = bench.recipient.accept(&grant).unwrap();
    let received = bench.sync().unwrap();
    assert_eq!((received.entries, received.pieces), (10, 20));
    let opened = bench.recipient.summaries(&Selector::default(), Level::Day, start, until).unwrap();
    assert_eq!(opened.items, days);
    assert_eq!(bench.sync().unwrap().pieces, 0);

    for level in [Level::Hour, Level::Raw] {
        let refused = bench.recipient.summaries(&Selector::default(), level, start, until);
        assert!(matches!(refused, Err(Error::Refused(Refusal::NotGranted(_)))), "{refused:?}");
    }
    let refused = bench.recipient.summaries(&Selector::default(), Level::Day, start, time("2014-02-14"));
    assert!(matches!(refused, Err(Error::Refused(Refusal::NotGranted(_)))), "{refused:?}");

    bench.home.revoke(consent).unwrap();
    assert_eq!(bench.sync().unwrap().revocations, 1);
    let refused = bench.recipient.summaries(&Selector::default(), Level::Day, start, until);
    assert!(matches!(refused, Err(Error::Refused(Refusal::Revoked { .. }))), "{refused:?}");
}
