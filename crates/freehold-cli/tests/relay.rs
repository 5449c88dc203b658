//! Processes over loopback, as an integrator scripts them: a home brings what it has to a relay, a recipient fetches what it was
//! granted; what the relay keeps tells nothing, and a relay that is killed loses nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod shell;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use shell::{Shell, WORDS, text};

const HOURS: usize = 72;
/// Set inside the network of [`without_ipv4`].
#[cfg(target_os = "linux")]
const INSIDE: &str = "FREEHOLD_TEST_WITHOUT_IPV4";

fn counted(lines: &[Value]) -> usize {
    lines
        .iter()
        .map(|line| usize::try_from(line["count"].as_u64().unwrap()).unwrap())
        .sum()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn a_recipient_gets_through_a_relay_what_it_was_granted() {
    let (shell, query) = Shell::granted(HOURS, 4, "hour");
    let query: Vec<&str> = query.iter().map(String::as_str).collect();
    let relay = shell.relay("127.0.0.1:0");
    // Nobody knows of the consent there yet.
    let early = shell.run(&["sync", "gp", "--relay", &relay.address]);
    assert_eq!(early.status.code(), Some(6), "{}", text(&early.stderr));
    shell.ok(&["sync", "home", "--relay", &relay.address]);
    // Killed and started again, it goes on with what it had.
    let place = relay.kill();
    let relay = shell.relay(&place);
    shell.ok(&["sync", "gp", "--relay", &relay.address]);
    let hours = shell.lines(&query);
    assert_eq!((hours.len(), counted(&hours)), (HOURS, HOURS * 4));
    assert!(
        shell
            .ok(&["sync", "home", "--relay", &relay.address])
            .contains("everything already")
    );
    // The household learns who fetched what.
    let receipts = shell.lines(&["receipts", "home"]);
    let fetched = receipts
        .iter()
        .find(|line| line["event"] == "fetched")
        .unwrap();
    assert_eq!(
        (fetched["recipient"].as_str(), fetched["level"].as_str()),
        (Some(WORDS[1]), Some("hour"))
    );
    // What the relay keeps and says names nothing.
    let mut kept = 0;
    for file in files(&shell.path("relay"))
        .into_iter()
        .chain([shell.path("relay.log")])
    {
        let bytes = fs::read(&file).unwrap();
        kept += bytes.len();
        for word in WORDS {
            let found = bytes
                .windows(word.len())
                .any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {}", file.display());
        }
    }
    assert!(kept > HOURS * 4, "{kept} bytes cannot hold it");
    // Withdrawn: the recipient hears of it at the relay, and its copy goes.
    let consent = shell.lines(&["consents", "home"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    shell.ok(&["revoke", "home", &consent]);
    shell.ok(&["sync", "home", "--relay", &relay.address]);
    let told = shell.ok(&["sync", "gp", "--relay", &relay.address]);
    assert!(told.contains("revoked"), "{told}");
    assert_eq!(shell.run(&query).status.code(), Some(3));
}

/// In a network of its own, in which there is nothing but ::1. Where the system gives nobody such a network, it says so; under
/// `CI=true` it then fails.
#[test]
#[cfg(target_os = "linux")]
fn without_ipv4() {
    if std::env::var_os(INSIDE).is_some() {
        return over_ipv6_alone();
    }
    let alone = "ip link set lo up && ip -4 address flush dev lo && exec \"$0\" \"$@\"";
    let unshare = |args: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "sh", "-c"]);
        command.args(args).env(INSIDE, "1").output()
    };
    let given = unshare(&["ip link set lo up && ip -4 address flush dev lo"]);
    if !given.as_ref().is_ok_and(|done| done.status.success()) {
        let why = match given {
            Ok(done) => text(&done.stderr),
            Err(error) => error.to_string(),
        };
        let told = format!("without_ipv4 was NOT run: no network of its own: {why}\n");
        // Past the harness, which shows what a test prints only if it fails.
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "{told}");
        return;
    }
    let own = std::env::current_exe().unwrap();
    let done = unshare(&[alone, own.to_str().unwrap(), "--exact", "without_ipv4"]).unwrap();
    assert!(
        done.status.success() && text(&done.stdout).contains("1 passed"),
        "{}{}",
        text(&done.stdout),
        text(&done.stderr)
    );
}

