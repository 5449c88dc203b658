//! From a file of readings to what a recipient opens, and what it does not, as a shell sees it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder with a tool whose clock stands still.
struct Shell {
    folder: tempfile::TempDir,
    now: &'static str,
}

impl Shell {
    fn new(now: &'static str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            now,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn run(&self, line: &str, input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_freehold"))
            .current_dir(self.folder.path())
            .env_remove("FREEHOLD_PASSPHRASE")
            .args(line.split_whitespace())
            .args(["--now", self.now])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed; its standard output.
    fn ok(&self, line: &str) -> String {
        let done = self.run(line, "");
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "freehold {line}: {error}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// The objects that a command prints.
    fn objects(&self, line: &str) -> Vec<Value> {
        let text = self.ok(&format!("{line} --json"));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The error of a command that must fail with an exit code.
    fn error(&self, exit: i32, line: &str) -> Value {
        let done = self.run(&format!("{line} --json"), "");
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(exit), "freehold {line}: {error}");
        serde_json::from_str(error.lines().last().unwrap()).unwrap()
    }

    /// A home with a meter of half hours in London, and a file of its readings.
    fn with_meter(now: &'static str) -> Self {
        let shell = Self::new(now);
        shell.ok("init home --name Flat");
        shell.ok("device add home --name meter --maker Acme");
        shell.ok(
            "stream add home --device meter --name use --kind energy_interval \
             --levels raw,half-hour,day,month --zone Europe/London",
        );
        shell
    }

    /// Readings of 0.5 kW.h in every half hour from a day to a day.
    fn import_days(&self, from: i64, days: i64) {
        let mut text = "when,kwh\n".to_owned();
        for half_hour in from * 48..(from + days) * 48 {
            let day = half_hour / 48;
            let (hour, minute) = (half_hour % 48 / 2, half_hour % 2 * 30);
            text += &format!("2013-01-{:02}T{hour:02}:{minute:02},0.5\n", day + 1);
        }
        self.write("days.csv", &text);
        self.ok(
            "import home days.csv --stream use --time when --value kwh --unit kW.h --duration 30m",
        );
    }

    fn grant(&self, more: &str) {
        self.ok("recipient init supplier --name Acme --role controller");
        self.ok(
            "request supplier --kind energy_interval --level day --facets totals --from 2013-01-02 --until 2013-01-05 \
             --purpose dpv:ServiceProvision --retention P30D --out request.freehold",
        );
        self.ok(&format!(
            "approve home request.freehold --stream use --out grant.freehold --yes {more}"
        ));
        self.ok("accept supplier grant.freehold");
        self.ok("sync home --with supplier");
    }
}

#[test]
fn a_recipient_opens_what_was_granted_and_nothing_else() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 6);
    shell.grant("");
    let days = shell.objects("summaries supplier --level day --from 2013-01-02 --until 2013-01-05");
    assert_eq!(days.len(), 3);
    assert_eq!(days[0]["start"], "2013-01-02T00:00:00+00:00");
    assert_eq!(
        (&days[0]["count"], &days[0]["sum"]),
        (&48.into(), &"24000.000".into())
    );
    assert!(days[0].get("min").is_none(), "extremes were not granted");
    let refused = [
        (
            "read supplier --from 2013-01-02 --until 2013-01-03",
            "not_granted",
        ),
        (
            "summaries supplier --level half-hour --from 2013-01-02 --until 2013-01-03",
            "not_granted",
        ),
        (
            "summaries supplier --level month --from 2013-01-02 --until 2013-01-03",
            "not_granted",
        ),
        (
            "summaries supplier --level day --from 2013-01-01 --until 2013-01-03",
            "outside_window",
        ),
    ];
    for (line, kind) in refused {
        assert_eq!(shell.error(3, line)["error"], kind, "{line}");
    }
    let window = shell.error(
        3,
        "summaries supplier --level day --from 2013-01-04 --until 2013-01-06",
    );
    assert!(
        window["granted"][0]["until"]
            .as_str()
            .unwrap()
            .starts_with("2013-01-05")
    );
}

