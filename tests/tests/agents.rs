//! Several agents of one household: paired, apart, and together again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeSet, ops::ControlFlow};

use freehold::{
    Error, Home, Newcomer, Noun, PartyRole, Reading, Recipient, Selector, Stream, Time, Value,
    consent::{Choices, Refusal, Span, State, TokenId},
    model::{Facet, Level, Levels},
    testing::{logs_of_home, logs_of_recipient, opened_by_home},
    transport::PairError,
};
use freehold_relay::storage::{Index, Storage};
use freehold_sync::Stretch;
use freehold_tests::{
    add, ask,
    house::{Disk, House},
    spec, utc, wishes,
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn phone(seed: u64) -> (House, Home, Disk) {
    let mut house = House::new(seed, utc("2026-01-01"));
    let disk = Disk::new();
    let home = house.home(&disk);
    (house, home, disk)
}

fn agent(name: &str) -> (PartyRole, Newcomer) {
    let name = name.into();
    let role = PartyRole::Agent;
    (role, Newcomer { name, role })
}

/// [household-1]
#[test]
fn a_second_agent_and_a_device_are_taken_in() {
    let (mut house, phone, _) = phone(1);
    let (tablet, disk) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let (meter, _) = house.pair(&phone, "Meter", PartyRole::Device);
    assert_eq!(
        tablet.info().unwrap().household,
        phone.info().unwrap().household
    );
    assert_eq!(meter.info().unwrap().role, PartyRole::Device);
    let named = |home: &Home| -> Vec<(String, bool)> {
        let parties = home.parties().into_iter();
        parties.map(|party| (party.name, party.is_self)).collect()
    };
    assert_eq!(named(&tablet)[1], ("Tablet".into(), true));
    let all = [("Phone", true), ("Tablet", false), ("Meter", false)];
    assert_eq!(named(&phone), all.map(|(name, own)| (name.into(), own)));
    // It is what it is after it was closed, too.
    drop(tablet);
    let tablet = house.home(&disk);
    assert_eq!(named(&tablet)[1], ("Tablet".into(), true));
    // A device takes nobody in.
    let refused = meter.invite("", PartyRole::Device).err();
    assert_eq!(refused, Some(Error::NotAgent));
}

/// [household-1]
#[test]
fn who_is_not_agreed_to_is_nobody() {
    let (mut house, phone, _) = phone(2);
    for agree in [[false, true], [true, false]] {
        let disk = Disk::new();
        let (taken, joined) = house.pairs(&phone, agent("Tablet"), &disk, agree);
        assert!(taken.is_err() && joined.is_err(), "{agree:?}");
        assert_eq!(phone.parties().len(), 1);
        // Nothing keeps the folder from another try.
        let (taken, joined) = house.pairs(&phone, agent("Later"), &disk, [true, false]);
        assert!(taken.is_err() && joined.err() == Some(Error::Declined));
    }
    let (_, newcomer) = agent("Tablet");
    let other = (PartyRole::Device, newcomer);
    let (taken, joined) = house.pairs(&phone, other, &Disk::new(), [true, true]);
    assert_eq!(taken.err(), Some(Error::Declined));
    assert_eq!(joined.err(), Some(Error::Declined));
    let (taken, joined) = house.pairs(&phone, agent("Phone"), &Disk::new(), [true, true]);
    assert_eq!(taken.err(), Some(Error::Exists(Noun::Party)));
    assert_eq!(joined.err(), Some(Error::Exists(Noun::Party)));
    assert_eq!(phone.parties().len(), 1);
}

/// [channel-21]: who looks over a shoulder comes too late.
#[test]
fn an_offer_is_answered_once() {
    let (mut house, phone, _) = phone(15);
    let mut shown = phone.invite("", PartyRole::Agent).unwrap();
    let mut answers = |name: &str, agree| {
        let (disk, newcomer) = (Disk::new(), agent(name).1);
        house.answers(&mut shown, newcomer, &disk, agree, usize::MAX)
    };
    let (taken, joined) = answers("Tablet", [true, true]);
    assert!(taken.is_ok() && joined.is_ok());
    let (taken, joined) = answers("Spy", [true, true]);
    assert_eq!(taken.err(), Some(Error::Pair(PairError::Spent)));
    assert!(joined.is_err());
    assert_eq!(phone.parties().len(), 2);
    // Also when the first was turned away.
    let mut shown = phone.invite("", PartyRole::Agent).unwrap();
    let mut answers = |name: &str, agree| {
        let (disk, newcomer) = (Disk::new(), agent(name).1);
        house.answers(&mut shown, newcomer, &disk, agree, usize::MAX)
    };
    assert_eq!(answers("Spy", [false, true]).0.err(), Some(Error::Declined));
    let (taken, _) = answers("Tablet 2", [true, true]);
    assert_eq!(taken.err(), Some(Error::Pair(PairError::Spent)));
    assert_eq!(phone.parties().len(), 2);
}

fn readings(from: Time, hours: i64) -> Vec<Reading> {
    let at = |n| Reading::new(from.plus_ms(n * HOUR_MS / 2), Value::Number(500 + n % 7));
    (0..hours * 2).map(at).collect()
}

/// Records hour after hour, with the clock.
fn live(house: &House, stream: &Stream, hours: i64) {
    let from = freehold::Clock::now(&*house.clock);
    house.clock.set(from.plus_ms(hours * HOUR_MS));
    stream.record(&readings(from, hours)).unwrap();
}

/// Nothing happens for some days.
fn days(house: &House, days: i64) {
    house.clock.set(house_now(house).plus_ms(days * DAY_MS));
}

fn pulse(home: &Home, no: u8) -> Stream {
    let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
    add(home, spec(no, "heart_rate", "UTC").levels(levels))
}

fn count(home: &Home, stream: &str) -> usize {
    let stream = home.stream(stream).unwrap();
    stream
        .read(utc("2026-01-01"), utc("2027-01-01"))
        .unwrap()
        .len()
}

/// Grants the hours of a home's only stream of the kind, or of `stream`, and says what the recipient calls the consent.
fn grant(home: &Home, to: &Recipient, stream: &Stream, lease_days: u32) -> TokenId {
    let line = ask(
        "heart_rate",
        [Level::Hour],
        [Facet::Totals],
        utc("2026-01-01"),
        utc("2027-01-01"),
    );
    let lease = Span::from_minutes(1440 * lease_days);
    let request = to.request(wishes(vec![line], lease)).unwrap();
    let choices = Choices {
        streams: Some(vec![freehold_tests::id(stream)]),
        ..Choices::default()
    };
    let proposal = home.propose(&request, &choices).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    to.accept(&grant).unwrap()
}

/// How many hours open under a consent.
fn opened(recipient: &Recipient, token: TokenId) -> usize {
    let selector = Selector {
        consent: Some(token),
        stream: None,
    };
    let (from, until) = (utc("2026-01-01"), recipient.now());
    let opened = recipient.summaries(&selector, Level::Hour, from, until);
    opened.unwrap().items.len()
}

/// [household-6]
#[test]
fn each_agent_records_and_reads_what_the_other_recorded() {
    let (mut house, phone, _) = phone(3);
    let first = pulse(&phone, 1);
    live(&house, &first, 30);
    let (tablet, disk) = house.pair(&phone, "Tablet", PartyRole::Agent);
    assert_eq!(tablet.streams().len(), 1, "the snapshot has it");
    // Both call theirs the same.
    tablet
        .add_device(freehold::Device {
            name: "band".into(),
            maker: None,
            model: None,
        })
        .unwrap();
    let second = tablet
        .add_stream(
            "band",
            "steps",
            spec(2, "heart_rate", "UTC").levels([Level::Raw, Level::Hour]),
        )
        .unwrap();
    phone
        .add_stream(
            "heart_rate sensor",
            "steps",
            spec(3, "heart_rate", "UTC").levels([Level::Raw]),
        )
        .unwrap();
    live(&house, &second, 20);
    days(&house, 2);
    house.all_meet(&[&phone, &tablet]);
    for home in [&phone, &tablet] {
        assert_eq!(count(home, "heart_rate"), 60);
        assert_eq!(count(home, "steps (2)"), 40);
        assert_eq!(count(home, "steps"), 0);
        let devices: Vec<String> = home
            .devices()
            .into_iter()
            .map(|device| device.name)
            .collect();
        assert_eq!(devices, ["heart_rate sensor", "band"]);
    }
    // What the other writes is only read.
    let refused = tablet
        .stream("heart_rate")
        .unwrap()
        .record(&readings(utc("2026-03-01"), 1));
    assert_eq!(refused.err(), Some(Error::Elsewhere));
    live(&house, &first, 10);
    days(&house, 2);
    house.all_meet(&[&phone, &tablet]);
    drop(tablet);
    let tablet = house.home(&disk);
    assert_eq!(count(&tablet, "heart_rate"), 80);
    tablet.verify().unwrap();
    phone.verify().unwrap();
    // Nothing new is said when nothing is.
    house.all_meet(&[&phone, &tablet]);
    let idle = house.meets(&phone).unwrap();
    assert_eq!((idle.stretches, idle.letters), (0, 0));
}

/// [household-7]
#[test]
fn a_lease_is_extended_by_who_is_there() {
    let (mut house, phone, _) = phone(4);
    let first = pulse(&phone, 1);
    live(&house, &first, 30);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let second = pulse_of(&tablet, "band", 2);
    live(&house, &second, 5);
    house.all_meet(&[&phone, &tablet]);
    let recipient = house.recipient();
    let token = grant(
        &phone,
        &recipient,
        &phone.stream(&second.name()).unwrap(),
        4,
    );
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    assert_eq!(opened(&recipient, token), 0, "no hour is sealed yet");
    // The phone is gone for ever. The tablet goes on for weeks.
    let mut extended = 0;
    for _ in 0..20 {
        live(&house, &second, 24);
        house.meet(&tablet);
        extended += house.fetches(&recipient, token).unwrap().extensions;
    }
    // All but what is not sealed yet.
    assert!(opened(&recipient, token) > 19 * 24);
    // Not before it is due: a lease of four days, when three of them are over.
    assert!((5..=8).contains(&extended), "{extended}");
}

fn pulse_of(home: &Home, device: &str, no: u8) -> Stream {
    home.add_device(freehold::Device {
        name: device.into(),
        maker: None,
        model: None,
    })
    .unwrap();
    let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
    let spec = spec(no, "heart_rate", "UTC").levels(levels);
    home.add_stream(device, &format!("{device} pulse"), spec)
        .unwrap()
}

/// [household-8]
#[test]
fn what_one_agent_granted_another_withdraws() {
    let (mut house, phone, _) = phone(5);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 30);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &stream, 2);
    let other = grant(&phone, &recipient, &stream, 2);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    tablet.revoke(token).unwrap();
    house.meet(&tablet);
    // The phone has not heard of it, and the lease is due. What it makes now comes nowhere: the relay closed it.
    house.clock.set(house_now(&house).plus_ms(DAY_MS + HOUR_MS));
    let before = lease(&phone, token);
    house.meet(&phone);
    assert!(lease(&phone, token) >= before);
    let received = house.fetches(&recipient, token).unwrap();
    assert_eq!(received.revocations, 1);
    let state = |home: &Home, token| {
        let consents = home.consents();
        let found = consents.iter().find(|consent| consent.token.id() == token);
        found.unwrap().state
    };
    assert!(
        matches!(state(&phone, token), State::Revoked { .. }),
        "it heard of it"
    );
    assert!(matches!(state(&phone, other), State::Live { .. }));
    // From then on nothing is made for it; the other consent goes on, under new keys.
    let then = lease(&phone, token);
    for _ in 0..4 {
        live(&house, &stream, 24);
        house.all_meet(&[&phone, &tablet]);
        house.fetches(&recipient, other).unwrap();
    }
    assert_eq!(lease(&phone, token), then);
    assert_eq!(lease(&tablet, token), lease(&tablet, token));
    assert!(opened(&recipient, other) > 4 * 24);
    let open = recipient.summaries(
        &Selector {
            consent: Some(token),
            stream: None,
        },
        Level::Hour,
        utc("2026-01-01"),
        utc("2026-01-02"),
    );
    assert!(matches!(open, Err(Error::Refused(_))));
    assert_eq!(phone.consents().len(), 2);
    assert_eq!(tablet.consents().len(), 2);
    // Withdrawn twice is once.
    let again = phone.revoke(token);
    assert!(matches!(
        again,
        Err(Error::Refused(Refusal::Revoked { .. }))
    ));
}

