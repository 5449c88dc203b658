//! The household's key after an agent was removed: what whoever has the old one can still say, to whom, and what the others can.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use freehold::{
    Clock as _, Error, Home, PartyRole, Reading, Recipient, Selector, Stream, Time, Value,
    consent::{BundleError, Choices, Grant, Span, State, TokenId},
    model::{Facet, Level, Levels},
    testing::{letters_to, logs_of_recipient},
};
use freehold_tests::{
    add, ask,
    house::{Disk, House},
    spec, utc, wishes,
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const SUCCEEDED: Error = Error::Bundle(BundleError::Succeeded);

/// A phone that records, a tablet, and an old phone that will be lost; and somebody who was granted the hours by the phone.
struct Family {
    house: House,
    phone: Home,
    pulse: Stream,
    tablet: Home,
    thief: Home,
    recipient: Recipient,
    token: TokenId,
}

impl Family {
    fn new(seed: u64) -> Self {
        let mut house = House::new(seed, utc("2026-01-01"));
        let phone = house.home(&Disk::new());
        let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
        let pulse = add(&phone, spec(1, "heart_rate", "UTC").levels(levels));
        let (tablet, _) = house.pair(&phone, "Tablet", PartyRole::Agent);
        let (thief, _) = house.pair(&phone, "Old phone", PartyRole::Agent);
        let recipient = house.recipient();
        let mut family = Self {
            token: take(&phone, &recipient).unwrap(),
            house,
            phone,
            pulse,
            tablet,
            thief,
            recipient,
        };
        family.live(30);
        family.house.all_meet(&[&family.phone, &family.tablet]);
        family.house.all_meet(&[&family.thief, &family.phone]);
        family.fetch();
        family
    }

    /// Records hour after hour, with the clock.
    fn live(&self, hours: i64) {
        let from = self.house.clock.now();
        self.house.clock.set(from.plus_ms(hours * HOUR_MS));
        let at = |n| Reading::new(from.plus_ms(n * HOUR_MS / 2), Value::Number(500 + n % 7));
        let readings: Vec<Reading> = (0..hours * 2).map(at).collect();
        self.pulse.record(&readings).unwrap();
    }

    fn meet(&mut self) {
        self.house.all_meet(&[&self.phone, &self.tablet]);
    }

    fn fetch(&mut self) -> freehold::Received {
        self.house.fetches(&self.recipient, self.token).unwrap()
    }

    /// The phone removes the old phone, and everybody hears of it.
    fn remove(&mut self) {
        self.phone.remove("Old phone").unwrap();
        self.meet();
        assert!(self.fetch().extensions > 0);
    }

    fn signer(&self) -> freehold::crypto::PublicKey {
        self.phone.info().unwrap().household
    }
}

/// Grants the hours of the pulse with a lease of four days.
fn grant(home: &Home, to: &Recipient) -> Grant {
    let (from, until) = (utc("2026-01-01"), utc("2027-01-01"));
    let line = ask("heart_rate", [Level::Hour], [Facet::Totals], from, until);
    let lease = Span::from_minutes(1440 * 4);
    let request = to.request(wishes(vec![line], lease)).unwrap();
    let proposal = home.propose(&request, &Choices::default()).unwrap();
    home.approve(&proposal, proposal.shown(), true).unwrap()
}

fn take(home: &Home, to: &Recipient) -> Result<TokenId, Error> {
    to.accept(&grant(home, to))
}

/// What a home has for a recipient, handed over without a relay.
fn hand(home: &Home, to: &Recipient) -> Result<freehold::Received, Error> {
    to.receive(&home.parcel(to.card(), &to.have().unwrap()).unwrap())
}

/// What somebody hands to a recipient who has made bundles of which nobody else knows: all but the first.
fn press(thief: &Home, on: &Recipient) -> Result<freehold::Received, Error> {
    let held = on.consents();
    let bundles: BTreeMap<_, u32> = held.iter().map(|held| (held.token.id(), 1)).collect();
    let have =
        postcard::to_allocvec(&(bundles, BTreeMap::<u8, u8>::new(), Vec::<u8>::new())).unwrap();
    let have = postcard::from_bytes(&have).unwrap();
    on.receive(&thief.parcel(on.card(), &have).unwrap())
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

fn lease(recipient: &Recipient, token: TokenId) -> Time {
    let held = recipient.consents();
    let held = held.iter().find(|held| held.token.id() == token);
    held.unwrap().lease_until
}

/// [consent-31]: an agent that was removed, with its whole store, goes past every relay to a recipient that has heard of the new key.
#[test]
fn who_was_removed_speaks_for_the_household_no_longer() {
    let mut family = Family::new(1);
    let first = family.signer();
    family.remove();
    assert_ne!(family.signer(), first);
    assert_eq!(family.tablet.info().unwrap().household, family.signer());
    let Family {
        thief, recipient, ..
    } = &family;
    // A lease that is due.
    family
        .house
        .clock
        .set(family.house.clock.now().plus_ms(3 * DAY_MS));
    let before = lease(recipient, family.token);
    assert_eq!(press(thief, recipient).err(), Some(SUCCEEDED));
    // A new consent.
    assert_eq!(take(thief, recipient).err(), Some(SUCCEEDED));
    // A successor of its own.
    thief.remove("Phone").unwrap();
    assert_ne!(thief.info().unwrap().household, family.signer());
    assert_eq!(press(thief, recipient).err(), Some(SUCCEEDED));
    assert_eq!(take(thief, recipient).err(), None, "its own household");
    assert_eq!(lease(recipient, family.token), before);
    // The household goes on.
    family.live(60);
    family.meet();
    assert!(family.fetch().extensions > 0);
    assert!(opened(&family.recipient, family.token) > 40);
}

/// [consent-31]: what is remembered outlives the process.
#[test]
fn what_a_recipient_knows_of_keys_is_in_its_store() {
    let mut family = Family::new(2);
    let disk = Disk::new();
    let recipient = family.house.recipient_on(&disk);
    let token = take(&family.phone, &recipient).unwrap();
    family.remove();
    assert!(family.house.fetches(&recipient, token).unwrap().extensions > 0);
    drop(recipient);
    let recipient = family.house.recipient_on(&disk);
    assert_eq!(take(&family.thief, &recipient).err(), Some(SUCCEEDED));
    assert!(opened(&recipient, token) > 20);
}

/// [consent-31]: it was faster, and has said the next number already; the key that counts takes its place.
#[test]
fn what_the_removed_said_before_is_made_good() {
    let mut family = Family::new(3);
    family
        .house
        .clock
        .set(family.house.clock.now().plus_ms(3 * DAY_MS));
    family.phone.remove("Old phone").unwrap();
    assert_eq!(
        press(&family.thief, &family.recipient).unwrap().extensions,
        1
    );
    let stolen = lease(&family.recipient, family.token);
    // Nobody at home knows of that number: theirs is the same.
    assert_eq!(
        hand(&family.phone, &family.recipient).unwrap().extensions,
        1
    );
    assert_eq!(
        press(&family.thief, &family.recipient).err(),
        Some(SUCCEEDED)
    );
    family.live(60);
    family.meet();
    family.fetch();
    assert!(opened(&family.recipient, family.token) > 40);
    assert!(lease(&family.recipient, family.token) > stolen);
}

/// What cannot be had: a recipient that hears of a successor from the thief first is lost to it, until it is granted to anew.
#[test]
fn who_hears_the_thief_first_is_lost_to_it() {
    let mut family = Family::new(4);
    family.thief.remove("Phone").unwrap();
    assert_eq!(
        press(&family.thief, &family.recipient).unwrap().extensions,
        1
    );
    family.phone.remove("Old phone").unwrap();
    family.meet();
    assert_eq!(family.fetch().extensions, 0, "passed over");
    assert_eq!(
        hand(&family.phone, &family.recipient).err(),
        Some(SUCCEEDED)
    );
    // A withdrawal counts, and so does a consent by the new key.
    family.phone.revoke(family.token).unwrap();
    assert_eq!(
        hand(&family.phone, &family.recipient).unwrap().revocations,
        1
    );
    let again = take(&family.phone, &family.recipient).unwrap();
    family.live(60);
    family.meet();
    family.house.fetches(&family.recipient, again).unwrap();
    assert!(opened(&family.recipient, again) > 40);
}

/// [consent-25], [consent-32], [erase-7], [household-16]: what was granted under the old key is withdrawn and erased by those who are left.
#[test]
fn what_the_old_key_granted_ends_as_before() {
    let mut family = Family::new(5);
    let other = family.house.recipient();
    let token = take(&family.phone, &other).unwrap();
    family.meet();
    family.house.fetches(&other, token).unwrap();
    family.phone.remove("Old phone").unwrap();
    family.live(80);
    family.meet();
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    let heard = family.tablet.stream("heart_rate").unwrap();
    family.tablet.erase(&heard, from, until).unwrap();
    family.meet();
    let before = opened(&family.recipient, family.token);
    family.fetch();
    family.house.fetches(&other, token).unwrap();
    family.meet();
    assert!(opened(&family.recipient, family.token) > before);
    let selector = Selector::default();
    let gone = family
        .recipient
        .summaries(&selector, Level::Hour, from, until);
    assert_eq!(gone.unwrap().items.len(), 0);
    for home in [&family.phone, &family.tablet] {
        let erasures = home.erasures().unwrap();
        let confirmed = erasures[0].recipients.iter();
        assert_eq!(confirmed.filter(|one| one.at.is_some()).count(), 2);
    }
    // The tablet withdraws what the phone granted.
    family.tablet.revoke(token).unwrap();
    family.meet();
    assert_eq!(family.house.fetches(&other, token).unwrap().revocations, 1);
}

/// [consent-30]: logs that the old key began, read under a consent of the new one.
#[test]
fn what_is_granted_afterwards_opens_what_was_begun_before() {
    let mut family = Family::new(6);
    family.remove();
    let newcomer = family.house.recipient();
    let to_newcomer = take(&family.tablet, &newcomer).unwrap();
    let to_known = take(&family.phone, &family.recipient).unwrap();
    family.live(60);
    family.meet();
    for (recipient, token) in [(&newcomer, to_newcomer), (&family.recipient, to_known)] {
        family.house.fetches(recipient, token).unwrap();
        assert!(opened(recipient, token) > 40);
    }
    // Past the relay, too; and the newcomer has learnt which key is over.
    assert!(hand(&family.phone, &newcomer).is_ok());
    assert_eq!(take(&family.thief, &newcomer).err(), Some(SUCCEEDED));
    // An erasure reaches a log once, whichever consent brought it.
    let (from, until) = (utc("2026-01-01T06:00"), utc("2026-01-01T12:00"));
    family.phone.erase(&family.pulse, from, until).unwrap();
    family.meet();
    family.fetch();
    let copies = logs_of_recipient(&family.recipient).unwrap();
    let held = |slot: freehold::model::Slot| {
        let entries = copies.iter().flat_map(|log| &log.entries);
        let mut pieces = entries.flat_map(|entry| {
            let held = entry
                .pieces()
                .filter(|piece| entry.body().piece(piece.number()).is_some());
            held.map(|piece| piece.slot)
        });
        pieces.any(|other| other.start < slot.end && slot.start < other.end)
    };
    let hour = |text: &str| freehold::model::Slot {
        start: utc(text),
        end: utc(text).plus_ms(HOUR_MS),
    };
    assert!(held(hour("2026-01-02T00:00")) && !held(hour("2026-01-01T07:00")));
}

/// [household-15], [household-16]: two agents remove different ones without having heard of each other, and the lost ones heard from the other.
#[test]
fn two_that_remove_others_at_once_come_to_one_key() {
    let mut family = Family::new(7);
    let (lost, _) = family.house.pair(&family.phone, "Watch", PartyRole::Agent);
    family.meet();
    family.house.all_meet(&[&lost, &family.thief]);
    let other = family.house.recipient();
    let token = take(&family.tablet, &other).unwrap();
    family.meet();
    let first = family.signer();
    family.phone.remove("Old phone").unwrap();
    family.tablet.remove("Watch").unwrap();
    let by_phone = family.signer();
    let by_tablet = family.tablet.info().unwrap().household;
    // Each recipient hears of another key, and each of the lost of the one that was not kept from it.
    family.live(60);
    assert_eq!(
        hand(&family.phone, &family.recipient).unwrap().extensions,
        1
    );
    assert_eq!(hand(&family.tablet, &other).unwrap().extensions, 1);
    family.house.meet(&family.tablet);
    family.house.meet(&family.thief);
    assert_eq!(
        family.thief.info().unwrap().household,
        by_tablet,
        "it was told"
    );
    family.live(60);
    family.meet();
    let both = family.signer();
    assert_eq!(family.tablet.info().unwrap().household, both);
    assert!([first, by_phone, by_tablet].iter().all(|key| *key != both));
    family.fetch();
    family.house.fetches(&other, token).unwrap();
    assert!(opened(&family.recipient, family.token) > 40);
    assert!(opened(&other, token) > 40);
    for recipient in [&family.recipient, &other] {
        for lost in [&family.thief, &lost] {
            assert_eq!(take(lost, recipient).err(), Some(SUCCEEDED));
        }
        take(&family.tablet, recipient).unwrap();
    }
    // It stays so.
    family.meet();
    assert_eq!(family.signer(), both);
    assert_eq!(family.tablet.info().unwrap().household, both);
}

/// [household-15]: an agent that was away during the removal.
#[test]
fn who_was_away_is_heard_when_it_is_back() {
    let mut family = Family::new(8);
    let other = family.house.recipient();
    let token = take(&family.phone, &other).unwrap();
    family.meet();
    family.phone.remove("Old phone").unwrap();
    family.house.meet(&family.phone);
    assert!(family.house.fetches(&other, token).unwrap().extensions > 0);
    // The tablet has not heard: it withdraws one consent, and grants another.
    family.tablet.revoke(token).unwrap();
    let late = grant(&family.tablet, &family.recipient);
    assert_eq!(family.recipient.accept(&late), Ok(late.token().id()));
    family.live(60);
    family.meet();
    assert_eq!(family.house.fetches(&other, token).unwrap().revocations, 1);
    let consents = family.phone.consents();
    let found = consents
        .iter()
        .find(|it| it.token.id() == late.token().id());
    assert!(matches!(found.unwrap().state, State::Live { .. }));
    let brought = family
        .house
        .fetches(&family.recipient, late.token().id())
        .unwrap();
    assert!(brought.extensions > 0);
    assert!(opened(&family.recipient, late.token().id()) > 40);
    assert_eq!(
        take(&family.thief, &family.recipient).err(),
        Some(SUCCEEDED)
    );
}

/// [household-15]: whoever is taken in later gets all keys, and goes on when the others are gone.
#[test]
fn who_comes_later_goes_on_with_consents_of_before() {
    let mut family = Family::new(9);
    family.remove();
    let (watch, _) = family.house.pair(&family.phone, "Watch", PartyRole::Agent);
    family.house.all_meet(&[&family.phone, &watch]);
    assert_eq!(watch.info().unwrap().household, family.signer());
    let mut extended = 0;
    for _ in 0..8 {
        family
            .house
            .clock
            .set(family.house.clock.now().plus_ms(DAY_MS));
        family.house.meet(&watch);
        extended += family.fetch().extensions;
    }
    assert!(extended >= 2, "{extended}");
    watch.revoke(family.token).unwrap();
    family.house.meet(&watch);
    assert_eq!(family.fetch().revocations, 1);
}

/// [household-15]: a device that was there before, and streams that begin after.
#[test]
fn a_device_goes_on_under_the_key_that_follows() {
    let mut family = Family::new(10);
    let (meter, _) = family.house.pair(&family.phone, "Meter", PartyRole::Device);
    let levels = Levels::from([Level::Raw, Level::Hour]);
    family
        .phone
        .add_device(freehold::Device {
            name: "plug".into(),
            maker: None,
            model: None,
        })
        .unwrap();
    let begun = |no: u8, name: &str| {
        let spec = spec(no, "heart_rate", "UTC").levels(levels);
        let added = family.phone.add_stream_for("Meter", "plug", name, spec);
        added.unwrap()
    };
    let before = begun(2, "before");
    family.house.all_meet(&[&family.phone, &meter]);
    family.phone.remove("Old phone").unwrap();
    let after = begun(3, "after");
    family.house.all_meet(&[&family.phone, &meter]);
    assert_eq!(meter.info().unwrap().household, family.signer());
    let from = family.house.clock.now();
    for stream in [&before, &after] {
        let own = meter.stream(&stream.name()).unwrap();
        let at = |n| Reading::new(from.plus_ms(n * HOUR_MS / 4), Value::Number(500));
        own.record(&(0..40).map(at).collect::<Vec<_>>()).unwrap();
    }
    family.house.clock.set(from.plus_ms(3 * DAY_MS));
    family.house.all_meet(&[&meter, &family.phone]);
    for stream in [&before, &after] {
        let read = stream.read(from, family.house.clock.now()).unwrap();
        assert_eq!(read.len(), 40, "{}", stream.name());
    }
}

/// [household-10], [household-15]: nothing is written to whoever was removed: no root, and not the key that follows.
#[test]
fn who_was_removed_is_told_nothing() {
    let mut family = Family::new(11);
    let told = |family: &Family| {
        let by = |home: &Home| letters_to(home, 2).unwrap();
        by(&family.phone) + by(&family.tablet)
    };
    let before = told(&family);
    assert!(before > 0);
    family.phone.remove("Old phone").unwrap();
    family.live(60);
    family.house.meet(&family.phone);
    assert_eq!(told(&family), before);
    family.meet();
    family.live(60);
    family.meet();
    assert_eq!(told(&family), before);
}