#[test]
fn a_revoked_recipient_opens_nothing_and_its_copies_are_gone() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 6);
    shell.grant("");
    let consents = shell.objects("consents home");
    assert_eq!(
        (&consents[0]["state"], &consents[0]["level"]),
        (&"live".into(), &"day".into())
    );
    let id = consents[0]["id"].as_str().unwrap().to_owned();
    shell.ok(&format!("revoke home {}", &id.get(..8).unwrap()));
    shell.ok("sync home --with supplier");
    let line = "summaries supplier --level day --from 2013-01-02 --until 2013-01-05";
    assert_eq!(shell.error(3, line)["error"], "revoked");
    assert_eq!(shell.objects("consents home")[0]["state"], "revoked");
    assert_eq!(shell.objects("verify supplier")[0]["pieces"], 0);
    shell.ok(&format!("revoke home {id}"));
}

#[test]
fn another_recipient_cannot_accept_the_grant() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 2);
    shell.grant("");
    shell.ok("recipient init other --name Other --role processor");
    assert_eq!(
        shell.error(3, "accept other grant.freehold")["error"],
        "wrong_recipient"
    );
}

#[test]
fn an_approval_binds_to_what_was_shown() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 2);
    shell.grant("");
    let declined = shell.error(
        3,
        "approve home request.freehold --stream use --out again.freehold",
    );
    assert_eq!(declined["error"], "not_approved");
    assert!(!shell.path("again.freehold").exists());
    let shown = declined["shown"].as_str().unwrap();
    let line =
        format!("approve home request.freehold --stream use --out again.freehold --shown {shown}");
    assert_eq!(
        shell.error(3, &format!("{line} --lease P2D"))["error"],
        "proposal_differs"
    );
    let granted = &shell.objects(&line)[0];
    assert_eq!(
        (&granted["attended"], &granted["shown"]),
        (&false.into(), &shown.into())
    );
    let choose = shell.error(
        2,
        "summaries supplier --level day --from 2013-01-02 --until 2013-01-03 --consent 00000000",
    );
    assert_eq!(choose["error"], "bad_option");
}

#[test]
fn past_the_lease_is_not_yet() {
    let shell = Shell::with_meter("2013-01-03");
    shell.import_days(0, 2);
    shell.grant("--lease P1D");
    let done = shell.run(
        "summaries supplier --level day --from 2013-01-02 --until 2013-01-05 --json",
        "",
    );
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8(done.stdout).unwrap().lines().count(), 1);
    let note: Value = serde_json::from_slice(&done.stderr).unwrap();
    assert_eq!(note["note"], "not_yet");
    assert!(note["from"].as_str().unwrap().starts_with("2013-01-04"));
}

#[test]
fn importing_twice_adds_nothing_and_bad_rows_stop_or_are_skipped() {
    let shell = Shell::with_meter("2013-02-01");
    shell.write("f.csv", "when,kwh\n2013-01-01T00:00,1\n2013-01-01T00:30,\n2013-01-01T01:00,Low\n2013-01-01T01:30,x1\n2013-01-01T00:00,2\n");
    let line = "import home f.csv --stream use --time when --value kwh --below Low";
    let stopped = shell.error(4, line);
    assert_eq!(
        (&stopped["error"], &stopped["line"], &stopped["column"]),
        (&"bad_row".into(), &5.into(), &"kwh".into())
    );
    assert_eq!(stopped["recorded"], 2);
    let counts = &shell.objects(&format!("{line} --on-error skip"))[0];
    let count = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(
        [
            count("rows"),
            count("blank"),
            count("skipped"),
            count("below")
        ],
        [5, 1, 1, 1]
    );
    assert_eq!(
        [count("new"), count("duplicates"), count("corrected")],
        [0, 2, 1]
    );
    let readings = shell.objects("read home --from 2013-01-01 --until 2013-01-02");
    assert_eq!(readings.len(), 3);
    assert_eq!(
        (&readings[1]["value"], &readings[1]["flags"][0]),
        (&"2.000".into(), &"corrected".into())
    );
    assert_eq!(
        (&readings[2]["value"], &readings[2]["flags"][0]),
        (&Value::Null, &"below_range".into())
    );
}

