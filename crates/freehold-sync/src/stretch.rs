//! What travels of a log at once: entries from one checkpoint to another, letters, or orders.

use freehold_crypto::{Domain, digest};
use freehold_model::{Facet, Slot, wire};
use serde::{Deserialize, Serialize};

use crate::{
    Body, Checkpoint, Entry, Genesis, Header, LogError, Position, SignedAt, SignedOrder,
    UnverifiedCheckpoint, UnverifiedEntry, verify,
};

/// A part of one log as it travels. What is in it is not believed before it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stretch {
    /// Entries, from a checkpoint or the log's start to a checkpoint.
    Data(Data),
    /// Letters, sealed to whom they are for.
    Letters(Vec<Letter>),
    /// Orders of a household to the relay.
    Orders(Vec<SignedOrder>),
}

/// Entries between two checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// Where they begin; nothing when they follow what the receiver has.
    pub start: Option<Box<Start>>,
    /// Headers and bodies.
    #[serde(with = "crate::packed")]
    pub entries: Vec<(Vec<u8>, Vec<u8>)>,
    /// The checkpoint after them.
    pub end: SignedAt,
}

/// Where a stretch begins, for who has nothing before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The log's genesis, sealed to who knows the log's id.
    pub intro: Vec<u8>,
    /// The place.
    pub position: Position,
    /// The checkpoint there; none at the beginning of the log.
    pub signed: Option<SignedAt>,
}

/// An item of a log whose contents only its readers know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Letter {
    /// The sealed letter.
    Held(Vec<u8>),
    /// Its hash, once it is no longer needed.
    Gone([u8; 32]),
}

impl Stretch {
    /// Decodes a stretch. Headers and bodies in it are not decoded.
    ///
    /// # Errors
    /// [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::TooLarge`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogError> {
        let stretch: Self = wire::from_bytes(bytes, STRETCH_MAX)?;
        let items = match &stretch {
            Self::Data(data) => {
                if data.start.as_ref().is_some_and(|start| {
                    start.intro.len() > INTRO_MAX
                        || start.position.seq > ENTRIES_MAX
                        || start.signed.is_none() != (start.position.seq == 0)
                }) {
                    return Err(LogError::Malformed);
                }
                data.entries.len()
            }
            Self::Letters(letters) => letters.len(),
            Self::Orders(orders) => orders.len(),
        };
        if items == 0 {
            Err(LogError::Malformed)
        } else if items > ITEMS_MAX {
            Err(LogError::TooLarge { bound: ITEMS_MAX })
        } else {
            Ok(stretch)
        }
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    /// The place after the stretch, which begins at `from`. Headers, chain and bodies are checked, signatures are not.
    ///
    /// # Errors
    /// [`LogError`]: the stretch does not go on at `from`, or does not hold together.
    pub fn end(&self, from: Position) -> Result<Position, LogError> {
        match self {
            Self::Data(data) => data.end_at(from),
            Self::Letters(letters) => Ok(letters
                .iter()
                .fold(from, |at, letter| at.after(&letter.hash()))),
            Self::Orders(orders) => Ok(orders
                .iter()
                .fold(from, |at, order| at.after(&order.hash()))),
        }
    }
}

impl Data {
    /// Verifies the entries, which begin at `from` unless the stretch says where.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn verify(&self, genesis: &Genesis, from: Option<Position>) -> Result<Verified, LogError> {
        let mut before = None;
        let from = match (&self.start, from) {
            (Some(start), _) => match start.signed {
                Some(signed) => {
                    let checkpoint = UnverifiedCheckpoint::at(genesis.log, start.position, signed)
                        .verify(genesis)?;
                    before = Some(checkpoint);
                    start.position
                }
                None if start.position == genesis.start() => start.position,
                None => return Err(LogError::Chain),
            },
            (None, Some(from)) => from,
            (None, None) => return Err(LogError::Chain),
        };
        let entries: Vec<UnverifiedEntry> = self
            .entries
            .iter()
            .map(|(header, body)| UnverifiedEntry::from_bytes(header, body))
            .collect::<Result<_, _>>()?;
        let end = entries
            .iter()
            .fold(from, |at, entry| at.after(entry.header_bytes()));
        let after = UnverifiedCheckpoint::at(genesis.log, end, self.end).verify(genesis)?;
        let entries = verify(genesis, from, entries, &after)?;
        Ok(Verified {
            before,
            entries,
            after,
        })
    }

    /// Replaces the pieces by their hashes for which `keep`, asked for a slot and the number of a facet in the log, says no.
    ///
    /// # Errors
    /// [`LogError`] when an entry does not decode.
    pub fn keeping(&mut self, keep: impl Fn(Slot, usize) -> bool) -> Result<(), LogError> {
        for (header, body) in &mut self.entries {
            let header = Header::from_bytes(header)?;
            let whole = Body::from_bytes(&header, body)?;
            let facets = header.facet_count();
            let kept: Vec<bool> = header
                .slots()
                .flat_map(|(slot, _)| (0..facets).map(move |facet| (slot, facet)))
                .map(|(slot, facet)| keep(slot, facet))
                .collect();
            *body = whole
                .keeping(|piece| kept.get(piece).copied().unwrap_or_default())
                .to_bytes();
        }
        Ok(())
    }

    /// Takes all bodies away.
    pub fn without_bodies(&mut self) {
        for (_, body) in &mut self.entries {
            *body = Body::default().to_bytes();
        }
    }

    fn end_at(&self, from: Position) -> Result<Position, LogError> {
        if self
            .start
            .as_ref()
            .is_some_and(|start| start.position != from)
        {
            return Err(LogError::Chain);
        }
        let mut at = from;
        for (bytes, body) in &self.entries {
            let header = Header::from_bytes(bytes)?;
            if header.seq() != at.seq {
                return Err(LogError::Sequence {
                    expected: at.seq,
                    found: header.seq(),
                });
            }
            let body = Body::from_bytes(&header, body)?;
            if !body.is_nothing() && body.hash() != header.body {
                return Err(LogError::Body);
            }
            at = at.after(bytes);
        }
        Ok(at)
    }
}

/// A stretch whose signatures, chain and pieces are verified.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The checkpoint before it, if it came along.
    pub before: Option<Checkpoint>,
    /// The entries.
    pub entries: Vec<Entry>,
    /// The checkpoint after it.
    pub after: Checkpoint,
}

impl Letter {
    /// What the chain of its log goes over: the same for a letter and what is left of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        match self {
            Self::Held(letter) => digest(Domain::Letter, &[letter]),
            Self::Gone(hash) => *hash,
        }
    }
}

impl Position {
    /// The start of a log of letters or orders.
    pub const START: Self = Self {
        seq: 0,
        chain: [0; 32],
    };
}

/// The bytes of one facet's slot are not told apart by a relay: facets are counted in the order of the log.
pub type Columns = u8;

/// The bit of a facet in the log's order.
#[must_use]
pub fn column(facets: &[Facet], facet: Facet) -> Columns {
    let at = facets.iter().position(|other| *other == facet);
    at.map_or(0, |at| 1 << at)
}

/// The most bytes of one stretch.
pub const STRETCH_MAX: usize = 1 << 23;
/// The most bytes of a sealed genesis.
const INTRO_MAX: usize = 1 << 10;
/// The most entries before a stretch: their number goes on to the end of any stretch.
const ENTRIES_MAX: u64 = u64::MAX >> 1;
/// The most entries, letters or orders in one stretch.
const ITEMS_MAX: usize = 1 << 10;
