//! A file that is carried, of any origin, with the keys of the product.
#![no_main]

use freehold_fuzz::carried::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
