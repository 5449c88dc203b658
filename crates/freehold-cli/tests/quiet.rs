//! [keys-14]: what the tool says of a failure holds no key, no passphrase, no reading, and of the household's names only those
//! that were typed.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

#[path = "../../../tests/src/leaks.rs"]
#[allow(unreachable_pub, reason = "shared with other tests")]
mod leaks;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use freehold::FileKeyStore;
use freehold::crypto::KeyStore;

const PASSPHRASE: &str = "nebulous-wombat-trampoline";
const CSV: &str = "when,kg\n2013-01-01T00:00,987654.321\n2013-01-02T00:00,987654.322\n";

/// Runs commands in a folder; keeps what they say when they fail.
struct Shell<'a> {
    folder: &'a Path,
    said: Vec<String>,
}

impl Shell<'_> {
    fn run(&self, line: &str, passphrase: &str, input: &str) -> (Option<i32>, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_freehold"))
            .current_dir(self.folder)
            .env("FREEHOLD_PASSPHRASE", passphrase)
            .args(line.split_whitespace())
            .args(["--now", "2013-02-01"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails early does not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    }

    fn ok(&self, line: &str) {
        let (code, error) = self.run(line, PASSPHRASE, "");
        assert_eq!(code, Some(0), "freehold {line}: {error}");
    }

    fn fails(&mut self, line: &str) {
        self.fails_with(line, PASSPHRASE, "");
    }

    fn fails_with(&mut self, line: &str, passphrase: &str, input: &str) {
        for json in ["", " --json"] {
            let (code, error) = self.run(&format!("{line}{json}"), passphrase, input);
            assert!(
                code.unwrap() > 0 && !error.is_empty(),
                "freehold {line}: {error}"
            );
            self.said.push(error);
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap()
    }
}

#[test]
fn failures_say_nothing_of_the_household() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Shell {
        folder: folder.path(),
        said: Vec::new(),
    };
    household(&shell);
    failures(&mut shell);
    let mut leaks = leaks::Leaks::default();
    for place in ["home", "clinic"] {
        let keys = FileKeyStore::with_passphrase(folder.path().join(place), PASSPHRASE);
        leaks.secret("store key", keys.load().unwrap().unwrap().expose());
    }
    for word in [
        PASSPHRASE,
        "Quillfeather",
        "Zephyrine",
        "Drusillabank",
        "987654",
    ] {
        leaks.word(word);
    }
    assert!(shell.said.len() > 30);
    for said in &shell.said {
        assert_eq!(leaks.in_text(said), Vec::<String>::new(), "{said}");
    }
}

fn household(shell: &Shell<'_>) {
    shell.ok("init home --name Quillfeather");
    shell.ok("device add home --name Zephyrine");
    shell.ok(
        "stream add home --device Zephyrine --name weight --kind body_weight --levels raw,day --zone Europe/London",
    );
    shell.write("weights.csv", CSV.as_bytes());
    shell.ok("import home weights.csv --stream weight --time when --value kg --unit kg");
    shell.ok("recipient init clinic --name Drusillabank --role controller");
    shell.ok("recipient init other --name Somebody --role controller");
    shell.ok(
        "request clinic --kind body_weight --level day --facets totals --from 2013-01-01 --until 2013-01-05 \
         --purpose dpv:ServiceProvision --retention P30D --out request.freehold",
    );
    shell.ok("approve home request.freehold --stream weight --out grant.freehold --yes");
    shell.ok("accept clinic grant.freehold");
    shell.ok("sync home --with clinic");
}

fn failures(shell: &mut Shell<'_>) {
    for command in [
        "show home",
        "streams home",
        "read clinic --from 2013-01-01 --until 2013-01-02",
    ] {
        shell.fails_with(command, "another-passphrase", "");
    }
    shell.fails("summaries home --stream nothing --level day --from 2013-01-01 --until 2013-01-03");
    shell.fails("summaries home --stream weight --level hour --from 2013-01-01 --until 2013-01-03");
    shell.fails("read clinic --from 2013-01-01 --until 2013-01-02");
    shell.fails("summaries clinic --level day --from 2012-12-01 --until 2013-01-03");
    shell.fails("init home --name Other");
    shell.fails("inspect nowhere");
    shell.fails("accept other grant.freehold");
    shell.fails("approve home weights.csv --stream weight --out x --yes");
    shell.fails("revoke home 00000000");
    let grant = shell.read("grant.freehold");
    for at in (0..grant.len()).step_by(grant.len() / 6) {
        let mut changed = grant.clone();
        changed[at] ^= 0x20;
        shell.write("changed.freehold", &changed);
        shell.fails("accept clinic changed.freehold");
    }
    // A value that is fine, beside what is not.
    let bad = [
        "when,kg\nyesterday,987654.321\n",
        "when,kg\n2013-01-03,987654.321\n2013-01-04,heavy\n",
        "when,kg\n2013-01-03,987654.321\n2013-01-04\n",
        "when,lb\n2013-01-03,987654.321\n",
    ];
    for table in bad {
        shell.write("bad.csv", table.as_bytes());
        shell.fails("import home bad.csv --stream weight --time when --value kg --unit kg");
        shell.fails("import home bad.csv --stream weight --time when --value kg --unit Cel");
    }
    let line = "{\"time\": \"2013-01-03T00:00:00Z\", \"value\": \"987654.321 Cel\"}\n";
    shell.fails_with("record home --stream weight", PASSPHRASE, line);
    let line = "{\"time\": \"soon\", \"value\": \"987654.321 kg\"}\n";
    shell.fails_with("record home --stream weight", PASSPHRASE, line);
    shell.write("home/store.key", PASSPHRASE.as_bytes());
    shell.fails("show home");
    let store = shell.read("clinic/store.key");
    shell.write("home/store.key", &store);
    shell.fails("show home");
    std::fs::remove_file(shell.folder.join("home/store.key")).unwrap();
    shell.fails("show home");
    // What is read afterwards.
    let keys = FileKeyStore::with_passphrase(shell.folder.join("home"), PASSPHRASE);
    keys.replace(&freehold::crypto::Secret::from_bytes([7; 32]))
        .unwrap();
}
