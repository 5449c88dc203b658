//! A household of several parties, recipients and a relay in one process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use freehold::{
    Error, Holder, Home, Invitation, Meeting, Member, Newcomer, Party, PartyRole, Received,
    Recipient, Relay as RelayAt, SetClock, Time, Uploaded,
    consent::{Name, Role, TokenId},
    crypto::{Entropy, KeyStore, MemoryKeyStore, Secret, SeededEntropy, SigningKey},
    testing::{home_in, join_in, recipient_in},
    transport::{Address, Around, Memory, Offer, RunError, StaticKey, Transport, TransportError},
};
use freehold_relay::{
    Limits, Next, Relay,
    storage::{self, Storage as _},
};
use freehold_store::{Batch, Key, MemoryStore, Order, Store};

/// A relay, and the clock of all.
pub struct House {
    /// The clock.
    pub clock: Arc<SetClock>,
    relay: Relay<storage::Memory>,
    /// Which relay it is, by its key.
    no: u8,
    source: Source,
    seed: u64,
}

/// Randomness for a number.
type Source = Box<dyn Fn(u64) -> Box<dyn Entropy + Send>>;

/// Where somebody's data lies.
#[derive(Clone)]
pub struct Disk {
    /// The rows.
    pub store: Arc<dyn Store>,
    /// The key.
    pub keys: Arc<dyn KeyStore>,
}

impl Disk {
    /// A backup of it, with the key.
    #[must_use]
    pub fn copied(&self) -> Self {
        let copy = Self::new();
        let mut batch = Batch::new();
        let last = Key::new(Key::MAX_SPACE, Key::MAX_ID).unwrap();
        let rows = Key::new(0, 0).unwrap()..=last;
        let scanned = self.store.scan(rows, Order::Ascending, &mut |key, row| {
            batch.put(key, row.to_vec());
            ControlFlow::Continue(())
        });
        scanned.unwrap();
        copy.store.commit(&batch).unwrap();
        let key = self.keys.load().unwrap().unwrap();
        copy.keys.prepare(&key).unwrap();
        copy.keys.replace(&key).unwrap();
        match self.keys.counter().unwrap() {
            0 => {}
            count => copy.keys.advance(count).unwrap(),
        }
        copy
    }
}

/// One side of a meeting, whosoever it is.
trait Pipe {
    fn receive(&mut self, bytes: &[u8]) -> Result<(), Error>;
    fn poll(&mut self, out: &mut Vec<u8>) -> Result<bool, Error>;
    fn is_finished(&self) -> bool;
}

impl<R: freehold::Side> Pipe for Meeting<R> {
    fn receive(&mut self, bytes: &[u8]) -> Result<(), Error> {
        Self::receive(self, bytes)
    }

    fn poll(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        Self::poll(self, out)
    }

    fn is_finished(&self) -> bool {
        Self::is_finished(self)
    }
}

/// A pipe that breaks.
struct Breaks {
    pipe: Option<Memory>,
    turns: usize,
}

impl Breaks {
    fn turn(&mut self) -> Result<&mut Memory, TransportError> {
        if self.turns == 0 {
            self.pipe = None;
        }
        self.turns = self.turns.saturating_sub(1);
        self.pipe.as_mut().ok_or(TransportError::Closed)
    }
}

impl Transport for Breaks {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.turn()?.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, TransportError> {
        // However long the other thread takes.
        self.turn()?.receive(buffer, Duration::from_secs(60))
    }
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            keys: Arc::new(MemoryKeyStore::new()),
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    /// A relay that nobody has met yet.
    #[must_use]
    pub fn new(seed: u64, at: Time) -> Self {
        Self::drawing(seed, at, |seed| Box::new(SeededEntropy::new(seed)))
    }

    /// [`House::new`], in which everybody draws from a source of the caller's.
    pub fn drawing(
        seed: u64,
        at: Time,
        source: impl Fn(u64) -> Box<dyn Entropy + Send> + 'static,
    ) -> Self {
        let entropy = Box::new(SeededEntropy::new(seed ^ 7));
        Self {
            clock: Arc::new(SetClock::new(at)),
            relay: open(FIRST, storage::Memory::new(), None, entropy),
            no: FIRST,
            source: Box::new(source),
            seed,
        }
    }

    /// Another relay, for those who meet each other at two.
    #[must_use]
    pub fn elsewhere(mut self) -> Self {
        self.no = FIRST + 1;
        let entropy = self.entropy();
        self.relay = open(self.no, storage::Memory::new(), None, entropy);
        self
    }

    fn entropy(&mut self) -> Box<dyn Entropy + Send> {
        self.seed += 1;
        (self.source)(self.seed)
    }

