//! Bytes of any origin are no checkpoint, or one that another writer than this log's signed.
#![no_main]

use freehold_crypto::{LogId, SeededEntropy, SigningKey, Suite};
use freehold_model::{Facet, Level};
use freehold_sync::{Genesis, UnverifiedCheckpoint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(checkpoint) = UnverifiedCheckpoint::from_bytes(bytes) else { return };
    let Ok(writer) = SigningKey::generate_ed25519(&mut SeededEntropy::new(1)) else { return };
    let (log, facets) = (LogId([0; 16]), vec![Facet::Totals]);
    let genesis = Genesis::new(Suite::One, log, [0; 16], [0; 32], Level::Day, facets, 0, writer.public_key(), None);
    assert!(checkpoint.verify(&genesis).is_err());
});
