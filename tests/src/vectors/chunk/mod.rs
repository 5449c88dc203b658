//! Of `docs/spec/chunk.md`.

mod decode;
mod draft;
mod encode;
mod examples;
mod pen;

use freehold_model::ChunkError;

use super::{Entry, Failure, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![entry::<decode::Decode>(), entry::<encode::Encode>()]
}

/// What the page says of all other bytes: there is one way to be refused.
fn of_chunk(error: ChunkError) -> Failure {
    match error {
        ChunkError::Empty | ChunkError::TooManyReadings { .. } => Failure::Length,
        ChunkError::BeforeStart | ChunkError::NoValue { .. } => Failure::Range,
        ChunkError::Unordered { .. } => Failure::Order,
        ChunkError::Malformed => Failure::Malformed,
    }
}

/// Where the slots of the cases start, as those of the page do.
const START: i64 = 1_700_000_000_000;
