//! A store without room at any one commit: the call says so, and the same call once more does what the first one could not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use freehold::{
    Device, Error, Facet, Home, Level, Levels, Reading, Recipient, Selector, SetClock, Time, Value,
    consent::{Choices, Name, Role, Span},
    crypto::{MemoryKeyStore, SeededEntropy},
    testing::{home_in, recipient_in, sync},
};
use freehold_store::StoreError;
use freehold_tests::{add, ask, full_store::FullStore, house::House, spec, utc, wishes};

const DAY_MS: i64 = 24 * 3_600_000;

struct Party {
    store: Arc<FullStore>,
    keys: Arc<MemoryKeyStore>,
    clock: Arc<SetClock>,
}

impl Party {
    fn new(full_at: i64, clock: &Arc<SetClock>) -> Self {
        Self {
            store: Arc::new(FullStore::new(full_at)),
            keys: Arc::new(MemoryKeyStore::new()),
            clock: clock.clone(),
        }
    }

    fn home(&self, seed: u64) -> Result<Home, Error> {
        let entropy = Box::new(SeededEntropy::new(seed));
        let (store, keys) = (self.store.clone(), self.keys.clone());
        home_in(store, "Home", keys, self.clock.clone(), entropy)
    }

    fn recipient(&self, seed: u64) -> Result<Recipient, Error> {
        let entropy = Box::new(SeededEntropy::new(seed));
        let name = (Name::new("Surgery").unwrap(), Role::Controller);
        let (store, keys) = (self.store.clone(), self.keys.clone());
        recipient_in(store, name, keys, self.clock.clone(), entropy)
    }
}

/// Does it; a second time if there was no room.
fn again<T>(act: impl Fn() -> Result<T, Error>) -> T {
    act()
        .or_else(|error| {
            assert!(matches!(error, Error::Store(StoreError::Full)), "{error:?}");
            act()
        })
        .unwrap()
}

/// How a recipient's consents stand, how far its leases reach, and the readings that it counts in each day of each consent.
type Standing = Vec<(String, Time, Vec<u64>)>;

fn standing(recipient: &Recipient, start: Time) -> Standing {
    let days = |consent| {
        let selector = Selector {
            consent: Some(consent),
            stream: None,
        };
        let until = start.plus_ms(20 * DAY_MS);
        recipient
            .summaries(&selector, Level::Day, start, until)
            .map(|opened| {
                let count = |day: &freehold::Window| day.summary.totals.as_ref().unwrap().count;
                opened.items.iter().map(count).collect()
            })
            .unwrap_or_default()
    };
    let held = recipient.consents();
    held.iter()
        .map(|held| {
            let state = format!("{:?}", held.state);
            (state, held.lease_until, days(held.token.id()))
        })
        .collect()
}

/// Records, grants twice, syncs, extends, withdraws one. Returns how the recipient stands after each of the last three syncs, as
/// it runs and when it is opened again, and whether each store was full once.
fn run(home_full: i64, recipient_full: i64) -> (Vec<(Standing, Standing)>, bool, bool) {
    let start = utc("2026-01-01");
    let clock = Arc::new(SetClock::new(start.plus_ms(10 * DAY_MS)));
    let (home_party, recipient_party) = (
        Party::new(home_full, &clock),
        Party::new(recipient_full, &clock),
    );
    let home = again(|| home_party.home(1));
    let recipient = again(|| recipient_party.recipient(2));
    let levels = Levels::from([Level::Raw, Level::Day]);
    let spec = spec(1, "heart_rate", "UTC").levels(levels);
    let device = || Device {
        name: "watch".into(),
        maker: None,
        model: None,
    };
    again(|| home.add_device(device()));
    let stream = again(|| home.add_stream("watch", "pulse", spec.clone()));
    let record = |days: std::ops::Range<i64>| {
        for day in days {
            let reading = |n: i64| {
                let time = start.plus_ms(day * DAY_MS + n * 3_600_000);
                Reading::new(time, Value::Number(600 + n))
            };
            let readings: Vec<_> = (0..24).map(reading).collect();
            again(|| stream.record(&readings));
            again(|| stream.flush());
        }
    };
    record(0..10);
    let mut tokens = Vec::new();
    for lease in [4, 30] {
        let line = ask(
            "heart_rate",
            [Level::Day],
            [Facet::Totals],
            start,
            start.plus_ms(300 * DAY_MS),
        );
        let lease = Span::from_minutes(lease * 1440).unwrap();
        let request = recipient.request(wishes(vec![line], Some(lease))).unwrap();
        let grant = again(|| {
            let proposal = home.propose(&request, &Choices::default())?;
            home.approve(&proposal, proposal.shown(), true)
        });
        tokens.push(again(|| recipient.accept(&grant)));
    }
    let mut standings = Vec::new();
    let mut look = || {
        again(|| sync(&home, &recipient));
        let opened = recipient_party.recipient(3).unwrap();
        standings.push((standing(&recipient, start), standing(&opened, start)));
    };
    look();
    clock.set(start.plus_ms(14 * DAY_MS));
    record(10..14);
    look();
    again(|| home.revoke(tokens[1]));
    look();
    (
        standings,
        home_party.store.was_full(),
        recipient_party.store.was_full(),
    )
}

