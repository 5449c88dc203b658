//! Rows of a store.

use freehold_crypto::RowKey;
use serde::{Deserialize, Serialize};

use super::{Given, leaf_of};
use crate::vectors::{Cases, Failure, Hex, Operation, keys::secret};

pub(super) struct Seal;
pub(super) struct Open;

/// Which rows, and which one of them.
#[derive(Clone, Serialize, Deserialize)]
struct Row {
    rows: Rows,
    suite: u8,
    key: Hex,
    name: Hex,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rows {
    Store,
    Readings,
    Running,
}

impl Row {
    fn key(&self) -> Result<RowKey, Failure> {
        let suite = self.suite.try_into()?;
        Ok(match self.rows {
            Rows::Store => RowKey::store(secret(&self.key)?, suite),
            Rows::Readings => RowKey::readings(&leaf_of(&self.key)?, suite),
            Rows::Running => RowKey::running(&leaf_of(&self.key)?, suite),
        })
    }
}

const ROWS: (&str, &str) = ("rows", "`store`, `readings` or `running`");
const SUITE: (&str, &str) = ("suite", "the suite's number");
const KEY: (&str, &str) = (
    "key",
    "the store's key; for readings and running summaries the node whose leaf is the slot's key",
);
const NAME: (&str, &str) = ("name", "which row it is");
const PLAINTEXT: (&str, &str) = ("plaintext", "what is sealed");
const SEALED: (&str, &str) = ("row", "the sealed row");

#[derive(Serialize, Deserialize)]
pub(super) struct SealInput {
    #[serde(flatten)]
    row: Row,
    random: Hex,
    plaintext: Hex,
}

#[derive(Serialize)]
pub(super) struct SealOutput {
    row: Hex,
}

impl Operation for Seal {
    const NAME: &'static str = "seal/seal-row";
    const ABOUT: &'static str = "Seals a row.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ROWS,
        SUITE,
        KEY,
        NAME,
        ("random", "32 random bytes"),
        PLAINTEXT,
        SEALED,
    ];
    type Input = SealInput;
    type Output = SealOutput;

