//! `cargo xtask no-std`: freehold-model and all that it links to must do without the standard library.
//!
//! A `#![no_std]` attribute alone proves nothing, since a dependency may still bring `std` in. A crate that has a panic
//! handler of its own does: if `std` is loaded anywhere beneath it, there are two handlers and the compiler refuses.

use crate::run::{Project, at, succeed};
use std::fs;

const SOURCE: &str = "\
#![no_std]
use freehold_model as _;

#[panic_handler]
fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
";

/// Checks a crate that forbids `std` beneath it, in a workspace of its own so that no other crate's features are united with
/// the model's.
pub fn run(project: &Project) -> Result<(), String> {
    let probe = project.target.join("no-std-probe");
    let manifest = probe.join("Cargo.toml");
    let model = project.root.join("crates").join("freehold-model");
    let text = format!(
        "[package]\nname = \"no-std-probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\n\
         [dependencies]\nfreehold-model = {{ path = {model:?} }}\n\
         [workspace]\nresolver = \"3\"\n"
    );
    fs::create_dir_all(&probe).map_err(at(&probe))?;
    fs::write(&manifest, text).map_err(at(&manifest))?;
    fs::write(probe.join("lib.rs"), SOURCE).map_err(at(&probe))?;
    // The same versions as the workspace; cargo drops the packages that the probe does not reach.
    fs::copy(project.root.join("Cargo.lock"), probe.join("Cargo.lock")).map_err(at(&probe))?;
    let mut command = project.cargo(&["check", "--quiet", "--manifest-path"]);
    succeed(command.arg(&manifest))?;
    println!("freehold-model links to no standard library");
    Ok(())
}
