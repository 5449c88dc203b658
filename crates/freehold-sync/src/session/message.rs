//! The messages of a session and their bytes, for whoever looks at what two peers said: a [`Session`](crate::Session) needs nobody
//! to know them.

use freehold_model::wire;
use serde::{Deserialize, Serialize};

use super::SessionError;
use crate::{Cursor, Fault, LogName, Prefix, STRETCH_MAX};

/// The most bytes of one frame.
pub const FRAME_MAX: usize = 1 << 16;
/// The most prefixes, heads and wants in one message; so many with the longest encodings stay below a frame.
pub const COMPARE_MAX: usize = 1 << 9;
/// The version of the protocol.
pub const VERSION: u8 = 1;

/// What one frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'a> {
    /// What a side has and wishes: the first message of each.
    Open(Open),
    /// In the place of the responder's `Open`: both have the same.
    Same,
    /// A turn in the comparison of heads.
    Compare(Compare),
    /// Names a log; logs are numbered in the order in which they are named.
    Log(LogName),
    /// The beginning of a stretch.
    Stretch(Part, &'a [u8]),
    /// More of the stretch that is under way.
    More(&'a [u8]),
    /// Everything of the sender's journal up to here was sent.
    Upto(u64),
    /// So many bytes of stretches were received.
    Ack(u64),
    /// That was everything.
    Done(Done),
    /// Why the session ends before its time.
    Refused(Refused),
    /// The session ends.
    Bye,
    /// In the place of the responder's `Open`: both cursors are known, and so much of the initiator's journal is here.
    Known(u64),
}

/// What one side has, and what it wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The protocol's, [`VERSION`].
    pub version: u8,
    /// Bits of [`STAY`], [`NEWEST`] and [`HEADERS`].
    pub wish: u8,
    /// How far it has the peer's journal.
    #[serde(with = "cursor")]
    pub seen: Cursor,
    /// How far its own goes.
    #[serde(with = "cursor")]
    pub mine: Cursor,
    /// The fingerprint of all its heads.
    pub root: [u8; 16],
    /// What came of a stretch before the pipe was cut.
    pub partial: Option<PartialHeld>,
}

/// The session goes on when all is sent.
pub const STAY: u8 = 1;
/// Newest first.
pub const NEWEST: u8 = 2;
/// Headers without bodies.
pub const HEADERS: u8 = 4;

/// A stretch of which the beginning has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialHeld {
    /// Of this log.
    pub name: LogName,
    /// Its first entry.
    pub from: u64,
    /// How many bytes have come.
    pub len: u32,
    /// Of what has come.
    pub hash: [u8; 8],
}

/// A turn in the comparison of heads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compare {
    /// Of the fingerprints.
    pub seed: [u8; 8],
    /// Prefixes and their fingerprints.
    pub ranges: Vec<(Prefix, [u8; 8])>,
    /// Prefixes below which every head is named.
    pub lists: Vec<List>,
    /// What is asked for.
    pub wants: Vec<Want>,
}

/// All logs below a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// What their names begin with.
    pub prefix: Prefix,
    /// Name, entries, and the beginning of the chain.
    pub heads: Vec<(LogName, u64, [u8; 4])>,
}

/// The entries of a log from `from` to before `to`, as far as there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The log.
    pub name: LogName,
    /// The first entry.
    pub from: u64,
    /// The entry after the last.
    pub to: u64,
}

/// The beginning of a stretch: the number of its log in this session, its first entry, its length, and where the bytes go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which of the logs that its sender named.
    pub log: u32,
    /// The first entry.
    pub from: u64,
    /// Of the whole stretch, bytes.
    pub len: u32,
    /// How many of them the receiver has from before.
    pub offset: u32,
}

/// Everything up to here was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The place in its sender's journal.
    pub at: u64,
    /// The beginning of the root, to find out whether something is amiss.
    pub root: [u8; 4],
}

impl Done {
    pub(super) fn new(at: u64, root: &[u8; 16]) -> Self {
        let [a, b, c, d, ..] = *root;
        Self {
            at,
            root: [a, b, c, d],
        }
    }
}

/// Why this side ends the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub fault: Fault,
    /// When to come again, in seconds, if that may help.
    pub retry_after_s: u32,
}

