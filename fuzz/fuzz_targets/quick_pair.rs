//! `pair` with keys that cost nothing.
#![no_main]

use freehold::transport::fuzzing::cheap_keys;
use freehold_fuzz::pair::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { cheap_keys(); }, |bytes: &[u8]| run(bytes));
