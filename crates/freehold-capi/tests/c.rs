//! Programs in C and C++ against the library as it is built here: shared and static, under the address and undefined behaviour sanitizers,
//! which also find what was not freed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const STRICT: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const SANITIZED: &[&str] = &[
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];
/// What a program takes along that links the static library.
const STATIC_NEEDS: &[&str] = &["-lpthread", "-ldl", "-lm"];

#[test]
fn a_home_in_c() {
    runs("home.c");
}

#[test]
fn a_consent_in_c() {
    runs("consent.c");
}

#[test]
fn misuse_in_c() {
    runs("misuse.c");
}

#[test]
fn misuse_of_consents_in_c() {
    runs("misuse_consent.c");
}

#[test]
fn threads_in_c() {
    runs("threads.c");
}

#[test]
fn a_home_in_cpp() {
    runs("wrapper.cpp");
}

/// Compiles a program against the shared and against the static library, and runs it.
fn runs(name: &str) {
    let built = built();
    for library in ["libfreehold_capi.so", "libfreehold_capi.a"] {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let mut compiler = compiler(name);
        compiler.args(STRICT).args(SANITIZED);
        compiler.arg("-I").arg(bindings().join("include"));
        compiler.arg(bindings().join("tests").join(name));
        compiler.arg(built.join(library)).args(STATIC_NEEDS);
        succeeds(compiler.arg("-o").arg(&program));
        let mut run = Command::new(&program);
        run.env("LD_LIBRARY_PATH", &built);
        succeeds(run.arg(folder.path().join("store")));
    }
}

fn compiler(name: &str) -> Command {
    let (variable, usual, standard) = if name.ends_with(".cpp") {
        ("CXX", "c++", "-std=c++17")
    } else {
        ("CC", "cc", "-std=c11")
    };
    let mut compiler = Command::new(env::var_os(variable).unwrap_or_else(|| usual.into()));
    compiler.arg(standard);
    compiler
}

fn bindings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/c")
}

/// The folder of this test, which the libraries are built into as well.
fn built() -> PathBuf {
    let mut built = env::current_exe().unwrap();
    built.pop();
    built
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
