//! What an app asks for bit by bit, waits for, and stops waiting for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use freehold::{
    Error, Facet, Facets, Level, Levels, Page, Reading, Relay, Selector, Stop, Stream, Time, Value,
    consent::Choices,
    testing::Bench,
    transport::{Address, RunError, StaticKey},
};
use freehold_tests::{Rng, add, ask, spec, utc, wishes};

const LEVELS: [Level; 4] = [Level::QuarterHour, Level::Hour, Level::Day, Level::Month];

/// Readings of years with gaps and corrections, in a zone that changes its clock.
fn scene() -> (Bench, Stream, Vec<Reading>) {
    let bench = Bench::new(3, utc("2026-02-01")).unwrap();
    let levels = LEVELS
        .into_iter()
        .fold(Levels::of(Level::Raw), Levels::with);
    let spec = spec(1, "active_power", "Europe/London").levels(levels);
    let stream = add(&bench.home, spec.facets(Facets::of(Facet::Totals)));
    let mut rng = Rng(11);
    let mut readings: Vec<Reading> = Vec::new();
    for begin in ["2023-12-30", "2024-03-30", "2024-10-26", "2025-12-31"] {
        let mut time = utc(begin);
        for _ in 0..200 {
            time = time.plus_ms(rng.between(1, 1_800_000));
            readings.push(Reading::new(time, Value::Number(rng.between(0, 5_000))));
        }
    }
    stream.record(&readings).unwrap();
    let corrected = readings.iter().step_by(7).map(|reading| {
        let value = reading.value.number().unwrap() + 1;
        Reading::new(reading.time, Value::Number(value))
    });
    stream.record(&corrected.collect::<Vec<_>>()).unwrap();
    stream.flush().unwrap();
    let all = stream.read(utc("2023-01-01"), utc("2026-02-01")).unwrap();
    assert!(all.len() > readings.len());
    (bench, stream, all)
}

/// Puts pages together, each with no more in it than it may have.
fn whole<T>(
    from: Time,
    limit: usize,
    more: usize,
    mut page: impl FnMut(Time) -> (Vec<T>, Option<Time>),
) -> Vec<T> {
    let (mut all, mut next) = (Vec::new(), Some(from));
    while let Some(at) = next {
        let (items, rest) = page(at);
        assert!(items.len() < limit + more);
        // A page is only empty when there is nothing more.
        assert!(!items.is_empty() || rest.is_none());
        assert!(rest.is_none_or(|rest| rest > at));
        all.extend(items);
        next = rest;
    }
    all
}

#[test]
fn pages_are_the_whole() {
    let (bench, stream, all) = scene();
    let (from, until) = (utc("2023-01-01"), utc("2026-02-01"));
    let parts = |page: Page<_>| (page.items, page.next);
    for limit in [2, 50, 10_000] {
        let read = |at| parts(stream.read_page((at, until), limit).unwrap());
        // A correction stays with what it corrects.
        assert_eq!(whole(from, limit, 2, read), all);
        for level in LEVELS {
            let read = |at| {
                let page = stream.summaries_page(level, (at, until), limit).unwrap();
                (page.items, page.next)
            };
            let windows = stream.summaries(level, from, until).unwrap();
            assert!(!windows.is_empty());
            assert_eq!(whole(from, limit, 1, read), windows, "{level:?} {limit}");
        }
    }
    assert_eq!(stream.read_page((from, until), 0).unwrap().items.len(), 2);

    let facets = [Facet::Readings, Facet::Totals];
    let asked = LEVELS
        .into_iter()
        .fold(Levels::of(Level::Raw), Levels::with);
    let line = ask("active_power", asked, facets, from, until);
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench.home.approve(&proposal, proposal.shown(), true);
    bench.recipient.accept(&grant.unwrap()).unwrap();
    bench.sync().unwrap();
    let (recipient, one) = (&bench.recipient, Selector::default());
    for limit in [3, 250] {
        let read = |at| {
            let opened = recipient.read_page(&one, (at, until), limit).unwrap();
            (opened.items, opened.next)
        };
        assert_eq!(whole(from, limit, 2, read), all);
        for level in LEVELS {
            let read = |at| {
                let opened = recipient.summaries_page(&one, level, (at, until), limit);
                let opened = opened.unwrap();
                (opened.items, opened.next)
            };
            let windows = stream.summaries(level, from, until).unwrap();
            assert_eq!(whole(from, limit, 1, read), windows);
        }
    }
}

#[test]
fn who_watches_is_told() {
    let (bench, stream, _) = scene();
    let (home, recipient) = (bench.home.watch(), bench.recipient.watch());
    let quiet = Duration::ZERO;
    assert!(!home.wait(quiet) && !recipient.wait(quiet));
    let reading = Reading::new(utc("2026-02-01T01:00"), Value::Number(1));
    bench.clock.set(utc("2026-02-03"));
    thread::scope(|scope| {
        let waits = scope.spawn(|| home.wait(Duration::from_secs(60)));
        stream.record(&[reading]).unwrap();
        assert!(waits.join().unwrap());
    });
    // Nothing is told of a look that changes nothing.
    stream.flush().unwrap();
    home.wait(quiet);
    stream.flush().unwrap();
    stream.read(utc("2025-01-01"), utc("2026-02-03")).unwrap();
    assert!(!home.wait(quiet));

    let line = ask(
        "active_power",
        [Level::Day],
        [Facet::Totals],
        utc("2025-01-01"),
        utc("2026-02-02"),
    );
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    assert!(home.wait(quiet) && !recipient.wait(quiet));
    let consent = bench.recipient.accept(&grant).unwrap();
    assert!(recipient.wait(quiet));
    bench.sync().unwrap();
    assert!(recipient.wait(quiet));
    bench.sync().unwrap();
    assert!(!recipient.wait(quiet));
    bench.home.revoke(consent).unwrap();
    bench.sync().unwrap();
    assert!(home.wait(quiet) && recipient.wait(quiet));
}

/// A relay that takes a connection and says nothing does not hold an app up for longer than it gave.
#[test]
fn a_meeting_ends_in_time() {
    let (bench, ..) = scene();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let key = StaticKey::from_secret(freehold::crypto::Secret::from_bytes([7; 32])).public();
    let place = listener.local_addr().unwrap();
    let address: Address = format!("{place}#{key}").parse().unwrap();
    let relay = Relay::new(address);
    let (begun, stop) = (Instant::now(), Stop::after(Duration::from_millis(100)));
    let outcome = bench.home.sync_until(&relay, &stop);
    assert_eq!(outcome, Err(Error::Sync(RunError::Stopped)));
    assert!(outcome.unwrap_err().is_retryable());
    // Before it would have given up by itself.
    assert!(begun.elapsed() < Duration::from_secs(9));
    let again = bench.recipient.sync_until(&relay, &stop);
    assert_eq!(again, Ok(Default::default()));
    assert_eq!(
        bench.home.sync_until(&relay, &stop),
        Err(Error::Sync(RunError::Stopped))
    );
}
