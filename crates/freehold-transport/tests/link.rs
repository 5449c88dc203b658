//! Links over real pipes: both replicas have everything afterwards.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../freehold-sync/tests/memory/mod.rs"]
mod memory;
mod pipes;

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use freehold_crypto::SeededEntropy;
use freehold_sync::{Fault, Knock, Role, SessionError, Wish};
use freehold_transport::{
    Channel, ChannelError, Door, LinkError, Memory as Pipe, Pace, RunError, Stop, Tcp, Transport,
    TransportError, knock, run, run_at,
};
use memory::{Memory, name};

use pipes::{NOW, connect, histories, key, open_door, session, sync, tcp_pair};

#[test]
fn over_memory() {
    let mut replicas = histories(60, 3000);
    let (one, two) = Pipe::pair();
    assert_eq!(sync(&mut replicas, one, two), [Ok(()), Ok(())]);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}

#[test]
fn over_tcp() {
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        let mut replicas = histories(60, 3000);
        let (one, two) = tcp_pair(listen);
        assert_eq!(sync(&mut replicas, one, two), [Ok(()), Ok(())]);
        assert_eq!(replicas[0].logs(), replicas[1].logs());
    }
}

/// channel-13: both send as much as a session lets them at once, through pipes that hold much less.
#[test]
fn nobody_waits_for_the_other_to_take() {
    let mut replicas = histories(30, 400_000);
    let (one, two) = tcp_pair("127.0.0.1:0");
    assert_eq!(sync(&mut replicas, one, two), [Ok(()), Ok(())]);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}

/// How much a peer can send until nobody takes any more, while this side reads nothing and does `meanwhile`.
fn sent_until_stalled(meanwhile: impl FnOnce(Tcp)) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let one = Tcp::over(listener.accept().unwrap().0).unwrap();
    let wait = Some(Duration::from_millis(500));
    peer.set_write_timeout(wait).unwrap();
    let sender = thread::spawn(move || {
        let mut sent = 0;
        while let Ok(len) = peer.write(&[1; 1 << 16]) {
            sent += len;
        }
        sent
    });
    meanwhile(one);
    sender.join().unwrap()
}

/// What comes while this side sends is taken in, within a bound: two that send at each other do not wait for ever.
#[test]
fn sending_takes_in_what_comes() {
    let system = sent_until_stalled(|_one| thread::sleep(Duration::from_secs(1)));
    let sending = sent_until_stalled(|one| {
        let mut one = one.stalling_after(Duration::from_secs(1));
        assert_eq!(one.send(&vec![1; 50_000_000]), Err(TransportError::Stalled));
    });
    assert!(sending > system + 2_000_000, "{system} {sending}");
    assert!(sending < system + 20_000_000, "{system} {sending}");
}

#[test]
fn a_peer_that_takes_nothing_is_given_up() {
    let (one, two) = tcp_pair("127.0.0.1:0");
    let mut one = one.stalling_after(Duration::from_millis(200));
    assert_eq!(one.send(&vec![1; 50_000_000]), Err(TransportError::Stalled));
    drop(two);
}

#[test]
fn what_is_closed_is_said_to_be() {
    let (mut one, two) = tcp_pair("127.0.0.1:0");
    let mut buffer = [0; 8];
    assert_eq!(one.receive(&mut buffer, Duration::ZERO), Ok(0));
    drop(two);
    assert_eq!(
        one.receive(&mut buffer, Duration::from_secs(5)),
        Err(TransportError::Closed)
    );
    let (mut one, mut two) = Pipe::pair();
    assert_eq!(one.receive(&mut buffer, Duration::ZERO), Ok(0));
    two.send(b"").unwrap();
    two.send(b"x").unwrap();
    assert_eq!(one.receive(&mut buffer, Duration::ZERO), Ok(1));
    drop(two);
    assert_eq!(
        one.receive(&mut buffer, Duration::ZERO),
        Err(TransportError::Closed)
    );
    assert_eq!(one.send(b"x"), Err(TransportError::Closed));
}

