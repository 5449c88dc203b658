//! Bytes of any origin are no genesis that a household signed.
#![no_main]

use freehold_crypto::{SeededEntropy, Signature, SigningKey};
use freehold_sync::Genesis;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(household) = SigningKey::generate_ed25519(&mut SeededEntropy::new(1)) else { return };
    let (signature, genesis) = bytes.split_first_chunk().unwrap_or((&[0; 64], bytes));
    assert!(Genesis::verify(genesis, &Signature::from_bytes(signature), &household.public_key()).is_err());
});
