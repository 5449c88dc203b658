//! `cargo xtask sabotage [NAME]`: does a test notice when a safety property breaks?
//!
//! The patches are applied one at a time to a copy of the working tree; two copies are worked on side by side. A test that
//! stays green, a patch that no longer applies and one that does not compile are all failures: they prove nothing.

use crate::patch::{Patch, patches};
use crate::run::{Project, at, cargo, output};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// Runs every patch, or the one of this name.
pub fn run(project: &Project, only: Option<&str>) -> Result<(), String> {
    let mut patches = patches(&project.root.join("sabotage"), only)?;
    // Neighbours change the same crate: building the next one again is what takes the last one back.
    patches.sort_by(|a, b| (&a.changes, &a.name).cmp(&(&b.changes, &b.name)));
    let files = files_of(&project.root)?;
    let folder = project.target.join("sabotage");
    let benches = ["first", "second"].map(|name| Bench::new(&folder.join(name)));
    let benches = &benches[..patches.len().min(benches.len())];
    for bench in benches {
        bench.copy(&project.root, &files)?;
        bench.take_dependencies(&project.target)?;
    }

    let mut tests: Vec<&Patch> = Vec::new();
    for patch in &patches {
        if tests.iter().all(|known| known.test != patch.test) {
            tests.push(patch);
        }
    }
    let sound: BTreeMap<_, _> = side_by_side(benches, &tests, Bench::try_unchanged)?
        .into_iter()
        .collect();
    let verdicts = side_by_side(benches, &patches, |bench, patch| {
        let started = Instant::now();
        let verdict = match sound.get(patch.test.as_slice()) {
            Some(Verdict::Green) => bench.try_patch(patch)?,
            _ => Verdict::NotSound,
        };
        let spent = started.elapsed().as_secs_f64();
        println!(
            "{:<16}{:<26}{spent:>6.1} s  {}",
            verdict.say(),
            patch.name,
            patch.breaks
        );
        Ok((patch.name.as_str(), verdict))
    })?;
    let failed: Vec<&str> = verdicts
        .into_iter()
        .filter(|(_, verdict)| *verdict != Verdict::Red)
        .map(|(name, _)| name)
        .collect();
    if failed.is_empty() {
        println!("{} patches, each seen by a test", patches.len());
        return Ok(());
    }
    Err(format!(
        "not seen by its test: {}; the output is in {}",
        failed.join(", "),
        folder.join("*").join("logs").display()
    ))
}

/// Does the work for every item, each bench with one at a time. The first bench begins at the front and the second at the
/// back, so that each keeps to neighbours.
fn side_by_side<'a, T: Sync, R: Send>(
    benches: &[Bench],
    items: &'a [T],
    work: impl Fn(&Bench, &'a T) -> Result<R, String> + Sync,
) -> Result<Vec<R>, String> {
    let left = Mutex::new(items.iter().collect::<VecDeque<_>>());
    let next = |from_front: bool| {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        if from_front {
            left.pop_front()
        } else {
            left.pop_back()
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (benches.iter().enumerate())
            .map(|(index, bench)| {
                let (next, work) = (&next, &work);
                scope.spawn(move || {
                    std::iter::from_fn(|| next(index == 0))
                        .map(|item| work(bench, item))
                        .collect::<Result<Vec<R>, String>>()
                })
            })
            .collect();
        let mut results = Vec::new();
        for worker in workers {
            let done = worker.join().map_err(|_| "a worker panicked")?;
            results.extend(done?);
        }
        Ok(results)
    })
}

/// What a test said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// A test failed.
    Red,
    /// Every test passed.
    Green,
    /// The filter matched no test.
    NothingRan,
    /// The code or a test did not compile.
    NotCompiled,
    /// The command failed for another reason.
    Unclear,
    /// The patch does not fit the tree.
    NotApplied,
    /// The test is not green on the unchanged tree.
    NotSound,
}

