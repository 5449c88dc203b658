//! What an owner that means harm seals and signs properly is opened by the recipient, or refused; whatever it says.
//!
//! The first byte chooses raw or hours and how the slots are cut into entries; then each piece is a length and its plaintext.
#![no_main]

use std::cell::RefCell;

use freehold::{Level, Selector};
use freehold_fuzz::household::{Harmful, name_of, seal_entry};
use freehold_fuzz::{HOUR, NOW, within_facade};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static HARMFUL: RefCell<Harmful> = RefCell::new(Harmful::new());
}

fuzz_target!(init: { HARMFUL.with(|_| ()); }, |bytes: &[u8]| HARMFUL.with_borrow_mut(|harmful| {
    let no = harmful.fresh();
    within_facade(|| run(harmful, no, bytes));
}));

fn run(harmful: &Harmful, no: u8, bytes: &[u8]) {
    let Some((&how, mut bytes)) = bytes.split_first() else {
        return;
    };
    let (level, facets) = if how & 1 == 0 {
        (Level::Raw, 1)
    } else {
        (Level::Hour, 2)
    };
    let (per_entry, part) = (1 + usize::from(how >> 1 & 3), u16::from(how >> 3 & 1));
    let mut slots = Vec::new();
    while !bytes.is_empty() && slots.len() < 8 {
        let mut piece = || {
            let (&len, rest) = bytes.split_first().unwrap_or((&0, &[]));
            let (piece, rest) = rest.split_at(usize::from(len).min(rest.len()));
            bytes = rest;
            piece.to_vec()
        };
        slots.push((part, (0..facets).map(|_| piece()).collect::<Vec<_>>()));
    }
    let mut log = Harmful::log(no, level);
    let first = NOW.plus_ms(-20 * HOUR);
    let mut entries = Vec::new();
    for (n, slots) in (0..).zip(slots.chunks(per_entry)) {
        let start = first.plus_ms(n * 4 * HOUR);
        entries.extend(seal_entry(&mut log, no, start, slots));
    }
    if harmful.deliver(log, entries).is_err() {
        return;
    }
    let selector = Selector {
        consent: None,
        stream: Some(name_of(no)),
    };
    let (from, until) = (first.plus_ms(-HOUR), NOW);
    let read = harmful.recipient.read(&selector, from, until);
    if let Ok(opened) = read {
        assert!(opened.items.is_sorted_by_key(|reading| reading.time));
        assert!(
            opened
                .items
                .iter()
                .all(|reading| from <= reading.time && reading.time < until)
        );
    }
    let _ = harmful.recipient.summaries(&selector, level, from, until);
}