fn house_now(house: &House) -> Time {
    freehold::Clock::now(&*house.clock)
}

fn lease(home: &Home, token: TokenId) -> Time {
    let consents = home.consents();
    let found = consents.iter().find(|consent| consent.token.id() == token);
    found.unwrap().lease_until
}

/// [household-9]
#[test]
fn what_one_agent_erased_is_gone_at_the_other() {
    let (mut house, phone, _) = phone(6);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 48);
    days(&house, 2);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    house.all_meet(&[&phone, &tablet]);
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    let heard = tablet.stream("heart_rate").unwrap();
    assert_eq!(heard.read(from, until).unwrap().len(), 12);
    // The tablet erases what the phone wrote.
    let span = tablet.erase(&heard, from, until).unwrap().span;
    assert_eq!(span.end.since_ms(span.start), DAY_MS);
    house.all_meet(&[&tablet, &phone]);
    for home in [&phone, &tablet] {
        let stream = home.stream("heart_rate").unwrap();
        assert!(stream.read(from, until).unwrap().is_empty());
        assert_eq!(count(home, "heart_rate"), 48);
        home.verify().unwrap();
    }
    assert_eq!(stream.record(&readings(from, 2)).unwrap().dropped, 4);
    // A third agent gets what is left, and nothing of that.
    let (watch, _) = house.pair(&phone, "Watch", PartyRole::Agent);
    house.all_meet(&[&phone, &watch, &tablet]);
    assert_eq!(count(&watch, "heart_rate"), 48);
    // And what is recorded later comes to all.
    live(&house, &stream, 24);
    days(&house, 2);
    house.all_meet(&[&phone, &tablet, &watch]);
    for home in [&phone, &tablet, &watch] {
        assert_eq!(count(home, "heart_rate"), 48 + 48);
    }
}

