//! A file that is carried, sealed by a peer that means harm, or changed on the way: it is taken in as it was written, or refused.
//!
//! The first byte says what is done to the file afterwards, if anything, the second where; what follows is what it says.

#[path = "../../crates/freehold-sync/tests/memory/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod memory;

use freehold::crypto::SeededEntropy;
use freehold::transport::{Carried, seal_file};
use freehold_sync::{Cursor, Replica};
use memory::{Memory, name};

use crate::{KEYS, within_facade};

/// One execution.
pub fn run(bytes: &[u8]) {
    within_facade(|| carry(bytes));
}

fn carry(bytes: &[u8]) {
    let Some((&[how, place], plain)) = bytes.split_first_chunk() else {
        return;
    };
    let [writer, reader] = &*KEYS;
    let entropy = &mut SeededEntropy::new(1);
    // The head is in a record of its own.
    let (head, rest) = plain.split_at(plain.len().min(usize::from(how >> 2)));
    let parts = [head, rest];
    let mut file = seal_file(writer, reader.public(), &parts, entropy).expect("it is sealed");
    let at = usize::from(place) * file.len() / 256;
    match how & 3 {
        1 => file[at] ^= 1,
        2 => file.truncate(at),
        3 => drop(file.remove(at)),
        _ => {}
    }
    let mut replica = Memory::new(7);
    for no in 0..3 {
        replica.write(name(no), 2, vec![9; 40]);
    }
    replica.see(Cursor { epoch: 5, at: 3 }).expect("noted");
    let before = replica.logs().clone();
    let Ok(carried) = Carried::open(reader, &file[..], entropy) else {
        return;
    };
    assert_eq!(carried.peer(), writer.public());
    let outcome = carried.take(&mut replica);
    assert!(how & 3 == 0 || outcome.is_err(), "changed, and taken in");
    // What was held is held, and what was not told is not believed to be seen.
    for (name, log) in before {
        for (from, stretch) in log {
            assert_eq!(replica.logs()[&name].get(&from), Some(&stretch));
        }
    }
    if outcome.is_err() {
        assert_eq!(replica.seen(), Cursor { epoch: 5, at: 3 });
    }
}
