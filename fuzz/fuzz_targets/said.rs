//! What parties say to each other and to recipients, once it is opened: pairing, letters, feeds, orders. It is refused, or is the one
//! encoding of what it says.
//!
//! The first byte is the kind.
#![no_main]

use freehold::fuzzing::{SAID, said};
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    if let Some((&kind, bytes)) = bytes.split_first() {
        let _ = said(kind % SAID, bytes);
    }
}));
