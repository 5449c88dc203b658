//! A disk that was cloned with its random state.

use std::collections::BTreeMap;

use freehold::{
    Facet, Level, Levels,
    crypto::{
        EntryContext, LogId, Padding, PieceKey, PiecePlace, Root, Salt, SeededEntropy, Suite,
    },
    model::Slot,
    testing::{CopiedLog, logs_of_home},
};
use freehold_tests::{thief::Thief, wishes};

use crate::{Setting, day, hours, line, quarters};

type Place = (Level, Facet, Slot, u16);

/// Pieces by their place, sealed and plain.
type Pieces = BTreeMap<Place, (Vec<u8>, Vec<u8>)>;

/// The sealed pieces of a day, and what they say.
fn pieces(value: i64) -> (Vec<CopiedLog>, Pieces) {
    let setting = Setting::new(51);
    setting.record(day(), quarters(), |n| value + n);
    let mut thief = Thief::new(1);
    let levels: Levels = [
        Level::Raw,
        Level::QuarterHour,
        Level::HalfHour,
        Level::Hour,
        Level::Day,
    ]
    .into();
    thief.is_granted(
        &setting.home,
        wishes(
            vec![line(levels, [Facet::Totals, Facet::Extremes], 0, 24)],
            None,
        ),
    );
    let logs = logs_of_home(&setting.home).unwrap();
    let reads = thief.reads(&logs);
    let mut pieces = BTreeMap::new();
    for log in &logs {
        for entry in &log.entries {
            for piece in entry.pieces() {
                let place = (log.genesis.level, piece.facet, piece.slot, piece.part);
                let sealed = entry.body().piece(piece.number()).unwrap().to_vec();
                pieces.insert(place, (sealed, reads.get(&place).unwrap().clone()));
            }
        }
    }
    (logs, pieces)
}

fn keystream((sealed, plain): &(Vec<u8>, Vec<u8>)) -> Vec<u8> {
    sealed
        .iter()
        .zip(plain)
        .map(|(sealed, plain)| sealed ^ plain)
        .collect()
}

/// Has: what two copies of one home sealed, both with the same keys, logs and random state, in the same slots; and the plaintext
/// of one copy. Tries: to subtract one copy's ciphertext from the other's, which gives both plaintexts when they share a
/// keystream. Stopped by: the salt depends on what is sealed (seal-6), and every key of a piece on the salt (seal-2).
#[test]
fn the_same_random_state() {
    let ((logs, one), (other_logs, other)) = (pieces(40_000), pieces(41_000));
    assert!(
        logs.iter()
            .zip(&other_logs)
            .all(|(a, b)| a.genesis == b.genesis),
        "the same logs"
    );
    assert_eq!(one.len(), other.len());
    assert_eq!(one.len(), 24 + 2 * (96 + 48 + 24 + 1));
    for ((place, a), b) in one.iter().zip(other.values()) {
        assert_ne!(keystream(a), keystream(b), "{place:?}");
    }
    // The same data seals to the same bytes, from which nobody learns more than that.
    assert_eq!(one, pieces(40_000).1);
    // Without the plaintext in the salt the copies would share keys.
    let leaf = Root::random(&mut SeededEntropy::new(1))
        .unwrap()
        .tree(Level::Raw, Facet::Readings)
        .leaf(7)
        .unwrap();
    let slot = hours(0, 1);
    let place = PiecePlace {
        start: slot.start,
        end: slot.end,
        facet: Facet::Readings,
        part: 0,
    };
    let context = EntryContext::new(
        Suite::One,
        LogId([1; 16]),
        0,
        Level::Raw,
        265,
        0,
        Salt([2; 16]),
    );
    let stream = |plain: &[u8]| {
        let mut sealed = plain.to_vec();
        PieceKey::derive(&leaf, &context, &place)
            .seal_large(&mut sealed, 0, Padding::Padme)
            .unwrap();
        keystream(&(sealed, plain.to_vec()))
    };
    assert_eq!(stream(&[1; 40]), stream(&[2; 40]), "the control");
}
