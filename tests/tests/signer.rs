//! A recipient whose key signs elsewhere: in hardware, which may be away, say no, or answer nonsense.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use freehold::{
    Error, Facet, FileKeyStore, Home, Level, Levels, Reading, Reason, Recipient, Selector,
    SetClock, Stream, Time, Value,
    consent::{Choices, Name, Request, Role, Wishes},
    crypto::{
        MemoryKeyStore, PublicKey, SeededEntropy, Signature, Signer, SignerError, SigningKey,
        Statement,
    },
    testing::sync,
};
use freehold_tests::{
    add, ask,
    house::{Disk, House},
    spec, utc, wishes,
};

const DAY_MS: i64 = 24 * 3_600_000;

/// A key of P-256 that does as it is told.
struct Hardware {
    key: SigningKey,
    answer: Mutex<Answer>,
}

enum Answer {
    Signs,
    Fails(SignerError),
    /// With another statement's signature.
    Lies,
    /// Once it hears of it.
    Waits(Receiver<()>),
}

impl Hardware {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            key: SigningKey::generate_p256().unwrap(),
            answer: Mutex::new(Answer::Signs),
        })
    }

    fn will(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }
}

impl Signer for Hardware {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    fn sign_statement(&self, statement: &Statement) -> Result<Signature, SignerError> {
        match &*self.answer.lock().unwrap() {
            Answer::Signs => {}
            Answer::Fails(error) => return Err(*error),
            Answer::Lies => return Ok(Signature::from_bytes(&[7; 64])),
            Answer::Waits(until) => until.recv().unwrap(),
        }
        self.key.sign_statement(statement)
    }
}

fn start() -> Time {
    utc("2026-01-01")
}

fn day(n: i64) -> Time {
    start().plus_ms(n * DAY_MS)
}

fn clock() -> Arc<SetClock> {
    Arc::new(SetClock::new(day(10)))
}

fn create(folder: &Path, signer: Option<Arc<dyn Signer>>) -> Result<Recipient, Error> {
    let (name, keys) = (Name::new("Practice").unwrap(), FileKeyStore::beside(folder));
    Recipient::create_with(folder, name, Role::Controller, keys, clock(), signer)
}

fn open(folder: &Path, signer: Option<Arc<dyn Signer>>) -> Result<Recipient, Error> {
    Recipient::open_with(folder, FileKeyStore::beside(folder), clock(), signer)
}

/// A home with ten days of a heart rate.
fn home() -> (Home, Stream) {
    let entropy = Box::new(SeededEntropy::new(1));
    let home = Home::in_memory("Flat", MemoryKeyStore::new(), clock(), entropy).unwrap();
    let stream = recorded(&home);
    (home, stream)
}

fn recorded(home: &Home) -> Stream {
    let levels = [Level::Raw, Level::Hour, Level::Day];
    let stream = add(
        home,
        spec(1, "heart_rate", "UTC").levels(Levels::from(levels)),
    );
    let reading = |n: i64| Reading::new(start().plus_ms(n * 600_000), Value::Number(600 + n % 99));
    stream
        .record(&(0..10 * 144).map(reading).collect::<Vec<_>>())
        .unwrap();
    stream.flush().unwrap();
    stream
}

fn asks() -> Wishes {
    let line = ask(
        "heart_rate",
        [Level::Day],
        [Facet::Totals],
        day(0),
        day(300),
    );
    wishes(vec![line], None)
}

fn grant(home: &Home, recipient: &Recipient) {
    let request = recipient.request(asks()).unwrap();
    // As it goes through a file.
    let request = freehold::consent::UnverifiedRequest::from_file(&request.to_file()).unwrap();
    let request: Request = request.verify().unwrap();
    let proposal = home.propose(&request, &Choices::default()).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    recipient.accept(&grant).unwrap();
}

fn days(recipient: &Recipient) -> usize {
    let opened = recipient.summaries(&Selector::default(), Level::Day, day(0), day(10));
    opened.unwrap().items.len()
}

#[test]
fn what_hardware_signs_is_asked_granted_and_opened() {
    let place = tempfile::tempdir().unwrap();
    let hardware = Hardware::new();
    let recipient = create(place.path(), Some(hardware.clone())).unwrap();
    assert_eq!(*recipient.card().key(), hardware.public_key());
    let (home, _) = home();
    grant(&home, &recipient);
    sync(&home, &recipient).unwrap();
    assert_eq!(days(&recipient), 10);
    recipient.close().unwrap();
    let recipient = open(place.path(), Some(hardware)).unwrap();
    assert_eq!(days(&recipient), 10);
    recipient.request(asks()).unwrap();
}

