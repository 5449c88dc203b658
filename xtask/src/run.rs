//! Where the project is, and commands in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's folder and the folder for everything that is built.
pub struct Project {
    /// Holds the root `Cargo.toml`.
    pub root: PathBuf,
    /// `CARGO_TARGET_DIR`, or `target` in the root.
    pub target: PathBuf,
}

impl Project {
    /// The project that this program was built from.
    pub fn of_this_build() -> Self {
        let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        root.pop();
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let target = root.join(target);
        Self { root, target }
    }

    /// `cargo` in the project's root, with the project's target folder.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo());
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        // What cargo tells this program about itself is not about what is built: some build scripts look at it, and all that depends on
        // them would be built anew in turn with a cargo that somebody types.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }
}

/// The cargo that runs this program, so that its toolchain is the one used.
pub fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A program that takes no library of ours but those that it is given. Cargo tells this program where those are that it built for tests, and
/// a program that is told the same takes these before its own.
pub fn elsewhere(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Runs the command and shows its output; anything but success is an error.
pub fn succeed(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{}: {status}", words(command))),
        Err(error) => Err(format!("{}: {error}", words(command))),
    }
}

/// Runs the command and gives what it wrote to standard output.
pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", words(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}", words(command), said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{}: not UTF-8", words(command)))
}

/// An error of the file system with the path it is about.
pub fn at(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    words.join(" ")
}
