//! `tests/scenarios`, run through the façade with a relay in a process of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use freehold_tests::scenario;

#[test]
fn what_comes_of_each_scenario_is_as_written() {
    let relay = Path::new(env!("CARGO_BIN_EXE_relay"));
    let mut run = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let steps = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let place = tempfile::tempdir().unwrap();
        let came = scenario::run(&steps, relay, place.path());
        let expected = path.with_extension("txt");
        if env::var_os("FREEHOLD_WRITE").is_some() {
            fs::write(&expected, &came).unwrap();
        }
        let written = fs::read_to_string(&expected).unwrap();
        assert_eq!(came, written, "{}", path.display());
        run += 1;
    }
    assert!(run >= 6, "{run} scenarios");
}

/// What no scenario calls: what a caller makes of an error, what tells of a store from outside, and what is a shorter or a longer form of
/// something that one calls. Each has tests of its own.
const NOT_IN_SCENARIOS: &[&str] = &[
    "class",
    "create",
    "device",
    "devices",
    "info",
    "inspect",
    "into_partial",
    "is_due_again",
    "is_retryable",
    "needs_passphrase",
    "open",
    "open_consents",
    "size",
    "sync_until",
    "verify",
];

/// The scenarios call every function of the façade but those of the list, and the list is no longer than it has to be.
#[test]
fn the_scenarios_call_every_function() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut runner = sources(&root.join("tests/src/scenario"));
    runner.push_str(&fs::read_to_string(root.join("tests/src/scenario.rs")).unwrap());
    let facade = root.join("crates/freehold/src");
    let left_out = ["fuzzing.rs", "testing.rs"].map(|name| fs::read_to_string(facade.join(name)));
    let left_out = left_out.map(Result::unwrap).concat();
    let public = |text: &str| -> BTreeSet<String> {
        let functions = text.lines().filter_map(|line| {
            let line = line.trim_start().strip_prefix("pub ")?;
            let (_, named) = line.split_once("fn ")?;
            Some(named.split(['(', '<']).next()?.to_owned())
        });
        functions.collect()
    };
    let kit = public(&left_out);
    let functions = public(&sources(&facade));
    let is_called = |name: &&String| {
        [".", "::", " "].iter().any(|before| {
            ["(", "::<"]
                .iter()
                .any(|after| runner.contains(&format!("{before}{name}{after}")))
        })
    };
    let uncalled: BTreeSet<&str> = functions
        .difference(&kit)
        .filter(|name| !is_called(name))
        .map(String::as_str)
        .collect();
    assert_eq!(uncalled, NOT_IN_SCENARIOS.iter().copied().collect());
}

/// Every source below a folder.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}
