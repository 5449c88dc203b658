//! The body of an entry.

use freehold_sync::{Body, Header};
use serde::{Deserialize, Serialize};

use super::example::{Bytes, EPOCH, Example, hour};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Read;
pub(super) struct Drop;

#[derive(Serialize, Deserialize)]
pub(super) struct ReadInput {
    #[serde(flatten)]
    entry: Bytes,
}

#[derive(Serialize)]
pub(super) struct ReadOutput {
    held: Vec<usize>,
    hashes: Vec<Hex>,
    hash: Option<Hex>,
}

const HEADER: (&str, &str) = ("header", "the header's bytes");
const BODY: (&str, &str) = ("body", "the body's bytes");

impl Operation for Read {
    const NAME: &'static str = "log/body";
    const ABOUT: &'static str =
        "Reads a body and hashes it. Whether it is the one that the header names is another step.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        HEADER,
        BODY,
        ("held", "the numbers of the pieces that are held"),
        (
            "hashes",
            "the hash of each piece, held or not; none in form 02",
        ),
        ("hash", "the body hash, or null in form 02"),
    ];
    type Input = ReadInput;
    type Output = ReadOutput;

    fn run(input: ReadInput) -> Result<ReadOutput, Failure> {
        let body = read(&input.entry)?;
        let hashes = (0..).map_while(|n| body.piece_hash(n));
        let hashes: Vec<Hex> = hashes.map(Hex::from).collect();
        Ok(ReadOutput {
            held: (0..hashes.len())
                .filter(|n| body.piece(*n).is_some())
                .collect(),
            hashes,
            hash: (!body.is_nothing()).then(|| body.hash().into()),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        forms(cases);
        cuts(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Read>) {
    let rules = ["log-11", "log-12", "log-13"];
    let mut accept = |name, about, entry| {
        cases.accept(name, &rules, about, ReadInput { entry });
    };
    accept("whole", "five slots with two facets, all held", five());
    accept("nothing", "form 02", with(|_| vec![2]));
    accept("one", "one piece of ten is held", keeping(|n| n == 3));
    accept(
        "all-but-one",
        "nine pieces of ten are held",
        keeping(|n| n != 9),
    );
    accept("even", "every other piece", keeping(|n| n % 2 == 0));
    accept(
        "last-byte",
        "only pieces in the second byte of bits",
        keeping(|n| n > 7),
    );
    accept(
        "hash-for-piece",
        "a hash in the place of a piece: of which piece does not show here",
        with(|_| {
            let bits = [0xfe, 3];
            let whole = pieces();
            [&[1], &bits[..], &[0xcc; 32], &whole[1..].concat()].concat()
        }),
    );
    accept(
        "changed-piece",
        "a bit of a piece: that the body hash differs from the header's is seen later",
        with(|body| {
            let mut body = body.to_vec();
            body[1] ^= 1;
            body
        }),
    );
}

/// Bodies that say the same in another way, or nothing.
fn forms(cases: &mut Cases<'_, Read>) {
    let whole = pieces().concat();
    let hashes = [0xcc; 320];
    let mut refuse = |name, rule, about, body: Vec<u8>| {
        let entry = with(|_| body);
        cases.refuse(
            name,
            &[rule],
            about,
            ReadInput { entry },
            Failure::Malformed,
        );
    };
    let join = |parts: &[&[u8]]| parts.concat();
    refuse("none", "log-13", "no bytes", vec![]);
    refuse("form-3", "log-13", "an unknown form", join(&[&[3], &whole]));
    refuse("bare", "log-13", "the pieces without a form", whole.clone());
    refuse(
        "all-bits",
        "log-11",
        "form 01 with every piece, which is form 00",
        join(&[&[1, 0xff, 3], &whole]),
    );
    refuse(
        "no-bit",
        "log-11",
        "form 01 with no piece, which is form 02",
        join(&[&[1, 0, 0], &hashes]),
    );
    let held = keeping(|n| n != 9).body.0;
    refuse("stray-bit", "log-11", "a bit beyond the last piece", {
        let mut body = held.clone();
        body[2] |= 4;
        body
    });
    refuse(
        "stray-highest",
        "log-11",
        "the highest bit beyond the last piece",
        {
            let mut body = held.clone();
            body[2] |= 0x80;
            body
        },
    );
    refuse(
        "stray-alone",
        "log-11",
        "only a bit beyond the last piece",
        join(&[&[1, 0, 4], &hashes]),
    );
    refuse(
        "bits-reversed",
        "log-11",
        "bits from the most significant",
        join(&[&[1, 0x7f, 0xc0], &[0xcc; 32], &whole]),
    );
    refuse(
        "bit-more",
        "log-11",
        "a bit more than there are pieces for",
        {
            let mut body = held;
            body[2] |= 2;
            body
        },
    );
    refuse(
        "nothing-and-byte",
        "log-13",
        "form 02 and a byte",
        vec![2, 0],
    );
    refuse(
        "nothing-and-hashes",
        "log-13",
        "form 02 and the hashes",
        join(&[&[2], &hashes]),
    );
}

fn cuts(cases: &mut Cases<'_, Read>) {
    let mut refuse = |name, about, entry| {
        cases.refuse(
            name,
            &["log-13"],
            about,
            ReadInput { entry },
            Failure::Malformed,
        );
    };
    let less = |body: &[u8]| body[..body.len() - 1].to_vec();
    refuse("cut", "the last byte is missing", with(less));
    refuse(
        "trailing",
        "a byte after the last piece",
        with(|body| [body, &[0]].concat()),
    );
    refuse("form-alone", "only the form", with(|_| vec![0]));
    refuse("bits-alone", "only form and bits", with(|_| vec![1, 1, 0]));
    refuse("bits-cut", "one of two bytes of bits", with(|_| vec![1, 1]));
    let mut partial = keeping(|n| n == 3);
    partial.body.0.pop();
    refuse("hash-cut", "the last hash has 31 bytes", partial);
    let mut partial = keeping(|n| n == 3);
    partial.body.0.push(0);
    refuse("partial-trailing", "a byte after the last hash", partial);
}

#[derive(Serialize, Deserialize)]
pub(super) struct DropInput {
    #[serde(flatten)]
    entry: Bytes,
    keep: Vec<usize>,
}

#[derive(Serialize)]
pub(super) struct DropOutput {
    body: Hex,
}

impl Operation for Drop {
    const NAME: &'static str = "log/drop";
    const ABOUT: &'static str =
        "Replaces pieces by their hashes. `body` is the old one, and the new one.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        HEADER,
        BODY,
        ("keep", "the numbers of the pieces that stay"),
    ];
    type Input = DropInput;
    type Output = DropOutput;

    fn run(input: DropInput) -> Result<DropOutput, Failure> {
        let body = read(&input.entry)?.keeping(|n| input.keep.contains(&n));
        Ok(DropOutput {
            body: body.to_bytes().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, entry, keep) in [
            ("some", "some of all", five(), vec![0, 1, 8]),
            (
                "all",
                "nothing is dropped: as it was",
                five(),
                (0..10).collect(),
            ),
            ("none", "everything is dropped: form 02", five(), vec![]),
            (
                "again",
                "of a body of which some are dropped",
                keeping(|n| n % 2 == 0),
                vec![2, 3],
            ),
            (
                "last",
                "the last that is held: form 02",
                keeping(|n| n == 3),
                vec![0, 1, 2, 4],
            ),
            (
                "not-held",
                "what is not held cannot stay",
                keeping(|n| n < 5),
                vec![4, 5],
            ),
        ] {
            let input = DropInput { entry, keep };
            cases.accept(name, &["log-11", "log-12"], about, input);
        }
        let entry = with(|_| vec![3]);
        let input = DropInput {
            entry,
            keep: vec![],
        };
        cases.refuse(
            "form-3",
            &["log-13"],
            "an unknown form",
            input,
            Failure::Malformed,
        );
    }
}

fn read(entry: &Bytes) -> Result<Body, Failure> {
    let header = Header::from_bytes(&entry.header.0)?;
    Ok(Body::from_bytes(&header, &entry.body.0)?)
}

/// An entry with five slots: ten pieces, two bytes of bits.
fn five() -> Bytes {
    let mut log = Example::hours();
    let slots = [3, 4, 5, 6, 7].map(|n| (hour(n), 0));
    log.entry(EPOCH, 0, &slots);
    log.entries.pop().unwrap()
}

fn with(change: impl FnOnce(&[u8]) -> Vec<u8>) -> Bytes {
    let mut entry = five();
    entry.body = change(&entry.body.0).into();
    entry
}

fn keeping(keep: impl Fn(usize) -> bool) -> Bytes {
    let entry = five();
    let body = read(&entry).unwrap().keeping(keep).to_bytes().into();
    Bytes { body, ..entry }
}

fn pieces() -> Vec<Vec<u8>> {
    let body = read(&five()).unwrap();
    (0..)
        .map_while(|n| body.piece(n).map(<[u8]>::to_vec))
        .collect()
}
