//! What a call from C costs beside one in Rust: both record the same, in turn.

use super::install::Installed;
use crate::run::{Project, output, succeed};
use std::path::Path;
use std::process::Command;

/// A reading in a batch may cost so much more than in Rust, and a call that does next to nothing so much, in nanoseconds.
const MORE: f64 = 50.0;
const CALL: f64 = 20.0;
const ROUNDS: usize = 7;

/// Prints the least of some rounds, and fails where that is more than it may be.
pub fn run(project: &Project, installed: &Installed, scratch: &Path) -> Result<(), String> {
    let build = ["build", "--package", "freehold-capi", "--example", "record"];
    succeed(project.cargo(&build).args(["--profile", "dist"]))?;
    let rust = project.target.join("dist/examples/record");
    let source = project.root.join("bindings/c/bench/record.c");
    let program = scratch.join("record");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-I"]);
    compiler.arg(installed.prefix.join("include/freehold"));
    compiler
        .arg(source)
        .arg("-L")
        .arg(installed.prefix.join("lib"));
    succeed(compiler.args(["-lfreehold", "-o"]).arg(&program))?;

    let (mut in_rust, mut in_c, mut call) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        in_rust = in_rust.min(figure(&output(&mut Command::new(&rust))?, "record")?);
        let mut run = Command::new(&program);
        run.env("LD_LIBRARY_PATH", installed.prefix.join("lib"));
        let said = output(&mut run)?;
        in_c = in_c.min(figure(&said, "record")?);
        call = call.min(figure(&said, "call")?);
    }
    println!(
        "a reading in a batch of 1,000: {in_rust:.0} ns in Rust, {in_c:.0} ns in C, which may take {MORE} more"
    );
    println!("a call: {call:.1} ns, which may take {CALL}");
    if in_c > in_rust + MORE || call > CALL {
        return Err("C is too slow".into());
    }
    Ok(())
}

fn figure(said: &str, name: &str) -> Result<f64, String> {
    let found = said.lines().find_map(|line| line.strip_prefix(name));
    let number = found.and_then(|number| number.trim().parse().ok());
    number.ok_or_else(|| format!("no figure for {name}"))
}
