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
