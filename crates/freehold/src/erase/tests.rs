use std::{
    collections::{BTreeMap, HashSet},
    ops::ControlFlow,
    sync::Arc,
};

use freehold_crypto::{Cover, KeyStore, MemoryKeyStore, NODE_LEN, Root, SeededEntropy};
use freehold_model::{Epoch, Facet, Id, Kind, Levels, Reading, StreamSpec, Value};
use freehold_store::{Key, MemoryStore, Order as Scan, Store};

use super::*;
use crate::{
    Device, SetClock,
    rows::{Space, all, log_rows},
    testing::home_in,
    vault::{KeyPlace, KeySource, Vault, VaultRow},
};

const DAY_MS: i64 = 24 * 3_600_000;
/// 3 January 2026.
const DAY: Time = Time::from_ms(20_456 * DAY_MS);

fn home(store: &Arc<MemoryStore>, keys: &Arc<MemoryKeyStore>) -> Home {
    let clock = Arc::new(SetClock::new(DAY.plus_ms(4 * DAY_MS + 1_000)));
    let entropy = Box::new(SeededEntropy::new(1));
    home_in(store.clone(), "Home", keys.clone(), clock, entropy).unwrap()
}

fn recorded(home: &Home) -> Stream {
    let device = Device {
        name: "watch".into(),
        maker: None,
        model: None,
    };
    home.add_device(device).unwrap();
    let kind = Kind::registered("heart_rate").unwrap();
    let levels: Levels = [Level::Raw, Level::QuarterHour, Level::Day, Level::Month].into();
    let spec = StreamSpec::new(Id::from_bytes([1; 16]), kind, "UTC").levels(levels);
    let stream = home
        .add_stream("watch", "pulse", spec.chunk_minutes(60))
        .unwrap();
    let reading =
        |n: i64| Reading::new(DAY.plus_ms(n * 1_800_000 - DAY_MS), Value::Number(600 + n));
    stream
        .record(&(0..48 * 5).map(reading).collect::<Vec<_>>())
        .unwrap();
    stream.flush().unwrap();
    stream
}

