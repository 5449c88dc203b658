//! The vectors: the files are what is written, each does what it says, and most of them are refusals.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use freehold_tests::vectors::{Vector, files, folder, found, operations};

#[test]
fn every_file_does_what_it_says() {
    let operations: BTreeMap<_, _> = operations()
        .into_iter()
        .map(|one| (one.name, one.run))
        .collect();
    let (mut accepted, mut refused) = (0, 0);
    for (path, text) in found(&folder()).unwrap() {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let vector =
            Vector::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let run = operations[vector.operation.as_str()];
        let outcome = run(vector.input.clone());
        let expected = vector
            .expected()
            .unwrap_or_else(|| panic!("{}: no expectation", path.display()));
        assert_eq!(
            outcome.as_ref().map_err(|failure| *failure),
            expected,
            "{}",
            path.display()
        );
        if outcome.is_ok() {
            accepted += 1
        } else {
            refused += 1
        }
    }
    assert!(
        accepted > 0 && refused > accepted,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn the_folder_is_what_would_be_written() {
    let folder = folder();
    let (wanted, present) = (files(&folder), found(&folder).unwrap());
    let names = |of: &BTreeMap<_, _>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&wanted), names(&present), "cargo xtask vectors");
    for (path, text) in wanted {
        assert!(
            present[&path] == text,
            "{}: cargo xtask vectors",
            path.display()
        );
    }
}

#[test]
fn every_operation_documents_its_fields() {
    let files = files(&folder());
    for operation in operations() {
        let of_it = files
            .iter()
            .filter(|(path, _)| path.starts_with(operation.name));
        let cases: Vec<Vector> = of_it
            .map(|(_, text)| Vector::from_json(text).unwrap())
            .collect();
        let mut used: Vec<String> = cases.iter().flat_map(fields).collect();
        used.sort();
        used.dedup();
        let mut said: Vec<String> = operation
            .fields
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        said.sort();
        assert_eq!(said, used, "{}", operation.name);
    }
}

/// The fields of the input, and those of the output.
fn fields(vector: &Vector) -> Vec<String> {
    [Some(&vector.input), vector.output.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_object())
        .flat_map(|object| object.keys().cloned())
        .collect()
}