/// [household-9]: the store of who only heard of an erasure goes on under another key, at the next time for it.
#[test]
fn an_erasure_that_was_heard_of_replaces_the_key_of_the_store() {
    let (mut house, phone, phones) = phone(7);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 48);
    days(&house, 2);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    house.all_meet(&[&phone, &tablet]);
    let key = || freehold::crypto::KeyStore::load(&*phones.keys).unwrap();
    let before = key();
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    let heard = tablet.stream("heart_rate").unwrap();
    tablet.erase(&heard, from, until).unwrap();
    house.all_meet(&[&tablet, &phone]);
    assert!(key() == before, "a meeting does not wait for a key store");
    phone.renew_key().unwrap();
    assert!(key() != before);
    let between = key();
    phone.renew_key().unwrap();
    assert!(key() == between, "once");
    drop((phone, stream));
    let phone = house.home(&phones);
    assert!(key() == between);
    assert_eq!(count(&phone, "heart_rate"), 48);
}

/// [household-2], and [household-1]: an index is used up if its owner may have been told something, and is never given again.
#[test]
fn a_pairing_that_is_cut_off_leaves_no_half_of_a_home() {
    let (mut house, phone, _) = phone(8);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 30);
    let (mut homes, mut unconfirmed) = (0, 0);
    for turns in 0..12 {
        let disk = Disk::new();
        let name = format!("Tablet {turns}");
        let before = phone.parties().len();
        let (taken, joined) = house.pairs_until(&phone, agent(&name), &disk, [true, true], turns);
        let listed = phone.parties().len() - before;
        let next = u8::try_from(phone.parties().len()).unwrap();
        match (&taken, &joined) {
            (Ok(_), Ok(home)) => {
                assert_eq!((listed, home.streams().len()), (1, 1));
                homes += 1;
                continue;
            }
            // The newcomer is there; that it said so did not arrive.
            (Err(Error::Unconfirmed), Ok(home)) => {
                assert_eq!((listed, home.streams().len()), (1, 1));
                continue;
            }
            (Err(Error::Unconfirmed), Err(_)) => {
                unconfirmed += 1;
                assert_eq!(listed, 1, "the row says that it was to be taken in");
                phone.remove(&name).unwrap();
            }
            (Err(_), Err(_)) => assert_eq!(listed, 0),
            (Ok(_), Err(error)) => panic!("{error:?}"),
            (Err(error), Ok(_)) => panic!("{error:?}"),
        }
        // Another try on the same disk begins from nothing.
        let again = format!("Again {turns}");
        let (taken, joined) = house.pairs(&phone, agent(&again), &disk, [true, true]);
        assert_eq!(
            taken.map(|party| (party.name, party.index)),
            Ok((again, next))
        );
        assert_eq!(joined.unwrap().streams().len(), 1);
    }
    assert!(homes > 0 && unconfirmed > 0, "{homes} {unconfirmed}");
}

