//! Two sides of a link, each in a thread.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::{net::TcpListener, thread, time::Duration};

use freehold_crypto::{Secret, SeededEntropy};
use freehold_model::Time;
use freehold_sync::{Knock, Role, Session, Wish};
use freehold_transport::{
    Channel, Door, Link, RunError, StaticKey, Stop, Tcp, Transport, Visitor, run,
};

use crate::memory::{Memory, name};

pub(crate) const NOW: Time = Time::from_ms(1_800_000_000_000);

pub(crate) fn key(seed: u8) -> StaticKey {
    StaticKey::from_secret(Secret::from_bytes([seed; 32]))
}

pub(crate) fn session(role: Role, wish: Wish) -> Session {
    Session::new(role, wish, [7; 8])
}

pub(crate) fn connect(replica: &mut Memory, wish: Wish) -> Link {
    let session = session(Role::Initiator, wish);
    let peer = key(2).public();
    let entropy = &mut SeededEntropy::new(1);
    Link::connect(&key(1), peer, &Knock::Agent, session, replica, entropy).unwrap()
}

/// Awaits the visitor, over any pipe.
pub(crate) fn open_door(transport: &mut dyn Transport) -> Visitor {
    let mut door = Door::new(&key(2), &mut SeededEntropy::new(2)).unwrap();
    loop {
        let mut buffer = [0; 40];
        let len = transport
            .receive(&mut buffer, Duration::from_secs(5))
            .unwrap();
        match door.receive(&buffer[..len]).unwrap() {
            Ok(visitor) => return visitor,
            Err(same) => door = same,
        }
    }
}

/// Runs both sides, each in a thread, until they are finished.
pub(crate) fn sync(
    replicas: &mut [Memory; 2],
    mut one: impl Transport,
    mut two: impl Transport,
) -> [Result<(), RunError>; 2] {
    let [first, second] = replicas;
    let go = Stop::new();
    thread::scope(|scope| {
        let host = scope.spawn(|| {
            let visitor = open_door(&mut two);
            assert_eq!(visitor.peer, key(1).public());
            assert_eq!(visitor.knock, Knock::Agent);
            let session = session(Role::Responder, Wish::default());
            let mut link = visitor.admit(session, NOW, second).unwrap();
            run(&mut link, &mut two, second, |_| Ok(()), || NOW, &go)
        });
        let mut link = connect(first, Wish::default());
        let outcome = run(&mut link, &mut one, first, |_| Ok(()), || NOW, &go);
        [outcome, host.join().unwrap()]
    })
}

pub(crate) fn histories(logs: usize, size: usize) -> [Memory; 2] {
    let mut replicas = [Memory::new(1), Memory::new(2)];
    for no in 0..logs {
        let byte = |at: usize| u8::try_from((at * 7 + no) % 251).unwrap();
        let bytes = (0..size).map(byte).collect();
        replicas[no % 2].write(name(no), 1, bytes);
    }
    replicas
}

pub(crate) fn tcp_pair(listen: &str) -> (Tcp, Tcp) {
    let listener = TcpListener::bind(listen).unwrap();
    let address = listener.local_addr().unwrap();
    let host = address.ip().to_string();
    let one = Tcp::connect(&host, address.port(), Duration::from_secs(5)).unwrap();
    let (two, _) = listener.accept().unwrap();
    (one, Tcp::over(two).unwrap())
}

/// Runs the side that connects, with whatever is at the other end.
pub(crate) fn alone(replica: &mut Memory, mut transport: impl Transport) -> Result<(), RunError> {
    let mut link = connect(replica, Wish::default());
    let go = Stop::new();
    run(&mut link, &mut transport, replica, |_| Ok(()), || NOW, &go)
}

pub(crate) fn message_1(payload: &[u8]) -> Vec<u8> {
    let (peer, entropy) = (key(2).public(), &mut SeededEntropy::new(1));
    Channel::initiate(&key(1), peer, payload, entropy)
        .unwrap()
        .1
}
