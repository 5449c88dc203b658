//! Root and fingerprints.

use freehold_sync::{Heads, Prefix};
use serde::{Deserialize, Serialize};

use super::{Head, name};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Summed;

#[derive(Clone, Serialize, Deserialize)]
struct Of {
    log: Hex,
    #[serde(flatten)]
    head: Head,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Input {
    heads: Vec<Of>,
    seed: Hex,
    prefix: Hex,
}

#[derive(Serialize)]
pub(super) struct Output {
    root: Hex,
    fingerprint: Hex,
    below: Vec<Hex>,
}

impl Operation for Summed {
    const NAME: &'static str = "sync/heads";
    const ABOUT: &'static str = "What stands for many heads at once.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("heads", "each with `log`, its name, `entries` and `chain`"),
        ("seed", "of the fingerprints"),
        ("prefix", "encoded"),
        ("root", "of all heads"),
        ("fingerprint", "of those below the prefix"),
        ("below", "their names, in order"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let prefix: Prefix = freehold_model::wire::from_bytes(&input.prefix.0, 64)
            .map_err(|_| Failure::Malformed)?;
        let mut heads = Heads::new();
        for of in &input.heads {
            heads.set(name(&of.log)?, of.head.position()?);
        }
        let seed = input.seed.array().ok_or(Failure::Length)?;
        Ok(Output {
            root: heads.root().into(),
            fingerprint: heads.fingerprint(prefix, seed).into(),
            below: heads.below(prefix).map(|(log, _)| log.0.into()).collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        // Names that share beginnings, and chains so large that their sum wraps around.
        let of = |no: u8| Of {
            log: [&[no / 16 * 17, no][..], &[no; 14]].concat().into(),
            head: Head {
                entries: Big(u64::from(no) << 32),
                chain: [0xff - no; 32].into(),
            },
        };
        let all: Vec<Of> = (0..40).map(of).collect();
        let input = |heads: &[Of], prefix: &[u8]| Input {
            heads: heads.to_vec(),
            seed: [7; 8].into(),
            prefix: prefix.into(),
        };
        let rule = &["sync-1"];
        cases.accept("none", rule, "no log", input(&[], &[0, 0]));
        cases.accept("one", rule, "one log", input(&all[1..2], &[0, 0]));
        cases.accept("all", rule, "forty logs", input(&all, &[0, 0]));
        let backwards: Vec<Of> = all.iter().rev().cloned().collect();
        let about = "the same in another order, with the same root";
        cases.accept("backwards", rule, about, input(&backwards, &[0, 0]));
        let about = "those whose names begin with 1";
        cases.accept("half-byte", rule, about, input(&all, &[1, 1, 0x10]));
        let about = "those whose names begin with 110";
        cases.accept("three", rule, about, input(&all, &[3, 2, 0x11, 0x10]));
        let about = "below a prefix with no log";
        cases.accept("nothing-below", rule, about, input(&all, &[2, 1, 0xee]));
        let whole = [&[32, 16][..], &all[5].log.0].concat();
        cases.accept("whole-name", rule, "one name", input(&all, &whole));
        let rule = &["sync-2"];
        for (name, about, prefix) in [
            (
                "too-long",
                "33 half bytes",
                &[&[33, 17][..], &[0; 17]].concat()[..],
            ),
            (
                "too-few-bytes",
                "three half bytes in one byte",
                &[3, 1, 0x11],
            ),
            (
                "too-many-bytes",
                "two half bytes in two bytes",
                &[2, 2, 0x11, 0],
            ),
            (
                "last-half-byte",
                "the half byte that is left over is not zero",
                &[1, 1, 0x11],
            ),
            ("cut", "its bytes are missing", &[2, 1]),
            ("trailing", "a byte after it", &[0, 0, 0]),
            ("overlong", "the length in two bytes", &[2, 0x81, 0, 0x11]),
            ("empty", "no byte", &[]),
        ] {
            cases.refuse(name, rule, about, input(&all, prefix), Failure::Malformed);
        }
    }
}
