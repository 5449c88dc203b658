//! An agent whose store was put back from a backup together with its key store: a relay has what it wrote since.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use freehold::{
    Home, PartyRole, Reading, Recipient, Selector, Stream, Time, Value,
    consent::{Choices, Span, TokenId},
    model::{Facet, Level, Levels},
};
use freehold_tests::{
    add, ask,
    house::{Disk, House},
    spec, utc, wishes,
};

const HOUR_MS: i64 = 3_600_000;

/// A phone that was backed up after a day, and wrote more to the relay since.
struct Lost {
    house: House,
    phone: Home,
    disk: Disk,
    stays: (Recipient, TokenId),
    leaves: (Recipient, TokenId),
}

impl Lost {
    fn new(seed: u64, levels: &[Level]) -> Self {
        let mut house = House::new(seed, utc("2026-01-01"));
        let disk = Disk::new();
        let phone = house.home(&disk);
        let levels: Levels = levels.iter().copied().collect();
        let stream = add(&phone, spec(1, "heart_rate", "UTC").levels(levels));
        let (stays, leaves) = (house.recipient(), house.recipient());
        let tokens = [&stays, &leaves].map(|to| grant(&phone, to, &stream));
        let [kept, withdrawn] = tokens;
        let mut lost = Self {
            house,
            phone,
            disk,
            stays: (stays, kept),
            leaves: (leaves, withdrawn),
        };
        lost.live(24, 1);
        lost.house.meet(&lost.phone);
        lost.fetch();
        lost
    }

    /// The phone goes on from a backup.
    fn put_back(&mut self, backup: &Disk) {
        self.disk = backup.copied();
        self.phone = self.house.home(&self.disk);
    }

    fn fetch(&mut self) {
        for (recipient, token) in [&self.stays, &self.leaves] {
            if !recipient.open_consents().contains(token) {
                continue;
            }
            // The first may bring the keys that name the logs of the second, or word that there is none.
            self.house.fetches(recipient, *token).unwrap();
            let _ = self.house.fetches(recipient, *token);
        }
    }

    fn stream(&self) -> Stream {
        self.phone.stream("heart_rate").unwrap()
    }

    /// Hours pass, each with two readings of `value`.
    fn live(&self, hours: i64, value: i64) {
        let from = freehold::Clock::now(&*self.house.clock);
        self.house.clock.set(from.plus_ms(hours * HOUR_MS));
        let at = |n| Reading::new(from.plus_ms(n * HOUR_MS / 2), Value::Number(value));
        let readings: Vec<Reading> = (0..hours * 2).map(at).collect();
        self.stream().record(&readings).unwrap();
        self.stream().flush().unwrap();
    }

    /// What the phone can read: the values, hour by hour from the beginning.
    fn read(&self, from: &str, until: &str) -> Vec<i64> {
        let found = self.stream().read(utc(from), utc(until)).unwrap();
        let values = found.iter().map(|one| one.value.number().unwrap());
        values.collect()
    }

    /// The mean of each hour that the recipient which stays has.
    fn opened(&self) -> Vec<(Time, i64)> {
        opened(&self.stays)
    }
}

fn opened((recipient, token): &(Recipient, TokenId)) -> Vec<(Time, i64)> {
    let selector = Selector {
        consent: Some(*token),
        stream: None,
    };
    let (from, until) = (utc("2026-01-01"), recipient.now());
    let opened = recipient.summaries(&selector, Level::Hour, from, until);
    let hours = opened.map(|opened| opened.items).unwrap_or_default();
    let hours = hours.iter().map(|window| {
        let totals = window.summary.totals.unwrap();
        let sum = i64::try_from(totals.sum).unwrap();
        (
            window.slot.start,
            sum / i64::try_from(totals.count).unwrap(),
        )
    });
    hours.collect()
}

