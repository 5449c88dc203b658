//! What was said, read again: home, relay and recipient as processes, a way that is cut, a relay that is killed with -9 and one that
//! is put back from an old copy; the transcripts show how each went on.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod shell;

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use shell::{Shell, WORDS, text};

const HOURS: usize = 120;
const PER_HOUR: usize = 3600;

/// A way to the relay that ends after some bytes from there, once.
struct Way {
    address: String,
    left: Arc<AtomicUsize>,
}

impl Way {
    fn to(relay: &str, bytes: usize) -> Self {
        let (place, key) = relay.split_once('#').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("{}#{key}", listener.local_addr().unwrap());
        let left = Arc::new(AtomicUsize::new(bytes));
        let (place, rest) = (place.to_owned(), Arc::clone(&left));
        thread::spawn(move || {
            for near in listener.incoming() {
                let near = near.unwrap();
                // While the relay is away, whoever comes is sent away.
                let Ok(far) = TcpStream::connect(&place) else {
                    continue;
                };
                let (up, down) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                thread::spawn(move || carry(up, far, &AtomicUsize::new(usize::MAX)));
                let left = Arc::clone(&rest);
                thread::spawn(move || carry(down, near, &left));
            }
        });
        Self { address, left }
    }

    /// Waits until it was cut. From then on it holds.
    fn cut(&self) {
        until(|| self.left.load(Ordering::SeqCst) == 0);
    }

    fn mend(&self) {
        self.left.store(usize::MAX, Ordering::SeqCst);
    }
}

