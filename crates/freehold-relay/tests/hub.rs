//! Two agents of a household and a recipient at one relay, through real channels.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::single_range_in_vec_init,
    reason = "a test fails by panicking, and some capabilities have one window"
)]

mod common;

use common::{
    Client, Household, NOW, fresh, hour, relay, relay_key, settle, signing_key, static_key, sync,
};
use core::ops::ControlFlow;
use freehold_crypto::{PublicKey, SeededEntropy};
use freehold_model::{Time, wire};

use freehold_relay::{
    Admission, Limits, Relay,
    storage::{Index, Kept, Lineage, Memory, Numbers, Party, Row, Storage, StorageError, Write},
};
use freehold_sync::{
    Body, Erase, Fault, Header, Knock, Letter, LogName, MailboxTag, Order, Receipt, Role, Session,
    SessionError, SignedReceipt, Stretch, Wish,
};
use freehold_transport::{Channel, LinkError};

fn refused(client: &Client) -> Option<Fault> {
    match client.ended {
        Some(LinkError::Session(SessionError::Refused { fault, .. })) => Some(fault),
        _ => None,
    }
}

/// Which (hour, facet) of a client's copy of the stream it holds the sealed pieces of.
fn pieces(client: &Client, home: &Household) -> Vec<(i64, usize)> {
    let mut held = Vec::new();
    for stretch in client.copy.stretches(home.data()) {
        let Stretch::Data(data) = stretch else {
            panic!("not entries");
        };
        for (header, body) in &data.entries {
            let header = Header::from_bytes(header).unwrap();
            let body = Body::from_bytes(&header, body).unwrap();
            for (at, (slot, _)) in header.slots().enumerate() {
                for facet in 0..2 {
                    if body.piece(at * 2 + facet).is_some() {
                        held.push(((slot.start.ms() - hour(0).ms()) / common::HOUR, facet));
                    }
                }
            }
        }
    }
    held
}

/// What a client has of a relay's receipts.
fn receipts(client: &Client, home: &Household) -> Vec<Receipt> {
    let (relay, mailbox) = (relay_key().0, home.mailbox.public_key());
    let mut receipts = Vec::new();
    for name in client.copy.logs.keys() {
        let mut key = None::<PublicKey>;
        let letters = client
            .copy
            .stretches(*name)
            .into_iter()
            .flat_map(|stretch| match stretch {
                Stretch::Letters(letters) => letters.clone(),
                _ => Vec::new(),
            });
        for letter in letters {
            let Letter::Held(bytes) = letter else {
                continue;
            };
            let Ok(signed) = SignedReceipt::from_bytes(&bytes) else {
                break;
            };
            if key.is_none() {
                let (named, epoch) = signed.key(&relay, &mailbox).unwrap();
                assert_eq!(*name, home.receipts(epoch));
                key = Some(named);
            }
            receipts.push(signed.verify(&relay, &mailbox, &key.unwrap()).unwrap());
        }
    }
    receipts
}

/// The log of receipts that a relay writes now: the last one that it began itself.
fn receipts_name(relay: &Relay<Memory>) -> LogName {
    let kept = relay.storage().mailbox(1).unwrap().unwrap();
    let own = kept.logs.iter().filter(|(_, log, _)| log.writer == 0);
    own.map(|(_, log, _)| log.name).next_back().unwrap()
}

/// A household with two agents and a holder of hours 4 to 10 and 20 to 30, both facets.
struct Scene {
    relay: Relay<Memory>,
    home: Household,
    phone: Client,
    tablet: Client,
    lab: Client,
}

impl Scene {
    fn new() -> Self {
        let mut home = Household::new(1);
        let mut relay = fresh();
        let mut phone = Client::new(11, home.knock());
        let tablet = Client::new(12, home.knock());
        let lab = Client::new(13, Knock::Holder);
        for from in [0, 6, 12, 18, 24] {
            phone.copy.write(home.data(), home.hours(from..from + 6));
        }
        let orders = [
            Order::Admit(tablet.key()),
            Order::Grant(home.capability(lab.key(), 3, &[4..10, 20..30])),
        ];
        for order in orders {
            phone.copy.write(home.orders(), home.order(&order));
        }
        let letter = Household::letter("sealed letter");
        phone.copy.write(home.letters(), letter);
        sync(&mut relay, &mut phone);
        assert!(phone.finished, "{:?}", phone.ended);
        Self {
            relay,
            home,
            phone,
            tablet,
            lab,
        }
    }

    fn order(&mut self, order: &Order) {
        let stretch = self.home.order(order);
        self.phone.copy.write(self.home.orders(), stretch);
    }

    fn sync_all(&mut self) {
        for client in [&mut self.phone, &mut self.tablet, &mut self.lab] {
            sync(&mut self.relay, client);
            assert!(client.finished, "{:?}", client.ended);
        }
    }
}