#[test]
fn nobody_there() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let refused = Tcp::connect("127.0.0.1", port, Duration::from_secs(5));
    assert!(
        matches!(refused, Err(TransportError::Unreachable(_))),
        "{refused:?}"
    );
    let unknown = Tcp::connect("no-such-host.invalid", 1, Duration::from_secs(5));
    assert!(
        matches!(unknown, Err(TransportError::Unknown)),
        "{unknown:?}"
    );
    let _ = TcpStream::connect(("127.0.0.1", port));
}

/// What is written while a session stays is pushed; a stop ends it in good order.
#[test]
fn a_session_that_stays() {
    let [mut first, mut second] = histories(4, 100);
    let (mut one, mut two) = Pipe::pair();
    let stop = Stop::new();
    let never = Stop::new();
    thread::scope(|scope| {
        let host = scope.spawn(|| {
            let mut link = open_door(&mut two)
                .admit(session(Role::Responder, Wish::default()), NOW, &mut second)
                .unwrap();
            let mut writes = 3;
            let commit = |replica: &mut Memory| {
                if writes > 0 {
                    writes -= 1;
                    replica.write(name(100 + writes), 1, vec![1; 50]);
                }
                Ok(())
            };
            run(&mut link, &mut two, &mut second, commit, || NOW, &never)
        });
        let stay = Wish {
            stay: true,
            ..Wish::default()
        };
        let mut link = connect(&mut first, stay);
        let commit = |replica: &mut Memory| {
            if replica.logs().len() == 7 {
                stop.stop();
            }
            Ok(())
        };
        let outcome = run(&mut link, &mut one, &mut first, commit, || NOW, &stop);
        assert_eq!(outcome, Ok(()));
        assert_eq!(host.join().unwrap(), Ok(()));
    });
    assert_eq!(first.logs().len(), 7);
    assert_eq!(first.logs(), second.logs());
}

/// What cannot be made durable is not acknowledged: the peer sends it again the next time.
#[test]
fn what_is_not_durable_is_not_acknowledged() {
    let mut replicas = histories(4, 100);
    let (mut one, mut two) = Pipe::pair();
    let go = Stop::new();
    let [first, second] = &mut replicas;
    thread::scope(|scope| {
        let host = scope.spawn(|| {
            let session = session(Role::Responder, Wish::default());
            let mut link = open_door(&mut two).admit(session, NOW, second).unwrap();
            let outcome = run(&mut link, &mut two, second, |_| Ok(()), || NOW, &go);
            (outcome, link.is_settled())
        });
        let mut link = connect(first, Wish::default());
        let full = |_: &mut Memory| Err(Fault::Unavailable);
        let outcome = run(&mut link, &mut one, first, full, || NOW, &go);
        assert_eq!(outcome, Err(RunError::Commit(Fault::Unavailable)));
        assert!(!link.is_settled());
        drop(one);
        let closed = Err(RunError::Transport(TransportError::Closed));
        assert_eq!(host.join().unwrap(), (closed, false));
    });
}

/// Counts how often it was listened to since something was said.
struct Watched<'a> {
    pipe: Tcp,
    since: &'a AtomicUsize,
}

impl Transport for Watched<'_> {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.since.store(0, Ordering::Relaxed);
        self.pipe.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        self.since.fetch_add(1, Ordering::Relaxed);
        self.pipe.receive(buffer, wait)
    }
}

#[test]
fn a_refusal_is_told() {
    // Two histories under one name: each side is told.
    let mut replicas = [Memory::new(1), Memory::new(2)];
    replicas[0].write(name(1), 1, vec![1; 10]);
    replicas[1].write(name(1), 1, vec![2; 10]);
    let (one, two) = Pipe::pair();
    let outcomes = sync(&mut replicas, one, two);
    let fork = |outcome: &Result<(), RunError>| {
        let Err(RunError::Link(LinkError::Session(error))) = outcome else {
            return false;
        };
        *error == SessionError::Replica(Fault::Fork)
            || matches!(
                error,
                SessionError::Refused {
                    fault: Fault::Fork,
                    ..
                }
            )
    };
    assert!(outcomes.iter().all(fork), "{outcomes:?}");

    // Whoever refuses takes in what the other is still sending, so that it gets to read why.
    let since = [0, 1].map(|_| AtomicUsize::new(0));
    let (one, two) = tcp_pair("127.0.0.1:0");
    let [one, two] =
        [(one, &since[0]), (two, &since[1])].map(|(pipe, since)| Watched { pipe, since });
    let outcomes = sync(&mut replicas, one, two);
    assert!(outcomes.iter().all(fork), "{outcomes:?}");
    assert!(since.iter().all(|since| since.load(Ordering::Relaxed) > 0));
}

