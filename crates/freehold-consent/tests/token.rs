//! Tokens: their size, and what is no token.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_crypto::{Domain, Secret, SeededEntropy, SigningKey};
use freehold_model::{Facet, Level};

fn token() -> Token {
    house().approve(&usual(&recipient(1, "Acme Energy")), &Choices::default())
}

/// Signs whatever bytes as a token's only link.
fn forged(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let mut bytes = vec![1, VERSION];
    bytes.extend_from_slice(payload);
    let signature = key.sign(Domain::Token, &bytes[1..]).unwrap();
    bytes.extend_from_slice(&signature.to_bytes());
    bytes
}

fn payload(token: &Token) -> Vec<u8> {
    let bytes = token.as_bytes();
    bytes[2..bytes.len() - 64].to_vec()
}

fn malformed(payload: &[u8]) {
    let bytes = forged(payload, &house().key);
    assert!(UnverifiedToken::from_bytes(&bytes).is_err());
}

/// [consent-9]
#[test]
fn the_usual_token_has_at_most_224_bytes() {
    let usual = token();
    assert!(
        usual.as_bytes().len() <= 224,
        "{} bytes",
        usual.as_bytes().len()
    );
    let gp = recipient(2, "Surgery");
    let decade = ask(
        "heart_rate",
        &[Level::Raw, Level::Hour, Level::Day],
        &[Facet::Totals, Facet::Extremes, Facet::Distribution],
        "2005-01-01",
        None,
    );
    let wishes = Wishes {
        retention: Retention::from_days(365),
        ..wishes(vec![decade])
    };
    let long = house().approve(&request(&gp, wishes), &Choices::default());
    assert!(
        long.as_bytes().len() <= 224,
        "{} bytes",
        long.as_bytes().len()
    );
}

/// [consent-10]: the layout, field by field.
#[test]
fn layout() {
    let token = token();
    let bytes = token.as_bytes();
    let mut expected = vec![
        1, // links
        1, // version of the link
        1, // suite
    ];
    expected.extend_from_slice(&bytes[3..19]); // nonce
    expected.push(0); // Ed25519
    expected.extend_from_slice(&bytes[20..52]); // the grantor's key
    expected.extend_from_slice(&token.recipient().0);
    expected.extend_from_slice(&token.shown().0);
    expected.push(0b100); // controller, attended
    expected.extend_from_slice(&[1, 1]); // one line, one stream
    expected.extend_from_slice(&USE.0);
    expected.extend_from_slice(&[
        0b0010_0000, // day
        0b0000_0010, // totals
    ]);
    expected.extend_from_slice(&[0x80, 0xe9, 0xc8, 0x15]); // 22616640 minutes, zigzag
    expected.extend_from_slice(&[0xa0, 0x8a, 0x20]); // 525600 minutes
    let at = expected.len();
    expected.extend_from_slice(&bytes[at..at + 7]); // usable: four bytes and three
    expected.extend_from_slice(&[0xe0, 0x4e]); // lease: 10080 minutes
    expected.extend_from_slice(&[1, 1]); // one purpose: dpv:ServiceProvision
    expected.push(1); // consent
    expected.push(30); // retention, days
    expected.push(0); // no further caveats
    assert_eq!(bytes[..bytes.len() - 64], expected[..]);
}

/// The id names the payload, nonce included; the signature is no part of it.
#[test]
fn ids_differ_by_nonce() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let proposal = house.propose(&usual(&acme), &Choices::default()).unwrap();
    let mut ids = Vec::new();
    for seed in 0..3 {
        let draft = proposal
            .approve(
                proposal.shown(),
                true,
                house.now,
                &mut SeededEntropy::new(seed),
            )
            .unwrap();
        let token = draft.sign(&house.key).unwrap();
        ids.push(token.id());
        house
            .history
            .granted(house.now, token, acme.card.clone())
            .unwrap();
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0].to_string().parse(), Ok(ids[0]));
    assert!(
        ids[0].begins_with(&ids[0].short())
            && !ids[0].begins_with(&ids[1].short())
            && !ids[0].begins_with("")
    );
}

