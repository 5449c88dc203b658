//! A day that was erased, of a month that is summed up again without it.

use std::collections::BTreeMap;

use freehold::{
    Facet, Level, Time,
    crypto::{Cover, EntryContext, LogId, PieceKey, PiecePlace, Root, Salt, SeededEntropy, Suite},
    model::{Calendar, Epoch, Slot, Zone},
};
use freehold_tests::{Rng, utc};

/// The trees that a vault holds of one epoch: of each level and generation.
type Vault = BTreeMap<(Level, u32), Cover>;

/// A total as it lies in a store.
struct Sealed {
    level: Level,
    slot: Slot,
    generation: u32,
    bytes: Vec<u8>,
}

const LEVELS: [Level; 3] = [Level::Hour, Level::Day, Level::Month];

fn trees(seed: u64, generation: u32) -> Vault {
    let root = Root::random(&mut SeededEntropy::new(seed)).unwrap();
    LEVELS
        .map(|level| ((level, generation), root.tree(level, Facet::Totals)))
        .into_iter()
        .collect()
}

fn key(
    leaf: &freehold::crypto::Leaf,
    epoch: Epoch,
    level: Level,
    slot: Slot,
    generation: u32,
) -> PieceKey {
    let context = EntryContext::new(
        Suite::One,
        LogId([1; 16]),
        0,
        level,
        epoch.number(),
        generation,
        Salt([2; 16]),
    );
    let place = PiecePlace {
        start: slot.start,
        end: slot.end,
        facet: Facet::Totals,
        part: 0,
    };
    PieceKey::derive(leaf, &context, &place)
}

fn seal(
    vault: &Vault,
    epoch: Epoch,
    level: Level,
    slot: Slot,
    generation: u32,
    total: u64,
) -> Sealed {
    let index = epoch.index(level, slot.start).unwrap();
    let leaf = vault
        .get(&(level, generation))
        .unwrap()
        .leaf(index)
        .unwrap();
    let mut bytes = total.to_be_bytes().to_vec();
    key(&leaf, epoch, level, slot, generation)
        .seal_small(&mut bytes, 0)
        .unwrap();
    Sealed {
        level,
        slot,
        generation,
        bytes,
    }
}

/// What opens of a piece when every leaf of the vault near its place is tried, of whatever level and generation.
fn open(vault: &Vault, epoch: Epoch, sealed: &Sealed) -> Option<u64> {
    let index = epoch.index(sealed.level, sealed.slot.start).unwrap();
    let near = vault
        .values()
        .flat_map(|cover| (index.saturating_sub(100)..index + 100).filter_map(|at| cover.leaf(at)));
    near.into_iter().find_map(|leaf| {
        let mut bytes = sealed.bytes.clone();
        let key = key(&leaf, epoch, sealed.level, sealed.slot, sealed.generation);
        key.open_small(&mut bytes)
            .ok()
            .and_then(|plain| plain.first_chunk())
            .map(|plain| u64::from_be_bytes(*plain))
    })
}

/// Has: the vault as it is after an erasure, and every entry there ever was: hours, days and the month with the erased day,
/// and the month that was sealed again without it. Tries: every key on every entry, and the old month less the new one. Stopped
/// by: the leaves of the day's slots are punctured in every level, and so is the old month's (keys-10), whose new piece is under
/// another generation; the new month says what its other days say.
#[test]
fn the_erased_day_of_a_month() {
    let calendar = Calendar::new(Zone::new("Europe/London").unwrap(), 60).unwrap();
    let month = calendar.slot(Level::Month, utc("2014-03-15"));
    let epoch = calendar.epoch(month.start);
    // The day on which the clocks go forward: 23 hours.
    let erased = calendar.slot(Level::Day, utc("2014-03-30T12:00Z"));
    assert_eq!(erased.length_ms(), 23 * 3_600_000);
    let mut rng = Rng(7);
    let hours: Vec<(Slot, u64)> = calendar
        .slots(Level::Hour, month.start, month.end)
        .map(|slot| (slot, rng.number() % 1_000_000))
        .collect();
    let total = |from: Time, until: Time| -> u64 {
        hours
            .iter()
            .filter(|(slot, _)| slot.is_within(from, until))
            .map(|(_, total)| total)
            .sum()
    };
    let mut vault = trees(1, 0);
    let mut store = Vec::new();
    for level in LEVELS {
        for slot in calendar.slots(level, month.start, month.end) {
            store.push(seal(
                &vault,
                epoch,
                level,
                slot,
                0,
                total(slot.start, slot.end),
            ));
        }
    }
    assert!(store.iter().all(
        |sealed| open(&vault, epoch, sealed) == Some(total(sealed.slot.start, sealed.slot.end))
    ));

    for level in LEVELS {
        let span = if level == Level::Month { month } else { erased };
        let leaves = calendar
            .index_span(level, epoch, span.start, span.end)
            .unwrap();
        let tree = vault.remove(&(level, 0)).unwrap();
        vault.insert((level, 0), tree.puncture(leaves));
    }
    vault.extend(trees(2, 1));
    let rest = total(month.start, month.end) - total(erased.start, erased.end);
    store.push(seal(&vault, epoch, Level::Month, month, 1, rest));

    let mut read: BTreeMap<(Level, Slot), u64> = BTreeMap::new();
    for sealed in &store {
        let is_gone = sealed.generation == 0
            && (sealed.slot.is_within(erased.start, erased.end) || sealed.level == Level::Month);
        let opened = open(&vault, epoch, sealed);
        assert_eq!(opened.is_none(), is_gone, "{:?}", sealed.slot);
        read.extend(opened.map(|total| ((sealed.level, sealed.slot), total)));
    }
    assert_eq!(read.len(), store.len() - (23 + 1 + 1));
    let days: u64 = read
        .iter()
        .filter(|((level, _), _)| *level == Level::Day)
        .map(|(_, total)| total)
        .sum();
    assert_eq!(
        read.get(&(Level::Month, month)),
        Some(&days),
        "the month says nothing that its days do not"
    );
}
