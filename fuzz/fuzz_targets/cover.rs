//! Bytes of any origin are no cover, or exactly what it encodes to; cutting and joining it keeps what it opens.
//!
//! The first byte is the depth, the next six a range of leaves.
#![no_main]

use std::collections::BTreeSet;
use std::ops::Range;

use freehold::crypto::Cover;
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((&[depth, a, b, c, d, e, f], bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let Ok(cover) = Cover::from_bytes(depth, bytes) else {
        return;
    };
    assert_eq!(&*cover.to_bytes(), bytes);
    let covered = cover.covered();
    assert!(covered.windows(2).all(|pair| pair[0].end < pair[1].start));
    assert!(
        covered
            .iter()
            .all(|range| range.start < range.end && range.end <= cover.width())
    );
    let range = u32::from_be_bytes([0, a, b, c])..u32::from_be_bytes([0, d, e, f]);
    let inside = cover.restrict(range.clone());
    assert_eq!(cover.unite(&inside).as_ref(), Ok(&cover));
    assert_eq!(cover.intersect(&inside).as_ref(), Ok(&inside));
    assert!(
        inside
            .covered()
            .iter()
            .all(|held| range.start <= held.start && held.end <= range.end)
    );
    let again = Cover::from_bytes(depth, bytes).expect("it decoded before");
    let outside = again.puncture(range.clone());
    assert_eq!(size(&inside) + size(&outside), size(&cover));
    let ends = |range: &Range<u32>| [range.start, range.end.saturating_sub(1), range.end];
    let places: BTreeSet<u32> = covered
        .iter()
        .take(4)
        .flat_map(ends)
        .chain(ends(&range))
        .collect();
    for place in places {
        let opens = covered.iter().any(|range| range.contains(&place));
        assert_eq!(cover.leaf(place).is_some(), opens);
        assert_eq!(
            inside.leaf(place).is_some(),
            opens && range.contains(&place)
        );
        assert_eq!(
            outside.leaf(place).is_some(),
            opens && !range.contains(&place)
        );
    }
}));

fn size(cover: &Cover) -> usize {
    cover.covered().iter().map(ExactSizeIterator::len).sum()
}