impl<'a> Message<'a> {
    /// Appends the frame: its length as a varint, a tag, and the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (tag, head, rest): (u8, Vec<u8>, &[u8]) = match self {
            Self::Open(open) => (1, wire::to_bytes(open), &[]),
            Self::Same => (2, Vec::new(), &[]),
            Self::Compare(compare) => (3, wire::to_bytes(compare), &[]),
            Self::Log(name) => (4, wire::to_bytes(name), &[]),
            Self::Stretch(part, bytes) => (5, wire::to_bytes(part), bytes),
            Self::More(bytes) => (6, Vec::new(), bytes),
            Self::Upto(at) => (7, wire::to_bytes(at), &[]),
            Self::Ack(taken) => (8, wire::to_bytes(taken), &[]),
            Self::Done(done) => (9, wire::to_bytes(done), &[]),
            Self::Refused(refused) => (10, wire::to_bytes(refused), &[]),
            Self::Bye => (11, Vec::new(), &[]),
            Self::Known(at) => (12, wire::to_bytes(at), &[]),
        };
        let len = (1 + head.len() + rest.len()) as u64;
        out.extend_from_slice(&wire::to_bytes(&len));
        out.push(tag);
        out.extend_from_slice(&head);
        out.extend_from_slice(rest);
    }

    /// Decodes what follows a frame's length.
    ///
    /// # Errors
    /// [`SessionError`], as a session refuses it.
    pub fn decode(frame: &'a [u8]) -> Result<Self, SessionError> {
        let Some((tag, body)) = frame.split_first() else {
            return Err(SessionError::Malformed);
        };
        Ok(match tag {
            1 => Self::Open(open(body)?),
            2 => Self::Same.without(body)?,
            3 => Self::Compare(all::<Compare>(body)?.bounded()?),
            4 => Self::Log(all(body)?),
            5 => {
                let (part, rest) = part(body)?;
                Self::Stretch(part, rest)
            }
            6 => Self::More(body),
            7 => Self::Upto(all(body)?),
            8 => Self::Ack(all(body)?),
            9 => Self::Done(all(body)?),
            10 => Self::Refused(all(body)?),
            11 => Self::Bye.without(body)?,
            12 => Self::Known(all(body)?),
            _ => return Err(SessionError::Malformed),
        })
    }

    fn without(self, body: &[u8]) -> Result<Self, SessionError> {
        if body.is_empty() {
            Ok(self)
        } else {
            Err(SessionError::Malformed)
        }
    }
}

impl Compare {
    pub(super) fn is_end(&self) -> bool {
        self.ranges.is_empty() && self.lists.is_empty()
    }

    fn bounded(self) -> Result<Self, SessionError> {
        let heads: usize = self.lists.iter().map(|list| list.heads.len()).sum();
        if self.ranges.len().max(self.lists.len()) > COMPARE_MAX
            || heads.max(self.wants.len()) > COMPARE_MAX
        {
            return Err(SessionError::TooLarge);
        }
        Ok(self)
    }
}

/// Takes one frame off the front of `input`: its contents, and how many bytes it took. Nothing while it is not whole.
///
/// # Errors
/// [`SessionError`]: its length is none.
pub fn frame(input: &[u8]) -> Result<Option<(&[u8], usize)>, SessionError> {
    let mut len = 0;
    for (at, byte) in input.iter().enumerate().take(3) {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 != 0 {
            continue;
        }
        if at > 0 && *byte == 0 {
            return Err(SessionError::Malformed);
        }
        if len == 0 || len > FRAME_MAX {
            return Err(SessionError::TooLarge);
        }
        let start = at + 1;
        return Ok(input
            .get(start..start + len)
            .map(|frame| (frame, start + len)));
    }
    if input.len() < 3 {
        Ok(None)
    } else {
        Err(SessionError::TooLarge)
    }
}

fn open(body: &[u8]) -> Result<Open, SessionError> {
    match body.first() {
        Some(&VERSION) => all(body),
        Some(&found) => Err(SessionError::Version { found }),
        None => Err(SessionError::Malformed),
    }
}

fn all<T: Serialize + serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, SessionError> {
    wire::from_bytes(body, FRAME_MAX).map_err(|_| SessionError::Malformed)
}

/// The head of a stretch, whose bytes follow without a length of their own.
fn part(body: &[u8]) -> Result<(Part, &[u8]), SessionError> {
    let (part, rest) = wire::take_from_bytes::<Part>(body).map_err(|_| SessionError::Malformed)?;
    if part.len as usize > STRETCH_MAX {
        return Err(SessionError::TooLarge);
    }
    Ok((part, rest))
}

/// A cursor with its epoch in four bytes: it is random, and as a varint would take five.
mod cursor {
    use super::Cursor;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(cursor: &Cursor, to: S) -> Result<S::Ok, S::Error> {
        (cursor.epoch.to_be_bytes(), cursor.at).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Cursor, D::Error> {
        let (epoch, at) = <([u8; 4], u64)>::deserialize(from)?;
        let epoch = u32::from_be_bytes(epoch);
        Ok(Cursor { epoch, at })
    }
}
