//! Tokens that ran out, were widened, lengthened or given to another, and proposals approved side by side.

use freehold::{
    Error, Facet, Level, Levels,
    consent::{
        ApproveError, Card, CardId, Conditions, Country, Grant, GrantError, LegalBasis, Line, Name,
        Onward, Purpose, Refusal, Retention, Revocations, Role, Scope, Set, ShownHash, Span,
        StreamId, Terms, Token, UnverifiedGrant, UnverifiedToken, VerifyError, Window, WireError,
        Wishes,
    },
    crypto::{Domain, PublicKey, Suite},
    testing::logs_of_home,
};
use freehold_tests::{ask, thief::Thief, utc, wishes};

use crate::{HOUR_MS, KIND, MINUTE_MS, Setting, days, hours, line, quarters};

const TOTALS: [Facet; 1] = [Facet::Totals];

/// What a token's link signs (consent-10).
type Payload = (Suite, [u8; 16], PublicKey, CardId, ShownHash, u8, Terms);

fn payload(token: &Token) -> Payload {
    let bytes = token.as_bytes();
    postcard::from_bytes(bytes.get(2..bytes.len() - 64).unwrap()).unwrap()
}

/// A token of this payload under a signature that was made for another.
fn spliced(payload: &Payload, signature: &[u8]) -> Vec<u8> {
    [
        &[1, 1],
        postcard::to_allocvec(payload).unwrap().as_slice(),
        signature,
    ]
    .concat()
}

fn signature(token: &Token) -> &[u8] {
    token.as_bytes().last_chunk::<64>().unwrap()
}

/// Asks for hours of a day, narrowly.
fn narrow() -> Wishes {
    let conditions = Conditions {
        onward: Onward::Nobody,
        automated_decisions: false,
        cohort_min: 5,
        jurisdiction: Country::new("GB"),
    };
    Wishes {
        conditions,
        retention: Retention::from_days(3),
        duration: days(30),
        ..wishes(vec![line([Level::Hour], TOTALS, 8, 12)], days(2))
    }
}

/// Has: a token and keys from when it was in force. Tries: to use it on the day it ends and after, with the clock set back, and
/// to be sent more. Stopped by: each use asks for a permit (consent-14); the home hands out nothing for it; and with any clock
/// no key that it has is of a later slot (consent-21).
#[test]
fn an_expired_token() {
    let setting = Setting::new(21);
    let start = utc("2014-06-10");
    setting.clock.set(start);
    let mut thief = Thief::new(1);
    let ask = ask(KIND, [Level::Hour], TOTALS, start, utc("2015-01-01"));
    let wishes = Wishes {
        duration: days(3),
        ..wishes(vec![ask], days(7))
    };
    let grant = thief.is_granted(&setting.home, wishes);
    let token = grant.token();
    let (end, none) = (token.terms().usable.until(), Revocations::new());
    assert_eq!(end, utc("2014-06-13"));
    let permit = |time| token.permit(time, thief.card.id(), &none).map(|_| ());
    assert_eq!(permit(end.plus_ms(-1)), Ok(()));
    assert_eq!(permit(end), Err(Refusal::Expired { at: end }));
    setting.clock.set(end.plus_ms(24 * HOUR_MS));
    for day in 0..4 {
        setting.record(start.plus_ms(day * 24 * HOUR_MS), quarters(), |n| {
            40_000 + n
        });
    }
    let parcel = setting.home.parcel(&thief.card, &thief.have()).unwrap();
    assert_eq!(parcel, freehold::Parcel::default());
    let reads = thief.reads(&logs_of_home(&setting.home).unwrap());
    assert_eq!(reads.len(), 3 * 24);
    assert!(reads.keys().all(|(_, _, slot, _)| slot.end <= end));
}

