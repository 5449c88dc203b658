//! Builds the library, and puts it where programs look for it.

use super::header::{self, Function};
use crate::dist;
use crate::run::{Project, at, succeed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program takes along that links the static library.
const STATIC_NEEDS: &str = "-lpthread -ldl -lm";

/// The library in a prefix, laid out as cargo-c does.
pub struct Installed {
    /// The prefix.
    pub prefix: PathBuf,
    /// The shared library as it was before it was stripped.
    pub unstripped: PathBuf,
    version: String,
}

impl Installed {
    /// Builds and installs. Symbolic links and paths are those of the prefix; nothing points back to where it was built.
    pub fn new(
        project: &Project,
        scratch: &Path,
        prefix: &Path,
        functions: &[Function],
    ) -> Result<Self, String> {
        let version = version(project)?;
        let object = object(project, scratch)?;
        let installed = Self {
            prefix: prefix.to_owned(),
            unstripped: scratch.join("libfreehold.so"),
            version,
        };
        installed.link(project, &object)?;
        installed.libraries(&object)?;
        installed.texts(project, functions)?;
        Ok(installed)
    }

    /// The shared library.
    pub fn shared(&self) -> PathBuf {
        let name = format!("lib/libfreehold.so.{}", self.version);
        self.prefix.join(name)
    }

    /// The static library.
    pub fn archive(&self) -> PathBuf {
        self.prefix.join("lib/libfreehold.a")
    }

    /// The first number of the version counts interfaces.
    fn soname(&self) -> String {
        let major = self.version.split('.').next().unwrap_or_default();
        format!("libfreehold.so.{major}")
    }

    fn link(&self, project: &Project, object: &Path) -> Result<(), String> {
        let map = project.root.join("bindings/c/freehold.map");
        let mut compiler = Command::new("cc");
        compiler.args([
            "-shared",
            "-Wl,--gc-sections",
            "-Wl,-z,relro,-z,now",
            "-Wl,-z,defs",
        ]);
        compiler.arg(format!("-Wl,-soname,{}", self.soname()));
        compiler.arg(format!("-Wl,--version-script={}", map.display()));
        compiler
            .arg(object)
            .args(STATIC_NEEDS.split(' '))
            .arg("-lgcc_s");
        succeed(compiler.arg("-o").arg(&self.unstripped))
    }

    fn libraries(&self, object: &Path) -> Result<(), String> {
        let lib = self.prefix.join("lib");
        fs::create_dir_all(&lib).map_err(at(&lib))?;
        let shared = self.shared();
        let mut strip = Command::new("strip");
        strip.arg("--strip-unneeded").arg("-o").arg(&shared);
        succeed(strip.arg(&self.unstripped))?;
        for link in [self.soname(), "libfreehold.so".into()] {
            let link = lib.join(link);
            let _ = fs::remove_file(&link);
            symlink(shared.file_name().unwrap_or_default().as_ref(), &link)?;
        }
        let archive = self.archive();
        let _ = fs::remove_file(&archive);
        succeed(Command::new("ar").arg("rcs").arg(archive).arg(object))
    }

    fn texts(&self, project: &Project, functions: &[Function]) -> Result<(), String> {
        let bindings = project.root.join("bindings/c");
        let manual = header::manual(functions);
        for (from, to, more) in [
            ("include/freehold.h", "include/freehold/freehold.h", ""),
            ("include/freehold.hpp", "include/freehold/freehold.hpp", ""),
            ("freehold.pc.in", "lib/pkgconfig/freehold.pc", ""),
            (
                "cmake/freeholdConfig.cmake.in",
                "lib/cmake/freehold/freeholdConfig.cmake",
                "",
            ),
            (
                "cmake/freeholdConfigVersion.cmake.in",
                "lib/cmake/freehold/freeholdConfigVersion.cmake",
                "",
            ),
            (
                "man/freehold.3.in",
                "share/man/man3/freehold.3",
                manual.as_str(),
            ),
        ] {
            let (from, to) = (bindings.join(from), self.prefix.join(to));
            let mut text = fs::read_to_string(&from).map_err(at(&from))?;
            if from.extension().is_some_and(|extension| extension == "in") {
                text = self.filled(&text);
            }
            text.push_str(more);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(at(folder))?;
            }
            fs::write(&to, text).map_err(at(&to))?;
        }
        Ok(())
    }

    fn filled(&self, text: &str) -> String {
        let series = self.version.rsplit_once('.').unwrap_or_default().0;
        text.replace("@PREFIX@", &self.prefix.display().to_string())
            .replace("@VERSION@", &self.version)
            .replace("@SERIES@", series)
            .replace("@SONAME@", &self.soname())
            .replace("@STATIC_NEEDS@", STATIC_NEEDS)
    }
}

/// One object with everything in it, of which only the functions of the header can be seen: two libraries in Rust can be linked into one
/// program, each with its own standard library.
fn object(project: &Project, scratch: &Path) -> Result<PathBuf, String> {
    dist::library(project, "freehold-capi", "staticlib", None)?;
    let built = project.target.join("dist/libfreehold_capi.a");
    let object = scratch.join("freehold.o");
    let mut join = Command::new("ld");
    join.args(["-r", "--whole-archive"]).arg(built);
    succeed(join.arg("-o").arg(&object))?;
    let mut hide = Command::new("objcopy");
    hide.args(["--wildcard", "--keep-global-symbol=fh_*", "--strip-debug"]);
    // The standard library comes with bitcode too, which is for nobody here.
    hide.args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    succeed(hide.arg(&object))?;
    Ok(object)
}

fn version(project: &Project) -> Result<String, String> {
    let manifest = project.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(at(&manifest))?;
    let mut lines = text.lines();
    let found = lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    found
        .map(str::to_owned)
        .ok_or_else(|| "the workspace has no version".into())
}

#[cfg(unix)]
fn symlink(to: &Path, link: &Path) -> Result<(), String> {
    std::os::unix::fs::symlink(to, link).map_err(at(link))
}

#[cfg(not(unix))]
fn symlink(_: &Path, link: &Path) -> Result<(), String> {
    Err(format!("{}: no symbolic links here", link.display()))
}
