//! The salt of an entry.

use freehold_crypto::{LogId, PiecePlace, SaltHedge};
use freehold_model::{Facet, Time};
use serde::{Deserialize, Serialize};

use super::{Given, leaf_of};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct DrawSalt;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Input {
    random: Hex,
    log: Hex,
    seq: Big<u64>,
    pieces: Vec<Plain>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Plain {
    node: Hex,
    start: i64,
    end: i64,
    facet: u8,
    part: u16,
    plaintext: Hex,
}

#[derive(Serialize)]
pub(super) struct Output {
    salt: Hex,
}

impl Operation for DrawSalt {
    const NAME: &'static str = "seal/salt";
    const ABOUT: &'static str = "The salt of an entry.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("random", "32 random bytes"),
        ("log", "the log's id"),
        ("seq", "the entry's place in the log"),
        (
            "pieces",
            "what the entry will hold, in the body's order: node, start, end, facet and part as of `seal/keys`, and the plaintext",
        ),
        ("salt", "16 bytes"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let log = LogId(input.log.array().ok_or(Failure::Length)?);
        let mut hedge = SaltHedge::new();
        for piece in &input.pieces {
            let place = PiecePlace {
                start: Time::from_ms(piece.start),
                end: Time::from_ms(piece.end),
                facet: Facet::from_number(piece.facet).ok_or(Failure::Unknown)?,
                part: piece.part,
            };
            hedge.piece(&leaf_of(&piece.node)?, &place, &piece.plaintext.0);
        }
        let salt = hedge
            .salt(log, input.seq.0, &mut Given(&input.random))
            .map_err(|_| Failure::Length)?;
        Ok(Output {
            salt: salt.0.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let rules = ["seal-6", "seal-7"];
        let mut accept = |name, about, change: fn(&mut Input)| {
            let mut input = example();
            change(&mut input);
            cases.accept(name, &rules, about, input);
        };
        accept("two", "two pieces", |_| ());
        accept("one", "the first of them alone", |input| {
            input.pieces.truncate(1)
        });
        accept("order", "the other way round", |input| {
            input.pieces.reverse()
        });
        accept("other-random", "other randomness", |input| {
            input.random.0[31] ^= 1
        });
        accept("other-log", "another log", |input| input.log.0[15] ^= 1);
        accept("other-seq", "another place", |input| input.seq = Big(8));
        accept(
            "other-plaintext",
            "the same randomness, another plaintext",
            |input| {
                input.pieces[1].plaintext.0[0] ^= 1;
            },
        );
        accept("other-key", "the same randomness, another key", |input| {
            input.pieces[1].node.0[0] ^= 1;
        });
        accept(
            "other-place",
            "the same randomness, another slot",
            |input| {
                input.pieces[1].start += 60_000;
            },
        );
        accept(
            "moved",
            "a byte of the second plaintext at the end of the first",
            |input| {
                let byte = input.pieces[1].plaintext.0.remove(0);
                input.pieces[0].plaintext.0.push(byte);
            },
        );
        let mut refuse = |name, about, change: fn(&mut Input)| {
            let mut input = example();
            change(&mut input);
            cases.refuse(name, &rules, about, input, Failure::Length);
        };
        refuse("no-random", "no randomness", |input| input.random.0.clear());
        refuse("short-random", "31 random bytes", |input| {
            input.random.0.truncate(31)
        });
    }
}

fn example() -> Input {
    let piece = |n: u8, plaintext: &str| Plain {
        node: [n; 32].into(),
        start: 1_370_242_800_000 + 3_600_000 * i64::from(n),
        end: 1_370_246_400_000 + 3_600_000 * i64::from(n),
        facet: 1,
        part: 0,
        plaintext: plaintext.into(),
    };
    Input {
        random: [0x44; 32].into(),
        log: [0x22; 16].into(),
        seq: Big(7),
        pieces: vec![piece(0, "first"), piece(1, "second")],
    }
}
