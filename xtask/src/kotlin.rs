//! `cargo xtask kotlin`: the library for Kotlin, and everything that must hold for it.

mod android;
mod called;
mod interface;
mod shrunk;

use crate::bindings;
use crate::run::{Project, at, elsewhere, output, succeed};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is compiled by Maven: its folders are made anew, so that nothing is left of a class that is no more.
const MODULES: [&str; 6] = [
    "ffi",
    "freehold",
    "freehold-testing",
    "scenarios",
    "consumer",
    "android",
];

/// With no words everything; `--example` only builds and runs that; `--figures` measures, `--write` keeps a changed interface, `--aar DIR` puts the library for Android together with the native ones of a folder.
pub fn run(project: &Project, words: &[&str]) -> Result<(), String> {
    match words {
        [] => {
            build(project)?;
            interface::run(project, false)?;
            called::run(project)?;
            lint(project)?;
            apart(project)?;
            shrunk::run(project)?;
            android::assemble(project, None)?;
            example(project)
        }
        ["--example"] => {
            build(project)?;
            example(project)
        }
        ["--figures"] => {
            build(project)?;
            figures(project)
        }
        ["--write"] => {
            build(project)?;
            interface::run(project, true)
        }
        ["--aar", natives] => {
            let natives = std::path::absolute(natives).map_err(|error| error.to_string())?;
            build(project)?;
            android::assemble(project, Some(&natives))
        }
        _ => Err("kotlin takes nothing, --example, --figures, --write or --aar DIR".into()),
    }
}

/// Writes the documentation, without the tests.
pub fn document(project: &Project) -> Result<(), String> {
    bindings::run(project)?;
    natives(project)?;
    // Other modules' tests need what only `build` makes, and are compiled though they are not run.
    let only = ["--projects", "freehold", "--also-make", "-DskipTests"];
    succeed(maven(project, ".").args(only).arg("verify"))
}

/// Compiles and tests the modules, against a relay, and writes their documentation: what is not documented is an error.
fn build(project: &Project) -> Result<(), String> {
    bindings::run(project)?;
    natives(project)?;
    readme(project)?;
    succeed(&mut project.cargo(&["build", "--quiet", "--package", "freehold-relay"]))?;
    for module in MODULES {
        let folder = built(project).join(format!(
            "freehold-{}",
            module.trim_start_matches("freehold-")
        ));
        let folder = if module == "freehold" {
            built(project).join(module)
        } else {
            folder
        };
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(at(&folder))?;
        }
    }
    succeed(maven(project, ".").arg("verify"))?;
    println!("the modules hold, and are documented");
    Ok(())
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

/// Puts what the README shows among the tests.
fn readme(project: &Project) -> Result<(), String> {
    let readme = project.root.join("README.md");
    let text = fs::read_to_string(&readme).map_err(at(&readme))?;
    let shown = text
        .split_once("```kotlin\n")
        .and_then(|(_, after)| after.split_once("```"));
    let (shown, _) = shown.ok_or("no Kotlin in the README")?;
    let folder = bindings::written(project).join("readme");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let file = folder.join("Readme.kt");
    fs::write(&file, format!("package org.freehold.readme\n\n{shown}")).map_err(at(&file))
}

/// The layout of the sources.
fn lint(project: &Project) -> Result<(), String> {
    let mut lint = tool(project, "com.pinterest.ktlint.Main")?;
    lint.current_dir(project.root.join("bindings/kotlin"));
    succeed(lint.args(["--log-level=error", "**/*.kt"]))
}

/// A program takes the library from where it says, whatever it calls first.
fn apart(project: &Project) -> Result<(), String> {
    let path = built(project).join("consumer.path");
    let path = fs::read_to_string(&path).map_err(at(&path))?;
    let ffi = built(project).join("freehold-ffi/freehold-ffi-0.1.0.jar");
    let classes = built(project).join("apart");
    unpack(&ffi, &["org"], &classes)?;
    let path = path.replace(&*ffi.to_string_lossy(), &classes.to_string_lossy());
    let consumer = built(project).join("freehold-consumer/freehold-consumer-0.1.0.jar");
    let library = bindings::built(project);
    let mut java = elsewhere("java");
    java.arg(format!("-Dfreehold.library={}", library.display()));
    java.arg("-cp")
        .arg(format!("{}:{}", consumer.display(), path.trim()));
    output(java.arg("org.example.ConsumerKt"))?;
    println!("a program runs that has the library elsewhere");
    Ok(())
}

