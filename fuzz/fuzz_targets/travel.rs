//! What travels between peers: stretches, orders, receipts, knocks, offers and addresses, of any origin.
//!
//! The first byte chooses. What is accepted encodes to the same bytes; orders are signed by a mailbox that means harm.
#![no_main]

use freehold::crypto::{Secret, SigningKey};
use freehold::transport::{Address, Offer, knock};
use freehold_fuzz::within;
use freehold_sync::{Order, Position, Prefix, SignedOrder, SignedReceipt, Stretch};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((&which, bytes)) = bytes.split_first() else {
        return;
    };
    match which % 6 {
        0 => stretch(bytes),
        1 => order(bytes),
        2 => {
            if let Ok(receipt) = SignedReceipt::from_bytes(bytes) {
                assert_eq!(receipt.to_bytes(), bytes);
            }
        }
        3 => {
            if let Ok((knock, rest)) = knock(bytes) {
                let knock = postcard::to_allocvec(&knock).expect("it encodes");
                let len = postcard::to_allocvec(&(knock.len() as u64)).expect("it encodes");
                assert_eq!([&len, &knock, rest].concat(), bytes);
            }
        }
        4 => {
            if let Ok(prefix) = postcard::from_bytes::<Prefix>(bytes) {
                assert!(prefix.children().all(|child| child != prefix));
            }
        }
        _ => text(bytes),
    }
}));

fn stretch(bytes: &[u8]) {
    let Ok(stretch) = Stretch::from_bytes(bytes) else {
        return;
    };
    assert_eq!(stretch.to_bytes(), bytes);
    let from = match &stretch {
        Stretch::Data(data) => data
            .start
            .as_ref()
            .map_or(Position::START, |start| start.position),
        _ => Position::START,
    };
    let Ok(end) = stretch.end(from) else { return };
    assert!(end.seq > from.seq);
    if let Stretch::Data(mut data) = stretch {
        // A holder of less has the same chain.
        data.keeping(|_, facet| facet == 0)
            .expect("it held together");
        assert_eq!(Stretch::Data(data.clone()).end(from), Ok(end));
        data.without_bodies();
        assert_eq!(Stretch::Data(data).end(from), Ok(end));
    }
}

fn order(bytes: &[u8]) {
    let Ok(order) = postcard::from_bytes::<Order>(bytes) else {
        return;
    };
    let key = SigningKey::from_seed(&Secret::from_bytes([1; 32])).expect("a key");
    let signed = SignedOrder::sign(&order, &[2; 32], &key).expect("it signs");
    if let Ok(verified) = signed.verify(&[2; 32], &key.public_key()) {
        assert_eq!(verified, order);
    }
}

fn text(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse(), Ok(address));
    }
    let _ = Offer::from_text(text);
}
