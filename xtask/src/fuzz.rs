//! `cargo xtask fuzz`: the fuzz targets, each for some seconds, from what is committed and what earlier runs found.

use crate::run::{Project, at, cargo, output, succeed};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// As long as each target runs in `cargo xtask test`.
const SECONDS: u32 = 3;

/// What `cargo fuzz` itself passes; none of it needs a nightly toolchain. `fuzz/rustc.sh` takes it away from some crates.
const INSTRUMENT: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions \
    -Coverflow-checks \
    --cfg fuzzing";

/// Every target for a moment: enough to run the corpus and to see that it still goes somewhere.
pub fn short(project: &Project) -> Result<(), String> {
    run(project, &[])
}

/// `words` are seconds for each target, then the targets that are meant; or `seeds`.
pub fn run(project: &Project, words: &[&str]) -> Result<(), String> {
    let built = Built::new(project)?;
    if words == ["seeds"] {
        return succeed(&mut Command::new(built.programs.join("seeds")));
    }
    let (seconds, named) = match words {
        [seconds, named @ ..] => (
            seconds
                .parse()
                .map_err(|_| format!("no seconds: {seconds}"))?,
            named,
        ),
        [] => (SECONDS, words),
    };
    let mut targets = targets(project)?;
    if let Some(unknown) = named
        .iter()
        .find(|name| !targets.iter().any(|target| target == *name))
    {
        return Err(format!("no such target: {unknown}"));
    }
    targets.retain(|target| named.is_empty() || named.contains(&target.as_str()));
    let waiting = Mutex::new(targets.into_iter());
    let failed = Mutex::new(Vec::new());
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(target) = locked(&waiting).next() {
                    match built.fuzz(&target, seconds) {
                        Ok(line) => println!("{line}"),
                        Err(reason) => {
                            println!("{reason}");
                            locked(&failed).push(target);
                        }
                    }
                }
            });
        }
    });
    let failed = failed
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("findings: {}", failed.join(", ")))
    }
}

/// The targets as programs.
struct Built {
    programs: PathBuf,
    /// What is committed.
    corpus: PathBuf,
    /// What runs on this machine found, logs and findings.
    kept: PathBuf,
}

impl Built {
    fn new(project: &Project) -> Result<Self, String> {
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
        if output(Command::new(&compiler).arg("--version")).is_err() {
            return Err(format!(
                "the fuzzer takes a C++ compiler, and there is no `{compiler}`"
            ));
        }
        let host = output(Command::new("rustc").arg("-vV"))?;
        let host = host
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or("unknown");
        let kept = project.target.join("fuzz");
        let folder = project.root.join("fuzz");
        let mut build = Command::new(cargo());
        build
            .current_dir(&folder)
            .args(["build", "--release", "--bins", "--quiet", "--target", host])
            .env("CARGO_TARGET_DIR", &kept)
            .env("RUSTC_WRAPPER", folder.join("rustc.sh"))
            .env("RUSTFLAGS", INSTRUMENT);
        succeed(&mut build)?;
        Ok(Self {
            programs: kept.join(host).join("release"),
            corpus: folder.join("corpus"),
            kept,
        })
    }

    /// Runs one target and says what it did in one line.
    fn fuzz(&self, target: &str, seconds: u32) -> Result<String, String> {
        let folder = |name: &str| {
            let folder = self.kept.join(name).join(target);
            fs::create_dir_all(&folder)
                .map_err(at(&folder))
                .map(|()| folder)
        };
        let (grown, findings) = (folder("grown")?, folder("findings")?);
        let log = findings.join("log");
        let file = File::create(&log).map_err(at(&log))?;
        let ran = Command::new(self.programs.join(target))
            .arg(&grown)
            .arg(self.corpus.join(target))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
            .stdout(file.try_clone().map_err(at(&log))?)
            .stderr(file)
            .status()
            .map_err(|error| format!("{target}: {error}"))?;
        let said = fs::read_to_string(&log).map_err(at(&log))?;
        if ran.success() {
            Ok(line(target, &said))
        } else {
            let end: Vec<&str> = said.lines().rev().take(40).collect();
            let end: Vec<&str> = end.into_iter().rev().collect();
            Err(format!(
                "{}\n{target} FAILED; input and log lie in {}",
                end.join("\n"),
                findings.display()
            ))
        }
    }
}

/// The targets: the files in their folder.
fn targets(project: &Project) -> Result<Vec<String>, String> {
    let folder = project.root.join("fuzz").join("fuzz_targets");
    let mut names = Vec::new();
    for file in fs::read_dir(&folder).map_err(at(&folder))? {
        let path = file.map_err(at(&folder))?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// `token  1,234 executions in 3 s, 1749 places reached`.
fn line(target: &str, said: &str) -> String {
    let last = |before: &str| {
        let rest = said
            .rsplit_once(before)
            .map_or("", |(_, rest)| rest)
            .trim_start();
        rest.split(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or_default()
    };
    let (runs, each) = (
        last("number_of_executed_units:"),
        last("average_exec_per_sec:"),
    );
    format!(
        "{target:<12}{runs:>10} executions, {each:>7} a second, {:>5} places reached",
        last("cov: ")
    )
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
