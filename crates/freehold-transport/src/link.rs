//! A session inside a channel, without input or output of its own.

use freehold_crypto::Entropy;
use freehold_model::{Time, wire};
use freehold_sync::{Knock, LogName, Partial, Replica, Session, SessionError};

use crate::{Channel, ChannelError, FIRST_MAX, PublicStatic, StaticKey};

/// A session with one peer, inside a channel to it.
///
/// ```text
/// receive(bytes)* → the replica commits → committed() → poll() → send
/// ```
#[derive(Debug)]
pub struct Link {
    channel: Channel,
    session: Session,
    /// What is to be sent before the session goes on: message 1, or the knock in full.
    ready: Vec<u8>,
    /// What is said to a peer that does not know this side any more, until the peer has spoken.
    full: Option<Vec<u8>>,
}

/// The side that awaits message 1, and does not know yet of whom.
#[derive(Debug)]
pub struct Door {
    channel: Channel,
    plain: Vec<u8>,
}

/// A peer that has proven its key and said what it comes for. Whoever is not admitted is dropped.
#[derive(Debug)]
pub struct Visitor {
    /// Who it is.
    pub peer: PublicStatic,
    /// What it comes as.
    pub knock: Knock,
    channel: Channel,
    first: Vec<u8>,
}

/// Why a link ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The channel did.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The session did; [`Link::poll`] once more tells the peer why.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// What the peer said first is no knock.
    #[error("malformed knock")]
    Knock,
}

impl Link {
    /// Begins a session with a peer. The first [`poll`](Self::poll) gives message 1, in which the knock and the session's first
    /// bytes ride. A member that has met the relay before says only that; if the relay does not know it any more, the whole knock follows.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn connect(
        own: &StaticKey,
        peer: PublicStatic,
        knock: &Knock,
        session: Session,
        replica: &mut impl Replica,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, LinkError> {
        let (mut session, mut open) = (session, Vec::new());
        session.poll(replica, &mut open)?;
        let with = |knock| [wire::to_bytes(&wire::to_bytes(knock)), open.clone()].concat();
        let (first, full) = match knock {
            Knock::Member { mailbox, .. } if replica.seen().epoch != 0 => {
                let again = Knock::Again(Knock::tag(mailbox));
                (with(&again), Some(with(knock)))
            }
            _ => (with(knock), None),
        };
        let (channel, ready) = Channel::initiate(own, peer, &first, entropy)?;
        Ok(Self {
            channel,
            session,
            ready,
            full,
        })
    }

    /// Takes bytes from the peer in and hands what they bring to the replica.
    ///
    /// # Errors
    /// [`LinkError`]; what the replica took stays.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        now: Time,
        replica: &mut impl Replica,
    ) -> Result<(), LinkError> {
        let mut plain = Vec::new();
        let outcome = self.channel.receive(bytes, &mut plain);
        if self.channel.is_confirmed()
            && let Some(full) = self.full.take()
            && plain.is_empty()
        {
            self.channel.send(&full, &mut self.ready)?;
        }
        self.session.receive(&plain, now, replica)?;
        outcome?;
        Ok(())
    }

    /// Everything that was received so far is durable.
    pub fn committed(&mut self) {
        self.session.committed();
    }

    /// Appends bytes for the peer to `out`, some 64 KiB at a time, and says whether there were any.
    ///
    /// # Errors
    /// [`LinkError`]; what is in `out` still tells the peer.
    pub fn poll(
        &mut self,
        replica: &mut impl Replica,
        out: &mut Vec<u8>,
    ) -> Result<bool, LinkError> {
        if !self.ready.is_empty() {
            out.append(&mut self.ready);
            return Ok(true);
        }
        let mut plain = Vec::new();
        let outcome = self.session.poll(replica, &mut plain);
        if !plain.is_empty() {
            self.channel.send(&plain, out)?;
        }
        Ok(outcome?)
    }

    /// Appends a sign of life to `out`, as soon as the peer has spoken.
    pub fn beat(&mut self, out: &mut Vec<u8>) {
        // Before, and when the channel has ended, there is nobody to tell.
        let _ = self.channel.beat(out);
    }

    /// Whether both sides have what the other had, and said so.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.session.is_finished()
    }

    /// Whether everything that this side had to send is durable at the peer, and everything of the peer's is here.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.session.is_settled()
    }

    /// When the peer was last heard.
    #[must_use]
    pub fn heard(&self) -> Option<Time> {
        self.session.heard()
    }

    /// Who the peer is, once it has proven its key.
    #[must_use]
    pub fn peer(&self) -> Option<PublicStatic> {
        self.channel.peer()
    }

    /// Asks for entries of a log from `from` to before `to`, also if they were seen.
    pub fn want(&mut self, name: LogName, from: u64, to: u64) {
        self.session.want(name, from, to);
    }

    /// Ends a session that stays, once the peer knows what was received.
    pub fn finish(&mut self) {
        self.session.finish();
    }

    /// What had come of a stretch when the link ended, for the next session with the same peer.
    #[must_use]
    pub fn into_partial(self) -> Option<Partial> {
        self.session.into_partial()
    }
}

impl Door {
    /// Awaits message 1.
    ///
    /// # Errors
    /// [`ChannelError::Entropy`].
    pub fn new(own: &StaticKey, entropy: &mut dyn Entropy) -> Result<Self, ChannelError> {
        Ok(Self {
            channel: Channel::accept(own, entropy)?,
            plain: Vec::new(),
        })
    }

    /// Takes bytes in until it is known who comes: gives the door back, or the visitor.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn receive(mut self, bytes: &[u8]) -> Result<Result<Visitor, Self>, LinkError> {
        let Some(peer) = self.channel.receive(bytes, &mut self.plain)? else {
            return Ok(Err(self));
        };
        let (knock, first) = knock(&self.plain)?;
        Ok(Ok(Visitor {
            peer,
            knock,
            first: first.to_vec(),
            channel: self.channel,
        }))
    }
}

impl Visitor {
    /// Goes on with the session that is for this visitor.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn admit(
        self,
        session: Session,
        now: Time,
        replica: &mut impl Replica,
    ) -> Result<Link, LinkError> {
        let mut session = session;
        session.receive(&self.first, now, replica)?;
        Ok(Link {
            channel: self.channel,
            session,
            ready: Vec::new(),
            full: None,
        })
    }
}

/// What the peer comes as, and the first bytes of its session behind it, from the payload of message 1.
///
/// # Errors
/// [`LinkError::Knock`].
pub fn knock(first: &[u8]) -> Result<(Knock, &[u8]), LinkError> {
    // The length in its shortest form: at most two bytes.
    let (len, rest) = match first {
        [len @ ..0x80, rest @ ..] => (usize::from(*len), rest),
        [low, high @ 1..0x80, rest @ ..] => {
            (usize::from(*low & 0x7f) | usize::from(*high) << 7, rest)
        }
        _ => return Err(LinkError::Knock),
    };
    let (knock, rest) = rest.split_at_checked(len).ok_or(LinkError::Knock)?;
    let knock = wire::from_bytes(knock, FIRST_MAX).map_err(|_| LinkError::Knock)?;
    Ok((knock, rest))
}
