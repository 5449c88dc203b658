//! Bundles that somebody on the way plants, replays or changes.

use freehold::{
    Facet, Level, Parcel, Reading, Value,
    consent::{
        BundleError, Choices, JournalHead, Keys, Succession, TokenId, UnverifiedBundle, VerifyError,
    },
    crypto::{Domain, SeededEntropy, SigningKey},
    testing::Bench,
};
use freehold_tests::{add, ask, spec, thief::Thief, utc, wishes};

use crate::{HOUR_MS, KIND, Setting, days};

/// What a bundle says openly, and its envelope.
type Payload = (
    (
        TokenId,
        u32,
        i64,
        i64,
        JournalHead,
        u32,
        Vec<u32>,
        Option<Succession>,
    ),
    Vec<u8>,
);

fn payload(bundle: &[u8]) -> Payload {
    postcard::from_bytes(bundle.get(1..bundle.len() - 64).unwrap()).unwrap()
}

fn body(payload: &Payload) -> Vec<u8> {
    [&[1], postcard::to_allocvec(payload).unwrap().as_slice()].concat()
}

/// That one key of a stranger's follows another.
fn succession() -> Option<Succession> {
    let key = |seed| SigningKey::generate_ed25519(&mut SeededEntropy::new(seed)).unwrap();
    Succession::sign(&[key(1)], key(2).public_key()).unwrap()
}

fn signed(body: &[u8], key: &SigningKey) -> Vec<u8> {
    [body, &key.sign(Domain::Bundle, body).unwrap().to_bytes()].concat()
}

fn parcel_of(extensions: Vec<Vec<u8>>) -> Parcel {
    let none = Vec::<Vec<u8>>::new();
    postcard::from_bytes(&postcard::to_allocvec(&(&none, extensions, &none, &none)).unwrap())
        .unwrap()
}

/// A home, and a recipient whose consent was extended once; the first bundle and the extension as they were sent.
fn extended() -> (Bench, [Vec<u8>; 2]) {
    let bench = Bench::new(1, utc("2014-06-10")).unwrap();
    let stream = add(&bench.home, spec(1, KIND, "UTC").levels([Level::Hour]));
    let line = ask(
        KIND,
        [Level::Hour],
        [Facet::Totals],
        utc("2014-06-01"),
        utc("2014-09-01"),
    );
    let request = bench
        .recipient
        .request(wishes(vec![line], days(4)))
        .unwrap();
    let proposal = bench.home.propose(&request, &Choices::default()).unwrap();
    let grant = bench
        .home
        .approve(&proposal, proposal.shown(), true)
        .unwrap();
    bench.recipient.accept(&grant).unwrap();
    bench.clock.set(utc("2014-06-13"));
    stream
        .record(&[Reading::new(
            utc("2014-06-10T05:00Z"),
            Value::Number(40_000),
        )])
        .unwrap();
    let parcel = bench
        .home
        .parcel(bench.recipient.card(), &bench.recipient.have().unwrap())
        .unwrap();
    bench.recipient.receive(&parcel).unwrap();
    let bytes = postcard::to_allocvec(&parcel).unwrap();
    let ((_, extensions), _) =
        postcard::take_from_bytes::<(Vec<Vec<u8>>, Vec<Vec<u8>>)>(&bytes).unwrap();
    let first = grant.bundles().first().unwrap().as_bytes().to_vec();
    (bench, [first, extensions.into_iter().next().unwrap()])
}

fn lease_until(bench: &Bench) -> freehold::Time {
    bench.recipient.consents().first().unwrap().lease_until
}

/// Has: the recipient's card, the token, every bundle that went past, and a key of its own. Tries: to have the recipient take
/// in nodes of its making, or an honest bundle under its own signature. Stopped by: a bundle is the token's grantor's
/// (consent-3), and an envelope says nothing on who sealed it (keys-20), so nothing in it is looked at first.
#[test]
fn a_planted_bundle() {
    let (bench, [_, honest]) = extended();
    let before = lease_until(&bench);
    let own = SigningKey::generate_ed25519(&mut SeededEntropy::new(5)).unwrap();
    let held = bench.recipient.consents();
    let token = &held.first().unwrap().token;
    let mut planted = payload(&honest);
    planted.0.1 += 1;
    let aad = postcard::to_allocvec(&planted.0).unwrap();
    let envelope = bench.recipient.card().envelope();
    planted.1 = envelope
        .seal(
            token.suite(),
            &token.id().0,
            &aad,
            b"nodes",
            &mut SeededEntropy::new(6),
        )
        .unwrap();
    let unsigned = body(&payload(&honest));
    assert_eq!(
        unsigned,
        honest.get(..honest.len() - 64).unwrap(),
        "the layout is the specification's"
    );
    for bundle in [
        signed(&body(&planted), &own),
        signed(&unsigned, &own),
        [unsigned, vec![0; 64]].concat(),
    ] {
        let read = UnverifiedBundle::from_bytes(&bundle).unwrap().verify(token);
        assert_eq!(
            read.err(),
            Some(BundleError::Verify(VerifyError::Signature))
        );
        assert!(bench.recipient.receive(&parcel_of(vec![bundle])).is_err());
        assert_eq!(lease_until(&bench), before);
    }
    assert!(bench.sync().is_ok());
}

