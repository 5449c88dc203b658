//! Development tasks of the workspace: `cargo xtask TASK`.

mod bench;
mod bindings;
mod c;
mod dist;
mod fuzz;
mod kinds;
mod kotlin;
mod licences;
mod no_std;
mod patch;
mod reference;
mod room;
mod run;
mod sabotage;
mod size;
mod spec;
mod suite;
mod swift;
mod tools;
mod vectors;

use run::Project;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask TASK

  test              everything that must hold before a change is taken
  spec              every numbered rule of docs/spec is quoted by code or tests, and no other
  kinds [--check]   write the registry of quantity kinds from its table, or check that it is current
  vectors [--check] write the vectors of the specification, or check that they are current
  no-std            freehold-model builds without the standard library
  fuzz [SECONDS [TARGET ..]]   run the fuzz targets for so long each; `fuzz seeds` writes their first inputs
  licences          licences, bans and sources of the dependencies
  sabotage [NAME]   break one safety property at a time; a test must go red for each
  c [--prefix DIR]  the C library, its interface, size and programs that use it; with --prefix it is only installed there,
                    `c --figures` measures calls, `c --write` keeps a changed interface
  library NAME TYPE [TARGET]   freehold-capi or freehold-ffi as it is given away, a `cdylib` or a `staticlib`, also for another system
  bindings          the library that Kotlin and Swift call, and the code that calls it, in target/bindings
  kotlin [--aar DIR] the library for Kotlin, its tests against a relay, and what is given away; `kotlin --example` only runs that, `kotlin --figures` measures calls, `kotlin --write` keeps a changed interface,
                    with --aar it is put together for Android with the native libraries of a folder
  swift             the package for Swift, its tests against a relay and its example; `swift --example` only runs that,
                    `swift --figures` measures calls, `swift --reference` writes the pages of its names
  reference         what there is to look up in Rust, Kotlin, Swift and C, as pages in target/reference
  bench [PART ..]   measure everything beside its peers and write docs/performance.md, or only show parts
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let project = Project::of_this_build();
    let done = match words.as_slice() {
        ["test"] => suite::run(&project),
        ["spec"] => spec::run(&project),
        ["kinds"] => kinds::run(false),
        ["kinds", "--check"] => kinds::run(true),
        ["vectors"] => vectors::run(&project, false),
        ["vectors", "--check"] => vectors::run(&project, true),
        ["no-std"] => no_std::run(&project),
        ["fuzz", words @ ..] => fuzz::run(&project, words),
        ["licences"] => licences::run(&project),
        ["sabotage"] => sabotage::run(&project, None),
        ["sabotage", name] => sabotage::run(&project, Some(name)),
        ["c", words @ ..] => c::run(&project, words),
        ["library", name, kind] => dist::library(&project, name, kind, None),
        ["library", name, kind, target] => dist::library(&project, name, kind, Some(target)),
        ["reference"] => reference::run(&project),
        ["bindings"] => bindings::run(&project),
        ["kotlin", words @ ..] => kotlin::run(&project, words),
        ["swift", words @ ..] => swift::run(&project, words),
        ["bench", parts @ ..] => bench::run(&project, parts),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
