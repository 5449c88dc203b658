//! What every storage of a relay does, asked of each of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use core::ops::ControlFlow;

use freehold_crypto::PublicKey;
use freehold_model::Time;
use freehold_relay::storage::{
    Embedded, Erased, Head, Holder, Index, Lineage, Log, Memory, Opened, Party, Row, Shape,
    SlotRun, Storage, Write,
};
use freehold_sync::{Capability, Cursor, LogName, Position};
use proptest::prelude::*;

fn id(no: u8) -> PublicKey {
    PublicKey::Ed25519([no; 32])
}

fn at(seq: u64) -> Position {
    Position {
        seq,
        chain: [u8::try_from(seq % 251).unwrap(); 32],
    }
}

fn log(no: u8) -> Log {
    Log {
        name: LogName([no; 16]),
        shape: Shape::Data,
        writer: 1,
        intro: vec![no; 640],
        start: at(0),
    }
}

fn index(from: u64, to: u64) -> Index {
    Index {
        from: at(from),
        to: at(to),
        signed: None,
        runs: vec![SlotRun {
            first: i64::try_from(from).unwrap(),
            width: 1,
            count: 2,
        }],
    }
}

fn holder(id: u8, fetch: u8) -> Party {
    Party::Holder(Box::new(Holder {
        capability: Capability {
            id: [id; 16],
            fetch: [fetch; 32],
            views: Vec::new(),
            letters: Vec::new(),
            replies: LogName([0; 16]),
            writes: Vec::new(),
            not_after: Time::from_ms(5),
        },
        epoch: 9,
        closed: false,
        grants: vec![[1; 32]],
    }))
}

fn row(log: u32, from: u64) -> Row {
    Row {
        log,
        from,
        to: from + 1,
        origin: 3,
    }
}

fn changes(storage: &impl Storage, mailbox: u32, after: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    let visit = &mut |at, _| {
        seen.push(at);
        ControlFlow::Continue(())
    };
    storage.changes_after(mailbox, after, visit).unwrap();
    seen
}

fn changes_before(storage: &impl Storage, mailbox: u32, until: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    let visit = &mut |at, _| {
        seen.push(at);
        ControlFlow::Continue(())
    };
    storage.changes_before(mailbox, until, visit).unwrap();
    seen
}

fn stretches(storage: &impl Storage, log: u32, from: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    let visit = &mut |index: Index| {
        seen.push(index.from.seq);
        ControlFlow::Continue(())
    };
    storage.stretches(log, from, visit).unwrap();
    seen
}

/// The suite. `reopen` is what a restart makes of a storage.
fn conforms<S: Storage>(mut storage: S, reopen: impl Fn(S) -> S) {
    assert_eq!(storage.find_mailbox(&id(1)), Ok(None));
    assert_eq!(storage.mailbox(1), Ok(None));
    assert_eq!(storage.lineage(), Ok(None));
    assert_eq!(storage.numbers(), Ok(Default::default()));
    storage.commit(&[]).unwrap();
    let lineage = Lineage {
        renewal: 4,
        marks: [5, 6],
    };
    let head = |seq, bytes| Head { at: at(seq), bytes };
    let opened = |no| Opened {
        id: id(no),
        epoch: u32::from(no),
    };
    let member = Party::Member {
        key: [8; 32],
        removed: false,
    };
    let seen = Cursor { epoch: 3, at: 14 };
    let erased = Erased {
        name: LogName([1; 16]),
        slots: vec![(Time::from_ms(-5), Time::from_ms(5))],
    };
    storage
        .commit(&[
            Write::Lineage(lineage),
            Write::Mailbox(1, opened(1)),
            Write::Mailbox(2, opened(2)),
            Write::Party(1, 1, member.clone()),
            Write::Party(1, 2, holder(1, 21)),
            Write::Party(2, 1, Party::Closed([7; 16])),
            Write::Seen(1, 2, Cursor { epoch: 1, at: 1 }),
            Write::Seen(1, 2, seen),
            Write::Log(1, 1, log(1)),
            Write::Head(1, 1, head(3, 10)),
            Write::Log(1, 2, log(2)),
            Write::Head(1, 2, head(9, 11)),
            Write::Log(2, 3, log(1)),
            Write::Head(2, 3, head(1, 12)),
            Write::Stretch(1, index(0, 3), vec![1; 10]),
            Write::Stretch(1, index(3, 7), vec![2; 10]),
            Write::Stretch(1, index(7, 8), vec![3; 10]),
            Write::Stretch(3, index(0, 1), vec![4; 10]),
            Write::Change(1, 1, row(1, 0)),
            Write::Change(1, 2, row(2, 0)),
            Write::Change(1, 3, row(1, 3)),
            Write::Change(2, 1, row(3, 0)),
            Write::Erased(1, 1, erased.clone()),
            // A later write goes before an earlier one.
            Write::Head(1, 1, head(8, 30)),
            Write::Stretch(1, index(7, 8), vec![5; 10]),
        ])
        .unwrap();
    for _ in 0..2 {
        let numbers = storage.numbers().unwrap();
        assert_eq!((numbers.mailbox, numbers.log, numbers.mailboxes), (2, 3, 2));
        assert_eq!(storage.lineage(), Ok(Some(lineage)));
        assert_eq!(storage.find_mailbox(&id(2)), Ok(Some(2)));
        assert_eq!(storage.find_mailbox(&id(3)), Ok(None));
        assert_eq!(storage.find_holder(&[21; 32]), Ok(Some((1, 2))));
        assert_eq!(storage.find_holder(&[8; 32]), Ok(None));
        let kept = storage.mailbox(1).unwrap().unwrap();
        assert_eq!(kept.opened, opened(1));
        let parties = [
            (1, member.clone(), Cursor::default()),
            (2, holder(1, 21), seen),
        ];
        assert_eq!(kept.parties, parties);
        assert_eq!(
            kept.logs,
            [(1, log(1), head(8, 30)), (2, log(2), head(9, 11))]
        );
        assert_eq!(kept.erased, [(1, erased.clone())]);
        assert_eq!(kept.journal, 3);
        assert_eq!(storage.mailbox(2).unwrap().unwrap().logs.len(), 1);
        assert_eq!(changes(&storage, 1, 0), [1, 2, 3]);
        assert_eq!(changes(&storage, 1, 2), [3]);
        assert_eq!(changes(&storage, 1, 3), []);
        assert_eq!(changes(&storage, 1, u64::MAX), []);
        assert_eq!(changes_before(&storage, 1, 2), [2, 1]);
        assert_eq!(changes_before(&storage, 1, u64::MAX), [3, 2, 1]);
        assert_eq!(changes_before(&storage, 3, 9), []);
        assert_eq!(stretches(&storage, 1, 0), [0, 3, 7]);
        assert_eq!(stretches(&storage, 1, 2), [0, 3, 7]);
        assert_eq!(stretches(&storage, 1, 3), [3, 7]);
        assert_eq!(stretches(&storage, 1, 6), [3, 7]);
        assert_eq!(stretches(&storage, 1, 8), []);
        assert_eq!(stretches(&storage, 1, u64::MAX), []);
        assert_eq!(stretches(&storage, 2, 0), []);
        assert_eq!(storage.index(1, 5).unwrap().unwrap(), index(3, 7));
        assert_eq!(storage.index(1, 8), Ok(None));
        assert_eq!(storage.stretch(1, 7), Ok(Some(vec![5; 10])));
        assert_eq!(storage.stretch(1, 5), Ok(None));
        assert_eq!(storage.stretch(1, u64::MAX), Ok(None));
        assert!(storage.size().unwrap() > 30);
        storage = reopen(storage);
    }
    // A capability that goes on under the same key is found once.
    storage
        .commit(&[Write::Party(1, 2, holder(1, 21))])
        .unwrap();
    assert_eq!(storage.find_holder(&[21; 32]), Ok(Some((1, 2))));
}