/// Carries bytes one way as long as any are left.
fn carry(mut from: TcpStream, mut to: TcpStream, left: &AtomicUsize) {
    let mut buffer = [0; 4096];
    while let Ok(len) = from.read(&mut buffer)
        && len > 0
    {
        let go = len.min(left.load(Ordering::SeqCst));
        if to.write_all(&buffer[..go]).is_err() {
            break;
        }
        if left.load(Ordering::SeqCst) != usize::MAX {
            left.fetch_sub(go, Ordering::SeqCst);
        }
        if go < len {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

fn until(mut condition: impl FnMut() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A command in the background; it is killed when this goes.
struct Behind(Child);

impl Drop for Behind {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a transcript says, as `inspect --json` tells it.
struct Said(Vec<Value>);

impl Said {
    fn of(shell: &Shell, file: &str) -> Self {
        let told = shell.run(&["inspect", file, "--json"]);
        assert!(told.status.success(), "{}", text(&told.stderr));
        let lines = text(&told.stdout);
        Self(
            lines
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    }

    fn messages<'a>(&'a self, from: &'a str, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let of = move |line: &&Value| line["from"] == from && line["message"] == name;
        self.0.iter().filter(of)
    }

    /// Whether something came that was new since the peer had said Done, and was acknowledged.
    fn took_a_push(&self) -> bool {
        let pushed = |line: &Value| {
            line["session"] == 1 && line["from"] == "peer" && line["after_done"] == true
        };
        let pushed = self.0.iter().position(pushed);
        let after = pushed.map_or(&[][..], |at| &self.0[at..]);
        after
            .iter()
            .any(|line| line["message"] == "Ack" && line["from"] == "here")
    }

    /// Bytes of stretches that one side sent, without what the other had from before.
    fn stretch_bytes(&self, from: &str) -> u64 {
        let mut sent = 0;
        let mut before = 0;
        for line in self.0.iter().filter(|line| line["from"] == from) {
            match line["message"].as_str() {
                Some("Stretch") => {
                    before = line["come"].as_u64().unwrap();
                    sent += before - line["offset"].as_u64().unwrap();
                }
                Some("More") => {
                    let come = line["come"].as_u64().unwrap();
                    sent += come - before;
                    before = come;
                }
                _ => {}
            }
        }
        sent
    }
}

fn copy(from: &Path, to: &Path, but: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != but {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// [sync-9], [sync-11]
#[test]
fn a_recipient_goes_on_where_it_was_cut_and_is_pushed_what_is_new() {
    let (shell, query) = Shell::granted(HOURS, PER_HOUR, "raw");
    let query: Vec<&str> = query.iter().map(String::as_str).collect();
    let relay = shell.relay("127.0.0.1:0");
    let home = |relay: &str, transcript: &str| {
        shell.ok(&["sync", "home", "--relay", relay, "--transcript", transcript])
    };
    home(&relay.address, "home.transcript");
    let way = Way::to(&relay.address, 150_000);
    let follow = [
        "sync",
        "gp",
        "--follow",
        "--relay",
        &way.address,
        "--transcript",
        "gp.transcript",
    ];
    let mut command = shell.command(&follow);
    let follower = Behind(
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    way.cut();
    let place = relay.kill();
    way.mend();
    let relay = shell.relay(&place);
    // What was said is in the file at once: another process sees there that all has come.
    until(|| {
        let said = Said::of(&shell, "gp.transcript");
        said.messages("here", "Done")
            .any(|done| done["session"] == 1)
    });
    shell.write_csv(
        "more.csv",
        HOURS * PER_HOUR..(HOURS + 2) * PER_HOUR,
        PER_HOUR,
    );
    shell.import("more.csv");
    home(&relay.address, "again.transcript");
    until(|| Said::of(&shell, "gp.transcript").took_a_push());
    drop(follower);

    let said = Said::of(&shell, "gp.transcript");
    // The second session says what it has of a stretch, and the relay goes on after it.
    let open = said.messages("here", "Open").nth(1).unwrap();
    let has = &open["partial"];
    assert!(has["bytes"].as_u64().unwrap() > 0, "{open}");
    let resumed = said
        .messages("peer", "Stretch")
        .find(|line| line["offset"] != 0)
        .unwrap();
    assert_eq!(
        (&resumed["offset"], &resumed["log"], &resumed["from_entry"]),
        (&has["bytes"], &has["log"], &has["from_entry"])
    );
    // Over both sessions nothing came twice: what the home sent the relay is what the recipient took.
    let brought = Said::of(&shell, "home.transcript");
    assert_eq!(brought.messages("here", "Bye").count(), 1);
    assert!(brought.stretch_bytes("here") > 200_000);
    let read = shell.lines(&query);
    assert!(read.len() > HOURS * PER_HOUR, "{}", read.len());
    // Nothing in a transcript says what it is about.
    for file in ["home.transcript", "gp.transcript", "again.transcript"] {
        let bytes = fs::read(shell.path(file)).unwrap();
        for word in WORDS {
            let found = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word} in {file}");
        }
    }
}

#[test]
fn a_relay_that_is_put_back_from_a_copy_compares_heads_and_gets_what_it_lost() {
    let (shell, _) = Shell::granted(HOURS, 60, "hour");
    let relay = shell.relay("127.0.0.1:0");
    let sync = |relay: &str, more: &[&str]| {
        shell.ok(&[&["sync", "home", "--relay", relay], more].concat())
    };
    sync(&relay.address, &[]);
    let place = relay.kill();
    copy(&shell.path("relay"), &shell.path("copy"), "relay.mark");
    let relay = shell.relay(&place);
    shell.write_csv("more.csv", HOURS * 60..(HOURS + 5) * 60, 60);
    shell.import("more.csv");
    sync(&relay.address, &["--transcript", "new.transcript"]);
    let new = Said::of(&shell, "new.transcript");
    assert_eq!(new.messages("peer", "Compare").count(), 0);
    // The disk is lost, and an old copy put in its place.
    let place = relay.kill();
    copy(&shell.path("copy"), &shell.path("relay"), "");
    let relay = shell.relay(&place);
    sync(&relay.address, &["--transcript", "back.transcript"]);
    let back = Said::of(&shell, "back.transcript");
    let ranges = back.messages("peer", "Compare").next().unwrap()["ranges"].clone();
    assert_eq!(ranges.as_array().unwrap().len(), 16);
    let listed = back.messages("here", "Compare").next().unwrap();
    assert!(!listed["lists"].as_array().unwrap().is_empty(), "{listed}");
    // What was lost goes there again, and nothing else.
    assert!(back.stretch_bytes("here") >= new.stretch_bytes("here"));
    let told = sync(&relay.address, &[]);
    assert!(told.contains("everything already"), "{told}");
}

#[test]
fn what_is_no_transcript_is_refused_and_none_is_written_over() {
    let shell = Shell(tempfile::tempdir().unwrap());
    fs::write(shell.path("other"), "freehold transcript 9\n").unwrap();
    let told = shell.run(&["inspect", "other"]);
    assert_eq!(told.status.code(), Some(4));
    assert!(text(&told.stderr).contains("no transcript"));
    shell.ok(&["init", "home", "--name", "Home"]);
    let key = "a".repeat(52);
    let relay = format!("127.0.0.1:1#{key}");
    let sync = ["sync", "home", "--relay", &relay, "--transcript", "other"];
    let told = shell.run(&sync);
    assert_eq!(told.status.code(), Some(5), "{}", text(&told.stderr));
    assert_eq!(fs::read(shell.path("other")).unwrap().len(), 22);
}
