//! What the sizes of sealed chunks tell whoever stores them.

use std::collections::BTreeSet;

use freehold::{
    Facet, Level,
    crypto::{LARGE_OVERHEAD, padme_len},
    testing::logs_of_home,
};
use freehold_tests::{Rng, thief::Thief, wishes};

use crate::{Setting, day, line};

/// Has: the stored pieces of a day, busy hours and quiet ones. Tries: to tell an hour's readings by its size. Stopped, as far as
/// it is: chunks are padded to Padmé lengths (seal-12), so that many sizes look alike; that a busy hour is larger still shows.
#[test]
fn the_size_of_a_chunk() {
    let setting = Setting::new(81);
    let mut rng = Rng(5);
    let minutes: Vec<i64> = (0_i64..24 * 60)
        .filter(|n| rng.number() % 24 < (n / 60).unsigned_abs())
        .collect();
    setting.record(day(), minutes.into_iter(), |n| {
        40_000 + n * n * 7_919 % 30_000
    });
    let mut thief = Thief::new(1);
    thief.is_granted(
        &setting.home,
        wishes(vec![line([Level::Raw], [Facet::Totals; 0], 0, 24)], None),
    );
    let logs = logs_of_home(&setting.home).unwrap();
    let plain: BTreeSet<usize> = thief.reads(&logs).values().map(Vec::len).collect();
    let raw = logs.iter().filter(|log| log.genesis.level == Level::Raw);
    let entries = raw.flat_map(|log| &log.entries);
    let sealed: BTreeSet<usize> = entries
        .flat_map(|entry| {
            (0..entry.header().piece_count()).filter_map(|n| entry.body().piece(n).map(<[u8]>::len))
        })
        .collect();
    for length in &sealed {
        assert_eq!(padme_len(length - LARGE_OVERHEAD), length - LARGE_OVERHEAD);
    }
    assert!(
        plain.len() > 15 && sealed.len() + 4 < plain.len(),
        "{plain:?} {sealed:?}"
    );
}