/// [consent-3]
#[test]
fn every_bit_counts() {
    let token = token();
    for bit in 0..token.as_bytes().len() * 8 {
        let mut bytes = token.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = UnverifiedToken::from_bytes(&bytes)
            .map_err(VerifyError::from)
            .and_then(UnverifiedToken::verify);
        assert!(read.is_err(), "bit {bit}");
    }
}

#[test]
fn canonical_postcard() {
    let token = token();
    assert!(
        UnverifiedToken::from_bytes(&forged(&payload(&token), &house().key)).is_ok(),
        "the control"
    );
    let good = payload(&token);
    // Suite 1 as an overlong integer.
    malformed(&[&[0x81, 0x00], &good[1..]].concat());
    // The lease, 10080, as an overlong integer.
    let lease = good
        .windows(2)
        .rposition(|pair| pair == [0xe0, 0x4e])
        .unwrap();
    malformed(&[&good[..lease], &[0xe0, 0xce, 0x00], &good[lease + 2..]].concat());
    // A byte after the end, a byte too few, nothing.
    malformed(&[&good[..], &[0]].concat());
    malformed(&good[..good.len() - 1]);
    malformed(&[]);
    assert!(UnverifiedToken::from_bytes(&[]).is_err());
    assert!(UnverifiedToken::from_bytes(&[1; 64]).is_err());
}

/// [consent-12]
#[test]
fn unknown_caveat_is_refused() {
    let good = payload(&token());
    let (last, head) = good.split_last().unwrap();
    assert_eq!(*last, 0, "no caveats");
    malformed(&[head, &[1, 9]].concat());
    malformed(&[head, &[1, 0, 0]].concat()); // the strictest value, spelt out
    malformed(&[head, &[2, 1, 0, 1]].concat()); // out of order
    malformed(&[head, &[2, 1, 1]].concat()); // twice
    malformed(&[head, &[1, 2, 0]].concat()); // a cohort of nobody
    malformed(&[head, &[1, 3, b'g', b'b']].concat()); // no country
    let known = forged(&[head, &[2, 0, 1, 3, b'G', b'B']].concat(), &house().key);
    let token = UnverifiedToken::from_bytes(&known)
        .unwrap()
        .verify()
        .unwrap();
    assert_eq!(token.terms().conditions.onward, Onward::Processors);
    assert_eq!(token.terms().conditions.jurisdiction, Country::new("gb"));
}

/// [consent-11]
#[test]
fn empty_scope_is_refused() {
    let good = payload(&token());
    let lines = 1 + 16 + 33 + 32 + 32 + 1;
    assert_eq!(good[lines..lines + 2], [1, 1]);
    let after = lines + 2 + 16 + 2 + 4 + 3;
    let with_scope = |scope: &[u8]| malformed(&[&good[..lines], scope, &good[after..]].concat());
    let line = |streams: &[u8], levels: u8, facets: u8, minutes: &[u8]| {
        [
            &[1][..],
            streams,
            &[levels, facets, 0x80, 0xe9, 0xc8, 0x15],
            minutes,
        ]
        .concat()
    };
    let one: Vec<u8> = [&[1][..], &USE.0].concat();
    with_scope(&[0]); // no line
    with_scope(&line(&[0], 0x20, 2, &[5])); // no stream
    with_scope(&line(&one, 0, 2, &[5])); // no level
    with_scope(&line(&one, 0x20, 0, &[5])); // no facet
    with_scope(&line(&one, 0x20, 2, &[0])); // no time
    with_scope(&line(&one, 0x01, 2, &[5])); // totals of raw
    with_scope(&line(&one, 0x20, 1, &[5])); // readings of days
    with_scope(&line(&one, 0x21, 2, &[5])); // raw beside days, without its readings
    with_scope(&line(&one, 0x80, 2, &[5])); // an unknown level
    with_scope(&line(&[&[2][..], &USE.0, &USE.0].concat(), 0x20, 2, &[5])); // a stream twice
}

