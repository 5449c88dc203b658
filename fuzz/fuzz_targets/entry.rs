//! Bytes of any origin are no header and no body, or exactly what they encode to; leaving pieces out changes no hash.
//!
//! The first two bytes are the length of the header, the third says which pieces are left out.
#![no_main]

use freehold_fuzz::within;
use freehold_sync::{Body, Header, UnverifiedEntry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((&[high, low, keep], rest)) = bytes.split_first_chunk() else {
        return;
    };
    let split = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
    let (header, body) = rest.split_at(split);
    let Ok(decoded) = Header::from_bytes(header) else {
        return;
    };
    assert_eq!(decoded.to_bytes(), header);
    assert_eq!(decoded.slots().count(), decoded.slot_count());
    let span = decoded.span();
    assert!(
        decoded
            .slots()
            .all(|(slot, _)| slot.start < slot.end && slot.is_within(span.start, span.end))
    );
    let Ok(held) = Body::from_bytes(&decoded, body) else {
        return;
    };
    assert_eq!(held.to_bytes(), body);
    assert!(UnverifiedEntry::from_bytes(header, body).is_ok());
    let less = held.keeping(|piece| keep >> (piece % 8) & 1 == 1);
    assert!(less.held() <= held.held());
    assert_eq!(
        Body::from_bytes(&decoded, &less.to_bytes()).as_ref(),
        Ok(&less)
    );
    if !less.is_nothing() {
        assert_eq!(less.hash(), held.hash());
        assert_eq!(less.unite(&held), held);
        assert_eq!(held.unite(&less), held);
    }
}));