/// [household-10]: somebody with the whole store of an agent that was removed, and with everything that was sealed since.
#[test]
fn who_was_removed_opens_nothing_that_is_sealed_after() {
    let (mut house, phone, _) = phone(9);
    let first = pulse(&phone, 1);
    live(&house, &first, 30);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let (thief, _) = house.pair(&phone, "Old phone", PartyRole::Agent);
    let second = pulse_of(&tablet, "band", 2);
    live(&house, &second, 20);
    days(&house, 3);
    house.all_meet(&[&phone, &tablet, &thief]);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &first, 4);
    house.all_meet(&[&phone, &tablet, &thief]);
    let before = house_now(&house);
    let logs = logs_of_home(&phone).unwrap();
    let all = opened_by_home(&thief, &logs).unwrap().len();
    assert!(all > 0 && all == opened_by_home(&phone, &logs).unwrap().len());

    assert_eq!(
        phone.remove("Nobody").err(),
        Some(Error::Missing(Noun::Party))
    );
    assert_eq!(
        phone.remove("Phone").err(),
        Some(Error::Missing(Noun::Party))
    );
    let removed = phone.remove("Old phone").unwrap();
    assert_eq!(removed.removed, Some(before));
    house.all_meet(&[&phone, &tablet]);
    // The relay lets it in no more.
    assert!(house.meets(&thief).is_err());
    for stream in [&first, &second] {
        live(&house, stream, 60);
    }
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    let parties = tablet.parties();
    assert!(
        parties
            .iter()
            .any(|party| party.name == "Old phone" && party.removed.is_some())
    );

    for home in [&phone, &tablet] {
        let logs = logs_of_home(home).unwrap();
        let newer = |slot: &freehold::model::Slot| slot.start >= before;
        let own = opened_by_home(home, &logs).unwrap();
        assert!(own.iter().filter(|slot| newer(slot)).count() > 60);
        let stolen = opened_by_home(&thief, &logs).unwrap();
        assert_eq!(stolen.iter().filter(|slot| newer(slot)).count(), 0);
        assert!(
            stolen.len() >= all,
            "what was sealed before stays open to it"
        );
    }
    let copies = logs_of_recipient(&recipient).unwrap();
    let stolen = opened_by_home(&thief, &copies).unwrap();
    assert!(stolen.iter().all(|slot| slot.start < before));
    assert!(opened(&recipient, token) > 60, "the consent goes on");
    // The others go on as a household, and the name is free again.
    let (later, _) = house.pair(&phone, "Old phone", PartyRole::Agent);
    house.all_meet(&[&phone, &tablet, &later]);
    assert_eq!(later.streams().len(), 2);
}