const STAY: Wish = Wish {
    stay: true,
    newest_first: false,
    headers_only: false,
};

/// Two that stay and have nothing to say know of each other that they are there, for longer than silence may last.
#[test]
fn who_stays_is_heard() {
    let pace = Pace {
        beat: Duration::from_millis(100),
        silence: Duration::from_millis(1000),
    };
    let [mut first, mut second] = histories(4, 100);
    let (mut one, mut two) = Pipe::pair();
    let stop = Stop::new();
    let outcomes = thread::scope(|scope| {
        let host = scope.spawn(|| {
            let visitor = open_door(&mut two);
            let session = session(Role::Responder, STAY);
            let mut link = visitor.admit(session, NOW, &mut second).unwrap();
            let committed = |_: &mut Memory| Ok(());
            run_at(
                pace,
                &mut link,
                &mut two,
                &mut second,
                committed,
                || NOW,
                &stop,
            )
        });
        let guest = scope.spawn(|| {
            let mut link = connect(&mut first, STAY);
            let committed = |_: &mut Memory| Ok(());
            run_at(
                pace,
                &mut link,
                &mut one,
                &mut first,
                committed,
                || NOW,
                &stop,
            )
        });
        thread::sleep(pace.silence * 3);
        assert!(!host.is_finished() && !guest.is_finished());
        stop.stop();
        [host.join().unwrap(), guest.join().unwrap()]
    });
    // Whoever ends it first may be gone before the other says farewell.
    assert!(outcomes.contains(&Ok(())), "{outcomes:?}");
    assert_eq!(first.logs(), second.logs());
}

/// A peer that says nothing more is given up, after it was told a few times that this side is there.
#[test]
fn who_is_silent_is_gone() {
    let pace = Pace {
        beat: Duration::from_millis(100),
        silence: Duration::from_millis(1000),
    };
    let [mut first, mut second] = histories(4, 100);
    let (mut one, mut two) = Pipe::pair();
    let since = std::time::Instant::now();
    let mut link = connect(&mut first, STAY);
    let host = thread::spawn(move || {
        let visitor = open_door(&mut two);
        let session = session(Role::Responder, STAY);
        let mut link = visitor.admit(session, NOW, &mut second).unwrap();
        let mut out = Vec::new();
        link.poll(&mut second, &mut out).unwrap();
        two.send(&out).unwrap();
        (two, link)
    });
    let stop = Stop::new();
    let committed = |_: &mut Memory| Ok(());
    let outcome = run_at(
        pace,
        &mut link,
        &mut one,
        &mut first,
        committed,
        || NOW,
        &stop,
    );
    assert_eq!(outcome, Err(RunError::Transport(TransportError::Stalled)));
    assert!(since.elapsed() >= pace.silence);
    let (mut two, _) = host.join().unwrap();
    drop(one);
    let mut beats = 0;
    let mut record = [0; 1 << 16];
    while let Ok(len) = two.receive(&mut record, Duration::from_secs(1)) {
        beats += usize::from(len == 18);
    }
    assert!((3..=10).contains(&beats), "{beats}");
}

/// What came whole before the channel broke is kept.
#[test]
fn what_came_before_it_broke_is_kept() {
    let [mut first, mut second] = [Memory::new(1), Memory::new(2)];
    second.write(name(1), 1, vec![1; 10]);
    let mut link = connect(&mut first, Wish::default());
    let (mut there, mut back) = (Vec::new(), Vec::new());
    link.poll(&mut first, &mut there).unwrap();
    let door = Door::new(&key(2), &mut SeededEntropy::new(2)).unwrap();
    let visitor = door.receive(&there).unwrap().unwrap();
    let session = session(Role::Responder, Wish::default());
    let mut host = visitor.admit(session, NOW, &mut second).unwrap();
    host.poll(&mut second, &mut back).unwrap();
    back.extend_from_slice(&[0, 16]);
    back.extend_from_slice(&[7; 16]);
    let outcome = link.receive(&back, NOW, &mut first);
    assert_eq!(outcome, Err(LinkError::Channel(ChannelError::Garbled)));
    assert_eq!(first.logs(), second.logs());
}