#[test]
fn a_store_opens_with_the_signer_of_its_card_alone() {
    let place = tempfile::tempdir().unwrap();
    let (of_hardware, of_software) = (place.path().join("a"), place.path().join("b"));
    let hardware = Hardware::new();
    drop(create(&of_hardware, Some(hardware.clone())).unwrap());
    drop(create(&of_software, None).unwrap());
    let refused = |opened: Result<Recipient, Error>| {
        let error = opened.map(|_| ()).unwrap_err();
        assert_eq!(error.reason(), Reason::WrongSigner);
    };
    refused(open(&of_hardware, None));
    refused(open(&of_hardware, Some(Hardware::new())));
    refused(open(&of_software, Some(hardware.clone())));
    open(&of_hardware, Some(hardware)).unwrap();
    open(&of_software, None).unwrap();
}

#[test]
fn a_signer_that_does_not_sign_is_told_and_nothing_leaves() {
    let place = tempfile::tempdir().unwrap();
    let hardware = Hardware::new();
    for (answer, reason) in [
        (
            Answer::Fails(SignerError::Unavailable),
            Reason::SignerUnavailable,
        ),
        (Answer::Fails(SignerError::Refused), Reason::SignerRefused),
        (Answer::Fails(SignerError::Failed), Reason::NotSigned),
        (Answer::Lies, Reason::NotSigned),
    ] {
        hardware.will(answer);
        // Neither a card that nobody signed.
        let made = create(place.path(), Some(hardware.clone())).map(|_| ());
        assert_eq!(made.unwrap_err().reason(), reason);
        let folder = tempfile::tempdir().unwrap();
        let signer = Hardware::new();
        let recipient = create(folder.path(), Some(signer.clone())).unwrap();
        std::mem::swap(
            &mut *signer.answer.lock().unwrap(),
            &mut *hardware.answer.lock().unwrap(),
        );
        let asked = recipient.request(asks()).map(|_| ());
        assert_eq!(asked.unwrap_err().reason(), reason);
        signer.will(Answer::Signs);
        recipient.request(asks()).unwrap();
    }
}

/// A person may be asked for a finger, and the recipient is used meanwhile.
#[test]
fn whoever_waits_for_the_signer_holds_nobody_up() {
    let place = tempfile::tempdir().unwrap();
    let hardware = Hardware::new();
    let recipient = create(place.path(), Some(hardware.clone())).unwrap();
    let (home, _) = home();
    grant(&home, &recipient);
    let (touch, touched) = channel();
    hardware.will(Answer::Waits(touched));
    let asking = thread::spawn({
        let recipient = recipient.clone();
        move || recipient.request(asks()).map(|_| ())
    });
    thread::sleep(Duration::from_millis(50));
    sync(&home, &recipient).unwrap();
    assert_eq!(days(&recipient), 10);
    assert!(!asking.is_finished());
    touch.send(()).unwrap();
    asking.join().unwrap().unwrap();
}

/// [erase-11] By parcels.
#[test]
fn what_was_erased_is_gone_before_anybody_signs_for_it() {
    let (home, stream) = home();
    gone_before_signed(&home, &stream, |recipient| {
        let synced = sync(&home, recipient).map(|_| ());
        home.hear_receipts(&recipient.have().unwrap()).unwrap();
        synced
    });
}

/// [erase-11] Over a relay.
#[test]
fn what_was_erased_is_gone_before_a_letter_is_signed_for_it() {
    let mut house = House::new(1, day(10));
    let home = house.home(&Disk::new());
    let stream = recorded(&home);
    gone_before_signed(&home, &stream, |recipient| {
        house.meet(&home);
        let consent = recipient.consents()[0].token.id();
        let fetched = house.fetches(recipient, consent).map(|_| ());
        house.meet(&home);
        fetched
    });
}

fn gone_before_signed(
    home: &Home,
    stream: &Stream,
    mut meets: impl FnMut(&Recipient) -> Result<(), Error>,
) {
    let place = tempfile::tempdir().unwrap();
    let hardware = Hardware::new();
    let recipient = create(place.path(), Some(hardware.clone())).unwrap();
    grant(home, &recipient);
    meets(&recipient).unwrap();
    assert_eq!(days(&recipient), 10);
    home.erase(stream, day(3), day(4)).unwrap();
    let confirmed = || home.erasures().unwrap()[0].recipients[0].at;

    hardware.will(Answer::Fails(SignerError::Unavailable));
    let error = meets(&recipient).unwrap_err();
    assert_eq!(error.reason(), Reason::SignerUnavailable);
    assert!(error.is_retryable());
    assert_eq!((days(&recipient), confirmed()), (9, None));
    recipient.close().unwrap();
    let recipient = open(place.path(), Some(hardware.clone())).unwrap();
    assert_eq!(days(&recipient), 9);

    // What it does not sign is no receipt either.
    hardware.will(Answer::Lies);
    let error = meets(&recipient).unwrap_err();
    assert_eq!(error.reason(), Reason::NotSigned);
    assert!(!error.is_retryable());
    assert_eq!(confirmed(), None);

    hardware.will(Answer::Signs);
    meets(&recipient).unwrap();
    assert_eq!(confirmed(), Some(day(10)));
}