#[test]
fn one_pass_splits_a_file_into_streams() {
    let shell = Shell::with_meter("2013-02-01");
    shell.write(
        "f.csv",
        "home,when,kwh\nH1,2013-01-01,1\nH2,2013-01-01,2\nH1,2013-01-02,3\n",
    );
    shell.ok("import home f.csv --split home --like use --time when --value kwh --unit kW.h");
    let streams = shell.objects("streams home");
    let names: Vec<&str> = streams
        .iter()
        .map(|stream| stream["stream"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["use", "H1", "H2"]);
    assert_eq!(
        shell
            .objects("read home --stream H1 --from 2013-01-01 --until 2013-02-01")
            .len(),
        2
    );
    assert_eq!(
        shell.error(2, "read home --from 2013-01-01 --until 2013-02-01")["error"],
        "ambiguous"
    );
}

#[test]
fn what_is_exported_can_be_recorded_elsewhere() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 1);
    let lines = shell.ok("export home --stream use --format jsonl");
    shell.ok("stream add home --device meter --name copy --kind energy_interval --levels raw --zone Europe/London");
    let done = shell.run("record home --stream copy --json", &lines);
    let recorded: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(recorded["new"], 48);
    assert_eq!(shell.ok("export home --stream copy --format jsonl"), lines);
    assert_eq!(
        shell
            .ok("export home --stream copy --format csv")
            .lines()
            .count(),
        49
    );
}

#[test]
fn the_owner_sees_plots_and_tables() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 4);
    let table =
        shell.ok("summaries home --level day --from 2013-01-01 --until 2013-02-01 --plot day.svg");
    assert!(table.contains("2013-01-04     48  24000"), "{table}");
    assert!(table.contains('█'));
    assert!(
        std::fs::read_to_string(shell.path("day.svg"))
            .unwrap()
            .contains("daily sum in W·h")
    );
    assert_eq!(
        shell.error(
            2,
            "summaries home --level hour --from 2013-01-01 --until 2013-01-02"
        )["error"],
        "no_such_level"
    );
}

#[test]
fn files_are_shown_and_damage_is_noticed() {
    let shell = Shell::with_meter("2013-02-01");
    shell.import_days(0, 1);
    shell.grant("");
    for (file, kind) in [
        ("supplier/card.freehold", "card"),
        ("request.freehold", "request"),
        ("grant.freehold", "grant"),
    ] {
        assert_eq!(shell.objects(&format!("show {file}"))[0]["type"], kind);
    }
    let mut bytes = std::fs::read(shell.path("request.freehold")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(shell.path("bad.freehold"), bytes).unwrap();
    assert_eq!(shell.error(4, "show bad.freehold")["error"], "signature");
    shell.write("text.txt", "nothing of ours");
    assert_eq!(shell.error(4, "show text.txt")["error"], "not_freehold");
    assert_eq!(
        shell.error(6, "sync home --with nowhere")["error"],
        "unreachable"
    );
    assert_eq!(shell.error(2, "devices nowhere")["error"], "missing");
}

#[test]
fn the_key_is_wrapped_or_private() {
    use std::os::unix::fs::PermissionsExt;
    let shell = Shell::with_meter("2013-02-01");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shell.path("home/store.key")), 0o600);
    let with = |passphrase: &str, line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
        command
            .current_dir(shell.folder.path())
            .env("FREEHOLD_PASSPHRASE", passphrase)
            .args(line.split(' '));
        command.stdin(Stdio::null()).output().unwrap()
    };
    let made = with("correct horse", "init wrapped --name Wrapped");
    assert_eq!(
        (made.status.code(), made.stderr.is_empty()),
        (Some(0), true)
    );
    assert_eq!(
        with("correct horse", "devices wrapped").status.code(),
        Some(0)
    );
    assert_eq!(
        with("wrong horse", "devices wrapped --json").status.code(),
        Some(2)
    );
    assert_eq!(
        shell.error(2, "devices wrapped")["error"],
        "passphrase_needed"
    );
}
