//! A door for the fuzzer, in builds with `--cfg fuzzing` alone: what rows say, without a store around them.

use freehold_model::wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    consents, erase, home, open_slot, post, recipient,
    running::{self, Sum},
    sealer,
    stream::StreamRecord,
    vault,
};

/// Kinds of rows that [`row`] knows.
pub const ROWS: u8 = 15;

/// Decodes what a row of this kind says and encodes it again; `None` if it says nothing.
#[must_use]
pub fn row(kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        0 => again::<home::About>(bytes),
        1 => again::<recipient::About>(bytes),
        2 => again::<home::Device>(bytes),
        3 => again::<StreamRecord>(bytes),
        4 => again::<recipient::LogRow>(bytes),
        5 => again::<sealer::Progress>(bytes),
        6 => again::<vault::VaultRow>(bytes),
        7 => again::<open_slot::JournalPlace>(bytes),
        8 => again::<(running::RunningPlace, Option<Sum>)>(bytes),
        9 => again::<consents::Issued>(bytes),
        10 => again::<recipient::ConsentRow>(bytes),
        11 => again::<consents::EventRow>(bytes),
        12 => again::<post::PeerRow>(bytes),
        13 => again::<erase::ErasureRow>(bytes),
        14 => again::<freehold_consent::Heirs>(bytes),
        _ => None,
    }
}

fn again<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<Vec<u8>> {
    postcard::from_bytes::<T>(bytes)
        .ok()
        .map(|row| wire::to_bytes(&row))
}
