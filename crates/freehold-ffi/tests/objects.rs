//! What crosses to Kotlin and Swift, used from Rust.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use freehold::{Reading, Time, Value};
use freehold_ffi::{
    Agrees, Ask, Choices, Clock, ClockCalls, ConsentState, Device, Facet, FfiError, FileType, Home,
    KeyStore, KeyStoreCalls, KeyStoreError, KeyStoreKind, Level, Onward, PartyRole, Recipient,
    Role, Selection, Stop, Stream, StreamSpec, Transport, TransportCalls, TransportError, Wishes,
    explain, format_value, kinds,
    page::{Rows, readings_from_bytes, readings_to_bytes, windows_from_bytes},
    parse_value, reasons, version,
};

const MIDNIGHT: i64 = 1_772_582_400_000;
const HALF_HOUR: i64 = 1_800_000;
const DAY: i64 = 48 * HALF_HOUR;

#[test]
fn from_a_reading_to_a_recipient_and_back() {
    let clock = Clock::standing(MIDNIGHT + 2 * DAY);
    let home = Home::seeded("Flat 4".into(), 1, clock.clone()).unwrap();
    let stream = electricity(&home);
    let watch = home.watch();
    let recorded = stream.record(&a_day()).unwrap();
    assert_eq!((recorded.added, recorded.duplicates), (48, 0));
    assert_eq!(stream.record(&a_day()).unwrap().duplicates, 48);
    assert!(watch.wait_for(0) && !watch.wait_for(0));
    stream.flush().unwrap();

    let first = stream.read(MIDNIGHT, MIDNIGHT + DAY, 10).unwrap();
    let first = readings_from_bytes(&first).unwrap();
    assert_eq!(first.items.len(), 10);
    assert_eq!(first.next.unwrap().ms(), MIDNIGHT + 10 * HALF_HOUR);
    let all = stream.read(MIDNIGHT, MIDNIGHT + DAY, 0).unwrap();
    assert_eq!(all, a_day());

    let recipient =
        Recipient::seeded("Supplier".into(), Role::Controller, 2, clock.clone()).unwrap();
    let request = recipient.request(wishes()).unwrap();
    let explained = explain(&request, "Europe/Paris".into()).unwrap();
    assert_eq!(explained.kind, FileType::Request);
    assert!(explained.text.contains("Supplier"));
    let proposal = home.propose(&request, Choices::default()).unwrap();
    assert!(proposal.text().contains(&proposal.fingerprint()));
    assert_eq!(proposal.fingerprint(), recipient.fingerprint());
    let wrong = home.approve(&proposal, "0".repeat(64), true);
    assert_eq!(reason(wrong), "proposal_differs");
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    let consent = recipient.accept(&grant.file).unwrap();
    assert_eq!(consent, grant.consent);
    assert!(home.carry_to(&recipient).unwrap().pieces > 0);

    let held = recipient.consents();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].state, ConsentState::Live);
    assert_eq!(held[0].streams[0].levels, [Level::Day]);
    assert_eq!(held[0].streams[0].facets, [Facet::Totals]);
    let days = |recipient: &Recipient| {
        recipient.summaries(
            Selection::default(),
            Level::Day,
            MIDNIGHT,
            MIDNIGHT + DAY,
            0,
        )
    };
    let opened = windows_from_bytes(&days(&recipient).unwrap()).unwrap();
    let totals = opened.items[0].summary.totals.unwrap();
    assert_eq!((totals.count, totals.sum), (48, 48 * 412_000));
    let raw = recipient.read(Selection::default(), MIDNIGHT, MIDNIGHT + DAY, 0);
    assert_eq!(reason(raw), "not_granted");

    let report = home.erase(&stream, MIDNIGHT, MIDNIGHT + HALF_HOUR).unwrap();
    assert_eq!(report.holders[0].consent, consent);
    home.carry_to(&recipient).unwrap();
    home.carry_to(&recipient).unwrap();
    let erasures = home.erasures().unwrap();
    assert!(erasures[0].confirmations[0].at_ms.is_some());

    home.revoke(consent).unwrap();
    assert_eq!(home.carry_to(&recipient).unwrap().revocations, 1);
    assert_eq!(reason(days(&recipient)), "revoked");
    assert_eq!(home.consents()[0].state, ConsentState::Revoked);
    assert!(home.verify().unwrap().entries > 0);
    assert_eq!(home.inspect().unwrap().logs.len(), 2);
    home.finish().unwrap();
    recipient.finish().unwrap();
}