/// Has: a token. Tries: to make each field say more, encoded as it should be, under the signature that it has. Stopped by: the
/// signature is over the whole payload (consent-3, keys-15).
#[test]
fn a_widened_token() {
    let setting = Setting::new(22);
    let mut thief = Thief::new(1);
    let grant = thief.is_granted(&setting.home, narrow());
    let token = grant.token();
    let honest = payload(token);
    assert_eq!(
        spliced(&honest, signature(token)),
        token.as_bytes(),
        "the control"
    );
    let read = |payload: &Payload| {
        let unverified = UnverifiedToken::from_bytes(&spliced(payload, signature(token))).unwrap();
        unverified.verify().map(|_| ())
    };
    assert_eq!(read(&honest), Ok(()));

    let span = hours(8, 12);
    let of = |streams: &[StreamId], levels: Levels, facets: &[Facet], minutes: i64| Line {
        streams: Set::new(streams.iter().copied()).unwrap(),
        levels,
        facets: facets.iter().copied().collect(),
        data: Window::inside(
            span.start.plus_ms(-minutes * MINUTE_MS),
            span.end.plus_ms(minutes * MINUTE_MS),
        )
        .unwrap(),
    };
    let stream = token.terms().scope.streams();
    let two = [stream.clone(), vec![StreamId([9; 16])]].concat();
    let hour = Levels::of(Level::Hour);
    let scopes = [
        vec![of(&two, hour, &TOTALS, 0)],
        vec![of(&stream, hour.with(Level::Day), &TOTALS, 0)],
        vec![of(
            &stream,
            hour.with(Level::Raw),
            &[Facet::Totals, Facet::Readings],
            0,
        )],
        vec![of(&stream, hour, &[Facet::Totals, Facet::Extremes], 0)],
        vec![of(&stream, hour, &TOTALS, 1)],
        vec![of(&stream, hour, &TOTALS, 0), of(&two, hour, &TOTALS, 60)],
    ];
    type Change<T> = Box<dyn Fn(&mut T)>;
    let purpose = |text: &str| text.parse::<Purpose>().unwrap();
    let mut terms: Vec<Change<Terms>> = vec![
        Box::new(|terms| {
            terms.usable =
                Window::inside(terms.usable.from(), terms.usable.until().plus_ms(MINUTE_MS))
                    .unwrap()
        }),
        Box::new(|terms| {
            terms.usable = Window::inside(
                terms.usable.from().plus_ms(-MINUTE_MS),
                terms.usable.until(),
            )
            .unwrap()
        }),
        Box::new(|terms| terms.lease = Span::from_minutes(terms.lease.minutes() + 1).unwrap()),
        Box::new(move |terms| {
            terms.purposes =
                Set::new([purpose("dpv:ServiceProvision"), purpose("dpv:Marketing")]).unwrap()
        }),
        Box::new(|terms| terms.basis = LegalBasis::try_from(2).unwrap()),
        Box::new(|terms| terms.retention = Retention::from_days(4)),
        Box::new(|terms| terms.conditions.onward = Onward::Processors),
        Box::new(|terms| terms.conditions.automated_decisions = true),
        Box::new(|terms| terms.conditions.cohort_min = 4),
        Box::new(|terms| terms.conditions.jurisdiction = None),
    ];
    for lines in scopes {
        let scope = Scope::new(lines).unwrap();
        terms.push(Box::new(move |terms| terms.scope = scope.clone()));
    }
    for change in &terms {
        let mut wide = honest.clone();
        change(&mut wide.6);
        assert!(!wide.6.is_within(&honest.6), "{:?}", wide.6);
        assert_eq!(read(&wide), Err(VerifyError::Signature), "{:?}", wide.6);
    }
    let other = thief.signing().public_key();
    let fields: [Change<Payload>; 7] = [
        Box::new(|payload| payload.0 = Suite::Two),
        Box::new(|payload| payload.1 = [0; 16]),
        Box::new(move |payload| payload.2 = other),
        Box::new(|payload| payload.3 = CardId([7; 32])),
        Box::new(|payload| payload.4 = ShownHash([7; 32])),
        Box::new(|payload| payload.5 ^= 1),
        Box::new(|payload| payload.5 ^= 0b100),
    ];
    for (n, change) in fields.iter().enumerate() {
        let mut wide = honest.clone();
        change(&mut wide);
        assert_eq!(read(&wide), Err(VerifyError::Signature), "field {n}");
    }
    // A home that gets such a token back has never heard of it, and hands out nothing.
    let mut own = honest;
    own.2 = other;
    let mut bytes = spliced(&own, &[]);
    let signed = thief
        .signing()
        .sign(Domain::Token, bytes.get(1..).unwrap())
        .unwrap();
    bytes.extend_from_slice(&signed.to_bytes());
    let own = UnverifiedToken::from_bytes(&bytes)
        .unwrap()
        .verify()
        .unwrap();
    let keys = thief.loot.pop().unwrap().1;
    thief.loot.push((own, keys));
    let parcel = setting.home.parcel(&thief.card, &thief.have()).unwrap();
    assert_eq!(parcel, freehold::Parcel::default());
}

