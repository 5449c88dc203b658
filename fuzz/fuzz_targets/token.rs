//! Bytes of any origin are no consent object, or exactly what it encodes to; and none that was not signed verifies.
#![no_main]

use freehold_consent::{
    FileType, UnverifiedBundle, UnverifiedCard, UnverifiedGrant, UnverifiedRequest,
    UnverifiedRevocation, UnverifiedToken,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = UnverifiedToken::from_bytes(bytes) {
        if let Ok(token) = token.verify() {
            assert_eq!(token.as_bytes(), bytes);
            assert!(!token.terms().scope.lines().is_empty());
        }
    }
    if let Ok(card) = UnverifiedCard::from_bytes(bytes)
        && let Ok(card) = card.verify()
    {
        assert_eq!(card.as_bytes(), bytes);
    }
    if let Ok(request) = UnverifiedRequest::from_bytes(bytes)
        && let Ok(request) = request.verify()
    {
        assert_eq!(request.as_bytes(), bytes);
    }
    let _ = UnverifiedBundle::from_bytes(bytes);
    let _ = UnverifiedRevocation::from_bytes(bytes);
    if FileType::of(bytes).is_ok() {
        let _ = UnverifiedGrant::from_file(bytes);
    }
});
