//! Sealing pieces: known answers, and everything that must not open.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{Dry, LOG, PLACE, SALT, Stuck, context, hex, leaf, root};
use freehold_crypto::{
    Domain, EntropyError, EntryContext, Hasher, LARGE_OVERHEAD, Leaf, LogId, OpenError, OsEntropy,
    Padding, PieceKey, PiecePlace, SMALL_MAX, SMALL_OVERHEAD, Salt, SaltHedge, SealError, Suite,
    UnknownSuite, padme_len,
};
use freehold_model::{Facet, Level, Time};
use proptest::prelude::*;

/// seal-2, seal-3, seal-4, seal-8: computed apart from this code with Python's hashlib and hmac.
#[test]
fn known_small_piece() {
    let mut body: Vec<u8> = (0..40).collect();
    key(&leaf(Facet::Totals), &context(Suite::One), &PLACE)
        .seal_small(&mut body, 0)
        .unwrap();
    assert_eq!(
        hex(&body),
        "4984291a0073fbbc0a4b3b632b63b8249f6edb3ae53979e9c8ceeb37a203db9c87fab5cab11794a5827520966943f4b75f2205784c064545"
    );
}

/// seal-10, seal-11, seal-12: computed apart from this code with Python's cryptography package.
#[test]
fn known_large_pieces() {
    let cases = [
        (
            Suite::One,
            "a3804047e39f45999d7190b3e4ffad52eda95a7906174c1827399fc5adf19a189b23922d34c479871a75",
        ),
        (
            Suite::Two,
            "743f057e939077d22a5fb3bdaf5786db21894640b5c81034f53d189c6bb98aab8d743e6529c06dbabdc4",
        ),
    ];
    for (suite, expected) in cases {
        let mut body = b"readings".to_vec();
        key(&leaf(Facet::Totals), &context(suite), &PLACE)
            .seal_large(&mut body, 0, Padding::Padme)
            .unwrap();
        assert_eq!(hex(&body), expected);
    }
}

/// seal-6, seal-7: computed apart from this code with Python's hashlib and hmac.
#[test]
fn known_salt() {
    let mut hedge = SaltHedge::new();
    let plaintext: Vec<u8> = (0..40).collect();
    hedge.piece(&leaf(Facet::Totals), &PLACE, &plaintext);
    let extremes = PiecePlace {
        facet: Facet::Extremes,
        part: 0,
        ..PLACE
    };
    hedge.piece(&leaf(Facet::Extremes), &extremes, b"abc");
    let salt = hedge.salt(LOG, 9, &mut Stuck(0x77)).unwrap();
    assert_eq!(hex(&salt.0), "8bc9187786eee5954ed863bc4daa5180");
}

/// seal-5: whatever differs, nothing opens, small or large, in either suite.
#[test]
fn nothing_else_opens() {
    for suite in [Suite::One, Suite::Two] {
        let right = leaf(Facet::Totals);
        let [mut small, mut large] = sealed(suite, b"twenty-four bytes of sum");
        assert_eq!(
            open_both(
                &right,
                &context(suite),
                &PLACE,
                &mut small.clone(),
                &mut large.clone()
            ),
            [Ok(()); 2]
        );
        for (what, leaf, context, place) in wrong(suite) {
            let opened = open_both(&leaf, &context, &place, &mut small, &mut large);
            assert_eq!(opened, [Err(OpenError::Commitment); 2], "{what}");
        }
        assert_eq!(
            open_both(&right, &context(suite), &PLACE, &mut small, &mut large),
            [Ok(()); 2],
            "nothing was spoilt"
        );
    }
}

