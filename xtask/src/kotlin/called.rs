//! Every function of the interface in Kotlin is called by a test.

use crate::run::{Project, at};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What the scenarios do not call, since C has no such function, since it is one for the whole process, or since it is for tests; and what is
/// another way to something that they call.
const NOT_IN_SCENARIOS: &[&str] = &[
    "Choices.purposes",
    "Flags.contains",
    "Flags.plus",
    "Freehold.log",
    "Home$Companion.seeded",
    "Home.carryTo",
    "Home.devices",
    "Home.info",
    "Home.inspect",
    "Home.verify",
    "KeyStore$Companion.needsPassphrase",
    "QuantityKind.decimal",
    "QuantityKind.format",
    "QuantityKind.parse",
    "Recipient$Companion.seeded",
    "Recipient.inspect",
    "Recipient.readings",
    "Recipient.size",
    "Recipient.verify",
    "Recipient.windows",
    "Signer$Companion.of",
    "Stream.readings",
    "Stream.windows",
    "StreamInfo.decimal",
    "StreamInfo.number",
    "Totals.mean",
];

/// Looks for a call of each function of the interface in the tests, which run against the library and a relay; and in the scenarios.
pub fn run(project: &Project) -> Result<(), String> {
    let kotlin = project.root.join("bindings/kotlin");
    let interface = kotlin.join("freehold/freehold.api");
    let interface = fs::read_to_string(&interface).map_err(at(&interface))?;
    let mut tests = String::new();
    for folder in [
        "scenarios/src/test",
        "freehold/src/test",
        "freehold-testing/src",
    ] {
        read(&kotlin.join(folder), &mut tests)?;
    }
    let functions = functions(&interface);
    let missing = uncalled(&functions, &tests);
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().collect();
        return Err(format!("no test calls\n  {}", missing.join("\n  ")));
    }
    let mut scenarios = String::new();
    for name in ["Own.kt", "Stage.kt", "Vectors.kt"] {
        let source = kotlin.join("scenarios/src/test/kotlin/org/freehold/scenarios");
        let source = source.join(name);
        scenarios.push_str(&fs::read_to_string(&source).map_err(at(&source))?);
    }
    let unstaged = uncalled(&functions, &scenarios);
    let allowed: BTreeSet<&str> = NOT_IN_SCENARIOS.iter().copied().collect();
    if unstaged != allowed {
        let differ: Vec<&str> = unstaged.symmetric_difference(&allowed).copied().collect();
        return Err(format!(
            "these are called by a scenario or are not, other than said: {}",
            differ.join(", ")
        ));
    }
    println!(
        "{} functions, each called by a test, and all but {} by a scenario",
        functions.len(),
        allowed.len()
    );
    Ok(())
}

/// The functions that some sources do not call.
fn uncalled<'a>(functions: &'a [(String, String)], sources: &str) -> BTreeSet<&'a str> {
    let words = calls(sources);
    let is_called = |name: &str| match name {
        "plus" => sources.contains("+ Flags"),
        name => words.contains(name),
    };
    let of_them = functions.iter().filter(|(_, name)| !is_called(name));
    of_them.map(|(whole, _)| whole.as_str()).collect()
}

/// The functions of the interface, with their classes and alone: not what reads or writes a property, and nothing that the compiler makes.
fn functions(interface: &str) -> Vec<(String, String)> {
    let mut class = "";
    let mut found = Vec::new();
    for line in interface.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !line.starts_with(' ') {
            let name = words.iter().find(|word| word.starts_with("org.freehold."));
            class = name.map_or(class, |name| name.trim_start_matches("org.freehold."));
            continue;
        }
        let Some((head, _)) = line.split_once('(') else {
            continue;
        };
        let name = head.split_whitespace().last().unwrap_or_default();
        // A value class gives a function's name a suffix.
        let name = name.split('-').next().unwrap_or_default();
        let is_property = ["get", "set", "is"].iter().any(|verb| {
            let rest = name.strip_prefix(verb).unwrap_or_default();
            rest.starts_with(|first: char| first.is_ascii_uppercase())
        });
        let is_made = name.contains('.')
            || name.starts_with("component")
            || [
                "copy",
                "equals",
                "hashCode",
                "toString",
                "valueOf",
                "values",
                "compareTo",
                "box",
                "unbox",
                "constructor",
            ]
            .contains(&name);
        if !is_property && !is_made && !name.is_empty() {
            found.push((format!("{class}.{name}"), name.to_owned()));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The words that a bracket or a brace follows, or that are called by an operator.
fn calls(tests: &str) -> BTreeSet<&str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut words = BTreeSet::new();
    for (place, _) in tests.match_indices(['(', '{', '<']) {
        let before = tests.get(..place).unwrap_or_default().trim_end();
        let begins = before
            .rfind(|letter| !is_word(letter))
            .map_or(0, |at| at + 1);
        words.insert(before.get(begins..).unwrap_or_default());
    }
    words
}

fn read(folder: &Path, into: &mut String) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            read(&path, into)?;
        } else {
            into.push_str(&fs::read_to_string(&path).map_err(at(&path))?);
        }
    }
    Ok(())
}