#[test]
fn members_have_everything_and_a_holder_its_view() {
    let mut scene = Scene::new();
    scene.sync_all();
    sync(&mut scene.relay, &mut scene.phone);
    sync(&mut scene.relay, &mut scene.tablet);
    assert_eq!(scene.tablet.copy.logs, scene.phone.copy.logs);
    let all: Vec<_> = (0..30).flat_map(|hour| [(hour, 0), (hour, 1)]).collect();
    assert_eq!(pieces(&scene.tablet, &scene.home), all);
    let granted = |at: &(i64, usize)| (4..10).contains(&at.0) || at.0 >= 20;
    let view: Vec<_> = all.into_iter().filter(granted).collect();
    assert_eq!(pieces(&scene.lab, &scene.home), view);
    // Of the hours 12 to 18 not even the headers.
    let held = &scene.lab.copy.logs[&scene.home.data()];
    let begins: Vec<_> = held.keys().copied().collect();
    assert_eq!(begins, [0, 3, 9, 12]);
    assert_eq!(scene.lab.copy.logs.len(), 2);
    // Nothing new: one round trip.
    let before = scene.lab.received;
    sync(&mut scene.relay, &mut scene.lab);
    assert!(scene.lab.received - before < 120);
}

#[test]
fn what_is_fetched_and_done_stands_in_receipts() {
    let mut scene = Scene::new();
    sync(&mut scene.relay, &mut scene.lab);
    sync(&mut scene.relay, &mut scene.phone);
    let got = receipts(&scene.phone, &scene.home);
    let (capability, data) = ([9; 16], scene.home.data());
    let key = signing_key(250).public_key();
    assert!(matches!(&got[0], Receipt::Key { key: named, .. } if *named == key));
    let done = got
        .iter()
        .filter(|receipt| matches!(receipt, Receipt::Done { .. }));
    assert_eq!(done.count(), 2);
    let fetched = |name, from, to| Receipt::Fetched {
        capability,
        name,
        from,
        to,
        at: NOW,
    };
    for receipt in [
        fetched(data, 0, 6),
        fetched(data, 9, 15),
        fetched(scene.home.letters(), 0, 1),
    ] {
        assert!(got.contains(&receipt), "{got:?}");
    }
    assert_eq!(got.len(), 6);
}

#[test]
fn what_is_written_is_pushed_to_whom_it_is_for() {
    let mut scene = Scene::new();
    let Scene {
        relay,
        home,
        phone,
        tablet,
        lab,
    } = &mut scene;
    for client in [&mut *phone, &mut *tablet, &mut *lab] {
        client.connect(relay, true);
    }
    settle(relay, &mut [phone, tablet, lab]);
    let (quiet, before) = (lab.received, pieces(lab, home).len());
    // Nothing of what the holder does not see moves anything on its line.
    phone.copy.write(home.data(), home.hours(30..32));
    phone
        .copy
        .write(home.orders(), home.order(&Order::Admit([1; 32])));
    settle(relay, &mut [phone, tablet, lab]);
    assert_eq!(lab.received, quiet);
    assert_eq!(pieces(tablet, home).len(), 64);
    let order = Order::Grant(home.capability(lab.key(), 1, &[4..10, 20..40]));
    phone.copy.write(home.orders(), home.order(&order));
    settle(relay, &mut [phone, tablet, lab]);
    assert!(!lab.is_connected(), "another view is another session");
    lab.connect(relay, true);
    phone.copy.write(home.data(), home.hours(32..34));
    settle(relay, &mut [phone, tablet, lab]);
    assert!(pieces(lab, home).contains(&(33, 0)));
    assert!(!pieces(lab, home).contains(&(33, 1)));
    assert!(pieces(lab, home).len() > before);
    // A reply reaches the household, and nothing of the holder's own comes back to it.
    lab.copy.write(home.replies(), Household::letter("a reply"));
    let fetched = relay.counts().fetched;
    settle(relay, &mut [phone, tablet, lab]);
    assert_eq!(phone.copy.head(home.replies()), 1);
    assert_eq!(tablet.copy.head(home.replies()), 1);
    assert_eq!(relay.counts().fetched, fetched);
}

#[test]
fn closing_ends_what_is_open() {
    let mut scene = Scene::new();
    scene.phone.connect(&mut scene.relay, true);
    scene.lab.connect(&mut scene.relay, true);
    let Scene {
        relay,
        home,
        phone,
        lab,
        ..
    } = &mut scene;
    // The relay has made bytes ready for the holder; they do not leave any more once the order came.
    lab.speak(relay);
    relay.turn(NOW);
    phone
        .copy
        .write(home.orders(), home.order(&Order::Close([9; 16])));
    for _ in 0..8 {
        phone.speak(relay);
        relay.turn(NOW);
        phone.hear(relay);
    }
    lab.hear(relay);
    assert!(!lab.is_connected());
    assert_eq!(pieces(lab, home), []);
    // Its letters it still gets, and it may still answer.
    let letter = Household::letter("goodbye");
    phone.copy.write(home.letters(), letter);
    lab.copy.write(home.replies(), Household::letter("goodbye"));
    settle(relay, &mut [phone]);
    sync(relay, lab);
    assert!(lab.finished, "{:?}", lab.ended);
    assert_eq!(lab.copy.head(home.letters()), 2);
    assert_eq!(pieces(lab, home), []);
    // An old grant that comes again opens nothing.
    let old = Order::Grant(home.capability(lab.key(), 3, &[0..30]));
    phone.copy.write(home.orders(), home.order(&old));
    settle(relay, &mut [phone, lab]);
    sync(relay, lab);
    assert_eq!(pieces(lab, home), []);
}

