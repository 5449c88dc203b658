//! Of `docs/spec/parcel.md`: a grant, what came after it, and what opens by both. Whoever does this right reads what a home grants.

mod cases;
mod open;

use super::{Entry, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![entry::<open::Open>()]
}