/// Everything that a key is bound to, wrong in one thing at a time.
fn wrong(suite: Suite) -> Vec<(&'static str, Leaf, EntryContext, PiecePlace)> {
    let right = || leaf(Facet::Totals);
    let other_suite = if suite == Suite::One {
        Suite::Two
    } else {
        Suite::One
    };
    let entry = |seq, level, epoch, generation, salt| {
        EntryContext::new(suite, LOG, seq, level, epoch, generation, salt)
    };
    let neighbour = root().tree(Level::Hour, Facet::Totals).leaf(41).unwrap();
    let other_level = root().tree(Level::Day, Facet::Totals).leaf(40).unwrap();
    let mut log = LOG;
    log.0[15] ^= 1;
    let mut salt = SALT;
    salt.0[0] ^= 0x80;
    let fine = context(suite);
    let ms = Time::from_ms;
    vec![
        ("leaf of the next slot", neighbour, fine, PLACE),
        ("leaf of another level", other_level, fine, PLACE),
        ("leaf of another facet", leaf(Facet::Extremes), fine, PLACE),
        (
            "suite",
            right(),
            EntryContext::new(other_suite, LOG, 9, Level::Hour, -1, 3, SALT),
            PLACE,
        ),
        (
            "log",
            right(),
            EntryContext::new(suite, log, 9, Level::Hour, -1, 3, SALT),
            PLACE,
        ),
        (
            "sequence",
            right(),
            entry(10, Level::Hour, -1, 3, SALT),
            PLACE,
        ),
        ("level", right(), entry(9, Level::Day, -1, 3, SALT), PLACE),
        ("epoch", right(), entry(9, Level::Hour, 0, 3, SALT), PLACE),
        (
            "generation",
            right(),
            entry(9, Level::Hour, -1, 4, SALT),
            PLACE,
        ),
        ("salt", right(), entry(9, Level::Hour, -1, 3, salt), PLACE),
        (
            "start",
            right(),
            fine,
            PiecePlace {
                start: ms(-3_600_001),
                ..PLACE
            },
        ),
        (
            "end",
            right(),
            fine,
            PiecePlace {
                end: ms(1),
                ..PLACE
            },
        ),
        (
            "facet",
            right(),
            fine,
            PiecePlace {
                facet: Facet::Extremes,
                ..PLACE
            },
        ),
        ("part", right(), fine, PiecePlace { part: 3, ..PLACE }),
    ]
}

/// seal-9, seal-11, seal-13: a flipped bit anywhere is refused, and which kind of refusal it is.
#[test]
fn every_bit_is_checked() {
    for suite in [Suite::One, Suite::Two] {
        let [small, large] = sealed(suite, b"twenty-four bytes of sum");
        let right = leaf(Facet::Totals);
        for bit in 0..8 * small.len() {
            let mut changed = small.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let untouched = changed.clone();
            let opened = key(&right, &context(suite), &PLACE).open_small(&mut changed);
            assert_eq!(opened.err(), Some(OpenError::Commitment));
            assert_eq!(
                changed, untouched,
                "nothing is decrypted before the tag is checked"
            );
        }
        for bit in 0..8 * large.len() {
            let mut changed = large.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let committed = bit / 8 < large.len() - 16;
            let expected = if committed {
                OpenError::Authentication
            } else {
                OpenError::Commitment
            };
            let untouched = changed.clone();
            let opened = key(&right, &context(suite), &PLACE).open_large(&mut changed);
            assert_eq!(opened.err(), Some(expected));
            if !committed {
                assert_eq!(changed, untouched, "the commitment is checked first");
            }
        }
    }
}

/// seal-9, seal-10, seal-15
#[test]
fn lengths() {
    let right = leaf(Facet::Totals);
    let fresh = || key(&right, &context(Suite::One), &PLACE);
    for len in 0..SMALL_OVERHEAD {
        assert_eq!(
            fresh().open_small(&mut vec![0; len]).err(),
            Some(OpenError::Length)
        );
    }
    for len in 0..LARGE_OVERHEAD {
        assert_eq!(
            fresh().open_large(&mut vec![0; len]).err(),
            Some(OpenError::Length)
        );
    }
    let mut longest = vec![1; SMALL_MAX];
    fresh().seal_small(&mut longest, 0).unwrap();
    assert_eq!(
        fresh().open_small(&mut longest).unwrap(),
        vec![1; SMALL_MAX]
    );
    let mut over = vec![1; SMALL_MAX + 1];
    assert_eq!(fresh().seal_small(&mut over, 0), Err(SealError::Length));
    assert_eq!(over, vec![1; SMALL_MAX + 1], "left as it was");
    assert_eq!(
        fresh().open_small(&mut vec![0; SMALL_MAX + 17]).err(),
        Some(OpenError::Length)
    );
    assert_eq!(
        fresh().seal_small(&mut vec![0; 3], 4),
        Err(SealError::Length)
    );
    assert_eq!(
        fresh().seal_large(&mut vec![0; 3], 4, Padding::Padme),
        Err(SealError::Length)
    );
    let [mut small, mut large] = sealed(Suite::One, b"cut short");
    small.pop();
    large.pop();
    assert!(fresh().open_small(&mut small).is_err());
    assert!(fresh().open_large(&mut large).is_err());
}

