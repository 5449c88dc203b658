//! `cargo xtask bindings`: the library that Kotlin and Swift call, and what calls it, written from the library by uniffi.

use crate::run::{Project, at, succeed};
use crate::{dist, size};
use std::path::PathBuf;

/// Builds the library, and writes `bindings/kotlin` and `bindings/swift` in the folder of what is built. Nothing of it is kept in the
/// repository.
pub fn run(project: &Project) -> Result<(), String> {
    dist::library(project, "freehold-ffi", "cdylib", None)?;
    budget(project)?;
    let mut build = project.cargo(&["build", "--quiet", "--package", "freehold-bindgen"]);
    succeed(build.args(["--features", "generator"]))?;
    let (kotlin, swift) = (
        written(project).join("kotlin"),
        written(project).join("swift"),
    );
    for folder in [&kotlin, &swift] {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let mut write = std::process::Command::new(project.target.join("debug/freehold-bindgen"));
    write.arg(built(project));
    write.arg(project.root.join("crates/freehold-ffi/uniffi.toml"));
    succeed(write.arg(kotlin).arg(swift))
}

/// The shared library.
pub fn built(project: &Project) -> PathBuf {
    let name = if cfg!(target_os = "macos") {
        "libfreehold_ffi.dylib"
    } else {
        "libfreehold_ffi.so"
    };
    project.target.join("dist").join(name)
}

/// Where what calls the library is written.
pub fn written(project: &Project) -> PathBuf {
    project.target.join("bindings")
}

/// What programs carry along is stripped, and keeps to its budget.
fn budget(project: &Project) -> Result<(), String> {
    let unstripped = built(project);
    let stripped = unstripped.with_extension("stripped");
    let mut strip = std::process::Command::new("strip");
    succeed(strip.arg("-o").arg(&stripped).arg(&unstripped))?;
    let budget = project.root.join("bindings/size-budget");
    size::check(&stripped, &unstripped, &budget)
}
