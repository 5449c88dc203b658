use freehold_crypto::{
    Entropy, EntryContext, Leaf, Padding, PieceKey, PiecePlace, Salt, SaltHedge,
};
use freehold_model::{Epoch, Facet, Slot};

use crate::{
    Body, Genesis, Header, Lengths, LogError,
    header::{BODY_MAX, HEADER_VERSION, SLOTS_MAX},
};

/// An entry as it came: decoded, not believed. [`verify`](crate::verify) turns it into an [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedEntry {
    header: Header,
    header_bytes: Vec<u8>,
    body: Body,
}

/// An entry whose place in its log and whose pieces are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    header: Header,
    body: Body,
    context: EntryContext,
    facets: Vec<Facet>,
}

/// One piece of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// The slot.
    pub slot: Slot,
    /// Which part of the slot.
    pub part: u16,
    /// The facet.
    pub facet: Facet,
    number: usize,
    entry: &'a Entry,
}

impl UnverifiedEntry {
    /// Decodes an entry from its header and its body.
    ///
    /// # Errors
    /// See [`Header::from_bytes`] and [`Body::from_bytes`].
    pub fn from_bytes(header: &[u8], body: &[u8]) -> Result<Self, LogError> {
        if body.len() > BODY_MAX {
            return Err(LogError::TooLarge { bound: BODY_MAX });
        }
        let header_bytes = header.to_vec();
        let header = Header::from_bytes(header)?;
        let body = Body::from_bytes(&header, body)?;
        Ok(Self {
            header,
            header_bytes,
            body,
        })
    }

    /// The header, unverified.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    /// The rest of the verification, once the chain holds: the body is the header's, the facets are the log's.
    pub(crate) fn verified(self, genesis: &Genesis) -> Result<Entry, LogError> {
        if self.header.lengths.len() != genesis.facets.len() {
            return Err(LogError::Malformed);
        }
        if !self.body.is_nothing() && self.body.hash() != self.header.body {
            return Err(LogError::Body);
        }
        Ok(Entry::new(genesis, self.header, self.body))
    }
}

impl Entry {
    fn new(genesis: &Genesis, header: Header, body: Body) -> Self {
        let context = context(
            genesis,
            header.seq,
            header.epoch,
            header.generation,
            header.salt,
        );
        Self {
            header,
            body,
            context,
            facets: genesis.facets.clone(),
        }
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The pieces, slot by slot, facet by facet, held or not.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.header
            .slots()
            .enumerate()
            .flat_map(move |(s, (slot, part))| {
                self.facets.iter().enumerate().map(move |(f, facet)| Piece {
                    slot,
                    part,
                    facet: *facet,
                    number: s * self.facets.len() + f,
                    entry: self,
                })
            })
    }
}

impl Piece<'_> {
    /// The place in the body, from 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Opens the piece with its slot's key, using `buffer` for its bytes.
    ///
    /// # Errors
    /// [`LogError::Absent`] when the piece is not held, [`LogError::Sealed`] when the key is not its key.
    pub fn open<'b>(&self, leaf: &Leaf, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], LogError> {
        let sealed = self.entry.body.piece(self.number).ok_or(LogError::Absent)?;
        let place = PiecePlace {
            start: self.slot.start,
            end: self.slot.end,
            facet: self.facet,
            part: self.part,
        };
        let key = PieceKey::derive(leaf, &self.entry.context, &place);
        buffer.clear();
        buffer.extend_from_slice(sealed);
        let plain = if is_chunk(&self.entry.facets) {
            key.open_large(buffer)
        } else {
            key.open_small(buffer)
        };
        plain.map(|plain| &*plain).map_err(|_| LogError::Sealed)
    }
}

/// The pieces of a raw log are chunks, those of any other log are facets of summaries.
fn is_chunk(facets: &[Facet]) -> bool {
    facets.first() == Some(&Facet::Readings)
}

