//! What the tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses a part"
)]

use freehold_crypto::{
    Entropy, EntropyError, EntryContext, Leaf, LogId, PiecePlace, Root, Salt, Secret, Suite,
};
use freehold_model::{Facet, Level, Time};

/// Gives the same byte for ever: the worst clone of a random generator.
pub(crate) struct Stuck(pub(crate) u8);

impl Entropy for Stuck {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(self.0);
        Ok(())
    }
}

/// Gives nothing.
pub(crate) struct Dry;

impl Entropy for Dry {
    fn fill(&mut self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

/// The root of the vectors: 00 01 02 .. 1f.
pub(crate) fn root() -> Root {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(0..).for_each(|(byte, at)| *byte = at);
    Root::from_secret(Secret::from_bytes(bytes))
}

pub(crate) const LOG: LogId = LogId([
    0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
]);

pub(crate) const SALT: Salt = Salt([
    0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f,
]);

/// The leaf, entry and place of the vectors.
pub(crate) fn leaf(facet: Facet) -> Leaf {
    root().tree(Level::Hour, facet).leaf(40).unwrap()
}

pub(crate) fn context(suite: Suite) -> EntryContext {
    EntryContext::new(suite, LOG, 9, Level::Hour, -1, 3, SALT)
}

pub(crate) const PLACE: PiecePlace = PiecePlace {
    start: Time::from_ms(-3_600_000),
    end: Time::from_ms(0),
    facet: Facet::Totals,
    part: 2,
};

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}
