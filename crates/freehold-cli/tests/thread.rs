//! The thread as an integrator scripts it, on a real recording: what a day-level grant opens equals what the file says, and
//! nothing finer opens.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// Numbers are compared as millionths.
const PLACES: usize = 6;
const PERSON: &str = "P01";
const WORDS: [&str; 3] = ["glucose", "Surgery", "Flat 4"];

#[test]
fn a_grant_of_days_opens_the_files_days_and_nothing_finer() {
    let data = recording("cgm-hall2018/cgm_hall2018.csv.gz");
    let days = days_of(&data);
    let readings: usize = days.values().map(Vec::len).sum();
    let (first, last) = (
        days.keys().next().unwrap(),
        days.keys().next_back().unwrap(),
    );
    let last: jiff::civil::Date = last.parse().unwrap();
    let until = last.tomorrow().unwrap().to_string();
    let window = ["--from", first, "--until", &until];
    let shell = Shell(tempfile::tempdir().unwrap());

    shell.ok(&["init", "home", "--name", WORDS[2]]);
    shell.ok(&[
        "device", "add", "home", "--name", "cgm", "--maker", "Acme", "--model", "G6",
    ]);
    shell.ok(&[
        "stream",
        "add",
        "home",
        "--device",
        "cgm",
        "--name",
        "glucose",
        "--kind",
        "interstitial_glucose",
        "--levels",
        "raw,hour,day",
        "--facets",
        "totals,extremes",
        "--zone",
        "UTC",
    ]);
    shell.ok(&[
        "import",
        "home",
        "--stream",
        "glucose",
        data.to_str().unwrap(),
        "--time",
        "timestamp",
        "--value",
        "glucose_value_mg_dl",
        "--where",
        "person=P01",
    ]);
    shell.ok(&[
        "recipient",
        "init",
        "gp",
        "--name",
        WORDS[1],
        "--role",
        "controller",
    ]);
    let ask = [
        "request",
        "gp",
        "--kind",
        "interstitial_glucose",
        "--level",
        "day",
        "--facets",
        "totals,extremes",
        "--purpose",
        "dpv:ServiceProvision",
        "--retention",
        "P30D",
        "--out",
        "req.freehold",
    ];
    shell.ok(&[&ask[..], &window].concat());
    shell.ok(&["show", "req.freehold"]);
    shell.ok(&[
        "approve",
        "home",
        "req.freehold",
        "--stream",
        "glucose",
        "--out",
        "grant.freehold",
        "--yes",
    ]);
    shell.ok(&["accept", "gp", "grant.freehold"]);
    shell.ok(&["sync", "home", "--with", "gp"]);

    let summaries = ["summaries", "gp", "--level", "day", "--json"];
    let opened = shell.json(&[&summaries[..], &window].concat());
    assert_eq!(opened.len(), days.len());
    for day in &opened {
        let values = &days[day["start"].as_str().unwrap().get(..10).unwrap()];
        let sum: i64 = values.iter().sum();
        let mean = sum / i64::try_from(values.len()).unwrap();
        assert_eq!(day["count"].as_u64().unwrap(), values.len() as u64);
        assert_eq!(decimal(&day["min"]), *values.iter().min().unwrap());
        assert_eq!(decimal(&day["max"]), *values.iter().max().unwrap());
        assert!((decimal(&day["mean"]) - mean).abs() <= 60_000, "{day}");
    }

    shell.refused(&[&["read", "gp"][..], &window].concat());
    shell.refused(&[&["summaries", "gp", "--level", "hour"][..], &window].concat());
    let own = ["read", "home", "--stream", "glucose", "--json"];
    assert_eq!(shell.json(&[&own[..], &window].concat()).len(), readings);

    let consents = shell.json(&["consents", "home", "--json"]);
    shell.ok(&["revoke", "home", consents[0]["id"].as_str().unwrap()]);
    shell.ok(&["sync", "home", "--with", "gp"]);
    shell.refused(&[&["summaries", "gp", "--level", "day"][..], &window].concat());
    for file in std::fs::read_dir(shell.0.path().join("home")).unwrap() {
        let file = file.unwrap().path();
        let bytes = std::fs::read(&file).unwrap();
        for word in WORDS {
            let found = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word} in plain text in {}", file.display());
        }
    }
    println!(
        "{} days, {readings} readings of {}",
        days.len(),
        data.display()
    );
}

/// A recording: the full one from where `FREEHOLD_DATA` says, or the extract that comes with the project.
fn recording(name: &str) -> PathBuf {
    let full = std::env::var_os("FREEHOLD_DATA").map(|folder| Path::new(&folder).join(name));
    let extract = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data")
        .join(name);
    let file = full.filter(|file| file.exists()).unwrap_or(extract);
    file.canonicalize().unwrap()
}

/// The values of each day, in millionths.
fn days_of(file: &Path) -> BTreeMap<String, Vec<i64>> {
    let rows = flate2::read::MultiGzDecoder::new(File::open(file).unwrap());
    let mut rows = csv::Reader::from_reader(rows);
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|found| found == name).unwrap();
    let (person, time) = (column("person"), column("timestamp"));
    let value = column("glucose_value_mg_dl");
    let mut days: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in rows
        .records()
        .map(Result::unwrap)
        .filter(|row| &row[person] == PERSON)
    {
        let day = row[time].get(..10).unwrap().to_owned();
        days.entry(day).or_default().push(millionths(&row[value]));
    }
    days
}

fn decimal(text: &Value) -> i64 {
    millionths(text.as_str().unwrap())
}

fn millionths(text: &str) -> i64 {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{places:0<PLACES$}").parse().unwrap()
}

/// A folder in which the tool is run.
struct Shell(tempfile::TempDir);

impl Shell {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_freehold"))
            .current_dir(self.0.path())
            .env_remove("FREEHOLD_PASSPHRASE")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {said}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let said = self.ok(arguments);
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn refused(&self, arguments: &[&str]) {
        assert_eq!(self.run(arguments).status.code(), Some(3), "{arguments:?}");
    }
}
