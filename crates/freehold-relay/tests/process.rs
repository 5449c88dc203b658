//! The relay as a process: what it prints and stores says nothing, and what it acknowledged outlives it.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::single_range_in_vec_init,
    reason = "a test fails by panicking, and a capability has one window"
)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use common::{Copy, Household, hour, static_key};
use freehold_crypto::{Entropy, OsEntropy, Secret};
use freehold_model::Time;
use freehold_relay::RelayCard;
use freehold_sync::{
    Capability, Erase, Knock, LogName, Order, Role, Session, SignedOrder, Stretch, Wish,
};
use freehold_transport::{Address, Link};

struct Process {
    child: Child,
    address: Address,
    metrics: String,
    stdout: BufReader<std::process::ChildStdout>,
    printed: String,
}

impl Process {
    fn start(data: &Path) -> Self {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(data.with_extension("log"))
            .unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_freehold-relay"))
            .args([
                "--listen",
                "127.0.0.1:0",
                "--metrics",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        stdout.read_line(&mut printed).unwrap();
        let address = printed.trim().strip_prefix("listening ").unwrap();
        let address = address.parse().unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let metrics = line.trim().strip_prefix("metrics http://").unwrap();
        let metrics = metrics.strip_suffix("/metrics").unwrap().to_owned();
        printed.push_str(&line);
        Self {
            child,
            address,
            metrics,
            stdout,
            printed,
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, and gives what it has printed.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.stdout.read_to_string(&mut self.printed).unwrap();
        self.printed
    }

    fn ask(&self, page: &str) -> String {
        let mut stream = TcpStream::connect(&self.metrics).unwrap();
        write!(stream, "GET {page} HTTP/1.1\r\nHost: relay\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn relay(&self) -> [u8; 32] {
        self.address.key.0
    }

    /// A session over TCP: until it is done, or until the stream breaks, or until `enough`. Whether it was done.
    fn talk(
        &self,
        seed: u8,
        knock: &Knock,
        copy: &mut Copy,
        mut enough: impl FnMut(&Link, &Copy) -> bool,
    ) -> bool {
        let place = (self.address.host.as_str(), self.address.port);
        let mut stream = TcpStream::connect(place).unwrap();
        let timeout = Some(Duration::from_secs(10));
        stream.set_read_timeout(timeout).unwrap();
        let (mut entropy, mut random) = (OsEntropy::new(), [0; 8]);
        entropy.fill(&mut random).unwrap();
        let session = Session::new(Role::Initiator, Wish::default(), random);
        let (key, peer) = (static_key(seed), self.address.key);
        let mut link = Link::connect(&key, peer, knock, session, copy, &mut entropy).unwrap();
        loop {
            let mut out = Vec::new();
            while link.poll(copy, &mut out).unwrap() {}
            stream.write_all(&out).unwrap();
            if link.is_finished() || enough(&link, copy) {
                return link.is_finished();
            }
            let mut bytes = [0; 1 << 16];
            match stream.read(&mut bytes) {
                Ok(0) | Err(_) => return false,
                Ok(len) => link.receive(&bytes[..len], now(), copy).unwrap(),
            }
            link.committed();
        }
    }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_ms(i64::try_from(since.as_millis()).unwrap())
}

/// After each acknowledgement the relay is killed; what was acknowledged is there.
#[test]
fn a_killed_relay_has_what_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("relay");
    let mut home = Household::new(1);
    let mut copy = Copy::new(1);
    let mut address = None;
    for round in 0..4 {
        let process = Process::start(&data);
        let key = *address.get_or_insert(process.address.key);
        assert_eq!(process.address.key, key);
        let name = LogName::of_log(&key.0, home.log);
        for at in 0..20 {
            let first = round * 20 + at;
            copy.write(name, home.hours(first..first + 1));
        }
        // Settled: everything is acknowledged. Nothing else is said before the relay dies.
        process.talk(11, &home.knock(), &mut copy, |link, _| link.is_settled());
        process.kill();
        let process = Process::start(&data);
        let mut other = Copy::new(2);
        assert!(process.talk(11, &home.knock(), &mut other, |_, _| false));
        assert_eq!(other.logs[&name], copy.logs[&name]);
        process.stop();
    }
}

/// Every byte that a relay stored, logged and printed, searched for what it must not know.
#[test]
fn nothing_that_is_stored_logged_or_printed_says_anything() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("relay");
    let mut home = Household::new(0xa7);
    let process = Process::start(&data);
    let relay = process.relay();
    let name = LogName::of_log(&relay, home.log);
    let named = |label: &[u8]| LogName::of_secret(&relay, &[0xb5; 32], label);
    let order = |order: &Order| {
        let signed = SignedOrder::sign(order, &relay, &home.mailbox).unwrap();
        Stretch::Orders(vec![signed])
    };
    let fetch = static_key(0xc3).public().0;
    let capability = Capability {
        id: [9; 16],
        fetch,
        letters: vec![named(b"letters")],
        replies: named(b"replies"),
        writes: Vec::new(),
        not_after: Time::from_ms(i64::MAX),
        views: vec![freehold_sync::View {
            name,
            ..home.capability(fetch, 1, &[0..10]).views.remove(0)
        }],
    };
    let erase = Order::Erase(Erase {
        name,
        slots: vec![(hour(2), hour(4))],
        proof: Vec::new(),
    });
    let orders = [
        order(&Order::Grant(capability)),
        order(&erase),
        order(&Order::Close([4; 16])),
    ];
    let mut phone = Copy::new(1);
    phone.write(name, home.hours(0..12));
    for order in orders {
        phone.write(named(b"orders"), order);
    }
    assert!(process.talk(11, &home.knock(), &mut phone, |_, _| false));
    let mut lab = Copy::new(2);
    assert!(process.talk(0xc3, &Knock::Holder, &mut lab, |_, _| false));
    assert_eq!(lab.logs.len(), 1);
    assert!(!process.talk(0x55, &Knock::Holder, &mut Copy::new(3), |_, _| true));
    let health = process.ask("/healthz");
    assert!(health.ends_with("ok\n"), "{health}");
    let metrics = process.ask("/metrics");
    assert!(
        metrics.contains("\nfreehold_relay_holders_total 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("\nfreehold_relay_orders_total 3\n"),
        "{metrics}"
    );
    // Also what a store that was not closed has beside it.
    let mut all = files(&data);
    let printed = process.stop();
    all.extend(files(&data));
    all.push((
        "printed".into(),
        [printed, metrics, health].concat().into_bytes(),
    ));
    let log = fs::read(data.with_extension("log")).unwrap();
    all.push(("log".into(), log.clone()));
    let card = fs::read(data.join("card.freehold")).unwrap();
    let card = RelayCard::from_bytes(&card).unwrap();
    assert_eq!(card.key().0, relay);

    let mut secrets: Vec<(String, Vec<u8>)> = vec![
        ("log id".into(), home.log.0.to_vec()),
        ("root".into(), vec![0xa7; 32]),
        ("stream".into(), home.writer.genesis().stream.to_vec()),
        ("spec".into(), home.writer.genesis().spec.to_vec()),
        ("genesis".into(), home.writer.genesis().to_bytes()),
        ("names' secret".into(), vec![0xb5; 32]),
        (
            "fetch secret".into(),
            Secret::from_bytes([0xc3; 32]).expose().to_vec(),
        ),
        (
            "mailbox's secret".into(),
            home.mailbox.to_secret_bytes()[1..].to_vec(),
        ),
        (
            "writer's secret".into(),
            home.writer_key.to_secret_bytes()[1..].to_vec(),
        ),
        (
            "writer key".into(),
            home.writer_key.public_key().to_bytes()[1..].to_vec(),
        ),
        ("plain".into(), b"secret".to_vec()),
    ];
    for hour in 0..12 {
        for facet in 0..2 {
            secrets.push(("plaintext".into(), Household::plain(hour, facet)));
        }
    }
    for (what, secret) in &secrets {
        for (place, bytes) in &all {
            assert!(!holds(bytes, secret), "{what} in {place}");
        }
    }
    // The search finds what is there: a name in the store, and nothing of it in what is said.
    let store =
        |(place, bytes): &(String, Vec<u8>)| place.starts_with("store.db") && holds(bytes, &name.0);
    assert!(all.iter().any(store));
    let said = String::from_utf8(log).unwrap();
    assert!(said.lines().count() >= 5, "{said}");
    let keys = [
        static_key(11).public().0,
        fetch,
        name.0.repeat(2).try_into().unwrap(),
    ];
    for key in keys {
        let hex: String = key
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(!said.contains(&hex) && !said.contains(&static_key(11).public().to_string()));
        assert!(!holds(said.as_bytes(), &key[..16]));
    }
    for line in said.lines() {
        assert!(
            line.starts_with("{\"ms\":") && line.ends_with('}'),
            "{line}"
        );
        assert!(!line.contains("127.0.0.1"), "{line}");
    }
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
