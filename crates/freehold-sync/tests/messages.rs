//! What a session refuses: bytes that are no messages, messages out of place, stretches that are none.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod memory;

use freehold_model::Time;
use freehold_sync::{
    Cursor, Data, Fault, Letter, LogError, Position, Prefix, Replica, Role, STRETCH_MAX, Session,
    SessionError, Start, Stretch, Wish,
};
use memory::{Memory, name};
use serde::Serialize;

const NOW: Time = Time::from_ms(1_800_000_000_000);

/// A frame of this tag and these parts.
fn frame(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = [&[tag][..], &parts.concat()].concat();
    [postcard::to_allocvec(&(body.len() as u64)).unwrap(), body].concat()
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap()
}

/// An `Open` of somebody who has nothing.
fn open(version: u8) -> Vec<u8> {
    let root = Memory::new(9).heads().root();
    let cursor = bytes(&([0_u8; 4], 0_u64));
    let mine = bytes(&([9_u8; 4], 0_u64));
    frame(1, &[&[version, 0], &cursor, &mine, &root, &[0]])
}

/// A responder that has heard `Open`, and its replica.
fn opened() -> (Session, Memory) {
    let (mut session, mut replica) = new(Role::Responder);
    session.receive(&open(1), NOW, &mut replica).unwrap();
    (session, replica)
}

fn new(role: Role) -> (Session, Memory) {
    let session = Session::new(role, Wish::default(), [3; 8]);
    let mut replica = Memory::new(4);
    replica.write(name(1), 1, vec![1; 20]);
    (session, replica)
}

/// What a responder that has heard `Open` makes of these bytes.
fn outcome(bytes: &[u8]) -> Result<(), SessionError> {
    let (mut session, mut replica) = opened();
    let outcome = session.receive(bytes, NOW, &mut replica);
    if outcome.is_err() {
        let mut out = Vec::new();
        // It says why, once, and is over.
        session.poll(&mut replica, &mut out).unwrap();
        assert_eq!(out.get(1), Some(&10), "{out:?}");
        assert_eq!(
            session.receive(&[], NOW, &mut replica),
            Err(SessionError::Ended)
        );
    }
    outcome
}

/// [sync-7]
#[test]
fn what_is_no_frame_or_message_ends_the_session() {
    use SessionError::{Malformed, OutOfPlace, TooLarge};
    let long = vec![0; 1 << 16];
    let cases: [(&str, Vec<u8>, SessionError); 12] = [
        ("an empty frame", vec![0], TooLarge),
        (
            "a length not in its shortest form",
            vec![0x81, 0],
            Malformed,
        ),
        (
            "a length of four bytes",
            vec![0x80, 0x80, 0x80, 1],
            TooLarge,
        ),
        ("a frame over the bound", frame(6, &[&long]), TooLarge),
        ("an unknown tag", frame(99, &[]), Malformed),
        ("a second Open", open(1), OutOfPlace),
        ("Same to a responder", frame(2, &[]), OutOfPlace),
        ("Known to a responder", frame(12, &[&[0]]), OutOfPlace),
        ("bytes after Bye", frame(11, &[&[0]]), Malformed),
        ("an overlong number", frame(7, &[&[0x81, 0]]), Malformed),
        ("More of nothing", frame(6, &[&[1]]), OutOfPlace),
        ("an Ack of what was not sent", frame(8, &[&[1]]), OutOfPlace),
    ];
    for (what, bytes, expected) in cases {
        assert_eq!(outcome(&bytes), Err(expected), "{what}");
    }
    let (mut session, mut replica) = new(Role::Responder);
    let newer = session.receive(&open(2), NOW, &mut replica);
    assert_eq!(newer, Err(SessionError::Version { found: 2 }));
    // A frame that has not come whole is none yet.
    for cut in 0..open(1).len() {
        let (mut session, mut replica) = new(Role::Responder);
        let part = &open(1)[..cut];
        assert_eq!(session.receive(part, NOW, &mut replica), Ok(()));
    }
}

