//! `cargo xtask kotlin`: the library for Kotlin, and everything that must hold for it.

use crate::bindings;
use crate::run::{Project, at, succeed};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds and tests it.
pub fn run(project: &Project) -> Result<(), String> {
    bindings::run(project)?;
    natives(project)?;
    // What the tests meet.
    succeed(&mut project.cargo(&["build", "--quiet", "--package", "freehold-relay"]))?;
    succeed(maven(project).arg("verify"))
}

/// Puts the library where JNA looks for it on the path of classes, without what only a debugger reads.
fn natives(project: &Project) -> Result<(), String> {
    let folder = bindings::written(project).join("natives").join(platform());
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let built = bindings::built(project);
    let name = built.file_name().unwrap_or_default();
    let mut strip = Command::new("strip");
    succeed(strip.arg("-o").arg(folder.join(name)).arg(&built))
}

/// Maven in the folder of the modules.
fn maven(project: &Project) -> Command {
    let mut maven = Command::new("mvn");
    maven
        .current_dir(folder(project))
        .args(["--batch-mode", "--quiet"]);
    maven.arg(property("freehold.target", &project.target));
    maven
}

fn folder(project: &Project) -> std::path::PathBuf {
    project.root.join("bindings/kotlin")
}

fn property(name: &str, path: &Path) -> std::ffi::OsString {
    let mut word = std::ffi::OsString::from(format!("-D{name}="));
    word.push(path);
    word
}

/// What JNA calls this system.
fn platform() -> String {
    let system = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        std::env::consts::OS
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x86-64",
        other => other,
    };
    format!("{system}-{machine}")
}
