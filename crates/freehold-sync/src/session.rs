//! One conversation of two replicas, without input or output of its own.

mod compare;
pub mod message;
mod send;

use std::{collections::BTreeMap, fmt};

use freehold_crypto::{Domain, digest};
use freehold_model::Time;

use crate::{Cursor, Fault, LogName, Replica, STRETCH_MAX};
use compare::Comparison;
use message::{Done, HEADERS, Message, NEWEST, Open, Part, PartialHeld, Refused, STAY};
use send::Sender;

/// Two replicas agree on what both may see: each sends what the other lacks, and a session that stays pushes what is new.
///
/// Bytes go in by [`receive`](Self::receive) and out by [`poll`](Self::poll), over any channel that keeps their order. After
/// what was received is durable, the owner calls [`committed`](Self::committed): only then the peer hears of it.
///
/// ```text
/// receive(bytes)* → the replica commits → committed() → poll() → send
/// ```
#[derive(Debug)]
pub struct Session {
    role: Role,
    wish: Wish,
    stage: Stage,
    input: Vec<u8>,
    heard: Option<Time>,
    sender: Sender,
    comparison: Comparison,
    /// The logs that the peer named, by their numbers.
    named: Vec<LogName>,
    incoming: Option<Partial>,
    /// Bytes of stretches that came, that were taken, that are durable, and that the peer was told of.
    received: u64,
    taken: u64,
    durable: u64,
    told: u64,
    postponed: bool,
    /// The answer to the peer's `Open` needs not say everything.
    brief: bool,
    peer: Option<Peer>,
    witness: Option<Box<dyn Witness>>,
}

/// Hears what both sides of a session say, before a channel seals it and after it was opened.
///
/// What it hears are frames ([`message::frame`]), cut anywhere. They hold sealed pieces, and names of logs that only the two peers
/// know.
pub trait Witness: fmt::Debug + Send {
    /// This side said so.
    fn said(&mut self, bytes: &[u8]);

    /// The peer said so.
    fn heard(&mut self, bytes: &[u8]);
}

/// Who spoke first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This side connected.
    Initiator,
    /// The peer connected.
    Responder,
}

/// What one side wants of the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    /// Go on when everything is sent, and push what is new.
    pub stay: bool,
    /// The newest first. After an interruption everything that is not seen comes again.
    pub newest_first: bool,
    /// Headers without bodies.
    pub headers_only: bool,
}

/// A stretch of which the beginning has come. The next session with the same peer goes on after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    name: LogName,
    from: u64,
    len: usize,
    bytes: Vec<u8>,
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The peer's bytes are no frame or message of this protocol.
    #[error("malformed message")]
    Malformed,
    /// A bound of the protocol was passed.
    #[error("message over a bound")]
    TooLarge,
    /// A message came where it cannot stand.
    #[error("message out of place")]
    OutOfPlace,
    /// The peer speaks another version.
    #[error("protocol version {found} is not known")]
    Version {
        /// The peer's.
        found: u8,
    },
    /// The peer ended the session.
    #[error("the peer: {fault}")]
    Refused {
        /// Why.
        fault: Fault,
        /// When to come again, in seconds, if that may help.
        retry_after_s: u32,
    },
    /// This side's replica refused what came, or could not go on.
    #[error(transparent)]
    Replica(#[from] Fault),
    /// A session that failed does not go on.
    #[error("the session has ended")]
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// This side's `Open` is not sent.
    New,
    /// It is sent, the peer's has not come.
    Opened,
    Running,
    /// Nothing more is sent or received, all is well.
    Finished,
    Failed,
}

/// What the peer said of itself.
#[derive(Debug, Clone, Copy)]
struct Peer {
    epoch: u32,
    done: Option<Done>,
}