/// What [`without_ipv4`] does once it is inside.
#[cfg(target_os = "linux")]
fn over_ipv6_alone() {
    assert!(std::net::TcpListener::bind("127.0.0.1:0").is_err());
    let (shell, query) = Shell::granted(HOURS, 4, "hour");
    let query: Vec<&str> = query.iter().map(String::as_str).collect();
    let relay = shell.relay("[::1]:0");
    assert!(relay.address.starts_with("[::1]:"));
    shell.ok(&["sync", "home", "--relay", &relay.address]);
    shell.ok(&["sync", "gp", "--relay", &relay.address]);
    let hours = shell.lines(&query);
    assert_eq!((hours.len(), counted(&hours)), (HOURS, HOURS * 4));
    // By a WebSocket too.
    let web = format!("ws://{}", relay.address.replace('#', "/#"));
    let told = shell.ok(&["sync", "home", "--relay", &web]);
    assert!(told.contains("everything already"), "{told}");
}

/// Through a WebSocket in TLS, and by the proxy that the environment names.
#[test]
fn a_relay_behind_tls() {
    let (shell, _) = Shell::granted(HOURS, 4, "hour");
    for name in ["relay", "other"] {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        fs::write(shell.path(&format!("{name}.pem")), made.cert.pem()).unwrap();
        fs::write(
            shell.path(&format!("{name}.key")),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
    }
    let tls = ["--tls-cert", "relay.pem", "--tls-key", "relay.key"];
    let relay = shell.relay_with("127.0.0.1:0", &tls);
    let (place, key) = relay.address.split_once('#').unwrap();
    let address = format!("wss://{place}/#{key}");
    let sync = ["sync", "home", "--relay", &address, "--tls-roots"];
    let sync = |roots: &str, no_proxy: &str, more: &[&str]| {
        let mut command = shell.command(&sync);
        // Nobody listens at port 1.
        command.args([roots]).args(more);
        command.env("https_proxy", "http://127.0.0.1:1");
        command.env("no_proxy", no_proxy).output().unwrap()
    };
    let done = sync("other.pem", "127.0.0.1", &[]);
    assert_eq!(done.status.code(), Some(6), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("--tls-roots"));
    let done = sync("relay.pem", "example.org", &[]);
    assert_eq!(done.status.code(), Some(6), "{}", text(&done.stderr));
    let done = sync("relay.pem", "*", &["--proxy", "127.0.0.1:1"]);
    assert_eq!(done.status.code(), Some(6), "{}", text(&done.stderr));
    let done = sync("relay.key", "*", &[]);
    assert_eq!(done.status.code(), Some(4), "{}", text(&done.stderr));
    let done = sync("relay.pem", "example.org, 127.0.0.1", &[]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    // Without TLS the environment's proxy is not asked.
    let mut command = shell.command(&["sync", "gp", "--relay", &relay.address]);
    let done = command.env("https_proxy", "http://127.0.0.1:1").output();
    assert!(done.unwrap().status.success());
}

/// It has its keys still, and begins its receipts anew; the home has both.
#[test]
fn a_relay_that_lost_everything_is_filled_again() {
    let (shell, query) = Shell::granted(HOURS, 4, "hour");
    let query: Vec<&str> = query.iter().map(String::as_str).collect();
    let relay = shell.relay("127.0.0.1:0");
    let meet = |address: &str| {
        for who in ["home", "gp", "home", "home"] {
            shell.ok(&["sync", who, "--relay", address]);
        }
        shell.lines(&["receipts", "home"])
    };
    let before = meet(&relay.address);
    assert!(before.iter().any(|line| line["event"] == "fetched"));
    let place = relay.kill();
    for file in files(&shell.path("relay")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.starts_with("store.db") {
            fs::remove_file(&file).unwrap();
        }
    }
    let relay = shell.relay(&place);
    let after = meet(&relay.address);
    assert!(after.len() > before.len(), "{after:?}");
    assert!(before.iter().all(|line| after.contains(line)));
    assert_eq!(counted(&shell.lines(&query)), HOURS * 4);
    let told = shell.ok(&["sync", "home", "--relay", &relay.address]);
    assert!(told.contains("everything already"), "{told}");
}

#[test]
fn another_key_at_the_address_is_not_spoken_to() {
    let (shell, _) = Shell::granted(HOURS, 4, "hour");
    let relay = shell.relay("127.0.0.1:0");
    let (place, key) = relay.address.split_once('#').unwrap();
    let other: String = key.chars().rev().collect();
    for (address, exit) in [
        (format!("{place}#{key}a"), 2),
        (place.to_owned(), 2),
        ("127.0.0.1:1#".to_owned() + key, 6),
    ] {
        let done = shell.run(&["sync", "home", "--relay", &address]);
        assert_eq!(
            done.status.code(),
            Some(exit),
            "{address}: {}",
            text(&done.stderr)
        );
    }
    // Reversed it may be no key at all; if it is one, it is another's.
    let done = shell.run(&["sync", "home", "--relay", &format!("{place}#{other}")]);
    assert!(!done.status.success());
}