#[test]
fn chain_lengths_that_are_not_one() {
    let token = token();
    for links in [0, 2, 255] {
        let mut bytes = token.as_bytes().to_vec();
        bytes[0] = links;
        assert_eq!(
            UnverifiedToken::from_bytes(&bytes).err(),
            Some(WireError::Malformed)
        );
    }
    let twice = [token.as_bytes(), &token.as_bytes()[1..]].concat();
    assert!(UnverifiedToken::from_bytes(&twice).is_err());
    let mut newer = token.as_bytes().to_vec();
    newer[1] = 2;
    assert_eq!(
        UnverifiedToken::from_bytes(&newer).err(),
        Some(WireError::Version(2))
    );
    let mut suite = token.as_bytes().to_vec();
    suite[2] = 3;
    assert_eq!(
        UnverifiedToken::from_bytes(&suite).err(),
        Some(WireError::Malformed),
        "unknown suite"
    );
    assert!(UnverifiedToken::from_bytes(&vec![1; TOKEN_BYTES_MAX + 70]).is_err());
}

#[test]
fn signed_by_another_than_it_names() {
    let token = token();
    let stranger = SigningKey::from_seed(&Secret::from_bytes([8; 32])).unwrap();
    let bytes = forged(&payload(&token), &stranger);
    assert_eq!(
        UnverifiedToken::from_bytes(&bytes).unwrap().verify().err(),
        Some(VerifyError::Signature)
    );
    let proposal = house()
        .propose(&usual(&recipient(1, "A")), &Choices::default())
        .unwrap();
    let draft = proposal
        .approve(
            proposal.shown(),
            true,
            house().now,
            &mut SeededEntropy::new(5),
        )
        .unwrap();
    assert_eq!(draft.sign(&stranger).err(), Some(SignError::WrongKey));
}

#[test]
fn p256_grants_too() {
    let mut house = house();
    house.key = SigningKey::generate_p256().unwrap();
    let acme = recipient_with(SigningKey::generate_p256().unwrap(), 1, "Acme Energy");
    let grant = house.grant(&usual(&acme), &Choices::default());
    let file = grant.to_file().unwrap();
    let read = UnverifiedGrant::from_file(&file).unwrap().verify().unwrap();
    assert!(read.open(&acme.card, &acme.envelope).is_ok());
}

/// [consent-14]: a verdict that was remembered says nothing about time, audience and revocation.
#[test]
fn a_remembered_token_is_checked_at_each_use() {
    let token = token();
    let mut seen = Verified::new(2);
    let first = seen.token(token.as_bytes()).unwrap();
    let again = seen.token(token.as_bytes()).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again));
    let mut revocations = Revocations::new();
    let (now, audience) = (house().now, token.recipient());
    assert!(again.permit(now, audience, &revocations).is_ok());
    let end = token.terms().usable.until();
    assert_eq!(
        again.permit(end, audience, &revocations).err(),
        Some(Refusal::Expired { at: end })
    );
    let start = token.terms().usable.from();
    let early = again
        .permit(start.plus_ms(-1), audience, &revocations)
        .err();
    assert_eq!(early, Some(Refusal::NotYet { from: start }));
    let stranger = again.permit(now, CardId([0; 32]), &revocations).err();
    assert_eq!(
        stranger,
        Some(Refusal::WrongRecipient {
            granted_to: audience
        })
    );
    let draft = Revocation::draft(&token, now, &mut SeededEntropy::new(1)).unwrap();
    revocations.add(&draft.sign(&house().key).unwrap());
    assert_eq!(
        again.permit(now, audience, &revocations).err(),
        Some(Refusal::Revoked { at: now })
    );
    // The same payload under another signature is another thing to check.
    let mut spoilt = token.as_bytes().to_vec();
    *spoilt.last_mut().unwrap() ^= 1;
    assert_eq!(seen.token(&spoilt).err(), Some(VerifyError::Signature));
}