    fn run(input: SealInput) -> Result<SealOutput, Failure> {
        let mut row = input.plaintext.0;
        let random = &mut Given(&input.random);
        input
            .row
            .key()?
            .seal(&input.row.name.0, &mut row, 0, random)?;
        Ok(SealOutput { row: row.into() })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |rows, suite, plaintext: &str| SealInput {
            row: example(rows, suite),
            random: [0x44; 32].into(),
            plaintext: plaintext.into(),
        };
        for (name, about, input) in [
            ("store", "a row of the store", input(Rows::Store, 1, "row")),
            (
                "store-2",
                "the same in suite 2",
                input(Rows::Store, 2, "row"),
            ),
            (
                "readings",
                "buffered readings",
                input(Rows::Readings, 1, "row"),
            ),
            (
                "running",
                "a running summary",
                input(Rows::Running, 1, "row"),
            ),
            ("empty", "an empty row", input(Rows::Store, 1, "")),
            (
                "other-plaintext",
                "the same randomness, another row",
                input(Rows::Store, 1, "raw"),
            ),
        ] {
            cases.accept(name, &["seal-14", "seal-16"], about, input);
        }
        let mut dry = input(Rows::Store, 1, "row");
        dry.random.0.clear();
        cases.refuse(
            "no-random",
            &["seal-6"],
            "no randomness",
            dry,
            Failure::Length,
        );
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct OpenInput {
    #[serde(flatten)]
    which: Row,
    row: Hex,
}

#[derive(Serialize)]
pub(super) struct OpenOutput {
    plaintext: Hex,
}

impl Operation for Open {
    const NAME: &'static str = "seal/open-row";
    const ABOUT: &'static str = "Opens a row.";
    const FIELDS: &'static [(&'static str, &'static str)] =
        &[ROWS, SUITE, KEY, NAME, SEALED, PLAINTEXT];
    type Input = OpenInput;
    type Output = OpenOutput;

    fn run(input: OpenInput) -> Result<OpenOutput, Failure> {
        let mut row = input.row.0;
        let plaintext = input.which.key()?.open(&input.which.name.0, &mut row)?;
        Ok(OpenOutput {
            plaintext: (&*plaintext).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, rows, suite) in [
            ("store", "a row of the store", Rows::Store, 1),
            ("store-2", "the same in suite 2", Rows::Store, 2),
            ("readings", "buffered readings", Rows::Readings, 1),
            ("running", "a running summary", Rows::Running, 1),
        ] {
            cases.accept(name, &["seal-14", "seal-16"], about, sealed(rows, suite));
        }
        elsewhere(cases);
        changed(cases);
    }
}

/// Opened as what it is not.
fn elsewhere(cases: &mut Cases<'_, Open>) {
    let mut refuse = |name, about, change: fn(&mut Row)| {
        let mut input = sealed(Rows::Readings, 1);
        change(&mut input.which);
        cases.refuse(name, &["seal-14"], about, input, Failure::Commitment);
    };
    refuse("other-name", "under another name", |row| {
        row.name = "rows/2".into()
    });
    refuse("no-name", "under no name", |row| row.name.0.clear());
    refuse("other-key", "another slot's key", |row| row.key.0[0] ^= 1);
    refuse("other-suite", "opened in suite 2", |row| row.suite = 2);
    refuse("other-rows", "as a running summary of the slot", |row| {
        row.rows = Rows::Running
    });
    refuse("of-store", "as a row of the store", |row| {
        row.rows = Rows::Store
    });
    let mut input = sealed(Rows::Store, 1);
    input.which.suite = 0;
    cases.refuse("suite-0", &["seal-1"], "no suite", input, Failure::Suite);
}

/// The rows are of 3 bytes of ciphertext, and 16 each of tag, commitment and salt.
fn changed(cases: &mut Cases<'_, Open>) {
    use Failure::{Authentication, Commitment, Length};
    for (name, about, at, failure) in [
        ("changed", "a bit of the ciphertext", 0, Authentication),
        (
            "changed-tag",
            "the last byte of the tag",
            18,
            Authentication,
        ),
        (
            "changed-commitment",
            "the first byte of the commitment",
            19,
            Commitment,
        ),
        (
            "changed-commitment-last",
            "the last byte of the commitment",
            34,
            Commitment,
        ),
        ("changed-salt", "the first byte of the salt", 35, Commitment),
        (
            "changed-salt-last",
            "the last byte of the salt",
            50,
            Commitment,
        ),
    ] {
        let mut input = sealed(Rows::Store, 1);
        input.row.0[at] ^= 1;
        cases.refuse(name, &["seal-14"], about, input, failure);
    }
    for (name, about, len) in [("none", "no bytes", 0), ("short", "47 bytes", 47)] {
        let mut input = sealed(Rows::Store, 1);
        input.row.0.truncate(len);
        cases.refuse(name, &["seal-14"], about, input, Length);
    }
    let mut input = sealed(Rows::Store, 1);
    input.row.0.drain(..3);
    let about = "the ciphertext is missing";
    cases.refuse("no-ciphertext", &["seal-14"], about, input, Authentication);
}

fn sealed(rows: Rows, suite: u8) -> OpenInput {
    let which = example(rows, suite);
    let mut row = b"row".to_vec();
    let random = Hex::from([0x44; 32]);
    let key = which.key().unwrap();
    key.seal(&which.name.0, &mut row, 0, &mut Given(&random))
        .unwrap();
    OpenInput {
        which,
        row: row.into(),
    }
}

fn example(rows: Rows, suite: u8) -> Row {
    Row {
        rows,
        suite,
        key: [0x11; 32].into(),
        name: "rows/1".into(),
    }
}
