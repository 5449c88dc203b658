//! `cargo xtask swift`: the package for Swift, and everything that must hold for it. Where there is no Swift, `toolchain.sh` sets one up.

use crate::bindings;
use crate::run::{Project, at, output, succeed};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is written by hand in the package.
const BY_HAND: [&str; 5] = [
    "Sources/Freehold",
    "Sources/FreeholdTesting",
    "Sources/freehold-figures",
    "Sources/freehold-reference",
    "Tests",
];

/// Builds and tests it; with `--example` only runs the example, with `--figures` measures, with `--reference` writes what apps look up.
pub fn run(project: &Project, words: &[&str]) -> Result<(), String> {
    if words == ["--reference"] {
        return reference(project, &project.target.join("reference/swift"));
    }
    let package = prepare(project)?;
    // What the tests and the example meet.
    succeed(&mut project.cargo(&["build", "--quiet", "--package", "freehold-relay"]))?;
    match words {
        [] => {
            readme(project, &package)?;
            examples(&package)?;
            let lint = ["format", "lint", "--strict", "--recursive", "Package.swift"];
            succeed(swift(project, &package).args(lint).args(BY_HAND))?;
            succeed(&mut built(project, &package, "test"))?;
            document(project, &package, &project.target.join("reference/swift"))?;
            example(project)
        }
        ["--example"] => example(project),
        ["--figures"] => {
            let mut figures = built(project, &package, "run");
            succeed(figures.args(["-c", "release", "freehold-figures"]))
        }
        _ => Err("swift takes nothing, --example, --figures or --reference".into()),
    }
}

/// Writes what apps look up, as pages, into a folder that is made anew. Every public name has a comment, and every link leads somewhere.
pub fn reference(project: &Project, into: &Path) -> Result<(), String> {
    let package = prepare(project)?;
    document(project, &package, into)
}

/// Builds the library, and puts what calls it into the package, whose folder it gives.
fn prepare(project: &Project) -> Result<PathBuf, String> {
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
    Ok(package)
}

/// Looks whether every public name has a comment, and writes the pages.
fn document(project: &Project, package: &Path, into: &Path) -> Result<(), String> {
    let mut dump = built(project, package, "package");
    let said = output(dump.args(["dump-symbol-graph", "--skip-synthesized-members"]))?;
    let graphs = said
        .lines()
        .find_map(|line| line.strip_prefix("Files written to "));
    let graphs = graphs.ok_or("swift does not say where the symbol graphs are")?;
    let seen = project.target.join("swift/symbols");
    for folder in [&seen, into] {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(at(folder))?;
        }
    }
    let mut look = built(project, package, "run");
    succeed(
        look.args(["freehold-reference", graphs])
            .args([&seen, &package.join("Tests")]),
    )?;
    fs::create_dir_all(into).map_err(at(into))?;
    let mut convert = tool(project, package, "sh");
    convert
        // It lies beside the compiler, and is not on every PATH.
        .args([
            "-c",
            r#"exec "$(dirname "$(readlink -f "$(command -v swift)")")/docc" "$@""#,
        ])
        .args([
            "docc",
            "convert",
            "Sources/Freehold/Freehold.docc",
            "--warnings-as-errors",
        ])
        .args(["--fallback-display-name", "Freehold"])
        .args(["--fallback-bundle-identifier", "org.freehold.Freehold"])
        .arg("--additional-symbol-graph-dir")
        .arg(&seen)
        .arg("--output-path")
        .arg(into);
    succeed(&mut convert)?;
    println!("the reference is in {}", into.display());
    Ok(())
}

/// What is shown as code in articles, comments and the package's README is in `Articles.swift`, which the tests run.
fn examples(package: &Path) -> Result<(), String> {
    let run = package.join("Tests/FreeholdTests/Articles.swift");
    let run = fs::read_to_string(&run).map_err(at(&run))?;
    let run: Vec<&str> = run.lines().map(str::trim).collect();
    let mut places = vec![package.join("README.md")];
    for folder in ["Sources/Freehold", "Sources/Freehold/Freehold.docc"] {
        places.extend(files(&package.join(folder))?);
    }
    let mut count = 0;
    for place in places {
        let text = fs::read_to_string(&place).map_err(at(&place))?;
        let lines = text
            .lines()
            .map(|line| line.trim().trim_start_matches("///").trim());
        let mut lines = lines.enumerate();
        while let Some((number, line)) = lines.next() {
            if line != "```swift" {
                continue;
            }
            let shown = lines.by_ref().map(|(_, line)| line);
            let shown: Vec<&str> = shown.take_while(|line| *line != "```").collect();
            if !run.windows(shown.len()).any(|part| part == shown) {
                let place = place.display();
                return Err(format!("{place}:{}: not in Articles.swift", number + 1));
            }
            count += 1;
        }
    }
    if count == 0 {
        return Err("no code is shown".into());
    }
    Ok(())
}

/// The files of a folder, without those of folders in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).map_err(at(folder)));
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

/// A phone's side of a household, over a relay on loopback.
fn example(project: &Project) -> Result<(), String> {
    let package = project.root.join("examples/swift-app");
    succeed(&mut built(project, &package, "run"))
}

/// `swift` in a folder.
fn swift(project: &Project, folder: &Path) -> Command {
    tool(project, folder, "swift")
}

/// A program in a folder, where there is Swift.
fn tool(project: &Project, folder: &Path, name: &str) -> Command {
    let mut command = Command::new(project.root.join("bindings/swift/toolchain.sh"));
    command
        .arg(project.target.join("swift/toolchain"))
        .arg(name)
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