/// A household with an agent, and a device that writes a stream of its own.
struct DeviceScene {
    relay: Relay<Memory>,
    home: Household,
    phone: Client,
    /// What the device writes: other logs than the household's.
    stream: Household,
    device: Client,
}

impl DeviceScene {
    fn new() -> Self {
        let mut home = Household::new(1);
        let mut stream = Household::new(2);
        let mut relay = fresh();
        let mut phone = Client::new(11, home.knock());
        let mut device = Client::new(14, Knock::Holder);
        phone.copy.write(home.data(), home.hours(0..4));
        phone.copy.write(home.letters(), Household::letter("keys"));
        let writes = [stream.data(), Household::new(5).data()];
        let order = Order::Grant(home.device(device.key(), &writes));
        phone.copy.write(home.orders(), home.order(&order));
        sync(&mut relay, &mut phone);
        device.copy.write(stream.data(), stream.hours(0..6));
        sync(&mut relay, &mut device);
        assert!(device.finished, "{:?}", device.ended);
        Self {
            relay,
            home,
            phone,
            stream,
            device,
        }
    }
}

/// [sync-18]
#[test]
fn a_device_brings_its_logs_and_learns_how_far_they_came() {
    let DeviceScene {
        mut relay,
        home,
        mut phone,
        mut stream,
        mut device,
    } = DeviceScene::new();
    // It has its letters, and nothing of the household's.
    let known: Vec<_> = device.copy.logs.keys().copied().collect();
    assert_eq!(known.len(), 2);
    assert_eq!(device.copy.head(home.letters()), 1);
    assert_eq!(device.copy.head(home.data()), 0);
    sync(&mut relay, &mut phone);
    assert_eq!(phone.copy.head(stream.data()), 3);
    assert_eq!(pieces(&phone, &stream).len(), 12);
    let kept = relay.storage().mailbox(1).unwrap().unwrap();
    let party =
        |own: &Party| matches!(own, Party::Holder(held) if held.capability.fetch == device.key());
    let number = kept.parties.iter().find(|(_, own, _)| party(own));
    let log = kept
        .logs
        .iter()
        .find(|(_, log, _)| log.name == stream.data());
    assert_eq!(number.unwrap().0, log.unwrap().1.writer);
    // Nothing new: one round trip, and nothing of its own comes back.
    let (before, fetched) = (device.received, relay.counts().fetched);
    sync(&mut relay, &mut device);
    assert!(device.finished && device.received - before < 120);
    // It goes on where it was.
    device.copy.write(stream.data(), stream.hours(6..8));
    sync(&mut relay, &mut device);
    assert_eq!(relay.counts().fetched, fetched);
    // What it lost of its own logs the relay has.
    let mut renewed = Client::new(14, Knock::Holder);
    sync(&mut relay, &mut renewed);
    assert!(renewed.finished, "{:?}", renewed.ended);
    assert_eq!(renewed.copy.logs[&stream.data()].len(), 2);
    assert_eq!(renewed.copy.head(stream.data()), 4);
    sync(&mut relay, &mut phone);
    assert_eq!(pieces(&phone, &stream).len(), 16);
}

/// [sync-18]
#[test]
fn a_device_brings_nothing_else() {
    let scene = DeviceScene::new();
    let DeviceScene {
        mut relay, home, ..
    } = scene;
    let mut other = Household::new(3);
    let orders = home.order(&Order::Admit([9; 32]));
    let cases = [
        (other.data(), other.hours(0..2)),
        (receipts_name(&relay), Household::letter("forged")),
        (home.letters(), Household::letter("forged")),
        (home.orders(), orders),
        (Household::new(5).data(), Household::letter("no entries")),
        (home.replies(), Household::new(4).hours(0..2)),
    ];
    for (epoch, (name, stretch)) in (100..).zip(cases) {
        let before = relay.storage().mailbox(1).unwrap().unwrap().journal;
        let mut device = Client::new(14, Knock::Holder);
        device.copy.forget(epoch);
        device.copy.write(name, stretch);
        sync(&mut relay, &mut device);
        assert!(refused(&device).is_some(), "{name:?} {:?}", device.ended);
        let after = relay.storage().mailbox(1).unwrap().unwrap();
        // What it was served stands in receipts; nobody else wrote.
        let receipts = after
            .logs
            .iter()
            .find(|(_, log, _)| log.name == receipts_name(&relay));
        assert!(receipts.is_some() && after.journal <= before + 1);
        assert!(
            after
                .logs
                .iter()
                .all(|(_, log, _)| log.name != other.data())
        );
    }
    // Its own log is checked as a member's.
    let mut twin = Household::new(2);
    let mut device = Client::new(14, Knock::Holder);
    device.copy.forget(200);
    device.copy.write(twin.data(), twin.hours(100..140));
    sync(&mut relay, &mut device);
    assert_eq!(refused(&device), Some(Fault::Fork));
}

