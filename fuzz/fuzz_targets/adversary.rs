//! Two sessions with somebody between who cuts, changes and repeats: neither side loses or overwrites what it wrote itself.
//!
//! Each two bytes are a step: which side's bytes, and what becomes of them.
#![no_main]

#[path = "../../crates/freehold-sync/tests/memory/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod memory;

use freehold::Time;
use freehold_fuzz::within_facade;
use freehold_sync::{Partial, Role, Session, Wish};
use libfuzzer_sys::fuzz_target;
use memory::{Memory, name};

fuzz_target!(|bytes: &[u8]| within_facade(|| run(bytes)));

fn run(steps: &[u8]) {
    let mut replicas = [Memory::new(7), Memory::new(8)];
    for no in 0..6 {
        replicas[no % 2].write(name(no), 2, vec![no as u8; 30 * (no + 1)]);
    }
    let mut sessions = pair([None, None]);
    let mut queues = [Vec::new(), Vec::new()];
    for step in steps.chunks_exact(2) {
        let (side, len) = (usize::from(step[0] & 1), usize::from(step[1]));
        let polled = sessions[side].poll(&mut replicas[side], &mut queues[side]);
        let queue = &mut queues[side];
        let mut part: Vec<u8> = queue.drain(..queue.len().min(len * 4)).collect();
        match step[0] >> 1 & 7 {
            0 if !part.is_empty() => {
                let at = usize::from(step[1]) % part.len();
                part[at] ^= 1 << (step[0] >> 4 & 7);
            }
            1 => part.extend_from_within(..),
            2 => part.clear(),
            _ => {}
        }
        let other = 1 - side;
        let heard = sessions[other].receive(&part, Time::from_ms(1), &mut replicas[other]);
        sessions[other].committed();
        if polled.is_err() || heard.is_err() || step[0] >> 1 & 7 == 3 {
            let [one, two] = sessions;
            sessions = pair([one.into_partial(), two.into_partial()]);
            queues = [Vec::new(), Vec::new()];
        }
    }
    for (no, replica) in replicas.iter().enumerate() {
        for own in (no..6).step_by(2) {
            assert_eq!(
                replica.logs()[&name(own)][&0].1,
                vec![own as u8; 30 * (own + 1)]
            );
        }
    }
}

fn pair(partials: [Option<Partial>; 2]) -> [Session; 2] {
    let [one, two] = partials;
    let wish = Wish::default();
    [
        Session::new(Role::Initiator, wish, [1; 8]).resuming(one),
        Session::new(Role::Responder, wish, [2; 8]).resuming(two),
    ]
}
