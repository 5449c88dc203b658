//! Files that are carried: whatever one has, the other has after the walk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../freehold-sync/tests/memory/mod.rs"]
mod memory;
mod pipes;

use freehold_crypto::SeededEntropy;
use freehold_sync::{Cursor, Fault, Replica};
use freehold_transport::{
    Carried, Channel, ChannelError, FileError, PublicStatic, StaticKey, Taken, write_file,
};
use memory::{Memory, name};
use pipes::{histories, key};

fn entropy() -> SeededEntropy {
    SeededEntropy::new(5)
}

fn written(own: &StaticKey, peer: PublicStatic, has: Cursor, replica: &mut Memory) -> Vec<u8> {
    let mut file = Vec::new();
    write_file(own, peer, has, replica, &mut file, &mut entropy()).unwrap();
    file
}

/// From the first to the second, which knows the first.
fn carry(replicas: &mut [Memory; 2], has: Cursor) -> (usize, Result<Taken, FileError>) {
    let file = written(&key(1), key(2).public(), has, &mut replicas[0]);
    (file.len(), taken(&file, &mut replicas[1]))
}

fn taken(file: &[u8], replica: &mut Memory) -> Result<Taken, FileError> {
    let carried = Carried::open(&key(2), file, &mut entropy())?;
    assert_eq!(carried.peer(), key(1).public());
    carried.take(replica)
}

/// channel-16, channel-17: there and back, and again with what is new alone.
#[test]
fn there_and_back() {
    let mut replicas = histories(40, 3000);
    let (len, outcome) = carry(&mut replicas, Cursor::default());
    assert!(len > 20 * 3000);
    let has = Cursor::default();
    assert_eq!(outcome, Ok(Taken { has, whole: true }));
    let answer = written(&key(2), key(1).public(), has, &mut replicas[1]);
    let carried = Carried::open(&key(1), &answer[..], &mut entropy()).unwrap();
    assert_eq!(carried.peer(), key(2).public());
    let told = carried.take(&mut replicas[0]).unwrap();
    assert_eq!(replicas[0].logs(), replicas[1].logs());
    assert_eq!(told.has, replicas[1].seen());

    // Both have everything: a file says only that.
    let has = replicas[1].seen();
    let (len, outcome) = carry(&mut replicas, has);
    assert!(len < 200, "{len}");
    assert_eq!(outcome.unwrap().has, replicas[0].seen());
    replicas[0].write(name(900), 2, vec![1; 500]);
    let (len, outcome) = carry(&mut replicas, told.has);
    assert!(len < 20 * 3000, "{len}");
    assert!(outcome.unwrap().whole);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}

/// channel-18: a file that comes twice, or late, takes nothing back.
#[test]
fn a_file_that_comes_again() {
    let mut replicas = histories(10, 100);
    let old = written(
        &key(1),
        key(2).public(),
        Cursor::default(),
        &mut replicas[0],
    );
    replicas[0].write(name(900), 1, vec![1; 50]);
    carry(&mut replicas, Cursor::default()).1.unwrap();
    let seen = replicas[1].seen();
    assert_eq!(
        taken(&old, &mut replicas[1]).map(|taken| taken.whole),
        Ok(true)
    );
    assert_eq!(replicas[1].seen(), seen);
}

/// channel-17: what does not follow on what is here is not taken; the next file begins where this side is.
#[test]
fn a_gap_is_told() {
    let mut replicas = histories(10, 100);
    let has = replicas[0].journal();
    assert_eq!(carry(&mut replicas, has).1, Err(FileError::Gap));
    assert_eq!(replicas[1].logs().len(), 5);
    // A place in another journal says nothing: everything goes.
    let has = Cursor { epoch: 99, at: 3 };
    assert!(carry(&mut replicas, has).1.unwrap().whole);
    assert_eq!(replicas[1].logs().len(), 10);
}

/// channel-18: cut anywhere, a file moves no cursor, and does no harm.
#[test]
fn cut_anywhere() {
    let mut replicas = histories(6, 50);
    let file = written(
        &key(1),
        key(2).public(),
        Cursor::default(),
        &mut replicas[0],
    );
    for len in 0..file.len() {
        assert_eq!(
            taken(&file[..len], &mut replicas[1]),
            Err(FileError::Cut),
            "{len}"
        );
        assert_eq!(replicas[1].seen(), Cursor::default());
    }
    assert!(taken(&file, &mut replicas[1]).unwrap().whole);
}

/// channel-16: only who it is for can open it, and every byte counts.
#[test]
fn sealed_and_signed() {
    let mut replicas = histories(4, 50);
    let file = written(
        &key(1),
        key(2).public(),
        Cursor::default(),
        &mut replicas[0],
    );
    let other = Carried::open(&key(3), &file[..], &mut entropy());
    assert_eq!(other.err(), Some(FileError::Channel(ChannelError::Garbled)));
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 0x40;
        let outcome = taken(&changed, &mut Memory::new(3));
        assert!(
            matches!(outcome, Err(FileError::Channel(_) | FileError::Cut)),
            "{at}: {outcome:?}"
        );
    }
    // Message 1 of a channel is no file.
    let (_, message) =
        Channel::initiate(&key(1), key(2).public(), b"", &mut SeededEntropy::new(1)).unwrap();
    let outcome = Carried::open(&key(2), &message[..], &mut entropy());
    assert!(matches!(outcome.err(), Some(FileError::Channel(_))));
}

/// What is not understood comes again; what is refused ends it.
#[test]
fn what_is_not_taken() {
    let mut replicas = histories(4, 50);
    replicas[1].postpones = Some(name(0));
    let outcome = carry(&mut replicas, Cursor::default()).1;
    assert_eq!(outcome.map(|taken| taken.whole), Ok(false));
    assert_eq!(replicas[1].seen(), Cursor::default());
    replicas[1].postpones = None;
    assert!(carry(&mut replicas, Cursor::default()).1.unwrap().whole);

    let mut replicas = [Memory::new(1), Memory::new(2)];
    replicas[0].write(name(1), 1, vec![1; 10]);
    replicas[1].write(name(1), 1, vec![2; 10]);
    let outcome = carry(&mut replicas, Cursor::default()).1;
    assert_eq!(outcome, Err(FileError::Replica(Fault::Fork)));
}