/// [sync-18]
#[test]
fn a_device_that_is_closed_brings_and_sees_no_entries() {
    let DeviceScene {
        mut relay,
        home,
        mut phone,
        mut stream,
        mut device,
    } = DeviceScene::new();
    device.connect(&mut relay, true);
    phone.connect(&mut relay, true);
    settle(&mut relay, &mut [&mut device, &mut phone]);
    phone
        .copy
        .write(home.orders(), home.order(&Order::Close([10; 16])));
    settle(&mut relay, &mut [&mut device, &mut phone]);
    assert!(!device.is_connected());
    // Its last word still comes, its entries do not.
    let mut closed = Client::new(14, Knock::Holder);
    closed
        .copy
        .write(home.replies(), Household::letter("erased"));
    sync(&mut relay, &mut closed);
    assert!(closed.finished, "{:?}", closed.ended);
    assert_eq!(closed.copy.head(stream.data()), 0);
    device.copy.write(stream.data(), stream.hours(6..8));
    sync(&mut relay, &mut device);
    assert_eq!(refused(&device), Some(Fault::Forbidden));
    settle(&mut relay, &mut [&mut phone]);
    assert_eq!(phone.copy.head(home.replies()), 1);
    assert_eq!(phone.copy.head(stream.data()), 3);
}

#[test]
fn what_is_erased_is_served_to_nobody_and_does_not_come_back() {
    let mut scene = Scene::new();
    let erase = Order::Erase(Erase {
        name: scene.home.data(),
        slots: vec![(hour(5), hour(7)), (hour(31), hour(33))],
        proof: vec![1; 20],
    });
    scene.order(&erase);
    sync(&mut scene.relay, &mut scene.phone);
    scene
        .phone
        .copy
        .write(scene.home.data(), scene.home.hours(30..36));
    scene.sync_all();
    let erased = |hour: i64| [5, 6, 31, 32].contains(&hour);
    let held = pieces(&scene.tablet, &scene.home);
    assert_eq!(held.len(), 2 * 32);
    assert!(held.iter().all(|(hour, _)| !erased(*hour)));
    assert!(
        pieces(&scene.lab, &scene.home)
            .iter()
            .all(|(hour, _)| !erased(*hour))
    );
    // The phone has them still, and the relay does not take them again.
    assert_eq!(pieces(&scene.phone, &scene.home).len(), 72);
    scene.phone.copy.forget(99);
    scene.sync_all();
    scene.tablet = Client::new(12, scene.home.knock());
    scene.sync_all();
    assert_eq!(pieces(&scene.tablet, &scene.home).len(), 64);
}

#[test]
fn erasing_cuts_off_what_is_on_its_way() {
    let mut scene = Scene::new();
    let erase = Order::Erase(Erase {
        name: scene.home.data(),
        slots: vec![(hour(0), hour(30))],
        proof: Vec::new(),
    });
    scene.phone.connect(&mut scene.relay, true);
    scene.order(&erase);
    scene.lab.connect(&mut scene.relay, true);
    scene.lab.speak(&mut scene.relay);
    scene.relay.turn(NOW);
    for _ in 0..8 {
        scene.phone.speak(&mut scene.relay);
        scene.relay.turn(NOW);
        scene.phone.hear(&mut scene.relay);
    }
    scene.lab.hear(&mut scene.relay);
    assert_eq!(pieces(&scene.lab, &scene.home), []);
    sync(&mut scene.relay, &mut scene.lab);
    assert_eq!(pieces(&scene.lab, &scene.home), []);
    assert_eq!(scene.lab.copy.head(scene.home.data()), 15);
}

#[test]
fn a_member_that_is_removed_gets_and_brings_nothing() {
    let mut scene = Scene::new();
    scene.tablet.connect(&mut scene.relay, true);
    scene.phone.connect(&mut scene.relay, true);
    settle(&mut scene.relay, &mut [&mut scene.tablet, &mut scene.phone]);
    scene.order(&Order::Remove(scene.tablet.key()));
    scene.order(&Order::Admit(scene.tablet.key()));
    settle(&mut scene.relay, &mut [&mut scene.tablet, &mut scene.phone]);
    assert!(!scene.tablet.is_connected());
    scene
        .phone
        .copy
        .write(scene.home.data(), scene.home.hours(30..32));
    settle(&mut scene.relay, &mut [&mut scene.phone]);
    sync(&mut scene.relay, &mut scene.tablet);
    assert_eq!(refused(&scene.tablet), Some(Fault::Forbidden));
    assert_eq!(pieces(&scene.tablet, &scene.home).len(), 60);
}