#[test]
fn remembered_tokens_are_bounded() {
    let mut house = house();
    let mut seen = Verified::new(2);
    let mut token =
        |seed| house.approve(&usual(&recipient(seed, "Acme Energy")), &Choices::default());
    let (first, second, third) = (token(1), token(2), token(3));
    let mut ask = |token: &Token| seen.token(token.as_bytes()).unwrap();
    let (one, two) = (ask(&first), ask(&second));
    assert_eq!((one.id(), two.id()), (first.id(), second.id()));
    let same = std::sync::Arc::ptr_eq;
    assert!(same(&one, &ask(&first)) && same(&two, &ask(&second)));
    let three = ask(&third);
    assert!(same(&three, &ask(&third)) && same(&two, &ask(&second)));
    assert!(!same(&one, &ask(&first)), "the oldest made room");
}

/// [consent-10]: role and attendance are one byte, and read back.
#[test]
fn every_role_reads_back() {
    let mut house = house();
    for (byte, role) in [Role::Controller, Role::JointController, Role::Processor]
        .into_iter()
        .enumerate()
    {
        let mut acme = recipient(1, "Acme Energy");
        let envelope = acme.envelope.public_key().clone();
        let key = acme.key.public_key();
        let draft = Card::draft(
            freehold_crypto::Suite::One,
            role,
            name("Acme"),
            key,
            envelope,
        );
        acme.card = draft.unwrap().sign(&acme.key).unwrap();
        let token = house.approve(&usual(&acme), &Choices::default());
        let read = UnverifiedToken::from_bytes(token.as_bytes()).unwrap();
        let read = read.verify().unwrap();
        assert_eq!((read.role(), read.attended()), (role, true));
        let at = 52 + token.recipient().0.len() + token.shown().0.len();
        assert_eq!(token.as_bytes()[at], 0b100 | byte as u8);
    }
}

/// What is longer than a token may be is not looked at.
#[test]
fn tokens_have_a_most() {
    assert_eq!(TOKEN_BYTES_MAX, 16_384);
    let read = |len| UnverifiedToken::from_bytes(&vec![1; 1 + len]).err();
    assert!(matches!(
        read(TOKEN_BYTES_MAX),
        Some(WireError::Trailing { .. })
    ));
    assert!(matches!(
        read(TOKEN_BYTES_MAX + 1),
        Some(WireError::TooLong { max: 16_384, .. })
    ));
}

#[test]
fn refusals_name_what_is_granted() {
    let token = token();
    let revocations = Revocations::new();
    let permit = token
        .permit(house().now, token.recipient(), &revocations)
        .unwrap();
    let access = Access {
        stream: USE,
        level: Level::Day,
        facet: Facet::Totals,
        from: time("2013-02-01"),
        until: time("2013-03-01"),
    };
    assert_eq!(permit.check(&access), Ok(()));
    let refused = |access| match permit.check(&access) {
        Err(Refusal::NotGranted(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(Access {
            stream: HEART,
            ..access
        }),
        NotGranted::Stream(HEART)
    );
    let granted = [Level::Day].into_iter().collect();
    assert_eq!(
        refused(Access {
            level: Level::Hour,
            ..access
        }),
        NotGranted::Level { granted }
    );
    let raw = Access {
        level: Level::Raw,
        facet: Facet::Readings,
        ..access
    };
    assert_eq!(refused(raw), NotGranted::Level { granted });
    let granted = [Facet::Totals].into_iter().collect();
    assert_eq!(
        refused(Access {
            facet: Facet::Extremes,
            ..access
        }),
        NotGranted::Facet { granted }
    );
    let granted = vec![window("2013-01-01", "2014-01-01")];
    for (from, until) in [("2012-12-31", "2013-03-01"), ("2013-02-01", "2014-01-02")] {
        let outside = Access {
            from: time(from),
            until: time(until),
            ..access
        };
        assert_eq!(
            refused(outside),
            NotGranted::Window {
                granted: granted.clone()
            }
        );
    }
}
