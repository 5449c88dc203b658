use freehold_crypto::{Domain, digest};

use crate::{Header, LogError};

/// SHA-256 over a sealed piece, domain separated: what stands in for a piece that is not held.
pub type PieceHash = [u8; 32];

/// The pieces of an entry in the order of its header: slot by slot, facet by facet. A piece is held, or its hash stands in.
///
/// Any holder may drop pieces ([`Body::keeping`]) and the entry still verifies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Empty when nothing is held.
    pieces: Vec<Held>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Piece { at: usize, len: usize },
    Hash(PieceHash),
}

const WHOLE: u8 = 0;
const PARTIAL: u8 = 1;
const NOTHING: u8 = 2;

impl Body {
    /// Decodes the pieces that `header` announces.
    ///
    /// # Errors
    /// [`LogError::Malformed`] when the lengths do not fit the header.
    pub fn from_bytes(header: &Header, bytes: &[u8]) -> Result<Self, LogError> {
        let (&form, rest) = bytes.split_first().ok_or(LogError::Malformed)?;
        if form == NOTHING && rest.is_empty() {
            return Ok(Self::default());
        }
        let count = header.piece_count();
        let (bits, mut rest) = match form {
            WHOLE => (None, rest),
            PARTIAL => {
                let split = rest.split_at_checked(count.div_ceil(8));
                let (bits, data) = split.ok_or(LogError::Malformed)?;
                check_bits(bits, count)?;
                (Some(bits), data)
            }
            _ => return Err(LogError::Malformed),
        };
        let mut body = Self::with_capacity(count, rest.len());
        for len in header.sealed_lens() {
            if bits.is_none_or(|bits| bit(bits, body.pieces.len())) {
                let (piece, after) = rest.split_at_checked(len).ok_or(LogError::Malformed)?;
                body.push(piece);
                rest = after;
            } else {
                let (hash, after) = rest.split_first_chunk().ok_or(LogError::Malformed)?;
                body.pieces.push(Held::Hash(*hash));
                rest = after;
            }
        }
        if rest.is_empty() {
            Ok(body)
        } else {
            Err(LogError::Malformed)
        }
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.pieces.is_empty() {
            return vec![NOTHING];
        }
        let mut out = Vec::with_capacity(1 + self.pieces.len() / 8 + self.bytes.len());
        if self
            .pieces
            .iter()
            .all(|piece| matches!(piece, Held::Piece { .. }))
        {
            out.push(WHOLE);
        } else {
            out.push(PARTIAL);
            let mut bits = vec![0_u8; self.pieces.len().div_ceil(8)];
            for (n, piece) in self.pieces.iter().enumerate() {
                if let (Held::Piece { .. }, Some(byte)) = (piece, bits.get_mut(n / 8)) {
                    *byte |= 1 << (n % 8);
                }
            }
            out.extend_from_slice(&bits);
        }
        for n in 0..self.pieces.len() {
            match self.pieces.get(n) {
                Some(Held::Hash(hash)) => out.extend_from_slice(hash),
                _ => out.extend_from_slice(self.piece(n).unwrap_or_default()),
            }
        }
        out
    }

    /// Whether no piece is held, and no hash of one: then there is nothing to verify but the header.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The sealed piece at `n`, if it is held.
    #[must_use]
    pub fn piece(&self, n: usize) -> Option<&[u8]> {
        match self.pieces.get(n)? {
            Held::Piece { at, len } => self.bytes.get(*at..at + len),
            Held::Hash(_) => None,
        }
    }

    /// The hash of the piece at `n`, held or not.
    #[must_use]
    pub fn piece_hash(&self, n: usize) -> Option<PieceHash> {
        match self.pieces.get(n)? {
            Held::Hash(hash) => Some(*hash),
            Held::Piece { .. } => self.piece(n).map(|piece| digest(Domain::Piece, &[piece])),
        }
    }

    /// A body with only those pieces held for which `keep` says so; the others become their hashes.
    #[must_use]
    pub fn keeping(&self, keep: impl Fn(usize) -> bool) -> Self {
        if !(0..self.pieces.len()).any(|n| self.piece(n).is_some() && keep(n)) {
            return Self::default();
        }
        let mut body = Self {
            pieces: Vec::with_capacity(self.pieces.len()),
            bytes: Vec::new(),
        };
        for n in 0..self.pieces.len() {
            match self.piece(n) {
                Some(piece) if keep(n) => body.push(piece),
                _ => body.pieces.extend(self.piece_hash(n).map(Held::Hash)),
            }
        }
        body
    }

    /// The pieces that this body or `other`, of the same entry, holds.
    #[must_use]
    pub fn unite(&self, other: &Self) -> Self {
        if self.is_nothing() {
            return other.clone();
        }
        let mut body = Self {
            pieces: Vec::with_capacity(self.pieces.len()),
            bytes: Vec::new(),
        };
        for n in 0..self.pieces.len() {
            match self.piece(n).or_else(|| other.piece(n)) {
                Some(piece) => body.push(piece),
                None => body.pieces.extend(self.piece_hash(n).map(Held::Hash)),
            }
        }
        body
    }

    /// How many pieces are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.pieces
            .iter()
            .filter(|piece| matches!(piece, Held::Piece { .. }))
            .count()
    }

    /// The hash that the header carries: over all piece hashes.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hashes = Vec::with_capacity(self.pieces.len() * 32);
        for n in 0..self.pieces.len() {
            hashes.extend(self.piece_hash(n).into_iter().flatten());
        }
        digest(Domain::Body, &[&hashes])
    }

    pub(crate) fn with_capacity(pieces: usize, bytes: usize) -> Self {
        Self {
            pieces: Vec::with_capacity(pieces),
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// Appends a piece that `seal` writes to the end of the buffer.
    pub(crate) fn push_with<E>(
        &mut self,
        seal: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let at = self.bytes.len();
        seal(&mut self.bytes)?;
        self.pieces.push(Held::Piece {
            at,
            len: self.bytes.len() - at,
        });
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) {
        self.pieces.push(Held::Piece {
            at: self.bytes.len(),
            len: piece.len(),
        });
        self.bytes.extend_from_slice(piece);
    }
}

/// A partial body has a piece that is held and one that is not, and no bit beyond the last piece.
fn check_bits(bits: &[u8], count: usize) -> Result<(), LogError> {
    let spare = (count..bits.len() * 8).any(|n| bit(bits, n));
    let held = (0..count).filter(|n| bit(bits, *n)).count();
    if spare || held == 0 || held == count {
        Err(LogError::Malformed)
    } else {
        Ok(())
    }
}

fn bit(bits: &[u8], n: usize) -> bool {
    bits.get(n / 8).is_some_and(|byte| byte >> (n % 8) & 1 == 1)
}
