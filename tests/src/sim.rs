//! A household of two agents, its recipients and a relay in one process, and a network between them that does its worst: all from one seed.
//!
//! Connections are cut at any byte, bytes are changed, any party is killed and starts again from what it had made durable, the
//! clock goes on. In the end the network heals, and everybody has to have what is theirs.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use freehold::{
    Device, Error, Facet, Holder, Home, Level, Levels, Meeting, Member, Newcomer, PartyRole,
    Reading, Received, Recipient, Relay as RelayAt, Selector, SetClock, Stream, Time, Value,
    consent::{Choices, Name, Role, Span, State, TokenId},
    crypto::{MemoryKeyStore, Secret, SeededEntropy, SigningKey},
    testing::{home_in, join_in, recipient_in},
    transport::{Address, Around, LinkError, Memory, Offer, RunError, StaticKey},
};
use freehold_relay::{ConnId, Limits, Next, Relay, storage};
use freehold_store::MemoryStore;
use freehold_sync::{Fault, SessionError};

use crate::{Rng, ask, id, spec, utc, wishes};

const HOUR_MS: i64 = 3_600_000;
const RECIPIENTS: usize = 2;
const AGENTS: usize = 2;
const STREAMS: [&str; AGENTS] = ["pulse", "band"];
/// Its number among those of the household.
const GATEWAY: usize = AGENTS;
/// What the gateway writes.
const ROOM: &str = "room";

/// What may happen in a run, out of a thousand steps each.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// A connection is cut.
    pub cut: usize,
    /// A byte on the way is changed.
    pub spoil: usize,
    /// The relay is killed.
    pub relay_dies: usize,
    /// The home or a recipient is killed.
    pub party_dies: usize,
}

impl Faults {
    /// The network does its worst.
    pub const ALL: Self = Self {
        cut: 30,
        spoil: 5,
        relay_dies: 8,
        party_dies: 12,
    };
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        cut: 0,
        spoil: 0,
        relay_dies: 0,
        party_dies: 0,
    };
}

/// What a run came to, beside that nothing was violated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Readings that the home acknowledged.
    pub readings: usize,
    /// Readings that the gateway acknowledged, and those of them for which it had no key.
    pub gateway: [usize; 2],
    /// Consents that were granted, and withdrawn.
    pub consents: [usize; 2],
    /// Erasures.
    pub erasures: usize,
    /// Connections that were made, cut, and ended by an error.
    pub connections: [usize; 3],
    /// How often somebody was killed.
    pub deaths: usize,
    /// Summaries that recipients opened in the end.
    pub opened: usize,
}

struct Party {
    store: Arc<MemoryStore>,
    keys: Arc<MemoryKeyStore>,
}

struct Agent {
    party: Party,
    home: Home,
}

enum Side {
    Home(usize, Box<Meeting<Member>>),
    Recipient(usize, TokenId, Box<Meeting<Holder>>),
}

struct Pipe {
    side: Side,
    conn: ConnId,
    to_relay: VecDeque<u8>,
    to_side: VecDeque<u8>,
    spoilt: bool,
    healing: bool,
}

struct World {
    rng: Rng,
    faults: Faults,
    clock: Arc<SetClock>,
    /// The agents of the household; each writes the stream with its number.
    agents: Vec<Agent>,
    gateway: Agent,
    /// What the gateway acknowledged.
    room: BTreeSet<Time>,
    parties: Vec<Party>,
    recipients: Vec<Recipient>,
    relay: Relay<storage::Memory>,
    mark: u64,
    pipes: Vec<Pipe>,
    /// To whom, and of which stream.
    granted: BTreeMap<TokenId, (usize, usize)>,
    withdrawn: BTreeSet<TokenId>,
    /// Those of which the relay is known to have carried out that it closes them.
    closed: BTreeSet<TokenId>,
    start: Time,
    next: Time,
    /// When what was acknowledged was read, by stream, and what was erased of it.
    read: [BTreeSet<Time>; AGENTS],
    erased: [Vec<(Time, Time)>; AGENTS],
    healing: bool,
    outcome: Outcome,
}