impl Verdict {
    /// Reads the output of `cargo test`.
    fn of(success: bool, said: &str) -> Self {
        let compiled =
            !said.contains("could not compile") && !said.contains("Couldn't compile the test");
        let failed = said.contains("test result: FAILED") || said.contains("panicked at");
        let ran = said
            .lines()
            .any(|line| line.starts_with("running ") && !line.starts_with("running 0 "));
        match (success, compiled, failed, ran) {
            (true, _, _, true) => Self::Green,
            (true, _, _, false) => Self::NothingRan,
            (false, false, ..) => Self::NotCompiled,
            (false, true, true, _) => Self::Red,
            (false, true, false, _) => Self::Unclear,
        }
    }

    fn say(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
            Self::NothingRan => "no test ran",
            Self::NotCompiled => "not compiled",
            Self::Unclear => "unclear",
            Self::NotApplied => "not applied",
            Self::NotSound => "test not sound",
        }
    }
}

/// A copy of the tree with build results of its own: a sabotaged library must never lie where another build finds it.
struct Bench {
    tree: PathBuf,
    target: PathBuf,
    logs: PathBuf,
}

impl Bench {
    fn new(folder: &Path) -> Self {
        Self {
            tree: folder.join("tree"),
            target: folder.join("target"),
            logs: folder.join("logs"),
        }
    }

    /// Makes the tree equal to these files of the root. An equal file is left alone, so that cargo rebuilds only what differs;
    /// whatever an interrupted run left patched is mended.
    fn copy(&self, root: &Path, files: &[PathBuf]) -> Result<(), String> {
        fs::create_dir_all(&self.tree).map_err(at(&self.tree))?;
        let wanted: BTreeSet<&PathBuf> = files.iter().collect();
        for file in files_below(&self.tree)? {
            if !wanted.contains(&file) {
                let stale = self.tree.join(file);
                fs::remove_file(&stale).map_err(at(&stale))?;
            }
        }
        for file in files {
            self.restore(root, file)?;
        }
        Ok(())
    }

    /// Takes what another target folder has of other people's crates, unless something was built here already. They're half of what
    /// there is to build, and no patch changes them.
    fn take_dependencies(&self, target: &Path) -> Result<(), String> {
        if self.target.exists() {
            return Ok(());
        }
        for folder in ["deps", "build", ".fingerprint"].map(|name| Path::new("debug").join(name)) {
            let source = target.join(&folder);
            if !source.is_dir() {
                continue;
            }
            for file in files_below(&source)? {
                if !of_this_project(&file) {
                    copy_as_it_is(&source.join(&file), &self.target.join(&folder).join(&file))?;
                }
            }
        }
        Ok(())
    }

    fn restore(&self, root: &Path, file: &Path) -> Result<(), String> {
        let source = root.join(file);
        let target = self.tree.join(file);
        let bytes = fs::read(&source).map_err(at(&source))?;
        if fs::read(&target).is_ok_and(|found| found == bytes) {
            return Ok(());
        }
        let folder = target.parent().unwrap_or(&self.tree);
        fs::create_dir_all(folder).map_err(at(folder))?;
        fs::write(&target, bytes).map_err(at(&target))
    }

