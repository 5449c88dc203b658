//! A relay between two objects, and ending what blocks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    env,
    ffi::OsString,
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use freehold_ffi::{
    Ask, Choices, Device, Facet, Failure, FfiError, Home, HomeListener, KeyStore, Level, Onward,
    Received, Recipient, RecipientListener, Relay, RelaySpec, Role, Selection, Stop, StreamSpec,
    Transport, Uploaded, Wishes,
    page::{Rows, readings_to_bytes, windows_from_bytes},
};

const HOUR: i64 = 3_600_000;
/// Where the relay keeps its data.
const RELAY_DATA: &str = "FREEHOLD_RELAY_DATA";

#[derive(Default)]
struct Heard {
    times: Mutex<u32>,
    throws: bool,
    failed: Mutex<Vec<Failure>>,
}

impl Heard {
    fn one(&self) -> Result<(), FfiError> {
        *self.times.lock().unwrap() += 1;
        if self.throws {
            return Err(FfiError::Callback {
                text: "enough".into(),
            });
        }
        Ok(())
    }
}

impl HomeListener for Heard {
    fn synced(&self, _: Uploaded) -> Result<(), FfiError> {
        self.one()
    }

    fn failed(&self, failure: Failure) -> Result<(), FfiError> {
        self.failed.lock().unwrap().push(failure);
        Ok(())
    }
}

impl RecipientListener for Heard {
    fn synced(&self, _: String, _: Received) -> Result<(), FfiError> {
        self.one()
    }

    fn failed(&self, _: String, failure: Failure) -> Result<(), FfiError> {
        self.failed.lock().unwrap().push(failure);
        Ok(())
    }
}

#[test]
fn through_a_relay_and_live() {
    let folder = tempfile::tempdir().unwrap();
    let process = RelayProcess::start(&folder.path().join("relay"));
    let relay = process.relay();
    let home = Home::in_memory("Flat 4".into(), &KeyStore::memory(), None).unwrap();
    let device = Device {
        name: "room".into(),
        maker: None,
        model: None,
    };
    home.add_device(device).unwrap();
    let spec = StreamSpec {
        kind: "air_temperature".into(),
        zone: "Etc/UTC".into(),
        levels: vec![Level::Raw, Level::Hour],
        facets: Vec::new(),
        chunk_minutes: Some(60),
        interval_ms: None,
        finer: 0,
    };
    let stream = home
        .add_stream("room".into(), "warmth".into(), spec)
        .unwrap();
    let hours = home.now_ms() / HOUR;
    let record = |hour: i64| {
        let time = freehold::Time::from_ms(hour * HOUR);
        let page = Rows {
            items: vec![freehold::Reading::new(time, freehold::Value::Number(2150))],
            next: None,
            not_yet: None,
        };
        stream.record(&readings_to_bytes(&page).unwrap()).unwrap();
        stream.flush().unwrap();
    };
    record(hours - 9);

    let keys = KeyStore::memory();
    let recipient = Recipient::in_memory("GP".into(), Role::Controller, &keys, None).unwrap();
    let request = recipient.request(wishes((hours - 10) * HOUR)).unwrap();
    let proposal = home.propose(&request, Choices::default()).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    let consent = recipient.accept(&grant.file).unwrap();

    assert!(home.sync(&relay, None).unwrap().stretches > 0);
    assert_eq!(recipient.sync(&relay, None).unwrap().entries, 1);
    let (stop, heard) = (Stop::new(), Arc::new(Heard::default()));
    thread::scope(|scope| {
        let sends = scope.spawn(|| home.follow(&relay, &stop, heard.clone()));
        let fetches = scope.spawn(|| recipient.follow(&relay, &stop, heard.clone()));
        let watch = recipient.watch();
        record(hours - 5);
        let begun = Instant::now();
        let opened = || {
            let of = Selection::default();
            let page = recipient.summaries(of, Level::Hour, (hours - 10) * HOUR, hours * HOUR, 0);
            windows_from_bytes(&page.unwrap()).unwrap().items.len()
        };
        while opened() < 2 && begun.elapsed() < Duration::from_secs(30) {
            watch.wait_for(500);
        }
        assert_eq!(opened(), 2);
        stop.stop();
        sends.join().unwrap().unwrap();
        fetches.join().unwrap().unwrap();
    });
    assert!(*heard.times.lock().unwrap() > 0);
    assert!(home.receipts().is_ok());

    // Over a pipe that somebody else made.
    record(hours - 3);
    let place = process.address.split('#').next().unwrap().to_owned();
    let connect = || Transport::connect(place.clone(), 10_000, None).unwrap();
    home.sync_over(&relay, &connect(), false, None).unwrap();
    let fetched = recipient.sync_over(&relay, consent.clone(), &connect(), false, None);
    assert_eq!(fetched.unwrap().entries, 1);

    // What a listener throws ends it.
    record(hours - 2);
    let throws = Arc::new(Heard {
        throws: true,
        ..Heard::default()
    });
    let (stop, thrown) = (Stop::after(30_000), Some("enough".to_owned()));
    let ended = home.follow(&relay, &stop, throws);
    assert_eq!(ended.err().map(|error| error.to_string()), thrown);

    let meeting = home.meet(&relay, false).unwrap();
    assert!(!meeting.poll().unwrap().is_empty() && !meeting.is_finished());
    assert!(meeting.received().is_err() && meeting.uploaded().is_ok());
    assert!(meeting.receive(&[0; 200]).is_err());
    let meeting = recipient.meet(&relay, consent, true).unwrap();
    assert!(meeting.uploaded().is_err() && !meeting.is_settled());
    meeting.finish();
}

