//! `cargo xtask c`: the C library as it is installed, and what must hold of it: its symbols, its interface, its size, and that programs
//! which find it by pkg-config and by CMake run, under sanitizers and valgrind.

mod consumers;
mod figures;
mod header;
mod install;

use crate::run::{Project, at, output, succeed};
use crate::size;
use header::Function;
use install::Installed;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interface as it was agreed to, in the words of libabigail.
const BASELINE: &str = "bindings/c/abi/freehold.abi";

/// With no words everything; `--prefix DIR` only installs, `--figures` measures, `--write` writes the interface that others are compared with.
pub fn run(project: &Project, words: &[&str]) -> Result<(), String> {
    let bindings = project.root.join("bindings/c");
    let path = bindings.join("include/freehold.h");
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    let functions = header::functions(&text);
    let scratch = project.target.join("c");
    fs::create_dir_all(&scratch).map_err(at(&scratch))?;
    match words {
        [] => {
            let stub = stub(&bindings, &scratch, &functions)?;
            let baseline = project.root.join(BASELINE);
            same_interface(&baseline, &stub)?;
            let installed = Installed::new(project, &scratch, &scratch.join("prefix"), &functions)?;
            exports(&installed.shared(), &functions)?;
            let budget = bindings.join("size-budget");
            size::check(&installed.shared(), &installed.unstripped, &budget)?;
            consumers::run(project, &installed, &functions, &scratch)
        }
        ["--prefix", folder] => {
            let prefix = std::path::absolute(folder).map_err(|error| error.to_string())?;
            let installed = Installed::new(project, &scratch, &prefix, &functions)?;
            println!("installed into {}", installed.prefix.display());
            Ok(())
        }
        ["--figures"] => {
            let installed = Installed::new(project, &scratch, &scratch.join("prefix"), &functions)?;
            figures::run(project, &installed, &scratch)
        }
        ["--write"] => {
            let stub = stub(&bindings, &scratch, &functions)?;
            let baseline = project.root.join(BASELINE);
            let mut dump = Command::new("abidw");
            dump.args([
                "--no-corpus-path",
                "--no-comp-dir-path",
                "--no-show-locs",
                "--out-file",
            ]);
            succeed(dump.arg(baseline).arg(stub))
        }
        _ => Err("c takes nothing, --prefix DIR, --figures or --write".into()),
    }
}

/// What there is to look up, as a page.
pub fn reference(project: &Project) -> Result<String, String> {
    let path = project.root.join("bindings/c/include/freehold.h");
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    Ok(header::page(&text))
}

/// A library with the interface of the header and nothing in it: the types of a library that comes from Rust say less.
fn stub(bindings: &Path, scratch: &Path, functions: &[Function]) -> Result<PathBuf, String> {
    let (source, library) = (scratch.join("stub.c"), scratch.join("stub.so"));
    fs::write(&source, header::stub(functions)).map_err(at(&source))?;
    let mut compiler = Command::new("cc");
    compiler.args(["-g", "-shared", "-fPIC", "-I"]);
    compiler.arg(bindings.join("include")).arg(&source);
    // The interface is the same wherever it is built.
    compiler.arg(format!("-ffile-prefix-map={}=.", scratch.display()));
    succeed(compiler.arg("-o").arg(&library))?;
    Ok(library)
}

/// Whoever changes the interface says so by writing the baseline anew.
fn same_interface(baseline: &Path, stub: &Path) -> Result<(), String> {
    let mut compare = Command::new("abidiff");
    succeed(compare.arg(baseline).arg(stub)).map_err(|_| {
        "the interface in C changed; if that is meant, 'cargo xtask c --write' keeps the new one"
            .to_owned()
    })?;
    println!("the interface is the one that was agreed to");
    Ok(())
}

/// The library exports what the header declares, at its version, and nothing else.
fn exports(shared: &Path, functions: &[Function]) -> Result<(), String> {
    let mut names = Command::new("nm");
    let listed = output(names.args(["-D", "--defined-only"]).arg(shared))?;
    let words = listed.lines().filter_map(|line| line.split(' ').nth(2));
    let found: BTreeSet<String> = words.map(str::to_owned).collect();
    let names = functions
        .iter()
        .map(|one| format!("{}@@FREEHOLD_0.1", one.name));
    let mut wanted: BTreeSet<String> = names.collect();
    wanted.insert("FREEHOLD_0.1".into());
    let differ: Vec<&String> = found.symmetric_difference(&wanted).collect();
    if !differ.is_empty() {
        return Err(format!("not in both header and library: {differ:?}"));
    }
    println!(
        "{} functions are exported, and nothing else",
        functions.len()
    );
    Ok(())
}
