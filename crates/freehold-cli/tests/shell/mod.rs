//! The tool as a script runs it: commands in a folder of their own, and relays as processes.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::{
    fs,
    io::{BufRead, BufReader},
    ops::Range,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// What is secret: a name of each kind that there is.
pub(crate) const WORDS: [&str; 5] = [
    "glucose",
    "Surgery",
    "Flat 4",
    "ServiceProvision",
    "interstitial",
];

/// A folder in which commands run.
pub(crate) struct Shell(pub(crate) tempfile::TempDir);

/// A relay process; it is killed when this goes.
pub(crate) struct Relay {
    child: Child,
    pub(crate) address: String,
}

impl Shell {
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
        command.args(args).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let done = self.run(args);
        let (out, error) = (text(&done.stdout), text(&done.stderr));
        assert!(done.status.success(), "{args:?}: {error}");
        out
    }

    pub(crate) fn lines(&self, args: &[&str]) -> Vec<Value> {
        let all = [args, &["--json"]].concat();
        self.ok(&all)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Starts a relay and waits until it listens.
    pub(crate) fn relay(&self, listen: &str) -> Relay {
        self.relay_with(listen, &[])
    }

    pub(crate) fn relay_with(&self, listen: &str, more: &[&str]) -> Relay {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("relay.log"))
            .unwrap();
        let mut child = self
            .command(&["relay", "--listen", listen, "--data", "relay"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listening ").unwrap().to_owned();
        Relay { child, address }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A home with hours of readings, a recipient, and a grant of one level that was accepted; what the recipient asks to see it.
    pub(crate) fn granted(hours: usize, per_hour: usize, level: &str) -> (Self, Vec<String>) {
        let shell = Self(tempfile::tempdir().unwrap());
        shell.write_csv("in.csv", 0..hours * per_hour, per_hour);
        shell.ok(&["init", "home", "--name", WORDS[2]]);
        shell.ok(&["device", "add", "home", "--name", "cgm"]);
        let stream = "stream add home --device cgm --name glucose --kind interstitial_glucose \
            --levels raw,hour,day --facets totals --zone UTC";
        shell.ok(&words(stream));
        shell.import("in.csv");
        let role = ["--name", WORDS[1], "--role", "controller"];
        shell.ok(&[&["recipient", "init", "gp"], &role[..]].concat());
        let window = ["--from", "2026-03-01", "--until", "2099-01-01"];
        let mut ask = words("request gp --kind interstitial_glucose --level");
        ask.push(level);
        if level != "raw" {
            ask.extend(["--facets", "totals"]);
        }
        let terms = words("--purpose dpv:ServiceProvision --retention P30D --out req.freehold");
        shell.ok(&[&ask[..], &window, &terms].concat());
        shell.ok(&words(
            "approve home req.freehold --stream glucose --out grant.freehold --yes",
        ));
        shell.ok(&words("accept gp grant.freehold"));
        let query = match level {
            "raw" => vec!["read", "gp"],
            level => vec!["summaries", "gp", "--level", level],
        };
        let query = [&query[..], &window].concat();
        (shell, query.iter().map(|word| (*word).to_owned()).collect())
    }

    /// Readings of March 2026 by their numbers, so many in each hour.
    pub(crate) fn write_csv(&self, name: &str, numbers: Range<usize>, per_hour: usize) {
        let mut csv = String::from("time,value\n");
        for n in numbers {
            let (day, hour) = (1 + n / per_hour / 24, n / per_hour % 24);
            let seconds = n % per_hour * (3600 / per_hour);
            let (minute, second) = (seconds / 60, seconds % 60);
            csv.push_str(&format!(
                "2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}Z,{}\n",
                80 + n * 7919 % 50
            ));
        }
        fs::write(self.path(name), csv).unwrap();
    }

    pub(crate) fn import(&self, file: &str) {
        let import = words("import home --stream glucose --time time --value value");
        self.ok(&[&import[..], &[file]].concat());
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

impl Relay {
    /// `kill -9`.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.address.split('#').next().unwrap().to_owned()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