/// Lives `steps` steps from `seed`, lets the network heal, and checks what each party has.
///
/// # Panics
/// When something that is promised does not hold.
pub fn run(seed: u64, steps: usize, faults: Faults) -> Outcome {
    let mut world = World::new(seed, faults);
    for _ in 0..steps {
        world.step();
    }
    world.heal();
    world.check();
    world.outcome
}

impl Party {
    fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            keys: Arc::new(MemoryKeyStore::new()),
        }
    }

    fn home(&self, clock: &Arc<SetClock>, seed: u64) -> Home {
        let (store, keys) = (self.store.clone(), self.keys.clone());
        let entropy = Box::new(SeededEntropy::new(seed));
        home_in(store, "Home", keys, clock.clone(), entropy).unwrap()
    }

    /// A device that the household takes in.
    fn device(&self, home: &Home, clock: &Arc<SetClock>, seed: u64) -> Home {
        let (mut one, mut two) = Memory::pair();
        let mut invitation = home.invite("", PartyRole::Device).unwrap();
        let offer = Offer::from_text(invitation.text()).unwrap();
        let newcomer = Newcomer {
            name: "Gateway".into(),
            role: PartyRole::Device,
        };
        let disk = (self.store.clone() as _, self.keys.clone() as _);
        let entropy = Box::new(SeededEntropy::new(seed));
        std::thread::scope(|scope| {
            scope.spawn(move || invitation.run(&mut one, &mut |_| true).unwrap());
            let clock = clock.clone();
            let agrees = &mut |_: &str| true;
            join_in(disk, clock, entropy, &offer, newcomer, &mut two, agrees).unwrap()
        })
    }

    fn recipient(&self, clock: &Arc<SetClock>, seed: u64) -> Recipient {
        let (store, keys) = (self.store.clone(), self.keys.clone());
        let name = (Name::new("Recipient").unwrap(), Role::Controller);
        let entropy = Box::new(SeededEntropy::new(seed));
        recipient_in(store, name, keys, clock.clone(), entropy).unwrap()
    }
}

fn relay_key() -> StaticKey {
    StaticKey::from_secret(Secret::from_bytes([5; 32]))
}

fn relay_at() -> RelayAt {
    RelayAt::new(Address {
        around: Around::default(),
        host: "relay".into(),
        port: 1,
        key: relay_key().public(),
    })
}

fn relay_over(storage: storage::Memory, mark: Option<u64>, seed: u64) -> Relay<storage::Memory> {
    let signer = SigningKey::from_seed(&Secret::from_bytes([6; 32])).unwrap();
    let entropy = Box::new(SeededEntropy::new(seed));
    Relay::open(
        storage,
        relay_key(),
        signer,
        Limits::default(),
        mark,
        entropy,
    )
    .unwrap()
}

/// A second agent of the household.
fn paired(phone: &Home, clock: &Arc<SetClock>, seed: u64) -> (Party, Home) {
    let party = Party::new();
    let (mut one, mut two) = Memory::pair();
    let mut invitation = phone.invite("", PartyRole::Agent).unwrap();
    let offer = Offer::from_text(invitation.text()).unwrap();
    let newcomer = Newcomer {
        name: "Tablet".into(),
        role: PartyRole::Agent,
    };
    let disk = (party.store.clone() as _, party.keys.clone() as _);
    let entropy = Box::new(SeededEntropy::new(seed ^ 9));
    let home = std::thread::scope(|scope| {
        let taken = scope.spawn(move || invitation.run(&mut one, &mut |_| true));
        let clock = clock.clone();
        let home = join_in(
            disk,
            clock,
            entropy,
            &offer,
            newcomer,
            &mut two,
            &mut |_| true,
        );
        taken.join().unwrap().unwrap();
        home.unwrap()
    });
    (party, home)
}