fn rows_of(store: &MemoryStore) -> BTreeMap<Key, Vec<u8>> {
    let mut rows = BTreeMap::new();
    let (first, last) = (
        Key::new(0, 0).unwrap(),
        Key::new(Key::MAX_SPACE, Key::MAX_ID).unwrap(),
    );
    store
        .scan(first..=last, Scan::Ascending, &mut |key, row| {
            rows.insert(key, row.to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

/// Every tree of the stream, and the roots as the vault's rows have them.
fn roots(home: &Home, stream: &Stream) -> Vec<((Epoch, u32), Root)> {
    let mut roots = Vec::new();
    let rows = &home.inner().rows;
    rows.each(
        log_rows(Space::Vault, stream.no()).unwrap(),
        |key, row: VaultRow| {
            if let VaultRow::Root(root) = &row {
                let root = Root::from_secret(Secret::from_bytes(**root));
                roots.push((crate::rows::vault_place(key), root));
            }
            Ok(())
        },
    )
    .unwrap();
    roots
}

/// The keys of all nodes from the top to the leaf's own: whoever has one of them has the leaf.
fn way_to(cover: &Cover, leaf: u32) -> Vec<[u8; 32]> {
    let depths = 0..=cover.depth();
    let node = |depth: u8| {
        let width = cover.width() >> depth;
        let from = leaf / width * width;
        let bytes = cover.restrict(from..from + width).to_bytes();
        assert_eq!(bytes.len(), NODE_LEN);
        bytes[3..].try_into().unwrap()
    };
    depths.map(node).collect()
}

/// [erase-1]: neither the vault nor any row, nor what is in memory, has anything that an erased leaf follows from; every other leaf
/// is as it was.
#[test]
fn nothing_derives_an_erased_leaf() {
    let (store, keys) = (
        Arc::new(MemoryStore::new()),
        Arc::new(MemoryKeyStore::new()),
    );
    let home = home(&store, &keys);
    let stream = recorded(&home);
    let before = roots(&home, &stream);
    assert!(!before.is_empty());
    let old_rows = rows_of(&store);
    home.erase(&stream, DAY, DAY.plus_ms(DAY_MS)).unwrap();

    let calendar = stream_calendar(&stream);
    let span = Slot {
        start: DAY,
        end: DAY.plus_ms(DAY_MS),
    };
    let mut vault = Vault::load(&home.inner().rows, stream.no()).unwrap();
    let (mut secrets, mut erased, mut kept) = (HashSet::new(), 0, 0);
    for ((epoch, generation), root) in &before {
        let (epoch, generation) = (*epoch, *generation);
        let within = calendar.epoch_span(epoch);
        for level in [Level::Raw, Level::QuarterHour, Level::Day, Level::Month] {
            for facet in Facet::ALL {
                let tree = root.tree(level, facet);
                let place = KeyPlace {
                    epoch,
                    generation,
                    level,
                    facet,
                };
                for slot in calendar.slots(level, within.start, within.end) {
                    let leaf = epoch.index(level, slot.start).unwrap();
                    let left = vault.leaf(place, slot.start);
                    let in_memory = home.inner().write(stream.no(), |writer, _| {
                        Ok(writer.sealer.vault.leaf(place, slot.start))
                    });
                    assert_eq!(in_memory.unwrap(), left);
                    if overlap(slot, span) {
                        assert!(left.is_none(), "{level:?} {facet:?} {slot:?}");
                        secrets.extend(way_to(&tree, leaf));
                        erased += 1;
                    } else if let Some(left) = left {
                        assert!(Some(left) == tree.leaf(leaf));
                        kept += 1;
                    }
                }
            }
        }
        secrets.insert(*root.secret().expose());
    }
    assert!(erased > 100 && kept > 1_000, "{erased} {kept}");
    assert!(
        roots(&home, &stream)
            .iter()
            .all(|(_, root)| !secrets.contains(root.secret().expose()))
    );

    // Every row that opens, byte by byte.
    let (rows, mut searched) = (&home.inner().rows, 0);
    for (key, row) in rows_of(&store) {
        let sealed = rows.plain(key, row.clone());
        for bytes in [Some(row), sealed.map(|plain| plain.to_vec())]
            .into_iter()
            .flatten()
        {
            for window in bytes.windows(32) {
                assert!(!secrets.contains(window), "in {key:?}");
                searched += 1;
            }
        }
    }
    assert!(searched > 1_000);

    // [erase-6]: the new key opens nothing of the rows of before, and no key but the new one is kept.
    let sealed = |key: &Key| {
        let spaces = [Space::Device, Space::Stream, Space::Progress, Space::Vault];
        spaces
            .into_iter()
            .any(|space| all(space).unwrap().contains(key))
    };
    let sealed: Vec<_> = old_rows
        .into_iter()
        .filter(|(key, _)| sealed(key))
        .collect();
    assert!(sealed.len() > 3);
    for (key, row) in sealed {
        assert!(rows.plain(key, row).is_none(), "{key:?}");
    }
    assert!(keys.prepared().unwrap().is_none());
    assert!(keys.load().unwrap().unwrap() == rows.secret());
}

fn stream_calendar(stream: &Stream) -> freehold_model::Calendar {
    let stream = freehold_model::Stream::new(stream.spec().unwrap()).unwrap();
    stream.calendar().clone()
}

#[test]
fn spans_unite_and_overlap() {
    let slot = |start, end| Slot {
        start: Time::from_ms(start),
        end: Time::from_ms(end),
    };
    let mut gone = Gone::default();
    for span in [slot(50, 60), slot(10, 20), slot(20, 30), slot(12, 18)] {
        gone.add(span);
    }
    assert_eq!(gone.spans, [slot(10, 30), slot(50, 60)]);
    assert!(gone.covers(slot(10, 30)) && !gone.covers(slot(10, 31)) && !gone.covers(slot(30, 50)));
    assert!(gone.has(slot(0, 11)) && gone.has(slot(29, 31)) && gone.has(slot(0, 100)));
    assert!(!gone.has(slot(0, 10)) && !gone.has(slot(30, 50)) && !gone.has(slot(60, 70)));
}