fn grant(home: &Home, to: &Recipient, stream: &Stream) -> TokenId {
    let (from, until) = (utc("2026-01-01"), utc("2027-01-01"));
    let line = ask("heart_rate", [Level::Hour], [Facet::Totals], from, until);
    let lease = Span::from_minutes(1440 * 30);
    let request = to.request(wishes(vec![line], lease)).unwrap();
    let choices = Choices {
        streams: Some(vec![freehold_tests::id(stream)]),
        ..Choices::default()
    };
    let proposal = home.propose(&request, &choices).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    to.accept(&grant).unwrap()
}

const RAW: &[Level] = &[Level::Raw, Level::Hour, Level::Day];

/// [sync-22]: it gets its own back, and goes on; whatever it writes then arrives.
#[test]
fn what_it_wrote_since_the_backup_comes_back() {
    // How long it recorded again before it met the relay: more than it had lost, or less, or nothing.
    for hours in [0_u8, 6, 60] {
        let mut lost = Lost::new(1, RAW);
        let backup = lost.disk.copied();
        lost.live(24, 2);
        lost.house.meet(&lost.phone);
        lost.put_back(&backup);
        if hours > 0 {
            // Whatever it writes, it does not meet the relay; so often that there is more for it than the relay has.
            for _ in 0..hours {
                lost.live(1, 3);
                lost.house.misses(&lost.phone);
            }
        }
        assert_eq!(lost.house.comes_back(&lost.phone), 3, "{hours}");
        let expected = [vec![1; 48], vec![2; 48], vec![3; 2 * usize::from(hours)]].concat();
        assert_eq!(lost.read("2026-01-01", "2026-02-01"), expected);
        let rest = 48 - hours % 24;
        lost.live(rest.into(), 4);
        lost.house.meet(&lost.phone);
        lost.fetch();
        let values: Vec<i64> = lost.opened().iter().map(|(_, value)| *value).collect();
        let expected = [
            vec![1; 24],
            vec![2; 24],
            vec![3; hours.into()],
            vec![4; rest.into()],
        ]
        .concat();
        assert_eq!(values, expected);
        let days = lost
            .stream()
            .summaries(Level::Day, utc("2026-01-01"), lost.phone.now());
        let counts: Vec<u64> = days
            .unwrap()
            .iter()
            .map(|day| day.summary.count().unwrap())
            .collect();
        assert!(counts.iter().all(|count| *count == 48), "{counts:?}");
        // Nothing is left to say.
        assert_eq!(lost.house.meets(&lost.phone).unwrap().stretches, 0);
    }
}

/// [sync-22]: what it had withdrawn, erased and removed since the backup stays so, though nobody but the relay knows of it.
#[test]
fn what_it_ended_since_the_backup_stays_ended() {
    let mut lost = Lost::new(2, RAW);
    let (tablet, _) = lost.house.pair(&lost.phone, "Tablet", PartyRole::Agent);
    lost.live(24, 2);
    lost.house.all_meet(&[&lost.phone, &tablet]);
    let backup = lost.disk.copied();
    let (from, until) = (utc("2026-01-01"), utc("2026-01-02"));
    lost.phone.revoke(lost.leaves.1).unwrap();
    lost.phone.erase(&lost.stream(), from, until).unwrap();
    lost.phone.remove("Tablet").unwrap();
    lost.house.meet(&lost.phone);
    lost.fetch();
    assert_eq!(lost.opened().len(), 24);
    lost.put_back(&backup);
    assert_eq!(lost.read("2026-01-01", "2026-01-02").len(), 48);

    lost.house.comes_back(&lost.phone);
    assert!(lost.read("2026-01-01", "2026-01-02").is_empty());
    let consents = lost.phone.consents();
    let state = |token| {
        let mut found = consents
            .iter()
            .filter(|consent| consent.token.id() == token);
        found.next().unwrap().state.name()
    };
    assert_eq!(
        (state(lost.stays.1), state(lost.leaves.1)),
        ("live", "revoked")
    );
    let parties = lost.phone.parties();
    let left = |name: &str| {
        parties
            .iter()
            .any(|party| party.name == name && party.removed.is_none())
    };
    assert!(left("Phone") && !left("Tablet"));
    assert!(
        lost.house.meets(&tablet).is_err(),
        "the relay turns it away"
    );
    lost.live(48, 5);
    lost.house.meet(&lost.phone);
    lost.fetch();
    let (stays, leaves) = (lost.opened(), opened(&lost.leaves));
    assert_eq!(stays.iter().filter(|(_, value)| *value == 5).count(), 48);
    assert!(stays.iter().all(|(at, _)| *at < from || *at >= until));
    assert!(leaves.is_empty());
}

