//! The writer's signature over its log.

use freehold_crypto::{Domain, Signature, SigningKey};
use freehold_sync::UnverifiedCheckpoint;
use serde::{Deserialize, Serialize};

use super::{
    GENESIS, GENESIS_SIGNATURE, HOUSEHOLD, Start,
    example::{Example, START, household, p256, start, writer},
    object::{Object, varint, zigzag},
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Read;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Input {
    #[serde(flatten)]
    start: Start,
    checkpoint: Hex,
}

#[derive(Serialize)]
pub(super) struct Output {
    seq: Big<u64>,
    chain: Hex,
    time: i64,
}

impl Operation for Read {
    const NAME: &'static str = "log/checkpoint";
    const ABOUT: &'static str =
        "Reads a checkpoint and verifies it. What it says of entries is another step.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        GENESIS,
        GENESIS_SIGNATURE,
        HOUSEHOLD,
        ("checkpoint", "the checkpoint's bytes"),
        ("seq", "how many entries it covers"),
        ("chain", "the chain after them"),
        ("time", "when the writer signed"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let genesis = input.start.verify()?;
        let checkpoint = UnverifiedCheckpoint::from_bytes(&input.checkpoint.0)?.verify(&genesis)?;
        let position = checkpoint.position();
        Ok(Output {
            seq: Big(position.seq),
            chain: position.chain.into(),
            time: checkpoint.time().ms(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        signatures(cases);
        spellings(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Read>) {
    let rules = ["log-3", "log-14"];
    let head = head();
    for (name, about, object) in [
        ("three", "three entries", head.clone()),
        ("none", "no entry", head.with("seq", [0])),
        (
            "most",
            "the largest seq",
            head.with("seq", varint(u64::MAX)),
        ),
        (
            "before-1970",
            "a clock that stands before 1970",
            head.with("time", zigzag(-1)),
        ),
    ] {
        cases.accept(name, &rules, about, signed(&object));
    }
    let mut genesis = Example::hours().start.verify().unwrap();
    genesis.writer = p256().public_key();
    let start = start(&genesis, &household());
    let kept = cases
        .kept("p256")
        .filter(|kept| kept.start == start && kept.checkpoint.0.starts_with(&head.bytes()));
    let input = kept.unwrap_or_else(|| Input {
        start,
        ..signed_by(&p256(), Domain::Checkpoint, &head)
    });
    cases.accept(
        "p256",
        &rules,
        "a writer with a key of P-256",
        input.clone(),
    );
    let mut changed = input;
    changed.checkpoint.0[20] ^= 1;
    let about = "another place after a key of P-256 signed";
    cases.refuse(
        "p256-changed",
        &["log-14"],
        about,
        changed,
        Failure::Signature,
    );
}

fn signatures(cases: &mut Cases<'_, Read>) {
    let rules = ["log-14", "log-15"];
    let head = head();
    let mut refuse = |name, about, input, failure| {
        cases.refuse(name, &rules, about, input, failure);
    };
    let wrong = Failure::Signature;
    for (name, about, field, bytes) in [
        (
            "changed-seq",
            "another place after it was signed",
            "seq",
            varint(2),
        ),
        (
            "changed-chain",
            "another chain after it was signed",
            "chain",
            vec![7; 32],
        ),
        (
            "changed-time",
            "another time after it was signed",
            "time",
            zigzag(START + 1),
        ),
    ] {
        let signature = signature(&writer(), Domain::Checkpoint, &head);
        refuse(name, about, of(&head.with(field, bytes), &signature), wrong);
    }
    refuse(
        "by-household",
        "signed by the household",
        signed_by(&household(), Domain::Checkpoint, &head),
        wrong,
    );
    refuse(
        "other-domain",
        "signed in the domain of genesis",
        signed_by(&writer(), Domain::Genesis, &head),
        wrong,
    );
    let mut bytes = signature(&writer(), Domain::Checkpoint, &head).to_bytes();
    bytes[63] ^= 1;
    refuse(
        "changed-signature",
        "a bit of the signature",
        of(&head, &Signature::from_bytes(&bytes)),
        wrong,
    );
    refuse(
        "no-signature",
        "zeros",
        of(&head, &Signature::from_bytes(&[0; 64])),
        wrong,
    );
    refuse(
        "other-log",
        "of another log of the same writer",
        signed(&head.with("log", [0x23; 16])),
        Failure::OtherLog,
    );
    let mut input = signed(&head);
    input.start.genesis_signature.0[0] ^= 1;
    cases.refuse(
        "unsigned-genesis",
        &["log-4"],
        "a genesis that the household did not sign",
        input,
        wrong,
    );
}

fn spellings(cases: &mut Cases<'_, Read>) {
    use Failure::{Malformed, NotCanonical, Version};
    let head = head();
    let mut trailing = signed(&head);
    trailing.checkpoint.0.push(0);
    let mut cut = signed(&head);
    cut.checkpoint.0.pop();
    let mut bare = signed(&head);
    bare.checkpoint = head.bytes().into();
    let mut none = signed(&head);
    none.checkpoint.0.clear();
    let overlong = |field, bytes: &[u8]| signed(&head.with(field, bytes));
    for (name, rule, about, input, failure) in [
        (
            "version-0",
            "log-3",
            "version 0",
            overlong("version", &[0]),
            Version,
        ),
        (
            "version-2",
            "log-3",
            "version 2",
            overlong("version", &[2]),
            Version,
        ),
        ("empty", "log-3", "no bytes", none, Malformed),
        ("cut", "log-1", "a signature of 63 bytes", cut, Malformed),
        ("bare", "log-1", "no signature", bare, Malformed),
        (
            "trailing",
            "log-1",
            "a byte after the end",
            trailing,
            NotCanonical,
        ),
        (
            "overlong-seq",
            "log-1",
            "seq 3 in two bytes",
            overlong("seq", &[0x83, 0]),
            NotCanonical,
        ),
        (
            "overlong-time",
            "log-1",
            "time 0 in two bytes",
            overlong("time", &[0x80, 0]),
            NotCanonical,
        ),
        (
            "large-seq",
            "log-1",
            "a seq of 2^64",
            overlong("seq", &[&[0x80; 9][..], &[2]].concat()),
            Malformed,
        ),
    ] {
        cases.refuse(name, &[rule], about, input, failure);
    }
}

/// What is signed after the three entries of the example.
fn head() -> Object {
    Object(vec![
        ("version", vec![1]),
        ("log", vec![0x22; 16]),
        ("seq", varint(3)),
        ("chain", vec![6; 32]),
        ("time", zigzag(START)),
    ])
}

fn signed(head: &Object) -> Input {
    signed_by(&writer(), Domain::Checkpoint, head)
}

fn signed_by(key: &SigningKey, domain: Domain, head: &Object) -> Input {
    of(head, &signature(key, domain, head))
}

fn signature(key: &SigningKey, domain: Domain, head: &Object) -> Signature {
    key.sign(domain, &head.bytes()).unwrap()
}

fn of(head: &Object, signature: &Signature) -> Input {
    Input {
        start: Example::hours().start,
        checkpoint: [head.bytes(), signature.to_bytes().to_vec()]
            .concat()
            .into(),
    }
}