/// [household-4]
#[test]
fn what_a_removed_agent_says_is_passed_over() {
    let (mut house, phone, _) = phone(10);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 30);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let (thief, _) = house.pair(&phone, "Old phone", PartyRole::Agent);
    house.all_meet(&[&phone, &tablet, &thief]);
    let named = |home: &Home| -> Vec<String> { home.streams().iter().map(Stream::name).collect() };
    pulse_of(&thief, "camera", 9);
    house.all_meet(&[&phone, &tablet, &thief]);
    assert_eq!(named(&phone), ["heart_rate", "camera pulse"]);
    // Its letter lies at the relay already when the phone, which removed it, gets there.
    phone.remove("Old phone").unwrap();
    pulse_of(&thief, "lamp", 8);
    house.meet(&thief);
    house.meet(&phone);
    assert_eq!(named(&phone), ["heart_rate", "camera pulse"]);
    // And what comes after a letter that is passed over is heard.
    let lamp = pulse_of(&tablet, "clock", 7);
    live(&house, &lamp, 2);
    house.all_meet(&[&phone, &tablet]);
    assert!(named(&phone).contains(&"clock pulse".to_owned()));
}

/// [household-7]: both made a bundle with the same number, and the recipient has taken the one that knew less.
#[test]
fn two_bundles_with_one_number_are_followed_by_one_with_everything() {
    let (mut house, phone, _) = phone(11);
    pulse(&phone, 1);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let band = pulse_of(&tablet, "band", 2);
    live(&house, &band, 5);
    house.all_meet(&[&phone, &tablet]);
    let recipient = house.recipient();
    let heard = phone.stream("band pulse").unwrap();
    let token = grant(&tablet, &recipient, &band, 4);
    let other = grant(&phone, &recipient, &heard, 4);
    house.all_meet(&[&phone, &tablet]);
    house.clock.set(house_now(&house).plus_ms(77 * HOUR_MS));
    // The tablet seals under new roots from now on, and hands them out; the phone has not heard of that.
    tablet.revoke(other).unwrap();
    let parcel = |home: &Home| {
        home.parcel(recipient.card(), &recipient.have().unwrap())
            .unwrap()
    };
    parcel(&tablet);
    let brought = recipient.receive(&parcel(&phone)).unwrap();
    assert!(brought.extensions > 0);
    // The phone tells what it made, and is gone: only the tablet comes to know that there are two.
    house.meet(&phone);
    house.meet(&tablet);
    live(&house, &band, 40);
    house.meet(&tablet);
    let brought = house.fetches(&recipient, token).unwrap();
    assert!(brought.extensions > 0, "{brought:?}");
    assert!(
        opened(&recipient, token) >= 35,
        "{}",
        opened(&recipient, token)
    );
}

/// [household-7]
#[test]
fn who_has_not_heard_of_the_others_extends_no_lease() {
    let (mut house, phone, _) = phone(12);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 5);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &stream, 2);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    house.all_meet(&[&phone, &tablet]);
    let first = lease(&tablet, token);
    assert_eq!(first, lease(&phone, token));
    // It is in a drawer, while the phone withdraws the consent.
    days(&house, 3);
    phone.revoke(token).unwrap();
    house.meet(&phone);
    tablet
        .parcel(recipient.card(), &recipient.have().unwrap())
        .unwrap();
    assert_eq!(lease(&tablet, token), first);
    house.meet(&tablet);
    tablet
        .parcel(recipient.card(), &recipient.have().unwrap())
        .unwrap();
    assert_eq!(lease(&tablet, token), first);
    // Who was alone and has met the relay again goes on.
    let other = grant(&phone, &recipient, &stream, 2);
    house.all_meet(&[&phone, &tablet]);
    let granted = lease(&tablet, other);
    days(&house, 3);
    tablet
        .parcel(recipient.card(), &recipient.have().unwrap())
        .unwrap();
    assert_eq!(lease(&tablet, other), granted);
    house.meet(&tablet);
    tablet
        .parcel(recipient.card(), &recipient.have().unwrap())
        .unwrap();
    assert!(lease(&tablet, other) > granted);
}

