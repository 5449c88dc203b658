//! `tests/scenarios`, run through the façade with a relay in a process of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
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
    assert!(run >= 4, "{run} scenarios");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}
