//! A session hears bytes of any origin: it goes on or ends with an error, keeps its bounds, and holds what it held before.
//!
//! The first byte says which side hears, and whether frames are made of what follows: a length, then so many bytes.
#![no_main]

#[path = "../../crates/freehold-sync/tests/memory/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod memory;

use freehold::Time;
use freehold_fuzz::within_facade;
use freehold_sync::{Replica, Role, Session, Wish};
use libfuzzer_sys::fuzz_target;
use memory::{Memory, name};

fuzz_target!(|bytes: &[u8]| within_facade(|| {
    let Some((&how, bytes)) = bytes.split_first() else {
        return;
    };
    let role = if how & 1 == 0 {
        Role::Responder
    } else {
        Role::Initiator
    };
    let wish = Wish {
        stay: how & 2 != 0,
        newest_first: how & 4 != 0,
        headers_only: false,
    };
    let mut replica = Memory::new(7);
    for no in 0..3 {
        replica.write(name(no), 2, vec![9; 40]);
    }
    let before = replica.logs().clone();
    let mut session = Session::new(role, wish, [1; 8]);
    let mut out = Vec::new();
    let mut talk = |session: &mut Session, replica: &mut Memory, bytes: &[u8]| {
        let outcome = session.receive(bytes, Time::from_ms(1), replica);
        session.committed();
        out.clear();
        for _ in 0..4 {
            if session.poll(replica, &mut out) != Ok(true) {
                break;
            }
        }
        assert!(out.len() < 1 << 20);
        outcome.is_ok()
    };
    talk(&mut session, &mut replica, &[]);
    let mut rest = bytes;
    while let Some((&len, after)) = rest.split_first() {
        let (frame, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        let framed = [
            &[frame.len() as u8 & 0x7f][..],
            &frame[..frame.len() & 0x7f],
        ]
        .concat();
        let heard = if how & 8 == 0 { &framed[..] } else { frame };
        if !talk(&mut session, &mut replica, heard) {
            break;
        }
    }
    // What was held is held.
    for (name, log) in before {
        for (from, stretch) in log {
            assert_eq!(replica.logs()[&name].get(&from), Some(&stretch));
        }
        assert!(replica.heads().get(name).is_some());
    }
}));
