//! Bytes of any origin are no genesis and no checkpoint. Signed by whoever may, they are what they encode to, and of one log.
#![no_main]

use std::sync::LazyLock;

use freehold::crypto::{Domain, LogId, Signature, Suite};
use freehold::{Facet, Level};
use freehold_fuzz::{key, signed, within};
use freehold_sync::{Genesis, UnverifiedCheckpoint};
use libfuzzer_sys::fuzz_target;

static LOG: LazyLock<Genesis> = LazyLock::new(|| {
    let (log, facets) = (LogId([1; 16]), vec![Facet::Totals]);
    let writer = key().public_key();
    Genesis::new(
        Suite::One,
        log,
        [1; 16],
        [2; 32],
        Level::Day,
        facets,
        0,
        writer,
        None,
    )
});

fuzz_target!(init: { LazyLock::force(&LOG); }, |bytes: &[u8]| within(bytes, || {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    if which & 1 == 0 {
        let signature = key().sign(Domain::Genesis, bytes).expect("Ed25519 always signs");
        let Ok(genesis) = Genesis::verify(bytes, &signature, &key().public_key()) else { return };
        assert_eq!(genesis.to_bytes(), bytes);
        assert!(!genesis.facets.is_empty() && genesis.facets.len() <= 4);
        assert!(genesis.facets.is_sorted());
        let other = Signature::from_bytes(&[3; 64]);
        assert!(Genesis::verify(bytes, &other, &key().public_key()).is_err());
        return;
    }
    let mut unsigned = bytes.to_vec();
    unsigned.extend_from_slice(&[0; 64]);
    if UnverifiedCheckpoint::from_bytes(&unsigned).is_err() {
        return;
    }
    let bytes = signed(Domain::Checkpoint, bytes);
    let checkpoint = UnverifiedCheckpoint::from_bytes(&bytes).expect("it decoded before");
    let position = checkpoint.position();
    if let Ok(checkpoint) = checkpoint.verify(&LOG) {
        assert_eq!(checkpoint.to_bytes(), bytes);
        assert_eq!(checkpoint.position(), position);
    }
}));
