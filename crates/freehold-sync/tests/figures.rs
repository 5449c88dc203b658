//! How many bytes a session takes beside what it brings.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod memory;

use freehold_model::Time;
use freehold_sync::{Replica, Role, Session, Wish};
use memory::{Memory, name};

/// The bytes of both sides, and how often the turn went over.
fn sync(replicas: &mut [Memory; 2]) -> (usize, usize) {
    let [one, two] = [(Role::Initiator, [1; 8]), (Role::Responder, [2; 8])];
    let mut sessions = [one, two].map(|(role, seed)| Session::new(role, Wish::default(), seed));
    let (mut bytes, mut turns) = (0, 0);
    loop {
        let mut quiet = true;
        for side in 0..2 {
            let mut out = Vec::new();
            while sessions[side].poll(&mut replicas[side], &mut out).unwrap() {}
            if out.is_empty() {
                continue;
            }
            (quiet, bytes, turns) = (false, bytes + out.len(), turns + 1);
            let now = Time::from_ms(1);
            let other = 1 - side;
            sessions[other]
                .receive(&out, now, &mut replicas[other])
                .unwrap();
            sessions[other].committed();
        }
        if quiet {
            assert!(sessions.iter().all(Session::is_finished));
            assert_eq!(replicas[0].heads().root(), replicas[1].heads().root());
            return (bytes, turns);
        }
    }
}

/// Two copies of so many logs.
fn equal(logs: usize) -> [Memory; 2] {
    let mut replicas = [Memory::new(0x1234_5678), Memory::new(0x9abc_def0)];
    for no in 0..logs {
        for replica in &mut replicas {
            replica.write(name(no), 1, vec![1; 8]);
        }
    }
    sync(&mut replicas);
    replicas
}

/// An entry with what travels of its checkpoint, as large as a day's summary.
const STRETCH: usize = 308;
/// A checkpoint as it is kept has 122 bytes. Log, place and chain do not travel: with what stands between the parts of a stretch,
/// 78 do. What a stretch may take beside entry and checkpoint is so much more than what it may take beside its own bytes.
const SAVED: usize = 44;

#[test]
fn nothing_new_takes_one_round_trip_and_few_bytes_whatever_the_number_of_logs() {
    for logs in [10, 10_000, 100_000] {
        let mut replicas = equal(logs);
        let (bytes, turns) = sync(&mut replicas);
        assert!(
            bytes <= 48 && turns == 2,
            "{logs} logs: {bytes} bytes, {turns} turns"
        );
        if logs < 100_000 {
            continue;
        }
        for new in [1, 100] {
            for no in 0..new {
                replicas[1].write(name(no * 997), 1, vec![7; STRETCH - 8]);
            }
            let (bytes, turns) = sync(&mut replicas);
            let beside = bytes - new * STRETCH;
            let limit = if new == 1 { 60 } else { 600 };
            assert!(
                beside <= limit + new * SAVED && turns == 3,
                "{new} new: {beside} bytes beside, {turns} turns"
            );
        }
        // Without a cursor: equal, then with one difference.
        replicas[0].restart(7);
        let (bytes, turns) = sync(&mut replicas);
        assert!(
            bytes <= 130 && turns <= 4,
            "cold: {bytes} bytes, {turns} turns"
        );
        replicas[0].restart(8);
        replicas[1].write(name(5), 1, vec![3; STRETCH]);
        let (bytes, turns) = sync(&mut replicas);
        assert!(
            bytes <= 2_000 + STRETCH,
            "cold, one new: {bytes} bytes, {turns} turns"
        );
    }
}
