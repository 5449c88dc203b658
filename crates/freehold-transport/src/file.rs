//! What a peer lacks, in a file that is carried to it: where there is no way, only somebody who walks.
//!
//! A file goes one way; the peer's answer is another file. It is sealed to its reader and names its writer, by Noise X: whoever holds
//! the reader's key can open it later too. A file that is read twice, or late, changes nothing that was not new.

use std::io::{ErrorKind, Read, Write};

use freehold_crypto::Entropy;
use freehold_model::wire;
use freehold_sync::{Cursor, Fault, LogName, Replica, STRETCH_MAX};
use serde::{Deserialize, Serialize};

use crate::{Channel, ChannelError, PublicStatic, StaticKey, noise::Start};

/// A file that has been opened: its writer is known, and nothing is taken in yet.
#[derive(Debug)]
pub struct Carried<I> {
    channel: Channel,
    input: I,
    plain: Vec<u8>,
    peer: PublicStatic,
    head: Head,
}

/// What taking in a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How far the writer had this side's journal: where the answer goes on.
    pub has: Cursor,
    /// Whether everything was understood. What was not has to come again.
    pub whole: bool,
}

/// Why a file is not written or not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Not sealed to this side, or changed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// What is in it is not what should be.
    #[error("malformed contents")]
    Malformed,
    /// Its end is missing. What came before is taken in.
    #[error("the end is missing")]
    Cut,
    /// It goes on where this side has not got to: an answer tells the writer where that is.
    #[error("what comes before it is missing")]
    Gap,
    /// The replica refused it, or could not go on.
    #[error(transparent)]
    Replica(#[from] Fault),
    /// It could not be read or written.
    #[error("failed: {0}")]
    Io(ErrorKind),
}

/// Writes everything of a replica's journal after `has` for a peer, to which it is sealed. `has` is what the peer said last:
/// [`Taken::has`], or nothing.
///
/// # Errors
/// [`FileError`]; what was written is of no use.
pub fn write_file(
    own: &StaticKey,
    peer: PublicStatic,
    has: Cursor,
    replica: &mut impl Replica,
    output: &mut impl Write,
    entropy: &mut dyn Entropy,
) -> Result<(), FileError> {
    let journal = replica.journal();
    let known = has.epoch == journal.epoch && has.at <= journal.at;
    let mut at = if known { has.at } else { 0 };
    let head = Head {
        version: VERSION,
        epoch: journal.epoch,
        after: at,
        seen: replica.seen(),
    };
    let mut channel = Channel::new(x(own, Some(peer)).initiator(entropy)?);
    let mut put = |plain: &[u8]| {
        let mut out = Vec::new();
        channel.send(plain, &mut out)?;
        output.write_all(&out).map_err(|error| io(&error))
    };
    put(&wire::to_bytes(&head))?;
    while let Some(change) = replica.change_after(at)? {
        let bytes = replica.read(&change, true)?;
        put(&item(&Item::Stretch(change.name, change.from), &bytes))?;
        at = change.at;
    }
    put(&item(&Item::End(at.max(journal.at)), &[]))
}