#[test]
fn the_same_for_the_same_seed() {
    let shown = || {
        let clock = Clock::standing(MIDNIGHT + 2 * DAY);
        let home = Home::seeded("Flat 4".into(), 1, clock.clone()).unwrap();
        electricity(&home);
        let recipient = Recipient::seeded("Supplier".into(), Role::Controller, 2, clock).unwrap();
        let request = recipient.request(wishes()).unwrap();
        home.propose(&request, Choices::default()).unwrap().shown()
    };
    assert_eq!(shown(), shown());
}

#[test]
fn in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home").to_str().unwrap().to_owned();
    let keys = KeyStore::passphrase(path.clone(), "correct horse".into());
    let home = Home::create(path.clone(), "Flat 4".into(), &keys, None).unwrap();
    assert_eq!(home.info().unwrap().key_store, KeyStoreKind::Passphrase);
    home.add_device(Device {
        name: "meter".into(),
        maker: Some("Acme".into()),
        model: None,
    })
    .unwrap();
    assert_eq!(reason(Home::open(path.clone(), &keys, None)), "busy");
    home.finish().unwrap();
    drop(home);
    assert_eq!(freehold_ffi::needs_passphrase(path.clone()), Some(true));
    let other = KeyStore::passphrase(path.clone(), "wrong".into());
    assert_eq!(
        reason(Home::open(path.clone(), &other, None)),
        "wrong_passphrase"
    );
    let home = Home::open(path, &keys, None).unwrap();
    assert_eq!(home.devices()[0].maker.as_deref(), Some("Acme"));
    assert_eq!(home.parties().len(), 1);
}

#[test]
fn every_reason_crosses() {
    let all = reasons();
    assert_eq!(all.len(), freehold::Reason::ALL.len());
    for (crossed, reason) in all.iter().zip(freehold::Reason::ALL) {
        assert_eq!(
            (&*crossed.name, crossed.number),
            (reason.name(), reason.number())
        );
    }
    let error = FfiError::from(freehold::Error::NoConsent);
    assert_eq!(error.to_string(), "no consent covers this");
}

#[test]
fn calls_that_are_made_wrongly() {
    let clock = Clock::standing(MIDNIGHT);
    let home = Home::seeded("Flat 4".into(), 1, clock.clone()).unwrap();
    assert!(is_argument(home.revoke("no id".into())));
    assert!(is_argument(home.propose(&[], Choices::default()).map_err(
        |error| {
            let FfiError::Failed { failure } = error else {
                panic!("{error}")
            };
            assert_eq!(failure.reason, "not_freehold");
            FfiError::Argument { text: failure.text }
        }
    )));
    let spec = |zone: &str, finer| StreamSpec {
        zone: zone.into(),
        finer,
        ..energy()
    };
    home.add_device(meter()).unwrap();
    let add = |spec| home.add_stream("meter".into(), "use".into(), spec);
    assert_eq!(reason(add(spec("Nowhere", 0))), "bad_stream");
    assert!(is_argument(add(spec("Etc/UTC", 200))));
    assert_eq!(
        reason(home.add_stream("nothing".into(), "use".into(), energy())),
        "missing"
    );
    assert!(is_argument(Transport::connect("nowhere".into(), 1, None)));
    assert!(is_argument(Clock::over(Arc::new(Late::default())).set(1)));
    let stream = add(energy()).unwrap();
    assert!(is_argument(stream.record(&[1, 2, 3])));
    let going_on = Rows {
        items: Vec::new(),
        next: Some(Time::from_ms(1)),
        not_yet: None,
    };
    assert!(is_argument(
        stream.record(&readings_to_bytes(&going_on).unwrap())
    ));
}

#[test]
fn kinds_and_values_in_words() {
    let all = kinds();
    let energy = all
        .iter()
        .find(|kind| kind.name == "energy_interval")
        .unwrap();
    assert_eq!((&*energy.unit, energy.exponent), ("W.h", -3));
    let parsed = parse_value("energy_interval".into(), None, "0.412 kW.h".into()).unwrap();
    assert!(parsed.exact);
    let text = format_value("energy_interval".into(), None, parsed.value).unwrap();
    assert_eq!(text, "412.000");
    assert_eq!(
        reason(parse_value("energy_interval".into(), None, "much".into())),
        "bad_reading"
    );
    assert_eq!(
        reason(parse_value("nothing".into(), None, "1".into())),
        "missing"
    );
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
}

