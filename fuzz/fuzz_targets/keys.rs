//! Bytes of any origin are no key, or exactly what it encodes to, and nothing verifies or opens by chance.
//!
//! The first byte chooses: a public key and a signature, a secret signing key, an envelope key, an envelope, the parameters of
//! a passphrase.
#![no_main]

use freehold::crypto::{
    ARGON2_MAX, ARGON2_MIN, Cost, Domain, EnvelopePublicKey, PassphraseError, PassphraseParams,
    PublicKey, Signature, SigningKey, Suite,
};
use freehold::model::wire;
use freehold_fuzz::{Consent, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Consent::get(); }, |bytes: &[u8]| within(bytes, || {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    match which % 5 {
        0 => public(bytes),
        1 => secret(bytes),
        2 => {
            if let Ok(key) = EnvelopePublicKey::from_bytes(bytes) {
                assert_eq!(key.as_bytes(), bytes);
            }
        }
        3 => {
            let suite = if which / 5 % 2 == 0 { Suite::One } else { Suite::Two };
            assert!(Consent::get().envelope.open(suite, b"", b"", bytes).is_err());
        }
        _ => passphrase(bytes),
    }
}));

fn public(bytes: &[u8]) {
    let Some((bytes, signature)) = bytes.split_last_chunk() else {
        return;
    };
    let decoded = wire::from_bytes::<PublicKey>(bytes, 1 << 10).ok();
    let Ok(key) = PublicKey::from_bytes(bytes) else {
        return assert_eq!(decoded, None);
    };
    assert_eq!(decoded, Some(key));
    assert_eq!(key.to_bytes(), bytes);
    let signature = Signature::from_bytes(signature);
    let one = key.verify(Domain::Card, b"1", &signature);
    // A key of small order takes one signature for many messages; no honest one does.
    let _ = one.and_then(|()| key.verify(Domain::Card, b"2", &signature));
}

fn secret(bytes: &[u8]) {
    let Ok(key) = SigningKey::from_secret_bytes(bytes) else {
        return;
    };
    assert_eq!(&*key.to_secret_bytes(), bytes);
    let signature = key.sign(Domain::Card, b"1").expect("it signs");
    assert_eq!(
        key.public_key().verify(Domain::Card, b"1", &signature),
        Ok(())
    );
    assert!(
        key.public_key()
            .verify(Domain::Card, b"2", &signature)
            .is_err()
    );
}

/// Costs out of bounds are refused before any work; the work itself is not done here.
fn passphrase(bytes: &[u8]) {
    let Ok(params) = postcard::from_bytes::<PassphraseParams>(bytes) else {
        return;
    };
    let (cost, salt): (Cost, [u8; 16]) = postcard::from_bytes(bytes).expect("the same bytes");
    let within =
        |value: u32, of: fn(Cost) -> u32| (of(ARGON2_MIN)..=of(ARGON2_MAX)).contains(&value);
    if within(cost.memory_kib, |c| c.memory_kib)
        && within(cost.passes, |c| c.passes)
        && within(cost.lanes, |c| c.lanes)
    {
        assert_eq!(PassphraseParams::new(cost, salt), Ok(params));
    } else {
        assert_eq!(params.derive(b"x"), Err(PassphraseError::Cost));
    }
}
