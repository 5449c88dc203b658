//! `cargo xtask spec`: the numbered rules of the specification, checked both ways.
//!
//! A page `docs/spec/keys.md` defines its rules as `**[keys-1]**`. Code, tests and vectors quote a rule by its id. A rule that no
//! test and no vector quotes and an id that no page defines are errors, so neither side can drift without the other.

use crate::run::{Project, at};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where rules are quoted.
const CODE: &[(&str, &str)] = &[("crates", "rs"), ("tests", "rs"), ("tests/vectors", "json")];

/// Checks the project's pages against its code.
pub fn run(project: &Project) -> Result<(), String> {
    let pages = read_all(&project.root.join("docs").join("spec"), "md")?;
    let mut code = Vec::new();
    for (folder, extension) in CODE {
        code.extend(read_all(&project.root.join(folder), extension)?);
    }
    let (rules, mut faults) = defined(&pages);
    let names: BTreeSet<&str> = rules.iter().map(|rule| page_of(rule)).collect();
    let mut quoted: BTreeMap<&str, &Path> = BTreeMap::new();
    for (path, text) in code.iter().chain(&pages) {
        for id in ids(text, &names) {
            if !rules.contains(id) {
                faults.push(format!("{}: {id} is not defined", path.display()));
            }
        }
    }
    for (path, text) in &code {
        let proof = tests_of(path, text);
        quoted.extend(
            ids(proof, &names)
                .into_iter()
                .map(|id| (id, path.as_path())),
        );
    }
    for rule in &rules {
        if !quoted.contains_key(rule) {
            faults.push(format!("{rule} is quoted by no test and no vector"));
        }
    }
    if rules.is_empty() {
        faults.push("docs/spec defines no rule".into());
    }
    if faults.is_empty() {
        println!(
            "{} rules on {} pages, each quoted",
            rules.len(),
            pages.len()
        );
        return Ok(());
    }
    Err(faults.join("\n       "))
}

/// The ids that the pages define, and what is wrong with their definitions.
fn defined(pages: &[(PathBuf, String)]) -> (BTreeSet<&str>, Vec<String>) {
    let mut rules = BTreeSet::new();
    let mut faults = Vec::new();
    for (path, text) in pages {
        let page = path.file_stem().unwrap_or_default().to_string_lossy();
        for id in text
            .split("**[")
            .skip(1)
            .filter_map(|rest| rest.split_once("]**"))
            .map(|(id, _)| id)
        {
            if page_of(id) != page || number_of(id).is_none() {
                faults.push(format!(
                    "{}: {id} is not of the form {page}-1",
                    path.display()
                ));
            } else if !rules.insert(id) {
                faults.push(format!("{}: {id} is defined twice", path.display()));
            }
        }
    }
    (rules, faults)
}

/// What of a file is a test or a vector: all of a file or folder `tests`, elsewhere what stands below `#[cfg(test)]`.
fn tests_of<'a>(path: &Path, text: &'a str) -> &'a str {
    if path
        .iter()
        .any(|part| part == "tests" || part == "tests.rs")
    {
        return text;
    }
    text.split_once("#[cfg(test)]")
        .map_or("", |(_, tests)| tests)
}

/// Every `page-number` of a known page in the text, standing alone: `keys-1`, not `my-keys-1` nor `keys-1a`.
fn ids<'a>(text: &'a str, pages: &BTreeSet<&str>) -> Vec<&'a str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .filter(|word| number_of(word).is_some() && pages.contains(page_of(word)))
        .collect()
}

fn page_of(id: &str) -> &str {
    id.rsplit_once('-').map_or("", |(page, _)| page)
}

/// The number of an id, if it is written as one writes it: digits without a leading zero.
fn number_of(id: &str) -> Option<u32> {
    let (_, digits) = id.rsplit_once('-')?;
    let number: u32 = digits.parse().ok()?;
    (number > 0 && number.to_string() == digits).then_some(number)
}

/// Path and text of every file with this extension beneath the folder, in order of the paths.
fn read_all(folder: &Path, extension: &str) -> Result<Vec<(PathBuf, String)>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).map_err(at(&path))?;
                files.push((path, text));
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str, text: &str) -> (PathBuf, String) {
        (PathBuf::from(name), text.into())
    }

    #[test]
    fn an_id_stands_alone() {
        let pages = BTreeSet::from(["keys"]);
        let text = "// keys-1, [keys-20]; my-keys-3 keys-4a keys-05 sha-256 keys-6.";
        assert_eq!(ids(text, &pages), ["keys-1", "keys-20", "keys-6"]);
    }

    #[test]
    fn a_rule_is_proved_by_tests_alone() {
        let text = "// keys-1\n#[cfg(test)]\n// keys-2";
        assert_eq!(
            tests_of(Path::new("crates/x/src/a.rs"), text),
            "\n// keys-2"
        );
        assert_eq!(tests_of(Path::new("crates/x/src/b.rs"), "// keys-1"), "");
        assert_eq!(tests_of(Path::new("crates/x/tests/a.rs"), text), text);
    }

    #[test]
    fn definitions_are_named_by_their_page_and_unique() {
        let good = [page(
            "docs/spec/keys.md",
            "**[keys-1]** one\n**[keys-2]** two, see [keys-1]",
        )];
        let (rules, faults) = defined(&good);
        assert_eq!(rules, BTreeSet::from(["keys-1", "keys-2"]));
        assert!(faults.is_empty());

        let bad = [page(
            "docs/spec/keys.md",
            "**[keys-1]** **[keys-1]** **[seal-1]** **[keys-01]**",
        )];
        assert_eq!(defined(&bad).1.len(), 3);
    }

    /// Builds a project on disk and checks it, as the task does.
    fn check(name: &str, spec: &str, quotes: &str) -> Result<(), String> {
        let root =
            std::env::temp_dir().join(format!("freehold-spec-{}-{name}", std::process::id()));
        for (path, text) in [
            ("docs/spec/keys.md", spec),
            ("crates/a/src/a.rs", "// keys-1 in a comment proves nothing"),
            ("crates/a/tests/a.rs", quotes),
            ("tests/vectors/keys/a.json", ""),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let result = run(&Project {
            target: root.join("target"),
            root: root.clone(),
        });
        fs::remove_dir_all(root).unwrap();
        result
    }

    #[test]
    fn both_directions_are_checked() {
        assert_eq!(check("same", "**[keys-1]** a rule", "// keys-1"), Ok(()));
        let unquoted = check("unquoted", "**[keys-1]** **[keys-2]**", "// keys-1");
        assert!(
            unquoted
                .unwrap_err()
                .contains("keys-2 is quoted by no test")
        );
        let unknown = check("unknown", "**[keys-1]**", "// keys-1 keys-9");
        assert!(unknown.unwrap_err().contains("keys-9 is not defined"));
        let self_quoted = check("self", "**[keys-1]** see [keys-1]", "// nothing");
        assert!(
            self_quoted
                .unwrap_err()
                .contains("keys-1 is quoted by no test")
        );
        let comment = check("comment", "**[keys-1]**", "");
        assert!(comment.unwrap_err().contains("quoted by no test"));
        assert!(check("empty", "nothing", "// nothing").is_err());
    }
}