/// [household-19]: another agent tells again what it had heard from this one: consents, streams, keys.
#[test]
fn another_agent_tells_it_what_it_had_told() {
    let mut lost = Lost::new(3, RAW);
    let (tablet, _) = lost.house.pair(&lost.phone, "Tablet", PartyRole::Agent);
    lost.house.all_meet(&[&lost.phone, &tablet]);
    let backup = lost.disk.copied();
    let later = add(
        &lost.phone,
        spec(2, "air_temperature", "UTC").levels([Level::Raw, Level::Hour]),
    );
    let recipient = lost.house.recipient();
    let token = grant(&lost.phone, &recipient, &lost.stream());
    // New keys, and readings under them.
    lost.phone.revoke(lost.leaves.1).unwrap();
    let at = |n| {
        Reading::new(
            utc("2026-01-02").plus_ms(n * HOUR_MS),
            Value::Number(2000 + n),
        )
    };
    later.record(&(0..24).map(at).collect::<Vec<_>>()).unwrap();
    lost.live(24, 2);
    lost.house.all_meet(&[&lost.phone, &tablet]);
    lost.put_back(&backup);
    lost.house.comes_back(&lost.phone);
    lost.house.all_meet(&[&tablet, &lost.phone]);

    assert!(
        lost.phone
            .consents()
            .iter()
            .any(|consent| consent.token.id() == token)
    );
    let expected = [vec![1; 48], vec![2; 48]].concat();
    assert_eq!(lost.read("2026-01-01", "2026-02-01"), expected);
    let known = lost.phone.stream("air_temperature").unwrap();
    assert_eq!(
        known
            .read(utc("2026-01-02"), utc("2026-01-03"))
            .unwrap()
            .len(),
        24
    );
    lost.live(24, 3);
    lost.house.all_meet(&[&lost.phone, &tablet]);
    for _ in 0..2 {
        lost.house.fetches(&recipient, token).unwrap();
    }
    assert_eq!(
        opened(&(recipient, token)).last().map(|(_, value)| *value),
        Some(3)
    );
    for home in [&tablet, &lost.phone] {
        assert_eq!(lost.house.meets(home).unwrap().stretches, 0);
    }
}

/// [sync-23]: a counter counts nothing twice, and what both stores had recorded is there once.
#[test]
fn what_both_stores_recorded_counts_once() {
    let mut house = House::new(4, utc("2026-01-01"));
    let disk = Disk::new();
    let mut phone = house.home(&disk);
    add(
        &phone,
        spec(1, "energy_imported", "UTC").levels([Level::Raw, Level::Hour, Level::Day]),
    );
    // The register at half hours: what it shows is a thousand for each.
    let live = |house: &House, phone: &Home, (from, until): (i64, i64)| {
        let at = |n: i64| {
            Reading::new(
                utc("2026-01-01").plus_ms(n * HOUR_MS / 2),
                Value::Number(n * 1000),
            )
        };
        house
            .clock
            .set(utc("2026-01-01").plus_ms(until * HOUR_MS / 2));
        let stream = phone.stream("energy_imported").unwrap();
        stream
            .record(&(from..until).map(at).collect::<Vec<_>>())
            .unwrap();
        stream.flush().unwrap();
    };
    live(&house, &phone, (0, 48));
    house.meet(&phone);
    let backup = disk.copied();
    live(&house, &phone, (48, 96));
    house.meet(&phone);
    drop(phone);
    phone = house.home(&backup);
    // It reads the register's memory out again, and goes on.
    live(&house, &phone, (72, 240));
    house.comes_back(&phone);
    live(&house, &phone, (240, 288));
    let stream = phone.stream("energy_imported").unwrap();
    let (from, until) = (utc("2026-01-01"), utc("2026-01-07"));
    assert_eq!(stream.read(from, until).unwrap().len(), 288);
    let days = stream.summaries(Level::Day, from, until).unwrap();
    let sums: Vec<i128> = days
        .iter()
        .map(|day| day.summary.totals.unwrap().sum)
        .collect();
    // The first reading has nothing before it.
    assert_eq!(sums, [47_000, 48_000, 48_000, 48_000, 48_000, 48_000]);
}

