//! Bytes of any origin are no file, or one of a known type; and no grant but the one that was signed.
#![no_main]

use freehold::consent::{FileType, UnverifiedGrant};
use freehold_fuzz::{Consent, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Consent::get(); }, |bytes: &[u8]| within(bytes, || {
    if let Ok(kind) = FileType::of(bytes) {
        let object = kind.unwrap_file(bytes).expect("the type that it has");
        assert_eq!(kind.wrap(object), bytes);
    }
    let file = FileType::Grant.wrap(bytes);
    let Ok(Ok(grant)) = UnverifiedGrant::from_file(&file).map(UnverifiedGrant::verify) else { return };
    assert_eq!(grant.to_file().as_deref(), Ok(&file[..]));
    let consent = Consent::get();
    if grant.open(&consent.card, &consent.envelope).is_ok() {
        assert_eq!(grant.token(), &consent.token);
    }
}));
