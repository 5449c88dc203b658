//! Pairing codes, and two devices that pair with somebody between, with the keys of the product.
#![no_main]

use freehold_fuzz::pair::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
