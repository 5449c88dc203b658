//! `cargo xtask bench`: builds the measurements and what they are held against, runs them, and writes the page of figures.

use crate::run::{Project, at, output, succeed};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Measures the parts that are named and writes nothing, or everything and writes `docs/performance.md`.
pub fn run(project: &Project, parts: &[&str]) -> Result<(), String> {
    let bench = project.root.join("bench");
    build(project, &project.root, &["--package", "freehold-cli"])?;
    // What an earlier run built would still run where the build now fails.
    let peer = project
        .target
        .join("release")
        .join("freehold-bench-sqlcipher");
    if peer.exists() {
        fs::remove_file(&peer).map_err(at(&peer))?;
    }
    if let Err(reason) = build(project, &bench.join("sqlcipher"), &[]) {
        println!(
            "SQLCipher does not build and is left out (Debian: `apt install libssl-dev`): {reason}"
        );
    }
    build(project, &bench, &["--bins"])?;
    let mut figures = Command::new(project.target.join("release").join("figures"));
    figures
        .current_dir(&project.root)
        .env("FREEHOLD_BENCH_COMMIT", commit(project))
        .env(
            "FREEHOLD_TOOL",
            project.target.join("release").join("freehold"),
        );
    if parts.is_empty() {
        figures.args(["--write", "docs/performance.md"]);
    }
    succeed(figures.args(parts))
}

/// Builds for release, into the project's target folder.
fn build(project: &Project, folder: &Path, what: &[&str]) -> Result<(), String> {
    let mut command = project.cargo(&["build", "--release"]);
    succeed(command.args(what).current_dir(folder))
}

/// The commit that stands here, and whether anything that is measured differs from it.
fn commit(project: &Project) -> String {
    let git = |words: &[&str]| output(Command::new("git").args(words).current_dir(&project.root));
    let Ok(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return "not known".into();
    };
    let changed = [
        "status",
        "--porcelain",
        "--",
        "crates",
        "bench",
        "Cargo.lock",
    ];
    match git(&changed) {
        Ok(changes) if changes.is_empty() => commit.trim().into(),
        _ => format!("{}, with changes", commit.trim()),
    }
}