#[test]
fn what_had_no_room_is_done_by_the_same_call_again() {
    let (plain, ..) = run(-1, -1);
    let days = |standing: &Standing| standing.iter().map(|of| of.2.len()).collect::<Vec<_>>();
    let counts: Vec<_> = plain.iter().map(|(live, _)| days(live)).collect();
    assert_eq!(counts, [[10, 10], [14, 14], [14, 0]]);
    let mut tried = [0, 0];
    for recipients in [false, true] {
        for at in 0.. {
            let (home, recipient) = if recipients { (-1, at) } else { (at, -1) };
            let (standings, home_full, recipient_full) = run(home, recipient);
            for (n, ((live, opened), (of, _))) in standings.iter().zip(&plain).enumerate() {
                assert_eq!(live, of, "sync {n}, recipients {recipients}, commit {at}");
                assert_eq!(
                    opened, of,
                    "opened {n}, recipients {recipients}, commit {at}"
                );
            }
            if !(if recipients {
                recipient_full
            } else {
                home_full
            }) {
                break;
            }
            tried[usize::from(recipients)] += 1;
        }
    }
    assert!(tried[0] > 20 && tried[1] > 6, "{tried:?}");
}

/// Over a relay, too, whoever has no room hears of it, on either side, and the next meeting brings the rest.
#[test]
fn a_meeting_without_room_says_so() {
    let at = utc("2026-01-10");
    let mut refused = [0, 0];
    for full_at in 0.. {
        let mut house = House::new(3, at);
        let (keeper, reader) = (Party::new(-1, &house.clock), Party::new(-1, &house.clock));
        let (home, recipient) = (keeper.home(5).unwrap(), reader.recipient(6).unwrap());
        let stream = add(
            &home,
            spec(1, "heart_rate", "UTC").levels(Levels::from([Level::Raw, Level::Day])),
        );
        let start = utc("2026-01-01");
        let reading = |n: i64| Reading::new(start.plus_ms(n * 3_600_000), Value::Number(600 + n));
        stream
            .record(&(0..9 * 24).map(reading).collect::<Vec<_>>())
            .unwrap();
        let line = ask(
            "heart_rate",
            [Level::Day],
            [Facet::Totals],
            start,
            start.plus_ms(30 * DAY_MS),
        );
        let request = recipient.request(wishes(vec![line], None)).unwrap();
        let proposal = home.propose(&request, &Choices::default()).unwrap();
        let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
        let consent = recipient.accept(&grant).unwrap();

        keeper.store.fail_at(full_at);
        let mut said = |who: usize, met: Result<(), Error>| {
            if let Err(error) = &met {
                assert!(
                    matches!(error, Error::Store(StoreError::Full)),
                    "{who}: {error:?}"
                );
                refused[who] += 1;
            }
            met.is_ok()
        };
        if !said(0, house.meets(&home).map(|_| ())) {
            house.meet(&home);
        }
        reader.store.fail_at(full_at);
        if !said(1, house.fetches(&recipient, consent).map(|_| ())) {
            house.fetches(&recipient, consent).unwrap();
        }
        let days = standing(&recipient, start);
        assert_eq!(days[0].2, [24; 9]);
        if !keeper.store.was_full() && !reader.store.was_full() {
            break;
        }
    }
    assert!(refused[0] > 0 && refused[1] > 0, "{refused:?}");
}
