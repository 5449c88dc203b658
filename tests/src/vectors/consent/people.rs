//! Who grants and who receives in these cases, and what they sign.

use freehold_consent::{Card, Token, UnverifiedCard, UnverifiedToken};
use freehold_crypto::{Domain, EnvelopeKey, Secret, SigningKey};

use crate::vectors::log::object::{Object, list, varint, zigzag};

/// The household.
pub(super) fn grantor() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([7; 32])).unwrap()
}

/// Acme, which asks.
pub(in crate::vectors) fn acme() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([1; 32])).unwrap()
}

/// Somebody else.
pub(super) fn stranger() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([9; 32])).unwrap()
}

/// The seed of Acme's envelope key.
pub(in crate::vectors) const SEED: [u8; 32] = [2; 32];

/// Acme's envelope key.
pub(super) fn envelope() -> EnvelopeKey {
    EnvelopeKey::from_seed(Secret::from_bytes(SEED)).unwrap()
}

/// A signed object: version, payload, signature.
pub(super) fn signed(domain: Domain, key: &SigningKey, payload: &[u8]) -> Vec<u8> {
    versioned(1, domain, key, payload)
}

/// One of another version.
pub(super) fn versioned(version: u8, domain: Domain, key: &SigningKey, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [&[version], payload].concat();
    let signature = key.sign(domain, &bytes).unwrap();
    bytes.extend_from_slice(&signature.to_bytes());
    bytes
}

/// The payload of Acme's card.
pub(super) fn card_payload() -> Object {
    Object(vec![
        ("suite", vec![1]),
        ("role", vec![0]),
        ("name", text("Acme Energy")),
        ("key", acme().public_key().to_bytes()),
        ("envelope", blob(envelope().public_key().as_bytes())),
    ])
}

/// Acme's card.
pub(super) fn card_bytes() -> Vec<u8> {
    signed(Domain::Card, &acme(), &card_payload().bytes())
}

pub(in crate::vectors) fn card() -> Card {
    UnverifiedCard::from_bytes(&card_bytes())
        .unwrap()
        .verify()
        .unwrap()
}

/// Minutes from 1970 to 1 June 2024 in UTC.
pub(super) const JUNE: i32 = 28_620_000;

/// The payload of a token: half hours of one stream, readings and totals, of June 2024, usable for a year.
pub(super) fn token_payload() -> Object {
    Object(vec![
        ("suite", vec![1]),
        ("nonce", vec![3; 16]),
        ("grantor", grantor().public_key().to_bytes()),
        ("recipient", card().id().0.to_vec()),
        ("shown", vec![4; 32]),
        ("how", vec![4]),
        ("scope", list(&[line(&[1], 0b1001, 0b11, JUNE, 43_200)])),
        ("usable", window(JUNE, 525_600)),
        ("lease", varint(10_080)),
        ("purposes", list(&[varint(1)])),
        ("basis", varint(1)),
        ("retention", varint(30)),
        ("caveats", vec![0]),
    ])
}

/// A token with this payload, granted by the household.
pub(super) fn token_of(payload: &Object) -> Vec<u8> {
    linked(&payload.bytes())
}

/// The same of a payload's bytes.
pub(super) fn linked(payload: &[u8]) -> Vec<u8> {
    [&[1], &signed(Domain::Token, &grantor(), payload)[..]].concat()
}

pub(super) fn token() -> Token {
    verified(&token_of(&token_payload()))
}

pub(super) fn verified(token: &[u8]) -> Token {
    UnverifiedToken::from_bytes(token)
        .unwrap()
        .verify()
        .unwrap()
}

/// A line of a scope; a stream's id is its number sixteen times.
pub(super) fn line(streams: &[u8], levels: u8, facets: u8, from: i32, minutes: u32) -> Vec<u8> {
    let ids: Vec<[u8; 16]> = streams.iter().map(|stream| [*stream; 16]).collect();
    [list(&ids), vec![levels, facets], window(from, minutes)].concat()
}

pub(super) fn window(from: i32, minutes: u32) -> Vec<u8> {
    [zigzag(from.into()), varint(minutes.into())].concat()
}

/// Bytes with their number.
pub(super) fn blob(bytes: &[u8]) -> Vec<u8> {
    [&varint(bytes.len() as u64), bytes].concat()
}

pub(super) fn text(text: &str) -> Vec<u8> {
    blob(text.as_bytes())
}