#[test]
fn memory() {
    conforms(Memory::new(), |storage| storage.clone());
}

#[test]
fn embedded() {
    let dir = tempfile::tempdir().unwrap();
    conforms(Embedded::open(dir.path()).unwrap(), |storage| {
        drop(storage);
        Embedded::open(dir.path()).unwrap()
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is written, both storages say the same.
    #[test]
    fn both_are_alike(writes in prop::collection::vec((0..6_u8, 1..4_u32, 1..4_u32, 0..9_u64), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (Memory::new(), Embedded::open(dir.path()).unwrap());
        for chunk in writes.chunks(7) {
            let writes: Vec<Write> = chunk.iter().map(|(kind, mailbox, no, n)| {
                let small = u8::try_from(*n).unwrap();
                // A log's number belongs to one mailbox.
                let log_no = mailbox * 10 + no;
                match kind {
                    0 => Write::Mailbox(*mailbox, Opened { id: id(u8::try_from(*mailbox).unwrap()), epoch: 1 }),
                    1 => Write::Party(*mailbox, *no, holder(small, u8::try_from(log_no).unwrap())),
                    2 => Write::Log(*mailbox, log_no, log(small)),
                    3 => Write::Seen(*mailbox, *no, Cursor { epoch: 1, at: *n }),
                    4 => Write::Stretch(log_no, index(*n, n + 1), vec![small; 5]),
                    _ => Write::Change(*mailbox, *n + 1, row(log_no, *n)),
                }
            }).collect();
            one.commit(&writes).unwrap();
            other.commit(&writes).unwrap();
        }
        for mailbox in 1..4_u32 {
            prop_assert_eq!(one.mailbox(mailbox), other.mailbox(mailbox));
            prop_assert_eq!(changes(&one, mailbox, 3), changes(&other, mailbox, 3));
            prop_assert_eq!(changes_before(&one, mailbox, 6), changes_before(&other, mailbox, 6));
            let found = id(u8::try_from(mailbox).unwrap());
            prop_assert_eq!(one.find_mailbox(&found), other.find_mailbox(&found));
            for log in mailbox * 10 + 1..mailbox * 10 + 4 {
                let fetch = [u8::try_from(log).unwrap(); 32];
                prop_assert_eq!(one.find_holder(&fetch), other.find_holder(&fetch));
                for from in 0..10 {
                    prop_assert_eq!(stretches(&one, log, from), stretches(&other, log, from));
                    prop_assert_eq!(one.stretch(log, from), other.stretch(log, from));
                }
            }
        }
    }
}