    /// The home on a disk, made if there is none.
    pub fn home(&mut self, disk: &Disk) -> Home {
        let (store, keys) = (disk.store.clone(), disk.keys.clone());
        let entropy = self.entropy();
        home_in(store, "Phone", keys, self.clock.clone(), entropy).unwrap()
    }

    /// A recipient.
    pub fn recipient(&mut self) -> Recipient {
        self.recipient_on(&Disk::new())
    }

    /// The recipient on a disk, made if there is none.
    pub fn recipient_on(&mut self, disk: &Disk) -> Recipient {
        let (store, keys) = (disk.store.clone(), disk.keys.clone());
        let name = (Name::new("Recipient").unwrap(), Role::Controller);
        let entropy = self.entropy();
        recipient_in(store, name, keys, self.clock.clone(), entropy).unwrap()
    }

    /// Takes another into the household; both people say yes.
    pub fn pair(&mut self, host: &Home, name: &str, role: PartyRole) -> (Home, Disk) {
        let disk = Disk::new();
        (self.pair_on(host, name, role, &disk), disk)
    }

    /// [`House::pair`] with a disk of the caller's.
    pub fn pair_on(&mut self, host: &Home, name: &str, role: PartyRole, disk: &Disk) -> Home {
        let newcomer = Newcomer {
            name: name.into(),
            role,
        };
        let (taken, joined) = self.pairs(host, (role, newcomer), disk, [true, true]);
        assert_eq!(taken.unwrap().name, name);
        joined.unwrap()
    }

    /// A pairing: what the host expects, who comes, and whether each of both people agrees.
    pub fn pairs(
        &mut self,
        host: &Home,
        who: (PartyRole, Newcomer),
        disk: &Disk,
        agree: [bool; 2],
    ) -> (Result<Party, Error>, Result<Home, Error>) {
        self.pairs_until(host, who, disk, agree, usize::MAX)
    }

    /// [`House::pairs`] over a pipe that breaks after the newcomer has sent and taken so often.
    pub fn pairs_until(
        &mut self,
        host: &Home,
        (role, newcomer): (PartyRole, Newcomer),
        disk: &Disk,
        agree: [bool; 2],
        turns: usize,
    ) -> (Result<Party, Error>, Result<Home, Error>) {
        let mut invitation = host.invite("", role).unwrap();
        self.answers(&mut invitation, newcomer, disk, agree, turns)
    }

    /// [`House::pairs_until`] to an offer that is shown.
    pub fn answers(
        &mut self,
        invitation: &mut Invitation,
        newcomer: Newcomer,
        disk: &Disk,
        agree: [bool; 2],
        turns: usize,
    ) -> (Result<Party, Error>, Result<Home, Error>) {
        let (mut one, two) = Memory::pair();
        let mut two = Breaks {
            pipe: Some(two),
            turns,
        };
        let offer = Offer::from_text(invitation.text()).unwrap();
        let mut shown = [String::new(), String::new()];
        let [on_host, on_guest] = &mut shown;
        let (clock, entropy) = (self.clock.clone(), self.entropy());
        let disk = (disk.store.clone(), disk.keys.clone());
        let outcome = std::thread::scope(|scope| {
            let host = std::thread::Builder::new().stack_size(8 << 20);
            let taken = host.spawn_scoped(scope, move || {
                let taken = invitation.run(&mut one, &mut |text| {
                    text.clone_into(on_host);
                    agree[0]
                });
                drop(one);
                overwrite_stack();
                taken
            });
            let joined = join_in(
                disk,
                clock,
                entropy,
                &offer,
                newcomer,
                &mut two,
                &mut |text| {
                    text.clone_into(on_guest);
                    agree[1]
                },
            );
            drop(two);
            (taken.unwrap().join().unwrap(), joined)
        });
        let both = shown.iter().all(|text| !text.is_empty());
        assert!(!both || shown[0] == shown[1], "both show the same");
        outcome
    }

    /// A home meets the relay until both have what the other had.
    ///
    /// # Errors
    /// Why the meeting ended before.
    pub fn meets(&mut self, home: &Home) -> Result<Uploaded, Error> {
        let mut meeting: Meeting<Member> = home.meet(&relay_at(self.no), false, None)?;
        self.carry(&mut meeting)?;
        Ok(meeting.uploaded())
    }

    /// [`House::meets`], which comes to its end, and again if that is due.
    pub fn meet(&mut self, home: &Home) {
        self.comes_back(home);
    }