/// Who has answered an erasure, and who is awaited.
fn answers(home: &Home) -> (Vec<String>, Vec<String>) {
    let [erasure] = home.erasures().unwrap().try_into().unwrap();
    let recipients = erasure.recipients.into_iter();
    let recipients = recipients.map(|told| (told.recipient, told.at));
    let parties = erasure.parties.into_iter();
    let parties = parties.map(|told| (told.party.name, told.at));
    let (done, awaited): (Vec<_>, Vec<_>) =
        recipients.chain(parties).partition(|(_, at)| at.is_some());
    let names = |told: Vec<(String, _)>| told.into_iter().map(|(name, _)| name).collect();
    (names(done), names(awaited))
}

/// [erase-9]: everybody who had a copy answers, also one that was away for a week, and every agent hears it.
#[test]
fn an_erasure_is_answered_by_all() {
    let (mut house, phone, _) = phone(12);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let (meter, _) = house.pair(&phone, "Meter", PartyRole::Device);
    house.pair(&phone, "Other", PartyRole::Device);
    let (gone, _) = house.pair(&phone, "Gone", PartyRole::Agent);
    phone
        .add_device(freehold::Device {
            name: "meter".into(),
            maker: None,
            model: None,
        })
        .unwrap();
    let spec = spec(9, "heart_rate", "UTC").levels([Level::Raw, Level::Hour, Level::Day]);
    let stream = phone
        .add_stream_for("Meter", "meter", "heart_rate", spec)
        .unwrap();
    house.all_meet(&[&phone, &tablet, &meter, &gone]);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &stream, 30);
    house.all_meet(&[&phone, &tablet, &gone]);
    let written = meter.stream("heart_rate").unwrap();
    live(&house, &written, 48);
    house.all_meet(&[&meter, &phone, &tablet, &gone]);
    house.fetches(&recipient, token).unwrap();

    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    phone.erase(&stream, from, until).unwrap();
    house.meet(&phone);
    let (done, awaited) = answers(&phone);
    assert_eq!(done, ["Phone"]);
    assert_eq!(awaited, ["Recipient", "Tablet", "Meter", "Gone"]);
    // For a week nobody hears of it but the recipient.
    days(&house, 7);
    house.fetches(&recipient, token).unwrap();
    house.meet(&phone);
    assert_eq!(answers(&phone).0, ["Recipient", "Phone"]);
    phone.remove("Gone").unwrap();
    // Whoever heard of it only says so once no copy of its store opens it any more.
    house.all_meet(&[&phone, &tablet, &meter]);
    assert_eq!(answers(&phone).0, ["Recipient", "Phone"]);
    tablet.renew_key().unwrap();
    meter.renew_key().unwrap();
    // The meter's letter reaches the tablet alone.
    house.meet(&meter);
    house.meet(&tablet);
    house.all_meet(&[&phone, &tablet]);
    for home in [&phone, &tablet] {
        let (done, awaited) = answers(home);
        assert_eq!(done, ["Recipient", "Phone", "Tablet", "Meter"]);
        assert_eq!(awaited, ["Gone"]);
    }
}

/// [erase-9]
#[test]
fn nobody_answers_for_another() {
    let (mut house, phone, _) = phone(13);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 48);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &stream, 30);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    phone.erase(&stream, from, until).unwrap();
    let parcel = phone
        .parcel(recipient.card(), &recipient.have().unwrap())
        .unwrap();
    recipient.receive(&parcel).unwrap();
    // What a recipient hands back says it, as its letter would; changed in any bit it says nothing.
    let have = postcard::to_allocvec(&recipient.have().unwrap()).unwrap();
    for at in have.len() - 100..have.len() {
        let mut changed = have.clone();
        changed[at] ^= 1;
        if let Ok(changed) = postcard::from_bytes(&changed) {
            phone.hear_receipts(&changed).unwrap();
        }
    }
    assert_eq!(answers(&phone).0, ["Phone"]);
    phone
        .hear_receipts(&postcard::from_bytes(&have).unwrap())
        .unwrap();
    assert_eq!(answers(&phone).0, ["Recipient", "Phone"]);
    // Who knows of no erasure hears of it then.
    tablet.hear_receipts(&recipient.have().unwrap()).unwrap();
    assert_eq!(answers(&tablet).0, ["Recipient"]);
    let heard = tablet.stream("heart_rate").unwrap();
    assert!(heard.read(from, until).unwrap().is_empty());
}

