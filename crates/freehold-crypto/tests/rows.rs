//! Rows of the store, passphrases and key stores.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Dry, Stuck, hex, leaf};
use freehold_crypto::{
    ARGON2_MAX, ARGON2_MIN, Cost, EntropyError, KeyStore, KeyStoreError, KeyStoreKind,
    MemoryKeyStore, OpenError, PassphraseError, PassphraseParams, ROW_OVERHEAD, RowKey, SealError,
    Secret, SeededEntropy, Suite,
};
use freehold_model::Facet;

/// seal-14, seal-16: computed apart from this code with Python's hashlib and cryptography.
#[test]
fn known_rows() {
    let totals = leaf(Facet::Totals);
    let cases = [
        (
            RowKey::store(Secret::from_bytes([0x11; 32]), Suite::One),
            b"table 1",
            "b5f4a318ee126aa790e507477a5487ee06c2f00ca586c14f96965357c10186b0726c8494d2738fbd88755b1dc3499b6d0344b1",
        ),
        (
            RowKey::readings(&totals, Suite::Two),
            b"table 2",
            "482c22ba8de8dea91e5facec69ad7891446836545a8a7cc4a67534b313b4da5afd519364a3c9f302205536ddc50fba10ff132b",
        ),
        (
            RowKey::running(&totals, Suite::One),
            b"table 3",
            "c3e9ea270b3ec462623d4d38c8d1ff4e965f32af172f55c2207916341905a7fcf83388d40ca57526063e66792d07faf871a5bf",
        ),
    ];
    for (key, context, expected) in cases {
        let mut body = b"row".to_vec();
        key.seal(context, &mut body, 0, &mut Stuck(0x77)).unwrap();
        assert_eq!(hex(&body), expected);
        assert_eq!(body.len(), 3 + ROW_OVERHEAD);
        assert_eq!(key.open(context, &mut body).unwrap(), b"row");
    }
}

/// seal-14, seal-16: a row opens under its own key, use, suite and context only.
#[test]
fn nothing_else_opens_a_row() {
    let totals = leaf(Facet::Totals);
    let same = || Secret::from_bytes(*totals.secret().expose());
    let right = RowKey::readings(&totals, Suite::One);
    let mut sealed = b"some readings".to_vec();
    right
        .seal(b"row 7", &mut sealed, 0, &mut SeededEntropy::new(1))
        .unwrap();
    for wrong in [
        RowKey::running(&totals, Suite::One),
        RowKey::readings(&totals, Suite::Two),
        RowKey::readings(&leaf(Facet::Extremes), Suite::One),
        RowKey::store(same(), Suite::One),
    ] {
        let opened = wrong.open(b"row 7", &mut sealed.clone()).map(drop);
        assert_eq!(opened, Err(OpenError::Commitment));
    }
    let opened = right.open(b"row 8", &mut sealed.clone()).map(drop);
    assert_eq!(opened, Err(OpenError::Commitment));
    for bit in 0..8 * sealed.len() {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(right.open(b"row 7", &mut changed).is_err(), "bit {bit}");
    }
    for len in 0..ROW_OVERHEAD {
        assert_eq!(
            right.open(b"", &mut vec![0; len]).err(),
            Some(OpenError::Length)
        );
    }
    assert_eq!(right.open(b"row 7", &mut sealed).unwrap(), b"some readings");
}

/// seal-6: rows too survive a random generator that repeats itself.
#[test]
fn row_salts_are_hedged() {
    let key = RowKey::store(Secret::from_bytes([1; 32]), Suite::One);
    let salt = |context: &[u8], plaintext: &[u8]| {
        let mut body = plaintext.to_vec();
        key.seal(context, &mut body, 0, &mut Stuck(0)).unwrap();
        body.split_off(body.len() - 16)
    };
    assert_ne!(salt(b"a", b"100"), salt(b"a", b"137"));
    assert_ne!(salt(b"a", b"100"), salt(b"b", b"100"));
    let mut body = b"row".to_vec();
    assert_eq!(
        key.seal(b"", &mut body, 0, &mut Dry),
        Err(SealError::Entropy(EntropyError))
    );
    assert_eq!(
        key.seal(b"", &mut body, 4, &mut Stuck(0)),
        Err(SealError::Length)
    );
    assert_eq!(body, b"row", "left as it was");
}

/// keys-21: RFC 9106's algorithm at the least cost, computed apart from this code
/// with Python's cryptography package.
#[test]
fn known_passphrase() {
    let params = PassphraseParams::new(ARGON2_MIN, [0x33; 16]).unwrap();
    let key = params.derive(b"correct horse").unwrap();
    assert_eq!(
        hex(key.expose()),
        "a854430f05920e5566488eea2f304127a493f66497cf050724dc8b1762a87609"
    );
    assert_ne!(params.derive(b"correct horsf").unwrap(), key);
}

/// keys-21: what is read from a file is bounded on both sides.
#[test]
fn passphrase_costs_are_bounded() {
    let beyond = [
        Cost {
            memory_kib: ARGON2_MIN.memory_kib - 1,
            ..ARGON2_MIN
        },
        Cost {
            passes: ARGON2_MIN.passes - 1,
            ..ARGON2_MIN
        },
        Cost {
            lanes: 0,
            ..ARGON2_MIN
        },
        Cost {
            memory_kib: ARGON2_MAX.memory_kib + 1,
            ..ARGON2_MAX
        },
        Cost {
            passes: ARGON2_MAX.passes + 1,
            ..ARGON2_MAX
        },
        Cost {
            lanes: ARGON2_MAX.lanes + 1,
            ..ARGON2_MAX
        },
    ];
    for cost in beyond {
        assert_eq!(
            PassphraseParams::new(cost, [0; 16]),
            Err(PassphraseError::Cost)
        );
        let forged = postcard::to_allocvec(&(cost, [0_u8; 16])).unwrap();
        let read: PassphraseParams = postcard::from_bytes(&forged).unwrap();
        assert_eq!(read.derive(b"").err(), Some(PassphraseError::Cost));
    }
    assert_eq!(PassphraseParams::generate(&mut Dry), Err(EntropyError));
}

#[test]
fn the_memory_key_store_keeps_its_promises() {
    let store = MemoryKeyStore::new();
    assert_eq!(store.kind(), KeyStoreKind::Memory);
    assert_eq!(store.load(), Ok(None));
    let key = Secret::from_bytes([7; 32]);
    store.replace(&key).unwrap();
    assert_eq!(store.load(), Ok(Some(key)));
    assert_eq!(store.counter(), Ok(0));
    assert_eq!(store.advance(0), Err(KeyStoreError::Backwards));
    store.advance(5).unwrap();
    assert_eq!(store.advance(5), Err(KeyStoreError::Backwards));
    assert_eq!(store.counter(), Ok(5));
    assert!(!format!("{store:?}").contains("7, 7"));
}