impl World {
    fn new(seed: u64, faults: Faults) -> Self {
        let start = utc("2026-01-01");
        let clock = Arc::new(SetClock::new(start));
        let first = Party::new();
        let phone = first.home(&clock, seed);
        let (second, tablet) = paired(&phone, &clock, seed);
        let mut agents = Vec::new();
        for (no, (party, home)) in (1..).zip([(first, phone), (second, tablet)]) {
            let name = STREAMS[agents.len()];
            let device = Device {
                name: name.into(),
                maker: None,
                model: None,
            };
            home.add_device(device).unwrap();
            let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
            let spec = spec(no, "heart_rate", "UTC").levels(levels);
            home.add_stream(name, name, spec).unwrap();
            agents.push(Agent { party, home });
        }
        let party = Party::new();
        let home = party.device(&agents[0].home, &clock, seed ^ 50);
        let gateway = Agent { party, home };
        let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
        let mut spec = spec(9, "air_temperature", "UTC").levels(levels);
        spec.chunk_minutes = 60;
        let phone = &agents[0].home;
        phone
            .add_stream_for("Gateway", STREAMS[0], ROOM, spec)
            .unwrap();
        let parties: Vec<Party> = (0..RECIPIENTS).map(|_| Party::new()).collect();
        let recipients = (100..)
            .zip(&parties)
            .map(|(no, party)| party.recipient(&clock, seed ^ no));
        let recipients = recipients.collect();
        let relay = relay_over(storage::Memory::new(), None, seed ^ 7);
        let mark = relay.mark().unwrap();
        let mut world = Self {
            rng: Rng(seed | 1),
            faults,
            clock,
            agents,
            gateway,
            room: BTreeSet::new(),
            parties,
            recipients,
            relay,
            mark,
            pipes: Vec::new(),
            granted: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            closed: BTreeSet::new(),
            start,
            next: start,
            read: [const { BTreeSet::new() }; AGENTS],
            erased: [const { Vec::new() }; AGENTS],
            healing: false,
            outcome: Outcome::default(),
        };
        // The relay hears of the second agent from the first.
        for agent in 0..AGENTS {
            world.connect_home(agent, false);
            world.finish();
        }
        world
    }

    fn stream(&self, agent: usize, of: usize) -> Option<Stream> {
        self.agents[agent].home.stream(STREAMS[of]).ok()
    }

    fn step(&mut self) {
        let chance = self.rng.below(1000);
        let Faults {
            cut,
            spoil,
            relay_dies,
            party_dies,
        } = self.faults;
        if chance < cut {
            if !self.pipes.is_empty() {
                let at = self.rng.below(self.pipes.len());
                self.cut(at);
                self.outcome.connections[1] += 1;
            }
        } else if chance < cut + spoil {
            self.spoil();
        } else if chance < cut + spoil + relay_dies {
            self.kill_relay();
        } else if chance < cut + spoil + relay_dies + party_dies {
            self.kill_party();
        } else {
            match self.rng.below(100) {
                0..6 => self.record(),
                6..9 => self.grant(),
                9 => self.withdraw(),
                10 => self.erase(),
                11..22 => self.connect(),
                22..26 => self.record_at_gateway(),
                _ => self.carry(),
            }
        }
    }

    /// Some hours go by, with readings.
    fn record(&mut self) {
        let hours = 1 + self.rng.between(0, 9);
        let readings: Vec<Reading> = (0..hours * 4)
            .map(|n| {
                let value = Value::Number(500 + self.rng.between(0, 400));
                Reading::new(self.next.plus_ms(n * HOUR_MS / 4), value)
            })
            .collect();
        self.next = self.next.plus_ms(hours * HOUR_MS);
        self.clock.set(self.next.max(self.clock_now()));
        let agent = self.rng.below(AGENTS);
        let stream = self.stream(agent, agent).unwrap();
        let done = stream.record(&readings).unwrap();
        // A slot that was erased while it was open takes nothing any more.
        assert_eq!(done.new + done.dropped, readings.len() as u64);
        assert!(done.dropped == 0 || self.outcome.erasures > 0);
        self.read[agent].extend(readings.iter().map(|reading| reading.time));
        if self.rng.below(3) == 0 {
            stream.flush().unwrap();
        }
    }

