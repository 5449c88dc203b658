//! What a log starts with.

mod refused;

use freehold_crypto::{Domain, SigningKey};
use serde::{Deserialize, Serialize};

use super::{
    GENESIS, GENESIS_SIGNATURE, HOUSEHOLD, Start,
    example::{household, p256, writer},
    object::{Object, list, varint},
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Read;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    #[serde(flatten)]
    start: Start,
}

#[derive(Serialize)]
pub(super) struct Output {
    suite: u8,
    log: Hex,
    stream: Hex,
    spec: Hex,
    level: u8,
    facets: Vec<u8>,
    incarnation: u32,
    writer: Hex,
    predecessor: Option<Place>,
    start: Hex,
}

#[derive(Serialize)]
struct Place {
    log: Hex,
    seq: Big<u64>,
    chain: Hex,
}

impl Operation for Read {
    const NAME: &'static str = "log/genesis";
    const ABOUT: &'static str = "Reads a genesis and verifies it.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        GENESIS,
        GENESIS_SIGNATURE,
        HOUSEHOLD,
        ("suite", "the suite's number"),
        ("log", "the log's id"),
        ("stream", "the stream's id"),
        ("spec", "the hash of the stream's description"),
        ("level", "the level's number"),
        ("facets", "the facets' numbers, in the order of the pieces"),
        ("incarnation", "the incarnation"),
        ("writer", "the writer's key, encoded"),
        (
            "predecessor",
            "log, seq and chain of the log before, or null",
        ),
        ("start", "the start of the chain, H_0"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let genesis = input.start.verify()?;
        Ok(Output {
            suite: genesis.suite as u8,
            log: genesis.log.0.into(),
            stream: genesis.stream.into(),
            spec: genesis.spec.into(),
            level: genesis.level.number(),
            facets: genesis.facets.iter().map(|facet| facet.number()).collect(),
            incarnation: genesis.incarnation,
            writer: genesis.writer.to_bytes().into(),
            predecessor: genesis.predecessor.map(|place| Place {
                log: place.log.0.into(),
                seq: Big(place.seq),
                chain: place.chain.into(),
            }),
            start: genesis.start().chain.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        refused::unknown(cases);
        refused::facets(cases);
        refused::spellings(cases);
        signatures(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Read>) {
    let rules = ["log-1", "log-3", "log-4"];
    let hours = hours();
    for (name, about, object) in [
        ("hours", "hours with two facets", hours.clone()),
        ("suite-2", "a log in suite 2", hours.with("suite", [2])),
        (
            "raw",
            "raw",
            hours.with("level", [0]).with("facets", list(&[[0]])),
        ),
        (
            "raw-counter",
            "raw of a counter, with its absolute values",
            hours.with("level", [0]).with("facets", list(&[[0], [4]])),
        ),
        (
            "months",
            "months with all facets of a counter",
            hours
                .with("level", [6])
                .with("facets", list(&[[1], [2], [3], [4]])),
        ),
        (
            "incarnation",
            "the largest incarnation, after another log",
            hours
                .with("incarnation", varint(u64::from(u32::MAX)))
                .with("predecessor", predecessor()),
        ),
        (
            "p256-writer",
            "a writer with a key of P-256",
            hours.with("writer", p256().public_key().to_bytes()),
        ),
    ] {
        cases.accept(name, &rules, about, signed(&object));
    }
    let kept = cases.kept("p256-household");
    let kept = kept.filter(|kept| kept.start.genesis.0 == hours.bytes());
    let input = kept.unwrap_or_else(|| signed_by(&p256(), hours.bytes()));
    let about = "a household with a key of P-256";
    cases.accept("p256-household", &rules, about, input);
}

fn signatures(cases: &mut Cases<'_, Read>) {
    let rules = ["log-4"];
    let mut refuse = |name, about, input| {
        cases.refuse(name, &rules, about, input, Failure::Signature);
    };
    refuse("other-household", "signed by another household", {
        let mut input = signed(&hours());
        input.start.household = p256().public_key().to_bytes().into();
        input
    });
    refuse("by-writer", "signed by the writer", {
        let mut input = signed_by(&writer(), hours().bytes());
        input.start.household = household().public_key().to_bytes().into();
        input
    });
    refuse("other-domain", "signed in the domain of checkpoints", {
        let mut input = signed(&hours());
        let signature = household().sign(Domain::Checkpoint, &hours().bytes());
        input.start.genesis_signature = signature.unwrap().to_bytes().into();
        input
    });
    for (name, about, object) in [
        (
            "changed-log",
            "another log id after it was signed",
            hours().with("log", [9; 16]),
        ),
        (
            "changed-level",
            "days after it was signed",
            hours().with("level", [5]),
        ),
        (
            "changed-facets",
            "a facet less after it was signed",
            hours().with("facets", [1, 1]),
        ),
        (
            "changed-writer",
            "another writer after it was signed",
            hours().with("writer", p256().public_key().to_bytes()),
        ),
        (
            "changed-incarnation",
            "another incarnation after it was signed",
            hours().with("incarnation", [1]),
        ),
    ] {
        let mut input = signed(&hours());
        input.start.genesis = object.bytes().into();
        refuse(name, about, input);
    }
    let mut changed = signed(&hours());
    changed.start.genesis_signature.0[5] ^= 1;
    refuse("changed-signature", "a bit of the signature", changed);
    let mut short = signed(&hours());
    short.start.genesis_signature.0.pop();
    cases.refuse(
        "short-signature",
        &rules,
        "63 bytes",
        short,
        Failure::Length,
    );
}

/// A log of hours, totals and extremes.
fn hours() -> Object {
    Object(vec![
        ("version", vec![1]),
        ("suite", vec![1]),
        ("log", vec![0x22; 16]),
        ("stream", vec![2; 16]),
        ("spec", vec![3; 32]),
        ("level", vec![4]),
        ("facets", list(&[[1], [2]])),
        ("incarnation", vec![0]),
        ("writer", writer().public_key().to_bytes()),
        ("predecessor", vec![0]),
    ])
}

fn predecessor() -> Vec<u8> {
    [&[1], &[0x21; 16][..], &varint(300), &[5; 32]].concat()
}

fn signed(object: &Object) -> Input {
    signed_by(&household(), object.bytes())
}

fn signed_by(key: &SigningKey, genesis: Vec<u8>) -> Input {
    let signature = key.sign(Domain::Genesis, &genesis).unwrap();
    Input {
        start: Start {
            genesis: genesis.into(),
            genesis_signature: signature.to_bytes().into(),
            household: key.public_key().to_bytes().into(),
        },
    }
}