impl Session {
    /// A session with a peer, as the side that `role` says. `seed` is random; it keeps others from choosing names of logs whose
    /// fingerprints are alike.
    #[must_use]
    pub fn new(role: Role, wish: Wish, seed: [u8; 8]) -> Self {
        Self {
            role,
            wish,
            stage: Stage::New,
            input: Vec::new(),
            heard: None,
            sender: Sender::default(),
            comparison: Comparison::new(seed),
            named: Vec::new(),
            incoming: None,
            received: 0,
            taken: 0,
            durable: 0,
            told: 0,
            postponed: false,
            brief: false,
            peer: None,
            witness: None,
        }
    }

    /// With somebody who hears all of it.
    #[must_use]
    pub fn witnessed(mut self, witness: Option<Box<dyn Witness>>) -> Self {
        self.witness = witness;
        self
    }

    /// Goes on where a session with the same peer was cut off.
    #[must_use]
    pub fn resuming(mut self, partial: Option<Partial>) -> Self {
        self.incoming = partial;
        self
    }

    /// What had come of a stretch when the session ended.
    #[must_use]
    pub fn into_partial(self) -> Option<Partial> {
        self.incoming.filter(|partial| !partial.bytes.is_empty())
    }

    /// Takes bytes from the peer in and hands what they bring to the replica.
    ///
    /// # Errors
    /// [`SessionError`]: the session has ended; what the replica took stays. One more [`poll`](Self::poll) tells the peer why.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        now: Time,
        replica: &mut impl Replica,
    ) -> Result<(), SessionError> {
        match self.stage {
            Stage::Failed => return Err(SessionError::Ended),
            Stage::Finished => return Ok(()),
            Stage::New | Stage::Opened | Stage::Running => {}
        }
        self.heard = Some(now);
        if let Some(witness) = &mut self.witness
            && !bytes.is_empty()
        {
            witness.heard(bytes);
        }
        self.input.extend_from_slice(bytes);
        let input = std::mem::take(&mut self.input);
        let mut rest = &input[..];
        while let Some((frame, len)) = message::frame(rest).map_err(|error| self.fail(error))? {
            let outcome = Message::decode(frame).and_then(|message| self.hear(message, replica));
            outcome.map_err(|error| self.fail(error))?;
            rest = &rest[len..];
            if self.stage == Stage::Finished {
                return Ok(());
            }
        }
        self.input = rest.to_vec();
        Ok(())
    }

    /// Everything that was received so far is durable.
    pub fn committed(&mut self) {
        self.durable = self.taken;
    }

    /// Appends bytes for the peer to `out`, some 64 KiB at a time, and says whether there were any.
    ///
    /// # Errors
    /// [`SessionError::Replica`]: the session has ended, what is in `out` still tells the peer.
    pub fn poll(
        &mut self,
        replica: &mut impl Replica,
        out: &mut Vec<u8>,
    ) -> Result<bool, SessionError> {
        let before = out.len();
        let mut outcome = self.speak(replica, out);
        if let (Ok(()), true, Some(heard)) = (&outcome, self.is_settled(), self.heard) {
            outcome = replica.settled(heard).map_err(SessionError::Replica);
        }
        if let Err(error) = outcome {
            self.fail(error);
            self.sender.tell(out);
        }
        if let Some(witness) = &mut self.witness
            && let said = &out[before..]
            && !said.is_empty()
        {
            witness.said(said);
        }
        outcome.map(|()| out.len() > before)
    }

    /// Whether both sides have what the other had, and said so. A session that stays is never finished by itself.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// Whether everything that this side had to send is durable at the peer, and everything of the peer's is here.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let drained = self.peer.is_some_and(|peer| peer.done.is_some());
        self.stage == Stage::Finished
            || drained && self.sender.is_settled() && self.durable == self.taken
    }

    /// The log of which a stretch is under way to the peer.
    #[must_use]
    pub fn sending(&self) -> Option<LogName> {
        self.sender.sending()
    }

    /// Bytes of the peer's that are kept because more of them has to come.
    #[must_use]
    pub fn held(&self) -> usize {
        let partial = self.incoming.as_ref();
        self.input.len() + partial.map_or(0, |partial| partial.bytes.len())
    }

    /// When the peer was last heard.
    #[must_use]
    pub fn heard(&self) -> Option<Time> {
        self.heard
    }

    /// Asks for entries of a log from `from` to before `to`, also if they were seen.
    pub fn want(&mut self, name: LogName, from: u64, to: u64) {
        self.comparison.want(name, from, to);
    }

    /// Ends a session that stays, once the peer knows what was received.
    pub fn finish(&mut self) {
        self.wish.stay = false;
        self.sender.finishing = true;
    }

    fn fail(&mut self, error: SessionError) -> SessionError {
        if self.stage != Stage::Failed {
            self.stage = Stage::Failed;
            self.sender.refuse(error);
        }
        error
    }

    fn hear(
        &mut self,
        message: Message<'_>,
        replica: &mut impl Replica,
    ) -> Result<(), SessionError> {
        if let Message::Open(open) = message {
            return self.open(&open, replica);
        }
        if let Message::Refused(Refused {
            fault,
            retry_after_s,
        }) = message
        {
            return Err(SessionError::Refused {
                fault,
                retry_after_s,
            });
        }
        if self.stage == Stage::Opened {
            match message {
                Message::Same => return self.same(replica),
                Message::Known(at) => return self.known(at, replica),
                _ => {}
            }
        }
        let Some(peer) = &mut self.peer else {
            return Err(SessionError::OutOfPlace);
        };
        match message {
            Message::Compare(compare) => {
                self.comparison.hear(compare, replica, &mut self.sender)?
            }
            Message::Log(name) => {
                if self.named.len() >= LOGS_MAX {
                    return Err(SessionError::TooLarge);
                }
                self.named.push(name);
            }
            Message::Stretch(part, bytes) => self.begin(part, bytes, replica)?,
            Message::More(bytes) => self.more(bytes, replica)?,
            Message::Upto(at) => self.upto(at, replica)?,
            Message::Ack(taken) => self.sender.acknowledged(taken)?,
            Message::Done(done) => {
                peer.done = Some(done);
                self.upto(done.at, replica)?;
            }
            Message::Bye => self.stage = Stage::Finished,
            Message::Open(_) | Message::Same | Message::Known(_) | Message::Refused(_) => {
                return Err(SessionError::OutOfPlace);
            }
        }
        Ok(())
    }

    fn open(&mut self, open: &Open, replica: &mut impl Replica) -> Result<(), SessionError> {
        let expected = match self.role {
            Role::Initiator => Stage::Opened,
            Role::Responder => Stage::New,
        };
        if self.stage != expected || self.peer.is_some() {
            return Err(SessionError::OutOfPlace);
        }
        replica.met(open.seen)?;
        let (theirs, mine) = (open.mine, replica.journal());
        self.peer = Some(Peer {
            epoch: theirs.epoch,
            done: None,
        });
        if self.role == Role::Initiator {
            self.stage = Stage::Running;
        }
        let heads = replica.heads();
        let (root, empty) = (heads.root(), crate::Heads::new().root());
        let same = root == open.root;
        // Each side sees both cursors and both roots, so that both decide alike.
        let known = |seen: Cursor, journal: Cursor, has: [u8; 16], gives: [u8; 16]| {
            seen.epoch == journal.epoch && seen.at <= journal.at || has == empty || gives == empty
        };
        let seen = replica.seen();
        let by_cursor =
            known(open.seen, mine, open.root, root) && known(seen, theirs, root, open.root);
        let from = match open.seen {
            // What both have needs not be sent again because it came by another way.
            _ if same || !by_cursor => mine.at,
            seen if seen.epoch == mine.epoch => seen.at.min(mine.at),
            _ => 0,
        };
        self.sender
            .start(from, mine.at, open.wish, open.partial.clone());
        self.brief = !same
            && open.seen.epoch == mine.epoch
            && seen.epoch == theirs.epoch
            && by_cursor
            && self.incoming.is_none()
            && self.wish == Wish::default();
        if !by_cursor && !same {
            self.comparison.start(self.role == Role::Responder);
        }
        if self.role == Role::Responder
            && same
            && open.seen == mine
            && seen == theirs
            && replica.change_after(mine.at)?.is_none()
        {
            self.sender.same = true;
            if open.wish & STAY == 0 {
                self.stage = Stage::Finished;
                return Ok(());
            }
        }
        Ok(())
    }

    /// The peer knows both cursors, and has so much of this side's journal.
    fn known(&mut self, at: u64, replica: &mut impl Replica) -> Result<(), SessionError> {
        let mine = replica.journal();
        replica.met(Cursor { at, ..mine })?;
        if at > mine.at {
            return Err(SessionError::OutOfPlace);
        }
        self.peer = Some(Peer {
            epoch: replica.seen().epoch,
            done: None,
        });
        self.stage = Stage::Running;
        self.sender.start(at, mine.at, 0, None);
        Ok(())
    }

    /// The peer has what this side has: both are where they were.
    fn same(&mut self, replica: &mut impl Replica) -> Result<(), SessionError> {
        if !self.wish.stay {
            self.stage = Stage::Finished;
            return Ok(());
        }
        // It has what was greeted with, and no more.
        replica.met(Cursor::default())?;
        let (seen, mine) = (replica.seen(), replica.journal());
        let done = Done::new(seen.at, &replica.heads().root());
        self.peer = Some(Peer {
            epoch: seen.epoch,
            done: Some(done),
        });
        self.stage = Stage::Running;
        self.sender.start(mine.at, mine.at, STAY, None);
        self.sender.said = Some(Done {
            at: mine.at,
            ..done
        });
        Ok(())
    }

    fn begin(
        &mut self,
        part: Part,
        bytes: &[u8],
        replica: &mut impl Replica,
    ) -> Result<(), SessionError> {
        let name = *usize::try_from(part.log)
            .ok()
            .and_then(|log| self.named.get(log))
            .ok_or(SessionError::OutOfPlace)?;
        let (len, offset) = (part.len as usize, part.offset as usize);
        let held = self.incoming.take().filter(|held| {
            offset > 0 && (held.name, held.from, held.bytes.len()) == (name, part.from, offset)
        });
        if held.is_none() && offset > 0 || offset > len {
            return Err(SessionError::OutOfPlace);
        }
        let bytes_before = held.map_or_else(Vec::new, |held| held.bytes);
        self.incoming = Some(Partial {
            name,
            from: part.from,
            len,
            bytes: bytes_before,
        });
        self.more(bytes, replica)
    }

    fn more(&mut self, bytes: &[u8], replica: &mut impl Replica) -> Result<(), SessionError> {
        let partial = self.incoming.as_mut().ok_or(SessionError::OutOfPlace)?;
        if partial.len > STRETCH_MAX || partial.bytes.len() + bytes.len() > partial.len {
            return Err(SessionError::TooLarge);
        }
        partial.bytes.extend_from_slice(bytes);
        self.received += bytes.len() as u64;
        if partial.bytes.len() < partial.len {
            return Ok(());
        }
        let Some(whole) = self.incoming.take() else {
            return Ok(());
        };
        match replica.take(whole.name, whole.from, &whole.bytes) {
            Ok(()) => {}
            Err(Fault::Later) => self.postponed = true,
            Err(fault) => return Err(fault.into()),
        }
        self.taken = self.received;
        Ok(())
    }

    /// The peer has sent everything of its journal up to here.
    fn upto(&self, at: u64, replica: &mut impl Replica) -> Result<(), SessionError> {
        let Some(peer) = self.peer.filter(|_| !self.postponed) else {
            return Ok(());
        };
        let epoch = peer.epoch;
        let seen = replica.seen();
        if epoch != 0 && seen != (Cursor { epoch, at }) {
            replica.see(Cursor { epoch, at })?;
        }
        Ok(())
    }

    fn speak(&mut self, replica: &mut impl Replica, out: &mut Vec<u8>) -> Result<(), SessionError> {
        if self.stage == Stage::Failed {
            self.sender.tell(out);
            return Ok(());
        }
        if std::mem::take(&mut self.sender.same) {
            Message::Same.encode(out);
            if self.stage == Stage::New {
                self.stage = Stage::Running;
                self.settle_same(replica);
            }
            return Ok(());
        }
        if self.stage == Stage::New && (self.role == Role::Initiator || self.peer.is_some()) {
            if self.brief {
                Message::Known(replica.seen().at).encode(out);
            } else {
                Message::Open(self.greeting(replica)).encode(out);
            }
            self.stage = match self.role {
                Role::Initiator => Stage::Opened,
                Role::Responder => Stage::Running,
            };
        }
        if self.stage != Stage::Running {
            return Ok(());
        }
        if self.comparison.speak(replica, out)
            && let Some(peer) = &mut self.peer
        {
            // It is done once it has sent what was asked for, or said that there is no more.
            peer.done = None;
        }
        self.acknowledge(out);
        let idle = self.comparison.is_idle();
        self.sender.fill(replica, idle, out)?;
        self.conclude(replica, out);
        Ok(())
    }

    /// After `Same` in a session that stays, both sides stand where their journals end.
    fn settle_same(&mut self, replica: &impl Replica) {
        let root = replica.heads().root();
        self.sender.said = Some(Done::new(replica.journal().at, &root));
        if let Some(peer) = &mut self.peer {
            peer.done = Some(Done::new(replica.seen().at, &root));
        }
    }

    fn greeting(&self, replica: &impl Replica) -> Open {
        let wish = self.wish;
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        let partial = |partial: &Partial| {
            Some(PartialHeld {
                name: partial.name,
                from: partial.from,
                len: u32::try_from(partial.bytes.len()).ok()?,
                hash: partial_hash(&partial.bytes),
            })
        };
        Open {
            version: message::VERSION,
            wish: bit(wish.stay, STAY)
                | bit(wish.newest_first, NEWEST)
                | bit(wish.headers_only, HEADERS),
            seen: replica.seen(),
            mine: replica.journal(),
            root: replica.heads().root(),
            partial: self.incoming.as_ref().and_then(partial),
        }
    }

    /// Tells the peer how many bytes it may take as received: those of whole stretches once they are durable, and those of a
    /// stretch that is under way, so that one larger than the credit can come.
    fn acknowledge(&mut self, out: &mut Vec<u8>) {
        let have = if self.durable == self.taken {
            self.received
        } else {
            self.durable
        };
        let drained = self.peer.is_some_and(|peer| peer.done.is_some());
        if have >= self.told + send::CREDIT / 4 || drained && have > self.told {
            self.told = have;
            Message::Ack(have).encode(out);
        }
    }

    /// The initiator ends a session in which both sides have said that they are done, and all is durable.
    fn conclude(&mut self, replica: &impl Replica, out: &mut Vec<u8>) {
        let Some(Peer {
            done: Some(theirs), ..
        }) = self.peer
        else {
            return;
        };
        let settled = self.sender.is_settled()
            && self.comparison.is_idle()
            && self.taken == self.durable
            && self.told == self.taken;
        if !settled {
            return;
        }
        let root = Done::new(0, &replica.heads().root()).root;
        if self.sender.finishing {
            Message::Bye.encode(out);
            self.stage = Stage::Finished;
            return;
        }
        if self.role == Role::Responder {
            return;
        }
        if theirs.root != root && !self.comparison.was_started() {
            self.comparison.start(true);
            // Fingerprints: nothing is asked for yet.
            let _ = self.comparison.speak(replica, out);
        } else if !self.wish.stay {
            Message::Bye.encode(out);
            self.stage = Stage::Finished;
        }
    }
}

/// The first bytes of the hash of what has come of a stretch.
fn partial_hash(bytes: &[u8]) -> [u8; 8] {
    let mut hash = [0; 8];
    hash.copy_from_slice(&digest(Domain::Range, &[b"partial", bytes])[..8]);
    hash
}

/// The most logs that a peer may name in one session.
const LOGS_MAX: usize = 1 << 20;

/// Numbers of logs, in the order in which they were named.
type Numbers = BTreeMap<LogName, u32>;
