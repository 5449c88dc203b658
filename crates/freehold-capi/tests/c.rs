//! Programs in C against the library as it is built here: shared and static, under the address and undefined behaviour sanitizers,
//! which also find what was not freed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    env, fs,
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
    runs("home");
}

#[test]
fn misuse_in_c() {
    runs("misuse");
}

#[test]
fn threads_in_c() {
    runs("threads");
}

#[test]
fn the_header_is_cpp() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("header.cpp");
    fs::write(&source, "#include <freehold.h>\nint main() { return 0; }\n").unwrap();
    let mut compiler = Command::new(env::var_os("CXX").unwrap_or_else(|| "c++".into()));
    compiler.args(["-std=c++17", "-fsyntax-only"]).args(STRICT);
    succeeds(
        compiler
            .arg("-I")
            .arg(bindings().join("include"))
            .arg(source),
    );
}

/// Compiles a program against the shared and against the static library, and runs it.
fn runs(name: &str) {
    let built = built();
    for library in ["libfreehold_capi.so", "libfreehold_capi.a"] {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(name);
        let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.arg("-std=c11").args(STRICT).args(SANITIZED);
        compiler.arg("-I").arg(bindings().join("include"));
        compiler.arg(bindings().join("tests").join(format!("{name}.c")));
        compiler.arg(built.join(library)).args(STATIC_NEEDS);
        succeeds(compiler.arg("-o").arg(&program));
        let mut run = Command::new(&program);
        run.env("LD_LIBRARY_PATH", &built);
        succeeds(run.arg(folder.path().join("store")));
    }
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