    /// The gateway measures, once it was told what; now and then its clock is wrong by many years.
    fn record_at_gateway(&mut self) {
        let Ok(stream) = self.gateway.home.stream(ROOM) else {
            return;
        };
        let right = self.clock_now();
        let wrong = utc("2003-01-01").plus_ms(self.rng.between(0, 20) * HOUR_MS);
        let at = if self.rng.below(12) == 0 {
            wrong
        } else {
            right
        };
        let times = (0..6).map(|n| at.plus_ms((self.rng.between(0, 1000) + n * 1000) * 100));
        let times: BTreeSet<Time> = times.filter(|time| !self.room.contains(time)).collect();
        let value = |time: &Time| Value::Number(2000 + time.ms() / 100 % 100);
        let readings: Vec<Reading> = times
            .iter()
            .map(|time| Reading::new(*time, value(time)))
            .collect();
        let done = stream.record(&readings).unwrap();
        assert_eq!(done.new + done.kept, readings.len() as u64);
        self.outcome.gateway[0] += readings.len();
        self.outcome.gateway[1] += usize::try_from(done.kept).unwrap();
        self.room.extend(times);
        if self.rng.below(3) == 0 {
            stream.flush().unwrap();
        }
    }

    fn clock_now(&self) -> Time {
        self.agents[0].home.now()
    }

    fn grant(&mut self) {
        if self.granted.len() >= 6 {
            return;
        }
        let (whom, agent) = (self.rng.below(RECIPIENTS), self.rng.below(AGENTS));
        let of = self.rng.below(AGENTS);
        let Some(stream) = self.stream(agent, of) else {
            return;
        };
        let level = *self.rng.pick(&[Level::Hour, Level::Day]);
        let from = self.start.plus_ms(self.rng.between(0, 48) * HOUR_MS);
        let until = self.start.plus_ms(400 * 24 * HOUR_MS);
        let line = ask("heart_rate", [level], [Facet::Totals], from, until);
        let lease = Span::from_minutes(1440 * (2 + u32::try_from(self.rng.below(6)).unwrap()));
        let request = self.recipients[whom]
            .request(wishes(vec![line], lease))
            .unwrap();
        let choices = Choices {
            streams: Some(vec![id(&stream)]),
            ..Choices::default()
        };
        let home = &self.agents[agent].home;
        let proposal = home.propose(&request, &choices).unwrap();
        let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
        let token = self.recipients[whom].accept(&grant).unwrap();
        self.granted.insert(token, (whom, of));
        self.outcome.consents[0] += 1;
    }

    fn withdraw(&mut self) {
        let live: Vec<TokenId> = self.granted.keys().copied().collect();
        let live: Vec<_> = live
            .into_iter()
            .filter(|token| !self.withdrawn.contains(token))
            .collect();
        if live.len() < 2 {
            return;
        }
        let token = *self.rng.pick(&live);
        let agent = self.rng.below(AGENTS);
        match self.agents[agent].home.revoke(token) {
            Ok(_) => {}
            // The other granted it, and this one has not heard of it yet.
            Err(Error::Missing(_)) => return,
            Err(error) => panic!("{error:?}"),
        }
        self.withdrawn.insert(token);
        self.outcome.consents[1] += 1;
    }

    /// Some hours are erased.
    fn erase(&mut self) {
        let past = self.next.since_ms(self.start) / HOUR_MS;
        if past < 4 || self.outcome.erasures >= 4 {
            return;
        }
        let from = self.rng.between(0, past - 1);
        let from = self.start.plus_ms(from * HOUR_MS);
        let until = from.plus_ms(self.rng.between(1, 5) * HOUR_MS);
        let (agent, of) = (self.rng.below(AGENTS), self.rng.below(AGENTS));
        let Some(stream) = self.stream(agent, of) else {
            return;
        };
        let report = self.agents[agent].home.erase(&stream, from, until).unwrap();
        let span = report.span;
        assert!(stream.read(span.start, span.end).unwrap().is_empty());
        self.erased[of].push((span.start, span.end));
        self.outcome.erasures += 1;
    }

    /// Somebody connects to the relay who is not connected.
    fn connect(&mut self) {
        let stay = self.rng.below(2) == 0;
        if self.rng.below(2) == 0 {
            let who = self.rng.below(AGENTS + 1);
            self.connect_home(who, stay);
        } else if !self.granted.is_empty() {
            let all: Vec<TokenId> = self.granted.keys().copied().collect();
            let token = *self.rng.pick(&all);
            self.connect_recipient(token, stay);
        }
    }

