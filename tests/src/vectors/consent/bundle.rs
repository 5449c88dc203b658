//! Bundles as a grantor without rules would make them.

use freehold_crypto::{
    Cover, Domain, EnvelopePublicKey, Root, Secret, SeededEntropy, SigningKey, Suite, padme_len,
};
use freehold_model::{
    Calendar, Epoch, Facet, Id, Kind, Level, Stream, StreamSpec, Time, wire::to_bytes,
};

use super::people::{JUNE, blob, envelope, grantor, signed, stranger, text, token};
use crate::vectors::log::object::{Object, list, varint, zigzag};

/// When the bundles are made: the consent begins, ms.
pub(super) const MADE: i64 = JUNE as i64 * 60_000;
/// A lease of seven days, ms.
pub(super) const LEASE: i64 = 7 * 86_400_000;
/// May and June 2024.
pub(super) const EPOCH: i32 = 326;

/// What is said openly.
pub(super) fn header(seq: u64, made: i64, horizon: i64) -> Object {
    Object(vec![
        ("token", token().id().0.to_vec()),
        ("seq", varint(seq)),
        ("made", zigzag(made)),
        ("horizon", zigzag(horizon)),
        ("journal-time", zigzag(made)),
        ("journal-hash", vec![6; 32]),
        ("nodes", varint(9)),
        ("generations", list(&[varint(0)])),
        ("succession", vec![0]),
    ])
}

/// The header of the first bundle.
pub(super) fn first() -> Object {
    header(0, MADE, MADE + LEASE)
}

/// What is sealed: one stream and the trees of its two levels.
pub(super) fn contents(until: i64) -> Object {
    Object(vec![
        ("mail", vec![7; 32]),
        ("streams", list(&[stream().bytes()])),
        ("trees", list(&trees(until).map(|tree| tree.bytes()))),
    ])
}

/// The stream, as its owner describes it.
pub(super) fn stream() -> Object {
    let log = [
        &[8; 16][..],
        &[3],
        &varint(0),
        &stranger().public_key().to_bytes(),
    ]
    .concat();
    Object(vec![
        ("label", text("Meter")),
        ("description", to_bytes(&spec())),
        ("logs", list(&[log])),
    ])
}

fn spec() -> StreamSpec {
    let kind = Kind::registered("energy_interval").unwrap();
    let levels = [Level::Raw, Level::HalfHour, Level::Day];
    StreamSpec::new(Id::from_bytes([1; 16]), kind, "Europe/London")
        .levels(levels)
        .chunk_minutes(360)
}

/// The trees of raw and of half hours with what opens up to a horizon.
pub(super) fn trees(until: i64) -> [Object; 2] {
    [
        tree(Level::Raw, Facet::Readings, until),
        tree(Level::HalfHour, Facet::Totals, until),
    ]
}

pub(super) fn tree(level: Level, facet: Facet, until: i64) -> Object {
    Object(vec![
        ("stream", varint(0)),
        ("level", vec![level.number()]),
        ("facet", vec![facet.number()]),
        ("epoch", zigzag(EPOCH.into())),
        ("generation", varint(0)),
        ("nodes", blob(&cover(3, level, facet, until).to_bytes())),
    ])
}

/// What opens of a tree below a root, from June until a horizon.
pub(super) fn cover(root: u8, level: Level, facet: Facet, until: i64) -> Cover {
    let stream = Stream::new(spec()).unwrap();
    let calendar: &Calendar = stream.calendar();
    let epoch = Epoch::from_number(EPOCH);
    let (from, until) = (Time::from_ms(MADE), Time::from_ms(until));
    let leaves = calendar.index_span(level, epoch, from, until).unwrap();
    Root::from_secret(Secret::from_bytes([root; 32]))
        .tree(level, facet)
        .restrict(leaves)
}

/// The contents with zeros up to their Padmé length.
pub(super) fn padded(contents: &[u8]) -> Vec<u8> {
    let mut plain = contents.to_vec();
    plain.resize(padme_len(contents.len()), 0);
    plain
}

/// A bundle of this header and these contents.
pub(super) fn bundle(header: &Object, contents: &Object) -> Vec<u8> {
    sealed(header, &padded(&contents.bytes()))
}

/// A bundle of this header and this plaintext.
pub(super) fn sealed(header: &Object, plain: &[u8]) -> Vec<u8> {
    let envelope = envelope_of(header, plain, envelope().public_key());
    with_envelope(&header.bytes(), &envelope, &grantor())
}

/// The envelope of this header and this plaintext.
pub(super) fn envelope_of(header: &Object, plain: &[u8], to: &EnvelopePublicKey) -> Vec<u8> {
    let (id, entropy) = (token().id().0, &mut SeededEntropy::new(1));
    to.seal(Suite::One, &id, &header.bytes(), plain, entropy)
        .unwrap()
}

/// Header and envelope, signed.
pub(super) fn with_envelope(header: &[u8], envelope: &[u8], key: &SigningKey) -> Vec<u8> {
    signed(Domain::Bundle, key, &[header, &blob(envelope)].concat())
}
