//! Laws of heads: what is kept equals what is counted, whatever the order of changes. [sync-1]

use freehold_sync::{Heads, LogName, Position, Prefix};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn position(seq: u64) -> Position {
    Position {
        seq,
        chain: [seq.to_le_bytes()[0]; 32],
    }
}

/// Names that share beginnings often.
fn name() -> impl Strategy<Value = LogName> {
    (0..6_u8, 0..6_u8, any::<[u8; 2]>()).prop_map(|(first, second, rest)| {
        let mut name = [0; 16];
        name[0] = first;
        name[1] = second;
        name[14..].copy_from_slice(&rest);
        LogName(name)
    })
}

fn changes() -> impl Strategy<Value = Vec<(LogName, Option<u64>)>> {
    let change = (name(), prop::option::weighted(0.8, 0..4_u64));
    prop::collection::vec(change, 0..200)
}

fn fresh(of: &BTreeMap<LogName, u64>) -> Heads {
    let mut heads = Heads::new();
    for (name, seq) in of.iter().rev() {
        heads.set(*name, position(*seq));
    }
    heads
}

proptest! {
    #[test]
    fn what_is_kept_is_what_is_there(changes in changes(), seed: [u8; 8]) {
        let (mut heads, mut model) = (Heads::new(), BTreeMap::new());
        for (name, seq) in changes {
            match seq {
                Some(seq) => { heads.set(name, position(seq)); model.insert(name, seq); }
                None => { heads.remove(name); model.remove(&name); }
            }
            prop_assert_eq!(heads.len(), model.len());
        }
        let again = fresh(&model);
        prop_assert_eq!(heads.root(), again.root());
        let listed: Vec<_> = heads.below(Prefix::ALL).map(|(name, at)| (name, at.seq)).collect();
        prop_assert_eq!(&listed, &model.iter().map(|(name, seq)| (*name, *seq)).collect::<Vec<_>>());
        for (name, seq) in &model {
            prop_assert_eq!(heads.get(*name), Some(position(*seq)));
        }
        let held = |prefix: &Prefix| model.keys().any(|name| prefix.contains(*name));
        let below = |prefix: Prefix| prefix.children().filter(held);
        for prefix in below(Prefix::ALL).flat_map(below).flat_map(below).flat_map(below) {
            let part: BTreeMap<_, _> = model.iter().filter(|(name, _)| prefix.contains(**name))
                .map(|(name, seq)| (*name, *seq)).collect();
            prop_assert_eq!(heads.count(prefix), part.len());
            prop_assert_eq!(heads.below(prefix).count(), part.len());
            prop_assert_eq!(heads.fingerprint(prefix, seed), fresh(&part).fingerprint(Prefix::ALL, seed));
        }
    }

    #[test]
    fn any_difference_shows(changes in changes(), which: prop::sample::Index, seed: [u8; 8]) {
        let mut model = BTreeMap::new();
        for (name, seq) in changes { model.insert(name, seq.unwrap_or(9)); }
        prop_assume!(!model.is_empty());
        let name = *model.keys().nth(which.index(model.len())).expect("one");
        let (here, mut there) = (fresh(&model), fresh(&model));
        there.set(name, position(77));
        prop_assert_ne!(here.root(), there.root());
        let differing: Vec<_> = Prefix::ALL.children()
            .filter(|prefix| here.fingerprint(*prefix, seed) != there.fingerprint(*prefix, seed)).collect();
        prop_assert_eq!(differing.len(), 1);
        prop_assert!(differing[0].contains(name));
        there.remove(name);
        prop_assert_ne!(here.root(), there.root());
    }
}