/// Nothing new takes one round trip, and these bytes.
#[test]
fn nothing_new_takes_two_messages() {
    let mut replicas = histories(20, 100);
    let (one, two) = Pipe::pair();
    assert_eq!(sync(&mut replicas, one, two), [Ok(()), Ok(())]);
    let [first, second] = &mut replicas;
    let mut link = connect(first, Wish::default());
    let (mut there, mut back) = (Vec::new(), Vec::new());
    assert_eq!(link.poll(first, &mut there), Ok(true));
    assert_eq!(link.poll(first, &mut Vec::new()), Ok(false));
    let door = Door::new(&key(2), &mut SeededEntropy::new(2)).unwrap();
    let visitor = door.receive(&there).unwrap().unwrap();
    let mut host = visitor
        .admit(session(Role::Responder, Wish::default()), NOW, second)
        .unwrap();
    assert_eq!(host.poll(second, &mut back), Ok(true));
    link.receive(&back, NOW, first).unwrap();
    assert!(link.is_finished() && host.is_finished());
    assert_eq!((there.len(), back.len()), (2 + 96 + 2 + 31, 2 + 48 + 2));
    assert_eq!(link.peer(), Some(key(2).public()));
}

/// Says what it has to say at once, and is closed behind it.
struct Answered {
    answer: Option<Vec<u8>>,
}

impl Transport for Answered {
    fn send(&mut self, _: &[u8]) -> Result<(), TransportError> {
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> Result<usize, TransportError> {
        let answer = self.answer.take().ok_or(TransportError::Closed)?;
        buffer[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

/// A peer that has said all closes the connection: what it said last counts.
#[test]
fn what_came_before_the_end_counts() {
    let mut replicas = histories(20, 100);
    let (one, two) = Pipe::pair();
    assert_eq!(sync(&mut replicas, one, two), [Ok(()), Ok(())]);
    let [first, second] = &mut replicas;
    let mut link = connect(first, Wish::default());
    let (mut there, mut back) = (Vec::new(), Vec::new());
    link.poll(first, &mut there).unwrap();
    let door = Door::new(&key(2), &mut SeededEntropy::new(2)).unwrap();
    let visitor = door.receive(&there).unwrap().unwrap();
    let session = session(Role::Responder, Wish::default());
    let mut host = visitor.admit(session, NOW, second).unwrap();
    host.poll(second, &mut back).unwrap();
    let mut pipe = Answered { answer: Some(back) };
    let go = Stop::new();
    let outcome = run(&mut link, &mut pipe, first, |_| Ok(()), || NOW, &go);
    assert_eq!(outcome, Ok(()));
}

/// channel-12: the knock stands before the session, its length in its shortest form.
#[test]
fn a_knock() {
    let agent = [&[1, 2][..], b"rest"].concat();
    assert_eq!(knock(&agent), Ok((Knock::Agent, &b"rest"[..])));
    for bad in [
        &b""[..],
        &[0],
        &[2, 2],
        &[0x81, 0, 2],
        &[1, 9],
        &[2, 2, 2],
        &[0xff, 0xff, 1],
    ] {
        assert_eq!(knock(bad), Err(LinkError::Knock), "{bad:?}");
    }
    let mut door = Door::new(&key(2), &mut SeededEntropy::new(2)).unwrap();
    let (_, message) = Channel::initiate(
        &key(1),
        key(2).public(),
        b"\x02xx",
        &mut SeededEntropy::new(1),
    )
    .unwrap();
    door = door.receive(&message[..50]).unwrap().unwrap_err();
    assert_eq!(door.receive(&message[50..]).err(), Some(LinkError::Knock));
}
