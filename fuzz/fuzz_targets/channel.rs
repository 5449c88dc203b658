//! Two ends of a channel, and somebody between, with the keys of the product.
#![no_main]

use freehold_fuzz::channel::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
