//! The patches in `sabotage/`: each breaks one property of the product's code and names the test that must go red.
//!
//! ```text
//! # breaks: a piece's commitment is computed but not compared
//! # test: cargo test -p freehold-crypto commitment
//! diff --git a/crates/… b/crates/…
//! ```

use crate::run::at;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// One way to break a property.
#[derive(Debug, PartialEq, Eq)]
pub struct Patch {
    /// The file's name without its ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The property that no longer holds, in words.
    pub breaks: String,
    /// The command that must fail; begins with `cargo test`.
    pub test: Vec<String>,
    /// The patched files, relative to the root.
    pub changes: Vec<PathBuf>,
}

impl Patch {
    /// Reads a patch; the path gives its name.
    pub fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let fault = |what: &str| format!("{}: {what}", path.display());
        let header = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key))
                .map(str::trim)
        };
        let breaks = header("# breaks:").ok_or_else(|| fault("no line `# breaks:`"))?;
        let test = header("# test:").ok_or_else(|| fault("no line `# test:`"))?;
        let test: Vec<String> = test.split_whitespace().map(str::to_owned).collect();
        if !matches!(test.as_slice(), [cargo, verb, ..] if cargo == "cargo" && verb == "test") {
            return Err(fault("the test does not begin with `cargo test`"));
        }
        let changes: Vec<PathBuf> = text
            .lines()
            .filter_map(|line| line.strip_prefix("+++ b/"))
            .map(PathBuf::from)
            .collect();
        let product = |file: &PathBuf| {
            file.starts_with("crates") && file.components().any(|part| part.as_os_str() == "src")
        };
        if changes.is_empty() || !changes.iter().all(product) {
            return Err(fault("changes something else than crates/*/src"));
        }
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            name,
            path: path.to_path_buf(),
            breaks: breaks.to_owned(),
            test,
            changes,
        })
    }
}

/// The patches of the folder in order of their names.
pub fn patches(folder: &Path, only: Option<&str>) -> Result<Vec<Patch>, String> {
    let mut patches = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let wanted = only.is_none_or(|name| path.file_stem() == Some(OsStr::new(name)));
        if wanted && path.extension() == Some(OsStr::new("patch")) {
            let text = fs::read_to_string(&path).map_err(at(&path))?;
            patches.push(Patch::parse(&path, &text)?);
        }
    }
    if patches.is_empty() {
        return Err(format!(
            "{}: no patch{}",
            folder.display(),
            only.map_or(String::new(), |name| format!(" {name}"))
        ));
    }
    patches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(patches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_says_what_it_breaks_and_touches_the_product_alone() {
        let path = Path::new("sabotage/any-code.patch");
        let good = "# breaks: the door\n# test: cargo test -p lock code\n--- a/crates/lock/src/lib.rs\n\
            +++ b/crates/lock/src/lib.rs\n@@ -1,1 +1,1 @@\n-a\n+b\n";
        let patch = Patch::parse(path, good).unwrap();
        assert_eq!(patch.name, "any-code");
        assert_eq!(patch.breaks, "the door");
        assert_eq!(patch.test, ["cargo", "test", "-p", "lock", "code"]);
        for bad in [
            good.replace("# breaks:", "#"),
            good.replace("# test:", "#"),
            good.replace("cargo test", "true"),
            good.replace("/src/", "/tests/"),
            "# breaks: nothing\n# test: cargo test\n".to_owned(),
        ] {
            assert!(Patch::parse(path, &bad).is_err(), "{bad}");
        }
    }
}
