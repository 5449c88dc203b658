//! Two sessions over a pipe that may be cut: whatever both have before, both have everything afterwards.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod memory;

use freehold_model::Time;
use freehold_sync::{Fault, Partial, Role, Session, SessionError, Wish};
use memory::{Memory, name};
use proptest::prelude::*;

const NOW: Time = Time::from_ms(1_800_000_000_000);

/// What a conversation came to.
#[derive(Debug, Default)]
struct Told {
    bytes: [usize; 2],
    trips: usize,
    partials: [Option<Partial>; 2],
}

/// Lets two sessions talk until both rest, or until so many bytes have passed.
fn talk(
    replicas: &mut [Memory; 2],
    sessions: [Session; 2],
    cut_after: usize,
) -> Result<(Told, [Session; 2]), SessionError> {
    let mut sessions = sessions;
    let mut told = Told::default();
    let mut left = cut_after;
    loop {
        let mut quiet = true;
        for side in 0..2 {
            let mut out = Vec::new();
            while sessions[side].poll(&mut replicas[side], &mut out)? {}
            if out.is_empty() {
                continue;
            }
            quiet = false;
            told.trips += 1;
            out.truncate(left);
            left -= out.len();
            told.bytes[side] += out.len();
            let other = 1 - side;
            for part in out.chunks(1000) {
                sessions[other].receive(part, NOW, &mut replicas[other])?;
            }
            sessions[other].committed();
            if left == 0 {
                told.partials = sessions.map(Session::into_partial);
                return Ok((told, pair(replicas, Wish::default())));
            }
        }
        if quiet {
            return Ok((told, sessions));
        }
    }
}

fn pair(_: &[Memory; 2], wish: Wish) -> [Session; 2] {
    [
        Session::new(Role::Initiator, wish, [1; 8]),
        Session::new(Role::Responder, Wish::default(), [2; 8]),
    ]
}

fn sync(replicas: &mut [Memory; 2]) -> Told {
    let sessions = pair(replicas, Wish::default());
    let (told, sessions) = talk(replicas, sessions, usize::MAX).unwrap();
    assert!(sessions.iter().all(Session::is_finished), "{sessions:?}");
    told
}