#[test]
fn what_blocks_is_ended() {
    // It accepts, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::in_memory("Flat 4".into(), &KeyStore::memory(), None).unwrap();
    let relay = relay_at(&silent);
    assert_eq!(ended(|stop| home.sync(&relay, Some(stop))), "stopped");

    // Nothing connects to it any more.
    let full = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = full.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(500));
    let waiting: Vec<TcpStream> = std::iter::from_fn(|| connect().ok()).collect();
    assert!(!waiting.is_empty());
    let relay = relay_at(&full);
    assert_eq!(ended(|stop| home.sync(&relay, Some(stop))), "stopped");
    let place = || address.to_string();
    let connects = |stop| Transport::connect(place(), 60_000, Some(stop));
    assert_eq!(ended(connects), "stopped");
}

/// Why something ended that was told to in the middle.
fn ended<T: Send>(act: impl FnOnce(Arc<Stop>) -> Result<T, FfiError> + Send) -> String {
    let (stop, begun) = (Stop::new(), Instant::now());
    let outcome = thread::scope(|scope| {
        let blocks = scope.spawn(|| act(stop.clone()));
        thread::sleep(Duration::from_millis(100));
        stop.stop();
        blocks.join().unwrap()
    });
    assert!(begun.elapsed() < Duration::from_secs(5));
    match outcome {
        Err(FfiError::Failed { failure }) => failure.reason,
        _ => panic!("not stopped"),
    }
}

fn relay_at(listening: &TcpListener) -> Arc<Relay> {
    let secret = freehold::crypto::Secret::from_bytes([1; 32]);
    let key = freehold::transport::StaticKey::from_secret(secret).public();
    let place = listening.local_addr().unwrap();
    let spec = RelaySpec {
        address: format!("{place}#{key}"),
        ..nowhere()
    };
    Relay::new(spec).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn relays_that_are_nowhere() {
    let made = |spec| Relay::new(spec).is_ok();
    assert!(!made(nowhere()));
    let secret = freehold::crypto::Secret::from_bytes([1; 32]);
    let key = freehold::transport::StaticKey::from_secret(secret).public();
    let somewhere = RelaySpec {
        address: format!("127.0.0.1:1#{key}"),
        ..nowhere()
    };
    assert!(made(somewhere.clone()));
    let spec = RelaySpec {
        roots: vec![vec![1]],
        certificate: Some(vec![2]),
        ..somewhere
    };
    assert!(!made(spec));
}

#[test]
#[ignore = "the relay of the other tests"]
fn relay() {
    if let Some(data) = env::var_os(RELAY_DATA) {
        let args = ["--listen", "127.0.0.1:0", "--data"].map(OsString::from);
        let args = args.into_iter().chain([data]);
        freehold_relay::run(args, &mut std::io::stdout(), &mut std::io::stderr());
    }
}

fn nowhere() -> RelaySpec {
    RelaySpec {
        address: "nowhere".into(),
        admission: None,
        proxy: None,
        roots: Vec::new(),
        certificate: None,
    }
}

fn wishes(from_ms: i64) -> Wishes {
    Wishes {
        asks: vec![Ask {
            kind: "air_temperature".into(),
            levels: vec![Level::Hour],
            facets: vec![Facet::Totals],
            from_ms,
            until_ms: None,
            civil: false,
        }],
        purposes: vec!["dpv:ServiceProvision".into()],
        basis: None,
        words: None,
        jurisdiction: None,
        duration_minutes: None,
        lease_minutes: None,
        cohort_min: 0,
        retention_days: 30,
        onward: Onward::Nobody,
        automated_decisions: false,
    }
}

/// A relay on loopback; it ends with this.
struct RelayProcess {
    process: Child,
    address: String,
}

impl RelayProcess {
    fn start(data: &Path) -> Self {
        // Cargo builds the programs of other packages for nobody's tests: so this program is the relay as well.
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "relay", "--ignored", "--nocapture"])
            .env(RELAY_DATA, data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let address = loop {
            let mut said = String::new();
            assert_ne!(out.read_line(&mut said).unwrap(), 0, "no relay");
            if let Some((_, address)) = said.trim().split_once("listening ") {
                break address.to_owned();
            }
        };
        // Its pipe stays open for as long as it says something.
        thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { process, address }
    }

    fn relay(&self) -> Arc<Relay> {
        let spec = RelaySpec {
            address: self.address.clone(),
            ..nowhere()
        };
        Relay::new(spec).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
