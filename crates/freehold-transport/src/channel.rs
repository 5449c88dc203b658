//! A pipe of bytes that only two known peers can read and write: Noise IK, without input or output of its own.

use core::fmt;

use freehold_crypto::Entropy;
use snow::{HandshakeState, TransportState};
use zeroize::Zeroize as _;

use crate::{
    PublicStatic, StaticKey,
    noise::{Start, TAG, fault},
};

/// Bytes of one record without its length, at most.
pub const RECORD_MAX: usize = 65_535;
/// Bytes that may ride in the first message, at most: a responder keeps no more for a peer that it does not know.
pub const FIRST_MAX: usize = 4_000;

/// One end of a channel between two peers that know, or learn in the handshake, each other's static key.
///
/// Bytes go in by [`receive`](Self::receive) and out by [`send`](Self::send), over any pipe that keeps their order. What is changed,
/// left out or repeated on the way ends the channel. Message 1 can be repeated by others as a whole: until
/// [`is_confirmed`](Self::is_confirmed) a responder must change nothing because of what came in it.
pub struct Channel {
    stage: Stage,
    /// The beginning of a record.
    input: Vec<u8>,
    spoke: bool,
    confirmed: bool,
    peer: Option<PublicStatic>,
    hash: Option<[u8; 32]>,
}

/// Why a channel does not go on, or does not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// Not what the peer sealed for this place, or not for this side's key: the channel has ended.
    #[error("bytes that the peer did not seal for this place")]
    Garbled,
    /// A key that binds nothing, or is not in its one encoding.
    #[error("not a key that a channel can be built on")]
    Key,
    /// More than may ride in a message of the handshake.
    #[error("too much for a message of the handshake")]
    TooLong,
    /// It is the peer's turn in the handshake.
    #[error("the peer has to speak first")]
    Early,
    /// The source of randomness failed.
    #[error("no randomness")]
    Entropy,
    /// A channel that failed does not go on.
    #[error("the channel has ended")]
    Ended,
}

enum Stage {
    Handshake(Box<HandshakeState>),
    Open(Box<TransportState>),
    Failed,
}

impl Channel {
    /// Begins a channel to a peer, and gives message 1 with `first` in it. The peer can read it, and it proves to the peer who speaks;
    /// but whoever recorded it can send it again, and whoever gets hold of the peer's key later can read it.
    ///
    /// # Errors
    /// [`ChannelError::TooLong`] over [`FIRST_MAX`], [`ChannelError::Key`], [`ChannelError::Entropy`].
    pub fn initiate(
        own: &StaticKey,
        peer: PublicStatic,
        first: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<(Self, Vec<u8>), ChannelError> {
        let mut channel = Self::new(ik(own, Some(peer)).initiator(entropy)?);
        let mut message = Vec::new();
        channel.send(first, &mut message)?;
        Ok((channel, message))
    }

    /// Awaits message 1 of any peer that knows this side's public key.
    ///
    /// # Errors
    /// [`ChannelError::Entropy`].
    pub fn accept(own: &StaticKey, entropy: &mut dyn Entropy) -> Result<Self, ChannelError> {
        Ok(Self::new(ik(own, None).responder(entropy)?))
    }

    /// Takes bytes in, appends what they say to `plain`, and tells once who the peer is, as soon as it has proven its key. What they
    /// say may be secret: where `plain` has to be moved to have room, it is wiped where it was.
    ///
    /// # Errors
    /// [`ChannelError`]: the channel has ended. What is in `plain` by then did come from the peer.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<Option<PublicStatic>, ChannelError> {
        let known = self.peer.is_some();
        let outcome = self.take_records(bytes, plain);
        if outcome.is_err() {
            self.stage = Stage::Failed;
            self.input = Vec::new();
        }
        outcome?;
        Ok(self.peer.filter(|_| !known))
    }

    /// Seals `plain`, in as many records as it takes, and appends them to `out`. The responder's first call, also with nothing to
    /// say, is message 2; afterwards nothing to say takes no bytes.
    ///
    /// # Errors
    /// [`ChannelError::Early`] while it is the peer's turn; then nothing has changed. [`ChannelError::TooLong`],
    /// [`ChannelError::Entropy`], [`ChannelError::Ended`].
    pub fn send(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), ChannelError> {
        let mut rest = plain;
        if let Stage::Handshake(handshake) = &mut self.stage {
            if !handshake.is_my_turn() {
                return Err(ChannelError::Early);
            }
            // The last message of the handshake may be followed at once by records, the first may not.
            let max = if self.spoke || !handshake.is_initiator() {
                RECORD_MAX - OVERHEAD
            } else if plain.len() > FIRST_MAX {
                return Err(ChannelError::TooLong);
            } else {
                FIRST_MAX
            };
            let (now, later) = rest.split_at(rest.len().min(max));
            record(now.len() + OVERHEAD, out, |message| {
                handshake.write_message(now, message)
            })?;
            self.spoke = true;
            rest = later;
            self.conclude()?;
        }
        rest.chunks(RECORD_MAX - TAG)
            .try_for_each(|plain| self.seal(plain, out))
    }