#[test]
fn a_restart_keeps_everything() {
    let mut scene = Scene::new();
    scene.sync_all();
    let mark = scene.relay.mark().unwrap();
    let stored = scene.relay.into_storage();
    scene.relay = relay(stored.clone(), Limits::default(), Some(mark));
    // Nothing new: the journals are the same.
    for client in [&mut scene.tablet, &mut scene.lab] {
        sync(&mut scene.relay, client);
        let before = client.received;
        sync(&mut scene.relay, client);
        assert!(client.received - before < 120);
    }
    scene
        .phone
        .copy
        .write(scene.home.data(), scene.home.hours(30..32));
    scene.sync_all();
    assert_eq!(pieces(&scene.tablet, &scene.home).len(), 64);
    // A copy from before is known for one; what is missing comes again from who has it.
    let newer = scene.relay.mark().unwrap();
    assert_ne!(newer, mark);
    for mark in [None, Some(newer)] {
        let mut old = relay(stored.clone(), Limits::default(), mark);
        let (copy, ours) = (&scene.phone.copy.seen, old.mark().unwrap());
        assert_ne!(ours, newer);
        let epoch = copy.epoch;
        scene.phone.connect(&mut old, false);
        settle(&mut old, &mut [&mut scene.phone]);
        assert_ne!(scene.phone.copy.seen.epoch, epoch);
    }
}

#[test]
fn who_is_not_let_in_is_told_so() {
    let home = Household::new(1);
    let limits = Limits {
        admission: Admission::token(b"friday"),
        mailboxes: 1,
        ..Limits::default()
    };
    let mut relay = relay(Memory::new(), limits, None);
    let cases = [
        (home.knock(), Fault::Forbidden),
        (home.knock_with(Some(b"Friday")), Fault::Forbidden),
        (Knock::Holder, Fault::Forbidden),
        (Knock::Agent, Fault::Forbidden),
    ];
    for (knock, fault) in cases {
        let mut client = Client::new(11, knock);
        sync(&mut relay, &mut client);
        assert_eq!(refused(&client), Some(fault));
        assert!(!client.is_connected());
    }
    let mut phone = Client::new(11, home.knock_with(Some(b"friday")));
    phone.copy.write(home.letters(), Household::letter("one"));
    sync(&mut relay, &mut phone);
    assert!(phone.finished);
    // The token opens mailboxes; whose this one is, it does not change. And there is room for one.
    let mut other = Client::new(12, home.knock_with(Some(b"friday")));
    sync(&mut relay, &mut other);
    assert_eq!(refused(&other), Some(Fault::Forbidden));
    let knock = Household::new(2).knock_with(Some(b"friday"));
    let mut second = Client::new(13, knock);
    sync(&mut relay, &mut second);
    assert_eq!(refused(&second), Some(Fault::Quota));
}

/// [sync-19] Two agents have the old receipts, one of them more than the other; the relay begins another log, on which all agree.
#[test]
fn receipts_of_a_relay_that_lost_everything_are_no_fork() {
    for lost_all in [true, false] {
        let mut scene = Scene::new();
        let early = scene.relay.storage().clone();
        scene.sync_all();
        scene.order(&Order::Admit([1; 32]));
        sync(&mut scene.relay, &mut scene.phone);
        sync(&mut scene.relay, &mut scene.phone);
        let before = receipts_name(&scene.relay);
        let [more, less] = [&scene.phone, &scene.tablet].map(|one| one.copy.head(before));
        assert!(more > less && less > 0, "{more} {less}");
        scene.relay = match lost_all {
            true => relay(Memory::new(), Limits::default(), Some(99)),
            // A copy of the store from before; its mark is not kept beside it.
            false => relay(early, Limits::default(), Some(98)),
        };
        scene.order(&Order::Admit([2; 32]));
        let Scene {
            relay,
            home: _,
            phone,
            tablet,
            ..
        } = &mut scene;
        for _ in 0..3 {
            for client in [&mut *phone, &mut *tablet] {
                client.connect(relay, false);
                settle(relay, &mut [client]);
                assert!(client.finished, "{:?}", client.ended);
            }
        }
        let after = receipts_name(relay);
        assert_ne!(before, after);
        assert!(phone.copy.head(after) > 0);
        // What each has of the old ones it keeps, and the relay passes it on to nobody.
        assert_eq!(
            [&*phone, &*tablet].map(|one| one.copy.head(before)),
            [more, less]
        );
        for copy in [&mut phone.copy, &mut tablet.copy] {
            copy.logs.remove(&before);
        }
        assert_eq!(phone.copy.logs, tablet.copy.logs);
    }
}