/// [erase-10]: who hears of an erasure takes back the letters that the other wrote after it.
#[test]
fn keys_in_letters_that_were_taken_back_come_again() {
    let (mut house, phone, _) = phone(14);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 48);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &stream, 30);
    days(&house, 2);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    assert_eq!(opened(&recipient, token), 48);
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    phone.erase(&stream, from, until).unwrap();
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    assert_eq!(opened(&recipient, token), 24);
    let (from, until) = (utc("2026-01-02T06:00"), utc("2026-01-02T12:00"));
    phone.erase(&stream, from, until).unwrap();
    house.meet(&phone);
    house.meet(&tablet);
    house.meet(&tablet);
    // What is recorded now is under the new generation, whose keys were in the letter that the tablet took back.
    live(&house, &stream, 48);
    days(&house, 2);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    assert_eq!(opened(&recipient, token), 48);
}

/// The stretches of entries that a relay stores.
fn entries_at(relay: &impl Storage) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    for log in 1..=relay.numbers().unwrap().log {
        let visit = &mut |index: Index| {
            let bytes = relay.stretch(log, index.from.seq).unwrap().unwrap();
            if matches!(Stretch::from_bytes(&bytes), Ok(Stretch::Data(_))) {
                found.insert(bytes);
            }
            ControlFlow::Continue(())
        };
        relay.stretches(log, 0, visit).unwrap();
    }
    found
}

/// What was erased is in the backups of another agent and of a recipient. Both delete it when they meet the relay, and it comes to nobody
/// else.
#[test]
fn nothing_erased_comes_back_from_backups() {
    let (mut house, phone, _) = phone(52);
    let (tablet, disk) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 48);
    let recipients = Disk::new();
    let recipient = house.recipient_on(&recipients);
    let token = grant(&phone, &recipient, &stream, 30);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    let backups = (disk.copied(), recipients.copied());
    let before = opened(&recipient, token);

    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    phone.erase(&stream, from, until).unwrap();
    house.all_meet(&[&phone, &tablet]);
    tablet.renew_key().unwrap();
    house.fetches(&recipient, token).unwrap();
    house.all_meet(&[&phone, &tablet]);
    let (erased, left) = (entries_at(&house.relay_copy()), opened(&recipient, token));
    assert!(left < before);

    drop((tablet, recipient));
    let (tablet, recipient) = (house.home(&backups.0), house.recipient_on(&backups.1));
    let read = |home: &Home| {
        let stream = home.stream("heart_rate").unwrap();
        stream.read(from, until).unwrap().len()
    };
    assert_eq!((read(&tablet), opened(&recipient, token)), (12, before));
    house.comes_back(&tablet);
    house.fetches(&recipient, token).unwrap();
    house.all_meet(&[&phone, &tablet]);
    assert_eq!(read(&tablet), 0);
    assert_eq!((read(&phone), opened(&recipient, token)), (0, left));
    assert_eq!(entries_at(&house.relay_copy()), erased);
    live(&house, &stream, 24);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    assert_eq!(read(&tablet), 0);
    assert!(opened(&recipient, token) > left);
}