/// seal-1
#[test]
fn unknown_suites_are_refused() {
    for byte in 0..=255_u8 {
        let known = Suite::try_from(byte);
        match byte {
            1 => assert_eq!(known, Ok(Suite::One)),
            2 => assert_eq!(known, Ok(Suite::Two)),
            _ => assert_eq!(known, Err(UnknownSuite(byte))),
        }
        assert!(known.is_err() || known.map(u8::from) == Ok(byte));
        assert_eq!(postcard::from_bytes::<Suite>(&[byte]).ok(), known.ok());
    }
}

/// seal-6: two writers in one random state, for the same entry with other data, never share a salt.
#[test]
fn salts_are_hedged() {
    let salt = |leaf: Leaf, place, plaintext: &[u8], log, seq, random| {
        let mut hedge = SaltHedge::new();
        hedge.piece(&leaf, &place, plaintext);
        hedge.salt(log, seq, &mut Stuck(random)).unwrap()
    };
    let totals = || leaf(Facet::Totals);
    let other_place = PiecePlace { part: 3, ..PLACE };
    let salts = [
        salt(totals(), PLACE, b"100", LOG, 9, 0),
        salt(totals(), PLACE, b"137", LOG, 9, 0),
        salt(totals(), PLACE, b"100", LOG, 10, 0),
        salt(totals(), PLACE, b"100", LogId([0; 16]), 9, 0),
        salt(totals(), PLACE, b"100", LOG, 9, 1),
        salt(totals(), other_place, b"100", LOG, 9, 0),
        salt(leaf(Facet::Extremes), PLACE, b"100", LOG, 9, 0),
    ];
    for (at, one) in salts.iter().enumerate() {
        assert!(salts[at + 1..].iter().all(|other| other != one), "{at}");
    }
    assert_eq!(salt(totals(), PLACE, b"100", LOG, 9, 0), salts[0]);
}

/// seal-7: who holds one leaf of an entry cannot test guesses at the other pieces by its salt, even
/// when the randomness is known: the salt depends on the leaf that they lack.
#[test]
fn salts_take_every_leaf() {
    let salt = |second: Leaf| {
        let mut hedge = SaltHedge::new();
        hedge.piece(&leaf(Facet::Totals), &PLACE, b"mine");
        hedge.piece(&second, &PLACE, b"guessed");
        hedge.salt(LOG, 9, &mut Stuck(0)).unwrap()
    };
    let tree = root().tree(Level::Hour, Facet::Extremes);
    let salts: Vec<Salt> = (0..50)
        .map(|index| salt(tree.leaf(index).unwrap()))
        .collect();
    for (at, one) in salts.iter().enumerate() {
        assert!(!salts[at + 1..].contains(one));
    }
}

/// seal-6: without randomness nothing is sealed; with it, no two salts are equal.
#[test]
fn salts_need_randomness() {
    assert_eq!(SaltHedge::new().salt(LOG, 9, &mut Dry), Err(EntropyError));
    let fresh = || {
        SaltHedge::new()
            .salt(LOG, 9, &mut OsEntropy::new())
            .unwrap()
    };
    assert_ne!(fresh(), fresh());
}

