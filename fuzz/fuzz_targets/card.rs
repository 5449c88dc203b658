//! Bytes of any origin are no card. Signed with the key that they name, they are one whose name is clean.
#![no_main]

use freehold::consent::{CARD_BYTES_MAX, FileType, Name, UnverifiedCard};
use freehold::crypto::Domain;
use freehold_fuzz::{signed, unsigned, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| within(body, || {
    if UnverifiedCard::from_bytes(&unsigned(body)).is_err() {
        return;
    }
    let bytes = signed(Domain::Card, body);
    assert!(bytes.len() <= CARD_BYTES_MAX);
    let file = FileType::Card.wrap(&bytes);
    let Ok(card) = UnverifiedCard::from_file(&file)
        .expect("it decoded before")
        .verify()
    else {
        return;
    };
    assert_eq!(card.to_file(), file);
    assert_eq!(Name::new(card.name().as_str()).as_ref(), Ok(card.name()));
}));