/// [sync-19] The folder was put back with its mark, and the relay went on: its log of receipts has two histories, and the newer may be
/// as long as the one that a member has, or longer.
#[test]
fn two_histories_of_receipts_are_followed_by_a_third() {
    for more in [0, 1, 2, 6] {
        let mut scene = Scene::new();
        scene.sync_all();
        let early = scene.relay.storage().clone();
        let mark = early.lineage().unwrap().map(|lineage| lineage.marks[0]);
        let before = receipts_name(&scene.relay);
        for n in [1, 2] {
            scene.order(&Order::Admit([n; 32]));
            sync(&mut scene.relay, &mut scene.phone);
        }
        sync(&mut scene.relay, &mut scene.phone);
        let kept = scene.phone.copy.head(before);
        scene.relay = relay(early, Limits::default(), mark);
        assert_eq!(receipts_name(&scene.relay), before);
        // The tablet was away, and does not know what the phone has.
        let orders = LogName::of_secret(&relay_key().0, &[2; 32], b"orders");
        for n in 0..more {
            let order = scene.home.order(&Order::Admit([100 + n; 32]));
            scene.tablet.copy.write(orders, order);
            sync(&mut scene.relay, &mut scene.tablet);
        }
        for _ in 0..3 {
            for client in [&mut scene.phone, &mut scene.tablet] {
                client.connect(&mut scene.relay, false);
                settle(&mut scene.relay, &mut [client]);
                client.hang_up(&mut scene.relay);
            }
        }
        assert_ne!(receipts_name(&scene.relay), before, "{more}");
        for client in [&mut scene.phone, &mut scene.tablet] {
            (client.finished, client.ended) = (false, None);
            sync(&mut scene.relay, client);
            assert!(client.finished, "{more} {:?}", client.ended);
        }
        assert!(scene.phone.copy.head(before) >= kept);
    }
}

/// Bytes of a session, there and back.
fn bytes(relay: &mut Relay<Memory>, client: &mut Client) -> usize {
    (client.sent, client.received) = (0, 0);
    sync(relay, client);
    client.sent + client.received
}

/// [channel-23]
#[test]
fn nothing_new_is_told_in_200_bytes() {
    let mut scene = Scene::new();
    scene.sync_all();
    scene.sync_all();
    let Scene {
        relay,
        phone,
        tablet,
        lab,
        ..
    } = &mut scene;
    for client in [phone, tablet, lab] {
        let bytes = bytes(relay, client);
        assert!(client.finished && bytes <= 200, "{bytes}");
    }
}

/// [channel-23]
#[test]
fn a_relay_that_lost_everything_asks_whom_it_does_not_know() {
    let mut scene = Scene::new();
    scene.relay = fresh();
    let Scene {
        relay, home, phone, ..
    } = &mut scene;
    let again = bytes(relay, phone);
    assert!(phone.finished, "{:?}", phone.ended);
    assert_eq!(phone_head(relay, home), 15);
    assert!(again > 200);
    sync(relay, phone);
    assert!(bytes(relay, phone) <= 200);
    // Who is no member is asked as well, and then told.
    let mut other = Client::new(66, home.knock());
    other.copy.seen.epoch = 1;
    sync(relay, &mut other);
    assert_eq!(refused(&other), Some(Fault::Forbidden));
    // It asks once.
    let mut open = Vec::new();
    let mut session = Session::new(Role::Initiator, Wish::default(), [1; 8]);
    session.poll(&mut phone.copy, &mut open).unwrap();
    let again = wire::to_bytes(&wire::to_bytes(&Knock::Again([7; 8])));
    let first = [again, open].concat();
    let entropy = &mut SeededEntropy::new(1);
    let (mut channel, mut there) =
        Channel::initiate(&static_key(11), relay_key(), &first, entropy).unwrap();
    let conn = relay.accept(NOW).unwrap();
    let answers = [0, 1].map(|_| {
        relay.receive(conn, &there, NOW);
        relay.turn(NOW);
        let (mut back, mut plain) = (Vec::new(), Vec::new());
        relay.poll(conn, &mut back);
        channel.receive(&back, &mut plain).unwrap();
        there.clear();
        channel.send(&first, &mut there).unwrap();
        plain
    });
    assert_eq!(answers[0], []);
    assert!(answers[1].ends_with(&[3, 10, 2, 0]), "{answers:?}");
}

#[test]
fn a_first_message_alone_opens_nothing() {
    let home = Household::new(1);
    let mut relay = fresh();
    let mut phone = Client::new(11, home.knock());
    phone.connect(&mut relay, false);
    phone.speak(&mut relay);
    relay.turn(NOW);
    phone.hang_up(&mut relay);
    relay.turn(NOW);
    assert_eq!(relay.sizes(), [0, 0, 0]);
    let mut other = Client::new(12, home.knock());
    other.copy.write(home.letters(), Household::letter("one"));
    sync(&mut relay, &mut other);
    assert!(other.finished);
    assert_eq!(relay.sizes()[1], 1);
}

#[test]
fn who_brings_something_first_opens_the_mailbox() {
    let home = Household::new(1);
    let mut relay = fresh();
    let mut first = Client::new(11, home.knock());
    let mut second = Client::new(12, home.knock());
    for client in [&mut first, &mut second] {
        client.copy.write(home.letters(), Household::letter("one"));
        client.connect(&mut relay, false);
        client.speak(&mut relay);
    }
    relay.turn(NOW);
    settle(&mut relay, &mut [&mut first, &mut second]);
    assert!(first.finished && !second.finished);
    assert_eq!(refused(&second), Some(Fault::Forbidden));
}

