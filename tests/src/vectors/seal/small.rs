//! Small pieces.

use freehold_crypto::SMALL_MAX;
use serde::{Deserialize, Serialize};

use super::bound::{Bound, OF_ENTRY, OF_PLACE, fields_of_bound};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Seal;
pub(super) struct Open;

#[derive(Serialize, Deserialize)]
pub(super) struct SealInput {
    #[serde(flatten)]
    bound: Bound,
    plaintext: Hex,
}

#[derive(Serialize)]
pub(super) struct SealOutput {
    piece: Hex,
}

impl Operation for Seal {
    const NAME: &'static str = "seal/seal-small";
    const ABOUT: &'static str = "Seals a small piece.";
    const FIELDS: &'static [(&'static str, &'static str)] = fields_of_bound![
        ("plaintext", "what is sealed"),
        ("piece", "the sealed piece"),
    ];
    type Input = SealInput;
    type Output = SealOutput;

    fn run(input: SealInput) -> Result<SealOutput, Failure> {
        let mut piece = input.plaintext.0;
        input.bound.key()?.seal_small(&mut piece, 0)?;
        Ok(SealOutput {
            piece: piece.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |suite, plaintext: Vec<u8>| SealInput {
            bound: Bound {
                suite,
                ..Bound::example()
            },
            plaintext: plaintext.into(),
        };
        let rules = ["seal-8", "seal-13"];
        for (name, about, suite, plaintext) in [
            ("bytes", "a few bytes", 1, b"summary".to_vec()),
            (
                "suite-2",
                "the same, with keys of suite 2",
                2,
                b"summary".to_vec(),
            ),
            ("empty", "nothing but the tag", 1, vec![]),
            ("block", "as long as one output of F", 1, vec![0x5a; 32]),
            ("over-a-block", "a byte longer", 1, vec![0x5a; 33]),
            ("longest", "4,096 bytes", 1, vec![0; SMALL_MAX]),
        ] {
            cases.accept(name, &rules, about, input(suite, plaintext));
        }
        let long = input(1, vec![0; SMALL_MAX + 1]);
        cases.refuse(
            "too-long",
            &["seal-15"],
            "4,097 bytes",
            long,
            Failure::Length,
        );
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct OpenInput {
    #[serde(flatten)]
    bound: Bound,
    piece: Hex,
}

#[derive(Serialize)]
pub(super) struct OpenOutput {
    plaintext: Hex,
}

impl Operation for Open {
    const NAME: &'static str = "seal/open-small";
    const ABOUT: &'static str = "Opens a small piece.";
    const FIELDS: &'static [(&'static str, &'static str)] = fields_of_bound![
        ("piece", "the sealed piece"),
        ("plaintext", "what was sealed"),
    ];
    type Input = OpenInput;
    type Output = OpenOutput;

    fn run(input: OpenInput) -> Result<OpenOutput, Failure> {
        let mut piece = input.piece.0;
        let plaintext = input.bound.key()?.open_small(&mut piece)?;
        Ok(OpenOutput {
            plaintext: (&*plaintext).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let rules = ["seal-8", "seal-9"];
        cases.accept("bytes", &rules, "a few bytes", sealed(b"summary"));
        cases.accept("empty", &rules, "nothing but the tag", sealed(b""));
        for (name, about, change) in OF_ENTRY.into_iter().chain(OF_PLACE) {
            let mut input = sealed(b"summary");
            change(&mut input.bound);
            let rules = ["seal-2", "seal-3", "seal-9"];
            cases.refuse(name, &rules, about, input, Failure::Commitment);
        }
        changed(cases);
        lengths(cases);
        let mut input = sealed(b"summary");
        input.bound.suite = 3;
        cases.refuse(
            "suite-3",
            &["seal-1"],
            "an unknown suite",
            input,
            Failure::Suite,
        );
    }
}

fn changed(cases: &mut Cases<'_, Open>) {
    for (name, about, at) in [
        ("changed-first", "a bit of the first byte", 0),
        (
            "changed-last",
            "a bit of the last byte of the ciphertext",
            6,
        ),
        ("changed-tag-first", "a bit of the first byte of the tag", 7),
        (
            "changed-tag-middle",
            "a bit of the ninth byte of the tag",
            15,
        ),
        ("changed-tag-last", "a bit of the last byte of the tag", 22),
    ] {
        let mut input = sealed(b"summary");
        input.piece.0[at] ^= 1;
        let rules = ["seal-9", "seal-13"];
        cases.refuse(name, &rules, about, input, Failure::Commitment);
    }
    let mut change = |name, about, change: fn(&mut Vec<u8>)| {
        let mut input = sealed(b"summary");
        change(&mut input.piece.0);
        cases.refuse(name, &["seal-9"], about, input, Failure::Commitment);
    };
    change("cut", "the last byte of the tag is missing", |piece| {
        piece.pop();
    });
    change("trailing", "a byte after the tag", |piece| piece.push(0));
    change("shorter", "the first byte is missing", |piece| {
        piece.remove(0);
    });
    change("tag-alone", "the tag without its ciphertext", |piece| {
        piece.drain(..7);
    });
}

fn lengths(cases: &mut Cases<'_, Open>) {
    let mut longest = sealed(&[0; SMALL_MAX]);
    cases.accept("longest", &["seal-15"], "4,112 bytes", longest.clone());
    longest.piece.0.push(0);
    let mut refuse = |name, about, input| {
        cases.refuse(name, &["seal-15"], about, input, Failure::Length);
    };
    refuse("too-long", "4,113 bytes", longest);
    for (name, about, len) in [("none", "no bytes", 0), ("too-short", "15 bytes", 15)] {
        let mut short = sealed(b"");
        short.piece.0.truncate(len);
        refuse(name, about, short);
    }
}

fn sealed(plaintext: &[u8]) -> OpenInput {
    let bound = Bound::example();
    let mut piece = plaintext.to_vec();
    bound.key().unwrap().seal_small(&mut piece, 0).unwrap();
    OpenInput {
        bound,
        piece: piece.into(),
    }
}