/// What calls and readings cost in Kotlin, beside bare JNA and Rust in the same run, and whether that is what is asked.
fn figures(project: &Project) -> Result<(), String> {
    let path = fs::read_to_string(built(project).join("consumer.path"));
    let path = path.map_err(at(&built(project)))?;
    let consumer = built(project).join("freehold-consumer/freehold-consumer-0.1.0.jar");
    let mut kotlin = elsewhere("java");
    kotlin
        .arg("-cp")
        .arg(format!("{}:{path}", consumer.display()));
    let kotlin = output(kotlin.arg("org.example.FiguresKt"))?;
    let rust = ["run", "--quiet", "--release", "--package", "freehold-capi"];
    let rust = output(project.cargo(&rust).args(["--example", "record"]))?;
    let (call, bare) = (figure(&kotlin, "call")?, figure(&kotlin, "bare")?);
    let (record, in_rust) = (figure(&kotlin, "record")?, figure(&rust, "record")?);
    let (text, read) = (figure(&kotlin, "text")?, figure(&kotlin, "read")?);
    let asked = |holds| if holds { "holds" } else { "DOES NOT HOLD" };
    println!("nanoseconds each:");
    println!("  a call               {call:8.0}, by JNA alone {bare:.0}");
    println!(
        "    asked: at most {CALL_MOST:.0}, or what JNA alone takes: {}",
        asked(call <= CALL_MOST.max(bare))
    );
    println!("  a call that gives text {text:6.0}");
    println!("  a reading, recorded in a batch of 1000 {record:.0}, in Rust {in_rust:.0}");
    println!(
        "    asked: at most {RECORD_MORE:.0} more than in Rust: {}",
        asked(record - in_rust <= RECORD_MORE)
    );
    println!("  a reading, read in a page of 1000      {read:.0}");
    Ok(())
}

/// Nanoseconds: what a call may cost.
const CALL_MOST: f64 = 5000.0;
/// Nanoseconds: what recording a reading in a batch of a thousand may cost more than in Rust.
const RECORD_MORE: f64 = 1000.0;

/// A figure by its name.
fn figure(said: &str, name: &str) -> Result<f64, String> {
    said.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(of, _)| *of == name)
        .and_then(|(_, figure)| figure.trim().parse().ok())
        .ok_or_else(|| format!("no figure for {name} in: {said}"))
}

/// A phone's side of a household, over a relay on loopback.
fn example(project: &Project) -> Result<(), String> {
    let path = built(project).join("kotlin-app.path");
    let path = fs::read_to_string(&path).map_err(at(&path))?;
    let app = built(project).join("freehold-kotlin-app/freehold-kotlin-app-0.1.0.jar");
    let relay = project.target.join("debug/freehold-relay");
    let mut java = elsewhere("java");
    java.arg(format!("-Dfreehold.relay={}", relay.display()));
    java.arg("-cp").arg(format!("{}:{path}", app.display()));
    succeed(java.arg("AppKt").arg(&project.root))
}

/// Maven in a folder of the modules.
fn maven(project: &Project, folder: &str) -> Command {
    let mut maven = elsewhere("mvn");
    maven.current_dir(project.root.join("bindings/kotlin").join(folder));
    maven.args(["--batch-mode", "--quiet"]);
    let mut target = OsString::from("-Dfreehold.target=");
    target.push(&project.target);
    maven.arg(target);
    maven
}

/// A program that looks at the modules.
fn tool(project: &Project, main: &str) -> Result<Command, String> {
    let path = built(project).join("tools.path");
    let pom = project.root.join("bindings/kotlin/tools/pom.xml");
    let since = |file: &Path| fs::metadata(file).and_then(|file| file.modified()).ok();
    if since(&path) < since(&pom) {
        succeed(maven(project, "tools").arg("dependency:build-classpath"))?;
    }
    let path = fs::read_to_string(&path).map_err(at(&path))?;
    let mut java = elsewhere("java");
    java.args(["-cp", path.trim(), main]);
    Ok(java)
}

/// Where Maven builds.
fn built(project: &Project) -> PathBuf {
    project.target.join("kotlin")
}

/// Takes some files of a jar out of it.
fn unpack(jar: &Path, what: &[&str], into: &Path) -> Result<(), String> {
    fs::create_dir_all(into).map_err(at(into))?;
    let mut unpack = Command::new("jar");
    unpack.current_dir(into).arg("xf").arg(jar).args(what);
    output(&mut unpack).map(|_| ())
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
