//! Bytes of any origin are no revocation. Signed by the grantor, they are one of its token and of no other.
#![no_main]

use freehold::consent::{FileType, UnverifiedRevocation, explain_revocation};
use freehold::crypto::Domain;
use freehold::model::Zone;
use freehold_fuzz::{Consent, signed, unsigned, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Consent::get(); }, |body: &[u8]| within(body, || {
    if UnverifiedRevocation::from_bytes(&unsigned(body)).is_err() {
        return;
    }
    let file = FileType::Revocation.wrap(&signed(Domain::Revocation, body));
    let read = UnverifiedRevocation::from_file(&file).expect("it decoded before");
    let token = &Consent::get().token;
    let named = read.token();
    if let Ok(revocation) = read.verify(token) {
        assert_eq!(named, token.id());
        assert_eq!(revocation.to_file(), file);
        assert!(!explain_revocation(&revocation, None, &Zone::utc()).is_empty());
    }
}));
