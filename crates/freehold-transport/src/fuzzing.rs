//! A door for the fuzzer, in builds with `--cfg fuzzing` alone: keys that agree at no cost. What is around the arithmetic of the curve
//! is then reached a hundred times as often.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::PublicStatic;

static CHEAP: AtomicBool = AtomicBool::new(false);

/// From now on keys agree by exclusive or, and nothing is secret. Before any key is made.
pub fn cheap_keys() {
    CHEAP.store(true, Relaxed);
}

/// The public half, where keys are cheap.
pub(crate) fn public_of(secret: &[u8; 32]) -> Option<PublicStatic> {
    let mut public = *secret;
    // Below 2^255 - 19.
    public[31] &= 0x3f;
    CHEAP.load(Relaxed).then_some(PublicStatic(public))
}

/// What two keys agree on, where keys are cheap.
pub(crate) fn agreed(secret: &[u8; 32], public: &[u8; 32]) -> Option<[u8; 32]> {
    let mut shared = public_of(secret)?.0;
    let halves = shared.iter_mut().zip(public);
    halves.for_each(|(shared, public)| *shared ^= public);
    Some(shared)
}
