//! One port, and every way to it: a relay process, and sessions through what may lie between.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use common::{Copy, Household, NOW, static_key};
use freehold_crypto::OsEntropy;
use freehold_sync::{Role, Session, Wish};
use freehold_transport::{
    Address, Around, Link, Proxy, Reach, RunError, Stop, TransportError, Trust, connect, run,
};

const WAIT: Duration = Duration::from_secs(10);

struct Process {
    child: Child,
    address: Address,
}

impl Process {
    fn start(dir: &Path, tls: Option<(&Path, &Path)>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_freehold-relay"));
        command.args(["--listen", "127.0.0.1:0", "--data"]);
        command.arg(dir.join("relay"));
        if let Some((cert, key)) = tls {
            command.arg("--tls-cert").arg(cert);
            command.arg("--tls-key").arg(key);
        }
        let log = fs::File::create(dir.join("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listening ").unwrap();
        Self {
            child,
            address: address.parse().unwrap(),
        }
    }

    fn by(&self, scheme: &str, path: &str) -> Address {
        let (port, key) = (self.address.port, self.address.key);
        let text = format!("{scheme}127.0.0.1:{port}{path}#{key}");
        text.parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate for the loopback address and its key, as files in PEM; and whom a client trusts then.
fn certificate(dir: &Path, name: &str) -> (PathBuf, PathBuf, Trust) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (
        dir.join(format!("{name}.pem")),
        dir.join(format!("{name}.key")),
    );
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let trust = Trust::roots_of_pem(&fs::read(&cert).unwrap()).unwrap();
    (cert, key, trust)
}

/// One session by a way.
fn meet(
    address: &Address,
    reach: &Reach,
    home: &Household,
    copy: &mut Copy,
) -> Result<(), RunError> {
    let mut way = connect(address, reach, WAIT)?;
    let session = Session::new(Role::Initiator, Wish::default(), [1; 8]);
    let (key, mut entropy) = (static_key(11), OsEntropy::new());
    let mut link = Link::connect(
        &key,
        address.key,
        &home.knock(),
        session,
        copy,
        &mut entropy,
    )?;
    let stop = Stop::new();
    run(&mut link, &mut way, copy, |_| Ok(()), || NOW, &stop)
}

/// A proxy that knows CONNECT, for one connection.
fn proxy() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).unwrap();
        let place = request.strip_prefix("CONNECT ").unwrap();
        let mut server = TcpStream::connect(place.split(' ').next().unwrap()).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let (mut from, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut server);
            let _ = server.shutdown(Shutdown::Write);
        });
        let _ = std::io::copy(&mut back, &mut client);
        let _ = client.shutdown(Shutdown::Both);
    });
    format!("127.0.0.1:{port}").parse().unwrap()
}

/// [channel-14] [channel-15]
#[test]
fn by_every_way_the_same_comes() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key, trust) = certificate(dir.path(), "relay");
    let process = Process::start(dir.path(), Some((&cert, &key)));
    let mut home = Household::new(1);
    let (mut phone, mut tablet) = (Copy::new(1), Copy::new(2));
    let direct = Reach { proxy: None, trust };
    let ways = [
        process.by("", ""),
        process.by("tls://", ""),
        process.by("ws://", "/"),
        process.by("wss://", "/freehold"),
    ];
    assert_eq!(ways[0], process.address);
    for (no, address) in (0..).zip(&ways) {
        phone.write(home.data(), home.hours(no * 200..(no + 1) * 200));
        meet(address, &direct, &home, &mut phone).unwrap();
    }
    for (no, address) in (4..).zip(&ways[2..]) {
        phone.write(home.data(), home.hours(no * 200..(no + 1) * 200));
        let reach = Reach {
            proxy: Some(proxy()),
            ..direct.clone()
        };
        meet(address, &reach, &home, &mut phone).unwrap();
    }
    // All of it is at the relay, and comes back by each way.
    for address in &ways {
        tablet.forget(tablet.seen.epoch + 1);
        meet(address, &direct, &home, &mut tablet).unwrap();
        assert_eq!(tablet.head(home.data()), 600);
        tablet = Copy::new(9);
    }
}

/// [channel-15]
#[test]
fn a_certificate_that_is_not_trusted_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key, trust) = certificate(dir.path(), "relay");
    let (_, _, other) = certificate(dir.path(), "other");
    let process = Process::start(dir.path(), Some((&cert, &key)));
    let mut home = Household::new(1);
    let mut phone = Copy::new(1);
    phone.write(home.data(), home.hours(0..2));
    for trust in [other, Trust::System] {
        for address in [process.by("tls://", ""), process.by("wss://", "/")] {
            let reach = Reach {
                trust: trust.clone(),
                proxy: None,
            };
            let outcome = meet(&address, &reach, &home, &mut phone);
            assert_eq!(outcome, Err(RunError::Transport(TransportError::Tls)));
        }
    }
    // A certificate that is trusted is not enough: the channel asks for the relay's key.
    let mut elsewhere = process.by("tls://", "");
    elsewhere.key = static_key(66).public();
    let reach = Reach { proxy: None, trust };
    assert!(meet(&elsewhere, &reach, &home, &mut phone).is_err());
    meet(&process.by("tls://", ""), &reach, &home, &mut phone).unwrap();
}

#[test]
fn without_a_certificate_there_is_no_tls() {
    let dir = tempfile::tempdir().unwrap();
    let (_, _, trust) = certificate(dir.path(), "relay");
    let process = Process::start(dir.path(), None);
    let mut home = Household::new(1);
    let mut phone = Copy::new(1);
    phone.write(home.data(), home.hours(0..2));
    let reach = Reach { proxy: None, trust };
    assert!(meet(&process.by("tls://", ""), &reach, &home, &mut phone).is_err());
    assert_eq!(process.address.around, Around::default());
    meet(&process.by("ws://", "/"), &reach, &home, &mut phone).unwrap();
    // What is none of these gets no answer, and pings that nobody reads are not kept.
    let place = ("127.0.0.1", process.address.port);
    for line in ["SSH-2.0-x\r\n", "POST / HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(place).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        assert!(matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_)));
    }
    let mut stream = TcpStream::connect(place).unwrap();
    let greeting = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    stream.write_all(greeting.as_bytes()).unwrap();
    stream.set_write_timeout(Some(WAIT)).unwrap();
    let mut answer = [0; 512];
    let len = stream.read(&mut answer).unwrap();
    assert!(answer[..len].starts_with(b"HTTP/1.1 101"));
    let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[7; 125]].concat();
    let pings = ping.repeat(1000);
    let sent = (0..1000)
        .take_while(|_| stream.write_all(&pings).is_ok())
        .count();
    assert!(sent < 1000, "{sent}");
}

#[test]
fn files_that_are_none_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key, _) = certificate(dir.path(), "relay");
    let (_, other, _) = certificate(dir.path(), "other");
    for (cert, key) in [
        (&cert, &other),
        (&key, &key),
        (&dir.path().join("no"), &key),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_freehold-relay"));
        command.args(["--listen", "127.0.0.1:0", "--data"]);
        command.arg(dir.path().join("relay"));
        command
            .arg("--tls-cert")
            .arg(cert)
            .arg("--tls-key")
            .arg(key);
        let done = command.output().unwrap();
        assert_eq!(done.status.code(), Some(1));
        let told = String::from_utf8(done.stderr).unwrap();
        assert!(told.contains("TLS"), "{told}");
    }
}
