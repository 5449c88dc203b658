//! A piece or row opens as what was sealed; changed, cut or put elsewhere, it does not.
//!
//! The first bytes choose the way of sealing and a change: a place, a difference, and how much is cut off.
#![no_main]

use std::sync::LazyLock;

use freehold::crypto::{
    EntryContext, Leaf, LogId, OpenError, Padding, PieceKey, PiecePlace, RowKey, Salt, Secret,
    SeededEntropy, Suite,
};
use freehold::{Facet, Level, Time};
use freehold_fuzz::{HOUR, root, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((&[way, at, at_too, change, cut], plain)) = bytes.split_first_chunk() else {
        return;
    };
    let suite = if way & 1 == 0 { Suite::One } else { Suite::Two };
    let way = way >> 1 & 3;
    let mut sealed = plain.to_vec();
    match way {
        0 if key(suite, 0).seal_small(&mut sealed, 0).is_err() => return,
        0 => {}
        1 => key(suite, 0)
            .seal_large(&mut sealed, 0, Padding::Padme)
            .expect("short enough"),
        2 => key(suite, 0)
            .seal_large(&mut sealed, 0, Padding::Multiple(64))
            .expect("short enough"),
        _ => row(suite)
            .seal(b"row", &mut sealed, 0, &mut SeededEntropy::new(1))
            .expect("short enough"),
    }
    let open = |part: u16, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let opened = match way {
            0 => key(suite, part).open_small(&mut bytes),
            3 => row(suite).open(if part == 0 { b"row" } else { b"raw" }, &mut bytes),
            _ => key(suite, part).open_large(&mut bytes),
        };
        opened.map(|plain| plain.to_vec())
    };
    assert_eq!(open(0, &sealed).as_deref(), Ok(plain));
    assert_eq!(open(1, &sealed), Err(OpenError::Commitment));
    let mut changed = sealed.clone();
    let at = usize::from(u16::from_be_bytes([at, at_too])) % changed.len();
    changed[at] ^= change;
    changed.truncate(changed.len() - usize::from(cut) % (changed.len() + 1));
    for other in [&changed[..], plain] {
        let Ok(mut opened) = open(0, other) else {
            continue;
        };
        if other == sealed {
            continue;
        }
        // Nobody without the key makes another piece, but a fuzzer learns short ones from the comparisons that it sees.
        assert_eq!(way, 0);
        key(suite, 0)
            .seal_small(&mut opened, 0)
            .expect("it was a piece");
        assert_eq!(opened, other);
    }
}));

fn key(suite: Suite, part: u16) -> PieceKey {
    let salt = Salt([3; 16]);
    let context = EntryContext::new(suite, LogId([1; 16]), 5, Level::Day, 260, 0, salt);
    let start = Time::from_ms(1_370_000_000_000);
    let place = PiecePlace {
        start,
        end: start.plus_ms(24 * HOUR),
        facet: Facet::Totals,
        part,
    };
    PieceKey::derive(&LEAF, &context, &place)
}

static LEAF: LazyLock<Leaf> = LazyLock::new(|| {
    let tree = root().tree(Level::Day, Facet::Totals);
    tree.leaf(9).expect("a whole tree")
});

fn row(suite: Suite) -> RowKey {
    RowKey::store(Secret::from_bytes([4; 32]), suite)
}