/// [sync-23]: a stream without readings: what the lost store sealed stays, the rest is sealed anew.
#[test]
fn summaries_of_a_stream_without_readings_go_on() {
    for hours in [0, 24, 72] {
        let mut lost = Lost::new(5, &[Level::Hour]);
        let backup = lost.disk.copied();
        lost.live(24, 2);
        lost.house.meet(&lost.phone);
        lost.put_back(&backup);
        for _ in 0..hours {
            lost.live(1, 3);
            lost.house.misses(&lost.phone);
        }
        lost.house.comes_back(&lost.phone);
        lost.live(48, 4);
        lost.house.meet(&lost.phone);
        lost.fetch();
        let values: Vec<i64> = lost.opened().iter().map(|(_, value)| *value).collect();
        let expected = [vec![1; 24], vec![2; 24], vec![3; hours], vec![4; 48]].concat();
        assert_eq!(values, expected, "{hours}");
    }
}

/// [sync-23]: two relays have two histories of one log. It is settled with the first; what the second has stays there, and both go on.
#[test]
fn two_relays_with_two_histories_both_go_on() {
    let mut lost = Lost::new(6, RAW);
    let mut other = House::new(7, utc("2026-01-01")).elsewhere();
    other.clock = lost.house.clock.clone();
    other.meet(&lost.phone);
    let backup = lost.disk.copied();
    lost.live(24, 2);
    lost.house.meet(&lost.phone);
    lost.put_back(&backup);
    // The second relay has heard nothing since the backup: nothing tells the phone there.
    lost.live(24, 3);
    other.meet(&lost.phone);
    lost.live(24, 4);
    assert_eq!(lost.house.comes_back(&lost.phone), 3);
    let expected = [vec![1; 48], vec![2; 48], vec![3; 48], vec![4; 48]].concat();
    assert_eq!(lost.read("2026-01-01", "2026-02-01"), expected);
    let _ = other.meets(&lost.phone);
    other.comes_back(&lost.phone);
    lost.live(24, 5);
    lost.house.meet(&lost.phone);
    other.meet(&lost.phone);
    lost.fetch();
    let values: Vec<i64> = lost.opened().iter().map(|(_, value)| *value).collect();
    let expected = [
        vec![1; 24],
        vec![2; 24],
        vec![3; 24],
        vec![4; 24],
        vec![5; 24],
    ]
    .concat();
    assert_eq!(values, expected);
}

/// [sync-22]: the order to erase is known to the relay alone.
#[test]
fn what_nobody_else_heard_was_erased_stays_erased() {
    let mut lost = Lost::new(8, RAW);
    lost.live(24, 2);
    lost.house.meet(&lost.phone);
    let backup = lost.disk.copied();
    let (from, until) = (utc("2026-01-01"), utc("2026-01-02"));
    lost.phone.erase(&lost.stream(), from, until).unwrap();
    lost.house.meet(&lost.phone);
    lost.put_back(&backup);
    lost.house.comes_back(&lost.phone);
    assert_eq!(lost.read("2026-01-01", "2026-02-01"), vec![2; 48]);
    assert_eq!(lost.phone.erasures().unwrap().len(), 1);
}