    /// A home that was put back from a backup meets the relay until it is where it should be. Says how many meetings that took.
    pub fn comes_back(&mut self, home: &Home) -> usize {
        for meetings in 1..=3 {
            let mut meeting: Meeting<Member> = home.meet(&relay_at(self.no), false, None).unwrap();
            let outcome = self.carry(&mut meeting);
            if !meeting.is_due_again() {
                outcome.unwrap();
                return meetings;
            }
        }
        panic!("another meeting is due, and another");
    }

    /// A meeting that is begun, and carried later.
    pub fn begins(&self, home: &Home) -> Meeting<Member> {
        home.meet(&relay_at(self.no), false, None).unwrap()
    }

    /// Carries a meeting to its end.
    ///
    /// # Errors
    /// Why it ended before.
    pub fn ends(&mut self, mut meeting: Meeting<Member>) -> Result<Uploaded, Error> {
        self.carry(&mut meeting)?;
        Ok(meeting.uploaded())
    }

    /// A home makes everything ready for the relay, and does not reach it.
    pub fn misses(&self, home: &Home) {
        home.meet(&relay_at(self.no), false, None).unwrap();
    }

    /// All of these meet the relay, until each has heard of what the others did.
    pub fn all_meet(&mut self, homes: &[&Home]) {
        for _ in 0..3 {
            for home in homes {
                self.meet(home);
            }
        }
    }

    /// A copy of what the relay stores.
    #[must_use]
    pub fn relay_copy(&self) -> storage::Memory {
        self.relay.storage().clone()
    }

    /// Puts a copy in the place of the relay's store, and takes the mark outside of it away.
    pub fn put_back(&mut self, copy: storage::Memory) {
        let entropy = self.entropy();
        self.relay = open(self.no, copy, None, entropy);
    }

    /// Puts a copy in the place of the relay's store together with the mark that was outside of it then: nothing tells the relay.
    pub fn put_back_whole(&mut self, copy: storage::Memory) {
        let entropy = self.entropy();
        let mark = copy.lineage().unwrap().map(|lineage| lineage.marks[0]);
        self.relay = open(self.no, copy, mark, entropy);
    }

    /// A recipient meets the relay under a consent.
    ///
    /// # Errors
    /// Why the meeting ended before.
    pub fn fetches(&mut self, recipient: &Recipient, token: TokenId) -> Result<Received, Error> {
        let mut meeting: Meeting<Holder> =
            recipient.meet(&relay_at(self.no), token, false, None)?;
        self.carry(&mut meeting)?;
        Ok(meeting.take_received())
    }

    fn carry(&mut self, side: &mut dyn Pipe) -> Result<(), Error> {
        let time = freehold::Clock::now(&*self.clock);
        let conn = self.relay.accept(time).unwrap();
        let outcome = self.carry_over(side, conn, time);
        self.relay.closed(conn, time);
        outcome
    }

    fn carry_over(
        &mut self,
        side: &mut dyn Pipe,
        conn: freehold_relay::ConnId,
        time: Time,
    ) -> Result<(), Error> {
        for _ in 0..10_000 {
            let mut out = Vec::new();
            while side.poll(&mut out)? {}
            let over = side.is_finished();
            if !out.is_empty() {
                self.relay.receive(conn, &out, time);
            }
            self.relay.turn(time);
            let mut back = Vec::new();
            let next = loop {
                match self.relay.poll(conn, &mut back) {
                    Next::More => self.relay.turn(time),
                    next => break next,
                }
            };
            if over && back.is_empty() {
                return Ok(());
            }
            if next == Next::Close && back.is_empty() {
                return Err(RunError::from(TransportError::Closed).into());
            }
            if !back.is_empty() {
                side.receive(&back)?;
            }
        }
        panic!("a meeting does not come to its end");
    }
}

/// What a thread leaves on its stack would stay there, with nothing to write over it.
#[inline(never)]
fn overwrite_stack() {
    std::hint::black_box([0_u8; 1 << 20]);
}

const FIRST: u8 = 5;

fn open(
    no: u8,
    storage: storage::Memory,
    mark: Option<u64>,
    entropy: Box<dyn Entropy + Send>,
) -> Relay<storage::Memory> {
    let signer = SigningKey::from_seed(&Secret::from_bytes([6; 32])).unwrap();
    let (key, limits) = (relay_key(no), Limits::default());
    Relay::open(storage, key, signer, limits, mark, entropy).unwrap()
}

fn relay_key(no: u8) -> StaticKey {
    StaticKey::from_secret(Secret::from_bytes([no; 32]))
}

fn relay_at(no: u8) -> RelayAt {
    RelayAt::new(Address {
        host: "relay".into(),
        port: 1,
        key: relay_key(no).public(),
        around: Around::default(),
    })
}