/// A key store whose programmer throws, once it is told to.
#[derive(Default)]
struct Keys {
    key: Mutex<Option<Vec<u8>>>,
    next: Mutex<Option<Vec<u8>>>,
    count: AtomicU64,
    fails: AtomicBool,
}

impl Keys {
    fn try_now(&self) -> Result<(), KeyStoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(KeyStoreError::Unavailable);
        }
        Ok(())
    }
}

impl KeyStoreCalls for Keys {
    fn load(&self) -> Result<Option<Vec<u8>>, KeyStoreError> {
        self.try_now()?;
        Ok(self.key.lock().unwrap().clone())
    }

    fn prepare(&self, key: Vec<u8>) -> Result<(), KeyStoreError> {
        self.try_now()?;
        *self.next.lock().unwrap() = Some(key);
        Ok(())
    }

    fn prepared(&self) -> Result<Option<Vec<u8>>, KeyStoreError> {
        self.try_now()?;
        Ok(self.next.lock().unwrap().clone())
    }

    fn replace(&self, key: Vec<u8>) -> Result<(), KeyStoreError> {
        self.try_now()?;
        *self.key.lock().unwrap() = Some(key);
        *self.next.lock().unwrap() = None;
        Ok(())
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        self.try_now()?;
        Ok(self.count.load(Ordering::SeqCst))
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        self.try_now()?;
        self.count.store(count, Ordering::SeqCst);
        Ok(())
    }
}

#[test]
fn a_key_store_of_a_programs_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home").to_str().unwrap().to_owned();
    let calls = Arc::new(Keys::default());
    let keys = KeyStore::over(calls.clone(), KeyStoreKind::HardwareDeletion);
    let clock = Clock::standing(MIDNIGHT + 2 * DAY);
    let create = || {
        let home = Home::create(path.clone(), "Flat 4".into(), &keys, Some(clock.clone()))?;
        Ok::<_, FfiError>(home)
    };
    calls.fails.store(true, Ordering::SeqCst);
    assert_eq!(reason(create()), "key_store");
    calls.fails.store(false, Ordering::SeqCst);
    let home = create().unwrap();
    let stream = electricity(&home);
    stream.record(&a_day()).unwrap();
    stream.flush().unwrap();
    let before = calls.key.lock().unwrap().clone();
    home.erase(&stream, MIDNIGHT, MIDNIGHT + HALF_HOUR).unwrap();
    assert_ne!(*calls.key.lock().unwrap(), before);
    drop((home, stream));
    *calls.key.lock().unwrap() = Some(vec![1; 31]);
    assert_eq!(reason(Home::open(path, &keys, None)), "key_store");
}

/// A clock that stops saying anything.
#[derive(Default)]
struct Late {
    said: AtomicI64,
    is_out: AtomicBool,
}

impl ClockCalls for Late {
    fn now_ms(&self) -> Result<i64, FfiError> {
        if self.is_out.load(Ordering::SeqCst) {
            return Err(FfiError::Callback { text: "out".into() });
        }
        Ok(self.said.load(Ordering::SeqCst))
    }
}

#[test]
fn a_clock_of_a_programs_own() {
    let calls = Arc::new(Late::default());
    calls.said.store(MIDNIGHT, Ordering::SeqCst);
    let clock = Clock::over(calls.clone());
    let home = Home::in_memory("Flat 4".into(), &KeyStore::memory(), Some(clock)).unwrap();
    assert_eq!(home.now_ms(), MIDNIGHT);
    calls.is_out.store(true, Ordering::SeqCst);
    assert_eq!(home.now_ms(), MIDNIGHT);
    let silent = Arc::new(Late::default());
    silent.is_out.store(true, Ordering::SeqCst);
    assert!(Clock::over(silent).now_ms() > MIDNIGHT);
}

struct Answer(Result<bool, FfiError>);

impl Agrees for Answer {
    fn agrees(&self, confirmation: String) -> Result<bool, FfiError> {
        assert!(!confirmation.is_empty());
        self.0.clone()
    }
}

/// One end of a pipe in memory, as a program would bring it.
struct Pipe(Mutex<freehold::transport::Memory>);

impl TransportCalls for Pipe {
    fn send(&self, bytes: Vec<u8>) -> Result<(), TransportError> {
        use freehold::transport::Transport as _;
        let mut pipe = self.0.lock().unwrap();
        pipe.send(&bytes).map_err(|_| TransportError::Closed)
    }

