//! Two folders of one household, as a shell pairs them.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

struct Shell(tempfile::TempDir);

impl Shell {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
        command
            .args(args)
            .current_dir(&self.0)
            .env_remove("FREEHOLD_PASSPHRASE")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn lines(&self, args: &[&str]) -> Vec<Value> {
        let done = self.run(&[args, &["--json"]].concat());
        assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
        let out = text(&done.stdout);
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Shows an offer, and gives it.
    fn offers(&self, more: &[&str]) -> (Child, String) {
        let args = ["pair", "flat", "--listen", "127.0.0.1:0", "--json"];
        let mut host = self
            .command(&[&args, more].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = host.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        (host, said["offer"].as_str().unwrap().to_owned())
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Each starts with a new home.
fn shell() -> Shell {
    let shell = Shell(tempfile::tempdir().unwrap());
    shell.lines(&["init", "flat", "--name", "Flat 4"]);
    shell
}

fn error(done: &Output) -> Value {
    serde_json::from_str(text(&done.stderr).lines().last().unwrap()).unwrap()
}

#[test]
fn a_tablet_and_a_meter_are_taken_in() {
    let shell = shell();
    for (folder, name, role) in [("tablet", "Tablet", "agent"), ("meter", "Meter", "device")] {
        let (host, offer) = shell.offers(&["--yes", "--as", role]);
        let said = shell.lines(&[
            "pair", folder, "--offer", &offer, "--name", name, "--as", role, "--yes",
        ]);
        let done = host.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", text(&done.stderr));
        assert!(text(&done.stdout).contains(said[0]["confirmation"].as_str().unwrap()));
        assert_eq!(said[1]["name"], name);
    }
    let named = |folder: &str| -> Vec<String> {
        let parties = shell.lines(&["agents", folder]).into_iter();
        parties
            .map(|party| format!("{} {} {}", party["name"], party["role"], party["self"]))
            .collect()
    };
    let all = [
        "\"Flat 4\" \"agent\" true",
        "\"Tablet\" \"agent\" false",
        "\"Meter\" \"device\" false",
    ];
    assert_eq!(named("flat"), all);
    // It came before the meter, and hears of that when both meet a relay.
    assert_eq!(named("tablet").len(), 2);
    let done = shell.run(&["pair", "meter", "--json"]);
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(error(&done)["error"], "not_an_agent");
}

#[test]
fn nobody_is_taken_in_without_a_yes() {
    let shell = shell();
    let (host, offer) = shell.offers(&[]);
    let join = [
        "pair", "tablet", "--offer", &offer, "--name", "Tablet", "--json",
    ];
    let done = shell.run(&join);
    assert_eq!(done.status.code(), Some(3));
    assert_eq!(error(&done)["error"], "not_paired");
    assert!(error(&done)["hint"].as_str().unwrap().contains("--yes"));
    let host = host.wait_with_output().unwrap();
    assert_eq!(host.status.code(), Some(3), "{}", text(&host.stderr));
    assert_eq!(shell.lines(&["agents", "flat"]).len(), 1);
    let done = shell.run(&[
        "pair",
        "tablet",
        "--offer",
        "FREEHOLD1:AB",
        "--name",
        "T",
        "--json",
    ]);
    assert_eq!(error(&done)["error"], "bad_offer");
}

/// A gateway in a folder of its own writes what the phone reads, through a relay that is a process, until it is removed.
#[test]
fn a_device_writes_through_a_relay() {
    let shell = shell();
    let (host, offer) = shell.offers(&["--yes", "--as", "device"]);
    shell.lines(&[
        "pair", "gateway", "--offer", &offer, "--name", "Gateway", "--as", "device", "--yes",
    ]);
    assert!(host.wait_with_output().unwrap().status.success());
    shell.lines(&["device", "add", "flat", "--name", "hall sensor"]);
    shell.lines(&[
        "stream",
        "add",
        "flat",
        "--writer",
        "Gateway",
        "--device",
        "hall sensor",
        "--name",
        "hall",
        "--kind",
        "air_temperature",
        "--levels",
        "raw,hour",
        "--zone",
        "UTC",
        "--chunk",
        "PT1H",
    ]);
    let mut relay = shell
        .command(&["relay", "--listen", "127.0.0.1:0", "--data", "relay"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = relay.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let at = line.split_whitespace().nth(1).unwrap().to_owned();
    let sync = |folder: &str| shell.run(&["sync", folder, "--relay", &at, "--json"]);
    for folder in ["flat", "gateway", "flat", "gateway"] {
        let done = sync(folder);
        assert!(done.status.success(), "{folder}: {}", text(&done.stderr));
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let hour = now.unwrap().as_secs() / 3_600 * 3_600;
    let csv: String = (0..18)
        .map(|n| format!("{},{}.5\n", hour - 7_200 + n * 300, 18 + n % 3))
        .collect();
    std::fs::write(
        shell.0.path().join("hall.csv"),
        format!("time,celsius\n{csv}"),
    )
    .unwrap();
    let said = shell.lines(&[
        "import",
        "gateway",
        "hall.csv",
        "--stream",
        "hall",
        "--time",
        "time",
        "--value",
        "celsius",
        "--time-format",
        "%s",
    ]);
    assert_eq!(said[0]["dropped"], 0);
    for folder in ["gateway", "flat", "gateway", "flat"] {
        assert!(sync(folder).status.success());
    }
    let read = shell.lines(&[
        "read",
        "flat",
        "--stream",
        "hall",
        "--from",
        "2020-01-01",
        "--until",
        "2100-01-01",
    ]);
    assert!(read.len() >= 12, "{}", read.len());
    // The device reads nothing of it.
    let own = shell.lines(&[
        "read",
        "gateway",
        "--stream",
        "hall",
        "--from",
        "2020-01-01",
        "--until",
        "2100-01-01",
    ]);
    assert!(own.len() < read.len());
    // Removed, it is let in no more.
    shell.lines(&["remove", "flat", "Gateway", "--yes"]);
    assert!(sync("flat").status.success());
    assert!(!sync("gateway").status.success());
    relay.kill().unwrap();
    relay.wait().unwrap();
}
