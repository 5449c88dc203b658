//! Programs in C and C++ against the library as it is built here: shared and static, under the address and undefined behaviour sanitizers,
//! which also find what was not freed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    env,
    ffi::OsString,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const STRICT: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const SANITIZED: &[&str] = &[
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];
/// Where the relay keeps its data.
const RELAY_DATA: &str = "FREEHOLD_RELAY_DATA";
/// What a program takes along that links the static library.
const STATIC_NEEDS: &[&str] = &["-lpthread", "-ldl", "-lm"];

#[test]
fn a_home_in_c() {
    runs("home.c");
}

#[test]
fn a_consent_in_c() {
    runs("consent.c");
}

#[test]
fn callbacks_in_c() {
    runs("calls.c");
}

#[test]
fn signers_parcels_and_the_log_in_c() {
    runs("signer.c");
}

#[test]
fn lookups_in_c() {
    runs("lookups.c");
}

#[test]
fn erasure_in_c() {
    runs("erase.c");
}

#[test]
fn a_relay_in_c() {
    runs("relay.c");
}

#[test]
fn a_household_in_c() {
    runs("household.c");
}

#[test]
fn misuse_in_c() {
    runs("misuse.c");
}

#[test]
fn misuse_of_consents_in_c() {
    runs("misuse_consent.c");
}

#[test]
fn misuse_of_relays_in_c() {
    runs("misuse_relay.c");
}

#[test]
fn threads_in_c() {
    runs("threads.c");
}

#[test]
fn a_home_in_cpp() {
    runs("wrapper.cpp");
}

/// What came of each step is, byte for byte, what comes of it in Rust.
#[test]
fn scenarios_in_cpp() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("scenario");
    let source = bindings().join("scenarios/scenario.cpp");
    compile(&source, "libfreehold_capi.so", &program);
    let scenarios = bindings().join("../../tests/scenarios");
    let entries = std::fs::read_dir(&scenarios).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|it| it == "json"))
        .collect();
    assert!(files.len() >= 4);
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let place = folder.path().join(name);
        std::fs::create_dir(&place).unwrap();
        let relay = RelayProcess::start(&folder.path().join(format!("{name}-relay")));
        let mut run = Command::new(&program);
        run.env("LD_LIBRARY_PATH", built());
        run.arg(&file);
        let came = succeeds(run.arg(place).arg(&relay.address));
        let wanted = std::fs::read_to_string(file.with_extension("txt")).unwrap();
        for (came, wanted) in came.lines().zip(wanted.lines()) {
            assert_eq!(came, wanted, "{name}");
        }
        assert_eq!(came, wanted, "{name}");
    }
}

/// What the README shows compiles, and gives what it says.
#[test]
fn the_readme_in_c() {
    let readme = include_str!("../../../README.md");
    let (_, after) = readme.split_once("```c\n").unwrap();
    let (shown, _) = after.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("readme.c");
    let main = "int main(int argc, char **argv) {\n    \
                return argc == 3 && one_day(argv[1], 1772582400000) == FH_STATUS_OK ? 0 : 1;\n}\n";
    std::fs::write(&source, [shown, main].concat()).unwrap();
    assert_eq!(prints(&source), "19776000 mWh\n".repeat(2));
}

#[test]
#[ignore = "the relay of the other tests"]
fn relay() {
    if let Some(data) = env::var_os(RELAY_DATA) {
        let args = ["--listen", "127.0.0.1:0", "--data"].map(OsString::from);
        let args = args.into_iter().chain([data]);
        freehold_relay::run(args, &mut std::io::stdout(), &mut std::io::stderr());
    }
}

/// Compiles a program against the shared and against the static library, and runs it with a folder that is not there yet and the address
/// of a relay.
fn runs(name: &str) {
    prints(&bindings().join("tests").join(name));
}

/// What both programs print.
fn prints(source: &Path) -> String {
    let (built, mut printed) = (built(), String::new());
    for library in ["libfreehold_capi.so", "libfreehold_capi.a"] {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        compile(source, library, &program);
        let relay = RelayProcess::start(&folder.path().join("relay"));
        let mut run = Command::new(&program);
        run.env("LD_LIBRARY_PATH", &built);
        run.arg(folder.path().join("store")).arg(&relay.address);
        printed += &succeeds(&mut run);
    }
    printed
}

fn compile(source: &Path, library: &str, program: &Path) {
    let mut compiler = compiler(source);
    compiler.args(STRICT).args(SANITIZED);
    compiler.arg("-I").arg(bindings().join("include"));
    compiler.arg(source);
    compiler.arg(built().join(library)).args(STATIC_NEEDS);
    succeeds(compiler.arg("-o").arg(program));
}

/// A relay on loopback; it ends with this.
struct RelayProcess {
    process: Child,
    address: String,
}

impl RelayProcess {
    fn start(data: &Path) -> Self {
        // Cargo builds the programs of other packages for nobody's tests: so this program is the relay as well.
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "relay", "--ignored", "--nocapture"])
            .env(RELAY_DATA, data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let address = loop {
            let mut said = String::new();
            assert_ne!(out.read_line(&mut said).unwrap(), 0, "no relay");
            if let Some((_, address)) = said.trim().split_once("listening ") {
                break address.to_owned();
            }
        };
        // Its pipe stays open for as long as it says something.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { process, address }
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn compiler(source: &Path) -> Command {
    let is_cpp = source.extension().is_some_and(|it| it == "cpp");
    let (variable, usual, standard) = if is_cpp {
        ("CXX", "c++", "-std=c++17")
    } else {
        ("CC", "cc", "-std=c11")
    };
    let mut compiler = Command::new(env::var_os(variable).unwrap_or_else(|| usual.into()));
    compiler.arg(standard);
    compiler
}

fn bindings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/c")
}

/// The folder of this test, which the libraries are built into as well.
fn built() -> PathBuf {
    let mut built = env::current_exe().unwrap();
    built.pop();
    built
}

/// What the command writes to standard output.
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