    /// Runs a patch's test on the tree without the patch.
    fn try_unchanged<'a>(&self, patch: &&'a Patch) -> Result<(&'a [String], Verdict), String> {
        let name = format!("unchanged-{}", patch.name);
        let verdict = self.test(&patch.test, &name)?;
        println!("{:<16}{}", verdict.say(), patch.test.join(" "));
        if verdict != Verdict::Green {
            let said = self.said(&name)?;
            println!("{}", end_of(&said));
            if disk_is_full(&said) {
                return Err("the disk is full: nothing that follows would say anything".into());
            }
        }
        Ok((&patch.test, verdict))
    }

    /// Applies the patch, runs its test, takes the patch back.
    fn try_patch(&self, patch: &Patch) -> Result<Verdict, String> {
        let before: Vec<(PathBuf, Option<Vec<u8>>)> = patch
            .changes
            .iter()
            .map(|file| self.tree.join(file))
            .map(|file| (file.clone(), fs::read(&file).ok()))
            .collect();
        if !self.apply(patch)? {
            return Ok(Verdict::NotApplied);
        }
        let verdict = self.test(&patch.test, &patch.name);
        for (file, bytes) in before {
            match bytes {
                Some(bytes) => fs::write(&file, bytes).map_err(at(&file))?,
                None => fs::remove_file(&file).map_err(at(&file))?,
            }
        }
        verdict
    }

    /// False when the patch does not fit, in which case nothing is changed.
    fn apply(&self, patch: &Patch) -> Result<bool, String> {
        let mut command = Command::new("git");
        command
            .args(["apply", "--whitespace=nowarn"])
            .arg(&patch.path)
            .current_dir(&self.tree)
            .stderr(Stdio::null());
        // The tree may lie inside a repository. Git would then look for the patched files in that one's root and skip them all.
        if let Some(above) = self.tree.parent() {
            command.env("GIT_CEILING_DIRECTORIES", above);
        }
        let status = command
            .status()
            .map_err(|error| format!("git apply: {error}"))?;
        Ok(status.success())
    }

    /// Runs the test on the tree as it is; the output goes to a file of this name.
    fn test(&self, test: &[String], name: &str) -> Result<Verdict, String> {
        fs::create_dir_all(&self.logs).map_err(at(&self.logs))?;
        let log = self.log(name);
        let out = fs::File::create(&log).map_err(at(&log))?;
        let err = out.try_clone().map_err(at(&log))?;
        let status = Command::new(cargo())
            .args(test.iter().skip(1))
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            // The same crate is built again and again.
            .env("CARGO_INCREMENTAL", "1")
            .env_remove("FREEHOLD_DATA")
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .status()
            .map_err(|error| format!("{}: {error}", test.join(" ")))?;
        Ok(Verdict::of(status.success(), &self.said(name)?))
    }

    /// What a test wrote.
    fn said(&self, name: &str) -> Result<String, String> {
        let log = self.log(name);
        let bytes = fs::read(&log).map_err(at(&log))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs.join(name).with_extension("log")
    }
}

/// Whether something that cargo built is of the project's own crates, or a test: these have no ending.
fn of_this_project(file: &Path) -> bool {
    let name = file.iter().next().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix("lib").unwrap_or(&name);
    let test = file.iter().count() == 1 && file.extension().is_none();
    test || name.starts_with("freehold") || name.starts_with("xtask")
}

/// Copies a file with its time, by which cargo knows whether it is new.
fn copy_as_it_is(source: &Path, target: &Path) -> Result<(), String> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::copy(source, target).map_err(at(source))?;
    let modified = fs::metadata(source).and_then(|data| data.modified());
    let copy = fs::File::options().append(true).open(target);
    copy.and_then(|copy| copy.set_modified(modified?))
        .map_err(at(target))
}

/// The last lines of a log, set in.
fn end_of(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let end = &lines[lines.len().saturating_sub(20)..];
    end.iter()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a compiler, a linker or a test said that there is no room.
fn disk_is_full(said: &str) -> bool {
    ["No space left on device", "os error 28"]
        .iter()
        .any(|words| said.contains(words))
}

/// The working tree's files, also new ones, without what git ignores or what is deleted.
fn files_of(root: &Path) -> Result<Vec<PathBuf>, String> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let listed = output(Command::new("git").args(arguments).current_dir(root))?;
    let files: BTreeSet<PathBuf> = listed.split_terminator('\0').map(PathBuf::from).collect();
    Ok(files
        .into_iter()
        .filter(|file| root.join(file).is_file())
        .collect())
}

