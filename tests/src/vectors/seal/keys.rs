//! What comes between a leaf and a piece.

use freehold_crypto::Padding;
use serde::{Deserialize, Serialize};

use super::{
    bound::{Bound, OF_ENTRY, OF_PLACE, fields_of_bound},
    formula::Piece,
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Keys;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    #[serde(flatten)]
    bound: Bound,
}

#[derive(Serialize)]
pub(super) struct Output {
    context: Hex,
    place: Hex,
    keystream: Hex,
    mac: Hex,
    aead: Hex,
    commitment: Hex,
}

impl Operation for Keys {
    const NAME: &'static str = "seal/keys";
    const ABOUT: &'static str =
        "The keys of a piece: what no implementation shows, for who looks for an error.";
    const FIELDS: &'static [(&'static str, &'static str)] = fields_of_bound![
        ("context", "`context`"),
        ("place", "`place`"),
        ("keystream", "F(01, 0) and F(01, 1)"),
        ("mac", "F(02, 0)"),
        ("aead", "F(03, 0)"),
        ("commitment", "F(04, 0)[..16]"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let piece = Piece::new(&input.bound)?;
        let keystream = [piece.f(1, 0), piece.f(1, 1)].concat();
        agree(&input.bound, &piece, &keystream)?;
        Ok(Output {
            keystream: keystream.into(),
            mac: piece.f(2, 0).into(),
            aead: piece.f(3, 0).into(),
            commitment: piece.f(4, 0)[..16].into(),
            context: piece.context.into(),
            place: piece.place.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |change: &dyn Fn(&mut Bound)| {
            let mut bound = Bound::example();
            change(&mut bound);
            Input { bound }
        };
        let rules = ["seal-2", "seal-3", "seal-4"];
        cases.accept("example", &rules, "the totals of an hour", input(&|_| ()));
        for (name, about, change) in OF_ENTRY {
            cases.accept(name, &["seal-2", "seal-4"], about, input(&change));
        }
        for (name, about, change) in OF_PLACE {
            cases.accept(name, &["seal-3", "seal-4"], about, input(&change));
        }
        cases.accept(
            "largest",
            &rules,
            "the largest numbers, and a slot before 1970",
            input(&|bound| {
                (bound.seq, bound.generation) = (Big(u64::MAX), u32::MAX);
                (bound.epoch, bound.part) = (-420, u16::MAX);
                (bound.start, bound.end) = (-2_208_988_800_000, -2_208_985_200_000);
            }),
        );
        let mut refuse = |name, rule, about, failure, change: &dyn Fn(&mut Bound)| {
            cases.refuse(name, &[rule], about, input(change), failure);
        };
        refuse("suite-0", "seal-1", "no suite", Failure::Suite, &|bound| {
            bound.suite = 0
        });
        refuse(
            "suite-3",
            "seal-1",
            "an unknown suite",
            Failure::Suite,
            &|bound| bound.suite = 3,
        );
        refuse(
            "suite-255",
            "seal-1",
            "the highest number",
            Failure::Suite,
            &|bound| {
                bound.suite = 255;
            },
        );
        refuse(
            "level",
            "seal-2",
            "there is no level 7",
            Failure::Unknown,
            &|bound| {
                bound.level = 7;
            },
        );
        refuse(
            "facet",
            "seal-3",
            "there is no facet 5",
            Failure::Unknown,
            &|bound| {
                bound.facet = 5;
            },
        );
        refuse(
            "short-log",
            "seal-2",
            "a log id of 15 bytes",
            Failure::Length,
            &|bound| {
                bound.log.0.truncate(15);
            },
        );
        refuse(
            "short-salt",
            "seal-2",
            "a salt of 15 bytes",
            Failure::Length,
            &|bound| {
                bound.salt.0.truncate(15);
            },
        );
        refuse(
            "short-node",
            "seal-4",
            "a node of 31 bytes",
            Failure::Length,
            &|bound| {
                bound.node.0.truncate(31);
            },
        );
    }
}

/// The formulas are what the library does.
fn agree(bound: &Bound, piece: &Piece, keystream: &[u8]) -> Result<(), Failure> {
    let mut small = vec![0; keystream.len()];
    bound.key()?.seal_small(&mut small, 0)?;
    assert_eq!(small, [keystream, &piece.tag(keystream)].concat());
    let mut large = Vec::new();
    bound
        .key()?
        .seal_large(&mut large, 0, Padding::Multiple(1))?;
    assert_eq!(large, piece.seal_large(&[0x80]));
    Ok(())
}
