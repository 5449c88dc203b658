//! `cargo xtask licences`: cargo-deny on `deny.toml`.

use crate::run::{Project, at, cargo, output, succeed};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const VERSION: &str = "0.20.2";

/// Licences, bans and sources. Advisories need a database from the network and are not checked here.
pub fn run(project: &Project) -> Result<(), String> {
    let program = cargo_deny(project)?;
    let mut command = Command::new(program);
    command
        .current_dir(&project.root)
        .args(["--locked", "--log-level", "error"])
        .args(["check", "licenses", "bans", "sources"]);
    succeed(&mut command)
}

/// The installed cargo-deny of this version, or one that is built into the target folder once (90 seconds on two cores).
fn cargo_deny(project: &Project) -> Result<PathBuf, String> {
    let tools = project.target.join("tools");
    let ours = tools.join("bin").join("cargo-deny");
    if let Some(found) = [PathBuf::from("cargo-deny"), ours.clone()]
        .into_iter()
        .find(is_wanted)
    {
        return Ok(found);
    }
    let build = tools.join("build");
    let mut install = Command::new(cargo());
    install
        .args([
            "install",
            "cargo-deny",
            "--locked",
            "--quiet",
            "--version",
            VERSION,
        ])
        .arg("--root")
        .arg(&tools)
        .arg("--target-dir")
        .arg(&build)
        // It runs for a second; optimising it would take minutes.
        .args(["--profile", "dev"])
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    succeed(&mut install)?;
    fs::remove_dir_all(&build).map_err(at(&build))?;
    Ok(ours)
}

fn is_wanted(program: &PathBuf) -> bool {
    output(Command::new(program).arg("--version")).is_ok_and(|said| said.trim().ends_with(VERSION))
}
