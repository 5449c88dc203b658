//! What a log starts with.

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
        unknown(cases);
        facets(cases);
        spellings(cases);
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
    let input = kept.unwrap_or_else(|| signed_by(&p256(), hours.bytes()));
    let about = "a household with a key of P-256";
    cases.accept("p256-household", &rules, about, input);
}

/// What is not known, by a household that signed it.
fn unknown(cases: &mut Cases<'_, Read>) {
    use Failure::{Malformed, NotCanonical, Version};
    let hours = hours();
    let cut = |bytes: &[u8], from| hours.with("writer", &bytes[from..]);
    let writer = writer().public_key().to_bytes();
    for (name, rule, about, object, failure) in [
        (
            "version-0",
            "log-3",
            "version 0",
            hours.with("version", [0]),
            Version,
        ),
        (
            "version-2",
            "log-3",
            "version 2",
            hours.with("version", [2]),
            Version,
        ),
        (
            "no-version",
            "log-3",
            "no first byte",
            hours.with("version", []),
            Malformed,
        ),
        (
            "suite-0",
            "seal-1",
            "no suite",
            hours.with("suite", [0]),
            Malformed,
        ),
        (
            "suite-3",
            "seal-1",
            "an unknown suite",
            hours.with("suite", [3]),
            Malformed,
        ),
        (
            "level-7",
            "log-1",
            "an unknown level",
            hours.with("level", [7]),
            Malformed,
        ),
        (
            "writer-2",
            "keys-18",
            "an unknown algorithm",
            cut(&[&[2], &writer[1..]].concat(), 0),
            Malformed,
        ),
        (
            "writer-short",
            "keys-18",
            "a writer's key of 31 bytes",
            cut(&writer, 1),
            Malformed,
        ),
        (
            "writer-long",
            "keys-18",
            "a writer's key of 33 bytes: the last is read as the option, and one is left",
            hours.with("writer", [&writer[..], &[0]].concat()),
            NotCanonical,
        ),
        (
            "option-2",
            "log-1",
            "an option of neither 00 nor 01",
            hours.with("predecessor", [2]),
            Malformed,
        ),
        (
            "option-missing",
            "log-1",
            "01 and no predecessor behind it",
            hours.with("predecessor", [1]),
            Malformed,
        ),
        (
            "option-not-taken",
            "log-1",
            "00 and a predecessor behind it",
            hours.with("predecessor", [&[0], &predecessor()[1..]].concat()),
            NotCanonical,
        ),
    ] {
        let object = if name == "no-version" {
            Object(Vec::new())
        } else {
            object
        };
        cases.refuse(name, &[rule], about, signed(&object), failure);
    }
}

fn facets(cases: &mut Cases<'_, Read>) {
    use Failure::{Length, Malformed, NotCanonical};
    let facets = |facets: &[[u8; 1]]| hours().with("facets", list(facets));
    for (name, rule, about, object, failure) in [
        ("facets-none", "log-1", "no facet", facets(&[]), Malformed),
        (
            "facets-descending",
            "log-1",
            "extremes before totals",
            facets(&[[2], [1]]),
            NotCanonical,
        ),
        (
            "facets-repeated",
            "log-1",
            "totals twice",
            facets(&[[1], [1]]),
            NotCanonical,
        ),
        (
            "facet-5",
            "log-1",
            "an unknown facet",
            facets(&[[1], [5]]),
            Malformed,
        ),
        (
            "facets-five",
            "log-2",
            "five facets",
            facets(&[[0], [1], [2], [3], [4]]).with("level", [0]),
            Length,
        ),
        (
            "facets-readings",
            "model-23",
            "readings in a log of hours",
            facets(&[[0], [1]]),
            Malformed,
        ),
        (
            "raw-totals",
            "model-23",
            "a raw log without readings",
            facets(&[[1]]).with("level", [0]),
            Malformed,
        ),
        (
            "facets-bomb",
            "log-2",
            "a list of 2^32 - 1 facets, of which there are two",
            hours().with("facets", [0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]),
            Malformed,
        ),
    ] {
        cases.refuse(name, &[rule], about, signed(&object), failure);
    }
}

/// Another encoding of a genesis, which the household signed.
fn spellings(cases: &mut Cases<'_, Read>) {
    use Failure::{Malformed, NotCanonical};
    let hours = hours();
    let mut trailing = hours.clone();
    trailing.0.push(("", vec![0]));
    for (name, about, object, failure) in [
        ("trailing", "a byte after the end", trailing, NotCanonical),
        (
            "overlong-level",
            "the level in two bytes",
            hours.with("level", [0x84, 0]),
            NotCanonical,
        ),
        (
            "overlong-count",
            "the number of facets in two bytes",
            hours.with("facets", [0x82, 0, 1, 2]),
            NotCanonical,
        ),
        (
            "overlong-facet",
            "a facet in two bytes",
            hours.with("facets", [2, 0x81, 0, 2]),
            NotCanonical,
        ),
        (
            "overlong-incarnation",
            "the incarnation in two bytes",
            hours.with("incarnation", [0x80, 0]),
            NotCanonical,
        ),
        (
            "overlong-writer",
            "the writer's algorithm in two bytes",
            hours.with(
                "writer",
                [&[0x80], &writer().public_key().to_bytes()[..]].concat(),
            ),
            NotCanonical,
        ),
        (
            "large-incarnation",
            "an incarnation of 2^32",
            hours.with("incarnation", varint(1 << 32)),
            Malformed,
        ),
        (
            "cut",
            "without its last byte",
            hours.with("predecessor", []),
            Malformed,
        ),
    ] {
        cases.refuse(name, &["log-1"], about, signed(&object), failure);
    }
    let mut cut = signed(&hours);
    cut.start.genesis = hours.before("spec").into();
    let about = "what stands before the hash of the description";
    cases.refuse("half", &["log-1"], about, cut, Malformed);
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
