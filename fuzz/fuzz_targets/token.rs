//! Bytes of any origin are no consent token. Signed by a household that means harm, they are one that keeps every bound.
#![no_main]

use freehold::consent::{UnverifiedToken, explain_token};
use freehold::crypto::Domain;
use freehold_fuzz::{key, signed, unsigned, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|link: &[u8]| within(link, || {
    let token = |link: Vec<u8>| UnverifiedToken::from_bytes(&[&[1], &link[..]].concat());
    if token(unsigned(link)).is_err() {
        return;
    }
    let bytes = signed(Domain::Token, link);
    let verified = token(bytes.clone()).expect("it decoded before").verify();
    let Ok(token) = verified else { return };
    assert_eq!(token.grantor(), &key().public_key());
    assert_eq!(token.as_bytes().get(1..), Some(&bytes[..]));
    let terms = token.terms();
    assert!(!terms.scope.streams().is_empty());
    assert!(terms.usable.from() < terms.usable.until());
    assert_eq!(terms.meet(terms).as_ref(), Ok(terms));
    assert!(terms.is_within(terms));
    for ((stream, level, facet), windows) in terms.scope.cells() {
        assert_eq!(terms.scope.windows(stream, level, facet), windows);
        assert!(windows.iter().all(|window| window.from() < window.until()));
    }
    assert!(!explain_token(&token, None, &[]).is_empty());
}));
