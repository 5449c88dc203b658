//! What programs keep in files or are given as text: transcripts, a relay's settings, its card and its rows, pairing codes and
//! addresses behind what hides them from chance.
//!
//! The first byte chooses.
#![no_main]

use freehold::model::wire;
use freehold::transport::{Address, Offer, PublicStatic, Record, Transcript};
use freehold_crypto::{Domain, digest};
use freehold_fuzz::within;
use freehold_relay::{Config, RelayCard, storage};
use freehold_sync::Cursor;
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|bytes: &[u8]| within(bytes, || match bytes.split_first() {
    Some((0, bytes)) => transcript(bytes),
    Some((1, text)) => config(text),
    Some((2, bytes)) => {
        if let Some(card) = RelayCard::from_bytes(bytes) {
            assert_eq!(card.to_bytes(), bytes);
        }
    }
    Some((3, body)) => offer(body),
    Some((4, place)) => address(place),
    Some((kind, bytes)) => row(kind - 5, bytes),
    None => {}
}));

/// What is read is written again as it was.
fn transcript(bytes: &[u8]) {
    let mut whole = b"freehold transcript 1\n".to_vec();
    let file = [&whole[..], bytes].concat();
    for record in Transcript::read(&file[..]) {
        let Ok(record) = record else { return };
        if let Record::Said { bytes, .. } = &record {
            assert!(bytes.len() <= file.len());
        }
        let record = wire::to_bytes(&record);
        let len = u32::try_from(record.len()).expect("short").to_be_bytes();
        whole.extend_from_slice(&[&len, &record[..]].concat());
        assert!(file.starts_with(&whole));
    }
    assert_eq!(whole, file, "read to its end");
}

/// What can be followed is followed twice.
fn config(text: &[u8]) {
    let Ok(text) = core::str::from_utf8(text) else {
        return;
    };
    let (mut once, mut twice) = (Config::default(), Config::default());
    if once.read(text).is_ok() {
        twice
            .read(text)
            .and_then(|()| twice.read(text))
            .expect("it was");
        assert_eq!(once, twice);
        assert!(
            once.metrics
                .is_none_or(|address| address.ip().is_loopback())
        );
    }
}

/// A code of which the check is right.
fn offer(body: &[u8]) {
    let check = digest(Domain::Peer, &[b"pair check", body]);
    let text = format!("freehold1:{}", base32(&[body, &check[..4]].concat()));
    if let Ok(offer) = Offer::from_text(&text) {
        assert_eq!(offer.to_text(), text.to_ascii_uppercase());
    }
}

/// An address of which the key is one: its last 32 bytes.
fn address(bytes: &[u8]) {
    let Some((place, key)) = bytes.split_last_chunk() else {
        return;
    };
    let Ok(place) = core::str::from_utf8(place) else {
        return;
    };
    if let Ok(address) = format!("{place}#{}", PublicStatic(*key)).parse::<Address>() {
        assert_eq!(address.key, PublicStatic(*key));
        assert_eq!(address.to_string().parse(), Ok(address));
    }
}

/// A row of a relay's store.
fn row(kind: u8, bytes: &[u8]) {
    match kind % 10 {
        0 => read::<storage::Lineage>(bytes),
        1 => read::<storage::Opened>(bytes),
        2 => read::<storage::Party>(bytes),
        3 => read::<storage::Log>(bytes),
        4 => read::<storage::Head>(bytes),
        5 => read::<storage::Index>(bytes),
        6 => read::<storage::Row>(bytes),
        7 => read::<storage::Erased>(bytes),
        8 => read::<Cursor>(bytes),
        _ => read::<Vec<(u32, u32)>>(bytes),
    }
}

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    if let Ok(read) = wire::from_bytes::<T>(bytes, usize::MAX) {
        assert_eq!(wire::to_bytes(&read), bytes);
    }
}

/// As RFC 4648 has it, in lower case and without padding.
fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let digits = (0..bytes.len() * 8).step_by(5);
    let digit = |at: usize| (0..5).fold(0, |digit, n| digit << 1 | bit(at + n));
    digits
        .map(|at| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(digit(at))]))
        .collect()
}
