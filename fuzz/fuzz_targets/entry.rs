//! Bytes of any origin are no header, or exactly what it encodes to; the rest is taken as its body, likewise.
#![no_main]

use freehold_sync::{Body, Header, UnverifiedEntry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&split, rest)) = bytes.split_first() else { return };
    let (header, body) = rest.split_at(usize::from(split).min(rest.len()));
    let Ok(decoded) = Header::from_bytes(header) else { return };
    assert_eq!(decoded.to_bytes(), header);
    assert_eq!(decoded.slots().count(), decoded.slot_count());
    assert!(decoded.slots().all(|(slot, _)| slot.start < slot.end && slot.is_within(decoded.span().start, decoded.span().end)));
    if let Ok(held) = Body::from_bytes(&decoded, body) {
        assert_eq!(held.to_bytes(), body);
        assert!(UnverifiedEntry::from_bytes(header, body).is_ok());
    }
});
