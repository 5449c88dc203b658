//! Programs that find the installed library as others do: they are compiled without a warning, and run under sanitizers and valgrind.

use super::header::Function;
use super::install::Installed;
use crate::run::{Project, at, output, succeed};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const STRICT: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"];
const SANITIZED: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
/// A function is bound when it is called first.
const LAZY: &[&str] = &["-Wl,-z,lazy"];
/// The log is one for a whole process, the version changes, and the kit for tests is not what a scenario tests.
const NOT_IN_SCENARIOS: [&str; 3] = ["fh_log_to", "fh_testing_sync", "fh_version"];
/// What is run under valgrind, which is slow.
const VALGRIND: &[&str] = &["home.c", "consent.c", "erase.c", "misuse_consent.c"];

/// Compiles every test in C and C++ against the installed library, shared and static, and runs each. Together they call every function.
pub fn run(
    project: &Project,
    installed: &Installed,
    functions: &[Function],
    scratch: &Path,
) -> Result<(), String> {
    let relay = program(project)?;
    let tests = project.root.join("bindings/c/tests");
    let mut programs: Vec<PathBuf> = fs::read_dir(&tests)
        .map_err(at(&tests))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "c" || it == "cpp"))
        .collect();
    programs.sort();
    let mut called = BTreeSet::new();
    let lazy = [SANITIZED, LAZY].concat();
    for source in &programs {
        let program = compile(installed, scratch, source, false, SANITIZED)?;
        ran(installed, scratch, &relay, Command::new(program), succeed)?;
        let program = compile(installed, scratch, source, true, &lazy)?;
        let bound = scratch.join("bound");
        let traced = traced(Command::new(program), &bound)?;
        ran(installed, scratch, &relay, traced, succeed)?;
        // What a misuse calls does nothing, and what C++ is handed as a template's argument need not be called.
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".c") && !name.starts_with("misuse") {
            called.extend(first_calls(&bound)?);
        }
        if VALGRIND.iter().any(|name| source.ends_with(name)) {
            let program = compile(installed, scratch, source, true, &[])?;
            let mut valgrind = Command::new("valgrind");
            valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
            valgrind.arg(program);
            ran(installed, scratch, &relay, valgrind, succeed)?;
        }
    }
    let staged = scenarios(project, installed, scratch, &relay)?;
    called.extend(staged.iter().cloned());
    let missing: Vec<&str> = functions
        .iter()
        .map(|function| function.name.as_str())
        .filter(|name| !called.contains(*name))
        .collect();
    if !missing.is_empty() {
        return Err(format!("no test calls {}", missing.join(", ")));
    }
    let unstaged: BTreeSet<&str> = functions
        .iter()
        .map(|function| function.name.as_str())
        .filter(|name| !staged.contains(*name))
        .collect();
    if unstaged != BTreeSet::from(NOT_IN_SCENARIOS) {
        return Err(format!(
            "no scenario calls {unstaged:?}; {NOT_IN_SCENARIOS:?} alone are not to be called there"
        ));
    }
    println!(
        "{} programs run, by pkg-config, shared and static, and call all {} functions; the scenarios call all but {}",
        programs.len(),
        functions.len(),
        NOT_IN_SCENARIOS.join(", ")
    );
    by_cmake(installed, scratch, &tests.join("home.c"))?;
    example(project, installed, scratch, &relay)
}

fn compile(
    installed: &Installed,
    scratch: &Path,
    source: &Path,
    shared: bool,
    more: &[&str],
) -> Result<PathBuf, String> {
    let is_cpp = source.extension().is_some_and(|it| it == "cpp");
    let mut compiler = Command::new(if is_cpp { "c++" } else { "cc" });
    compiler.arg(if is_cpp { "-std=c++17" } else { "-std=c11" });
    let program = scratch.join("program");
    compiler
        .args(STRICT)
        .args(more)
        .arg("-o")
        .arg(&program)
        .arg(source);
    let mut ask = Command::new("pkg-config");
    ask.env("PKG_CONFIG_PATH", installed.prefix.join("lib/pkgconfig"));
    let ask = ask
        .args(["--cflags", "--libs"])
        .args((!shared).then_some("--static"));
    let flags = output(ask.arg("freehold"))?;
    for flag in flags.split_whitespace() {
        match flag {
            // Beside a shared library the linker takes the static one only by its name.
            "-lfreehold" if !shared => compiler.arg(installed.archive()),
            flag => compiler.arg(flag),
        };
    }
    succeed(&mut compiler)?;
    Ok(program)
}

/// The functions that a program called, as the loader wrote when it bound them: at the first call of each.
fn first_calls(folder: &Path) -> Result<BTreeSet<String>, String> {
    let mut called = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let text = fs::read(&path).map_err(at(&path))?;
        // Of two threads that bind at once both may be on one line.
        let text = String::from_utf8_lossy(&text);
        for after in text.split("normal symbol `").skip(1) {
            let name = after.split('\'').next().unwrap_or_default();
            if name.starts_with("fh_") {
                called.insert(name.to_owned());
            }
        }
    }
    Ok(called)
}

