//! Sessions for the figures of sync: a home at a relay, and copies of many logs.

use freehold::crypto::{Domain, OsEntropy, Secret, SigningKey, digest};
use freehold::transport::{Address, Around, StaticKey};
use freehold::{Home, Relay as RelayAt, Time};
use freehold_relay::storage::{Memory, Storage};
use freehold_relay::{Limits, Next, Relay};
use freehold_sync::{
    Change, Cursor, Fault, Heads, LogName, Position, Replica, Role, Session, Wish,
};
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::Outcome;

/// A relay in memory, and how it is named.
pub struct At {
    relay: Relay<Memory>,
    place: RelayAt,
}

impl At {
    /// Each number is another relay.
    pub fn new(number: u8) -> Outcome<Self> {
        let key = StaticKey::from_secret(Secret::from_bytes([number + 1; 32]));
        let place = RelayAt::new(Address {
            around: Around::default(),
            host: "localhost".into(),
            port: 7070,
            key: key.public(),
        });
        let signer = SigningKey::generate_ed25519(&mut OsEntropy::new())?;
        let entropy = Box::new(OsEntropy::new());
        let limits = Limits::default();
        let relay = Relay::open(Memory::new(), key, signer, limits, None, entropy)?;
        Ok(Self { relay, place })
    }

    /// Bytes of the stretches that it keeps.
    pub fn stored(&self) -> Outcome<f64> {
        Ok(self.relay.storage().size()? as f64)
    }

    /// One meeting of a home with it, through nothing but memory: the bytes there and back.
    pub fn meet(&mut self, home: &Home, now: Time) -> Outcome<usize> {
        let mut meeting = home.meet(&self.place, false, None)?;
        let conn = self.relay.accept(now).ok_or("no room")?;
        let (mut bytes, mut over) = (0, false);
        while !over {
            let mut out = Vec::new();
            while meeting.poll(&mut out)? {
                bytes += out.len();
                self.relay.receive(conn, &out, now);
                out.clear();
            }
            self.relay.turn(now);
            loop {
                let mut back = Vec::new();
                let next = self.relay.poll(conn, &mut back);
                bytes += back.len();
                meeting.receive(&back)?;
                over = next == Next::Close;
                if next != Next::More {
                    break;
                }
                self.relay.turn(now);
            }
        }
        self.relay.closed(conn, now);
        if meeting.is_finished() {
            Ok(bytes)
        } else {
            Err("the meeting broke off".into())
        }
    }
}

/// A copy of many logs of one entry each, of which nothing but the heads matters.
pub struct Copy {
    heads: Heads,
    journal: Vec<Change>,
    epoch: u32,
    seen: Cursor,
}

impl Copy {
    /// So many logs, without those that `lacks` names.
    pub fn new(epoch: u32, logs: usize, lacks: impl Fn(usize) -> bool) -> Self {
        let mut copy = Self {
            heads: Heads::new(),
            journal: Vec::new(),
            epoch,
            seen: Cursor::default(),
        };
        for no in (0..logs).filter(|no| !lacks(*no)) {
            copy.write(name(no));
        }
        copy
    }

    /// Both have seen all of the other's journal.
    pub fn met(mut pair: [Self; 2]) -> [Self; 2] {
        let [one, two] = pair.each_ref().map(Self::journal);
        (pair[0].seen, pair[1].seen) = (two, one);
        pair
    }

    fn hold(&mut self, name: LogName) {
        let chain = digest(Domain::Chain, &[&name.0]);
        self.heads.set(name, Position { seq: 1, chain });
    }

    fn write(&mut self, name: LogName) {
        self.hold(name);
        let at = self.journal.len() as u64 + 1;
        self.journal.push(Change {
            at,
            name,
            from: 0,
            to: 1,
        });
    }

    /// The heads as a peer has them: a hash of 32 bytes each, in order of its name.
    pub fn ids(&self) -> Outcome<NegentropyStorageVector> {
        let mut ids = NegentropyStorageVector::with_capacity(self.journal.len());
        for change in &self.journal {
            let id = digest(Domain::Range, &[&change.name.0, &1_u64.to_be_bytes()]);
            ids.insert(0, Id::from_byte_array(id))?;
        }
        ids.seal()?;
        Ok(ids)
    }
}

impl Replica for Copy {
    fn heads(&self) -> &Heads {
        &self.heads
    }

    fn journal(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            at: self.journal.len() as u64,
        }
    }

    fn seen(&self) -> Cursor {
        self.seen
    }

    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(self.journal.get(after).copied())
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        let until = usize::try_from(until).unwrap_or(usize::MAX);
        Ok(until
            .checked_sub(1)
            .and_then(|at| self.journal.get(at).copied()))
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let held = self.heads.get(name).filter(|_| from == 0);
        Ok(held.map(|_| Change {
            at: 0,
            name,
            from: 0,
            to: 1,
        }))
    }

    fn read(&mut self, _: &Change, _: bool) -> Result<Vec<u8>, Fault> {
        Ok(vec![0])
    }

    fn take(&mut self, name: LogName, _: u64, _: &[u8]) -> Result<(), Fault> {
        // What came is not sent back: it is in no journal.
        self.hold(name);
        Ok(())
    }

    fn see(&mut self, _: Cursor) -> Result<(), Fault> {
        Ok(())
    }
}

/// A session of two copies: the bytes of both, without a channel.
pub fn session(pair: &mut [Copy; 2]) -> Outcome<usize> {
    let role = |role| Session::new(role, Wish::default(), [1; 8]);
    let mut sessions = [Role::Initiator, Role::Responder].map(role);
    let (mut bytes, mut quiet) = (0, 0);
    for side in [0, 1].into_iter().cycle() {
        let mut out = Vec::new();
        while sessions[side].poll(&mut pair[side], &mut out)? {}
        quiet = if out.is_empty() { quiet + 1 } else { 0 };
        if quiet > 1 {
            break;
        }
        bytes += out.len();
        let other = 1 - side;
        sessions[other].receive(&out, Time::from_ms(0), &mut pair[other])?;
        sessions[other].committed();
    }
    if sessions.iter().all(Session::is_finished) {
        Ok(bytes)
    } else {
        Err("the session broke off".into())
    }
}

/// The same by negentropy: the bytes of both sides, and how many ids each lacks.
pub fn reconcile(ids: [&NegentropyStorageVector; 2]) -> Outcome<(usize, usize)> {
    let mut client = Negentropy::borrowed(ids[0], 0)?;
    let mut server = Negentropy::borrowed(ids[1], 0)?;
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    let mut query = Some(client.initiate()?);
    while let Some(asked) = query {
        let answer = server.reconcile(&asked)?;
        bytes += asked.len() + answer.len();
        query = client.reconcile_with_ids(&answer, &mut have, &mut need)?;
    }
    Ok((bytes, have.len() + need.len()))
}

fn name(no: usize) -> LogName {
    let hash = digest(Domain::Range, &[&no.to_be_bytes()]);
    let mut name = [0; 16];
    name.copy_from_slice(&hash[..16]);
    LogName(name)
}
