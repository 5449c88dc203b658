//! Wrapping keys from passphrases.

use freehold_crypto::{ARGON2_MAX, ARGON2_MIN, Cost, PassphraseError, PassphraseParams};
use serde::{Deserialize, Serialize};

use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Derive;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Hex,
    passphrase: Hex,
}

#[derive(Serialize)]
pub(super) struct Output {
    key: Hex,
}

impl Operation for Derive {
    const NAME: &'static str = "keys/passphrase";
    const ABOUT: &'static str = "The wrapping key of a passphrase.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("memory_kib", "memory in KiB"),
        ("passes", "passes over the memory"),
        ("lanes", "lanes"),
        ("salt", "16 bytes"),
        ("passphrase", "its UTF-8"),
        ("key", "32 bytes"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let cost = Cost {
            memory_kib: input.memory_kib,
            passes: input.passes,
            lanes: input.lanes,
        };
        let salt = input.salt.array().ok_or(Failure::Length)?;
        let key = PassphraseParams::new(cost, salt)?.derive(&input.passphrase.0)?;
        Ok(Output {
            key: key.expose().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        cases.accept(
            "least",
            &["keys-21"],
            "the least cost; computed apart with Python's cryptography package as well",
            least(),
        );
        let mut refuse = |name, about, change: fn(&mut Input)| {
            let mut input = least();
            change(&mut input);
            cases.refuse(name, &["keys-21"], about, input, Failure::Range);
        };
        refuse("little-memory", "a KiB less than 19 MiB", |input| {
            input.memory_kib -= 1
        });
        refuse("one-pass", "one pass", |input| input.passes = 1);
        refuse("no-lane", "no lane", |input| input.lanes = 0);
        refuse("much-memory", "a KiB more than 1 GiB", |input| {
            input.memory_kib = ARGON2_MAX.memory_kib + 1;
        });
        refuse("many-passes", "17 passes", |input| {
            input.passes = ARGON2_MAX.passes + 1
        });
        refuse("many-lanes", "5 lanes", |input| {
            input.lanes = ARGON2_MAX.lanes + 1
        });
        refuse("bomb", "4 TiB", |input| input.memory_kib = u32::MAX);
        let mut input = least();
        input.salt.0.pop();
        cases.refuse(
            "short-salt",
            &["keys-21"],
            "15 bytes of salt",
            input,
            Failure::Length,
        );
    }
}

fn least() -> Input {
    Input {
        memory_kib: ARGON2_MIN.memory_kib,
        passes: ARGON2_MIN.passes,
        lanes: ARGON2_MIN.lanes,
        salt: [0x33; 16].into(),
        passphrase: "correct horse".into(),
    }
}

impl From<PassphraseError> for Failure {
    fn from(error: PassphraseError) -> Self {
        match error {
            PassphraseError::Cost => Self::Range,
            PassphraseError::Derivation => unreachable!("not with these costs"),
        }
    }
}