#[test]
fn bounds_are_told_and_nothing_beyond_is_kept() {
    let limits = Limits {
        quota: 3000,
        ..Limits::default()
    };
    let mut home = Household::new(1);
    let mut relay = relay(Memory::new(), limits, None);
    let mut phone = Client::new(11, home.knock());
    for from in 0..20 {
        phone.copy.write(home.data(), home.hours(from..from + 1));
    }
    sync(&mut relay, &mut phone);
    assert_eq!(refused(&phone), Some(Fault::Quota));
    let size = relay.storage().size().unwrap();
    assert!(size <= 3000 && size > 2000, "{size}");
    // Orders still find room.
    let mut tablet = Client::new(11, home.knock());
    tablet
        .copy
        .write(home.orders(), home.order(&Order::Admit([7; 32])));
    sync(&mut relay, &mut tablet);
    assert_eq!(tablet.copy.head(home.data()), phone_head(&relay, &home));
    assert_eq!(receipts(&tablet, &home).len(), 2);
}

fn phone_head(relay: &Relay<Memory>, home: &Household) -> u64 {
    let kept = relay.storage().mailbox(1).unwrap().unwrap();
    let log = kept.logs.iter().find(|(_, log, _)| log.name == home.data());
    log.unwrap().2.at.seq
}

#[test]
fn another_history_is_a_fork_and_what_is_longer_goes_on() {
    let mut scene = Scene::new();
    let mut twin = Client::new(11, scene.home.knock());
    let mut home = Household::new(1);
    twin.copy.write(home.data(), home.hours(100..140));
    sync(&mut scene.relay, &mut twin);
    assert_eq!(refused(&twin), Some(Fault::Fork));
    scene.sync_all();
    assert_eq!(pieces(&scene.tablet, &scene.home).len(), 60);
    // The same history, cut otherwise, and longer: what is new is taken, by whomever it comes.
    let mut home = Household::new(1);
    let mut tablet = Client::new(12, scene.home.knock());
    tablet.copy.write(home.data(), home.hours(0..36));
    let sealed = |client: &Client| {
        let stretches = client.copy.stretches(scene.home.data());
        let entries = stretches.into_iter().flat_map(|stretch| match stretch {
            Stretch::Data(data) => data.entries.clone(),
            _ => Vec::new(),
        });
        entries.collect::<Vec<_>>()
    };
    let all = sealed(&tablet);
    assert_eq!(all[..15], sealed(&scene.phone));
    sync(&mut scene.relay, &mut tablet);
    assert!(tablet.finished, "{:?}", tablet.ended);
    sync(&mut scene.relay, &mut scene.phone);
    assert_eq!(sealed(&scene.phone), all);
    sync(&mut scene.relay, &mut scene.lab);
    assert_eq!(scene.lab.copy.head(scene.home.data()), 15);
}

#[test]
fn silence_ends_a_connection() {
    let mut scene = Scene::new();
    scene.tablet.connect(&mut scene.relay, true);
    settle(&mut scene.relay, &mut [&mut scene.tablet]);
    let later = |ms: i64| Time::from_ms(NOW.ms() + ms);
    let mute = scene.relay.accept(NOW).unwrap();
    scene.relay.turn(later(9_000));
    assert_eq!(scene.relay.ready().count(), 0);
    scene.relay.turn(later(11_000));
    assert_eq!(scene.relay.ready().collect::<Vec<_>>(), [mute]);
    scene.relay.closed(mute, NOW);
    scene.relay.turn(later(301_000));
    assert_eq!(scene.relay.ready().count(), 1);
}

#[test]
fn a_capability_ends_by_itself() {
    let mut scene = Scene::new();
    let mut capability = scene.home.capability(scene.lab.key(), 3, &[0..30]);
    capability.not_after = Time::from_ms(NOW.ms() + 1000);
    scene.order(&Order::Grant(capability));
    sync(&mut scene.relay, &mut scene.phone);
    scene.lab.connect(&mut scene.relay, true);
    settle(&mut scene.relay, &mut [&mut scene.lab]);
    assert_eq!(pieces(&scene.lab, &scene.home).len(), 60);
    scene.relay.turn(Time::from_ms(NOW.ms() + 1001));
    scene.lab.hear(&mut scene.relay);
    assert!(!scene.lab.is_connected());
    scene.lab = Client::new(13, Knock::Holder);
    sync(&mut scene.relay, &mut scene.lab);
    assert_eq!(pieces(&scene.lab, &scene.home), []);
}

