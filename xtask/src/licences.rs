//! `cargo xtask licences`: cargo-deny on `deny.toml`.

use crate::run::{Project, cargo, output, succeed};
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

/// The installed cargo-deny of this version, or one that is built into the target folder once (3 minutes on two cores).
fn cargo_deny(project: &Project) -> Result<PathBuf, String> {
    let tools = project.target.join("tools");
    let ours = tools.join("bin").join("cargo-deny");
    if let Some(found) = [PathBuf::from("cargo-deny"), ours.clone()]
        .into_iter()
        .find(is_wanted)
    {
        return Ok(found);
    }
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
        .arg(tools.join("build"))
        // It speeds up nothing that is measured here, and optimising it takes most of the time.
        .args(["--profile", "dev"]);
    succeed(&mut install)?;
    Ok(ours)
}

fn is_wanted(program: &PathBuf) -> bool {
    output(Command::new(program).arg("--version")).is_ok_and(|said| said.trim().ends_with(VERSION))
}