/// Has: earlier bundles of this consent, and a bundle of another recipient's. Tries: to take the recipient's lease back, or to
/// give it keys that are not its own. Stopped by: an extension has a greater number than what is held (consent-24), a bundle
/// opens beside its own token only (consent-23).
#[test]
fn a_replayed_bundle() {
    let (bench, bundles) = extended();
    let before = lease_until(&bench);
    for old in &bundles {
        let received = bench.recipient.receive(&parcel_of(vec![old.clone()]));
        assert!(
            received.is_err() || received == Ok(freehold::Received::default()),
            "{received:?}"
        );
        assert_eq!(lease_until(&bench), before);
    }
    let setting = Setting::new(41);
    let (mut thief, mut other) = (Thief::new(1), Thief::new(2));
    let line = || {
        ask(
            KIND,
            [Level::Hour],
            [Facet::Totals],
            utc("2014-06-01"),
            utc("2014-09-01"),
        )
    };
    let ours = thief.is_granted(&setting.home, wishes(vec![line()], None));
    let theirs = other.is_granted(&setting.home, wishes(vec![line()], None));
    let (first, foreign) = (
        ours.bundles().first().unwrap(),
        theirs.bundles().first().unwrap(),
    );
    let read = UnverifiedBundle::from_bytes(foreign.as_bytes())
        .unwrap()
        .verify(ours.token());
    assert_eq!(read.err(), Some(BundleError::OtherToken));
    assert_eq!(
        foreign
            .open(ours.token(), &thief.card, thief.envelope())
            .err(),
        Some(BundleError::OtherToken)
    );
    let open = |grant: &freehold::consent::Grant, who: &Thief| {
        grant
            .bundles()
            .first()
            .unwrap()
            .open(grant.token(), &who.card, who.envelope())
            .unwrap()
    };
    let mut keys = Keys::new(open(&ours, &thief));
    assert_eq!(
        keys.extend(open(&theirs, &other)).err(),
        Some(BundleError::OtherToken)
    );
    let again = first
        .open(ours.token(), &thief.card, thief.envelope())
        .unwrap();
    assert_eq!(
        keys.extend(again).err(),
        Some(BundleError::Repeated { seq: 0 })
    );
}

/// Has: an honest bundle. Tries: to change what it says openly: another consent, number, time, horizon, journal head (older, or
/// in the future), count of nodes, generations. Stopped by: the header is under the signature (consent-3) and in the envelope's
/// associated data (consent-23).
#[test]
fn a_changed_header() {
    let (bench, [_, honest]) = extended();
    let held = bench.recipient.consents();
    let token = &held.first().unwrap().token;
    let before = lease_until(&bench);
    let signature = honest.last_chunk::<64>().unwrap();
    let changes: [fn(&mut Payload); 10] = [
        |payload| payload.0.0 = TokenId([7; 32]),
        |payload| payload.0.1 += 1,
        |payload| payload.0.2 += HOUR_MS,
        |payload| payload.0.3 += HOUR_MS,
        |payload| payload.0.4.at = payload.0.4.at.plus_ms(-HOUR_MS),
        |payload| payload.0.4.at = payload.0.4.at.plus_ms(1_000 * HOUR_MS),
        |payload| payload.0.4.hash = [7; 32],
        |payload| payload.0.5 += 1,
        |payload| payload.0.6.push(7),
        |payload| payload.0.7 = succession(),
    ];
    for (n, change) in changes.iter().enumerate() {
        let mut changed = payload(&honest);
        change(&mut changed);
        let bundle = [body(&changed), signature.to_vec()].concat();
        let refused = UnverifiedBundle::from_bytes(&bundle)
            .unwrap()
            .verify(token)
            .unwrap_err();
        assert!(
            matches!(
                refused,
                BundleError::Verify(VerifyError::Signature) | BundleError::OtherToken
            ),
            "field {n}"
        );
        let _ = bench.recipient.receive(&parcel_of(vec![bundle]));
        assert_eq!(lease_until(&bench), before, "field {n}");
    }
    for at in (0..honest.len()).step_by(5) {
        let mut changed = honest.clone();
        *changed.get_mut(at).unwrap() ^= 1;
        let read = UnverifiedBundle::from_bytes(&changed).map_err(BundleError::from);
        assert!(
            read.and_then(|bundle| bundle.verify(token)).is_err(),
            "byte {at}"
        );
    }
}
