//! What a home hands to a recipient, and what happens when it does not arrive whole.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use freehold::{
    Error, Facet, Have, Level, Levels, Parcel, Reading, Selector, Stream, Time, Value,
    consent::{Choices, TokenId},
    crypto::Signature,
    testing::Bench,
};
use freehold_tests::{add, ask, spec, utc, wishes};

/// A parcel's bytes, and those of what it says of a log: token, genesis, checkpoint before, entries, checkpoint after.
type Parts = (
    Vec<Vec<u8>>,
    Vec<Vec<u8>>,
    Vec<LogPart>,
    Vec<(TokenId, Vec<u8>)>,
);
type LogPart = (
    TokenId,
    (Vec<u8>, Signature),
    Option<Vec<u8>>,
    Vec<(Vec<u8>, Vec<u8>)>,
    Vec<u8>,
);

const DAY_MS: i64 = 24 * 3_600_000;

fn parts(parcel: &Parcel) -> Parts {
    postcard::from_bytes(&postcard::to_allocvec(parcel).unwrap()).unwrap()
}

fn parcel(parts: &Parts) -> Parcel {
    postcard::from_bytes(&postcard::to_allocvec(parts).unwrap()).unwrap()
}

fn granted(bench: &Bench, from: Time, until: Time) -> TokenId {
    let line = ask("heart_rate", [Level::Day], [Facet::Totals], from, until);
    let request = bench.recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    bench.recipient.accept(&grant).unwrap()
}

/// Ten days of readings, of which two consents cover three days each.
fn two_consents() -> (Bench, Stream, [(TokenId, Time, Time); 2]) {
    let bench = Bench::new(1, utc("2026-01-01")).unwrap();
    let levels: Levels = [Level::Raw, Level::Day].into();
    let stream = add(&bench.home, spec(1, "heart_rate", "UTC").levels(levels));
    let start = utc("2025-03-01");
    for day in 0..10 {
        let reading = |n: i64| {
            Reading::new(
                start.plus_ms(day * DAY_MS + n * 3_600_000),
                Value::Number(600 + n),
            )
        };
        stream
            .record(&(0..24).map(reading).collect::<Vec<_>>())
            .unwrap();
        stream.flush().unwrap();
    }
    let consent = |from: i64| {
        let (from, until) = (
            start.plus_ms(from * DAY_MS),
            start.plus_ms((from + 3) * DAY_MS),
        );
        (granted(&bench, from, until), from, until)
    };
    // The later days first: what arrives for one consent says nothing of the other.
    let consents = [consent(5), consent(0)];
    (bench, stream, consents)
}

fn days(bench: &Bench, (consent, from, until): (TokenId, Time, Time)) -> usize {
    let selector = Selector {
        consent: Some(consent),
        stream: None,
    };
    let opened = bench
        .recipient
        .summaries(&selector, Level::Day, from, until);
    opened.unwrap().items.len()
}

/// A parcel is cut off after any of its parts, or a part of it is changed on the way: the next one brings what is missing.
/// [parcel-3], [parcel-4]
#[test]
fn what_did_not_arrive_comes_with_the_next_parcel() {
    let (bench, ..) = two_consents();
    let whole = bench
        .home
        .parcel(bench.recipient.card(), &bench.recipient.have().unwrap())
        .unwrap();
    for (count, spoilt) in (0..parts(&whole).2.len()).flat_map(|n| [(n, false), (n, true)]) {
        let (bench, _, consents) = two_consents();
        let (card, have) = (bench.recipient.card(), bench.recipient.have().unwrap());
        let mut cut = parts(&bench.home.parcel(card, &have).unwrap());
        if spoilt {
            *cut.2.get_mut(count).unwrap().4.last_mut().unwrap() ^= 1;
            bench.recipient.receive(&parcel(&cut)).unwrap_err();
        } else {
            cut.2.truncate(count);
            bench.recipient.receive(&parcel(&cut)).unwrap();
        }
        bench.sync().unwrap();
        assert_eq!(
            consents.map(|consent| days(&bench, consent)),
            [3, 3],
            "{count} arrived"
        );
        assert_eq!(bench.sync().unwrap(), freehold::Received::default());
    }
}

/// Every byte of a parcel is checked: a changed one is an error or changes nothing.
#[test]
fn no_changed_byte_is_believed() {
    let (bench, stream, consents) = two_consents();
    let whole = bench
        .home
        .parcel(bench.recipient.card(), &bench.recipient.have().unwrap())
        .unwrap();
    let bytes = postcard::to_allocvec(&whole).unwrap();
    let own = |(_, from, until): (TokenId, Time, Time)| {
        stream.summaries(Level::Day, from, until).unwrap()
    };
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        *changed.get_mut(at).unwrap() ^= 1 << (at % 8);
        let received =
            postcard::from_bytes::<Parcel>(&changed).map(|parcel| bench.recipient.receive(&parcel));
        refused += usize::from(!matches!(received, Ok(Ok(_))));
        for consent in consents {
            let selector = Selector {
                consent: Some(consent.0),
                stream: None,
            };
            let opened = bench
                .recipient
                .summaries(&selector, Level::Day, consent.1, consent.2);
            let own = own(consent);
            assert!(
                opened.unwrap().items.iter().all(|day| own
                    .iter()
                    .any(|own| own.slot == day.slot && own.summary.totals == day.summary.totals)),
                "byte {at}"
            );
        }
    }
    assert!(
        refused * 7 > bytes.len() * 9 / 10,
        "{refused} of {}",
        bytes.len() / 7
    );
    bench.sync().unwrap();
    assert_eq!(consents.map(|consent| days(&bench, consent)), [3, 3]);
}

/// [parcel-5]
#[test]
fn as_files_they_are_read_in_one_way_only() {
    let (bench, _, _) = two_consents();
    let have = bench.recipient.have().unwrap();
    let parcel = bench.home.parcel(bench.recipient.card(), &have).unwrap();
    let (file, had) = (parcel.to_file(), have.to_file());
    assert_eq!(Parcel::from_file(&file).unwrap(), parcel);
    assert_eq!(Have::from_file(&had).unwrap(), have);
    for refused in [
        &had[..],
        &file[..file.len() - 1],
        &[&file[..], &[0]].concat(),
        b"FRHD",
    ] {
        let error = Parcel::from_file(refused).unwrap_err();
        assert!(matches!(error, Error::Wire(_)), "{error:?}");
    }
    for refused in [
        &file[..],
        &had[..had.len() - 1],
        &[&had[..], &[0]].concat(),
        b"",
    ] {
        let error = Have::from_file(refused).unwrap_err();
        assert!(matches!(error, Error::Wire(_)), "{error:?}");
    }
    // A number that could be written shorter: how many withdrawals, none.
    let longer = [&file[..6], &[0x80, 0x00], &file[7..]].concat();
    assert_eq!(file[6], 0);
    assert!(Parcel::from_file(&longer).is_err());
}