/// [sync-7]: a stretch has the length and the log that it was announced with.
#[test]
fn a_stretch_is_as_announced() {
    use SessionError::{OutOfPlace, TooLarge};
    let log = frame(4, &[&name(7).0]);
    let part = |log: u32, len: u32, offset: u32, rest: &[u8]| {
        frame(5, &[&bytes(&(log, 0_u64, len, offset)), rest])
    };
    let unnamed = part(0, 3, 0, &[1, 2, 3]);
    assert_eq!(outcome(&unnamed), Err(OutOfPlace));
    let longer = [log.clone(), part(0, 2, 0, &[1, 2, 3])].concat();
    assert_eq!(outcome(&longer), Err(TooLarge));
    let huge = u32::try_from(STRETCH_MAX + 1).unwrap();
    assert_eq!(
        outcome(&[log, part(0, huge, 0, &[])].concat()),
        Err(TooLarge)
    );
}

/// [sync-11]: an offset goes on with what the receiver's own `Open` said that it has, and with nothing else.
#[test]
fn an_offset_without_a_partial_is_refused() {
    let log = frame(4, &[&name(7).0]);
    let part = frame(5, &[&bytes(&(0_u32, 0_u64, 9_u32, 3_u32)), &[1; 6]]);
    let outcome = outcome(&[log, part].concat());
    assert_eq!(outcome, Err(SessionError::OutOfPlace));
}

/// [sync-8]: before it has heard the peer, an initiator says `Open` and nothing else.
#[test]
fn an_initiator_says_only_open_first() {
    let (mut session, mut replica) = new(Role::Initiator);
    let mut out = Vec::new();
    assert!(session.poll(&mut replica, &mut out).unwrap());
    assert_eq!((out[1], usize::from(out[0]) + 1), (1, out.len()));
    assert!(!session.poll(&mut replica, &mut out).unwrap());
    for early in [frame(4, &[&name(1).0]), frame(9, &[&[0; 5]])] {
        let (mut session, mut replica) = new(Role::Responder);
        let outcome = session.receive(&early, NOW, &mut replica);
        assert_eq!(outcome, Err(SessionError::OutOfPlace));
    }
}

/// [sync-9]
#[test]
fn nothing_is_acknowledged_before_it_is_durable() {
    let (mut session, mut replica) = opened();
    let stretch = [&1_u64.to_be_bytes()[..], &[5; 30]].concat();
    let len = u32::try_from(stretch.len()).unwrap();
    let come = [
        frame(4, &[&name(7).0]),
        frame(5, &[&bytes(&(0_u32, 0_u64, len, 0_u32)), &stretch]),
        frame(9, &[&[1], &[0; 4]]),
    ];
    session.receive(&come.concat(), NOW, &mut replica).unwrap();
    let acknowledged = |session: &mut Session, replica: &mut Memory| {
        let mut out = Vec::new();
        while session.poll(replica, &mut out).unwrap() {}
        let ack = frame(8, &[&bytes(&u64::from(len))]);
        out.windows(ack.len()).any(|window| window == ack)
    };
    assert!(!acknowledged(&mut session, &mut replica));
    session.committed();
    assert!(acknowledged(&mut session, &mut replica));
}

/// [sync-13]
#[test]
fn heads_lie_below_their_prefix_in_order() {
    let prefix = [1_u8, 1, 0x10];
    let head = |first: u8, last: u8| {
        let mut name = [last; 16];
        name[0] = first;
        (name, 1_u64, [0_u8; 4])
    };
    let list = |heads: &[([u8; 16], u64, [u8; 4])]| {
        let lists = [&[1][..], &prefix, &bytes(&heads.to_vec())].concat();
        frame(3, &[&[0; 8], &[0], &lists, &[0]])
    };
    assert_eq!(outcome(&list(&[head(0x11, 1), head(0x12, 1)])), Ok(()));
    for wrong in [
        vec![head(0x21, 1)],
        vec![head(0x12, 1), head(0x11, 1)],
        vec![head(0x11, 1), head(0x11, 1)],
    ] {
        assert_eq!(outcome(&list(&wrong)), Err(SessionError::Malformed));
    }
}