/// Logs of two replicas, each written by one of them, of which the other has a part.
fn histories() -> impl Strategy<Value = [Memory; 2]> {
    let log = (any::<bool>(), 0..6_usize, 0..6_usize, 1..400_usize);
    prop::collection::vec(log, 0..60).prop_map(|logs| {
        let mut replicas = [Memory::new(1), Memory::new(2)];
        for (no, (first, before, after, size)) in logs.into_iter().enumerate() {
            let writer = usize::from(first);
            for n in 0..before + after {
                let stretch = vec![u8::try_from(n).unwrap(); size * (n + 1)];
                replicas[writer].write(name(no), 1 + n as u64 % 3, stretch.clone());
                if n < before {
                    replicas[1 - writer].write(name(no), 1 + n as u64 % 3, stretch);
                }
            }
        }
        replicas
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn both_have_everything_and_then_nothing_is_new(mut replicas in histories()) {
        sync(&mut replicas);
        prop_assert_eq!(replicas[0].logs(), replicas[1].logs());
        let told = sync(&mut replicas);
        prop_assert_eq!(told.trips, 2);
        prop_assert!(told.bytes[0] + told.bytes[1] <= 64, "{:?}", told);
    }

    #[test]
    fn a_pipe_that_is_cut_anywhere_goes_on(mut replicas in histories(), cuts in prop::collection::vec(1..20_000_usize, 0..40)) {
        let mut partials = [None, None];
        for cut in cuts {
            let [first, second] = pair(&replicas, Wish::default());
            let [one, two] = partials;
            let sessions = [first.resuming(one), second.resuming(two)];
            let (told, _) = talk(&mut replicas, sessions, cut).unwrap();
            partials = told.partials;
        }
        sync(&mut replicas);
        prop_assert_eq!(replicas[0].logs(), replicas[1].logs());
    }

    #[test]
    fn the_newest_come_first_and_all_come(mut replicas in histories()) {
        let wish = Wish { newest_first: true, ..Wish::default() };
        let sessions = pair(&replicas, wish);
        talk(&mut replicas, sessions, usize::MAX).unwrap();
        prop_assert_eq!(replicas[0].logs(), replicas[1].logs());
    }

    #[test]
    fn what_is_written_while_a_session_stays_is_pushed(mut replicas in histories(), more in prop::collection::vec((any::<bool>(), 100..160_usize), 1..20)) {
        let wish = Wish { stay: true, ..Wish::default() };
        let (_, mut sessions) = talk(&mut replicas, pair(&[Memory::new(1), Memory::new(2)], wish), usize::MAX).unwrap();
        for (first, no) in more {
            let no = no * 2 + usize::from(first);
            replicas[usize::from(first)].write(name(no), 1, vec![7; 500]);
            sessions = talk(&mut replicas, sessions, usize::MAX).unwrap().1;
            prop_assert_eq!(replicas[0].logs(), replicas[1].logs());
            prop_assert!(sessions.iter().all(Session::is_settled));
            prop_assert!(!sessions.iter().any(Session::is_finished));
        }
        sessions[0].finish();
        let (_, sessions) = talk(&mut replicas, sessions, usize::MAX).unwrap();
        prop_assert!(sessions.iter().all(Session::is_finished));
        prop_assert_eq!(sync(&mut replicas).trips, 2);
    }
}

/// A stretch that is larger than one frame and larger than the credit comes, and goes on where it was cut.
#[test]
fn a_stretch_goes_on_inside() {
    let mut replicas = [Memory::new(1), Memory::new(2)];
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    replicas[0].write(name(1), 64, large.clone());
    let sessions = pair(&replicas, Wish::default());
    let (told, [first, second]) = talk(&mut replicas, sessions, 2_000_000).unwrap();
    let [one, two] = told.partials;
    assert!(two.is_some() && one.is_none());
    let sessions = [first.resuming(one), second.resuming(two)];
    let (told, _) = talk(&mut replicas, sessions, usize::MAX).unwrap();
    assert!(told.bytes[0] < 1_100_000, "{:?}", told.bytes);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
    // Of a stretch that has changed since, nothing is kept.
    let mut replicas = [Memory::new(1), Memory::new(2)];
    replicas[0].write(name(1), 64, large);
    let sessions = pair(&replicas, Wish::default());
    let (told, [first, second]) = talk(&mut replicas, sessions, 2_000_000).unwrap();
    let [one, two] = told.partials;
    replicas[0].erase(name(1), 0);
    let sessions = [first.resuming(one), second.resuming(two)];
    talk(&mut replicas, sessions, usize::MAX).unwrap();
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}

/// A replica that lost its journal, but not its logs, sends and gets only what differs.
#[test]
fn without_a_cursor_only_differences_travel() {
    let mut replicas = [Memory::new(1), Memory::new(2)];
    for no in 0..3000 {
        replicas[0].write(name(no), 1, vec![1; 100]);
    }
    sync(&mut replicas);
    replicas[0].write(name(17), 1, vec![2; 100]);
    replicas[1].write(name(5000), 1, vec![3; 100]);
    replicas[1].restart(77);
    let told = sync(&mut replicas);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
    assert!(told.bytes[0] + told.bytes[1] < 5000, "{told:?}");
    assert_eq!(sync(&mut replicas).trips, 2);
}

/// Who lost everything gets back also what it once brought, which the peer does not send of itself.
#[test]
fn who_lost_everything_gets_back_what_it_brought() {
    let mut replicas = [Memory::new(1), Memory::new(2)];
    for no in 0..40 {
        replicas[0].write(name(no), 1, vec![1; 100]);
    }
    sync(&mut replicas);
    for no in 40..43 {
        replicas[1].write(name(no), 1, vec![1; 100]);
    }
    replicas[0] = Memory::new(3);
    sync(&mut replicas);
    assert_eq!(replicas[0].logs().len(), 43);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}

/// Two histories under one name are found, and neither replaces the other. [sync-14]
#[test]
fn a_fork_is_told() {
    let mut replicas = [Memory::new(1), Memory::new(2)];
    replicas[0].write(name(1), 1, vec![1; 10]);
    replicas[1].write(name(1), 1, vec![2; 10]);
    let sessions = pair(&replicas, Wish::default());
    let outcome = talk(&mut replicas, sessions, usize::MAX);
    assert_eq!(outcome.unwrap_err(), SessionError::Replica(Fault::Fork));
}

/// What cannot be understood yet comes again. [sync-10]
#[test]
fn what_is_postponed_comes_again() {
    let mut replicas = [Memory::new(1), Memory::new(2)];
    replicas[0].write(name(1), 1, vec![1; 10]);
    replicas[0].write(name(2), 1, vec![2; 10]);
    replicas[1].postpones = Some(name(1));
    let sessions = pair(&replicas, Wish::default());
    talk(&mut replicas, sessions, usize::MAX).unwrap();
    assert_eq!(replicas[1].logs().len(), 1);
    replicas[1].postpones = None;
    sync(&mut replicas);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}
