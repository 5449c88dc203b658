//! The tool as a shell sees it: help, exit codes, where errors go, closed pipes.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::process::{Command, Output, Stdio};

fn freehold(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_freehold"))
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("FREEHOLD_PASSPHRASE")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn alone_it_says_what_it_is_and_how_to_begin() {
    let alone = freehold(&[]);
    assert_eq!(alone.status.code(), Some(0));
    assert!(text(&alone.stdout).contains("freehold init flat"));
    assert_eq!(alone.stdout, freehold(&["help"]).stdout);
    assert!(alone.stderr.is_empty());
}

#[test]
fn a_mistake_is_one_line_on_standard_error() {
    let mistake = freehold(&["summries", "home"]);
    assert_eq!(mistake.status.code(), Some(2));
    assert_eq!(
        text(&mistake.stderr),
        "freehold: there is no command 'summries'; did you mean summaries?\n"
    );
    assert!(mistake.stdout.is_empty());
}

#[test]
fn with_json_a_mistake_is_an_object() {
    let mistake = freehold(&["import", "home", "f.csv", "--json"]);
    assert_eq!(mistake.status.code(), Some(2));
    let object: serde_json::Value = serde_json::from_slice(&mistake.stderr).unwrap();
    assert_eq!(object["error"], "missing_argument");
    assert_eq!(object["argument"], "time");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_freehold"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .arg("help")
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!((done.status.code(), text(&done.stderr)), (Some(0), ""));
}