/// Has: a token, and a key of its own. Tries: to add a link that passes it on to somebody else, signed rightly. Stopped by:
/// version 1 reads one link (consent-10), so nobody can delegate.
#[test]
fn a_second_link() {
    let setting = Setting::new(23);
    let mut thief = Thief::new(1);
    let grant = thief.is_granted(&setting.home, narrow());
    let mut second = payload(grant.token());
    (second.2, second.3) = (thief.signing().public_key(), Thief::new(2).card.id());
    let link = [&[1], postcard::to_allocvec(&second).unwrap().as_slice()].concat();
    let signed = thief
        .signing()
        .sign(Domain::Token, &link)
        .unwrap()
        .to_bytes();
    for links in [1, 2, 3] {
        let mut bytes = [grant.token().as_bytes(), &link, &signed].concat();
        *bytes.first_mut().unwrap() = links;
        let read = UnverifiedToken::from_bytes(&bytes)
            .map_err(VerifyError::from)
            .and_then(UnverifiedToken::verify);
        assert!(read.is_err(), "{links} links");
    }
    let mut unknown = grant.token().as_bytes().to_vec();
    *unknown.first_mut().unwrap() = 2;
    assert_eq!(
        UnverifiedToken::from_bytes(&unknown).err(),
        Some(WireError::Malformed)
    );
}

/// Has: somebody else's grant file, or its own card with another envelope key, or another's token. Tries: to accept it as its own.
/// Stopped by: token and bundle name one card (consent-5), a card its envelope key under a signature (consent-3), and an envelope
/// opens for one key (consent-23).
#[test]
fn a_swapped_recipient() {
    let setting = Setting::new(24);
    let (mut victim, mut thief) = (Thief::new(1), Thief::new(2));
    let theirs = victim.is_granted(&setting.home, narrow());
    let ours = thief.is_granted(&setting.home, narrow());
    let wrong = Refusal::WrongRecipient {
        granted_to: victim.card.id(),
    };
    let opened = theirs.open(&thief.card, thief.envelope());
    assert_eq!(opened.err(), Some(wrong.into()));
    assert!(
        theirs.open(&victim.card, thief.envelope()).is_err(),
        "with the victim's card and its own key"
    );
    for (card, token, bundles) in [
        (&thief.card, theirs.token(), theirs.bundles()),
        (&victim.card, ours.token(), theirs.bundles()),
        (&thief.card, ours.token(), theirs.bundles()),
    ] {
        let grant = Grant::new(card.clone(), token.clone(), bundles.to_vec());
        assert!(
            matches!(grant, Err(GrantError::WrongCard | GrantError::Bundle(_))),
            "{grant:?}"
        );
    }
    // The victim's card with the thief's envelope key: the id is another, and so is the audience; the signature is missing.
    let name = Name::new("Kind Services").unwrap();
    let draft = Card::draft(
        Suite::One,
        Role::Controller,
        name,
        *victim.card.key(),
        thief.envelope().public_key().clone(),
    );
    assert!(draft.unwrap().sign(thief.signing()).is_err());
    let file = theirs.to_file().unwrap();
    let at = file.windows(32).position(|bytes| {
        bytes
            == victim
                .card
                .envelope()
                .as_bytes()
                .first_chunk::<32>()
                .unwrap()
    });
    let mut swapped = file.clone();
    let key = thief.envelope().public_key().as_bytes();
    swapped
        .get_mut(at.unwrap()..at.unwrap() + key.len())
        .unwrap()
        .copy_from_slice(key);
    let read = UnverifiedGrant::from_file(&swapped).unwrap().verify();
    assert_eq!(read.err(), Some(GrantError::Verify(VerifyError::Signature)));
    let read = UnverifiedGrant::from_file(&file).unwrap().verify().unwrap();
    assert!(
        read.open(&victim.card, victim.envelope()).is_ok(),
        "the control"
    );
}

/// Has: two requests, shown one after the other before either was approved; each alone reveals nothing. Tries: to have both
/// approved as they were shown. Stopped by: an approval computes the closure again (consent-18).
#[test]
fn two_proposals_side_by_side() {
    let setting = Setting::new(25);
    let mut thief = Thief::new(1);
    let day = thief.asks(
        &setting.home,
        wishes(vec![line([Level::Day], TOTALS, 0, 24)], None),
    );
    let hours = thief.asks(
        &setting.home,
        wishes(vec![line([Level::Hour], TOTALS, 0, 23)], None),
    );
    assert!(!day.closure().reveals() && !hours.closure().reveals());
    thief.is_approved(&setting.home, &day);
    let refused = setting.home.approve(&hours, hours.shown(), true);
    assert!(
        matches!(refused, Err(Error::Approve(ApproveError::Outdated))),
        "{refused:?}"
    );
    // Shown again, it says what follows; the other's approval is no matter to somebody else.
    let again = thief.asks(
        &setting.home,
        wishes(vec![line([Level::Hour], TOTALS, 0, 23)], None),
    );
    assert!(again.closure().reveals() && again.shown() != hours.shown());
    let mut other = Thief::new(2);
    let hours = other.asks(
        &setting.home,
        wishes(vec![line([Level::Hour], TOTALS, 0, 23)], None),
    );
    thief.is_approved(&setting.home, &again);
    other.is_approved(&setting.home, &hours);
}