/// The files below a folder, relative to it.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let outer = folder.join(&inner);
        for entry in fs::read_dir(&outer).map_err(at(&outer))? {
            let entry = entry.map_err(at(&outer))?;
            let path = inner.join(entry.file_name());
            let is_folder = entry.file_type().map_err(at(&outer))?.is_dir();
            if is_folder { &mut folders } else { &mut files }.push(path);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"lock\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"crates/lock/src/lib.rs\"\n";
    const LIBRARY: &str = "pub fn opens(code: u32) -> bool {\n    code == 7\n}\n\n\
        pub fn doors() -> u32 {\n    1\n}\n\n\
        #[test]\nfn a_wrong_code_stays_shut() {\n    assert!(opens(7) && !opens(8));\n}\n";

    const OPENS: (u32, &str) = (1, "pub fn opens(code: u32) -> bool {");
    const DOORS: (u32, &str) = (5, "pub fn doors() -> u32 {");

    /// A patch of the one line between a function's first line and its last.
    fn patch_text(test: &str, function: (u32, &str), old: &str, new: &str) -> String {
        let (line, first) = function;
        format!(
            "# breaks: the door\n# test: {test}\n--- a/crates/lock/src/lib.rs\n\
             +++ b/crates/lock/src/lib.rs\n@@ -{line},3 +{line},3 @@\n {first}\n-{old}\n+{new}\n }}\n"
        )
    }

    /// The harness on a tiny crate, inside a repository as the real one is: only a test that fails counts as red.
    #[test]
    fn only_a_failing_test_is_red() {
        let root = std::env::temp_dir().join(format!("freehold-sabotage-{}", std::process::id()));
        fs::create_dir_all(root.join("crates/lock/src")).unwrap();
        fs::write(root.join("Cargo.toml"), MANIFEST).unwrap();
        fs::write(root.join("crates/lock/src/lib.rs"), LIBRARY).unwrap();
        fs::write(root.join(".gitignore"), "/bench\n").unwrap();
        output(Command::new("git").args(["init", "-q"]).current_dir(&root)).unwrap();
        let files = files_of(&root).unwrap();
        assert_eq!(files.len(), 3);

        let bench = Bench::new(&root.join("bench"));
        bench.copy(&root, &files).unwrap();
        let test: Vec<String> = ["cargo", "test", "--lib", "code"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(bench.test(&test, "unchanged").unwrap(), Verdict::Green);
        let no_such: Vec<String> = ["cargo", "test", "--lib", "window"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(
            bench.test(&no_such, "unchanged").unwrap(),
            Verdict::NothingRan
        );

        let same = "    code == 7";
        for (name, function, old, new, expected) in [
            ("any-code", OPENS, same, "    code >= 7", Verdict::Red),
            ("unseen", DOORS, "    1", "    2", Verdict::Green),
            (
                "broken",
                OPENS,
                same,
                "    code == door",
                Verdict::NotCompiled,
            ),
            (
                "stale",
                OPENS,
                "    code == 9",
                "    code >= 7",
                Verdict::NotApplied,
            ),
        ] {
            let path = root.join(name).with_extension("patch");
            let text = patch_text("cargo test --lib code", function, old, new);
            fs::write(&path, &text).unwrap();
            let patch = Patch::parse(&path, &text).unwrap();
            assert_eq!(bench.try_patch(&patch).unwrap(), expected, "{name}");
            let left = fs::read_to_string(bench.tree.join("crates/lock/src/lib.rs")).unwrap();
            assert_eq!(left, LIBRARY, "{name} was not taken back");
        }

        fs::write(bench.tree.join("crates/lock/src/left.rs"), "").unwrap();
        fs::write(bench.tree.join("crates/lock/src/lib.rs"), "patched").unwrap();
        bench.copy(&root, &files).unwrap();
        assert!(!bench.tree.join("crates/lock/src/left.rs").exists());
        assert_eq!(
            fs::read_to_string(bench.tree.join("crates/lock/src/lib.rs")).unwrap(),
            LIBRARY
        );
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn output_of_cargo_is_read() {
        let one = "running 1 test\n";
        assert_eq!(Verdict::of(true, one), Verdict::Green);
        assert_eq!(Verdict::of(true, "running 0 tests\n"), Verdict::NothingRan);
        assert_eq!(
            Verdict::of(false, "running 1 test\ntest result: FAILED. 0 passed"),
            Verdict::Red
        );
        assert_eq!(
            Verdict::of(false, "error: could not compile `lock`"),
            Verdict::NotCompiled
        );
        assert_eq!(Verdict::of(false, "running 1 test\n"), Verdict::Unclear);
    }

    #[test]
    fn a_full_disk_is_known_by_its_words() {
        let said = "collect2: fatal error: cannot write: No space left on device\n";
        assert_eq!(Verdict::of(false, said), Verdict::Unclear);
        assert!(disk_is_full(said));
        assert!(!disk_is_full(
            "error: could not compile `lock`: no such device\n"
        ));
    }

    #[test]
    fn the_end_of_a_log_is_its_last_lines() {
        let lines: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        let end = end_of(&lines.join("\n"));
        assert_eq!(end.lines().count(), 20);
        assert!(end.starts_with("    30\n") && end.ends_with("    49"));
        assert_eq!(end_of("one\n"), "    one");
    }
}
