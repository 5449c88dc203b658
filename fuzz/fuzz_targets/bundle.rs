//! Bytes of any origin are no key bundle. Signed by the grantor, they open only as what was sealed.
#![no_main]

use freehold::consent::{FileType, UnverifiedBundle};
use freehold::crypto::Domain;
use freehold_fuzz::{Consent, signed, unsigned, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Consent::get(); }, |body: &[u8]| within(body, || {
    if UnverifiedBundle::from_bytes(&unsigned(body)).is_err() {
        return;
    }
    let consent = Consent::get();
    let file = FileType::Extension.wrap(&signed(Domain::Bundle, body));
    let read = UnverifiedBundle::from_file(&file).expect("it decoded before");
    let Ok(bundle) = read.verify(&consent.token) else { return };
    assert_eq!(bundle.to_file(), file);
    if bundle.open(&consent.token, &consent.card, &consent.envelope).is_ok() {
        assert_eq!(bundle, consent.bundle);
    }
}));