/// A file of which each record says what it is told to, for the fuzzer: its reader must bear that.
///
/// # Errors
/// [`FileError::Channel`].
#[cfg(fuzzing)]
pub fn seal_file(
    own: &StaticKey,
    peer: PublicStatic,
    records: &[&[u8]],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, FileError> {
    let mut channel = Channel::new(x(own, Some(peer)).initiator(entropy)?);
    let mut file = Vec::new();
    for record in records {
        channel.send(record, &mut file)?;
    }
    Ok(file)
}

impl<I: Read> Carried<I> {
    /// Opens a file that is for this side.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open(own: &StaticKey, input: I, entropy: &mut dyn Entropy) -> Result<Self, FileError> {
        let mut channel = Channel::new(x(own, None).responder(entropy)?);
        let (mut input, mut plain) = (input, Vec::new());
        let peer = loop {
            // No more than the first record, so that only the head is in `plain`.
            let mut byte = [0];
            fill(&mut input, &mut byte)?;
            if let Some(peer) = channel.receive(&byte, &mut plain)? {
                break peer;
            }
        };
        let head: Head = wire::from_bytes(&plain, HEAD_MAX).map_err(|_| FileError::Malformed)?;
        if head.version != VERSION {
            return Err(FileError::Malformed);
        }
        plain.clear();
        Ok(Self {
            channel,
            input,
            plain,
            peer,
            head,
        })
    }

    /// Who wrote it.
    #[must_use]
    pub const fn peer(&self) -> PublicStatic {
        self.peer
    }

    /// Takes in what is new. The caller makes it durable afterwards.
    ///
    /// # Errors
    /// [`FileError`]; what was taken in stays.
    pub fn take(mut self, replica: &mut impl Replica) -> Result<Taken, FileError> {
        let seen = replica.seen();
        let here = if seen.epoch == self.head.epoch {
            seen.at
        } else {
            0
        };
        if self.head.after > here {
            return Err(FileError::Gap);
        }
        let mut whole = true;
        let end = loop {
            match self.next()? {
                (Item::Stretch(name, from), bytes) => match replica.take(name, from, &bytes) {
                    Err(Fault::Later) => whole = false,
                    outcome => outcome?,
                },
                (Item::End(at), _) => break at,
            }
        };
        if whole && end > here {
            let epoch = self.head.epoch;
            replica.see(Cursor { epoch, at: end })?;
        }
        Ok(Taken {
            has: self.head.seen,
            whole,
        })
    }

    /// The next item and the bytes of its stretch.
    fn next(&mut self) -> Result<(Item, Vec<u8>), FileError> {
        let len = self.part(4)?;
        let len = len.first_chunk().copied().map_or(0, u32::from_be_bytes) as usize;
        if len > STRETCH_MAX + ITEM_MAX {
            return Err(FileError::Malformed);
        }
        let mut bytes = self.part(len)?;
        let (item, rest) = wire::take_from_bytes(&bytes).map_err(|_| FileError::Malformed)?;
        let start = bytes.len() - rest.len();
        bytes.drain(..start);
        Ok((item, bytes))
    }

    /// So many bytes of what is sealed.
    fn part(&mut self, len: usize) -> Result<Vec<u8>, FileError> {
        let mut buffer = [0; 1 << 14];
        while self.plain.len() < len {
            let come = self.input.read(&mut buffer).map_err(|error| io(&error))?;
            if come == 0 {
                return Err(FileError::Cut);
            }
            self.channel.receive(&buffer[..come], &mut self.plain)?;
        }
        let rest = self.plain.split_off(len);
        Ok(core::mem::replace(&mut self.plain, rest))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    version: u8,
    /// The writer's journal, and the place after which it begins here.
    epoch: u32,
    after: u64,
    /// How far the writer has the reader's journal.
    seen: Cursor,
}

#[derive(Debug, Serialize, Deserialize)]
enum Item {
    /// The stretch of a log that begins at an entry. Its bytes follow.
    Stretch(LogName, u64),
    /// That was everything up to here.
    End(u64),
}

fn item(item: &Item, stretch: &[u8]) -> Vec<u8> {
    let head = wire::to_bytes(item);
    let len = u32::try_from(head.len() + stretch.len()).unwrap_or(u32::MAX);
    [&len.to_be_bytes()[..], &head, stretch].concat()
}

fn x(own: &StaticKey, peer: Option<PublicStatic>) -> Start<'_> {
    Start {
        name: "Noise_X_25519_AESGCM_SHA256",
        prologue: b"freehold 1 file",
        own,
        peer,
        shared: None,
    }
}

fn fill(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), FileError> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => FileError::Cut,
        kind => FileError::Io(kind),
    })
}

fn io(error: &std::io::Error) -> FileError {
    FileError::Io(error.kind())
}

const VERSION: u8 = 1;
const HEAD_MAX: usize = 64;
const ITEM_MAX: usize = 32;