    fn connect_home(&mut self, agent: usize, stay: bool) -> bool {
        if self
            .pipes
            .iter()
            .any(|pipe| matches!(pipe.side, Side::Home(other, _) if other == agent))
        {
            return false;
        }
        let home = match agent {
            GATEWAY => &self.gateway.home,
            agent => &self.agents[agent].home,
        };
        let meeting = home.meet(&relay_at(), stay, None).unwrap();
        self.open(Side::Home(agent, Box::new(meeting)));
        true
    }

    fn connect_recipient(&mut self, token: TokenId, stay: bool) -> bool {
        let (whom, _) = self.granted[&token];
        let here =
            |pipe: &Pipe| matches!(pipe.side, Side::Recipient(_, other, _) if other == token);
        if self.pipes.iter().any(here) {
            return false;
        }
        match self.recipients[whom].meet(&relay_at(), token, stay, None) {
            Ok(meeting) => {
                self.open(Side::Recipient(whom, token, Box::new(meeting)));
                true
            }
            // It was told that it is over.
            Err(Error::NoConsent) => {
                assert!(self.withdrawn.contains(&token));
                false
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    fn open(&mut self, side: Side) {
        let conn = self.relay.accept(self.clock_now()).unwrap();
        self.outcome.connections[0] += 1;
        self.pipes.push(Pipe {
            side,
            conn,
            to_relay: VecDeque::new(),
            to_side: VecDeque::new(),
            spoilt: false,
            healing: self.healing,
        });
    }

    /// Some bytes go some way.
    fn carry(&mut self) {
        if self.pipes.is_empty() {
            return self.connect();
        }
        let at = self.rng.below(self.pipes.len());
        let most = *self.rng.pick(&[3, 100, 5_000, 1_000_000]);
        self.turn(at, most);
    }

    /// One side speaks, the relay hears so many bytes of it, and the side so many of the relay's. Says whether anything moved.
    fn turn(&mut self, at: usize, most: usize) -> bool {
        let time = self.clock_now();
        let closed = &self.closed;
        let pipe = &mut self.pipes[at];
        let mut out = Vec::new();
        let mut over = loop {
            match pipe.side.poll(&mut out) {
                Ok(true) => {}
                Ok(false) => break pipe.side.is_finished(),
                Err(error) => break pipe.ended(&error),
            }
        };
        pipe.to_relay.extend(out);
        let part: Vec<u8> = pipe
            .to_relay
            .drain(..pipe.to_relay.len().min(most))
            .collect();
        let mut moved = !part.is_empty();
        if moved {
            self.relay.receive(pipe.conn, &part, time);
        }
        self.relay.turn(time);
        for other in &mut self.pipes {
            let mut out = Vec::new();
            while self.relay.poll(other.conn, &mut out) == Next::More {}
            other.to_side.extend(out);
        }
        let pipe = &mut self.pipes[at];
        let part: Vec<u8> = pipe.to_side.drain(..pipe.to_side.len().min(most)).collect();
        moved |= !part.is_empty();
        if !part.is_empty() {
            if let Err(error) = pipe.side.receive(&part) {
                over |= pipe.ended(&error);
            }
            if let Some((token, received)) = pipe.side.received() {
                let came = (received.entries, received.extensions);
                assert!(
                    came == (0, 0) || !closed.contains(&token),
                    "{came:?} came although the relay had closed it"
                );
            }
        }
        if over && pipe.to_relay.is_empty() && pipe.to_side.is_empty() {
            self.cut(at);
            return true;
        }
        moved
    }

    fn cut(&mut self, at: usize) {
        let pipe = self.pipes.swap_remove(at);
        self.relay.closed(pipe.conn, self.clock_now());
    }

    fn spoil(&mut self) {
        let full: Vec<usize> = (0..self.pipes.len())
            .filter(|at| {
                !self.pipes[*at].to_relay.is_empty() || !self.pipes[*at].to_side.is_empty()
            })
            .collect();
        if full.is_empty() {
            return;
        }
        let pipe = *self.rng.pick(&full);
        let pipe = &mut self.pipes[pipe];
        let bytes = if pipe.to_relay.is_empty() {
            &mut pipe.to_side
        } else {
            &mut pipe.to_relay
        };
        let at = self.rng.below(bytes.len());
        bytes[at] ^= 1 << self.rng.below(8);
        pipe.spoilt = true;
    }

    /// The relay is gone, with all connections, and comes back with what it had written.
    fn kill_relay(&mut self) {
        self.outcome.deaths += 1;
        self.pipes.clear();
        let empty = relay_over(storage::Memory::new(), None, 1);
        let storage = std::mem::replace(&mut self.relay, empty).into_storage();
        self.relay = relay_over(storage, Some(self.mark), self.rng.number());
        self.mark = self.relay.mark().unwrap();
    }

    fn kill_party(&mut self) {
        self.outcome.deaths += 1;
        let seed = self.rng.number();
        let whom = self.rng.below(RECIPIENTS + AGENTS + 1);
        let is = |pipe: &Pipe| match pipe.side {
            Side::Home(agent, _) => whom == RECIPIENTS + agent,
            Side::Recipient(other, ..) => whom == other,
        };
        while let Some(at) = self.pipes.iter().position(is) {
            let pipe = self.pipes.swap_remove(at);
            self.relay.closed(pipe.conn, self.clock_now());
        }
        if let Some(agent) = whom.checked_sub(RECIPIENTS) {
            let agent = match agent {
                GATEWAY => &mut self.gateway,
                agent => &mut self.agents[agent],
            };
            agent.home = agent.party.home(&self.clock, seed);
        } else {
            self.recipients[whom] = self.parties[whom].recipient(&self.clock, seed);
        }
    }

    /// Nothing goes wrong any more: everybody meets the relay until nobody has anything new.
    fn heal(&mut self) {
        self.healing = true;
        while !self.pipes.is_empty() {
            self.cut(0);
        }
        // Every slot that has readings ends.
        self.clock.set(self.clock_now().plus_ms(2 * 24 * HOUR_MS));
        for _ in 0..6 {
            for agent in 0..=GATEWAY {
                self.connect_home(agent, false);
                self.finish();
                // What others erased is signed after that.
                let party = match agent {
                    GATEWAY => &self.gateway,
                    agent => &self.agents[agent],
                };
                party.home.renew_key().unwrap();
            }
            self.closed = self.withdrawn.clone();
            let all: Vec<TokenId> = self.granted.keys().copied().collect();
            for token in all {
                self.connect_recipient(token, false);
                self.finish();
            }
        }
        for agent in 0..AGENTS {
            assert!(self.connect_home(agent, false));
            let before = self.relay.counts().bytes_in;
            self.finish();
            // Nothing was left.
            assert!(self.relay.counts().bytes_in - before < 200);
        }
    }

    /// Lets every connection come to its end.
    fn finish(&mut self) {
        for _ in 0..100_000 {
            if self.pipes.is_empty() {
                return;
            }
            let at = self.rng.below(self.pipes.len());
            self.turn(at, usize::MAX);
        }
        panic!("a connection does not come to its end");
    }

    fn check(&mut self) {
        let until = self.next.plus_ms(HOUR_MS);
        for of in 0..AGENTS {
            let kept = |time: &&Time| {
                let mut erased = self.erased[of].iter();
                !erased.any(|(from, until)| (*from..*until).contains(*time))
            };
            let expected = self.read[of].iter().filter(kept).count();
            self.outcome.readings += expected;
            for agent in 0..AGENTS {
                let read = self.stream(agent, of).unwrap();
                let read = read.read(self.start, until).unwrap();
                assert_eq!(read.len(), expected, "{agent} lacks readings of {of}");
            }
        }
        // Both know of the same consents, and how they stand.
        let known = |agent: &Agent| -> BTreeMap<TokenId, State> {
            let consents = agent.home.consents().into_iter();
            consents
                .map(|consent| (consent.token.id(), consent.state))
                .collect()
        };
        let all = known(&self.agents[0]);
        assert_eq!(all, known(&self.agents[1]));
        assert_eq!(all.len(), self.granted.len());
        for (token, (whom, of)) in &self.granted {
            let recipient = &self.recipients[*whom];
            let held = recipient.consents();
            let held = held.iter().find(|held| held.token.id() == *token).unwrap();
            let line = &held.token.terms().scope.lines()[0];
            let level = line.levels.iter().next().unwrap();
            let selector = Selector {
                consent: Some(*token),
                stream: None,
            };
            let from = line.data.from();
            let opened = recipient.summaries(&selector, level, from, until);
            if self.withdrawn.contains(token) {
                assert!(opened.is_err(), "a withdrawn consent opens something");
                continue;
            }
            let opened = opened.unwrap().items;
            let own = self.stream(*of, *of).unwrap();
            let expected = own.summaries(level, from, until).unwrap();
            let expected: Vec<_> = expected
                .iter()
                .filter(|own| own.slot.end <= held.lease_until)
                .collect();
            assert_eq!(opened.len(), expected.len(), "{level:?}");
            for (opened, own) in opened.iter().zip(expected) {
                assert_eq!(
                    (opened.slot, &opened.summary.totals),
                    (own.slot, &own.summary.totals)
                );
            }
            self.outcome.opened += opened.len();
        }
        // [erase-8], [erase-9], [erase-10]
        let erasures = self.agents.iter();
        for erasure in erasures.flat_map(|agent| agent.home.erasures().unwrap()) {
            for told in &erasure.recipients {
                let withdrawn = self.withdrawn.contains(&told.consent);
                assert!(withdrawn || told.at.is_some(), "a copy may still be there");
            }
            for told in &erasure.parties {
                assert!(told.at.is_some(), "{} is silent", told.party.name);
            }
        }
        let receipts = self.agents[0].home.receipts().unwrap();
        let fetched = self.granted.len() > self.withdrawn.len() && self.outcome.opened > 0;
        assert!(!fetched || !receipts.is_empty(), "nobody told who fetched");
        self.check_room();
    }
}

impl World {
    /// What the gateway acknowledged it has as long as it is open, and then the household does.
    fn check_room(&self) {
        let (from, until) = (utc("2000-01-01"), self.next.plus_ms(48 * HOUR_MS));
        for agent in &self.agents {
            self.check_room_at(&agent.home, from, until);
        }
    }

    fn check_room_at(&self, home: &Home, from: Time, until: Time) {
        let room = home.stream(ROOM).unwrap();
        let mut times: BTreeSet<Time> = BTreeSet::new();
        times.extend(
            room.read(from, until)
                .unwrap()
                .iter()
                .map(|reading| reading.time),
        );
        assert!(times.is_subset(&self.room), "readings that nobody made");
        if let Ok(open) = self.gateway.home.stream(ROOM) {
            times.extend(
                open.read(from, until)
                    .unwrap()
                    .iter()
                    .map(|reading| reading.time),
            );
        }
        assert_eq!(times, self.room, "a reading of the gateway is lost");
        for day in room.summaries(Level::Day, from, until).unwrap() {
            let of_day = self.room.range(day.slot.start..day.slot.end).count();
            let count = usize::try_from(day.summary.count().unwrap()).unwrap();
            assert_eq!(count, of_day, "{:?}", day.slot);
        }
        home.verify().unwrap();
    }
}

impl Side {
    fn poll(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        match self {
            Self::Home(_, meeting) => meeting.poll(out),
            Self::Recipient(_, _, meeting) => meeting.poll(out),
        }
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Home(_, meeting) => meeting.receive(bytes),
            Self::Recipient(_, _, meeting) => meeting.receive(bytes),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            Self::Home(_, meeting) => meeting.is_finished(),
            Self::Recipient(_, _, meeting) => meeting.is_finished(),
        }
    }

    fn received(&mut self) -> Option<(TokenId, Received)> {
        match self {
            Self::Home(..) => None,
            Self::Recipient(_, token, meeting) => Some((*token, meeting.take_received())),
        }
    }
}

impl Pipe {
    /// An error ends a connection: what was changed on the way is one, and that the relay has not heard of a consent yet.
    fn ended(&self, error: &Error) -> bool {
        let unknown = matches!(
            error,
            Error::Sync(RunError::Link(LinkError::Session(SessionError::Refused {
                fault: Fault::Forbidden,
                ..
            })))
        );
        let who = matches!(self.side, Side::Recipient(..) | Side::Home(GATEWAY, _));
        let early = unknown && !self.healing && who;
        assert!(self.spoilt || early, "{error:?}");
        true
    }
}