/// seal-12: what the padding hides, and what is no padding.
#[test]
fn paddings() {
    assert_eq!(
        [0, 1, 2, 9, 100, 1_000, 65_537].map(padme_len),
        [0, 1, 2, 10, 104, 1_024, 67_584]
    );
    for len in 1..100_000 {
        let padded = padme_len(len);
        assert!(padded >= len && padded * 100 <= len * 112 + 100, "{len}");
        assert!(padme_len(padded) == padded);
    }
    let right = leaf(Facet::Totals);
    let fresh = || key(&right, &context(Suite::One), &PLACE);
    for len in [0, 1, 40, 255, 256, 257] {
        let mut body = vec![0; len];
        fresh()
            .seal_large(&mut body, 0, Padding::Multiple(256))
            .unwrap();
        assert_eq!((body.len() - LARGE_OVERHEAD) % 256, 0);
        assert_eq!(fresh().open_large(&mut body).unwrap(), vec![0; len]);
    }
    let mut body = Vec::new();
    fresh()
        .seal_large(&mut body, 0, Padding::Multiple(0))
        .unwrap();
    assert_eq!(fresh().open_large(&mut body).unwrap(), b"");
}

/// keys-14
#[test]
fn debug_shows_no_key() {
    let right = leaf(Facet::Totals);
    let shown = format!("{:?}", key(&right, &context(Suite::One), &PLACE));
    assert_eq!(shown, "PieceKey(..)");
    assert!(!format!("{:?}", SaltHedge::new()).contains("buffer"));
    assert_eq!(format!("{:?}", Hasher::new(Domain::Card)), "Hasher(..)");
    assert_eq!(LOG.to_string(), "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
}

proptest! {
    /// seal-8, seal-10: what was sealed anywhere in a body opens to what it was.
    #[test]
    fn round_trip(before in bytes(50), plaintext in bytes(700), two in any::<bool>()) {
        let suite = if two { Suite::Two } else { Suite::One };
        let right = leaf(Facet::Totals);
        let fresh = || key(&right, &context(suite), &PLACE);
        let start = before.len();
        let mut small = [before.clone(), plaintext.clone()].concat();
        let mut large = small.clone();
        fresh().seal_small(&mut small, start).unwrap();
        fresh().seal_large(&mut large, start, Padding::Padme).unwrap();
        prop_assert_eq!(small.len(), start + plaintext.len() + SMALL_OVERHEAD);
        prop_assert_eq!(large.len(), start + padme_len(plaintext.len() + 1) + LARGE_OVERHEAD);
        prop_assert_eq!((&small[..start], &large[..start]), (&before[..], &before[..]));
        prop_assert_eq!(&*fresh().open_small(&mut small[start..]).unwrap(), &plaintext[..]);
        prop_assert_eq!(&*fresh().open_large(&mut large[start..]).unwrap(), &plaintext[..]);
    }

    /// seal-9, seal-11: arbitrary bytes do not open.
    #[test]
    fn arbitrary_bytes(mut bytes in bytes(200)) {
        let right = leaf(Facet::Totals);
        let fresh = || key(&right, &context(Suite::One), &PLACE);
        prop_assert!(fresh().open_small(&mut bytes).is_err());
        prop_assert!(fresh().open_large(&mut bytes).is_err());
    }
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..most)
}

fn key(leaf: &Leaf, context: &EntryContext, place: &PiecePlace) -> PieceKey {
    PieceKey::derive(leaf, context, place)
}

/// The plaintext as a small and as a large piece.
fn sealed(suite: Suite, plaintext: &[u8]) -> [Vec<u8>; 2] {
    let right = leaf(Facet::Totals);
    let (mut small, mut large) = (plaintext.to_vec(), plaintext.to_vec());
    key(&right, &context(suite), &PLACE)
        .seal_small(&mut small, 0)
        .unwrap();
    key(&right, &context(suite), &PLACE)
        .seal_large(&mut large, 0, Padding::Padme)
        .unwrap();
    [small, large]
}

/// Opens both on copies.
fn open_both(
    leaf: &Leaf,
    context: &EntryContext,
    place: &PiecePlace,
    small: &mut Vec<u8>,
    large: &mut Vec<u8>,
) -> [Result<(), OpenError>; 2] {
    let (small_before, large_before) = (small.clone(), large.clone());
    let opened = [
        key(leaf, context, place).open_small(small).map(drop),
        key(leaf, context, place).open_large(large).map(drop),
    ];
    if opened.iter().all(Result::is_ok) {
        (*small, *large) = (small_before, large_before);
    }
    opened
}
