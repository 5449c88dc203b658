//! `cargo xtask swift`: the package for Swift, and everything that must hold for it. Where there is no Swift, `toolchain.sh` sets one up.

use crate::bindings;
use crate::run::{Project, at, succeed};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds and tests it; with `--example` only runs the example, with `--figures` measures.
pub fn run(project: &Project, words: &[&str]) -> Result<(), String> {
    bindings::run(project)?;
    let package = project.root.join("bindings/swift");
    let written = bindings::written(project).join("swift");
    let copies = [
        ("FreeholdFFI.h", "Sources/FreeholdFFI/FreeholdFFI.h"),
        (
            "FreeholdRust.swift",
            "Sources/FreeholdRust/FreeholdRust.swift",
        ),
    ];
    for (from, to) in copies {
        let from = written.join(from);
        refresh(&fs::read(&from).map_err(at(&from))?, &package.join(to))?;
    }
    // What the tests and the example meet.
    succeed(&mut project.cargo(&["build", "--quiet", "--package", "freehold-relay"]))?;
    match words {
        [] => {
            readme(project, &package)?;
            let lint = ["format", "lint", "--strict", "--recursive", "Package.swift"];
            let sources = ["Sources/Freehold", "Sources/FreeholdTesting", "Tests"];
            succeed(swift(project, &package).args(lint).args(sources))?;
            succeed(&mut built(project, &package, "test"))?;
            example(project)
        }
        ["--example"] => example(project),
        ["--figures"] => {
            let mut figures = built(project, &package, "run");
            succeed(figures.args(["-c", "release", "freehold-figures"]))
        }
        _ => Err("swift takes nothing, --example or --figures".into()),
    }
}

/// A phone's side of a household, over a relay on loopback.
fn example(project: &Project) -> Result<(), String> {
    let package = project.root.join("examples/swift-app");
    succeed(&mut built(project, &package, "run"))
}

/// `swift` in a folder.
fn swift(project: &Project, folder: &Path) -> Command {
    let mut command = Command::new(project.root.join("bindings/swift/toolchain.sh"));
    command
        .arg(project.target.join("swift/toolchain"))
        .arg("swift")
        .current_dir(folder);
    command
}

/// `swift` that builds a package, against the library as it is given away, and runs something of it.
fn built(project: &Project, package: &Path, task: &str) -> Command {
    let library = bindings::built(project);
    let library = library.parent().unwrap_or(Path::new("/"));
    let name = package.file_name().unwrap_or_default();
    let mut command = swift(project, package);
    command
        .args([OsStr::new(task), OsStr::new("--scratch-path")])
        .arg(project.target.join("swift").join(name))
        .args(["-Xlinker", "-L", "-Xlinker"])
        .arg(library)
        .env("LD_LIBRARY_PATH", library)
        .env(
            "FREEHOLD_RELAY",
            project.target.join("debug/freehold-relay"),
        );
    command
}

/// The program in the project's README, for a test that runs it.
fn readme(project: &Project, package: &Path) -> Result<(), String> {
    let path = project.root.join("README.md");
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    let program = text
        .split_once("```swift\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .ok_or("README.md has no program in Swift")?;
    let to = package.join("Tests/FreeholdTests/Readme.swift");
    refresh(program.0.as_bytes(), &to)
}

/// Writes a file where it differs: what is built from it is not built again for nothing.
fn refresh(fresh: &[u8], to: &Path) -> Result<(), String> {
    if fs::read(to).is_ok_and(|held| held == fresh) {
        return Ok(());
    }
    // What is written from the library is not in the repository, and its folder is not either.
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(to, fresh).map_err(at(to))
}
