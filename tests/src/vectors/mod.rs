//! The vectors: what the specification says, case by case, in files that any implementation can read.
//!
//! An [`Operation`] is one thing that the specification lets somebody do: derive, decode, verify, open. Its cases are written
//! here with what is expected of them; `cargo xtask vectors` writes them to `tests/vectors/<page>/<operation>/<case>.json`, and the
//! test of the same name runs every file and checks that the folder is what would be written.

mod big;
mod case;
mod chunk;
mod consent;
mod failure;
mod hex;
mod keys;
mod log;
mod model;
mod parcel;
mod seal;
mod sync;

pub use big::Big;
pub use case::{Cases, Vector};
pub use failure::Failure;
pub use hex::Hex;
pub use model::{reading_json, summary_json};

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// One thing that the specification lets somebody do.
pub trait Operation {
    /// Its page and what it does, as `keys/child`: the folder of its cases.
    const NAME: &'static str;
    /// What it does, in a sentence.
    const ABOUT: &'static str;
    /// The fields of the input and of the output with what they are.
    const FIELDS: &'static [(&'static str, &'static str)];
    /// What it takes. Bytes are [`Hex`].
    type Input: Serialize + DeserializeOwned;
    /// What it gives.
    type Output: Serialize;

    /// Does it.
    fn run(input: Self::Input) -> Result<Self::Output, Failure>;

    /// The cases, by [`Cases::accept`] and [`Cases::refuse`].
    fn cases(cases: &mut Cases<'_, Self>);
}

/// An operation whose types are no longer known.
pub struct Entry {
    /// See [`Operation::NAME`].
    pub name: &'static str,
    /// See [`Operation::ABOUT`].
    pub about: &'static str,
    /// See [`Operation::FIELDS`].
    pub fields: &'static [(&'static str, &'static str)],
    /// Runs it on an input as it stands in a file.
    pub run: fn(Value) -> Result<Value, Failure>,
    cases: fn(&Path) -> BTreeMap<&'static str, Vector>,
}

/// Every operation, page by page.
pub fn operations() -> Vec<Entry> {
    let mut all = keys::operations();
    all.extend(seal::operations());
    all.extend(log::operations());
    all.extend(model::operations());
    all.extend(chunk::operations());
    all.extend(consent::operations());
    all.extend(parcel::operations());
    all.extend(sync::operations());
    all
}

/// An operation for the list.
fn entry<O: Operation>() -> Entry {
    Entry {
        name: O::NAME,
        about: O::ABOUT,
        fields: O::FIELDS,
        run: case::run::<O>,
        cases: |folder| {
            let mut cases = Cases::new(folder);
            O::cases(&mut cases);
            cases.into_vectors()
        },
    }
}

/// The folder of the vectors.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// Every file that the folder has to hold, by its path below it. What a signature makes new each time is taken from `folder`.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let operations = operations();
    let mut files = BTreeMap::new();
    for operation in &operations {
        for (name, vector) in (operation.cases)(&folder.join(operation.name)) {
            let path = Path::new(operation.name).join(name).with_extension("json");
            files.insert(path, vector.to_json());
        }
    }
    let count = files.len();
    files.insert("README.md".into(), readme(&operations, count));
    files
}

/// Every file that the folder holds, by its path below it.
pub fn found(folder: &Path) -> io::Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(below) = path.strip_prefix(folder) {
                files.insert(below.to_owned(), fs::read_to_string(&path)?);
            }
        }
    }
    Ok(files)
}

fn readme(operations: &[Entry], count: usize) -> String {
    let mut text = include_str!("README.head.md").replace("{count}", &count.to_string());
    for (kind, about) in Failure::ALL
        .iter()
        .map(|failure| (failure.name(), failure.about()))
    {
        text.push_str(&format!("| `{kind}` | {about} |\n"));
    }
    text.push_str("\n## Operations\n");
    for operation in operations {
        text.push_str(&format!(
            "\n### {}\n\n{}\n\n",
            operation.name, operation.about
        ));
        text.push_str("| field | |\n|---|---|\n");
        for (field, about) in operation.fields {
            text.push_str(&format!("| `{field}` | {about} |\n"));
        }
    }
    text
}
