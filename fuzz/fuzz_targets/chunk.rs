//! Bytes of any origin are no chunk, or exactly what their readings encode to.
#![no_main]

use freehold::Time;
use freehold::model::chunk::{decode, encode};
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

const START: Time = Time::from_ms(1_700_000_000_000);
const LIMIT: usize = 300;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    if let Ok(readings) = decode(START, bytes, LIMIT) {
        assert!(!readings.is_empty() && readings.len() <= LIMIT);
        assert!(readings[0].time >= START);
        assert!(readings.is_sorted_by_key(|reading| reading.time));
        assert_eq!(encode(START, &readings).as_deref(), Ok(bytes));
    }
}));