    /// Appends a record that says nothing, so that the peer and what is between know that this side is there.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn beat(&mut self, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        self.seal(&[], out)
    }

    /// Whether the peer has answered to what this side sent, and so is there now: it is no recording.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Who the peer is, once it has proven its key.
    #[must_use]
    pub const fn peer(&self) -> Option<PublicStatic> {
        self.peer
    }

    /// A value that both ends of this channel have, and no other channel, once the handshake is over.
    #[must_use]
    pub const fn handshake_hash(&self) -> Option<[u8; 32]> {
        self.hash
    }

    pub(crate) fn new(handshake: HandshakeState) -> Self {
        Self {
            stage: Stage::Handshake(Box::new(handshake)),
            input: Vec::new(),
            spoke: false,
            confirmed: false,
            peer: None,
            hash: None,
        }
    }

    /// Whether this side is to write a message of the handshake.
    pub(crate) fn is_my_turn(&self) -> bool {
        matches!(&self.stage, Stage::Handshake(handshake) if handshake.is_my_turn())
    }

    fn take_records(&mut self, bytes: &[u8], plain: &mut Vec<u8>) -> Result<(), ChannelError> {
        if matches!(self.stage, Stage::Failed) {
            return Err(ChannelError::Ended);
        }
        self.input.extend_from_slice(bytes);
        let input = core::mem::take(&mut self.input);
        let mut rest = &input[..];
        while let Some((len, after)) = rest.split_first_chunk() {
            let len = usize::from(u16::from_be_bytes(*len));
            if len > self.message_max() || len < TAG {
                return Err(ChannelError::Garbled);
            }
            let Some((message, after)) = after.split_at_checked(len) else {
                break;
            };
            self.open(message, plain)?;
            rest = after;
        }
        self.input = rest.to_vec();
        Ok(())
    }

    /// The longest record that can come now; a peer that nobody knows yet is given no room.
    fn message_max(&self) -> usize {
        match &self.stage {
            Stage::Handshake(handshake) if !handshake.is_initiator() => FIRST_MAX + OVERHEAD,
            _ => RECORD_MAX,
        }
    }

    fn open(&mut self, message: &[u8], plain: &mut Vec<u8>) -> Result<(), ChannelError> {
        let start = plain.len();
        lengthen(plain, message.len());
        let room = &mut plain[start..];
        let read = match &mut self.stage {
            Stage::Handshake(handshake) => handshake.read_message(message, room),
            Stage::Open(transport) => {
                let read = transport.read_message(message, room);
                if transport.receiving_nonce().is_multiple_of(REKEY) {
                    transport.rekey_incoming();
                }
                read
            }
            Stage::Failed => return Err(ChannelError::Ended),
        };
        plain.truncate(start + *read.as_ref().unwrap_or(&0));
        read.map_err(fault)?;
        self.confirmed |= self.spoke;
        self.meet()?;
        self.conclude()
    }

    /// Notes who the peer is. Its key was proven by the message that was read.
    fn meet(&mut self) -> Result<(), ChannelError> {
        let Stage::Handshake(handshake) = &self.stage else {
            return Ok(());
        };
        let key = handshake.get_remote_static().and_then(<[u8]>::first_chunk);
        self.peer = key.copied().map(PublicStatic);
        if self.peer.is_some_and(|peer| !peer.is_canonical()) {
            return Err(ChannelError::Key);
        }
        Ok(())
    }

    /// Goes from the handshake to records, after its last message.
    fn conclude(&mut self) -> Result<(), ChannelError> {
        match core::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Handshake(handshake) if handshake.is_handshake_finished() => {
                self.hash = handshake.get_handshake_hash().first_chunk().copied();
                let transport = handshake.into_transport_mode().map_err(fault)?;
                self.stage = Stage::Open(Box::new(transport));
            }
            stage => self.stage = stage,
        }
        Ok(())
    }

    fn seal(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), ChannelError> {
        let transport = match &mut self.stage {
            Stage::Open(transport) => transport,
            Stage::Handshake(_) => return Err(ChannelError::Early),
            Stage::Failed => return Err(ChannelError::Ended),
        };
        record(plain.len() + TAG, out, |message| {
            transport.write_message(plain, message)
        })?;
        if transport.sending_nonce().is_multiple_of(REKEY) {
            transport.rekey_outgoing();
        }
        Ok(())
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Handshake(_) => "handshake",
            Stage::Open(_) => "open",
            Stage::Failed => "failed",
        };
        write!(f, "Channel({stage}, peer {:?})", self.peer)
    }
}

fn ik(own: &StaticKey, peer: Option<PublicStatic>) -> Start<'_> {
    Start {
        name: "Noise_IK_25519_AESGCM_SHA256",
        prologue: b"freehold 1 ik",
        own,
        peer,
        shared: None,
    }
}

/// Appends so many zeros, and leaves nothing behind if that takes another place.
fn lengthen(plain: &mut Vec<u8>, by: usize) {
    let len = plain.len() + by;
    if len > plain.capacity() {
        let mut roomy = Vec::with_capacity(len.max(2 * plain.capacity()));
        roomy.extend_from_slice(plain);
        core::mem::replace(plain, roomy).zeroize();
    }
    plain.resize(len, 0);
}

/// Appends a length and what `write` makes of at most `max` bytes.
fn record(
    max: usize,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut [u8]) -> Result<usize, snow::Error>,
) -> Result<(), ChannelError> {
    let start = out.len();
    out.resize(start + 2 + max, 0);
    let written = write(&mut out[start + 2..]).map_err(fault);
    let len = written.and_then(|len| u16::try_from(len).map_err(|_| ChannelError::TooLong));
    let Ok(len) = len else {
        out.truncate(start);
        return len.map(drop);
    };
    out[start..start + 2].copy_from_slice(&len.to_be_bytes());
    out.truncate(start + 2 + usize::from(len));
    Ok(())
}

/// Keys and tags in the longest message of a handshake.
const OVERHEAD: usize = 96;
/// Records of one direction under one key: some 4 GiB. A key that was replaced opens nothing of before.
const REKEY: u64 = 1 << 16;