/// Gathers the plain pieces of slots and seals them all under one salt.
pub struct EntryBuilder<'a> {
    genesis: &'a Genesis,
    seq: u64,
    epoch: Epoch,
    generation: u32,
    slots: Vec<(Slot, u16)>,
    leaves: Vec<Leaf>,
    plain: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> EntryBuilder<'a> {
    pub(crate) fn new(genesis: &'a Genesis, seq: u64, epoch: Epoch, generation: u32) -> Self {
        Self {
            genesis,
            seq,
            epoch,
            generation,
            slots: Vec::new(),
            leaves: Vec::new(),
            plain: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Adds a slot. Its pieces follow: one [`piece`](Self::piece) for each facet of the log, in the log's order.
    pub fn slot(&mut self, slot: Slot, part: u16) {
        self.slots.push((slot, part));
    }

    /// Adds the next piece of the last slot: the key of the slot for the piece's facet, and the plaintext.
    pub fn piece(&mut self, leaf: Leaf, plain: &[u8]) {
        self.leaves.push(leaf);
        self.plain.extend_from_slice(plain);
        self.ends.push(self.plain.len());
    }

    /// The number of slots so far.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.slots.len()
    }

    /// Whether another slot with `bytes` of plaintext should start a new entry.
    #[must_use]
    pub fn is_full(&self, bytes: usize) -> bool {
        self.slots.len() >= ENTRY_SLOTS
            || (!self.slots.is_empty() && self.plain.len() + bytes > ENTRY_BYTES)
    }

    /// Seals the entry. Chunks are padded by `padding`; summaries have the width that the caller gave them.
    ///
    /// # Errors
    /// [`LogError::Slots`] when slots overlap or step back, [`LogError::Malformed`] when a slot has not one piece for each
    /// facet, [`LogError::TooLarge`], [`LogError::Entropy`].
    pub fn seal(self, padding: Padding, entropy: &mut dyn Entropy) -> Result<Entry, LogError> {
        if self.ends.len() != self.slots.len() * self.genesis.facets.len() {
            return Err(LogError::Malformed);
        }
        let mut runs = Vec::new();
        for (slot, part) in &self.slots {
            Header::push_slot(&mut runs, *slot, *part)?;
        }
        let mut hedge = SaltHedge::new();
        for (leaf, place, plain) in self.pieces() {
            hedge.piece(leaf, &place, plain);
        }
        let salt = hedge
            .salt(self.genesis.log, self.seq, entropy)
            .map_err(|_| LogError::Entropy)?;
        let context = context(self.genesis, self.seq, self.epoch, self.generation, salt);
        let body = self.seal_pieces(&context, padding)?;
        let header = Header {
            version: HEADER_VERSION,
            seq: self.seq,
            epoch: self.epoch,
            generation: self.generation,
            salt,
            runs,
            lengths: self.lengths(&body)?,
            body: body.hash(),
        };
        // The writer's own entry must be one that every reader accepts.
        header.check()?;
        Ok(Entry {
            header,
            body,
            context,
            facets: self.genesis.facets.clone(),
        })
    }

    fn pieces(&self) -> impl Iterator<Item = (&Leaf, PiecePlace, &[u8])> {
        let places = self.slots.iter().flat_map(|(slot, part)| {
            self.genesis.facets.iter().map(|facet| PiecePlace {
                start: slot.start,
                end: slot.end,
                facet: *facet,
                part: *part,
            })
        });
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let plains = starts
            .zip(&self.ends)
            .map(|(start, end)| self.plain.get(start..*end).unwrap_or_default());
        self.leaves
            .iter()
            .zip(places)
            .zip(plains)
            .map(|((leaf, place), plain)| (leaf, place, plain))
    }

    fn seal_pieces(&self, context: &EntryContext, padding: Padding) -> Result<Body, LogError> {
        let chunks = is_chunk(&self.genesis.facets);
        let mut body =
            Body::with_capacity(self.ends.len(), self.plain.len() + self.ends.len() * 48);
        for (leaf, place, plain) in self.pieces() {
            let key = PieceKey::derive(leaf, context, &place);
            body.push_with(|out| {
                let start = out.len();
                out.extend_from_slice(plain);
                if chunks {
                    key.seal_large(out, start, padding)
                } else {
                    key.seal_small(out, start)
                }
            })
            .map_err(|_| LogError::TooLarge { bound: BODY_MAX })?;
        }
        Ok(body)
    }

    fn lengths(&self, body: &Body) -> Result<Vec<Lengths>, LogError> {
        let facets = self.genesis.facets.len();
        let len =
            |slot: usize, facet: usize| body.piece(slot * facets + facet).map_or(0, <[u8]>::len);
        (0..facets)
            .map(|facet| {
                let first = len(0, facet);
                let same = (1..self.slots.len()).all(|slot| len(slot, facet) == first);
                match u16::try_from(first) {
                    Ok(fixed) if same => Ok(Lengths::Fixed(fixed)),
                    _ => (0..self.slots.len())
                        .map(|slot| {
                            u32::try_from(len(slot, facet))
                                .map_err(|_| LogError::TooLarge { bound: BODY_MAX })
                        })
                        .collect::<Result<_, _>>()
                        .map(Lengths::Each),
                }
            })
            .collect()
    }
}

/// The slots and the plaintext bytes at which an entry is full: it stays well below a frame of the sync protocol.
const ENTRY_SLOTS: usize = SLOTS_MAX;
const ENTRY_BYTES: usize = 32 << 10;

fn context(genesis: &Genesis, seq: u64, epoch: Epoch, generation: u32, salt: Salt) -> EntryContext {
    EntryContext::new(
        genesis.suite,
        genesis.log,
        seq,
        genesis.level,
        epoch.number(),
        generation,
        salt,
    )
}