/// [sync-2]
#[test]
fn a_prefix_has_one_encoding() {
    let decodes = |bytes: &[u8]| postcard::from_bytes::<Prefix>(bytes).is_ok();
    assert!(decodes(&[0, 0]) && decodes(&[1, 1, 0xf0]) && decodes(&[2, 1, 0xff]));
    for wrong in [
        &[1, 1, 0x0f][..],
        &[0, 1, 0],
        &[2, 0],
        &[3, 1, 0x11],
        &[33, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert!(!decodes(wrong), "{wrong:?}");
    }
}

/// [sync-3], [sync-5]
#[test]
fn a_stretch_holds_something_and_says_where_it_begins() {
    let letters = |count: usize| Stretch::Letters(vec![Letter::Gone([1; 32]); count]).to_bytes();
    assert!(Stretch::from_bytes(&letters(1)).is_ok());
    assert_eq!(Stretch::from_bytes(&letters(0)), Err(LogError::Malformed));
    let bound = LogError::TooLarge { bound: 1024 };
    assert_eq!(Stretch::from_bytes(&letters(1025)), Err(bound));
    let signed = freehold_sync::SignedAt {
        time: NOW,
        signature: freehold_crypto::Signature::from_bytes(&[0; 64]),
    };
    let data = |seq: u64, checkpoint: bool, intro: usize| {
        let start = Start {
            intro: vec![0; intro],
            position: Position {
                seq,
                chain: [0; 32],
            },
            signed: checkpoint.then_some(signed),
        };
        let data = Data {
            start: Some(Box::new(start)),
            entries: vec![(vec![1], vec![2])],
            end: signed,
        };
        Stretch::from_bytes(&Stretch::Data(data).to_bytes())
    };
    assert!(data(0, false, 9).is_ok() && data(5, true, 9).is_ok());
    for wrong in [data(0, true, 9), data(5, false, 9), data(0, false, 2000)] {
        assert_eq!(wrong, Err(LogError::Malformed));
    }
}

/// [sync-10], [sync-12]: a place of the journal is noted when all before it was taken, and what came is not sent back.
#[test]
fn what_came_is_noted_and_not_sent_back() {
    let (mut session, mut replica) = opened();
    let stretch = [&1_u64.to_be_bytes()[..], &[5; 30]].concat();
    let part = |log: u32| {
        let len = u32::try_from(stretch.len()).unwrap();
        frame(5, &[&bytes(&(log, 0_u64, len, 0_u32)), &stretch])
    };
    replica.postpones = Some(name(8));
    let first = [frame(4, &[&name(7).0]), part(0), frame(7, &[&[3]])].concat();
    session.receive(&first, NOW, &mut replica).unwrap();
    let noted = Cursor {
        epoch: 0x0909_0909,
        at: 3,
    };
    assert_eq!(replica.seen(), noted);
    let next = [frame(4, &[&name(8).0]), part(1), frame(7, &[&[4]])].concat();
    session.receive(&next, NOW, &mut replica).unwrap();
    assert_eq!(replica.seen(), noted);
    session.committed();
    let mut out = Vec::new();
    while session.poll(&mut replica, &mut out).unwrap() {}
    let holds = |name: &[u8]| out.windows(16).any(|window| window == name);
    assert!(holds(&name(1).0) && !holds(&name(7).0));
}

/// [sync-14], [sync-6]
#[test]
fn another_history_is_refused() {
    let (mut session, mut replica) = opened();
    let other = [&1_u64.to_be_bytes()[..], &[9; 20]].concat();
    let len = u32::try_from(other.len()).unwrap();
    let come = [
        frame(4, &[&name(1).0]),
        frame(5, &[&bytes(&(0_u32, 0_u64, len, 0_u32)), &other]),
    ];
    let before = replica.logs().clone();
    let outcome = session.receive(&come.concat(), NOW, &mut replica);
    assert_eq!(outcome, Err(SessionError::Replica(Fault::Fork)));
    assert_eq!(replica.logs(), &before);
}
