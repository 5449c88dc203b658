//! What a sealed row of a store says, of any origin, is refused, or says the same when it is written again.
//!
//! The first byte is the kind of row.
#![no_main]

use freehold::fuzzing::{ROWS, row};
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((&kind, bytes)) = bytes.split_first() else {
        return;
    };
    let kind = kind % ROWS;
    if let Some(written) = row(kind, bytes) {
        assert!(written.len() <= bytes.len());
        assert_eq!(row(kind, &written).as_ref(), Some(&written));
    }
}));