/// [sync-19] [sync-21]: the relay's whole folder is put back, and nothing tells it so but those who have what it wrote since.
#[test]
fn a_relay_that_was_restored_whole_begins_anew() {
    for others in [0, 1, 12] {
        let (mut house, phone, _) = phone(51);
        let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
        let stream = pulse(&phone, 1);
        live(&house, &stream, 48);
        let (stays, leaves) = (house.recipient(), house.recipient());
        let token = grant(&phone, &stays, &stream, 30);
        let withdrawn = grant(&phone, &leaves, &stream, 30);
        let others: Vec<(Recipient, TokenId)> = (0..others)
            .map(|_| house.recipient())
            .map(|other| {
                let token = grant(&phone, &other, &stream, 30);
                (other, token)
            })
            .collect();
        house.all_meet(&[&phone, &tablet]);
        house.fetches(&stays, token).unwrap();
        house.all_meet(&[&phone, &tablet]);
        let copy = house.relay_copy();
        let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
        phone.erase(&stream, from, until).unwrap();
        phone.revoke(withdrawn).unwrap();
        house.all_meet(&[&phone, &tablet]);
        house.fetches(&stays, token).unwrap();
        house.all_meet(&[&phone, &tablet]);
        let (erased, left) = (entries_at(&house.relay_copy()), opened(&stays, token));
        let noted = phone.receipts().unwrap();
        assert_ne!(erased, entries_at(&copy));

        house.put_back_whole(copy);
        // It goes on in its old log of receipts: then there are two histories of that, and this one may be the longer.
        for (other, token) in &others {
            house.fetches(other, *token).unwrap();
        }
        // Some meetings are cut off, and then none.
        for _ in 0..3 {
            for home in [&tablet, &phone] {
                let _ = house.meets(home);
            }
        }
        house.all_meet(&[&tablet, &phone]);
        assert_eq!(entries_at(&house.relay_copy()), erased);
        house.fetches(&stays, token).unwrap();
        assert_eq!(opened(&stays, token), left);
        house.fetches(&leaves, withdrawn).unwrap();
        assert!(
            leaves
                .consents()
                .iter()
                .all(|held| held.state.name() == "revoked")
        );
        assert!(
            tablet
                .stream("heart_rate")
                .unwrap()
                .read(from, until)
                .unwrap()
                .is_empty()
        );
        // What it had noted before is not lost, and it goes on noting.
        let kept = phone.receipts().unwrap();
        assert!(noted.iter().all(|receipt| kept.contains(receipt)));
        live(&house, &stream, 24);
        house.all_meet(&[&phone, &tablet]);
        house.fetches(&stays, token).unwrap();
        house.all_meet(&[&phone, &tablet]);
        assert!(opened(&stays, token) > left);
        assert!(tablet.receipts().unwrap().len() > kept.len());
        // All stand alike: there is nothing to compare any more.
        for home in [&tablet, &phone] {
            assert_eq!(house.meets(home).unwrap().stretches, 0);
        }
    }
}

/// [sync-19]: an old copy of the relay's store has what was erased, and has forgotten the orders: they come again, and its receipts
/// go on in another log.
#[test]
fn nothing_erased_comes_back_from_a_relay_that_was_restored() {
    let (mut house, phone, _) = phone(15);
    let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
    let stream = pulse(&phone, 1);
    live(&house, &stream, 48);
    let recipient = house.recipient();
    let token = grant(&phone, &recipient, &stream, 30);
    house.all_meet(&[&phone, &tablet]);
    let copy = house.relay_copy();
    house.fetches(&recipient, token).unwrap();
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    phone.erase(&stream, from, until).unwrap();
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    house.all_meet(&[&phone, &tablet]);
    let erased = entries_at(&house.relay_copy());
    let left = opened(&recipient, token);
    assert_ne!(erased, entries_at(&copy));

    house.put_back(copy);
    // The other agent comes first: it did not write the order.
    house.all_meet(&[&tablet, &phone]);
    assert_eq!(entries_at(&house.relay_copy()), erased);
    house.fetches(&recipient, token).unwrap();
    assert_eq!(opened(&recipient, token), left);
    let heard = tablet.stream("heart_rate").unwrap();
    assert!(heard.read(from, until).unwrap().is_empty());
    // All goes on: what is recorded arrives, and the relay says so to the household.
    let receipts = |home: &Home| home.receipts().unwrap().len();
    let before = receipts(&tablet);
    live(&house, &stream, 24);
    house.all_meet(&[&phone, &tablet]);
    house.fetches(&recipient, token).unwrap();
    house.all_meet(&[&phone, &tablet]);
    assert!(opened(&recipient, token) > left);
    assert!(receipts(&tablet) > before);
}

/// An app that follows a relay and syncs with it as well has two meetings at once: the one that was begun last goes on.
#[test]
fn of_two_meetings_with_one_relay_the_last_goes_on() {
    for last_is_first in [false, true] {
        let (mut house, phone, _) = phone(60);
        let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
        let stream = pulse(&phone, 1);
        live(&house, &stream, 48);
        let (recipient, other) = (house.recipient(), house.recipient());
        let token = grant(&phone, &recipient, &stream, 30);
        house.all_meet(&[&phone, &tablet]);
        let first = house.begins(&phone);
        live(&house, &stream, 24);
        let later = grant(&phone, &other, &stream, 30);
        let last = house.begins(&phone);
        if last_is_first {
            assert!(house.ends(last).unwrap().stretches > 0);
            assert!(house.ends(first).is_err());
        } else {
            assert!(house.ends(first).is_err());
            assert!(house.ends(last).unwrap().stretches > 0);
        }
        live(&house, &stream, 24);
        phone.revoke(token).unwrap();
        house.all_meet(&[&phone, &tablet]);
        for _ in 0..2 {
            house.fetches(&other, later).unwrap();
        }
        assert_eq!(opened(&other, later), 96);
        // It was taken for nothing else: every log goes on.
        let logs = phone.inspect().unwrap().logs;
        assert!(logs.iter().all(|log| log.incarnation == 0));
        for home in [&phone, &tablet] {
            assert_eq!(house.meets(home).unwrap().stretches, 0);
        }
    }
}