/// The first meeting after the end is an ordinary one with nothing to fetch.
#[test]
fn a_capability_that_ended_unseen_is_no_broken_connection() {
    let mut scene = Scene::new();
    let mut capability = scene.home.capability(scene.lab.key(), 3, &[0..30]);
    capability.not_after = Time::from_ms(NOW.ms() - 1);
    scene.order(&Order::Grant(capability));
    sync(&mut scene.relay, &mut scene.phone);
    sync(&mut scene.relay, &mut scene.lab);
    assert!(scene.lab.finished && scene.lab.ended.is_none());
    assert_eq!(pieces(&scene.lab, &scene.home), []);
}

#[test]
fn a_receipt_is_written_before_what_it_tells_of_leaves() {
    let mut scene = Scene::new();
    let receipts_stored = |relay: &Relay<Memory>| {
        let kept = relay.storage().mailbox(1).unwrap().unwrap();
        let name = receipts_name(relay);
        let log = kept.logs.iter().find(|(_, log, _)| log.name == name);
        log.unwrap().2.at.seq
    };
    let before = receipts_stored(&scene.relay);
    scene.lab.connect(&mut scene.relay, false);
    scene.lab.speak(&mut scene.relay);
    assert_eq!(receipts_stored(&scene.relay), before);
    scene.relay.turn(NOW);
    // Nothing was asked for that leaves: poll comes later.
    assert_eq!(receipts_stored(&scene.relay), before + 3);
}

/// A storage that can be told to fail.
struct Brittle {
    inner: Memory,
    fails: std::rc::Rc<std::cell::Cell<bool>>,
}

impl Storage for Brittle {
    fn find_mailboxes(&self, tag: &MailboxTag) -> Result<Vec<(u32, PublicKey)>, StorageError> {
        self.inner.find_mailboxes(tag)
    }

    fn find_holder(&self, fetch: &[u8; 32]) -> Result<Option<(u32, u32)>, StorageError> {
        self.inner.find_holder(fetch)
    }

    fn numbers(&self) -> Result<Numbers, StorageError> {
        self.inner.numbers()
    }

    fn lineage(&self) -> Result<Option<Lineage>, StorageError> {
        self.inner.lineage()
    }

    fn mailbox(&self, mailbox: u32) -> Result<Option<Kept>, StorageError> {
        self.inner.mailbox(mailbox)
    }

    fn changes_after(
        &self,
        mailbox: u32,
        after: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        self.inner.changes_after(mailbox, after, visit)
    }

    fn changes_before(
        &self,
        mailbox: u32,
        until: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        self.inner.changes_before(mailbox, until, visit)
    }

    fn stretches(
        &self,
        log: u32,
        from: u64,
        visit: &mut dyn FnMut(Index) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        self.inner.stretches(log, from, visit)
    }

    fn stretch(&self, log: u32, from: u64) -> Result<Option<Vec<u8>>, StorageError> {
        self.inner.stretch(log, from)
    }

    fn commit(&mut self, writes: &[Write]) -> Result<(), StorageError> {
        if self.fails.get() {
            return Err(StorageError::Store(freehold_store::StoreError::Full));
        }
        self.inner.commit(writes)
    }

    fn size(&self) -> Result<u64, StorageError> {
        self.inner.size()
    }
}

#[test]
fn a_commit_that_fails_is_acknowledged_to_nobody_and_sent_to_nobody() {
    let fails = std::rc::Rc::new(std::cell::Cell::new(false));
    let storage = Brittle {
        inner: Memory::new(),
        fails: fails.clone(),
    };
    let mut relay = relay(storage, Limits::default(), None);
    let mut home = Household::new(1);
    let mut phone = Client::new(11, home.knock());
    let mut tablet = Client::new(12, home.knock());
    let mut lab = Client::new(13, Knock::Holder);
    phone.copy.write(home.data(), home.hours(0..4));
    for order in [
        Order::Admit(tablet.key()),
        Order::Grant(home.capability(lab.key(), 3, &[0..9])),
    ] {
        phone.copy.write(home.orders(), home.order(&order));
    }
    // Not even the first time.
    fails.set(true);
    sync(&mut relay, &mut phone);
    assert!(!phone.finished);
    assert_eq!(relay.sizes()[1], 0);
    fails.set(false);
    sync(&mut relay, &mut phone);
    assert!(phone.finished, "{:?}", phone.ended);
    for client in [&mut phone, &mut tablet] {
        client.connect(&mut relay, true);
    }
    settle(&mut relay, &mut [&mut phone, &mut tablet]);
    phone.copy.write(home.data(), home.hours(4..6));
    fails.set(true);
    settle(&mut relay, &mut [&mut phone, &mut tablet]);
    assert!(!phone.is_connected() && !tablet.is_connected());
    assert_eq!(pieces(&tablet, &home).len(), 8);
    // Without a receipt nothing is served.
    sync(&mut relay, &mut lab);
    assert_eq!(pieces(&lab, &home), []);
    fails.set(false);
    for client in [&mut phone, &mut tablet, &mut lab] {
        sync(&mut relay, client);
        assert!(client.finished, "{:?}", client.ended);
    }
    assert_eq!(pieces(&tablet, &home).len(), 12);
    assert_eq!(pieces(&lab, &home).len(), 12);
}
