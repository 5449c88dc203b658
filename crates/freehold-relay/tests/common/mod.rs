//! A household, its recipient, and their copies; and the pipes between them and a relay.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "a test fails by panicking, and not every test uses everything"
)]

mod copy;
mod household;

use freehold_crypto::{Entropy, Secret, SeededEntropy, SigningKey};
use freehold_model::Time;
use freehold_relay::{
    ConnId, Limits, Next, Relay,
    storage::{Memory, Storage},
};
use freehold_sync::{Knock, Role, Session, Wish};
use freehold_transport::{Link, LinkError, PublicStatic, StaticKey};

pub use copy::Copy;
#[allow(unused_imports, reason = "not every test uses everything")]
pub use household::{HOUR, Household, hour};

pub const NOW: Time = Time::from_ms(1_800_000_000_000);

pub fn static_key(seed: u8) -> StaticKey {
    StaticKey::from_secret(Secret::from_bytes([seed; 32]))
}

pub fn signing_key(seed: u64) -> SigningKey {
    SigningKey::generate_ed25519(&mut SeededEntropy::new(seed)).unwrap()
}

pub fn relay_key() -> PublicStatic {
    static_key(250).public()
}

/// A relay over a storage, as it is when it starts.
pub fn relay<S: Storage>(storage: S, limits: Limits, mark: Option<u64>) -> Relay<S> {
    let (key, signer) = (static_key(250), signing_key(250));
    let entropy = Box::new(SeededEntropy::new(mark.unwrap_or(7)));
    Relay::open(storage, key, signer, limits, mark, entropy).unwrap()
}

pub fn fresh() -> Relay<Memory> {
    relay(Memory::new(), Limits::default(), None)
}

/// Somebody at a relay: its copy, and the connection if there is one.
pub struct Client {
    pub copy: Copy,
    key: StaticKey,
    knock: Knock,
    conn: Option<(ConnId, Link)>,
    entropy: SeededEntropy,
    /// How the last session ended.
    pub ended: Option<LinkError>,
    pub finished: bool,
    pub received: usize,
    pub sent: usize,
}

impl Client {
    pub fn new(seed: u8, knock: Knock) -> Self {
        Self {
            copy: Copy::new(u32::from(seed)),
            key: static_key(seed),
            knock,
            conn: None,
            entropy: SeededEntropy::new(u64::from(seed)),
            ended: None,
            finished: false,
            received: 0,
            sent: 0,
        }
    }

    pub fn key(&self) -> [u8; 32] {
        self.key.public().0
    }

    pub fn is_connected(&self) -> bool {
        self.conn.is_some()
    }

    pub fn conn(&self) -> Option<ConnId> {
        self.conn.as_ref().map(|(conn, _)| *conn)
    }

    pub fn want(&mut self, name: freehold_sync::LogName, from: u64) {
        let (_, link) = self.conn.as_mut().unwrap();
        link.want(name, from, u64::MAX);
    }

    pub fn connect<S: Storage>(&mut self, relay: &mut Relay<S>, stay: bool) {
        let wish = Wish {
            stay,
            ..Wish::default()
        };
        self.connect_as(relay, wish);
    }

    pub fn connect_as<S: Storage>(&mut self, relay: &mut Relay<S>, wish: Wish) {
        let mut seed = [0; 8];
        self.entropy.fill(&mut seed).unwrap();
        let session = Session::new(Role::Initiator, wish, seed);
        let link = Link::connect(
            &self.key,
            relay_key(),
            &self.knock,
            session,
            &mut self.copy,
            &mut self.entropy,
        )
        .unwrap();
        (self.ended, self.finished) = (None, false);
        self.conn = Some((relay.accept(NOW).unwrap(), link));
    }

    pub fn hang_up<S: Storage>(&mut self, relay: &mut Relay<S>) {
        if let Some((conn, _)) = self.conn.take() {
            relay.closed(conn, NOW);
        }
    }

    /// Says what there is to say; whether there was anything.
    pub fn speak<S: Storage>(&mut self, relay: &mut Relay<S>) -> bool {
        let Some((conn, link)) = &mut self.conn else {
            return false;
        };
        let mut out = Vec::new();
        loop {
            match link.poll(&mut self.copy, &mut out) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.ended.get_or_insert(error);
                    break;
                }
            }
        }
        self.sent += out.len();
        relay.receive(*conn, &out, NOW);
        !out.is_empty()
    }

    /// Hears what the relay says; whether it said anything.
    pub fn hear<S: Storage>(&mut self, relay: &mut Relay<S>) -> bool {
        let Some((conn, link)) = &mut self.conn else {
            return false;
        };
        let mut out = Vec::new();
        let next = relay.poll(*conn, &mut out);
        self.received += out.len();
        for part in out.chunks(1400) {
            if let Err(error) = link.receive(part, NOW, &mut self.copy) {
                self.ended.get_or_insert(error);
                break;
            }
        }
        link.committed();
        self.finished |= link.is_finished();
        if next == Next::Close {
            self.hang_up(relay);
            return true;
        }
        !out.is_empty() || next == Next::More
    }
}

/// Lets everyone talk until all are quiet.
pub fn settle<S: Storage>(relay: &mut Relay<S>, clients: &mut [&mut Client]) {
    for _ in 0..100_000 {
        let mut busy = false;
        for client in clients.iter_mut() {
            busy |= client.speak(relay);
        }
        relay.turn(NOW);
        for client in clients.iter_mut() {
            busy |= client.hear(relay);
        }
        if !busy {
            return;
        }
    }
    panic!("no end of talk");
}

/// One session from beginning to end.
pub fn sync<S: Storage>(relay: &mut Relay<S>, client: &mut Client) {
    client.connect(relay, false);
    settle(relay, &mut [client]);
}