    fn receive(&self, most: u32, wait_ms: u64) -> Result<Vec<u8>, TransportError> {
        use freehold::transport::Transport as _;
        let mut buffer = vec![0; most as usize];
        let wait = Duration::from_millis(wait_ms);
        let mut pipe = self.0.lock().unwrap();
        let len = pipe
            .receive(&mut buffer, wait)
            .map_err(|_| TransportError::Closed)?;
        buffer.truncate(len);
        Ok(buffer)
    }
}

fn joined(answer: Result<bool, FfiError>) -> (Result<(), FfiError>, Result<Arc<Home>, FfiError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tablet").to_str().unwrap().to_owned();
    let home = Home::in_memory("Flat 4".into(), &KeyStore::memory(), None).unwrap();
    let invitation = home.invite(String::new(), PartyRole::Agent).unwrap();
    let offer = invitation.text();
    assert_eq!(freehold_ffi::offer_place(offer.clone()).unwrap(), "");
    let (one, other) = freehold::transport::Memory::pair();
    let pipe = |end| Transport::over(Arc::new(Pipe(Mutex::new(end))));
    thread::scope(|scope| {
        let host = scope.spawn(|| {
            let taken = invitation.run(&pipe(one), Arc::new(Answer(answer)), None);
            taken.map(|_| ())
        });
        let keys = KeyStore::file(path.clone());
        let (way, yes) = (pipe(other), Arc::new(Answer(Ok(true))));
        let name = "Tablet".to_owned();
        let role = PartyRole::Agent;
        let joined = Home::join(path, name, role, &keys, None, offer, &way, yes, None);
        drop(way);
        (host.join().unwrap(), joined)
    })
}

#[test]
fn another_joins_over_a_pipe_of_a_programs_own() {
    let (taken, joined) = joined(Ok(true));
    taken.unwrap();
    assert_eq!(joined.unwrap().parties().len(), 2);
}

#[test]
fn pairing_is_ended_when_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tablet").to_str().unwrap().to_owned();
    let home = Home::in_memory("Flat 4".into(), &KeyStore::memory(), None).unwrap();
    let invitation = home.invite(String::new(), PartyRole::Agent).unwrap();
    let (one, other) = freehold::transport::Memory::pair();
    let pipe = |end| Transport::over(Arc::new(Pipe(Mutex::new(end))));
    let yes = || Arc::new(Answer(Ok(true)));
    let join = |way: &Transport, agrees, stop| {
        let (keys, offer) = (KeyStore::file(path.clone()), invitation.text());
        let (path, name) = (path.clone(), "Tablet".to_owned());
        Home::join(
            path,
            name,
            PartyRole::Agent,
            &keys,
            None,
            offer,
            way,
            agrees,
            Some(stop),
        )
    };

    // Nobody answers.
    let (silent, begun) = (pipe(one), Instant::now());
    let soon = || Stop::after(100);
    assert_eq!(reason(join(&silent, yes(), soon())), "stopped");
    let alone = invitation.run(&silent, yes(), Some(soon()));
    assert_eq!(reason(alone), "stopped");
    let (told, after) = (Stop::new(), Duration::from_millis(100));
    let waits = thread::scope(|scope| {
        let waits = scope.spawn(|| invitation.run(&silent, yes(), Some(told.clone())));
        thread::sleep(after);
        told.stop();
        waits.join().unwrap()
    });
    assert_eq!(reason(waits), "stopped");
    assert!(begun.elapsed() < Duration::from_secs(3));
    drop((silent, other));

    // It is told while a person thinks, who says yes then.
    let (one, other) = freehold::transport::Memory::pair();
    let stop = Stop::new();
    let taken = thread::scope(|scope| {
        let joins = scope.spawn(|| join(&pipe(other), yes(), Stop::after(10_000)).map(drop));
        let late = Arc::new(TooLate(stop.clone()));
        let taken = invitation.run(&pipe(one), late, Some(stop.clone()));
        assert!(joins.join().unwrap().is_err());
        taken
    });
    assert_eq!(reason(taken), "stopped");
    assert_eq!(home.parties().len(), 1);
}