/// The scenarios, under sanitizers: what comes of them is as written. Gives the functions that they call.
fn scenarios(
    project: &Project,
    installed: &Installed,
    scratch: &Path,
    relay: &Path,
) -> Result<BTreeSet<String>, String> {
    let source = project.root.join("bindings/c/scenarios/scenario.cpp");
    let lazy = [SANITIZED, LAZY].concat();
    let program = compile(installed, scratch, &source, true, &lazy)?;
    let folder = project.root.join("tests/scenarios");
    let entries = fs::read_dir(&folder).map_err(at(&folder))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut called = BTreeSet::new();
    for file in files.filter(|path| path.extension().is_some_and(|it| it == "json")) {
        let bound = scratch.join("bound");
        let mut run = traced(Command::new(&program), &bound)?;
        run.arg(&file);
        let came = ran(installed, scratch, relay, run, output)?;
        let wanted = file.with_extension("txt");
        if came != fs::read_to_string(&wanted).map_err(at(&wanted))? {
            return Err(format!("{} comes to something else", file.display()));
        }
        called.extend(first_calls(&bound)?);
    }
    Ok(called)
}

/// Lets the loader write to `folder` what it binds.
fn traced(mut program: Command, folder: &Path) -> Result<Command, String> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(at(folder))?;
    program.env("LD_DEBUG", "bindings");
    program.env("LD_DEBUG_OUTPUT", folder.join("calls"));
    Ok(program)
}

/// Runs a program with a folder that is not there, and a relay.
fn ran<T>(
    installed: &Installed,
    scratch: &Path,
    relay: &Path,
    mut program: Command,
    run: impl FnOnce(&mut Command) -> Result<T, String>,
) -> Result<T, String> {
    let folder = scratch.join("run");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let relay = Relay::start(relay, &folder.join("relay"))?;
    program.env("LD_LIBRARY_PATH", installed.prefix.join("lib"));
    run(program.arg(folder.join("store")).arg(&relay.address))
}

/// A program that finds the library by CMake, shared and static.
fn by_cmake(installed: &Installed, scratch: &Path, source: &Path) -> Result<(), String> {
    let folder = scratch.join("cmake");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let text = format!(
        "cmake_minimum_required(VERSION 3.16)\nproject(consumer C)\nset(CMAKE_C_STANDARD 11)\n\
         find_package(freehold 0.1 REQUIRED CONFIG)\n\
         add_executable(shared {source})\ntarget_link_libraries(shared freehold::freehold)\n\
         add_executable(static {source})\ntarget_link_libraries(static freehold::static)\n",
        source = source.display()
    );
    let lists = folder.join("CMakeLists.txt");
    fs::write(&lists, text).map_err(at(&lists))?;
    let mut configure = Command::new("cmake");
    configure
        .arg("-S")
        .arg(&folder)
        .arg("-B")
        .arg(folder.join("build"));
    configure.arg(format!(
        "-DCMAKE_PREFIX_PATH={}",
        installed.prefix.display()
    ));
    output(&mut configure)?;
    output(
        Command::new("cmake")
            .arg("--build")
            .arg(folder.join("build")),
    )?;
    for name in ["shared", "static"] {
        let mut program = Command::new(folder.join("build").join(name));
        succeed(
            program
                .arg(folder.join(format!("{name}-store")))
                .arg("no relay"),
        )?;
    }
    println!("a program is built by CMake, shared and static");
    Ok(())
}

/// The command, which is a relay as well.
fn program(project: &Project) -> Result<PathBuf, String> {
    succeed(&mut project.cargo(&["build", "--package", "freehold-cli"]))?;
    Ok(project.target.join("debug/freehold"))
}

/// The example of an integrator, with the household played by the command.
fn example(
    project: &Project,
    installed: &Installed,
    scratch: &Path,
    command: &Path,
) -> Result<(), String> {
    let mut run = Command::new(project.root.join("examples/c-integrator/run.sh"));
    run.env("PREFIX", &installed.prefix)
        .env("FREEHOLD", command);
    succeed(run.arg(scratch.join("example")))?;
    println!("the example of an integrator runs");
    Ok(())
}

/// A relay on loopback; it ends with this.
struct Relay {
    process: Child,
    address: String,
}

impl Relay {
    fn start(program: &Path, data: &Path) -> Result<Self, String> {
        let mut process = Command::new(program)
            .args(["relay", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(at(program))?;
        let mut said = String::new();
        if let Some(out) = &mut process.stdout {
            let _ = BufReader::new(out).read_line(&mut said);
        }
        let address = said.trim().strip_prefix("listening ").unwrap_or_default();
        let address = address.to_owned();
        Ok(Self { process, address })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