#[test]
fn who_was_written_down_is_told_of_though_it_was_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tablet").to_str().unwrap().to_owned();
    let home = Home::in_memory("Flat 4".into(), &KeyStore::memory(), None).unwrap();
    let invitation = home.invite(String::new(), PartyRole::Agent).unwrap();
    let offer = invitation.text();
    let (one, other) = freehold::transport::Memory::pair();
    let stop = Stop::new();
    let ends = Transport::over(Arc::new(Ends {
        pipe: Pipe(Mutex::new(one)),
        sent: AtomicU64::new(0),
        stop: stop.clone(),
    }));
    let yes = || Arc::new(Answer(Ok(true)));
    thread::scope(|scope| {
        let host = scope.spawn(|| invitation.run(&ends, yes(), Some(stop.clone())));
        let keys = KeyStore::file(path.clone());
        let (way, role) = (
            Transport::over(Arc::new(Pipe(Mutex::new(other)))),
            PartyRole::Agent,
        );
        let name = "Tablet".to_owned();
        let late = Some(Stop::after(20_000));
        Home::join(path, name, role, &keys, None, offer, &way, yes(), late).unwrap();
        assert_eq!(reason(host.join().unwrap()), "unconfirmed");
    });
    assert_eq!(home.parties().len(), 2);
}

/// A pipe that ends what it is for once the newcomer was sent what it is given.
struct Ends {
    pipe: Pipe,
    sent: AtomicU64,
    stop: Arc<Stop>,
}

impl TransportCalls for Ends {
    fn send(&self, bytes: Vec<u8>) -> Result<(), TransportError> {
        let says = !bytes.is_empty();
        self.pipe.send(bytes)?;
        // First comes the answer to who connects.
        if says && self.sent.fetch_add(1, Ordering::SeqCst) == 1 {
            self.stop.stop();
        }
        Ok(())
    }

    fn receive(&self, most: u32, wait_ms: u64) -> Result<Vec<u8>, TransportError> {
        self.pipe.receive(most, wait_ms)
    }
}

/// A person who says yes once it is too late.
struct TooLate(Arc<Stop>);

impl Agrees for TooLate {
    fn agrees(&self, _: String) -> Result<bool, FfiError> {
        self.0.stop();
        Ok(true)
    }
}

#[test]
fn what_is_thrown_while_a_person_is_asked() {
    let thrown = FfiError::Callback {
        text: "the screen is off".into(),
    };
    let (taken, joined) = joined(Err(thrown.clone()));
    assert_eq!(taken.unwrap_err(), thrown);
    assert!(joined.is_err());
}

#[test]
fn stops() {
    let stop = Stop::new();
    assert!(!stop.is_stopped());
    stop.stop();
    assert!(stop.is_stopped());
    assert!(Stop::after(0).is_stopped());
}

/// All of the unsafe code is uniffi's.
#[test]
fn nothing_here_is_unsafe() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    for file in std::fs::read_dir(sources).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("unsafe"), "{}", path.display());
    }
}

fn meter() -> Device {
    Device {
        name: "meter".into(),
        maker: None,
        model: None,
    }
}

fn energy() -> StreamSpec {
    StreamSpec {
        kind: "energy_interval".into(),
        zone: "Etc/UTC".into(),
        levels: vec![Level::Raw, Level::Day],
        facets: Vec::new(),
        chunk_minutes: None,
        interval_ms: None,
        finer: 0,
    }
}

fn electricity(home: &Home) -> Arc<Stream> {
    home.add_device(meter()).unwrap();
    let added = home.add_stream("meter".into(), "use".into(), energy());
    let stream = added.unwrap();
    let info = stream.info().unwrap();
    assert_eq!(home.streams().unwrap(), [info]);
    stream
}

fn a_day() -> Vec<u8> {
    let reading = |n| {
        let time = Time::from_ms(MIDNIGHT + n * HALF_HOUR);
        Reading::new(time, Value::Number(412_000)).lasting_ms(1_800_000)
    };
    readings_to_bytes(&Rows {
        items: (0..48).map(reading).collect(),
        next: None,
        not_yet: None,
    })
    .unwrap()
}

fn wishes() -> Wishes {
    Wishes {
        asks: vec![Ask {
            kind: "energy_interval".into(),
            levels: vec![Level::Day],
            facets: vec![Facet::Totals],
            from_ms: MIDNIGHT,
            until_ms: None,
            civil: false,
        }],
        purposes: vec!["dpv:PaymentManagement".into()],
        basis: None,
        words: None,
        jurisdiction: None,
        duration_minutes: None,
        lease_minutes: None,
        cohort_min: 0,
        retention_days: 30,
        onward: Onward::Nobody,
        automated_decisions: false,
    }
}

fn reason<T>(outcome: Result<T, FfiError>) -> String {
    match outcome {
        Err(FfiError::Failed { failure }) => failure.reason,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("done"),
    }
}

fn is_argument<T>(outcome: Result<T, FfiError>) -> bool {
    matches!(outcome, Err(FfiError::Argument { .. }))
}
